"""Features as GeoJSON: what is written at once says what each value by itself would say."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from layers import Store, open_store
from layers.exporting.geojson import feature_texts
from layers.store import Page, PageQuestion
from tests.layers.store.files import raw
from tests.layers.store.town import frame, write

CRS84 = "OGC:CRS84"


def one_by_one(page: Page, kind_of: Store, key: str) -> list[dict[str, Any]]:
    """Say of each feature what its frame says of it, the slow way."""
    found, fields = page.features, kind_of.kind(key).fields
    features = []
    for uid, row in found.iterrows():
        place = row.geometry
        features.append(
            {
                "type": "Feature",
                "id": uid,
                "geometry": None
                if place is None or place.is_empty
                else json.loads(
                    shapely.to_geojson(shapely.transform(place, lambda xy: np.round(xy, 9)))
                ),
                "properties": {field.key: plain(row[field.key]) for field in fields},
            }
        )
    return features


def plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def written(store: Store, key: str) -> None:
    """Compare what is written of a whole layer with what its frame says."""
    page = store.page(key, PageQuestion())
    texts = feature_texts(store.kind(key), page.rows, CRS84)
    assert [json.loads(text) for text in texts] == one_by_one(page, store, key)


SHAPES = {
    "point": shapely.Point(3, 4),
    "street": shapely.MultiLineString([[(0, 0), (9, 1)], [(2, 2), (3, 3)]]),
    "yard": shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 12, 12)),
    "two": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]),
    "nowhere": None,
}  # fmt: skip
NAMES = ['"100%"', "%s", "\\\n\t\x01\u2028", "绿格 🌳", None]


@pytest.mark.both_backends
def test_texts_say_what_the_frame_says(store: Store) -> None:
    made = frame(
        SHAPES, name=NAMES, area_m2=[0.1, -0.0, 1e300, None, 5.0], note=["same"] * 5,
        surveyed_on=[dt.date(2024, 2, 29), None, dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
    )  # fmt: skip
    write(store, "wall_surface", made.drop(index=[2, 3]).iloc[:2])
    write(store, "wall_surface", made.iloc[2:])
    written(store, "wall_surface")
    written(store, "scenic_spot")  # where there is nothing
    for kind, names in (
        ("building", ["yard", "two"]),
        ("road", ["street"]),
        ("dead_tree", ["point"]),
    ):
        write(store, kind, frame({name: SHAPES[name] for name in names}))
        written(store, kind)


def test_what_others_wrote_is_said_as_the_frame_says_it(path: Path) -> None:
    store = open_store(path)
    write(
        store, "wall_surface", frame(dict(list(SHAPES.items())[:4]), area_m2=[1.0, 2.0, 3.0, 4.0])
    )
    with raw(path) as other:
        rubbish = [
            ("area_m2", "'wide'"),
            ("area_m2", "9e999"),
            ("surveyed_on", "'one day'"),
            ("geom", "x'00'"),
        ]
        for code, (field, value) in zip(SHAPES, rubbish, strict=False):
            other.execute(f"UPDATE wall_surface SET {field} = {value} WHERE code = '{code}'")
    written(store, "wall_surface")
    store.close()
