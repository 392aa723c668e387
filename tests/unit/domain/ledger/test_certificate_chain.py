"""What a certificate may sign, and which ones lead from it to a root."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.time_authority import Issued, family, issue
from tracer.domain.errors import InvalidValue, TimeTokenRejected, TokenFault
from tracer.domain.ledger.certificate_chain import TrustedRoots, check_purpose, lead_to_root, read_roots

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)
STAMPING, SERVER, ANY = (
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
)
USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def made(
    name: str,
    by: Issued | None = None,
    *,
    purposes: list[x509.ObjectIdentifier] | None = None,
    uses: tuple[str, ...] | None = None,
    ca: bool | None = None,
) -> Issued:
    """A certificate with exactly these extensions, valid for a day around NOW."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    if uses is not None:
        builder = builder.add_extension(x509.KeyUsage(**{use: use in uses for use in USES}), critical=True)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return Issued(builder.sign((by.key if by else key), hashes.SHA256()), key)


def refusal(check, *given) -> tuple[TokenFault, str]:
    with pytest.raises(TimeTokenRejected) as caught:
        check(*given)
    return caught.value.fault, str(caught.value).removeprefix("time stamp: ")


ALONE = "expected a certificate for time stamping alone, got "


@pytest.mark.parametrize(
    ("uses", "is_right"),
    [
        (None, True),
        (("digital_signature",), True),
        (("content_commitment",), True),
        (("digital_signature", "content_commitment"), True),
        ((), False),
        *((("digital_signature", use), False) for use in USES[2:7]),
        *((("content_commitment", use), False) for use in USES[2:7]),
    ],
)
def test_the_key_is_for_signatures_and_nothing_else(uses: tuple[str, ...] | None, is_right: bool) -> None:
    signer = made("Signer", purposes=[STAMPING], uses=uses).certificate
    if is_right:
        check_purpose(signer, NOW)
    else:
        said = refusal(check_purpose, signer, NOW)
        assert said == (TokenFault.NOT_TIME_STAMPING, ALONE + "one whose key is for other things")


def test_the_purpose_is_time_stamping_alone() -> None:
    for purposes, got in (
        (None, "one without a purpose"),
        ([STAMPING, SERVER], "one for 1.3.6.1.5.5.7.3.8, 1.3.6.1.5.5.7.3.1"),
        ([SERVER], "one for 1.3.6.1.5.5.7.3.1"),
    ):
        said = refusal(check_purpose, made("Signer", purposes=purposes).certificate, NOW)
        assert said == (TokenFault.NOT_TIME_STAMPING, ALONE + got)
    loose = issue("Loose", family()[1], purpose=STAMPING, critical=False).certificate
    said = refusal(check_purpose, loose, NOW)
    assert said == (TokenFault.NOT_TIME_STAMPING, ALONE + "one for 1.3.6.1.5.5.7.3.8, not critical")


def test_a_certificate_is_valid_from_its_first_to_its_last_second() -> None:
    signer, second = made("Signer", purposes=[STAMPING]).certificate, timedelta(seconds=1)
    for at in (NOW - DAY, NOW, NOW + DAY):
        check_purpose(signer, at)
    for at in (NOW - DAY - second, NOW + DAY + second):
        assert refusal(check_purpose, signer, at) == (
            TokenFault.EXPIRED,
            f"expected a certificate valid at the token's time, {at.isoformat()}, got one valid from "
            "2026-03-03T05:06:07+00:00 to 2026-03-05T05:06:07+00:00",
        )


ROOT = made("Root", uses=("key_cert_sign",), ca=True)
TRUSTED = TrustedRoots((ROOT.certificate,), ())


def chain(middle: Issued, trusted: TrustedRoots = TRUSTED) -> list[x509.Certificate]:
    signer = made("Signer", middle, purposes=[STAMPING])
    found = lead_to_root(signer.certificate, [middle.certificate], trusted, NOW)
    assert found[0] == signer.certificate
    return found[1:]


@pytest.mark.parametrize(
    ("purposes", "uses"),
    [
        (None, None),
        (None, ("key_cert_sign",)),
        ([STAMPING], ("key_cert_sign", "crl_sign")),
        ([SERVER, STAMPING], None),
        ([ANY], None),
    ],
)
def test_an_authority_between_may_sign_certificates_for_time_stamping(purposes, uses) -> None:
    middle = made("Middle", ROOT, purposes=purposes, uses=uses, ca=True)
    assert chain(middle) == [middle.certificate, ROOT.certificate]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ca": False},
        {"ca": True, "uses": ("digital_signature",)},
        {"ca": True, "uses": ("crl_sign",)},
        {"ca": True, "purposes": [SERVER]},
    ],
)
def test_any_other_leads_nowhere(options) -> None:
    fault, said = refusal(chain, made("Middle", ROOT, **options))
    assert fault == TokenFault.NOT_TRUSTED
    assert said.startswith("expected an authority under CN=Root, got CN=Signer (")
    assert said.endswith("). If you trust this authority, add its root certificate")


def test_certificates_between_come_from_the_token_or_from_the_roots_file() -> None:
    middle = made("Middle", ROOT, ca=True)
    signer = made("Signer", middle, purposes=[STAMPING]).certificate
    whole = [signer, middle.certificate, ROOT.certificate]
    assert lead_to_root(signer, [], TrustedRoots((ROOT.certificate,), (middle.certificate,)), NOW) == whole
    assert lead_to_root(signer, [middle.certificate, ROOT.certificate], TRUSTED, NOW) == whole
    assert refusal(lead_to_root, signer, [], TRUSTED, NOW)[0] == TokenFault.NOT_TRUSTED
    assert refusal(lead_to_root, signer, [middle.certificate], TRUSTED, NOW + 2 * DAY)[0] == TokenFault.NOT_TRUSTED


def test_long_names_are_cut_and_several_roots_are_told() -> None:
    roots = [made(f"{one}" * 60, ca=True).certificate for one in "AB"]
    stranger = made("S" * 64, made("Other", ca=True), purposes=[STAMPING]).certificate
    _, said = refusal(lead_to_root, stranger, [], TrustedRoots(tuple(roots), ()), NOW)
    expected, _, got = said.removeprefix("expected an authority under ").partition(", got ")
    assert expected == f"CN={'A' * 60}, CN={'B' * 60}"[:120]
    assert got.startswith(f"CN={'S' * 64} (")
    assert len(got.partition(". If you trust")[0]) <= 190


def test_a_file_of_roots() -> None:
    middle = made("Middle", ROOT, ca=True)
    read = read_roots(middle.pem + ROOT.pem)
    assert (read.roots, read.between) == ((ROOT.certificate,), (middle.certificate,))
    with pytest.raises(InvalidValue) as caught:
        read_roots(middle.pem + middle.pem)
    assert str(caught.value) == (
        "roots: expected at least one root, a certificate that signed itself, got '2 others'. "
        "The authority publishes its root certificate"
    )
    with pytest.raises(InvalidValue) as caught:
        read_roots(b"none")
    assert str(caught.value) == (
        "roots: expected certificates in PEM form (-----BEGIN CERTIFICATE-----), got 'another text'"
    )
