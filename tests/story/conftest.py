"""What the story begins with: the files that a district hands over, and the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geopandas import GeoDataFrame

from api.cli.main import run_command_line
from gis import convert_datum
from layers.demo import build_town
from tests.story.survey import write_survey

Command = Callable[..., Any]


@pytest.fixture(scope="session")
def town() -> dict[str, GeoDataFrame]:
    return build_town()


@pytest.fixture(scope="session")
def files(town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the town as files of the kinds that offices send, none of them as we would like it."""
    folder = tmp_path_factory.mktemp("survey")
    for level in ("district", "street", "community", "grid"):
        units = town[level][["code", "name", "parent_code", "geometry"]]
        units.to_crs(4326).to_file(folder / "territory.gpkg", layer=level, engine="pyogrio")
    # A survey company's shapefile: Chinese headings in GBK, short as a shapefile wants them.
    buildings = town["building"][["code", "households", "population", "floors", "geometry"]]
    headings = {"code": "楼栋编码", "households": "户数", "population": "人口", "floors": "层数"}
    buildings.rename(columns=headings).astype({"户数": "float", "人口": "float"}).to_file(
        folder / "buildings.shp", engine="pyogrio", encoding="GBK"
    )
    # A web map's export: nobody says so, but its coordinates are shifted.
    columns = ["code", "name", "class_code", "access", "counts_as_green", "geometry"]
    greens = town["green_space"][columns]
    shifted = greens.set_geometry(convert_datum(greens.geometry, "CGCS2000", "GCJ-02"))
    shifted.set_crs(4326, allow_override=True).to_file(folder / "greens.geojson", driver="GeoJSON")
    write_survey(town["bare_land"], folder / "survey.xlsx")
    return folder


@pytest.fixture
def greengrid(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command that must succeed (or find what it shall find); give its JSON."""

    def run(*arguments: object, code: int = 0) -> Any:
        given = [str(argument) for argument in arguments]
        assert run_command_line(["--lang", "en", *given]) == code, capsys.readouterr().err
        printed = capsys.readouterr().out
        return json.loads(printed) if "--json" in given else printed

    return run
