"""Whole imports into a store: what is written, what is refused, what is said."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import Point

from layers import Cause, Store
from layers.errors import LayerChangedError, UnknownKindError
from layers.importing import (
    ImportOptions,
    Mapping,
    apply_plan,
    import_file,
    parse_mapping,
    plan_import,
)
from layers.importing.errors import AlreadyImportedError, MappingValueError
from tests.layers.importing.survey import Import, Save, squares

BY_ID = Mapping(key=("id",))


def values(store: Store, kind: str, field: str) -> list[object]:
    frame = store.read(kind).sort_values("code")
    return [None if pd.isna(value) else value for value in frame[field]]


# ---------------------------------------------------------------- values


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


@pytest.mark.parametrize(
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
        ("green_space", "code", "2.2E+14", "code_in_scientific_notation"),
        ("green_space", "note", "x" * 10_001, "text_too_long"),
        ("green_space", "note", "a\x07b", "text_with_control_characters"),
    ],
)
def test_one_bad_value_rejects_its_row_alone(
    take: Import, save: Save, kind: str, column: str, value: object, code: str
) -> None:
    frame = squares(2)
    frame[column] = pd.Series([value, None], dtype=object)
    report = take(kind, save(frame, "a.geojson") if isinstance(value, str) else save(frame))
    (problem,) = report.problems
    assert (problem.row, problem.field, problem.code) == (1, column, code)
    assert problem.remedy == f"{code}_remedy"
    assert (report.added, report.rejected) == (1, 1)


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


# ---------------------------------------------------------------- rows


def test_origins_are_kept(take: Import, save: Save, store: Store) -> None:
    frame = squares(3, id=["a", None, "c"])
    path = save(frame)
    report = take("green_space", path, mapping=BY_ID)
    found = store.read("green_space")
    origins = store.origins(list(found.index)).sort_values("row_number")
    assert origins["row_number"].tolist() == [1, 3]
    assert set(origins["file_name"]) == {"survey.gpkg"}, "the name, not the folder"
    assert (
        set(origins["file_sha256"])
        == {hashlib.sha256(path.read_bytes()).hexdigest()}
        == {report.sha256}
    )
    assert set(origins["datum"]) == {"WGS84"}
    assert shapely.from_wkb(origins["original_wkb"].iloc[0]).equals(frame.geometry[0])


def test_original_coordinates_are_those_of_the_file(take: Import, save: Save, store: Store) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(126.5, 42)], crs=4326).to_crs(4551)
    take("manhole_cover", save(frame), datum="EPSG:4551")
    (wkb,) = store.origins(list(store.read("manhole_cover").index))["original_wkb"]
    assert shapely.from_wkb(wkb).equals(frame.geometry[0])


def test_the_filter(take: Import, save: Save, store: Store) -> None:
    frame = squares(4, name=["a", "b", "c", "d"], n=[1, 2, 3, 4])
    frame.loc[3, "name"] = "x" * 20_000
    report = take("green_space", save(frame), mapping=Mapping(where="n IN (2, 4)"))
    assert (report.read, report.filtered_out, report.added, report.rejected) == (4, 2, 1, 1)
    assert report.problems[0].row == 4, "rows keep the numbers that they have in the file"
    assert store.read("green_space")["name"].tolist() == ["b"]


def test_a_filter_that_leaves_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(2, n=[1, 2])), mapping=Mapping(where="n > 5"))
    assert (report.filtered_out, report.changeset) == (2, None)
    assert store.changesets() == []


def test_one_changeset_an_import(take: Import, save: Save, store: Store) -> None:
    report = take(
        "green_space",
        save(squares(3)),
        author="lin",
        message="spring survey",
        cause=Cause.CORRECTION,
    )
    (changeset,) = store.changesets()
    assert report.changeset == changeset.id == 1
    assert (changeset.author, changeset.message, changeset.source) == (
        "lin",
        "spring survey",
        "survey.gpkg",
    )
    assert changeset.cause is Cause.CORRECTION
    assert changeset.changes == {"green_space": {"insert": 3}}


def test_dry_run_writes_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(3)), dry_run=True)
    assert (report.added, report.changeset, report.written) == (3, None, False)
    assert store.count("green_space") == 0
    assert store.changesets() == []


def test_strict_writes_all_or_nothing(take: Import, save: Save, store: Store) -> None:
    report = take("green_space", save(squares(2, access=["public", "?"])), strict=True)
    assert (report.refused, report.rejected, report.changeset) == (True, 1, None)
    assert store.count("green_space") == 0
    report = take("green_space", save(squares(2, access=["public", "private"])), strict=True)
    assert (report.refused, report.added) == (False, 2)


def test_undeclared_columns_are_not_stored(
    take: Import, save: Save, store: Store, tmp_path: Path
) -> None:
    report = take("green_space", save(squares(1, name=["a"], holder=["SECRET-PERSON"])))
    assert report.not_stored == ("holder",)
    store.close()
    for part in tmp_path.glob("city.gpkg*"):
        assert b"SECRET-PERSON" not in part.read_bytes()


# ---------------------------------------------------------------- keys


def test_upsert(take: Import, save: Save, store: Store) -> None:
    first = squares(3, id=["a", "b", "c"], name=["A", "B", "C"])
    take("green_space", save(first), mapping=BY_ID)
    before = store.read("green_space").set_index("code", append=True).reset_index("uid")["uid"]
    second = squares(4, id=["b", "a", "x", "d"], name=["B", "A2", "X", "D"])
    second.geometry = [first.geometry[1], first.geometry[0].buffer(0.0001), *first.geometry[[0, 1]]]
    report = take("green_space", save(second, "later.gpkg"), mapping=BY_ID)
    assert (report.added, report.changed, report.unchanged) == (2, 1, 1)
    assert report.missing_in_file == ("c",)
    (change,) = report.changes
    assert (change.row, change.key, change.uid) == (2, "a", before["a"])
    assert change.fields == {"name": ("A", "A2"), "geometry": (None, None)}
    assert store.count("green_space") == 5, "what the file does not name stays"
    assert (
        dict(zip(store.read("green_space")["code"], store.read("green_space").index, strict=True))[
            "a"
        ]
        == before["a"]
    )
    assert store.changesets()[-1].changes == {"green_space": {"insert": 2, "update": 1}}


def test_the_same_file_again_changes_nothing(take: Import, save: Save, store: Store) -> None:
    path = save(squares(3, id=["a", "b", "c"], floors=[1, 2, 3], valid_from=["2024-05-06"] * 3))
    take("building", path, mapping=BY_ID)
    report = take("building", path, mapping=BY_ID)
    assert (report.unchanged, report.changeset) == (3, None)
    assert len(store.changesets()) == 1


def test_fields_that_the_file_lacks_are_left_alone(take: Import, save: Save, store: Store) -> None:
    take("green_space", save(squares(1, id=["a"], name=["A"], note=["kept"])), mapping=BY_ID)
    take("green_space", save(squares(1, id=["a"], name=["B"]), "b.gpkg"), mapping=BY_ID)
    found = store.read("green_space").iloc[0]
    assert (found["name"], found["note"]) == ("B", "kept")


def test_an_emptied_cell_is_a_change(take: Import, save: Save, store: Store) -> None:
    take("green_space", save(squares(2, id=["a", "b"], name=["A", "B"])), mapping=BY_ID)
    report = take(
        "green_space", save(squares(2, id=["a", "b"], name=[None, "B"]), "b.gpkg"), mapping=BY_ID
    )
    assert report.changes[0].fields == {"name": ("A", None)}
    assert values(store, "green_space", "name") == [None, "B"]


def test_a_register_without_places_never_erases_one(
    take: Import, save: Save, store: Store, tmp_path: Path
) -> None:
    take("compound", save(squares(1, id=["a"], households=[100])), mapping=BY_ID)
    (tmp_path / "b.csv").write_text("id,households\na,120\nb,5\n")
    report = take("compound", tmp_path / "b.csv", datum=None, mapping=BY_ID)
    assert (report.added, report.changed) == (1, 1)
    found = store.read("compound").sort_values("code")
    assert found["households"].tolist() == [120, 5]
    assert [shape is None for shape in found.geometry] == [False, True]


def test_keys_of_several_columns(take: Import, save: Save, store: Store) -> None:
    frame = squares(3, osm_type=["way", "way", "relation"], osm_id=[7, 8, 7])
    take("green_space", save(frame), mapping=Mapping(key=("osm_type", "osm_id")))
    assert values(store, "green_space", "code") == ["relation/7", "way/7", "way/8"]


def test_keys_over_stored_fields(take: Import, save: Save, store: Store) -> None:
    """One grid code before and after a re-division is two features."""
    mapping = Mapping(columns={"code": ("code",), "valid_from": ("since",)}, key=("code", "since"))
    frame = squares(2, code=["g1", "g1"], since=["2020-01-01", "2024-01-01"], name=["old", "new"])
    path = save(frame)
    assert take("grid", path, mapping=mapping).added == 2
    assert take("grid", path, mapping=mapping).unchanged == 2
    assert store.count("grid") == 2


def test_keys_that_are_missing_or_repeated(take: Import, save: Save) -> None:
    frame = squares(5, id=["a", None, "b", "a", "c"])
    report = take("green_space", save(frame), mapping=BY_ID)
    assert [(p.row, p.code) for p in report.problems] == [
        (1, "key_repeated"), (2, "key_missing"), (4, "key_repeated"),
    ]  # fmt: skip
    assert report.problems[0].values == {"key": "a", "count": 2, "rows": [1, 4]}
    assert report.added == 2


def test_without_a_key_codes_must_be_new(take: Import, save: Save, store: Store) -> None:
    take("green_space", save(squares(1, code=["a"])))
    report = take("green_space", save(squares(4, code=["a", "b", "c", "c"]), "b.gpkg"))
    assert [(p.row, p.code) for p in report.problems] == [
        (1, "key_exists"), (3, "key_repeated"), (4, "key_repeated"),
    ]  # fmt: skip
    assert values(store, "green_space", "code") == ["a", "b"]


def test_a_key_that_the_store_has_twice(take: Import, save: Save, store: Store) -> None:
    with store.change(author="x", message="y") as writer:
        writer.insert(
            "green_space",
            squares(2, code=["a", "a"]).to_crs(4490).assign(geometry=lambda f: f.geometry),
        )
    report = take("green_space", save(squares(1, id=["a"])), mapping=BY_ID)
    assert [(p.code, p.values["features"]) for p in report.problems] == [("key_ambiguous", 2)]


def test_without_a_key_the_same_file_is_refused(take: Import, save: Save, store: Store) -> None:
    path = save(squares(2, n=[1, 2]))
    take("green_space", path)
    with pytest.raises(AlreadyImportedError):
        take("green_space", path)
    with pytest.raises(AlreadyImportedError):
        take("green_space", path, dry_run=True)
    assert take("green_space", path, mapping=Mapping(where="n = 1")).added == 1, "another selection"
    assert take("bare_land", path).added == 2, "another layer"
    assert store.count("green_space") == 3


# ---------------------------------------------------------------- the rest


def test_a_layer_that_changed_meanwhile(take: Import, save: Save, store: Store) -> None:
    options = ImportOptions(datum="WGS84", mapping=BY_ID)
    plan = plan_import(store, "green_space", save(squares(1, id=["a"])), options)
    take("green_space", save(squares(1, id=["b"]), "b.gpkg"), mapping=BY_ID)
    with pytest.raises(LayerChangedError):
        apply_plan(store, plan, options)
    assert values(store, "green_space", "code") == ["b"]


def test_an_unknown_kind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError):
        import_file(store, "green_spce", tmp_path / "a.gpkg")


def test_a_kind_without_places(take: Import, tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.csv").write_text(
        "code,adopter_kind,org\nA1,department,林业局\n", encoding="utf-8"
    )
    assert take("adopter", tmp_path / "a.csv", datum=None).added == 1
    assert values(store, "adopter", "org") == ["林业局"]


def test_the_report_as_json(take: Import, save: Save) -> None:
    take(
        "green_space", save(squares(2, id=["a", "b"], valid_from=["2024-01-01"] * 2)), mapping=BY_ID
    )
    frame = squares(3, id=["a", "b", "c"], valid_from=["2024-02-01", "2024-01-01", "?"])
    report = take("green_space", save(frame, "b.gpkg"), mapping=BY_ID)
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["changes"][0]["fields"] == {"valid_from": ["2024-01-01", "2024-02-01"]}
    assert plain["columns"]["code"] == {"columns": ["id"], "how": "key"}
    assert plain["problems"] == [
        {
            "row": 3, "field": "valid_from", "code": "not_a_date", "severity": "error",
            "values": {"found": "?"}, "remedy": "not_a_date_remedy",
        }
    ]  # fmt: skip
    assert plain["read"] == plain["changed"] + plain["unchanged"] + plain["rejected"] == 3


def test_row_order_does_not_matter(take: Import, save: Save, store: Store) -> None:
    frame = squares(20, id=[f"k{i}" for i in range(20)], floors=list(range(20)))
    take("building", save(frame), mapping=BY_ID)
    shuffled = frame.sample(frac=1, random_state=7, ignore_index=True)
    assert take("building", save(shuffled, "b.gpkg"), mapping=BY_ID).unchanged == 20
