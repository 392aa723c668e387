"""The bytes of an RFC 3161 reply and token, read apart: nothing here is verified yet.

A token is CMS SignedData (RFC 5652) over a TSTInfo. It may be BER: `openssl ts -chain` writes the set of
certificates in the order of the chain, which strict DER readers (rfc3161-client) refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from asn1crypto import cms, core, parser, tsp
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning

from tracer.domain.errors import TimeTokenRejected, TokenFault

T = TypeVar("T")
MOST_BYTES = 128 * 1024
"""A token with a long chain has about 8 KiB."""
UNREADABLE = (
    *(ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError),
    CryptographyDeprecationWarning,  # raised where warnings are errors
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm),
)
"""What the two parsers say of bytes that are not what they should be."""
_FORM = "the bytes of an RFC 3161 time stamp"
_SET = 17


@dataclass(frozen=True, slots=True)
class StampedInfo:
    """What a TSTInfo says, as it stands there; `time` is aware, in UTC."""

    algorithm: str
    digest: bytes
    nonce: int | None
    time: datetime
    accuracy: timedelta | None
    serial: int
    policy: str


@dataclass(frozen=True, slots=True)
class CertificateHint:
    """A certificate that a token says it was made with: the hash of it, by an algorithm."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token in its parts. `signed` is what the signature is over; `content` what `content_digest` is over."""

    info: StampedInfo
    content: bytes
    content_digest: bytes
    signed: bytes
    digest_algorithm: str
    signature_algorithm: str
    signature: bytes
    hints: tuple[tuple[CertificateHint, ...], ...]
    signer: x509.Certificate
    others: tuple[x509.Certificate, ...]


class _Reply(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """TimeStampResp; asn1crypto's own takes the token for mandatory, and a refusal has none."""

    _fields: ClassVar[list[Any]] = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def read_reply(reply: bytes) -> bytes:
    """The raw token inside a reply (TimeStampResp); raises TimeTokenRejected where none was granted."""
    return _guarded(_token_of, reply)


def read_token(token: bytes) -> SignedToken:
    """A raw token in its parts; raises TimeTokenRejected where it has not the form of one."""
    return _guarded(_parts_of, token)


def _guarded(read: Callable[[bytes], T], raw: bytes) -> T:
    """What `read` makes of the bytes; whatever a parser says of foreign bytes becomes one refusal."""
    if len(raw) > MOST_BYTES:
        raise TimeTokenRejected(TokenFault.GARBAGE, f"at most {MOST_BYTES} bytes", f"{len(raw)} bytes")
    try:
        return read(raw)
    except TimeTokenRejected:
        raise
    except UNREADABLE as error:
        said = str(error).split("\n")[0][:120]
        raise TimeTokenRejected(TokenFault.GARBAGE, _FORM, f"{len(raw)} bytes that are not ({said})") from error


def _token_of(reply: bytes) -> bytes:
    parsed = _Reply.load(reply, strict=True)
    status = parsed["status"]
    if status["status"].native not in ("granted", "granted_with_mods"):
        told = status["status_string"].native or []
        why = ", ".join((str(status["status"].native), *map(repr, told), *sorted(status["fail_info"].native or ())))
        raise TimeTokenRejected(TokenFault.NOT_GRANTED, "a granted time stamp", why)
    if isinstance(parsed["time_stamp_token"], core.Void):
        raise TimeTokenRejected(TokenFault.NOT_GRANTED, "a time stamp in the reply", "a reply without one")
    return _pieces(parsed.contents)[1]


def _pieces(contents: bytes) -> list[bytes]:
    """The raw values that stand one after another in a sequence or set.

    Not by `dump()`: asn1crypto writes a value anew, in its own words, when its length happens to end in 0x80, which
    it takes for an indefinite one. Hashes and signatures would then be checked over bytes that nobody sent.
    """
    found, at = [], 0
    while at < len(contents):
        size = parser.peek(contents[at:])
        found.append(contents[at : at + size])
        at += size
    return found


def _parts_of(token: bytes) -> SignedToken:
    outer = cms.ContentInfo.load(token, strict=True)
    _expect("a signed token", outer["content_type"].native, "signed_data")
    data = outer["content"]
    _expect("SignedData version 3", data["version"].native, "v3")
    _expect("time stamp information", data["encap_content_info"]["content_type"].native, "tst_info")
    content = bytes(data["encap_content_info"]["content"])
    signers = data["signer_infos"]
    _expect("one signer", len(signers), 1)
    signer = signers[0]
    _expect("signer information version 1", signer["version"].native, "v1")
    algorithms = [one["algorithm"].native for one in data["digest_algorithms"]]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    _expect("one digest algorithm, the signer's", algorithms, [algorithm])
    for used in (signer["digest_algorithm"], signer["signature_algorithm"], *data["digest_algorithms"]):
        _expect("an algorithm without parameters", used["parameters"].native, None)
    attributes = _attributes(signer["signed_attrs"])
    _expect("a signature over time stamp information", attributes["content_type"].native, "tst_info")
    certificate, others = _certificates(data["certificates"], signer["sid"])
    return SignedToken(
        info=_info(content),
        content=content,
        content_digest=bytes(attributes["message_digest"].native),
        # The signature is over the attributes as a SET, not under the tag they carry (RFC 5652, section 5.4).
        signed=parser.emit(0, 1, _SET, signer["signed_attrs"].contents),
        digest_algorithm=algorithm,
        signature_algorithm=signer["signature_algorithm"]["algorithm"].native,
        signature=bytes(signer["signature"].native),
        hints=_hints(attributes),
        signer=certificate,
        others=others,
    )


def _expect(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise TimeTokenRejected(TokenFault.UNSUPPORTED, what, repr(got))


def _attributes(signed: Any) -> dict[str, Any]:
    """The one value of each signed attribute by its name; one that comes twice means nothing certain."""
    found: dict[str, Any] = {}
    for one in signed:
        name = one["type"].native
        if name in found or len(one["values"]) != 1:
            raise TimeTokenRejected(TokenFault.GARBAGE, "each signed attribute once", f"more of {name}")
        found[name] = one["values"][0]
    missing = {"content_type", "message_digest"} - set(found)
    if missing:
        raise TimeTokenRejected(TokenFault.GARBAGE, "signed content type and digest", f"none of {sorted(missing)}")
    return found


def _hints(attributes: dict[str, Any]) -> tuple[tuple[CertificateHint, ...], ...]:
    """The certificates each of the attributes of RFC 2634 and RFC 5035 names, the signer's first."""
    hints = []
    if "signing_certificate" in attributes:
        ids = attributes["signing_certificate"]["certs"]
        hints.append(tuple(CertificateHint("sha1", bytes(one["cert_hash"].native)) for one in ids))
    if "signing_certificate_v2" in attributes:
        ids = attributes["signing_certificate_v2"]["certs"]
        hints.append(
            tuple(
                CertificateHint(one["hash_algorithm"]["algorithm"].native, bytes(one["cert_hash"].native))
                for one in ids
            )
        )
    if not hints or not all(hints):
        expected = "a signed name of the signing certificate (RFC 5816)"
        raise TimeTokenRejected(TokenFault.UNSUPPORTED, expected, "none")
    return tuple(hints)


def _certificates(certificates: Any, signer: Any) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate among those of the token, and the rest."""
    _expect("a signer named by issuer and serial number", signer.name, "issuer_and_serial_number")
    named = signer.chosen
    mine: list[bytes] = []
    others: list[bytes] = []
    for raw in _pieces(certificates.contents):  # none, where the set is left out
        one = cms.CertificateChoices.load(raw, strict=True)
        if one.name != "certificate":
            continue  # an attribute certificate says nothing here
        fits = one.chosen.issuer.dump() == named["issuer"].dump()
        (mine if fits and one.chosen.serial_number == named["serial_number"].native else others).append(raw)
    if len(mine) != 1:
        hint = "Ask the authority for its certificate (certReq)"
        raise TimeTokenRejected(TokenFault.UNSUPPORTED, "the signer's certificate, once", f"{len(mine)}", hint)
    signing = _certificate(mine[0])
    _ = (signing.extensions, signing.public_key())
    return signing, tuple(one for one in map(_certificate, others) if _may_be_link(one))


def _certificate(raw: bytes) -> x509.Certificate:
    """One certificate, its names and dates read now: cryptography reads the parts only when asked for them."""
    read = x509.load_der_x509_certificate(raw)
    _ = (read.subject, read.issuer, read.not_valid_before_utc, read.not_valid_after_utc)
    return read


def _may_be_link(certificate: x509.Certificate) -> bool:
    """Whether it may be part of a chain: one with a key or an extension unknown here is not, and does no harm."""
    try:
        _ = (certificate.extensions, certificate.public_key())
    except UNREADABLE:
        return False
    return True


def _info(content: bytes) -> StampedInfo:
    info = tsp.TSTInfo.load(content, strict=True)
    _expect("time stamp information version 1", info["version"].native, "v1")
    if any(one["critical"].native for one in info["extensions"]):
        raise TimeTokenRejected(TokenFault.UNSUPPORTED, "no critical extensions", "some")
    if not bytes(info["gen_time"].contents).endswith(b"Z"):
        raise TimeTokenRejected(TokenFault.GARBAGE, "a time in UTC", repr(bytes(info["gen_time"].contents)))
    imprint = info["message_imprint"]
    return StampedInfo(
        algorithm=imprint["hash_algorithm"]["algorithm"].native,
        digest=bytes(imprint["hashed_message"].native),
        nonce=info["nonce"].native,
        time=info["gen_time"].native.astimezone(UTC),
        accuracy=_accuracy(info["accuracy"]),
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
    )


def _accuracy(accuracy: Any) -> timedelta | None:
    if isinstance(accuracy, core.Void):
        return None
    seconds, millis, micros = (accuracy[name].native or 0 for name in ("seconds", "millis", "micros"))
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
