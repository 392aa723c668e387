"""Every command of docs/notifications.md does what it says, and the page knows every event and service."""

import shlex

from tests.command_line import ROOT
from tracer.domain.notice import Event
from tracer.outbound.notify.services import SERVICES

PAGE = (ROOT / "docs" / "notifications.md").read_text("utf-8")


def test_the_commands(tracer):
    lines = [shlex.split(line.removeprefix("$ ")) for line in PAGE.splitlines() if line.startswith("$ ")]
    assert len(lines) == 9
    for words in lines:
        made = {one["name"]: one["target_id"] for one in tracer.json("notify", "list")}  # the order is the clock's
        named = {"TARGET": made.get("phone", "")}
        tracer.ok(*(named.get(word, word) for word in words[1:]))
    (left,) = tracer.json("notify", "list")
    assert (left["name"], left["rhythm"], left["service"]) == ("digest", "daily", "schan")
    assert "SENDKEY" not in tracer.ok("notify", "show", left["target_id"]).out


def test_a_place_that_does_not_answer_is_told(tracer):
    added = tracer.json("notify", "add", "json://127.0.0.1:9/secret-path", "--name", "here")
    refused = tracer("notify", "test", added["target_id"])
    assert refused.code == 1
    assert "This server sends nothing to that host or port" in refused.out
    assert "secret-path" not in refused.out + refused.err
    refused = tracer("notify", "add", "syslog://secret-path")
    assert refused.code == 1
    assert "expected an address that begins with one of" in refused.err
    assert "secret-path" not in refused.err


def test_events_and_services_are_all_there():
    assert [event for event in Event if f"`{event}`" not in PAGE] == []
    names = {name.split()[0] for name, _ in SERVICES.values()} - {"JSON", "Form", "E-mail"}
    assert [name for name in names if name not in PAGE] == []
