"""The processes that send by apprise: what they deliver, what they say of what fails, and what they may not do.

Real processes and real sockets of 127.0.0.1; vendors' plug-ins are pointed at a receiver here.
"""

import json
import socket
import socketserver
import threading

import pytest

from tests.listening import listening
from tests.receiver import receiving
from tracer.domain.errors import InvalidValue
from tracer.domain.notice import Trouble
from tracer.outbound.notify.couriers import Couriers
from tracer.outbound.notify.services import SERVICES
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_allowed

TOKEN = "a1b2c3d4e5f6a7b8"
VENDORS = {
    "dingtalk": f"dingtalk://{TOKEN}",
    "wecombot": f"wecombot://{TOKEN}",
    "feishu": f"feishu://{TOKEN}",
    "schan": f"schan://{TOKEN}",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "pover": f"pover://{'u' * 30}@{'t' * 30}",
    "ntfys": "ntfys://long-topic-of-mine",
    "discord": f"discord://4174216298/{TOKEN}",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
}
LINKS = {
    f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}": ("dingtalk", "oapi.dingtalk.com"),
    f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}": ("wecombot", "qyapi.weixin.qq.com"),
    f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}": ("feishu", "open.feishu.cn"),
    f"https://api.day.app/{TOKEN}": ("barks", "api.day.app"),
    f"https://sctapi.ftqq.com/{TOKEN}.send": ("schan", "sctapi.ftqq.com"),
    f"https://discord.com/api/webhooks/4174216298/{TOKEN}": ("discord", "discord.com"),
    "https://ntfy.sh/long-topic-of-mine": ("ntfys", "ntfy.sh"),
    f"mailtos://me:{TOKEN}@gmail.com": ("mailtos", "smtp.gmail.com"),
    f"json://me:{TOKEN}@example.org:8080/x": ("json", "example.org:8080"),
}


def made(*allowed, seconds=5.0, module="tracer.outbound.notify.courier"):
    rules = OutboundRules(allowed=read_allowed(allowed), seconds=seconds, connect_seconds=2)
    return Couriers(rules, list(SERVICES), module)


@pytest.fixture(scope="module")
def couriers():
    """They may reach 127.0.0.1."""
    made_here = made("127.0.0.1")
    yield made_here
    made_here.close()


@pytest.fixture(scope="module")
def strict():
    """They may reach the public Internet only."""
    made_here = made()
    yield made_here
    made_here.close()


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    """A receiver, and couriers whose plug-ins take it for their vendors' servers."""
    with receiving() as receiver:
        folder = tmp_path_factory.mktemp("vendors")
        (folder / "pointed_courier.py").write_text(POINTED.format(port=receiver.port))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(folder))
            pointed = made("127.0.0.1", module="pointed_courier")
            yield receiver, pointed
            pointed.close()


POINTED = """
import apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.serverchan import NotifyServerChan
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack
from tracer.outbound.notify import courier

here = "http://127.0.0.1:{port}/"
NotifyDingTalk.notify_url = here + "dingtalk?access_token={{token}}"
NotifyWeComBot.notify_url = here + "wecombot?key={{key}}"
NotifyFeishu.notify_url = here + "feishu/{{token}}/"
NotifyServerChan.notify_url = here + "schan/{{token}}.send"
NotifyTelegram.notify_url = here + "tgram/bot"
NotifyPushover.notify_url = here + "pover"
NotifyNtfy.cloud_notify_url = here + "ntfys"
NotifyDiscord.notify_url = here + "discord"
NotifySlack.webhook_url = here + "slack"
courier.main()
"""


def test_a_message_arrives_as_it_is(couriers):
    with receiving() as receiver:
        outcome = couriers.send(f"json://127.0.0.1:{receiver.port}/hook", "Tracer：测试", "一行\n两行")
    assert outcome.is_sent
    ((path, body),) = receiver.got
    assert path == "/hook"
    told = json.loads(body)
    assert (told["title"], told["message"]) == ("Tracer：测试", "一行\n两行")


@pytest.mark.parametrize("service", VENDORS)
def test_vendors_plug_ins_go_through_the_guard(vendors, service):
    receiver, pointed = vendors
    receiver.got.clear()
    receiver.says, receiver.status = b'{"ok": true, "errcode": 0, "code": 0, "status": 1}', 200
    if service == "slack":
        receiver.says = b"ok"
    assert pointed.send(VENDORS[service], "Tracer", "接到来电 c-1").is_sent
    ((path, body),) = receiver.got
    assert path.startswith(f"/{service}")
    assert "c-1" in body.decode()


@pytest.mark.parametrize(
    ("service", "says", "error"),
    [
        ("dingtalk", b'{"errcode": 310000, "errmsg": "keywords not in content"}', "code dingtalk 310000"),
        ("wecombot", b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "code wecombot 93000"),
        ("feishu", b'{"code": 19024, "msg": "Key Words Not Found"}', "code feishu 19024"),
        ("schan", b'{"code": 40001, "message": "bad pushkey"}', "code schan 40001"),
    ],
)
def test_a_refusal_with_status_200_is_a_refusal(vendors, service, says, error):
    receiver, pointed = vendors
    receiver.says, receiver.status = says, 200
    assert pointed.send(VENDORS[service], "t", "b").error == error


def test_what_a_service_answers_is_told_without_its_address(couriers):
    with receiving() as receiver:
        receiver.status = 404
        outcome = couriers.send(f"json://me:{TOKEN}@127.0.0.1:{receiver.port}/{TOKEN}", "t", "b")
        assert (outcome.error, outcome.final) == ("status 404", True)
        receiver.status = 503
        outcome = couriers.send(f"json://127.0.0.1:{receiver.port}/", "t", "b")
        assert (outcome.error, outcome.final) == ("status 503", False)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert couriers.send(f"json://127.0.0.1:{port}/", "t", "b").error == Trouble.UNREACHABLE


def test_a_redirect_is_not_followed(couriers):
    with listening() as inner:
        away = f"HTTP/1.1 302 Found\r\nLocation: {inner.url('127.0.0.1')}\r\nContent-Length: 0\r\n\r\n".encode()
        with listening(away) as outer:
            outcome = couriers.send(f"json://127.0.0.1:{outer.port}/?redirect=yes", "t", "b")
        assert outcome.error == Trouble.REDIRECT
        assert outer.accepted == 1
        assert inner.accepted == 0


def test_one_that_says_nothing_is_given_up():
    hasty = made("127.0.0.1", seconds=0.5)
    try:
        with listening(lambda listener, _: listener.over.wait(30)) as silent:
            assert hasty.send(f"json://127.0.0.1:{silent.port}/", "t", "b").error == Trouble.SLOW
    finally:
        hasty.close()


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:{port}/",
        "json://localhost:{port}/",
        "json://2130706433:{port}/",
        "json://0x7f000001:{port}/",
        "json://[::ffff:127.0.0.1]:{port}/",
        "ntfy://127.0.0.1:{port}/topic",
        "gotify://127.0.0.1:{port}/abcdefghijklmno",
        "bark://127.0.0.1:{port}/key",
        "matrix://u:p@127.0.0.1:{port}/%23room",
        "form://127.0.0.1:{port}/",
        "mailto://me:pw@example.org:{port}?smtp=127.0.0.1&to=a@example.org",
        "mailto://me:pw@example.org:25?smtp=localhost&to=a@example.org",
        "mailtos://me:pw@example.org:{port}?smtp=127.0.0.1&to=a@example.org",
    ],
)
def test_nothing_inside_is_reached(strict, url):
    with listening() as inner:
        outcome = strict.send(url.format(port=inner.port), "t", "b")
        assert not outcome.is_sent
    assert inner.accepted == 0


def test_with_proxies_in_the_environment_none_is_asked(monkeypatch):
    with listening() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url("127.0.0.1"))
        fresh = made("127.0.0.1")
        try:
            assert fresh.send(f"json://127.0.0.1:{receiver.port}/", "t", "b").is_sent
        finally:
            fresh.close()
    assert proxy.accepted == 0


class Mail(socketserver.StreamRequestHandler):
    """As little SMTP as a client needs."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (more := self.rfile.readline()) != b".\r\n":
                    self.server.mail.append(more)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


def test_mail_is_sent_to_a_server_that_is_allowed(couriers):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        server.mail = []
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        where = f"mailto://127.0.0.1:{port}?from=tracer@example.org&to=me@example.org&mode=insecure"
        outcome = couriers.send(where, "Tracer", "a call c-1")
        server.shutdown()
    assert outcome.is_sent, outcome
    assert b"c-1" in b"".join(server.mail) or b"Yy0x" in b"".join(server.mail)


PROBE = """
import os, socket, subprocess, sys
import tracer.outbound.notify.courier as courier
from apprise.plugins.custom_json import NotifyJSON

def tries(self, body, title="", **_):
    acts = {{
        "connect": lambda: socket.create_connection(("127.0.0.1", {port})),
        "raw": lambda: socket.socket().connect(("127.0.0.1", {port})),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})),
        "program": lambda: subprocess.run(["true"]),
        "shell": lambda: os.system("true"),
        "read": lambda: open("{secret}").read(),
        "list": lambda: os.listdir("{folder}"),
        "write": lambda: open("{folder}/made", "w"),
        "key": lambda: os.environ["TRACER_KEY"],
    }}
    for name, act in acts.items():
        try:
            act()
        except Exception:
            continue
        raise SystemExit(name)
    return True

NotifyJSON.send = tries
courier.main()
"""


def test_a_plug_in_may_do_nothing_else(tmp_path, monkeypatch):
    """One that tries to connect past the guard, to run programs, to read and write files, and to find the key."""
    secret = tmp_path / "tracer.key"
    secret.write_text("ab" * 32)
    monkeypatch.setenv("TRACER_KEY", "ab" * 32)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with listening() as inner:
        probe = PROBE.format(port=inner.port, secret=secret, folder=tmp_path)
        (tmp_path / "probing_courier.py").write_text(probe)
        probing = made(module="probing_courier")
        try:
            outcome = probing.send("json://example.org/", "t", "b")
        finally:
            probing.close()
    assert outcome.is_sent, "it could do one of them"
    assert inner.accepted == 0
    assert not (tmp_path / "made").exists()


def test_without_confinement_the_probe_would_find_its_way(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with listening() as inner:
        loose = "from tracer.outbound.notify.confinement import Confinement\nConfinement.begin = lambda self: None\n"
        probe = PROBE.format(port=inner.port, secret=tmp_path / "none", folder=tmp_path)
        (tmp_path / "loose_courier.py").write_text(loose + probe)
        probing = made(module="loose_courier")
        try:
            assert not probing.send("json://example.org/", "t", "b").is_sent
        finally:
            probing.close()


def test_files_of_this_machine_are_not_sent(couriers):
    for url in (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/hostname",
        "mailtos://a:b@example.org?pgp=yes&pgpkey=/etc/hostname",
        "json://example.org?verify=no",
    ):
        with pytest.raises(InvalidValue, match="Leave it out"):
            couriers.read(url)


@pytest.mark.parametrize("link", LINKS)
def test_links_as_services_show_them_are_read(couriers, link):
    url, service, host = couriers.read(link)
    assert (service, host) == LINKS[link]
    assert TOKEN not in host
    assert url


@pytest.mark.parametrize(
    "text",
    ["", "hello", "dbus://", "syslog://x", "file:///etc/passwd", "windows://", "https://example.org/x", "json://"],
)
def test_other_addresses_are_refused_and_not_repeated(couriers, text):
    with pytest.raises(InvalidValue) as caught:
        couriers.read(text + TOKEN if text.endswith("x") else text)
    assert TOKEN not in str(caught.value)


def test_a_courier_that_dies_is_told_and_another_one_is_begun(couriers, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "dying_courier.py").write_text(
        "import sys\nsys.stdin.readline()\nprint('{\"ready\": true}', flush=True)\n"
    )
    dying = made(module="dying_courier")
    assert dying.send("json://example.org", "t", "b").error == Trouble.BROKE
    assert dying.send("json://example.org", "t", "b").error == Trouble.BROKE
    dying.close()
