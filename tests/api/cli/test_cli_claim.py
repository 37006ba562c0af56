"""`greengrid claim`: a sentence, its verdicts, its files, its proof."""

from pathlib import Path

import openpyxl
import pytest

from tests.api.cli.shell import Shell
from tests.api.cli.survey import layers_of, read_layer

CLAIM = "300米见园，覆盖率不低于40%"
USAGE = 2


@pytest.fixture(scope="module")
def typed(city_path: Path) -> tuple[object, ...]:
    return ("claim", CLAIM, "--store", city_path)


def test_it_says_under_which_definitions_a_sentence_is_true(
    typed: tuple[object, ...], city_path: Path, greengrid: Shell, tmp_path: Path
) -> None:
    document = greengrid(*typed, "-o", tmp_path / "claim.html", "--json").document
    rows = document["definitions"]
    assert {row["weight"] for row in rows} == {"area", "population", "households", "places"}
    assert {row["distance"] for row in rows} == {"straight"}  # there are no walkways
    for row in rows:
        assert row["share"] == pytest.approx(row["covered"] / row["base"])
        if row["weight"] != "area":
            assert (row["verdict"] == "true") == (row["share"] >= 0.4)
    verdicts = {row["verdict"] for row in rows}
    assert {"true", "false"} <= verdicts
    page = (tmp_path / "claim.html").read_text("utf-8")
    assert CLAIM in page
    assert document["run"] in page
    shown = greengrid(*typed, "--units", "community", lang="zh").out
    assert f"断言：{CLAIM}" in shown
    assert "河口社区" in shown
    assert "✓" in shown
    assert "并不说明该口径就是标准" in shown
    again = greengrid("run", document["run"], "--store", city_path, lang="zh").out
    assert f"断言：{CLAIM}" in again
    kept = greengrid("run", document["run"], "--store", city_path, "--json").document
    assert kept["definitions"] == rows
    proof = greengrid("run", document["run"], "--verify", "--store", city_path, "--json").document
    assert proof["verified"]


def test_the_files_name_the_exceptions(
    typed: tuple[object, ...], greengrid: Shell, tmp_path: Path
) -> None:
    document = greengrid(*typed, "-o", tmp_path / "claim.xlsx", "--json").document
    book = openpyxl.load_workbook(tmp_path / "claim.xlsx")
    assert (
        book.sheetnames == ["结论", "各种口径", "例外", "各单元", "说明"]
        or book.sheetnames[0] == "Verdict"
    )
    exceptions = book.worksheets[2]
    assert exceptions.max_row == 2 + document["exceptions"]["some"]
    assert book.worksheets[1].max_row == 2 + len(document["definitions"])
    greengrid(*typed, "-o", tmp_path / "claim.gpkg")
    assert layers_of(tmp_path / "claim.gpkg") == {"exceptions", "targets"}
    drawn = read_layer(tmp_path / "claim.gpkg", "exceptions")
    assert drawn["literal"].sum() == document["exceptions"]["literal"]
    assert set(drawn["run"]) == {document["run"]}


def test_what_it_cannot_read_or_check_is_refused(city_path: Path, greengrid: Shell) -> None:
    store = ("--store", city_path)
    told = greengrid("claim", "公园很多", *store, code=USAGE, lang="zh").err
    assert "没有距离" in told
    assert "断言   = " in told
    told = greengrid("claim", "步行500米见园，覆盖率91%", *store, code=3, lang="zh").err
    assert "步行道" in told
