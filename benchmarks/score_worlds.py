"""Scores the report on synthetic worlds beside simpler methods: score_worlds.py SCORER.py WORLDS_FOLDER [NAME…].

A world is a folder with bundle/*.csv and truth.json (whose `as_of` goes to --as-of). Each is imported and
reported from the command line in a home of its own; the peers answer from the same imported evidence.
The scorer is a program `SCORER.py TRUTH.json REPORT.json` that prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tracer.bootstrap import build
from tracer.domain.attribution.baselines import Baseline, counting, definite_defectives, guilt, ncomp, vote
from tracer.domain.attribution.evidence import Evidence
from tracer.services.attribution.gather_evidence import gather_evidence

SHOWN = (
    "leak_calls",
    "call_top1",
    "leak_call_top1",
    "call_log_loss",
    "call_ece",
    "channel_auroc",
    "channel_brier",
    "match_top1",
)
PEERS = {"counting": counting, "guilt": guilt, "vote": vote, "NCOMP": ncomp, "DD": definite_defectives}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("worlds", type=Path)
    parser.add_argument("names", nargs="*", help="only these worlds")
    parser.add_argument("--no-peers", action="store_true", help="score the report alone")
    chosen = parser.parse_args()
    print(f"{'world':<14}{'method':<10}" + "".join(f"{name:>15}" for name in SHOWN) + "  false missed seconds")
    for world in sorted(p for p in chosen.worlds.iterdir() if (p / "truth.json").is_file()):
        if not chosen.names or world.name in chosen.names:
            score_world(chosen.scorer, world, peers=not chosen.no_peers)


def score_world(scorer: Path, world: Path, *, peers: bool) -> None:
    as_of = json.loads((world / "truth.json").read_text(encoding="utf-8"))["as_of"]
    with tempfile.TemporaryDirectory(prefix="tracer-world-") as folder:
        home, answer = Path(folder) / "home", Path(folder) / "report.json"
        tracer(home, "import", str(world / "bundle"))
        start = time.perf_counter()
        answer.write_text(tracer(home, "report", "--as-of", as_of, "--format", "json"), encoding="utf-8")
        seconds = time.perf_counter() - start
        show(world.name, "ours", scored(scorer, world, answer), f"{seconds:8.1f}")
        if peers:
            evidence = imported_evidence(home, as_of)
            for name, method in PEERS.items():
                answer.write_text(json.dumps(peer_report(evidence, method(evidence))), encoding="utf-8")
                show(world.name, name, scored(scorer, world, answer), "")


def tracer(home: Path, *arguments: str) -> str:
    """What `python -m tracer …` prints in a home of its own; raises with its message where it refuses."""
    environment = {**os.environ, "TRACER_HOME": str(home)}
    command = [sys.executable, "-m", "tracer", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def scored(scorer: Path, world: Path, answer: Path) -> dict[str, Any]:
    command = [sys.executable, str(scorer), str(world / "truth.json"), str(answer)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def imported_evidence(home: Path, as_of: str) -> Evidence:
    app = build(home)
    with app.reading() as work:
        evidence = gather_evidence(work, app.model, datetime.fromisoformat(as_of)).evidence
    app.close()
    return evidence


def peer_report(evidence: Evidence, answer: Baseline) -> dict[str, object]:
    """A peer's answer in a report's shape; it names every channel whose figure reaches 0.95."""
    channels = [
        {"channel_id": channel, "p_leaked": float(p), "verdict": "implicated" if p >= 0.95 else "unresolved"}
        for channel, p in zip(evidence.channel_ids, answer.p_leaked, strict=True)
    ]
    calls = [
        {"call_id": call, "sources": [asdict(source) for source in sources]}
        for call, sources in zip(evidence.calls.ids, answer.sources, strict=True)
    ]
    return {"channels": channels, "groups": [], "calls": calls}


def show(world: str, method: str, found: dict[str, Any], seconds: str) -> None:
    values = [
        "–" if found[name] is None or (name == "match_top1" and method != "ours") else str(found[name])
        for name in SHOWN
    ]
    wrong, missed = len(found["false_implicated"]), len(found["missed"])
    print(f"{world:<14}{method:<10}" + "".join(f"{v:>15}" for v in values) + f"{wrong:>7}{missed:>7}{seconds}")


if __name__ == "__main__":
    sys.exit(main())
