"""`greengrid import-sheets`: adopters, adoptions, care logs and inspections in one workbook."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely

from layers import open_store
from tests.api.cli.shell import Shell

SHEETS: dict[str, list[dict[str, Any]]] = {
    "认养主体": [
        {"编码": "A1", "认养主体类型": "企业", "认养单位": "供热公司"},
        {"编码": "A2", "认养主体类型": "居民", "认养户数": 12},
    ],
    "认养": [
        {"编码": "R1", "认养地块": "P1", "认养主体": "A1", "认养状态": "认养中"},
        {"编码": "R2", "认养地块": "P2", "认养主体": "A2", "认养状态": "已签协议"},
    ],
    "养护记录": [
        {"编码": "C1", "认养编号": "R1", "养护日期": "2026-05-06", "养护内容": "浇水；除草"},
    ],
    "巡查记录": [
        {"编码": "C2", "认养编号": "R1", "养护日期": "2026-05-08", "成活率": 0.9},
    ],
}


@pytest.fixture
def plots(empty_store: Path, tmp_path: Path) -> Path:
    """Give a store with two plots and nobody who adopts them."""
    path = tmp_path / "plots.gpkg"
    path.write_bytes(empty_store.read_bytes())
    store = open_store(path)
    frame = gpd.GeoDataFrame(
        {"code": ["P1", "P2"]},
        geometry=[
            shapely.multipolygons([shapely.box(x, 42, x + 0.001, 42.001)]) for x in (126, 127)
        ],
        crs=4490,
    )
    with store.change(author="test", message="plots") as writer:
        writer.insert("adoption_plot", frame)
    store.close()
    return path


def workbook(greengrid: Shell, path: Path, sheets: dict[str, list[dict[str, Any]]]) -> Path:
    """Fill in a template."""
    greengrid("template", "adopter", "adoption", "care_log", "inspection", "-o", path, lang="zh")
    book = openpyxl.load_workbook(path)
    for title, rows in sheets.items():
        sheet = book[title]
        header = [str(cell.value).strip("*") for cell in sheet[1]]
        for row in rows:
            assert set(row) <= set(header)
            sheet.append([row.get(heading) for heading in header])
    book.save(path)
    return path


def test_four_registers_in_one_changeset(greengrid: Shell, plots: Path, tmp_path: Path) -> None:
    path = workbook(greengrid, tmp_path / "认养.xlsx", SHEETS)
    tried = greengrid("import-sheets", path, "--store", plots, "--dry-run", lang="zh")
    assert "巡查记录" in tried.out
    report = greengrid("import-sheets", path, "--store", plots, "--json").document
    assert [sheet["layer"] for sheet in report["sheets"]] == list(SHEETS)
    assert {sheet["changeset"] for sheet in report["sheets"]} == {report["changeset"]}
    assert [sheet["added"] for sheet in report["sheets"]] == [2, 2, 1, 1]
    store = open_store(plots)
    logs = store.read("care_log").set_index("code")
    assert logs["work"].to_dict() == {"C1": "watering;weeding", "C2": "inspection"}
    assert logs.loc["C2", "survival_share"] == 0.9
    store.close()
    again = greengrid("import-sheets", path, "--store", plots, code=2)
    assert "before" in again.err or "already" in again.err
    updated = greengrid("import-sheets", path, "--store", plots, "--update", "--json").document
    assert [sheet["unchanged"] for sheet in updated["sheets"]] == [2, 2, 1, 1]


def test_what_names_nothing_is_rejected_and_what_names_that(
    greengrid: Shell, plots: Path, tmp_path: Path
) -> None:
    sheets = {title: [dict(row) for row in rows] for title, rows in SHEETS.items()}
    sheets["认养主体"][0]["认养主体类型"] = None  # a required field
    sheets["认养"][1]["认养地块"] = "P9"
    path = workbook(greengrid, tmp_path / "认养.xlsx", sheets)
    refused = greengrid("import-sheets", path, "--store", plots, "--strict", "--json", code=3)
    assert refused.document["changeset"] is None
    report = greengrid("import-sheets", path, "--store", plots, "--json", code=1).document
    found = {
        sheet["layer"]: [(p["row"], p["code"], p["field"]) for p in sheet["problems"]]
        for sheet in report["sheets"]
    }
    assert found == {
        "认养主体": [(3, "required_missing", "adopter_kind")],
        "认养": [(3, "reference_unknown", "adopter_code"), (4, "reference_unknown", "plot_code")],
        "养护记录": [(3, "reference_unknown", "adoption_code")],
        "巡查记录": [(3, "reference_unknown", "adoption_code")],
    }
    store = open_store(plots)
    assert store.counts(["adopter", "adoption", "care_log"]) == {
        "adopter": 1,
        "adoption": 0,
        "care_log": 0,
    }
    store.close()


def test_a_workbook_of_other_things(greengrid: Shell, plots: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["编码"])
    book.active.append(["1"])
    book.save(tmp_path / "a.xlsx")
    said = greengrid("import-sheets", tmp_path / "a.xlsx", "--store", plots, code=2, lang="zh")
    assert "Sheet" in said.err
