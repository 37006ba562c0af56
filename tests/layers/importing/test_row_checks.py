"""What shows only beside other rows, the register and the tables of codes: one row for each."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, Polygon, box
from shapely.affinity import translate

from layers import Store, open_store
from layers.importing import (
    PROBLEMS,
    ImportOptions,
    ImportReport,
    Mapping,
    Severity,
    import_file,
    read_mapping,
)
from layers.importing.checks import CHECKS
from layers.importing.repairing import MAX_CHANGE
from layers.kinds import KINDS
from layers.kinds.codes.divisions import DivisionReading
from tests.layers.importing.survey import BY_ID, Import, Save, assert_accounted

# Two streets of a made-up county, a community in the first; degrees near the tests' meridian.
COUNTY, STREET, OTHER, COMMUNITY = "990101", "990101001000", "990101002000", "990101001001"
DISTRICT_AREA = box(126.0, 42.0, 126.04, 42.02)
METRE = 1 / 111_000  # of a degree of latitude, nearly

Found = set[tuple[int, str | None, str]]


def found(report: ImportReport) -> Found:
    return {(each.row, each.field, each.code) for each in report.problems}


def layer(codes: dict[str, object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": list(codes), "code": list(codes), **columns}, geometry=list(codes.values()), crs=4326
    )


@pytest.fixture(scope="module")
def divided_city(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store with a district, two streets and a community that fills each."""
    folder = tmp_path_factory.mktemp("divided")
    path = Path(shutil.copy(empty_store, folder / "city.gpkg"))
    west, east = box(126.0, 42.0, 126.02, 42.02), box(126.02, 42.0, 126.04, 42.02)
    units = {
        "district": layer({COUNTY: DISTRICT_AREA}),
        "street": layer({STREET: west, OTHER: east}, parent_code=COUNTY),
        "community": layer({COMMUNITY: west, "990101002001": east}, parent_code=[STREET, OTHER]),
    }
    store = open_store(path)
    for kind, frame in units.items():
        frame.to_file(folder / f"{kind}.gpkg")
        report = import_file(store, kind, folder / f"{kind}.gpkg", ImportOptions(datum="WGS84"))
        assert found(report) == set(), "a clean file triggers none"
    store.close()
    return path


@pytest.fixture
def divided(divided_city: Path, tmp_path: Path) -> Iterator[Import]:
    """Import into a copy of that store."""
    store = open_store(shutil.copy(divided_city, tmp_path / "divided.gpkg"))

    def run(kind: str, path: Path, **options: object) -> ImportReport:
        report = import_file(store, kind, path, ImportOptions(datum="WGS84", **options))  # type: ignore[arg-type]  # options of many types
        assert_accounted(report)
        return report

    yield run
    store.close()


def test_codes_of_divisions(divided: Import, save: Save) -> None:
    here = [box(126.001 + n / 500, 42.001, 126.002 + n / 500, 42.002) for n in range(6)]
    codes = [
        "990101001002",
        "99010100100O",
        "9901010010030",
        "990101001000",
        "990101002009",
        "990101001005",
    ]
    frame = layer(dict(zip(codes, here, strict=True)))
    frame["parent_code"] = [STREET, STREET, STREET, None, STREET, "990101001"]
    report = divided("community", save(frame))
    assert found(report) == {
        (2, "code", "code_not_digits"),
        (3, "code", "code_length"),
        (4, "code", "code_level"),
        (5, "code", "code_not_in_parent"),
        (6, "parent_code", "reference_spelt_otherwise"),
    }
    assert (report.added, report.noticed, report.rejected) == (6, 5, 0)
    assert {each.severity for each in report.problems} == {Severity.NOTICE}


def test_codes_that_are_a_citys_own_are_not_judged(divided: Import, save: Save) -> None:
    here = [box(126.001 + n / 500, 42.001, 126.002 + n / 500, 42.002) for n in range(3)]
    codes = ["north", "7", "A-12"]
    report = divided("community", save(layer(dict(zip(codes, here, strict=True)))))
    assert found(report) == set()


def test_codes_of_grids_by_their_system(divided: Import, save: Save) -> None:
    cases = [
        ("cell_15", f"{COMMUNITY}001", None),
        ("cell_15", f"{COMMUNITY}01", "code_length"),
        ("cell_15", f"{COMMUNITY}0l1", "code_not_digits"),
        ("cell_15", "990101001002001", "code_not_in_parent"),
        ("cell_14", f"{COMMUNITY}02", None),
        ("cjt349_20", f"010300{COMMUNITY}01", None),
        ("cjt349_20", "01030099010100100901", "code_not_in_parent"),
        ("local", "12", None),
    ]
    shapes = [box(126.001 + n / 900, 42.001, 126.0015 + n / 900, 42.002) for n in range(len(cases))]
    frame = layer(dict(zip([code for _, code, _ in cases], shapes, strict=True)))
    frame["parent_code"] = COMMUNITY
    frame["code_system"] = [system for system, _, _ in cases]
    report = divided("grid", save(frame))
    told = {each.row: each.code for each in report.problems}
    assert told == {row: code for row, (_, _, code) in enumerate(cases, 1) if code}
    assert report.added == len(cases)


@pytest.mark.parametrize(
    ("codes", "parent", "problems"),
    [
        (
            [f"{COMMUNITY}001", "990101001002001", "G-7"],
            COMMUNITY,
            ["code_not_in_parent", "code_not_digits"],
        ),
        (["G-7", "12"], COMMUNITY, []),
        (["G-7"], "990101001009", ["refers_to_nothing"]),
    ],
)
def test_codes_of_grids_are_of_the_system_that_most_have(
    divided: Import, save: Save, codes: list[str], parent: str, problems: list[str]
) -> None:
    shapes = [box(126.001 + n / 900, 42.001, 126.0015 + n / 900, 42.002) for n in range(len(codes))]
    frame = layer(dict(zip(codes, shapes, strict=True)), parent_code=parent)
    report = divided("grid", save(frame), dry_run=True)
    assert [each.code for each in report.problems] == problems


def test_component_codes_split_as_their_system_says(divided: Import, save: Save) -> None:
    codes = [
        "9901010101000001",  # 01 01: a water supply cover, and so it is called
        "9901010102000002",  # 01 02: a sewage cover
        "990101010200003",  # fifteen digits
        "99010101O2000004",
        "9901060102000005",  # another county
        "9901010100200006",  # the newer split: its minor is not compared
        "9901010102000007",  # no system
    ]
    frame = gpd.GeoDataFrame(
        {
            "id": range(7),
            "部件标识码": codes,
            "小类": ["上水井盖", "上水井盖", *["污水井盖"] * 3, "上水井盖", "上水井盖"],
            "编码规则": [*["component_2_2_6"] * 5, "component_2_3_5", None],
        },
        geometry=[Point(126.001 + n / 1000, 42.01) for n in range(7)],
        crs=4326,
    )
    report = divided("manhole_cover", save(frame))
    assert found(report) == {
        (2, "component_code", "code_of_other_class"),
        (3, "component_code", "code_length"),
        (4, "component_code", "code_not_digits"),
        (5, "component_code", "code_of_other_division"),
    }
    assert report.notes["component_system_unsaid"] == 1


def test_former_divisions_are_said_and_replaced_only_on_request(take: Import, save: Save) -> None:
    shapes = {
        code: box(126 + n, 42, 126.5 + n, 42.5)
        for n, code in enumerate(["220604", "220625", "220602"])
    }
    frame = layer(shapes, name=["江源区", "江源县", "八道江区"])
    path = save(frame)
    said = take("district", path, dry_run=True)
    assert found(said) == {
        (1, "code", "division_former"),
        (2, "code", "division_unverified"),
        (2, "name", "division_unverified"),
        (3, "name", "division_former"),
    }
    asked = Mapping(divisions=DivisionReading(as_of=dt.date(2026, 1, 1)))
    done = take("district", path, dry_run=True, mapping=asked)
    assert {(each.row, each.values["meant"]) for each in done.problems if each.code == "division_replaced"} == {
        (1, "220605"), (2, "220605"), (2, "江源区"), (3, "浑江区"),
    }  # fmt: skip
    # Both mean the same district: they can no longer be told apart, and that is said.
    assert {each.row for each in done.problems if each.code == "key_repeated"} == {1, 2}


def test_a_spelling_that_was_still_in_force_stays(take: Import, save: Save) -> None:
    path = save(layer({"220602": box(126, 42, 127, 43)}, name="八道江区"))
    early = Mapping(divisions=DivisionReading(as_of=dt.date(2010, 6, 1)))
    report = take("district", path, mapping=early)
    assert found(report) == {(1, "name", "division_former")}


def test_a_citys_own_table_of_divisions(tmp_path: Path, take: Import, save: Save) -> None:
    mapping = tmp_path / "former.toml"
    mapping.write_text(
        'divisions_as_of = 2026-01-01\n[[divisions]]\nfound_code = "990199"\ncode = "990101"\n'
        'last_year = 2019\nsource = "notice of the city"\nverified = true\n',
        encoding="utf-8",
    )
    frame = layer({"990199001001": box(126, 42, 126.01, 42.01)}, parent_code="990199001")
    report = take("community", save(frame), mapping=read_mapping(mapping))
    assert {(each.field, each.values["meant"]) for each in report.problems} == {
        ("code", "990101001001"), ("parent_code", "990101001"),
    }  # fmt: skip


def test_places_outside_the_territory(divided: Import, save: Save) -> None:
    divided("grid", save(layer({"g1": box(126.0, 42.0, 126.0399, 42.02)}), "grid.gpkg"))
    places = [
        Point(126.01, 42.01),
        Point(126.0401, 42.01),
        Point(126.03996, 42.01),
        Point(126.06, 42.01),
    ]
    frame = gpd.GeoDataFrame({"id": range(4)}, geometry=places, crs=4326)
    report = divided("dead_tree", save(frame))
    assert found(report) == {
        (2, None, "outside_territory"), (3, None, "in_no_unit"), (4, None, "outside_territory"),
    }  # fmt: skip
    by_row = {each.row: each.values["distance_m"] for each in report.problems}
    assert by_row[2] == pytest.approx(8.3, abs=0.1)
    assert by_row[4] == pytest.approx(1653, abs=5)
    # A park may lie across the border; people walk there.
    park = gpd.GeoDataFrame({"id": [1]}, geometry=[Point(126.06, 42.01).buffer(0.001)], crs=4326)
    assert found(divided("green_space", save(park, "park.gpkg"))) == set()


def test_duplicates_in_the_file_and_in_the_store(take: Import, save: Save, store: Store) -> None:
    def covers(**places: Point) -> gpd.GeoDataFrame:
        return layer(dict(places)).rename_geometry("geom")

    first = save(covers(a=Point(126, 42), b=Point(126.001, 42)), "first.gpkg")
    assert found(take("manhole_cover", first, mapping=BY_ID)) == set()
    again = covers(
        c=Point(126, 42),
        d=Point(126.001, 42 + 0.3 * METRE),
        e=Point(126.001, 42 + 2 * METRE),
        f=Point(126.003, 42),
        g=Point(126.003, 42),
        h=Point(126.004, 42),
        i=Point(126.004, 42 + 0.3 * METRE),
    )
    report = take("manhole_cover", save(again, "again.gpkg"), mapping=BY_ID)
    assert found(report) == {
        (1, None, "same_place_in_store"), (2, None, "near_in_store"),
        (4, None, "same_place_in_file"), (5, None, "same_place_in_file"),
        (6, None, "near_in_file"), (7, None, "near_in_file"),
    }  # fmt: skip
    assert {each.values.get("key") for each in report.problems if "store" in each.code} == {
        "a",
        "b",
    }


def test_an_update_is_no_duplicate_of_itself(take: Import, save: Save) -> None:
    path = save(layer({"a": Point(126, 42), "b": Point(126.001, 42)}))
    take("manhole_cover", path, mapping=BY_ID)
    assert found(take("manhole_cover", path, mapping=BY_ID)) == set()


def test_areas_drawn_twice(take: Import, save: Save) -> None:
    house = box(126, 42, 126.0002, 42.0001)
    first = save(layer({"a": house}), "first.gpkg")
    take("building", first, mapping=BY_ID)
    again = layer(
        {
            "b": translate(house, 0.00001),  # 95 % in common
            "c": translate(house, 0.0001),  # half
            "d": house,
            "e": translate(house, 0.01),
            "f": translate(house, 0.01001),
        }
    )
    report = take("building", save(again), mapping=BY_ID)
    by_row = {each.row: (each.code, each.values) for each in report.problems}
    assert {row: code for row, (code, _) in by_row.items()} == {
        1: "overlaps_in_file", 3: "same_place_in_store", 4: "overlaps_in_file", 5: "overlaps_in_file",
    }  # fmt: skip
    assert by_row[4][1] == {"row": 5, "percent": 95}


def test_what_may_lie_at_one_place_is_no_duplicate(take: Import, save: Save) -> None:
    here = layer(
        {"a": Point(126, 42), "b": Point(126, 42)},
        state="reported",
        reported_at="2026-05-01T08:00:00+08:00",
    )
    assert found(take("grid_event", save(here), mapping=BY_ID)) == set()
    ended = layer({"a": Point(126, 42), "b": Point(126, 42)}, valid_to=[dt.date(2020, 1, 1), None])
    assert found(take("manhole_cover", save(ended, "ended.gpkg"), mapping=BY_ID)) == set()


SPIKE = Polygon(
    [(126, 42), (126.001, 42), (126.002, 42), (126.001, 42), (126.001, 42.001), (126, 42.001)]
)
BOW = Polygon([(126.01, 42), (126.011, 42.001), (126.011, 42), (126.01, 42.001)])


def test_repair_is_offered_and_made_only_on_request(take: Import, save: Save, store: Store) -> None:
    path = save(
        layer({"spike": SPIKE, "bow": BOW, "flat": Polygon([(126, 42), (126.1, 42), (126.05, 42)])})
    )
    offered = take("building", path)
    assert {each.code for each in offered.problems} == {"geometry_invalid"}
    assert (offered.rejected, offered.notes["repair_offered"]) == (3, 1)
    asked = take("building", path, mapping=Mapping(repair=True))
    assert found(asked) == {
        (1, None, "geometry_repaired"), (2, None, "geometry_repair_refused"),
        (3, None, "geometry_repair_refused"),
    }  # fmt: skip
    assert (asked.added, asked.rejected) == (1, 2)
    (told, *_) = asked.problems
    assert told.values["before_m2"] == told.values["after_m2"] == pytest.approx(9200, abs=100)
    (stored,) = store.read("building").geometry
    assert stored.equals(box(126, 42, 126.001, 42.001))
    assert MAX_CHANGE == 0.01


def test_every_check_is_declared_once() -> None:
    codes = [code for check in CHECKS for code in check.finds]
    assert {PROBLEMS[code].severity for code in codes} == {Severity.NOTICE}
    applied: dict[str, Callable[..., bool]] = {check.key: check.applies for check in CHECKS}
    assert len(applied) == len(CHECKS)
    covered = {
        key: {kind for kind in KINDS if applies(KINDS[kind])} for key, applies in applied.items()
    }
    assert covered["division_codes"] == {"district", "street", "community"}
    assert "grid_event" not in covered["duplicates"]
    assert "manhole_cover" in covered["component_codes"]
    assert all(covered.values())


def test_columns_of_words_do_not_hurt(take: Import, tmp_path: Path) -> None:
    path = tmp_path / "covers.csv"
    pd.DataFrame({"位置描述": ["3号楼东侧", "3号楼东侧"], "部件标识码": ["1", ""]}).to_csv(
        path, index=False
    )
    assert found(take("manhole_cover", path)) == set()
