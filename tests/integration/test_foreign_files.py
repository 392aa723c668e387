"""Files and folders in the registry's place that are something else."""

import sqlite3

import pytest


@pytest.fixture
def tracer(first_tracer):
    """Nothing of ours is there yet."""
    return first_tracer


def test_random_bytes_are_left_alone(tracer):
    tracer.home.mkdir()
    file = tracer.home / "tracer.db"
    file.write_bytes(bytes(range(256)) * 64)
    message = tracer("channel", "list").refused()
    assert f"{file} is not a Tracer database" in message
    assert file.read_bytes() == bytes(range(256)) * 64
    assert not (tracer.home / "tracer.key").exists()


def test_the_database_of_another_program_is_left_alone(tracer):
    tracer.home.mkdir()
    with sqlite3.connect(tracer.home / "tracer.db") as other:
        other.execute("CREATE TABLE customers (name TEXT)")
        other.execute("INSERT INTO customers VALUES ('Ann')")
    other.close()
    message = tracer("channel", "add", "courier", "青松").refused()
    assert "found other tables: customers. Point TRACER_HOME or TRACER_DATABASE_URL elsewhere" in message
    with sqlite3.connect(tracer.home / "tracer.db") as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    other.close()
    assert not (tracer.home / "tracer.key").exists()


def test_an_empty_file_is_a_new_registry(tracer):
    tracer.home.mkdir()
    (tracer.home / "tracer.db").touch()
    tracer.ok("channel", "add", "courier", "青松")
    assert [one["name"] for one in tracer.json("channel", "list")] == ["青松"]


def test_a_damaged_database_says_so(tracer):
    for number in range(60):
        tracer.ok("channel", "add", "courier", f"青松 {number}")
    file = tracer.home / "tracer.db"
    raw = bytearray(file.read_bytes())
    raw[8192:] = b"\xa5" * (len(raw) - 8192)
    file.write_bytes(raw)
    message = tracer("channel", "list").refused()
    assert "damaged. Restore a backup" in message


def test_a_file_where_the_home_should_be(tracer):
    tracer.home.write_text("x")
    assert "cannot be made: File exists. Set TRACER_HOME" in tracer("channel", "list").refused()


def test_a_folder_where_the_database_should_be(tracer):
    (tracer.home / "tracer.db").mkdir(parents=True)
    assert "cannot be opened" in tracer("channel", "list").refused()


def test_a_database_in_a_folder_that_is_not_there(tracer, tmp_path):
    tracer.database_url = f"sqlite:///{tmp_path / 'gone' / 'x.db'}"
    assert "Check that its folder exists" in tracer("channel", "list").refused()


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "sqlite://", "postgres:"])
def test_a_url_of_something_else(tracer, url):
    tracer.database_url = url
    assert "expected sqlite:///PATH or postgresql://" in tracer("channel", "list").refused()


def test_a_server_that_is_not_there(tracer):
    tracer.database_url = "postgresql://127.0.0.1:1/tracer"
    message = tracer("channel", "list").refused()
    assert "the PostgreSQL database: the database does not answer" in message
    assert len(message.splitlines()) == 1


def test_a_database_that_is_not_on_the_server(tracer, postgresql_server):
    tracer.database_url = postgresql_server.url("gone")
    assert 'database "gone" does not exist' in tracer("channel", "list").refused()


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("tracer.toml", b"colour = 'red'", "colour"),
        ("tracer.toml", b"quarantine_days = -1", "quarantine_days"),
        ("tracer.toml", b"quarantine_days = ", "tracer.toml"),
        ("tracer.toml", b"actor = '\xff'", "tracer.toml"),
        ("channels.toml", b"[kinds.courier]\nprior_leaky = 2.0", "prior_leaky"),
        ("channels.toml", b"[kinds.courier", "channels.toml"),
        ("channels.toml", b"# \xff", "channels.toml"),
    ],
)
def test_a_slip_in_a_configuration_file_is_named(tracer, file, text, says):
    tracer.home.mkdir()
    (tracer.home / file).write_bytes(text)
    assert says in tracer("channel", "add", "courier", "青松").refused()
