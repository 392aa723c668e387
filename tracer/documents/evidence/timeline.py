"""What the facts of a pack tell, in the order in which it happened: who was given what, and when the calls came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracer.documents.evidence.fact_words import LANGUAGES, listed_fields
from tracer.domain.evidence.members import fact_name
from tracer.domain.evidence.opened_fact import OpenedFact

_ORDERS = ("order_placed", "order_imported")
_CALLS = ("call_logged", "call_imported", "call_taken_in")


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the story: when, as the registry's keeper stated it; what; and the fact that tells it."""

    when: datetime
    what: str
    member: str


def timeline(facts: Sequence[OpenedFact], language: str) -> list[Happening]:
    """The story in `en` or `zh`."""
    names = {one.subject_id: _labelled(one) for one in facts if one.event == "channel_registered"}
    corrected = {one.subject_id for one in facts if one.event == "call_corrected"}
    found: list[Happening] = []
    for number, fact in enumerate(facts, start=1):
        told = _told(fact, names, corrected, language)
        found += (Happening(datetime.fromisoformat(when), what, fact_name(number)) for when, what in told)
    return sorted(found, key=lambda one: (one.when, one.member))


def _labelled(fact: OpenedFact) -> str:
    name = fact.value("/payload/name")
    return f"{name} ({fact.subject_id})" if name and name != fact.subject_id else fact.subject_id


def _told(fact: OpenedFact, names: Mapping[str, str], corrected: set[str], spoken: str) -> Iterator[tuple[str, str]]:
    language = LANGUAGES.index(spoken)

    def value(column: str) -> str:
        return str(fact.value(f"/payload/{column}") or "")

    def shown(leg: Mapping[str, str]) -> tuple[str, str]:
        text = (
            "{who} was shown order {order}: {fields}",
            "{who} 看到了订单 {order}：{fields}",
        )[language]
        usual = ("what its kind usually sees", "这类经手方通常看到的内容")[language]
        who = names.get(leg["channel_id"], leg["channel_id"])
        return leg["exposed_at"], text.format(
            who=who, order=fact.subject_id, fields=listed_fields(leg["fields"], spoken) or usual
        )

    if fact.event in ("canary_issued", "canary_imported") and value("issued_at"):
        text = ("decoy {id} was made: {name}, {phone}", "生成诱饵 {id}：{name}，{phone}")[language]
        made = text.format(id=fact.subject_id, name=value("recipient_name") or "?", phone=value("phone") or "?")
        given = ("; for ", "；供给 ")[language]
        whom = ", ".join(names.get(one, one) for one in value("issued_for").split())
        yield value("issued_at"), made + (given + whom if whom else "")
    elif fact.event in _ORDERS and value("placed_at"):
        text = ("order {id} was placed for decoy {canary}: {item}", "为诱饵 {canary} 下订单 {id}：{item}")[language]
        yield value("placed_at"), text.format(id=fact.subject_id, canary=value("canary_id"), item=value("item") or "?")
        for field in fact.fields:
            if field.path.startswith("/payload/route/"):
                yield shown(field.read)
    elif fact.event == "exposure_recorded" and value("exposed_at"):
        yield shown({key: value(key) for key in ("channel_id", "exposed_at", "fields")})
    elif fact.event in _CALLS and value("received_at"):
        text = (
            "CALL {id} came. The name said: {name}. What the caller knew: {known}",
            "来电 {id}。说出的姓名：{name}。来电者知道：{known}",
        )[language]
        none = ("none", "无")[language]
        later = (" (as first written down; corrected later)", "（最初的记录，后有更正）")[language]
        told = text.format(
            id=fact.subject_id,
            name=value("heard_name") or none,
            known=listed_fields(value("known_fields"), spoken) or none,
        )
        yield value("received_at"), told + (later if fact.subject_id in corrected else "")
