"""A department's form filled from the store: figures by hand, layout untouched, gaps said."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from api.texts import texts_in
from layers import Store
from layers.exporting.errors import ExportOntoStoreError
from layers.forms import (
    CellMapping,
    Expression,
    FillOptions,
    FormMapping,
    FormReport,
    TableMapping,
    fill_form,
    look_at_form,
    mapping_text,
    parse_form_mapping,
    propose_mapping,
)
from layers.forms.errors import FormChangedError, FormOutputError
from tests.layers.forms.conftest import ON
from tests.layers.forms.paper import FIRST_ROW, LIST, SUMMARY, monthly

WORDS = texts_in("zh")
STREETS = ["西街街道", "东街街道"]
NEW_IN_MONTH = Expression(
    measure="count", kind="adoption", period="month", date_field="agreed_from"
)


def completed(store: Store, form: Path, **others: Expression) -> FormMapping:
    """Do what a user does with the proposal: complete it, column by column of the summary."""
    proposed = propose_mapping(store, look_at_form(form))
    said = {"E": NEW_IN_MONTH, "H": Expression(measure="manual"), **others}
    summary, *rest = proposed.tables
    columns = tuple(
        replace(column, expression=said.get(column.column, column.expression))
        for column in summary.columns
    )
    cells = tuple(
        replace(cell, expression=Expression(measure="constant", value="示范区"))
        if cell.label == "填报单位"
        else cell
        for cell in proposed.cells
    )
    mapping = FormMapping(tables=(replace(summary, columns=columns), *rest), cells=cells)
    assert parse_form_mapping(mapping_text(mapping)) == mapping, "kept for next month as it is"
    return mapping


def fill(store: Store, form: Path, mapping: FormMapping, on: dt.date = ON) -> FormReport:
    return fill_form(store, form, mapping, form.with_name("filled.xlsx"), WORDS, FillOptions(on=on))


def sheet_of(path: Path, title: str) -> Worksheet:
    sheet = openpyxl.load_workbook(path)[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_every_figure_by_hand(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    report = fill(store, form, completed(store, form))
    sheet = sheet_of(tmp_path / "filled.xlsx", SUMMARY)
    west, east = (
        [sheet[f"{letter}{row}"].value for letter in "BCDEFG"] for row in (FIRST_ROW, FIRST_ROW + 1)
    )
    # 1,334 m² are 2.001 mu; one adoption began in November; 400 m² are 0.04 ha.
    assert west == ["西街街道", 2, 2.0, 1, 1, 0.04]
    # 2,000 m² are 3 mu; b2 declares no area, its outline is 20 m by 20 m: 2,000 m² in all.
    assert east == ["东街街道", 1, 3.0, 1, 2, pytest.approx(0.2, abs=0.0002)]
    assert sheet["B2"].value == "示范区"
    assert sheet["G2"].value == "2026年11月20日"
    assert [(gap.sheet, gap.cell, gap.reason) for gap in report.gaps] == [(LIST, "D4", "no_values")]
    assert report.differences == ()
    assert (report.kept, report.checked) == (7, 5)
    assert sheet[f"C{FIRST_ROW + 2}"].value == "=SUM(C6:C7)"
    proof = {each.cell: each for each in report.proofs if each.sheet == SUMMARY}
    assert (proof["G7"].features, proof["G7"].measured) == (2, 1)
    assert proof["C6"].features == len(store.read("adoption_plot", where="code IN ('p1','p2')"))


def test_a_list_is_written_line_by_line_and_grows(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS, lines=2)
    fill(store, form, completed(store, form))
    sheet = sheet_of(tmp_path / "filled.xlsx", LIST)
    rows = list(sheet.iter_rows(min_row=3, max_row=5, max_col=5, values_only=True))
    assert rows == [
        (1, "b1", "北坡", 0.6, "已摸排"),
        (2, "b2", "=1+1", None, "已摸排"),
        (3, "b3", "河边", 2.4, "已治理"),
    ]
    assert sheet["C4"].data_type == "s", "a name is never run"
    assert sheet["D4"].comment is not None, "its area is not declared"
    assert sheet["B5"].border.left.style == "thin", "the line that was added looks like the others"


def test_nothing_else_of_the_form_has_changed(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    report = fill(store, form, completed(store, form))
    before, after = openpyxl.load_workbook(form), openpyxl.load_workbook(tmp_path / "filled.xlsx")
    assert after.sheetnames == [*before.sheetnames, "填报说明"]
    gaps = {(gap.sheet, gap.cell) for gap in report.gaps}
    touched = gaps | {(proof.sheet, proof.cell) for proof in report.proofs}
    for one in before.worksheets:
        two = after[one.title]
        assert sorted(map(str, one.merged_cells.ranges)) == sorted(
            map(str, two.merged_cells.ranges)
        )
        assert (one.print_area, one.print_title_rows) == (two.print_area, two.print_title_rows)
        assert one.page_setup.orientation == two.page_setup.orientation
        assert one.freeze_panes == two.freeze_panes
        widths = {key: each.width for key, each in one.column_dimensions.items()}
        assert widths == {key: two.column_dimensions[key].width for key in widths}
        for row in one.iter_rows():
            for cell in row:
                other = two[cell.coordinate]
                number = one.title == LIST and cell.column == 1
                if (one.title, cell.coordinate) not in touched and not number:
                    assert cell.value == other.value, cell.coordinate
                looks = ["font", "border", "alignment", "number_format", "protection"]
                marked = (one.title, cell.coordinate) in gaps
                for look in looks if marked else [*looks, "fill"]:
                    assert repr(getattr(cell, look)) == repr(getattr(other, look)), cell.coordinate


def test_what_cannot_be_proved_is_marked_with_the_reason(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", ["西街街道", "南街街道"])
    said = {
        "C": Expression(measure="open"),
        "D": Expression(measure="sum", kind="building", field="households"),
        "E": Expression(measure="count", kind="manhole_cover"),
        "F": Expression(measure="coverage", run="latest", tier="t", figure="covered"),
        "G": Expression(measure="count", kind="adopter"),
    }
    mapping = completed(store, form, **said)
    report = fill(store, form, mapping)
    found = {gap.cell: gap.reason for gap in report.gaps if gap.sheet == SUMMARY}
    assert found["C6"] == "no_mapping"
    assert found["E6"] == "layer_empty"
    assert found["F6"] == "run_missing"
    assert found["G6"] == "not_placed"
    assert {found[f"{letter}7"] for letter in "CDEFG"} == {"unit_unknown"}
    assert "D6" not in found, "10 and 20 households, none of them estimated"
    sheet = sheet_of(tmp_path / "filled.xlsx", SUMMARY)
    assert sheet["D6"].value == 30
    for cell in found:
        assert sheet[cell].value is None
        assert sheet[cell].fill.start_color.rgb == "FFFFF2CC"
        assert sheet[cell].comment is not None
    assert "南街街道" in str(sheet["C7"].comment)


def test_a_form_of_one_street(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    mapping = completed(store, form)
    summary, listing = mapping.tables
    unit = Expression(measure="count", kind="adoption_plot", within="西街街道")
    cells = tuple(replace(cell, expression=unit) for cell in mapping.cells)
    within = replace(mapping, tables=(summary, replace(listing, within="s1")), cells=cells)
    fill(store, form, parse_form_mapping(mapping_text(within)))
    assert sheet_of(tmp_path / "filled.xlsx", SUMMARY)["B2"].value == 2
    sheet = sheet_of(tmp_path / "filled.xlsx", LIST)
    assert [sheet.cell(row, 2).value for row in range(3, 7)] == ["b2", "b3", None, None]
    nowhere = replace(within, tables=(summary, replace(listing, within="没有街道")))
    report = fill(store, form, nowhere)
    assert ("unit_unknown", "A3") in [(gap.reason, gap.cell) for gap in report.gaps]


def test_a_total_needs_all_its_parts(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", ["西街街道", "南街街道"])
    mapping = completed(store, form)
    book = openpyxl.load_workbook(form)
    book[SUMMARY]["C8"] = None
    book.save(form)
    report = fill(store, form, mapping)
    assert [gap.reason for gap in report.gaps if gap.cell == "C8"] == ["total_incomplete"]


def test_only_what_is_alive(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    alive = Expression(measure="count", kind="adoption_plot", alive=True)
    report = fill(store, form, completed(store, form, C=alive))
    found = {proof.cell: proof.value for proof in report.proofs if proof.sheet == SUMMARY}
    assert (found["C6"], found["C7"]) == (1, 0), "a2 has been ended, a3 is only applied for"


def test_estimates_are_for_the_user_to_report(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    homes = Expression(measure="sum", kind="building", field="households")
    report = fill(store, form, completed(store, form, D=homes))
    assert [gap.reason for gap in report.gaps if gap.cell == "D7"] == ["estimated"]
    # A third of what is counted has no value: said in the proof, and on the sheet of reasons.
    report = fill(store, form, completed(store, form, D=replace(homes, estimates=True)))
    (proof,) = [each for each in report.proofs if each.cell == "D7"]
    assert (proof.value, proof.missing, proof.estimated, proof.features) == (40, 1, 1, 2)
    sheet = sheet_of(tmp_path / "filled.xlsx", "填报说明")
    said = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert said[f"{SUMMARY}!D7"][2:] == (
        40, None, "measure = sum; kind = building; field = households; estimates = True", 2,
        "其中 1 个没有这项数值，未计入；其中 1 个是估算值",
    )  # fmt: skip


def test_equally_named_units_need_the_one_above(store: Store, tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ["街道", "社区", "地块数（块）"],
        ["西街街道", "中心社区", None],
        ["东街街道", "中心社区", None],
        [None, "小计", None],
        ["合计", None, None],
    ):
        sheet.append(row)
    sheet.merge_cells("A3:A4")
    book.save(form)
    (table,) = look_at_form(form).tables
    assert table.headed_by == ("A", "B")
    assert [row.names for row in table.rows] == [
        ("西街街道", "中心社区"), ("东街街道", "中心社区"), ("东街街道",), (),
    ]  # fmt: skip
    (proposed,) = propose_mapping(store, look_at_form(form)).tables
    assert proposed.level == "community"
    (column,) = proposed.columns
    plots = replace(column, expression=Expression(measure="count", kind="adoption_plot"))
    fill(store, form, FormMapping(tables=(replace(proposed, columns=(plots,)),)))
    filled = openpyxl.load_workbook(tmp_path / "filled.xlsx").worksheets[0]
    assert [filled.cell(row, 3).value for row in range(2, 6)] == [1, 1, 1, 2]
    sheet.unmerge_cells("A3:A4")
    sheet["A2"], sheet["A3"] = "城区", "郊区"  # names of no unit: nothing is known by them
    book.save(form)
    report = fill(store, form, FormMapping(tables=(replace(proposed, columns=(plots,)),)))
    assert [gap.reason for gap in report.gaps][:2] == ["unit_ambiguous"] * 2


def test_a_total_that_the_form_adds_up_otherwise_is_said(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    mapping = completed(store, form)
    book = openpyxl.load_workbook(form)
    book[SUMMARY]["F8"] = "=SUM(F6:F6)"
    book.save(form)
    (difference,) = fill(store, form, mapping).differences
    assert (difference.cell, difference.found, difference.expected) == ("F8", 1, 3)


def test_what_stands_in_a_cell_stays_unless_the_mapping_says_otherwise(
    store: Store, tmp_path: Path
) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    mapping = completed(store, form)
    book = openpyxl.load_workbook(form)
    book[SUMMARY]["C6"], book[SUMMARY]["C7"] = 17, "——"
    book.save(form)
    report = fill(store, form, mapping)
    assert [(gap.cell, gap.reason, gap.found) for gap in report.gaps if gap.cell == "C6"] == [
        ("C6", "occupied", "17")
    ]
    sheet = sheet_of(tmp_path / "filled.xlsx", SUMMARY)
    assert [sheet["C6"].value, sheet["C7"].value] == [17, 1]
    first, *rest = mapping.tables
    fill(store, form, replace(mapping, tables=(replace(first, overwrite=True), *rest)))
    assert sheet_of(tmp_path / "filled.xlsx", SUMMARY)["C6"].value == 2


def test_next_month_and_a_changed_form(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    mapping = completed(store, form)
    fill(store, form, mapping, dt.date(2026, 10, 31))
    assert sheet_of(tmp_path / "filled.xlsx", SUMMARY)["E6"].value == 1, "a2, of 30 October"
    more = monthly(tmp_path / "form.xlsx", [*STREETS[::-1]], lines=9)
    fill(store, more, mapping)  # other rows, the same headings
    assert sheet_of(tmp_path / "filled.xlsx", SUMMARY)["C6"].value == 1
    (tmp_path / "filled.xlsx").unlink()
    book = openpyxl.load_workbook(form)
    sheet = book[SUMMARY]
    sheet["C4"], sheet["F4"] = "地块面积", "地块个数"
    sheet["A2"] = "单位："
    book[LIST].insert_rows(2)
    book.save(form)
    with pytest.raises(FormChangedError) as changed:
        fill(store, form, mapping)
    cells = [each.values["cell"] for each in changed.value.details]
    assert cells == [f"{SUMMARY}!C5", f"{SUMMARY}!F5", f"{LIST}!2:2", f"{SUMMARY}!B2"]
    assert "地块面积" in WORDS.error(changed.value)
    assert not (tmp_path / "filled.xlsx").exists()


def test_figures_of_coverage_come_from_a_run(store: Store, tmp_path: Path) -> None:
    from gis import presets
    from layers.analysis import run_coverage

    rules = presets["baishan_slogan_300_500_1000"]
    run = run_coverage(store, rules, weight="buildings", on=ON).run
    form = monthly(tmp_path / "form.xlsx", STREETS)
    tier = run.results["tiers"][0]["tier"]
    base = Expression(measure="coverage", run="latest", tier=tier, figure="base")
    share = replace(base, figure="share", unit="%", decimals=1)
    report = fill(store, form, completed(store, form, C=base, D=share))
    proofs = {each.cell: each for each in report.proofs if each.sheet == SUMMARY}
    assert [proofs[cell].value for cell in ("C6", "C7")] == [2, 2]
    by_unit = {row["name"]: row for row in run.results["by_unit"] if row["tier"] == tier}
    assert proofs["D6"].value == round(100 * by_unit["西街街道"]["share"], 1)
    assert proofs["D6"].run == run.id
    assert report.checked == 3, "sums of shares are no totals"


def test_nothing_is_ever_written_over(store: Store, tmp_path: Path) -> None:
    form = monthly(tmp_path / "form.xlsx", STREETS)
    mapping = completed(store, form)
    bytes_before = form.read_bytes()
    for output, error in (
        (form, FormOutputError),
        (tmp_path / "a.csv", FormOutputError),
        (tmp_path / "nowhere" / "a.xlsx", FormOutputError),
    ):
        with pytest.raises(error):
            fill_form(store, form, mapping, output, WORDS)
    disguised = tmp_path / "store.xlsx"
    disguised.symlink_to(store.place)
    with pytest.raises(ExportOntoStoreError):
        fill_form(store, form, mapping, disguised, WORDS)
    assert form.read_bytes() == bytes_before


def test_single_cells(store: Store, tmp_path: Path) -> None:
    """A form of labels and values, with a figure of the whole town."""
    form = tmp_path / "form.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"], sheet["A2"], sheet["A3"] = "绿化面积（㎡）：", "住户：", "负责人：   电话："
    book.save(form)
    found = look_at_form(form)
    assert [(label.cell, label.label) for label in found.labels] == [
        ("B1", "绿化面积（㎡）"), ("B2", "住户"),
    ]  # fmt: skip
    area = Expression(measure="area", kind="green_space", unit="㎡", decimals=0)
    cells = (CellMapping(sheet="Sheet", cell="B1", label="绿化面积（㎡）", expression=area),)
    fill(store, form, FormMapping(cells=cells))
    assert openpyxl.load_workbook(tmp_path / "filled.xlsx").worksheets[0]["B1"].value == 400
    assert isinstance(TableMapping(sheet="a", header=(1, 1), columns=()), TableMapping)
