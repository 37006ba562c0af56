"""Bare ground: plots in the gaps of the green, where planting helps, and plots that change nothing.

Which of them help is not written into the register: it has to be found out by measuring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from layers.demo.greens import Green
from layers.demo.ground import Ground, Lot
from layers.demo.parcels import Parcels, corner
from layers.demo.streams import one_of, stream
from layers.demo.uses import HOMES, Use

SEEN_GREEN_M = 300.0
LEAST_GREEN_M2 = 400.0
_HELPFUL_COUNT = 30
_HELPFUL_APART_M = 150.0
_TOTAL = 150
# What the rest are: which uses of lots, how many plots, and how big they are (m2).
_OTHERS: tuple[tuple[tuple[str, ...], int, tuple[float, float]], ...] = (
    (("old", "compound", "commercial", "tower"), 44, (60.0, 390.0)),
    (("hillside",), 26, (70.0, 380.0)),
    (("field", "village"), 16, (600.0, 6500.0)),
    (("industrial",), 8, (900.0, 9000.0)),
    (("bank",), 12, (150.0, 900.0)),
    (("wooded",), 10, (400.0, 5000.0)),
)


@dataclass(frozen=True)
class BarePlot:
    """A plot of bare ground."""

    lot: str
    use: str
    shape: Polygon
    helps: bool


def find_bare_ground(
    ground: Ground, uses: Mapping[str, Use], greens: Sequence[Green], parcels: Parcels, seed: int
) -> list[BarePlot]:
    """Find bare ground: first where people see no green, then all over the town."""
    plots = _helpful(ground, uses, seen_green(greens), parcels, stream(seed, "bare/helpful"))
    for some_uses, count, sizes in _OTHERS:
        chance = stream(seed, f"bare/{some_uses[0]}")
        lots = [ground.lots[key] for key in sorted(uses) if uses[key].key in some_uses]
        plots += _scatter(ground, uses, lots, parcels, chance, (count, *sizes))
    chance = stream(seed, "bare/rest")
    near = [ground.lots[k] for k in sorted(uses) if uses[k].key in {"old", "compound"}]
    plots += _scatter(ground, uses, near, parcels, chance, (_TOTAL - len(plots), 60.0, 380.0))
    return sorted(plots, key=lambda plot: (plot.lot, plot.shape.bounds))


def seen_green(greens: Sequence[Green]) -> BaseGeometry:
    """Draw the ground from which a public green of a useful size is in sight."""
    counted = [
        green.shape.buffer(SEEN_GREEN_M)
        for green in greens
        if green.access == "public" and green.shape.area >= LEAST_GREEN_M2
    ]
    return shapely.union_all(counted)


def _helpful(
    ground: Ground,
    uses: Mapping[str, Use],
    seen: BaseGeometry,
    parcels: Parcels,
    chance: Generator,
) -> list[BarePlot]:
    shapely.prepare(seen)
    homes = [
        ground.lots[key]
        for key in sorted(uses)
        if uses[key].key in HOMES and not shapely.contains(seen, ground.lots[key].land)
    ]
    order = chance.permutation(len(homes))
    plots: list[BarePlot] = []
    for index in order.tolist():
        lot = homes[index]
        far = all(plot.shape.distance(lot.land.centroid) > _HELPFUL_APART_M for plot in plots)
        if len(plots) == _HELPFUL_COUNT or not far:
            continue
        small = uses[lot.key].key == "hillside"
        area_m2 = float(chance.uniform(430, 900) if small else chance.uniform(700, 6200))
        plot = _plot(ground, uses, lot, parcels, chance, area_m2)
        if plot is not None and plot.area < LEAST_GREEN_M2:
            parcels.give_back(lot, plot)
        elif plot is not None:
            plots.append(BarePlot(lot.key, uses[lot.key].key, plot, helps=True))
    return plots


def _scatter(
    ground: Ground,
    uses: Mapping[str, Use],
    lots: Sequence[Lot],
    parcels: Parcels,
    chance: Generator,
    wish: tuple[int, float, float],
) -> list[BarePlot]:
    count, least_m2, most_m2 = wish
    plots: list[BarePlot] = []
    for _ in range(count * 8):
        if len(plots) == count:
            break
        lot = lots[int(chance.integers(len(lots)))]
        area_m2 = float(np.exp(chance.uniform(np.log(least_m2), np.log(most_m2))))
        shape = _plot(ground, uses, lot, parcels, chance, area_m2)
        if shape is not None:
            plots.append(BarePlot(lot.key, uses[lot.key].key, shape, helps=False))
    return plots


def _plot(
    ground: Ground,
    uses: Mapping[str, Use],
    lot: Lot,
    parcels: Parcels,
    chance: Generator,
    area_m2: float,
) -> Polygon | None:
    along = one_of(chance, ("start", "middle", "end"))
    across = one_of(chance, ("low", "middle", "high"))
    if uses[lot.key].key in {"bank", "wooded"}:
        # Long lots have room for more than three plots: cut a piece out first.
        return _on_long_lot(lot, parcels, chance, area_m2)
    shape = corner(ground, lot, area_m2, (along, across), float(chance.uniform(0.9, 2.4)))
    parcel = parcels.set_aside(lot, "bare", _ragged(shape, chance))
    return None if parcel is None else parcel.shape


def _on_long_lot(lot: Lot, parcels: Parcels, chance: Generator, area_m2: float) -> Polygon | None:
    minx, miny, maxx, maxy = lot.land.bounds
    centre = shapely.Point(chance.uniform(minx, maxx), chance.uniform(miny, maxy))
    near = lot.land.buffer(-3.0).boundary.interpolate(float(chance.random()), normalized=True)
    blob = (near if lot.cell.strip[1] != "0" else centre).buffer(np.sqrt(area_m2 / np.pi), 4)
    parcel = parcels.set_aside(lot, "bare", _ragged(blob, chance))
    return None if parcel is None else parcel.shape


def _ragged(shape: Polygon, chance: Generator) -> Polygon:
    """Give a plot an outline that nobody would have drawn with a ruler."""
    ring = shape.exterior
    steps = np.linspace(0.0, ring.length, max(8, int(ring.length / 9.0)), endpoint=False)
    points = shapely.get_coordinates(shapely.line_interpolate_point(ring, steps))
    middle = shapely.get_coordinates(shape.centroid)
    drawn = middle + (points - middle) * chance.uniform(0.86, 1.04, (len(points), 1))
    ragged = Polygon(np.round(drawn, 2))
    return ragged if ragged.is_valid else shape
