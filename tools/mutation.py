"""Mutation testing: does a test fail wherever the code is changed? See docs/mutation.md.

mutmut writes every mutant of a function beside it; here pytest collects the tests once, and each mutant is tried in
a process forked from there, by those tests alone that call its function, quickest first, until one fails. The parent
never runs a test: no cache is warm in a child, from code that was not yet changed. Functions that modules call while
they are imported are tried in a process that imports everything anew.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation import trampoline

TESTS = "tests/unit/domain/"
OF_PACKAGE = {
    "ledger": [TESTS + "ledger"],
    "attribution": [
        *(TESTS + f"attribution/test_{name}.py" for name in ("likelihood", "priors", "grid_sums", "campaigns")),
        TESTS + "attribution/test_against_noisy_or.py",
    ],
    "codebook": [TESTS + "codebook", "--deselect=" + TESTS + "codebook/test_latin.py::test_scoring_is_fast"],
}
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "--capture=sys", "--rootdir=."]
FOUND = Path("results.jsonl")
SECONDS, TIMES = 3.0, 4.0
"""Of processor time, for a mutant beyond TIMES the time that its tests take unchanged."""
BYTES = 3 << 30


class Mutants:
    """A pytest plugin in place of its loop over the tests. `wanted`: patterns of names; `sample`: how many of them."""

    def __init__(self, package: str, wanted: list[str], sample: int) -> None:
        self.package = package
        self.calls: dict[str, set[str]] = defaultdict(set)  # function → tests
        self.taken: dict[str, float] = {}
        self.at_import: set[str] = set()
        self.hits: set[str] = set()
        self.names = _chosen(wanted, sample)
        self.running: dict[int, tuple[str, float]] = {}
        trampoline.record_trampoline_hit = lambda name, caller=None: self.hits.add(name)

    def pytest_sessionstart(self) -> None:
        """Generated cases are the same each time, and a failing one is not made smaller."""
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutation",
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant."""
        self.at_import = set(self.hits)
        self.items = {item.nodeid: item for item in session.items}
        self._learn()
        for name in self.names:
            while len(self.running) >= int(os.environ.get("WORKERS", "2")):
                self._wait()
            self._start(name)
        while self.running:
            self._wait()
        return True

    def _learn(self) -> None:
        """Which test calls what, and for how long, found out in a child; what an earlier run learnt is kept."""
        kept = Path("learnt.json")
        learnt = json.loads(kept.read_text()) if kept.exists() else {}
        if os.fork() == 0:
            for name, item in self.items.items():
                if name in learnt:
                    continue
                self.hits.clear()
                begun = time.process_time()
                reports = runtestprotocol(item, log=False, nextitem=None)
                if any(report.failed for report in reports):
                    os._exit(1)
                learnt[name] = (sorted(self.hits), time.process_time() - begun)
                kept.write_text(json.dumps(learnt))
            os._exit(0)
        if os.wait()[1]:
            sys.exit("a test fails on the code as it is")
        learnt = json.loads(kept.read_text())
        for name in self.items:
            hits, self.taken[name] = learnt[name]
            for hit in hits:
                self.calls[hit].add(name)

    def _start(self, name: str) -> None:
        function = name.rpartition("__mutmut_")[0]
        tests = sorted(self.calls[function], key=self.taken.__getitem__)
        if function in self.at_import:
            _note(name, *_tried_anew(name, tests or OF_PACKAGE[self.package]))
        elif not tests:
            _note(name, "no tests", "", 0.0)
        else:
            child = os.fork()
            if child == 0:
                self._try(name, tests)
            self.running[child] = (name, time.monotonic())

    def _try(self, name: str, tests: list[str]) -> None:
        limit = int(SECONDS + TIMES * sum(self.taken[test] for test in tests)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 2))
        resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
        signal.alarm(20 * limit)
        trampoline.set_mutant_under_test(name)
        for test in tests:
            reports = runtestprotocol(self.items[test], log=False, nextitem=None)
            if any(report.failed for report in reports):
                Path(f"killer-{os.getpid()}").write_text(test)
                os._exit(1)
        os._exit(0)

    def _wait(self) -> None:
        child, status = os.wait()
        name, begun = self.running.pop(child)
        by, killer = "", Path(f"killer-{child}")
        if killer.exists():
            by = killer.read_text()
            killer.unlink()
        how = {0: "survived", 1: "killed"}.get(os.waitstatus_to_exitcode(status), "killed by its limits")
        _note(name, how, by, time.monotonic() - begun)


def _tried_anew(name: str, tests: list[str]) -> tuple[str, str, float]:
    """The mutant in a process of its own that imports everything with it."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    environment = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "killed by its limits", "", time.monotonic() - begun
    return "killed" if done.returncode else "survived", "anew", time.monotonic() - begun


def _chosen(wanted: list[str], sample: int) -> list[str]:
    """The mutants that the patterns name; of more than `sample` a random part, the same each time, of every function."""
    names = []
    for file in sorted(Path("tracer").rglob("*.py.meta")):
        names += [name for name in json.loads(file.read_text())["exit_code_by_key"] if _any(name, wanted)]
    done = {json.loads(line)["name"] for line in FOUND.read_text().splitlines()} if FOUND.exists() else set()
    if sample and sample < len(names):
        functions: dict[str, list[str]] = defaultdict(list)
        for name in names:
            functions[name.rpartition("__mutmut_")[0]].append(name)
        chosen, share, rng = [], sample / len(names), random.Random(0)
        for some in functions.values():
            chosen += rng.sample(some, max(1, round(share * len(some))))
        names = chosen
    return [name for name in names if name not in done]


def _any(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _note(name: str, how: str, by: str, seconds: float) -> None:
    with FOUND.open("a") as file:
        file.write(json.dumps({"name": name, "how": how, "by": by, "seconds": round(seconds, 2)}) + "\n")


def main() -> None:
    """Arguments: a package, patterns of mutants, and `--sample=N`."""
    package, *rest = sys.argv[1:]
    shutil.copytree("tests", "mutants/tests", dirs_exist_ok=True)
    os.chdir("mutants")
    sys.path.insert(0, os.getcwd())
    sample = next((int(one.partition("=")[2]) for one in rest if one.startswith("--sample=")), 0)
    wanted = [one for one in rest if not one.startswith("--")] or [f"tracer.domain.{package}.*"]
    trampoline.set_mutant_under_test("stats")
    plugin = Mutants(package, wanted, sample)
    pytest.main([*OPTIONS, *OF_PACKAGE[package]], plugins=[plugin])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in FOUND.read_text().splitlines():
        found: dict[str, Any] = json.loads(line)
        counts[found["name"].partition(".x")[0]][found["how"]] += 1
    for module, count in sorted(counts.items()):
        print(module, dict(count))


if __name__ == "__main__":
    main()
