"""Places written in the columns of a table: WKT, two coordinates, or both in one column.

    名称   中心点 / 经度        中心点 / 纬度         or   坐标
    公园   126°35′26″           41°54′02″                126.5906,41.9006

Columns are found by the names that ledgers give them. Whether x or y is the easting is a matter
of profession: where a heading says no more than X and Y, `Axes.X_OR_Y` leaves it to the datum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.importing.errors import MappingColumnError
from layers.importing.readers.degrees import parse_coordinate
from layers.importing.readers.layout import leaf_of
from layers.importing.readers.parts import find_parts, join_parts
from layers.importing.readers.table import Axes, Fault, SourceOptions
from layers.importing.reasons import why_unreadable
from layers.importing.words import PLACE_WORDS
from layers.kinds import fold

_WKT_NAMES, _BOTH_NAMES = PLACE_WORDS["wkt"], PLACE_WORDS["both"]
_EAST_NAMES, _NORTH_NAMES = PLACE_WORDS["east"], PLACE_WORDS["north"]
PLACE_HEADINGS = (*_WKT_NAMES, *_EAST_NAMES, *_NORTH_NAMES, *_BOTH_NAMES)
_WKT_ENDINGS = ("wkt",)
_EAST_ENDINGS, _NORTH_ENDINGS = ("经度", "longitude"), ("纬度", "latitude")
_LETTERS = frozenset(PLACE_WORDS["letters"])
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_TWO = re.compile(r"\s*[(\[]?\s*([^,;，；]+?)\s*[,;，；]\s*([^,;，；]+?)\s*[)\]]?\s*")
_TWO_APART = re.compile(r"\s*(\S+)\s+(\S+)\s*")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The geometries found (None: the table has no places), and the columns they came from."""

    wkb: NDArray[np.object_] | None = None
    used: tuple[str, ...] = ()
    axes: Axes = Axes.KNOWN
    faults: tuple[Fault, ...] = ()


def find_places(columns: Mapping[str, Sequence[object]], options: SourceOptions) -> Places:
    """Build geometries from the columns named in `options`, else from well-known names.

    Raises
    ------
    MappingColumnError
    """
    _check_named(columns, options)
    if options.wkt is None and options.x is None and options.y is None:
        return _found(columns, points_too=options.points_beside_wkt)
    if options.wkt is not None:
        return _from_wkt(options.wkt, columns[options.wkt])
    x = options.x or _by_name(columns, _EAST_NAMES, _EAST_ENDINGS)
    y = options.y or _by_name(columns, _NORTH_NAMES, _NORTH_ENDINGS)
    return Places() if x is None or y is None else _from_two((x, y), columns)


def _check_named(columns: Mapping[str, Sequence[object]], options: SourceOptions) -> None:
    named = {"source.wkt": options.wkt, "source.x": options.x, "source.y": options.y}
    for where, name in named.items():
        if name is not None and name not in columns:
            raise MappingColumnError(where=where, found=name, allowed=list(columns))


def _found(columns: Mapping[str, Sequence[object]], *, points_too: bool) -> Places:
    wkt = _by_name(columns, _WKT_NAMES, _WKT_ENDINGS)
    if wkt is not None:
        shapes = _from_wkt(wkt, columns[wkt])
        return _completed(shapes, _found_points(columns)) if points_too else shapes
    return _found_points(columns)


def _completed(shapes: Places, points: Places) -> Places:
    """Give a row without a shape the point that its two coordinates say."""
    if shapes.wkb is None or points.wkb is None:
        return shapes
    faulty = {row for row, _, _ in shapes.faults}
    bare = [row for row, shape in enumerate(shapes.wkb) if shape is None and row not in faulty]
    wkb = shapes.wkb.copy()
    wkb[bare] = points.wkb[bare]
    more = tuple(fault for fault in points.faults if fault[0] in set(bare))
    used = (*shapes.used, *points.used)
    return Places(wkb=wkb, used=used, axes=points.axes, faults=(*shapes.faults, *more))


def _found_points(columns: Mapping[str, Sequence[object]]) -> Places:
    parts = find_parts(list(columns))
    if parts:
        east, north = (join_parts(parts[axis], columns) for axis in ("east", "north"))
        places = _from_two(("east", "north"), {"east": east, "north": north})
        used = tuple(column for axis in parts.values() for column in axis.values())
        return replace(places, used=used)
    x = _by_name(columns, _EAST_NAMES, _EAST_ENDINGS)
    y = _by_name(columns, _NORTH_NAMES, _NORTH_ENDINGS)
    if x is not None and y is not None:
        by_letter = {_plain(x), _plain(y)} <= _LETTERS
        return _from_two((x, y), columns, axes=Axes.X_OR_Y if by_letter else Axes.KNOWN)
    both = _by_name(columns, _BOTH_NAMES, ())
    return Places() if both is None else _from_one(both, columns[both])


def _by_name(
    columns: Mapping[str, Sequence[object]], usual: Sequence[str], endings: tuple[str, ...]
) -> str | None:
    """Find a column by its usual names; by how its name ends only if it is the only such one."""
    by_name: dict[str, str] = {}
    for column in columns:
        for name in _names_of(column):
            by_name.setdefault(name, column)
    exact = next((by_name[name] for name in usual if name in by_name), None)
    if exact is not None or not endings:
        return exact
    ending = {
        column
        for column in columns
        if _plain(column).endswith(endings) or fold(column).rstrip(")]").endswith(endings)
    }
    return ending.pop() if len(ending) == 1 else None


def _names_of(column: str) -> Iterator[str]:
    yield fold(column).strip("*")
    yield _plain(column)
    yield _plain(leaf_of(column))


def _plain(column: str) -> str:
    """Fold a heading and take off what stands in brackets: `经度（°）`, `北坐标(X)`."""
    folded = fold(column).strip("*")
    return _BRACKETS.sub("", folded) or folded


def _from_wkt(name: str, cells: Sequence[object]) -> Places:
    text = np.array([None if cell is None else str(cell).strip() for cell in cells], dtype=object)
    geometry = shapely.from_wkt(text, on_invalid="ignore")
    lost = [
        row
        for row in np.flatnonzero(shapely.is_missing(geometry)).tolist()
        if text[row] is not None
    ]
    faults: list[Fault] = [
        (row, "geometry_unbuildable", {"reason": why_unreadable(text[row])}) for row in lost
    ]
    return Places(wkb=shapely.to_wkb(geometry), used=(name,), faults=tuple(faults))


def _from_two(
    names: tuple[str, str],
    columns: Mapping[str, Sequence[object]],
    *,
    axes: Axes = Axes.KNOWN,
) -> Places:
    x, y = columns[names[0]], columns[names[1]]
    shown = [
        f"{'' if a is None else a}, {'' if b is None else b}" for a, b in zip(x, y, strict=True)
    ]
    empty = [_is_nothing(a) and _is_nothing(b) for a, b in zip(x, y, strict=True)]
    xy = np.column_stack([_numbers(x), _numbers(y)])
    return _points(xy, names, shown, empty, axes)


def _from_one(name: str, cells: Sequence[object]) -> Places:
    """Read both coordinates from one column; longitudes beyond 90 tell which comes first."""
    halves = [_halves(cell) for cell in cells]
    first, second = (_numbers([half[i] for half in halves]) for i in (0, 1))
    with np.errstate(invalid="ignore"):
        latitude_first = (np.abs(second) > 90) & (np.abs(first) <= 90)
    if latitude_first.sum() * 2 > np.isfinite(first).sum():
        first, second = second, first
    shown = ["" if cell is None else str(cell) for cell in cells]
    empty = [_is_nothing(cell) for cell in cells]
    return _points(np.column_stack([first, second]), (name,), shown, empty, Axes.KNOWN)


def _halves(cell: object) -> tuple[object, object]:
    text = str(cell)
    match = _TWO.fullmatch(text) or _TWO_APART.fullmatch(text)
    return (None, None) if cell is None or match is None else (match[1], match[2])


def _numbers(cells: Sequence[object]) -> NDArray[np.float64]:
    return np.array([parse_coordinate(cell) for cell in cells], dtype=float)


def _is_nothing(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in {"", "-", "--", "/", "无"})


def _points(
    xy: NDArray[np.float64],
    names: tuple[str, ...],
    shown: Sequence[str],
    empty: Sequence[bool],
    axes: Axes,
) -> Places:
    complete = np.isfinite(xy).all(axis=1)
    wkb = np.full(len(xy), None, dtype=object)
    wkb[complete] = shapely.to_wkb(shapely.points(xy[complete]))
    faults: list[Fault] = [
        (row, "coordinates_not_a_number", {"found": shown[row]})
        for row in np.flatnonzero(~complete).tolist()
        if not empty[row]
    ]
    return Places(wkb=wkb, used=names, axes=axes, faults=tuple(faults))
