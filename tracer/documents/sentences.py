"""Sentences that a report says on every face: what it rests on, what depends on what, how the calculation went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracer.documents.words import Words, percent


def number(value: object, *, percentage: bool = False) -> str:
    """A figure of the diagnostics to three places."""
    if isinstance(value, float):
        if percentage:
            return f"{value:.1%}"
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return str(value)


def basis(words: Words, *, exposed: int, calls: int, leaks: int, left_out: object, converged: bool) -> list[str]:
    """What a report rests on: channels that were shown something, calls that count, and those left out."""
    lines = [
        words.said(
            "%(channels)s saw orders or canaries; %(calls)s counted.",
            channels=words.counted(exposed, "channel"),
            calls=words.counted(calls, "call"),
        )
    ]
    if calls:
        lines.append(_leaked_and_background(words, leaks, calls - leaks))
    if isinstance(left_out, int) and left_out:
        lines.append(
            words.said("Left out as legitimate, accusing nobody: %(calls)s.", calls=words.counted(left_out, "call"))
        )
    if not converged:
        lines.append(words.said("The calculation has not settled (see the end): read every figure with caution."))
    return lines


def _leaked_and_background(words: Words, leaks: int, rest: int) -> str:
    if not rest:
        if leaks == 1:
            return words.said("It most probably used leaked data.")
        return words.said("Each of them most probably used leaked data.")
    if leaks + rest == 1:
        return words.said("It looks like background that any number gets.")
    if rest == 1:
        return words.said(
            "Calls that most probably used leaked data: %(leaks)s. The other one looks like background that any number "
            "gets.",
            leaks=f"{leaks:,}",
        )
    return words.said(
        "Calls that most probably used leaked data: %(leaks)s. The other %(rest)s look like background that any number "
        "gets.",
        leaks=f"{leaks:,}",
        rest=f"{rest:,}",
    )


def effect(words: Words, change: object, names: Mapping[str, str]) -> str:
    """One changed assumption in words: which verdicts change, and the probabilities it gives."""
    if not isinstance(change, Mapping):
        return words.retold(str(change))
    parts = [
        words.said("%(channel)s would not be implicated", channel=words.source(str(one), names))
        for one in change.get("no_longer_implicated", ())
    ]
    parts += [
        words.said("%(channel)s would be implicated as well", channel=words.source(str(one), names))
        for one in change.get("newly_implicated", ())
    ]
    p_leaked: Mapping[str, float] = change.get("p_leaked", {})
    shown = words.said(", ").join(f"{names.get(key, key)} {percent(p)}" for key, p in p_leaked.items())
    told = words.said("; ").join(parts) or words.said("no verdict changes")
    return words.said("%(told)s (%(shown)s).", told=told, shown=shown) if shown else words.said("%(told)s.", told=told)


def separating_order(words: Words, channel_ids: Sequence[str], names: Mapping[str, str]) -> str:
    """The order that would tell the channels of a group apart."""
    first, *others = (names.get(one, one) for one in channel_ids)
    return words.said(
        "Place an order that passes through %(first)s but not through %(others)s.",
        first=first,
        others=words.said(" or ").join(others),
    )


def course(words: Words, diagnostics: Mapping[str, object]) -> list[str]:
    """Convergence, censoring and the check of the model against the data, in words."""
    get = diagnostics.get
    settled = words.said("it has settled") if get("converged") else words.said("it has NOT settled")
    lines = [
        words.said(
            "%(chains)s chains of %(draws)s draws; the worst R-hat is %(r_hat)s and the smallest effective sample "
            "%(ess)s: %(settled)s. Chance in these draws moves the least certain probability of a leak by about "
            "%(error)s; chance in what was learned before them comes on top, and may be larger.",
            chains=get("chains"),
            draws=get("draws"),
            r_hat=number(get("max_r_hat")),
            ess=number(get("min_ess")),
            settled=settled,
            error=number(get("standard_error")),
        ),
        words.said(
            "%(share)s of the calls that leaks would cause are still to come.",
            share=number(get("censored_share"), percentage=True),
        ),
    ]
    checks = get("predictive_check")
    if isinstance(checks, Mapping):
        for name, check in checks.items():
            what = words.retold(str(name).replace("_", " ").capitalize())
            lines.append(
                words.said(
                    "%(what)s: %(observed)s seen, the fitted model expects %(expected)s (p = %(p)s).",
                    what=what,
                    observed=number(check["observed"]),
                    expected=number(check["expected"]),
                    p=number(check["p_value"]),
                )
            )
    return lines


def sealed(words: Words, diagnostics: Mapping[str, object]) -> list[str]:
    """What is sealed of the facts behind the report, and which time an authority vouches for."""
    quote = diagnostics.get("ledger")
    if not isinstance(quote, Mapping):
        return []
    if not quote["size"]:
        return [words.said("Nothing is sealed in the ledger yet.")]
    lines = [
        words.said(
            "Sealed in the ledger %(origin)s: %(facts)s. The fingerprint of its key: %(fingerprint)s.",
            facts=words.counted(quote["size"], "fact"),
            origin=quote["origin"],
            fingerprint=quote["fingerprint"],
        )
    ]
    stamped = quote["stamped"]
    if stamped is None:
        lines.append(words.said("No time-stamp authority vouches for when: the order is proven, the time is not."))
    else:
        lines.append(
            words.said(
                "%(authority)s vouches that the first %(facts)s were there at %(time)s.",
                authority=stamped["authority"],
                facts=words.counted(stamped["size"], "fact"),
                time=stamped["time"],
            )
        )
    return lines


def together(words: Words, background: Mapping[str, Any]) -> list[str]:
    """Calls that came together, and so count as less than as many."""
    lines = []
    bursts, campaigns = background.get("bursts"), background.get("campaigns")
    if isinstance(bursts, list) and bursts:
        most = bursts[0]
        lines.append(
            words.said(
                "Strangers rang many lines within hours %(count)s, most on %(day)s (about %(lines)s lines, %(usual)s "
                "times the usual): one event each time.",
                count=words.counted(background["burst_count"], "time"),
                day=most["from"][:10],
                lines=f"{most['lines']:.0f}",
                usual=number(most["times_usual"]),
            )
        )
    if isinstance(campaigns, Mapping) and campaigns["number"]:
        lines.append(
            words.said(
                "%(calls)s belong to %(campaigns)s of one caller and script within hours: what their callers say is "
                "not independent evidence.",
                calls=words.counted(campaigns["calls"], "call"),
                campaigns=words.counted(campaigns["number"], "campaign"),
            )
        )
    return lines
