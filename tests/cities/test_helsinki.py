"""Helsinki's core through the commands: the mapping files of another city, and people on a grid."""

import geopandas
import numpy as np
import pytest

from layers import open_store
from tests.cities.brute import CASES, Truth
from tests.cities.measured import assert_buildings_agree
from tests.cities.terminal import Desk, page_commands

STORE = "helsinki.gpkg"
# How many rows of each file are taken, filtered out and rejected.
ACCOUNTS = {
    ("population_cell", "helsinki_population_grid_2020.gpkg"): (92, 0, 0),
    ("green_space", "green.parquet"): (180, 0, 0),
    ("green_space", "squares.parquet"): (39, 0, 0),
    ("building", "buildings.parquet"): (446, 0, 0),
    ("bare_land", "bare_land.parquet"): (4, 0, 0),
    ("walkway", "walk_edges.parquet"): (4529, 0, 0),
    ("place_name", "pois.parquet"): (6, 1802, 0),
}
# Covered buildings at 300, 500 and 1000 m.
COVERED = {
    (False, False, 0): (446, 446, 446),
    (False, True, 2000): (431, 446, 446),
    (True, True, 5000): (426, 446, 446),
}


@pytest.mark.parametrize(("kind", "file"), ACCOUNTS)
def test_every_row_is_accounted_for(helsinki: Desk, kind: str, file: str) -> None:
    report, path = helsinki.reports[kind, file], helsinki.folder / file
    rows = geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)
    added, filtered_out, rejected = ACCOUNTS[kind, file]
    assert report["read"] == len(rows) == added + filtered_out + rejected
    assert (report["added"], report["filtered_out"], report["rejected"]) == (
        added, filtered_out, rejected,
    )  # fmt: skip
    assert {one["severity"] for one in report["problems"]} <= {"notice"}
    assert rows.is_valid.all()


def test_what_means_nothing_is_told_and_counted(helsinki: Desk) -> None:
    """Half storeys, and tags of deliveries: the mapping files say what becomes of them."""
    levels = geopandas.read_parquet(helsinki.folder / "buildings.parquet")["building:levels"]
    halves = int(levels.str.contains(".", regex=False, na=False).sum())
    notes = {file: report["notes"] for (_, file), report in helsinki.reports.items()}
    assert notes["buildings.parquet"]["other_words_replaced"] == halves == 4
    access = geopandas.read_parquet(helsinki.folder / "walk_edges.parquet")["access"].dropna()
    strange = int((~access.isin(["permissive", "private", "destination"])).sum())
    assert notes["walk_edges.parquet"]["other_words_replaced"] == strange == 4


def test_every_building_agrees_in_all_cases(helsinki: Desk, helsinki_truth: Truth) -> None:
    """Joined or not, closed ones or not, at four smallest areas: 48 tiers."""
    assert_buildings_agree(helsinki, STORE, helsinki_truth, CASES, covered=COVERED)


def test_people_are_counted_by_cell(helsinki: Desk, helsinki_truth: Truth) -> None:
    (line,) = [line for line in page_commands(STORE) if line.startswith("greengrid coverage")]
    found = helsinki.ask(line)
    cells = geopandas.read_file(helsinki.folder / "helsinki_population_grid_2020.gpkg").to_crs(3067)
    counting = {
        "green_300m": (False, False, 400),
        "park_500m": (True, True, 2000),
        "scenery_1000m": (True, True, 5000),
    }
    for tier in found["tiers"]:
        targets = helsinki_truth.green.geometry[helsinki_truth.counting[counting[tier["tier"]]]]
        reached = np.array(
            [targets.distance(cell).min() <= tier["radius_m"] for cell in cells.geometry]
        )
        assert tier["covered"] == cells["population"][reached].sum()
        assert tier["base"] == cells["population"].sum() == 71_724


def test_a_run_is_proved_again(helsinki: Desk) -> None:
    found = helsinki.ask(f"coverage --store {STORE} --rules rules.toml")
    assert helsinki.ask(f"run {found['run']} --verify --store {STORE}")["verified"]


@pytest.mark.parametrize(("lang", "word"), [("zh", "栋"), ("en", "buildings")])
def test_the_figures_are_printed_with_base_and_rule(helsinki: Desk, lang: str, word: str) -> None:
    answer = helsinki.type(f"coverage --store {STORE} --rules rules.toml", lang=lang)
    assert answer.code == 0
    assert f"446 / 446 {word}" in answer.out
    assert "1,000" in answer.out


def test_the_log_names_every_file(helsinki: Desk) -> None:
    changes = open_store(helsinki.folder / STORE).changesets()
    assert {change.source for change in changes if change.source} == {
        file for _, file in ACCOUNTS
    }  # fmt: skip
    told = helsinki.type(f"log --store {STORE}").out
    assert all(file in told for _, file in ACCOUNTS)
