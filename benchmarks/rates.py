"""make bench: rates of issuing, logging, importing and reporting, beside a peer in the same run, and their growth.

Machines are shared and noisy: read the ratios and exponents, not the seconds.
"""

from __future__ import annotations

import argparse
import math
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from faker import Faker

from benchmarks.make_bundle import START, write
from tracer.bootstrap import Application, build
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.attribution.attribute_call import attribute_call
from tracer.services.attribution.refresh_attribution import keep_state, refreshed_state
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.calls.log_call import log_call
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.registry.add_number import add_number
from tracer.services.registry.register_channel import register_channel
from tracer.services.reports.build_report import build_report

AS_OF = START + timedelta(days=200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2_000, help="the 1x size of import and report")
    parser.add_argument("--growth", type=int, default=10, help="the larger size, as a multiple")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracer-bench-") as folder:
        rows = [
            *_issuing(Path(folder), 500, chosen.growth),
            *_logging(Path(folder), 200, chosen.growth),
            *_bundles(Path(folder), chosen.orders, chosen.growth),
        ]
    print(f"{'what':<34}{'1x':>10}{f'{chosen.growth}x':>10}{'exponent':>10}   beside")
    for what, small, large, unit, peer in rows:
        exponent = math.log(large / small) / math.log(chosen.growth)
        print(f"{what:<34}{small:>9.3f}s{large:>9.3f}s{exponent:>10.2f}   {unit}{peer}")


def _issuing(folder: Path, count: int, growth: int) -> list[tuple[str, float, float, str, str]]:
    def run(size: int) -> float:
        app = _app(folder / f"issue-{size}", numbers=1 + size // 1_000)
        seconds = _timed(lambda: _issue(app, size))
        app.close()
        return seconds

    small, large = run(count), run(count * growth)
    names = Faker("zh_CN")
    Faker.seed(1)
    peer = _timed(lambda: [names.unique.name() for _ in range(count * growth)])
    unit = f"{count * growth / large:,.0f} canaries/s"
    return [
        (f"issue {count:,} canaries", small, large, unit, f"; Faker unique.name() alone {peer / large:.2f} of the time")
    ]


def _logging(folder: Path, count: int, growth: int) -> list[tuple[str, float, float, str, str]]:
    def run(size: int) -> float:
        app = _app(folder / f"log-{size}", numbers=1)
        canaries = _issue(app, 1)
        record = {"dialled_number": canaries[0].phone.text, "heard_name": "张三", "known_fields": "name item"}

        def log() -> None:
            for _ in range(size):
                with app.writing() as work:
                    log_call(work, record, [], app.rng)
                    work.commit()

        seconds = _timed(log)
        app.close()
        return seconds

    small, large = run(count), run(count * growth)
    peer = _timed(lambda: _bare_commits(folder / "bare.db", count * growth))
    unit = f"{count * growth / large:,.0f} calls/s, each durable"
    return [
        (f"log {count:,} calls one by one", small, large, unit, f"; bare sqlite3 FULL {peer / large:.2f} of the time")
    ]


def _bundles(folder: Path, orders: int, growth: int) -> list[tuple[str, float, float, str, str]]:
    imports, reports, quick = [], [], []
    for size in (orders, orders * growth):
        write(folder / f"bundle-{size}", size)
        app = build(folder / f"import-{size}", seed=1)
        _ = app.registry, app.model
        imports.append(_timed(lambda app=app, size=size: _import(app, folder / f"bundle-{size}")))  # type: ignore[misc]
        reports.append(_timed(lambda app=app: _report(app)))  # type: ignore[misc]
        quick.append(_one_call(app))
        app.close()
    rows = f"{orders * growth / imports[1]:,.0f} orders/s with route and calls"
    return [
        (f"import {orders:,} orders", imports[0], imports[1], rows, ""),
        (f"report on {orders:,} orders", reports[0], reports[1], f"{orders * growth / reports[1]:,.0f} orders/s", ""),
        (f"one call more on {orders:,} orders", quick[0], quick[1], f"{reports[1] / quick[1]:,.0f} times a report", ""),
    ]


def _app(home: Path, numbers: int) -> Application:
    app = build(home, seed=1)
    with app.writing() as work:
        register_channel(work, app.model.channels, {"kind": "merchant", "name": "shop", "channel_id": "shop"})
        for n in range(numbers):
            record = {"number": f"+44207946{n:04d}", "kind": "landline", "extension_digits": "4"}
            add_number(work, record)
        work.commit()
    return app


def _issue(app: Application, count: int):
    with app.writing() as work:
        canaries = issue_canaries(work, CanaryRequest(issued_for=("shop",), count=count), 90, app.rng)
        work.commit()
    return canaries


def _import(app: Application, bundle_folder: Path) -> None:
    with open_bundle(bundle_folder) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle)
        work.commit()


def _report(app: Application) -> None:
    with app.reading() as work:
        build_report(work, app.model, AS_OF)


def _one_call(app: Application) -> float:
    """Seconds, in the median, to say where a call came from out of a kept state."""
    with app.reading() as work:
        state = refreshed_state(work, app.model, AS_OF)
        asked = [call.call_id for call in work.calls.counting()][::37][:40]
    with app.writing() as work:
        keep_state(work, state)
        work.commit()
    taken = []
    for call_id in asked:
        with app.reading() as work:
            taken.append(_timed(lambda work=work, call_id=call_id: attribute_call(work, app.model, call_id, AS_OF)))  # type: ignore[misc]
    return statistics.median(taken)


def _bare_commits(path: Path, count: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, text TEXT)")
    for _ in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO calls (text) VALUES (?)", ("x" * 300,))
        connection.execute("COMMIT")
    connection.close()


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
