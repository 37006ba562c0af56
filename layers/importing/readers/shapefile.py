"""Shapefiles: are all parts there and whole, and in which encoding are the words.

The table (.dbf) has room for a note of its encoding, the .cpg file beside it too, and both are
often missing or wrong; GDAL would then read Chinese as Latin accents.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path

from layers.importing.errors import SourceUnreadableError
from layers.importing.readers.table import Remark
from layers.importing.readers.text import decodes, detect_encoding_of

_SAMPLE_BYTES = 8 * 1024**2
_HEADER_BYTES = 32
_SHX_HEADER_BYTES, _SHX_RECORD_BYTES = 100, 8
_TEXT = ord("C")
_DELETED = ord("*")
_CODE_PAGES = {
    "65001": "utf-8",
    "936": "gb18030",
    "950": "big5",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}


def check_parts(path: Path) -> list[Remark]:
    """Refuse a shapefile that is incomplete; remark on parts that are merely missed.

    Raises
    ------
    SourceUnreadableError
    """
    parts = _parts(path)
    if ".shx" not in parts:
        raise SourceUnreadableError(file=path.name, reason="shx_missing", detail="")
    shapes = _declared_bytes(path)
    features = (parts[".shx"].stat().st_size - _SHX_HEADER_BYTES) // _SHX_RECORD_BYTES
    if shapes > path.stat().st_size or features < 0:
        raise SourceUnreadableError(file=path.name, reason="cut_off", detail=".shp")
    remarks = []
    if ".dbf" not in parts:
        remarks.append(Remark("attributes_missing"))
    else:
        _check_table(path, parts[".dbf"], features)
    return remarks if ".prj" in parts else [*remarks, Remark("projection_missing")]


def encoding_of(path: Path) -> str | None:
    """Find the encoding of a shapefile's words; None where all of them are plain ASCII.

    What the file says of itself counts if its words can be read so.
    """
    parts = _parts(path)
    if ".dbf" not in parts:
        return None
    cells = _words(parts[".dbf"])
    if not cells:
        return None
    declared = _declared(parts)
    if declared is not None and all(decodes(cell, declared) for cell in cells):
        return declared
    return detect_encoding_of(cells)


def _declared(parts: Mapping[str, Path]) -> str | None:
    if ".cpg" not in parts:
        return None
    said = parts[".cpg"].read_bytes()[:64].decode("ascii", "replace").strip().casefold()
    number = said.removeprefix("ansi").removeprefix("cp").strip()
    try:
        return codecs.lookup(_CODE_PAGES.get(number, said)).name
    except LookupError:
        return None


def _parts(path: Path) -> dict[str, Path]:
    return {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem}


def _declared_bytes(path: Path) -> int:
    with path.open("rb") as stream:
        return int.from_bytes(stream.read(28)[24:], "big") * 2  # it counts in words


def _check_table(path: Path, table: Path, features: int) -> None:
    with table.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
    rows, start, width = _shape(head)
    # Some programs leave the closing byte out, none leaves out rows.
    if len(head) < _HEADER_BYTES or start + rows * width > table.stat().st_size:
        raise SourceUnreadableError(file=path.name, reason="cut_off", detail=".dbf")
    if rows != features:
        detail = f".shp: {features}, .dbf: {rows}"
        raise SourceUnreadableError(file=path.name, reason="parts_disagree", detail=detail)


def _shape(head: bytes) -> tuple[int, int, int]:
    """Read from a table's header its number of rows, where they start, and their width."""
    return (
        int.from_bytes(head[4:8], "little"),
        int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[10:12], "little"),
    )


def _words(table: Path) -> list[bytes]:
    """List the headings and texts of a table that are not plain ASCII."""
    with table.open("rb") as stream:
        content = stream.read(_SAMPLE_BYTES)
    _, start, width = _shape(content)
    fields = [content[at : at + 32] for at in range(32, start - 1, 32) if content[at] != 0x0D]
    found = [field[:11].partition(b"\0")[0] for field in fields]
    spans, offset = [], 1
    for field in fields:
        if field[11] == _TEXT:
            spans.append((offset, offset + field[16] + 256 * field[17]))
        offset += field[16] if field[11] != _TEXT else field[16] + 256 * field[17]
    for at in range(start, len(content) - width + 1, width or len(content)):
        if content[at] != _DELETED:
            found += [content[at + first : at + last].strip(b" \0") for first, last in spans]
    return [cell for cell in dict.fromkeys(found) if not cell.isascii()]
