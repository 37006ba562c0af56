"""GML, KML and other XML before GDAL reads it: whole, not too deep, without entities.

GDAL takes what it can of a document that breaks off, and says nothing of the rest.
"""

from __future__ import annotations

from pathlib import Path

from layers.importing.errors import SourceUnreadableError
from layers.importing.readers.xml import XmlError, parse

_ENDINGS = (".gml", ".kml", ".gpx", ".xml", ".osm", ".georss", ".jml")


def check_document(path: Path) -> None:
    """Refuse an XML document that breaks off, or is built to do harm; pass over other files.

    Raises
    ------
    SourceUnreadableError
    """
    if path.suffix.lower() not in _ENDINGS or path.is_dir():
        return
    try:
        with path.open("rb") as stream:
            parse(stream, {}, {})
    except XmlError as error:
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=str(error)) from error
