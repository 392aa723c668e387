"""What keeps a registry whole: its ledger sealed, stamped and looked through, backups, erasing by age, moving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.bootstrap.wiring import Wired, make_home
from tracer.domain.backup import BackupChecked, BackupMade, Restored
from tracer.domain.errors import BackupUnwritable, TimeTokenRejected, TokenFault
from tracer.services.erasure.apply_retention import Applied, RetentionRules, Skipped, apply_retention
from tracer.services.ledger.audit_ledger import LedgerAudit, audit_ledger
from tracer.services.ledger.seal_ledger import seal_ledger
from tracer.services.ledger.stamp_ledger import keep_stamp, unstamped
from tracer.services.upkeep.make_backup import drop_old_backups, make_backup, note_backup, takes_facts
from tracer.services.upkeep.restore_backup import Restoring, check_backup, restore_backup
from tracer.storage.backup.place_at import place_at
from tracer.storage.ledger import SignedCheckpoint, StoredToken
from tracer.storage.move.move import Moved

if TYPE_CHECKING:
    from tracer.domain.ledger.time_token import TimeToken


class Keeping(Wired):
    """Looks after the registry; each step of it is transactions of its own."""

    def seal_ledger(self) -> SignedCheckpoint | None:
        """Give the facts that wait their places and sign the ledger as it is then: its newest checkpoint.

        Raises LedgerForked, and signs nothing, where the database does not continue what was signed before.
        """
        with self.writing() as work:
            signed = seal_ledger(work, self.ledger_head)
            work.commit()
        if signed is not None:
            self.ledger_head.remember(signed.note)
        return signed

    def stamp_ledger(self) -> StoredToken | None:
        """Have the newest checkpoint stamped by an authority; None where that is done, or nobody is to be asked.

        Raises NoTimeStamp where no authority gives a stamp that holds. It waits for the network, in no transaction.
        """
        if not self.settings.time_authorities:
            return None
        with self.reading() as work:
            signed = unstamped(work)
        if signed is None:
            return None
        stamp = self.time_authorities.stamp(sha256(signed.note.encode()).digest())
        with self.writing() as work:
            kept = keep_stamp(work, signed, stamp.authority, stamp.token, stamp.proven.time)
            work.commit()
        return kept

    def audit_ledger(self, progress: Callable[[float], None]) -> LedgerAudit:
        """Look at everything again; `progress` hears the share done."""
        from tracer.domain.ledger.time_token import verify_time_token  # as above

        trusted = self.time_authorities.trusted

        def proven(token: bytes, digest: bytes) -> TimeToken:
            try:
                return verify_time_token(token, digest, trusted)
            except TimeTokenRejected as error:
                if error.fault is not TokenFault.NOT_TRUSTED:
                    raise
                return verify_time_token(token, digest, None)  # of an authority that is no longer configured

        head = self.ledger_head.now()
        with self.reading() as work:
            return audit_ledger(work, head, proven, progress)

    @property
    def backups_folder(self) -> Path:
        """Where backups go unless said otherwise."""
        return self.settings.home / "backups"

    def back_up(
        self, tell: Callable[[float], None], out: Path | None = None, actor: str = "", *, unsealed: bool = False
    ) -> BackupMade:
        """Seal the ledger and write a backup into the folder, or to `out`; `tell` hears the share done.

        In the folder the oldest ones beyond the number to keep are taken away afterwards. Raises LedgerForked for a
        database that was set back; `unsealed` backs it up as it is, also one that is closed and can note nothing.
        """
        if not unsealed:
            self.seal_ledger()
        if out is None:
            make_home(self.backups_folder, BackupUnwritable)
        with self.reading() as work:
            made = make_backup(work, self.registry.keys, out or self.backups_folder, tell)
            noted = not unsealed or takes_facts(work)
        if noted:
            with self.writing(actor) as work:
                note_backup(work, made)
                work.commit()
        if out is not None:
            return made
        with self.reading() as work:
            dropped = drop_old_backups(work, self.backups_folder, self.settings.backups_kept, made)
        return replace(made, dropped=dropped)

    def check_backup(self, file: Path, tell: Callable[[float], None]) -> BackupChecked:
        """Restore a backup into a private folder that is gone afterwards; what it holds."""
        return check_backup(file, self.key_source, self.clock(), tell)

    def restore(self, file: Path, tell: Callable[[float], None], *, over: bool = False) -> Restored:
        """Put the registry back as a backup has it, where the settings say; `over`: what is there is set aside."""
        now, url = self.clock(), self.settings.url
        if url.startswith("sqlite"):
            make_home(self.settings.home)
        restoring = Restoring(place_at(url, self._where, now), self.key_source, self.ledger_head, self.actor, now)
        return restore_backup(file, restoring, tell, replace=over)

    @property
    def retention_rules(self) -> RetentionRules:
        """How long personal data is kept."""
        return RetentionRules(self.settings.retention_call_days, self.settings.retention_canary_days)

    def apply_retention(self) -> Applied:
        """Erase all that is due by its age, some in a transaction each; nothing is lost where it breaks off.

        What cannot be erased is passed over and told.
        """
        calls = canaries = 0
        rules, skipped = self.retention_rules, dict[str, Skipped]()
        while True:
            with self.writing() as work:
                done = apply_retention(work, rules, self.settings.canary_prior, self.model.channels, skipped)
                work.commit()
            calls, canaries = calls + done.calls, canaries + done.canaries
            skipped |= {one.subject_id: one for one in done.skipped}
            if not done.more:
                break
        if calls or canaries:
            self.registry.clear_overwritten()
        return replace(done, calls=calls, canaries=canaries, skipped=tuple(skipped.values()))

    def move_into(self, url: str, tell: Callable[[float], None]) -> Moved:
        """Move the registry into the PostgreSQL database at the URL; `tell` hears the share done."""
        return self.registry.move_into(url, self.actor, self.clock(), tell)
