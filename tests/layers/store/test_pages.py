"""Pages of features: in order, whole while somebody writes, and cut out of the territory alike."""

import datetime as dt
import json
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from layers import Store
from layers.errors import FilterError, PageLostError, UnknownFieldError
from layers.store import Filter, Order, Page, PageQuestion, Scope
from tests.layers.store.town import buildings, degrees, frame, units, write

HOUSES = 23


def houses() -> GeoDataFrame:
    """Build a row of houses, 30 m from one to the next, some of whose floors nobody counted."""
    made = frame(
        buildings(*((30 * n, 0) for n in range(HOUSES))),
        floors=[None if n % 5 == 0 else n % 4 for n in range(HOUSES)],
        name=[None if n % 7 == 0 else f"第{n % 3}栋" for n in range(HOUSES)],
    )
    made["valid_from"] = [dt.date(2020 + n % 4, 1, 1) if n % 2 else None for n in range(HOUSES)]
    made["valid_to"] = [dt.date(2024, 1, 1) if n % 3 == 0 else None for n in range(HOUSES)]
    return made


@pytest.fixture(scope="module")
def row(shared_store: Store) -> Store:
    write(shared_store, "building", houses())
    return shared_store


def pages(store: Store, question: PageQuestion, **more: Scope) -> Iterator[Page]:
    """Go from page to page as the links of a service do."""
    while True:
        page = store.page("building", question, **more)
        yield page
        if page.last_uid is None:
            return
        question = PageQuestion(
            **{**vars(question), "after": page.last_uid, "as_of": page.changeset}
        )


def codes(found: Iterator[Page]) -> list[str]:
    return [code for page in found for code in page.features["code"]]


ORDERS = [
    (),
    (Order(field="floors"),),
    (Order(field="floors", descending=True), Order(field="name")),
    (Order(field="name", descending=True), Order(field="valid_from")),
    (Order(field="households_estimated"), Order(field="code", descending=True)),
]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_follow_one_order_and_miss_nothing(row: Store, order: tuple[Order, ...]) -> None:
    whole = row.page("building", PageQuestion(order=order))
    parts = list(pages(row, PageQuestion(order=order, limit=4)))
    assert [len(page.features) for page in parts] == [4, 4, 4, 4, 4, 3]
    assert {page.matched for page in parts} == {HOUSES}
    assert codes(iter(parts)) == whole.features["code"].tolist()
    expected = row.read("building").reset_index()
    for each in reversed(order):  # stable, and what has no value last either way
        expected = expected.sort_values(
            each.field, ascending=not each.descending, kind="stable", na_position="last"
        )
    assert whole.features["code"].tolist() == expected["code"].tolist()


def test_pages_stay_those_of_one_state_while_others_write(store: Store) -> None:
    write(store, "building", houses())
    order = (Order(field="floors"),)
    before = store.page("building", PageQuestion(order=order)).features["code"].tolist()
    seen = []
    for number, page in enumerate(pages(store, PageQuestion(order=order, limit=6))):
        seen += page.features["code"].tolist()
        assert page.matched == HOUSES
        now = store.read("building")
        with store.change(author="somebody", message="meanwhile") as change:
            change.update("building", now.iloc[:9].assign(floors=number + 40))
            change.delete("building", [now.index[-1]])
    assert seen == before


@pytest.mark.parametrize(
    ("valid", "expected"),
    [
        ((dt.date(2021, 6, 1), dt.date(2021, 6, 1)), lambda a, b: (a <= 2021) & (b > 2021.5)),
        ((dt.date(2024, 1, 1), None), lambda _, b: b > 2024),
        ((None, dt.date(2019, 12, 31)), lambda a, _: a < 2020),
        ((dt.date(2023, 12, 31), dt.date(2030, 1, 1)), lambda _, b: b > 2023),
    ],
)
def test_what_is_valid_on_any_of_some_days(row: Store, valid: object, expected: object) -> None:
    made = houses()
    first = np.array([0 if day is None else day.year for day in made["valid_from"]])
    last = np.array([9999 if day is None else day.year for day in made["valid_to"]])
    wanted = made["code"][expected(first, last)]  # type: ignore[operator]  # a lambda
    found = row.page("building", PageQuestion(valid=valid))  # type: ignore[arg-type]  # days
    assert sorted(found.features["code"]) == sorted(wanted)


# ---------------------------------------------------------------------------- places


def metres(geometry: shapely.Geometry) -> str:
    """Write a shape drawn in metres in degrees, as a filter wants it."""
    return shapely.to_wkt(degrees([geometry])[0], rounding_precision=15)


WINDOW = shapely.box(55, -5, 130, 5)  # cuts through b3, holds the lower half of b4 and b5
RELATIONS = {
    "S_INTERSECTS": shapely.intersects,
    "S_DISJOINT": shapely.disjoint,
    "S_WITHIN": shapely.within,
    "S_CONTAINS": shapely.contains,
    "S_TOUCHES": shapely.touches,
    "S_OVERLAPS": shapely.overlaps,
    "S_CROSSES": shapely.crosses,
    "S_EQUALS": shapely.equals,
}
SHAPES = {
    "window": WINDOW,
    "street": shapely.LineString([(0, 5), (200, 5)]),
    "spot": shapely.Point(35, 5),
    "spots": shapely.MultiPoint([(35, 5), (60, 5), (-40, 5)]),
    "streets": shapely.MultiLineString([[(0, 5), (60, 5)], [(90, -5), (90, 30)]]),
    "windows": shapely.MultiPolygon([WINDOW, shapely.box(-20, -10, 30, 30)]),
    "ring": shapely.box(-10, -10, 300, 50).difference(shapely.box(60, -5, 130, 20)),
}


@pytest.mark.both_backends
@pytest.mark.parametrize("operator", RELATIONS)
def test_places_lie_to_shapes_as_they_do_in_the_plane(row: Store, operator: str) -> None:
    everything = row.read("building")
    for shape in SHAPES.values():
        text = metres(shape)
        truth = RELATIONS[operator](everything.geometry.to_numpy(), shapely.from_wkt(text))
        for condition, expected in (
            (f"{operator}(geometry, {text})", truth),
            (f"NOT {operator}(geometry, {text})", ~truth),
            (f"{operator}(geometry, {text}) OR floors > 1", truth | (everything.floors > 1)),
        ):
            wanted = everything.index[np.asarray(expected.fillna(False) if hasattr(expected, "fillna") else expected, dtype=bool)]  # fmt: skip
            found = row.page("building", PageQuestion(filters=(Filter(condition),)))
            assert sorted(found.features.index) == sorted(wanted), condition


@pytest.mark.both_backends
def test_a_collection_is_compared_as_the_ground_that_it_covers(row: Store) -> None:
    places = row.read("building").geometry
    rest = shapely.box(90, 0, 131, 8)
    mixed = shapely.GeometryCollection([SHAPES["spot"], SHAPES["street"], rest])
    alike = shapely.GeometryCollection([WINDOW, shapely.box(95, -5, 160, 30)])
    for operator, relates in RELATIONS.items():
        for shape in (mixed, alike):
            there = shapely.from_wkt(metres(shape))
            tree = {
                "op": operator.lower(),
                "args": [{"property": "geometry"}, json.loads(shapely.to_geojson(there))],
            }
            for asked in (Filter(f"{operator}(geometry, {there.wkt})"), Filter.of(tree)):
                question = PageQuestion(filters=(asked,))
                if shape is mixed and operator not in {"S_INTERSECTS", "S_DISJOINT"}:
                    # What the others mean for parts of different sorts, nobody has said.
                    with pytest.raises(FilterError, match="geometry_invalid"):
                        row.page("building", question)
                    continue
                truth = relates(places.to_numpy(), shapely.union_all(shapely.get_parts(there)))
                found = row.page("building", question).features
                assert sorted(found.index) == sorted(places.index[truth]), (operator, shape.wkt)


def test_a_feature_without_a_place_lies_nowhere_and_not_elsewhere(store: Store) -> None:
    write(store, "manhole_cover", frame({"none": None, "m": shapely.Point(1, 1)}))
    for condition, expected in [
        ("S_INTERSECTS(geometry, BBOX(-180,-90,180,90))", ["m"]),
        ("NOT S_INTERSECTS(geometry, BBOX(-180,-90,180,90))", []),
        ("S_DISJOINT(geometry, BBOX(0,0,1,1))", ["m"]),
        ("geometry IS NULL", ["none"]),
        ("geometry IS NOT NULL", ["m"]),
    ]:
        found = store.page("manhole_cover", PageQuestion(filters=(Filter(condition),)))
        assert found.features["code"].tolist() == expected, condition


def test_shapes_are_written_in_the_axis_order_of_their_system(row: Store) -> None:
    west, south, east, north = degrees([WINDOW]).total_bounds.tolist()
    x0, y0, x1, y1 = degrees([WINDOW]).to_crs("EPSG:4551").total_bounds.tolist()
    expected = row.page("building", PageQuestion(filters=(_in([west, south, east, north]),)))
    assert expected.matched == 3
    for numbers, crs in [
        ([south, west, north, east], "EPSG:4490"),
        ([south, west, north, east], "EPSG:4326"),
        ([y0, x0, y1, x1], "EPSG:4551"),
        ([west, south, -5, east, north, 99], "OGC:CRS84"),
    ]:
        found = row.page("building", PageQuestion(filters=(_in(numbers, crs),)))
        assert found.features.index.tolist() == expected.features.index.tolist(), crs


def _in(numbers: list[float], crs: str = "OGC:CRS84") -> Filter:
    args = [{"property": "geometry"}, {"bbox": numbers}]
    return Filter.of({"op": "s_intersects", "args": args}, crs)


def test_a_box_may_lie_across_the_antimeridian(row: Store) -> None:
    for numbers, matched in [
        ([100.0, -10.0, -170.0, 50.0], HOUSES),
        ([170.0, -10.0, -170.0, 50.0], 0),
    ]:
        assert row.page("building", PageQuestion(filters=(_in(numbers),))).matched == matched


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ('{"op": "="}', "syntax"),
        ('{"op": "=", "args": [1]}', "syntax"),
        ('{"op": "and", "args": []}', "syntax"),
        ('{"op": "not", "args": [true, true]}', "syntax"),
        ('{"op": "in", "args": [{"property": "code"}, "x"]}', "syntax"),
        ('{"op": ["="], "args": [1, 2]}', "operator_unsupported"),
        ('{"op": "=", "args": [{"property": ["code"]}, "x"]}', "property_unknown"),
        ('{"op": "=", "args": [{"property": "code"}, "\\ud800"]}', "type_mismatch"),
        ('{"op": "=", "args": [{"property": "code"}, "a\\u0000b"]}', "type_mismatch"),
        ('{"op": "=", "args": [{"property": "floors"}, 1e999]}', "type_mismatch"),
        ('{"op": "=", "args": [{"property": "floors"}, NaN]}', "type_mismatch"),
        ('{"op": "=", "args": [{"property": "floors"}, 99999999999999999999]}', "type_mismatch"),
        ('{"op": "=", "args": [{"property": "valid_from"}, {"date": 5}]}', "type_mismatch"),
        ('{"op": "s_within", "args": [{"property": "code"}, {"bbox": [1, 2, 3, 4]}]}', "property_unknown"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3]}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 9, 3, 4]}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3, 1e999]}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, 5]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point"}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": []}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[[0,0],[1,1],[0,1],[1,0],[0,0]]]}]}', "geometry_invalid"),
        ('{"op": "s_within", "args": [{"property": "geometry"}, {"property": "geometry"}]}', "type_mismatch"),
        ("[" * 9999, "syntax"),
        ('{"op":"not","args":[' * 400 + "true" + "]}" * 400, "too_long"),
        ("true", None),
    ],
)  # fmt: skip
def test_a_filter_in_json_is_refused_with_a_reason(
    row: Store, tree: str, reason: str | None
) -> None:
    question = PageQuestion(filters=(Filter(tree, is_json=True),))
    if reason is None:
        assert row.page("building", question).matched == HOUSES
        return
    with pytest.raises(FilterError) as refusal:
        row.page("building", question)
    assert refusal.value.values["reason"] == reason


def test_what_is_not_there_is_refused(row: Store) -> None:
    with pytest.raises(UnknownFieldError):
        row.page("building", PageQuestion(order=(Order(field="geom"),)))
    with pytest.raises(PageLostError):
        row.page("building", PageQuestion(order=(Order(field="code"),), after="nobody"))


def test_a_territory_is_cut_out_alike_on_every_page(store: Store) -> None:
    for kind, made in units().items():
        write(store, kind, made)
    write(store, "building", houses())
    community = store.read("community")
    mine = Scope(units=frozenset([community.index[community["code"] == "c0"][0]]))
    expected = store.read("building", scope=mine)
    assert 0 < len(expected) < HOUSES
    parts = list(pages(store, PageQuestion(limit=2), scope=mine))
    assert codes(iter(parts)) == expected["code"].tolist()
    assert {page.matched for page in parts} == {len(expected)}
    bounds = store.extent("building", scope=mine).bounds
    assert bounds == pytest.approx(tuple(expected.total_bounds))


def test_the_extent_holds_everything_and_says_which_days(row: Store) -> None:
    found = row.extent("building")
    assert found.bounds == pytest.approx(tuple(row.read("building").total_bounds), abs=2e-5)
    assert found.days == (None, None)
    assert row.extent("street").bounds is None
    assert row.extent("adopter").bounds is None


def in_box(*box: float) -> PageQuestion:
    tree = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": list(box)}]}
    return PageQuestion(filters=(Filter.of(tree),))


@pytest.mark.both_backends
def test_what_lies_in_a_box_is_counted_to_the_last_feature(store: Store) -> None:
    """Boxes whose edges pass by, touch and cut features, by less than an index tells apart."""
    rng = np.random.default_rng(5)
    shapes = dict(buildings(*rng.uniform(0, 3000, (300, 2)).tolist(), size_m=60))
    shapes["turned"] = shapely.Polygon([(0, 0), (3000, 0), (0, 3000)])
    write(store, "building", frame(shapes))
    places = store.read("building").geometry
    west, south, east, north = places.total_bounds
    corners = shapely.bounds(places.to_numpy())
    for n in range(24):
        x, y = np.sort(rng.uniform((west, south), (east, north), (2, 2)), axis=0).T
        if n % 2:  # along the edges of features themselves, or a hair beside them
            some, hair = corners[rng.integers(0, len(corners), 2)], (0, 1e-12, 1e-7)[n % 3]
            x = np.array([some[:, 2].min() + hair, some[:, 0].max() + 2e-4])
            y = np.array([some[:, 3].min() - hair, some[:, 1].max() + 2e-4])
            x, y = np.sort(x), np.sort(y)
        box = (x[0], y[0], x[1], y[1])
        page = store.page("building", in_box(*box))
        assert page.matched == len(page.rows) == int(places.intersects(shapely.box(*box)).sum()), n
