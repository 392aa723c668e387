"""A plan as a person reads it: order by order with what it asks, or how many orders it takes."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from tracer.cli.output import console, counted, say, say_table
from tracer.documents.words import percent

if TYPE_CHECKING:
    from tracer.domain.attribution.proposals import Plan, Proposal
    from tracer.services.attribution.plan_orders import Power

_KINDS = {
    "order": "Whole order",
    "cancelled": "Order cancelled before dispatch",
    "direct": "Parcel sent straight through the courier",
    "pickup": "Order picked up by yourself",
    "control": "Control: a canary given to nobody",
}


def print_plan(made: Plan, moment: datetime, watch: float) -> None:
    """Print a plan."""
    out = console()
    if made.proposals:
        out.print(Text("NEXT ORDERS", style="bold"))
        spent = sum(proposal.cost for proposal in made.proposals)
        out.print(
            f"As of {moment.isoformat()}. {counted(len(made.proposals), 'order')} for {spent:g} in all, each with a "
            f"canary of its own and watched for {watch:g} days. A bit is what the answer to an even yes-or-no "
            "question tells."
        )
    for batch, proposals in groupby(made.proposals, key=lambda proposal: proposal.batch):
        out.print()
        out.print(Text(f"BATCH {batch}", style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        for proposal in proposals:
            table.add_row(f"{proposal.rank:>3}.", _described(proposal))
        out.print(table)
    if made.proposals and made.remarks:
        out.print()
    for remark in made.remarks:
        out.print(remark)


def _described(proposal: Proposal) -> Text:
    stops = [
        stop.name if stop.channel_id in (None, stop.name) else f"{stop.name} ({stop.channel_id})"
        for stop in proposal.channels
    ]
    kind = _KINDS[proposal.kind]
    text = Text(f"{kind}: {' → '.join(stops)}" if stops else kind, style="bold")
    text.append(
        f"\n{proposal.question}\nTells {proposal.gain:.3f} bits ({proposal.cumulative_gain:.3f} so far), costs "
        f"{proposal.cost:g}; it is called with probability {percent(proposal.called)}.",
        style="not bold",
    )
    return text


def print_power(found: Power, rate: float, sure: float, watch: float) -> None:
    """Print how many orders it takes."""
    say(
        f"ORDERS THAT SHOW A CHANNEL WHICH LEAKS {rate:.3g} OF THEM, with probability {sure:.3g}, "
        f"watched for {watch:g} days"
    )
    say_table(
        ("channel", "P before data", "leak noticed", "orders alone", "of them called", "on whole routes"),
        [
            [
                one.kind,
                percent(one.prior_leaky),
                percent(one.noticed),
                _orders(one.alone),
                "–" if one.called_alone is None else f"at least {one.called_alone}",
                _orders(one.on_routes),
            ]
            for one in found.kinds
        ],
    )
    say()
    for sentence in found.assumptions:
        console().print(sentence)


def _orders(number: int | None) -> str:
    return "too many" if number is None else f"{number:,}"
