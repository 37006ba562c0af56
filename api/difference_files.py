"""A difference as files: a map that works offline, a workbook, a GeoPackage."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from api.differences import changes_of, counted, happening_title, span, worded
from api.export import map_options
from api.maps.differences import difference_map
from api.maps.scene import GROUND_LOOKS
from api.tables import Column, Table, write_workbook
from api.texts import Texts
from layers import Store, StoreDiff
from layers.clock import here_and_now
from layers.exporting import write_differences
from layers.exporting.errors import ExportTooLargeError
from layers.kinds import Field
from layers.store import FeatureChange, Happening, KindDiff

_COLUMNS = ("change", "code", "name", "field", "before", "after", "uid")
_XLSX_ROWS = 1_048_576 - 2


def write_page(store: Store, diff: StoreDiff, path: Path, texts: Texts) -> None:
    """Write the map of a difference as one file that needs nobody."""
    ground = {
        key: store.read(key, columns=["code"], as_of=max(diff.since, diff.until))
        for key in GROUND_LOOKS
    }
    page = difference_map(diff, ground, map_options(store, texts)).finish().html
    path.write_text(page, encoding="utf-8")


def write_book(store: Store, diff: StoreDiff, path: Path, texts: Texts) -> None:
    """Write a sheet for each layer that differs, one row a field, and one of notes.

    Raises
    ------
    ExportTooLargeError
    """
    tables = [_table(each, texts) for each in diff.kinds.values()]
    for table in tables:
        if len(table.rows) > _XLSX_ROWS:
            raise ExportTooLargeError(format="xlsx", rows=len(table.rows), allowed=_XLSX_ROWS)
    write_workbook([*tables, _notes(store, diff, texts)], path)


def write_geopackage(store: Store, diff: StoreDiff, path: Path, texts: Texts) -> None:
    """Write the features themselves, for a desktop GIS."""
    del store, texts
    write_differences(diff, path)


def _table(each: KindDiff, texts: Texts) -> Table:
    columns = [
        Column(
            texts(f"diff.column.{name}"),
            texts(f"diff.explained.{name}"),
            "@" if name in {"code", "uid"} else "General",
        )
        for name in _COLUMNS
    ]
    rows = [
        [_clean(cell) for cell in row]
        for change in changes_of(each)
        for row in _rows(change, each, texts)
    ]
    return Table(texts.title(each.kind), columns, rows)


def _rows(change: FeatureChange, each: KindDiff, texts: Texts) -> Iterator[list[Any]]:
    who = [happening_title(change.happening, texts), change.code, change.name]
    for one in change.fields:
        field = each.kind.field_named(one.field)
        values = [_value(value, field, texts) for value in (one.before, one.after)]
        yield [*who, texts.title(field), *values, change.uid]
    shape = texts("diff.sheet.geometry")
    if change.moved:
        here, there = texts("diff.sheet.there"), texts("diff.sheet.other")
        yield [*who, shape, here, there, change.uid]
    elif change.happening is not Happening.CHANGED:
        places = (change.geometry_before, change.geometry_after)
        said = [None if place is None else texts("diff.sheet.there") for place in places]
        yield [*who, shape, *said, change.uid]


def _value(value: Any, field: Field, texts: Texts) -> Any:
    """Keep numbers, which a spreadsheet can compute with; everything else is a text."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return worded(value, field, texts)


def _clean(cell: Any) -> Any:
    """Drop the control characters that no workbook can hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


def _notes(store: Store, diff: StoreDiff, texts: Texts) -> Table:
    recorded = {each.id: each for each in store.changesets()}
    rows = [
        (texts("diff.title"), span(diff, texts)),
        *(
            (texts("diff.sheet.state", number=number), _state(recorded, number, texts))
            for number in (diff.since, diff.until)
        ),
        *((title, _counts(counts, texts)) for title, counts in counted(diff, texts)),
        (texts("pages.sheet.note"), texts("diff.sheet.how")),
        (texts("pages.sheet.created"), texts.value(here_and_now())),
    ]
    headings = [Column(texts(f"pages.sheet.{name}"), "") for name in ("item", "content")]
    return Table(texts("pages.sheet.notes"), headings, rows)


def _state(recorded: Mapping[int, Any], number: int, texts: Texts) -> str:
    if number not in recorded:
        return texts("diff.sheet.beginning")
    one = recorded[number]
    at = texts.value(one.recorded_at.astimezone())
    return _clean(" · ".join(part for part in (at, one.author, one.message) if part))


def _counts(counts: Mapping[str, int], texts: Texts) -> str:
    return texts.enumerate(
        f"{happening_title(name, texts)} {texts.value(count)}" for name, count in counts.items()
    )
