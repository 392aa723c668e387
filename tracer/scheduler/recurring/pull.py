"""Read the call logs of telephone services: what no webhook told, because it did not get through."""

from __future__ import annotations

from itertools import chain, islice

from tracer.bootstrap import Application
from tracer.domain.incoming import Incoming, Unreadable
from tracer.scheduler.recurring.job import Longer, RecurringJob, Running
from tracer.services.incoming.take_in import TakenIn, take_in

_CHUNK = 200


def _pull(running: Running) -> str:
    """Twilio's logs since the last pull that ended well, and a day before: what is known already changes nothing.

    An account's log tells of all of its numbers, of those too that have nothing to do with this registry: what came in
    on a number that is not in the pool is nobody's business here, and is passed over.
    """
    from tracer.outbound.telephony.twilio import pull_calls, pull_messages, pull_since

    app = running.app
    account = app.settings.twilio_account
    if account is None:
        return "no log can be read"
    since = pull_since(running.claim.state.succeeded_at, app.clock())
    items = chain(pull_calls(app.outbound, account, since), pull_messages(app.outbound, account, since))
    with app.reading() as work:
        pool = frozenset(one.owned.number for one in work.numbers.all())
    done, passed_over = TakenIn(), 0
    while part := list(islice(items, _CHUNK)):
        with app.writing("pull:twilio") as work:
            mine = [item for item in part if _is_of(pool, item)]
            done.add(take_in(work, mine, app.fresh_rng()))
            work.commit()
        passed_over += len(part) - len(mine)
    new, more, known, held = done.new, done.told_more, done.known, done.held
    if not passed_over:
        return f"{new} new calls, {more} told more of, {known} known, {held} held"
    return (
        f"{new} new calls, {more} told more of, {known} known, {held} held, "
        f"{passed_over} on numbers that are not in the pool"
    )


def _is_of(pool: frozenset[str], item: Incoming | Unreadable) -> bool:
    return isinstance(item, Unreadable) or item.record["dialled_number"] in pool


def _needless(app: Application) -> str:
    return "" if app.settings.twilio_account else "no telephone service with a log is set up"


PULL = RecurringJob("pull", "Read the call logs of telephone services", Longer(_pull), _needless)
