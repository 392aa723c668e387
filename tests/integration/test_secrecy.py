"""What is personal lies sealed: it is found nowhere in the files of SQLite, nor in what PostgreSQL holds."""

import json

import pytest

from tests.command_line import CommandLine
from tests.factories import access
from tests.factories import records as rows
from tests.storage_dump import dump
from tracer.bootstrap import build
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.codebook.spacing import tokens
from tracer.domain.errors import NotAuthenticated
from tracer.services.access.log_in import log_in, make_login_link, touch_session
from tracer.services.access.manage_keys import make_key

pytestmark = pytest.mark.usefixtures("cheap_passwords")
NAME, HEARD = "Wilhelmina Quistgaard", "Wilhelmine Kvistgord"
PLANTED = {
    "recipient name": NAME,
    "heard name": HEARD,
    "channel name": "Quillfeather Emporium",
    "contact": "complaints@quillfeather.example",
    "legitimate number": "447700900777",
    "own number": "447700900123",
    "extension line": "442079460016",
    "extension": "6174093",
    "number notes": "sim card in the blue drawer",
    "alias": "447700900555",
    "caller number": "447700900666",
    "order number": "ORD-77123400981",
    "item": "periwinkle kettle",
    "waybill number": "WB-5550012349",
    "account": "shopper-quistgaard",
    "order notes": "left at the neighbour's",
    "canary notes": "moved in spring",
    "call notes": "sounded hurried",
    "transcript": "Madam Quistgaard, your periwinkle kettle is dangerous",
    "heard item": "a violet kettle",
    "heard order number": "ends in 00981",
    "heard waybill number": "tail 12349",
    "attachment name": "recording-of-quistgaard.ogg",
    "import source": "bundle-of-quistgaard",
    "correction": "the caller said Quistgaard twice",
    "log-in name": "hildegard.quillon",
    "password": "marzipan under the bridge",
    "key label": "voicemail in the blue drawer",
}
PLAIN = "plain-tag"
SHARING = "欧阳晓萌"


def sounds():
    """What the registry hears of the names, whole or a pair of places."""
    taken = [tokens(name, gender, shares_number=True, first=True) for name in (NAME, SHARING) for gender in GENDERS]
    found = {part for one in taken for token in (*one.registry, *one.line) for part in (token, token.partition("|")[2])}
    return sorted(part for part in found if len(part) > 5)


def plant(tracer, tmp_path):
    """Every personal field once, by import and by command."""
    tables = {
        "channels.csv": [
            rows.channel(
                name=PLANTED["channel name"],
                contact=PLANTED["contact"],
                legitimate_numbers="+" + PLANTED["legitimate number"],
                tags=PLAIN,
            )
        ],
        "numbers.csv": [rows.number("+" + PLANTED["own number"], "sim", notes=PLANTED["number notes"])],
        "canaries.csv": [
            rows.canary(
                recipient_name=NAME,
                phone=f"+{PLANTED['extension line']};ext={PLANTED['extension']}",
                notes=PLANTED["canary notes"],
            ),
            rows.canary("k-2", SHARING, "+" + PLANTED["own number"], gender="female"),
        ],
        "orders.csv": [
            rows.order(
                order_no=PLANTED["order number"],
                item=PLANTED["item"],
                waybill_no=PLANTED["waybill number"],
                account=PLANTED["account"],
                notes=PLANTED["order notes"],
            )
        ],
        "exposures.csv": [rows.exposure(fields="phone:alias item", alias="+" + PLANTED["alias"])],
    }
    tracer.ok("import", rows.write_bundle(tmp_path / PLANTED["import source"], tables))
    attached = tmp_path / PLANTED["attachment name"]
    attached.write_bytes(b"sound")
    tracer.ok(
        *("call", "log", "--id", "c-1", "--dialled", f"+{PLANTED['extension line']};ext={PLANTED['extension']}"),
        *("--name", HEARD, "--caller", "+" + PLANTED["caller number"], "--item", PLANTED["heard item"]),
        *("--order-no", PLANTED["heard order number"], "--waybill-no", PLANTED["heard waybill number"]),
        *("--notes", PLANTED["call notes"], "--transcript", "-", "--attach", attached),
        stdin=PLANTED["transcript"].encode(),
    )
    tracer.ok("call", "correct", "c-1", "--set", f"notes={PLANTED['correction']}")
    as_owner = ("user", "add", PLANTED["log-in name"], "--role", "owner", "--password-stdin")
    tracer.ok(*as_owner, stdin=PLANTED["password"].encode())
    tracer.ok("key", "add", PLANTED["key label"], "--intake")
    return tracer


@pytest.fixture
def planted(tracer_on, tmp_path):
    return plant(tracer_on, tmp_path)


@pytest.fixture
def planted_file(tracer, tmp_path):
    return plant(tracer, tmp_path)


def test_everything_planted_is_in_the_registry(planted):
    shown = planted.ok("call", "show", "c-1").out
    shown += "".join(
        json.dumps(planted.json(noun, "list"), ensure_ascii=False)
        for noun in ("channel", "number", "canary", "order", "call", "user", "key")
    )
    elsewhere = {"alias", "import source", "password"}
    assert [what for what, text in PLANTED.items() if what not in elsewhere and text not in shown] == []


def test_nothing_planted_lies_in_the_tables(planted):
    tables = dump(planted.database_url or f"sqlite:///{planted.home / 'tracer.db'}")
    values = [value for table in tables.values() for row in table for value in row]
    held = " ".join(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values)
    assert PLAIN in held
    assert [what for what, text in PLANTED.items() if text.lower() in held.lower()] == []
    assert [text for text in (SHARING, *sounds()) if text.lower() in held.lower()] == []


def test_no_secret_that_lets_somebody_in_lies_in_the_tables(app, database_url):
    user = access.person(app, PLANTED["log-in name"], "owner", PLANTED["password"])
    session, begun = access.do(app, log_in, PLANTED["log-in name"], PLANTED["password"], access.CLIENT)
    link = access.do(app, make_login_link, user.user_id)
    key, made = access.do(app, make_key, PLANTED["key label"], ["bulk"], None, access.ask(app, session))
    with pytest.raises(NotAuthenticated):
        access.do(app, log_in, "siegfried.quillon", PLANTED["password"], access.CLIENT)
    access.do(app, touch_session, begun.session_id)
    values = [value for table in dump(database_url).values() for row in table for value in row]
    held = b" ".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in values)
    assert made.key_id.encode() in held
    assert begun.session_id.encode() in held
    secrets = {
        **{what: PLANTED[what] for what in ("log-in name", "password", "key label")},
        "session token": session,
        "link token": link,
        "key secret": key.split("_")[2],
        "key check": key.split("_")[3],
        "name that failed": "siegfried",
        "client": access.CLIENT,
    }
    assert [what for what, text in secrets.items() if text.encode() in held] == []


def test_claims_are_nothing_but_numbers(planted):
    claims = dump(planted.database_url)["name_claims"]
    assert len(claims) == 3 + 2 + 6  # a name without a gender takes both; on the shared number pairs and places
    assert all(type(claim) is int for (claim,) in claims)


def test_nothing_planted_lies_in_the_files_of_the_home(planted_file):
    files = [path for path in planted_file.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"tracer.db", "tracer.key"}
    held = b"".join(path.read_bytes() for path in files)
    assert PLAIN.encode() in held
    assert [what for what, text in PLANTED.items() if text.encode() in held] == []
    assert len(sounds()) > 12
    assert [text for text in (SHARING, *sounds()) if text.encode() in held] == []


def test_nothing_planted_lies_in_the_write_ahead_log(planted_file):
    app = build(planted_file.home)
    with app.writing() as work:
        call = work.calls.get("c-1")
        work.calls.replace(call, {call.dialled.number: work.numbers.all()[0].number_id})
        work.commit()
        log = (planted_file.home / "tracer.db-wal").read_bytes()
    app.close()
    assert b"c-1" in log
    assert [what for what, text in PLANTED.items() if text.encode() in log] == []


def test_nothing_planted_lies_in_a_backup(planted):
    planted.ok("backup")
    (path,) = (planted.home / "backups").iterdir()
    held = path.read_bytes()
    assert planted.json("channel", "list")[0]["channel_id"].encode() not in held  # ids neither
    assert PLAIN.encode() not in held
    assert [what for what, text in PLANTED.items() if text.encode() in held] == []
    assert [text for text in (SHARING, *sounds()) if text.encode() in held] == []
    (key,) = (planted.home / "tracer.key").read_text().split()
    assert key.encode() not in held
    assert bytes.fromhex(key) not in held


def test_with_postgresql_the_home_holds_the_key_and_what_was_signed(postgresql_url, tmp_path):
    tracer = plant(CommandLine(tmp_path / "home", postgresql_url), tmp_path)
    assert {path.name for path in tracer.home.iterdir()} == {"tracer.key", "ledger"}
    (head,) = (tracer.home / "ledger").iterdir()
    assert len(head.read_text().splitlines()) == 5  # origin, size, root, an empty line and the signature
