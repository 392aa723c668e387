"""tracer jobs: the list, a run, pause and resume; and two workers, of which one is killed."""

import signal
import subprocess
import sys
import time

from tests.command_line import ROOT


def of(tracer, name):
    return next(one for one in tracer.json("jobs") if one["job"] == name)


def test_they_are_listed_run_paused_and_resumed(tracer_on):
    assert "never run" in tracer_on.ok("jobs").out
    ran = tracer_on.json("jobs", "run", "tidy")
    assert (ran["job"], ran["result"], ran["runs"], ran["note"]) == ("tidy", "ok", 1, "tidy")
    assert "quarantine: nothing to do" in tracer_on.ok("jobs", "run", "quarantine").out
    assert "is paused" in tracer_on.ok("jobs", "pause", "tidy").out
    assert of(tracer_on, "tidy")["state"] == "paused"
    assert tracer_on.json("jobs", "resume", "tidy")["state"] == "waiting"
    assert "ok: tidy" in tracer_on.ok("jobs").out


def test_what_is_wrong_is_said(tracer):
    refused = tracer("jobs", "run", "nix")
    assert "there is no recurring job 'nix'. There are: seal" in refused.refused()
    tracer.ok("jobs")
    tracer.home.mkdir(exist_ok=True)
    (tracer.home / "backups").touch()
    failed = tracer("jobs", "run", "backup")
    assert "recurring job 'backup' failed: the folder $TRACER_HOME/backups cannot be made" in failed.refused()
    tracer.more["TRACER_JOB_TIDY"] = "sometimes"
    assert "setting job_tidy: expected 30s, 15m" in tracer("jobs").refused()


def test_two_workers_and_one_is_killed(tracer):
    tracer.more["TRACER_JOB_TIDY"] = "1s"
    tracer.ok("migrate")
    command = [sys.executable, "-m", "tracer", "work"]
    workers = [subprocess.Popen(command, cwd=ROOT, env=tracer.environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        _wait_for(tracer, 1)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait(30)
        _wait_for(tracer, of(tracer, "tidy")["runs"] + 1)
        workers[1].terminate()
        assert workers[1].wait(30) == 0
    finally:
        for worker in workers:
            worker.kill()
    tidy = of(tracer, "tidy")
    assert tidy["failed_runs"] == 0


def _wait_for(tracer, runs):
    for _ in range(60):
        if of(tracer, "tidy")["runs"] >= runs:
            return
        time.sleep(0.2)
    raise AssertionError(f"it was not run {runs} times")
