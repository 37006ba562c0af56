"""A file before it is opened: is it there, will it fit, what is its fingerprint."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

from layers.importing.errors import (
    SourceMissingError,
    SourceTooLargeError,
    SourceUnreadableError,
)
from layers.importing.limits import MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, MAX_UNPACKED_BYTES

DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError,
)  # fmt: skip
"""What Python's `zipfile` raises of files that somebody's disk or mailbox has damaged."""

_HASH_CHUNK_BYTES = 1024**2
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def check_size(path: Path) -> None:
    """Refuse a file that is missing, or that would not fit, before opening it.

    Raises
    ------
    SourceMissingError, SourceTooLargeError, SourceUnreadableError
    """
    if not path.exists():
        raise SourceMissingError(file=path.name)
    size = sum(part.stat().st_size for part in _parts(path))
    check_limit(path.name, "bytes", size, MAX_FILE_BYTES)
    if path.is_file() and zipfile.is_zipfile(path):
        check_limit(path.name, "bytes", _unpacked_size(path), MAX_UNPACKED_BYTES)


def check_shape(name: str, *, rows: int, columns: int) -> None:
    """Refuse more rows or columns than an import takes.

    Raises
    ------
    SourceTooLargeError
    """
    check_limit(name, "rows", rows, MAX_ROWS)
    check_limit(name, "columns", columns, MAX_COLUMNS)


def check_limit(name: str, what: str, found: int, allowed: int) -> None:
    """Refuse `found` of `what` beyond `allowed`.

    Raises
    ------
    SourceTooLargeError
    """
    if found > allowed:
        raise SourceTooLargeError(file=name, what=what, found=found, allowed=allowed)


def fingerprint(path: Path) -> str:
    """Compute the SHA-256 of a file; of a shapefile or folder, over its parts by name."""
    digest = hashlib.sha256()
    for part in _parts(path):
        with part.open("rb") as stream:
            while chunk := stream.read(_HASH_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()


def _unpacked_size(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except DAMAGED_ZIP as error:
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=str(error)) from error
    outside = next((entry for entry in entries if entry.header_offset < 0), None)
    if outside is not None:  # where nothing is, and `zipfile` would look
        name = outside.filename
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=name)
    return sum(entry.file_size for entry in entries)


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(
        part
        for part in path.parent.iterdir()
        if part.stem == path.stem and part.suffix.lower() in _SHAPEFILE_PARTS
    )
