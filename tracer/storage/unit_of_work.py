"""Units of work: all of a change to a registry, or none of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tracer.domain.errors import InvalidValue
from tracer.storage.api_keys import ApiKeys
from tracer.storage.attachment_contents import AttachmentContents
from tracer.storage.attribution_states import AttributionStates
from tracer.storage.audit import Audit
from tracer.storage.calls import Calls
from tracer.storage.canaries import Canaries
from tracer.storage.channels import Channels
from tracer.storage.crypto import Cipher
from tracer.storage.deliveries import Deliveries
from tracer.storage.erasures import Erasures
from tracer.storage.exposures import Exposures
from tracer.storage.imports import Imports
from tracer.storage.jobs import Jobs
from tracer.storage.journal import Journal
from tracer.storage.key_versions import KeyVersions
from tracer.storage.ledger import Ledger
from tracer.storage.listings import Listings
from tracer.storage.log_ins import LogIns
from tracer.storage.notify_targets import NotifyTargets
from tracer.storage.numbers import Numbers
from tracer.storage.orders import Orders
from tracer.storage.outbox import Outbox
from tracer.storage.rate_limits import RateLimits
from tracer.storage.recurring_jobs import RecurringJobs
from tracer.storage.requests import Requests
from tracer.storage.retention import Retention
from tracer.storage.session import Session
from tracer.storage.tracked_parcels import TrackedParcels
from tracer.storage.users import Users

ACTOR_LIMIT = 128


class UnitOfWork:
    """One transaction and the repositories on it. Nothing is kept unless `commit` is called."""

    def __init__(self, connection: Connection, cipher: Cipher, actor: str, now: datetime) -> None:
        self._connection = connection
        self.is_committed = False
        self.session = Session(connection, cipher)
        self.actor = actor
        self.now = now
        self.channels = Channels(self.session)
        self.numbers = Numbers(self.session)
        self.canaries = Canaries(self.session)
        self.orders = Orders(self.session)
        self.exposures = Exposures(self.session)
        self.tracked_parcels = TrackedParcels(self.session)
        self.calls = Calls(self.session)
        self.attachment_contents = AttachmentContents(self.session)
        self.imports = Imports(self.session)
        self.deliveries = Deliveries(self.session)
        self.attribution_states = AttributionStates(self.session)
        self.requests = Requests(self.session)
        self.jobs = Jobs(self.session)
        self.recurring = RecurringJobs(self.session)
        self.listings = Listings(self.session)
        self.users = Users(self.session)
        self.log_ins = LogIns(self.session)
        self.api_keys = ApiKeys(self.session)
        self.rate_limits = RateLimits(self.session)
        self.keys = KeyVersions(self.session)
        self.journal = Journal(self.session, actor, now)
        self.erasures = Erasures(self.session)
        self.retention = Retention(self.session)
        self.ledger = Ledger(self.session)
        self.audit = Audit(self.session)
        self.notify_targets = NotifyTargets(self.session)
        self.outbox = Outbox(self.session)

    def commit(self) -> None:
        """Make it durable. Only faces call this, once."""
        self._connection.commit()
        self.is_committed = True


class SharedUnit(UnitOfWork):
    """One of several units of work in a transaction; whoever does them commits for all."""

    def commit(self) -> None:
        """Not its own business."""
        raise RuntimeError("this unit of work is committed with others, when its work has returned")


def check_actor(actor: str) -> None:
    """Raise InvalidValue for an actor that the journal cannot name."""
    if len(actor) > ACTOR_LIMIT or not actor.isprintable():
        expected = f"at most {ACTOR_LIMIT} characters, none of them control characters"
        raise InvalidValue("actor", actor, expected, "Set TRACER_ACTOR to a short name")
