"""Attribution tasks in other processes: a real Dask scheduler with workers over TLS, and processes of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.command_line import ROOT
from tests.dask_cluster import Cluster, dask_cluster
from tests.factories.campaigns import MODEL, QUICK, Rang, Shown, campaign
from tests.factories.tasks import Posted
from tests.slow_tasks import end_at_once, fail_elsewhere, length, linger, square
from tests.tls_files import tls_files
from tracer.domain.attribution.fit import Fitter
from tracer.domain.fields import Fields
from tracer.outbound.tasks.dask_cluster import DaskCluster
from tracer.outbound.tasks.opening import open_tasks
from tracer.outbound.tasks.processes import Processes
from tracer.outbound.tasks.rules import TaskRules

SHORT = replace(QUICK, warmup=4, draws=5, most_draws=10, error=1e-9)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("dask")
    with dask_cluster(folder, 2, tls_files(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def rules(cluster) -> TaskRules:
    """How the cluster is reached, once both workers are there."""
    rules = TaskRules(
        cluster=cluster.address,
        authority=Path(cluster.tls["ca"]),
        certificate=Path(cluster.tls["cert"]),
        key=Path(cluster.tls["key"]),
        connect_seconds=60,
    )
    while True:
        asking = DaskCluster(rules)
        found = asking.parts
        asking.close()
        if found == 2:
            return rules
        time.sleep(0.2)


def p_leaked(tasks) -> list[float]:
    routes = [[Shown(0, n / 5), Shown(1, n / 5)] for n in range(12)]
    calls = [Rang(n, n / 5 + 1, Fields.NAME) for n in (1, 4, 6)]
    fitter = Fitter(campaign(("merchant", "courier"), routes, calls), MODEL.other, MODEL.assumptions, tasks=tasks)
    return fitter.fit(SHORT, np.random.default_rng(1)).draws.p_leaky.tolist()


def test_workers_answer_what_this_process_would_and_outlive_one_another(cluster, rules, tmp_path):
    with open_tasks(rules) as tasks:
        assert p_leaked(tasks) == p_leaked(Posted())
        told = tasks.told()
    assert (told["where"], told["at_once"], told["tasks_here"]) == ("dask", 2, 0)
    assert told["tasks_there"] > 4
    assert told["megabytes_sent"] > 0 < told["megabytes_received"]

    large = "x" * (2 << 20)  # an item that goes straight to a worker
    with open_tasks(rules) as tasks:
        assert tasks.map(length, None, [large, "y"]) == [len(large), 1]
        assert tasks.told()["tasks_here"] == 0

    other = DaskCluster(rules, wanted=("0.0.0", np.__version__))
    assert other.map(square, str(tmp_path), [2, 3]) == [4, 9]
    assert "expected workers of Tracer 0.0.0 with numpy" in str(other.told()["why_here"])
    other.close()

    with open_tasks(rules) as tasks, killed(tmp_path / "0.pid"):
        assert tasks.map(square, str(tmp_path), [0, 2, 3, 4]) == [0, 4, 9, 16]
        assert tasks.told()["tasks_here"] == 0  # the other worker did it
    assert [worker.poll() for worker in cluster.workers].count(None) == 1

    last = DaskCluster(rules)
    with killed(tmp_path / "1.pid", cluster.scheduler.pid):
        assert last.map(square, str(tmp_path), [1, 5]) == [1, 25]
    assert "a task was lost" in str(last.told()["why_here"])
    assert last.parts == 1
    last.close()

    gone = DaskCluster(replace(rules, connect_seconds=0.5))
    assert gone.map(square, str(tmp_path), [6]) == [36]
    assert "no scheduler answers" in str(gone.told()["why_here"])
    gone.close()


class killed:  # noqa: N801  # reads as a sentence
    """Kills the process that writes its id into the file, or another one then."""

    def __init__(self, file: Path, instead: int | None = None) -> None:
        self._file, self._instead = file, instead
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._kill)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._over.wait(0.05):
            if self._file.exists() and (text := self._file.read_text()):
                os.kill(self._instead or int(text), signal.SIGKILL)
                return


def test_processes_of_this_machine_answer_what_this_one_would(tmp_path):
    with open_tasks(TaskRules(processes=2)) as tasks:
        assert p_leaked(tasks) == p_leaked(Posted())
        assert tasks.told()["tasks_here"] == 0
        assert tasks.map(end_at_once, os.getpid(), [1, 2, 3]) == [1, 4, 9]
        assert tasks.parts == 1
        assert "ended early" in str(tasks.told()["why_here"])


def test_a_task_that_fails_in_another_process_is_done_here():
    with open_tasks(TaskRules(processes=2)) as tasks:
        assert tasks.map(fail_elsewhere, os.getpid(), [1, 2, 3]) == [1, 4, 9]
        told = tasks.told()
    assert (told["tasks_there"], told["tasks_here"]) == (0, 3)
    assert told["why_here"] == "a task failed in a process of this machine: MemoryError"


def test_processes_end_with_whoever_asked(tmp_path):
    asking = subprocess.Popen([sys.executable, "-m", "tests.slow_tasks", str(tmp_path)], cwd=ROOT)
    helpers = begun(tmp_path)
    asking.kill()
    asking.wait()
    psutil.wait_procs(helpers, timeout=10)
    assert not [helper for helper in helpers if helper.is_running()]


def test_processes_end_where_nobody_wants_the_answer_any_more(tmp_path):
    class NotWanted(Exception):
        pass

    def unless_begun(_: float) -> None:
        if len(list(tmp_path.glob("*.pid"))) == 2:
            raise NotWanted

    began = time.monotonic()
    with pytest.raises(NotWanted), open_tasks(TaskRules(processes=2)) as tasks:
        tasks.map(linger, str(tmp_path), [0, 1], unless_begun)
    assert time.monotonic() - began < 100  # of the 300 seconds that each would take
    assert not [helper for helper in begun(tmp_path) if helper.is_running()]


def begun(folder: Path) -> list[psutil.Process]:
    """The two processes that `linger`, once both do; those that ended meanwhile are left out."""
    while not all((folder / f"{n}.pid").exists() and (folder / f"{n}.pid").read_text() for n in (0, 1)):
        time.sleep(0.05)
    ids = [int((folder / f"{n}.pid").read_text()) for n in (0, 1)]
    return [psutil.Process(one) for one in ids if psutil.pid_exists(one)]


def test_a_report_is_made_where_no_scheduler_answers_and_says_so(tracer):
    tracer.ok("channel", "add", "courier", "A courier")
    assert "tasks" not in tracer.json("report")["diagnostics"]
    tracer.more |= {
        "TRACER_ATTRIBUTION_CLUSTER": "tcp://127.0.0.1:1",
        "TRACER_OUTBOUND_CONNECT_SECONDS": "0.1",
    }
    told = tracer.json("report")["diagnostics"]["tasks"]
    assert (told["where"], told["tasks_there"]) == ("dask", 0)
    assert told["tasks_here"] > 0
    assert told["why_here"].startswith("tcp://127.0.0.1:1: no scheduler answers as it should (")


def test_processes_begin_with_the_first_task():
    tasks = Processes(3)
    assert tasks.parts == 3
    tasks.close()
    assert tasks.told()["tasks_there"] == 0
