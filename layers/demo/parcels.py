"""Parts of lots that are not built on: gardens, squares, bare ground, yards.

A parcel is a corner or a middle of a lot, described by shares of it and clipped to its land; what
is set aside first is not given away again.
"""

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import Polygon

from layers.demo.ground import Ground, Lot

_APART_M = 4.0
_LEAST_FILL = 0.55


@dataclass(frozen=True)
class Parcel:
    """A part of a lot set aside for something."""

    lot: str
    purpose: str
    shape: Polygon
    name: str = ""


@dataclass
class Parcels:
    """The parcels set aside so far."""

    ground: Ground
    taken: dict[str, list[Parcel]] = field(default_factory=dict)

    def of(self, purpose: str) -> list[Parcel]:
        """List the parcels of a purpose, in order of their lots."""
        return [p for key in sorted(self.taken) for p in self.taken[key] if p.purpose == purpose]

    def shapes(self) -> dict[str, list[Polygon]]:
        """List the shapes that must stay free, by lot."""
        return {key: [parcel.shape for parcel in some] for key, some in self.taken.items()}

    def set_aside(self, lot: Lot, purpose: str, shape: Polygon, name: str = "") -> Parcel | None:
        """Set a shape aside, clipped to the lot; None where too little of it is free."""
        land = lot.land.buffer(-0.5)
        others = [other.shape.buffer(_APART_M) for other in self.taken.get(lot.key, [])]
        free = shape.intersection(land)
        if others:
            free = free.difference(shapely.union_all(others))
        parts = [p for p in shapely.get_parts(free) if p.geom_type == "Polygon"]
        best = max(parts, key=lambda part: part.area, default=Polygon())
        if best.area < _LEAST_FILL * shape.area:
            return None
        parcel = Parcel(lot.key, purpose, shapely.set_precision(best, 0.01), name)
        self.taken.setdefault(lot.key, []).append(parcel)
        return parcel

    def give_back(self, lot: Lot, shape: Polygon) -> None:
        """Let go of a shape that turned out to be of no use."""
        self.taken[lot.key] = [p for p in self.taken[lot.key] if p.shape is not shape]

    def whole(self, lot: Lot, purpose: str, name: str = "") -> Parcel:
        """Set a whole lot aside."""
        parcel = Parcel(lot.key, purpose, lot.land, name)
        self.taken.setdefault(lot.key, []).append(parcel)
        return parcel


def corner(
    ground: Ground, lot: Lot, area_m2: float, place: tuple[str, str], aspect: float = 1.4
) -> Polygon:
    """Draw a part of a lot of about that area.

    `place` says where along the valley (start, middle, end) and across it (low, middle, high).
    """
    cell = lot.cell
    station, _ = cell.middle
    ends = ground.lattice.locate(cell.strip, station, np.array([cell.low, cell.high]))
    depth_m = float(np.hypot(*(ends[1] - ends[0])))
    margin_m = 8.0
    usable_along = max(cell.end - cell.start - 2 * margin_m, 10.0)
    usable_across = max(depth_m - 2 * margin_m, 10.0)
    along = min(np.sqrt(area_m2 * aspect), usable_along)
    across = min(area_m2 / along, usable_across)
    along = min(area_m2 / across, usable_along)
    s0 = cell.start + margin_m + (usable_along - along) * _PLACE[place[0]]
    t0 = (margin_m + (usable_across - across) * _PLACE[place[1]]) / depth_m
    t1 = t0 + across / depth_m
    low, high = (cell.low + t * (cell.high - cell.low) for t in (t0, t1))
    stations = np.linspace(s0, s0 + along, 4)
    bottom = ground.lattice.locate(cell.strip, stations, low)
    top = ground.lattice.locate(cell.strip, stations, high)
    return Polygon(np.concatenate([bottom, top[::-1]]))


_PLACE = {"start": 0.0, "low": 0.0, "middle": 0.5, "end": 1.0, "high": 1.0}
