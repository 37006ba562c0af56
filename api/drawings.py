"""How every result is shown: one map, one set of sheets, one table, whatever the door.

The commands write files by it, and results show themselves by it in Python. Every result is drawn
by the entry of its class; what was measured without a store is told as a run first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geopandas import GeoDataFrame
from pandas import DataFrame

from api import (
    bands,
    claims,
    crosswalks,
    export,
    figures,
    holes,
    hotspots,
    indicators,
    matches,
    scenarios,
    sites,
    tables,
)
from api.charts import Chart, band_chart
from api.listing import note_sheet, printed, write_csv
from api.maps.base import OfflineMap
from api.maps.claim import claim_map
from api.maps.coverage import coverage_map
from api.maps.crosswalks import crosswalk_map
from api.maps.holes import holes_map
from api.maps.hotspots import hotspots_map
from api.maps.indicators import indicator_map
from api.maps.matches import match_map
from api.maps.plots import choice_map, worth_map
from api.maps.scene import GROUND_LOOKS, MapOptions, Scene
from api.maps.sites import site_map
from api.tables import Table
from api.texts import Texts
from api.unkept import Bands, Plots, Sites, told
from gis import CoverageResult
from gis.errors import NotSupportedError
from layers import Store
from layers.analysis import (
    Analysis,
    Claimed,
    Crosswalk,
    Holes,
    Hotspots,
    Indicated,
    Made,
    Match,
    Siting,
    WhatIf,
    adoptions_of,
    write_claim_layers,
    write_crosswalk_layers,
    write_hole_layers,
    write_hotspot_layers,
    write_indicator_layers,
    write_match_layers,
    write_site_layers,
)
from layers.exporting.workbook.words import Words

__all__ = ["FORMATS", "Drawing", "brief_of", "draw", "sheets_of", "write_result"]

FORMATS = (".html", ".xlsx", ".gpkg", ".csv")

Ground = Mapping[str, GeoDataFrame]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How the results of one class are shown.

    Parameters
    ----------
    page
        Its map, upon water and roads, or its chart.
    sheets
        Its workbook.
    table
        The table that holds most of it, for a file of one table.
    brief
        What a notebook shows of it.
    layers
        What writes its layers for a desktop GIS.
    """

    page: Callable[[Any, Ground, MapOptions], OfflineMap | Chart]
    sheets: Callable[[Any, MapOptions], list[Table]]
    table: Callable[[Any, MapOptions], Table]
    brief: Callable[[Any, MapOptions], Table]
    layers: Callable[[Any, Path], None] | None = None


def draw(result: Any, options: MapOptions) -> OfflineMap | Chart:
    """Draw a result.

    Raises
    ------
    NotSupportedError
    """
    made = told(result, options.texts)
    return _drawing(made).page(made, _ground(made), options)


def sheets_of(result: Any, options: MapOptions) -> list[Table]:
    """Make the sheets of a result.

    Raises
    ------
    NotSupportedError
    """
    made = told(result, options.texts)
    return _drawing(made).sheets(made, options)


def brief_of(result: Any, options: MapOptions) -> DataFrame:
    """Make the short table of a result, numbers as they are written.

    Raises
    ------
    NotSupportedError
    """
    made = told(result, options.texts)
    headings, rows, _ = printed(_drawing(made).brief(made, options), options.texts)
    frame = DataFrame(rows, columns=headings)
    return frame.loc[:, (frame != "").any()] if rows else frame


def write_result(made: Made, path: Path, texts: Texts) -> None:
    """Write an analysis of a store in the format that the file's name ends with.

    Raises
    ------
    NotSupportedError
    """
    drawing, options = _drawing(made), export.map_options(_store(made), texts)
    match path.suffix.lower():
        case ".html":
            page = drawing.page(made, _ground(made), options).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            tables.write_workbook(drawing.sheets(made, options), path)
        case ".gpkg" if drawing.layers is not None:
            drawing.layers(made, path)
        case ".csv":
            write_csv([drawing.table(made, options)], path)
        case ending:
            raise NotSupportedError(feature=ending)


def _drawing(made: Any) -> Drawing:
    for kind in type(made).__mro__:
        if kind in _DRAWINGS:
            return _DRAWINGS[kind]
    raise NotSupportedError(feature=type(made).__name__)


def _store(made: Made) -> Store:
    if made.store is None:
        raise NotSupportedError(feature=f"{type(made).__name__}.store")
    return made.store


def _ground(made: Any) -> Ground:
    """Read water and roads as of the moment of an analysis; of a bare result nothing is known."""
    if not isinstance(made, Made) or made.store is None:
        return {}
    moment = {"as_of": made.run.parameters["as_of"], "on": made.run.evaluated_on}
    return {key: made.store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}


# ---------------------------------------------------------------- coverage and gaps


def _coverage_page(result: CoverageResult, ground: Ground, options: MapOptions) -> OfflineMap:
    scene = Scene(result=result, tier=result.ruleset.tiers[0].name, ground=ground)
    return coverage_map(scene, options)


def _coverage_sheets(result: CoverageResult, options: MapOptions) -> list[Table]:
    texts = options.texts
    lines = [tables.amount_unit_line(result.weight, texts)]
    return [
        tables.figure_table(result, texts),
        *([tables.unit_table(result, texts)] if len(result.by_unit) else []),
        tables.place_table(result, texts),
        tables.note_table(result.ruleset, lines, texts),
    ]


def _analysis_brief(made: Analysis, options: MapOptions) -> Table:
    if made.gaps is not None:
        return tables.gap_table(made, options.texts)
    counted = figures.counted(made.run.parameters)
    return tables.figure_table(made.coverage, options.texts, counted)


# ---------------------------------------------------------------- plots


def _siting_sheets(made: Siting, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    return [
        sites.choice_table(run, texts),
        sites.worth_table(run, texts),
        sites.unit_table(run, texts),
        note_sheet(sites.run_lines(run, texts), texts),
    ]


def _no_map(made: Made, ground: Ground, options: MapOptions) -> OfflineMap:
    """Refuse to draw what the map of the chosen plots shows already."""
    del ground, options
    raise NotSupportedError(feature=f"{made.run.analysis}, map")


def _plot_sheets(made: Plots, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    said = [*sites.idle_lines(run, texts), texts("sites.assumed"), sites.each_line(run, texts)]
    notes = [(texts("pages.sheet.note"), line) for line in said]
    return [sites.worth_table(run, texts), note_sheet(notes, texts)]


def _choice_sheets(made: Sites, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    notes = [(texts("pages.sheet.note"), line) for line in sites.choice_lines(run, texts)]
    return [sites.choice_table(run, texts), note_sheet(notes, texts)]


# ---------------------------------------------------------------- the others


def _claim_sheets(made: Claimed, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    return [
        claims.summary_table(run, texts),
        claims.definition_table(run, texts),
        claims.exception_table(made, texts),
        claims.unit_table(run, texts),
        note_sheet(claims.run_lines(run, texts), texts),
    ]


def _indicator_sheets(made: Indicated, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    return [
        indicators.verdict_table(run, texts),
        indicators.value_table(run, texts),
        indicators.requirement_table(run, texts),
        note_sheet(indicators.run_lines(run, texts), texts),
    ]


def _hole_sheets(made: Holes, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    return [
        holes.piece_table(run, texts),
        holes.account_table(run, texts),
        holes.left_out_table(run, texts),
        note_sheet(holes.run_lines(run, texts), texts),
    ]


def _hotspot_sheets(made: Hotspots, options: MapOptions) -> list[Table]:
    run, texts = made.run, options.texts
    notes = note_sheet(hotspots.run_lines(run, options.kinds, texts), texts)
    return [hotspots.unit_table(run, texts), notes]


def _crosswalk_sheets(made: Crosswalk, options: MapOptions) -> list[Table]:
    run, texts, kinds = made.run, options.texts, options.kinds
    return [
        crosswalks.unit_table(run, texts, kinds),
        crosswalks.account_table(run, texts, kinds),
        crosswalks.undealt_table(run, texts, kinds),
        note_sheet(crosswalks.run_lines(run, texts, kinds), texts),
    ]


def _match_sheets(made: Match, options: MapOptions) -> list[Table]:
    """Put first what comes back as applications to adopt; the rest is named as for reading."""
    run, texts = made.run, options.texts
    reading = [
        matches.pair_table(run, texts),
        matches.plot_table(run, texts),
        matches.adopter_table(run, texts),
    ]
    lines = [*matches.lines_for_programs(reading, texts), *matches.run_lines(run, texts)]
    return [
        matches.adoption_table(adoptions_of(made), texts),
        *reading,
        replace(note_sheet(lines, texts), title=Words(texts.lang)("sheets", "notes")),
    ]


_DRAWINGS: Mapping[type, Drawing] = {
    CoverageResult: Drawing(
        page=_coverage_page,
        sheets=_coverage_sheets,
        table=lambda made, options: tables.unit_table(made, options.texts),
        brief=lambda made, options: tables.figure_table(made, options.texts),
    ),
    Analysis: Drawing(
        page=lambda made, _, options: export.draw(_store(made), made, options),
        sheets=lambda made, options: export.sheets(_store(made), made, options.texts),
        table=lambda made, options: export.table(made, options.texts),
        brief=_analysis_brief,
        layers=lambda made, path: export.write_layers(_store(made), made, path),
    ),
    Siting: Drawing(
        page=site_map,
        sheets=_siting_sheets,
        table=lambda made, options: sites.worth_table(made.run, options.texts),
        brief=lambda made, options: sites.choice_table(made.run, options.texts),
        layers=write_site_layers,
    ),
    WhatIf: Drawing(
        page=_no_map,
        sheets=lambda made, options: scenarios.sheets(made.run, options.texts),
        table=lambda made, options: scenarios.figure_table(made.run, options.texts),
        brief=lambda made, options: scenarios.figure_table(made.run, options.texts),
    ),
    Plots: Drawing(
        page=lambda made, _, options: worth_map(made, options),
        sheets=_plot_sheets,
        table=lambda made, options: sites.worth_table(made.run, options.texts),
        brief=lambda made, options: sites.worth_table(made.run, options.texts, limit=20),
    ),
    Sites: Drawing(
        page=lambda made, _, options: choice_map(made, options),
        sheets=_choice_sheets,
        table=lambda made, options: sites.choice_table(made.run, options.texts),
        brief=lambda made, options: sites.choice_table(made.run, options.texts),
    ),
    Bands: Drawing(
        page=lambda made, _, options: band_chart(made, options.texts),
        sheets=lambda made, options: [bands.band_table(made.run.results, options.texts)],
        table=lambda made, options: bands.band_table(made.run.results, options.texts),
        brief=lambda made, options: bands.brief_table(made.run.results, options.texts),
    ),
    Claimed: Drawing(
        page=claim_map,
        sheets=_claim_sheets,
        table=lambda made, options: claims.definition_table(made.run, options.texts),
        brief=lambda made, options: claims.summary_table(made.run, options.texts),
        layers=write_claim_layers,
    ),
    Indicated: Drawing(
        page=indicator_map,
        sheets=_indicator_sheets,
        table=lambda made, options: indicators.value_table(made.run, options.texts),
        brief=lambda made, options: indicators.verdict_table(
            made.run, options.texts, first_only=True
        ),
        layers=write_indicator_layers,
    ),
    Holes: Drawing(
        page=holes_map,
        sheets=_hole_sheets,
        table=lambda made, options: holes.piece_table(made.run, options.texts),
        brief=lambda made, options: holes.account_table(made.run, options.texts, brief=True),
        layers=write_hole_layers,
    ),
    Hotspots: Drawing(
        page=hotspots_map,
        sheets=_hotspot_sheets,
        table=lambda made, options: hotspots.unit_table(made.run, options.texts),
        brief=lambda made, options: hotspots.label_table(made.run, options.texts),
        layers=write_hotspot_layers,
    ),
    Crosswalk: Drawing(
        page=crosswalk_map,
        sheets=_crosswalk_sheets,
        table=lambda made, options: crosswalks.unit_table(made.run, options.texts, options.kinds),
        brief=lambda made, options: crosswalks.unit_table(made.run, options.texts, options.kinds),
        layers=write_crosswalk_layers,
    ),
    Match: Drawing(
        page=match_map,
        sheets=_match_sheets,
        table=lambda made, options: matches.pair_table(made.run, options.texts),
        brief=lambda made, options: matches.pair_table(made.run, options.texts),
        layers=write_match_layers,
    ),
}
