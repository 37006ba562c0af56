"""Every result shows itself in Python as the commands write it: map, page, workbook, table."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely.geometry import Point, box

from api.charts import Chart
from api.drawings import FORMATS, write_result
from api.maps.base import OfflineMap
from api.render import Renderer
from api.texts import texts_in
from gis import (
    choose_sites,
    coverage,
    plot_worth,
    presets,
    sensitivity,
)
from gis.covering.claims import ClaimData, check_claim
from gis.covering.indicators import indicators
from layers import Store, create_store
from layers.analysis import (
    Made,
    Offer,
    Wish,
    run_claim,
    run_coverage,
    run_crosswalk,
    run_gaps,
    run_hotspots,
    run_indicators,
    run_match,
    run_site,
)
from tests.api.conftest import CRS_METRIC, HOSTILE, SOUTH, WEST, at, fill

ON = dt.date(2026, 6, 1)
RULES = presets["gbt51346_500m"]
CLAIM = "500米见园，覆盖率91%"

# By result, its sheets, and what is read in the legend of its page, in either language.
SHEETS = {
    "coverage": ["覆盖率", "换条件", "各单元", "明细", "说明"],
    "gaps": ["覆盖率", "各单元", "缺口", "说明"],
    "site": ["选中的地块", "每块地的价值", "各单元", "说明"],
    "claim": ["结论", "各种口径", "例外", "各单元", "说明"],
    "indicators": ["对照要求", "指标", "要求及出处", "说明"],
    "hotspots": None,
    "crosswalk": ["换算到新单元", "总数核对", "无处可分", "说明"],
    "match": ["认养", "认养配对", "没有配上的地块", "各认养主体用量", "说明"],
    "worth of frames": ["每块地的价值", "说明"],
    "choice of frames": ["选中的地块", "说明"],
    "band of frames": ["换条件"],
    "claim of frames": None,
    "indicators of frames": None,
    "coverage of frames": ["覆盖率", "明细", "说明"],
}
LEGENDS = {
    "coverage": ("已覆盖", "Covered"),
    "gaps": ("缺口", "Gaps"),
    "site": ("选中的地块", "Chosen plots"),
    "claim": ("任何口径都未覆盖", "Uncovered whatever the definition"),
    "indicators": ("公园绿地服务半径覆盖率", "50–70 %"),
    "hotspots": ("热点", "Hot"),
    "crosswalk": ("只知道一部分", "Known in part"),
    "match": ("没有配上的地块", "Plots without an adopter"),
    "worth of frames": ("能新增覆盖的地块", "Plots that cover somebody in addition"),
    "choice of frames": ("500 米内", "Within 500 m"),
    "band of frames": ("黑线是按口径的覆盖率", "The black line is the share"),
    "claim of frames": ("任何口径都未覆盖", "Uncovered whatever the definition"),
    "indicators of frames": ("各单元的绿地指标", "50–70 %"),
    "coverage of frames": ("已覆盖", "Covered"),
}


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory, city: dict[str, GeoDataFrame]
) -> Iterator[Store]:
    """Lay plots, adopters and events into the small city."""
    made = create_store(tmp_path_factory.mktemp("drawn") / "city.gpkg", metric_crs=CRS_METRIC)
    fill(made, city)
    shapes = [box(0, 0, 20, 20), box(900, 0, 920, 20)]
    plots = at({"code": ["P1", "P2"], "name": [HOSTILE, "二号地"]}, list(shapes))
    spots = [Point(150 + 60 * (n % 3), 100 + 60 * (n % 2)) for n in range(60)]
    events = at({"code": [f"E{n}" for n in range(60)]}, list(spots))
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    with made.change(author="surveyor", message="认养") as change:
        change.insert("adoption_plot", plots.assign(adoption_kind="maintain"))
        change.insert("grid_event", events.assign(state="closed", reported_at=moment))
    yield made
    made.close()


@pytest.fixture(scope="module")
def kept(store: Store) -> dict[str, Made]:
    """Measure everything of the store."""
    offers = [
        Offer(code="U1", name=HOSTILE, x=WEST, y=SOUTH, capacity=1.0),
        Offer(code="U2", name=None, x=None, y=None, capacity=1.0),
    ]
    table = {"上报数": {"G000": 10.0, "G011": 3.0}}
    return {
        "coverage": run_coverage(store, RULES, on=ON),
        "gaps": run_gaps(store, RULES, on=ON),
        "site": run_site(store, RULES, Wish(k=1), weight="population", on=ON),
        "claim": run_claim(store, CLAIM, on=ON),
        "indicators": run_indicators(store, level="grid", on=ON),
        "hotspots": run_hotspots(store, level="community", cells_m=100, on=ON),
        "crosswalk": run_crosswalk(
            store, "grid", "community", table=table, weight="buildings", on=ON
        ),
        "match": run_match(store, offers, limit_m=500, on=ON),
    }


@pytest.fixture(scope="module")
def results(kept: dict[str, Made], city: dict[str, GeoDataFrame]) -> dict[str, Any]:
    """Measure the same of frames, without a store."""
    metric = {name: frame.to_crs(CRS_METRIC) for name, frame in city.items()}
    homes = metric["building"].set_index("code", drop=False)
    greens = {"green_space": metric["green_space"]}
    plots = metric["bare_land"].set_index("name")
    asked: dict[str, Any] = {"weight": "population"}
    blocks = homes["code"].str[:3].rename("block")
    return {
        **kept,
        "worth of frames": plot_worth(plots, homes, greens, RULES, **asked),
        "choice of frames": choose_sites(
            homes, plots, 1, radius_m=500, existing=greens["green_space"], **asked
        ),
        "band of frames": sensitivity(homes, greens, RULES, **asked),
        "claim of frames": check_claim(CLAIM, ClaimData(places=homes, targets=greens, by=blocks)),
        "indicators of frames": indicators(
            metric["grid"].set_index("name"),
            green=metric["green_space"],
            land=metric["residential_land"],
            places=homes,
        ),
        "coverage of frames": coverage(homes, greens, RULES),
    }


@pytest.mark.parametrize("name", list(SHEETS))
def test_a_result_shows_itself_in_python(
    name: str, results: dict[str, Any], tmp_path: Path
) -> None:
    result = results[name]
    assert isinstance(result.explore(), OfflineMap | Chart)
    assert "iframe" in result.explore()._repr_html_()
    written = result.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == written
    for lang, words in zip(("zh", "en"), LEGENDS[name], strict=True):
        page = Renderer(lang).to_html(result)  # type: ignore[arg-type]  # one of the two
        assert words in page
        assert HOSTILE not in page  # a name is data, and never becomes a part of the page
        assert 'src="' not in page
    result.to_excel(tmp_path / "book.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert len(sheets) >= 2 if SHEETS[name] is None else sheets == SHEETS[name]
    shown = result._repr_html_()
    assert shown.count("<tr") > 1
    assert HOSTILE not in shown


def test_commands_write_what_python_shows(kept: dict[str, Made], tmp_path: Path) -> None:
    for name, made in kept.items():
        path = tmp_path / f"{name}.html"
        write_result(made, path, texts_in("zh"))
        assert path.read_text("utf-8") == Renderer("zh").to_html(made)
        assert made.run.id in path.read_text("utf-8")
        for ending in FORMATS[1:]:
            write_result(made, path.with_suffix(ending), texts_in("zh"))
            assert path.with_suffix(ending).stat().st_size


def test_without_a_renderer_there_are_rows(kept: dict[str, Made]) -> None:
    for made in kept.values():
        frame = made.to_frame()
        assert isinstance(frame, pd.DataFrame)
        assert len(frame)
