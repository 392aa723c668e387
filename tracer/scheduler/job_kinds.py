"""What each kind of job does. One that writes does so in the transaction that finishes it: all of it, once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracer.bootstrap import Application
from tracer.domain.columns import parse_time
from tracer.domain.errors import BackupUnwritable, LedgerForked, NotAllowed
from tracer.domain.job import Job, JobKind, JobState
from tracer.services.access.answer_once import Work
from tracer.services.jobs.queue_job import in_pieces
from tracer.services.jobs.run_job import finish_job, note_progress
from tracer.services.ledger.audit_ledger import audit_record

THOUSANDTHS = 1_000
_TOLD = ("made_at", "size", "sha256", "ledger_size", "rows", "dropped")  # of a backup; not where it lies


@dataclass(slots=True)
class Running:
    """A job in the hands of a worker, and how far it is: `done` of `total`; `on_progress` hears of it."""

    app: Application
    job: Job
    worker: str
    on_progress: Callable[[int, int | None], None] = lambda done, total: None
    done: int = 0
    total: int | None = None

    def progress(self, done: int, total: int | None) -> None:
        """It is so far by now."""
        self.done, self.total = done, total
        self.on_progress(done, total)

    def share(self, done: float) -> None:
        """Progress as a share from 0 to 1."""
        self.progress(round(done * THOUSANDTHS), THOUSANDTHS)

    def count(self, more: int) -> None:
        """So many more are done."""
        self.progress(self.done + more, self.total)

    def finish_in(self, work: Work, result: Mapping[str, Any], output: bytes = b"") -> None:
        """Say that it is done, in the transaction that did it."""
        total = self.done if self.total is None else self.total
        note_progress(work, self.job, self.worker, total, total)
        finish_job(work, self.job, self.worker, JobState.DONE, result, in_pieces(output))

    def finish(self, result: Mapping[str, Any], output: bytes = b"") -> None:
        """In a transaction of its own."""
        with self.app.writing(self.job.principal) as work:
            self.finish_in(work, result, output)
            work.commit()


def run_import(running: Running) -> None:
    """Import the uploaded bundle, in memory: nothing of it lies in plain on the disk; or another program's file."""
    from tracer.intake.csv_bundle.read import open_zip
    from tracer.scheduler.import_calls import import_calls, is_bundle_upload
    from tracer.services.bundles.import_bundle import import_bundle

    app, job = running.app, running.job
    with app.reading() as work:
        upload = b"".join(work.jobs.file(job.job_id, "input"))
    if not is_bundle_upload(upload, job.parameters):
        import_calls(running, upload)
        return
    with open_zip(upload, f"upload of {job.job_id}") as (bundle, rows), app.writing(job.principal) as work:
        running.progress(0, rows)
        summary = import_bundle(work, app.model.channels, bundle, running.count)
        result = {"added": summary.added, "unchanged": summary.unchanged, "remarks": summary.remarks}
        running.finish_in(work, result)
        work.commit()


def run_export(running: Running) -> None:
    """Everything as the zip of a bundle that imports the same again."""
    from tracer.intake.csv_bundle.write import write_zip
    from tracer.services.bundles.export_bundle import export_bundle
    from tracer.services.registry.reveal_identities import note_export

    app, job = running.app, running.job
    file = io.BytesIO()  # in memory: nothing of it lies in plain on the disk
    with app.reading() as work:
        counts = write_zip(export_bundle(work), file, running.count)
    with app.writing(job.principal) as work:
        note_export(work, job.job_id, counts)
        running.finish_in(work, {"rows": counts}, file.getvalue())
        work.commit()


def run_report(running: Running) -> None:
    """The leak attribution report as JSON. It is kept, for whoever may read reports: natural persons have ids in it."""
    from tracer.domain.report import report_object
    from tracer.services.reports.build_report import build_report

    app, asked = running.app, running.job.parameters
    moment = parse_time(asked["as_of"], "as_of") if asked.get("as_of") else app.clock()
    with app.reading() as work:
        position = work.listings.last_position()
        tag = asked.get("tag") or None
        made = build_report(work, app.model, moment, tag, progress=running.share, persons_named=False, tasks=app.tasks)
        told = report_object(made)
    content = json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    result = {"as_of": made.as_of, "channels": len(made.channels), "calls": len(made.calls), "position": position}
    running.finish(result, content)


def run_refresh(running: Running) -> None:
    """Attribute everything anew and keep the state, from which single calls are explained at once."""
    from tracer.services.attribution.refresh_attribution import keep_state, refreshed_state

    app, job, asked = running.app, running.job, running.job.parameters
    moment = parse_time(asked["as_of"], "as_of") if asked.get("as_of") else app.clock()
    with app.reading() as work:
        state = refreshed_state(work, app.model, moment, progress=running.share, tasks=app.tasks)
    with app.writing(job.principal) as work:
        keep_state(work, state)
        result = {"as_of": state.as_of.isoformat(), "channels": len(state.snapshot.channel_ids)}
        running.finish_in(work, result)
        work.commit()


def run_simulate(running: Running) -> None:
    """A made-up campaign, drawn from the model: the zip of its bundle and the truth."""
    from tracer.domain.simulation.draw import AS_OF
    from tracer.intake.csv_bundle.write import write_zip
    from tracer.services.bundles.simulate_world import simulate_world, world_bundle, world_truth

    app, asked = running.app, running.job.parameters
    until = parse_time(asked.get("as_of") or AS_OF, "as_of")
    seed = int(asked["seed"])
    world = simulate_world(str(asked["family"]), app.model, until, seed, asked.get("orders"))
    truth = json.dumps(world_truth(world, seed), ensure_ascii=False, indent=1).encode()
    file = io.BytesIO()
    counts = write_zip(world_bundle(world), file, folder="bundle/", more={"truth.json": truth})
    running.finish({"rows": counts, "as_of": world.as_of.isoformat()}, file.getvalue())


def run_verify(running: Running) -> None:
    """An audit of the whole ledger; what it found is the job's result."""
    running.finish(audit_record(running.app.audit_ledger(running.share)))


def run_evidence(running: Running) -> None:
    """An evidence pack: what it opens leaves the house with whoever fetches it."""
    from tracer.documents.evidence.make_pack import prepare_pack, seal_pack
    from tracer.domain.evidence.opening import parse_opening
    from tracer.domain.evidence.subject import Subject, SubjectKind

    app, job, asked = running.app, running.job, running.job.parameters
    subject = Subject(SubjectKind(asked["kind"]), str(asked["id"]))
    opening = parse_opening(asked["open"], name_persons=bool(asked["name_persons"]))
    try:
        prepared = prepare_pack(app, subject, opening, running.share)
    except LedgerForked as error:  # it stays so, however often the job is tried again
        raise NotAllowed(str(error)) from error
    with app.writing(job.principal) as work:
        pack = seal_pack(work, prepared)
        result = {
            "kind": subject.kind.value,
            "id": subject.subject_id,
            "facts": prepared.facts,
            "sha256": pack.sha256,
            "fingerprint": prepared.fingerprint,
            "never_called": list(prepared.never_called),
            "not_stamped": prepared.not_stamped,
        }
        running.finish_in(work, result, pack.content)
        work.commit()


def run_backup(running: Running) -> None:
    """A backup into the folder of the home; its file is handed to nobody."""
    from tracer.domain.backup import made_record

    try:
        made = running.app.back_up(running.share, actor=running.job.principal)
    except (LedgerForked, BackupUnwritable) as error:  # it stays so, however often the job is tried again
        home = str(running.app.settings.home)  # where it lies is nobody's business
        raise NotAllowed(str(error).replace(home, "$TRACER_HOME")) from error
    told = made_record(made)
    running.finish({"name": Path(made.path).name, **{key: told[key] for key in _TOLD}})


KINDS: Mapping[JobKind, Callable[[Running], None]] = {
    JobKind.IMPORT: run_import,
    JobKind.EXPORT: run_export,
    JobKind.REPORT: run_report,
    JobKind.REFRESH: run_refresh,
    JobKind.SIMULATE: run_simulate,
    JobKind.VERIFY: run_verify,
    JobKind.EVIDENCE: run_evidence,
    JobKind.BACKUP: run_backup,
}
