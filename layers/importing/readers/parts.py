"""Degrees, minutes and seconds in columns of their own, put together as one coordinate.

    经度(度)  经度(分)  经度(秒)  纬度(度)  纬度(分)  纬度(秒)        126°35′26.2″, 41°54′2″
    126       35        26.2      41        54        2

Read by the first column alone, every place would lie at a whole degree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from layers.importing.words import PLACE_WORDS
from layers.kinds import fold

_UNITS = {"degrees": r"度|°|deg(?:rees?)?", "minutes": r"分|'|min(?:utes?)?",
          "seconds": r"秒|\"|''|sec(?:onds?)?"}  # fmt: skip
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
_HEADING = re.compile(rf"(?:.*/)?(?P<axis>[^/]+?)/?[(\[]?(?:{_UNIT})[)\]]?")
_MARKS = {"degrees": "°", "minutes": "′", "seconds": "″"}

# The columns of one axis by what they count.
Parts = dict[str, str]


def find_parts(columns: Sequence[str]) -> dict[str, Parts]:
    """Find the axes, `east` and `north`, whose degrees and minutes have a column each.

    Both or none: half a place is none. The degrees may be headed by the axis alone.
    """
    found: dict[str, Parts] = {"east": {}, "north": {}}
    for column in columns:
        heading = fold(column).strip("*")
        for axis, parts in found.items():
            if heading.rpartition("/")[2] in PLACE_WORDS[axis]:
                parts.setdefault("degrees", column)
        match = _HEADING.fullmatch(heading)
        axis = next((each for each in found if match and match["axis"] in PLACE_WORDS[each]), "")
        if match and axis:
            found[axis][str(match.lastgroup)] = column
    complete = all({"degrees", "minutes"} <= parts.keys() for parts in found.values())
    return found if complete else {}


def join_parts(parts: Parts, columns: Mapping[str, Sequence[object]]) -> list[object]:
    """Write the parts of a coordinate, row by row, as one reads them aloud."""
    named = [name for name in _MARKS if name in parts]
    rows = zip(*(columns[parts[name]] for name in named), strict=True)
    return [_joined(dict(zip(named, row, strict=True))) for row in rows]


def _joined(cells: Mapping[str, object]) -> object:
    written = {name: text for name, cell in cells.items() if (text := _text(cell))}
    if written.keys() <= {"degrees"}:
        return cells["degrees"]
    return "".join(f"{text}{_MARKS[name]}" for name, text in written.items())


def _text(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
