"""Which way the rejected rows of a file go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.importing.errors import ReturnFormatError
from layers.importing.plan import Plan
from layers.importing.readers import SheetShape
from layers.importing.readers.archive import read_archive, unpacked
from layers.importing.readers.choice import reader_for
from layers.importing.readers.sheets import read_xlsx
from layers.importing.returning.delimited import return_lines
from layers.importing.returning.features import FEATURE_DRIVERS, return_features
from layers.importing.returning.workbook import return_sheet
from layers.importing.source import Source

_TEXTS = (".csv", ".txt", ".tsv")
_WORKBOOK = ".xlsx"

RETURN_ENDINGS = (_WORKBOOK, *_TEXTS, *FEATURE_DRIVERS)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """Say what goes back: what is said of each row, by its number, under which heading."""

    remarks: Mapping[int, str]
    heading: str


def endings_for(source: Source) -> tuple[str, ...]:
    """List the endings of files in which rows of `source` can go back."""
    if source.sheet is None:
        return tuple(FEATURE_DRIVERS)
    return (_WORKBOOK,) if source.sheet.separator is None else _TEXTS


def return_rows(plan: Plan, path: Path, target: Path, returned: Returned) -> None:
    """Write the rows of the file at `path` on which there is a remark to `target`.

    Raises
    ------
    ReturnFormatError, SourceUnreadableError
    """
    source = plan.prepared.source
    allowed = endings_for(source)
    if target.suffix.lower() not in allowed:
        raise ReturnFormatError(file=source.name, found=target.suffix, allowed=list(allowed))
    if source.sheet is None:
        return_features(source, target, returned.remarks, returned.heading)
    elif path.is_file() and reader_for(path) is read_archive:
        with unpacked(path, plan.prepared.mapping.source) as found:
            _return_sheet(source, source.sheet, found.path, target, returned)
    else:
        _return_sheet(source, source.sheet, path, target, returned)


def _return_sheet(
    source: Source, sheet: SheetShape, path: Path, target: Path, returned: Returned
) -> None:
    write: Callable[[Source, SheetShape, Path, Path, Mapping[int, str], str], None]
    write = return_sheet if reader_for(path) is read_xlsx else return_lines
    write(source, sheet, path, target, returned.remarks, returned.heading)
