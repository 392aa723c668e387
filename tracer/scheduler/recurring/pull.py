"""Read the call logs of telephone services: what no webhook told, because it did not get through."""

from __future__ import annotations

from itertools import chain, islice

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Longer, RecurringJob, Running
from tracer.services.take_in import TakenIn, take_in

_CHUNK = 200


def _pull(running: Running) -> str:
    """Twilio's logs since the last pull that ended well, and a day before: what is known already changes nothing."""
    from tracer.outbound.telephony.twilio import pull_calls, pull_messages, pull_since

    app = running.app
    account = app.settings.twilio_account
    if account is None:
        return "no log can be read"
    since = pull_since(running.claim.state.succeeded_at, app.clock())
    items = chain(pull_calls(app.outbound, account, since), pull_messages(app.outbound, account, since))
    done = TakenIn()
    while part := list(islice(items, _CHUNK)):
        with app.writing("pull:twilio") as work:
            done.add(take_in(work, part, app.fresh_rng()))
            work.commit()
    return f"{done.new} new calls, {done.told_more} told more of, {done.known} known, {done.held} held"


def _needless(app: Application) -> str:
    return "" if app.settings.twilio_account else "no telephone service with a log is set up"


PULL = RecurringJob("pull", "Read the call logs of telephone services", Longer(_pull), _needless)
