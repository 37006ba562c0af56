"""Which unit each feature of a store belongs to, after every change of features and units."""

from collections.abc import Mapping

import pandas as pd
import shapely

from layers import Cause, Store
from layers.territory import LEVELS
from tests.layers.store.town import buildings, frame, territory, write


def located(store: Store, kind: str) -> dict[str, tuple[str | None, ...]]:
    """Give the codes of the units of each feature, by its code, finest first."""
    units = pd.concat(store.read(level)["code"] for level in LEVELS)
    codes = store.read(kind)["code"]
    found = store.territory(kind)
    return {
        codes[uid]: tuple(None if unit is None else units[unit] for unit in row)
        for uid, row in zip(found.index, found[list(LEVELS)].to_numpy(), strict=True)
    }


def test_features_are_located_at_every_level(store: Store) -> None:
    territory(store)
    write(store, "building", frame(buildings((50, 50), (350, 250), (900, 900))))
    write(store, "manhole_cover", frame({"m": shapely.Point(150, 350), "none": None}))
    write(store, "road", frame({"r": shapely.LineString([(210, 10), (290, 10)])}))
    assert located(store, "building") == {
        "b1": ("g00", "c0", "s0", "d"),
        "b2": ("g32", "c3", "s1", "d"),
        "b3": (None,) * 4,
    }
    assert located(store, "manhole_cover") == {"m": ("g13", "c1", "s0", "d"), "none": (None,) * 4}
    assert located(store, "road") == {"r": ("g20", "c2", "s1", "d")}


def test_a_unit_belongs_to_its_own_level_and_those_above(store: Store) -> None:
    territory(store)
    assert located(store, "grid")["g21"] == ("g21", "c2", "s1", "d")
    assert located(store, "community")["c1"] == (None, "c1", "s0", "d")
    assert located(store, "street")["s1"] == (None, None, "s1", "d")
    assert located(store, "district")["d"] == (None, None, None, "d")


def test_units_that_come_after_the_features_hold_them(store: Store) -> None:
    write(store, "building", frame(buildings((50, 50))))
    assert located(store, "building") == {"b1": (None,) * 4}
    territory(store)
    assert located(store, "building") == {"b1": ("g00", "c0", "s0", "d")}


def test_changed_moved_and_deleted_features_are_followed(store: Store) -> None:
    territory(store)
    uids = write(store, "building", frame(buildings((50, 50), (150, 50))))
    moved = frame({"b1": shapely.box(310, 310, 320, 320)}).set_axis(pd.Index([uids["b1"]]))
    with store.change(author="tester", message="move") as change:
        change.update("building", moved)
        change.delete("building", [uids["b2"]])
    assert located(store, "building") == {"b1": ("g33", "c3", "s1", "d")}
    with store._backend.reading() as connection:
        kept = connection.exec_driver_sql(
            "SELECT count(*) FROM gg_territory WHERE layer = 'building'"
        ).scalar()
    assert kept == 1


def test_changed_units_are_followed(store: Store) -> None:
    units = territory(store)
    write(store, "building", frame(buildings((50, 50))))
    with store.change(author="tester", message="c0 goes to s1", cause=Cause.REDIVISION) as change:
        change.update("community", pd.DataFrame({"parent_code": "s1"}, index=[units["c0"]]))
    assert located(store, "building") == {"b1": ("g00", "c0", "s1", "d")}
    with store.change(author="tester", message="no grids") as change:
        change.delete("grid", [uid for code, uid in units.items() if code.startswith("g")])
    assert located(store, "building") == {"b1": (None, "c0", "s1", "d")}


def test_a_feature_at_a_boundary_names_both_units(store: Store) -> None:
    units = territory(store)
    rows = {
        "on": shapely.Point(100, 50),
        "near": shapely.Point(100.9, 50),
        "far": shapely.Point(101.1, 50),
        "crack": shapely.Point(-0.5, 50),
        "outside": shapely.Point(-1.5, 50),
    }
    uids = write(store, "dead_tree", frame(rows))
    found = store.territory("dead_tree")
    assert found.loc[uids["near"], "grid"] == units["g10"]
    assert found.loc[uids["near"], "second_unit"] == units["g00"]
    assert found.loc[uids["crack"], "grid"] == units["g00"]
    by_code = found["on_boundary"].reindex(list(uids.values())).to_list()
    assert dict(zip(uids, by_code, strict=True)) == {
        "on": True, "near": True, "far": False, "crack": True, "outside": False,
    }  # fmt: skip
    assert found.loc[uids["far"], "second_unit"] is None
    assert found.loc[uids["outside"], list(LEVELS)].isna().all()


def test_the_units_add_up(store: Store) -> None:
    """Every feature once: the figures of the grids are those of the communities, and so on."""
    territory(store)
    corners = [(13 * n % 430 - 10, 29 * n % 430 - 10) for n in range(120)]
    write(store, "building", frame(buildings(*corners), households=range(120)))
    households = store.read("building")["households"]
    found = store.territory("building").assign(households=households)
    totals = {level: found.groupby(level, dropna=False)["households"].sum() for level in LEVELS}
    assert {total.sum() for total in totals.values()} == {households.sum()}
    grids = store.read("grid")
    community_of = grids["parent_code"].map(
        {code: uid for uid, code in store.read("community")["code"].items()}
    )
    by_community = totals["grid"].drop(labels=[None], errors="ignore").groupby(community_of).sum()
    known = totals["community"].dropna()
    assert by_community.to_dict() == known[known.index.notna()].to_dict()


def test_kinds_without_a_place_lie_nowhere(store: Store) -> None:
    territory(store)
    write(store, "adopter", frame({"a": None}).drop(columns="geometry"))
    found = store.territory("adopter")
    assert found[list(LEVELS)].isna().all(axis=None)
    assert found["on_boundary"].tolist() == [False]


def test_a_store_without_units_answers_too(store: Store) -> None:
    write(store, "building", frame(buildings((50, 50))))
    found = store.territory("building")
    assert list(found) == [*LEVELS, "on_boundary", "second_unit"]
    assert len(found) == 1
    assert store.territory("road").empty


def test_what_is_kept_is_what_would_be_computed(store: Store) -> None:
    """The kept table after many changes equals locating everything anew as of the last one."""
    units = territory(store)
    uids = write(
        store, "building", frame(buildings(*[(37 * n % 400, 53 * n % 400) for n in range(40)]))
    )
    moves: Mapping[str, shapely.Geometry] = {
        code: shapely.box(n * 31 % 400, n * 17 % 400, n * 31 % 400 + 5, n * 17 % 400 + 5)
        for n, code in enumerate(list(uids)[::2])
    }
    with store.change(author="tester", message="move some") as change:
        change.update("building", frame(moves).set_axis(pd.Index([uids[code] for code in moves])))
        change.delete("grid", [units["g11"]])
    kept = store.territory("building")
    last = store.changeset_at()
    with store.change(author="tester", message="then all goes") as change:
        change.delete("building", list(uids.values()))
    pd.testing.assert_frame_equal(kept, store.territory("building", as_of=last))
