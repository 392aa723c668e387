"""Mutation testing: does a test fail wherever the code is changed? See docs/mutation.md.

mutmut writes every mutant of a function beside it; here pytest collects the tests once, and each mutant is tried in
a process forked from there, by those tests alone that call its function, quickest first, until one fails. The parent
never runs a test: no cache is warm in a child, from code that was not yet changed. Functions that modules call while
they are imported are tried in a process that imports everything anew.
"""

from __future__ import annotations

import gc
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from contextlib import redirect_stdout
from fnmatch import fnmatch
from functools import lru_cache
from itertools import accumulate, zip_longest
from math import inf
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants
from mutmut.mutation import trampoline

TESTS = "tests/unit/domain/"
OF_PACKAGE = {
    "ledger": [TESTS + "ledger"],
    "attribution": [
        *(
            TESTS + f"attribution/test_{name}.py"
            for name in ("likelihood", "mention", "rates", "priors", "grid_sums", "campaigns")
        ),
        TESTS + "attribution/test_against_noisy_or.py",
    ],
    "codebook": [TESTS + "codebook", "--deselect=" + TESTS + "codebook/test_latin.py::test_scoring_is_fast"],
}
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "--capture=sys", "--rootdir=."]
BATCH = 20
"""Mutants tried in one process, one after the other, with all caches emptied between."""
CACHE = type(lru_cache(lambda: None))
FOUND = Path("results.jsonl")
SECONDS, TIMES = 1.0, 4.0
"""Of processor time, for a mutant beyond TIMES the time that its tests take unchanged."""
QUICK = 1.5
"""Seconds of processor time that a mutant's tests may take together, quickest first, unless every test is asked for."""
BYTES = 3 << 30
WORKERS = int(os.environ.get("WORKERS", "2"))


class Mutants:
    """A pytest plugin in place of its loop over the tests, for the mutants named."""

    def __init__(self, package: str, names: list[str], most: float) -> None:
        self.package, self.most = package, most
        self.calls: dict[str, set[str]] = defaultdict(set)  # function → tests
        self.taken: dict[str, float] = {}
        self.at_import: set[str] = set()
        self.hits: set[str] = set()
        self.names = names
        self.before = len(_lines())
        self.running: dict[int, list[str]] = {}
        trampoline.record_trampoline_hit = lambda name, caller=None: self.hits.add(name)

    def pytest_sessionstart(self) -> None:
        """Generated cases are the same each time, and a failing one is not made smaller."""
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutation",
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant."""
        from tests.time_authority import family

        self.at_import = set(self.hits)
        self.caches = [
            one
            for one in gc.get_objects()
            if isinstance(one, CACHE) and one.__module__.startswith(("tracer.", "tests.", "test_"))
            if one.__module__ != "tests.time_authority"
        ]
        self.items = {item.nodeid: item for item in session.items}
        if self.package == "ledger":
            for kind in ("good", "rsa", "expired"):
                family(kind)  # keys take long to make, and nothing of ours makes them
        self._learn()
        gc.disable()
        gc.freeze()
        while self.names or self.running:
            while self.names and len(self.running) < WORKERS:
                self._start(self.names[:BATCH])
                del self.names[:BATCH]
            self._wait()
        return True

    def _learn(self) -> None:
        """Which test calls what, and for how long, found out in a child; what an earlier run learnt is kept."""
        kept = Path("learnt.json")
        learnt = json.loads(kept.read_text()) if kept.exists() else {}
        written = {name: item.path.stat().st_mtime for name, item in self.items.items()}
        if os.fork() == 0:
            new = [item for name, item in self.items.items() if learnt.get(name, [0])[0] != written[name]]
            for item, following in zip_longest(new, new[1:]):
                self.hits.clear()
                self._forget()  # what a test finds kept, it does not call
                begun = time.process_time()
                reports = runtestprotocol(item, log=False, nextitem=following)
                if any(report.failed for report in reports):
                    os._exit(1)
                learnt[item.nodeid] = (written[item.nodeid], sorted(self.hits), time.process_time() - begun)
                kept.write_text(json.dumps(learnt))
            os._exit(0)
        if os.wait()[1]:
            sys.exit("a test fails on the code as it is")
        learnt = json.loads(kept.read_text())
        for name in self.items:
            _, hits, self.taken[name] = learnt[name]
            for hit in hits:
                self.calls[hit].add(name)

    def _forget(self) -> None:
        for cache in self.caches:
            cache.cache_clear()

    def _tests(self, name: str) -> list[str]:
        tests = sorted(self.calls[_function(name)], key=self.taken.__getitem__)
        together = list(accumulate(self.taken[test] for test in tests))
        return tests[: max(1, bisect_right(together, self.most))]

    def _start(self, names: list[str]) -> None:
        child = os.fork()
        if child:
            self.running[child] = names
            return
        resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
        signal.signal(signal.SIGPROF, _too_long)
        for name in names:
            self._try(name)
        os._exit(0)

    def _try(self, name: str) -> None:
        tests, begun = self._tests(name), time.process_time()
        limit = SECONDS + TIMES * sum(self.taken[test] for test in tests)
        resource.setrlimit(resource.RLIMIT_CPU, (int(begun + 2 * limit) + 2, resource.RLIM_INFINITY))
        signal.alarm(int(100 * limit))
        self._forget()
        trampoline.set_mutant_under_test(name)
        for test in tests:
            signal.setitimer(signal.ITIMER_PROF, limit)
            reports = runtestprotocol(self.items[test], log=False, nextitem=None)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if any(report.failed for report in reports):
                _note(name, "killed", test, time.process_time() - begun)
                return
        self._survived(name)

    def _wait(self) -> None:
        child, status = os.wait()
        names = self.running.pop(child)
        if status:
            tried = _lines(self.before)
            left = [name for name in names if name not in {one["name"] for one in tried}]
            _note(left[0], "killed by its limits", "", 0.0)
            self.names[:0] = left[1:]

    def _survived(self, name: str) -> None:
        """No test told, or there is none: what is called while modules are imported has a second chance."""
        tests = self.calls[_function(name)]
        if _function(name) in self.at_import:
            _note(name, *_tried_anew(name, sorted(tests) or OF_PACKAGE[self.package]))
        else:
            _note(name, "survived" if tests else "no tests", "", 0.0)


def _too_long(*_: object) -> None:
    raise TimeoutError("the mutant takes too long")


def _tried_anew(name: str, tests: list[str]) -> tuple[str, str, float]:
    """The mutant in a process of its own that imports everything with it."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    environment = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "killed by its limits", "", time.monotonic() - begun
    return "killed" if done.returncode else "survived", "anew", time.monotonic() - begun


def _chosen(wanted: list[str], sample: int, again: bool) -> list[str]:
    """The mutants that the patterns name: those not yet tried, or those alone that no test told."""
    names, known = [], _known()
    for file in sorted(Path("tracer").rglob("*.py.meta")):
        names += [name for name in json.loads(file.read_text())["exit_code_by_key"] if _any(name, wanted)]
    if again:
        return [name for name in names if known.get(name, {}).get("how") in ("survived", "no tests")]
    if sample and sample < len(names):
        names = _some(names, sample)
    return [name for name in names if name not in known]


def _some(names: list[str], sample: int) -> list[str]:
    """A random part, the same each time, of the mutants of every function."""
    functions: dict[str, list[str]] = defaultdict(list)
    for name in names:
        functions[_function(name)].append(name)
    share, rng = sample / len(names), random.Random(0)
    found = [name for some in functions.values() for name in rng.sample(some, max(1, round(share * len(some))))]
    rng.shuffle(found)  # so that what was tried when it is stopped is a sample as well
    return found


def _function(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


def _known() -> dict[str, dict[str, Any]]:
    """What was found of each mutant, the last word of each; nothing of a function that was changed since."""
    hashes: dict[str, str] = {}
    for file in Path("tracer").rglob("*.py.meta"):
        module = ".".join(file.with_name(file.name.removesuffix(".py.meta")).parts)
        for name, hashed in json.loads(file.read_text())["hash_by_function_name"].items():
            hashes[f"{module}.{name}"] = hashed
    return {one["name"]: one for one in _lines() if hashes.get(_function(one["name"])) == one["hash"]}


def _lines(first: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in FOUND.read_text().splitlines()[first:]] if FOUND.exists() else []


def _any(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _note(name: str, how: str, by: str, seconds: float) -> None:
    module, _, function = _function(name).rpartition(".")
    hashed = json.loads(Path(module.replace(".", "/") + ".py.meta").read_text())["hash_by_function_name"][function]
    line = {"name": name, "hash": hashed, "how": how, "by": by, "seconds": round(seconds, 2)}
    with FOUND.open("a") as file:
        file.write(json.dumps(line) + "\n")


def _generate() -> None:
    """Write the mutants of what was changed since the last time, and copy the tests."""
    Path("mutants").mkdir(exist_ok=True)
    with redirect_stdout(io.StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(WORKERS)


def main() -> None:
    """Arguments: a package, patterns of mutants, `--sample=N`, `--again` (those that no test told), `--every-test`."""
    package, *rest = sys.argv[1:]
    trampoline.set_mutant_under_test("mutant_generation")
    _generate()
    os.chdir("mutants")
    sys.path.insert(0, os.getcwd())
    sample = next((int(one.partition("=")[2]) for one in rest if one.startswith("--sample=")), 0)
    wanted = [one for one in rest if not one.startswith("--")] or [f"tracer.domain.{package}.*"]
    trampoline.set_mutant_under_test("stats")
    plugin = Mutants(package, _chosen(wanted, sample, "--again" in rest), inf if "--every-test" in rest else QUICK)
    pytest.main([*OPTIONS, *OF_PACKAGE[package]], plugins=[plugin])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, found in _known().items():
        counts[_function(name).rpartition(".")[0]][found["how"]] += 1
    for module, count in sorted(counts.items()):
        print(module, dict(count))


if __name__ == "__main__":
    main()
