"""Which reader a file needs: by what it holds, and by its ending where that does not say.

Spreadsheets arrive under every ending: web pages and plain text called .xls, workbooks called
.csv. What no reader can take is refused with a code that says what it is.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from layers.importing.errors import SourceUnreadableError
from layers.importing.readers.archive import read_archive
from layers.importing.readers.parquet import read_parquet
from layers.importing.readers.sheets import read_csv, read_xlsx
from layers.importing.readers.table import Remark, SourceOptions, Table
from layers.importing.readers.text import detect_encoding
from layers.importing.readers.vector import read_vector

Reader = Callable[[Path, SourceOptions], Table]

_HEAD_BYTES = 64 * 1024
_TEXTS = (".csv", ".tsv", ".txt")
_NEW_WORKBOOKS = (".xlsx", ".xlsm")
_WORKBOOKS = (*_NEW_WORKBOOKS, ".xls", ".et", ".xlsb")
_PARQUETS = (".parquet", ".geoparquet")

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_FOREIGN = {
    b"Rar!": "archive_kind",
    b"7z\xbc\xaf\x27\x1c": "archive_kind",
    b"\x1f\x8b": "archive_kind",
    b"%PDF": "document",
    b"\x89PNG": "document",
    b"\xff\xd8\xff": "document",
    b"{\\rtf": "document",
}
# Files that only say where others lie: GDAL would follow them, anywhere on the machine or beyond.
_POINTERS = (
    b"<ogrvrtdatasource",
    b"<vrtdataset",
    b"<ogrwfsdatasource",
    b"<ogrcswdatasource",
    b"gdal_streamed_alg",
    b"<gdal_wms",
)
_WEB_PAGES = (b"<html", b"<!doctype html", b"<table", b"<meta ")
_OLD_XML = b"urn:schemas-microsoft-com:office:spreadsheet"


def reader_for(path: Path) -> Reader:
    """Choose the reader for a file.

    Raises
    ------
    SourceUnreadableError
        Where what the file holds is known, and no reader takes it.
    """
    if path.name.startswith("~$"):
        raise _refused(path, "lock_file")
    if path.is_dir():
        if path.suffix.lower() != ".gdb":
            raise _refused(path, "folder")
        return read_vector
    head = _head(path)
    _refuse_foreign(path, head)
    suffix = path.suffix.lower()
    if head.startswith(_ZIP) and zipfile.is_zipfile(path):
        return _of_zip(path)
    if suffix in _NEW_WORKBOOKS:
        raise _refused(path, "not_workbook")
    if suffix in _WORKBOOKS and detect_encoding(head) is not None:
        return _read_text_called_workbook
    if suffix in _TEXTS:
        return read_csv
    return read_parquet if suffix in _PARQUETS else read_vector


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except PermissionError as error:
        raise SourceUnreadableError(file=path.name, reason="locked", detail=str(error)) from error
    except OSError as error:
        raise SourceUnreadableError(
            file=path.name, reason="not_opened", detail=error.strerror or ""
        ) from error
    if not head:
        raise _refused(path, "empty_file")
    return head


def _refuse_foreign(path: Path, head: bytes) -> None:
    for mark, reason in _FOREIGN.items():
        if head.startswith(mark):
            raise _refused(path, reason)
    if head.startswith(_OLD_OFFICE):
        raise _refused(path, "password" if _holds(path, _ENCRYPTED) else "old_workbook")
    plain = head.lower()
    start = plain.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_WEB_PAGES):
        raise _refused(path, "web_page")
    if _OLD_XML in plain:
        raise _refused(path, "old_workbook")
    if path.suffix.lower() not in _TEXTS and any(mark in plain for mark in _POINTERS):
        raise _refused(path, "points_elsewhere")


def _holds(path: Path, mark: bytes) -> bool:
    overlap = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1024**2):
            if mark in overlap + chunk:
                return True
            overlap = chunk[-len(mark) :]
    return False


def _of_zip(path: Path) -> Reader:
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
    if "xl" in names or path.suffix.lower() in _WORKBOOKS:
        return read_xlsx
    if "word" in names or "ppt" in names:
        raise _refused(path, "document")
    return read_vector if path.suffix.lower() == ".ods" else read_archive


def _read_text_called_workbook(path: Path, options: SourceOptions) -> Table:
    table = read_csv(path, options)
    return replace(table, remarks=(Remark("other_content", {"found": "CSV"}), *table.remarks))


def _refused(path: Path, reason: str) -> SourceUnreadableError:
    return SourceUnreadableError(file=path.name, reason=reason, detail="")
