"""What a time-stamp token proves: by our own reading, by `openssl ts -verify`, and by rfc3161-client where it can."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from tests.forged_token import forge
from tests.time_authority import POLICY, Issued, answer, family, issue, openssl_accepts
from tracer.domain.errors import InvalidValue, TimeTokenRejected, TokenFault
from tracer.domain.ledger.certificate_chain import TrustedRoots, read_roots
from tracer.domain.ledger.signed_token import MOST_BYTES, CertificateHint, read_reply, read_token
from tracer.domain.ledger.time_token import _check_hints, build_request, verify_time_token

DIGEST = hashlib.sha256(b"a checkpoint").digest()
OTHER = hashlib.sha256(b"another checkpoint").digest()
NONCE = 0x1234_5678_9ABC_DEF0
KINDS = [("good", False), ("good", True), ("rsa", False), ("rsa", True)]
STAMPING = x509.ExtendedKeyUsageOID.TIME_STAMPING


@cache
def reply(kind: str = "good", chain: bool = False) -> bytes:
    return answer(build_request(DIGEST, NONCE), kind, chain=chain)


def token(kind: str = "good", chain: bool = False) -> bytes:
    return read_reply(reply(kind, chain))


@cache
def roots(kind: str = "good", chain: bool = False) -> TrustedRoots:
    """The root, and where the token does not bring it the certificate between."""
    return read_roots(pem(kind, chain))


def pem(kind: str, chain: bool) -> bytes:
    root, middle, _ = family(kind)
    return root.pem if chain else root.pem + middle.pem


def fault(
    raw: bytes, digest: bytes = DIGEST, trusted: TrustedRoots | None = None, nonce: int | None = None
) -> TokenFault:
    with pytest.raises(TimeTokenRejected) as caught:
        verify_time_token(raw, digest, trusted, nonce)
    assert "expected" in str(caught.value)
    return caught.value.fault


@pytest.mark.parametrize(("kind", "chain"), KINDS)
def test_a_token_proves_its_time_to_us_and_to_openssl(kind, chain):
    raw = token(kind, chain)
    proven = verify_time_token(raw, DIGEST, roots(kind, chain), NONCE)
    assert abs(proven.time - datetime.now(UTC)) < timedelta(hours=1)
    assert (proven.accuracy, proven.policy, proven.trusted) == (timedelta(seconds=1.5), POLICY, True)
    assert proven.authority == f"CN=Test Time Stamping {kind}"
    assert proven.signer_fingerprint == hashlib.sha256(x509_der(family(kind)[2])).hexdigest()
    assert proven.serial == 0x0A01, "the one after the last in the authority's file"
    assert openssl_accepts(raw, DIGEST, pem(kind, chain))
    assert not openssl_accepts(raw, OTHER, pem(kind, chain))
    assert raw in reply(kind, chain)


@pytest.mark.parametrize("kind", ["good", "rsa"])
def test_a_reply_with_one_certificate_is_accepted_by_rfc3161_client_as_well(kind):
    root, middle, _ = family(kind)
    verifier = VerifierBuilder(roots=[root.certificate], intermediates=[middle.certificate], nonce=NONCE).build()
    assert verifier.verify(decode_timestamp_response(reply(kind)), DIGEST)


def test_rfc3161_client_still_cannot_read_a_reply_with_a_chain():
    """Why it is not what verifies here: it wants the certificates sorted, as DER would be; CMS may be BER."""
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(reply("good", chain=True))


def test_without_roots_a_token_is_intact_and_not_trusted():
    for kind, chain in KINDS:
        proven = verify_time_token(token(kind, chain), DIGEST, None, NONCE)
        assert not proven.trusted
        assert proven == verify_time_token(token(kind, chain), DIGEST, None)


def test_what_does_not_fit_is_named():
    raw, trusted = token(), roots()
    assert fault(raw, OTHER, trusted) == TokenFault.WRONG_IMPRINT
    assert fault(raw, DIGEST, trusted, NONCE + 1) == TokenFault.WRONG_NONCE
    assert fault(raw, DIGEST, roots("rsa")) == TokenFault.NOT_TRUSTED
    assert fault(token("good", True), DIGEST, roots("rsa", True)) == TokenFault.NOT_TRUSTED
    assert fault(raw, DIGEST, read_roots(family("good")[0].pem)) == TokenFault.NOT_TRUSTED  # the one between is missing
    assert fault(token("expired"), DIGEST, roots("expired")) == TokenFault.EXPIRED
    assert fault(token("expired"), DIGEST) == TokenFault.EXPIRED
    for piece in (b"", b"\x30", raw[:-1], raw[:100], raw + b"\x00", b"\x30\x80" * 400, bytes(MOST_BYTES + 1), reply()):
        assert fault(piece) == TokenFault.GARBAGE


def test_a_refusal_is_told_with_the_authoritys_reasons():
    request = tsp.TimeStampReq.load(build_request(DIGEST, NONCE))
    request["req_policy"] = "1.2.3.4.5"
    with pytest.raises(TimeTokenRejected, match=r"rejection.*unaccepted_policy") as caught:
        read_reply(answer(request.dump()))
    assert caught.value.fault == TokenFault.NOT_GRANTED


def test_a_reply_that_is_none_is_garbage():
    for raw in (b"", b"<html>", reply()[:-3], reply() + b"\x00", token(), bytes(MOST_BYTES + 1)):
        with pytest.raises(TimeTokenRejected) as caught:
            read_reply(raw)
        assert caught.value.fault == TokenFault.GARBAGE


def stamping(**options):
    return issue("Test Time Stamping forged", family()[1], purpose=options.pop("purpose", STAMPING), **options)


def agreed(raw: bytes) -> bool:
    """Whether we accept a token; openssl must then accept it, too."""
    try:
        verify_time_token(raw, DIGEST, roots())
    except TimeTokenRejected:
        return False
    assert openssl_accepts(raw, DIGEST, pem("good", False))
    return True


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_sound_tokens_of_other_forms_are_accepted(hash_name):
    signer, (_, middle, _) = stamping(), family()
    assert agreed(forge(DIGEST, signer, hash_name=hash_name))
    assert agreed(forge(DIGEST, signer, hash_name=hash_name, nonce=7, hints=[[signer, middle], None]))
    assert agreed(forge(DIGEST, signer, hash_name=hash_name, hints=[None, [signer]]))
    assert agreed(forge(DIGEST, signer, [middle], hash_name=hash_name, hints=[[signer], [signer]]))
    assert agreed(forge(DIGEST, stamping(key=family("rsa")[2].key), hash_name=hash_name))


FORGED = {
    "no purpose of time stamping": (
        TokenFault.NOT_TIME_STAMPING,
        {"purpose": x509.ExtendedKeyUsageOID.SERVER_AUTH},
        {},
    ),
    "a purpose that is not critical": (TokenFault.NOT_TIME_STAMPING, {"critical": False}, {}),
    "no purpose at all": (TokenFault.NOT_TIME_STAMPING, {"purpose": None}, {}),
    "ended before": (TokenFault.EXPIRED, {"days": (-9, -1)}, {}),
    "begins later": (TokenFault.EXPIRED, {"days": (1, 9)}, {}),
    "a weak hash": (TokenFault.UNSUPPORTED, {}, {"hash_name": "sha1"}),
    "an imprint by another hash": (TokenFault.WRONG_IMPRINT, {}, {"imprint": "sha512"}),
    "another hash said than signed": (TokenFault.UNSUPPORTED, {}, {"signed_by": "sha512_ecdsa"}),
    "another kind of key said": (TokenFault.UNSUPPORTED, {}, {"signed_by": "sha256_rsa"}),
    "another content": (TokenFault.BAD_SIGNATURE, {}, {"content_digest": bytes(32)}),
    "another type signed": (TokenFault.UNSUPPORTED, {}, {"attribute_type": "data"}),
    "a digest twice": (TokenFault.GARBAGE, {}, {"twice": "message_digest"}),
    "a critical extension": (TokenFault.UNSUPPORTED, {}, {"critical": True}),
    "no name of the certificate": (TokenFault.UNSUPPORTED, {}, {"hints": [None, None]}),
    "an empty name of the certificate": (TokenFault.UNSUPPORTED, {}, {"hints": [[], None]}),
}


SIGNATURE = "a signature by RSA (PKCS #1 v1.5) or ECDSA over sha256, and a key for it, got "
SAID = {
    "a weak hash": "SHA-256, SHA-384 or SHA-512, got 'sha1'",
    "an imprint by another hash": f"a stamp over sha256 {DIGEST.hex()}, got one over sha512 {DIGEST.hex()}",
    "another hash said than signed": SIGNATURE + "'sha512_ecdsa'",
    "another kind of key said": SIGNATURE + "'sha256_rsa'",
    "another content": "the content that was signed, got another content",
    "another type signed": "a signature over time stamp information, got 'data'",
}


def said(raw: bytes, nonce: int | None = None) -> str:
    with pytest.raises(TimeTokenRejected) as caught:
        verify_time_token(raw, DIGEST, None, nonce)
    return str(caught.value)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(name):
    expected, certificate, options = FORGED[name]
    raw = forge(DIGEST, stamping(**certificate), **options)
    assert fault(raw, DIGEST, roots()) == expected
    assert fault(raw, DIGEST) == expected
    if name in SAID:
        assert said(raw) == f"time stamp: expected {SAID[name]}"


def test_a_refusal_says_which_check_failed_and_what_it_means():
    hint = ". It answers some other request: an old reply, or somebody's between"
    assert said(token(), NONCE + 1) == f"time stamp: expected the nonce of the request, got another{hint}"
    signer, other = stamping(), stamping()
    assert said(forge(DIGEST, signer), 1) == f"time stamp: expected the nonce of the request, got none{hint}"
    stranger = forge(DIGEST, signer, hints=[[other], None])
    assert said(stranger) == "time stamp: expected the certificates that the signature names, got others"
    spoilt = cms.ContentInfo.load(forge(DIGEST, signer))
    signature = cms.ContentInfo.load(forge(DIGEST, signer, nonce=1))["content"]["signer_infos"][0]["signature"].native
    spoilt["content"]["signer_infos"][0]["signature"] = signature
    assert fault(spoilt.dump()) == TokenFault.BAD_SIGNATURE
    assert said(spoilt.dump()) == (
        "time stamp: expected the signature of its certificate's key, got one that does not fit"
    )
    with pytest.raises(TimeTokenRejected, match="expected a certificate's SHA-2 hash, got 'md5'") as caught:
        _check_hints(
            replace(read_token(forge(DIGEST, signer)), hints=((CertificateHint("md5", b""),),)), [], complete=True
        )
    assert caught.value.fault == TokenFault.UNSUPPORTED


def test_the_certificates_the_signature_names_are_those_of_the_chain():
    signer, other, middle = stamping(), stamping(), family()[1]
    for hints in (
        [[other], None],
        [None, [other]],
        [[signer], [other]],
        [[middle, signer], None],
        [[other, signer], None],
    ):
        assert fault(forge(DIGEST, signer, hints=hints), DIGEST, roots()) == TokenFault.BAD_SIGNATURE
    stranger = forge(DIGEST, signer, hints=[[signer, other], None])
    assert fault(stranger, DIGEST, roots()) == TokenFault.BAD_SIGNATURE
    assert not openssl_accepts(stranger, DIGEST, pem("good", False))
    assert not verify_time_token(stranger, DIGEST, None).trusted  # nobody asked for a chain


def test_a_swapped_certificate_or_signature_is_refused():
    one, two = stamping(), stamping()
    first, second = (cms.ContentInfo.load(forge(DIGEST, signer)) for signer in (one, two))
    for part in ("certificates", "signer_infos"):
        mixed = first.copy()
        mixed["content"][part] = second["content"][part].copy()
        assert fault(mixed.dump()) == TokenFault.UNSUPPORTED  # the signer's certificate is not there
    signed = first.copy()
    signed["content"]["signer_infos"][0]["signature"] = second["content"]["signer_infos"][0]["signature"].native
    assert fault(signed.dump()) == TokenFault.BAD_SIGNATURE


def test_a_chain_runs_over_authorities_only():
    root, middle, _ = family()
    leaf = issue("A server", middle, purpose=x509.ExtendedKeyUsageOID.SERVER_AUTH)
    below = issue("Signed by a server", leaf, purpose=STAMPING)
    assert fault(forge(DIGEST, below, [leaf, middle]), DIGEST, read_roots(root.pem)) == TokenFault.NOT_TRUSTED
    old = issue("Ended", root, days=(-400, -3))
    late = issue("Under one that ended", old, purpose=STAMPING)
    raw = forge(DIGEST, late, [old])
    assert fault(raw, DIGEST, read_roots(root.pem)) == TokenFault.NOT_TRUSTED
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)
    assert verify_time_token(forge(DIGEST, late, [old], at=before), DIGEST, read_roots(root.pem)).time == before
    assert openssl_accepts(forge(DIGEST, late, [old], at=before), DIGEST, root.pem, old.pem, at=before)
    own = issue("Test Root good")  # the same name as the root's, another key
    forged = issue("Under the wrong root", own, purpose=STAMPING)
    assert fault(forge(DIGEST, forged, [own]), DIGEST, read_roots(root.pem)) == TokenFault.NOT_TRUSTED


def test_certificates_that_have_run_out_since_take_nothing_from_a_token():
    signer = stamping(days=(-9, -1))
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=4)
    assert verify_time_token(forge(DIGEST, signer, at=then), DIGEST, roots()).trusted


def test_the_accuracy_and_fractions_of_a_second_are_read():
    exact = datetime(2026, 3, 4, 5, 6, 7, 890000, tzinfo=UTC)
    fields = {"accuracy": {"seconds": 2, "millis": 3, "micros": 4}}
    raw = forge(DIGEST, stamping(), at=exact, fields=fields)
    proven = verify_time_token(raw, DIGEST, roots())
    assert (proven.time, proven.accuracy) == (exact, timedelta(seconds=2, milliseconds=3, microseconds=4))
    assert openssl_accepts(raw, DIGEST, pem("good", False))
    assert verify_time_token(forge(DIGEST, stamping()), DIGEST, roots()).accuracy is None


@pytest.mark.parametrize("kind", ["good", "rsa"])
def test_no_flipped_bit_is_accepted(kind):
    raw = token(kind)
    for bit in random.Random(1).sample(range(len(raw) * 8), 600):
        fault(flipped(raw, bit), DIGEST, roots(kind), NONCE)
        fault(flipped(raw, bit), DIGEST, None, NONCE)


def test_a_flipped_bit_in_a_reply_with_a_chain_changes_nothing_that_is_proven():
    """The copy of the root in it is not part of what is proven; nothing else may be touched."""
    raw, trusted = token("good", True), roots("good", True)
    copied = raw.index(x509_der(family()[0]))
    sound = verify_time_token(raw, DIGEST, trusted, NONCE)
    accepted = []
    for bit in random.Random(2).sample(range(len(raw) * 8), 600):
        try:
            assert verify_time_token(flipped(raw, bit), DIGEST, trusted, NONCE) == sound
        except TimeTokenRejected:
            continue
        accepted.append(bit)
        assert copied <= bit // 8 < copied + len(x509_der(family()[0]))
    assert accepted
    assert all(openssl_accepts(flipped(raw, bit), DIGEST, family()[0].pem) for bit in accepted[:15])


def of_treacherous_length(make):
    """What `make(padding)` makes, where its length ends in 0x80: asn1crypto's dump() writes such values anew."""
    # Signatures are a byte longer or shorter by chance: the lengths are gone through until one is hit.
    return next(made for made in map(make, cycle(range(46))) if made[1] == 0x82 and made[3] == 0x80)


def test_a_certificate_is_judged_by_the_bytes_that_came():
    key, middle = family("rsa")[2].key, family()[1]
    made: dict[bytes, Issued] = {}

    def certificate(padding: int) -> bytes:
        issued = issue("Time" + "x" * padding, middle, purpose=STAMPING, key=key)
        made[x509_der(issued)] = issued
        return x509_der(issued)

    der = of_treacherous_length(certificate)
    raw = forge(DIGEST, made[der])
    assert agreed(raw)
    begin = raw.index(der)
    for byte in range(begin + 440, begin + len(der)):  # names and key before; extensions and signature are here
        for bit in (0, 6):
            fault(flipped(raw, byte * 8 + bit), DIGEST, roots())


def test_a_token_is_kept_byte_for_byte():
    kind = bytes.fromhex("06092a864886f70d010702")  # signedData
    inside = b"\x30\x82" + (0x480 - len(kind) - 8).to_bytes(2, "big") + bytes(0x480 - len(kind) - 8)
    content = b"\xa0\x82" + len(inside).to_bytes(2, "big") + inside
    raw = b"\x30\x82\x04\x80" + kind + content
    granted = b"\x30\x03\x02\x01\x00" + raw
    assert read_reply(b"\x30\x82" + len(granted).to_bytes(2, "big") + granted) == raw


def test_flipped_bits_are_refused_by_openssl_as_well():
    raw, refused = token(), 0
    bits = random.Random(3).sample(range(len(raw) * 8), 60)
    for bit in bits:
        refused += not openssl_accepts(flipped(raw, bit), DIGEST, pem("good", False))
        fault(flipped(raw, bit), DIGEST, roots())
    assert refused > 50  # openssl does not look at a few that we do, such as the version


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def x509_der(issued: Issued) -> bytes:
    return issued.certificate.public_bytes(Encoding.DER)


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_mangled_token_is_accepted_or_breaks_anything(data):
    raw = token()
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, min(len(raw), begin + 40)))
    mangled = raw[:begin] + data.draw(st.binary(max_size=40)) + raw[end:]
    if mangled != raw:
        fault(mangled, DIGEST, roots(), NONCE)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_refused_in_words(raw):
    assert fault(raw) in (TokenFault.GARBAGE, TokenFault.UNSUPPORTED)
    with pytest.raises(TimeTokenRejected):
        read_reply(raw)


def test_the_request_is_what_openssl_would_ask():
    request = tsp.TimeStampReq.load(build_request(DIGEST, NONCE))
    assert request["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
    assert (request["message_imprint"]["hashed_message"].native, request["nonce"].native) == (DIGEST, NONCE)
    assert request["cert_req"].native is True
    for digest in (b"", bytes(20), bytes(64)):
        with pytest.raises(InvalidValue, match=rf"expected 32 bytes \(SHA-256\), got '{len(digest)} bytes'") as caught:
            build_request(digest, NONCE)
        assert caught.value.field == "digest"
    assert request["version"].native == "v1"


def test_roots_are_those_that_signed_themselves():
    root, middle, signer = family()
    read = read_roots(middle.pem + root.pem + signer.pem)
    assert (read.roots, read.between) == ((root.certificate,), (middle.certificate, signer.certificate))
    for bad in (
        b"",
        b"nothing",
        middle.pem,
        root.pem[:100],
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ):
        with pytest.raises(InvalidValue, match="roots"):
            read_roots(bad)
