"""Tiles by hand, by the laws, and as GDAL and GEOS see them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import MultiPoint, MultiPolygon, Point, Polygon, box

from layers.tiles import Tile, TileOutsideError
from layers.tiles.arrays import LayerArrays, Period, arrays_of
from layers.tiles.encoder import LOW_BYTES, DrawnTile, Part, draw
from layers.tiles.grid import EXTENT
from layers.tiles.shapes import shapes_of, shapes_of_geometries
from tests.layers.tiles.decoding import decoded, from_units, in_units, tile_at

TILE = tile_at(14)
FRAME = box(-64, -64, EXTENT + 64, EXTENT + 64)


def uids(count: int) -> list[str]:
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, str(n))) for n in range(count)]


def layer(shapes: Sequence[Any], **columns: list[Any]) -> LayerArrays:
    """Lay shapes, in units of the tile, where they are in degrees."""
    there = from_units(np.array(shapes, dtype=object), TILE)
    return arrays_of(uids(len(shapes)), shapes_of_geometries(there, "EPSG:4490"), columns)


def drawn(shapes: Sequence[Any], **columns: list[Any]) -> DrawnTile:
    return draw("things", TILE, [Part(layer(shapes, **columns))])


def read(made: DrawnTile) -> Any:
    return decoded(made.data, TILE)


def test_a_square_is_these_bytes() -> None:
    made = draw("a", TILE, [Part(layer([box(2, 3, 12, 13)], n=[7]))], columns=["n"])
    number = int(uids(1)[0].replace("-", "")[:13], 16)
    identifier = []
    while number > 127:
        identifier.append(number & 127 | 128)
        number >>= 7
    identifier.append(number)
    # Move to (2, 3); three lines: 10 east, 10 south, 10 west; close. Each number in zigzag.
    commands = [9, 4, 6, 26, 20, 0, 0, 20, 19, 0, 15]
    start = [9, 24, 6, 26, 0, 20, 19, 0, 0, 19, 15]
    turns = [
        commands,
        start,
        [9, 24, 26, 26, 19, 0, 0, 19, 20, 0, 15],
        [9, 4, 26, 26, 0, 19, 20, 0, 0, 20, 15],
    ]

    def layer_of(drawing: list[int]) -> bytes:
        feature = [8, *identifier, 18, 2, 0, 0, 24, 3, 34, len(drawing), *drawing]
        inside = [120, 2, 10, 1, ord("a"), 18, len(feature), *feature]
        inside += [26, 1, ord("n"), 34, 2, 40, 7, 40, 128, 32]
        return bytes([26, len(inside), *inside])

    assert made.data in [layer_of(drawing) for drawing in turns]


def test_every_type_of_value_comes_back() -> None:
    when = dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    values: dict[str, list[Any]] = {
        "text": ["绿", None],
        "whole": [5, -(2**40)],
        "real": [0.1, None],
        "flag": [True, False],
        "day": [dt.date(2026, 5, 1), None],
        "moment": [when, None],
    }
    found = read(drawn([Point(1, 1), Point(2, 2)], **values)).sort_values("whole")
    assert found["whole"].tolist() == [-(2**40), 5]
    told = found.iloc[1]
    assert (told["text"], told["real"], told["flag"]) == ("绿", 0.1, 1)
    assert told["day"] == "2026-05-01"
    assert told["moment"] == "2026-05-01T08:00:00.000Z"
    assert found.iloc[0][["text", "real", "day", "moment"]].isna().all()
    assert told["uid"] == uids(1)[0]
    assert told["mvt_id"] == int(uids(1)[0].replace("-", "")[:13], 16)


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        (Point(5, 6), Point(5, 6)),
        (MultiPoint([(5, 6), (9000, 9000)]), Point(5, 6)),
        (shapely.LineString([(0, 0), (10, 0), (20, 0)]), shapely.LineString([(0, 0), (20, 0)])),
        (shapely.LineString([(5, 5), (9, 5), (7, 5)]), shapely.LineString([(5, 5), (9, 5), (7, 5)])),
        (
            shapely.LineString([(10, -200), (10, 200), (500, 200), (500, -200)]),
            shapely.LineString([(10, -64), (10, 200), (500, 200), (500, -64)]),
        ),
        (
            shapely.LineString([(10, 100), (10, -200), (20, -200), (20, 100)]),
            shapely.MultiLineString([[(10, 100), (10, -64)], [(20, -64), (20, 100)]]),
        ),
        (
            MultiPolygon([box(0, 0, 90, 90) - box(10, 10, 80, 80), box(20, 20, 30, 30)]),
            MultiPolygon([box(0, 0, 90, 90) - box(10, 10, 80, 80), box(20, 20, 30, 30)]),
        ),
        (Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), MultiPolygon([Polygon([(0, 0), (5, 5), (0, 10)]), Polygon([(10, 0), (10, 10), (5, 5)])])),
        # Two arms reach into the tile from what lies beside it.
        (
            box(-500, 100, 300, 700) - box(-90, 300, 400, 500),
            MultiPolygon([box(-64, 100, 300, 300), box(-64, 500, 300, 700)]),
        ),
        (box(-900, -900, 9000, 9000), FRAME),
        (box(0, 0, 100, 100) - box(40.2, 40.2, 40.4, 40.4), box(0, 0, 100, 100)),
        (shapely.GeometryCollection([Point(1, 1), box(5, 5, 50, 50)]), box(5, 5, 50, 50)),
    ],
)  # fmt: skip
def test_shapes_are_drawn_as_they_are(shape: Any, shown: Any) -> None:
    (found,) = read(drawn([shape])).geometry
    assert found.is_valid
    assert shapely.equals(shapely.normalize(found), shapely.normalize(shown))


def test_what_has_no_place_here_is_not_drawn() -> None:
    away = [
        None,
        shapely.Point(),
        box(9000, 9000, 9100, 9100),
        shapely.LineString([(0, 9000), (9, 9000)]),
    ]
    made = drawn(away)
    assert (made.data, made.features, made.dropped) == (b"", 0, 0)


def test_what_is_smaller_than_a_unit_is_counted() -> None:
    small = [box(5.1, 5.1, 5.3, 5.3), shapely.LineString([(9.1, 9.1), (9.2, 9.2)]), Point(7, 7)]
    made = drawn([*small, box(20, 20, 30, 30)])
    assert (made.features, made.dropped) == (2, 2)


def test_wkb_of_every_kind_is_read_alike() -> None:
    shape = MultiPolygon([box(126.5, 42, 126.6, 42.1) - box(126.52, 42.02, 126.54, 42.04)])
    high = shapely.force_3d(shape, 5)
    texts = [
        shapely.to_wkb(shape, byte_order=1),
        shapely.to_wkb(shape, byte_order=0),
        shapely.to_wkb(shapely.set_srid(shape, 4490), include_srid=True, byte_order=1),
        shapely.to_wkb(high, byte_order=1, flavor="iso"),
        shapely.to_wkb(high, byte_order=1, flavor="extended"),
        b"rubbish",
        shapely.to_wkb(shape, byte_order=1)[:-3],
        None,
    ]
    found = shapes_of(texts, "EPSG:4490")
    assert found.family.tolist() == [3, 3, 3, 3, 3, 0, 0, 0]
    for row in range(1, 5):
        for alone, first in zip(
            found.taken(np.array([row])), found.taken(np.array([0])), strict=True
        ):
            np.testing.assert_array_equal(np.asarray(alone), np.asarray(first))


@pytest.mark.parametrize(
    "numbers", [(-1, 0, 0), (25, 0, 0), (3, 8, 0), (3, 0, 8), (0, 1, 0), (2, -1, 0)]
)
def test_there_is_no_tile_beyond_the_world(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(TileOutsideError):
        Tile(*numbers)


# ------------------------------------------------------------------ against GEOS


def rough(count: int, seed: int = 1) -> Any:
    """Draw ragged areas with holes, from smaller than a unit to larger than a tile."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        centre, reach = rng.uniform(-500, 4600, 2), 10 ** rng.uniform(-0.5, 3.6)
        corners = int(rng.integers(3, 90))
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        ring = (
            centre + np.c_[np.cos(turn), np.sin(turn)] * rng.uniform(0.3, 1, (corners, 1)) * reach
        )
        shape = shapely.make_valid(Polygon(ring)) - Point(centre).buffer(reach * 0.2, 3)
        found.append(
            MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
        )
    return np.array(found, dtype=object)


def test_areas_are_sound_and_where_geos_cuts_them() -> None:
    shapes = rough(400)
    made = drawn(shapes, n=list(range(400)))
    found = read(made)
    geometries = found.geometry.to_numpy()
    assert shapely.is_valid(geometries).all()
    corners = shapely.get_coordinates(geometries)
    assert (corners == np.round(corners)).all()
    wanted = shapely.intersection(shapes[found["n"].astype(int)], FRAME)
    apart = shapely.area(shapely.symmetric_difference(geometries, wanted))
    # No place is off by more than rounding moves it: half a diagonal along the edges.
    assert (apart <= 0.75 * shapely.length(wanted) + 2).all()
    large = shapely.area(wanted) > 2_000
    shared = shapely.area(shapely.intersection(geometries, wanted))
    assert (shared[large] / shapely.area(shapely.union(geometries, wanted))[large]).min() > 0.9
    assert shapely.intersects(shapes, FRAME).sum() == made.features + made.dropped


def test_neighbouring_tiles_meet() -> None:
    shapes = rough(150, seed=2)
    arrays = layer(shapes, n=list(range(150)))
    beside = Tile(TILE.z, TILE.x + 1, TILE.y)
    left = read(draw("a", TILE, [Part(arrays)])).set_index("n").geometry
    right = decoded(draw("a", beside, [Part(arrays)]).data, beside).set_index("n").geometry
    right = right.translate(EXTENT, 0)
    # What both draw, around their common edge.
    seam = box(EXTENT - 60, -60, EXTENT + 60, EXTENT + 60)
    both = left.index.intersection(right.index)
    assert len(both) > 10
    one, other = (side[both].intersection(seam).area for side in (left, right))
    assert (abs(one - other) <= 0.05 * np.maximum(one, other) + 40).all()


def test_the_order_of_rows_does_not_matter() -> None:
    shapes, names = rough(120, seed=3), uids(120)
    there = from_units(shapes, TILE)
    order = np.random.default_rng(4).permutation(120)

    def made(rows: Any) -> bytes:
        arrays = arrays_of(
            [names[n] for n in rows],
            shapes_of_geometries(there[rows], "EPSG:4490"),
            {"n": [int(n) for n in rows]},
        )
        return draw("a", TILE, [Part(arrays)], columns=[]).data

    assert made(np.arange(120)) == made(order)


def test_parts_make_the_same_tile_as_the_whole() -> None:
    shapes = from_units(rough(120, seed=5), TILE)
    names = uids(120)

    def some(rows: Any) -> LayerArrays:
        places = shapes_of_geometries(shapes[rows], "EPSG:4490")
        return arrays_of([names[n] for n in rows], places, {"n": [int(n) for n in rows]})

    whole = some(np.arange(120))
    gone = np.zeros(120, dtype=bool)
    rows = [row for name in names[40:] if (row := whole.row_of(name.encode())) is not None]
    gone[rows] = True
    assert gone.sum() == 80
    parts = [Part(whole, gone), Part(some(np.arange(40, 120)))]
    one, other = draw("a", TILE, [Part(whole)], columns=[]), draw("a", TILE, parts, columns=[])
    assert one == other
    told = decoded(draw("a", TILE, parts).data, TILE)
    wanted = decoded(draw("a", TILE, [Part(whole)]).data, TILE)
    assert told["n"].tolist() == wanted["n"].tolist()


def test_only_what_is_asked_for_is_drawn() -> None:
    shapes = shapes_of_geometries(
        from_units(np.array([Point(n, n) for n in range(4)]), TILE), "EPSG:4490"
    )
    days = [dt.date(2026, 1, 1), None, dt.date(2026, 6, 1), None]
    ends = [dt.date(2026, 6, 1), None, None, dt.date(2026, 1, 1)]
    arrays = arrays_of(uids(4), shapes, {"n": list(range(4))}, valid=(days, ends))

    def seen(day: dt.date) -> set[int]:
        period = Period.of((day, day))
        return set(decoded(draw("a", TILE, [Part(arrays)], period=period).data, TILE)["n"])

    assert seen(dt.date(2026, 5, 31)) == {0, 1}
    assert seen(dt.date(2026, 6, 1)) == {1, 2}
    assert seen(dt.date(2025, 12, 31)) == {1, 3}
    within = draw("a", TILE, [Part(arrays)], within={uids(4)[2].encode()}, columns=["n"])
    found = decoded(within.data, TILE)
    assert found["n"].tolist() == [2]
    assert "uid" not in found


def test_low_levels_stay_small_and_count_what_they_leave_out() -> None:
    rng = np.random.default_rng(6)
    many = 60_000
    centres = rng.uniform((126.4, 42), (126.6, 42.1), (many, 2))
    shapes = shapely.box(*np.hstack([centres, centres + rng.uniform(1e-5, 3e-4, (many, 2))]).T)
    names = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(many)]
    arrays = arrays_of(names, shapes_of_geometries(shapes, "EPSG:4490"), {"n": list(range(many))})
    tile = tile_at(10)
    made = draw("a", tile, [Part(arrays)])
    assert len(made.data) <= LOW_BYTES
    assert not made.has_values
    found = decoded(made.data, tile)
    here = shapely.intersects(in_units(shapes, tile), FRAME).sum()
    assert found["count"].sum() == made.stands_for == here - made.dropped
    assert made.features == len(found) > 5_000
    assert len(made.data) > 0.7 * LOW_BYTES  # and no smaller than it must be
    assert shapely.is_valid(found.geometry.to_numpy()).all()
