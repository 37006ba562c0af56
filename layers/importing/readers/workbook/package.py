"""A workbook's package: its sheets, the styles that show numbers as days, the shared texts."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from layers.importing.errors import SourceTooLargeError, SourceUnreadableError
from layers.importing.files import DAMAGED_ZIP, check_limit
from layers.importing.limits import MAX_SHARED_TEXT_CHARACTERS
from layers.importing.readers.xml import Begin, End, XmlError, parse

_ROOT_LINKS = "_rels/.rels"
_USUAL_BOOK = "xl/workbook.xml"
_BINARY_BOOK = "xl/workbook.bin"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, where it lies in the package, whether it is hidden."""

    name: str
    part: str
    hidden: bool


class Package:
    """The parts of a workbook that its sheets have in common."""

    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        """Read what the workbook says about itself; not yet its sheets."""
        self._name = name
        self._archive = archive
        self.dates_from_1904 = False
        book = self._book_part()
        self._parts = self._links(book)
        self.sheets = self._sheets(book)
        self.date_styles = self._date_styles()
        self._texts: list[str] | None = None

    @property
    def texts(self) -> list[str]:
        """Give the texts that cells name by number; read when first asked for."""
        if self._texts is None:
            part = self._part_of_type("/sharedStrings")
            self._texts = [] if part is None else self._shared_texts(part)
        return self._texts

    @contextmanager
    def stream(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part; zip files name its size, and it ends there whatever else they hold."""
        with self._archive.open(part) as stream:
            yield stream

    def _parse(self, part: str, begin: dict[str, Begin], end: dict[str, End] | None = None) -> None:
        with self.stream(part) as stream:
            parse(stream, begin, end or {})

    def _book_part(self) -> str:
        if _BINARY_BOOK in self._archive.namelist():
            raise SourceUnreadableError(file=self._name, reason="binary_workbook", detail="")
        for kind, part in self._links_in(_ROOT_LINKS, "").values():
            if kind.endswith("/officeDocument"):
                return part
        return _USUAL_BOOK

    def _links(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        return self._links_in(f"{folder}/_rels/{name}.rels", folder)

    def _links_in(self, part: str, folder: str) -> dict[str, tuple[str, str]]:
        """Map the ids of a part's links to their type and target."""
        found: dict[str, tuple[str, str]] = {}

        def link(attributes: dict[str, str]) -> None:
            target = attributes.get("Target", "")
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[attributes.get("Id", "")] = (attributes.get("Type", ""), path)

        if part in self._archive.namelist():
            self._parse(part, {"Relationship": link})
        return found

    def _part_of_type(self, ending: str) -> str | None:
        parts = (part for kind, part in self._parts.values() if kind.endswith(ending))
        return next((part for part in parts if part in self._archive.namelist()), None)

    def _sheets(self, book: str) -> list[Sheet]:
        sheets: list[Sheet] = []

        def properties(attributes: dict[str, str]) -> None:
            self.dates_from_1904 = attributes.get("date1904") in {"1", "true"}

        def sheet(attributes: dict[str, str]) -> None:
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            kind, part = self._parts.get(link, ("", ""))
            if kind.endswith("/worksheet"):
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(Sheet(attributes.get("name", ""), part, hidden))

        self._parse(book, {"workbookPr": properties, "sheet": sheet})
        return sheets

    def _date_styles(self) -> frozenset[int]:
        """List the cell styles under which a number is a day or a time."""
        part = self._part_of_type("/styles")
        if part is None:
            return frozenset()
        formats: dict[int, str] = dict(BUILTIN_FORMATS)
        styles: list[int] = []
        inside = [False]  # `xf` also stands in cellStyleXfs, which cells do not refer to

        def number_format(attributes: dict[str, str]) -> None:
            formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")

        def style(attributes: dict[str, str]) -> None:
            if inside[0]:
                styles.append(int(attributes.get("numFmtId", "0")))

        def enter(_: dict[str, str]) -> None:
            inside[0] = True

        def leave(_: str) -> None:
            inside[0] = False

        self._parse(
            part, {"numFmt": number_format, "cellXfs": enter, "xf": style}, {"cellXfs": leave}
        )
        return frozenset(
            number for number, format_ in enumerate(styles) if _is_date(format_, formats)
        )

    def _shared_texts(self, part: str) -> list[str]:
        texts: list[str] = []
        runs: list[str] = []
        reading_aid = [False]  # how a text is pronounced is no part of it
        total = [0]

        def begin(_: dict[str, str]) -> None:
            runs.clear()

        def aid(_: dict[str, str]) -> None:
            reading_aid[0] = True

        def aid_over(_: str) -> None:
            reading_aid[0] = False

        def run(text: str) -> None:
            if not reading_aid[0]:
                runs.append(text)

        def finish(_: str) -> None:
            text = unescaped("".join(runs))
            total[0] += len(text)
            check_limit(self._name, "characters", total[0], MAX_SHARED_TEXT_CHARACTERS)
            texts.append(text)

        self._parse(part, {"si": begin, "rPh": aid}, {"t": run, "rPh": aid_over, "si": finish})
        return texts


def _is_date(number: int, formats: dict[int, str]) -> bool:
    # 27 to 36 and 50 to 58 are the days of Chinese and Japanese Excel; no file spells them out.
    eastern = 27 <= number <= 36 or 50 <= number <= 58
    code = formats.get(number)
    return eastern if code is None else bool(is_date_format(code))


def unescaped(text: str) -> str:
    """Resolve the escapes that stand for characters which XML cannot hold."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a workbook; whatever is broken in it comes out as one refusal.

    Raises
    ------
    SourceUnreadableError, SourceTooLargeError
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield Package(path.name, archive)
    except (SourceUnreadableError, SourceTooLargeError):
        raise
    except (*DAMAGED_ZIP, XmlError, KeyError, ValueError, IndexError) as error:
        detail = str(error)
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=detail) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise SourceUnreadableError(file=path.name, reason="password", detail=str(error)) from error
