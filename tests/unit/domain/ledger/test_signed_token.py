"""What is read in the bytes of a token, each form that is not ours refused by name, before anything is verified."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.forged_token import forge
from tests.time_authority import POLICY, Issued, answer, family, issue
from tracer.domain.errors import TimeTokenRejected, TokenFault
from tracer.domain.ledger.signed_token import MOST_BYTES, CertificateHint, SignedToken, read_reply, read_token
from tracer.domain.ledger.time_token import build_request

DIGEST = hashlib.sha256(b"a checkpoint").digest()
FORM = "expected the bytes of an RFC 3161 time stamp, got "
UNSUPPORTED, GARBAGE, NOT_GRANTED = TokenFault.UNSUPPORTED, TokenFault.GARBAGE, TokenFault.NOT_GRANTED


@cache
def signer() -> Issued:
    return issue("Test Time Stamping read", family()[1], purpose=x509.ExtendedKeyUsageOID.TIME_STAMPING)


def der(one: Issued) -> bytes:
    return one.certificate.public_bytes(Encoding.DER)


@cache
def sound() -> bytes:
    fields = {"accuracy": {"seconds": 2, "millis": 3, "micros": 4}}
    hints = [[signer(), family()[1]], [signer()]]
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    return forge(DIGEST, signer(), [family()[1]], nonce=7, hints=hints, at=at, fields=fields)


def refusal(raw: bytes) -> tuple[TokenFault, str]:
    with pytest.raises(TimeTokenRejected) as caught:
        read_token(raw)
    return caught.value.fault, str(caught.value).removeprefix("time stamp: ")


def spoilt(change) -> tuple[TokenFault, str]:
    """What is said of a sound token after a change to its content."""
    return refusal(changed(change))


def changed(change) -> bytes:
    """A sound token after a change to its content. What is not changed keeps its bytes: written anew it takes long."""
    token = cms.ContentInfo.load(sound())
    change(token["content"])
    return bytes(token.dump())


def set_of(signed, attributes) -> None:
    signed["signer_infos"][0]["signed_attrs"] = cms.CMSAttributes(attributes)


def kept(signed, *without: str) -> list[cms.CMSAttribute]:
    return [one for one in signed["signer_infos"][0]["signed_attrs"] if one["type"].native not in without]


def stamped(**fields) -> cms.EncapsulatedContentInfo:
    """Time stamp information with other fields than a sound token's."""
    info = tsp.TSTInfo.load(bytes(cms.ContentInfo.load(sound())["content"]["encap_content_info"]["content"]))
    return encapsulated(tsp.TSTInfo({**{name: info[name] for name in info if info[name].native is not None}, **fields}))


def encapsulated(info: tsp.TSTInfo) -> cms.EncapsulatedContentInfo:
    return cms.EncapsulatedContentInfo({"content_type": "tst_info", "content": info})


def test_a_token_is_read_apart() -> None:
    read = read_token(sound())
    assert isinstance(read, SignedToken)
    assert (read.info.algorithm, read.info.digest, read.info.nonce) == ("sha256", DIGEST, 7)
    assert (read.info.serial, read.info.policy) == (4711, POLICY)
    assert read.info.time == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert read.info.accuracy == timedelta(seconds=2, milliseconds=3, microseconds=4)
    assert hashlib.sha256(read.content).digest() == read.content_digest
    assert (read.digest_algorithm, read.signature_algorithm) == ("sha256", "sha256_ecdsa")
    middle = family()[1]
    assert (read.signer, read.others) == (signer().certificate, (middle.certificate,))
    first = tuple(CertificateHint("sha256", hashlib.sha256(der(one)).digest()) for one in (signer(), middle))
    assert sorted(read.hints, key=len) == [
        (CertificateHint("sha1", hashlib.sha1(der(signer())).digest()),),  # noqa: S324
        first,
    ]


@pytest.mark.parametrize("part", ["seconds", "millis", "micros"])
def test_each_part_of_an_accuracy_may_be_left_out(part: str) -> None:
    unit = {"seconds": "seconds", "millis": "milliseconds", "micros": "microseconds"}[part]
    raw = forge(DIGEST, signer(), fields={"accuracy": {part: 5}})
    assert read_token(raw).info.accuracy == timedelta(**{unit: 5})


@pytest.mark.parametrize(
    ("change", "expected", "got"),
    [
        (lambda one: one.__setitem__("version", "v1"), "SignedData version 3", "'v1'"),
        (
            lambda one: one.__setitem__("encap_content_info", {"content_type": "data", "content": b"x"}),
            "time stamp information",
            "'data'",
        ),
        (lambda one: one["signer_infos"].append(one["signer_infos"][0].copy()), "one signer", "2"),
        (lambda one: one.__setitem__("signer_infos", cms.SignerInfos([])), "one signer", "0"),
        (lambda one: one["signer_infos"][0].__setitem__("version", "v3"), "signer information version 1", "'v3'"),
        (
            lambda one: one.__setitem__("digest_algorithms", [{"algorithm": "sha512"}]),
            "one digest algorithm, the signer's",
            "['sha512']",
        ),
        (
            lambda one: one["digest_algorithms"].append(algos.DigestAlgorithm({"algorithm": "sha512"})),
            "one digest algorithm, the signer's",
            "['sha256', 'sha512']",
        ),
        (
            lambda one: one["signer_infos"][0].__setitem__(
                "signature_algorithm", {"algorithm": "sha256_ecdsa", "parameters": core.Integer(3)}
            ),
            "an algorithm without parameters",
            "3",
        ),
        (lambda one: one.__setitem__("certificates", cms.CertificateSet([])), "the signer's certificate, once", "0"),
        (lambda one: one.__setitem__("certificates", None), "the signer's certificate, once", "0"),
        (
            lambda one: one["certificates"].append(cms.CertificateChoices.load(der(signer()))),
            "the signer's certificate, once",
            "2",
        ),
        (
            lambda one: one["signer_infos"][0].__setitem__(
                "sid", cms.SignerIdentifier({"subject_key_identifier": core.OctetString(b"k", implicit=0)})
            ),
            "a signer named by issuer and serial number",
            "'subject_key_identifier'",
        ),
        (
            lambda one: set_of(one, kept(one, "signing_certificate", "signing_certificate_v2")),
            "a signed name of the signing certificate (RFC 5816)",
            "none",
        ),
        (
            lambda one: one.__setitem__("encap_content_info", stamped(version=2)),
            "time stamp information version 1",
            "'v2'",
        ),
        (
            lambda one: one.__setitem__(
                "encap_content_info",
                stamped(
                    extensions=[
                        {"extn_id": "1.2.3.3", "critical": False, "extn_value": core.OctetString(b"x")},
                        {"extn_id": "1.2.3.4", "critical": True, "extn_value": core.OctetString(b"x")},
                    ]
                ),
            ),
            "no critical extensions",
            "some",
        ),
    ],
)
def test_another_form_than_ours_is_named(change, expected: str, got: str) -> None:
    fault, said = spoilt(change)
    assert (fault, said.partition(". ")[0]) == (UNSUPPORTED, f"expected {expected}, got {got}")


def test_where_the_certificate_is_missing_the_refusal_says_how_to_ask_for_it() -> None:
    _, said = spoilt(lambda one: one.__setitem__("certificates", cms.CertificateSet([])))
    assert said.endswith("Ask the authority for its certificate (certReq)")


def test_parameters_of_a_digest_are_nothing_or_null() -> None:
    token = cms.ContentInfo.load(sound())
    null = {"algorithm": "sha256", "parameters": core.Null()}
    token["content"]["digest_algorithms"] = [null]
    token["content"]["signer_infos"][0]["digest_algorithm"] = null
    raw = token.dump()
    assert read_token(raw).digest_algorithm == "sha256"
    oid = bytes.fromhex("0609608648016503040201")
    assert raw.count(oid + b"\x05\x00") == 3, "one of them in what is stamped"
    for part in (raw.index(oid), raw.rindex(oid + b"\x05")):
        place = part + len(oid)
        assert refusal(raw[:place] + b"\x02" + raw[place + 1 :])[0] == GARBAGE


def test_another_kind_of_message_is_no_token() -> None:
    raw = cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()
    assert refusal(raw) == (UNSUPPORTED, "expected a signed token, got 'data'")


def double(signed) -> None:
    attributes = kept(signed)
    first = next(one for one in attributes if one["type"].native == "message_digest")
    first["values"] = [bytes(32), bytes(32)]
    set_of(signed, attributes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (double, "each signed attribute once, got more of message_digest"),
        (
            lambda one: set_of(one, kept(one, "message_digest")),
            "signed content type and digest, got none of ['message_digest']",
        ),
        (
            lambda one: set_of(one, kept(one, "message_digest", "content_type")),
            "signed content type and digest, got none of ['content_type', 'message_digest']",
        ),
    ],
)
def test_signed_attributes_are_there_once(change, words: str) -> None:
    assert spoilt(change) == (GARBAGE, f"expected {words}")


def test_a_time_with_an_offset_is_not_taken_for_utc() -> None:
    info = bytes(cms.ContentInfo.load(sound())["content"]["encap_content_info"]["content"])
    moved = sound().replace(b"20260304050607Z", b"20260304050607.", 1)
    assert len(moved) == len(sound())
    assert b"20260304050607Z" in info
    offset = forge(DIGEST, signer(), at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    fault, said = refusal(moved)
    assert (fault, said) == (GARBAGE, "expected a time in UTC, got b'20260304050607.'")
    assert read_token(offset).info.time.tzinfo is UTC


def test_a_certificate_that_cannot_be_read_is_no_link_and_an_attribute_certificate_is_passed_over() -> None:
    strange = asn1_x509.Certificate.load(der(family("rsa")[1]))
    key = strange["tbs_certificate"]["subject_public_key_info"]
    key["algorithm"] = {"algorithm": "1.2.3.4"}

    def with_others(signed) -> None:
        signed["certificates"].append(cms.CertificateChoices({"certificate": strange}))
        other = {"other_cert_format": "1.2.3", "other_cert": core.OctetString(b"x")}
        signed["certificates"].append(cms.CertificateChoices({"other": cms.OtherCertificateFormat(other)}))

    assert read_token(changed(with_others)).others == (family()[1].certificate,)


def test_a_certificate_with_a_date_or_a_name_that_is_none_is_refused_while_the_token_is_read() -> None:
    middle = family()[1].certificate
    ends = middle.not_valid_after_utc.strftime("%y%m%d%H%M%SZ").encode()
    name = b"Test Issuing good"
    for old, new in ((ends, b"999999" + ends[6:]), (name, b"\xff" + name[1:])):
        assert der(family()[1]).count(old) == 1
        raw = sound().replace(der(family()[1]), der(family()[1]).replace(old, new))
        fault, said = refusal(raw)
        assert (fault, said.startswith(f"{FORM}{len(raw)} bytes that are not (")) == (GARBAGE, True)
        assert ("validity" if old == ends else "subject") in said


def test_bytes_that_are_none_are_told_with_the_reason() -> None:
    assert refusal(bytes(MOST_BYTES)) != (GARBAGE, f"expected at most {MOST_BYTES} bytes, got {MOST_BYTES} bytes")
    assert refusal(bytes(MOST_BYTES + 1)) == (GARBAGE, "expected at most 131072 bytes, got 131073 bytes")
    fault, said = refusal(sound() + b"\x00")
    size = len(sound()) + 1
    assert (fault, said) == (
        GARBAGE,
        f"{FORM}{size} bytes that are not (Extra data - 1 bytes of trailing data were provided)",
    )
    fault, said = refusal(b"\x30\x03\x02\x01\x01")
    assert fault == GARBAGE
    assert "\n" not in said


def test_a_reply_gives_the_token_or_says_why_there_is_none() -> None:
    request = build_request(DIGEST, 5)

    def told(raw: bytes) -> tuple[TokenFault, str]:
        with pytest.raises(TimeTokenRejected) as caught:
            read_reply(raw)
        return caught.value.fault, str(caught.value)

    def reply_of(status: dict[str, object]) -> bytes:
        told = tsp.PKIStatusInfo(status).dump()
        return b"\x30" + bytes([len(told)]) + told

    refused = {"status": "rejection", "status_string": ["no", "never"], "fail_info": {"bad_alg", "system_failure"}}
    assert told(reply_of(refused)) == (
        NOT_GRANTED,
        "time stamp: expected a granted time stamp, got rejection, 'no', 'never', bad_alg, system_failure",
    )
    assert told(reply_of({"status": "waiting"})) == (
        NOT_GRANTED,
        "time stamp: expected a granted time stamp, got waiting",
    )
    assert told(reply_of({"status": "granted"})) == (
        NOT_GRANTED,
        "time stamp: expected a time stamp in the reply, got a reply without one",
    )
    reply = answer(request)
    assert b"\x30\x03\x02\x01\x00" in reply, "granted"
    assert read_reply(reply.replace(b"\x30\x03\x02\x01\x00", b"\x30\x03\x02\x01\x01", 1)) == read_reply(reply)
