"""The sentences of the engine, as patterns: so that a report is read in another language than it was written in.

A test holds them to what the engine says: each sentence of a report must fit one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_PLACE = re.compile(r"%\((\w+)\)s")


def said(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


@dataclass(frozen=True)
class Phrase:
    """A sentence with %(places)s for its values."""

    text: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the sentence and its values."""
        parts = _PLACE.split(self.text)
        return re.compile("".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts)), re.S)

    @staticmethod
    def filled(text: str, values: Mapping[str, str]) -> str:
        """A translated sentence with the values; what looks like a place in a value is not one."""
        return _PLACE.sub(lambda place: values[place[1]], text)


PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # findings
        said(
            "No order has passed through it: nothing is known beyond the prior. About %(more)s orders would be needed."
        ),
        said(
            "This order data surfaced via this channel or someone holding its data, with probability %(p)s; %(called)s "
            "of its %(orders)s orders were called."
        ),
        said(
            "With 95% probability it leaks less than %(bound)s of its orders if it leaks at all; %(silent)s of its "
            "%(orders)s orders stayed silent, observation complete to %(complete)s. This holds if a leaked order is "
            "called at all with probability %(shows)s, as callers here usually do."
        ),
        said(
            "It may leak (probability %(p)s), but too few of its %(orders)s orders show it; about %(more)s more would."
        ),
        said(
            "Not enough orders to tell: with 95% probability it leaks less than %(bound)s of its orders if it leaks at "
            "all; %(silent)s of its %(orders)s orders stayed silent, observation complete to %(complete)s. About "
            "%(more)s more silent orders would bound it."
        ),
        said(
            "The orders that leaked were shown to it from %(first)s to %(last)s; that it leaked in one spell and not "
            "all the time has probability %(p)s."
        ),
        # what was assumed
        said(
            "Before its own data a channel leaks at all with a probability learned from all the others (assumed in "
            "brackets): %(list)s; it moves fourfold at most. Nobody is implicated only for what others did."
        ),
        said(
            "A leaky channel leaks each order independently at its own rate, on average %(rate)s, steadily or, with "
            "probability %(p)s, during one spell only."
        ),
        said(
            "A leaky channel leaks each order independently at its own rate, on average %(rate)s, steadily; the data "
            "gave no reason to think of single spells."
        ),
        said("A leaked order draws %(calls)s calls on average (assumed %(assumed)s, then learned)."),
        said(
            "Calls come a median of %(days)s days after the exposure (assumed %(assumed)s), %(slow)s of them between "
            "%(from)s and %(until)s days after, and %(early)s on the spot."
        ),
        said("A caller who holds a field says it with probability (assumed in brackets): %(list)s."),
        said("Of name mentions %(share)s are surname and title only."),
        said(
            "A caller says a field that its source never saw with probability %(p)s (assumed %(assumed)s), never zero: "
            "data are resold, guessed and misheard."
        ),
        said(
            "A caller asked for a field that its source saw cannot say it with probability %(p)s; such statements are "
            "self-serving and never decide alone."
        ),
        said(
            "A source that never saw the full number finds it elsewhere with probability %(p)s; an alias reaches "
            "nobody after its expiry."
        ),
        said("Background calls come at %(rate)s a line and day, learned from all lines, controls among them."),
        said(
            "A party on no route leaks an order with prior probability %(p)s, or with probability %(common)s such "
            "leaks are common, %(share)s of orders; its rate is learned."
        ),
        said(
            "Strangers who ring many lines within %(hours)s hours are one event. Calls of one caller number and "
            "script, %(pause)s hours apart at most, are not independent: %(calls)s of them weigh as much as the usual "
            "mention rates."
        ),
        said("A call logged as unsure counts as a scam with probability %(p)s."),
        said("Being handed to one channel before the call does not prove it was handed to no one else."),
        said(
            "Personal data was erased (calls: %(calls)s, canaries: %(canaries)s; %(first)s to %(last)s): "
            "what was heard in those calls, and the names, goods and numbers of those canaries, no longer count when "
            "calls are matched. Lines, times, routes and canaries that were stated do."
        ),
        # sensitivity and diagnostics
        said("Prior halved"),
        said("Prior doubled"),
        said("Calls per leak halved"),
        said("Calls per leak doubled"),
        said("Epsilon halved"),
        said("Epsilon doubled"),
        said("Delay median doubled"),
        said("Not run"),
        said("calls per leak, epsilon and delay were not varied: more than %(number)s calls or exposures"),
        said("Called lines"),
        said("Calls with two fields"),
        # evidence
        said("did not say %(what)s"),
        said("could not say %(what)s"),
        said("said %(what)s"),
        said("timing"),
        said("reach"),
        said("heard name and values"),
        said("nature unsure"),
        said("record of the channel and of the order's other calls"),
        # the plan
        said("Is it %(either)s? They were always seen together."),
        said("Is it %(either)s? So far either explains the same calls."),
        said("What share of its orders does %(name)s leak? Now about %(rate)s (%(low)s to %(high)s)."),
        said("Does %(name)s leak at all? P is now %(p)s."),
        said("Does %(name)s leak at all? No order has passed through it yet; P is %(p)s by its kind alone."),
        said("How often does a number ring that nobody was given? Now reckoned at %(rate)s calls a line and day."),
        said(
            "No order has been placed yet: these first ones rest on what is assumed of each kind of channel. Record "
            "each with its whole route, and the next plan will know it."
        ),
        said("The budget buys nothing: the cheapest order costs %(cost)s."),
        said("No order would tell anything more."),
        said("No further order would tell anything more."),
        said("A plan ends at %(number)s orders: log what these bring, then plan anew."),
        said(
            "Another shop: choose any, and register it first with `tracer channel add merchant NAME --parent PLATFORM`."
        ),
        said(
            "A cancelled order costs the shop work: cancel before dispatch, keep to the limit per shop, and read what "
            "the platform's terms say of orders placed as a test."
        ),
        said("Plan anew after each batch: its outcome changes what is worth asking next."),
        said("No known route passes %(name)s: nothing can be proposed there."),
        said(
            "There is nothing to plan yet: no channel is registered. Start with `tracer channel add platform NAME` and "
            "`tracer channel add merchant NAME --parent PLATFORM`, or look at `tracer demo`."
        ),
        # power
        said(
            "Implicated means P(leaked) of at least %(p)s, and of at least %(robust)s with the prior halved; P before "
            "data is the prior."
        ),
        said(
            "A leaked order draws %(calls)s calls on average; noticed is the probability that one of them comes within "
            "%(days)s days and its caller says anything of the order."
        ),
        said("Strangers ring %(rate)s times a line and day, and hit on something by chance; such calls count too."),
        said(
            "Alone: each order exposes this channel and no other, the best case; a parcel sent straight comes near it."
        ),
        said(
            "On whole routes: the other parties change with every order and leak as their priors say. Always on one "
            "and the same route no number of orders tells its parties apart."
        ),
        said("A channel that is not shown the whole number (a station) is seldom noticed by telephone alone."),
        said("The number holds for every larger one as well; too many is more than %(number)s orders."),
        said(
            "Only whether an order was called is counted. What callers know and when they ring tells more, so the "
            "report may be sure sooner."
        ),
    )
]

TOKENS: Mapping[str, str] = {
    "platform": said("platform"),
    "merchant": said("merchant"),
    "warehouse": said("warehouse"),
    "courier": said("courier"),
    "station": said("station"),
    "rebate_site": said("rebate site"),
    "crawler": said("crawler"),
    "discarded_label": said("discarded label"),
    "payment": said("payment service"),
    "bank": said("bank"),
    "police": said("police"),
    "name": said("name"),
    "phone": said("phone"),
    "address": said("address"),
    "item": said("goods"),
    "price": said("price"),
    "order_no": said("order number"),
    "waybill_no": said("waybill number"),
    "order_time": said("order time"),
    "account": said("account"),
    "scam": said("scam"),
    "legitimate": said("legitimate"),
    "unsure": said("unsure"),
    "order_problem": said("order problem"),
    "defect_refund": said("defect and refund"),
    "multiple_compensation": said("multiple compensation"),
    "lost_parcel": said("lost parcel"),
    "wrong_membership": said("wrong membership"),
    "wrong_agent": said("wrongly made an agent"),
    "threat": said("threat"),
    "delivery": said("delivery"),
    "other": said("other"),
}
"""What the registry stores as one word, in words."""
