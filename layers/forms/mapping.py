"""What the cells of a form mean: a mapping that is written once and kept for next month.

    [[table]]                          # a table of units × figures
    sheet = "汇总表"
    header = [3, 5]                    # first and last line of headings
    units = "B"                        # the column that names the units

    [[table.column]]
    column = "C"
    heading = "认养绿地 / 地块数（块）"     # as in the form: this is how a change is noticed
    measure = "count"
    kind = "adoption_plot"
    where = "planting_type = 'tree'"

    [[table]]                          # a list: a line a feature
    sheet = "明细"
    header = [2, 2]
    kind = "bare_land"

    [[table.column]]
    column = "B"
    heading = "地块名称"
    measure = "field"
    field = "name"

    [[cell]]                           # a single cell
    sheet = "汇总表"
    cell = "B2"
    label = "填报单位"
    measure = "constant"
    value = "青岭区"

Keys that mean nothing are errors: a misspelt one would otherwise be ignored for ever.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from layers.forms.errors import FormMappingError
from layers.forms.units import SCALES

MEASURES = (
    "open",  # nobody has said yet what is meant
    "manual",  # left to people
    "constant",
    "count",
    "sum",
    "area",
    "share",
    "first",
    "field",  # of a list: a field of the feature
    "number",  # of a list: 1, 2, 3 …
    "coverage",
    "day",  # the day for which the form is filled
)
PERIODS = ("month", "quarter", "year")
FIGURES = ("covered", "uncovered", "base", "share", "total")
LATEST = "latest"
ALIVE_KINDS = ("adoption_plot", "adoption")
_MAX_BYTES = 2 * 1024**2
_NEEDS_KIND = ("count", "sum", "area", "share", "first")
_COLUMN = re.compile("[A-Z]{1,3}")
_CELL = re.compile("[A-Z]{1,3}[1-9][0-9]*")


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Say what a cell holds; which of the parts count depends on `measure`.

    `where` (and, of a share, `of`) are CQL2; `unit` is the unit of measure that the form wants;
    `within` is the code or name of a unit for what stands in no row of a unit; `on` is a day of its
    own, `period` with `date_field` what happened in the month, quarter or
    year up to the day. With `alive` only those adoption plots and adoptions count that are alive
    on the day (see `layers.adoption`). With `estimates` figures that are estimated may be filled
    in. A figure of coverage comes from a `run`: its id, or `latest` of those that counted `weight`.
    """

    measure: str = "open"
    kind: str | None = None
    field: str | None = None
    where: str | None = None
    of: str | None = None
    unit: str | None = None
    decimals: int | None = None
    on: dt.date | None = None
    period: str | None = None
    date_field: str | None = None
    alive: bool = False
    estimates: bool = False
    run: str | None = None
    weight: str | None = None
    tier: str | None = None
    figure: str | None = None
    value: str | float | None = None
    within: str | None = None

    def plain(self) -> dict[str, Any]:
        """Give what was said, without what was not."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in said.items() if value not in (None, False)}


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Say what a column of a table holds."""

    column: str
    heading: str
    expression: Expression


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """Say what a table holds: figures of units, or features one by one (`kind`)."""

    sheet: str
    header: tuple[int, int]
    columns: tuple[ColumnMapping, ...]
    units: str | None = None
    level: str | None = None
    kind: str | None = None
    where: str | None = None
    within: str | None = None
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class CellMapping:
    """Say what a single cell holds."""

    sheet: str
    cell: str
    label: str
    expression: Expression
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class FormMapping:
    """Say what a form holds."""

    tables: tuple[TableMapping, ...] = ()
    cells: tuple[CellMapping, ...] = ()


def read_form_mapping(path: Path) -> FormMapping:
    """Read a mapping file.

    Raises
    ------
    FormMappingError
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FormMappingError(where=path.name, found="", reason="too_large", allowed="")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormMappingError(
            where=path.name, found=str(error), reason="unreadable", allowed=""
        ) from error
    return parse_form_mapping(text)


def parse_form_mapping(text: str) -> FormMapping:
    """Understand the text of a mapping file.

    Raises
    ------
    FormMappingError
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormMappingError(where="", found=str(error), reason="syntax", allowed="") from error
    _known(content, ("table", "cell"), "")
    return FormMapping(
        tables=tuple(
            _table(each, f"table[{number}]")
            for number, each in enumerate(_list(content, "table", ""), 1)
        ),
        cells=tuple(
            _cell(each, f"cell[{number}]")
            for number, each in enumerate(_list(content, "cell", ""), 1)
        ),
    )


_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        ("measure", "kind", "field", "where", "of", "unit", "period", "date_field", "run"), str
    ),
    **dict.fromkeys(("tier", "figure", "weight", "within"), str),
    "decimals": int,
    "on": dt.date,
    "estimates": bool,
    "alive": bool,
    "value": (str, int, float),
}
_PLACES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        ("sheet", "units", "level", "kind", "where", "within", "column", "heading"), str
    ),
    **dict.fromkeys(("cell", "label"), str),
    "header": list,
    "overwrite": bool,
}


def _table(content: Mapping[str, Any], where: str) -> TableMapping:
    own = ("sheet", "header", "units", "level", "kind", "where", "within", "overwrite")
    _known(content, (*own, "column"), where)
    said = {name: _typed(content, name, _PLACES, where) for name in own if name in content}
    header = said.pop("header", None)
    if not (isinstance(header, list) and len(header) == 2 and all(_is_line(n) for n in header)):
        raise FormMappingError(
            where=f"{where}.header", found=str(header), reason="header", allowed="[3, 5]"
        )
    columns = tuple(
        _column(each, f"{where}.column[{number}]")
        for number, each in enumerate(_list(content, "column", where), 1)
    )
    return TableMapping(
        header=(header[0], header[1]), columns=columns, **_needed(said, "sheet", where)
    )


def _column(content: Mapping[str, Any], where: str) -> ColumnMapping:
    _known(content, ("column", "heading", *_TYPES), where)
    said = {name: _typed(content, name, _PLACES, where) for name in ("column", "heading")}
    if not _COLUMN.fullmatch(str(said["column"])):
        raise FormMappingError(
            where=f"{where}.column", found=str(said["column"]), reason="value", allowed="A … XFD"
        )
    return ColumnMapping(expression=_expression(content, where), **said)


def _cell(content: Mapping[str, Any], where: str) -> CellMapping:
    own = ("sheet", "cell", "label", "overwrite")
    _known(content, (*own, *_TYPES), where)
    said = {name: _typed(content, name, _PLACES, where) for name in ("sheet", "cell", "label")}
    if not _CELL.fullmatch(str(said["cell"])):
        raise FormMappingError(
            where=f"{where}.cell", found=str(said["cell"]), reason="value", allowed="B2"
        )
    overwrite = bool(content.get("overwrite", False))
    return CellMapping(expression=_expression(content, where), overwrite=overwrite, **said)


def _expression(content: Mapping[str, Any], where: str) -> Expression:
    said = {name: _typed(content, name, _TYPES, where) for name in _TYPES if name in content}
    made = Expression(**said)
    for name, allowed in (
        ("measure", MEASURES), ("period", PERIODS), ("figure", FIGURES), ("unit", tuple(SCALES)),
    ):  # fmt: skip
        found = getattr(made, name)
        if found is not None and found not in allowed:
            raise FormMappingError(
                where=f"{where}.{name}", found=found, reason="value", allowed=list(allowed)
            )
    for name in _missing(made):
        raise FormMappingError(where=where, found=made.measure, reason="missing", allowed=name)
    return made


def _missing(made: Expression) -> list[str]:
    needed = ["kind"] if made.measure in _NEEDS_KIND else []
    needed += ["field"] if made.measure in ("sum", "first", "field") else []
    needed += ["where"] if made.measure == "share" else []
    needed += ["tier", "figure", "run"] if made.measure == "coverage" else []
    needed += ["value"] if made.measure == "constant" else []
    if made.alive and made.kind not in ALIVE_KINDS:
        needed.append("kind = " + " | ".join(ALIVE_KINDS))
    needed += ["date_field"] if made.period is not None else []
    return [name for name in needed if getattr(made, name, None) is None]


def _typed(content: Mapping[str, Any], name: str, types: Mapping[str, Any], where: str) -> Any:
    value = content.get(name)
    wanted = types[name]
    right = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not right or isinstance(value, dt.datetime):
        raise FormMappingError(
            where=f"{where}.{name}", found=str(value), reason="type", allowed=_type_name(wanted)
        )
    return value


def _type_name(wanted: Any) -> str:
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    return " | ".join(each.__name__ for each in several)


def _known(content: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in content:
        if name not in allowed:
            raise FormMappingError(
                where=where, found=name, reason="unknown_key", allowed=list(allowed)
            )


def _needed(said: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    if name not in said:
        raise FormMappingError(where=where, found="", reason="missing", allowed=name)
    return said


def _list(content: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    found = content.get(name, [])
    if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
        raise FormMappingError(
            where=f"{where}.{name}".strip("."),
            found=str(found),
            reason="type",
            allowed=f"[[{name}]]",
        )
    return found


def _is_line(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0
