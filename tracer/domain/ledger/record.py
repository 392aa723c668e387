"""A fact as a leaf of the ledger: every field under a salt of its own, so that single fields can be opened.

A field is opened by its *disclosure*, the JSON text `["salt","path",value]` with 16 bytes of salt in
hexadecimal. Its digest is SHA-256 over FIELD_TAG and that text. The leaf's content is RECORD_TAG and the
digests of all fields, sorted, so that nothing is told by their order. The salts of a record come from one
random salt by SHAKE-256. What was erased keeps its digest and loses salt and value: the leaf stays what it was.

Paths are JSON pointers (RFC 6901): `/event`, `/payload/recipient_name`, `/payload/route/0`. A list of objects
is a field for each of them, and one with their number. A column that is empty is no field.

One field more, LIST, holds the sorted paths of all the others. Whoever opens anything opens it as well: so no leaf can
hold two values of one path, of which the keeper chooses later.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, shake_256
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.merkle import HASH_BYTES

SALT_BYTES = 16
FIELD_TAG = b"tracer field v1\n"
RECORD_TAG = b"tracer record v1\n"
_TAG = FIELD_TAG.decode()
LIST = "/fields"
"""The path of the list of all other paths."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


class Field(NamedTuple):
    """An opened field: its salt in hexadecimal, its path, and its value as JSON text."""

    salt: str
    path: str
    value: str

    def disclosure(self) -> str:
        """The text that is hashed."""
        return f'["{self.salt}",{encode_basestring(self.path)},{self.value}]'

    def digest(self) -> bytes:
        """The salted digest."""
        return field_digest(self.disclosure())

    @property
    def read(self) -> Any:
        """The value itself."""
        return json.loads(self.value)


@dataclass(frozen=True, slots=True)
class Record:
    """A leaf: the fields that can be opened, and the digests of those that cannot."""

    fields: tuple[Field, ...]
    hidden: tuple[bytes, ...] = ()

    def content(self) -> bytes:
        """What the leaf hash is made of."""
        return record_content([*(field.digest() for field in self.fields), *self.hidden])

    def without(self, paths: Collection[str]) -> Record:
        """The same leaf, with these fields no longer to be opened."""
        kept = tuple(field for field in self.fields if field.path not in paths)
        gone = (field.digest() for field in self.fields if field.path in paths)
        return Record(kept, (*self.hidden, *gone))

    def only(self, paths: Collection[str]) -> Record:
        """The same leaf, with no other fields than these opened."""
        return self.without({field.path for field in self.fields} - set(paths))

    def value(self, path: str) -> Any:
        """The value of an opened field; raises KeyError for another."""
        for field in self.fields:
            if field.path == path:
                return field.read
        raise KeyError(path)


def flatten(values: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """(path, value as JSON) of each field of a fact."""
    for key, value in values.items():
        if type(value) is str:
            if value:
                yield _under(under, key), encode_basestring(value)
            continue
        path = _under(under, key)
        if key == "payload" and not under:
            yield from flatten(value, path)
        elif isinstance(value, (list, tuple)) and value and all(isinstance(item, Mapping) for item in value):
            yield path, str(len(value))
            for place, item in enumerate(value):
                yield f"{path}/{place}", _encode(item)
        else:
            yield path, _encode(value)


def _listed(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """All fields of a fact, the list of them last."""
    found = list(flatten(values))
    found.append((LIST, _encode(sorted([path for path, _ in found]))))
    return found


def new_record(salt: bytes, values: Mapping[str, Any]) -> Record:
    """The leaf of a fact with the record's one random salt."""
    found = _listed(values)
    return Record(tuple(Field(one, *field) for one, field in zip(_salts(salt, len(found)), found, strict=True)))


def new_content(salt: bytes, values: Mapping[str, Any]) -> bytes:
    """`new_record(…).content()`, in a third of the time: an import makes hundreds of thousands."""
    found = list(flatten(values))
    heads, listed = _heads(tuple([path for path, _ in found]))
    texts = [value for _, value in found]
    texts.append(listed)
    digests = [
        sha256(f'{_TAG}["{one}{head}{text}]'.encode()).digest()
        for one, head, text in zip(_salts(salt, len(texts)), heads, texts, strict=True)
    ]
    digests.sort()
    return RECORD_TAG + b"".join(digests)


@lru_cache(maxsize=4096)
def _heads(paths: tuple[str, ...]) -> tuple[list[str], str]:
    """What stands between salt and value of each path, LIST's last, and the value of LIST: facts of a kind share it."""
    return [f'",{encode_basestring(path)},' for path in (*paths, LIST)], _encode(sorted(paths))


def check_list(record: Record) -> None:
    """Raise EvidenceRejected unless the fields of a leaf are those of its list, each once, opened or hidden."""
    paths = [field.path for field in record.fields if field.path != LIST]
    try:
        listed = record.value(LIST)
    except KeyError:
        raise EvidenceRejected(f"expected the opened list of its fields, {LIST}: it is not there") from None
    if not isinstance(listed, list) or not all(isinstance(path, str) for path in listed):
        raise EvidenceRejected(f"expected a list of paths in {LIST}")
    if listed != sorted(set(listed)) or LIST in listed:
        raise EvidenceRejected(f"expected the paths in {LIST} in their order, each once")
    if len(set(paths)) != len(paths) or len(record.fields) != len(paths) + 1:
        raise EvidenceRejected("a field is opened twice")
    if not set(paths) <= set(listed):
        raise EvidenceRejected(f"a field is opened that {LIST} does not name")
    if len(paths) + len(record.hidden) != len(listed):
        raise EvidenceRejected(f"it has {len(paths) + len(record.hidden)} fields, and {LIST} names {len(listed)}")


def field_digest(disclosure: str) -> bytes:
    """The digest of a disclosure's text."""
    return sha256(FIELD_TAG + disclosure.encode()).digest()


def record_content(digests: Iterable[bytes]) -> bytes:
    """A leaf's content of the digests of its fields; raises EvidenceRejected for a digest of the wrong length."""
    found = sorted(digests)
    for digest in found:
        if len(digest) != HASH_BYTES:
            raise EvidenceRejected(f"expected digests of {HASH_BYTES} bytes, got one of {len(digest)}")
    return RECORD_TAG + b"".join(found)


def read_disclosure(text: str) -> Field:
    """A disclosure's field; raises EvidenceRejected for a text that is none, or not written as we write it."""
    try:
        found = json.loads(text)
        if not isinstance(found, list) or len(found) != 3 or not all(isinstance(part, str) for part in found[:2]):
            raise EvidenceRejected('expected a disclosure ["salt","path",value], got other JSON')
        field = Field(found[0], found[1], _encode(found[2]))
        field.disclosure().encode()
    except (ValueError, RecursionError) as error:
        raise EvidenceRejected(f"expected a disclosure, a JSON list of salt, path and value: {error}") from None
    if field.disclosure() != text:
        raise EvidenceRejected("a disclosure is not written in its one form: it was edited or made by another program")
    return field


def _salts(salt: bytes, count: int) -> Sequence[str]:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"expected a salt of {SALT_BYTES} bytes")
    text = shake_256(b"tracer salts v1\n" + salt).hexdigest(SALT_BYTES * count)
    return [text[place : place + 2 * SALT_BYTES] for place in range(0, len(text), 2 * SALT_BYTES)]


@lru_cache(maxsize=4096)
def _under(path: str, key: str) -> str:
    return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
