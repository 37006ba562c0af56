"""Results that show themselves: as a map, a page, a workbook, a table in a notebook."""

from pathlib import Path

import openpyxl
import pytest
from geopandas import GeoDataFrame

from api.maps.base import OfflineMap
from api.render import Renderer
from gis import CoverageResult, coverage, presets
from gis.errors import NotSupportedError


@pytest.fixture(scope="module")
def result(city: dict[str, GeoDataFrame]) -> CoverageResult:
    metric = {name: frame.to_crs("EPSG:4551") for name, frame in city.items()}
    homes = metric["building"].set_index("code", drop=False)
    rules = presets["baishan_slogan_300_500_1000"]
    targets = metric | {"adoption_plot": metric["green_space"].iloc[:0]}
    by = homes["code"].str[:3].rename("grid")
    return coverage(homes, targets, rules, weight="households", by=by)


def test_explore_is_a_folium_map_that_needs_nobody(result: CoverageResult) -> None:
    drawn = result.explore()
    assert isinstance(drawn, OfflineMap)
    html = drawn.get_root().render()
    assert 'src="' not in html
    assert '<link rel="stylesheet"' not in html
    assert "iframe" in drawn._repr_html_()


def test_the_same_result_is_the_same_page(result: CoverageResult, tmp_path: Path) -> None:
    first = result.to_html(tmp_path / "one.html")
    assert (tmp_path / "one.html").read_bytes().decode("utf-8") == first
    assert result.to_html() == first


def test_the_page_prints_bases_units_and_definitions(result: CoverageResult) -> None:
    html = Renderer("zh").to_html(result)
    figure = result.figures[0]
    assert f"{figure.covered:,.0f} / {figure.base:,.0f} 户" in html
    assert "直线距离不超过 300 米" in html
    assert "另有 2 处未计入" in html
    assert "审图号" in html


def test_in_english_nothing_of_ours_is_chinese(result: CoverageResult) -> None:
    html = Renderer("en").to_html(result)
    panel = html[html.index('<details class="gg-panel"') : html.index("</details>")]
    assert "Within 300 m, in a straight line" in panel
    # The source of a rule is quoted as it is.
    assert "白山市" in panel
    assert "覆盖" not in panel


def test_the_workbook_explains_itself(result: CoverageResult, tmp_path: Path) -> None:
    path = tmp_path / "coverage.xlsx"
    result.to_excel(path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["覆盖率", "各单元", "明细", "说明"]
    figures = book["覆盖率"]
    assert [cell.value for cell in figures[1]][:2] == ["级别", "半径（米）"]
    assert figures["B2"].value == "服务半径，单位米"
    assert figures.freeze_panes == "A3"
    first = result.figures[0]
    assert [cell.value for cell in figures[3]][4:7] == [first.covered, first.uncovered, first.base]
    units = book["各单元"]
    assert units.cell(units.max_row, 3).value == "（不在任何单元内）"
    places = book["明细"]
    assert places.max_row == 2 + len(result.places)
    assert (places["A3"].value, places["A3"].data_type) == ("B0000", "s")
    notes = {row[0].value: row[1].value for row in book["说明"].iter_rows(min_row=2)}
    assert "300 米" in str(notes["300 米见绿"])


def test_codes_that_look_like_formulas_or_numbers_stay_text(
    result: CoverageResult, tmp_path: Path
) -> None:
    renamed = result.places.set_axis([f"=1+{n}" for n in range(len(result.places))])
    object.__setattr__(changed := _copy(result), "places", renamed)
    changed.to_excel(tmp_path / "x.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx")["明细"]["A3"]
    assert (cell.value, cell.data_type) == ("=1+0", "s")


def test_a_notebook_shows_the_definition_beside_the_figure(result: CoverageResult) -> None:
    html = result._repr_html_()
    assert html.count("<tr>") == 1 + len(result.figures)
    assert "户" in html
    assert "不超过 500 米" in html


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(NotSupportedError):
        Renderer().explore(object())


def _copy(result: CoverageResult) -> CoverageResult:
    import copy

    return copy.copy(result)
