"""The registry as arrays: calls without what is not needed of them, campaigns of calls, exposures as shown."""

from __future__ import annotations

import numpy as np
import pytest

from tests.factories import records as rows
from tests.factories import registry
from tracer.domain.attribution.campaigns import NONE
from tracer.domain.call import Nature
from tracer.domain.errors import UnknownId
from tracer.domain.fields import Fields
from tracer.domain.heard_values import Heard
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.bundles.import_bundle import import_bundle


@pytest.fixture
def app(make_app, database_url):
    return make_app(database_url)


def bring_in(app, tmp_path, tables):
    with open_bundle(rows.write_bundle(tmp_path / "bundle", tables)) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle)
        work.commit()


def gathered(app, tag=None):
    with app.reading() as work:
        return gather_evidence(work, app.model, app.clock(), tag)


def test_the_facts_of_a_call_are_those_of_the_call(app):
    registry.add_channel(app, channel_id="shop")
    registry.own_number(app)
    (canary,) = registry.issue(app, "shop")
    logged = [
        registry.log(app, dialled_number=canary.phone.text, known_fields="name item", unknown_fields="price"),
        registry.log(
            app,
            dialled_number="+442079460016",
            heard_name="张女士",
            heard_item="抽纸",
            heard_price="12.50",
            heard_waybill_no="4711",
            caller_number="+441632960001",
            script="lost_parcel",
            nature="unsure",
            answered="no",
            tags="spring",
        ),
        registry.log(app, canary_id=canary.canary_id, nature="legitimate"),
    ]
    with app.reading() as work:
        facts = {one.call_id: one for one in work.calls.facts(app.clock())}
        assert set(facts) == {call.call_id for call in logged}
        for call in logged:
            one = facts[call.call_id]
            assert work.calls.facts_of(call.call_id) == one
            assert (one.known, one.unknown) == (int(call.known_fields), int(call.unknown_fields))
            assert (one.canary_id, one.answered, one.nature) == (call.canary_id, call.answered, call.nature)
            assert (one.reached, one.script) == (call.caller_reached, call.script)
            assert (one.caller_number, tuple(one.tags.split())) == (call.caller_number, call.tags)
            assert (one.line_key is None) == (one.number_id is None) == (call.dialled is None)
        assert facts[logged[0].call_id].heard is None
        assert facts[logged[1].call_id].heard == Heard("张女士", "抽纸", "12.50", "", "4711")
        concerning = work.calls.facts_concerning([], [canary.canary_id], app.clock())
        assert [one.nature for one in concerning] == [Nature.LEGITIMATE]
        with pytest.raises(UnknownId, match="there is no call 'c-none'"):
            work.calls.facts_of("c-none")


def test_one_caller_and_script_on_several_lines_are_a_campaign(app):
    registry.add_channel(app, channel_id="shop")
    registry.own_number(app)
    canaries = registry.issue(app, "shop", count=4)
    when = "2026-11-20T10:{:02d}:00+08:00"
    for n, canary in enumerate(canaries[:3]):
        said = {"caller_number": "+441632960001", "script": "lost_parcel", "received_at": when.format(10 * n)}
        registry.log(app, dialled_number=canary.phone.text, call_id=f"c-{n}", **said)
    other = {"caller_number": "+441632960002", "script": "lost_parcel", "received_at": when.format(15)}
    registry.log(app, dialled_number=canaries[3].phone.text, call_id="c-3", **other)
    calls = gathered(app).evidence.calls
    campaign = dict(zip(calls.ids, calls.campaign.tolist(), strict=True))
    assert campaign == {"c-0": 0, "c-1": 0, "c-2": 0, "c-3": NONE}


def test_exposures_are_shown_as_stated_or_as_usual_with_their_alias(app, tmp_path):
    tables = rows.campaign()
    tables["channels.csv"] = [
        rows.channel("c-default", kind="courier"),
        *(rows.channel(f"c-{name}", kind="courier") for name in ("stated", "alias", "expiring", "stated-alias")),
    ]
    del tables["calls.csv"]
    until = "2026-07-01T00:00:00+08:00"
    shown = {
        "c-default": {},
        "c-stated": {"fields": "name:masked waybill_no"},
        "c-alias": {"fields": "", "alias": "+442079460999"},
        "c-expiring": {"fields": "", "alias": "+442079460999", "alias_expires_at": until},
        "c-stated-alias": {"fields": "name phone:alias"},
    }
    tables["exposures.csv"] = [
        {**rows.exposure("o-1", channel), "fields": "", **more} for channel, more in shown.items()
    ]
    bring_in(app, tmp_path, tables)
    evidence = gathered(app).evidence
    found = evidence.exposures
    seen = {
        evidence.channel_ids[channel]: (Fields(fields), expiry)
        for channel, fields, expiry in zip(
            found.channel.tolist(), found.fields.tolist(), found.alias_until, strict=True
        )
    }
    usual = app.model.channels.kind("courier").fields
    aliased = usual & ~Fields.PHONE | Fields.PHONE_ALIAS
    assert seen["c-default"][0] == usual
    assert np.isnan(seen["c-default"][1])
    assert seen["c-stated"][0] == Fields.NAME_MASKED | Fields.WAYBILL_NO
    assert np.isnan(seen["c-stated"][1])
    assert seen["c-alias"] == (aliased, np.inf)
    assert seen["c-expiring"][0] == aliased
    assert 20_000 < seen["c-expiring"][1] < 21_000
    assert seen["c-stated-alias"] == (Fields.NAME | Fields.PHONE_ALIAS, np.inf)
