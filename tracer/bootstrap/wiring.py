"""Settings, key, database and model become one object, each part made at its first use."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from tzlocal import get_localzone

from tracer.domain.attribution.model import AttributionModel, build_model, merge
from tracer.domain.errors import (
    InvalidValue,
    StoreUnavailable,
)
from tracer.domain.ledger.certificate_chain import TrustedRoots, read_roots
from tracer.settings import Settings, config_folder, read_toml
from tracer.storage.keyfile import GivenKeys, KeyFile, KeySource
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.progress_notes import ProgressNotes
from tracer.storage.registry import Registry, open_registry
from tracer.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from tracer.domain.attribution.tasks import Tasks
    from tracer.outbound.client import GuardedClient
    from tracer.outbound.notify.couriers import Couriers
    from tracer.outbound.timestamp.authorities import TimeAuthorities
    from tracer.outbound.tracking.service import TrackingService

T = TypeVar("T")


def local_now() -> datetime:
    """The wall clock with this machine's offset, to the second."""
    return datetime.now(UTC).astimezone().replace(microsecond=0)


@dataclass
class Wired:
    """What is made once from the settings: the registry, the model, the ways out; a clock and randomness."""

    settings: Settings
    clock: Callable[[], datetime]
    rng: np.random.Generator
    beside_newer: bool = False
    """Whether to go on where a newer program has upgraded the registry, if that allows it: for servers, which are
    upgraded one by one. What looks after all rows (erasing, backups, keys, long work) never does."""
    _one_at_a_time: RLock = field(default_factory=RLock)

    @cached_property
    def registry(self) -> Registry:
        """The registry, opened (made, upgraded) at first use."""
        with self._one_at_a_time:  # threads of a server come at once
            return self.__dict__.get("registry") or self._open()

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone of this machine, in which a job's time of the day is meant."""
        return get_localzone()

    def open(self) -> Registry:
        """Open the registry now: what is wrong with database or key is said before anything else is begun."""
        return self.registry

    @property
    def is_open(self) -> bool:
        """Whether the registry was opened."""
        return "registry" in self.__dict__

    def _open(self) -> Registry:
        settings = self.settings
        if settings.url.startswith("sqlite"):
            make_home(settings.home)
        return open_registry(settings.url, self._where, self.key_source, self.clock(), beside_newer=self.beside_newer)

    @property
    def key_source(self) -> KeySource:
        """Where the master key comes from: TRACER_KEY, else the key file."""
        given = self.settings.key.get_secret_value()
        return GivenKeys(given) if given else KeyFile(self.settings.key_path, make_home)

    @cached_property
    def model(self) -> AttributionModel:
        """The attribution model: shipped channels.toml under the home's own."""
        return load_model(self.settings.home)

    @cached_property
    def scripts(self) -> dict[str, dict[str, str]]:
        """The known scam scripts: id to its text in each language."""
        return read_toml(config_folder() / "scripts.toml")

    @cached_property
    def progress_notes(self) -> ProgressNotes:
        """How far the jobs are that hold an SQLite database's write lock."""
        return ProgressNotes(self.settings.home / "progress")

    @cached_property
    def outbound(self) -> GuardedClient:
        """The only way out of this machine."""
        from tracer.outbound.client import GuardedClient  # httpx takes its time to load, and few commands go out

        return GuardedClient(self.settings.outbound_rules)

    @cached_property
    def couriers(self) -> Couriers:
        """The processes that send notifications."""
        from tracer.outbound.notify.couriers import Couriers  # as above

        with self._one_at_a_time:
            made: Couriers = self.__dict__.get("couriers") or Couriers(
                self.settings.outbound_rules, self.settings.notify_schemes
            )
            self.__dict__["couriers"] = made
            return made

    @cached_property
    def time_authorities(self) -> TimeAuthorities:
        """The time-stamp authorities of the settings; none by default."""
        from tracer.outbound.timestamp.authorities import TimeAuthorities, TimeAuthority  # as above

        given = [
            TimeAuthority(one.url.get_secret_value(), _read_roots(Path(one.roots).expanduser()) if one.roots else None)
            for one in self.settings.time_authorities
        ]
        return TimeAuthorities(given, self.outbound)

    @cached_property
    def tracking(self) -> dict[str, TrackingService]:
        """The carrier services that are set up; none by default."""
        credentials = self.settings.tracking_credentials
        if not any(one["key"] for one in credentials.values()):
            return {}
        from tracer.outbound.tracking.registry import tracking_services  # as above

        return tracking_services(credentials, self.outbound)

    def tasks(self) -> AbstractContextManager[Tasks]:
        """What works out the tasks of one attribution: this process, unless others are configured."""
        from tracer.outbound.tasks.opening import open_tasks

        return open_tasks(self.settings.task_rules)

    @contextmanager
    def writing(self, actor: str = "") -> Iterator[UnitOfWork]:
        """A unit of work for a change; the face commits it. The journal names `actor`, by default this process's."""
        with self.registry.writing(actor or self.actor, self.clock()) as work:
            yield work

    def write(self, do: Callable[[UnitOfWork], T], actor: str = "") -> T:
        """What `do` returns, once its changes are durable: for faces in which many threads write at once.

        It commits by itself. Where `do` raises, nothing of it is kept. `do` may be called twice, so it changes
        nothing but the registry. The journal names `actor`, by default this process's.
        """
        return self.registry.write(actor or self.actor, self.clock(), do)

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit of work that changes nothing."""
        with self.registry.reading(self.actor, self.clock()) as work:
            yield work

    @cached_property
    def ledger_head(self) -> LedgerHead:
        """The newest checkpoint that was signed, kept outside the database."""
        return LedgerHead(self.settings.home / "ledger")

    @property
    def _where(self) -> str:
        """The database for people."""
        url = self.settings.url
        return "the PostgreSQL database" if url.startswith("postgres") else url.partition("///")[2]

    def fresh_rng(self) -> np.random.Generator:
        """A source of randomness of one's own, for one of many threads."""
        with self._one_at_a_time:
            return self.rng.spawn(1)[0]

    @property
    def actor(self) -> str:
        """Who the journal names."""
        if self.settings.actor:
            return self.settings.actor
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container without a user entry
            return "local"

    def close(self) -> None:
        """Let go of the database, where it was opened."""
        if "couriers" in self.__dict__:
            self.couriers.close()
        if self.is_open:
            self.registry.close()


def load_model(home: Path) -> AttributionModel:
    """The shipped assumptions with the home's channels.toml laid over them."""
    return build_model(merge(read_toml(config_folder() / "channels.toml"), read_toml(home / "channels.toml")))


def _read_roots(path: Path) -> TrustedRoots:
    """The roots of a PEM file, or of all files of a folder; raises InvalidValue naming the setting and the path."""
    try:
        files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
        return read_roots(b"\n".join(file.read_bytes() for file in files))
    except OSError as error:
        expected = "a PEM file of certificates that can be read, or a folder of them"
        raise InvalidValue("setting time_authorities, roots", str(path), expected, f"{error.strerror}") from error
    except InvalidValue as error:
        raise InvalidValue("setting time_authorities, roots", str(path), error.expected, error.hint) from error


def make_home(home: Path, refusal: type[StoreUnavailable] = StoreUnavailable) -> None:
    """Make the home folder or one in it, readable by its owner only; raises `refusal` where that fails."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(f"the folder {home} cannot be made: {error.strerror}. Set TRACER_HOME") from error
