"""Tasks elsewhere: what is lost there is done here, what is misconfigured is refused, nothing is loaded too early."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.slow_tasks import divide
from tests.tls_files import tls_files
from tracer.domain.attribution.tasks import HERE, here
from tracer.domain.errors import InvalidValue
from tracer.outbound.tasks.elsewhere import Elsewhere, Lost
from tracer.outbound.tasks.opening import open_tasks
from tracer.outbound.tasks.rules import TaskRules
from tracer.outbound.tasks.working import work
from tracer.settings import load_settings


class Faltering(Elsewhere):
    """Works out so many items, then is gone."""

    where = "faltering"

    def __init__(self, lasts: int) -> None:
        super().__init__()
        self.left = lasts
        self.asked = 0

    def _at_once(self):
        return 3

    def _each(self, token, shared, items):
        for place in reversed(range(len(items))):
            self.asked += 1
            if not self.left:
                raise Lost("it is gone. Look for it")
            self.left -= 1
            yield place, work(token, shared, items[place])

    def close(self):
        self.left = 0


def test_what_is_lost_is_worked_out_here_and_told(caplog):
    tasks, shares = Faltering(2), []
    assert tasks.parts == 3
    assert tasks.map(divide, 12, [1, 2, 3, 4], shares.append) == [12, 6, 4, 3]
    assert shares == [0.25, 0.5, 0.75, 1.0]
    told = tasks.told()
    assert (told["tasks_there"], told["tasks_here"], told["why_here"]) == (2, 2, "it is gone. Look for it")
    assert caplog.messages == ["attribution goes on in this process: it is gone. Look for it"]
    assert tasks.map(divide, 12, [6]) == [2]
    assert (tasks.asked, tasks.parts) == (3, 1)  # it was not asked again


def test_what_goes_well_gives_no_reason():
    tasks = Faltering(5)
    assert tasks.map(divide, 12, [1, 2]) == [12, 6]
    assert "why_here" not in tasks.told()


def test_a_function_that_fails_anywhere_fails_here():
    with pytest.raises(ZeroDivisionError):
        Faltering(0).map(divide, 12, [0])


def test_without_settings_everything_is_done_here():
    with open_tasks(TaskRules()) as tasks, here() as also:
        assert tasks is also is HERE
        assert tasks.told() == {}


def test_a_cluster_without_the_extra_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed.security", None)
    with pytest.raises(InvalidValue, match=r"attribution_cluster: .*pip install distributed"):
        use(TaskRules(cluster="tcp://127.0.0.1:1"))


def test_certificates_that_are_not_there_are_named(tmp_path):
    file = tmp_path / "some.pem"
    file.write_text("")
    rules = TaskRules(cluster="tls://127.0.0.1:1")
    for name, given in (
        ("ca", rules),
        ("cert", replace(rules, authority=file)),
        ("key", replace(rules, authority=file, certificate=file, key=tmp_path / "none")),
    ):
        with pytest.raises(InvalidValue, match=f"setting attribution_cluster_{name}: expected a PEM file"):
            use(given)


def test_certificates_that_are_none_are_refused(tmp_path):
    file = tmp_path / "some.pem"
    file.write_text("no certificate")
    rules = TaskRules(cluster="tls://127.0.0.1:1", authority=file, certificate=file, key=file)
    with pytest.raises(InvalidValue, match="setting attribution_cluster_ca, _cert or _key"):
        use(rules)


def test_a_key_under_a_passphrase_is_refused_and_nobody_is_asked_for_it(tmp_path):
    folder = tls_files(tmp_path)
    key = load_pem_private_key(Path(folder["key"]).read_bytes(), None)
    Path(folder["key"]).write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase"))
    )
    rules = TaskRules("tls://127.0.0.1:1", 1, *(Path(folder[name]) for name in ("ca", "cert", "key")))
    with pytest.raises(InvalidValue, match="with its key, which has no passphrase"):
        use(rules)


def use(rules):
    with open_tasks(rules):
        pass


def test_the_settings_say_where(tmp_path):
    assert load_settings(tmp_path).task_rules == TaskRules()
    (tmp_path / "tracer.toml").write_text(
        'attribution_cluster = "tls://dask.lan:8786"\nattribution_processes = 2\nattribution_cluster_ca = "~/ca.pem"\n'
    )
    rules = load_settings(tmp_path).task_rules
    assert (rules.cluster, rules.processes) == ("tls://dask.lan:8786", 2)
    assert rules.authority is not None
    assert rules.authority.is_absolute()


@pytest.mark.parametrize("address", ["dask.lan:8786", "http://dask.lan:80", "tls://dask.lan", "tls://u:p@dask.lan:1"])
def test_an_address_of_another_form_is_refused(tmp_path, monkeypatch, address):
    monkeypatch.setenv("TRACER_ATTRIBUTION_CLUSTER", address)
    with pytest.raises(InvalidValue, match="setting attribution_cluster"):
        load_settings(tmp_path)


def test_without_tls_no_other_machine_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACER_ATTRIBUTION_CLUSTER", "tcp://dask.lan:8786")
    with pytest.raises(InvalidValue, match="expected tls://, or tcp:// to this machine"):
        load_settings(tmp_path).task_rules  # noqa: B018  # a property that refuses
    monkeypatch.setenv("TRACER_ATTRIBUTION_CLUSTER", "tcp://[::1]:8786")
    assert load_settings(tmp_path).task_rules.cluster == "tcp://[::1]:8786"


def test_dask_is_not_loaded_before_it_is_asked_for():
    code = "import tracer.settings, tracer.outbound.tasks.opening, sys; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
