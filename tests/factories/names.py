"""Names near to each other and far apart, put into a registry without the services' choosing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.conftest import NOW
from tests.factories import registry
from tracer.bootstrap import Application
from tracer.domain.canary import Canary
from tracer.domain.line import Line
from tracer.storage.unit_of_work import UnitOfWork

SHARED, OTHER, LANDLINE = Line(registry.SHARED), Line("+447700900124"), registry.LANDLINE
NAME = "张晓萌"
SAME_SOUND, SAME_PAIR, SAME_SURNAME, APART = "章小盟", "张晓国", "张建国", "王志强"


def own_numbers(app: Application) -> None:
    """Two shared numbers, and one with extensions."""
    registry.own_number(app, SHARED.number, extensions="")
    registry.own_number(app, OTHER.number, extensions="")
    registry.own_number(app)


def canary(
    name: str = NAME, gender: str = "female", line: Line = SHARED, canary_id: str = "k-1", **more: Any
) -> Canary:
    return Canary(canary_id, name, line, NOW, "zh_CN", gender, **more)


def number_ids(work: UnitOfWork) -> dict[str, str]:
    return {stored.owned.number: stored.number_id for stored in work.numbers.all()}


def issue(app: Application, *canaries: Canary, first: Collection[str] = ()) -> None:
    with app.writing() as work:
        work.canaries.issue(canaries, number_ids(work), work.now, first)
        work.commit()


def bring(app: Application, *canaries: Canary) -> set[str]:
    """Import them; gives the ids of those that sound like another."""
    with app.writing() as work:
        import_id = work.imports.begin("x", work.now)
        work.canaries.add(canaries, number_ids(work), work.now, import_id=import_id)
        count = work.canaries.count_alike(import_id)
        work.commit()
    alike = flagged(app) & {one.canary_id for one in canaries}
    assert count == len(alike)
    return alike


def flagged(app: Application) -> set[str]:
    """Ids of all canaries that are marked as sounding like another."""
    with app.reading() as work:
        found = work.session.connection.exec_driver_sql("SELECT canary_id FROM canaries WHERE sounds_like_another")
        return set(found.scalars())
