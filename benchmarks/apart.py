"""An attribution worked out by one process, by processes of this machine, and by Dask workers: seconds and agreement.

python -m benchmarks.apart --orders 20000 200000 --repeat 3 (a million orders take 4 GB and half an hour)
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
from threadpoolctl import threadpool_limits

from benchmarks.campaign_arrays import campaign
from benchmarks.tables import seconds, table
from tests.dask_cluster import Cluster, dask_cluster
from tracer.bootstrap import load_model
from tracer.domain.attribution.engine import affordable
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fitter
from tracer.outbound.tasks.opening import open_tasks
from tracer.outbound.tasks.rules import TaskRules

MODEL = load_model(Path("/nowhere"))
HEADER = (
    *("orders", "worked out by", "wall", "CPU here", "CPU of the busiest helper", "one after the other"),
    *("times as fast", "sent", "received", "largest difference of P(leaked)"),
)


WHAT = ("wall", "cpu", "busiest", "path")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--repeat", type=int, default=1)
    chosen = parser.parse_args()
    rows = [row for orders in chosen.orders for row in measure(campaign(orders, MODEL), orders, chosen.repeat)]
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    table(f"{os.cpu_count()} cores, load {load} at the end; medians of {chosen.repeat}", HEADER, rows)


def measure(evidence: Evidence, orders: int, repeat: int) -> list[list[str]]:
    """A row for each way; they take turns, so that what else the machine does meets all alike."""
    with tempfile.TemporaryDirectory(prefix="tracer-apart-") as folder:
        paths = [Path(folder) / str(workers) for workers in (1, 2)]
        for path in paths:
            path.mkdir()
        with dask_cluster(paths[0], 1) as one, dask_cluster(paths[1], 2) as two:
            time.sleep(10)
            ways = {
                "this process": (TaskRules(), []),
                "2 processes": (TaskRules(processes=2), []),
                "Dask, 1 worker": (TaskRules(cluster=one.address, connect_seconds=60), _ids(one)),
                "Dask, 2 workers": (TaskRules(cluster=two.address, connect_seconds=60), _ids(two)),
            }
            runs: dict[str, list[Run]] = {way: [] for way in ways}
            for _ in range(repeat):
                for way, (rules, helpers) in ways.items():
                    runs[way].append(fit(evidence, rules, helpers))
                    print(orders, way, runs[way][-1], file=sys.stderr)
    first = runs["this process"][0]
    usual = statistics.median(run.path for run in runs["this process"])
    return [
        [
            f"{orders:,}",
            way,
            *(seconds(statistics.median(getattr(run, what) for run in made)) for what in WHAT),
            f"{usual / statistics.median(run.path for run in made):.2f}",
            *(f"{made[0].told.get(key, 0)} MB" for key in ("megabytes_sent", "megabytes_received")),
            agreement(first, made[0]),
        ]
        for way, made in runs.items()
    ]


class Run:
    """One fit: seconds, what the tasks tell, P(leaked) and its standard error.

    `path` is the processor time here and of the busiest helper, one after the other: about the wall time where each
    has a core to itself, whatever else this machine does.
    """

    def __init__(self, evidence: Evidence, rules: TaskRules, helpers: list[int]) -> None:
        before = {one: _cpu(one) for one in helpers}
        sampling = affordable(MODEL.sampling, evidence)
        begin, used = time.perf_counter(), time.process_time()
        with threadpool_limits(limits=1, user_api="blas"), open_tasks(rules) as tasks:
            fitter = Fitter(evidence, MODEL.other, MODEL.assumptions, tasks=tasks)
            draws = fitter.fit(sampling, np.random.default_rng(sampling.seed)).draws
            self.told = tasks.told()
            own = [child.pid for child in psutil.Process().children()]
            self.busiest = max((_cpu(one) - before.get(one, 0.0) for one in (*helpers, *own)), default=0.0)
        self.wall, self.cpu = time.perf_counter() - begin, time.process_time() - used
        self.path = self.cpu + self.busiest
        self.p, self.error = draws.p_leaky[:-1], draws.error
        if self.told.get("tasks_here"):
            raise SystemExit(f"not worked out where it should be: {self.told}")

    def __str__(self) -> str:
        return f"wall {self.wall:.1f}, CPU here {self.cpu:.1f}, busiest helper {self.busiest:.1f} s {self.told}"


def fit(evidence: Evidence, rules: TaskRules, helpers: list[int]) -> Run:
    """One fit in a process of its own, so that none finds the memory warm."""
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        return fresh.submit(Run, evidence, rules, helpers).result()


def _ids(cluster: Cluster) -> list[int]:
    return [worker.pid for worker in cluster.workers]


def _cpu(process: int) -> float:
    used = psutil.Process(process).cpu_times()
    return float(used.user + used.system)


def agreement(first: Run, other: Run) -> str:
    """The largest difference of P(leaked) beside the larger standard error of the two."""
    if first is other:
        return f"(standard error {first.error:.1e})"
    return f"{np.abs(first.p - other.p).max():.1e} of {max(first.error, other.error):.1e}"


if __name__ == "__main__":
    main()
