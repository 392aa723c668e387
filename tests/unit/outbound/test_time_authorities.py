"""Asking authorities on 127.0.0.1: the first whose stamp holds wins, and why the others did not is kept."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.time_authority import authority, openssl_accepts
from tracer.domain.errors import InvalidValue, NoTimeStamp
from tracer.domain.ledger.certificate_chain import read_roots
from tracer.domain.ledger.time_token import verify_time_token
from tracer.outbound.client import GuardedClient
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_allowed
from tracer.outbound.timestamp.authorities import TimeAuthorities, TimeAuthority, fresh_nonce

DIGEST = hashlib.sha256(b"a checkpoint").digest()
BAD = {
    "slow": "an answer within 0.5 s",
    "down": "Connection refused",
    "wrong_nonce": "expected the nonce of the request, got another",
    "wrong_imprint": "expected a stamp over sha256",
    "other_key": "expected an authority under CN=Test Root good",
    "garbage": "that are not",
    "truncated": "that are not",
    "expired": "valid at the token's time",
    "redirect": "a redirect (302), which is not followed",
    "rejection": "expected a granted time stamp, got rejection",
    "error": "expected status 200, got 500",
}


def client() -> GuardedClient:
    return GuardedClient(OutboundRules(allowed=read_allowed(["127.0.0.1"]), seconds=0.5))


def asked(*running, trusting: bool = True) -> TimeAuthorities:
    return TimeAuthorities(
        [
            TimeAuthority(f"{one.url}?key=hunter2", read_roots(one.roots.read_bytes()) if trusting else None)
            for one in running
        ],
        client(),
    )


@pytest.mark.parametrize("mode", ["good", "chain", "rsa"])
def test_a_stamp_holds_for_us_and_for_openssl(tmp_path: Path, mode):
    with authority(tmp_path, mode) as running:
        stamp = asked(running).stamp(DIGEST)
        assert len(running.asked) == 1
    assert (stamp.proven.trusted, stamp.skipped) == (True, ())
    assert stamp.authority == running.url.rpartition("/")[0]
    assert openssl_accepts(stamp.token, DIGEST, running.roots.read_bytes())
    assert verify_time_token(stamp.token, DIGEST, read_roots(running.roots.read_bytes())) == stamp.proven


@pytest.mark.parametrize("mode", BAD)
def test_an_authority_that_fails_is_skipped_with_its_reason(tmp_path: Path, mode):
    with authority(tmp_path, mode) as bad, authority(tmp_path, "good") as good:
        stamp = asked(bad, good).stamp(DIGEST)
        with pytest.raises(NoTimeStamp) as caught:
            asked(bad).stamp(DIGEST)
    assert stamp.authority == good.url.rpartition("/")[0]
    assert stamp.proven.trusted
    ((name, why),) = stamp.skipped
    assert name == bad.url.rpartition("/")[0]
    assert BAD[mode] in why
    assert BAD[mode] in str(caught.value)
    assert "hunter2" not in f"{stamp} {caught.value} {caught.value.reasons}"


def test_all_reasons_are_kept_when_none_holds(tmp_path: Path):
    with ExitStack() as stack:
        running = [stack.enter_context(authority(tmp_path, mode)) for mode in ("down", "garbage", "error")]
        with pytest.raises(NoTimeStamp) as caught:
            asked(*running).stamp(DIGEST)
    assert [name for name, _ in caught.value.reasons] == [one.url.rpartition("/")[0] for one in running]


def test_without_roots_a_stamp_is_kept_as_intact(tmp_path: Path):
    with authority(tmp_path) as running:
        asking = asked(running, trusting=False)
        stamp = asking.stamp(DIGEST)
    assert not stamp.proven.trusted
    assert asking.trusted is None
    assert verify_time_token(stamp.token, DIGEST, read_roots(running.roots.read_bytes())).trusted


def test_an_authority_inside_needs_the_allow_list(tmp_path: Path):
    with authority(tmp_path) as running:
        guarded = TimeAuthorities([TimeAuthority(running.url)], GuardedClient(OutboundRules()))
        with pytest.raises(NoTimeStamp, match="outbound_allow"):
            guarded.stamp(DIGEST)
    assert running.asked == []


def test_there_are_none_by_default():
    none = TimeAuthorities([], client())
    assert not none
    with pytest.raises(NoTimeStamp, match="setting time_authorities"):
        none.stamp(DIGEST)


def test_another_digest_is_refused(tmp_path: Path):
    with authority(tmp_path) as running, pytest.raises(InvalidValue, match="32 bytes"):
        asked(running).stamp(b"short")


def test_the_roots_of_all_are_trusted_together(tmp_path: Path):
    with authority(tmp_path, "good") as one, authority(tmp_path, "rsa") as two, authority(tmp_path, "chain") as three:
        trusted = asked(one, two, three).trusted
    assert [root.subject.rfc4514_string() for root in trusted.roots] == ["CN=Test Root good", "CN=Test Root rsa"]
    assert len(trusted.between) == 2


def test_nonces_differ():
    assert len({fresh_nonce() for _ in range(1000)}) == 1000
    assert all(0 < fresh_nonce() < 2**63 for _ in range(100))
