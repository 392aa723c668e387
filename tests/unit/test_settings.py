"""Settings: shipped defaults, then the home's tracer.toml, then the environment."""

from pathlib import Path
from typing import get_args

import pytest

from tracer.domain.access import AccessRules
from tracer.domain.codebook.repertoire import LOCALES
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.settings import Settings, config_folder, default_home, load_settings, read_toml


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "KEY", "KEY_FILE", "ACTOR", "LOCALE", "QUARANTINE_DAYS"):
        monkeypatch.delenv(f"TRACER_{name}", raising=False)
    return tmp_path


def test_every_setting_has_a_shipped_default_that_is_explained():
    names = set(Settings.model_fields) - {"home", "key"}
    assert set(read_toml(config_folder() / "default.toml")) == names
    text = (config_folder() / "default.toml").read_text("utf-8").split("\n\n")
    assert all("#" in part for part in text)


def test_the_defaults(home):
    settings = load_settings(home)
    assert settings.url == f"sqlite:///{home / 'tracer.db'}"
    assert settings.key_path == home / "tracer.key"
    assert (settings.locale, settings.quarantine_days) == ("zh_CN", 90)
    assert settings.access_rules == AccessRules()
    assert settings.lookups_per_hour == 600


def test_the_later_source_wins(home, monkeypatch):
    (home / "tracer.toml").write_text('quarantine_days = 30\nactor = "file"\n')
    monkeypatch.setenv("TRACER_ACTOR", "environment")
    settings = load_settings(home)
    assert (settings.quarantine_days, settings.actor) == (30, "environment")


@pytest.mark.parametrize(
    ("name", "value"), [("QUARANTINE_DAYS", "many"), ("CANARY_PRIOR", "1"), ("PROGRESS", "?"), ("LOCALE", "tlh")]
)
def test_a_bad_value_in_the_environment_is_named(home, monkeypatch, name, value):
    monkeypatch.setenv(f"TRACER_{name}", value)
    with pytest.raises(InvalidValue, match=f"setting {name.lower()}"):
        load_settings(home)


def test_the_locales_are_those_that_names_are_issued_in():
    assert get_args(Settings.model_fields["locale"].annotation) == LOCALES


def test_a_setting_that_is_not_there_is_named_with_the_one_meant(home, monkeypatch):
    (home / "tracer.toml").write_text("quarantine_dayz = 30\n")
    with pytest.raises(UnknownId, match=r"no setting 'quarantine_dayz'. Did you mean quarantine_days\?"):
        load_settings(home)
    (home / "tracer.toml").write_text("colour = 3\n")
    with pytest.raises(UnknownId, match=r"no setting 'colour'. config/default.toml explains"):
        load_settings(home)
    (home / "tracer.toml").unlink()
    monkeypatch.setenv("TRACER_SOMETHING_ELSE", "1")
    load_settings(home)
    monkeypatch.setenv("TRACER_KEYFILE", "x")
    with pytest.raises(UnknownId, match=r"no setting 'TRACER_KEYFILE'. Did you mean TRACER_KEY_FILE\?"):
        load_settings(home)


def test_the_key_is_not_shown(home, monkeypatch):
    monkeypatch.setenv("TRACER_KEY", "ab" * 32)
    assert "abab" not in repr(load_settings(home))


def test_the_home_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRACER_HOME", "~/somewhere")
    assert default_home() == Path.home() / "somewhere"
    monkeypatch.delenv("TRACER_HOME")
    assert default_home().name == "tracer"


@pytest.mark.parametrize("value", ['"whsec_quistgaard"', '["whsec_???quistgaard"]'])
def test_a_secret_that_is_none_is_refused_without_being_shown(home, value):
    (home / "tracer.toml").write_text(f"webhook_secrets = {value}\n")
    with pytest.raises(InvalidValue, match="setting webhook_secrets: expected") as caught:
        load_settings(home)
    assert "quistgaard" not in str(caught.value)
