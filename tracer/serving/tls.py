"""A certificate of our own for the network at home: a phone is shown its fingerprint and trusts it by eye."""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tracer.domain.errors import StoreUnavailable

LASTS = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
_ELSEWHERE = ("192.0.2.1", 9)  # kept for documentation; nothing is sent there


def lan_address() -> str:
    """This machine's address in its network, loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)  # of a datagram socket this only chooses the interface
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def own_certificate(folder: Path, address: str, now: datetime) -> tuple[Path, Path]:
    """The certificate for an address and its key, in the folder; made where there is none that still holds.

    Raises StoreUnavailable where the folder may not be written.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    try:
        if not (certificate.exists() and key.exists() and _holds(certificate, address, now)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(certificate, key, address, now)
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be written: {error.strerror}. Check who may write there") from error
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """SHA-256 of a certificate, as browsers show it."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return ":".join(f"{byte:02X}" for byte in found.fingerprint(SHA256()))


def _holds(path: Path, address: str, now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    named = ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)
    return named and now + RENEWED_BEFORE < found.not_valid_after_utc


def _make(certificate: Path, key: Path, address: str, now: datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tracer")])
    alternatives: list[x509.GeneralName] = [x509.DNSName("localhost")]
    alternatives += [x509.IPAddress(ipaddress.ip_address(one)) for one in dict.fromkeys((address, "127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, SHA256())
    )
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(key, secret, 0o600)
    _write(certificate, made.public_bytes(Encoding.PEM), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    aside.replace(path)
