"""The bare plots of Las Palmas: nearly all of them bring green to nobody who has none."""

from pathlib import Path
from time import process_time

import geopandas
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from gis import RuleSet, Tier, choose_sites, plot_worth

ANY = RuleSet("any", tiers=(Tier("green", "见绿", ("green_space",), 300),))


def layer(folder: Path, name: str) -> GeoDataFrame:
    frame = geopandas.read_parquet(folder / f"{name}.parquet", columns=["osm_id", "geometry"])
    return frame.to_crs(32628)[["geometry"]]


@pytest.mark.long
def test_most_bare_plots_cover_nobody_in_addition(test_data: Path) -> None:
    folder = test_data / "las_palmas"
    homes, greens, plots = (layer(folder, name) for name in ("buildings", "green", "bare_land"))
    plot_worth(plots[:3], homes[:9], {"green_space": greens[:9]}, ANY)  # compiles
    begin = process_time()
    worth = plot_worth(plots, homes, {"green_space": greens}, ANY)
    seconds = process_time() - begin
    assert len(worth.plots) == 444
    near = shapely.STRtree(greens.geometry).query(homes.geometry, "dwithin", distance=300)[0]
    bare = homes[~np.isin(np.arange(len(homes)), near)]
    home, plot = shapely.STRtree(plots.geometry).query(bare.geometry, "dwithin", distance=300)
    gains = np.bincount(plot, minlength=len(plots))
    assert worth.plots["green.gain"].sort_index().tolist() == gains.tolist()
    assert worth.idle("green") == {"nobody_near": 1, "already_covered": 439}
    assert worth.plots["green.gain"].head(5).tolist() == [10, 4, 4, 2, 0]
    choice = choose_sites(homes, plots, 4, radius_m=300, existing=greens, method="exact")
    assert choice.certificate.proven
    assert choice.gain == len(np.unique(home))
    assert seconds < 5
