"""`greengrid scenario`: figures before and after, printed, written, and proved."""

from pathlib import Path

import openpyxl

from tests.api.cli.shell import ENGLISH, Shell

RULES = "baishan_slogan_300_500_1000"


def test_a_scenario_is_printed_written_and_proved(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    typed = ("scenario", "--rules", RULES, "--green", "K1", "--store", store)
    said = greengrid(*typed, "-o", tmp_path / "what-if.xlsx", lang="zh").out
    assert "绿化后的比例" in said
    assert not ENGLISH.search(said)
    book = openpyxl.load_workbook(tmp_path / "what-if.xlsx")
    assert book.sheetnames[0] == "情景"
    found = greengrid(*typed, "--json").document
    assert found["parameters"]["green"] == ["K1"]
    assert greengrid("run", found["run"], "--verify", "--store", store, "--json").document[
        "verified"
    ]
    assert "绿化后的比例" in greengrid("run", found["run"], "--store", store, lang="zh").out
    refused = greengrid(*typed[:4], "K9", *typed[5:], code=2, lang="zh").err
    assert "K9" in refused
    greengrid(*typed, "-o", tmp_path / "what-if.html", code=2)
