"""The rotation of the master key, from a new key to the old one's retirement (ADR 0018).

Each step is a transaction that leaves a registry in which every process with the key file can go
on. Where it stands is in the database, so whoever is killed is followed by whoever calls next. Like
a migration it commits by itself: nothing but the storage changes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from tracer.domain.errors import NotAllowed, StoreUnavailable, WrongKey
from tracer.domain.key_rotation import Rotation
from tracer.storage.crypto import KEY_BYTES, Cipher
from tracer.storage.engine import is_busy
from tracer.storage.journal import Fact
from tracer.storage.master_keys import KeyState
from tracer.storage.registry import Registry
from tracer.storage.reindex import (
    Prepared,
    count_unprepared,
    keep_prepared,
    prepare_indexes,
    prepare_names,
    switch_indexes,
)
from tracer.storage.reseal import Batch, count_old, read_batch, write_batch
from tracer.storage.sealed_columns import INDEXED, SEALED, SealedTable
from tracer.storage.session import Session
from tracer.storage.unit_of_work import UnitOfWork

_FEW = 2_000  # rows that are prepared while others wait: a moment's work
_PAUSE = 0.5  # seconds, before what others held is asked for again

Preparation = Callable[[Session, Cipher, str | None], Prepared]
_PREPARATIONS: tuple[Preparation, ...] = (*(partial(prepare_indexes, indexed) for indexed in INDEXED), prepare_names)
Tell = Callable[[int, int], None]
"""Told how many steps are done of how many."""


class KeyRotation:
    """One call of `tracer rotate-key`; a second one at the same time does no harm."""

    def __init__(self, registry: Registry, actor: str, clock: Callable[[], datetime], tell: Tell) -> None:
        self._registry = registry
        self._source = registry.keys.source
        self._actor = actor
        self._clock = clock
        self._tell = tell
        self._done = self._total = self._resealed = 0

    def run(self) -> Rotation:
        """Begin a rotation, or go on with the one under way, to its end.

        Raises NotAllowed where the new key is for the user to make, WrongKey where a value does not
        open, StoreError for database or key file; called again, it goes on from there.
        """
        state = self._begin()
        if len(state.in_force) == 1:
            (only,) = state.in_force
            self._drop_retired(state)
            return Rotation(only.version, only.version, 0, "", self._left_behind(state), finished_before=True)
        old, new = (one.version for one in state.in_force)
        with self._reading() as work:
            master = self._registry.keys.master(old)  # before another process retires it
            self._total = sum(count_old(work.session).values())
            if state.indexing != new:
                self._total += count_unprepared(work.session)
        self._reseal()
        few = _FEW
        while not self._switched(few):
            self._prepare()
            few *= 2  # an end comes however fast others write
        while self._is_left():
            self._reseal()
        return self._retire(old, master, new)

    def _begin(self) -> KeyState:
        """A new version in force, unless one is on its way already, or the last rotation was not tidied up.

        Alone: two that begin at once must not make two keys, and whoever writes now knows the old one only and
        would meet values of the new one.
        """
        with self._reading() as work:
            state = work.keys.state()
        if self._is_begun(state):
            return state
        self._patiently(self._put_into_force, alone=True)
        with self._reading() as work:
            return work.keys.state()

    def _is_begun(self, state: KeyState) -> bool:
        """Whether a rotation is under way, or the last one only has to be tidied up after."""
        known = [state.version_of(key) for key in self._source.read()]
        return len(state.in_force) > 1 or (not self._fresh(state) and any(one and one.retired_at for one in known))

    def _fresh(self, state: KeyState) -> list[bytes]:
        """Keys of no version that are at hand: a new one is put behind the one in force."""
        at_hand = self._source.read()
        known = [state.version_of(key) for key in at_hand]
        if state.versions[-1] not in known:  # it was there when this process began
            raise WrongKey(f"the key in force is gone from {self._source.origin}: put it back. Nothing was changed")
        after = known.index(state.versions[-1]) + 1
        return [key for key, version in zip(at_hand[after:], known[after:], strict=True) if version is None]

    def _put_into_force(self, work: UnitOfWork) -> None:
        state = work.keys.state()
        if not self._is_begun(state):
            fresh = self._fresh(state)
            master = fresh[-1] if fresh else self._made()
            version = work.keys.add(master, work.now)
            work.journal.record([Fact("key_rotation_begun", f"key-{version}", {"version": version})])
            if not fresh:  # before the database is sure of it; where it cannot be written nothing is kept
                self._source.write([*self._source.read(), master])

    def _made(self) -> bytes:
        """A new key; raises NotAllowed where the user has to make it."""
        if not self._source.writable:
            raise NotAllowed(
                f"the master key comes from {self._source.origin}, which this program cannot change. Make a new key "
                f"(`openssl rand -hex {KEY_BYTES}`), put it behind the old one with a comma between, for every process "
                "that uses the registry, start them again and call `tracer rotate-key` again. Nothing was changed"
            )
        return secrets.token_bytes(KEY_BYTES)

    def _reseal(self) -> None:
        """Pass over all tables until a pass finds nothing of an older version."""
        while found := sum(self._pass(sealed) for sealed in SEALED):
            self._resealed += found

    def _pass(self, sealed: SealedTable) -> int:
        found, after = 0, None
        while True:
            with self._reading() as work:
                batch = read_batch(work.session, sealed, after)
            if batch.last is None:
                return found
            self._patiently(partial(_write, sealed, batch))
            found, after = found + batch.values, batch.last
            self._advance(batch.values)

    def _prepare(self) -> None:
        """Work out what the switch will put into use, for all rows that are there by now."""
        for prepare in _PREPARATIONS:
            self._prepare_all(prepare)

    def _prepare_all(self, prepare: Preparation) -> None:
        after = None
        while True:
            with self._reading() as work:
                cipher = work.session.cipher
                prepared = prepare(work.session, self._following(cipher), after)
            if prepared.last is None or cipher.index_version == cipher.key_version:
                return

            def keep(work: UnitOfWork, cipher: Cipher = cipher, prepared: Prepared = prepared) -> None:
                if work.session.cipher is cipher:  # else another process has switched meanwhile
                    keep_prepared(work.session, prepared)

            self._patiently(keep)
            after = prepared.last
            self._advance(len(prepared.indexes) + len(prepared.canary_ids))

    def _switched(self, few: int) -> bool:
        """Switch to the new indexes; False where too much is not prepared yet."""
        with self._reading() as work:
            state = work.keys.state()
            if state.indexing == state.standing.newest:
                return True
            if count_unprepared(work.session) > few:
                return False
        switched = False

        def switch(work: UnitOfWork) -> None:
            nonlocal switched
            session, state = work.session, work.keys.state()
            if state.indexing != state.standing.newest:  # else another process was faster
                if count_unprepared(session) > few:  # an import came between
                    return
                following = self._following(session.cipher)
                for prepare in _PREPARATIONS:
                    _catch_up(prepare, session, following)
                switch_indexes(session, state.standing.newest, state.versions[-1].check)
            switched = True

        self._patiently(switch, alone=True)
        return switched

    def _is_left(self) -> bool:
        """Whether anything of an older version is left: since the switch none can come."""
        with self._reading() as work:
            return bool(count_old(work.session))

    def _retire(self, old: int, master: bytes, new: int) -> Rotation:
        place = self._source.set_aside(old, master)

        def retire(work: UnitOfWork) -> None:
            if any(one.version == old for one in work.keys.state().in_force):
                work.keys.retire(old, master, work.now)
                work.journal.record([Fact("key_retired", f"key-{old}", {"version": old, "followed_by": new})])

        self._patiently(retire)
        with self._reading() as work:
            state = work.keys.state()
        self._drop_retired(state)
        self._registry.empty_log()
        return Rotation(old, new, self._resealed, place, self._left_behind(state))

    def _drop_retired(self, state: KeyState) -> None:
        """Take keys out of the key file that are of no use to this registry any more; others' stay."""
        at_hand = self._source.read()
        kept = [key for key in at_hand if not ((known := state.version_of(key)) and known.retired_at)]
        if self._source.writable and kept != at_hand:
            for key in at_hand:
                if key not in kept and (known := state.version_of(key)):
                    self._source.set_aside(known.version, key)
            self._source.write(kept)

    def _left_behind(self, state: KeyState) -> str:
        """The place from which the user has to take a retired key."""
        retired = any((known := state.version_of(key)) and known.retired_at for key in self._source.read())
        return self._source.origin if retired else ""

    def _following(self, cipher: Cipher) -> Cipher:
        return Cipher(self._registry.keys.master(cipher.key_version), cipher.key_version)

    def _patiently(self, act: Callable[[UnitOfWork], None], *, alone: bool = False) -> None:
        """One transaction, tried until what others hold is free."""
        while True:
            try:
                with self._writing(alone=alone) as work:
                    act(work)
                    work.commit()
                    return
            except StoreUnavailable as error:
                if not is_busy(error):
                    raise
                time.sleep(_PAUSE)

    def _advance(self, steps: int) -> None:
        self._done += steps
        self._tell(min(self._done, self._total), self._total)

    def _reading(self) -> AbstractContextManager[UnitOfWork]:
        return self._registry.reading(self._actor, self._clock())

    def _writing(self, *, alone: bool = False) -> AbstractContextManager[UnitOfWork]:
        return self._registry.writing(self._actor, self._clock(), alone=alone)


def _catch_up(prepare: Preparation, session: Session, following: Cipher) -> None:
    after = None
    while (prepared := prepare(session, following, after)).last is not None:
        keep_prepared(session, prepared)
        after = prepared.last


def _write(sealed: SealedTable, batch: Batch, work: UnitOfWork) -> None:
    write_batch(work.session, sealed, batch)
