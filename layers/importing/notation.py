"""How a file writes its coordinates, where that is not how it should: what a mapping may say.

    [coordinates]
    swapped = true                 # latitude first; or the rows in which it is: [4, "9-12"]
    mirrored = "x"                 # a sign is missing: "x", "y" or "xy"
    divide_by = 100000             # whole numbers instead of degrees
    packed = "ddd.mmss"            # degrees, minutes, seconds as one number
    zone_dropped = true            # the number before the easting is not that of its zone
    ignore_label = true            # the reference system that the file names is wrong
    datum_column = "坐标系"        # the column in which each row says its own datum

    [coordinates.datum_rows]       # rows in another datum than the rest
    "BD-09" = [3, "17-19"]

Rows are numbered as the report numbers them. Nothing here is ever guessed by an import: the
detective proposes it, and only what the user has written down is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.importing.errors import MappingTypeError, MappingUnknownKeyError, MappingValueError

Numbers = NDArray[np.float64]

PACKED = ("ddd.mmss", "dddmm.mm", "dddmmss")
MIRRORED = ("x", "y", "xy")
_KEYS = (
    "swapped", "mirrored", "divide_by", "packed", "zone_dropped", "ignore_label", "datum_column",
    "datum_rows",
)  # fmt: skip
_ZONE_M = 1_000_000.0
_RANGE = re.compile(r"(\d+)\s*[-–~]\s*(\d+)")
_SECONDS_DIGITS = 6  # decimals of a packed second that a float of degrees still holds


@dataclass(frozen=True, kw_only=True)
class RowSet:
    """Rows by number: `spans` from first to last, both included; `every` means all of them."""

    spans: tuple[tuple[int, int], ...] = ()
    every: bool = False

    def __bool__(self) -> bool:
        """Tell whether any row is meant."""
        return self.every or bool(self.spans)

    def among(self, row_numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each row whether it is meant."""
        meant = np.full(len(row_numbers), self.every)
        for first, last in self.spans:
            meant |= (row_numbers >= first) & (row_numbers <= last)
        return meant

    @classmethod
    def of(cls, row_numbers: Sequence[int], rows: Sequence[int]) -> RowSet:
        """Name some of `row_numbers`, neighbours among them as one span."""
        place = {number: position for position, number in enumerate(sorted(row_numbers))}
        spans: list[tuple[int, int]] = []
        for row in sorted(rows):
            if spans and place[row] == place[spans[-1][1]] + 1:
                spans[-1] = (spans[-1][0], row)
            else:
                spans.append((row, row))
        return cls(spans=tuple(spans))

    def written(self) -> bool | list[int | str]:
        """Give what a mapping file says for them."""
        if self.every or not self.spans:
            return self.every
        return [first if first == last else f"{first}-{last}" for first, last in self.spans]


@dataclass(frozen=True, kw_only=True)
class Notation:
    """Say how the numbers of a file are to be read; by default as they stand."""

    swapped: RowSet = field(default_factory=RowSet)
    mirrored: str = ""
    divide_by: float = 1.0
    packed: str = ""
    zone_dropped: bool = False
    ignore_label: bool = False
    datum_column: str | None = None
    datum_rows: Mapping[str, RowSet] = field(default_factory=dict)

    @property
    def steps(self) -> Sequence[Callable[[Numbers], Numbers]]:
        """List what is done to (n, 2) numbers before they are coordinates; swapping comes first."""
        found: list[Callable[[Numbers], Numbers]] = []
        if self.divide_by != 1:
            found.append(lambda xy: xy / self.divide_by)
        if self.packed:
            found.append(lambda xy: unpacked(xy, self.packed))
        if self.mirrored:
            signs = [-1.0 if axis in self.mirrored else 1.0 for axis in "xy"]
            found.append(lambda xy: xy * signs)
        if self.zone_dropped:
            found.append(lambda xy: np.column_stack([xy[:, 0] % _ZONE_M, xy[:, 1]]))
        return found

    def of_all_rows(self) -> Notation:
        """Give what holds for all rows, without what is said of single ones."""
        swapped = self.swapped if self.swapped.every else RowSet()
        return replace(self, swapped=swapped, datum_rows={})

    def read(self, xy: Numbers) -> Numbers:
        """Read (n, 2) numbers of rows that are all written alike; NaN where that is impossible."""
        for step in (*([_turned] if self.swapped.every else []), *self.steps):
            xy = step(xy)
        return xy

    def applied(
        self, geometry: NDArray[np.object_], row_numbers: NDArray[np.int64]
    ) -> NDArray[np.object_]:
        """Read the geometries of a file; those that it cannot be get a coordinate that is none."""
        if self.swapped:
            rows = self.swapped.among(row_numbers)
            geometry = geometry.copy()
            geometry[rows] = shapely.transform(geometry[rows], _turned)
        for step in self.steps:
            geometry, impossible = transformed(geometry, step)
            geometry[impossible] = shapely.Point(np.nan, np.nan)
        return geometry

    def to_toml(self) -> str:
        """Write the lines of a mapping file; nothing where there is nothing to say."""
        said = {key: value for key, value in self._said() if value}
        lines = [f"{key} = {_toml(value)}" for key, value in said.items()]
        rows = [
            f"{json.dumps(name, ensure_ascii=False)} = {_toml(rows.written())}"
            for name, rows in self.datum_rows.items()
        ]
        parts = [["[coordinates]", *lines]] if lines else []
        parts += [["[coordinates.datum_rows]", *rows]] if rows else []
        return "\n\n".join("\n".join(part) for part in parts)

    def _said(self) -> Iterator[tuple[str, object]]:
        yield "swapped", self.swapped.written()
        yield "mirrored", self.mirrored
        yield "divide_by", 0 if self.divide_by == 1 else self.divide_by
        yield "packed", self.packed
        yield "zone_dropped", self.zone_dropped
        yield "ignore_label", self.ignore_label
        yield "datum_column", self.datum_column


def transformed(
    geometry: NDArray[np.object_], step: Callable[[Numbers], Numbers]
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Move the coordinates of geometries, and tell those that cannot be moved whole: now None.

    A ring with a coordinate that is none would not be closed, for none is not equal to none.
    """
    xy, rows = shapely.get_coordinates(geometry, return_index=True)
    moved = step(xy)
    impossible = np.zeros(len(geometry), dtype=bool)
    impossible[rows[~np.isfinite(moved).all(axis=1)]] = True
    result = geometry.copy()
    result[impossible] = None
    result[~impossible] = shapely.set_coordinates(result[~impossible], moved[~impossible[rows]])
    return result, impossible


def unpacked(numbers: Numbers, form: str) -> Numbers:
    """Read degrees, minutes and seconds that were written as one number.

    126.3526 (`ddd.mmss`), 12635.4333 (`dddmm.mm`) and 1263526 (`dddmmss`) are 126°35′26″. A
    number with sixty minutes or more is none.

    Examples
    --------
    >>> unpacked(np.array([126.3526, 126.6126]), "ddd.mmss").round(4)
    array([126.5906,      nan])
    """
    sign, size = np.sign(numbers), np.abs(numbers)
    if form == "dddmm.mm":
        degrees, minutes = np.floor(size / 100), size % 100
        seconds = np.zeros_like(size)
    else:
        whole = np.round(size * (1e4 if form == "ddd.mmss" else 1.0), _SECONDS_DIGITS)
        degrees, rest = np.floor(whole / 1e4), whole % 1e4
        minutes, seconds = np.floor(rest / 100), rest % 100
    possible = (minutes < 60) & (seconds < 60)
    return np.where(possible, sign * (degrees + minutes / 60 + seconds / 3600), np.nan)


def parse_notation(table: Mapping[str, object]) -> Notation:
    """Understand the table `[coordinates]` of a mapping file.

    Raises
    ------
    MappingUnknownKeyError, MappingTypeError, MappingValueError
    """
    for key in table:
        if key not in _KEYS:
            raise MappingUnknownKeyError(where="coordinates", found=key, allowed=list(_KEYS))
    rows = table.get("datum_rows", {})
    if not isinstance(rows, dict):
        raise _wrong_type("datum_rows", rows, "table")
    return Notation(
        swapped=_rows("swapped", table.get("swapped", False)),
        mirrored=_one_of("mirrored", table.get("mirrored", ""), MIRRORED),
        divide_by=_divisor(table.get("divide_by", 1)),
        packed=_one_of("packed", table.get("packed", ""), PACKED),
        zone_dropped=_truth("zone_dropped", table.get("zone_dropped", False)),
        ignore_label=_truth("ignore_label", table.get("ignore_label", False)),
        datum_column=_text("datum_column", table.get("datum_column")),
        datum_rows={name: _rows(f"datum_rows.{name}", value) for name, value in rows.items()},
    )


def _turned(xy: Numbers) -> Numbers:
    return xy[:, ::-1]


def _toml(value: object) -> str:
    """Write a value as TOML, which writes these as JSON does."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return json.dumps(whole, ensure_ascii=False)


def _rows(where: str, value: object) -> RowSet:
    if isinstance(value, bool):
        return RowSet(every=value)
    if not isinstance(value, list):
        raise _wrong_type(where, value, "true or list of row numbers")
    return RowSet(spans=tuple(_span(where, each) for each in value))


def _span(where: str, value: object) -> tuple[int, int]:
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    match = _RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) > int(match[2]):
        raise _wrong_value(where, value, ["12", '"12-18"'])
    return int(match[1]), int(match[2])


def _one_of(where: str, value: object, allowed: Sequence[str]) -> str:
    if value in {"", *allowed}:
        return str(value)
    raise _wrong_value(where, value, list(allowed))


def _divisor(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong_type("divide_by", value, "number")
    if not (np.isfinite(value) and value > 0):
        raise _wrong_value("divide_by", value, ["100", "100000", "1000000"])
    return float(value)


def _truth(where: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong_type(where, value, "boolean")


def _text(where: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _wrong_type(where, value, "string")


def _wrong_type(where: str, value: object, allowed: str) -> MappingTypeError:
    found = type(value).__name__
    return MappingTypeError(where=f"coordinates.{where}", found=found, allowed=allowed)


def _wrong_value(where: str, value: object, allowed: list[str]) -> MappingValueError:
    return MappingValueError(
        where=f"coordinates.{where}", found=value, problem="value", allowed=allowed
    )
