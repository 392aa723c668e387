"""Send one message or a test of a target; between the transactions, never within one."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.documents.notices.compose import compose, compose_test
from tracer.domain.notice import Outcome, Target
from tracer.services.access.limit_rate import Limit, spend
from tracer.services.notices.claim_message import claim_message, note_try, settle_message
from tracer.services.notices.manage_targets import Address, find_target

TESTS = Limit("test messages", 20, 3_600.0)


def send_message(app: Application, target_id: str, worker: str) -> Outcome | None:
    """Send what a target is to be told now, if anything is; what came of it, None where there was nothing."""
    with app.writing() as work:
        message = claim_message(work, target_id, worker)
        work.commit()
    if message is None:
        return None
    title, body = compose(message, app.settings.public_url)
    outcome = app.couriers.send(message.target.url, title, body)
    with app.writing() as work:
        settle_message(work, message, outcome, worker)
        work.commit()
    return outcome


def try_target(app: Application, target_id: str, user_id: str | None, actor: str = "") -> tuple[Target, Outcome]:
    """Send a test message to a target of this user (None: of anybody), and note what came of it.

    Raises UnknownId, TooManyRequests above 20 an hour.
    """
    with app.writing(actor) as work:
        target = find_target(work, target_id, user_id)
        spend(work, TESTS, target.user_id)
        url = work.notify_targets.get(target_id, with_url=True).url
        work.commit()
    outcome = app.couriers.send(url, *compose_test(target.wishes.name, target.wishes.language))
    with app.writing(actor) as work:
        noted = note_try(work, target_id, outcome)
        work.commit()
    return noted, outcome


def read_address(app: Application, text: str) -> Address:
    """The address that a person pasted, read by a courier; raises InvalidValue, which repeats nothing of it."""
    return Address(*app.couriers.read(text))
