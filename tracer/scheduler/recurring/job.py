"""What a recurring job is: a name, what it does, and the work itself, in one transaction or longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tracer.bootstrap import Application
from tracer.domain.recurring import Planned, RunResult
from tracer.domain.schedule import parse_schedule
from tracer.services.access.answer_once import Work
from tracer.services.jobs.run_recurring import Claim, Outcome, finish_run


def _nothing() -> None:
    """Nothing is left to do after the commit."""


@dataclass(frozen=True, slots=True)
class Done:
    """A few words on what came of it, without anything personal; `then` is called once it is durable."""

    note: str
    then: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class InOne:
    """Work that is one transaction: the same one that claims its slot and says what came of it. It commits nothing."""

    do: Callable[[Application, Work], Done]


@dataclass(slots=True)
class Running:
    """A longer run in the hands of a worker."""

    app: Application
    planned: Planned
    claim: Claim
    seconds: Callable[[], float]
    is_finished: bool = field(default=False, init=False)

    def finish_in(self, work: Work, note: str, result: RunResult = RunResult.OK) -> None:
        """Say what came of it in the transaction that did the work; raises NotAllowed where another took it over."""
        finish_run(work, self.claim, self.planned, Outcome(result, note, self.seconds()))
        self.is_finished = True


@dataclass(frozen=True, slots=True)
class Longer:
    """Work with transactions of its own, or a wait for the network: claimed with a lease that is renewed.

    `do` gives a few words on what came of it. It may be begun again where a worker died, so what it does is safe to
    do twice; what must be done once goes into the transaction of `Running.finish_in`. After `limit` it has failed:
    what it still brings is refused. `idle` says, in the transaction that claims, why there is nothing to do now.
    """

    do: Callable[[Running], str]
    idle: Callable[[Application, Work], str] = lambda app, work: ""
    lease: timedelta = timedelta(minutes=2)
    limit: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RecurringJob:
    """A job of the registry. When it runs is the setting `job_` and its name.

    `needless` says why there is nothing for it to do as things are set, empty where there is.
    """

    name: str
    what: str
    body: InOne | Longer
    needless: Callable[[Application], str] = lambda app: ""

    def planned(self, app: Application) -> Planned:
        """As it is set up here."""
        setting = f"job_{self.name}"
        schedule = parse_schedule(getattr(app.settings, setting), f"setting {setting}")
        return Planned(self.name, self.what, schedule, self.needless(app))


def simply(do: Callable[[Application], str]) -> Longer:
    """A longer job that is one function of the application and needs nothing else."""
    return Longer(lambda running: do(running.app))
