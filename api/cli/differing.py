"""Differences as tables for people and as files."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from api import difference_files
from api.cli.console import Console
from api.cli.reporting import draft_folder
from api.differences import changes_of, counted, happening_title, sentences, span, total
from api.texts import Texts
from layers import Store, StoreDiff
from layers.store import Happening, KindDiff

_SHOWN = 50
_SHOWN_FIELDS = 6

Writer = Callable[[Store, StoreDiff, Path, Texts], None]
_WRITERS: Mapping[str, Writer] = {
    ".html": difference_files.write_page,
    ".gpkg": difference_files.write_geopackage,
    ".xlsx": difference_files.write_book,
}
FORMATS = tuple(_WRITERS)


def print_diff(diff: StoreDiff, console: Console) -> None:
    """Print the counts by layer, then the first features with what became of their fields."""
    texts = console.texts
    console.line(span(diff, texts))
    if diff.is_empty:
        console.say("diff.none")
        return
    headings = [texts("diff.column.kind"), *(happening_title(each, texts) for each in Happening)]
    rows = [
        (title, *(texts.value(counts.get(each, 0)) for each in Happening))
        for title, counts in counted(diff, texts)
    ]
    console.table(headings, rows, right=(1, 2, 3))
    features = [row for each in diff.kinds.values() for row in _feature_rows(each, texts)]
    names = ("kind", "change", "code", "name", "fields")
    console.table([texts(f"diff.column.{name}") for name in names], features[:_SHOWN])
    if total(diff) > _SHOWN:
        console.say("cli.diff.hidden", count=total(diff) - _SHOWN)


def write_diff(store: Store, diff: StoreDiff, path: Path, console: Console) -> None:
    """Write a difference in the format that the file's name ends with, whole or not at all."""
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        _WRITERS[path.suffix.lower()](store, diff, draft, console.texts)
        draft.replace(path)
    console.note("cli.coverage.written", path=str(path))


def _feature_rows(each: KindDiff, texts: Texts) -> list[tuple[str, ...]]:
    return [
        (
            texts.title(each.kind),
            happening_title(change.happening, texts),
            change.code or change.uid,
            change.name or "",
            _fields(sentences(change, each.kind, texts)),
        )
        for change in islice(changes_of(each), _SHOWN)
    ]


def _fields(said: list[str]) -> str:
    return "; ".join([*said[:_SHOWN_FIELDS], "…"] if len(said) > _SHOWN_FIELDS else said)
