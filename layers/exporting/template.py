"""Empty workbooks for kinds: which sheets, which codes of a store to choose from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.exporting.errors import ExportFolderMissingError, ExportFormatError
from layers.exporting.workbook.book import TemplateOptions, write_template
from layers.exporting.workbook.lists import MAX_REFERENCES, References
from layers.kinds import KINDS, Kinds
from layers.kinds.sheets import VIEWS, SheetView
from layers.store import Store

ENDING = ".xlsx"


def make_template(
    keys: Sequence[str],
    path: Path,
    *,
    store: Store | None = None,
    kinds: Kinds = KINDS,
    datum: str | None = None,
    lang: str = "zh",
) -> list[str]:
    """Write an empty workbook with a sheet for each kind or view; return their titles.

    With a `store` the codes that it has may be chosen from.

    Raises
    ------
    ExportFormatError, ExportFolderMissingError, UnknownKindError, DatumNotKnownError
    """
    from layers.importing.datum import parse_datum  # noqa: PLC0415 - importing knows exporting

    if path.suffix.lower() != ENDING:
        raise ExportFormatError(found=path.suffix, allowed=[ENDING])
    if not path.parent.is_dir():
        raise ExportFolderMissingError(folder=str(path.parent))
    views = [_view(key, kinds) for key in dict.fromkeys(keys)]
    options = TemplateOptions(
        lang=lang,
        datum=parse_datum(datum).name if datum else None,
        references={} if store is None else _references(store, views),
        kinds=kinds,
    )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".greengrid-") as folder:
        draft = Path(folder) / path.name
        write_template(views, draft, options)
        draft.replace(path)
    return [view.title_zh if lang == "zh" else view.title_en for view in views]


def _view(key: str, kinds: Kinds) -> SheetView:
    return VIEWS[key] if key in VIEWS else SheetView.of(kinds.named(key))


def _references(store: Store, views: Iterable[SheetView]) -> References:
    """Collect the codes and names of everything that the sheets refer to."""
    named = {
        field.refers_to: None
        for view in views
        for field in view.kind.fields
        if field.refers_to is not None and field.refers_to in store.kinds
    }
    counts = store.counts(named)
    return {kind: _codes(store, kind) for kind in named if 0 < counts[kind] <= MAX_REFERENCES}


def _codes(store: Store, kind: str) -> list[tuple[str, str]]:
    found = store.read(kind, columns=["code", "name"])
    coded = found[found["code"].notna()].sort_values("code")
    names = coded["name"].astype(object).where(coded["name"].notna(), "")
    return list(dict(zip(coded["code"], names, strict=True)).items())
