"""What each check makes of what it found."""

from datetime import datetime, timedelta
from pathlib import Path

from tracer.checkup import backups, clock, database, disk, lines
from tracer.domain.finding import State
from tracer.domain.line import NumberKind, OwnedNumber

NOW = datetime.fromisoformat("2026-11-21T12:00:00+08:00")
MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
host:/home /home nfs4 rw 0 0
tmpfs /home/mei/fast tmpfs rw 0 0
//server/My\\040Files /mnt/My\\040Files cifs rw 0 0
broken
"""


def owned(number: str, *, test: bool = False, until: datetime | None = None) -> OwnedNumber:
    return OwnedNumber(number, NumberKind.SIM, owned_until=until, test_line=test)


def states(pool):
    return [finding.state for finding in lines.judge(NOW, pool)]


def test_the_file_system_of_the_deepest_mount_counts():
    assert database.file_system(Path("/var/lib/tracer/tracer.db"), MOUNTS) == "ext4"
    assert database.file_system(Path("/home/mei/tracer.db"), MOUNTS) == "nfs4"
    assert database.file_system(Path("/home/mei/fast/tracer.db"), MOUNTS) == "tmpfs"
    assert database.file_system(Path("/mnt/My Files/tracer.db"), MOUNTS) == "cifs"
    assert database.file_system(Path("/home2/tracer.db"), MOUNTS) == "ext4"
    assert database.file_system(Path("/x"), "") == ""


def test_room_on_the_disk():
    home, gigabyte = Path("/home/mei"), 1 << 30
    assert disk.judge(home, 50 << 20, 0).state is State.WRONG
    assert disk.judge(home, 2 * gigabyte, 0).state is State.WELL
    assert disk.judge(home, 2 * gigabyte, gigabyte).state is State.NOTICE
    assert disk.judge(home, 500 << 20, 0).state is State.NOTICE


def test_a_clock_behind_the_newest_fact():
    assert clock.judge(NOW, None).state is State.WELL
    assert clock.judge(NOW, NOW + timedelta(minutes=1)).state is State.WELL
    late = clock.judge(NOW, NOW + timedelta(days=3))
    assert late.state is State.WRONG
    assert "2026-11-24" in late.says


def test_the_age_of_the_newest_backup():
    assert backups.judge(NOW, None).state is State.NOTICE
    assert backups.judge(NOW, NOW - timedelta(days=1)).state is State.WELL
    old = backups.judge(NOW, NOW - timedelta(days=40, hours=5))
    assert (old.state, old.says) == (State.NOTICE, "The newest is 40 days old.")


def test_numbers_that_are_no_longer_ours():
    gone = owned("+447700900101", until=NOW - timedelta(days=1))
    assert states([]) == [State.NOTICE]
    assert states([(owned("+447700900100"), 3), (gone, 0)]) == [State.WELL]
    assert states([(owned("+447700900100"), 3), (gone, 1)]) == [State.WRONG, State.WELL]
    assert states([(owned("+447700900101", until=NOW + timedelta(days=1)), 1)]) == [State.WELL]


def test_test_lines_beside_real_ones():
    test = owned("+447700900100", test=True)
    assert states([(test, 3)]) == [State.WELL]
    assert states([(test, 3), (owned("+447700900101"), 2)]) == [State.NOTICE, State.WELL]


def test_no_finding_names_a_number():
    pool = [(owned("+447700900100", until=NOW - timedelta(days=1), test=True), 2), (owned("+447700900101"), 2)]
    assert not any("9001" in finding.says + finding.advice for finding in lines.judge(NOW, pool))
