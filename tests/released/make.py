"""Found a registry with the program of an old tree, and keep what it made and what it said of it.

    git worktree add --detach /tmp/old COMMIT
    .venv/bin/python tests/released/make.py /tmp/old 0009

runs the program that lies in /tmp/old, by its own command line and at fixed times, and writes tests/released/0009.
`without-pack` behind it leaves the evidence pack out.
README.md there says what the files are. Of Tracer only what lies in the old tree is imported.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from story import AS_OF, BUNDLE, EXCHANGE, ISSUED_AT, LANDLINE, SHARED, calls_of, write_bundle

ZONE = "+08:00"
# Of a report only what it comes to: the whole is long, and how it is argued may get better.
OF_A_CHANNEL = ("channel_id", "kind", "name", "p_leaked", "orders", "called", "silent", "verdict")
OF_A_CALL = ("call_id", "canary_id", "match_p")


class OldProgram:
    """The command line of an old tree in this process, on a home of its own, with a clock that we set."""

    def __init__(self, tree: Path, revision: str, home: Path) -> None:
        self.tree, self.revision, self.home = tree, revision, home
        self.now = datetime.fromisoformat(ISSUED_AT)
        self.built = 0
        self.said: list[dict[str, Any]] = []
        os.environ |= {"TRACER_HOME": str(home), "TRACER_ACTOR": "tester", "TRACER_PROGRESS": "false"}
        if revision >= "0008":
            os.environ["TRACER_OUTBOUND_ALLOW"] = '["127.0.0.1"]'
        sys.path.insert(0, str(tree))
        os.chdir(tree)
        import tracer.bootstrap as bootstrap

        assert Path(bootstrap.__file__).is_relative_to(tree), f"{bootstrap.__file__} is not of {tree}"
        self._build = bootstrap.build
        bootstrap.build = self.build

    def build(self, home: Path | None = None, clock: Any = None, seed: int | None = None) -> Any:
        """The old program's application, at our time; ids differ from command to command, and not between runs."""
        self.built += 1
        return self._build(home, clock=lambda: self.now, seed=self.built if seed is None else seed)

    def since(self, revision: str) -> bool:
        """Whether the program has what came with a revision."""
        return self.revision >= revision

    def __call__(self, *arguments: object, stdin: bytes = b"") -> str:
        """What a command prints; it has to go well."""
        from tracer.__main__ import main
        from tracer.cli.context import application

        self.now += timedelta(minutes=1)
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        sys.argv = ["tracer", *map(str, arguments)]
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        code: object = 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as stop:
                code = stop.code or 0
            finally:
                if application.cache_info().currsize:
                    application().close()
                application.cache_clear()
        printed, told = (_text(stream) for stream in (out, err))
        if code:
            raise SystemExit(f"{sys.argv}: {code}\n{printed}{told}")
        return printed

    def json(self, *arguments: object, stdin: bytes = b"") -> Any:
        """The JSON that a command prints."""
        return json.loads(self(*arguments, "--format", "json", stdin=stdin))

    def keep(self, *arguments: object) -> Any:
        """The same, and it is kept as the old program's word."""
        answer = self.json(*arguments)
        self.said.append({"command": list(map(str, arguments)), "answer": answer})
        return answer


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


def register(tracer: OldProgram) -> None:
    """Channels of several kinds, numbers with and without extensions, a bundle from elsewhere."""
    channels = (
        ("platform", "桃源商城", "--id", "mall", "--contact", "desk@mall.example", "--tag", "spring"),
        ("merchant", "花间美妆", "--id", "beauty", "--parent", "mall", "--legitimate-number", "+442079460950"),
        ("warehouse", "东仓云仓", "--id", "east"),
        ("courier", "贺师傅", "--id", "lao-he", "--natural-person"),
        ("station", "幸福里驿站", "--id", "xingfuli"),
    )
    for channel in channels:
        tracer("channel", "add", *channel)
    tracer("number", "add", LANDLINE, "--kind", "landline", "--extensions", "4", "--notes", "in the hall")
    tracer("number", "add", SHARED, "--from", "2026-01-01T00:00:00+08:00")


def issue(tracer: OldProgram) -> dict[str, dict[str, Any]]:
    """Canaries of two locales, on extensions and on a shared number, one of them a control; and their orders."""
    numbered = ("--number", LANDLINE)
    shared = ("--number", SHARED)
    made = {
        "zh": tracer.json("canary", "issue", "--for", "beauty", "--count", "3", *numbered, "--tag", "spring"),
        "en": tracer.json("canary", "issue", "--for", "beauty", "--count", "2", "--locale", "en_GB", *shared),
        "many": tracer.json("canary", "issue", "--for", "mall", "--for", "lao-he", "--notes", "box kept", *shared),
        "control": tracer.json("canary", "issue", "--control", *numbered),
    }
    canaries = {f"{name}-{place}": one for name, found in made.items() for place, one in enumerate(found)}
    routes = {
        "zh-0": "mall,beauty,east,lao-he",
        "zh-1": "mall,beauty,lao-he,xingfuli",
        "en-0": "mall,beauty,east",
        "many-0": "lao-he",
    }
    for place, (name, route) in enumerate(routes.items()):
        order = ("--canary", canaries[name]["canary_id"], "--route", route, "--id", f"o-{name}")
        goods = ("--item", "粉底液", "--price", f"{189 + place}.00", "--currency", "CNY", "--account", "shopper-1")
        numbers = ("--order-no", f"2608{place}10472900", "--waybill-no", f"SF10472900{place}1234")
        tracer("order", "add", *order, *goods, *numbers, "--notes", "by the window")
    alias = ("--alias", "+447700900555", "--alias-expires-at", "2026-09-30T00:00:00+08:00")
    tracer("order", "expose", "o-en-0", "lao-he", "--fields", "name:masked phone:alias address", *alias)
    tracer("canary", "note", canaries["zh-1"]["canary_id"], "--tag", "autumn", "--notes", "moved in spring")
    tracer("canary", "retire", canaries["zh-2"]["canary_id"])
    return canaries


def log(tracer: OldProgram, canaries: dict[str, dict[str, Any]], recording: Path) -> None:
    """Calls of all kinds, two of them one contact, one corrected, one taken back."""
    for call in calls_of(canaries):
        tracer("call", "log", *call)
    transcript = "您好，您买的粉底液需要退款，请加客服。\n".encode()
    zh, en = canaries["zh-0"], canaries["en-0"]
    long = ("--dialled", zh["phone"], "--name", zh["recipient_name"], "--knew", "name item price", "--transcript", "-")
    tracer("call", "log", "--id", "c-read", "--at", "2026-09-08T10:00:00+08:00", *long, stdin=transcript)
    heard = ("--dialled", SHARED, "--name", en["recipient_name"], "--knew", "name item", "--script", "lost_parcel")
    tracer("call", "log", "--id", "c-file", "--at", "2026-09-09T10:00:00+08:00", *heard, "--attach", recording)
    tracer("call", "merge", "c-again", "c-shared")
    tracer("call", "correct", "c-sms", "--set", "known_fields=name item", "--set", "notes=read once more")
    tracer("call", "undo", "c-wrong")


def serve(tracer: OldProgram) -> None:
    """What the service leaves: users, keys, an answer that was given once, jobs."""
    secret = b"a long pass phrase of nobody\n"
    tracer("user", "add", "owner-1", "--role", "owner", "--password-stdin", stdin=secret)
    tracer("user", "add", "analyst-1", "--role", "analyst", "--password-stdin", stdin=secret)
    tracer("user", "disable", "analyst-1")
    tracer("user", "link", "owner-1")
    tracer("key", "add", "answering machine", "--intake", "--expires", "2027-01-01T00:00:00+08:00")
    old = tracer.json("key", "add", "of last year", "--scope", "reports:read")
    tracer("key", "revoke", next(old[name] for name in ("key_id", "id") if name in old))
    _serve_one_call(tracer)


def _serve_one_call(tracer: OldProgram) -> None:
    from tests.serving import client, key_with, serving
    from tracer.domain.access import Scope
    from tracer.domain.job import JobKind
    from tracer.scheduler.run_jobs import run_one

    try:
        from tracer.services.jobs.queue_job import queue_job
    except ModuleNotFoundError:  # programs before services had rooms
        from tracer.services.queue_job import queue_job

    app = tracer.build()
    with serving(app) as address, client(address, key_with(app, *Scope)) as asking:
        call = {"call_id": "c-served", "received_at": "2026-09-10T10:00:00+08:00", "dialled_number": SHARED}
        sent = {"json": call | {"known_fields": "phone"}, "headers": {"Idempotency-Key": "once"}}
        answers = [asking.post("/api/v1/calls", **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    with app.writing() as work:
        queue_job(work, JobKind.EXPORT, "tester", {}, app.rng)
        work.commit()
    assert run_one(app, "worker-1")
    app.close()


def attach(tracer: OldProgram, recording: Path) -> None:
    """A file of a call, kept itself."""
    if tracer.since("0007"):
        tracer("call", "attach", "c-read", recording)
        return
    try:
        from tracer.services.calls.log_call import attached, log_call
    except ModuleNotFoundError:  # programs before services had rooms
        from tracer.services.log_call import attached, log_call

    app = tracer.build()
    with app.writing() as work:
        record = {"call_id": "c-kept", "received_at": "2026-09-11T10:00:00+08:00", "dialled_number": SHARED}
        log_call(work, record, [attached(recording.name, recording.read_bytes())], app.rng)
        work.commit()
    app.close()


@contextmanager
def stamped(tracer: OldProgram, work: Path) -> Iterator[None]:
    """Meanwhile an authority of our own on this machine gives trusted time; its root stays in time-roots.pem."""
    from tests.time_authority import authority

    folder = Path(tempfile.mkdtemp(dir=work))
    with authority(folder, "chain") as tsa:
        shutil.copy(tsa.roots, work / "time-roots.pem")
        asked = json.dumps([{"url": tsa.url, "roots": str(work / "time-roots.pem")}])
        os.environ["TRACER_TIME_AUTHORITIES"] = asked
        yield
        del os.environ["TRACER_TIME_AUTHORITIES"]


def erase(tracer: OldProgram) -> None:
    """A call and a canary whose personal data is gone."""
    tracer("erase", "call", "c-gone", "--reason", "asked by the caller", "--anyway", "--yes")
    found = next(one for one in tracer.json("canary", "list") if one["state"] in ("quarantined", "retired"))
    tracer("erase", "canary", found["canary_id"], "--reason", "the campaign is over", "--yes")


def take_in(tracer: OldProgram, work: Path) -> None:
    """Calls out of another program's file; what cannot be read is held."""
    file = work / "exchange.csv"
    file.write_text(EXCHANGE)
    tracer("import", file, "--source", "csv", "--zone", ZONE)


def track(tracer: OldProgram, stack: ExitStack) -> None:
    """A parcel that is followed."""
    from tests.fake_kuaidi100 import CUSTOMER, KEY, fake_kuaidi100, parcel, scan

    fake = stack.enter_context(fake_kuaidi100())
    keys = {"CUSTOMER": CUSTOMER, "KEY": KEY, "URL": fake.url}
    os.environ |= {f"TRACER_KUAIDI100_{name}": value for name, value in keys.items()}
    scanned = scan("2026-08-02 19:30:00", "1002", "运输中")
    fake.parcels["SF1047290001234"] = parcel("SF1047290001234", "shunfeng", scanned)
    tracer("order", "track", "o-zh-0", "--carrier", "sf")


def tell(tracer: OldProgram) -> None:
    """Somebody who is told, and a message that waits; nothing is sent."""
    where = "ntfys://ntfy.example/a-topic-of-nobody"
    tracer("notify", "add", where, "--user", "owner-1", "--name", "phone", "--rhythm", "daily", "--hour", "9")
    tracer("call", "log", "--id", "c-told", "--at", "2026-09-12T10:00:00+08:00", "--dialled", SHARED, "--knew", "phone")


def keep_words(tracer: OldProgram, canaries: dict[str, dict[str, Any]]) -> None:
    """What the old program says of its registry, command by command."""
    for name in ("channel", "number", "canary", "order"):
        tracer.keep(name, "list")
    tracer.keep("call", "list", "--all")
    for call_id in ("c-file", "c-shared", "c-sms", "c-wrong"):
        tracer.keep("call", "show", call_id)
    tracer.keep("order", "show", "o-zh-0")
    tracer.keep("canary", "show", canaries["zh-1"]["canary_id"])
    for name in ("zh-0", "zh-1", "en-0", "en-1", "many-0"):
        one = canaries[name]
        tracer.keep("identify", "--heard", one["recipient_name"], "--dialled", one["phone"])
    report = tracer.keep("report", "--as-of", AS_OF)
    report["channels"] = [{name: found[name] for name in OF_A_CHANNEL} for found in report["channels"]]
    report["calls"] = [{name: found[name] for name in OF_A_CALL} for found in report["calls"]]
    for name in set(report) - {"as_of", "channels", "groups", "calls"}:
        del report[name]
    more = {
        "0004": (("user", "list"), ("key", "list")),
        "0005": (("rotate-key", "--status"),),
        "0010": (("intake", "list", "--all"),),
        "0012": (("jobs",),),
        "0013": (("notify", "list"), ("notify", "outbox")),
    }
    for revision, commands in more.items():
        for command in commands if tracer.since(revision) else ():
            tracer.keep(*command)


def prove(tracer: OldProgram, work: Path) -> dict[str, Any]:
    """Signed checkpoints, an evidence pack and a backup, as the old program made them."""
    roots = work / "time-roots.pem"
    with stamped(tracer, work):
        checkpoint = tracer.json("ledger", "checkpoint")
    tracer("evidence", "export", "--call", "c-shared", "--open", "notes", "--out", work / "evidence.zip")
    verified = tracer.json("evidence", "verify", work / "evidence.zip", "--time-roots", roots)
    tracer("backup", "--out", work / "registry.backup")
    tracer("channel", "add", "station", "康宁驿站", "--id", "later")  # so that the log goes on behind the backup
    return {"checkpoint": checkpoint, "verified": verified, "audit": tracer.json("ledger", "verify")}


def exported(tracer: OldProgram, work: Path) -> dict[str, str]:
    """The bundle as the old program writes it: file name to text."""
    tracer("export", work / "export")
    return {path.name: path.read_text("utf-8") for path in sorted((work / "export").iterdir())}


def play(tracer: OldProgram, work: Path, stack: ExitStack) -> dict[str, Any]:
    """The whole story; what the old program said of it."""
    recording = work / "recording.ogg"
    recording.write_bytes(b"OggS" + bytes(range(256)))
    register(tracer)
    if tracer.since("0008"):
        with stamped(tracer, work):
            tracer("ledger", "checkpoint")
    canaries = issue(tracer)
    write_bundle(work / BUNDLE)
    tracer.now = datetime.fromisoformat("2026-10-20T09:00:00+08:00")
    tracer("import", work / BUNDLE)
    log(tracer, canaries, recording)
    for revision, chapter in (
        ("0004", lambda: serve(tracer)),
        ("0006", lambda: attach(tracer, recording)),
        ("0005", lambda: tracer("rotate-key")),
        ("0009", lambda: erase(tracer)),
        ("0010", lambda: take_in(tracer, work)),
        ("0011", lambda: track(tracer, stack)),
        ("0012", lambda: (tracer("jobs", "run", "tidy"), tracer("jobs", "pause", "backup"))),
        ("0013", lambda: tell(tracer)),
    ):
        if tracer.since(revision):
            chapter()
    tracer.now = datetime.fromisoformat(AS_OF) + timedelta(minutes=1)
    if tracer.since("0003"):
        tracer("refresh", "--as-of", AS_OF)
    told = prove(tracer, work) if tracer.since("0008") else {}
    keep_words(tracer, canaries)
    return {"export": exported(tracer, work), **told, "said": tracer.said}


def keep(home: Path, work: Path, out: Path, told: str, *, proofs: bool, pack: bool) -> None:
    """Write the fixture: the home, what was made beside it, and what was said."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "home").mkdir(parents=True)
    for path in home.iterdir():
        if path.name.startswith("tracer.key") or path.name == "ledger":
            (shutil.copytree if path.is_dir() else shutil.copy)(path, out / "home" / path.name)
    database = sqlite3.connect(home / "tracer.db")
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode=DELETE", "VACUUM"):
        database.execute(statement)
    database.close()
    pack_into(out / "home" / "tracer.db.xz", (home / "tracer.db").read_bytes())
    pack_into(out / "expected.json.xz", told.encode())
    if proofs and (work / "registry.backup").exists():
        shutil.copy(work / "registry.backup", out)  # sealed: nothing makes it smaller
        if pack:
            pack_into(out / "evidence.zip.xz", (work / "evidence.zip").read_bytes())
            shutil.copy(work / "time-roots.pem", out)


def pack_into(file: Path, content: bytes) -> None:
    """Write a compressed file, the same for the same content."""
    file.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


def step_down(home: Path, revision: str) -> None:
    """Where no program had a revision as its newest: what the next one made, one migration back, by its own way."""
    from tracer.storage.engine import open_engine
    from tracer.storage.migrations import downgrade, migrating

    engine = open_engine(f"sqlite:///{home / 'tracer.db'}")
    with migrating(engine, "here") as connection:
        downgrade(connection, revision)
    engine.dispose()


def main() -> None:
    """Make the fixture of one revision."""
    tree, revision = Path(sys.argv[1]).resolve(), sys.argv[2]
    out = Path(__file__).parent / revision
    commit = subprocess.check_output(("git", "-C", tree, "rev-parse", "HEAD"), text=True).strip()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Path(folder)
        home = work / "home"
        arguments = sys.argv[3:]  # before the commands' own
        tracer = OldProgram(tree, revision, home)
        told = play(tracer, work, stack)
        from tracer.storage.migrations import HEAD

        if revision != HEAD:
            step_down(home, revision)
        kept = {"revision": revision, "commit": commit, **told}
        keep(home, work, out, as_lines(kept), proofs=revision == HEAD, pack="without-pack" not in arguments)
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        print(f"{path.stat().st_size:>9,} {path.name}")  # noqa: T201


def as_lines(told: dict[str, Any]) -> str:
    """JSON with one command a line, so that a difference can be read."""
    said = ",\n".join(json.dumps(one, ensure_ascii=False) for one in told["said"])
    rest = json.dumps({name: value for name, value in told.items() if name != "said"}, ensure_ascii=False, indent=1)
    return f'{rest.removesuffix("}").rstrip()},\n "said": [\n{said}\n]}}\n'


if __name__ == "__main__":
    main()
