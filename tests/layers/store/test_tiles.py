"""Tiles of a store: in step with every write, by whatever way they are drawn, on either backend."""

import gzip
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from bench.polygons import random_buildings
from layers import Store
from layers.store import Scope
from layers.tiles import PackedTile, Tile, TileQuestion, TileSource, keeping
from layers.tiles.source import packed
from tests.layers.tiles.decoding import decoded, tile_at

MANY = 1_500
TILE = tile_at(11)


@pytest.fixture
def filled(store: Store) -> Store:
    with store.change(author="a", message="many") as change:
        change.insert("building", random_buildings(MANY))
    return store


@pytest.fixture
def source(filled: Store) -> Iterator[TileSource]:
    source = TileSource(filled)
    yield source
    source.close()


def read(found: PackedTile, tile: Tile = TILE) -> Any:
    frame = decoded(gzip.decompress(found.packed), tile)
    return frame.sort_values("uid").reset_index(drop=True)


def asked(tile: Tile = TILE, **more: Any) -> TileQuestion:
    return TileQuestion(kind="building", tile=tile, **more)


def same(one: Any, other: Any) -> None:
    assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))
    assert shapely.equals(one.geometry.to_numpy(), other.geometry.to_numpy()).all()


@pytest.mark.both_backends
def test_a_tile_is_the_same_from_a_window_a_layer_and_beside_it(
    filled: Store, source: TileSource
) -> None:
    window = read(source.tile(asked()))
    source.settle()
    kept = TileSource.tile(source, asked(columns=("code", "name", "use", "floors", "households")))
    assert len(read(kept)) == len(window) > 100
    buildings = filled.read("building")
    codes = buildings["code"].loc[window["uid"][:30]]
    with filled.change(author="a", message="some") as change:
        moved = buildings.loc[codes.index[:10]].copy()
        moved.geometry = moved.translate(0.001, 0)
        change.update("building", moved)
        change.delete("building", codes.index[10:20])
        change.insert("building", random_buildings(5, seed=3).assign(code=list("abcde")))
    beside = read(source.tile(asked()))
    assert not set(codes.index[10:20]) & set(beside["uid"])
    fresh = TileSource(filled)
    same(beside, read(fresh.tile(asked())))
    fresh.settle()
    again = Tile(TILE.z, TILE.x, TILE.y)
    same(beside, read(fresh.tile(asked(again))))
    filled.undo(filled.changeset_at(), author="a")
    same(window, read(source.tile(asked())))
    same(beside, read(source.tile(asked(as_of=2))))
    same(window, read(fresh.tile(asked(as_of=1))))
    fresh.close()


def test_more_than_can_stand_beside_makes_another_base(
    filled: Store, source: TileSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_TOUCHED", 10)
    source.tile(asked())
    source.settle()
    buildings = filled.read("building", columns=["name"])
    with filled.change(author="a", message="all renamed") as change:
        change.update("building", buildings.assign(name="x").drop(columns="geometry"))
    found = read(source.tile(asked()))
    assert set(found["name"]) == {"x"}
    source.settle()
    same(found, read(source.tile(asked(valid=(None, None)))))


def test_a_tile_that_nothing_touched_is_not_drawn_again(filled: Store, source: TileSource) -> None:
    first = source.tile(asked())
    with filled.change(author="a", message="elsewhere") as change:
        change.insert("place_name", random_buildings(0)[["code", "name", "geometry"]])
    assert source.tile(asked()) is first


def test_a_write_elsewhere_leaves_a_tile_as_it_is(filled: Store, source: TileSource) -> None:
    buildings = filled.read("building", columns=["name"])
    source.tile(asked())
    source.settle()
    # The tile of half the side that has the fewest buildings, and one that is next to it.
    quarters = [Tile(TILE.z + 1, 2 * TILE.x + n % 2, 2 * TILE.y + n // 2) for n in range(4)]
    before = {tile: source.tile(asked(tile)) for tile in quarters}
    within = {tile: set(read(found, tile)["uid"]) for tile, found in before.items()}
    here, *others = (tile for tile in quarters if within[tile])
    there = next(tile for tile in others if within[tile] - within[here])
    uid = min(within[here].difference(*(within[tile] for tile in others)))
    with filled.change(author="a", message="a name") as change:
        change.update("building", buildings.loc[[uid]].assign(name="y").drop(columns="geometry"))
    assert source.tile(asked(there)) is before[there]
    assert source.tile(asked(here)) is not before[here]
    at = buildings.loc[[min(within[there] - within[here])]].geometry.to_numpy()
    moved = buildings.loc[[uid]].assign(geometry=at)
    with filled.change(author="a", message="over there") as change:
        change.update("building", moved)
    assert uid in set(read(source.tile(asked(there)), there)["uid"])
    assert uid not in set(read(source.tile(asked(here)), here)["uid"])


def test_whatever_is_written_tiles_are_those_of_who_never_looked_before(
    filled: Store, source: TileSource
) -> None:
    """Edits at random, looked at from near and far; each state against one that is read anew."""
    rng = np.random.default_rng(5)
    tiles = [TILE, *(Tile(13, TILE.x * 4 + x, TILE.y * 4 + y) for x in range(4) for y in range(4))]
    source.tile(asked())
    source.settle()
    made: list[PackedTile] = []
    given = 0
    for turn in range(12):
        buildings = filled.read("building", columns=["name"])
        some = buildings.iloc[rng.permutation(len(buildings))[:6]]
        with filled.change(author="a", message=f"turn {turn}") as change:
            change.update("building", some.iloc[:2].assign(name=f"{turn}号")[["name"]])
            change.update("building", some.iloc[2:4].assign(geometry=some.translate(0.01, 0.005)))
            change.delete("building", some.index[4:])
            new = random_buildings(2, seed=turn).assign(code=[f"n{turn}", f"m{turn}"])
            change.insert("building", new)
        if turn == 5:
            filled.undo(filled.changeset_at(), author="a")
        looked = [tile for tile in tiles if rng.random() < 0.7]
        fresh = TileSource(filled)
        fresh.tile(asked())
        fresh.settle()
        for tile in looked:
            found, anew = source.tile(asked(tile)), fresh.tile(asked(tile))
            assert found.drawn == anew.drawn
            if not anew.is_empty:
                same(read(found, tile), read(anew, tile))
            given += any(found is each for each in made)
            made.append(found)
        fresh.close()
    assert given > 20  # of tiles where nothing was touched


def test_a_store_in_metres_is_drawn_alike(filled: Store) -> None:
    from layers.tiles.arrays import arrays_of
    from layers.tiles.encoder import Part, draw
    from layers.tiles.shapes import shapes_of_geometries

    buildings = filled.read("building", columns=["code"])
    tiles = []
    for crs in ("EPSG:4490", "EPSG:4551"):
        shapes = shapes_of_geometries(buildings.geometry.to_crs(crs).to_numpy(), crs)
        arrays = arrays_of(list(buildings.index), shapes, {"code": buildings["code"].tolist()})
        tiles.append(read(packed(draw("building", TILE, [Part(arrays)]))))
    assert tiles[0]["uid"].tolist() == tiles[1]["uid"].tolist()
    apart = shapely.hausdorff_distance(*(each.geometry.to_numpy() for each in tiles))
    assert apart.max() <= 1.5


def test_a_tile_holds_what_postgis_draws(database: str, filled: Store) -> None:
    """Plain ST_AsMVT on the same table has the same features, at the same places."""
    statement = """
        SELECT ST_AsMVT(q, 'building', 4096, 'shape') FROM (
            SELECT uid::text AS uid, code, ST_AsMVTGeom(ST_Transform(geom, 3857),
                ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64) AS shape
            FROM building
            WHERE geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.016), 4490)
        ) q WHERE shape IS NOT NULL"""
    source = TileSource(filled)
    for z in (11, 13):
        tile = tile_at(z)
        with psycopg.connect(database.replace("+psycopg", "")) as connection:
            numbers = {"z": z, "x": tile.x, "y": tile.y}
            (data,) = connection.execute(statement, numbers).fetchone() or (b"",)
        theirs = decoded(data, tile).set_index("uid")
        ours = read(source.tile(asked(tile)), tile).set_index("uid")
        # They leave out what has less than a pixel's area, we what has less than a unit's.
        assert set(theirs.index) <= set(ours.index)
        assert len(ours) - len(theirs) <= 0.02 * len(ours)
        one, other = (side.loc[theirs.index].geometry.to_numpy() for side in (ours, theirs))
        shared = shapely.area(shapely.intersection(one, other)) / shapely.area(
            shapely.union(one, other)
        )
        assert np.median(shared) > 0.9
        assert (ours.loc[theirs.index, "code"] == theirs["code"]).all()
    source.close()


def test_scopes_at_random_show_what_reading_shows(filled: Store, source: TileSource) -> None:
    west, south, east, north = 126.2, 41.8, 126.8, 42.3
    edges = np.linspace(west, east, 5)
    import geopandas as gpd

    cells = gpd.GeoDataFrame(
        {"code": [f"G{n}" for n in range(4)], "name": list("abcd")},
        geometry=[
            shapely.multipolygons([shapely.box(edges[n], south, edges[n + 1], north)])
            for n in range(4)
        ],
        crs="EPSG:4490",
    )
    with filled.change(author="a", message="grids") as change:
        change.insert("grid", cells)
    grids = filled.read("grid").index.tolist()
    rng = np.random.default_rng(8)
    for _ in range(6):
        chosen = frozenset(rng.choice(grids, size=int(rng.integers(0, 4)), replace=False))
        scope = Scope(units=chosen, without_counts=bool(rng.integers(2)))
        tile = tile_at(int(rng.integers(9, 12)))
        found = source.tile(asked(tile), scope=scope)
        told = set() if found.is_empty else set(read(found, tile)["uid"])
        everything = read(source.tile(asked(tile)), tile)
        mine = set(filled.read("building", columns=[], scope=scope).index)
        assert told == mine & set(everything["uid"])
        if told:
            assert ("households" in read(found, tile)) != scope.without_counts


def test_uids_of_any_form_have_numbers(filled: Store) -> None:
    from layers.tiles.arrays import LayerArrays, arrays_of
    from layers.tiles.shapes import shapes_of_geometries

    def made(uids: list[str]) -> LayerArrays:
        places = np.array([shapely.Point(126.5, 42.05)] * len(uids), dtype=object)
        return arrays_of(uids, shapes_of_geometries(places, "EPSG:4490"), {})

    usual = str(uuid.uuid4())
    mixed, alone = made([usual, "odd"]), made([usual])
    number = int(usual.replace("-", "")[:13], 16)
    assert alone.identifiers.tolist() == [number]
    assert number in mixed.identifiers.tolist()
    longer = made([usual, "odd", usual + "x", usual.upper()])
    assert number in longer.identifiers.tolist()
    for each in (mixed, alone, longer):
        for row, uid in enumerate(each.uids.tolist()):
            assert each.row_of(uid) == row
        assert each.row_of(b"nobody") is None
