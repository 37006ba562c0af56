"""KML as map programs on phones and desks open it: a folder a layer, styled, fields declared.

Coordinates are longitude and latitude. KML means WGS84 by definition; where shifted ones are asked
for, the document and its folders are named by their datum, and every feature carries it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from layers.exporting.places import DATUM_FIELD, LONGITUDE_LATITUDE, shifted
from layers.exporting.report import ExportReport
from layers.exporting.vector import DECIMALS, report_of
from layers.kinds import Field, FieldType, Kind

_UID = Field(key="uid", title_zh="唯一标识", title_en="Identifier")
_TYPES = {FieldType.INTEGER: "int", FieldType.REAL: "double"}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n'
# What XML cannot hold, however it is written.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_kml(
    layers: Iterable[tuple[Kind, GeoDataFrame]], path: Path, lang: str
) -> list[ExportReport]:
    """Write a folder for each kind."""
    reports: list[ExportReport] = []
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"{_HEAD}<Document>\n")
        for kind, frame in layers:
            if kind.is_spatial and shifted(frame) is None:
                frame = frame.to_crs(LONGITUDE_LATITUDE)  # noqa: PLW2901 - the same features
            if not reports:
                datum = shifted(frame)
                title = path.stem if datum is None else f"{path.stem} {datum}"
                stream.write(f"<name>{escape(title)}</name>\n")
            cleaned, losses = _without_controls(frame)
            _write_folder(stream, kind, cleaned, lang)
            reports.append(report_of(kind, frame, path, losses=losses))
        stream.write("</Document>\n</kml>\n")
    return reports


def _write_folder(stream: TextIO, kind: Kind, frame: GeoDataFrame, lang: str) -> None:
    fields = [_UID, *(field for field in kind.fields if field.key in frame.columns)]
    datum = shifted(frame)
    if datum is not None:
        fields.append(DATUM_FIELD)
    stream.write("".join(_declared(kind, fields, lang)))
    title = kind.title_zh if lang == "zh" else kind.title_en
    name = kind.key if datum is None else f"{kind.key} {datum}"
    stream.write(f"<Folder>\n<name>{name}</name>\n<description>{escape(title)}</description>\n")
    content = frame.reset_index()
    columns = [_texts(content[field.key]) for field in fields]
    names = [field.key for field in fields]
    named = "name" in content  # what readers take for the name is the name, and nothing else
    titles = _texts(content["name"]) if named else [None] * len(content)
    for number, place in enumerate(frame.geometry.to_numpy()):
        values = [(key, cells[number]) for key, cells in zip(names, columns, strict=True)]
        stream.write(_placemark(kind, titles[number], values, place))
    stream.write("</Folder>\n")


def _declared(kind: Kind, fields: list[Field], lang: str) -> Iterator[str]:
    style = kind.style
    fill, line = _colour(style.fill, style.fill_opacity), _colour(style.stroke, 1)
    yield f'<Style id="{kind.key}_style"><LineStyle><color>{line}</color>'
    yield f"<width>{style.stroke_width}</width></LineStyle>"
    yield f"<PolyStyle><color>{fill}</color></PolyStyle></Style>\n"
    yield f'<Schema id="{kind.key}" name="{kind.key}">\n'
    for field in fields:
        title = escape(field.title_zh if lang == "zh" else field.title_en)
        kept = f'<SimpleField type="{_TYPES.get(field.type, "string")}" name="{field.key}">'
        yield f"{kept}<displayName>{title}</displayName></SimpleField>\n"
    yield "</Schema>\n"


def _colour(rgb: str, opacity: float) -> str:
    """Turn `#rrggbb` into KML's order: opacity, blue, green, red."""
    return f"{round(opacity * 255):02x}{rgb[5:7]}{rgb[3:5]}{rgb[1:3]}".lower()


def _placemark(kind: Kind, title: str | None, values: list[tuple[str, Any]], place: Any) -> str:
    data = "".join(
        f"<SimpleData name={quoteattr(key)}>{value}</SimpleData>"
        for key, value in values
        if value is not None
    )
    name = "" if title is None else f"<name>{title}</name>"
    return (
        f"<Placemark>{name}<styleUrl>#{kind.key}_style</styleUrl>"
        f'<ExtendedData><SchemaData schemaUrl="#{kind.key}">{data}</SchemaData></ExtendedData>'
        f"{'' if place is None else _geometry(place)}</Placemark>\n"
    )


def _texts(values: pd.Series) -> list[str | None]:
    missing = values.isna().tolist()
    return [
        None if absent else escape(_text(value))
        for value, absent in zip(values.tolist(), missing, strict=True)
    ]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _geometry(place: Any) -> str:
    written = "".join(_SHAPES[part.geom_type](part) for part in shapely.get_parts(place))
    several = place.geom_type.startswith("Multi")  # one part or more: it stays what it is
    return f"<MultiGeometry>{written}</MultiGeometry>" if several else written


def _polygon(polygon: Any) -> str:
    outer, *inner = shapely.get_rings(polygon)
    holes = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in inner)
    return f"<Polygon><outerBoundaryIs>{_ring(outer)}</outerBoundaryIs>{holes}</Polygon>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(geometry: Any) -> str:
    pairs = np.round(shapely.get_coordinates(geometry), DECIMALS + 1).tolist()
    return f"<coordinates>{' '.join(f'{x!r},{y!r}' for x, y in pairs)}</coordinates>"


_SHAPES = {
    "Point": lambda point: f"<Point>{_coordinates(point)}</Point>",
    "LineString": lambda line: f"<LineString>{_coordinates(line)}</LineString>",
    "Polygon": _polygon,
}


def _without_controls(frame: GeoDataFrame) -> tuple[GeoDataFrame, dict[str, int]]:
    """Take out the characters that XML cannot hold, and count the texts that had them."""
    losses: dict[str, int] = {}
    cleaned = frame
    for name in map(str, frame.select_dtypes("str").columns):
        faulty = frame[name].str.contains(_NOT_XML).fillna(value=False).astype(bool)
        if faulty.any():
            losses[name] = int(faulty.sum())
            cleaned = cleaned.assign(**{name: frame[name].str.replace(_NOT_XML, "", regex=True)})
    return cleaned, losses
