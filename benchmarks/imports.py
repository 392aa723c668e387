"""Bundles and other programs' files taken in, beside reading them alone and a bare table; and the report on them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

from benchmarks.durable import bare_sqlite
from benchmarks.figures import Spread, in_turns, timed
from benchmarks.make_bundle import CALL_COLUMNS, START, write
from benchmarks.registries import fill, opened
from benchmarks.section import Section, Short
from benchmarks.tables import Table, seconds, times, whole
from tracer.bootstrap import Application
from tracer.domain.attribution.baselines import counting
from tracer.intake.csv_calls import SOURCE
from tracer.intake.sources import FileOptions
from tracer.intake.take_files import take_path, together
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.registry.add_number import add_number
from tracer.services.reports.build_report import build_report

AS_OF = START + timedelta(days=200)
NUMBERS = 20
FILES = ("channels", "canaries", "orders", "exposures", "calls")


@dataclass(frozen=True)
class Figures:
    """Seconds of each way for the rows of a bundle and for a file of calls; of the report and of its peers."""

    orders: int
    rows: int
    bundle: dict[str, Spread]
    calls: int
    file: dict[str, Spread]
    report: dict[str, Spread]


def measure(quick: bool, folder: Path) -> Figures:
    """Each way several times in turns, every time into a registry of its own."""
    orders, calls, rounds = (500, 1_000, 1) if quick else (5_000, 10_000, 3)
    bundle, file = folder / "bundle", folder / "calls.csv"
    write(bundle, orders, calls=round(0.85 * orders))
    _write_calls(file, calls)
    number = count()
    by_bundle = in_turns(
        {
            "csv read alone": lambda: timed(lambda: sum(1 for _ in bundle_rows(bundle))),
            "bare sqlite3, executemany": lambda: bare_import(folder / f"bare-{next(number)}.db", bundle),
            "Tracer, import": lambda: _import(folder / f"home-{next(number)}", bundle),
        },
        rounds,
    )
    by_file = in_turns(
        {
            "read alone, by Tracer's reader": lambda: timed(lambda: sum(1 for _ in SOURCE.read(file, FileOptions()))),
            "Tracer, taken in": lambda: _take(folder / f"home-{next(number)}", file, calls),
        },
        rounds,
    )
    rows = sum(1 for _ in bundle_rows(bundle))
    return Figures(orders, rows, by_bundle, calls, by_file, _reported(folder / "home-report", bundle, min(rounds, 2)))


def bundle_rows(bundle: Path) -> Iterator[tuple[str, list[str]]]:
    """Every row of a bundle with the name of its file."""
    for name in FILES:
        with (bundle / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for row in rows:
                yield name, row


def bare_import(file: Path, bundle: Path) -> float:
    """Seconds for the same rows in plain tables with their keys, in one transaction that is on the disk at the end."""
    with bare_sqlite(file) as connection:
        for name in FILES:
            with (bundle / f"{name}.csv").open(encoding="utf-8", newline="") as opened_file:
                columns = next(csv.reader(opened_file))
            key = "" if name == "exposures" else f", PRIMARY KEY ({columns[0]})"
            connection.execute(f"CREATE TABLE {name} ({', '.join(columns)}{key})")
        connection.execute("CREATE INDEX calls_by_time ON calls (received_at)")

        def run() -> None:
            connection.execute("BEGIN IMMEDIATE")
            for name in FILES:
                _insert_all(connection, name, bundle / f"{name}.csv")
            connection.execute("COMMIT")

        return timed(run)


def _insert_all(connection: sqlite3.Connection, name: str, file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as opened_file:
        rows = csv.reader(opened_file)
        places = ", ".join("?" for _ in next(rows))
        connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)


def _import(home: Path, bundle: Path) -> float:
    app = opened(home)
    taken = timed(lambda: fill(app, bundle))
    app.close()
    return taken


def _take(home: Path, file: Path, new: int) -> float:
    app = opened(home)
    with app.writing() as work:
        for number in range(NUMBERS):
            add_number(work, {"number": f"+4420794600{number:02}", "kind": "landline", "extension_digits": "4"})
        work.commit()
    taken = timed(lambda: _checked(app, file, new))
    app.close()
    return taken


def _checked(app: Application, file: Path, new: int) -> None:
    found = together(take_path(app, file, SOURCE, FileOptions(), lambda rows: None))
    if found.new != new:
        raise SystemExit(f"not what was written: {found}")


def _write_calls(path: Path, rows: int) -> None:
    said = ["张小梦", "courier", "name item", "price", "lost_parcel", "您好，您的快递丢了，给您双倍赔偿", ""]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(CALL_COLUMNS.split())
        for i in range(rows):
            when = f"2026-01-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00+08:00"
            line = f"+4420794600{i % NUMBERS:02};ext={i % 10_000:04}"
            out.writerow([f"x{i}", when, "call", line, f"+447700900{i % 1000:03}", *said])


def _reported(home: Path, bundle: Path, rounds: int) -> dict[str, Spread]:
    app = opened(home)
    fill(app, bundle)
    found = in_turns(
        {
            "registry read, calls counted over orders": lambda: timed(lambda: counted(app)),
            "Tracer's report": lambda: timed(lambda: report(app)),
        },
        rounds,
    )
    app.close()
    return found


def counted(app: Application) -> None:
    with app.reading() as work:
        counting(gather_evidence(work, app.model, AS_OF).evidence)


def report(app: Application) -> None:
    """A report, and every call's findings, which are only made when asked for."""
    with app.reading() as work:
        for _ in build_report(work, app.model, AS_OF).calls:
            pass


def section(found: Figures) -> Section:
    """The figures as tables."""
    return Section(
        "Import and report",
        (
            "The bare table holds the same rows in plain text with a key each and an index of calls by time, put there "
            "in one transaction. Tracer checks every row, seals names, numbers and addresses, keeps blind indexes, and "
            "records a fact of each in the journal. The report is beside counting, which is given the same registry.",
        ),
        (
            _table(f"A bundle of {found.orders:,} orders, {found.rows:,} rows", found.bundle, found.rows, "rows"),
            _table(f"A CSV of {found.calls:,} calls of another program", found.file, found.calls, "rows"),
            _table(f"The report on these {found.orders:,} orders", found.report, found.orders, "orders"),
        ),
        tuple(_short(found)),
    )


def _short(found: Figures) -> Iterator[Short]:
    for what, ways, size in (
        ("rows imported a second", found.bundle, found.rows),
        ("calls of a file taken in a second", found.file, found.calls),
        ("orders reported on a second", found.report, found.orders),
    ):
        *peers, (_, ours) = ways.items()
        name, peer = peers[-1]
        rate, theirs = ours.per_second(size), peer.per_second(size)
        yield what, rate.text(whole), name, theirs.text(whole), rate.over(theirs).text(times)


def _table(title: str, ways: dict[str, Spread], size: int, what: str) -> Table:
    *peers, _ = ways.items()
    rows = [
        [
            name,
            taken.text(seconds),
            taken.per_second(size).text(whole),
            *("" if name == peer else taken.over(of).text(times) for peer, of in peers),
        ]
        for name, taken in ways.items()
    ]
    header = ("", "time", f"{what} a second", *(f"time × {name}" for name, _ in peers))
    return Table(title, header, rows)
