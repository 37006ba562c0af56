"""Rejected rows of a workbook: the sheet written anew as a stream, all other parts as they are.

    package of the original  →  its parts copied, but for what hangs on rows that are gone
    the sheet                →  `sheet.SheetWriter`: fewer rows, one more column

Formulas become the values that they had. Pictures, comments and tables of the sheet are left out,
since they name cells by their old place.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from layers.importing.errors import SourceLayerMissingError
from layers.importing.readers import SheetShape
from layers.importing.readers.workbook import Package, open_package
from layers.importing.returning.sheet import SheetWriter, Wanted
from layers.importing.returning.xml_copy import copy_elements
from layers.importing.source import Source, is_returned

_CALCULATION = re.compile(r"calcChain\.xml$")
_TYPES, _BOOK_LINKS = "[Content_Types].xml", re.compile(r"xl/_rels/.*\.rels$")
_TARGET = re.compile(r'Target="([^"]+)"')
_OVERRIDE = re.compile(r'<Override\b[^>]*?PartName="/([^"]+)"[^>]*?/>')
_LINK = re.compile(r"<Relationship\b[^>]*?calcChain[^>]*?/>")


def return_sheet(
    source: Source,
    sheet: SheetShape,
    path: Path,
    target: Path,
    remarks: Mapping[int, str],
    heading: str,
) -> None:
    """Write the lines above the first row, and those on which there is a remark.

    Raises
    ------
    SourceUnreadableError, SourceLayerMissingError
    """
    wanted = Wanted(
        shape=sheet,
        remarks=remarks,
        heading=heading,
        column=_column_of_remarks(sheet.headings),
    )
    with (
        open_package(path) as package,
        zipfile.ZipFile(path) as original,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        part = _part_of(package, source)
        gone = _hanging_on(original, part)
        for name in original.namelist():
            if name in gone:
                continue
            with original.open(name) as stream, copy.open(name, "w") as out:
                if name == part:
                    copy_elements(stream, SheetWriter(out, wanted, package))
                elif name == _TYPES:
                    out.write(_without(stream, _OVERRIDE, gone))
                elif _BOOK_LINKS.fullmatch(name):
                    out.write(_LINK.sub("", stream.read().decode("utf-8")).encode("utf-8"))
                else:
                    shutil.copyfileobj(stream, out)


def _column_of_remarks(headings: tuple[str, ...]) -> int:
    """Find the column of an earlier return, else the one to the right of all others."""
    earlier = (at for at, name in enumerate(headings) if is_returned(name))
    return next(earlier, len(headings))


def _part_of(package: Package, source: Source) -> str:
    for sheet in package.sheets:
        if sheet.name == source.layer:
            return sheet.part
    names = [sheet.name for sheet in package.sheets]
    raise SourceLayerMissingError(file=source.name, layer=source.layer or "", layers=names)


def _hanging_on(archive: zipfile.ZipFile, part: str) -> set[str]:
    """Name the parts that only make sense with all rows: what the sheet links to, and its links."""
    folder, name = posixpath.split(part)
    links = f"{folder}/_rels/{name}.rels"
    gone = {each for each in archive.namelist() if _CALCULATION.search(each)}
    if links in archive.namelist():
        gone.add(links)
        for target in _TARGET.findall(archive.read(links).decode("utf-8", "replace")):
            gone.add(posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
    return gone


def _without(stream: IO[bytes], pattern: re.Pattern[str], gone: set[str]) -> bytes:
    text = stream.read().decode("utf-8")
    return pattern.sub(lambda found: "" if found[1] in gone else found[0], text).encode("utf-8")
