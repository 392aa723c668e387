"""Somebody who is told of things, a service that is not there, and a clock that is turned by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import NOW
from tracer.bootstrap import Application
from tracer.domain.notice import Outcome, Target, Trouble
from tracer.scheduler.deliver import deliver
from tracer.services.access.manage_users import change_user
from tracer.services.notices.manage_targets import Address, add_target, first_wishes, read_wishes

FINE, DOWN = Outcome(), Outcome(Trouble.UNREACHABLE.value)


@dataclass
class Service:
    """Stands in for the couriers: `sent` is what was taken, `down` names addresses that do not answer."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    asked: int = 0
    down: set[str] = field(default_factory=set)
    outcome: Outcome = DOWN

    def send(self, url: str, title: str, body: str) -> Outcome:
        self.asked += 1
        if url in self.down:
            return self.outcome
        self.sent.append((url, title, body))
        return FINE

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Clock:
    """What time it is for an application."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **time: float) -> None:
        self.now += timedelta(**time)


def told_by(app: Application) -> tuple[Service, Clock]:
    """The application with a service and a clock of its own."""
    service, clock = Service(), Clock()
    app.__dict__["couriers"] = service
    app.clock = clock
    return service, clock


def target_of(app: Application, user_id: str, url: str = "json://127.0.0.1:9/a", **wishes: Any) -> Target:
    """A target that is told everything at once, in English, unless said otherwise."""
    wanted = read_wishes({"name": "phone", **wishes}, first_wishes("json", "en", "+08:00"))
    with app.writing() as work:
        target = add_target(work, user_id, Address(url, "json", "127.0.0.1:9"), wanted)
        work.commit()
    return target


def stored(app: Application, target: Target) -> Target:
    with app.reading() as work:
        return work.notify_targets.get(target.target_id)


def tell(app: Application) -> int:
    """Send what is due now."""
    return deliver(app)


def with_role(app: Application, user_id: str, role: str) -> None:
    with app.writing() as work:
        change_user(work, user_id, role=role)
        work.commit()
