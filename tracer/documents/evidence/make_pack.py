"""An evidence pack from a registry: what every face does, in two steps.

prepared = prepare_pack(app, subject, opening)      long: seals the ledger, attributes, typesets
with app.writing() as work:
    pack = seal_pack(work, prepared)                signs the manifest, and the journal notes it
    work.commit()
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracer.bootstrap import Application
from tracer.documents.catalogues import words_in
from tracer.documents.evidence.pack_zip import write_pack
from tracer.documents.evidence.readme import readme
from tracer.documents.evidence.timeline import timeline
from tracer.documents.report_files import Part, report_pdf
from tracer.documents.report_view import ReportView
from tracer.domain.errors import NoTimeStamp
from tracer.domain.evidence import members as names
from tracer.domain.evidence.log_key import LogKeys
from tracer.domain.evidence.manifest import MANIFEST, Manifest, listed
from tracer.domain.evidence.opening import Opening
from tracer.domain.evidence.subject import Subject
from tracer.services.access.answer_once import Work
from tracer.services.evidence.export_evidence import PackContent, export_evidence, require_subject
from tracer.services.evidence.release_evidence import note_evidence_exported, sign_manifest
from tracer.services.reports.build_report import build_report

_SCRIPT = Path(__file__).with_name(names.SCRIPT)


@dataclass(frozen=True, slots=True)
class PreparedPack:
    """A pack whose manifest is not signed yet."""

    subject: Subject
    opening: Opening
    made_at: str
    members: Mapping[str, bytes]
    canary_ids: frozenset[str]
    never_called: tuple[str, ...]
    facts: int
    fingerprint: str
    not_stamped: str
    """Why the newest facts have no time stamp though there is an authority to ask; else empty."""


@dataclass(frozen=True, slots=True)
class SealedPack:
    """The zip and its SHA-256 (hexadecimal)."""

    content: bytes
    sha256: str


def prepare_pack(
    app: Application, subject: Subject, opening: Opening, progress: Callable[[float], None] = lambda share: None
) -> PreparedPack:
    """All the files of a pack but the manifest; `progress` hears the share done.

    Raises UnknownId, NotAllowed, InvalidValue, and LedgerForked where the ledger cannot be signed.
    """
    with app.reading() as work:
        require_subject(work, subject)
    app.seal_ledger()
    not_stamped = _stamp(app)
    now = app.clock()
    with app.reading() as work:
        report = build_report(
            work, app.model, now, progress=progress, persons_named=opening.name_persons, tasks=app.tasks
        )
        content = export_evidence(work, report, subject, opening)
    return PreparedPack(
        subject=subject,
        opening=opening,
        made_at=now.isoformat(),
        members=pack_members(content, now.isoformat()),
        canary_ids=frozenset(one.fact.subject_id for one in content.facts if one.fact.event.startswith("canary_")),
        never_called=tuple(content.never_called),
        facts=len(content.facts),
        fingerprint=content.keys[0].fingerprint,
        not_stamped=not_stamped,
    )


def _stamp(app: Application) -> str:
    """A trusted time for what was sealed, where there is an authority; a pack is made without one, too."""
    try:
        app.stamp_ledger()
    except NoTimeStamp as error:
        return str(error)
    return ""


def seal_pack(work: Work, prepared: PreparedPack) -> SealedPack:
    """The pack, signed. What it is goes into the journal; whoever calls commits."""
    manifest = Manifest(
        prepared.subject, prepared.made_at, {name: listed(content) for name, content in prepared.members.items()}
    )
    content = write_pack({**prepared.members, MANIFEST: sign_manifest(work, manifest).encode()})
    digest = note_evidence_exported(work, prepared.subject, content, prepared.opening, prepared.canary_ids)
    return SealedPack(content, digest)


def pack_members(content: PackContent, made_at: str) -> dict[str, bytes]:
    """Every file but the manifest, by name."""
    members = {
        names.CHECKPOINT: content.checkpoint.encode(),
        names.LOG_KEY: LogKeys(content.keys).text().encode(),
        names.README_EN: readme(content, made_at, "en"),
        names.README_ZH: readme(content, made_at, "zh"),
        names.REPORT_JSON: json.dumps(content.report, ensure_ascii=False, indent=1, allow_nan=False).encode(),
        names.REPORT_PDF: _pdf(content, "en"),
        names.REPORT_PDF_ZH: _pdf(content, "zh"),
        names.SCRIPT: _SCRIPT.read_bytes(),
    }
    for number, one in enumerate(content.facts, start=1):
        members[names.fact_name(number)] = one.fact.text().encode()
        members[names.PROOF.format(f"{number:04d}")] = one.proof.text().encode()
        if one.early is not None:
            members[names.TIME_PROOF.format(f"{number:04d}")] = one.early.text().encode()
    for number, stamped in enumerate(content.stamped, start=1):
        members[f"time/{number:04d}.checkpoint"] = stamped.note.encode()
        for place, token in enumerate(stamped.tokens, start=1):
            members[f"time/{number:04d}.{place}.tsr"] = token.token
    return members


def _pdf(content: PackContent, language: str) -> bytes:
    words = words_in(language)
    said, part = words.said, content.report["restricted_to"]
    kinds = {"call": said("call"), "canary": said("canary"), "channel": said("channel")}
    subject = f"{kinds[content.subject.kind.value]} {content.subject.subject_id}"
    view = ReportView(content.report, words, content.received)
    about = [
        said(
            "Part of the report as of %(as_of)s for an evidence pack on %(subject)s. It is worked out from all data of "
            "the registry; %(calls)s of %(of_calls)s calls and %(channels)s of %(of_channels)s channels, those that "
            "concern it, are shown.",
            as_of=view.as_of,
            subject=subject,
            **part,
        ),
        said(
            "That an identity was given to a channel before a call is proved by the facts of the pack; that it was "
            "given to nobody else cannot be proved."
        ),
    ]
    story = [
        (words.moment(one.when), one.what, one.member)
        for one in timeline([fact.fact for fact in content.facts], language)
    ]
    return report_pdf(view, Part(said("Evidence on %(subject)s", subject=subject), about, story))
