"""What was said of a file, written down for the next one and remembered by its headings."""

from pathlib import Path

import pytest

from layers.importing import read_mapping
from tests.api.cli.shell import Shell

HEADINGS = "井号,说法,状况,经度,纬度,期\n"


def delivery(path: Path, *rows: str) -> Path:
    path.write_text(HEADINGS + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def test_what_was_used_is_written_down_in_full_and_reads_back(
    empty_store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    sent = delivery(tmp_path / '台 "账"\t1.csv', "7,甲,旧,126.5,42,x")
    said = tmp_path / "said.toml"
    said.write_text('[values.condition]\n"旧" = "damaged"\n"*" = "intact"\n', "utf-8")
    options = (
        "--mapping", said, "--map", "code=井号", "--map", "name=说法", "--map", "condition=状况",
        "--set", 'note="x"\\', "--where", "期 = 'x'", "--key", "井号", "--no-remembered",
    )  # fmt: skip
    typed = ("import", "manhole_cover", sent, "--store", empty_store, "--dry-run", "--json")
    saved = tmp_path / "saved.toml"
    first = greengrid(
        *typed, "--datum", "GCJ-02", *options, "--save-mapping", saved, lang="zh"
    ).document
    mapping = read_mapping(saved)
    assert (mapping.datum, mapping.key, mapping.where) == ("GCJ-02", ("井号",), "期 = 'x'")
    assert mapping.columns == {"code": ("井号",), "name": ("说法",), "condition": ("状况",)}
    assert mapping.fixed == {"note": '"x"\\'}
    assert mapping.words["condition"]["旧"] == "damaged"
    assert "坐标系" in saved.read_text("utf-8")
    again = greengrid(*typed, "--mapping", saved, "--no-remembered", lang="zh").document
    assert {**again, "columns": 0} == {**first, "columns": 0}


def test_a_file_with_the_same_headings_is_read_as_the_last_one(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    typed = ("--store", store, "--datum", "CGCS2000", "--json")
    first = delivery(tmp_path / "first.csv", "1,甲,x,126.5,42,", "2,乙,x,126.6,42,")
    said = ("--map", "code=井号", "--map", "name=说法", "--key", "井号")
    told = greengrid(
        "import", "manhole_cover", first, *typed[:-1], *said,
        "--set", "surveyed_on=2026-03-01", "--set", "source=甲公司", "--where", "井号 <> '9'",
    )  # fmt: skip
    kept = list(store.with_suffix(".mappings").iterdir())
    assert len(kept) == 1
    assert str(kept[0]) in told.err
    second = delivery(tmp_path / "second.csv", "2,丙,x,126.6,42,", "9,丁,x,126.7,42,")
    report = greengrid("import", "manhole_cover", second, *typed, "--dry-run").document
    assert report["recalled"] == kept[0].name
    assert (report["changed"], report["added"]) == (1, 1)  # the filter was of that one delivery
    assert report["columns"]["source"]["how"] == "fixed"
    assert "surveyed_on" not in report["columns"]
    printed = greengrid(
        "import", "manhole_cover", second, *typed[:-1], "--dry-run", "--map", "name=状况", lang="zh"
    ).out
    assert "说法" not in printed.split("不保存")[0]
    assert kept[0].name in printed
    without = greengrid(
        "import", "manhole_cover", second, *typed, "--dry-run", "--no-remembered"
    ).document
    assert without["recalled"] is None
    assert "code" not in without["columns"]
    other = ("import", "dead_tree", second, *typed, "--dry-run")
    assert greengrid(*other).document["recalled"] is None


def test_the_folder_of_mappings_can_be_set_and_be_unusable(
    store: Path, tmp_path: Path, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "file"
    taken.write_text("no folder")
    monkeypatch.setenv("GREENGRID_MAPPINGS", str(taken))
    sent = delivery(tmp_path / "sent.csv", "1,甲,x,126.5,42,")
    said = greengrid(
        "import", "manhole_cover", sent, "--store", store, "--datum", "CGCS2000",
        "--map", "code=井号", lang="zh",
    )  # fmt: skip
    assert "已写入" in said.out
    assert str(taken) in said.err
    assert not store.with_suffix(".mappings").exists()
