"""Writes a bundle of any size with made-up parties, for measuring: make_bundle.py FOLDER ORDERS [SEED [CALLS]]."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

KINDS = (("platform", 6), ("merchant", 60), ("warehouse", 20), ("courier", 10), ("station", 8))
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文"
ITEMS = ("隐形眼镜", "棉袜六双", "抽纸整箱", "蓝牙耳机", "登山包", "护肤套装", "儿童套装", "保温杯")
LEAK_RATE = 1 / 3
SAID = {
    "platform": ("name item price order_no", "name:masked item account", "name phone order_time"),
    "merchant": ("name item price order_no", "name:masked item", "name phone address item"),
    "warehouse": ("name item", "name:masked waybill_no", "name phone address item"),
    "courier": ("name address", "name:masked waybill_no", "name phone waybill_no"),
}
"""What callers say by where their data comes from; stations never see the whole number and leak nothing here."""
START = datetime(2026, 1, 1, tzinfo=UTC)


def write(folder: Path, orders: int, seed: int = 1, calls: int | None = None) -> None:
    """Canaries on lines of their own, 3.75 exposures an order, and so many calls: one for five orders unless said.

    The first channel of each kind but stations leaks a third of what it sees; calls that no leak causes are background.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    scale = max(1, round((orders / 3_000) ** 0.5))
    channels = {kind: [f"{kind}-{n:05d}" for n in range(count * scale)] for kind, count in KINDS}
    leaky = {ids[0] for kind, ids in channels.items() if kind in SAID}
    _csv(folder, "channels", "channel_id kind name", [(c, k, c) for k, ids in channels.items() for c in ids])
    routes = [_route(rng, channels) for _ in range(orders)]
    placed = [START + timedelta(minutes=float(m)) for m in np.sort(rng.uniform(0, 200_000, orders))]
    names = rng.integers(0, len(GIVEN), (orders, 2))
    _csv(
        folder,
        "canaries",
        "canary_id recipient_name phone issued_at",
        (
            (
                f"K{n:07d}",
                SURNAMES[n % len(SURNAMES)] + GIVEN[names[n, 0]] + GIVEN[names[n, 1]],
                f"+44207946{n % 1000:04d};ext={n // 1000:04d}",
                (placed[n] - timedelta(minutes=14)).isoformat(),
            )
            for n in range(orders)
        ),
    )
    _csv(
        folder,
        "orders",
        "order_id canary_id placed_at order_no item price currency waybill_no",
        (
            (
                f"O{n:07d}",
                f"K{n:07d}",
                placed[n].isoformat(),
                26 * 10**9 + n * 7919,
                ITEMS[n % 8],
                20 + n % 300,
                "CNY",
                f"SF{10**12 + n * 104729}",
            )
            for n in range(orders)
        ),
    )
    _csv(
        folder,
        "exposures",
        "order_id channel_id exposed_at fields",
        (
            (f"O{n:07d}", channel, (placed[n] + timedelta(hours=hop)).isoformat(), "")
            for n, route in enumerate(routes)
            for hop, channel in enumerate(route)
        ),
    )
    _csv(
        folder,
        "calls",
        CALL_COLUMNS,
        _calls(rng, orders, routes, placed, leaky, orders // 5 if calls is None else calls),
    )


CALL_COLUMNS = (
    "call_id received_at kind dialled_number caller_number heard_name claimed_role known_fields unknown_fields "
    "script transcript canary_id"
)


def _calls(rng, orders, routes, placed, leaky, most):
    source = [next((channel for channel in route if channel in leaky), "") for route in routes]
    drawn = rng.poisson(1.6 * (rng.random(orders) < LEAK_RATE) * np.array([bool(channel) for channel in source]))
    leaked = np.repeat(np.arange(orders), drawn)[:most]
    strange = rng.integers(0, orders, most - len(leaked))
    delay = np.append(rng.lognormal(1, 1, len(leaked)), rng.uniform(0, 100, len(strange)))
    for number, n in enumerate(np.append(leaked, strange).tolist()):
        said = SAID[source[n].partition("-")[0]] if number < len(leaked) else ("",)
        known = said[int(rng.integers(0, len(said)))]
        when = (placed[n] + timedelta(days=float(delay[number]))).isoformat()
        line = f"+44207946{n % 1000:04d};ext={n // 1000:04d}"
        yield (f"S{number:07d}", when, "call", line, "", "", "", known, "", "", "", f"K{n:07d}")


def _route(rng, channels):
    kinds = ["platform", "merchant", "warehouse", "courier", "station"]
    keep = [True, True, rng.random() < 0.75, rng.random() < 0.85, rng.random() < 0.15]
    return [
        channels[kind][min(int(rng.exponential(len(channels[kind]) / 4)), len(channels[kind]) - 1)]
        for kind, there in zip(kinds, keep, strict=True)
        if there
    ]


def _csv(folder, name, header, rows):
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split())
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
