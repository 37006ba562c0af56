"""Values of every type, good and bad, from a file into a store."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from layers import Store
from layers.importing import (
    Mapping,
    parse_mapping,
)
from layers.importing.errors import MappingValueError
from tests.layers.importing.survey import BY_ID, Import, Save, squares, values


def test_every_type_of_field(take: Import, save: Save, store: Store) -> None:
    frame = squares(
        3,
        id=["a", "b", "c"],
        名称=["公园", " 绿地 ", ""],
        面积=["1,234.5", "９５ m²", None],
        开放程度=["对外开放", "private", "-"],
        是否计入绿地=["是", "0", "NULL"],
        生效日期=["2024年5月6日", "2024/5/7", None],
    )
    report = take("green_space", save(frame), mapping=BY_ID)
    assert report.rejected == 0
    assert values(store, "green_space", "name") == ["公园", "绿地", None]
    assert values(store, "green_space", "area_m2") == [1234.5, 95.0, None]
    assert values(store, "green_space", "access") == ["public", "private", None]
    assert values(store, "green_space", "counts_as_green") == [True, False, None]
    assert values(store, "green_space", "valid_from") == [
        dt.date(2024, 5, 6),
        dt.date(2024, 5, 7),
        None,
    ]


def test_lists_of_codes(take: Import, tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.csv").write_text(
        'code,x,y,functions_normal\nS1,126.5,42,政务服务、图书阅览\nS2,126.5,42,"reading;health；reading"\n',
        encoding="utf-8",
    )
    take("service_station", tmp_path / "a.csv")
    found = values(store, "service_station", "functions_normal")
    assert found[1] == "reading;health"
    assert str(found[0]).startswith("government_service")


def test_a_code_is_read_in_the_code_system_of_its_row(
    take: Import, save: Save, store: Store
) -> None:
    frame = squares(
        3,
        id=["a", "b", "c"],
        class_code=["防护绿地", "防护绿地", "own"],
        code_system=["cjjt85_2017", "cjjt85_2002", None],
    )
    take("green_space", save(frame), mapping=BY_ID)
    assert values(store, "green_space", "class_code") == ["G2", "G3", "own"]


def test_a_code_list_may_have_a_word_that_elsewhere_means_nothing(
    take: Import, save: Save, store: Store
) -> None:
    frame = squares(2, id=["a", "b"], list=["none", "-"])
    take("property_area", save(frame), mapping=BY_ID)
    assert values(store, "property_area", "list") == ["none", None]


def test_times_are_read_in_the_declared_zone(take: Import, tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.csv").write_text("code,state,reported_at\nE1,closed,2026-05-01 08:00\n")
    take("grid_event", tmp_path / "a.csv", datum=None)
    assert values(store, "grid_event", "reported_at") == [
        pd.Timestamp("2026-05-01 00:00", tz="UTC")
    ]


UNREADABLE = pytest.mark.parametrize(
    ("kind", "column", "value", "code"),
    [
        ("building", "floors", "many", "not_an_integer"),
        ("building", "floors", 12.5, "not_an_integer"),
        ("building", "floors", -1, "below_minimum"),
        ("building", "floors", 201, "above_maximum"),
        ("green_space", "area_m2", "1,5", "not_a_number"),
        ("green_space", "counts_as_green", "maybe", "not_a_boolean"),
        ("green_space", "access", "sometimes", "code_unknown"),
        ("green_space", "valid_from", "soon", "not_a_date"),
        ("green_space", "valid_from", "5/6/2024", "date_order_unknown"),
        ("green_space", "note", "x" * 10_001, "text_too_long"),
        ("green_space", "note", "a\x07b", "text_with_control_characters"),
    ],
)


@UNREADABLE
def test_an_unreadable_value_costs_only_itself(
    *, take: Import, save: Save, store: Store, kind: str, column: str, value: object, code: str
) -> None:
    frame = squares(2, id=["a", "b"])
    frame[column] = pd.Series([value, None], dtype=object)
    path = save(frame, "a.geojson") if isinstance(value, str) else save(frame)
    report = take(kind, path, mapping=BY_ID)
    (problem,) = report.problems
    assert (problem.row, problem.field, problem.code) == (1, column, code)
    assert (problem.severity, problem.remedy) == ("warning", f"{code}_remedy")
    assert (report.added, report.rejected, report.warned) == (2, 0, 1)
    assert values(store, kind, column) == [None, None]


def test_an_unreadable_value_erases_nothing(take: Import, save: Save, store: Store) -> None:
    take("building", save(squares(3, id=["a", "b", "c"], floors=[6, 7, 8])), mapping=BY_ID)
    later = squares(3, id=["a", "b", "c"], floors=["six", "9", None])
    report = take("building", save(later, "b.geojson"), mapping=BY_ID)
    assert (report.unchanged, report.changed, report.warned) == (1, 2, 1)
    assert values(store, "building", "floors") == [6, 9, None], "an empty cell says: nothing there"


@pytest.mark.parametrize("field", ["code", "parent_code"])
def test_a_code_that_lost_its_digits_costs_the_row(take: Import, save: Save, field: str) -> None:
    frame = squares(2)
    frame[field] = ["2.2E+14", "220605001001"]
    report = take("grid", save(frame))
    (problem,) = report.problems
    assert (problem.row, problem.field, problem.severity) == (1, field, "error")
    assert problem.code == "code_in_scientific_notation"
    assert (report.added, report.rejected) == (1, 1)


def test_an_unreadable_key_costs_the_row(take: Import, save: Save) -> None:
    mapping = Mapping(key=("surveyed_on",), columns={"code": ("id",)})
    frame = squares(2, id=["a", "b"], surveyed_on=["2026-05-01", "soon"])
    report = take("green_space", save(frame), mapping=mapping)
    assert [(p.row, p.code, p.severity) for p in report.problems] == [(2, "not_a_date", "error")]


def test_the_allowed_values_are_named(take: Import, save: Save) -> None:
    report = take("green_space", save(squares(1, access=["sometimes"])))
    (problem,) = report.problems
    assert problem.values == {
        "found": "sometimes",
        "allowed": ["public", "restricted", "private", "unknown"],
    }


def test_long_values_are_shortened_in_the_report(take: Import, save: Save) -> None:
    report = take("building", save(squares(1, floors=["x" * 500])))
    assert len(str(report.problems[0].values["found"])) == 80


def test_required_fields(take: Import, save: Save) -> None:
    frame = gpd.GeoDataFrame(
        {"facility_type": ["凉亭", None]}, geometry=[Point(126, 42)] * 2, crs=4326
    )
    report = take("square_facility", save(frame))
    assert [(p.row, p.field, p.code) for p in report.problems] == [
        (2, "facility_type", "required_missing")
    ]


def test_terms_that_end_before_they_begin(take: Import, save: Save) -> None:
    frame = squares(
        3, valid_from=["2024-05-06"] * 3, valid_to=["2024-05-05", "2024-05-06", "2024-05-07"]
    )
    report = take("green_space", save(frame))
    assert [(p.row, p.code) for p in report.problems] == [
        (1, "valid_to_not_after_valid_from"),
        (2, "valid_to_not_after_valid_from"),
    ]


def test_words_of_the_mapping(take: Import, save: Save, store: Store) -> None:
    mapping = parse_mapping(
        """
        key = "id"
        [values.access]
        YES = "public"
        "" = "unknown"
        "*" = "restricted"
        """
    )
    frame = squares(5, id=list("abcde"), access=["yes", None, "?", "private", "对外开放"])
    report = take("green_space", save(frame), mapping=mapping)
    found = values(store, "green_space", "access")
    assert found == ["public", "unknown", "restricted", "private", "public"]
    assert report.notes["other_words_replaced"] == 1


def test_constants_that_do_not_fit(take: Import, save: Save) -> None:
    for text in (
        '[set]\naccess = "sometimes"',
        '[values.access]\nno = "never"',
        '[set]\narea_m2 = "big"',
    ):
        with pytest.raises(MappingValueError):
            take("green_space", save(squares(1, access=["no"])), mapping=parse_mapping(text))


def test_the_first_filled_column_counts(take: Import, save: Save, store: Store) -> None:
    frame = squares(
        3, id=list("abc"), leisure=["park", None, None], landuse=["grass", "grass", None]
    )
    mapping = Mapping(
        key=("id",), columns={"class_code": ("leisure", "landuse")}, fixed={"code_system": "osm"}
    )
    take("green_space", save(frame), mapping=mapping)
    assert values(store, "green_space", "class_code") == ["park", "grass", None]
