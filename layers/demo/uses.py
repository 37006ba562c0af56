"""What each lot of the town is used for: a few by name, the rest by the weights of their zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.demo.ground import Ground, Lot
from layers.demo.plan import Plan
from layers.demo.streams import pick, stream

HOMES = ("compound", "tower", "old", "hillside", "village")


@dataclass(frozen=True)
class Use:
    """The use of a lot; named lots carry what the plan says of them."""

    key: str
    name: str = ""
    special: Mapping[str, Any] | None = None

    @property
    def is_dedicated(self) -> bool:
        """Tell whether the lot has a grid of its own."""
        return bool(self.special and self.special.get("dedicated", False))


def assign_uses(plan: Plan, ground: Ground, seed: int) -> dict[str, Use]:
    """Assign a use to every lot."""
    named = {lot_at(ground, entry).key: entry for entry in plan.part("special")}
    uses = {}
    for key in sorted(ground.lots):
        entry = named.get(key)
        if entry is None:
            # A stream for each lot: moving one border does not reshuffle the whole town.
            uses[key] = Use(_by_zone(plan, ground.lots[key], seed))
        else:
            uses[key] = Use(entry["use"], entry["name"], entry)
    return uses


def lot_at(ground: Ground, place: Mapping[str, Any]) -> Lot:
    """Find the lot that holds a place given by strip, station and share."""
    station, share = float(place["station"]), float(place["share"])
    for lot in ground.lots.values():
        cell = lot.cell
        within = cell.start <= station < cell.end and cell.low <= share < cell.high
        if cell.strip == place["strip"] and within:
            return lot
    raise LookupError(place)


def _by_zone(plan: Plan, lot: Lot, seed: int) -> str:
    station, _ = lot.cell.middle
    for zone in plan.part("zone"):
        start, end = zone["span"]
        if lot.cell.strip not in zone["strips"] or not start <= station < end:
            continue
        if zone.get("rows", lot.cell.rows) != lot.cell.rows:
            continue
        if lot.cell.high <= zone.get("reach", 1.0) + 1e-9:
            return pick(stream(seed, f"use/{lot.key}"), zone["uses"])
    raise LookupError(lot.key)
