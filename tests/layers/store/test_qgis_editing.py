"""QGIS edits a store, on either backend; nothing of it is lost and everything derived follows."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import shapely

from layers import Store, open_store
from layers.checking import check_store
from layers.kinds import KINDS
from layers.store import DIRECT
from tests import desktop
from tests.layers.store.files import problems, scalar
from tests.layers.store.town import buildings, degrees, frame, territory, write
from tests.serving import fetch, served

pytestmark = pytest.mark.both_backends

Sound = Callable[[], None]


def wkt(shape: shapely.Geometry) -> str:
    """Write in degrees a shape that is drawn in metres."""
    (moved,) = degrees([shape])
    return str(moved.wkt)


def area(x: float, y: float, size: float = 10) -> str:
    """Draw a square at its south-west corner, as an area of one part."""
    return wkt(shapely.multipolygons([shapely.box(x, y, x + size, y + size)]))


def test_what_qgis_shows_of_a_store(store: Store, place: str | Path) -> None:
    write(store, "building", frame(buildings((5, 5), (105, 5))))
    with desktop.opened(place, "building") as desk:
        shown = desk("describe")
        tables = desk("tables", "" if isinstance(place, Path) else "public")
    assert (shown["crs"], shown["geometry"], shown["count"]) == ("EPSG:4490", "MultiPolygon", 2)
    assert "楼栋" in shown["about"]
    types = shown["fields"]
    assert {types[name] for name in ("uid", "code", "note")} == {"QString"}
    assert (types["floors"], types["households_estimated"]) == ("qlonglong", "bool")
    assert types["valid_from"] == "QDate"
    assert tables["building"] == "MultiPolygon"
    assert tables["manhole_cover"] == "Point"
    assert tables["adopter"] in {"NoGeometry", ""}
    assert set(KINDS) <= set(tables)


def test_edits_are_served_with_the_next_response(
    store: Store, place: str | Path, sound: Sound, tmp_path: Path
) -> None:
    units = territory(store)
    uids = write(store, "building", frame(buildings((5, 5), (105, 5), (205, 5)), floors=2))
    before = store.read("building")
    with (
        served("serve", "--store", place, "--lang", "en", cwd=tmp_path) as (url, _),
        desktop.opened(place, "building") as desk,
    ):
        assert "鹤舞楼" not in fetch(f"{url}maps/layers")
        assert desk("start")
        assert desk("draw", area(350, 350), {"code": "q1", "name": "鹤舞楼", "floors": 18})
        assert desk("calculate", "b1", "floors", 9)
        assert desk("reshape", "b2", area(305, 5))
        assert desk("delete", "b3")
        assert desk("save") == []
        assert "鹤舞楼" in fetch(f"{url}maps/layers")
        now = store.read("building")
        assert {row["uid"] for row in desk("rows")} == set(now.index)
    (new,) = set(now.index) - set(uids.values())
    assert set(now["code"]) == {"b1", "b2", "q1"}
    assert now.loc[new, ["name", "floors"]].tolist() == ["鹤舞楼", 18]
    assert now.loc[uids["b1"], "floors"] == 9
    where = store.territory("building")["grid"]
    assert where[[new, uids["b1"], uids["b2"]]].tolist() == [
        units[g] for g in ("g33", "g00", "g30")
    ]
    edits = [each for each in store.changesets() if each.author == DIRECT]
    assert [each.changes for each in edits] == [
        {"building": {"insert": 1, "update": 2, "delete": 1}}
    ]
    assert store.revision("building") == edits[-1].id
    pd.testing.assert_frame_equal(store.read("building", as_of=2), before)
    sound()


def test_the_service_writes_while_somebody_is_editing(
    store: Store, place: str | Path, sound: Sound
) -> None:
    write(store, "building", frame(buildings((5, 5), (105, 5)), floors=2))
    with desktop.opened(place, "building") as desk:
        assert desk("start")
        assert desk("calculate", "b1", "floors", 9)
        with store.change(author="tester", message="meanwhile") as change:
            change.insert("building", frame({"m": shapely.box(50, 50, 60, 60)}))
            change.update("building", store.read("building", where="code = 'b2'").assign(floors=5))
        assert desk("save") == []
        assert desk("start")
        assert desk("calculate", "m", "floors", 3)
        assert desk("save") == []
    assert store.read("building").set_index("code")["floors"].to_dict() == {
        "b1": 9, "b2": 5, "m": 3,
    }  # fmt: skip
    assert [each.author for each in store.changesets()] == ["tester", "tester", DIRECT]
    sound()


def test_a_form_with_empty_fields_chinese_dates_and_flags(
    store: Store, place: str | Path, sound: Sound
) -> None:
    told = {"floors": 6, "name": "旧", "note": "要清空", "households": 12}
    write(store, "building", frame(buildings((5, 5)), **told))
    with desktop.opened(place, "building") as desk:
        assert desk("start")
        changed = {
            "name": "浑江区红旗街“1号”楼", "note": None, "households": None,
            "surveyed_on": "2026-02-28", "households_estimated": True,
        }  # fmt: skip
        assert desk("fill_in", "b1", changed)
        filled = {"code": "q1", "valid_from": "2025-01-01", "households_estimated": False}
        assert desk("draw", area(50, 50), filled)
        assert desk("draw", None, {"code": "待定位"})
        assert desk("save") == []
    found = store.read("building").set_index("code")
    assert found.loc["b1", "name"] == "浑江区红旗街“1号”楼"
    assert found.loc["b1", ["note", "households"]].isna().all()
    assert found.loc["b1", "floors"] == 6
    assert found.loc["b1", "surveyed_on"] == dt.date(2026, 2, 28)
    assert found.loc["b1", "households_estimated"]
    assert not found.loc["q1", "households_estimated"]
    assert found.loc["q1", "valid_from"] == dt.date(2025, 1, 1)
    assert found.loc["q1", ["name", "floors", "note", "valid_to"]].isna().all()
    assert found.loc["待定位"].geometry is None
    sound()


def test_a_moment_in_a_form(store: Store, place: str | Path, sound: Sound) -> None:
    """QGIS 3.22 leaves the Z out in a GeoPackage, which the validator and `check` both name."""
    with desktop.opened(place, "grid_event") as desk:
        assert desk("start")
        told = {"code": "e1", "state": "reported", "reported_at": "2026-05-01T07:30:00Z"}
        assert desk("draw", wkt(shapely.Point(50, 50)), told)
        assert desk("save") == []
    (found,) = store.read("grid_event")["reported_at"]
    assert found == dt.datetime(2026, 5, 1, 7, 30, tzinfo=dt.UTC)
    if isinstance(place, Path):
        (complaint,) = problems(place)
        assert "not a valid DATETIME" in str(complaint)
        assert [each.code for each in check_store(store).findings] == ["moment_without_zone"]
    else:
        sound()


def test_parts_are_added_and_drawn_anew(store: Store, place: str | Path, sound: Sound) -> None:
    write(store, "green_space", frame(buildings((5, 5), (105, 5))))
    with desktop.opened(place, "green_space") as desk:
        assert desk("start")
        assert desk("add_part", "b1", area(50, 50))
        assert desk("save") == []
        assert len(store.read("green_space").set_index("code").geometry["b1"].geoms) == 2
        assert desk("start")
        assert desk("reshape", "b1", area(50, 50, 20))
        # An editor draws single parts; QGIS makes them what the layer holds.
        assert desk("draw", wkt(shapely.box(5, 50, 15, 60)), {"code": "single"})
        assert desk("save") == []
    found = store.read("green_space").set_index("code").geometry
    assert set(found.geom_type) == {"MultiPolygon"}
    assert len(found["b1"].geoms) == 1
    as_drawn = shapely.from_wkt(area(50, 50, 20))
    assert found["b1"].symmetric_difference(as_drawn).area < 1e-12
    assert [each.author for each in store.changesets()] == ["tester", DIRECT, DIRECT]
    sound()


def test_a_register_without_places(store: Store, place: str | Path, sound: Sound) -> None:
    write(store, "adopter", frame({"a": None, "b": None}, name="班"))
    with desktop.opened(place, "adopter", geometry=False) as desk:
        assert desk("describe")["geometry"] == "NoGeometry"
        assert desk("start")
        assert desk("draw", None, {"code": "c", "name": "家庭"})
        assert desk("fill_in", "a", {"name": "三年二班"})
        assert desk("delete", "b")
        assert desk("save") == []
    assert store.read("adopter").set_index("code")["name"].to_dict() == {
        "a": "三年二班", "c": "家庭",
    }  # fmt: skip
    assert store.changesets()[-1].changes == {"adopter": {"insert": 1, "update": 1, "delete": 1}}
    sound()


def test_an_edit_of_a_unit_moves_what_lies_in_it(
    store: Store, place: str | Path, sound: Sound
) -> None:
    units = territory(store)
    (uid,) = write(store, "building", frame(buildings((105, 5)))).values()
    with desktop.opened(place, "grid") as desk:
        assert desk("start")
        assert desk("delete", "g10")
        assert desk("reshape", "g00", wkt(shapely.multipolygons([shapely.box(0, 0, 200, 100)])))
        assert desk("save") == []
    assert store.territory("building").loc[uid, "grid"] == units["g00"]
    assert store.territory("building", as_of=2).loc[uid, "grid"] == units["g10"]
    sound()


def test_the_identity_cannot_be_changed_in_a_form(
    store: Store, place: str | Path, sound: Sound
) -> None:
    before = write(store, "building", frame(buildings((5, 5))))
    with desktop.opened(place, "building") as desk:
        assert desk("start")
        assert desk("calculate", "b1", "uid", "another")
        (complaint, *_) = [text for text in desk("save") if "identity" in text]
        assert complaint
    assert store.read("building").index.tolist() == list(before.values())
    sound()


def test_the_log_is_taken_up_again_after_qgis_was_the_last_to_close(
    store: Store, path: Path, sound: Sound
) -> None:
    write(store, "building", frame(buildings((5, 5)), floors=1))
    store.close()
    with desktop.opened(path, "building") as desk:
        assert desk("start")
        assert desk("calculate", "b1", "floors", 2)
        assert desk("save") == []
    assert scalar(path, "PRAGMA journal_mode") == "delete"
    again = open_store(path)
    assert again.read("building")["floors"].tolist() == [2]
    assert scalar(path, "PRAGMA journal_mode") == "wal"
    write(again, "building", frame({"new": shapely.box(50, 50, 60, 60)}))
    again.close()
    sound()


@pytest.mark.parametrize("last", ["qgis", "service"])
def test_whoever_closes_last_leaves_a_sound_file(
    store: Store, path: Path, sound: Sound, last: str
) -> None:
    write(store, "building", frame(buildings((5, 5)), floors=1))
    with desktop.opened(path, "building") as desk:
        assert desk("start")
        assert desk("calculate", "b1", "floors", 2)
        assert desk("save") == []
        if last == "qgis":
            store.close()
    assert store.read("building")["floors"].tolist() == [2]
    store.close()
    sound()
