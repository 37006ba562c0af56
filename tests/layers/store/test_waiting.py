"""Rows of words: kept, listed with what they name, and placed by an edited list."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from shapely import box
from shapely.geometry import mapping

from layers import Store
from layers.importing import ImportOptions, ImportReport, import_file
from layers.importing.errors import (
    DatumNotDeclaredError,
    MappingColumnError,
    SourceWithoutPlacesError,
)
from layers.locating import pending, plan_placing, write_pending, write_placing
from tests.layers.store.town import STORAGE_CRS, degrees, frame, territory, write

LEDGER = """编号,位置,经度,纬度
J1,滨河小区三号楼东侧,,
J2,,126.0001,41.9865
J3,,,
J4,北山小区,,
J5,不知道哪里,,
J6,g12,,
"""


@pytest.fixture
def town(store: Store) -> Store:
    """Give a divided town with two compounds of one name, and another with a third building."""
    territory(store)
    drawn = {"k1": box(0, 0, 90, 90), "k2": box(210, 0, 290, 90), "k3": box(310, 0, 390, 90)}
    write(store, "compound", frame(drawn, name=["滨河小区", "北山小区", "北山小区"]))
    home = frame({"b3": box(10, 10, 30, 30)}, name="3号", compound_code="k1")
    write(store, "building", home)
    return store


def taken(
    store: Store, tmp_path: Path, text: str = LEDGER, kind: str = "manhole_cover"
) -> ImportReport:
    path = tmp_path / "ledger.csv"
    path.write_text(text, encoding="utf-8")
    return import_file(store, kind, path, ImportOptions(datum="CGCS2000", author="tester"))


def by_code(store: Store, kind: str = "manhole_cover") -> dict[str, "pd.Series[Any]"]:
    rows = pending(store, kind).rows
    return {str(row["code"]): row for _, row in rows.iterrows()}


def test_rows_of_words_are_kept_and_those_without_any_are_not(town: Store, tmp_path: Path) -> None:
    report = taken(town, tmp_path)
    assert (report.read, report.added, report.rejected) == (6, 5, 1)
    assert [(each.row, each.code) for each in report.problems] == [(4, "geometry_missing")]
    assert report.notes["without_geometry"] == 4


def test_a_file_of_words_only_is_taken(town: Store, tmp_path: Path) -> None:
    report = taken(town, tmp_path, "编号,位置\nL1,北山小区3号楼前\n", "bare_land")
    assert report.added == 1
    with pytest.raises(SourceWithoutPlacesError):
        taken(town, tmp_path, "编号,备注\nL2,北山小区\n", "bare_land")
    with pytest.raises(SourceWithoutPlacesError):
        taken(town, tmp_path, "编号,名称\nG1,公园\n", "green_space")


def test_the_list_says_what_the_words_name(town: Store, tmp_path: Path) -> None:
    taken(town, tmp_path)
    found = by_code(town)
    assert sorted(found) == ["J1", "J4", "J5", "J6"]
    assert (found["J1"]["how"], found["J1"]["proposal"], found["J1"]["proposal_kind"]) == (
        "within",
        "3号",
        "building",
    )
    assert found["J1"]["confidence"] == pytest.approx(0.78)
    assert found["J4"]["how"] == "ambiguous"
    assert pd.isna(found["J4"]["proposal_uid"])
    assert found["J5"]["how"] == "nothing"
    assert (found["J6"]["proposal_kind"], found["J6"]["proposal"]) == ("grid", "g12")


def test_units_tell_equal_names_apart(town: Store) -> None:
    write(
        town,
        "bare_land",
        frame({"L1": None, "L2": None}, location="北山小区", grid_code=["g20", None]),
    )
    found = by_code(town, "bare_land")
    assert found["L1"]["proposal_kind"] == "compound"
    assert found["L2"]["how"] == "ambiguous"


def filled(path: Path, cells: dict[tuple[str, str], object]) -> None:
    """Fill cells of the list by code and heading, as somebody would in a spreadsheet."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        for (code, heading), value in cells.items():
            if row[heads["编码"] - 1].value == code:
                sheet.cell(row=row[0].row, column=heads[heading], value=value)
    book.save(path)


def test_an_edited_workbook_brings_places_back(town: Store, tmp_path: Path) -> None:
    taken(town, tmp_path)
    path = tmp_path / "waiting.xlsx"
    assert write_pending(pending(town, "manhole_cover"), path).rows == 4
    filled(
        path,
        {
            ("J1", "采用建议位置"): "是",
            ("J4", "经度"): 126.002,
            ("J4", "纬度"): 41.9866,
            ("J5", "采用建议位置"): "是",
        },
    )
    plan = plan_placing(town, "manhole_cover", path, datum="CGCS2000")
    assert (plan.read, len(plan.places), plan.accepted, plan.waiting, plan.rejected) == (
        4,
        2,
        1,
        1,
        1,
    )
    assert [problem.code for problem in plan.problems] == ["proposal_missing"]
    assert write_placing(town, plan, author="tester") is not None
    placed = town.read("manhole_cover").set_index("code")
    home = town.read("building").geometry.iloc[0]
    assert home.covers(placed.geometry["J1"])
    assert (placed.geometry["J4"].x, placed.geometry["J4"].y) == (126.002, 41.9866)
    assert placed.loc["J1", "location"] == "滨河小区三号楼东侧"
    assert sorted(by_code(town)) == ["J5", "J6"]
    again = plan_placing(town, "manhole_cover", path, datum="CGCS2000")
    assert sorted(problem.code for problem in again.problems) == [
        "feature_has_place",
        "feature_has_place",
        "proposal_missing",
    ]
    assert write_placing(town, again, author="tester") is None


def test_positions_need_a_datum_and_proposals_do_not(town: Store, tmp_path: Path) -> None:
    taken(town, tmp_path)
    path = tmp_path / "waiting.xlsx"
    write_pending(pending(town, "manhole_cover"), path)
    filled(path, {("J1", "采用建议位置"): "是"})
    assert plan_placing(town, "manhole_cover", path).accepted == 1
    filled(path, {("J4", "经度"): 126.002, ("J4", "纬度"): 41.9866})
    with pytest.raises(DatumNotDeclaredError):
        plan_placing(town, "manhole_cover", path)


def test_areas_come_back_as_geojson_and_never_as_a_point(town: Store, tmp_path: Path) -> None:
    uids = write(town, "bare_land", frame({"L1": None, "L2": None}, location="滨河小区"))
    shape = degrees([box(5, 5, 15, 15)]).to_crs(STORAGE_CRS).iloc[0]
    features = [
        {"type": "Feature", "properties": {"uid": uids["L1"]}, "geometry": mapping(shape)},
        {"type": "Feature", "properties": {"uid": uids["L2"], "accept": True}, "geometry": None},
        {"type": "Feature", "properties": {"uid": "nobody"}, "geometry": mapping(shape)},
        {"type": "Feature", "properties": {"uid": uids["L1"]}, "geometry": mapping(shape)},
    ]
    path = tmp_path / "drawn.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    plan = plan_placing(town, "bare_land", path, datum="CGCS2000")
    assert plan.places.index.tolist() == [uids["L1"]]
    assert [problem.code for problem in plan.problems] == [
        "proposal_is_no_area",
        "feature_unknown",
        "feature_repeated",
    ]
    write_placing(town, plan, author="tester")
    (drawn,) = town.read("bare_land").set_index("code").geometry["L1"].geoms
    assert drawn.equals_exact(shape, 1e-9, normalize=True)


def test_a_list_without_identifiers_is_refused(town: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("编号,经度,纬度\nJ1,126,42\n", encoding="utf-8")
    with pytest.raises(MappingColumnError):
        plan_placing(town, "manhole_cover", tmp_path / "a.csv", datum="CGCS2000")


def test_nothing_waits(town: Store, tmp_path: Path) -> None:
    assert pending(town, "manhole_cover").rows.empty
    assert pending(town, "adopter").rows.empty


def lies_in(store: Store, kind: str) -> dict[str, tuple[str | None, str | None]]:
    """Give, by code of a feature, the codes of its grid and its street."""
    codes = {
        uid: code for level in ("grid", "street") for uid, code in store.read(level)["code"].items()
    }
    rows = store.territory(kind)
    names = store.read(kind)["code"]
    return {
        names[uid]: (codes.get(row["grid"]), codes.get(row["street"]))
        for uid, row in rows.iterrows()
    }


def test_a_row_that_names_its_grid_is_counted_there(town: Store) -> None:
    rows = frame(
        {"L1": None, "L2": None, "L3": box(5, 5, 9, 9)}, grid_code=["g32", "nowhere", "g32"]
    )
    uids = write(town, "bare_land", rows)
    # Where something lies counts before what it says.
    assert lies_in(town, "bare_land") == {
        "L1": ("g32", "s1"),
        "L2": (None, None),
        "L3": ("g00", "s0"),
    }
    assert not town.territory("bare_land")["on_boundary"].any()
    with town.change(author="tester", message="named otherwise") as change:
        change.update(
            "bare_land",
            pd.DataFrame({"grid_code": ["g01"]}, index=pd.Index([uids["L1"]], name="uid")),
        )
    assert lies_in(town, "bare_land")["L1"] == ("g01", "s0")
    as_it_was = town.territory("bare_land", as_of=town.revision("bare_land") - 1)
    (before,) = town.read("grid", where="code = 'g32'").index
    assert as_it_was.loc[uids["L1"], "grid"] == before
    with town.change(author="tester", message="found") as change:
        change.update(
            "bare_land",
            frame({"L1": box(105, 5, 109, 9)}).set_axis(pd.Index([uids["L1"]], name="uid")),
        )
    assert lies_in(town, "bare_land")["L1"] == ("g10", "s0")


def test_a_row_that_names_its_grid_is_imported_into_it(town: Store, tmp_path: Path) -> None:
    taken(town, tmp_path, "编号,所属网格\nL1,g32\nL2,g00\n", "bare_land")
    assert lies_in(town, "bare_land") == {"L1": ("g32", "s1"), "L2": ("g00", "s0")}
