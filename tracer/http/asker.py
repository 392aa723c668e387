"""Whoever asks, over the API or in a browser: what they may see, and that the journal notes what they see."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.bootstrap import Application
from tracer.domain.access import Principal, Scope
from tracer.domain.errors import NotPermitted
from tracer.services.access.answer_once import Work
from tracer.services.access.limit_failures import HOUR
from tracer.services.access.limit_rate import Limit, spend
from tracer.services.registry.reveal_identities import reveal_list, reveal_one


class Asker:
    """Rules that hold for every face that people and programs come to over the network."""

    __slots__ = ()
    principal: Principal

    @property
    def app(self) -> Application:
        """The application."""
        raise NotImplementedError

    def require(self, *scopes: Scope) -> None:
        """Raise NotPermitted unless one of the scopes is granted."""
        if not any(self.principal.may(scope) for scope in scopes):
            raise NotPermitted(scopes[0].value)

    def sees_one(self, wanted: bool = True) -> bool:
        """Whether a single canary, order or call is shown as it is."""
        return wanted and (self.principal.may(Scope.REVEAL_ONE) or self.principal.may(Scope.REVEAL_ALL))

    def sees_all(self, wanted: bool = True) -> bool:
        """Whether lists are shown as they are."""
        return wanted and self.principal.may(Scope.REVEAL_ALL)

    def reveal(self, noun: str, subject_id: str) -> None:
        """Note in the journal that one is shown as it is, and count it as a look-up. Raises TooManyRequests."""
        with self.app.writing(self.principal.principal_id) as work:
            self.count_lookup(work)
            reveal_one(work, noun, subject_id)
            work.commit()

    def reveal_page(self, noun: str, ids: Sequence[str]) -> None:
        """Note in the journal that a page of a list is shown as it is."""
        if ids:
            with self.app.writing(self.principal.principal_id) as work:
                reveal_list(work, noun, ids)
                work.commit()

    def count_lookup(self, work: Work, cost: int = 1) -> None:
        """Count look-ups in the registry: many of them would read it out. Raises TooManyRequests."""
        limit = Limit("look-ups", self.app.settings.lookups_per_hour, HOUR)
        spend(work, limit, self.principal.principal_id, cost)
