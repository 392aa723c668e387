"""Whose name was that, with the line noted rightly, wrongly or not at all."""

import pytest

from tests.factories import records as rows
from tests.factories.registry import LANDLINE, SHARED, add_channel, issue, own_number, place
from tracer.domain.codebook.decode import NameIndex
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.heard_values import Heard
from tracer.domain.line import Line
from tracer.services.calls.identify_call import Identifier
from tracer.services.calls.name_directory import NameDirectory
from tracer.services.canaries.change_canary import retire_canary


@pytest.fixture
def two_numbers(app):
    """A number with extensions and one that is shared, and three canaries on each."""
    shop = add_channel(app)
    own_number(app, LANDLINE)
    own_number(app, SHARED, "")
    return issue(app, shop, count=3, number=LANDLINE), issue(app, shop, count=3, number=SHARED)


def identify(app, heard, dialled=None, directory=None):
    with app.reading() as work:
        heard = heard if isinstance(heard, Heard) else Heard(heard)
        return Identifier(work, 0.9, directory).identify(heard, dialled)


def slipped(digits):
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def test_a_name_is_found_on_its_line_and_on_none(app, two_numbers):
    for one in (*two_numbers[0], *two_numbers[1]):
        assert identify(app, one.recipient_name, one.phone).verdict == one.canary_id
        assert identify(app, one.recipient_name).verdict == one.canary_id


def test_an_extension_left_out_or_slipped_leads_to_the_name_said(app, two_numbers):
    one = two_numbers[0][0]
    assert identify(app, one.recipient_name, Line(LANDLINE)).verdict == one.canary_id
    assert identify(app, one.recipient_name, Line(LANDLINE, slipped(one.phone.extension))).verdict == one.canary_id


def test_a_digit_of_the_number_may_have_slipped(app, two_numbers):
    own, shared = two_numbers[0][0], two_numbers[1][0]
    noted = Line(slipped(LANDLINE), own.phone.extension)
    assert identify(app, own.recipient_name, noted).verdict == own.canary_id
    assert identify(app, shared.recipient_name, Line(slipped(SHARED))).verdict == shared.canary_id
    with pytest.raises(UnknownId, match="not in your pool"):
        identify(app, own.recipient_name, Line("+442079460999"))


def test_the_line_noted_outweighs_one_a_slip_away(app, two_numbers):
    one = two_numbers[0][0]
    found = identify(app, one.recipient_name[0] + ("女士" if one.gender == "female" else "先生"), one.phone)
    assert found.candidates[0].canary_id == one.canary_id
    assert identify(app, Heard(), one.phone).verdict == one.canary_id
    with pytest.raises(InvalidValue, match="--heard"):
        identify(app, Heard(), Line(LANDLINE))


def test_a_strangers_name_is_nobodys(app, two_numbers):
    for dialled in (None, Line(SHARED), two_numbers[0][0].phone):
        found = identify(app, "诸葛孔明", dialled)
        assert found.verdict is None
        assert found.not_ours > 0.9


def test_other_values_heard_are_joined_in(app, two_numbers):
    one, other, _ = two_numbers[1]
    place(app, one.canary_id, item="保温杯", price="349.10", order_no="26000926523")
    place(app, other.canary_id, item="羽绒服", price="120.00", order_no="26000000000")
    vague = one.recipient_name[1]  # one syllable may be anybody's
    for dialled in (None, Line(SHARED)):
        assert identify(app, Heard(vague, order_no="6523"), dialled).candidates[0].canary_id == one.canary_id
        assert identify(app, Heard(item="保温杯", price="349"), dialled).verdict == one.canary_id


def test_where_the_heard_name_differs_is_told(app, two_numbers):
    one = two_numbers[1][0]
    heard = one.recipient_name[:2] + ("酸" if one.recipient_name[2] != "酸" else "破")
    (difference,) = identify(app, heard, Line(SHARED)).candidates[0].differences
    assert (difference.place, difference.heard) == (3, "suan")


def test_a_directory_follows_what_is_issued_and_retired(app, two_numbers, monkeypatch):
    directory, shop = NameDirectory(), two_numbers[0][0].issued_for[0]
    read = []
    extend = NameIndex.extend
    monkeypatch.setattr(
        NameIndex, "extend", lambda self, names, *more: (read.append(len(names)), extend(self, names, *more))
    )
    first = two_numbers[0][0]
    assert identify(app, first.recipient_name, directory=directory).verdict == first.canary_id
    (late,) = issue(app, shop)
    assert identify(app, late.recipient_name, directory=directory).verdict == late.canary_id
    assert [n for n in read if n] == [6, 1]  # nothing is read twice
    with app.writing() as work:
        retire_canary(work, late.canary_id)
        work.commit()
    quarantined = identify(app, late.recipient_name, directory=directory)
    assert quarantined.verdict == late.canary_id  # its line is still listened to
    issue(app, shop, quarantine_days=0)  # lets go of lines that rested
    assert identify(app, late.recipient_name, directory=directory).verdict is None


class HalfRead:
    """A unit of work of which the connection breaks while names are read, not in the order of next time."""

    def __init__(self, work):
        self.canaries = self
        self._work = work

    def index_entries(self, mark):
        entries, mark = self._work.canaries.index_entries(mark)
        return self._some(list(entries)), mark

    def _some(self, entries):
        yield from reversed(entries[1:])
        raise ConnectionError


def test_a_directory_that_breaks_off_learns_nothing_wrong(app, two_numbers):
    directory = NameDirectory()
    with app.reading() as work, pytest.raises(ConnectionError):
        directory.follow(HalfRead(work))
    late = issue(app, two_numbers[0][0].issued_for[0])
    for canary in (*two_numbers[0], *two_numbers[1], *late):
        assert identify(app, canary.recipient_name, directory=directory).verdict == canary.canary_id


def test_the_command_tells_what_differs_and_stays_silent_about_titles(tracer_on, app, two_numbers):
    one = two_numbers[1][0]
    answer = tracer_on.json("identify", "--heard", one.recipient_name, "--dialled", SHARED)
    assert set(answer) == {"candidates", "not_ours", "verdict"}
    assert answer["candidates"][0]["canary_id"] == answer["verdict"] == one.canary_id
    assert answer["candidates"][0]["differs"] == []
    text = tracer_on.ok("identify", "--heard", one.recipient_name[:2] + "酸", "--dialled", SHARED).out
    assert "part 3: heard suan, is " in text


def test_capacity_tells_use_and_room(tracer_on, two_numbers):
    found = tracer_on.json("codebook", "capacity")
    rows = {(row["number"], row["locale"]): row for row in found["numbers"]}
    assert len(rows) == 6
    own, shared = rows[LANDLINE, "zh_CN"], rows[SHARED, "zh_CN"]
    assert (own["extension_digits"], own["used"], own["capacity"], own["left"]) == (4, 3, 10_000, 9_997)
    assert (shared["extension_digits"], shared["used"], shared["first_left"]) == (None, 3, 97)
    assert shared["left"] == shared["capacity"] - 3
    assert {row["locale"]: row["used"] for row in found["registry"]} == {"zh_CN": 6, "en_US": 0, "en_GB": 0}
    assert "4-digit extensions" in tracer_on.ok("codebook", "capacity", "--locale", "zh_CN").out
    assert "zh_CN en_US en_GB" in tracer_on("codebook", "capacity", "--locale", "fr_FR").refused()


def test_english_names_share_their_room(tracer_on, app, two_numbers):
    issue(app, two_numbers[0][0].issued_for[0], count=2, number=SHARED, locale="en_US")
    numbers = tracer_on.json("codebook", "capacity")["numbers"]
    rows = {row["locale"]: row for row in numbers if row["number"] == SHARED}
    assert (rows["en_US"]["used"], rows["en_GB"]["used"]) == (2, 0)
    assert rows["en_GB"]["left"] == rows["en_GB"]["capacity"] - 2
    assert rows["zh_CN"]["first_left"] == 97


def test_imported_names_that_sound_like_an_earlier_one_are_shown(tracer, tmp_path):
    canaries = [rows.canary("k-1"), rows.canary("k-2"), rows.canary("k-3", "王志强")]
    tracer.ok("import", rows.write_bundle(tmp_path / "b", {"canaries.csv": canaries}))
    assert [one["canary_id"] for one in tracer.json("canary", "list", "--alike")] == ["k-2"]
    assert tracer.json("canary", "show", "k-2")["sounds_like_another"] is True
    assert "a call may mean either" in tracer.ok("canary", "show", "k-2").out
    assert tracer.json("canary", "show", "k-3")["sounds_like_another"] is False


def test_an_extension_that_nobody_has_says_nothing_by_itself(app):
    shop = add_channel(app)
    own_number(app, SHARED, "")
    issue(app, shop)
    with pytest.raises(InvalidValue, match="--heard"):
        identify(app, Heard(), Line(SHARED, "0000"))


def test_where_an_extension_was_left_out_identify_and_report_agree(tracer, tmp_path):
    base, extension = "+442079460016", "+442079460016;ext=1234"
    tables = {
        "channels.csv": [rows.channel()],
        "canaries.csv": [
            rows.canary("k-1", "周建国", base, issued_for="merchant-1"),
            rows.canary("k-2", "沈叶琼", extension, issued_for="merchant-1"),
        ],
        "calls.csv": [rows.call(dialled_number=base, heard_name="沈叶琼")],
    }
    tracer.ok("import", rows.write_bundle(tmp_path / "b", tables))
    assert tracer.json("identify", "--heard", "沈叶琼", "--dialled", base)["verdict"] == "k-2"
    (call,) = tracer.json("report", "--as-of", "2026-09-01T00:00:00+08:00")["calls"]
    assert call["canary_id"] == "k-2"
