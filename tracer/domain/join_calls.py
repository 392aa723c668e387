"""Two records of one contact: what one of them gains from the other."""

from __future__ import annotations

from tracer.domain.call import Call, Nature
from tracer.domain.errors import NotAllowed
from tracer.domain.records import call_record


def gained_columns(target: Call, merged: Call) -> dict[str, str]:
    """The columns (calls.csv) of the target as they are when the other record is merged into it.

    Empty ones are filled, known and unknown fields joined (a field known to either is known), the
    line gets its extension, a contact answered by either was answered, and a stated nature wins
    over unsure. Raises NotAllowed where the two records contradict each other.
    """
    _refuse_contradictions(target, merged)
    held, given = call_record(target), call_record(merged)
    gained = {column: text for column, text in given.items() if column != "call_id" and text and not held[column]}
    known = target.known_fields | merged.known_fields
    gained["known_fields"] = known.text
    gained["unknown_fields"] = ((target.unknown_fields | merged.unknown_fields) & ~known).text
    if target.dialled and merged.dialled and target.dialled.covers(merged.dialled):
        gained["dialled_number"] = merged.dialled.text
    if merged.answered:
        gained["answered"] = given["answered"]
    if target.nature is Nature.UNSURE:
        gained["nature"] = given["nature"]
    return gained


def _refuse_contradictions(target: Call, merged: Call) -> None:
    lines, canaries = (target.dialled, merged.dialled), (target.canary_id, merged.canary_id)
    if lines[0] and lines[1] and not (lines[0].covers(lines[1]) or lines[1].covers(lines[0])):
        difference = "rang on different lines"
    elif all(canaries) and canaries[0] != canaries[1]:
        difference = f"have different canaries ({canaries[0]}, {canaries[1]})"
    elif {target.nature, merged.nature} == {Nature.SCAM, Nature.LEGITIMATE}:
        difference = "are a scam and a legitimate contact"
    else:
        return
    raise NotAllowed(
        f"calls {merged.call_id!r} and {target.call_id!r} {difference}, so they cannot be the same contact. "
        "Correct one of them first with `tracer call correct`"
    )
