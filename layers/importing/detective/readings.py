"""The ways in which the numbers of a file may be meant, as far as they lead to the store's ground.

Whether a number is a degree, a hundredth of one, a metre, in which order and from which origin it
counts: all of that is tried, and what does not bring most rows near to what the store holds is
dropped at once. Of several systems that put the numbers at the same place one stands for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError

from gis.datum import convert_coordinates
from layers.importing.datum import CHINA, crs_label, parse_datum, steps_to
from layers.importing.errors import DatumError
from layers.importing.notation import PACKED, Notation, RowSet

Points = NDArray[np.float64]
Placer = Callable[[Points], Points]

_MOST = 0.5
_EVERY_ROW = RowSet(every=True)
_DIVISORS = (1e2, 1e3, 1e4, 1e5, 1e6, 1e7)
_AXES = ("x", "y", "xy")
_SAME_PLACE_M = 5.0
_FAR_M = 50_000.0  # how far a map may lie beside the ground and still be compared with it
_PADDING_M = 5_000.0
_PADDING_SHARE = 0.25
# Gauss-Krüger zones of CGCS2000: 6 and 3 degrees wide, with the zone number and without.
_GAUSS_KRUEGER = range(4491, 4555)
_THREE_DEGREES = range(4513, 4555)  # those of cities
_WEB_MERCATOR = 3857
_PAST_M = 1000.0  # the ellipsoids of the past move a northing by some hundred metres
# Datums of the past, from which no exact way is published: they are named and never proposed.
_PAST = ("Beijing 1954", "Xian 1980", "New Beijing")
_WGS84_NAMES = ("EPSG:4326", "EPSG:4979")
_DEGREES = ("WGS84", "GCJ-02", "BD-09")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to take the numbers: in which datum, and how they are written."""

    datum: str
    notation: Notation = field(default_factory=Notation)
    alike: tuple[str, ...] = ()  # other systems that put the numbers at the same place

    @property
    def is_plain(self) -> bool:
        """Tell whether the numbers are taken as they stand."""
        return self.notation == Notation()


@dataclass(frozen=True, kw_only=True)
class Area:
    """The store's ground: a box in its metric system; `known` where features say so.

    `box` is west, south, east, north, metres; where nothing is stored yet it is where the metric
    system may be used.
    """

    crs: CRS
    box: tuple[float, float, float, float]
    known: bool

    def padded(self, padding_m: float) -> Area:
        """Give a wider one."""
        west, south, east, north = self.box
        wider = (west - padding_m, south - padding_m, east + padding_m, north + padding_m)
        return replace(self, box=wider)

    @property
    def reach(self) -> Area:
        """Give the ground and its surroundings, in which a new survey may well lie."""
        size_m = max(self.box[2] - self.box[0], self.box[3] - self.box[1])
        return self.padded(_PADDING_M + _PADDING_SHARE * size_m) if self.known else self

    @property
    def beyond(self) -> Area:
        """Give all that is near enough to be compared with the ground."""
        return self.reach.padded(_FAR_M)

    def inside(self, points: Points) -> NDArray[np.bool_]:
        """Tell which points, in the metric system, lie in it; one that is none does not."""
        west, south, east, north = self.box
        with np.errstate(invalid="ignore"):
            within = (points >= (west, south)) & (points <= (east, north))
        return np.asarray(within.all(axis=1))

    @cached_property
    def degrees(self) -> tuple[float, float, float, float]:
        """Give its box in longitude and latitude."""
        transformer = Transformer.from_crs(self.crs, 4326, always_xy=True)
        return transformer.transform_bounds(*self.box)

    @property
    def is_chinese(self) -> bool:
        """Tell whether the shifted datums of China may be met here."""
        west, south, east, north = self.degrees
        return CHINA[0] <= east and west <= CHINA[2] and CHINA[1] <= north and south <= CHINA[3]


def placer(reading: Reading, target: CRS) -> Placer:
    """Make the way from numbers as written, (n, 2), to places in a metric system.

    What cannot be read so becomes NaN.

    Raises
    ------
    DatumError
    """
    datum = parse_datum(reading.datum)
    steps = steps_to(datum.crs, target, declared=datum.name)

    def place(numbers: Points) -> Points:
        xy = np.array(reading.notation.read(numbers), dtype=float)
        if datum.crs.is_geographic:
            with np.errstate(invalid="ignore"):
                xy[(np.abs(xy) > (180.0, 90.0)).any(axis=1)] = np.nan
        if datum.is_offset:
            xy = convert_coordinates(xy, datum.name, "WGS84")
        for step in steps:
            xy = np.column_stack(step.transform(xy[:, 0].copy(), xy[:, 1].copy()))
        return np.where(np.isfinite(xy), xy, np.nan)

    return place


def readings(
    numbers: Points, area: Area, *, label: CRS | None, declared: Reading | None
) -> list[Reading]:
    """List the readings that bring most rows into the area; what was declared always among them.

    `numbers` are (n, 2), one pair a row, as written; `label` is the system that the file names.
    """
    numbers = numbers[np.isfinite(numbers).all(axis=1)]
    named = crs_label(label) if label is not None else ""
    tried = [*_as_degrees(numbers, area), *_as_lengths(numbers, area)]
    if named.startswith("EPSG:"):
        # The true degrees are called what the file calls them.
        own = "CGCS2000" if named == "EPSG:4490" else named
        tried.insert(0, Reading(datum="WGS84" if named in _WGS84_NAMES else own))
    found = [each for each in tried if _leads_into(each, numbers, area)]
    found = _one_for_each_place(found, numbers, area)
    if declared is not None and declared not in found:
        found = [each for each in found if not _same(each, declared, numbers, area)]
        found.insert(0, declared)
    return found


def past_systems(area: Area, reading: Reading) -> tuple[str, ...]:
    """Name the systems of the past whose numbers look like those of a Gauss-Krüger reading."""
    crs = parse_datum(reading.datum).crs
    if not crs.is_projected or not area.is_chinese:
        return ()
    centre = np.mean(np.reshape(area.box, (2, 2)), axis=0)
    there = Transformer.from_crs(area.crs, crs, always_xy=True).transform(*centre)
    west, south, east, north = area.degrees
    lon, lat = (west + east) / 2, (south + north) / 2
    return tuple(
        f"EPSG:{code}"
        for code in _codes(area, past=True)
        if _apart_m(_projected(code, lon, lat), there) < _PAST_M
    )


def _leads_into(reading: Reading, numbers: Points, area: Area) -> bool:
    try:
        there = placer(reading, area.crs)(numbers)
    except DatumError:
        return False
    return bool(len(numbers)) and float(area.inside(there).mean()) >= _MOST


def _as_degrees(numbers: Points, area: Area) -> Iterator[Reading]:
    """Try the numbers as degrees, in every way of writing them that leads to the right ones."""
    west, south, east, north = area.degrees
    for notation in _notations():
        lonlat = notation.read(numbers)
        with np.errstate(invalid="ignore"):
            near = (lonlat >= (west - 0.1, south - 0.1)) & (lonlat <= (east + 0.1, north + 0.1))
        if not len(numbers) or near.all(axis=1).mean() < _MOST:
            continue
        for datum in _DEGREES if area.is_chinese else _DEGREES[:1]:
            yield Reading(datum=datum, notation=notation)


def _notations() -> Iterator[Notation]:
    for turned in (RowSet(), _EVERY_ROW):
        yield Notation(swapped=turned)
        yield from (Notation(swapped=turned, divide_by=number) for number in _DIVISORS)
        yield from (Notation(swapped=turned, packed=form) for form in PACKED)
        yield from (Notation(swapped=turned, mirrored=axes) for axes in _AXES)


def _as_lengths(numbers: Points, area: Area) -> Iterator[Reading]:
    """Try the numbers as eastings and northings of the systems that are used in the area."""
    if not len(numbers) or np.abs(np.median(numbers, axis=0)).max() < 1000:
        return
    west, south, east, north = area.degrees
    lon, lat = (west + east) / 2, (south + north) / 2
    near_m = 4 * max(area.box[2] - area.box[0], area.box[3] - area.box[1]) + 2 * _FAR_M
    for turned in (RowSet(), _EVERY_ROW):
        for dropped in (False, True):
            notation = Notation(swapped=turned, zone_dropped=dropped)
            middle = np.median(notation.read(numbers), axis=0)
            for code in _codes(area):
                if _apart_m(_projected(code, lon, lat), middle) < near_m:
                    yield Reading(datum=f"EPSG:{code}", notation=notation)


@cache
def _codes(area: Area, *, past: bool = False) -> tuple[int, ...]:
    """List the projected systems that are made for the area, its own first; those in use or past.

    All Gauss-Krüger zones are among them: a survey may be reckoned in the zone beside its own.
    """
    west, south, east, north = area.degrees
    lon, lat = (west + east) / 2, (south + north) / 2
    # The middle will do: a city at the edge of a zone is reckoned in one of the two.
    here = AreaOfInterest(lon, lat, lon, lat)
    infos = query_crs_info(
        auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=here, contains=True
    )
    codes = {
        int(info.code)
        for info in infos
        if not info.deprecated and info.name.startswith(_PAST) == past
    }
    if past:
        return tuple(sorted(codes))
    own = area.crs.to_epsg()
    codes |= {_WEB_MERCATOR, *(_GAUSS_KRUEGER if area.is_chinese else ())} - {own}
    by_use = sorted(codes, key=lambda code: (code not in _THREE_DEGREES, code))
    return (*([own] if own else []), *by_use)


@cache
def _projected(code: int, lon: float, lat: float) -> tuple[float, float]:
    try:
        project = Proj(CRS.from_epsg(code))
        x, y = project(lon, lat)
    except CRSError:  # systems with heights, and others that are none of ours
        return float("inf"), float("inf")
    return float(x), float(y)


def _apart_m(one: Sequence[float] | Points, other: Sequence[float] | Points) -> float:
    apart = float(np.hypot(one[0] - other[0], one[1] - other[1]))
    return apart if np.isfinite(apart) else float("inf")


def _one_for_each_place(found: list[Reading], numbers: Points, area: Area) -> list[Reading]:
    """Keep the first of the readings that lead to the same places, and name the others with it."""
    kept: list[Reading] = []
    for each in found:
        twin = next((one for one in kept if _same(one, each, numbers, area)), None)
        if twin is None:
            kept.append(each)
        elif each.notation == twin.notation:
            kept[kept.index(twin)] = replace(twin, alike=(*twin.alike, each.datum))
    return kept


def _same(one: Reading, other: Reading, numbers: Points, area: Area) -> bool:
    try:
        first, second = (placer(each, area.crs)(numbers[:200]) for each in (one, other))
    except DatumError:
        return False
    apart_m = np.hypot(*(first - second).T)
    return bool(np.isfinite(apart_m).any()) and float(np.nanmedian(apart_m)) < _SAME_PLACE_M
