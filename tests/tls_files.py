"""One certificate that scheduler, workers and clients share and trust, in files."""

from __future__ import annotations

from pathlib import Path

from distributed.security import Security


def tls_files(folder: Path) -> dict[str, str]:
    """The paths of ca, cert and key."""
    made = Security.temporary()
    content = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, text in content.items():
        (folder / f"{name}.pem").write_text(text)
    return {name: str(folder / f"{name}.pem") for name in content}
