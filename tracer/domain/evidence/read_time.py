"""Looks into the time tokens of a pack."""

from __future__ import annotations

from tracer.domain.errors import EvidenceRejected, TimeTokenRejected
from tracer.domain.evidence.verdict import ProvenTime
from tracer.domain.evidence.verify_pack import TokenReader
from tracer.domain.ledger.certificate_chain import TrustedRoots
from tracer.domain.ledger.time_token import verify_time_token


def time_reader(trusted: TrustedRoots | None) -> TokenReader:
    """What reads tokens: with roots, only those of authorities that lead to one of them are taken."""

    def read(token: bytes, digest: bytes) -> ProvenTime:
        try:
            found = verify_time_token(token, digest, trusted)
        except TimeTokenRejected as error:
            raise EvidenceRejected(str(error)) from None
        return ProvenTime(found.time.isoformat(), found.authority, found.trusted)

    return read
