"""One page of a Google Voice takeout: a call, a voicemail, or a conversation by text.

The pages are nowhere documented. They carry microformats, which do not depend on the language of the account: `haudio`
with `published` and `duration` for calls, `hChatLog` with `message` for texts, `tel` links for numbers, and for the
kind of call a tag whose link ends in #received, #missed, #voicemail, #placed or #recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag

_ME = "Me"


@dataclass(frozen=True, slots=True)
class Told:
    """A call or message as a page tells it; `kinds` are its tags, `published` ISO 8601, `own`: sent by the shopper."""

    kinds: frozenset[str]
    published: str
    number: str
    name: str
    text: str = ""
    own: bool = False
    own_number: str = ""
    extra: dict[str, str] = field(default_factory=dict)


class PageRejected(Exception):
    """A page that is no HTML."""


def read_page(content: str) -> Iterator[Told]:
    """What a page tells, in its order; nothing for a page of another kind. Raises PageRejected for what is no HTML."""
    try:
        soup = BeautifulSoup(content, "html.parser")
    except (ParserRejectedMarkup, AssertionError, RecursionError) as error:
        raise PageRejected(str(error)[:80]) from error
    links = [link for tags in soup.find_all(class_="tags") for link in tags.find_all("a")]
    kinds = frozenset(str(link.get("href", "")).rpartition("#")[2].lower()[:40] for link in links)
    for log in soup.find_all(class_="haudio"):
        yield _call(log, kinds)
    for chat in soup.find_all(class_="hChatLog"):
        messages = [(message, *_person(message)) for message in chat.find_all(class_="message")]
        own_number = next((number for message, number, _ in messages if _is_own(message)), "")
        for message, number, name in messages:
            yield Told(
                kinds=kinds,
                published=_title(message.find(class_="dt")),
                number=number,
                name=name,
                text=_text(message.find("q")),
                own=_is_own(message),
                own_number=own_number,
            )


def _call(log: Tag, kinds: frozenset[str]) -> Told:
    number, name = _person(log.find(class_="contributor") or log)
    extra = {}
    if duration := _title(log.find(class_="duration")):
        extra["duration"] = duration[:40]
    if (sound := log.find("audio")) is not None:
        extra["recording"] = str(sound.get("src", ""))[:500]
    return Told(
        kinds=kinds,
        published=_title(log.find(class_="published")),
        number=number,
        name=name,
        text=_text(log.find(class_="full-text")),
        extra=extra,
    )


def _person(within: Tag) -> tuple[str, str]:
    link = within.find("a", class_="tel")
    if link is None:
        return "", ""
    number = str(link.get("href", "")).removeprefix("tel:")
    name = _text(link.find(class_="fn"))
    return number, "" if name == number else name


def _is_own(message: Tag) -> bool:
    link = message.find("a", class_="tel")
    name = None if link is None else link.find(class_="fn")
    # The shopper stands in an abbr, everybody else in a span, whatever the language.
    return name is not None and (name.name == "abbr" or _text(name) == _ME)


def _title(tag: Tag | None) -> str:
    return "" if tag is None else str(tag.get("title", ""))


def _text(tag: Tag | None) -> str:
    if tag is None:
        return ""
    for end in tag.find_all("br"):
        end.replace_with("\n")
    return tag.get_text().strip()
