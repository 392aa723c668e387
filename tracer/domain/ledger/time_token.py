"""Trusted time: what an RFC 3161 token over a digest proves, and to whom.

A token proves that its authority saw the digest at `time`, give or take `accuracy`. It is verified at that time,
not at today's: a certificate that has run out since takes nothing from it (RFC 3161, appendix B). Whether the
authority's key was revoked is not looked at.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tracer.domain.errors import InvalidValue, TimeTokenRejected, TokenFault
from tracer.domain.ledger.certificate_chain import TrustedRoots, check_purpose, lead_to_root
from tracer.domain.ledger.signed_token import SignedToken, read_token

DIGEST_BYTES = 32
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_NAMED_HASHES = frozenset(("sha1", *_HASHES))


@dataclass(frozen=True, slots=True)
class TimeToken:
    """What a token proves. `trusted`: its authority's certificate leads to a root that was given.

    Not trusted means: intact, but by an authority that nobody here vouches for. A chain that was asked for and
    does not lead to a root given is no TimeToken, but TimeTokenRejected.
    """

    time: datetime
    """Aware, in UTC."""
    accuracy: timedelta | None
    """None where the authority states none."""
    serial: int
    policy: str
    """An OID in dotted form."""
    authority: str
    """The subject of the certificate that signed, as RFC 4514 writes it."""
    signer_fingerprint: str
    """SHA-256 of that certificate, hexadecimal."""
    trusted: bool


def build_request(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256 digest, with a nonce (positive, best of 63 random bits) and certReq."""
    if len(digest) != DIGEST_BYTES:
        raise InvalidValue("digest", f"{len(digest)} bytes", f"{DIGEST_BYTES} bytes (SHA-256)")
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    request = {"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(request).dump())


def verify_time_token(token: bytes, digest: bytes, trusted: TrustedRoots | None, nonce: int | None = None) -> TimeToken:
    """What a raw token proves about a SHA-256 digest; raises TimeTokenRejected, whose `fault` names what fails.

    Without roots the token is judged by itself: intact, and not trusted. The nonce is that of the request, known
    only when the token comes fresh from the authority.
    """
    read = read_token(token)
    _check_content(read, digest, nonce)
    _check_signature(read)
    check_purpose(read.signer, read.info.time)
    chain = [read.signer]
    if trusted is not None:
        chain = lead_to_root(read.signer, read.others, trusted, read.info.time)
    _check_hints(read, [one.public_bytes(Encoding.DER) for one in chain], complete=trusted is not None)
    return TimeToken(
        time=read.info.time,
        accuracy=read.info.accuracy,
        serial=read.info.serial,
        policy=read.info.policy,
        authority=read.signer.subject.rfc4514_string(),
        signer_fingerprint=read.signer.fingerprint(hashes.SHA256()).hex(),
        trusted=trusted is not None,
    )


def _check_content(read: SignedToken, digest: bytes, nonce: int | None) -> None:
    info = read.info
    if (info.algorithm, info.digest) != ("sha256", digest):
        got = f"one over {info.algorithm} {info.digest.hex()}"
        raise TimeTokenRejected(TokenFault.WRONG_IMPRINT, f"a stamp over sha256 {digest.hex()}", got)
    if nonce is not None and info.nonce != nonce:
        got = "none" if info.nonce is None else "another"
        hint = "It answers some other request: an old reply, or somebody's between"
        raise TimeTokenRejected(TokenFault.WRONG_NONCE, "the nonce of the request", got, hint)


def _check_signature(read: SignedToken) -> None:
    algorithm = _HASHES.get(read.digest_algorithm)
    if algorithm is None:
        got = repr(read.digest_algorithm)
        raise TimeTokenRejected(TokenFault.UNSUPPORTED, "SHA-256, SHA-384 or SHA-512", got)
    if hashlib.new(read.digest_algorithm, read.content).digest() != read.content_digest:
        raise TimeTokenRejected(TokenFault.BAD_SIGNATURE, "the content that was signed", "another content")
    try:
        key = read.signer.public_key()
        if isinstance(key, rsa.RSAPublicKey) and _is_named(read, "rsassa_pkcs1v15", "rsa"):
            key.verify(read.signature, read.signed, padding.PKCS1v15(), algorithm)
            return
        if isinstance(key, ec.EllipticCurvePublicKey) and _is_named(read, "", "ecdsa"):
            key.verify(read.signature, read.signed, ec.ECDSA(algorithm))
            return
    except InvalidSignature as error:
        got = "one that does not fit"
        raise TimeTokenRejected(TokenFault.BAD_SIGNATURE, "the signature of its certificate's key", got) from error
    expected = f"a signature by RSA (PKCS #1 v1.5) or ECDSA over {read.digest_algorithm}, and a key for it"
    raise TimeTokenRejected(TokenFault.UNSUPPORTED, expected, repr(read.signature_algorithm))


def _is_named(read: SignedToken, plain: str, kind: str) -> bool:
    """Whether the token says it was signed this way, with the digest it says."""
    return read.signature_algorithm in (plain, f"{read.digest_algorithm}_{kind}")


def _check_hints(read: SignedToken, chain: list[bytes], *, complete: bool) -> None:
    """The certificates that the signature names: the signer's first, the others (where known) in the chain."""
    for hints in read.hints:
        for position, hint in enumerate(hints if complete else hints[:1]):
            if hint.algorithm not in _NAMED_HASHES:
                raise TimeTokenRejected(TokenFault.UNSUPPORTED, "a certificate's SHA-2 hash", repr(hint.algorithm))
            among = chain if position else chain[:1]
            if hint.digest not in [hashlib.new(hint.algorithm, one).digest() for one in among]:
                expected = "the certificates that the signature names"
                raise TimeTokenRejected(TokenFault.BAD_SIGNATURE, expected, "others")
