"""XML as a stream of elements, within bounds: no entities, no depths, no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from layers.importing.limits import MAX_XML_DEPTH

Begin = Callable[[dict[str, str]], None]
End = Callable[[str], None]
_CHUNK_BYTES = 1024**2


class XmlError(ValueError):
    """The XML is broken, or is built to do harm."""


class Enough(Exception):  # noqa: N818 - a signal that nothing more is wanted, no fault
    """Stop reading: what was looked for is found."""


def parse(stream: IO[bytes], begin: Mapping[str, Begin], end: Mapping[str, End]) -> None:
    """Call `begin` and `end` by the elements' local names; `end` gets the text collected.

    Text is collected from the last beginning on. Elements that are not named are passed over.

    Raises
    ------
    XmlError
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    handlers = _Handlers(begin, end)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = handlers.begin
    parser.EndElementHandler = handlers.end
    parser.CharacterDataHandler = handlers.collect
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keyword here
        parser.Parse(b"", True)  # noqa: FBT003
    except Enough:
        return
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error


def _refuse_doctype(*_: object) -> None:
    # No spreadsheet program writes one; it only serves to blow up or to fetch something.
    message = "a document type is declared"
    raise XmlError(message)


class _Handlers:
    """Match elements by local name; prefixes differ between the programs that write sheets."""

    def __init__(self, begin: Mapping[str, Begin], end: Mapping[str, End]) -> None:
        self._begin, self._end = dict(begin), dict(end)
        self._text: list[str] = []
        self._depth = 0
        self.collect = self._text.append

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH:
            message = f"elements are nested more than {MAX_XML_DEPTH} deep"
            raise XmlError(message)
        self._text.clear()
        known = self._begin.get(name) or (self._begin.get(_local(name)) if ":" in name else None)
        if known is not None:
            known(attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        known = self._end.get(name) or (self._end.get(_local(name)) if ":" in name else None)
        if known is not None:
            known("".join(self._text))
            self._text.clear()


def _local(name: str) -> str:
    return name.rpartition(":")[2]
