"""Looking before writing: the preview as a map and as a workbook, and the question at a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Page, expect

from tests.api.cli.shell import Shell, fingerprint
from tests.api.cli.survey import plots, square, write_good

FINDINGS = 1


@pytest.fixture
def second(store: Path, tmp_path: Path, greengrid: Shell) -> tuple[str, ...]:
    """Import three plots, and give the second delivery: one of each thing that may happen."""
    write_good(tmp_path)
    typed = ("--store", str(store), "--datum", "CGCS2000", "--key", "code")
    greengrid("import", "bare_land", tmp_path / "good.gpkg", *typed)
    shapes = [square(1), shapely.transform(square(2), lambda xy: xy + 0.001), square(9), None]
    later = plots(["K10", "K11", "=NEW", "LOST"], shapes)
    later = later.assign(name=["改了名", "K11", "新地块", "无处"], note=[None, None, "=1+1", None])
    later.to_file(tmp_path / "later.gpkg", layer="plots", engine="pyogrio")
    return ("import", "bare_land", str(tmp_path / "later.gpkg"), *typed)


def sheets(path: Path) -> dict[str, pd.DataFrame]:
    return pd.read_excel(path, sheet_name=None, dtype=str, skiprows=[1])


def test_a_preview_says_field_by_field_what_would_be(
    store: Path, tmp_path: Path, greengrid: Shell, second: tuple[str, ...]
) -> None:
    before = fingerprint(store)
    book = tmp_path / "preview.xlsx"
    greengrid(*second, "--dry-run", "--preview", book, code=FINDINGS, lang="zh")
    assert fingerprint(store) == before
    found = sheets(book)
    assert list(found) == ["新增", "更新", "文件中没有", "拒绝", "说明"]
    changed = found["更新"].fillna("")
    assert list(changed.columns) == ["行号", "编码", "名称", "字段", "原值", "新值"]
    said = {(row.编码, row.字段): (row.原值, row.新值) for row in changed.itertuples()}
    assert said["K10", "名称"] == ("", "改了名")
    assert {key for key in said if key[1] == "位置"} == {("K10", "位置"), ("K11", "位置")}
    assert set(found["新增"]["编码"]) == {"=NEW"}
    assert list(found["拒绝"].iloc[0][["行号", "编码"]]) == ["4", "LOST"]
    assert {"K1", "K12"} <= set(found["文件中没有"]["编码"])
    cells = [cell for row in openpyxl.load_workbook(book)["新增"] for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


@pytest.mark.browser
def test_a_preview_is_a_map_that_needs_nobody(
    tmp_path: Path, greengrid: Shell, second: tuple[str, ...], page: Page
) -> None:
    drawn = tmp_path / "preview.html"
    report = greengrid(*second, "--preview", drawn, "--json", code=FINDINGS, lang="zh").document
    assert report["written"]
    page.context.set_offline(True)
    page.goto(drawn.as_uri())
    for said in ("导入预览", "新增", "更新", "原来的位置", "文件中没有", "拒绝"):
        expect(page.locator("body")).to_contain_text(said)
    expect(page.locator("[data-gg-toggle='before']")).to_be_visible()
    expect(page.locator(".leaflet-container canvas, .leaflet-container svg").first).to_be_visible()


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("", False)])
def test_at_a_terminal_nothing_is_written_before_a_yes(
    answer: str, written: bool, store: Path, second: tuple[str, ...]
) -> None:
    before = fingerprint(store)
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    environment = {**os.environ, "GREENGRID_LANG": "zh"}
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *second],
        stdin=theirs, capture_output=True, check=False, encoding="utf-8", env=environment,
        timeout=120,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == FINDINGS, done.stderr
    assert "取自的列" in done.stdout  # shown before the question is asked
    assert "要写入吗" in done.stderr
    assert ("已写入，变更号" in done.stdout) is written
    assert (fingerprint(store) != before) is written
