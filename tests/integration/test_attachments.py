"""Files kept with a call: sealed in pieces, handed out whole, and nothing else under their hash."""

from hashlib import sha256

import pytest

from tests.factories import registry
from tests.storage_dump import dump, execute
from tracer.domain.errors import InvalidValue, NotAllowed, UnknownId, WrongKey
from tracer.services.calls.attach_files import MOST_FILES, attach_files, file_name_of
from tracer.services.calls.fetch_attachment import fetch_attachment
from tracer.services.calls.log_call import AttachedFile, attached, merge_call
from tracer.storage.jobs import PART_BYTES

PLANTED = b"planted-in-the-recording"
LARGE = PLANTED * (2 * PART_BYTES // len(PLANTED) + 10)


def attachments(app, call_id):
    with app.reading() as work:
        return work.calls.attachments(call_id)


def fetch(app, call_id, attachment_id):
    with app.writing() as work:
        made = fetch_attachment(work, call_id, attachment_id)
        work.commit()
    return made


@pytest.mark.parametrize("content", [b"", b"x", LARGE])
def test_a_file_comes_back_as_it_was(app, content):
    call = registry.log(app, attached("声音.ogg", content), heard_name="张女士")
    (one,) = attachments(app, call.call_id)
    assert (one.size, one.sha256) == (len(content), sha256(content).hexdigest())
    found, held = fetch(app, call.call_id, one.attachment_id)
    assert (found, held) == (one, content)
    with app.reading() as work:
        assert [fact.event for fact in work.journal.about(call.call_id)] == ["call_logged", "attachment_fetched"]


def test_contents_lie_sealed(app, database_url):
    registry.log(app, attached("a.ogg", LARGE), heard_name="张女士")
    parts = dump(database_url)["attachment_parts"]
    assert [part for _, part, _ in parts] == [0, 1, 2]
    assert not any(PLANTED in bytes(content) for _, _, content in parts)


def test_a_file_that_was_only_noted_has_no_content(app):
    call = registry.log(app, AttachedFile("a.ogg", 5, "0" * 64), heard_name="张女士")
    (one,) = attachments(app, call.call_id)
    with pytest.raises(UnknownId, match="Only the hash"):
        fetch(app, call.call_id, one.attachment_id)


def test_files_of_another_call_are_not_handed_out(app):
    call = registry.log(app, attached("a.ogg", b"x"), heard_name="张女士")
    other = registry.log(app, heard_name="李先生")
    (one,) = attachments(app, call.call_id)
    with pytest.raises(UnknownId, match="no attachment"):
        fetch(app, other.call_id, one.attachment_id)
    with app.writing() as work:
        merge_call(work, call.call_id, other.call_id)
        work.commit()
    assert fetch(app, other.call_id, one.attachment_id)[1] == b"x"


def test_a_missing_or_moved_piece_is_noticed(app, database_url):
    call = registry.log(app, attached("a.ogg", LARGE), heard_name="张女士")
    (one,) = attachments(app, call.call_id)
    execute(database_url, "DELETE FROM attachment_parts WHERE part = 2")
    with pytest.raises(WrongKey, match="SHA-256 differs"):
        fetch(app, call.call_id, one.attachment_id)
    execute(database_url, "DELETE FROM attachment_parts WHERE part = 0", "UPDATE attachment_parts SET part = 0")
    with pytest.raises(WrongKey, match="does not open"):
        fetch(app, call.call_id, one.attachment_id)


def attach(app, call_id, *files, megabytes=1):
    with app.writing() as work:
        made = attach_files(work, call_id, files, megabytes, app.rng)
        work.commit()
    return made


def events(app, call_id):
    with app.reading() as work:
        return [fact.event for fact in work.journal.about(call_id)]


def test_a_file_is_added_later_and_once(app):
    call = registry.log(app, heard_name="张女士")
    (made,) = attach(app, call.call_id, attached("声音.ogg", b"sound"))
    assert (made.added, made.kept, made.attachment.sha256) == (True, True, sha256(b"sound").hexdigest())
    (again,) = attach(app, call.call_id, attached("another name.ogg", b"sound"))
    assert (again.added, again.kept, again.attachment) == (False, True, made.attachment)
    assert events(app, call.call_id) == ["call_logged", "file_attached"]
    assert fetch(app, call.call_id, made.attachment.attachment_id)[1] == b"sound"
    with app.reading() as work:
        (fact,) = [fact for fact in work.journal.about(call.call_id) if fact.event == "file_attached"]
    assert fact.payload["sha256"] == made.attachment.sha256


def test_a_file_that_was_only_noted_is_kept_when_it_comes(app):
    call = registry.log(app, AttachedFile("a.ogg", 5, sha256(b"sound").hexdigest()), heard_name="张女士")
    (before,) = attachments(app, call.call_id)
    (made,) = attach(app, call.call_id, attached("b.ogg", b"sound"))
    assert (made.added, made.kept, made.attachment) == (False, True, before)
    assert events(app, call.call_id) == ["call_logged", "file_content_kept"]
    assert fetch(app, call.call_id, before.attachment_id)[1] == b"sound"


def test_only_the_hash_is_noted_where_no_more_is_given(app):
    call = registry.log(app, heard_name="张女士")
    (made,) = attach(app, call.call_id, AttachedFile("film.mp4", 1 << 40, "ab" * 32))
    assert (made.added, made.kept) == (True, False)


def test_what_a_merged_record_holds_is_the_same_file(app):
    call, other = (
        registry.log(app, attached("a.ogg", b"x"), heard_name="张女士"),
        registry.log(app, heard_name="张女士"),
    )
    with app.writing() as work:
        merge_call(work, call.call_id, other.call_id)
        work.commit()
    assert [one.added for one in attach(app, other.call_id, attached("b.ogg", b"x"))] == [False]


def test_files_that_are_empty_or_too_large_together_are_refused_and_none_is_kept(app):
    call = registry.log(app, attached("a.ogg", bytes(700_000)), heard_name="张女士")
    with pytest.raises(InvalidValue, match=r"hold something.*One is empty"):
        attach(app, call.call_id, attached("c.ogg", b"y"), attached("b.ogg", b""))
    with pytest.raises(InvalidValue, match=r"at most 1 MB together \(these have 0.6 MB; the call holds 0.7 MB already"):
        attach(app, call.call_id, attached("b.ogg", b"x" * 600_000))
    assert len(attach(app, call.call_id, attached("b.ogg", b"x" * 300_000), attached("a.ogg", bytes(700_000)))) == 2
    assert len(attachments(app, call.call_id)) == 2


def test_a_call_holds_so_many_files_and_no_more(app):
    call = registry.log(app, heard_name="张女士")
    attach(app, call.call_id, *(attached(f"{number}.ogg", bytes([number])) for number in range(MOST_FILES)))
    with pytest.raises(NotAllowed, match="50 files already"):
        attach(app, call.call_id, attached("more.ogg", b"more"))
    assert len(attachments(app, call.call_id)) == MOST_FILES


def test_nothing_is_added_to_a_call_that_is_not_there(app):
    with pytest.raises(UnknownId):
        attach(app, "c-none", attached("a.ogg", b"x"))


def test_the_same_file_given_twice_with_a_call_is_one(app):
    noted = AttachedFile("noted.ogg", 1, sha256(b"x").hexdigest())
    call = registry.log(app, noted, attached("a.ogg", b"x"), attached("b.ogg", b"x"), heard_name="张女士")
    (one,) = attachments(app, call.call_id)
    assert fetch(app, call.call_id, one.attachment_id) == (one, b"x")


@pytest.mark.parametrize(
    ("given", "name"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\录音.ogg", "录音.ogg"), ("..", "file"), ("\x00", "file"), ("a/", "file")],
)
def test_a_file_has_a_name_and_no_path(given, name):
    assert file_name_of(given) == name
