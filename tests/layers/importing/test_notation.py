"""What a mapping file may say of how coordinates are written."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from layers import Store
from layers.importing import Mapping, Severity, mapping_text, parse_mapping
from layers.importing.errors import (
    DatumNotKnownError,
    MappingColumnError,
    MappingTypeError,
    MappingUnknownKeyError,
    MappingValueError,
)
from layers.importing.notation import Notation, RowSet, unpacked
from tests.layers.importing.survey import Import
from tests.layers.importing.zoo.sheets import write_csv

# 126.5°E, 42.0°N, written in odd ways.
WAYS = {
    "swapped = true": ("42.0", "126.5"),
    'mirrored = "xy"': ("-126.5", "-42"),
    "divide_by = 100000": ("12650000", "4200000"),
    'packed = "ddd.mmss"': ("126.3000", "42.0000"),
    'packed = "dddmm.mm"': ("12630.0", "4200.0"),
    'packed = "dddmmss"': ("1263000", "420000"),
    'swapped = true\npacked = "dddmmss"': ("420000", "1263000"),
    "swapped = [2]": ("42.0", "126.5"),
}


@pytest.mark.parametrize("said", WAYS)
def test_odd_ways_of_writing_a_place(take: Import, store: Store, tmp_path: Path, said: str) -> None:
    path = write_csv(tmp_path / "a.csv", [["编号", "经度", "纬度"], ["A1", *WAYS[said]]])
    report = take("manhole_cover", path, mapping=parse_mapping(f"[coordinates]\n{said}"))
    assert (report.added, report.problems) == (1, ())
    assert set(report.notes) & {"coordinates_swapped", "coordinates_rewritten"}
    point = store.read("manhole_cover").geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((126.5, 42.0), abs=1e-9)


def test_minutes_that_are_none_cost_their_row(take: Import, tmp_path: Path) -> None:
    rows = [["编号", "经度", "纬度"], ["A1", "126.3000", "42.0000"], ["A2", "126.7500", "42.0000"]]
    path = write_csv(tmp_path / "a.csv", rows)
    report = take(
        "manhole_cover", path, mapping=parse_mapping('[coordinates]\npacked = "ddd.mmss"')
    )
    assert (report.added, [p.code for p in report.problems]) == (1, ["coordinates_not_a_number"])


def test_every_row_may_say_its_datum(take: Import, store: Store, tmp_path: Path) -> None:
    rows = [["A1", ""], ["A2", "国家2000"], ["A3", "火星坐标"], ["A4", "百度"], ["A5", "猜的"]]
    path = write_csv(
        tmp_path / "a.csv",
        [["编号", "坐标系", "经度", "纬度"], *([*row, "126.5", "42.0"] for row in rows)],
    )
    said = parse_mapping('[coordinates]\ndatum_column = "坐标系"')
    report = take("manhole_cover", path, mapping=said)
    assert (report.added, report.rejected) == (4, 1)
    (error,) = [each for each in report.problems if each.severity is Severity.ERROR]
    assert error.code == "datum_of_row_unknown"
    assert report.notes["rows_of_other_datum"] == 3
    metric = store.read("manhole_cover").set_index("code").to_crs(4551).geometry
    apart_m = [round(metric["A1"].distance(metric[code])) for code in ("A2", "A3", "A4")]
    assert apart_m[0] == 0
    assert 500 < apart_m[1] < 600
    assert 1300 < apart_m[2] < 1450


def test_rows_named_by_number_win_over_the_column(take: Import, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [["编号", "坐标系", "经度", "纬度"], ["A1", "猜的", "126.5", "42.0"]],
    )
    said = '[coordinates]\ndatum_column = "坐标系"\n[coordinates.datum_rows]\n"BD-09" = ["2-9"]'
    report = take("manhole_cover", path, mapping=parse_mapping(said))
    assert report.problems[0].code == "datum_of_row_unknown", "what cannot be read is not passed by"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("swaped = true", MappingUnknownKeyError),
        ('swapped = "yes"', MappingTypeError),
        ('swapped = ["9-4"]', MappingValueError),
        ('mirrored = "z"', MappingValueError),
        ("divide_by = 0", MappingValueError),
        ('packed = "mmss"', MappingValueError),
    ],
)
def test_what_means_nothing_is_refused(said: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="coordinates"):
        parse_mapping(f"[coordinates]\n{said}")


def test_a_datum_nobody_knows_is_refused(take: Import, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["编号", "经度", "纬度"], ["A1", "126.5", "42.0"]])
    with pytest.raises(DatumNotKnownError):
        take("manhole_cover", path, mapping=parse_mapping("[coordinates.datum_rows]\nmoon = [2]"))
    with pytest.raises(MappingColumnError):
        take("manhole_cover", path, mapping=parse_mapping('[coordinates]\ndatum_column = "x"'))


def test_what_is_written_reads_back() -> None:
    said = Notation(
        swapped=RowSet(spans=((3, 3), (7, 9))), mirrored="x", divide_by=1e6, packed="dddmmss",
        zone_dropped=True, ignore_label=True, datum_column='a "b"',
        datum_rows={"BD-09": RowSet(spans=((1, 2),))},
    )  # fmt: skip
    assert parse_mapping(said.to_toml()).notation == said
    assert Notation().to_toml() == ""


def test_rows_without_a_place_stay_without() -> None:
    shapes = np.array([shapely.Point(1, 2), None], dtype=object)
    done = Notation(swapped=RowSet(every=True), divide_by=2).applied(shapes, np.array([1, 2]))
    assert (done[0].x, done[0].y, done[1]) == (1.0, 0.5, None)


def test_packed_seconds_of_sixty_are_none() -> None:
    assert np.isnan(unpacked(np.array([126.3560]), "ddd.mmss")).all()
    assert unpacked(np.array([-1.3030]), "ddd.mmss").round(6).tolist() == [-1.508333]


def test_what_is_said_of_single_rows_is_not_kept_for_the_next_file() -> None:
    said = Notation(swapped=RowSet(spans=((3, 3),)), divide_by=100, datum_column="坐标系")
    kept = said.of_all_rows()
    assert (kept.swapped, kept.divide_by, kept.datum_column) == (RowSet(), 100, "坐标系")
    text = mapping_text(Mapping(notation=kept), {})
    assert parse_mapping(text).notation == kept
    assert parse_mapping(text).under(Mapping()).notation == kept
    assert Mapping(notation=Notation(divide_by=10)).under(parse_mapping(text)).notation == kept


def test_an_area_with_one_impossible_corner_has_none_at_all() -> None:
    shapes = np.array([shapely.box(126.2, 42.1, 126.3, 42.2), shapely.box(126.7, 42, 126.8, 43)])
    done = Notation(packed="ddd.mmss").applied(shapes, np.array([1, 2]))
    assert shapely.is_valid(done[0])
    assert not np.isfinite(done[1].x)
