"""Time-stamp tokens made by hand, for what `openssl ts` refuses to make: wrong purposes, times, attributes, hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.time_authority import POLICY, Issued

_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}  # noqa: S303  # what is forged may be weak


def forge(
    digest: bytes,
    signer: Issued,
    others: Sequence[Issued] = (),
    *,
    hash_name: str = "sha256",
    imprint: str = "sha256",
    signed_by: str | None = None,
    nonce: int | None = None,
    at: datetime | None = None,
    hints: Sequence[Sequence[Any]] | None = None,
    content_digest: bytes | None = None,
    attribute_type: str = "tst_info",
    twice: str = "",
    critical: bool = False,
    fields: dict[str, Any] | None = None,
) -> bytes:
    """A token over a digest; `hints`: for each attribute (version 2, then 1) the certificates it names, in order."""
    content = _content(digest, imprint, nonce, at or datetime.now(UTC).replace(microsecond=0), critical, fields or {})
    attributes = [
        _attribute("content_type", attribute_type),
        _attribute("message_digest", content_digest or hashlib.new(hash_name, content).digest()),
        *_hints([[signer], None] if hints is None else hints),
    ]
    attributes += [one for one in attributes if one["type"].native == twice]
    signed = cms.CMSAttributes(attributes)
    data = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": hash_name}],
        "encap_content_info": {"content_type": "tst_info", "content": tsp.TSTInfo.load(content)},
        "certificates": [_raw(one) for one in (signer, *others)],
        "signer_infos": [
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": _named(signer)}),
                "digest_algorithm": {"algorithm": hash_name},
                "signed_attrs": signed,
                "signature_algorithm": {"algorithm": signed_by or f"{hash_name}_{_kind(signer)}"},
                "signature": _sign(signer, signed.dump(), hash_name),
            }
        ],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


def _content(
    digest: bytes, imprint: str, nonce: int | None, at: datetime, critical: bool, fields: dict[str, Any]
) -> bytes:
    info: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {"hash_algorithm": {"algorithm": imprint}, "hashed_message": digest},
        "serial_number": 4711,
        "gen_time": at,
        **fields,
    }
    if nonce is not None:
        info["nonce"] = nonce
    if critical:
        info["extensions"] = [{"extn_id": "1.2.3.4", "critical": True, "extn_value": core.OctetString(b"x")}]
    return bytes(tsp.TSTInfo(info).dump())


def _attribute(name: str, value: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _hints(given: Sequence[Sequence[Any] | None]) -> list[cms.CMSAttribute]:
    second, first = given
    made = []
    if second is not None:
        ids = [{"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": _fingerprint(one, "sha256")} for one in second]
        made.append(_attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": ids})))
    if first is not None:
        ids = [{"cert_hash": _fingerprint(one, "sha1")} for one in first]
        made.append(_attribute("signing_certificate", tsp.SigningCertificate({"certs": ids})))
    return made


def _fingerprint(one: Issued, name: str) -> bytes:
    return hashlib.new(name, one.certificate.public_bytes(Encoding.DER)).digest()


def _raw(one: Issued) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(one.certificate.public_bytes(Encoding.DER))


def _named(one: Issued) -> cms.IssuerAndSerialNumber:
    raw = _raw(one)
    return cms.IssuerAndSerialNumber({"issuer": raw.issuer, "serial_number": raw.serial_number})


def _kind(one: Issued) -> str:
    return "rsa" if isinstance(one.key, rsa.RSAPrivateKey) else "ecdsa"


def _sign(signer: Issued, signed: bytes, hash_name: str) -> bytes:
    if isinstance(signer.key, rsa.RSAPrivateKey):
        return signer.key.sign(signed, padding.PKCS1v15(), _HASHES[hash_name])
    return signer.key.sign(signed, ec.ECDSA(_HASHES[hash_name]))
