"""A store is a GeoPackage at any moment: it validates, and other programs read it."""

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from layers import Store
from layers.kinds import KINDS
from tests.layers.store.files import assert_sound, raw, scalar
from tests.layers.store.town import buildings, degrees, frame, territory, write


def test_an_empty_store_is_sound(path: Path) -> None:
    assert_sound(path)


def test_a_store_stays_sound_through_insert_update_and_delete(store: Store, path: Path) -> None:
    territory(store)
    uids = write(store, "building", frame(buildings((5, 5), (150, 50), (390, 390))))
    write(store, "manhole_cover", frame({"m1": shapely.Point(1, 2), "m2": shapely.Point()}))
    write(store, "wall_surface", frame({"w1": shapely.LineString([(0, 0), (5, 0)]), "w2": None}))
    write(store, "adopter", frame({"a": None}, name="第一中学").drop(columns="geometry"))
    assert_sound(path)

    moved = frame({"b1": shapely.box(300, 300, 310, 310)}).set_axis([uids["b1"]])
    lost = frame({"b2": None}).set_axis([uids["b2"]])
    emptied = frame({"b3": shapely.MultiPolygon()}).set_axis([uids["b3"]])
    for change_of in (moved, lost, emptied):
        with store.change(author="tester", message="move") as change:
            change.update("building", change_of)
        assert_sound(path)
    assert scalar(path, "SELECT count(*) FROM rtree_building_geom") == 1

    with store.change(author="tester", message="found again") as change:
        back = frame({"b2": shapely.box(0, 0, 9, 9)}).set_axis([uids["b2"]])
        change.update("building", back)
    assert scalar(path, "SELECT count(*) FROM rtree_building_geom") == 2
    with store.change(author="tester", message="pull down") as change:
        change.delete("building", [uids["b1"], uids["b3"]])
    assert_sound(path)
    assert scalar(path, "SELECT count(*) FROM rtree_building_geom") == 1


def test_extents_hold_everything_and_hardly_more(store: Store, path: Path) -> None:
    write(store, "building", frame(buildings((0, 0), (900, 500))))
    west, south, east, north = store.read("building").total_bounds
    with raw(path) as connection:
        extent = connection.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'building'"
        ).fetchone()
    assert shapely.box(*extent).covers(shapely.box(west, south, east, north))
    # The R*Tree, from which the extent is taken, rounds outwards to 32 bits.
    assert extent == pytest.approx((west, south, east, north), abs=2e-5)


def test_an_emptied_layer_has_no_extent(store: Store, path: Path) -> None:
    uids = write(store, "building", frame(buildings((0, 0))))
    with store.change(author="tester", message="pull down") as change:
        change.delete("building", uids.values())
    assert scalar(path, "SELECT min_x FROM gpkg_contents WHERE table_name = 'building'") is None
    assert_sound(path)


def test_gdal_lists_every_kind_with_its_type_and_count(store: Store, path: Path) -> None:
    territory(store)
    types = dict(pyogrio.list_layers(path).tolist())
    assert set(KINDS) <= set(types)
    assert types["manhole_cover"] == "Point"
    assert types["building"] == "MultiPolygon"
    assert types["road"] == "MultiLineString"
    assert types["wall_surface"] == "Unknown"
    assert types["adoption"] is None
    grids = pyogrio.read_info(path, layer="grid")
    assert grids["features"] == 16
    assert grids["crs"] == "EPSG:4490"


def test_a_count_that_another_program_remembered_is_put_right_by_the_next_change(
    store: Store, path: Path
) -> None:
    write(store, "building", frame(buildings((50, 50), (150, 50))))
    stale = "UPDATE gpkg_ogr_contents SET feature_count = 9 WHERE table_name = 'building'"
    for edit in (None, "DELETE FROM building WHERE fid = 1"):
        with raw(path) as connection:
            connection.execute(stale)
            if edit is not None:
                connection.execute(edit)
        if edit is None:
            write(store, "building", frame(buildings((250, 50))))
        assert store.count("building") == (3 if edit is None else 2)
        assert_sound(path)


def test_gdal_reads_what_the_store_gives(store: Store, path: Path) -> None:
    uids = write(
        store,
        "building",
        frame(buildings((0, 0), (20, 0)), name=["一号楼", None], floors=[6, None]),
    )
    ours = store.read("building")
    theirs = gpd.read_file(path, layer="building").set_index("uid").loc[ours.index]
    assert theirs.geometry.geom_equals_exact(ours.geometry, 0).all()
    assert theirs.loc[uids["b1"], ["name", "floors"]].tolist() == ["一号楼", 6]
    assert theirs.loc[uids["b2"], ["name", "floors"]].isna().all()


def test_axis_order_is_east_north_whatever_the_authority_says(store: Store, path: Path) -> None:
    """EPSG:4490 is declared latitude first; a GeoPackage keeps longitude first."""
    write(store, "place_name", frame({"p": shapely.Point(0, 0)}))
    (point,) = gpd.read_file(path, layer="place_name").geometry
    assert (point.x, point.y) == pytest.approx((126, 41.98), abs=0.02)
    assert point.equals_exact(degrees([shapely.Point(0, 0)])[0], 0)


def test_every_column_is_visible_to_gdal(path: Path) -> None:
    for kind in KINDS.values():
        seen = set(pyogrio.read_info(path, layer=kind.key)["fields"])
        assert {"uid", *(field.key for field in kind.fields)} == seen
