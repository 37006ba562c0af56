"""The greens: parks, river banks, gardens, squares, yards and woods, with their entrances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import Point, Polygon

from layers.demo.ground import Ground, Lot
from layers.demo.names import Names
from layers.demo.parcels import Parcels, corner
from layers.demo.plan import Plan
from layers.demo.streams import one_of, pick, stream
from layers.demo.uses import Use, lot_at

_ENTRANCE_EVERY_M = 260.0
_PLACES_ALONG = ("start", "middle", "end")
_PLACES_ACROSS = ("low", "high")
# Yards of compounds and institutions: the class, how often, and the share of the lot they take.
_YARDS = {
    "compound": ("RG", 0.62, 0.05),
    "tower": ("RG", 0.9, 0.10),
    "school": ("AG", 0.9, 0.06),
    "hospital": ("AG", 1.0, 0.06),
    "office": ("AG", 0.8, 0.09),
    "industrial": ("MG", 0.6, 0.05),
    "commercial": ("BG", 0.25, 0.04),
}
_YARD_ACCESS = {"restricted": 0.62, "private": 0.26, "unknown": 0.12}


@dataclass(frozen=True)
class Green:
    """A green space."""

    name: str
    shape: Polygon
    class_code: str
    access: str
    lot: str
    entrances: tuple[Point, ...] = ()


def set_aside_squares(plan: Plan, ground: Ground, parcels: Parcels) -> None:
    """Set squares and named gardens aside before anything else takes their place."""
    for entry in plan.part("square"):
        lot = lot_at(ground, entry)
        shape = corner(ground, lot, entry["area_m2"], tuple(entry["place"]))
        parcels.set_aside(lot, "red_square" if entry["is_red"] else "square", shape, entry["name"])
    for entry in plan.part("pocket_garden"):
        lot = lot_at(ground, entry)
        shape = corner(ground, lot, entry["area_m2"], tuple(entry["place"]))
        parcels.set_aside(lot, "pocket_garden", shape, entry["name"])


def lay_greens(
    plan: Plan, ground: Ground, uses: Mapping[str, Use], parcels: Parcels, seed: int
) -> list[Green]:
    """Lay out the greens, except the yards, which come after the bare plots."""
    names = Names(stream(seed, "greens/names"))
    greens = [*_parks(ground, uses, parcels), *_banks(plan, ground), *_slopes(plan, ground)]
    greens += [
        Green(parcel.name, parcel.shape, "G3", "public", parcel.lot)
        for parcel in (*parcels.of("red_square"), *parcels.of("square"))
    ]
    greens += [
        Green(parcel.name, parcel.shape, "G14", "public", parcel.lot)
        for parcel in parcels.of("pocket_garden")
    ]
    greens += _gardens(plan, ground, uses, parcels, names, seed)
    return [_with_entrances(green, ground) for green in greens]


def lay_yards(
    plan: Plan, ground: Ground, uses: Mapping[str, Use], parcels: Parcels, seed: int
) -> list[Green]:
    """Lay out the greens attached to homes, schools and works; few of them are open to all."""
    yards = []
    for key in sorted(ground.lots):
        rule = _YARDS.get(uses[key].key)
        chance = stream(seed, f"yards/{key}")
        lot = ground.lots[key]
        region = _rule_at(plan.part("yard"), lot)
        if rule is None or region is None or chance.random() > rule[1] * region["share"]:
            continue
        area_m2 = float(np.clip(lot.land.area * rule[2] * chance.uniform(0.5, 1.5), 180, 4200))
        place = (one_of(chance, _PLACES_ALONG), "middle")
        parcel = parcels.set_aside(lot, "yard", corner(ground, lot, area_m2, place, 2.6))
        if parcel is not None:
            access = pick(chance, _YARD_ACCESS)
            yards.append(Green(uses[key].name, parcel.shape, rule[0], access, key))
    return yards


def _parks(ground: Ground, uses: Mapping[str, Use], parcels: Parcels) -> list[Green]:
    parks = []
    for key in sorted(uses):
        special = uses[key].special
        if uses[key].key != "park" or special is None:
            continue
        parcels.whole(ground.lots[key], "park", uses[key].name)
        parks.append(
            Green(
                uses[key].name,
                ground.lots[key].land,
                special["class_code"],
                special["access"],
                key,
            )
        )
    return parks


def _banks(plan: Plan, ground: Ground) -> list[Green]:
    banks = []
    for key in sorted(ground.lots):
        lot = ground.lots[key]
        for entry in plan.part("bank_green"):
            start, end = entry["span"]
            if lot.cell.strip == entry["strip"] and start <= lot.cell.start < end:
                shape = lot.land.buffer(-2.0)
                banks.append(_plain(entry, _one_piece(shape), key))
    return banks


def _slopes(plan: Plan, ground: Ground) -> list[Green]:
    slopes = []
    for entry in plan.part("slope_green"):
        lot = lot_at(ground, entry)
        slopes.append(_plain(entry, _one_piece(lot.land.buffer(-6.0)), lot.key))
    return slopes


def _plain(entry: Mapping[str, Any], shape: Polygon, key: str) -> Green:
    return Green(entry["name"], shape, entry["class_code"], entry["access"], key)


def _one_piece(shape: Any) -> Polygon:
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    return shapely.set_precision(largest.simplify(0.15), 0.01)


def _gardens(
    plan: Plan,
    ground: Ground,
    uses: Mapping[str, Use],
    parcels: Parcels,
    names: Names,
    seed: int,
) -> list[Green]:
    gardens = []
    for key in sorted(ground.lots):
        lot = ground.lots[key]
        rule = _rule_at(plan.part("garden"), lot)
        chance = stream(seed, f"garden/{key}")
        if rule is None or uses[key].key in {"park", "bank", "wooded", "field"}:
            continue
        if chance.random() > rule["likely"]:
            continue
        area_m2 = float(chance.choice(rule["sizes_m2"])) * float(chance.uniform(0.94, 1.1))
        place = (one_of(chance, ("start", "end")), one_of(chance, _PLACES_ACROSS))
        parcel = parcels.set_aside(lot, "garden", corner(ground, lot, area_m2, place))
        if parcel is not None:
            access = pick(chance, {"public": 0.9, "unknown": 0.06, "restricted": 0.04})
            gardens.append(Green(names.garden(), parcel.shape, "G14", access, key))
    return gardens


def _rule_at(rules: Sequence[Mapping[str, Any]], lot: Lot) -> Mapping[str, Any] | None:
    """Find the first rule for the strip and station of a lot."""
    station, _ = lot.cell.middle
    for rule in rules:
        if lot.cell.strip in rule["strips"] and rule["span"][0] <= station < rule["span"][1]:
            return rule
    return None


def _with_entrances(green: Green, ground: Ground) -> Green:
    """Give a public green its entrances: where its edge is nearest to a street."""
    if green.class_code[0] != "G" or green.class_code == "G2":
        return green
    ring = green.shape.exterior
    count = int(np.clip(round(ring.length / _ENTRANCE_EVERY_M), 1, 8))
    streets = shapely.union_all(
        [s.line for s in ground.streets if s.line.distance(green.shape) < 60.0]
    )
    along = np.linspace(0.0, ring.length, count * 12, endpoint=False)
    spots = shapely.line_interpolate_point(ring, along)
    if not streets.is_empty:
        order = np.argsort(shapely.distance(spots, streets).round(1), kind="stable")
        spots = spots[order]
    return Green(
        green.name,
        green.shape,
        green.class_code,
        green.access,
        green.lot,
        tuple(_spread(spots, count, 0.5 * ring.length / count)),
    )


def _spread(spots: Sequence[Point], count: int, apart_m: float) -> list[Point]:
    chosen: list[Point] = []
    for spot in spots:
        if len(chosen) < count and all(spot.distance(other) >= apart_m for other in chosen):
            chosen.append(spot)
    return chosen
