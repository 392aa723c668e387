"""A time-stamp authority on 127.0.0.1: `openssl ts` behind a small HTTP server, with many ways of going wrong.

    with authority(folder, "good") as tsa:
        … tsa.url, tsa.roots (PEM file of its root), tsa.asked (requests it got)

Modes: good, chain (the reply holds every certificate), rsa (chain, signed by RSA), slow (drips), down, wrong_nonce,
wrong_imprint, other_key (another authority signs), garbage, truncated, expired (its certificate had ended), redirect,
rejection, error (HTTP 500).
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

REPLY = "application/timestamp-reply"
POLICY = "1.3.6.1.4.1.55555.1"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_CONFIG = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = {policy}
digests = sha256
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = yes
ess_cert_id_chain = {chain}
ess_cert_id_alg = sha256
{certs}
"""


@dataclass
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        pkcs8 = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption())


def issue(
    name: str,
    by: Issued | None = None,
    *,
    purpose: x509.ObjectIdentifier | None = None,
    critical: bool = True,
    days: tuple[int, int] = (-400, 4000),
    key: Key | None = None,
    host: str = "",
) -> Issued:
    """A certificate: of an authority (CA) where it has no purpose, signed by itself where nobody signs it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer = by.key if by else key
    ca = purpose is None
    made = (
        x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(_usage(ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if purpose is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical)
    if host:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return Issued(made.sign(signer, hashes.SHA256()), key)


def _usage(ca: bool) -> x509.KeyUsage:
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("encipher_only", "decipher_only")
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **dict.fromkeys(names, False))


def issue_for_tls(folder: Path, host: str) -> tuple[Path, Path]:
    """Files for a TLS server of a host: the authority to trust, and the server's certificate with its key."""
    root = issue("Test TLS root")
    server = issue(host, root, purpose=x509.ExtendedKeyUsageOID.SERVER_AUTH, critical=False, days=(-1, 90), host=host)
    (folder / "ca.pem").write_bytes(root.pem)
    (folder / "server.pem").write_bytes(server.pem + server.key_pem)
    return folder / "ca.pem", folder / "server.pem"


def family(kind: str = "good") -> tuple[Issued, Issued, Issued]:
    """Root, intermediate and signer of an authority; one of each kind (good, other, expired, rsa) a test process."""
    return _family(kind)


@cache
def _family(kind: str) -> tuple[Issued, Issued, Issued]:
    root = issue(f"Test Root {kind}")
    middle = issue(f"Test Issuing {kind}", root)
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else None
    days = (-400, -3) if kind == "expired" else (-400, 4000)
    stamping = x509.ExtendedKeyUsageOID.TIME_STAMPING
    return root, middle, issue(f"Test Time Stamping {kind}", middle, purpose=stamping, days=days, key=key)


def answer(request: bytes, kind: str = "good", *, chain: bool = False) -> bytes:
    """What `openssl ts -reply` says to a request, with the signer's certificate or (chain) all of them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        root, middle, signer = family(kind)
        (folder / "signer.pem").write_bytes(signer.pem)
        (folder / "signer.key").write_bytes(signer.key_pem)
        (folder / "chain.pem").write_bytes(middle.pem + root.pem)
        (folder / "serial").write_text("0A00")
        certs = f"certs = {folder}/chain.pem" if chain else ""
        words = {"folder": folder, "policy": POLICY, "chain": "yes" if chain else "no", "certs": certs}
        (folder / "ts.cnf").write_text(_CONFIG.format(**words))
        (folder / "request").write_bytes(request)
        reply = ["openssl", "ts", "-reply", "-config", folder / "ts.cnf", "-section", "tsa"]
        subprocess.run(
            [*reply, "-queryfile", folder / "request", "-out", folder / "reply"], check=True, capture_output=True
        )
        return (folder / "reply").read_bytes()


def openssl_accepts(
    token: bytes, digest: bytes, roots: bytes, between: bytes = b"", at: datetime | None = None
) -> bool:
    """Whether `openssl ts -verify` accepts a token (not a reply) over a digest, at a time (its default: now)."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in {"token": token, "roots": roots, "between": between or roots}.items():
            (folder / file).write_bytes(content)
        when = ["-attime", str(int(at.timestamp()))] if at else []
        verify = ["openssl", "ts", "-verify", "-digest", digest.hex(), "-token_in", "-in", folder / "token", *when]
        files = ["-CAfile", folder / "roots", "-untrusted", folder / "between"]
        return subprocess.run([*verify, *files], capture_output=True).returncode == 0


@dataclass
class TestAuthority:
    """A running authority."""

    url: str
    roots: Path
    asked: list[bytes] = field(default_factory=list)
    __test__ = False


@contextmanager
def authority(folder: Path, mode: str = "good") -> Iterator[TestAuthority]:
    """An authority that answers in a mode until the block ends; `folder` gets the file of its root."""
    kind = mode if mode in ("rsa", "expired") else "good"
    roots = folder / f"root-{kind}.pem"
    roots.write_bytes(family(kind)[0].pem + family(kind)[1].pem)
    asked: list[bytes] = []
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(request)
            if mode == "redirect":
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                return
            body = _body(mode, kind, request)
            self.send_response(500 if mode == "error" else 200)
            self.send_header("Content-Type", REPLY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if mode != "slow":
                self.wfile.write(body)
                return
            for at in range(len(body)):  # a byte now and then: no single wait is long
                if over.wait(0.05):
                    return
                try:
                    self.wfile.write(body[at : at + 1])
                except OSError:  # they hung up
                    return

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}/tsa"
    if mode == "down":
        server.server_close()
        yield TestAuthority(url, roots, asked)
        return
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield TestAuthority(url, roots, asked)
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _body(mode: str, kind: str, request: bytes) -> bytes:
    if mode == "garbage":
        return b"\x30\x03\x02\x01" + b"\xff" * 40
    asked = tsp.TimeStampReq.load(request)
    if mode == "wrong_nonce":
        asked["nonce"] = asked["nonce"].native + 1
    if mode == "wrong_imprint":
        asked["message_imprint"]["hashed_message"] = bytes(32)
    if mode == "rejection":
        asked["req_policy"] = "1.2.3.4.5"  # openssl refuses a policy it does not know
    said = answer(asked.dump(force=True), "other" if mode == "other_key" else kind, chain=mode in ("chain", "rsa"))
    return said[:-20] if mode == "truncated" else said
