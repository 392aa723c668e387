"""Reading what Kuaidi100 tells, whatever it tells."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_kuaidi100 import SALT, scan, sign
from tracer.domain.errors import TracerError
from tracer.domain.tracking import ParcelScans, Stage
from tracer.intake.kuaidi100.hook import SOURCE
from tracer.intake.sources import HookRequest
from tracer.outbound.tracking.kuaidi100.service import signature
from tracer.outbound.tracking.kuaidi100.told import parcel_of
from tracer.settings import load_settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["nu", "com", "data", "time", "ftime", "context", "statusCode", "status", "lastResult"]),
            inner,
        )
    ),
    max_leaves=12,
)


def stage_of(code, context="", status=""):
    (found,) = parcel_of({"data": [scan("2026-01-05 04:24:12", code, context, status)]}).scans
    return found.stage


def test_the_signature_is_that_of_the_documents():
    assert signature("a", "b", "c") == "900150983CD24FB0D6963F7D28E17F72"  # MD5 of "abc" by RFC 1321


@pytest.mark.parametrize(
    ("code", "stage"),
    [
        ("101", Stage.ORDERED),
        ("102", Stage.ORDERED),
        ("103", Stage.PICKED_UP),
        ("1", Stage.PICKED_UP),
        ("1001", Stage.MOVING),
        ("1002", Stage.MOVING),
        ("5", Stage.OUT_FOR_DELIVERY),
        ("501", Stage.AT_STATION),
        ("301", Stage.DELIVERED),
        ("304", Stage.DELIVERED),
        ("4", Stage.RETURNED),
        ("205", Stage.TROUBLE),
        ("14", Stage.TROUBLE),
    ],
)
def test_states_mean_what_the_documents_say(code, stage):
    assert stage_of(code) is stage


@pytest.mark.parametrize(
    ("context", "stage"),
    [
        ("【杭州】已揽收", Stage.PICKED_UP),
        ("快件已由白杨驿站代收，请及时取件", Stage.AT_STATION),
        ("已投递至丰巢快递柜", Stage.AT_STATION),
        ("离开转运中心", Stage.MOVING),
        ("已签收，签收人：本人", Stage.DELIVERED),
    ],
)
def test_without_a_state_the_words_count(context, stage):
    assert stage_of("", context) is stage


def test_times_are_chinas_and_rows_without_one_are_passed_over():
    told = parcel_of(
        {"nu": "SF1", "com": "shunfeng", "data": [scan("2026-01-05 04:24:12", "1", ""), scan("?", "1", "")]}
    )
    assert [one.at for one in told.scans] == [datetime(2026, 1, 4, 20, 24, 12, tzinfo=UTC)]
    assert told.carrier == "sf"


@given(JSON)
def test_any_json_is_read(value):
    found = parcel_of(value) if isinstance(value, dict) else parcel_of({"data": value, "nu": value, "com": value})
    assert isinstance(found, ParcelScans)
    assert all("\n" not in one.text for one in found.scans)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACER_KUAIDI100_SALT", SALT)
        yield load_settings(tmp_path_factory.mktemp("home"))


def request(body):
    return HookRequest("https://x.example/hooks/kuaidi100", {}, body, datetime.now(UTC))


@given(JSON)
def test_any_signed_push_is_taken_or_refused(settings, value):
    param = json.dumps(value)
    answer_or_refusal(settings, urlencode({"param": param, "sign": sign(param, SALT)}).encode())


@given(st.binary(max_size=200))
def test_any_body_is_refused(settings, body):
    with pytest.raises(TracerError):
        SOURCE.receive(request(body), settings)


def answer_or_refusal(settings, body):
    try:
        answer = SOURCE.receive(request(body), settings)
    except TracerError:
        return
    assert json.loads(answer.body)["result"] is True
