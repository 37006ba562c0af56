"""Every analysis by command on both backends: the same run, digit by digit."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely.geometry import LineString, Point, box

from layers import copy_store, create_store
from tests.api.cli.shell import Shell
from tests.api.conftest import CRS_METRIC, at, fill
from tests.postgis import running_server

ON = ("--on", "2026-06-01")
ANALYSES = {
    "coverage": ("--rules", "gbt51346_500m", "--weight", "population"),
    "gaps": ("--rules", "gbt51346_500m", "--distance", "walk"),
    "site": ("--rules", "gbt51346_500m", "-k", "2", "--method", "swap"),
    "claim": ("500米见园，覆盖率91%",),
    "indicators": ("--by", "community"),
    "holes": ("--split",),
    "hotspots": ("--by", "community", "--cells", "100"),
    "crosswalk": ("grid", "community", "--weight", "population"),
    "match": ("offers.csv", "--limit", "900", "--distance", "walk"),
}


def things() -> dict[str, GeoDataFrame]:
    """Lay out what the small city lacks: ways, plots, events."""
    ways = [
        LineString([(0, 300), (600, 300), (1200, 300)]),
        LineString([(600, 0), (600, 300), (600, 580)]),
    ]
    plots = [box(0, 0, 20, 20), box(900, 0, 920, 20)]
    bare = [box(1200, 300, 1230, 330), box(1700, 300, 1760, 360)]
    spots = [Point(150 + 60 * (n % 3), 100 + 60 * (n % 2)) for n in range(60)]
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    events = at({"code": [f"E{n}" for n in range(60)]}, list(spots))
    return {
        "walkway": at({"code": ["W1", "W2"]}, list(ways)),
        "adoption_plot": at({"code": ["P1", "P2"]}, list(plots)).assign(adoption_kind="maintain"),
        "bare_land": at({"code": ["K2", "K3"]}, list(bare)),
        "grid_event": events.assign(state="closed", reported_at=moment),
    }


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, city: dict[str, GeoDataFrame]
) -> Iterator[tuple[Path, str]]:
    """Keep one city in a GeoPackage, and copied in PostGIS."""
    folder = tmp_path_factory.mktemp("both")
    grids = city["grid"].assign(population=range(100, 112))
    posts = {
        "code": ["R1", "R2"],
        "role": "sponsor",
        "holder_org": ["城管局", "林业局"],
        "plan": "normal",
        "unit_kind": "grid",
        "unit_codes": ["G000;G001;G002", "G002;G003"],
    }
    with running_server() as server:
        name = server.create()
        server.run("CREATE EXTENSION postgis", database=name)
        file, url = folder / "city.gpkg", server.url(name)
        with closing(create_store(file, metric_crs=CRS_METRIC)) as store:
            fill(store, city | {"grid": grids})
            fill(store, things())
            with store.change(author="surveyor", message="包保") as change:
                change.insert("responsibility", pd.DataFrame(posts))
            copy_store(store, url)
        (folder / "offers.csv").write_text("编码,名称,楼栋编码\nU1,园林局,B0010\n", "utf-8")
        yield file, url


@pytest.mark.parametrize("analysis", list(ANALYSES))
def test_an_analysis_is_the_same_run_on_either_backend(
    analysis: str, both: tuple[Path, str], greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, url = both
    monkeypatch.chdir(file.parent)
    typed = (analysis, *ANALYSES[analysis], *ON, "--json")
    here, there = (greengrid(*typed, "--store", place).document for place in (file, url))
    assert here == there
    assert greengrid("run", there["run"], "--store", url, "--verify").code == 0


def test_a_map_is_drawn_from_postgis(
    both: tuple[Path, str], greengrid: Shell, tmp_path: Path
) -> None:
    typed = ("hotspots", *ANALYSES["hotspots"], *ON, "--store", both[1])
    drawn = greengrid(*typed, "--json", "-o", tmp_path / "map.html").document
    assert drawn["run"] in (tmp_path / "map.html").read_text("utf-8")
