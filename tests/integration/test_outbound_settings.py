"""The settings of what goes out reach the client and the time-stamp authorities."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.listening import listening
from tests.time_authority import authority
from tracer.bootstrap import build
from tracer.domain.errors import InvalidValue, OutboundRefused, UnknownId
from tracer.settings import load_settings

DIGEST = hashlib.sha256(b"a checkpoint").digest()


def test_nothing_is_configured_by_default(tmp_path: Path):
    app = build(tmp_path)
    assert not app.time_authorities
    with listening() as inside, pytest.raises(OutboundRefused):
        app.outbound.get(inside.url("127.0.0.1"))
    assert inside.accepted == 0
    assert "registry" not in app.__dict__  # no database is opened for it


@pytest.mark.parametrize("as_folder", [False, True])
def test_authorities_in_the_homes_file(tmp_path: Path, as_folder):
    (tmp_path / "roots").mkdir()
    with authority(tmp_path / "roots", "chain") as running:
        roots = running.roots.parent if as_folder else running.roots
        text = (
            f'outbound_allow = ["127.0.0.0/8"]\ntime_authorities = [{{ url = "{running.url}", roots = "{roots}" }}]\n'
        )
        (tmp_path / "tracer.toml").write_text(text)
        stamp = build(tmp_path).time_authorities.stamp(DIGEST)
    assert stamp.proven.trusted


def test_authorities_in_the_environment(tmp_path: Path, monkeypatch):
    with authority(tmp_path) as running:
        monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["127.0.0.1"]')
        monkeypatch.setenv("TRACER_TIME_AUTHORITIES", json.dumps([{"url": running.url}]))
        stamp = build(tmp_path).time_authorities.stamp(DIGEST)
    assert not stamp.proven.trusted


def test_bad_settings_are_named(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", "10.0.0.0/8")
    with pytest.raises(InvalidValue, match=r"outbound_allow.*JSON"):
        load_settings(tmp_path)
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", '["10.0.0.1/8"]')
    with pytest.raises(InvalidValue, match="outbound_allow"):
        _ = build(tmp_path).outbound
    monkeypatch.setenv("TRACER_OUTBOUND_ALLOW", "[]")
    monkeypatch.setenv("TRACER_TIME_AUTHORITIES", '[{"url": "https://tsa.example/hunter2", "root": "x"}]')
    with pytest.raises(UnknownId, match=r"time_authorities.0.root"):
        load_settings(tmp_path)
    monkeypatch.setenv("TRACER_TIME_AUTHORITIES", '[{"roots": "https://tsa.example/hunter2"}]')
    with pytest.raises(InvalidValue, match=r"time_authorities.0.url") as caught:
        load_settings(tmp_path)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("TRACER_TIME_AUTHORITIES", '[{"url": "https://tsa.example", "roots": "/nowhere/root.pem"}]')
    with pytest.raises(InvalidValue, match=r"time_authorities, roots: .*/nowhere/root.pem"):
        _ = build(tmp_path).time_authorities


def test_an_address_is_not_shown_with_its_secrets(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TRACER_TIME_AUTHORITIES", '[{"url": "https://u:hunter2@tsa.example/hunter2?hunter2"}]')
    settings = load_settings(tmp_path)
    assert str(settings.time_authorities) == "[https://tsa.example]"
    assert "hunter2" not in repr(settings) + repr(build(tmp_path).time_authorities.authorities)
