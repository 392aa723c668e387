"""Somebody with a browser but no JavaScript: logs in by a link, reads pages, fills in their forms."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.factories.access import do, person
from tests.serving import client
from tracer.bootstrap import Application
from tracer.services.access.log_in import make_login_link


class Forms(HTMLParser):
    """The forms of a page: address, and what each would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.found.append({"action": given.get("action"), "method": given.get("method"), "fields": []})
        elif tag == "input" and name and self.found:
            ticked = given.get("type") not in {"checkbox", "radio", "file"} or "checked" in given
            if ticked:
                self.found[-1]["fields"].append((name, given.get("value") or ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.found[-1]["fields"].append((self._select, given.get("value") or ""))
        elif tag == "textarea":
            self._area = name

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1]["fields"].append((self._area, data.removeprefix("\n")))


class Browser:
    """A person of a role at a served application."""

    def __init__(self, app: Application, address: str, role: str = "owner", language: str = "en") -> None:
        self.http: httpx.Client = client(address)
        self.http.headers["accept-language"] = language
        self.user = person(app, f"{role}-person", role)
        token = do(app, make_login_link, self.user.user_id)
        assert self.http.get("/login", params={"token": token}).status_code == 303

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def text(self, path: str) -> str:
        """What the page shows, without its tags."""
        return text_of(self.get(path))

    def form(self, path: str, action: str) -> list[tuple[str, str]]:
        """The fields of the form of a page that is sent to that address."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        parser = Forms()
        parser.feed(answer.text)
        return next(list(one["fields"]) for one in parser.found if one["action"] == action)

    def send(self, page: str, action: str, **fields: object) -> httpx.Response:
        """Fill in a page's form and send it; a list sends a field several times."""
        kept = [(name, value) for name, value in self.form(page, action) if name not in fields]
        return self.post(action, kept + pairs(fields))

    def post(self, action: str, fields: list[tuple[str, str]]) -> httpx.Response:
        together: dict[str, list[str]] = {}
        for name, value in fields:
            together.setdefault(name, []).append(value)
        return self.http.post(action, data=together)

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/account").text)
        assert found
        return unescape(found[1])


def pairs(fields: dict[str, object]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, given in fields.items()
        for value in (given if isinstance(given, list) else [given])
    ]


def text_of(answer: httpx.Response) -> str:
    """What a page shows, without its tags, blanks together."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
