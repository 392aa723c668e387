"""The only place that wires: settings, key, database and model become one application object."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from tzlocal import get_localzone

from tracer.domain.attribution.model import AttributionModel, build_model, merge
from tracer.domain.backup import BackupChecked, BackupMade, Restored
from tracer.domain.errors import (
    BackupUnwritable,
    InvalidValue,
    OutboundFailed,
    OutboundRefused,
    StoreUnavailable,
    TimeTokenRejected,
    TokenFault,
)
from tracer.domain.ledger.certificate_chain import TrustedRoots, read_roots
from tracer.services.apply_retention import Applied, RetentionRules, Skipped, apply_retention
from tracer.services.audit_ledger import LedgerAudit, audit_ledger
from tracer.services.follow_parcel import claim_look, follow_new, follow_parcel, keep_failure, keep_subscription
from tracer.services.make_backup import drop_old_backups, make_backup, note_backup, takes_facts
from tracer.services.poll_tracking import MOST_FAILURES, MOST_LOOKS, Polled
from tracer.services.restore_backup import Restoring, check_backup, restore_backup
from tracer.services.seal_ledger import seal_ledger
from tracer.services.stamp_ledger import keep_stamp, unstamped
from tracer.services.take_scans import TakenScans, take_scans
from tracer.settings import Settings, config_folder, load_settings, read_toml
from tracer.storage.backup.place_at import place_at
from tracer.storage.keyfile import GivenKeys, KeyFile, KeySource
from tracer.storage.ledger import SignedCheckpoint, TimeToken
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.move.move import Moved
from tracer.storage.progress_notes import ProgressNotes
from tracer.storage.unit_of_work import Registry, UnitOfWork, open_registry

if TYPE_CHECKING:
    from tracer.domain.ledger.time_token import TimeToken as ProvenTime
    from tracer.domain.tracking import Tracked
    from tracer.outbound.client import GuardedClient
    from tracer.outbound.notify.couriers import Couriers
    from tracer.outbound.timestamp.authorities import TimeAuthorities
    from tracer.outbound.tracking.service import TrackingService

T = TypeVar("T")


def local_now() -> datetime:
    """The wall clock with this machine's offset, to the second."""
    return datetime.now(UTC).astimezone().replace(microsecond=0)


@dataclass
class Application:
    """What a face needs: the settings, the registry, the model, a clock and a source of randomness."""

    settings: Settings
    clock: Callable[[], datetime]
    rng: np.random.Generator
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

    @property
    def is_open(self) -> bool:
        """Whether the registry was opened."""
        return "registry" in self.__dict__

    def _open(self) -> Registry:
        settings = self.settings
        if settings.url.startswith("sqlite"):
            make_home(settings.home)
        return open_registry(settings.url, self._where, self.key_source, self.clock())

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

    def seal_ledger(self) -> SignedCheckpoint | None:
        """Give the facts that wait their places and sign the ledger as it is then: its newest checkpoint.

        Raises LedgerForked, and signs nothing, where the database does not continue what was signed before.
        """
        with self.writing() as work:
            signed = seal_ledger(work, self.ledger_head)
            work.commit()
        if signed is not None:
            self.ledger_head.remember(signed.note)
        return signed

    @property
    def backups_folder(self) -> Path:
        """Where backups go unless said otherwise."""
        return self.settings.home / "backups"

    def back_up(
        self, tell: Callable[[float], None], out: Path | None = None, actor: str = "", *, unsealed: bool = False
    ) -> BackupMade:
        """Seal the ledger and write a backup into the folder, or to `out`; `tell` hears the share done.

        In the folder the oldest ones beyond the number to keep are taken away afterwards. Raises LedgerForked for a
        database that was set back; `unsealed` backs it up as it is, also one that is closed and can note nothing.
        """
        if not unsealed:
            self.seal_ledger()
        if out is None:
            make_home(self.backups_folder, BackupUnwritable)
        with self.reading() as work:
            made = make_backup(work, self.registry.keys, out or self.backups_folder, tell)
            noted = not unsealed or takes_facts(work)
        if noted:
            with self.writing(actor) as work:
                note_backup(work, made)
                work.commit()
        if out is not None:
            return made
        with self.reading() as work:
            dropped = drop_old_backups(work, self.backups_folder, self.settings.backups_kept, made)
        return replace(made, dropped=dropped)

    def check_backup(self, file: Path, tell: Callable[[float], None]) -> BackupChecked:
        """Restore a backup into a private folder that is gone afterwards; what it holds."""
        return check_backup(file, self.key_source, self.clock(), tell)

    def restore(self, file: Path, tell: Callable[[float], None], *, over: bool = False) -> Restored:
        """Put the registry back as a backup has it, where the settings say; `over`: what is there is set aside."""
        now, url = self.clock(), self.settings.url
        if url.startswith("sqlite"):
            make_home(self.settings.home)
        restoring = Restoring(place_at(url, self._where, now), self.key_source, self.ledger_head, self.actor, now)
        return restore_backup(file, restoring, tell, replace=over)

    @property
    def _where(self) -> str:
        """The database for people."""
        url = self.settings.url
        return "the PostgreSQL database" if url.startswith("postgres") else url.partition("///")[2]

    def stamp_ledger(self) -> TimeToken | None:
        """Have the newest checkpoint stamped by an authority; None where that is done, or nobody is to be asked.

        Raises NoTimeStamp where no authority gives a stamp that holds. It waits for the network, in no transaction.
        """
        if not self.settings.time_authorities:
            return None
        with self.reading() as work:
            signed = unstamped(work)
        if signed is None:
            return None
        stamp = self.time_authorities.stamp(sha256(signed.note.encode()).digest())
        with self.writing() as work:
            kept = keep_stamp(work, signed, stamp.authority, stamp.token, stamp.proven.time)
            work.commit()
        return kept

    def track_order(self, order_id: str, carrier: str = "", actor: str = "") -> Tracked:
        """Follow the order's parcel and ask for it now, unless that was done within half an hour; what is known then.

        Raises what follow_parcel raises, and OutboundRefused or OutboundFailed where the service gave no answer. It
        waits for the network, in no transaction.
        """
        with self.writing(actor) as work:
            follow_parcel(work, order_id, self.tracking, carrier)
            work.commit()
        self._look_for(order_id, actor)
        with self.reading() as work:
            return work.tracked_parcels.find([order_id])[order_id]

    def poll_tracking(self) -> Polled:
        """Ask for every parcel that is due, a hundred at most, and begin with those of new orders where that is set.

        A service that fails three times running is left alone until the next time. Safe to run from several processes.
        """
        polled = Polled()
        if not self.tracking:
            return polled
        with self.writing() as work:
            polled.begun = follow_new(work, self.tracking) if self.settings.tracking_new_orders else 0
            due = work.tracked_parcels.due(work.now, MOST_LOOKS)
            work.commit()
        for order_id in due:
            try:
                polled.count(self._look_for(order_id))
            except (OutboundRefused, OutboundFailed) as error:
                polled.failed(error)
                if polled.running >= MOST_FAILURES:
                    break
        return polled

    def _look_for(self, order_id: str, actor: str = "") -> TakenScans | None:
        """Ask for one parcel and keep what is told; None where it is too early, or over."""
        usual = timedelta(hours=self.settings.tracking_hours)
        with self.writing(actor) as work:
            look = claim_look(work, order_id, self.tracking, usual)
            work.commit()
        if look is None:
            return None
        service = self.tracking[look.service]
        try:
            told = service.look(look.question)
        except (OutboundRefused, OutboundFailed):
            with self.writing(actor) as work:
                keep_failure(work, look, "unreachable", usual, self.tracking)
                work.commit()
            raise
        with self.writing(actor) as work:
            if told.problem or not told.scans:
                keep_failure(work, look, told.problem or "no_record", usual, self.tracking)
                taken = TakenScans(1)
            else:
                taken = take_scans(work, told, usual)
            work.commit()
        if look.subscribe:
            service.subscribe(look.question)
            with self.writing(actor) as work:
                keep_subscription(work, order_id)
                work.commit()
        return taken

    def audit_ledger(self, progress: Callable[[float], None]) -> LedgerAudit:
        """Look at everything again; `progress` hears the share done."""
        from tracer.domain.ledger.time_token import verify_time_token  # as above

        trusted = self.time_authorities.trusted

        def proven(token: bytes, digest: bytes) -> ProvenTime:
            try:
                return verify_time_token(token, digest, trusted)
            except TimeTokenRejected as error:
                if error.fault is not TokenFault.NOT_TRUSTED:
                    raise
                return verify_time_token(token, digest, None)  # of an authority that is no longer configured

        head = self.ledger_head.now()
        with self.reading() as work:
            return audit_ledger(work, head, proven, progress)

    @property
    def retention_rules(self) -> RetentionRules:
        """How long personal data is kept."""
        return RetentionRules(self.settings.retention_call_days, self.settings.retention_canary_days)

    def apply_retention(self) -> Applied:
        """Erase all that is due by its age, some in a transaction each; nothing is lost where it breaks off.

        What cannot be erased is passed over and told.
        """
        calls = canaries = 0
        rules, skipped = self.retention_rules, dict[str, Skipped]()
        while True:
            with self.writing() as work:
                done = apply_retention(work, rules, self.settings.canary_prior, self.model.channels, skipped)
                work.commit()
            calls, canaries = calls + done.calls, canaries + done.canaries
            skipped |= {one.subject_id: one for one in done.skipped}
            if not done.more:
                break
        if calls or canaries:
            self.registry.clear_overwritten()
        return replace(done, calls=calls, canaries=canaries, skipped=tuple(skipped.values()))

    def fresh_rng(self) -> np.random.Generator:
        """A source of randomness of one's own, for one of many threads."""
        with self._one_at_a_time:
            return self.rng.spawn(1)[0]

    def move_into(self, url: str, tell: Callable[[float], None]) -> Moved:
        """Move the registry into the PostgreSQL database at the URL; `tell` hears the share done."""
        return self.registry.move_into(url, self.actor, self.clock(), tell)

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


def build(home: Path | None = None, clock: Callable[[], datetime] = local_now, seed: int | None = None) -> Application:
    """The application for one home folder (default: TRACER_HOME or the platform's folder)."""
    return Application(load_settings(home), clock, np.random.default_rng(seed))
