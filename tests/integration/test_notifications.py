"""What is told, to whom, when and how often; on both databases, with a service and a clock in the test's hands."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.conftest import NOW
from tests.factories import access, registry
from tests.factories.notices import DOWN, stored, target_of, tell, told_by, with_role
from tests.receiver import Receiver
from tests.soak.notices import findings_of
from tests.storage_dump import dump
from tracer.domain.call import Nature
from tracer.domain.errors import NotAllowed, UnknownId
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.notice import NoticeState, Outcome, SwitchedOff, Trouble
from tracer.scheduler import deliver as deliver_module
from tracer.scheduler.deliver import deliver
from tracer.services.access.manage_users import change_user
from tracer.services.attribution.refresh_attribution import keep_state
from tracer.services.calls.log_call import log_call, undo_call
from tracer.services.incoming.take_in import take_in
from tracer.services.jobs.run_job import tidy_up
from tracer.services.notices import claim_message
from tracer.services.notices.claim_message import settle_message
from tracer.services.notices.manage_targets import change_target, list_outbox, remove_target
from tracer.services.notices.write_notices import notice_failing_job, notice_held, notice_imported
from tracer.storage.attribution_states import AttributionState

SCAM = {"nature": "scam", "heard_name": "张小梦", "caller_number": "+447700900666"}


@pytest.fixture
def scene(app):
    """An owner who is told everything at once, in English."""
    service, clock = told_by(app)
    owner = access.person(app, "owner-person", "owner")
    access.person(app, "second-owner", "owner")
    target = target_of(app, owner.user_id)
    return SimpleNamespace(app=app, service=service, clock=clock, owner=owner, target=target)


def entries(app):
    with app.reading() as work:
        return list_outbox(work, None)


def states(app):
    return [entry.state.value for entry in entries(app)]


def write(app, do, *arguments):
    with app.writing() as work:
        made = do(work, *arguments)
        work.commit()
    return made


def judged(app, implicated, as_of=NOW):
    """What a full attribution that found this would do."""
    with app.writing() as work:
        found = work.attribution_states.latest()
        assert found
        state = AttributionState(found.snapshot, work.now, as_of, "", found.position, implicated)
        keep_state(work, state)
        work.commit()


def test_what_comes_in_by_itself_is_told_like_a_call_that_is_logged(scene):
    telling = {"received_at": NOW.isoformat(), "dialled_number": "+442079460016", "caller_number": "+447700900666"}
    items = [Incoming("twilio", "CA1", record=telling), *(Unreadable("csv", f"line {n}", "x", "bad") for n in (2, 3))]
    for _ in range(2):  # told again, it is no news
        write(scene.app, take_in, items, scene.app.fresh_rng())
        tell(scene.app)
    ((_, title, body),) = scene.service.sent
    assert title == "Tracer: 2 things to see", "the call, and once that something is held"
    assert "7700900666" not in body


def test_a_call_is_told_with_its_fact_and_nothing_personal(scene, database_url):
    call = registry.log(scene.app, **SCAM)
    assert scene.service.sent == [], "nothing is sent from within a transaction"
    assert tell(scene.app) == 1
    ((url, title, body),) = scene.service.sent
    assert (url, title) == ("json://127.0.0.1:9/a", "A call on a canary line")
    assert call.call_id in body
    assert "hang up" in body
    assert "张小梦" not in body
    assert "7700900666" not in body
    assert states(scene.app) == ["sent"]
    rows = dump(database_url)["outbox"]
    assert "张小梦" not in repr(rows)
    assert b"127.0.0.1" not in repr(dump(database_url)["notify_targets"]).encode()
    assert tell(scene.app) == 0, "once"


def test_a_transaction_that_is_not_kept_tells_nothing(scene):
    with scene.app.writing() as work:
        log_call(work, SCAM, [], scene.app.rng)
    assert entries(scene.app) == []


def test_a_legitimate_call_and_ones_own_are_not_told(scene):
    registry.log(scene.app, nature="legitimate", heard_name="王伟")
    assert entries(scene.app) == []
    with scene.app.writing(scene.owner.user_id) as work:
        log_call(work, SCAM, [], scene.app.rng)
        work.commit()
    assert entries(scene.app) == []


def test_a_call_on_a_control_is_told_as_such(scene):
    merchant = registry.add_channel(scene.app)
    registry.own_number(scene.app)
    (control,) = registry.issue(scene.app, number=registry.LANDLINE)
    (canary,) = registry.issue(scene.app, merchant, number=registry.LANDLINE)
    registry.log(scene.app, dialled_number=control.phone.text)
    registry.log(scene.app, dialled_number=canary.phone.text)
    registry.log(scene.app, canary_id=control.canary_id)
    assert [entry.notice.event.value for entry in reversed(entries(scene.app))] == [
        "control_rung",
        "call",
        "control_rung",
    ]
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {"events": ["call"]}))
    registry.log(scene.app, dialled_number=control.phone.text)
    assert entries(scene.app)[0].notice.event.value == "call", "who does not ask for controls hears of a call"
    assert tell(scene.app) == 1
    body = scene.service.sent[0][2]
    assert "A control was rung (2)" in body
    assert control.phone.number not in body


def test_a_channel_newly_implicated_and_no_longer(scene):
    person = registry.add_channel(scene.app, "courier", "李大伟", natural_person="yes")
    registry.refresh(scene.app)
    judged(scene.app, {person: 0.97})
    judged(scene.app, {person: 0.98})
    assert tell(scene.app) == 1
    ((_, title, body),) = scene.service.sent
    assert title == "A channel is implicated"
    assert body.startswith(f"courier {person}: data of these orders")
    assert "surfaced via this channel or someone holding its data, probability 97.0%" in body
    assert "no proof against anyone" in body
    assert "李大伟" not in body
    assert "guilty" not in body.lower()
    judged(scene.app, {}, NOW - timedelta(days=30))
    assert len(entries(scene.app)) == 1, "a look at an earlier time tells nobody anything"
    judged(scene.app, {}, NOW + timedelta(hours=1))
    scene.clock.go_on(minutes=1)
    assert tell(scene.app) == 1
    assert scene.service.sent[1][1] == "A channel is no longer implicated"


def test_a_real_refresh_tells_whom_the_report_implicates(scene):
    merchant, courier = registry.add_channel(scene.app), registry.add_channel(scene.app, "courier", "白杨快递")
    registry.own_number(scene.app)
    for canary in registry.issue(scene.app, merchant, count=12, number=registry.LANDLINE):
        order = registry.place(scene.app, canary.canary_id, merchant, item="棉袜", price="39.90")
        for _ in range(2):
            registry.log(
                scene.app,
                canary_id=canary.canary_id,
                received_at=(order.placed_at + timedelta(hours=2)).isoformat(),
                known_fields="name item price",
                nature="scam",
            )
    scene.clock.go_on(days=1)
    registry.refresh(scene.app)
    told = [one.notice for one in entries(scene.app) if one.notice.event.value == "channel_implicated"]
    assert [notice.subject_id for notice in told] == [merchant]
    assert courier not in {notice.subject_id for notice in told}
    assert float(told[0].detail["p"]) > 0.95


def test_an_import_tells_of_a_few_new_calls_and_of_no_old_ones(scene):
    calls = [registry.log(scene.app, nature="legitimate", heard_name="王伟") for _ in range(3)]
    assert entries(scene.app) == []
    fresh = [replace(call, nature=Nature.SCAM) for call in calls]
    old = [replace(call, received_at=NOW - timedelta(days=30)) for call in fresh]
    write(scene.app, notice_imported, old)
    assert entries(scene.app) == []
    write(scene.app, notice_imported, fresh)
    assert len(entries(scene.app)) == 3


def test_many_calls_that_come_together_are_one_notice_that_counts_them(scene):
    """What was pulled after a day without a network is told, and not five hundred times."""
    registry.own_number(scene.app)
    (control,) = registry.issue(scene.app, number=registry.LANDLINE)
    items = [
        Incoming(
            "twilio",
            f"CA{number}",
            record={
                "received_at": (NOW - timedelta(minutes=number)).isoformat(),
                "dialled_number": control.phone.text if number == 7 else "+442079460017",
                "caller_number": "+447700900666",
            },
        )
        for number in range(500)
    ]
    write(scene.app, take_in, items, scene.app.fresh_rng())
    assert sorted(entry.notice.event.value for entry in entries(scene.app)) == ["call", "control_rung"]
    assert tell(scene.app) == 1
    ((_, title, body),) = scene.service.sent
    assert title == "Tracer: 500 things to see"
    assert "A control was rung (1)" in body
    assert "A call on a canary line (499)" in body
    assert "and 498 more that came with it" in body


def test_jobs_and_what_is_held_are_told_once(scene):
    for _ in range(2):
        write(scene.app, notice_failing_job, "backup", NOW)
        write(scene.app, notice_held, "twilio", "h-1")
    assert tell(scene.app) == 1
    ((_, title, body),) = scene.service.sent
    assert title == "Tracer: 2 things to see"
    assert "- backup, since 2026-" in body
    assert "- From twilio: h-1" in body


def test_who_may_not_hear_of_it_hears_nothing_decided_when_it_is_sent(scene):
    merchant = registry.add_channel(scene.app)
    registry.refresh(scene.app)
    registry.log(scene.app, **SCAM)
    judged(scene.app, {merchant: 0.99})
    with_role(scene.app, scene.owner.user_id, "operator")  # reads calls, no reports
    assert tell(scene.app) == 1
    assert sorted(states(scene.app)) == ["dropped", "sent"]
    assert "A call" in scene.service.sent[0][1]
    registry.log(scene.app, **SCAM)
    write(scene.app, lambda work: change_user(work, scene.owner.user_id, disabled=True))
    scene.clock.go_on(minutes=1)
    assert tell(scene.app) == 0
    assert len(scene.service.sent) == 1
    assert states(scene.app)[0] == "dropped"


def test_a_call_that_was_undone_meanwhile_is_not_told(scene):
    call = registry.log(scene.app, **SCAM)
    write(scene.app, undo_call, call.call_id)
    assert tell(scene.app) == 0
    assert states(scene.app) == ["dropped"]


@pytest.mark.parametrize(("role", "reveals"), [("operator", True), ("analyst", False)])
def test_names_are_told_to_who_wants_them_and_may_see_them(scene, role, reveals):
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {"reveal": True}))
    with_role(scene.app, scene.owner.user_id, role)
    call = registry.log(scene.app, **SCAM)
    tell(scene.app)
    ((_, _, body),) = scene.service.sent
    assert ("张小梦" in body) is reveals
    assert ("+447700900666" in body) is reveals
    with scene.app.reading() as work:
        noted = [entry.event for entry in work.journal.about(call.call_id)]
    assert ("identity_revealed" in noted) is reveals


def test_many_at_once_are_folded_into_one_message(scene):
    for _ in range(30):
        registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 1
    ((_, title, body),) = scene.service.sent
    assert title == "Tracer: 30 things to see"
    assert "- and 22 more" in body
    assert len(body.encode()) <= 2_000
    registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 0, "not at once again"
    scene.clock.go_on(seconds=10)
    assert tell(scene.app) == 1


def test_a_dead_target_neither_blocks_nor_floods(scene):
    second = target_of(scene.app, scene.owner.user_id, "json://127.0.0.1:9/b")
    scene.service.down.add("json://127.0.0.1:9/a")
    waits = []
    for number in range(40):
        registry.log(scene.app, **SCAM)
        tell(scene.app)
        if number in (0, 5):
            waits.append((stored(scene.app, scene.target).retry_at - scene.clock.now).total_seconds())
        scene.clock.go_on(minutes=30)
    assert len(scene.service.sent) == 40, "the other one hears of each at once"
    assert scene.service.asked - 40 < 15, "and the dead one is not asked each time"
    assert 15 <= waits[0] <= 30 < waits[1]
    failing = stored(scene.app, scene.target)
    assert failing.failures > 5
    assert failing.last_error == "unreachable"
    scene.service.sent.clear()
    scene.service.down.clear()
    scene.clock.go_on(hours=7)
    tell(scene.app)
    scene.clock.go_on(minutes=1)
    tell(scene.app)
    mine = [(title, body) for url, title, body in scene.service.sent if url.endswith("/a")]
    assert len(mine) == 2, "what was on its way, and all the rest together"
    assert mine[1][0] == "Tracer: 39 things to see"
    assert stored(scene.app, scene.target).failures == 0
    assert stored(scene.app, second).failures == 0


@pytest.mark.parametrize(("outcome", "days"), [(DOWN, 3), (Outcome(Trouble.REFUSED.value, final=True), 1)])
def test_after_days_it_is_switched_off_and_its_owner_sees_it(scene, outcome, days):
    scene.service.down.add("json://127.0.0.1:9/a")
    scene.service.outcome = outcome
    registry.log(scene.app, **SCAM)
    since = scene.clock.now
    while stored(scene.app, scene.target).off is None:
        tell(scene.app)
        scene.clock.go_on(hours=1)
        assert scene.clock.now - since < timedelta(days=5)
    assert scene.clock.now - since > timedelta(days=days)
    assert stored(scene.app, scene.target).off is SwitchedOff.DEAD
    registry.log(scene.app, **SCAM)
    assert len(entries(scene.app)) == 1, "nothing is written for it any more"
    with scene.app.reading() as work:
        assert [entry.event for entry in work.journal.about(scene.target.target_id)][-1] == "target_switched_off"
    scene.service.down.clear()
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {}, on=True))
    assert tell(scene.app) == 1


def test_a_digest_comes_at_its_hour_in_the_persons_zone(scene):
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {"rhythm": "daily", "hour": 9}))
    due = stored(scene.app, scene.target).digest_at
    assert due.hour == 9
    assert due.utcoffset() == timedelta(hours=8)
    for _ in range(3):
        registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 0
    scene.clock.now = due + timedelta(minutes=1)
    assert tell(scene.app) == 1
    assert scene.service.sent[0][1] == "Tracer: 3 things to see"
    assert stored(scene.app, scene.target).digest_at == due + timedelta(days=1)


def test_in_quiet_hours_nothing_is_sent(scene):
    hour = scene.clock.now.astimezone(NOW.tzinfo).hour
    quiet = {"quiet": (hour, (hour + 2) % 24), "zone": NOW.isoformat()[-6:]}
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, quiet))
    registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 0
    scene.clock.go_on(hours=2)
    assert tell(scene.app) == 1


def test_in_quiet_hours_nothing_is_tried_again_either(scene):
    hour = scene.clock.now.astimezone(NOW.tzinfo).hour
    quiet = {"quiet": ((hour + 1) % 24, (hour + 4) % 24), "zone": NOW.isoformat()[-6:]}
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, quiet))
    scene.service.down.add("json://127.0.0.1:9/a")
    registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 0
    scene.service.down.clear()
    scene.clock.go_on(hours=1)
    assert tell(scene.app) == 0, "nobody is woken because a service did not answer in the evening"
    scene.clock.go_on(hours=3)
    assert tell(scene.app) == 1


def test_who_gives_up_quiet_hours_is_told_at_once(scene):
    hour = scene.clock.now.astimezone(NOW.tzinfo).hour
    quiet = {"quiet": (hour, (hour + 8) % 24), "zone": NOW.isoformat()[-6:]}
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, quiet))
    registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 0
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {"quiet": ()}))
    assert tell(scene.app) == 1


@pytest.mark.parametrize("wishes", [{}, {"rhythm": "daily"}, {"rhythm": "weekly"}])
def test_a_clock_that_ran_ahead_keeps_nobody_waiting(scene, wishes):
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, wishes))
    scene.clock.go_on(days=400)
    registry.log(scene.app, **SCAM)
    scene.clock.go_on(days=8)
    assert tell(scene.app) == 1
    registry.log(scene.app, **SCAM)
    assert write(scene.app, claim_message.claim_message, scene.target.target_id, "who dies") is None or not wishes
    scene.clock.now = NOW
    registry.log(scene.app, **SCAM)
    assert tell(scene.app) == 1, "what it was put off to lies a year ahead"


def test_an_outbox_that_cannot_be_read_ends_no_sender(scene, monkeypatch):
    looks = []

    def broken(work):
        looks.append(1)
        if len(looks) > 1:
            stop.set()
        raise ValueError("what no store says")

    stop = threading.Event()
    monkeypatch.setattr(deliver_module, "due_targets", broken)
    monkeypatch.setattr(deliver_module, "POLL_SECONDS", 0.01)
    assert deliver(scene.app, stop) == 0
    assert len(looks) == 2


def test_whoever_died_at_it_is_followed_under_the_same_id(scene):
    registry.log(scene.app, **SCAM)
    first = write(scene.app, claim_message.claim_message, scene.target.target_id, "one")
    registry.log(scene.app, **SCAM)
    assert write(scene.app, claim_message.claim_message, scene.target.target_id, "two") is None, "it is held"
    scene.clock.go_on(minutes=3)
    again = write(scene.app, claim_message.claim_message, scene.target.target_id, "two")
    assert again.message_id == first.message_id
    assert [item.notice.position for item in again.items] == [item.notice.position for item in first.items]
    assert not write(scene.app, settle_message, first, Outcome(), "one"), "who was taken for dead tells nothing"
    assert write(scene.app, settle_message, again, Outcome(), "two")
    assert sorted(states(scene.app)) == ["sent", "waiting"]


def test_two_that_send_at_once_send_once(scene):
    for _ in range(5):
        registry.log(scene.app, **SCAM)
    threads = [threading.Thread(target=deliver, args=(scene.app,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scene.service.sent) == 1


def test_a_target_is_ones_own_and_goes_with_all_that_waits(scene):
    other = access.person(scene.app, "wenjing", "operator")
    registry.log(scene.app, **SCAM)
    with pytest.raises(UnknownId):
        write(scene.app, remove_target, scene.target.target_id, other.user_id)
    with pytest.raises(UnknownId):
        write(scene.app, lambda work: change_target(work, scene.target.target_id, other.user_id, {"hour": 1}))
    write(scene.app, remove_target, scene.target.target_id, scene.owner.user_id)
    assert entries(scene.app) == []
    for number in range(20):
        target_of(scene.app, other.user_id, f"json://127.0.0.1:9/{number}")
    with pytest.raises(NotAllowed, match="20 notification targets"):
        target_of(scene.app, other.user_id)


def test_the_journal_tells_of_targets_without_their_address(scene):
    write(scene.app, lambda work: change_target(work, scene.target.target_id, None, {"name": "tablet"}))
    write(scene.app, remove_target, scene.target.target_id, None)
    with scene.app.reading() as work:
        told = list(work.journal.about(scene.target.target_id))
    assert [entry.event for entry in told] == ["target_added", "target_changed", "target_removed"]
    assert "127.0.0.1" not in repr([entry.payload for entry in told])
    scene.app.seal_ledger()
    audit = scene.app.audit_ledger(lambda share: None)
    assert audit.problems == []


def test_what_was_told_is_tidied_after_a_month(scene):
    registry.log(scene.app, **SCAM)
    tell(scene.app)
    registry.log(scene.app, **SCAM)
    scene.clock.go_on(days=29)
    write(scene.app, tidy_up)
    assert len(entries(scene.app)) == 2
    scene.clock.go_on(days=3)
    write(scene.app, tidy_up)
    assert [entry.state for entry in entries(scene.app)] == [NoticeState.WAITING], "what waits is kept"


def test_the_soak_would_notice_what_is_lost_or_doubled(scene):
    told = [registry.log(scene.app, **SCAM).call_id for _ in range(3)]
    tell(scene.app)
    told.append(registry.log(scene.app, **SCAM).call_id)
    scene.clock.go_on(minutes=1)
    tell(scene.app)
    first, second = [("/", json.dumps({"message": body}).encode()) for _, _, body in scene.service.sent]
    assert findings_of(scene.app, told, Receiver(got=[first, second, second])).is_good
    assert findings_of(scene.app, told, Receiver(got=[second])).missing == 3
    renamed = ("/", second[1].replace(b"message m-", b"message m-x"))
    assert findings_of(scene.app, told, Receiver(got=[first, second, renamed])).doubled
    shortened = ("/", first[1].replace(told[0].encode(), b""))
    assert findings_of(scene.app, told, Receiver(got=[shortened, second])).doubled
