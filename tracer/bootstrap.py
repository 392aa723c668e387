"""The only place that wires: settings, key, database and model become one application object."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from tracer.domain.attribution.model import AttributionModel, build_model, merge
from tracer.domain.errors import StoreUnavailable
from tracer.settings import Settings, config_folder, load_settings, read_toml
from tracer.storage.keyfile import GivenKeys, KeyFile, KeySource
from tracer.storage.unit_of_work import Registry, UnitOfWork, open_registry


def local_now() -> datetime:
    """The wall clock with this machine's offset, to the second."""
    return datetime.now(UTC).astimezone().replace(microsecond=0)


@dataclass
class Application:
    """What a face needs: the settings, the registry, the model, a clock and a source of randomness."""

    settings: Settings
    clock: Callable[[], datetime]
    rng: np.random.Generator

    @cached_property
    def registry(self) -> Registry:
        """The registry, opened (made, upgraded) at first use."""
        settings = self.settings
        where = "the PostgreSQL database" if settings.url.startswith("postgres") else settings.url.partition("///")[2]
        if settings.url.startswith("sqlite"):
            make_home(settings.home)
        return open_registry(settings.url, where, self.key_source, self.clock())

    @property
    def key_source(self) -> KeySource:
        """Where the master key comes from: TRACER_KEY, else the key file."""
        given = self.settings.key.get_secret_value()
        return GivenKeys(given) if given else KeyFile(self.settings.key_path, make_home)

    @cached_property
    def model(self) -> AttributionModel:
        """The attribution model: shipped channels.toml under the home's own."""
        return load_model(self.settings.home)

    @cached_property
    def scripts(self) -> dict[str, dict[str, str]]:
        """The known scam scripts: id to its text in each language."""
        return read_toml(config_folder() / "scripts.toml")

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """A unit of work for a change; the face commits it."""
        with self.registry.writing(self.actor, self.clock()) as work:
            yield work

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit of work that changes nothing."""
        with self.registry.reading(self.actor, self.clock()) as work:
            yield work

    @property
    def actor(self) -> str:
        """Who the journal names."""
        if self.settings.actor:
            return self.settings.actor
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container without a user entry
            return "local"

    def close(self) -> None:
        """Let go of the database, where it was opened."""
        if "registry" in self.__dict__:
            self.registry.close()


def load_model(home: Path) -> AttributionModel:
    """The shipped assumptions with the home's channels.toml laid over them."""
    return build_model(merge(read_toml(config_folder() / "channels.toml"), read_toml(home / "channels.toml")))


def make_home(home: Path) -> None:
    """Make the home folder, readable by its owner only; raises StoreUnavailable where that fails."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder {home} cannot be made: {error.strerror}. Set TRACER_HOME") from error


def build(home: Path | None = None, clock: Callable[[], datetime] = local_now, seed: int | None = None) -> Application:
    """The application for one home folder (default: TRACER_HOME or the platform's folder)."""
    return Application(load_settings(home), clock, np.random.default_rng(seed))
