"""Lists by time, by prefix and by tag, and the order of a route: on both databases."""

import pytest
from sqlalchemy import event

from tests.conftest import NOW
from tests.factories import registry
from tests.factories.access import do, log_in_by_link, person, set_clock
from tracer.services.access.log_in import principal_of_session
from tracer.services.access.manage_sessions import end_session, sessions_of
from tracer.services.canaries.tell_story import canary_story, order_story
from tracer.services.registry.browse import (
    browse_canaries,
    browse_journal,
    browse_orders,
    newest_canaries,
    newest_orders,
    routes_of,
)


def all_pages(work, browse, limit, **filters):
    found, after = [], None
    while True:
        page = browse(work, after, limit, **filters)
        found += page.ids
        if page.after is None:
            return found
        assert len(page.ids) == limit
        after = tuple(page.after)


def test_the_newest_come_first_whatever_their_offsets(app):
    shop = registry.add_channel(app)
    registry.own_number(app)
    times = [
        "2026-11-22T08:00:00+08:00",
        "2026-11-22T01:00:00+00:00",
        "2026-11-22T08:00:00+08:00",
        "2026-11-23T00:00:00-05:00",
    ]
    (canary,) = registry.issue(app, shop)
    made = [
        registry.place(app, canary.canary_id, shop, placed_at=time, order_id=f"o-{n}") for n, time in enumerate(times)
    ]
    with app.reading() as work:
        expected = sorted(made, key=lambda order: (order.placed_at, order.order_id), reverse=True)
        for limit in (1, 2, 3, 10):
            assert all_pages(work, newest_orders, limit) == [order.order_id for order in expected]
        assert all_pages(work, newest_orders, 2, tag="none") == []


def test_canaries_of_one_moment_are_paged_once_each(app):
    registry.own_number(app)
    ids = [one.canary_id for one in registry.issue(app, count=5, tags=("a_b",))]
    with app.reading() as work:
        assert all_pages(work, newest_canaries, 2) == sorted(ids, reverse=True)
        assert all_pages(work, newest_canaries, 2, tag="a_b", prefix="k-") == sorted(ids, reverse=True)
        assert all_pages(work, newest_canaries, 2, tag="a%") == []
        for one in ids:
            assert browse_canaries(work, "", 10, prefix=one[:9]).ids == [
                other for other in sorted(ids) if other[:9] == one[:9]
            ]
        assert browse_canaries(work, "", 10, prefix="K-").ids == []


def test_tags_are_counted_once_a_thing(app):
    shop = registry.add_channel(app)
    registry.own_number(app)
    (one,) = registry.issue(app, shop, tags=("spring", "north"))
    registry.issue(app, shop, tags=("spring",))
    registry.place(app, one.canary_id, shop)
    registry.log(app, dialled_number=one.phone.text, canary_id=one.canary_id, tags="spring loose")
    registry.log(app, dialled_number=one.phone.text, canary_id=one.canary_id)
    registry.log(app, dialled_number=one.phone.text)
    with app.reading() as work:
        counted = {one.tag: (one.canaries, one.orders, one.calls) for one in work.listings.tags()}
        assert counted == {"loose": (0, 0, 1), "north": (1, 1, 2), "spring": (2, 1, 2)}
        assert len(browse_orders(work, "", 10, tag="north").ids) == 1


def test_a_route_keeps_the_order_it_was_given_in(app):
    shop, courier, station = (registry.add_channel(app, kind, kind) for kind in ("warehouse", "courier", "merchant"))
    registry.own_number(app)
    (canary,) = registry.issue(app, shop)
    order = registry.place(app, canary.canary_id, shop, station, courier)
    with app.reading() as work:
        story = order_story(work, app.model.channels, order.order_id)
        assert [event.channel_id for event in story.events] == [shop, station, courier]
        assert routes_of(work, [order.order_id]) == {order.order_id: [shop, station, courier]}
        events = canary_story(work, app.model.channels, canary.canary_id).events
    assert [event.what for event in events] == ["issued", "handed", "ordered", "exposed", "exposed", "exposed"]


def test_log_ins_that_hold_are_told_and_ended(app):
    user, other = person(app), person(app, "another")
    first, second = log_in_by_link(app, user), log_in_by_link(app, user)
    rules = app.settings.access_rules
    with app.reading() as work:
        mine = principal_of_session(work, first, rules=rules)[0].session_id
        held = sessions_of(work, user.user_id, rules)
        assert sessions_of(work, other.user_id, rules) == []
    assert {one.session_id for one in held} > {mine}
    assert {one.created_at for one in held} == {NOW}
    do(app, end_session, user.user_id, mine)
    with app.reading() as work:
        (left,) = sessions_of(work, user.user_id, rules)
        assert left.session_id == principal_of_session(work, second, rules=rules)[0].session_id
    set_clock(app, hours=rules.idle_hours)
    with app.reading() as work:
        assert sessions_of(work, user.user_id, rules) == []


@pytest.mark.parametrize(
    ("browse", "index"), [(newest_canaries, "ix_canaries_issued_at"), (newest_orders, "ix_orders_placed_at")]
)
def test_the_newest_are_read_out_of_an_index_and_not_sorted(app, browse, index):
    asked = []

    def note(_connection, _cursor, statement, parameters, *_more):
        asked.append((statement, parameters))

    with app.reading() as work:
        connection = work.session.connection
        event.listen(connection, "before_cursor_execute", note)
        browse(work, (2**40, "x"), 10)
        event.remove(connection, "before_cursor_execute", note)
        kind = connection.dialect.name
        if kind == "postgresql":  # in a table of no rows every way is the same
            for way in ("seqscan", "bitmapscan", "sort"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        statement, parameters = asked[0]
        explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
        plan = " ".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
    assert index in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan


def test_facts_by_pages_from_either_end(app):
    made = [registry.add_channel(app, name=f"shop {number}") for number in range(5)]

    def all_facts(work, **order):
        found, after = [], 0
        while True:
            page = browse_journal(work, after, 2, event="channel_registered", **order)
            found += [record["subject_id"] for record in page.records]
            if page.after is None:
                return found
            (after,) = page.after

    with app.reading() as work:
        assert all_facts(work) == made
        assert all_facts(work, newest_first=True) == made[::-1]
