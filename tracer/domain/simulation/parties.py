"""The channels of a world, and who usually works with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.domain.simulation.families import ROUTE_KINDS, Family
from tracer.domain.simulation.world import Floats, Ints, Parties

NOBODY = -1
_OWN_STOCK = 0.25
_LABELS = dict(zip(ROUTE_KINDS, ("返利网", "平台", "店铺", "云仓", "快递", "驿站"), strict=True))


@dataclass(frozen=True, slots=True)
class Market:
    """Places in `Parties` of each kind, how often each is chosen, and usual partners (NOBODY for none).

    platform, warehouse   (shops,) a shop's own, as places among their kind
    station               (couriers,) where a courier usually leaves parcels
    """

    first: dict[str, int]
    weight: dict[str, Floats]
    platform: Ints
    warehouse: Ints
    station: Ints

    def size(self, kind: str) -> int:
        """How many channels of a kind there are."""
        return len(self.weight[kind])

    def choose(self, kind: str, n: int, rng: np.random.Generator, *, evenly: bool) -> Ints:
        """n channels of a kind, as places among them: by how often each is chosen, or each as often as the next."""
        size = self.size(kind)
        if evenly:
            return rng.permutation(np.resize(rng.permutation(size), n))
        return rng.choice(size, n, p=self.weight[kind])


def draw_parties(family: Family, orders: int, rng: np.random.Generator) -> tuple[Parties, Market]:
    """Channels in numbers that grow with the root of the orders, the first of a kind chosen most often."""
    growth = max(1.0, (orders / family.orders) ** 0.5)
    sizes = {kind: round(family.parties.get(kind, 0) * growth) for kind in ROUTE_KINDS}
    if family.tied:
        sizes["warehouse"], sizes["station"] = sizes["merchant"], sizes["courier"]
    first: dict[str, int] = {}
    ids: list[str] = []
    kinds: list[str] = []
    names: list[str] = []
    for kind, size in sizes.items():
        first[kind] = len(ids)
        ids += [f"{kind.replace('_', '-')}-{n:03d}" for n in range(1, size + 1)]
        names += [f"{_LABELS[kind]}{n}" for n in range(1, size + 1)]
        kinds += [kind] * size
    shops = sizes["merchant"]
    platform = rng.integers(0, sizes["platform"], shops)
    warehouse = rng.integers(0, sizes["warehouse"], shops)
    warehouse[rng.random(shops) < _OWN_STOCK] = NOBODY
    station = rng.integers(0, sizes["station"], sizes["courier"])
    if family.tied:
        warehouse, station = np.arange(shops), np.arange(sizes["courier"])
    parent = np.full(len(ids), NOBODY)
    parent[first["merchant"] : first["merchant"] + shops] = first["platform"] + platform
    market = Market(first, {k: _popularity(size) for k, size in sizes.items()}, platform, warehouse, station)
    return Parties(ids, kinds, names, parent), market


def _popularity(size: int) -> Floats:
    weight = 1.0 / (np.arange(size) + 3.0)
    return np.asarray(weight / max(weight.sum(), 1e-9))
