"""What other programs may write and we cannot read: unknown, never in anybody's way."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from layers import Store
from layers.store import DIRECT
from tests.layers.store.databases import ask
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, territory, write

IN_A_FILE = [
    ("building", "geom", "x'00112233'", None),
    ("building", "geom", "x''", None),
    ("building", "geom", "'POLYGON ((0 0))'", None),
    ("building", "geom", "(SELECT substr(geom, 1, 60) FROM building LIMIT 1)", None),
    ("manhole_cover", "geom", "x'0101000000000000000000F03F000000000000F03F'", None),
    ("manhole_cover", "geom", "x'47500003'", None),
    ("building", "floors", "'six'", pd.NA),
    ("building", "floors", "6.5", pd.NA),
    ("building", "floors", "9e30", pd.NA),
    ("bare_land", "area_m2", "9e999", pd.NA),
    ("bare_land", "area_m2", "'about 20'", pd.NA),
    ("building", "name", "cast(x'c328' AS TEXT)", "\ufffd("),
    ("building", "name", "7", "7"),
    ("building", "surveyed_on", "'2026/5/1'", None),
    ("building", "valid_from", "20260501", dt.date(2026, 5, 1)),
    ("building", "households_estimated", "7", pd.NA),
    ("building", "households_estimated", "'false'", pd.NA),
    ("grid_event", "reported_at", "'yesterday'", pd.NaT),
    ("grid_event", "reported_at", "20260501", pd.Timestamp("2026-05-01", tz="UTC")),
]
IN_A_DATABASE = [
    ("bare_land", "area_m2", "'infinity'", pd.NA),
    ("bare_land", "area_m2", "'nan'", pd.NA),
    ("building", "surveyed_on", "'infinity'", None),
    ("building", "valid_from", "'0044-03-15 BC'", None),
    ("grid_event", "reported_at", "'-infinity'", pd.NaT),
    ("water", "geom", "'SRID=4490;CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0))'", None),
]


@pytest.mark.parametrize(("kind", "field", "value", "read"), IN_A_FILE)
def test_an_odd_value_in_a_file(
    store: Store, path: Path, kind: str, field: str, value: str, read: Any
) -> None:
    with _nobody_disturbed(store, kind, field, read), raw(path) as connection:
        connection.execute(f"INSERT INTO {kind} (code, {field}) VALUES ('odd', {value})")


@pytest.mark.parametrize(("kind", "field", "value", "read"), IN_A_DATABASE)
def test_an_odd_value_in_a_database(
    store: Store, database: str, kind: str, field: str, value: str, read: Any
) -> None:
    with _nobody_disturbed(store, kind, field, read):
        ask(database, f"INSERT INTO {kind} (code, {field}) VALUES ('odd', {value})")


@contextmanager
def _nobody_disturbed(store: Store, kind: str, field: str, read: Any) -> Iterator[None]:
    """Have something odd written; then read it, write beside it, mend it and look back."""
    territory(store)
    sane = write(store, "building", frame(buildings((5, 5)), floors=2))["b1"]
    yield
    assert store.count(kind) == len(store.read(kind))
    assert store.changesets()[-1].author == DIRECT
    (odd,) = store.read(kind, where="code = 'odd'").index
    assert _same(_value(store, kind, odd, field), read)
    assert set(store.territory(kind).index) == set(store.read(kind).index)
    store.read(kind, on=dt.date(2026, 5, 1))
    store.read(kind, bbox=(120, 40, 130, 45))
    assert store.read("building").loc[sane, "floors"] == 2
    write(store, "building", frame({"after": shapely.box(50, 50, 60, 60)}))
    with store.change(author="tester", message="mend") as change:
        change.update(kind, store.read(kind).loc[[odd]].assign(note="mended"))
    assert _same(_value(store, kind, odd, field, as_of=3), read)
    with store.change(author="tester", message="delete") as change:
        change.delete(kind, [odd])
    assert odd not in store.read(kind).index


def _value(store: Store, kind: str, uid: str, field: str, **when: Any) -> Any:
    column = "geometry" if field == "geom" else field
    return store.read(kind, **when).loc[uid, column]


def _same(one: Any, other: Any) -> bool:
    return bool(pd.isna(one) and pd.isna(other)) or one == other
