"""What every registry of tests/released is told, whatever program founds it: made-up parties, fixed times."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ISSUED_AT = "2026-08-01T09:00:00+08:00"
AS_OF = "2026-11-12T00:00:00+08:00"
LANDLINE, SHARED, THEIRS = "+442079460016", "+447700900123", "+442079460018"
BUNDLE = "bundle"
EXCHANGE = (
    "received_at,dialled_number,caller_number,notes\n"
    f"2026-09-20 10:00:00,{SHARED},+447700900124,from the exchange\n"
    "2026-09-20 11:00:00,+442079460099,,no line of ours\n"
    f"soon,{SHARED},,\n"
)
_NAMES = ("苏望舒", "顾听澜", "沈知秋", "陆照野", "叶望舒", "苏听澜", "顾知秋")
_NAMES += ("沈照野", "陆望舒", "叶听澜", "苏知秋", "顾照野", "沈望舒", "陆听澜")
_CALLED = (0, 1, 2, 3, 4, 6)  # orders of the first shop, of seven


def calls_of(canaries: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    """`tracer call log …`, call by call."""
    zh, en, many = canaries["zh-0"], canaries["en-0"], canaries["many-0"]
    name = ("--name", en["recipient_name"])
    refund = ("--knew", "name item price", "--item", "粉底液", "--price", "190", "--script", "defect_refund")
    caller = ("--caller", "+447700900666")
    return [
        _call("c-shared", 1, "--dialled", SHARED, *name, *refund, *caller, "--role", "merchant", "--tag", "spring"),
        _call("c-again", 1.01, "--dialled", SHARED, *name, *caller, "--could-not-say", "order_no"),
        _call("c-sms", 2, "--kind", "sms", "--dialled", zh["phone"], "--knew", "name", "--order-no", "72900"),
        _call("c-chat", 3, "--kind", "chat", "--canary", many["canary_id"], "--knew", "name", "--waybill-no", "1234"),
        _call("c-right", 4, "--dialled", zh["phone"], "--caller", "+442079460950", "--nature", "legitimate"),
        _call("c-unsure", 5, "--dialled", SHARED, "--nature", "unsure", "--notes", "sounded hurried"),
        _call("c-rang", 6, "--dialled", canaries["control-0"]["phone"], "--unanswered"),
        _call("c-wrong", 6.5, "--dialled", SHARED, "--name", "王女士"),
        _call("c-gone", 6.7, "--dialled", zh["phone"], "--name", zh["recipient_name"], "--knew", "name"),
    ]


def _call(call_id: str, days: float, *said: str) -> tuple[str, ...]:
    at = datetime.fromisoformat("2026-09-01T10:00:00+08:00") + timedelta(days=days)
    return ("--id", call_id, "--at", at.isoformat(timespec="seconds"), *said)


def write_bundle(folder: Path) -> None:
    """A bundle from elsewhere: two shops of seven orders each, and calls after six orders of the first."""
    start = datetime.fromisoformat("2026-08-03T10:00:00+08:00")
    channels = ["channel_id,kind,name,parent_id", "glass,merchant,明眸眼镜,mall", "socks,merchant,棉立方袜业,mall"]
    channels += ["swift,courier,疾风快递,", "steady,courier,稳达快递,"]
    canaries = ["canary_id,recipient_name,phone,issued_at,locale,issued_for"]
    orders = ["order_id,canary_id,placed_at,order_no,item,price,currency,waybill_no"]
    exposures = ["order_id,channel_id,exposed_at,fields"]
    heard = "caller_number,heard_name,claimed_role,known_fields,unknown_fields,script,transcript,canary_id"
    calls = [f"call_id,received_at,kind,dialled_number,{heard}"]
    for n, name in enumerate(_NAMES):
        shop, courier = ("glass", "socks")[n // 7], ("swift", "steady")[n % 2]
        placed = start + timedelta(days=2 * (n % 7), hours=n)
        phone = f"{THEIRS};ext={4000 + 37 * n}"
        canaries.append(f"b-{n:02},{name},{phone},{(placed - timedelta(hours=2)).isoformat()},zh_CN,{shop}")
        orders.append(f"p-{n:02},b-{n:02},{placed.isoformat()},77{n:02}10472,镜片,12{n % 10}.50,CNY,YT77{n:02}10472001")
        for place, channel in enumerate(("mall", shop, courier)):
            exposures.append(f"p-{n:02},{channel},{(placed + timedelta(hours=7 * place)).isoformat()},")
        if n in _CALLED:
            at = (placed + timedelta(days=3 + n % 4)).isoformat()
            calls.append(f"r-{n:02},{at},call,{phone},,{name},merchant,name phone item price,,defect_refund,,")
    folder.mkdir()
    files = {"channels": channels, "canaries": canaries, "orders": orders, "exposures": exposures, "calls": calls}
    files["numbers"] = ["number,kind,extension_digits", f"{THEIRS},landline,4"]
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
