"""Files kept with a call: sealed in pieces, handed out whole, and nothing else under their hash."""

from hashlib import sha256

import pytest

from tests.factories import registry
from tests.storage_dump import dump, execute
from tracer.domain.errors import UnknownId, WrongKey
from tracer.services.fetch_attachment import fetch_attachment
from tracer.services.log_call import AttachedFile, attached, merge_call
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
