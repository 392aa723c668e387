"""Long work over HTTP: asked for, done by a worker, fetched by whoever asked."""

import io
import json
import zipfile
from threading import Event, Thread

import pytest

from tests.factories import records as rows
from tests.house import application_at
from tests.refusals import is_problem
from tests.serving import client, client_as, serving
from tests.storage_dump import dump
from tracer.domain.access import Role
from tracer.intake.csv_bundle import read
from tracer.scheduler.run_jobs import run_jobs, run_one

V1 = "/api/v1"
ZIP = {"Content-Type": "application/zip"}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLANTED = ("Wilhelmina Quistgaard", "periwinkle kettle", "+442079460016;ext=0042")


def bundle(**tables):
    """A zip of the tables, by file name without .csv."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, records in tables.items():
            archive.writestr(f"{name}.csv", rows.filled_text(records))
    return file.getvalue()


def campaign():
    return bundle(
        channels=[rows.channel(), rows.channel("courier-1", "courier", "老王", natural_person="yes")],
        numbers=[rows.number(extension_digits="4")],
        canaries=[rows.canary(recipient_name=PLANTED[0], issued_for="merchant-1")],
        orders=[rows.order(item=PLANTED[1])],
        exposures=[rows.exposure()],
        calls=[rows.call()],
    )


def done(app, who, answer):
    """The job of an answer after a worker did it."""
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "queued"
    assert run_one(app, "worker")
    return who.get(answer.headers["location"]).json()


def upload(who, content):
    return who.post(f"{V1}/imports", content=content, headers=ZIP)


def begin(who, **body):
    return who.post(f"{V1}/jobs", json=body)


def output(who, job):
    return who.get(f"{V1}/jobs/{job['job_id']}/output")


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_imported_is_exported_the_same_again(app, owner, tmp_path):
    told = done(app, owner, upload(owner, campaign()))
    assert (told["state"], told["result"]["added"]["calls.csv"]) == ("done", 1)
    assert (told["done"], told["total"]) == (told["total"], told["total"])
    exported = done(app, owner, begin(owner, kind="export"))
    assert exported["result"]["rows"]["canaries.csv"] == 1
    fetched = output(owner, exported)
    assert fetched.headers["content-type"] == "application/zip"
    assert exported["job_id"] in fetched.headers["content-disposition"]

    other = application_at(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'tracer.db'}")
    try:
        with serving(other) as where, client_as(other, where, Role.OWNER) as its_owner:
            assert done(other, its_owner, upload(its_owner, fetched.content))["state"] == "done"
            again = output(its_owner, done(other, its_owner, begin(its_owner, kind="export")))
    finally:
        other.close()
    assert files_of(again.content) == files_of(fetched.content)

    second = done(app, owner, upload(owner, fetched.content))
    assert second["result"]["added"]["calls.csv"] == 0
    assert second["result"]["unchanged"]["calls.csv"] == 1


@SQLITE
def test_an_export_and_every_fetch_of_it_is_in_the_journal(app, owner):
    me = owner.get(f"{V1}/session").json()["principal_id"]
    job = done(app, owner, begin(owner, kind="export"))
    for event in ("registry_exported", "job_done"):
        (fact,) = owner.get(f"{V1}/journal", params={"event": event}).json()["items"]
        assert (fact["actor"], fact["subject_id"]) == (me, job["job_id"])
    for _ in range(2):
        assert output(owner, job).status_code == 200
    fetched = owner.get(f"{V1}/journal", params={"event": "job_output_fetched"}).json()["items"]
    assert [(fact["actor"], fact["subject_id"]) for fact in fetched] == [(me, job["job_id"])] * 2


def test_bad_rows_are_named_and_nothing_is_kept(app, owner):
    bad = bundle(
        channels=[rows.channel(), rows.channel("", "merchant", "x")],
        orders=[rows.order(canary_id="k-none", price="cheap")],
    )
    told = done(app, owner, upload(owner, bad))
    assert told["state"] == "failed"
    assert "nothing was imported" in told["result"]["error"]
    named = "\n".join(told["result"]["rows"])
    assert "channels.csv:3: channel_id" in named
    assert "orders.csv:2: price" in named
    assert owner.get(f"{V1}/channels").json()["items"] == []
    is_problem(output(owner, told), 409)


@SQLITE
@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + b"\0" * 50,
        b"PK",
        campaign()[:-40],
        campaign()[:200] + b"\xff" * 40 + campaign()[240:],
        bundle(),
        bundle(strangers=[rows.channel()]),
    ],
    ids=["header alone", "mark alone", "cut", "damaged", "empty", "other files"],
)
def test_a_zip_that_is_none(app, owner, content):
    told = done(app, owner, upload(owner, content))
    assert told["state"] == "failed"
    assert "a fault of this program" not in told["result"]["error"]
    assert owner.get(f"{V1}/channels").json()["items"] == []
    assert done(app, owner, upload(owner, campaign()))["state"] == "done"


@SQLITE
def test_a_zip_that_unpacks_to_more_than_is_taken(app, owner, monkeypatch):
    monkeypatch.setattr(read, "UNPACKED_LIMIT", 1 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("channels.csv", b"\0" * (2 << 20))
    assert len(file.getvalue()) < 10_000
    told = done(app, owner, upload(owner, file.getvalue()))
    assert told["state"] == "failed"
    assert "unpacks to at most 1 MB" in told["result"]["error"]


@SQLITE
def test_an_upload_that_is_too_large(app, owner):
    app.settings.__dict__["upload_megabytes"] = 1
    with serving(app) as where, client(where, owner.headers["authorization"].split()[1]) as who:
        is_problem(upload(who, b"PK" + b"x" * (1 << 20)), 413)
        is_problem(who.post(f"{V1}/imports", content=iter([b"PK" + b"x" * (1 << 20)]), headers=ZIP), 413)


def test_reports_states_and_worlds(app, owner, analyst):
    done(app, owner, upload(owner, campaign()))
    report = done(app, analyst, begin(analyst, kind="report"))
    assert report["result"]["channels"] == 2
    made = output(analyst, report)
    assert made.headers["content-type"] == "application/json"
    assert {one["name"] for one in made.json()["channels"]} == {"兰亭旗舰店", "courier-1"}
    hers = done(app, owner, begin(owner, kind="report"))
    assert "老王" not in output(owner, hers).text  # what is stored names no natural person

    state = done(app, analyst, begin(analyst, kind="refresh"))
    assert state["state"] == "done"
    is_problem(output(analyst, state), 409)
    assert analyst.get(f"{V1}/calls/c-1/explanation").json()["call_id"] == "c-1"


@SQLITE
def test_a_simulated_world(app, analyst):
    world = done(app, analyst, begin(analyst, kind="simulate", family="shopper", seed=7, orders=20))
    assert world["state"] == "done", world
    found = files_of(output(analyst, world).content)
    assert "bundle/orders.csv" in found
    assert json.loads(found["truth.json"])
    is_problem(begin(analyst, kind="simulate", family="no such"), 422)


@SQLITE
def test_jobs_are_seen_by_who_asked_and_by_owners(app, owner, analyst, address):
    job = done(app, analyst, begin(analyst, kind="refresh"))
    where = f"{V1}/jobs/{job['job_id']}"
    with client_as(app, address, Role.ANALYST) as teammate, client(address) as outsider:
        is_problem(teammate.get(where), 404)
        is_problem(teammate.get(f"{where}/output"), 404)
        assert teammate.get(f"{V1}/jobs").json()["items"] == []
        is_problem(outsider.get(where), 401)
    assert owner.get(where).json() == job
    assert owner.get(f"{V1}/jobs").json()["items"] == [job]
    mine = begin(owner, kind="export").json()["job_id"]
    is_problem(analyst.get(f"{V1}/jobs/{mine}"), 404)
    is_problem(analyst.get(f"{V1}/jobs/{mine}/output"), 404)


def test_files_of_jobs_lie_sealed(app, owner):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # not packed: it would be found
        for name, content in files_of(campaign()).items():
            archive.writestr(name, content)
    waiting = upload(owner, file.getvalue())
    assert all(text.encode() in file.getvalue() for text in PLANTED)

    def found():
        held = repr(dump(app.settings.url)).encode()
        held += b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
        return [text for text in PLANTED if text.encode() in held]

    assert not found()
    assert done(app, owner, waiting)["state"] == "done"
    done(app, owner, begin(owner, kind="export"))
    assert not found()


@SQLITE
def test_a_worker_goes_on_until_it_is_stopped(app, owner):
    begun = [begin(owner, kind="export").json()["job_id"] for _ in range(3)]
    stop = Event()
    worker = Thread(target=run_jobs, args=(app, stop))
    worker.start()
    try:
        for job_id in begun:
            for _ in range(600):
                if owner.get(f"{V1}/jobs/{job_id}").json()["state"] == "done":
                    break
                stop.wait(0.05)
            else:
                pytest.fail("it is not done")
    finally:
        stop.set()
        worker.join(30)
    assert not worker.is_alive()
