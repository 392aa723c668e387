"""Parcels: ask carrier services between transactions, and keep what they tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tracer.bootstrap.wiring import Wired
from tracer.domain.errors import OutboundFailed, OutboundRefused
from tracer.services.orders.follow_parcel import claim_look, follow_new, follow_parcel, keep_failure, keep_subscription
from tracer.services.orders.poll_tracking import MOST_FAILURES, MOST_LOOKS, Polled
from tracer.services.orders.take_scans import TakenScans, take_scans

if TYPE_CHECKING:
    from tracer.domain.tracking import Tracked


class Following(Wired):
    """Follows parcels; it waits for the network, in no transaction."""

    def track_order(self, order_id: str, carrier: str = "", actor: str = "") -> Tracked:
        """Follow the order's parcel and ask for it now, unless that was done within half an hour; what is known then.

        Raises what follow_parcel raises, and OutboundRefused or OutboundFailed where the service gave no answer. It
        waits for the network, in no transaction.
        """
        with self.writing(actor) as work:
            follow_parcel(work, order_id, self.tracking, carrier)
            work.commit()
        self._look_for(order_id, actor)
        with self.reading() as work:
            return work.tracked_parcels.find([order_id])[order_id]

    def poll_tracking(self) -> Polled:
        """Ask for every parcel that is due, a hundred at most, and begin with those of new orders where that is set.

        A service that fails three times running is left alone until the next time. Safe to run from several processes.
        """
        polled = Polled()
        if not self.tracking:
            return polled
        with self.writing() as work:
            polled.begun = follow_new(work, self.tracking) if self.settings.tracking_new_orders else 0
            due = work.tracked_parcels.due(work.now, MOST_LOOKS)
            work.commit()
        for order_id in due:
            try:
                polled.count(self._look_for(order_id))
            except (OutboundRefused, OutboundFailed) as error:
                polled.failed(error)
                if polled.running >= MOST_FAILURES:
                    break
        return polled

    def _look_for(self, order_id: str, actor: str = "") -> TakenScans | None:
        """Ask for one parcel and keep what is told; None where it is too early, or over."""
        usual = timedelta(hours=self.settings.tracking_hours)
        with self.writing(actor) as work:
            look = claim_look(work, order_id, self.tracking, usual)
            work.commit()
        if look is None:
            return None
        service = self.tracking[look.service]
        try:
            told = service.look(look.question)
        except (OutboundRefused, OutboundFailed):
            with self.writing(actor) as work:
                keep_failure(work, look, "unreachable", usual, self.tracking)
                work.commit()
            raise
        with self.writing(actor) as work:
            if told.problem or not told.scans:
                keep_failure(work, look, told.problem or "no_record", usual, self.tracking)
                taken = TakenScans(1)
            else:
                taken = take_scans(work, told, usual)
            work.commit()
        if look.subscribe:
            service.subscribe(look.question)
            with self.writing(actor) as work:
                keep_subscription(work, order_id)
                work.commit()
        return taken
