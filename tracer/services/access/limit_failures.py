"""Count the credentials that did not fit, by client, and refuse to look at more when there were too many.

Log-ins by password are refused before the password is looked at: it might be guessed. A link or a key is 256
random bits, which nobody guesses; so one that fits always works, whatever others did from the same address,
and the limit turns the answers to those that do not fit into TooManyRequests.
"""

from __future__ import annotations

from tracer.domain.access import AccessRules
from tracer.services.access.limit_rate import Limit, peek, spend
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

HOUR = 3600
UNKNOWN = "unknown"
SHIPPED_RULES = AccessRules()


def failed_tokens(rules: AccessRules) -> Limit:
    """How many links and keys may fail, by client."""
    return Limit("failed keys and links", rules.failed_logins_per_hour, HOUR)


def check_failures(work: UnitOfWork, client: str, rules: AccessRules = SHIPPED_RULES) -> None:
    """Raise TooManyRequests where too many links and keys of this client failed; reading is enough."""
    peek(work, failed_tokens(rules), client)


def record_failure(
    work: UnitOfWork, client: str, *, subject_id: str = UNKNOWN, rules: AccessRules = SHIPPED_RULES
) -> None:
    """Count a link or key that did not fit, and write it into the journal. The face commits.

    Faces call it, in a writing unit of work, when `principal_of_key` raised NotAuthenticated. Raises
    TooManyRequests where the limit was reached meanwhile. Not for sessions: a browser that comes back with an
    old cookie guesses nothing, and would lock its user out.
    """
    spend(work, failed_tokens(rules), client)
    journal_failure(work, subject_id, "token")


def journal_failure(work: UnitOfWork, subject_id: str, by: str) -> None:
    """Write into the journal that a log-in failed: for which user, where that is known, and by what."""
    work.journal.record([Fact("log_in_failed", subject_id, {"by": by})])
