"""Forms that are looked at, mappings that are read; what is refused, and within which bounds."""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from api.texts import texts_in
from layers import Store
from layers.forms import (
    MEASURES,
    fill_form,
    look_at_form,
    mapping_text,
    parse_form_mapping,
    propose_mapping,
    read_form_mapping,
    require_new,
)
from layers.forms.errors import (
    FormMappingError,
    FormOutputError,
    FormTooLargeError,
    FormUnreadableError,
)
from layers.forms.totals import compute
from layers.importing.errors import SourceError
from tests.layers.forms.paper import LIST, SUMMARY, monthly

COUNT = '[[table]]\nsheet = "a"\nheader = [1, 2]\n[[table.column]]\ncolumn = "C"\nheading = "h"\n'


def test_headings_of_three_lines(tmp_path: Path) -> None:
    form = look_at_form(monthly(tmp_path / "form.xlsx", ["西街街道", "东街街道"]))
    summary, listing = form.tables
    assert (summary.sheet, summary.header, summary.headed_by) == (SUMMARY, (3, 5), ("B",))
    assert {column.letter: column.heading for column in summary.columns} == {
        "A": "序号",
        "B": "街道",
        "C": "认养绿地 / 地块数（块）",
        "D": "认养绿地 / 面积 / 合计（亩）",
        "E": "认养绿地 / 面积 / 其中：已认养（亩）",
        "F": "裸露土地 / 地块数（块）",
        "G": "裸露土地 / 面积（公顷）",
        "H": "裸露土地 / 公顷占比（%）",
        "I": "备注",
    }
    assert [(row.number, row.names, row.is_total) for row in summary.rows] == [
        (6, ("西街街道",), False),
        (7, ("东街街道",), False),
        (8, (), True),
    ]
    assert listing.is_list
    assert (listing.sheet, len(listing.rows), listing.ends_sheet) == (LIST, 5, True)
    assert {label.label: label.cell for label in form.labels} == {
        "填报单位": "B2",
        "填报时间": "G2",
    }
    assert form.formulas == 7


def test_headings_that_are_not_merged_downwards_and_numbered_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ["表一", None, None, None],
        ["单位", "井盖", None, "墙面"],
        [None, "总数（个）", "破损（个）", "面积（㎡）"],
        ["甲", 1, 2, 3],
        ["西街街道", None, None, None],
        ["注：破损含缺失。", None, None, None],
        [None, None, None, None],
        ["街道", "小区", "户数"],
        ["西街街道", None, None],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("B2:C2")
    book.save(tmp_path / "form.xlsx")
    first, second = look_at_form(tmp_path / "form.xlsx").tables
    assert first.header == (2, 4)
    assert [column.heading for column in first.columns] == [
        "单位", "井盖 / 总数（个）", "井盖 / 破损（个）", "墙面 / 面积（㎡）",
    ]  # fmt: skip
    assert [row.names for row in first.rows] == [("西街街道",)]
    assert second.header == (8, 8)


def test_a_proposal_by_the_words_of_the_kinds(store: Store, tmp_path: Path) -> None:
    form = look_at_form(monthly(tmp_path / "form.xlsx", ["西街街道", "东街街道"]))
    mapping = propose_mapping(store, form)
    summary, listing = mapping.tables
    said = {column.column: column.expression.plain() for column in summary.columns}
    assert summary.level == "street"
    assert said["C"] == {"measure": "count", "kind": "adoption_plot"}
    assert said["D"] == {
        "measure": "area", "kind": "adoption_plot", "unit": "亩", "decimals": 2,
    }  # fmt: skip
    assert said["E"]["measure"] == "open", "已认养 is more than a word can say"
    assert said["G"]["decimals"] == 4, "as many as the form shows"
    assert said["I"] == {"measure": "manual"}
    assert listing.kind == "bare_land"
    fields = {column.column: column.expression.field for column in listing.columns}
    assert fields == {"A": None, "B": "code", "C": "name", "D": "area_m2", "E": "status", "F": None}
    text = mapping_text(mapping, remarks={"": "a\nb", "open": "?"})
    assert text.startswith("# a\n# b\n")
    assert parse_form_mapping(text) == mapping


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        ("[[table", "syntax", ""),
        ("tabel = 1", "unknown_key", ""),
        ("table = 1", "type", "table"),
        ('[[table]]\nsheet = "a"\nheader = 3', "type", "table[1].header"),
        ('[[table]]\nsheet = "a"\nheader = [3]', "header", "table[1].header"),
        ("[[table]]\nheader = [3, 4]", "missing", "table[1]"),
        (f'{COUNT}measure = "cuont"', "value", "table[1].column[1].measure"),
        (f'{COUNT}measure = "count"', "missing", "table[1].column[1]"),
        (f'{COUNT}measure = "sum"\nkind = "grid"', "missing", "table[1].column[1]"),
        (f'{COUNT}decimals = "2"', "type", "table[1].column[1].decimals"),
        (f"{COUNT}estimates = 1", "type", "table[1].column[1].estimates"),
        (f'{COUNT}measure = "count"\nkind = "grid"\nalive = true', "missing", "table[1].column[1]"),
        (f'{COUNT}unit = "斤"', "value", "table[1].column[1].unit"),
        ('[[cell]]\nsheet = "a"\ncell = "2B"\nlabel = "x"', "value", "cell[1].cell"),
    ],
)
def test_mappings_that_mean_nothing(text: str, reason: str, where: str) -> None:
    with pytest.raises(FormMappingError) as error:
        parse_form_mapping(text)
    assert (error.value.values["reason"], error.value.values["where"]) == (reason, where)
    assert where in texts_in("en").error(error.value)


def test_the_mapping_that_the_page_shows_can_be_read() -> None:
    page = (Path(__file__).parents[3] / "docs/forms.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    mapping = parse_form_mapping(shown)
    assert [len(table.columns) for table in mapping.tables] == [2]
    measures = {row.split("`")[1] for row in page.splitlines() if row.startswith("| `")}
    assert {*MEASURES} - {"number", "day"} <= measures, "the page tells of every measure"


def test_a_mapping_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("")
    for name in ("m.toml", "m.txt", "nowhere/m.toml"):
        with pytest.raises(FormOutputError):
            require_new(tmp_path / name)
    require_new(tmp_path / "new.toml")
    with pytest.raises(FormMappingError):
        read_form_mapping(tmp_path / "nothing.toml")


def test_files_that_are_no_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_text("no workbook")
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    for name in ("a.xlsx", "a.xls", "b.xlsx", "none.xlsx"):
        with pytest.raises((FormUnreadableError, SourceError)):
            look_at_form(tmp_path / name)
    from layers.forms import book

    form = monthly(tmp_path / "form.xlsx", ["西街街道"])
    for bound in ("MAX_SHEETS", "MAX_ROWS", "MAX_COLUMNS", "MAX_CELLS", "_MAX_PART_BYTES"):
        with monkeypatch.context() as narrower:
            narrower.setattr(book, bound, 1)
            with pytest.raises(FormTooLargeError):
                look_at_form(form)


def test_what_cannot_be_carried_over_is_said(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", ["西街街道"])
    with zipfile.ZipFile(form, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG")
        archive.writestr("xl/drawings/drawing9.xml", "<xdr:wsDr><xdr:sp macro=''/></xdr:wsDr>")
    report = fill_form(
        store, form, parse_form_mapping(""), tmp_path / "filled.xlsx", texts_in("zh")
    )
    assert report.lost == ("pictures", "shapes")


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=SUM(A1:A3)", 6),
        ("=A1+A2*A3", 7),
        ("=(A1+$A$2)/A3-1", 0),
        ("=SUM(A1:A2,A3)", 6),
        ("=ROUND(A2/A3,2)", 0.67),
        ("=-A1+50%", -0.5),
        ("=B1", 6),
        ("=A1/A4", None),
        ("=VLOOKUP(A1,A1:A3,1)", None),
        ("=Sheet2!A1", None),
        ("=B2", None),  # a circle
        ("=SUM(", None),
    ],
)
def test_formulas_are_computed_or_left_alone(formula: str, value: float | None) -> None:
    sheet = openpyxl.Workbook().active
    assert isinstance(sheet, Worksheet)
    for row in (1, 2, 3):
        sheet.cell(row, 1, row)
    sheet["B1"], sheet["B2"] = "=SUM(A1:A3)", "=B2"
    found = compute(sheet, formula)
    assert found == (value if value is None else pytest.approx(value))
