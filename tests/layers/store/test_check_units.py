"""Whether the units of a store tile the ground is checked, and what a register says of itself."""

import geopandas as gpd
import pandas as pd
import shapely

from layers import Store
from layers.checking import GRID_BAND, check_store
from layers.importing import Severity
from tests.layers.store.town import buildings, degrees, frame, territory, write

Changes = dict[tuple[str, str], dict[str, object]]


def codes(store: Store, **asked: object) -> set[tuple[str, str, str]]:
    """Give layer, code of the feature and code of each finding."""
    report = check_store(store, everything=True, **asked)  # type: ignore[arg-type]
    return {(each.kind, each.key, each.code) for each in report.findings}


def redraw(store: Store, uids: dict[str, str], changes: Changes) -> None:
    """Give units other shapes, or other values, in one changeset."""
    with store.change(author="t", message="redraw") as writer:
        for (level, code), change in changes.items():
            shape = change.pop("shape", None)
            values = pd.DataFrame(change, index=[uids[code]])
            if shape is not None:
                drawn = degrees([shape]).to_numpy()
                values = gpd.GeoDataFrame(values, geometry=drawn, crs="EPSG:4490")
            writer.update(level, values)


def test_a_clean_town_has_no_findings(path: object, store: Store) -> None:
    territory(store)
    write(store, "building", frame(buildings((5, 5), (50, 50))))
    assert codes(store) == set()


def test_units_that_do_not_tile_the_ground(path: object, store: Store) -> None:
    uids = territory(store)
    redraw(
        store,
        uids,
        {
            ("grid", "g00"): {"shape": shapely.box(0, 0, 100, 90)},  # a gap of 100 m by 10 m
            ("grid", "g11"): {"shape": shapely.box(99.4, 100, 200, 200)},  # into c0, and g01
            ("grid", "g33"): {"shape": shapely.box(300, 300, 430, 400)},  # out of everything
            ("grid", "g22"): {"parent_code": "c3"},
            ("grid", "g20"): {"parent_code": None},
            ("grid", "g02"): {"parent_code": "c9"},
        },
    )
    assert codes(store) == {
        ("community", "c0", "unit_gap"),
        ("grid", "g01", "unit_overlap_sliver"),
        ("grid", "g11", "unit_bulge_sliver"),
        ("grid", "g33", "unit_bulge"),
        ("grid", "g22", "unit_elsewhere"),
        ("grid", "g20", "unit_without_parent"),
        ("grid", "g02", "refers_to_nothing"),
    }
    found = {each.code: each for each in check_store(store, everything=True).findings}
    gap = found["unit_gap"]
    assert gap.values == {"level": "grid", "area_m2": 1000.0, "width_m": 10.0}
    assert gap.shape is not None
    assert gap.severity is Severity.WARNING
    assert found["unit_overlap_sliver"].severity is Severity.NOTICE
    assert found["unit_bulge"].values["percent"] == 23.1


def test_a_town_without_streets_and_one_without_a_district(path: object, store: Store) -> None:
    uids = territory(store)
    with store.change(author="t", message="no streets") as writer:
        writer.delete("street", [uids["s0"], uids["s1"]])
        writer.delete("district", [uids["d"]])
    # What the communities name is not there any more, and a layer that is empty says nothing.
    assert codes(store) == set()


def test_figures_are_compared_with_their_parts_and_with_what_is_usual(
    path: object, store: Store
) -> None:
    uids = territory(store)
    homes = {"g00": (300, 900), "g01": (500, 900), "g02": (120, 900), "g03": (900, 2600)}
    alike: Changes = {
        ("grid", code): {
            "households": households,
            "population": people,
            "grid_type": "comprehensive",
        }
        for code, (households, people) in homes.items()
    }
    others: Changes = {
        ("grid", "g10"): {"households": 7, "grid_type": "dedicated"},
        ("community", "c0"): {"households": 1821},
    }
    redraw(store, uids, {**alike, **others})
    assert codes(store) == {
        ("grid", "g02", "unit_too_few_households"),
        ("grid", "g03", "unit_too_many_households"),
        ("grid", "g03", "unit_too_many_people"),
        ("community", "c0", "unit_total_differs"),
    }
    own = GRID_BAND.with_households(100, 1000)
    assert {code for _, _, code in codes(store, band=own)} == {
        "unit_total_differs",
        "unit_too_many_people",
    }
    assert {code for _, _, code in codes(store, band=None)} == {"unit_total_differs"}
    assert not GRID_BAND.verified


def test_features_are_checked_among_each_other(path: object, store: Store) -> None:
    territory(store)
    write(
        store,
        "building",
        frame(
            buildings((5, 5), (5, 5), (5.5, 5), (900, 5), (50, 5)),
            grid_code=[*["g00"] * 4, "g77"],
        ),
    )
    assert codes(store) == {
        ("building", "b2", "same_place_in_store"),
        ("building", "b3", "overlaps_in_store"),
        ("building", "b4", "outside_territory"),
        ("building", "b5", "refers_to_nothing"),
    }
