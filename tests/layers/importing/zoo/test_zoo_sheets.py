"""Awkward sheets, each with exactly what comes out of it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from layers import Store
from layers.importing import (
    ImportReport,
    Severity,
    Source,
    SourceOptions,
    parse_mapping,
    read_source,
)
from layers.importing import Mapping as UserMapping
from layers.importing.errors import (
    SourceHeaderMissingError,
    SourceLayerNotChosenError,
    SourceUnreadableError,
)
from layers.importing.readers import PASSED_OVER
from tests.layers.importing.survey import Import, values
from tests.layers.importing.zoo.sheets import (
    HEADER,
    ROWS,
    counting_from_1904,
    formal_ledger,
    hiding_rows,
    merging,
    with_sheet,
    write_csv,
    write_workbook,
)

BY_NUMBER = UserMapping(key=("编号",))


def said(remarked: Source | ImportReport) -> dict[str, Mapping[str, object]]:
    return {remark.code: remark.values for remark in remarked.remarks}


def passed_over(report: ImportReport) -> dict[str, object]:
    return {code: each["rows"] for code, each in said(report).items() if code in PASSED_OVER}


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("encoding", "mark", "detected"),
    [
        ("utf-8", b"", "utf-8"), ("utf-8", b"\xef\xbb\xbf", "utf-8"), ("gbk", b"", "gb18030"), ("gb18030", b"", "gb18030"),
        ("utf-16-le", b"\xff\xfe", "utf-16"), ("utf-16-be", b"\xfe\xff", "utf-16"), ("utf-16-le", b"", "utf-16-le"),
        ("big5", b"", "big5"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_separators(
    tmp_path: Path, encoding: str, mark: bytes, detected: str, delimiter: str
) -> None:
    rows = [
        ["A1", "中山路東側公園與廣場", "126.5", "42.0"],
        ["A2", "人民路北側小學門前綠地", "126.6", "42.1"],
    ]
    path = write_csv(
        tmp_path / "a.csv", [["編號", "名稱", "lon", "lat"], *rows],
        encoding=encoding, delimiter=delimiter, mark=mark,
    )  # fmt: skip
    source = read_source(path)
    assert source.encoding == detected
    assert source.frame["名稱"].tolist() == [row[1] for row in rows]
    assert said(source)["encoding_detected"] == {"encoding": detected}
    assert said(source).get("separator") == (None if delimiter == "," else {"separator": delimiter})


def test_western_accents_are_not_taken_for_chinese(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["name", "lon", "lat"],
        ["Plaza de España", "-15.4", "28.1"],
        ["Camino Ñame", "-15.5", "28.2"],
    ]
    source = read_source(write_csv(tmp_path / "a.csv", lines, encoding="cp1252"))
    assert (source.encoding, source.frame["name"].tolist()) == (
        "cp1252",
        ["Plaza de España", "Camino Ñame"],
    )


def test_decimal_commas_do_not_make_a_comma_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name;note\na;1,5\nb;2,5\nc;3,5\n")
    assert list(read_source(path).frame.columns) == ["name", "note"]


def test_a_line_that_names_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=|\nname|note\na|1,5\n")
    assert read_source(path).frame.to_dict("list") == {"name": ["a"], "note": ["1,5"]}


def test_a_quotation_mark_that_would_swallow_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name,lon,lat\na,126.5,42\n"b,126.5,42\nc,126.5,42\n')
    with pytest.raises(SourceUnreadableError, match="quotes"):
        read_source(path)


def test_codes_that_were_kept_from_the_spreadsheet(tmp_path: Path) -> None:
    lines = [["编号", "名称"], ['="0012"', "a"], ["'0013", "b"], ["0014\t", "c"]]
    source = read_source(write_csv(tmp_path / "a.csv", lines))
    assert [str(cell).strip() for cell in source.frame["编号"]] == ["0012", "0013", "0014"]


def test_zero_bytes_in_a_text(take: Import, tmp_path: Path, store: Store) -> None:
    rows = [[f"A{n}", "井", 126.5, 42.0] for n in range(20)]
    rows[3][1] = "一\0号"
    report = take("manhole_cover", write_csv(tmp_path / "a.csv", [HEADER, *rows]))
    assert (report.added, report.warned, report.rejected) == (20, 1, 0)
    wrong = [p.code for p in report.problems if p.severity is not Severity.NOTICE]
    assert wrong == ["text_with_control_characters"]


def test_ten_megabytes_in_one_cell(take: Import, tmp_path: Path, store: Store) -> None:
    rows = [ROWS[0], ["A2", "x" * 10_000_000, 126.6, 42.1]]
    for path in (
        write_csv(tmp_path / "a.csv", [HEADER, *rows]),
        write_workbook(
            tmp_path / "a.xlsx", [HEADER, [*rows[0]], ["A2", "x" * 32_767, 126.6, 42.1]]
        ),
    ):
        report = take("manhole_cover", path, dry_run=True)
        assert (report.read, report.added, report.warned) == (2, 2, 1)
        (problem,) = report.problems
        assert (problem.code, problem.field, problem.row) == ("text_too_long", "name", 3)


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_formal_ledger(take: Import, tmp_path: Path, store: Store, ending: str) -> None:
    lines, merged = formal_ledger()
    path = tmp_path / f"a.{ending}"
    if ending == "xlsx":
        write_workbook(path, lines, merged)
    else:
        write_csv(path, lines, encoding="gb18030")
    report = take("scenic_spot", path, mapping=BY_NUMBER)
    assert (report.read, report.added, report.rejected, report.warned) == (3, 3, 0, 0)
    assert passed_over(report) == {
        "lines_above_header": [1, 2], "blank_lines": [8], "explanations": [5],
        "repeated_headers": [9], "totals": [11], "notes_below": [12],
    }  # fmt: skip
    assert said(report)["header_of_two_lines"] == {"rows": [3, 4]}
    assert {match.field.key: match.columns for match in report.columns} == {
        "code": ("编号",), "name": ("名称",), "area_m2": ("面积",), "surveyed_on": ("调查日期",), "note": ("备注",),
    }  # fmt: skip
    assert values(store, "scenic_spot", "area_m2") == pytest.approx([1200, 3.5 * 2000 / 3, 800])
    days = [dt.date(2026, 3, 5), dt.date(2026, 3, 6), dt.date(2026, 3, 5)]
    assert values(store, "scenic_spot", "surveyed_on") == days
    first = store.read("scenic_spot").sort_values("code").geometry.iloc[0]
    assert (first.x, first.y) == pytest.approx((126.5906, 41.9), abs=1e-9)
    assert (report.notes["approximate_numbers"], report.read + 9) == (1, len(lines))


def test_parts_of_a_header_under_two_others(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["编号", "栋长", None, "网格员", None],
        [None, "姓名", "电话", "姓名", "电话"],
        ["B1", "甲", "1", "乙", "2"],
    ]
    path = write_workbook(tmp_path / "a.xlsx", lines, merging("A1:A2", "B1:C1", "D1:E1"))
    assert list(read_source(path).frame.columns) == [
        "编号", "栋长 / 姓名", "栋长 / 电话", "网格员 / 姓名", "网格员 / 电话",
    ]  # fmt: skip


def test_a_header_that_the_user_names(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", [["x1", "x2"], ["编号", "名称"], ["A", "合计"], ["合计", "b"]]
    )
    source = read_source(path, SourceOptions(header=(2,), every_line=True))
    assert source.frame.to_dict("list") == {"编号": ["A", "合计"], "名称": ["合计", "b"]}
    assert source.row_numbers.tolist() == [3, 4]
    assert parse_mapping("[source]\nheader = [2, 3]").source.header == (2, 3)
    with pytest.raises(SourceHeaderMissingError):
        read_source(path, SourceOptions(header=(9,)))


def test_totals_stay_rows_where_they_are_none(tmp_path: Path) -> None:
    lines = [["name", "n"], ["Total", "1"], ["Shell", "2"], ["Total", "3"]]
    source = read_source(write_csv(tmp_path / "a.csv", lines))
    assert source.row_numbers.tolist() == [2, 3], "a filling station is one, the last line a total"
    assert said(source)["totals"] == {"count": 1, "rows": [4]}


@pytest.mark.parametrize(
    ("above", "header"),
    [
        ([], ["社区", 2023, 2024, 2025]), ([["人口"]], ["社区", "2023", "2024", "2025"]),
        ([["人口"] * 4, ["单位：人", None, None, "3月"]], ["name", "备注", "x1", "x1"]),
    ],
)  # fmt: skip
def test_which_line_is_the_header(
    tmp_path: Path, above: list[list[object]], header: list[object]
) -> None:
    rows: list[list[object]] = [["甲", "备注", "丙", "丁"], ["乙", 4, 5, 6]]
    path = write_csv(tmp_path / "a.csv", [*above, header, *rows])
    source = read_source(path, SourceOptions(headings=frozenset({"name", "备注"})))
    assert len(source) == 2
    assert source.row_numbers.tolist() == [len(above) + 2, len(above) + 3]
    assert list(source.frame.columns)[:2] == [str(cell) for cell in header[:2]]


def test_a_file_without_a_header_is_suspected(tmp_path: Path) -> None:
    source = read_source(write_csv(tmp_path / "a.csv", [[1, 126.5, 42.0], [2, 126.6, 42.1]]))
    assert said(source)["header_like_data"]["row"] == 1


def test_merged_cells_among_the_rows(take: Import, tmp_path: Path, store: Store) -> None:
    lines: list[list[object]] = [
        [*HEADER, "所属社区", "户数"],
        ["G1", "一", 126.5, 42.0, "220605001001", 120],
        ["G2", "二", 126.6, 42.1, None, None],
        ["G3", "三", 126.7, 42.2, None, None],
    ]
    path = write_workbook(tmp_path / "a.xlsx", lines, merging("E2:E4", "F2:F4"))
    source = read_source(path)
    assert source.frame["所属社区"].tolist() == ["220605001001"] * 3
    assert source.frame["户数"].tolist() == [120, None, None], "a total is not multiplied"
    assert said(source)["merged_cells_filled"] == {"count": 2, "rows": [3, 4]}
    assert said(source)["merged_numbers"] == {"count": 1, "rows": [2]}


def test_hidden_rows_and_sheets(tmp_path: Path) -> None:
    more = with_sheet("旧表", [HEADER, *ROWS], hidden=True)
    note = with_sheet("填写说明", [["请如实填写"]])
    blank = with_sheet("Sheet3", [])
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS], hiding_rows(3), more, note, blank)
    source = read_source(path)
    assert (source.layer, len(source)) == ("台账", 2)
    assert said(source)["hidden_rows_read"] == {"count": 1, "rows": [3]}
    assert said(source)["hidden_sheets_not_read"] == {"sheets": ["旧表"]}
    assert said(source)["sheets_not_read"] == {"sheets": ["填写说明"]}
    assert len(read_source(path, SourceOptions(layer="旧表"))) == 2


def test_two_sheets_of_data_have_to_be_chosen_from(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS], with_sheet("二月", [HEADER, *ROWS]))
    with pytest.raises(SourceLayerNotChosenError) as error:
        read_source(path)
    assert error.value.values["layers"] == ["台账", "二月"]


# ---------------------------------------------------------------- values


def test_codes_that_a_spreadsheet_spoilt(take: Import, tmp_path: Path) -> None:
    codes = [
        "1.2E+14", 2206050010010012345.0, 3205080101000000, 3205080101000001, 220605001001001,
        dt.date(2026, 3, 2), "3月2日", "0012",
    ]  # fmt: skip
    rows = [[code, "井", 126.5, 42.0] for code in codes]
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *rows])
    report = take("manhole_cover", path, mapping=BY_NUMBER)
    found = [(p.row, p.code) for p in report.problems if p.severity is Severity.ERROR]
    lost, dated = "code_in_scientific_notation", "code_turned_into_date"
    assert found == [(2, lost), (3, lost), (4, lost), (7, dated), (8, dated)]
    assert (report.read, report.added, report.rejected) == (8, 3, 5)


def test_formulas_count_as_calculated(take: Import, tmp_path: Path, store: Store) -> None:
    rows = [
        ["A1", '="a"&"b"', 126.5, 42.0],
        ["A2", "#REF!", 126.6, 42.1],
        ["A3", "井", 126.7, 42.2],
    ]
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *rows])
    report = take("manhole_cover", path, mapping=BY_NUMBER)
    assert [(p.row, p.code, p.field) for p in report.problems] == [
        (2, "formula_error", "name"), (3, "formula_error", "name"),
    ]  # fmt: skip
    assert (report.added, report.warned) == (3, 2)
    assert values(store, "manhole_cover", "name") == [None, None, "井"]


def test_days_from_1904(take: Import, tmp_path: Path, store: Store) -> None:
    day = dt.date(2026, 3, 5)
    serial = (day - dt.date(1904, 1, 1)).days
    lines: list[list[object]] = [[*HEADER, "调查日期"], [*ROWS[0], day], [*ROWS[1], serial]]
    path = write_workbook(tmp_path / "a.xlsx", lines, counting_from_1904)
    report = take("manhole_cover", path, mapping=BY_NUMBER)
    assert "date_system_1904" in said(report)
    assert values(store, "manhole_cover", "surveyed_on") == [day, day]


def test_blank_rows_within_a_workbook(take: Import, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, ROWS[0], [], [None] * 4, ROWS[1]])
    report = take("manhole_cover", path)
    assert (report.read, report.added) == (2, 2)
    assert passed_over(report) == {"blank_lines": [3, 4]}


def test_a_file_open_in_a_spreadsheet_program(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [HEADER, *ROWS])
    lock = tmp_path / "~$a.xlsx"
    lock.write_bytes(b"\x05owner" + b" " * 160)
    assert said(read_source(path))["open_elsewhere"] == {"file": "a.xlsx"}
    with pytest.raises(SourceUnreadableError, match="lock_file"):
        read_source(lock)
