"""Columns found by pinyin and by headings with units; similar ones proposed, never taken."""

import csv
from pathlib import Path

import pytest

from layers import Store
from layers.importing import How, ImportOptions, Mapping, Stage, import_file, match_columns
from layers.importing.headings import factor_for, fields_by_letters, split_unit, unit_for
from layers.kinds import KINDS, Field, FieldType, fold

BARE = KINDS["bare_land"]
AREA = Field(key="a", title_zh="面积", title_en="Area", type=FieldType.REAL, unit="m²")


def taken(columns: list[str], kind: str = "bare_land") -> dict[str, tuple[str, ...]]:
    matches = match_columns(KINDS[kind], columns, Mapping())
    return {match.field.key: match.columns for match in matches.fields}


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("SSWG", "grid_code"), ("TDQS", "tenure"), ("tudiquanshu", "tenure"), ("Ss_Wg", "grid_code"),
        ("suoshuwang", "grid_code"), ("ＱＳＤＷ", "owner_org"), ("QSXZ", "tenure"), ("地块·编码：", "code"),
    ],
)  # fmt: skip
def test_a_heading_in_letters_or_with_marks_is_its_field(heading: str, field: str) -> None:
    assert taken([heading]) == {field: (heading,)}


def test_letters_that_fit_two_fields_mean_none_and_are_proposed() -> None:
    matches = match_columns(BARE, ["SXRQ"], Mapping())
    assert not matches.fields
    assert [(each.column, each.fields) for each in matches.proposed] == [
        ("SXRQ", ("valid_from", "valid_to"))
    ]
    assert taken(["SXRQ", "QYRQ"]) == {"valid_from": ("QYRQ",)}


def test_two_columns_for_one_field_are_none() -> None:
    assert "grid_code" not in taken(["SSWG", "SZWG"])
    # And a serial number is no specification, though XH may be either.
    assert taken(["XH"], "manhole_cover") == {}


@pytest.mark.parametrize("kind", list(KINDS))
def test_letters_never_hide_a_heading_that_is_declared(kind: str) -> None:
    declared = KINDS[kind]
    required = [field.key for field in declared.fields if field.required]
    for field in declared.fields:
        for heading in field.headings:
            others = [key for key in required if key != field.key]
            found = match_columns(declared, [heading, *others], Mapping())
            assert {match.how for match in found.fields} == {How.HEADING}
    lone = {name for name, fields in fields_by_letters(declared).items() if len(fields) == 1}
    assert all(letters == fold(letters) for letters in lone)


@pytest.mark.parametrize(
    ("heading", "base", "unit"),
    [
        ("面积(公顷)", "面积", "公顷"), ("面积（单位：亩）", "面积", "亩"), ("占地面积/亩", "占地面积", "亩"),
        ("AREA_HA", "AREA", "ha"), ("长度 km", "长度", "km"), ("面积【㎡】", "面积", "m2"), ("名称（简称）", "名称(简称)", None),
        ("亩", "亩", None), ("公亩", "公亩", None),
    ],
)  # fmt: skip
def test_units_in_headings(heading: str, base: str, unit: str | None) -> None:
    assert split_unit(heading) == (base, unit)


def test_only_units_of_the_same_quantity_fit() -> None:
    assert unit_for(AREA, "面积（公顷）") == "公顷"
    assert factor_for(AREA, "公顷") == 10_000
    assert unit_for(AREA, "面积（公里）") is None
    assert "area_m2" not in taken(["面积（公里）"])


def test_similar_headings_are_proposed_and_not_taken() -> None:
    matches = match_columns(BARE, ["地块编码号", "土地权属性质", "电话", "面积（公里）"], Mapping())
    assert not matches.fields
    proposed = {each.column: each.fields[0] for each in matches.proposed}
    assert proposed["地块编码号"] == "code"
    assert proposed["土地权属性质"] == "tenure"
    assert proposed["面积（公里）"] == "area_m2"
    assert "电话" not in proposed


def test_numbers_take_the_unit_of_their_heading(store: Store, tmp_path: Path) -> None:
    lines = [
        ["DKBM", "面积（亩）", "WKT"],
        *([str(n), area, f"POINT Z ({126 + n / 100} 42 0)"] for n, area in enumerate(("3", "约２", "1公顷", "667㎡", "多"))),
    ]  # fmt: skip
    lines = [line if at == 0 else [*line[:2], _square(at)] for at, line in enumerate(lines)]
    path = tmp_path / "plots.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    report = import_file(store, "bare_land", path, ImportOptions(datum="CGCS2000"))
    hows = {match.field.key: match.how for match in report.columns}
    assert hows == {"code": How.LETTERS, "area_m2": How.UNIT}
    assert report.notes["units_converted"] == 2
    areas = store.read("bare_land").sort_values("code")["area_m2"]
    assert areas.round(1).fillna(-1).tolist() == [2000.0, 1333.3, 10_000.0, 667.0, -1]


def _square(at: int) -> str:
    x = 126 + at / 100
    return f"POLYGON (({x} 42, {x} 42.001, {x + 0.001} 42.001, {x + 0.001} 42, {x} 42))"


def test_a_column_may_be_said_by_its_lowest_heading() -> None:
    columns = ["地块情况 / 地块编码", "地块情况 / 说明甲", "其他 / 说明乙"]
    said = Mapping(key=("地块编码",), columns={"note": ("说明乙",)})
    matches = match_columns(BARE, columns, said)
    assert matches.key_columns == ("地块情况 / 地块编码",)
    assert {m.field.key: m.columns for m in matches.fields}["note"] == ("其他 / 说明乙",)


def test_an_import_tells_how_far_it_is(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    path.write_text("编号,经度,纬度\n1,126,42\n2,126,42\n", "utf-8")
    told: list[tuple[str, int, int]] = []
    options = ImportOptions(datum="CGCS2000", tell=lambda *said: told.append(said))
    import_file(store, "dead_tree", path, options)
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == list(Stage)
    assert {stage: done for stage, done, _ in told} == dict.fromkeys(Stage, 2) | {Stage.READING: 0}


def test_what_a_spreadsheet_rounds_is_no_change(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "plots.csv"
    options = ImportOptions(datum="CGCS2000", mapping=Mapping(key=("code",)))
    areas = (("244.66666666666666", "1.5"), ("244.6666666666667", "1.5"), ("244.6666666667", "1.6"))
    changed = []
    for one, other in areas:
        lines = [f"a,{one},{_square(1)}", f"b,{other},{_square(2)}"]
        rows = "".join(
            f'{code},{area},"{wkt}"\n' for code, area, wkt in (x.split(",", 2) for x in lines)
        )
        path.write_text(f"code,面积,WKT\n{rows}", "utf-8")
        changed.append(import_file(store, "bare_land", path, options).changed)
    assert changed == [0, 0, 2]
