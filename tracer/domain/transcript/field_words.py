"""What the fields are called in speech: 我的订单号, 买的什么, how much I paid."""

from __future__ import annotations

import re

from tracer.domain.transcript.patterns import texts

FIELD_WORDS = texts("field_words", "field_words")
FIELD = {name: re.compile(words) for name, words in FIELD_WORDS.items()}


def fields_in(text: str) -> dict[str, tuple[int, int]]:
    """The fields that are named in a text and where."""
    found = {}
    for name, pattern in FIELD.items():
        hit = pattern.search(text)
        if hit:
            found[name] = hit.span()
    if (
        "waybill_no" in found
        and "order_no" in found
        and found["order_no"][0] <= found["waybill_no"][0] < found["order_no"][1]
    ):
        again = FIELD["waybill_no"].search(text, found["order_no"][1])
        if again:
            found["waybill_no"] = again.span()
        else:
            del found["waybill_no"]
    return found
