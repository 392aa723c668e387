"""What is done with a campaign of one size: imported, listed, sealed, proved, audited, reported on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.durable import bare_sqlite
from benchmarks.figures import worked
from benchmarks.imports import AS_OF, bare_import, bundle_rows, counted, report
from benchmarks.registries import fill, opened
from tracer.bootstrap import Application
from tracer.domain.ledger.checkpoint import verify_proof
from tracer.services.attribution.attribute_call import attribute_call
from tracer.services.attribution.refresh_attribution import keep_state, refreshed_state
from tracer.services.ledger.read_ledger import ProvedEntry, prove_entry
from tracer.services.registry.browse import browse_calls, browse_journal, newest_canaries, newest_orders
from tracer.storage.filters import CallFilter

PAGE, ASKED = 50, 20


@dataclass
class CampaignGrowing:
    """A folder with a bundle in it, and how often what changes the registry is done anew."""

    folder: Path
    rounds: int
    number: Iterator[int]

    def acts(self) -> dict[str, object]:
        """Every panel with its acts."""
        bundle, bare = self.folder / "bundle", self.folder / "bare.db"
        alone = [worked(lambda: sum(1 for _ in bundle_rows(bundle))) for _ in range(self.rounds)]
        plain = [bare_import(self.folder / f"bare-{next(self.number)}.db", bundle) for _ in range(self.rounds - 1)]
        plain.append(bare_import(bare, bundle))
        taken, sealed = [], []
        for turn in range(self.rounds):
            app = opened(self.folder / f"home-{turn}")
            taken.append(worked(partial(fill, app, bundle)))
            sealed.append(worked(app.seal_ledger))
            if turn < self.rounds - 1:
                app.close()
        inserted = "bare sqlite3, executemany"
        found = {
            "Importing orders with routes and calls": {
                "Tracer": (inserted, taken),
                inserted: (inserted, plain),
                "csv read alone": ("csv read alone", alone),
            },
            "A page of 50, orders in the registry": self._pages(app, bare),
            "The ledger, orders in the registry": {"facts sealed and signed": ("", sealed)} | self._proofs(app),
            "Reporting on orders": self._reports(app),
        }
        app.close()
        return found

    def _pages(self, app: Application, bare: Path) -> dict[str, tuple[str, list[float]]]:
        peer = "calls, newest, bare sqlite3"
        with app.reading() as work:
            half = sum(1 for name, _ in bundle_rows(self.folder / "bundle") if name == "calls") // 2
            middle = work.listings.calls(CallFilter(), None, half, newest_first=True)[-1]
            pages = {
                "calls, newest": (peer, lambda: browse_calls(work, None, PAGE, newest_first=True)),
                "calls, from the middle on": (peer, lambda: browse_calls(work, middle, PAGE, newest_first=True)),
                "canaries, newest": ("", lambda: newest_canaries(work, None, PAGE)),
                "orders, newest": ("", lambda: newest_orders(work, None, PAGE)),
                "journal, newest": ("", lambda: browse_journal(work, 0, PAGE, newest_first=True)),
            }
            found = {name: (beside, [worked(page) for _ in range(ASKED)]) for name, (beside, page) in pages.items()}
        with bare_sqlite(bare) as connection:
            found[peer] = (peer, [worked(partial(_bare_page, connection)) for _ in range(ASKED)])
        return found

    def _proofs(self, app: Application) -> dict[str, tuple[str, list[float]]]:
        with app.reading() as work:
            size = work.ledger.size()
            places = [1 + place * (size - 2) // ASKED for place in range(ASKED)]
            ids = [browse_journal(work, place, 1).records[0]["entry_id"] for place in places]
            proofs: list[ProvedEntry] = []
            proving = [worked(lambda one=one: proofs.append(prove_entry(work, one))) for one in ids]  # type: ignore[misc]
            key = work.ledger.log().key
            verifying = [worked(partial(verify_proof, one.leaf_hash, one.proof, key)) for one in proofs]
        audits = [worked(partial(_audited, app)) for _ in range(self.rounds)]
        return {
            "one fact proved": ("", proving),
            "one proof verified": ("", verifying),
            "everything audited": ("", audits),
        }

    def _reports(self, app: Application) -> dict[str, tuple[str, list[float]]]:
        peer = "registry read, calls counted over orders"
        found = {
            "Tracer, in whole": (peer, [worked(partial(report, app))]),
            peer: (peer, [worked(partial(counted, app)) for _ in range(self.rounds)]),
        }
        with app.reading() as work:
            state = refreshed_state(work, app.model, AS_OF)
            asked = [call.call_id for call in work.calls.counting()][::37][:ASKED]
        with app.writing() as work:
            keep_state(work, state)
            work.commit()
        one_more = []
        for call_id in asked:
            with app.reading() as work:
                one_more.append(worked(partial(attribute_call, work, app.model, call_id, AS_OF)))
        return found | {"Tracer, one call more": ("", one_more)}


def _audited(app: Application) -> None:
    if problems := app.audit_ledger(lambda share: None).problems:
        raise SystemExit(f"the ledger does not hold: {problems[0]}")


def _bare_page(connection: sqlite3.Connection) -> None:
    connection.execute(f"SELECT * FROM calls ORDER BY received_at DESC LIMIT {PAGE}").fetchall()
