"""A fact as an evidence pack shows it: the fields that were opened, and digests of those kept closed or erased.

    {"fields": {path: value, …},                the opened fields, to be read
     "disclosures": ["[\\"salt\\",\\"path\\",value]", …],     the same, as they are hashed
     "closed": {"paths": [path, …], "digests": [hex, …]},
     "erased": {"at": time or null, "digests": [hex, …]}}

The paths of closed fields are told in the order of the alphabet and their digests by value: which is whose is not
told. The verifier holds `fields` to `disclosures`, so what is read is what was proved.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.merkle import HASH_BYTES
from tracer.domain.ledger.record import LIST, Field, Record, check_list, read_disclosure

HEADER = (LIST, "/entry_id", "/recorded_at", "/event", "/subject_id")
"""The fields that every fact in a pack opens."""
_KEYS = {"fields", "disclosures", "closed", "erased"}


@dataclass(frozen=True, slots=True)
class OpenedFact:
    """A fact with its opened fields; `closed` and `erased` are digests, `closed_paths` what the closed ones are."""

    fields: tuple[Field, ...]
    closed_paths: tuple[str, ...]
    closed: tuple[bytes, ...]
    erased: tuple[bytes, ...]
    erased_at: str | None

    @property
    def record(self) -> Record:
        """The leaf."""
        return Record(self.fields, (*self.closed, *self.erased))

    def value(self, path: str) -> Any:
        """An opened value, None where it is not opened."""
        return next((field.read for field in self.fields if field.path == path), None)

    @property
    def event(self) -> str:
        """What happened."""
        return str(self.value("/event"))

    @property
    def subject_id(self) -> str:
        """What it happened to."""
        return str(self.value("/subject_id"))

    @property
    def recorded_at(self) -> str:
        """When the registry's own clock says that it was written down."""
        return str(self.value("/recorded_at"))

    def text(self) -> str:
        """As a member of a pack."""
        told = {
            "fields": {field.path: field.read for field in self.fields},
            "disclosures": [field.disclosure() for field in self.fields],
            "closed": {"paths": list(self.closed_paths), "digests": [one.hex() for one in self.closed]},
            "erased": {"at": self.erased_at, "digests": [one.hex() for one in self.erased]},
        }
        return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def open_fact(record: Record, opened: Sequence[str], erased_at: str | None) -> OpenedFact:
    """A fact of the journal with only these paths open."""
    closed = [field for field in record.fields if field.path not in opened]
    return OpenedFact(
        fields=tuple(field for field in record.fields if field.path in opened),
        closed_paths=tuple(sorted(field.path for field in closed)),
        closed=tuple(sorted(field.digest() for field in closed)),
        erased=tuple(sorted(record.hidden)),
        erased_at=erased_at,
    )


def read_fact(content: bytes) -> OpenedFact:
    """A member of a pack as a fact; raises EvidenceRejected for what is none or not written as we write it."""
    try:
        text = content.decode("utf-8")
        told = json.loads(text)
        if not isinstance(told, dict) or set(told) != _KEYS:
            raise EvidenceRejected(f"expected an object with the keys {' '.join(sorted(_KEYS))}")
        fields = tuple(read_disclosure(one) for one in _texts(told["disclosures"]))
        closed, erased = told["closed"], told["erased"]
        fact = OpenedFact(
            fields=fields,
            closed_paths=tuple(_texts(closed["paths"])),
            closed=tuple(_digest(one) for one in _texts(closed["digests"])),
            erased=tuple(_digest(one) for one in _texts(erased["digests"])),
            erased_at=None if erased["at"] is None else str(erased["at"]),
        )
        same = fact.text() == text
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceRejected(f"expected a fact as JSON: {type(error).__name__}") from None
    paths = [field.path for field in fields]
    if len(set(paths)) != len(paths):
        raise EvidenceRejected("a field is opened twice")
    missing = [path for path in HEADER if path not in paths]
    if missing:
        raise EvidenceRejected(f"expected the opened fields {' '.join(HEADER)}, {missing[0]} is not there")
    if len(fact.closed_paths) != len(fact.closed):
        raise EvidenceRejected("expected as many digests of closed fields as there are closed fields")
    check_list(fact.record)
    listed = set(fact.value(LIST))
    if not set(fact.closed_paths) <= listed - set(paths) or len(set(fact.closed_paths)) != len(fact.closed_paths):
        raise EvidenceRejected(f"the closed fields are not among those that {LIST} names, each once")
    if not same:
        raise EvidenceRejected("what is to be read differs from what was hashed: it was edited")
    return fact


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("expected a list of texts")
    return value


def _digest(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != HASH_BYTES:
        raise EvidenceRejected(f"expected digests of {HASH_BYTES} bytes, got one of {len(found)}")
    return found
