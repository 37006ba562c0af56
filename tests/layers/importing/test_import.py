"""Whole imports into a store: what is written, what is refused, what is said."""

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely import Point

from layers import Cause, Store
from layers.errors import LayerChangedError, UnknownKindError
from layers.importing import (
    ImportOptions,
    Mapping,
    apply_plan,
    import_file,
    plan_import,
)
from tests.layers.importing.survey import BY_ID, Import, Save, squares, values


def test_origins_are_kept(take: Import, save: Save, store: Store) -> None:
    frame = squares(3, id=["a", None, "c"])
    path = save(frame)
    report = take("green_space", path, mapping=BY_ID)
    found = store.read("green_space")
    origins = store.origins(list(found.index)).sort_values("row_number")
    assert origins["row_number"].tolist() == [1, 3]
    assert set(origins["file_name"]) == {"survey.gpkg"}, "the name, not the folder"
    assert (
        set(origins["file_sha256"])
        == {hashlib.sha256(path.read_bytes()).hexdigest()}
        == {report.sha256}
    )
    assert set(origins["datum"]) == {"WGS84"}
    assert shapely.from_wkb(origins["original_wkb"].iloc[0]).equals(frame.geometry[0])


def test_original_coordinates_are_those_of_the_file(take: Import, save: Save, store: Store) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(126.5, 42)], crs=4326).to_crs(4551)
    take("manhole_cover", save(frame), datum="EPSG:4551")
    (wkb,) = store.origins(list(store.read("manhole_cover").index))["original_wkb"]
    assert shapely.from_wkb(wkb).equals(frame.geometry[0])


def test_the_filter(take: Import, save: Save, store: Store) -> None:
    frame = squares(4, name=["a", "b", "c", "d"], n=[1, 2, 3, 4])
    frame.loc[3, "geometry"] = None
    report = take("green_space", save(frame), mapping=Mapping(where="n IN (2, 4)"))
    assert (report.read, report.filtered_out, report.added, report.rejected) == (4, 2, 1, 1)
    assert report.problems[0].row == 4, "rows keep the numbers that they have in the file"
    assert store.read("green_space")["name"].tolist() == ["b"]


def test_a_filter_that_leaves_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(2, n=[1, 2])), mapping=Mapping(where="n > 5"))
    assert (report.filtered_out, report.changeset) == (2, None)
    assert store.changesets() == []


def test_one_changeset_an_import(take: Import, save: Save, store: Store) -> None:
    report = take(
        "green_space",
        save(squares(3)),
        author="lin",
        message="spring survey",
        cause=Cause.CORRECTION,
    )
    (changeset,) = store.changesets()
    assert report.changeset == changeset.id == 1
    assert (changeset.author, changeset.message, changeset.source) == (
        "lin",
        "spring survey",
        "survey.gpkg",
    )
    assert changeset.cause is Cause.CORRECTION
    assert changeset.changes == {"green_space": {"insert": 3}}


def test_dry_run_writes_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(3)), dry_run=True)
    assert (report.added, report.changeset, report.written) == (3, None, False)
    assert store.count("green_space") == 0
    assert store.changesets() == []


def test_strict_writes_all_or_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(2, access=["public", "?"])), strict=True)
    assert (report.refused, report.rejected, report.warned) == (True, 0, 1)
    assert report.changeset is None
    holed = squares(2)
    holed.loc[1, "geometry"] = None
    report = take("green_space", save(holed, "b.gpkg"), strict=True)
    assert (report.refused, report.rejected, report.changeset) == (True, 1, None)
    assert store.count("green_space") == 0
    good = save(squares(2, access=["public", "private"]), "c.gpkg")
    report = take("green_space", good, strict=True)
    assert (report.refused, report.added) == (False, 2)


def test_undeclared_columns_are_not_stored(
    take: Import, save: Save, store: Store, tmp_path: Path
) -> None:
    report = take("green_space", save(squares(1, name=["a"], holder=["SECRET-PERSON"])))
    assert report.not_stored == ("holder",)
    store.close()
    for part in tmp_path.glob("city.gpkg*"):
        assert b"SECRET-PERSON" not in part.read_bytes()


def test_a_layer_that_changed_meanwhile(take: Import, save: Save, store: Store) -> None:
    options = ImportOptions(datum="WGS84", mapping=BY_ID)
    plan = plan_import(store, "green_space", save(squares(1, id=["a"])), options)
    take("green_space", save(squares(1, id=["b"]), "b.gpkg"), mapping=BY_ID)
    with pytest.raises(LayerChangedError):
        apply_plan(store, plan, options)
    assert values(store, "green_space", "code") == ["b"]


def test_an_unknown_kind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError):
        import_file(store, "green_spce", tmp_path / "a.gpkg")


def test_a_kind_without_places(take: Import, tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.csv").write_text(
        "code,adopter_kind,org\nA1,department,林业局\n", encoding="utf-8"
    )
    assert take("adopter", tmp_path / "a.csv", datum=None).added == 1
    assert values(store, "adopter", "org") == ["林业局"]


def test_the_report_as_json(take: Import, save: Save) -> None:
    take(
        "green_space", save(squares(2, id=["a", "b"], valid_from=["2024-01-01"] * 2)), mapping=BY_ID
    )
    frame = squares(3, id=["a", "b", None], valid_from=["2024-02-01", "?", "2024-01-01"])
    report = take("green_space", save(frame, "b.gpkg"), mapping=BY_ID)
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["changes"][0]["fields"] == {"valid_from": ["2024-01-01", "2024-02-01"]}
    assert plain["columns"]["code"] == {"columns": ["id"], "how": "key"}
    assert plain["problems"] == [
        {
            "row": 2, "field": "valid_from", "code": "not_a_date", "severity": "warning",
            "values": {"found": "?"}, "remedy": "not_a_date_remedy",
        },
        {
            "row": 3, "field": "code", "code": "key_missing", "severity": "error",
            "values": {"columns": ["id"]}, "remedy": "key_missing_remedy",
        },
    ]  # fmt: skip
    assert plain["warned"] == 1
    assert plain["read"] == plain["changed"] + plain["unchanged"] + plain["rejected"] == 3


def test_row_order_does_not_matter(take: Import, save: Save, store: Store) -> None:
    frame = squares(20, id=[f"k{i}" for i in range(20)], floors=list(range(20)))
    take("building", save(frame), mapping=BY_ID)
    shuffled = frame.sample(frac=1, random_state=7, ignore_index=True)
    assert take("building", save(shuffled, "b.gpkg"), mapping=BY_ID).unchanged == 20
