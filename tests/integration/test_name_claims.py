"""The database decides which names are free: what we issue keeps its distance, what is imported is told apart."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import records as rows
from tests.factories.names import (
    APART,
    LANDLINE,
    NAME,
    OTHER,
    SAME_PAIR,
    SAME_SOUND,
    SAME_SURNAME,
    SHARED,
    bring,
    canary,
    flagged,
    issue,
    number_ids,
    own_numbers,
)
from tests.storage_dump import dump, execute
from tracer.domain.errors import AlreadyExists
from tracer.domain.line import Line
from tracer.services.canaries.change_canary import release_lines, retire_canary
from tracer.storage.canaries import OnNumber


@pytest.fixture
def pool(app):
    own_numbers(app)
    return app


def refused(app, *canaries, first=()):
    with pytest.raises(AlreadyExists, match="another process was faster"):
        issue(app, *canaries, first=first)


@pytest.mark.parametrize(
    ("name", "gender", "line"),
    [
        (NAME, "female", OTHER),
        (NAME, "male", OTHER),
        (SAME_SOUND, "female", OTHER),
        (SAME_SOUND, "female", Line(LANDLINE, "0001")),
        (SAME_SOUND, "male", SHARED),
        (SAME_PAIR, "female", SHARED),
        (SAME_PAIR, "male", SHARED),
    ],
)
def test_a_name_that_is_too_near_is_refused(pool, database_url, name, gender, line):
    issue(pool, canary())
    before = dump(database_url)
    refused(pool, canary(name, gender, line, "k-2"))
    refused(pool, canary(APART, canary_id="k-3"), canary(name, gender, line, "k-2"))
    assert dump(database_url) == before
    issue(pool, canary(APART, canary_id="k-3"))


@pytest.mark.parametrize(
    ("name", "gender", "line"),
    [
        (SAME_SOUND, "male", OTHER),
        (SAME_SOUND, "male", Line(SHARED.number, "1")),
        (SAME_PAIR, "female", OTHER),
        (SAME_PAIR, "female", Line(SHARED.number, "1")),
        (SAME_SURNAME, "female", SHARED),
        (APART, "female", SHARED),
    ],
)
def test_a_name_that_is_far_enough_is_kept(pool, name, gender, line):
    issue(pool, canary(), canary(name, gender, line, "k-2"))
    with pool.reading() as work:
        assert len(list(work.canaries.all())) == 2
    assert flagged(pool) == set()


def test_the_first_names_of_a_number_differ_everywhere(pool):
    issue(pool, canary(), first={"k-1"})
    refused(pool, canary(SAME_SURNAME, canary_id="k-2"), first={"k-2"})
    issue(pool, canary(SAME_SURNAME, line=OTHER, canary_id="k-2"), first={"k-2"})
    issue(pool, canary("张志强", canary_id="k-3"))


def test_two_of_one_batch_are_refused_as_well(pool, database_url):
    before = dump(database_url)
    refused(pool, canary(), canary(SAME_PAIR, canary_id="k-2"))
    assert dump(database_url) == before


def test_after_a_refusal_the_unit_of_work_goes_on(pool):
    issue(pool, canary())
    with pool.writing() as work:
        ids = number_ids(work)
        with pytest.raises(AlreadyExists):
            work.canaries.issue([canary("李国梁", canary_id="k-2"), canary(canary_id="k-3")], ids, work.now)
        work.canaries.issue([canary("李国梁", canary_id="k-4")], ids, work.now)
        work.commit()
    with pool.reading() as work:
        assert {one.canary_id for one in work.canaries.all()} == {"k-1", "k-4"}


def test_the_database_itself_refuses_a_claim_twice(pool, database_url):
    issue(pool, canary())
    claims = [claim for (claim,) in dump(database_url)["name_claims"]]
    assert len(claims) == 5
    for claim in claims:
        with pytest.raises(IntegrityError, match="name_claims"):
            execute(database_url, f"INSERT INTO name_claims (claim) VALUES ({claim})")


def test_a_registry_says_what_is_free(pool):
    issue(pool, canary())
    bring(pool, canary("刘海洋", "", OTHER, "k-2"))
    asked = {
        (NAME, "female"): False,
        (NAME, "male"): False,
        (SAME_SOUND, "female"): False,
        (SAME_SOUND, "male"): True,
        (SAME_PAIR, "female"): True,
        ("留海阳", "male"): False,  # of one whose gender is not known both are taken
        ("留海阳", "female"): False,
    }
    with pool.writing() as work:
        assert work.canaries.unclaimed(list(asked)) == list(asked.values())
        assert work.canaries.unclaimed([(SAME_PAIR, "female")] * 2) == [True, True]
        assert work.canaries.unclaimed([]) == []
        many = [(f"{a}{b}{c}", "male") for a in "王李陈" for b in NAMES for c in NAMES] * 4
        free = work.canaries.unclaimed([*many, (NAME, "female")])
    assert (all(free[:-1]), free[-1]) == (True, False)


NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红"


@pytest.mark.parametrize(
    ("name", "gender", "line", "is_alike"),
    [
        (NAME, "female", OTHER, True),
        (NAME, "male", Line(LANDLINE, "0001"), True),
        (SAME_SOUND, "female", OTHER, True),
        (SAME_SOUND, "", OTHER, True),
        (SAME_SOUND, "male", OTHER, False),
        (SAME_SOUND, "male", SHARED, True),
        (SAME_PAIR, "male", SHARED, True),
        (SAME_PAIR, "male", OTHER, False),
        (SAME_PAIR, "male", Line(SHARED.number, "1"), False),
        (SAME_SURNAME, "male", SHARED, False),
        (APART, "female", SHARED, False),
    ],
)
def test_an_imported_name_is_kept_and_told_apart(pool, name, gender, line, is_alike):
    issue(pool, canary(), first={"k-1"})
    assert bring(pool, canary(name, gender, line, "k-2")) == ({"k-2"} if is_alike else set())


def test_imported_names_are_told_apart_from_each_other(pool):
    brought = [
        canary(),
        canary(APART, canary_id="k-2"),
        canary(SAME_PAIR, canary_id="k-3"),
        canary("章小郭", "male", OTHER, "k-4"),
        canary(APART, "", Line(LANDLINE, "1"), "k-5"),
    ]
    assert bring(pool, *brought[:4]) == {"k-3"}
    assert bring(pool, *brought[4:], replace(brought[1], canary_id="k-6")) == {"k-5", "k-6"}


def test_what_is_issued_keeps_away_from_what_was_imported(pool):
    assert bring(pool, canary(), canary(SAME_PAIR, canary_id="k-2"), canary("王海门", canary_id="k-3")) == {"k-2"}
    refused(pool, canary(SAME_SOUND, canary_id="k-4"))
    refused(pool, canary("章晓郭", "male", canary_id="k-4"))
    refused(pool, canary("章伟强", canary_id="k-4"), first={"k-4"})
    issue(pool, canary("章伟强", canary_id="k-4"))


def test_an_import_says_how_many_sound_alike(tracer_on, tmp_path):
    canaries = [
        rows.canary(f"k-{n}", name, SHARED.number, gender="female")
        for n, name in enumerate((NAME, SAME_SOUND, NAME, APART))
    ]
    first = tracer_on.ok("import", rows.write_bundle(tmp_path / "one", {"canaries.csv": canaries}))
    assert first.err.startswith("Note: 2 of the canaries cannot be told by ear from one that was there before")
    again = [rows.canary("k-9", "赵海燕", SHARED.number)]
    second = tracer_on.ok("import", rows.write_bundle(tmp_path / "two", {"canaries.csv": again}))
    assert "by ear" not in second.err


def test_a_page_for_a_name_takes_no_page_of_claims(pool, database_url):
    page = canary("王国强李晓萌" * 33, canary_id="k-2")
    assert bring(pool, canary(), page, replace(page, canary_id="k-3")) == {"k-3"}
    assert len(dump(database_url)["name_claims"]) < 250


def test_a_retired_name_stays_taken(pool):
    issue(pool, canary(line=Line(LANDLINE, "0001")), canary("李国梁", canary_id="k-2"))
    with pool.writing() as work:
        for name in ("k-1", "k-2"):
            retire_canary(work, name)
        assert release_lines(work, 0) == 2
        work.commit()
    refused(pool, canary(line=Line(LANDLINE, "0001"), canary_id="k-3"))
    refused(pool, canary("黎国强", canary_id="k-3"))
    issue(pool, canary(APART, line=Line(LANDLINE, "0001"), canary_id="k-3"))


def test_what_a_number_carries(pool):
    issue(pool, canary(), canary("李国梁", line=Line(LANDLINE, "1"), canary_id="k-2"))
    bring(
        pool,
        replace(canary(SAME_PAIR, canary_id="k-3"), locale="en_GB"),
        canary("钱学海", line=Line(SHARED.number, "7"), canary_id="k-4"),
        canary("钱学海", line=Line(LANDLINE, "2"), canary_id="k-5"),
    )
    with pool.writing() as work:
        retire_canary(work, "k-1")
        retire_canary(work, "k-4")
        release_lines(work, 0)
        retire_canary(work, "k-2")
        ids = number_ids(work)
        assert set(work.canaries.names_on_number(ids[SHARED.number])) == {
            (NAME, "female", "zh_CN"),
            (SAME_PAIR, "female", "en_GB"),
        }
        assert list(work.canaries.names_on_number(ids[LANDLINE])) == []
        assert work.canaries.count_on_numbers() == {
            ids[SHARED.number]: {"zh_CN": OnNumber(1, 0, 0), "en_GB": OnNumber(1, 0, 1)},
            ids[LANDLINE]: {"zh_CN": OnNumber(0, 2, 1)},
        }
