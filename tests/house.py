"""A furnished registry behind the API: something of every noun, with personal data that can be searched for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.serving import client, key_with, serving
from tracer.bootstrap import Application, build
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.domain.incoming import Unreadable
from tracer.services.access.manage_users import add_user
from tracer.services.calls.log_call import AttachedFile, log_call
from tracer.services.incoming.take_in import take_in

OWNED = "+442079460777"  # not the one that examples in the documentation show
PERSON = "Wilhelmina Quistgaard"
PLANTED = {
    "person": PERSON,
    "contact": "complaints@quillfeather.example",
    "legitimate number": "+447700900777",
    "own number": OWNED,
    "number notes": "sim card in the blue drawer",
    "alias": "+447700900555",
    "order number": "ORD-77123400981",
    "item": "periwinkle kettle",
    "waybill number": "WB-5550012349",
    "account": "shopper-quistgaard",
    "order notes": "left at the neighbour's",
    "canary notes": "moved in spring",
    "caller number": "+447700900666",
    "heard name": "Wilhelmine Kvistgord",
    "transcript": "Madam, your kettle is dangerous",
    "heard item": "a violet kettle",
    "heard order number": "ends in 00981",
    "heard waybill number": "tail 12349",
    "call notes": "sounded hurried",
    "attachment name": "recording-of-quistgaard.ogg",
    "correction": "the caller was polite",
    "unread message": "<call from=quistgaard-senior",
    "place of a message": "export-of-quistgaard.xml, entry 17",
}
"""Everything personal that a registry may hold, once; the canary's name and line come from `House.names`."""


@dataclass
class House:
    """A served registry, the ids of what is in it, and who may ask."""

    app: Application
    address: str
    ids: dict[str, str]
    names: tuple[str, ...]
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def personal(self) -> set[str]:
        """Texts that only those may see who may see identities."""
        return {*PLANTED.values(), *self.names}

    def as_role(self, role: Role) -> httpx.Client:
        """Who asks with all that a role may."""
        return self.with_scopes(*ROLE_SCOPES[role])

    def with_scopes(self, *scopes: Scope) -> httpx.Client:
        """Who asks with a key for these scopes."""
        return self.with_key(key_with(self.app, *scopes))

    def with_key(self, key: str | None) -> httpx.Client:
        """Who asks with this key, or with none."""
        self._clients.append(client(self.address, key))
        return self._clients[-1]

    def close(self) -> None:
        for one in self._clients:
            one.close()

    def facts(self, event: str) -> list[tuple[str, str]]:
        """(actor, subject) of each such fact in the journal, oldest first."""
        with self.app.reading() as work:
            rows = work.session.connection.exec_driver_sql(
                f"SELECT actor, subject_id FROM journal WHERE event = '{event}' ORDER BY position"
            )
            return [(actor, subject) for actor, subject in rows]


@contextmanager
def house_at(home: Path, url: str, **settings: str) -> Iterator[House]:
    """A furnished house on a database; settings by their variables without TRACER_."""
    app = application_at(home, url, **settings)
    try:
        with serving(app) as address:
            house = furnished(app, address)
            yield house
            house.close()
    finally:
        app.close()


def application_at(home: Path, url: str, **settings: str) -> Application:
    """An application for longer than one test: the settings are read here, and the registry is opened."""
    with pytest.MonkeyPatch.context() as environment:
        given = {"DATABASE_URL": url, "ACTOR": "tester", **settings}
        for name, value in given.items():
            environment.setenv(f"TRACER_{name}", value)
        app = build(home, clock=lambda: NOW, seed=1)
        _ = app.registry
    return app


def furnished(app: Application, address: str = "") -> House:
    """The house of an empty registry."""
    merchant = registry.add_channel(
        app, contact=PLANTED["contact"], legitimate_numbers=PLANTED["legitimate number"], tags="spring spring-2"
    )
    person = registry.add_channel(app, "courier", PERSON, natural_person="yes")
    registry.own_number(app, OWNED, notes=PLANTED["number notes"])
    (canary,) = registry.issue(app, merchant, notes=PLANTED["canary notes"], tags=("spring",))
    order = registry.place(
        app,
        canary.canary_id,
        merchant,
        order_no=PLANTED["order number"],
        item=PLANTED["item"],
        price="349.10",
        currency="CNY",
        waybill_no=PLANTED["waybill number"],
        account=PLANTED["account"],
        notes=PLANTED["order notes"],
    )
    registry.expose(
        app,
        order_id=order.order_id,
        channel_id=person,
        exposed_at=NOW.isoformat(),
        fields="name phone:alias",
        alias=PLANTED["alias"],
    )
    call_id = _logged(app, canary.phone.text)
    held = Unreadable("sms_backup", PLANTED["place of a message"], PLANTED["unread message"], "not XML")
    with app.writing() as work:
        take_in(work, [held], app.rng)
        (delivery,) = work.deliveries.faulty()
        user = add_user(work, "mei", "analyst", None)
        work.commit()
    ids = {
        "channel_id": merchant,
        "person_id": person,
        "canary_id": canary.canary_id,
        "order_id": order.order_id,
        "call_id": call_id,
        "delivery_id": delivery.delivery_id,
        "user_id": user.user_id,
    }
    return House(app, address, ids, (canary.recipient_name, canary.phone.text))


def _logged(app: Application, line: str) -> str:
    record = {
        "dialled_number": line,
        "caller_number": PLANTED["caller number"],
        "heard_name": PLANTED["heard name"],
        "known_fields": "name item",
        "script": "defect_refund",
        "transcript": PLANTED["transcript"],
        "heard_item": PLANTED["heard item"],
        "heard_order_no": PLANTED["heard order number"],
        "heard_waybill_no": PLANTED["heard waybill number"],
        "notes": PLANTED["correction"],
        "tags": "spring",
    }
    file = AttachedFile(PLANTED["attachment name"], 48_213, "9f" * 32)
    with app.writing() as work:
        call = log_call(work, record, [file], app.rng)
        work.commit()
    registry.correct(app, call.call_id, notes=PLANTED["call notes"])
    return call.call_id
