"""A preview of an import as files: a map that works offline, a workbook."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from api.differences import worded
from api.export import map_options
from api.maps.previews import preview_map
from api.maps.scene import GROUND_LOOKS
from api.problems import problem_field, problem_message, problem_remedy
from api.tables import Column, Table, write_workbook
from api.texts import Texts
from layers import Store
from layers.clock import here_and_now
from layers.importing import Outcome, Preview, PreviewRow
from layers.kinds import Field

_CHANGES = ("row", "key", "name", "field", "was", "becomes")
_PROBLEMS = ("row", "key", "name", "field", "problem", "remedy")
# More is not read by people, and a workbook of it would take longer than the import.
_MAX_LINES = 20_000


def write_page(store: Store, preview: Preview, path: Path, texts: Texts) -> None:
    """Write the map of a preview as one file that needs nobody."""
    ground = {key: store.read(key, columns=["code"]) for key in GROUND_LOOKS}
    page = preview_map(preview, ground, map_options(store, texts)).finish().html
    path.write_text(page, encoding="utf-8")


def write_book(store: Store, preview: Preview, path: Path, texts: Texts) -> None:
    """Write a sheet for each outcome that a row has, and one of notes."""
    del store
    tables = [_table(preview, outcome, texts) for outcome in Outcome if preview.counts[outcome]]
    write_workbook([*tables, _notes(preview, texts)], path)


Writer = Callable[[Store, Preview, Path, Texts], None]
WRITERS: Mapping[str, Writer] = {".html": write_page, ".xlsx": write_book}


def _table(preview: Preview, outcome: Outcome, texts: Texts) -> Table:
    names = _PROBLEMS if outcome is Outcome.REJECTED else _CHANGES
    columns = [
        Column(
            texts(f"preview.column.{name}"),
            texts(f"preview.explained.{name}"),
            "@" if name == "key" else "General",
        )
        for name in names
    ]
    say = _rejected if outcome is Outcome.REJECTED else _changed
    rows: list[list[Any]] = []
    for shown, row in enumerate(preview.rows(outcome)):
        lines = [[_clean(cell) for cell in line] for line in say(row, preview, texts)]
        if len(rows) + len(lines) > _MAX_LINES:
            left = preview.counts[outcome] - shown
            rows.append([texts("preview.sheet.cut", count=left), *[None] * (len(columns) - 1)])
            break
        rows += lines
    return Table(texts(f"preview.sheet.{outcome}"), columns, rows)


def _changed(row: PreviewRow, preview: Preview, texts: Texts) -> Iterator[list[Any]]:
    who = [row.row, row.key, row.name]
    for name, was, becomes in row.fields:
        field = preview.kind.field_named(name)
        yield [*who, texts.title(field), _value(was, field, texts), _value(becomes, field, texts)]
    if row.moved:
        before, after = _place(row.geometry_before), _place(row.geometry)
        yield [*who, texts("preview.sheet.place"), before, after]
    elif not row.fields:
        yield [*who, None, None, None]


def _rejected(row: PreviewRow, preview: Preview, texts: Texts) -> Iterator[list[Any]]:
    for problem in row.problems:
        field = problem_field(problem, preview.kind, texts)
        said = (problem_message(problem, texts), problem_remedy(problem, texts))
        yield [row.row, row.key, row.name, field, *said]


def _place(geometry: Any) -> str | None:
    """Give a place on the feature, in degrees: enough to find it and to see how far it went."""
    if geometry is None or geometry.is_empty:
        return None
    point = geometry.representative_point()
    return f"{point.x:.6f}, {point.y:.6f}"


def _value(value: Any, field: Field, texts: Texts) -> Any:
    """Keep numbers, which a spreadsheet can compute with; everything else is a text."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return worded(value, field, texts)


def _clean(cell: Any) -> Any:
    """Drop the control characters that no workbook can hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


def _notes(preview: Preview, texts: Texts) -> Table:
    source = preview.plan.prepared.source
    title = texts("preview.from", file=source.name, kind=texts.title(preview.kind))
    rows = [
        (texts("preview.title"), _clean(title)),
        *(
            (texts(f"preview.outcome.{outcome}"), count)
            for outcome, count in preview.counts.items()
        ),
        (texts("pages.sheet.note"), texts("preview.unwritten")),
        (texts("pages.sheet.note"), texts("preview.sheet.how")),
        (texts("pages.sheet.created"), texts.value(here_and_now())),
    ]
    headings = [Column(texts(f"pages.sheet.{name}"), "") for name in ("item", "content")]
    return Table(texts("pages.sheet.notes"), headings, rows)
