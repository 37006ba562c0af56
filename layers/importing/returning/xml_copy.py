"""XML gone through element by element and written again, within the bounds of every reading."""

from __future__ import annotations

from typing import IO, Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from layers.importing.limits import MAX_XML_DEPTH
from layers.importing.readers.xml import XmlError

_CHUNK_BYTES = 1024**2


class Elements(Protocol):
    """What is told of each element; names are local, those of other namespaces are left out."""

    def begin(self, name: str, attributes: dict[str, str], depth: int) -> None:
        """Take the beginning of an element; the root has depth 1."""

    def text(self, text: str) -> None:
        """Take text inside of the last element begun."""

    def end(self, name: str, depth: int) -> None:
        """Take the end of an element."""


def copy_elements(stream: IO[bytes], taker: Elements) -> None:
    """Tell `taker` of each element of a document.

    Raises
    ------
    XmlError
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    teller = _Teller(taker)
    parser.StartDoctypeDeclHandler = teller.refuse
    parser.StartElementHandler = teller.begin
    parser.EndElementHandler = teller.end
    parser.CharacterDataHandler = teller.text
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keyword here
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error


def opening(name: str, attributes: dict[str, str]) -> str:
    """Write the beginning of an element."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>"


def closing(name: str) -> str:
    """Write the end of an element."""
    return f"</{name}>"


escaped = escape


class _Teller:
    """Leave out what belongs to other namespaces than the root's, with all that is in it."""

    def __init__(self, taker: Elements) -> None:
        self._taker = taker
        self._depth = 0
        self._prefix = ""
        self._foreign = 0  # the depth at which a foreign element began

    def refuse(self, *_: object) -> None:
        message = "a document type is declared"
        raise XmlError(message)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH:
            message = f"elements are nested more than {MAX_XML_DEPTH} deep"
            raise XmlError(message)
        prefix, _, local = name.rpartition(":")
        if self._depth == 1:
            self._prefix = prefix
            attributes = {"xmlns": attributes.get(f"xmlns:{prefix}" if prefix else "xmlns", "")}
        elif prefix != self._prefix and not self._foreign:
            self._foreign = self._depth
        if not self._foreign:
            own = {
                key: value
                for key, value in attributes.items()
                if ":" not in key or key == "xml:space"
            }
            self._taker.begin(local, own, self._depth)

    def text(self, text: str) -> None:
        if not self._foreign:
            self._taker.text(text)

    def end(self, name: str) -> None:
        if not self._foreign:
            self._taker.end(name.rpartition(":")[2], self._depth)
        elif self._foreign == self._depth:
            self._foreign = 0
        self._depth -= 1
