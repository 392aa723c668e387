"""Ours accepts what Twilio's own library accepts, and nothing else."""

import hashlib
import json
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from tests.factories.telephony import AUTH, HERE, NOW, Repeated, calm, signed
from tracer.intake.sources import HookRequest
from tracer.intake.twilio.sent import read_sent
from tracer.intake.twilio.signature import Keys, signed_url, url_variants

KEYS = Keys([AUTH], ["shared-secret"])
WORD = st.text("abcXYZ019", min_size=1, max_size=8)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
VALUE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.tuples(st.one_of(NAME, st.sampled_from(["Digits", "To", "to"])), VALUE), max_size=8)
URLS = st.builds(
    lambda scheme, host, port, path, query: (
        f"{scheme}://{host}.example{port}/{path}{'?' + urlencode(query) if query else ''}"
    ),
    st.sampled_from(["http", "https"]),
    WORD.map(str.lower),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    WORD,
    st.lists(st.tuples(WORD, VALUE), max_size=3),
)


def accepted(request, keys=KEYS):
    return signed_url(request, read_sent(request), keys)


def form(url, pairs, signature, **headers):
    told = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, **headers}
    return HookRequest(url, told, urlencode(pairs).encode(), NOW)


def of_the_library(url, pairs, signature, key=AUTH, algorithm=HMAC_SHA1):
    return RequestValidator(key).validate(url, Repeated(pairs), signature, algorithm)


@calm(max_examples=40)
@given(URLS, PAIRS.filter(bool))
def test_what_the_library_signs_is_accepted(url, pairs):
    assert accepted(signed(pairs, url)) == url


@calm(max_examples=40)
@given(URLS, PAIRS.filter(bool), st.integers(0, 10), st.data())
def test_what_was_changed_is_refused_by_both(url, pairs, which, data):
    signature = RequestValidator(AUTH).compute_signature(url, Repeated(pairs))
    kind = which % 5
    if kind == 0:
        pairs = [*pairs, ("Extra", "x")]
    elif kind == 1:
        at = data.draw(st.integers(0, len(pairs) - 1))
        pairs = [(name, value + "!" if place == at else value) for place, (name, value) in enumerate(pairs)]
    elif kind == 2:
        url += "&more=1" if "?" in url else "?more=1"
    elif kind == 3:
        at = data.draw(st.integers(0, len(signature) - 2))
        signature = signature[:at] + ("A" if signature[at] != "A" else "B") + signature[at + 1 :]
    else:
        signature = RequestValidator("another token").compute_signature(url, Repeated(pairs))
    if signature != RequestValidator(AUTH).compute_signature(url, Repeated(pairs)):
        assert not of_the_library(url, pairs, signature)
        assert accepted(form(url, pairs, signature)) is None


@calm(max_examples=40)
@given(URLS, PAIRS.filter(bool), st.booleans())
def test_with_and_without_port_as_the_library_tries(url, pairs, with_port):
    host = url.split("/")[2]
    default = ":443" if url.startswith("https") else ":80"
    other = url.replace(host, host + default if ":" not in host else host.split(":")[0], 1)
    request = form(url, pairs, RequestValidator(AUTH).compute_signature(other, Repeated(pairs)))
    assert of_the_library(url, pairs, request.headers["x-twilio-signature"])
    assert accepted(request) == other


def test_a_proxy_that_ends_the_tls_changes_nothing():
    request = signed({"CallSid": "CA1"}, HERE)
    inside = HookRequest(HERE.replace("https", "http"), request.headers, request.body, NOW)
    assert accepted(inside) == HERE
    inside = HookRequest(HERE.replace("https", "http").replace(".example", ".example:8080"), *vars_of(request))
    assert accepted(inside) == HERE


def vars_of(request):
    return request.headers, request.body, request.received_at


@calm(max_examples=40)
@given(URLS, PAIRS.filter(bool))
@example("https://a.example/x", [("b", "2"), ("a", "2"), ("a", "1"), ("a", "1")])
def test_the_newer_signature_by_a_shared_key(url, pairs):
    signature = RequestValidator("shared-secret").compute_signature(url, Repeated(pairs), HMAC_SHA256)
    told = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    assert of_the_library(url, pairs, signature, "shared-secret", HMAC_SHA256)
    assert accepted(form(url, pairs, signature, **told)) == url
    assert accepted(form(url, pairs, signature)) is None  # without the header it would be the token's
    with_token = RequestValidator(AUTH).compute_signature(url, Repeated(pairs), HMAC_SHA256)
    assert accepted(form(url, pairs, with_token, **told)) is None


@pytest.mark.parametrize("settings", ["key=k,algorithm=HMAC_MD5", "algorithm=none", "key=k,algorithm=,algorithm=x"])
def test_an_algorithm_that_nobody_knows_is_refused(settings):
    signature = RequestValidator("shared-secret").compute_signature(HERE, {"a": "b"})
    assert accepted(form(HERE, [("a", "b")], signature, **{"x-twilio-webhooks-signature-settings": settings})) is None


def test_a_header_without_algorithm_means_sha1_as_in_the_library():
    signature = RequestValidator("shared-secret").compute_signature(HERE, {"a": "b"})
    told = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1"}
    assert accepted(form(HERE, [("a", "b")], signature, **told)) == HERE


def test_two_tokens_while_one_is_replaced():
    for token in ("old", "new"):
        assert accepted(signed({"a": "b"}, by=token), Keys(["old", "new"])) == HERE
    assert accepted(signed({"a": "b"}, by="older"), Keys(["old", "new"])) is None


def test_without_any_key_or_signature_nothing_is_accepted():
    request = signed({"a": "b"}, by="")
    assert accepted(request, Keys([], [])) is None
    assert accepted(HookRequest(HERE, {}, b"a=b", NOW)) is None
    assert accepted(HookRequest(HERE, {"x-twilio-signature": "ü"}, b"a=b", NOW)) is None


JSON = {"content-type": "application/json; charset=utf-8"}


@calm(max_examples=40)
@given(URLS, st.dictionaries(WORD, st.one_of(VALUE, st.integers()), max_size=4))
def test_a_body_in_json_by_its_hash(url, told):
    body = json.dumps(told)
    url += ("&" if "?" in url else "?") + "bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
    validator = RequestValidator(AUTH)
    headers = {**JSON, "x-twilio-signature": validator.compute_signature(url, {})}
    assert validator.validate(url, body, headers["x-twilio-signature"])
    assert accepted(HookRequest(url, headers, body.encode(), NOW)) == url
    other = (body[:-1] + " }").encode()
    assert not validator.validate(url, other.decode(), headers["x-twilio-signature"])
    assert accepted(HookRequest(url, headers, other, NOW)) is None


def test_a_signed_address_does_not_vouch_for_a_body_whose_hash_it_lacks():
    headers = {**JSON, "x-twilio-signature": RequestValidator(AUTH).compute_signature(HERE, {})}
    assert accepted(HookRequest(HERE, headers, b'{"CallSid": "CA1"}', NOW)) is None


def test_a_get_is_signed_by_its_address_alone():
    url = HERE + "?CallSid=CA1&To=%2B442079460016"
    headers = {"x-twilio-signature": RequestValidator(AUTH).compute_signature(url, {})}
    request = HookRequest(url, headers, b"", NOW)
    assert accepted(request) == url
    assert read_sent(request).fields == {"CallSid": "CA1", "To": "+442079460016"}


@calm()
@given(st.text(max_size=40), st.binary(max_size=60), st.text(max_size=30), st.sampled_from([JSON, {}]))
def test_nothing_makes_it_stumble(url, body, signature, headers):
    request = HookRequest(url, {**headers, "x-twilio-signature": signature}, body, NOW)
    try:
        sent = read_sent(request)
    except ValueError:
        return
    assert signed_url(request, sent, KEYS) is None
    assert next(url_variants(url)) == url
