"""Which row is which feature: the second import of a file."""

from pathlib import Path

import pytest
from shapely import Polygon

from layers import Store
from layers.importing import (
    Mapping,
)
from layers.importing.errors import AlreadyImportedError
from tests.layers.importing.survey import BY_ID, Import, Save, squares, values


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


def test_where_a_ring_begins_and_which_way_it_runs_changes_nothing(
    take: Import, save: Save, store: Store
) -> None:
    hole = [(126.2003, 42.4003), (126.2003, 42.4006), (126.2006, 42.4003)]
    # Two corners equally far west but for less than anybody can see: either may be called first.
    ring = [(126.2, 42.4), (126.2, 42.4005), (126.2, 42.401), (126.201, 42.401), (126.201, 42.4)]
    shaken = [(x - n * 2e-11, y) for n, (x, y) in enumerate(ring)]
    other = Polygon([*shaken[2:], *shaken[:2]][::-1], [hole[1:] + hole[:1]])
    moved = Polygon(
        [(126.2, 42.4), (126.20001, 42.4005), *ring[2:]], [hole]
    )  # a metre, within bounds
    first = squares(1, id=["a"]).set_geometry([Polygon(ring, [hole])])
    for number, (place, changed) in enumerate(((first.geometry[0], 0), (other, 0), (moved, 1))):
        path = save(first.set_geometry([place], crs=first.crs), f"{number}.gpkg")
        report = take("green_space", path, mapping=BY_ID)
        assert report.changed == changed
    assert report.changes[0].fields.keys() == {"geometry"}


@pytest.mark.parametrize("code", ["a\x15b", "#N/A", "长" * 20_000])
def test_whatever_code_another_program_wrote_is_only_missing(
    take: Import, save: Save, store: Store, code: str
) -> None:
    with store.change(author="desk", message="") as change:
        change.insert("green_space", squares(1, code=[code]).to_crs(store.settings.storage_crs))
    report = take("green_space", save(squares(1, id=["b"])), mapping=BY_ID)
    assert (report.added, len(report.missing_in_file)) == (1, 1)


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


def test_a_file_whose_import_was_undone_may_come_again(
    take: Import, save: Save, store: Store
) -> None:
    path = save(squares(2, n=[1, 2]))
    first = take("green_space", path)
    assert first.changeset is not None
    store.undo(first.changeset, author="x")
    assert take("green_space", path).added == 2
    with pytest.raises(AlreadyImportedError):
        take("green_space", path)
    assert len(store.imports("green_space")) == 2
