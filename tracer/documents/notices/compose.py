"""The text of a notification: short, in the person's language, honest. It accuses nobody and says what to do.

Without a wish to reveal there are only ids and kinds in it: what a message holds lies with whoever carries it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from urllib.parse import quote

from tracer.documents.catalogues import words_in
from tracer.documents.words import Words, percent
from tracer.domain.notice import MORE, Event, Item, Message, Trouble
from tracer.services.notices.plan_digest import read_zone

MOST_LINES = 8
MOST_BYTES, MOST_CHARACTERS = 1_800, 950
"""WeCom takes 2,048 bytes, Pushover 1,024 characters."""


def compose(message: Message, public_url: str) -> tuple[str, str]:
    """Title and body of a message."""
    wishes = message.target.wishes
    words, zone = _words(wishes.language), read_zone(wishes.zone)
    link = public_url.rstrip("/")
    if len(message.items) == 1:
        title, lines = _alone(message.items[0], words, zone, link)
    else:
        title, lines = _together(message.items, words, zone, link)
    footer = words.said("Tracer, message %(id)s", id=message.message_id)
    return title, _fitted(lines, footer)


def compose_test(name: str, language: str) -> tuple[str, str]:
    """Title and body of the message that the test button sends."""
    words = _words(language)
    return (
        words.said("Tracer: test"),
        words.said("This is a test from Tracer to “%(name)s”. What you asked to be told will come here.", name=name),
    )


def trouble_words(error: str, language: str) -> str:
    """Why a message was not taken, and what to do; empty for none."""
    if not error:
        return ""
    words = _words(language)
    said = words.said
    trouble, _, value = error.partition(" ")
    if trouble == Trouble.CODE:
        service, _, code = value.partition(" ")
        told = said("The service answered with its code %(code)s.", code=code)
        return f"{told}{' ' if words.key == 'en' else ''}{_code_hint(service, code, words)}"
    if trouble == Trouble.STATUS and value in ("401", "403", "404", "410"):
        return said("The service answered %(status)s: the address or a secret in it is not right.", status=value)
    texts = {
        Trouble.STATUS: said("The service answered %(status)s.", status=value),
        Trouble.REDIRECT: said("The service sends elsewhere, which is not followed. Give the address it leads to."),
        Trouble.SLOW: said("The service did not answer in time."),
        Trouble.UNREACHABLE: said("The service could not be reached, or its certificate does not hold."),
        Trouble.REFUSED: said(
            "This server sends nothing to that host or port. If it is meant, its operator puts it into outbound_allow."
        ),
        Trouble.ADDRESS: said("The address is not one of a service that may be used here."),
        Trouble.MAIL: said("The mail server did not take it: look at log-in, sender and recipient."),
        Trouble.NOT_TAKEN: said("The service did not take it: look at the secrets in the address."),
        Trouble.BROKE: said("The process that sends did not come to an end. It is tried again."),
    }
    return texts.get(Trouble(trouble), error) if trouble in set(Trouble) else error


def _code_hint(service: str, code: str, words: Words) -> str:
    """What the common codes of Chinese services mean."""
    robots = {"dingtalk": {"310000"}, "feishu": {"19021", "19022", "19024"}, "lark": {"19021", "19022", "19024"}}
    if code in robots.get(service, ()):
        return words.said("The robot's keyword, signing or IP list does not fit: use the keyword Tracer.")
    return words.said("Look it up in the service's manual; often the secret in the address is wrong.")


def _words(language: str) -> Words:
    return words_in("zh" if language == "zh_Hans" else "en")


def _alone(item: Item, words: Words, zone: tzinfo, link: str) -> tuple[str, list[str]]:
    lines = [_line(item, words, zone)]
    if advice := _advice(item.notice.event, item.about, words):
        lines.append(advice)
    lines.append(_where(link, _path(item), words))
    return _titles(words)[item.notice.event], lines


def _together(items: Sequence[Item], words: Words, zone: tzinfo, link: str) -> tuple[str, list[str]]:
    """A digest: by kind, the gravest first; of many of a kind the first few and how many more there are."""
    lines = []
    titles = _titles(words)
    for event in Event:
        mine = [item for item in items if item.notice.event is event]
        if not mine:
            continue
        lines.append(f"{titles[event]} ({_count(mine):,})")
        room = max(2, MOST_LINES // len({item.notice.event for item in items}))
        lines += [f"- {_line(item, words, zone)}" for item in mine[:room]]
        if rest := _count(mine[room:]):
            lines.append(words.said("- and %(count)s more", count=f"{rest:,}"))
    if any(item.notice.event is Event.IMPLICATED for item in items):
        lines.append(_accuses_nobody(words))
    paths = {_path(item) for item in items}
    lines.append(_where(link, paths.pop() if len(paths) == 1 else "/", words))
    return words.said("Tracer: %(count)s things to see", count=f"{_count(items):,}"), lines


def _count(items: Sequence[Item]) -> int:
    """How many things they tell of."""
    return sum(1 + int(item.about.get(MORE, 0)) for item in items)


def _titles(words: Words) -> Mapping[Event, str]:
    said = words.said
    return {
        Event.IMPLICATED: said("A channel is implicated"),
        Event.CLEARED: said("A channel is no longer implicated"),
        Event.CONTROL: said("A control was rung"),
        Event.CALL: said("A call on a canary line"),
        Event.JOB: said("A recurring job fails"),
        Event.HELD: said("Something is held back"),
    }


def _line(item: Item, words: Words, zone: tzinfo) -> str:
    about, subject_id = item.about, item.notice.subject_id
    match item.notice.event:
        case Event.IMPLICATED:
            return _implicated(item, words)
        case Event.CLEARED:
            return words.said("%(channel)s: what came since has changed that.", channel=_channel(item, words))
        case Event.CALL | Event.CONTROL:
            return _call(item, words, zone)
        case Event.JOB:
            return words.said("%(job)s, since %(since)s", job=subject_id, since=_at(about["since"], zone))
        case Event.HELD:
            return words.said("From %(source)s: %(id)s", source=about["source"], id=subject_id)


def _implicated(item: Item, words: Words) -> str:
    return words.said(
        "%(channel)s: data of these orders surfaced via this channel or someone holding its data, probability %(p)s.",
        channel=_channel(item, words),
        p=percent(float(item.about["p"])),
    )


def _channel(item: Item, words: Words) -> str:
    named = f" {item.about['name']}" if item.about.get("name") else ""
    return f"{words.token(item.about['kind'])} {item.notice.subject_id}{named}"


def _call(item: Item, words: Words, zone: tzinfo) -> str:
    about = item.about
    contacts = {"call": words.said("Call"), "sms": words.said("Text message"), "chat": words.said("Chat")}
    parts = [f"{contacts[about['kind']]} {item.notice.subject_id}", _at(about["received_at"], zone)]
    if about.get("canary_id"):
        parts.append(words.said("canary %(id)s", id=about["canary_id"]))
    if about.get("recipient"):
        parts.append(words.said("for %(name)s", name=about["recipient"]))
    if about.get("caller"):
        parts.append(words.said("from %(number)s", number=about["caller"]))
    if about.get(MORE):
        parts.append(words.said("and %(count)s more that came with it", count=f"{int(about[MORE]):,}"))
    return (", " if words.key == "en" else "，").join(parts)


def _at(moment: str, zone: tzinfo) -> str:
    """To the minute, where the person is."""
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _advice(event: Event, about: Mapping[str, str], words: Words) -> str:
    """What to do, in a sentence."""
    said = words.said
    if event is Event.IMPLICATED:
        return _accuses_nobody(words)
    if event is Event.CALL and about.get("nature") == "scam":
        return said("Give no code, move no money, hang up. Help in China: 96110. Write down what the caller knew.")
    if event is Event.CALL:
        return said("What it was is not known yet. Write down what the caller knew, while you remember.")
    if event is Event.CONTROL:
        return said("Nobody was given this recipient: no leak explains the call. It tells how many calls come anyway.")
    if event is Event.HELD:
        return said("It could not be read. Look at why, then have it read again.")
    return said("Look at its last error.") if event is Event.JOB else ""


def _accuses_nobody(words: Words) -> str:
    return words.said(
        "It is a probability, no proof against anyone. Read the report with its alternatives before you act on it."
    )


def _path(item: Item) -> str:
    event = item.notice.event
    if event in (Event.IMPLICATED, Event.CLEARED):
        return "/report"
    if event in (Event.CALL, Event.CONTROL):
        return f"/calls/{quote(item.notice.subject_id, safe='')}"
    return "/jobs" if event is Event.JOB else "/intake"


def _where(link: str, path: str, words: Words) -> str:
    return f"{link}{path}" if link else words.said("Log in to Tracer to see more.")


def _fitted(lines: Sequence[str], footer: str) -> str:
    """The lines with the footer, without so many of them from the end that it fits every service."""
    kept = list(lines)
    while True:
        body = "\n".join([*kept, footer])
        if len(kept) <= 1 or (len(body) <= MOST_CHARACTERS and len(body.encode()) <= MOST_BYTES):
            return body
        kept.pop(-2 if len(kept) > 2 else -1)
