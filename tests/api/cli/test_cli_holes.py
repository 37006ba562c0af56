"""`greengrid holes`: printed, as documents, as files for people, proved, and on the page of a run."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
from starlette.testclient import TestClient

from layers import open_store
from tests.api.cli.shell import Shell
from tests.api.conftest import HOSTILE

USAGE, DATA = 2, 3


@pytest.fixture
def answered(store: Path) -> Path:
    """Let two departments answer for all but two grids, for one of the grids both."""
    grids = [f"G{n:03d}" for n in range(12)]
    rows = pd.DataFrame(
        {
            "code": ["R1", "R2", "R3"],
            "role": "sponsor",
            "holder_org": ["城管局", HOSTILE, "林业局"],
            "plan": "normal",
            "unit_kind": "grid",
            "unit_codes": [";".join(grids[:6]), ";".join(grids[5:10]), "G999"],
        }
    )
    opened = open_store(store)
    with opened.change(author="surveyor", message="包保") as change:
        change.insert("responsibility", rows)
    opened.close()
    return store


def test_holes_are_printed_and_kept(
    answered: Path, greengrid: Shell, client_of: Callable[[Path], TestClient]
) -> None:
    said = greengrid("holes", "--store", answered, "--on", "2026-06-01", lang="zh").out
    for words in ("包保部门 · 网格", "无人负责", "多方负责", "第10网格", "查无此码 1"):
        assert words in said
    document = greengrid("holes", "--store", answered, "--on", "2026-06-01", "--json").document
    (duty,) = document["duties"]
    areas = {row["state"]: round(row["area_m2"] / 90_000, 3) for row in duty["account"]}
    assert areas == {"answered": 9, "nobody": 2, "expired": 0, "several": 1}
    assert [row["reason"] for row in document["left_out"]] == ["unit_unknown"]
    assert (
        "equals its recomputation"
        in greengrid("run", document["run"], "--store", answered, "--verify").out
    )
    assert "Who answers" not in greengrid("run", document["run"], "--store", answered).err
    page = client_of(answered).get(f"/runs/{document['run']}", params={"lang": "zh"})
    assert page.status_code == 200
    assert "无人负责" in page.text


def test_holes_are_written_for_people(answered: Path, greengrid: Shell, tmp_path: Path) -> None:
    typed = ("holes", "--store", answered, "--role", "包保部门", "--split")
    for ending in ("html", "xlsx", "gpkg", "csv"):
        greengrid(*typed, "-o", tmp_path / f"holes.{ending}", lang="zh")
    page = (tmp_path / "holes.html").read_text("utf-8")
    assert "责任空白" in page
    assert HOSTILE not in page
    book = openpyxl.load_workbook(tmp_path / "holes.xlsx")
    assert book.sheetnames == ["需要处理的地块", "全域分布", "未能判断的责任", "说明"]
    first = [cell.value for cell in book["需要处理的地块"][3]]
    assert first[1:3] == [1, "无人负责"]
    table = pd.read_csv(tmp_path / "holes.csv")
    assert table["面积（公顷）"].sum() == pytest.approx(27, rel=1e-4)
    layers = pyogrio.list_layers(tmp_path / "holes.gpkg")[:, 0]
    assert list(layers) == ["holes", "units"]


def test_what_cannot_be_asked_is_refused(store: Path, greengrid: Shell) -> None:
    greengrid("holes", "--store", store, "--role", "mayor", code=USAGE)
    greengrid("holes", "--store", store, "--sliver", "-1", code=USAGE)
    greengrid("holes", "--store", store, "-o", "holes.pdf", code=USAGE)
    greengrid("holes", "--store", store, code=DATA)
