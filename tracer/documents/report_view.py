"""A stored report as a reader sees it: the same rows for the page, the print, the plots and the letters.

Everything here is worked out of the report's JSON: no figure is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from tracer.documents.report_rows import CallRow, ChannelRow, GroupRow, Why
from tracer.documents.sentences import basis, course, effect, number, sealed, separating_order, together
from tracer.documents.words import Words, percent
from tracer.domain.attribution.disclosure import erasure_sentence
from tracer.domain.report import BACKGROUND

LEAST_SHOWN = 0.005
SOURCES_SHOWN = 4
LEAST_NATS = 0.005


class ReportView:
    """One report in one language; `names` overrides what channels are called."""

    def __init__(
        self,
        report: Mapping[str, Any],
        words: Words,
        received: Mapping[str, datetime] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.report = report
        self.words = words
        self.received = received or {}
        self.names = {one["channel_id"]: one["name"] for one in report["channels"]} | dict(names or {})
        self._calls = {call["call_id"]: call for call in report["calls"]}
        ranked = sorted(report["channels"], key=lambda one: (-one["p_leaked"], one["channel_id"]))
        self.channels = [self._channel(one) for one in ranked]
        self.by_id = {one.channel_id: one for one in self.channels}
        self.groups = [self._group(one) for one in report["groups"]]
        self.leaks = [call for call in report["calls"] if call["sources"][0]["channel_id"] != BACKGROUND]

    @property
    def as_of(self) -> str:
        """Up to when events are in it."""
        return self.words.moment(self.report["as_of"])

    @property
    def empty(self) -> bool:
        """Whether there was nothing to attribute."""
        return not self.report["calls"] and not any(one.orders for one in self.channels)

    def of_verdict(self, verdict: str) -> Sequence[ChannelRow]:
        """The channels of one verdict, the most probable first."""
        return [one for one in self.channels if one.verdict == verdict]

    def verdict_word(self, verdict: str) -> str:
        """A verdict in words."""
        said = self.words.said
        return {
            "implicated": said("implicated"),
            "bounded": said("bounded"),
            "unresolved": said("unresolved"),
        }[verdict]

    def verdict_means(self) -> Sequence[tuple[str, str, str]]:
        """What each verdict says, and what it does not."""
        said = self.words.said
        return [
            (
                "implicated",
                said("implicated"),
                said(
                    "The data surfaced via this channel or someone holding its data, very probably. That is no guilt."
                ),
            ),
            (
                "bounded",
                said("bounded"),
                said("If it leaks at all, it leaks less than a small share of its orders. That clears nobody."),
            ),
            ("unresolved", said("unresolved"), said("The data do not tell yet.")),
        ]

    def head(self) -> Sequence[str]:
        """What the report rests on, in sentences."""
        return basis(
            self.words,
            exposed=sum(1 for one in self.channels if one.orders),
            calls=len(self.report["calls"]),
            leaks=len(self.leaks),
            left_out=self.report["background"].get("legitimate_calls_left_out"),
            converged=self.report["diagnostics"].get("converged", True),
        )

    def closing(self) -> str:
        """What a report is not."""
        return self.words.said(
            "A report says where data surfaced and how probable that is. It convicts nobody, and it gives nobody a "
            "clean bill of health."
        )

    def sensitivity(self) -> Sequence[tuple[str, str]]:
        """Each changed assumption, and what it changes."""
        return [
            (self.words.retold(name.replace("_", " ").capitalize()), effect(self.words, change, self.names))
            for name, change in self.report["sensitivity"].items()
        ]

    def background(self) -> Sequence[str]:
        """Calls that no leak explains, in sentences."""
        found, said = self.report["background"], self.words.said
        lines = [
            said(
                "Background calls: about %(calls)s of all counted (%(share)s), %(rate)s a line and day over "
                "%(days)s line days.",
                calls=number(float(found["expected_calls"])),
                share=percent(found["share_of_calls"]),
                rate=number(float(found["calls_per_line_day"])),
                days=f"{found['line_days']:,.0f}",
            )
        ]
        return [*lines, *together(self.words, found)]

    def course(self) -> Sequence[str]:
        """How the calculation went."""
        return [*course(self.words, self.report["diagnostics"]), *sealed(self.words, self.report["diagnostics"])]

    def erased(self) -> str:
        """What is gone of the calls and canaries that it rests on, empty where nothing is."""
        told = self.report["diagnostics"].get("erased")
        return self.words.retold(erasure_sentence(**told)) if told else ""

    def assumptions(self) -> Sequence[str]:
        """What was assumed."""
        return [self.words.retold(one) for one in self.report["assumptions"]]

    def newest_leaks(self, most: int) -> Sequence[CallRow]:
        """Calls that used leaked data, the newest first."""
        return [self._call(call) for call in self._newest[:most]]

    @cached_property
    def _newest(self) -> Sequence[Mapping[str, Any]]:
        def when(call: Mapping[str, Any]) -> tuple[float, str]:
            received = self.received.get(call["call_id"])
            return (received.timestamp() if received else 0.0, call["call_id"])

        return sorted(self.leaks, key=when, reverse=True)

    @cached_property
    def _of_channel(self) -> Mapping[str, Sequence[tuple[float, Mapping[str, Any]]]]:
        """The calls that may have come from each channel: a report may have a million calls, so in one pass."""
        found: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
        for call in self.report["calls"]:
            for one in call["sources"]:
                if one["p"] >= LEAST_SHOWN:
                    found.setdefault(one["channel_id"], []).append((one["p"], call))
        for calls in found.values():
            calls.sort(key=lambda pair: (-pair[0], pair[1]["call_id"]))
        return found

    def calls_of(self, channel_id: str, most: int) -> tuple[Sequence[tuple[CallRow, str]], int]:
        """The likeliest calls that may have come from a channel, each with that probability, and how many there are."""
        found = self._of_channel.get(channel_id, ())
        return [(self._call(call), percent(p)) for p, call in found[:most]], len(found)

    def probable_calls(self, channel_id: str, least: float) -> Sequence[tuple[str, str]]:
        """(call id, canary id or empty) of calls that came from a channel with at least this probability."""
        found = self._of_channel.get(channel_id, ())
        return [(call["call_id"], call["canary_id"] or "") for p, call in found if p >= least]

    def call(self, call_id: str) -> tuple[CallRow, Sequence[Why]] | None:
        """One call with its evidence; None where it is not in the report."""
        call = self._calls.get(call_id)
        if call is None:
            return None
        return self._call(call, every=True), self._why(call)

    def window(self, channel_id: str) -> str:
        """When a channel leaked, if in one spell; empty where the data show none."""
        found = self.report["diagnostics"].get("leak_windows", {}).get(channel_id)
        if not found:
            return ""
        return self.words.said(
            "%(first)s to %(last)s (in one spell with probability %(p)s)",
            first=found["from"],
            last=found["until"],
            p=percent(found["p"]),
        )

    def _channel(self, one: Mapping[str, Any]) -> ChannelRow:
        rate = one["leak_rate"]
        return ChannelRow(
            channel_id=one["channel_id"],
            label=self.names[one["channel_id"]],
            kind=self.words.token(one["kind"]),
            verdict=one["verdict"],
            verdict_word=self.verdict_word(one["verdict"]),
            p=one["p_leaked"],
            p_text=percent(one["p_leaked"]),
            mean=rate["mean"],
            lower=rate["lower"],
            upper=rate["upper"],
            rate=f"{rate['mean']:.1%}",
            interval=f"{rate['lower']:.1%} – {rate['upper']:.1%}",
            orders=one["orders"],
            called=one["called"],
            silent=one["silent"],
            reason=self.words.retold(one["reason"]),
            factor=self.words.times(one["log_bayes_factor"]),
        )

    def _group(self, one: Mapping[str, Any]) -> GroupRow:
        return GroupRow(
            members=[(channel_id, self.words.source(channel_id, self.names)) for channel_id in one["channel_ids"]],
            verdict=one["verdict"],
            verdict_word=self.verdict_word(one["verdict"]),
            sentence=self.words.said(
                "At least one of them leaked with probability %(any)s, exactly one with %(one)s.",
                any=percent(one["p_any"]),
                one=percent(one["p_exactly_one"]),
            ),
            separating=separating_order(self.words, one["channel_ids"], self.names),
        )

    def _call(self, call: Mapping[str, Any], *, every: bool = False) -> CallRow:
        sources = [one for one in call["sources"] if one["p"] >= LEAST_SHOWN]
        return CallRow(
            call_id=call["call_id"],
            canary_id=call["canary_id"] or "",
            match=percent(call["match_p"]),
            received=self.words.moment(self.received.get(call["call_id"])),
            leaked=call["sources"][0]["channel_id"] != BACKGROUND,
            sources=[
                (one["channel_id"], self.words.source(one["channel_id"], self.names), percent(one["p"]))
                for one in (sources if every else sources[:SOURCES_SHOWN])
            ],
        )

    def _why(self, call: Mapping[str, Any]) -> Sequence[Why]:
        found = []
        for channel_id in dict.fromkeys(term["channel_id"] for term in call["evidence"]):
            terms = [
                (term["term"], float(term["log_likelihood_ratio"]))
                for term in call["evidence"]
                if term["channel_id"] == channel_id
            ]
            shown = [
                (self.words.retold(text).replace("_", " "), self._weighs(value), f"{value:+.2f}")
                for text, value in terms
                if abs(value) >= LEAST_NATS
            ]
            total = sum(value for _, value in terms)
            found.append(Why(self.words.source(channel_id, self.names), shown, f"{total:+.2f}"))
        return found

    def _weighs(self, nats: float) -> str:
        if nats >= 0:
            return self.words.said("speaks for it: %(times)s more probable", times=self.words.factor(nats))
        return self.words.said("speaks against it: %(times)s less probable", times=self.words.factor(-nats))
