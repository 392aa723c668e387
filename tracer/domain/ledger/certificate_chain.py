"""From the certificate that signed a time stamp to a root that somebody trusts (RFC 5280, RFC 3161 section 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from tracer.domain.errors import InvalidValue, TimeTokenRejected, TokenFault

_Policy = verification.Policy
_ANY = verification.Criticality.AGNOSTIC


@dataclass(frozen=True, slots=True)
class TrustedRoots:
    """The certificates a PEM file holds: those signed by themselves are trusted, the others only lead to them."""

    roots: tuple[x509.Certificate, ...]
    between: tuple[x509.Certificate, ...]


def read_roots(pem: bytes) -> TrustedRoots:
    """The certificates of a PEM text; raises InvalidValue where there is no root among them."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise InvalidValue("roots", "another text", "certificates in PEM form (-----BEGIN CERTIFICATE-----)") from error
    roots = tuple(one for one in found if one.subject == one.issuer)
    if not roots:
        expected = "at least one root, a certificate that signed itself"
        raise InvalidValue("roots", f"{len(found)} others", expected, "The authority publishes its root certificate")
    return TrustedRoots(roots, tuple(one for one in found if one not in roots))


def check_purpose(signer: x509.Certificate, at: datetime) -> None:
    """Raise TimeTokenRejected unless a certificate is for time stamping alone and was valid at a time (aware)."""
    expected = "a certificate for time stamping alone"
    try:
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise TimeTokenRejected(TokenFault.NOT_TIME_STAMPING, expected, "one without a purpose") from None
    if list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not purposes.critical:
        names = ", ".join(one.dotted_string for one in purposes.value) + ("" if purposes.critical else ", not critical")
        raise TimeTokenRejected(TokenFault.NOT_TIME_STAMPING, expected, f"one for {names}")
    if not _signs_only(signer):
        raise TimeTokenRejected(TokenFault.NOT_TIME_STAMPING, expected, "one whose key is for other things")
    begin, end = signer.not_valid_before_utc, signer.not_valid_after_utc
    if not begin <= at <= end:
        valid = f"a certificate valid at the token's time, {at.isoformat()}"
        raise TimeTokenRejected(TokenFault.EXPIRED, valid, f"one valid from {begin.isoformat()} to {end.isoformat()}")


def _signs_only(signer: x509.Certificate) -> bool:
    """Whether the key is for signatures and nothing else, as `openssl ts` wants it."""
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    others = (usage.key_encipherment, usage.data_encipherment, usage.key_agreement, usage.key_cert_sign, usage.crl_sign)
    return (usage.digital_signature or usage.content_commitment) and not any(others)


def lead_to_root(
    signer: x509.Certificate, others: Iterable[x509.Certificate], trusted: TrustedRoots, at: datetime
) -> list[x509.Certificate]:
    """The chain from the signer to a trusted root, valid at a time; raises TimeTokenRejected where there is none.

    Revocation is not looked at: it needs the network, and a token is judged without one.
    """
    authority = (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, _ANY, _is_authority)
        .may_be_present(x509.KeyUsage, _ANY, _may_sign_certificates)
        .may_be_present(x509.ExtendedKeyUsage, _ANY, _may_stamp)
    )
    builder = verification.PolicyBuilder().store(verification.Store(list(trusted.roots))).time(at)
    policy = builder.extension_policies(ca_policy=authority, ee_policy=verification.ExtensionPolicy.permit_all())
    between = [one for one in (*others, *trusted.between) if one.subject != one.issuer]  # a root is no way to a root
    try:
        return policy.build_client_verifier().verify(signer, between).chain
    except (verification.VerificationError, ValueError) as error:
        roots = ", ".join(one.subject.rfc4514_string() for one in trusted.roots)
        got = f"{signer.subject.rfc4514_string()} ({error})"
        hint = "If you trust this authority, add its root certificate"
        raise TimeTokenRejected(TokenFault.NOT_TRUSTED, f"an authority under {roots[:120]}", got[:190], hint) from error


def _is_authority(_policy: _Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("not the certificate of an authority")


def _may_sign_certificates(_policy: _Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("its key may not sign certificates")


def _may_stamp(_policy: _Policy, _certificate: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    allowed = (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    if purposes is not None and not any(one in purposes for one in allowed):
        raise ValueError("an authority for other purposes")
