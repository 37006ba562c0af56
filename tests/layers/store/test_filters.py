"""Windows by the spatial index, and CQL2 filters that answer or refuse and never surprise."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import event

from layers import Store
from layers.errors import FilterError
from layers.kinds import KINDS
from layers.store.cql import MAX_FILTER_LENGTH
from layers.store.geopackage import GeoPackage
from tests.layers.store.town import buildings, degrees, frame, write

UTC = dt.UTC


def fill(store: Store) -> Store:
    """Build four houses and report two events."""
    write(
        store,
        "building",
        frame(
            buildings((0, 0), (50, 0), (100, 0), (150, 0)),
            name=["Hall", "hall", "100% 绿", None],
            floors=[1, 5, None, 10],
            households=[10, 20, 30, 40],
            households_estimated=[True, False, None, False],
            valid_from=[dt.date(2020, 1, 1), dt.date(2021, 6, 30), None, dt.date(2024, 2, 29)],
        ),
    )
    write(
        store,
        "grid_event",
        frame(
            {"e1": None, "e2": None},
            reported_at=[
                dt.datetime(2026, 1, 1, tzinfo=UTC),
                dt.datetime(2026, 1, 1, 12, tzinfo=UTC),
            ],
        ),
    )
    return store


@pytest.fixture
def town(store: Store) -> Store:
    """Give four buildings and two events."""
    return fill(store)


@pytest.fixture(scope="module")
def standing_town(shared_store: Store) -> Store:
    """Give the same, for tests that only read; every building was another one later, for a time."""
    town = fill(shared_store)
    kept = town.read("building")
    for changed in (kept.assign(name="x", floors=77, households=None, valid_from=None), kept):
        with town.change(author="tester", message="and back") as change:
            change.update("building", changed)
    return town


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("code = 'b1'", "1"),
        ("code <> 'b1'", "234"),
        ("floors < 5", "1"),
        ("floors <= 5", "12"),
        ("floors > 5", "4"),
        ("floors >= 5", "24"),
        ("floors = 5.0", "2"),
        ("floors BETWEEN 1 AND 5", "12"),
        ("floors NOT BETWEEN 1 AND 5", "4"),
        ("floors IN (1, 10)", "14"),
        ("code NOT IN ('b1', 'b2')", "34"),
        ("floors IS NULL", "3"),
        ("floors IS NOT NULL", "124"),
        ("name LIKE 'H%'", "1"),
        ("name LIKE '_all'", "12"),
        ("name LIKE '%\\% 绿'", "3"),
        ("name NOT LIKE 'H%'", "23"),
        ("CASEI(name) = CASEI('HALL')", "12"),
        ("CASEI(name) LIKE CASEI('HA%')", "12"),
        ("floors > 4 AND households < 30", "2"),
        ("floors > 9 OR households < 20", "14"),
        ("NOT (floors > 4)", "1"),
        ("NOT (floors > 4 AND households < 30)", "134"),
        ("NOT (NOT (floors > 4 OR households < 20) OR floors = 5)", "14"),
        ("households + floors * 2 - 1 > 20", "24"),
        ("households = floors * 4", "24"),
        ("-floors < -4", "24"),
        ("households_estimated", "1"),
        ("households_estimated = false", "24"),
        ("NOT households_estimated", "24"),
        ("valid_from >= DATE('2021-06-30')", "24"),
        ("valid_from = DATE('2024-02-29')", "4"),
        ("valid_from BETWEEN DATE('2020-01-01') AND DATE('2021-01-01')", "1"),
        ("true", "1234"),
        ("false", ""),
        ("1 = 1", "1234"),
        ("\"code\" = 'b4'", "4"),
        ("(((((floors = 1)))))", "1"),
        (" OR ".join(["floors = 1"] * 100), "1"),
    ],
)
def test_operators(standing_town: Store, where: str, expected: str) -> None:
    wanted = [f"b{n}" for n in expected]
    assert sorted(standing_town.read("building", where=where)["code"]) == wanted
    assert sorted(standing_town.read("building", where=where, as_of=2)["code"]) == wanted


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("reported_at > TIMESTAMP('2026-01-01T00:00:00Z')", ["e2"]),
        ("reported_at >= TIMESTAMP('2026-01-01T00:00:00Z')", ["e1", "e2"]),
        ("reported_at < TIMESTAMP('2026-01-01T14:00:00+08:00')", ["e1"]),
        ("reported_at = TIMESTAMP('2026-01-01T20:00:00+08:00')", ["e2"]),
    ],
)
def test_moments_are_compared_as_moments(
    standing_town: Store, where: str, expected: list[str]
) -> None:
    assert sorted(standing_town.read("grid_event", where=where)["code"]) == expected


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("", "syntax"),
        ("floors >", "syntax"),
        ("floors == 1", "syntax"),
        ("name ILIKE 'x'", "syntax"),
        ("code IN ()", "syntax"),
        ("colour = 'red'", "property_unknown"),
        ("geom = 'x'", "property_unknown"),
        ("fid = 1", "property_unknown"),
        ("floors / 2 = 1", "operator_unsupported"),
        ("floors ^ 2 = 1", "operator_unsupported"),
        ("S_INTERSECTS(geom, POINT(0 0))", "property_unknown"),
        ("upper(name) = 'X'", "operator_unsupported"),
        ("A_CONTAINS(name, ('x'))", "operator_unsupported"),
        ("floors = '1'", "type_mismatch"),
        ("name = 1", "type_mismatch"),
        ("name = NULL", "type_mismatch"),
        ("name = ('a', 'b')", "type_mismatch"),
        ("name IN ('a', 1)", "type_mismatch"),
        ("floors BETWEEN 'a' AND 'b'", "type_mismatch"),
        ("floors LIKE '1%'", "type_mismatch"),
        ("name LIKE 5", "type_mismatch"),
        ("CASEI(floors) = 1", "type_mismatch"),
        ("name + 1 = 2", "type_mismatch"),
        ("name + 'a' = 'b'", "type_mismatch"),
        ("valid_from = '2020-01-01'", "type_mismatch"),
        ("valid_from > DATE('2020-02-30')", "type_mismatch"),
        ("valid_from > TIMESTAMP('2020-01-01T00:00:00Z')", "type_mismatch"),
        ("name", "not_a_condition"),
        ("floors + 1", "not_a_condition"),
        ("'x'", "not_a_condition"),
        ("floors AND true", "not_a_condition"),
        ("NOT floors", "not_a_condition"),
        ("code = '" + "x" * MAX_FILTER_LENGTH + "'", "too_long"),
        ("(" * 11 + "true" + ")" * 11, "too_long"),
        ("NOT " * 201 + "true", "too_long"),
        ("'\\'" + "(" * 11, "too_long"),
    ],
)
def test_refusals_say_why(standing_town: Store, where: str, reason: str) -> None:
    with pytest.raises(FilterError) as refusal:
        standing_town.read("building", where=where)
    assert refusal.value.values["reason"] == reason
    assert set(refusal.value.values["known"]) == {  # type: ignore[call-overload]  # a tuple of names
        "uid", *(field.key for field in KINDS["building"].fields),
    }  # fmt: skip


PREFIXES = ["(", "-", "NOT ", "- ", "f(", "POLYGON(", "CASEI(", "a=(", "(a=1 AND ", "a=", "a+"]
ASK = """
import sys, threading
from sqlalchemy import Integer, column
from layers.errors import FilterError
from layers.store.cql import compile_filter

def ask():
    for text in sys.argv[1:]:
        try:
            compile_filter(text, {"a": column("a", Integer)})
        except FilterError as refusal:
            print(refusal.values["reason"], flush=True)

threading.stack_size(1024 * 1024)  # what Windows gives
thread = threading.Thread(target=ask)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("repeats", [9, 60, 1900])
def test_no_filter_stops_the_process(repeats: int) -> None:
    """The parser recurses and backtracks without bound; a crash would take everybody along."""
    texts = [(prefix * repeats)[:MAX_FILTER_LENGTH] for prefix in PREFIXES]
    done = subprocess.run(
        [sys.executable, "-c", ASK, *texts],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    reasons = done.stdout.split()
    assert done.returncode == 0, (PREFIXES[len(reasons)], done.stderr)
    assert len(reasons) == len(texts)
    assert set(reasons) <= {"syntax", "too_long"}


@pytest.mark.parametrize(
    "text",
    [
        "x'; DROP TABLE building; --",
        "' OR '1'='1",
        "x' UNION SELECT * FROM gg_run --",
        "%",
        "\\",
        ":param",
        "%(x)s",
        "?",
    ],
)
def test_what_looks_like_a_statement_is_a_value(town: Store, text: str) -> None:
    write(town, "building", frame({"trap": None}, name=[text]))
    quoted = text.replace("'", "''")
    found = town.read("building", where=f"name = '{quoted}'")
    assert found["code"].tolist() == ["trap"]
    assert town.count("building") == 5


@pytest.mark.parametrize("name", ['code" = \'b1\' OR "1" = "1', "code) OR (1=1", "building.code"])
def test_what_looks_like_a_statement_is_no_property(standing_town: Store, name: str) -> None:
    with pytest.raises(FilterError):
        standing_town.read("building", where=f'"{name}" = 1')


# ---------------------------------------------------------------------------- windows


def box(*bounds_m: float) -> tuple[float, float, float, float]:
    """Give a window drawn in metres in degrees."""
    west, south, east, north = degrees([shapely.box(*bounds_m)]).total_bounds
    return west, south, east, north


def test_a_window_holds_what_touches_it_exactly(standing_town: Store) -> None:
    west, south, east, north = standing_town.read("building", where="code = 'b2'").total_bounds
    beside = 1e-9  # degrees, about 0.1 mm: far below what the index's 32 bits can tell
    for window, expected in [
        ((west, south, east, north), ["b2"]),
        ((east, south, east + beside, north), ["b2"]),
        ((east + beside, south, east + 2 * beside, north), []),
        ((west - 2 * beside, south, west - beside, north), []),
        ((west, north, east, north), ["b2"]),
        ((west, north + beside, east, north + 1), []),
    ]:
        assert standing_town.read("building", bbox=window)["code"].tolist() == expected


def test_a_window_is_by_shape_and_not_by_box(store: Store) -> None:
    corner = shapely.Polygon([(0, 0), (100, 0), (0, 100)])
    write(store, "building", frame({"triangle": corner}))
    assert len(store.read("building", bbox=box(80, 80, 90, 90))) == 0
    assert len(store.read("building", bbox=box(10, 10, 20, 20))) == 1


def test_features_without_a_place_are_in_no_window(store: Store) -> None:
    write(
        store,
        "manhole_cover",
        frame({"none": None, "empty": shapely.Point(), "m": shapely.Point(1, 1)}),
    )
    found = store.read("manhole_cover", bbox=(-180, -90, 180, 90))
    assert found["code"].tolist() == ["m"]


def test_windows_and_filters_narrow_together(standing_town: Store) -> None:
    found = standing_town.read("building", bbox=box(40, -5, 300, 20), where="floors > 1")
    assert sorted(found["code"]) == ["b2", "b4"]


def test_the_window_goes_through_the_index(town: Store, path: Path) -> None:
    statements: list[tuple[str, Any]] = []

    def listen(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        statements.append((statement, parameters))

    assert isinstance(town._backend, GeoPackage)
    engine = town._backend._engine
    event.listen(engine, "before_cursor_execute", listen)
    town.read("building", bbox=box(0, 0, 10, 10), where="floors > 0")
    event.remove(engine, "before_cursor_execute", listen)
    statement, parameters = next(each for each in statements if "rtree_building_geom" in each[0])
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    steps = [row[3] for row in plan]
    assert any("rtree_building_geom VIRTUAL TABLE INDEX" in step for step in steps), steps
    assert not any(step.startswith("SCAN building") for step in steps), steps
