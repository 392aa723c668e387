"""Every setting, typed, built once and passed on as values.

Later wins: config/default.toml, then tracer.toml in the home, then TRACER_… in the environment.
"""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from tracer.domain.access import AccessRules
from tracer.domain.errors import InvalidValue, StoreUnavailable, UnknownId
from tracer.domain.schedule import parse_schedule
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import named, read_allowed

_EXPLAINED = "config/default.toml explains every setting"
_NO_SETTINGS = frozenset(("home", "test_pg_url"))


def config_folder() -> Path:
    """The shipped configuration: inside the installed wheel, else the project's folder."""
    packaged = Path(__file__).parent / "_config"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "config"


def default_home() -> Path:
    """TRACER_HOME, else the platform's folder for user data."""
    given = os.environ.get("TRACER_HOME")
    return Path(given).expanduser() if given else Path(platformdirs.user_data_dir("tracer", appauthor=False))


class TimeAuthoritySetting(BaseModel):
    """One time-stamp authority: its URL (which may hold a secret) and a PEM file or folder of roots, or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr
    roots: str = ""

    def __repr__(self) -> str:
        return named(self.url.get_secret_value())


class Settings(BaseSettings):
    """The settings of config/default.toml; see there for what each means."""

    model_config = SettingsConfigDict(env_prefix="TRACER_", extra="forbid", frozen=True)

    home: Path
    database_url: str
    key_file: str
    key: SecretStr = SecretStr("")
    actor: str
    locale: Literal["zh_CN", "en_US", "en_GB"]
    quarantine_days: int = Field(ge=0)
    retention_call_days: int = Field(ge=0)
    retention_canary_days: int = Field(ge=0)
    canary_prior: float = Field(gt=0, lt=1)
    progress: bool
    session_hours: int = Field(ge=1)
    idle_hours: int = Field(ge=1)
    failed_logins_per_hour: int = Field(ge=2)
    lookups_per_hour: int = Field(ge=1)
    upload_megabytes: int = Field(ge=1, le=1024)
    attachment_megabytes: int = Field(ge=1, le=256)
    backups_kept: int = Field(ge=1)
    outbound_allow: list[str]
    outbound_seconds: float = Field(gt=0, le=600)
    outbound_connect_seconds: float = Field(gt=0, le=600)
    outbound_kilobytes: int = Field(ge=1, le=65536)
    outbound_ca_file: str
    time_authorities: list[TimeAuthoritySetting]
    job_seal: str
    job_stamp: str
    job_refresh: str
    job_quarantine: str
    job_tidy: str
    job_retention: str
    job_backup: str

    @field_validator("*", mode="after")
    @classmethod
    def check_schedules(cls, value: object, info: ValidationInfo) -> object:
        """When a recurring job runs has to be something that can be read."""
        if isinstance(value, str) and str(info.field_name).startswith("job_"):
            parse_schedule(value, f"setting {info.field_name}")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over the home's tracer.toml over the shipped defaults; no .env, no secrets folder."""
        home = init_settings()["home"]
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, Path(home) / "tracer.toml"),
            TomlConfigSettingsSource(settings_cls, config_folder() / "default.toml"),
        )

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'tracer.db'}"

    @property
    def key_path(self) -> Path:
        """The key file in force."""
        return Path(self.key_file).expanduser() if self.key_file else self.home / "tracer.key"

    @property
    def outbound_rules(self) -> OutboundRules:
        """What the guarded client lets out; raises InvalidValue for a bad entry of the allow list."""
        return OutboundRules(
            allowed=read_allowed(self.outbound_allow),
            seconds=self.outbound_seconds,
            connect_seconds=self.outbound_connect_seconds,
            body_bytes=self.outbound_kilobytes * 1024,
            ca_file=Path(self.outbound_ca_file).expanduser() if self.outbound_ca_file else None,
        )

    @property
    def access_rules(self) -> AccessRules:
        """What the services of logging in go by."""
        return AccessRules(self.session_hours, self.idle_hours, self.failed_logins_per_hour)


def load_settings(home: Path | None = None) -> Settings:
    """Read all settings; raises InvalidValue naming the first bad one, StoreUnavailable where the home is closed."""
    folder = home if home is not None else default_home()
    _refuse_misspelt_variables()
    try:
        return Settings(home=folder)  # type: ignore[call-arg]  # the other values come from the sources
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UnknownId("setting", name, _did_you_mean(_close(name))) from error
        expected = first["msg"].removeprefix("Input should be ")
        got = "a value not shown here" if name.startswith("time_authorities") else first.get("input")
        raise InvalidValue(f"setting {name}", got, expected, _EXPLAINED) from error
    except SettingsError as error:  # a list in the environment; the message names the field
        name = next((one for one in Settings.model_fields if f'"{one}"' in str(error)), "in the environment")
        raise InvalidValue(
            f"setting {name}", "something else", 'a list in JSON form (["a", "b"])', _EXPLAINED
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValue("tracer.toml", str(error), "valid TOML in UTF-8", f"See {folder / 'tracer.toml'}") from error
    except OSError as error:
        raise _unreadable(folder / "tracer.toml", error) from error


def _refuse_misspelt_variables() -> None:
    """Raise UnknownId for TRACER_QUARANTINE_DAY: unnoticed, the default would hold. Other programs' are let be."""
    for variable in sorted(os.environ):
        prefix, name = variable[:7].upper(), variable[7:].lower()
        if prefix == "TRACER_" and name not in {*Settings.model_fields, *_NO_SETTINGS} and (close := _close(name)):
            raise UnknownId("setting", variable, _did_you_mean(f"TRACER_{close.upper()}"))


def _close(name: str) -> str:
    return next(iter(get_close_matches(name, Settings.model_fields, n=1)), "")


def _did_you_mean(close: str) -> str:
    return f"Did you mean {close}? {_EXPLAINED}" if close else _EXPLAINED


def read_toml(path: Path) -> dict[str, Any]:
    """One TOML file, empty where there is none; raises InvalidValue with the place of a slip."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValue(path.name, str(error), "valid TOML in UTF-8", f"Mend {path}") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"{path} cannot be read: {error.strerror}. Mend that, or set TRACER_HOME to another folder")
