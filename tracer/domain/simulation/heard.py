"""What the person called writes down: the number shown, the pretext, and values as they were heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.domain.codebook.borne_names import IssuedName
from tracer.domain.codebook.mishearing.names import COMPOUND_SURNAMES
from tracer.domain.codebook.mishearing.say import VOICES, ordinary_name, say
from tracer.domain.fields import Fields
from tracer.domain.simulation.values import (
    ITEM_RIGHT,
    ITEMS,
    PRICE_RIGHT,
    TAIL,
    TAIL_RIGHT,
    VAGUE,
)
from tracer.domain.simulation.world import BACKGROUND_CALL, ORDERED, Calls, Canaries, Ints, Orders, Said

SCRIPTS = ("order_problem", "defect_refund", "multiple_compensation", "lost_parcel", "wrong_membership", "wrong_agent")
ROLES = ("platform", "merchant", "courier", "payment")
_NUMBERS = 2_000
_PLAIN_SPEAKERS = 0.5
_MEANS_SOMEBODY = 0.5
"""Share of background callers on a shared line that speak of a canary there, if of anybody."""


def write_down(calls: Calls, canaries: Canaries, orders: Orders, rng: np.random.Generator) -> Said:
    """The texts of all calls. Script and role depend on the session alone, never on where the data came from."""
    size = len(calls.at)
    spoke = calls.answered
    number, script, role = (_of_session(calls.session, top, rng) for top in (_NUMBERS, len(SCRIPTS), len(ROLES)))
    if canaries.own:
        nothing = [""] * size
        names = [
            _written(name, known)
            for name, known in zip(
                (canaries.names[k] for k in calls.canary.tolist()), calls.known.tolist(), strict=True
            )
        ]
        values: Sequence[Sequence[str]] = (nothing, nothing, nothing, nothing)
    else:
        meant = (calls.source != BACKGROUND_CALL) | (rng.random(size) < _MEANS_SOMEBODY)
        whom = [k if m else -1 for k, m in zip(calls.canary.tolist(), meant.tolist(), strict=True)]
        names = [_heard(canaries.names, k, known, rng) for k, known in zip(whom, calls.known.tolist(), strict=True)]
        values = _values(calls.known, np.array(whom, dtype=np.int64), canaries, orders, rng)
    return Said(
        [_caller(n) for n in number.tolist()],
        [ROLES[n] if s else "" for n, s in zip(role.tolist(), spoke.tolist(), strict=True)],
        [SCRIPTS[n] if s else "" for n, s in zip(script.tolist(), spoke.tolist(), strict=True)],
        names,
        *values,
    )


def _of_session(session: Ints, top: int, rng: np.random.Generator) -> Ints:
    """A number below `top` for each call, the same for all of a session."""
    of_sessions = rng.integers(0, top, int(session.max(initial=-1)) + 2)
    return np.where(session < 0, rng.integers(0, top, len(session)), of_sessions[session])


def _caller(number: int) -> str:
    """A number as displayed, from ranges kept for fiction."""
    return f"+441632960{number:03d}" if number < 1_000 else f"+443069990{number - 1_000:03d}"


def _written(name: IssuedName, known: int) -> str:
    """A name on a line of its own: the callee knows whose it is."""
    if known & Fields.NAME:
        return name.name
    if known & Fields.NAME_MASKED:
        surname = name.name[:2] if name.name[:2] in COMPOUND_SURNAMES else name.name[0]
        return surname + ("女士" if name.gender == "female" else "先生")
    return ""


def _heard(names: Sequence[IssuedName], whom: int, known: int, rng: np.random.Generator) -> str:
    """A name as heard on a shared line: a canary's, or (-1) some stranger's."""
    if not known & (Fields.NAME | Fields.NAME_MASKED):
        return ""
    name, gender = (names[whom].name, names[whom].gender) if whom >= 0 else ordinary_name(rng)
    voices = list(VOICES)
    voice = "standard" if rng.random() < _PLAIN_SPEAKERS else voices[int(rng.integers(0, len(voices)))]
    return say(name, gender, VOICES[voice], rng, "full" if known & Fields.NAME else "titled")


def _values(
    known: Ints, whom: Ints, canaries: Canaries, orders: Orders, rng: np.random.Generator
) -> tuple[Sequence[str], ...]:
    """Goods, price and tails of numbers as heard: mostly those of the order, otherwise anybody's."""
    size = len(known)
    with_order = (whom >= 0) & (canaries.purpose[whom] == ORDERED)
    anybody = rng.integers(0, len(orders.item), (4, size))

    def drawn(own: Ints, right: float, row: int) -> Ints:
        return np.where(with_order & (rng.random(size) < right), own[whom], own[anybody[row]])

    right = with_order & (rng.random(size) < ITEM_RIGHT)
    strange = np.where(with_order, -1, orders.item[anybody[0]])
    item = np.where(right, orders.item[whom], strange)
    price = drawn(orders.cents, PRICE_RIGHT, 1)
    number = drawn(orders.number % TAIL, TAIL_RIGHT, 2)
    waybill = drawn(orders.waybill % TAIL, TAIL_RIGHT, 3)

    def texts(flag: Fields, written: list[str]) -> list[str]:
        told = ((known & int(flag)) > 0).tolist()
        return [text if t else "" for text, t in zip(written, told, strict=True)]

    return (
        texts(Fields.ITEM, [ITEMS[n] if n >= 0 else VAGUE for n in item.tolist()]),
        texts(Fields.PRICE, [str(round(cents / 100)) for cents in price.tolist()]),
        texts(Fields.ORDER_NO, [f"{n:04d}" for n in number.tolist()]),
        texts(Fields.WAYBILL_NO, [f"{n:04d}" for n in waybill.tolist()]),
    )
