"""What was edited past the service is listed and checked, by the checks of an import."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers import Store
from layers.checking import Finding, check_store, findings_frame, write_findings
from layers.errors import ChangesetUnknownError
from layers.importing import Severity
from tests.layers.store.databases import ask
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, degrees, frame, write

BOW = shapely.multipolygons([shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])])


def edit(place: str | Path, *statements: str) -> None:
    """Edit a store as a program does that knows nothing of us."""
    for statement in statements:
        if isinstance(place, Path):
            with raw(place) as connection:
                connection.execute(statement)
        else:
            ask(place, statement.replace("%", "%%"))


def codes(store: Store, **asked: object) -> list[tuple[str, str | None, str]]:
    """Give key, field and code of each finding."""
    report = check_store(store, **asked)  # type: ignore[arg-type]  # as the tests say
    return [(each.key, each.field, each.code) for each in report.findings]


def test_edits_are_listed_with_what_they_changed(store: Store, place: str | Path) -> None:
    uids = write(store, "building", frame(buildings((0, 0), (50, 0), (90, 0)), floors=2))
    edit(
        place,
        "UPDATE building SET floors = 3, name = '楼' WHERE code = 'b1'",
        "UPDATE building SET geom = (SELECT geom FROM building WHERE code = 'b1') WHERE code = 'b2'",
        "DELETE FROM building WHERE code = 'b3'",
        "INSERT INTO compound (code) VALUES ('a')",
    )
    report = check_store(store)
    told = {(each.kind, each.key): (each.operation, each.fields) for each in report.edits}
    assert told == {
        ("building", "b1"): ("update", ("name", "floors")),
        ("building", "b2"): ("update", ("geometry",)),
        ("building", "b3"): ("delete", ()),
        ("compound", "a"): ("insert", ()),
    }
    assert {each.uid for each in report.edits} > set(uids.values())
    assert {each.changeset for each in report.edits} == {2}
    assert report.checked == {"building": 2, "compound": 1}
    assert [(each.key, each.code) for each in report.findings] == [("b2", "same_place_in_store")]
    assert report.errors == 0


def test_several_edits_of_one_sitting_are_one(store: Store, place: str | Path) -> None:
    write(store, "building", frame(buildings((0, 0)), floors=2))
    edit(place, *(f"UPDATE building SET floors = {floors}" for floors in (3, 4, 5)))
    (only,) = check_store(store).edits
    assert only.fields == ("floors",)
    edit(place, "UPDATE building SET note = 'later'")
    assert [each.changeset for each in check_store(store).edits] == [2, 3]
    assert [each.fields for each in check_store(store, since=2).edits] == [("note",)]
    assert check_store(store, since=3).edits == ()
    with pytest.raises(ChangesetUnknownError):
        check_store(store, since=4)


def test_what_a_file_would_be_refused_for_is_found(store: Store, place: str | Path) -> None:
    write(store, "building", frame(buildings((0, 0), (50, 0)), floors=2))
    write(store, "green_space", frame(buildings((0, 90))))
    edit(
        place,
        "UPDATE building SET floors = -3, use = '住宅' WHERE code = 'b1'",
        "INSERT INTO building (code, valid_from, valid_to) "
        "VALUES ('b2', '2026-05-01', '2026-01-01')",
        "UPDATE green_space SET access = 'sometimes', name = 'a\u0007b'",
    )
    assert sorted(codes(store)) == [
        ("b1", "access", "code_unknown"),
        ("b1", "floors", "below_minimum"),
        ("b1", "name", "text_with_control_characters"),
        ("b1", "use", "code_by_other_name"),
        ("b2", "code", "key_ambiguous"),
        ("b2", "geometry", "geometry_missing"),
        ("b2", "valid_to", "valid_to_not_after_valid_from"),
    ]
    assert {each.uid for each in check_store(store).findings} <= {
        each.uid for each in check_store(store).edits
    }


@pytest.mark.parametrize(
    ("kind", "shape", "code"),
    [
        ("building", BOW, "geometry_invalid"),
        (
            "building",
            "MULTIPOLYGON (((42 126, 42.1 126, 42.1 126.1, 42 126)))",
            "coordinates_out_of_range",
        ),
        (
            "building",
            "MULTIPOLYGON (((26 42, 26.1 42, 26.1 42.1, 26 42)))",
            "coordinates_outside_area",
        ),
        ("building", "MULTIPOLYGON EMPTY", "geometry_missing"),
        ("wall_surface", "GEOMETRYCOLLECTION (POINT (126 42))", "geometry_family"),
        ("wall_surface", "MULTIPOINT ((126 42), (126.1 42))", "geometry_several_points"),
    ],
)
def test_places_are_checked(
    store: Store, place: str | Path, kind: str, shape: str | shapely.Geometry, code: str
) -> None:
    drawn = shapely.from_wkt(shape) if isinstance(shape, str) else degrees([shape]).iloc[0]
    (written,) = store._backend.encode([drawn], 4490)
    assert written is not None
    literal = f"x'{written.hex()}'" if isinstance(place, Path) else f"'{written.hex()}'::geometry"
    edit(place, f"INSERT INTO {kind} (code, geom) VALUES ('odd', {literal})")
    found = check_store(store, kinds=[kind]).findings
    assert [(each.key, each.field, each.code) for each in found] == [("odd", "geometry", code)]


def test_what_nobody_can_read_is_named_as_it_stands(store: Store, path: Path) -> None:
    edit(
        path,
        "INSERT INTO building (code, floors, surveyed_on, geom)"
        " VALUES ('odd', 'six', '2026/5/1', x'00ff')",
        "INSERT INTO bare_land (code, name, area_m2, geom)"
        " VALUES ('odd', cast(x'41c328' AS TEXT), 9e999, x'00ff')",
        "INSERT INTO grid_event (uid, code, state, reported_at)"
        " VALUES ('mine', 'odd', 'reported', '2026-05-01T07:30')",
    )
    found = check_store(store).findings
    told = {(each.kind, each.field): (each.code, each.values.get("found")) for each in found}
    assert told == {
        ("building", "floors"): ("value_unreadable", "six"),
        ("building", "surveyed_on"): ("value_unreadable", "2026/5/1"),
        ("building", "geometry"): ("geometry_unbuildable", None),
        ("bare_land", "name"): ("text_unreadable", "A\ufffd("),
        ("bare_land", "area_m2"): ("value_unreadable", "Inf"),
        ("bare_land", "geometry"): ("geometry_unbuildable", None),
        ("grid_event", "uid"): ("uid_malformed", "mine"),
        ("grid_event", "reported_at"): ("moment_without_zone", "2026-05-01T07:30"),
    }
    warned = {each.field for each in found if each.severity is Severity.WARNING}
    assert warned == {"uid", "reported_at"}


def test_endless_values_of_a_database_are_named(store: Store, database: str) -> None:
    edit(
        database,
        "INSERT INTO compound (code, surveyed_on) VALUES ('odd', 'infinity')",
        "INSERT INTO grid_event (code, state, reported_at) VALUES ('e', 'reported', '2026-05-01 07:30:00+08')",
    )
    assert codes(store) == [("odd", "surveyed_on", "value_unreadable")]


def test_everything_is_checked_on_demand(store: Store, place: str | Path) -> None:
    write(store, "building", frame(buildings((0, 0), (20, 0))))
    edit(place, "INSERT INTO compound (code) VALUES ('a')")
    bow = gpd.GeoDataFrame({"code": ["bow"]}, geometry=degrees([BOW]))
    write(store, "building", bow)
    assert codes(store) == []
    report = check_store(store, everything=True)
    assert [each.code for each in report.findings] == ["geometry_invalid"]
    assert report.checked == {"building": 3, "compound": 1}
    assert check_store(store, everything=True, kinds=["compound"]).findings == ()


@pytest.mark.parametrize("name", ["findings.gpkg", "findings.csv"])
def test_findings_as_a_list(store: Store, place: str | Path, tmp_path: Path, name: str) -> None:
    write(store, "building", frame(buildings((0, 0), (50, 0)), floors=1))
    edit(place, "UPDATE building SET floors = -1", "INSERT INTO compound (uid) VALUES ('=1+1')")
    found = check_store(store).findings
    listed = findings_frame(store, found, [("=wrong", "mend")] * len(found))
    path = tmp_path / name
    write_findings(listed, path)
    back = gpd.read_file(path) if path.suffix == ".gpkg" else pd.read_csv(path)
    assert sorted(back["code"]) == ["below_minimum", "below_minimum", "uid_malformed"]
    if path.suffix == ".csv":
        assert set(back["message"]) == {"'=wrong"}
        assert back["lon"].notna().sum() == 2
        assert back["lat"].dropna().between(41, 43).all()
    else:
        assert back.geometry.notna().sum() == 2
        assert back.crs.to_epsg() == 4326


def test_a_finding_is_plain_data() -> None:
    finding = Finding(
        kind="building", key="b", uid="u", field="floors", code="below_minimum",
        severity=Severity.ERROR, values={"found": -1, "minimum": 0},
    )  # fmt: skip
    assert finding.to_dict()["severity"] == "error"
