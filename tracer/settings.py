"""Every setting, typed, built once and passed on as values.

Later wins: config/default.toml, then tracer.toml in the home, then TRACER_… in the environment.
"""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

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
from tracer.domain.codebook.phone_number import LONGEST_EXTENSION
from tracer.domain.errors import InvalidValue, StoreUnavailable, UnknownId
from tracer.domain.schedule import parse_schedule
from tracer.outbound.notify.services import SERVICES
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import named, read_allowed
from tracer.outbound.tasks.rules import TaskRules
from tracer.outbound.telephony.twilio_account import TwilioAccount

_EXPLAINED = "config/default.toml explains every setting"
_SECRET = (
    "time_authorities",
    "kuaidi100",
    "twilio_auth_tokens",
    "twilio_shared_keys",
    "twilio_api_key_secret",
    "aliyun_token",
    "webhook_secrets",
    "watch_lines",
)
_THIS_MACHINE = ("127.0.0.1", "[::1]", "localhost")
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


class SpokenText(BaseModel):
    """One text that a caller hears, and the language of its voice as Twilio names it (zh-CN, en-GB)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    text: str

    def __repr__(self) -> str:
        return f"{self.language}: {self.text}"


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
    drain_seconds: float = Field(ge=0, le=600)
    twilio_account_sid: str
    twilio_auth_tokens: list[SecretStr]
    twilio_shared_keys: list[SecretStr]
    twilio_reply: Literal["reject", "silence", "voicemail"]
    twilio_forward_to: str
    twilio_greeting: list[SpokenText]
    twilio_extensions: dict[str, Annotated[int, Field(ge=1, le=LONGEST_EXTENSION)]]
    twilio_extension_prompt: list[SpokenText]
    twilio_record: bool
    twilio_consent: list[SpokenText]
    twilio_api_url: str
    twilio_api_key_sid: str
    twilio_api_key_secret: SecretStr
    aliyun_token: SecretStr
    aliyun_own_numbers: list[str]
    outbound_allow: list[str]
    outbound_seconds: float = Field(gt=0, le=600)
    outbound_connect_seconds: float = Field(gt=0, le=600)
    outbound_kilobytes: int = Field(ge=1, le=65536)
    outbound_ca_file: str
    attribution_processes: int = Field(ge=1, le=256)
    attribution_cluster: str = Field(pattern=r"^((tls|tcp)://[^\s/?#@]+:\d{1,5})?$")
    attribution_cluster_ca: str
    attribution_cluster_cert: str
    attribution_cluster_key: str
    tracking_new_orders: bool
    tracking_hours: float = Field(ge=0.5, le=168)
    kuaidi100_customer: SecretStr
    kuaidi100_key: SecretStr
    kuaidi100_salt: SecretStr
    kuaidi100_url: str
    kuaidi100_callback: str
    time_authorities: list[TimeAuthoritySetting]
    public_url: str = Field(pattern=r"^(https?://[^\s/?#]+)?/?$")
    watch_folder: str
    watch_lines: list[str]
    watch_zone: str
    webhook_secrets: list[SecretStr]
    notify_services: list[str]
    job_seal: str
    job_stamp: str
    job_refresh: str
    job_pull: str
    job_tracking: str
    job_digest: str
    job_quarantine: str
    job_tidy: str
    job_retention: str
    job_backup: str

    @field_validator("webhook_secrets")
    @classmethod
    def _are_secrets(cls, given: list[SecretStr]) -> list[SecretStr]:
        """Refuse one of another form at the start: nothing that it should sign would ever fit."""
        for one in given:
            try:
                base64.b64decode(one.get_secret_value().removeprefix("whsec_"), validate=True)
            except ValueError:
                raise ValueError("secrets of the form whsec_ and base64") from None
        return given

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
    def task_rules(self) -> TaskRules:
        """Where the tasks of an attribution go; raises InvalidValue for a cluster elsewhere without TLS."""
        host = self.attribution_cluster.partition("://")[2].rpartition(":")[0]
        if self.attribution_cluster.startswith("tcp") and host not in _THIS_MACHINE:
            expected = f"tls://, or tcp:// to this machine ({' '.join(_THIS_MACHINE)})"
            raise InvalidValue("setting attribution_cluster", self.attribution_cluster, expected, _EXPLAINED)
        authority, certificate, key = (
            Path(file).expanduser() if file else None
            for file in (self.attribution_cluster_ca, self.attribution_cluster_cert, self.attribution_cluster_key)
        )
        return TaskRules(
            cluster=self.attribution_cluster,
            processes=self.attribution_processes,
            authority=authority,
            certificate=certificate,
            key=key,
            connect_seconds=self.outbound_connect_seconds,
        )

    @property
    def tracking_credentials(self) -> dict[str, dict[str, str]]:
        """What each carrier service was given, by its name."""
        return {
            "kuaidi100": {
                "customer": self.kuaidi100_customer.get_secret_value(),
                "key": self.kuaidi100_key.get_secret_value(),
                "salt": self.kuaidi100_salt.get_secret_value(),
                "url": self.kuaidi100_url,
                "callback": self.kuaidi100_callback,
            }
        }

    @property
    def twilio_account(self) -> TwilioAccount | None:
        """Where and as whom Twilio's logs are read: the API key, else the first auth token; None without either."""
        user, password = self.twilio_api_key_sid, self.twilio_api_key_secret
        if not user and self.twilio_auth_tokens:
            user, password = self.twilio_account_sid, self.twilio_auth_tokens[0]
        if not (self.twilio_account_sid and user):
            return None
        return TwilioAccount(self.twilio_account_sid, user, password.get_secret_value(), self.twilio_api_url)

    @property
    def notify_schemes(self) -> Sequence[str]:
        """The services that notifications may go to; raises InvalidValue for one that this program does not know."""
        for scheme in self.notify_services:
            if scheme not in SERVICES:
                expected = f"schemes of services among: {' '.join(SERVICES)}"
                raise InvalidValue("setting notify_services", scheme, expected)
        return self.notify_services

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
        expected = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        got = "a value not shown here" if name.startswith(_SECRET) else first.get("input")
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
