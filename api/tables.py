"""Workbooks and tables of coverage: a heading, a row that explains it, and a sheet of notes.

Codes and names are written as text, so that no spreadsheet turns them into numbers; amounts are
numbers in the unit of the weight, areas in square metres.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from pandas import DataFrame, isna

from api import figures
from api.definitions import level_title, named_tier, rule_note, rule_title, tier_definition
from api.texts import Texts
from gis import CoverageResult, RuleSet
from layers.analysis import Analysis
from layers.clock import here_and_now
from layers.exporting.formulas import FORMULA_STARTS, guard
from layers.kinds import KINDS, Kinds

_HEADING = Font(bold=True)
_EXPLANATION = Font(italic=True, color="56636F", size=9)
_SHADE = PatternFill("solid", fgColor="F1F4F5")
_WIDTHS = (10, 48)


@dataclass(frozen=True)
class Column:
    """A column: its heading, the explanation under it, and how its numbers are written."""

    heading: str
    explanation: str
    format: str = "General"


@dataclass(frozen=True)
class Table:
    """A sheet: columns, and rows as long as they are."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def figure_table(result: CoverageResult, texts: Texts, counted: str | None = None) -> Table:
    """Make one row for each tier; `counted` names what a result only knows as places or area."""
    names = ("covered", "uncovered", "base", "excluded", "total")
    rows = [
        [
            named_tier(one.tier, one.tier_zh, texts),
            one.radius_m,
            one.min_area_m2,
            figures.weight_title(counted or one.weight, texts),
            *(one.covered, one.uncovered, one.base, sum(one.excluded.values()), one.total),
            one.share,
        ]
        for one in result.figures
    ]
    columns = [
        _column("tier", texts),
        _column("radius", texts, "#,##0"),
        _column("min_area", texts, "#,##0"),
        _column("weight", texts),
        *(_column(name, texts, "#,##0.##") for name in names),
        _column("share", texts, "0.0%"),
    ]
    return Table(texts("pages.sheet.figures"), columns, rows)


def unit_table(result: CoverageResult, texts: Texts, names: dict[Any, Any] | None = None) -> Table:
    """Make one row for each tier and unit; `names` says what to call a unit."""
    called = names or {}
    amounts = ("covered", "uncovered", "base", "excluded", "total")
    tiers = {one.tier: named_tier(one.tier, one.tier_zh, texts) for one in result.figures}
    rows = [
        [
            tiers[row["tier"]],
            level_title(str(row["level"]), texts),
            _unit_name(row["unit"], called, texts),
            *(row[name] for name in amounts),
            None if isna(row["share"]) else row["share"],
        ]
        for row in result.by_unit.to_dict("records")
    ]
    columns = [
        *(_column(name, texts) for name in ("tier", "level", "unit")),
        *(_column(name, texts, "#,##0.##") for name in amounts),
        _column("share", texts, "0.0%"),
    ]
    return Table(texts("pages.sheet.by_unit"), columns, rows)


def place_table(result: CoverageResult, texts: Texts, names: Any = None) -> Table:
    """Make one row for each place, with state, distance and reason under each tier."""
    places = result.places
    columns = [_column("place", texts), _column("number", texts, "#,##0.##")]
    labels = places.index if names is None else names.reindex(places.index).fillna("")
    values: list[Iterable[Any]] = [[str(label) for label in labels], places["weight"]]
    for one in result.figures:
        title = named_tier(one.tier, one.tier_zh, texts)
        for key, written, number_format in _place_columns(places, one.tier, texts):
            column = _column(key, texts, number_format)
            columns.append(Column(f"{title} · {column.heading}", column.explanation, number_format))
            values.append(written)
    return Table(texts("pages.sheet.places"), columns, list(zip(*values, strict=True)))


def gap_table(made: Analysis, texts: Texts) -> Table:
    """Make one row for each gap, the first ranks of each tier first."""
    tiers = {one.tier: named_tier(one.tier, one.tier_zh, texts) for one in made.coverage.figures}
    gaps = DataFrame() if made.gaps is None else DataFrame(made.gaps)
    told = [name for name in ("population", "households", "dwellings") if name in gaps]
    rows = [
        [
            tiers[row["tier"]],
            row["rank"],
            *(row[name] for name in ("weight", "places", "nearest_m", "shortfall_m", "area_m2")),
            figures.reason(row["reason"], texts),
            texts.enumerate(row["units"]),
            row["nearest_name"] or "",
            *(row.get(name) for name in told),
        ]
        for row in gaps.to_dict("records")
    ]
    formats = {"rank": "0", "nearest": "#,##0.0", "shortfall": "#,##0.0", "gap_area": "#,##0"}
    names = ("tier", "rank", "number", "count", "nearest", "shortfall", "gap_area", "reason")
    columns = [_column(name, texts, formats.get(name, "General")) for name in names]
    columns += [_column("gap_units", texts), _column("gap_target", texts)]
    in_gap = texts("pages.sheet.in_gap")
    columns += [Column(figures.weight_title(name, texts), in_gap, "#,##0") for name in told]
    return Table(texts("pages.sheet.gaps"), columns, rows)


def note_table(
    ruleset: RuleSet, lines: Iterable[tuple[str, str]], texts: Texts, kinds: Kinds = KINDS
) -> Table:
    """Say by which rules the figures were made, and how to read them."""
    rows = [
        (texts("pages.sheet.rules"), rule_title(ruleset, texts)),
        *(
            (named_tier(tier.name, tier.name_zh, texts), tier_definition(tier, texts, kinds))
            for tier in ruleset.tiers
        ),
        (texts("pages.rule.source"), ruleset.source),
        (texts("pages.sheet.note"), rule_note(ruleset, texts)),
        (texts("pages.coverage.base"), texts("pages.sheet.how_base")),
        *lines,
        (texts("pages.sheet.created"), texts.value(here_and_now())),
    ]
    headings = [Column(texts(f"pages.sheet.{name}"), "") for name in ("item", "content")]
    return Table(texts("pages.sheet.notes"), headings, [row for row in rows if row[1]])


def amount_unit_line(weight: str, texts: Texts) -> tuple[str, str]:
    """Say in which unit the amounts of a workbook are."""
    name = "m²" if weight in {"area", "land"} else figures.unit(weight, texts) or weight
    heading = texts("pages.coverage.weight")
    return heading, texts("pages.sheet.unit_of_amounts", unit=name)


def write_workbook(tables: Sequence[Table], path: Path) -> None:
    """Write one sheet for each table, headings frozen."""
    book = Workbook()
    book.remove(book.active)
    for table in tables:
        _write_sheet(book.create_sheet(table.title[:31]), table)
    book.save(path)


def to_frame(table: Table) -> DataFrame:
    """Give a table as a data frame, without the explanations, safe to open as CSV."""
    rows = [[guard(cell) for cell in row] for row in table.rows]
    return DataFrame(rows, columns=[column.heading for column in table.columns])


def _write_sheet(sheet: Any, table: Table) -> None:
    explained = any(column.explanation for column in table.columns)
    sheet.append([column.heading for column in table.columns])
    if explained:
        sheet.append([column.explanation for column in table.columns])
    for row in table.rows:
        sheet.append([_cell(value) for value in row])
    for cell in sheet[1]:
        cell.font, cell.fill = _HEADING, _SHADE
    for cell in sheet[2] if explained else ():
        cell.font, cell.alignment = _EXPLANATION, Alignment(wrap_text=True, vertical="top")
    first = 3 if explained else 2
    sheet.freeze_panes = f"A{first}"
    for number, column in enumerate(table.columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _width(table, number - 1)
        for cell in sheet[letter][first - 1 :]:
            cell.number_format = column.format
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.quotePrefix = cell.value.startswith(FORMULA_STARTS)
                cell.alignment = Alignment(wrap_text=True, vertical="top")


def _cell(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _width(table: Table, number: int) -> float:
    """Fit the width to the texts; a Chinese character is as wide as two others."""
    texts = [table.columns[number].heading, *(row[number] for row in table.rows[:200])]
    widths = [sum(2 if ord(one) > 0x2E80 else 1 for one in str(text)) for text in texts]
    narrowest, widest = _WIDTHS
    return float(min(max(*widths, narrowest), widest) + 2)


def _column(name: str, texts: Texts, number_format: str = "General") -> Column:
    heading = texts(f"pages.column.{name}")
    return Column(heading, texts(f"pages.sheet.{name}"), number_format)


def _unit_name(unit: Any, names: dict[Any, Any], texts: Texts) -> str:
    return texts("pages.sheet.in_no_unit") if isna(unit) else str(names.get(unit) or unit)


def _place_columns(
    places: DataFrame, tier: str, texts: Texts
) -> Iterable[tuple[str, list[Any], str]]:
    if f"{tier}.covered" in places:
        said = {True: "covered", False: "uncovered"}
        states = [
            texts(f"pages.coverage.{'excluded' if isna(state) else said[bool(state)]}")
            for state in places[f"{tier}.covered"]
        ]
        yield "state", states, "General"
    if f"{tier}.covered_share" in places:
        yield "share", list(places[f"{tier}.covered_share"]), "0.0%"
    if f"{tier}.distance_m" in places:
        yield "distance", list(places[f"{tier}.distance_m"]), "#,##0.0"
    codes = places[f"{tier}.reason"]
    yield "reason", ["" if isna(code) else figures.reason(code, texts) for code in codes], "General"
