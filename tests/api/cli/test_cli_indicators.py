"""`greengrid indicators`: values, what is asked of them, files, proof."""

from pathlib import Path

import openpyxl
import pytest

from tests.api.cli.shell import Shell
from tests.api.cli.survey import read_layer


def test_indicators_stand_beside_what_is_asked(
    city_path: Path, greengrid: Shell, tmp_path: Path
) -> None:
    typed = ("indicators", "--store", city_path, "--by", "community")
    document = greengrid(*typed, "-o", tmp_path / "i.html", "--json").document
    rows = {(row["name"], row["indicator"]): row for row in document["values"]}
    whole = rows[None, "service_radius_coverage"]
    covered = greengrid(
        "coverage", "--store", city_path, "--rules", "gbt51346_500m", "--weight", "area", "--json"
    ).document["tiers"][0]
    assert whole["value"] == pytest.approx(covered["share"], abs=2e-4)
    park = rows["河口社区", "park_area_per_capita"]
    assert park["value"] == pytest.approx(park["amount"] / park["base"])
    assert rows["河口社区", "green_coverage_ratio"]["missing"] == "no_crowns"
    verdicts = {row["judgement"] for row in document["judgements"]}
    assert {"unverified", "other_base", "not_given"} <= verdicts
    assert document["run"] in (tmp_path / "i.html").read_text("utf-8")
    shown = greengrid(*typed, lang="zh").out
    for words in ("公园绿地服务半径覆盖率", "没有树冠图层", "只见转述", "合计"):
        assert words in shown
    assert "公园绿地" in greengrid("run", document["run"], "--store", city_path, lang="zh").out
    proof = greengrid("run", document["run"], "--verify", "--store", city_path, "--json").document
    assert proof["verified"]


def test_the_files_hold_every_requirement(
    city_path: Path, greengrid: Shell, tmp_path: Path
) -> None:
    typed = ("indicators", "--store", city_path, "--built-up", "residential_land")
    document = greengrid(*typed, "-o", tmp_path / "i.xlsx", "--json", lang="zh").document
    book = openpyxl.load_workbook(tmp_path / "i.xlsx")
    assert book.sheetnames == ["对照要求", "指标", "要求及出处", "说明"]
    judgements = [row[6] for row in book["对照要求"].iter_rows(min_row=3, values_only=True)]
    assert len(judgements) == len(document["judgements"])
    assert {"未达标", "标准未核实"} <= set(judgements)
    greengrid(*typed, "-o", tmp_path / "i.gpkg")
    drawn = read_layer(tmp_path / "i.gpkg", "indicators")
    assert drawn["green_coverage_ratio_missing"].eq("no_crowns").all()
    told = greengrid("indicators", "--store", city_path, "--crowns", "road", code=3, lang="zh").err
    assert "面状" in told
