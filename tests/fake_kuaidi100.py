"""A Kuaidi100 of our own on this machine: it checks signatures as the real one does, and says what a test told it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode

from pydantic import SecretStr

from tracer.bootstrap import Application

CUSTOMER, KEY, SALT = "C0FFEE", "kEy1234567", "sea salt"


def sign(*parts: str) -> str:
    return md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def scan(time: str, code: str, context: str, status: str = "") -> dict[str, str]:
    return {"time": time, "ftime": time, "context": context, "status": status, "statusCode": code, "areaName": "浙江"}


def parcel(number: str, com: str, *scans: dict[str, str], state: str = "0") -> dict[str, Any]:
    # As the documents show it: newest first, states as text.
    data = list(reversed(scans))
    return {"message": "ok", "nu": number, "ischeck": "0", "com": com, "status": "200", "data": data, "state": state}


def push(result: dict[str, Any] | str, salt: str = SALT, status: str = "polling") -> bytes:
    told = {"status": status, "billstatus": "got", "message": "", "autoCheck": "0", "lastResult": result}
    param = json.dumps(told, ensure_ascii=False)
    return urlencode({"sign": sign(param, salt), "param": param}).encode()


@dataclass
class FakeKuaidi100:
    """`parcels` by number; `asked` and `subscribed` are the params that came. `down`: everything fails with this."""

    port: int = 0
    parcels: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    subscribed: list[dict[str, Any]] = field(default_factory=list)
    down: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        param = json.loads(form["param"])
        if path == "/poll/query.do":
            if form["sign"] != sign(form["param"], KEY, CUSTOMER) or form["customer"] != CUSTOMER:
                return {"result": False, "returnCode": "503", "message": "验证签名失败"}
            self.asked.append(param)
            found = self.parcels.get(param["num"])
            if found is None or found["com"] != param["com"]:
                return {"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"}
            if param["com"] in ("shunfeng", "zhongtong") and len(param.get("phone", "")) != 4:
                return {"result": False, "returnCode": "408", "message": "快递公司参数异常：验证码错误"}
            return found
        if path == "/poll" and form["schema"] == "json" and param["key"] == KEY:
            self.subscribed.append(param)
            return {"result": True, "returnCode": "200", "message": "提交成功"}
        return {"result": False, "returnCode": "700", "message": "不支持"}


def set_up(app: Application, fake: FakeKuaidi100) -> None:
    """Have an application ask the fake, as its settings would."""
    given = {"customer": CUSTOMER, "key": KEY, "salt": SALT}
    changed = {f"kuaidi100_{name}": SecretStr(text) for name, text in given.items()}
    allowed = {"outbound_allow": ["127.0.0.1"], "kuaidi100_url": fake.url}
    app.settings = app.settings.model_copy(update={**changed, **allowed})


@contextmanager
def fake_kuaidi100() -> Iterator[FakeKuaidi100]:
    fake = FakeKuaidi100()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status, answer = fake.down or (200, b"")
            if not fake.down:
                form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
                answer = json.dumps(fake.answer(self.path, form), ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
