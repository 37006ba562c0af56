"""Coverage, gaps, runs and the log: documents for machines, files for people, proof."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from tests.api.cli.shell import Shell, fingerprint, names_in
from tests.api.cli.survey import RULES, layers_of, read_layer

PROMISED = {"run", "rules", "tiers", "by_unit", "inputs"}
TIER = {
    "tier", "radius_m", "min_area_m2", "distance", "weight", "covered", "uncovered", "base",
    "share", "excluded", "total",
}  # fmt: skip
FINDINGS, USAGE = 1, 2


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


@pytest.mark.parametrize("weight", ["buildings", "households", "population", "area"])
def test_a_coverage_document_holds_what_was_promised(
    weight: str, store: Path, rules: Path, greengrid: Shell
) -> None:
    said = greengrid(
        "coverage", "--store", store, "--rules", rules, "--weight", weight, "--json",
        "--on", "2026-06-01", "--as-of", "1",
    )  # fmt: skip
    document = said.document
    assert said.err == ""
    assert set(document) >= PROMISED
    (tier,) = document["tiers"]
    assert set(tier) >= TIER
    assert (tier["tier"], tier["radius_m"], tier["weight"]) == ("green", 300, weight)
    assert tier["covered"] + tier["uncovered"] == pytest.approx(tier["base"], abs=1e-6)
    assert tier["base"] + sum(tier["excluded"].values()) == pytest.approx(tier["total"])
    assert tier["share"] == pytest.approx(tier["covered"] / tier["base"])
    for level in ("grid", "community"):
        rows = [row for row in document["by_unit"] if row["level"] == level]
        assert sum(row["base"] for row in rows) == pytest.approx(tier["base"])
    assert document["inputs"]["green_space"] == 1
    assert document["evaluated_on"] == "2026-06-01"
    assert document["parameters"]["as_of"] == 1


def test_the_band_stands_beside_the_figure(store: Path, rules: Path, greengrid: Shell) -> None:
    typed = ("coverage", "--store", store, "--rules", rules)
    document = greengrid(*typed, "--json").document
    asked_again = greengrid(*typed, "--json")  # nothing has changed: the same run
    assert asked_again.document == document
    assert "taken from the run of" in asked_again.err
    (band,) = document["sensitivity"]
    assert band["low"] < band["high"]
    assert band["low"] <= document["tiers"][0]["share"] == band["share"] <= band["high"]
    shown = greengrid(*typed, lang="zh").out
    assert f"{band['low'] * 100:.1f}–{band['high'] * 100:.1f} %" in shown
    assert "位置误差 ±5 米" in shown
    again = greengrid("run", document["run"], "--store", store, lang="zh").out
    assert "位置误差 ±5 米" in again


def test_missing_households_are_left_out_and_said(
    store: Path, rules: Path, greengrid: Shell
) -> None:
    typed = ("coverage", "--store", store, "--rules", rules, "--weight", "households")
    (tier,) = greengrid(*typed, "--json").document["tiers"]
    assert tier["excluded_places"] == {"no_geometry": 0, "no_weight": 2}
    assert "未计入：没有数值 2" in greengrid(*typed, lang="zh").out


@pytest.mark.parametrize("level", ["grid", "community", "street", "district"])
def test_by_lists_the_units_of_one_level(
    level: str, store: Path, rules: Path, greengrid: Shell
) -> None:
    typed = ("coverage", "--store", store, "--rules", rules, "--by", level)
    rows = greengrid(*typed, "--json").document["by_unit"]
    assert {row["level"] for row in rows} == {level}
    assert rows[-1]["unit"] is None
    assert ("(in no unit)" in greengrid(*typed).out) == (level in {"street", "district"})


def test_places_may_be_of_another_kind(store: Path, rules: Path, greengrid: Shell) -> None:
    typed = ("coverage", "--store", store, "--rules", rules, "--places", "bare_land", "--json")
    (tier,) = greengrid(*typed).document["tiers"]
    assert (tier["total"], tier["weight"]) == (1, "places")


def test_land_is_not_called_residential(store: Path, rules: Path, greengrid: Shell) -> None:
    typed = ("coverage", "--store", store, "--rules", rules, "--places", "grid", "--weight", "area")
    (tier,) = greengrid(*typed, "--json").document["tiers"]
    assert tier["weight"] == "land"
    assert tier["base"] == pytest.approx(12 * 300 * 300, rel=1e-6)
    assert "公顷" in greengrid(*typed, lang="zh").out


def test_gaps_rank_what_coverage_leaves_uncovered(
    store: Path, rules: Path, greengrid: Shell
) -> None:
    typed = ("gaps", "--store", store, "--rules", rules, "--weight", "population")
    document = greengrid(*typed, "--json").document
    assert {*PROMISED, "gaps"} <= set(document)
    gaps = document["gaps"]
    assert [gap["rank"] for gap in gaps] == list(range(1, len(gaps) + 1))
    assert [gap["weight"] for gap in gaps] == sorted((gap["weight"] for gap in gaps), reverse=True)
    assert sum(gap["weight"] for gap in gaps) == document["tiers"][0]["uncovered"]
    assert "缺口" not in greengrid(*typed).out


@pytest.mark.parametrize("command", ["coverage", "gaps"])
@pytest.mark.parametrize("preset", ["gbt51346_500m", "baishan_slogan_300_500_1000"])
def test_every_run_can_be_proved(command: str, preset: str, store: Path, greengrid: Shell) -> None:
    made = greengrid(command, "--store", store, "--rules", preset, "--json").document["run"]
    assert greengrid("run", made, "--store", store, "--json").document["run"] == made
    proof = greengrid("run", made[:8], "--verify", "--store", store, "--json").document
    assert proof == {"run": made, "verified": True, "differences": []}
    assert made in greengrid("run", made, "--verify", "--store", store).out


def test_a_tampered_run_is_found_out(store: Path, rules: Path, greengrid: Shell) -> None:
    made = greengrid("coverage", "--store", store, "--rules", rules, "--json").document
    with closing(sqlite3.connect(store)) as database, database:
        (kept,) = database.execute("SELECT results FROM gg_run").fetchone()
        better = re.sub(r'"covered": \d+', '"covered": 96', kept)
        assert better != kept
        database.execute("UPDATE gg_run SET results = ?", (better,))
    typed = ("run", made["run"], "--verify", "--store", store)
    assert greengrid(*typed, "--json", code=FINDINGS).document["differences"] == ["results"]
    assert "核验未通过" in greengrid(*typed, code=FINDINGS, lang="zh").out


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("command", ["coverage", "gaps"])
@pytest.mark.parametrize("ending", [".html", ".gpkg", ".csv", ".xlsx"])
def test_a_file_is_written_whole_and_alone(
    command: str, ending: str, store: Path, rules: Path, greengrid: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "给 领导"
    folder.mkdir()
    target = folder / f"结果{ending}"
    target.write_bytes(b"last year's")
    said = greengrid(command, "--store", store, "--rules", rules, "-o", target, "--json", lang="zh")
    assert names_in(folder) == {target.name}
    assert str(target) in said.err
    run, (tier,) = said.document["run"], said.document["tiers"]
    check = {
        ".html": _check_page,
        ".gpkg": _check_layers,
        ".csv": _check_table,
        ".xlsx": _check_book,
    }
    check[ending](target, run, tier["covered"], command)


def _check_page(path: Path, run: str, covered: float, command: str) -> None:
    page = path.read_text(encoding="utf-8")
    assert run in page
    # Links may be followed by a hand; nothing is fetched by the page itself.
    fetched = (
        r"""\bsrc(?:set)?\s*=\s*["']?(?:https?:)?//|<link[^>]*https?:|url\(["']?https?:|@import"""
    )
    assert not re.search(fetched, page)


def _check_layers(path: Path, run: str, covered: float, command: str) -> None:
    assert {"places", "targets_green", "units_grid", "units_community"} <= layers_of(path)
    assert ("gaps" in layers_of(path)) == (command == "gaps")
    places = read_layer(path, "places")
    assert places["green_covered"].sum() == covered
    assert set(places["run"]) == {run}
    assert read_layer(path, "units_grid")["green_covered"].sum() == covered


def _check_table(path: Path, run: str, covered: float, command: str) -> None:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # so that Excel reads Chinese
    assert run in content.decode("utf-8-sig")


def _check_book(path: Path, run: str, covered: float, command: str) -> None:
    book = openpyxl.load_workbook(path)
    assert "说明" in book.sheetnames
    notes = [str(cell) for row in book["说明"].values for cell in row]
    assert any(run in note for note in notes)
    figures = [cell for row in book.worksheets[0].values for cell in row]
    assert covered in figures


def test_a_fault_while_writing_keeps_the_file_that_was_there(
    store: Path, rules: Path, greengrid: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.csv"
    target.write_text("last year's", encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("pandas.DataFrame.to_csv", fail)
    typed = ("coverage", "--store", store, "--rules", rules, "-o", target)
    said = greengrid(*typed, code=3, lang="zh")
    assert "磁盘已满" in said.err
    assert target.read_text(encoding="utf-8") == "last year's"
    assert names_in(tmp_path) == {"city.gpkg", "rules.toml", "out.csv"}


# ---------------------------------------------------------------- stores


def test_a_new_store_is_empty_and_says_what_comes_next(tmp_path: Path, greengrid: Shell) -> None:
    path = tmp_path / "new.gpkg"
    typed = ("init", path, "--metric-crs", "EPSG:32628", "--storage-crs", "EPSG:4326")
    said = greengrid(*typed, lang="zh")
    assert "EPSG:32628" in said.out
    assert "greengrid import district" in said.out
    assert names_in(tmp_path) == {"new.gpkg"}
    assert greengrid("log", "--store", path, "--json").document == []
    assert "还没有任何变更" in greengrid("log", "--store", path, lang="zh").out


def test_the_log_names_who_when_and_what(store: Path, greengrid: Shell) -> None:
    (change,) = greengrid("log", "--store", store, "--json").document
    keys = "author cause changes changeset message recorded_at source"
    assert set(change) == set(keys.split())
    assert change["changes"]["building"] == {"insert": 96}
    for lang, cause in (("zh", "变化"), ("en", "change")):
        printed = greengrid("log", "--store", store, lang=lang).out
        assert "surveyor" in printed
        assert cause in printed
        assert "building +96" in printed


def test_the_environment_may_name_the_store(
    store: Path, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{store}")
    assert len(greengrid("log", "--json").document) == 1


def test_looking_changes_nothing(store: Path, greengrid: Shell, tmp_path: Path) -> None:
    before = fingerprint(store)
    greengrid("log", "--store", store)
    greengrid("export", "building", tmp_path / "b.csv", "--store", store)
    assert fingerprint(store) == before
