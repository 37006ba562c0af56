"""`pending` and `place` on the command line: from a row of words to a place on the map."""

from pathlib import Path

import openpyxl
import pytest

from api.texts import Lang
from tests.api.cli.shell import ENGLISH, Shell

FINDINGS, USAGE, DATA = 1, 2, 3


@pytest.fixture
def waiting(store: Path, tmp_path: Path, greengrid: Shell) -> Path:
    """Give a store with two covers of which only words say where they are."""
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("编号,位置\nJ1,第3网格东侧\nJ2,没有人知道\n", encoding="utf-8")
    greengrid("import", "manhole_cover", ledger, "--store", store, "--datum", "CGCS2000")
    return store


def test_from_words_to_a_place(waiting: Path, tmp_path: Path, greengrid: Shell) -> None:
    listed = greengrid("pending", "manhole_cover", "--store", waiting, "--json").document
    assert [
        (row["code"], row["how"], row["proposal"])
        for row in sorted(listed, key=lambda row: row["code"])
    ] == [
        ("J1", "within", "第3网格"),
        ("J2", "nothing", None),
    ]
    path = tmp_path / "list.xlsx"
    said = greengrid("pending", "manhole_cover", "--store", waiting, "-o", path, lang="zh")
    assert "2 行待定位" in said.err
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, 4):
        sheet.cell(row=row, column=heads["采用建议位置"], value="是")
    book.save(path)
    tried = greengrid(
        "place", "manhole_cover", path, "--store", waiting, "--dry-run", "--json", code=FINDINGS
    ).document
    assert (tried["placed"], tried["accepted"], tried["rejected"], tried["changeset"]) == (
        1,
        1,
        1,
        None,
    )
    told = greengrid("place", "manhole_cover", path, "--store", waiting, code=FINDINGS)
    assert "proposal_missing" in told.out
    left = greengrid("pending", "manhole_cover", "--store", waiting, "--json").document
    assert [row["code"] for row in left] == ["J2"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_is_told_in_both_languages(waiting: Path, greengrid: Shell, lang: Lang) -> None:
    said = greengrid("pending", "manhole_cover", "--store", waiting, lang=lang).out
    assert "第3网格东侧" in said
    if lang == "zh":
        assert not ENGLISH.search(said)


def test_what_is_refused(waiting: Path, tmp_path: Path, greengrid: Shell) -> None:
    greengrid(
        "pending", "manhole_cover", "--store", waiting, "-o", tmp_path / "list.pdf", code=USAGE
    )
    greengrid("place", "manhole_cover", tmp_path / "none.xlsx", "--store", waiting, code=USAGE)
    greengrid("pending", "nothing", "--store", waiting, code=USAGE)
