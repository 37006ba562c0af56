"""Features as rows of a sheet, cell by cell as a program will read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.exporting.workbook.cells import MAX_CHARACTERS, is_whole, written
from layers.exporting.workbook.columns import IDENTITY, WKT, Column, Layout, Role
from layers.kinds import Field

DECIMALS = 9  # of a degree: a tenth of a millimetre


def rows_of(
    frame: GeoDataFrame, columns: Sequence[Column], layout: Layout
) -> tuple[Iterator[tuple[object, ...]], dict[str, int]]:
    """Give the rows of a sheet, and by field how many values no cell can hold whole.

    `frame` is indexed by uid and has a column `revision`; its geometry is in the datum of the
    sheet.
    """
    losses: dict[str, int] = {}
    cells: list[list[object]] = []
    places = place_cells(frame.geometry.to_numpy(), [each.field for each in columns])
    for column in columns:
        if column.role is Role.PLACE:
            values, lost = places[column.field.key]
        else:
            values, lost = _field_cells(frame, column, layout)
        cells.append(values)
        if lost:
            losses[column.field.key] = lost
    return zip(*cells, strict=True), losses


def _field_cells(frame: GeoDataFrame, column: Column, layout: Layout) -> tuple[list[object], int]:
    field = column.field
    if column.role is Role.IDENTITY:
        if field is IDENTITY[0]:
            return frame.index.tolist(), 0
        return [str(number) for number in frame[field.key].tolist()], 0
    values, missing = frame[field.key].tolist(), pd.isna(frame[field.key]).tolist()
    distinct = {value for value, absent in zip(values, missing, strict=True) if not absent}
    said = {value: written(field, value, layout.words) for value in distinct}
    cells = [None if absent else said[value] for value, absent in zip(values, missing, strict=True)]
    cut = sum(
        not (absent or is_whole(field, value))
        for value, absent in zip(values, missing, strict=True)
    )
    return cells, cut


def place_cells(
    places: NDArray[np.object_], fields: Sequence[Field]
) -> dict[str, tuple[list[object], int]]:
    """Give the cells of places by field: points as two numbers where there is room for them.

    With them, by field, how many outlines are too long for a cell.
    """
    fields = [each for each in fields if each.key in {"lon", "lat", "x", "y", "wkt"}]
    axes = [each for each in fields if each is not WKT]
    points = shapely.get_type_id(places) == shapely.GeometryType.POINT
    points &= ~shapely.is_empty(places)
    if not axes:
        points[:] = False
    found: dict[str, tuple[list[object], int]] = {}
    for field, of in zip(axes, (shapely.get_x, shapely.get_y), strict=False):
        numbers: Any = np.full(len(places), None, dtype=object)
        numbers[points] = of(places[points]).round(DECIMALS).tolist()
        found[field.key] = (numbers.tolist(), 0)
    if WKT in fields:
        texts = shapely.to_wkt(places, rounding_precision=DECIMALS)
        texts[points] = None
        too_long = [text is not None and len(text) > MAX_CHARACTERS for text in texts]
        texts[too_long] = None
        found[WKT.key] = (texts.tolist(), sum(too_long))
    return found
