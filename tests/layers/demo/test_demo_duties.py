"""The holes of the town are those that were put in on purpose, and no others."""

import pytest
from geopandas import GeoDataFrame

from gis import find_holes
from layers.demo import METRIC_CRS
from layers.demo.duties import KNOWN_FAULTS
from layers.kinds import LIST_SEPARATOR


@pytest.mark.parametrize(
    ("role", "state", "fault"),
    [
        ("grid_head", "nobody", "grids without a grid head"),
        ("grid_head", "expired", "grids whose only head's post expired"),
        ("sponsor", "nobody", "grids without a department"),
        ("sponsor", "several", "grids with two departments"),
    ],
)
def test_the_known_faults_are_found(
    town: dict[str, GeoDataFrame], role: str, state: str, fault: str
) -> None:
    grids = town["grid"].to_crs(METRIC_CRS).sort_values("code")
    living = grids[grids["grid_type"] == "comprehensive"].set_index("code")
    duties = town["responsibility"]
    mine = duties[(duties["role"] == role) & (duties["unit_kind"] == "grid")]
    ground = mine.assign(unit=mine["unit_codes"].str.split(LIST_SEPARATOR)).explode("unit")
    posts = ground.reset_index(drop=True).set_geometry(
        ground["unit"].map(living.geometry).set_axis(range(len(ground))), crs=METRIC_CRS
    )
    found = find_holes(
        living.geometry, posts, holder="holder_org", on="2026-11-01", units=living, split=True
    )
    pieces = found.pieces[found.pieces["state"] == state].index
    units = found.units[found.units["piece"].isin(pieces)]["unit"]
    assert sorted(units) == [living.index[n] for n in KNOWN_FAULTS[fault]]
