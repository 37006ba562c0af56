"""Features that hypothesis draws: awkward values, and places of every form."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import shapely
from hypothesis.strategies import SearchStrategy
from shapely import Geometry

from layers.errors import FeatureMissingError, FeatureRejectedError
from layers.kinds import KINDS, FieldType, GeometryFamily
from layers.store import ChangeWriter
from tests.layers.store.chronicle import FIELDS, Values

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 6, 30), dt.date(2024, 7, 1), dt.date(2025, 1, 1)]

_TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "白山市浑江区", "𠮷 🌳", 'it\'s "quoted"; --', "二\n行", "%_\\", "NULL"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
_VALUES: dict[FieldType, SearchStrategy[Any]] = {
    FieldType.TEXT: _TEXTS,
    FieldType.TEXT_LIST: st.sampled_from(["甲;乙", "甲", ""]),
    FieldType.INTEGER: st.one_of(
        st.sampled_from([0, 2**63 - 1, 1 - 2**63, 2**53 + 1]), st.integers(-9, 99)
    ),
    FieldType.REAL: st.one_of(
        st.sampled_from([0.1 + 0.2, 1e-9 / 3, 5e-324, -98765.4321012345, -0.5, 3.0, 1e16]),
        # Beyond 1e100 SQLite's own printing of 17 digits may be one off in the last.
        st.floats(-1e99, 1e99).map(lambda value: value + 0.0),  # JSON has no -0.0
    ),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.sampled_from([*DAYS, dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    FieldType.DATETIME: st.integers(-(10**12), 10**13).map(  # milliseconds from 1938 to 2286
        lambda ms: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms)
    ),
}

# A thousandth of a degree is a square of the town; thirds of it have all the digits there are.
_STEPS = st.integers(0, 12)


def _area(west: int, south: int, width: int, form: str) -> Geometry:
    box = shapely.box(126 + west / 3e3, 42 + south / 3e3, 126 + (west + width) / 3e3, 42.0011)
    if form == "hole":
        return box.difference(box.centroid.buffer(1e-5, quad_segs=1))
    if form == "parts":
        return shapely.MultiPolygon(
            [box, shapely.transform(box, lambda xy: xy + np.array([0.1, 0]))]
        )
    return shapely.MultiPolygon() if form == "empty" else box


_AREAS = st.builds(
    _area,
    _STEPS,
    st.integers(0, 3),
    st.integers(1, 9),
    st.sampled_from(["box", "hole", "parts", "empty"]),
)
_POINTS = st.builds(lambda x, y: shapely.Point(126 + x / 3e3, 42 + y / 3e3), _STEPS, _STEPS)
_PLACES: dict[GeometryFamily, SearchStrategy[Geometry]] = {
    GeometryFamily.AREA: _AREAS,
    GeometryFamily.POINT: _POINTS,
}


def columns_of(kind: str) -> tuple[str, ...]:
    """Name what a feature of a kind has: fields, and a place where it can lie somewhere."""
    return (*FIELDS[kind], *(["geometry"] if KINDS[kind].is_spatial else []))


def values(kind: str, columns: tuple[str, ...]) -> SearchStrategy[Values]:
    """Draw the values of one feature, and its place as a shape."""
    declared = {each.key: each.type for each in KINDS[kind].fields}
    drawn = {
        name: st.none() | (_place(kind) if name == "geometry" else _VALUES[declared[name]])
        for name in columns
    }
    return st.fixed_dictionaries(drawn)


def _place(kind: str) -> SearchStrategy[Geometry]:
    return st.one_of(*(_PLACES[family] for family in KINDS[kind].geometry))


def survey_values(kind: str, columns: tuple[str, ...]) -> SearchStrategy[Values]:
    """Draw what a row of a file says: every cell is filled, every place is one plain area."""
    declared = {each.key: each.type for each in KINDS[kind].fields}
    box = st.builds(_area, _STEPS, st.integers(0, 3), st.integers(1, 9), st.just("box"))
    plain = {
        FieldType.TEXT: st.sampled_from(["甲", "乙 🌳", 'it\'s "quoted"', "a,b;c"]),
        FieldType.INTEGER: st.integers(0, 9),
    }
    drawn = {name: box if name == "geometry" else plain[declared[name]] for name in columns}
    return st.fixed_dictionaries(drawn)


def touches(place: str | None, window: tuple[float, float, float, float]) -> bool:
    """Tell whether a place, as text of a state, has a point in common with a window."""
    if place is None:
        return False
    return bool(shapely.from_wkb(place.split()[-1]).intersects(shapely.box(*window)))


def _bad_value(change: ChangeWriter) -> None:
    change.insert("adopter", pd.DataFrame({"households": ["many"]}))


def _bad_place(change: ChangeWriter) -> None:
    heights = gpd.GeoDataFrame(geometry=[shapely.Point(126, 42, 7)], crs=4490)
    change.insert("manhole_cover", heights)


def _nobody(change: ChangeWriter) -> None:
    change.delete("adopter", [str(uuid.UUID(int=0))])


def _twice(change: ChangeWriter) -> None:
    twin = str(uuid.UUID(int=1, version=4))
    for _ in range(2):
        change.insert("adopter", pd.DataFrame(index=pd.Index([twin], name="uid")))


# What no store takes, by name: the refusal, and what provokes it.
REFUSED: dict[str, tuple[type[Exception], Callable[[ChangeWriter], None]]] = {
    "a value of another type": (FeatureRejectedError, _bad_value),
    "a place with a height": (FeatureRejectedError, _bad_place),
    "a feature that is not there": (FeatureMissingError, _nobody),
    "an identity that is taken": (FeatureRejectedError, _twice),
}
