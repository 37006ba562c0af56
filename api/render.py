"""How results of `gis` show themselves: the renderer that they find by its entry point."""

from pathlib import Path
from typing import Any

from api import figures, holes, hotspots, tables
from api.definitions import named_tier, rule_title, tier_definition
from api.maps.base import OfflineMap
from api.maps.coverage import coverage_map
from api.maps.holes import holes_map
from api.maps.hotspots import hotspots_map
from api.maps.scene import MapOptions, Scene
from api.settings import load_settings
from api.templates import render
from api.texts import Lang, texts_in
from gis import CoverageResult
from gis.errors import NotSupportedError
from layers.analysis import Holes, Hotspots


class Renderer:
    """Draw results as maps, pages, workbooks and short tables, in one language.

    The language is that of the setting `GREENGRID_LANG` unless another is given.
    """

    def __init__(self, lang: Lang | None = None) -> None:
        self.settings = load_settings(lang=lang)
        self.texts = texts_in(self.settings.lang)

    def explore(self, result: Any) -> OfflineMap:
        """Make an interactive map that holds everything it needs."""
        options = MapOptions(
            texts=self.texts,
            max_shapes=self.settings.max_shapes,
            data_credit=self.settings.data_credit,
            map_approval=self.settings.map_approval,
        )
        if isinstance(result, Holes):
            return holes_map(result, {}, options)
        if isinstance(result, Hotspots):
            return hotspots_map(result, {}, options)
        found = _coverage(result)
        scene = Scene(result=found, tier=found.ruleset.tiers[0].name)
        return coverage_map(scene, options)

    def to_html(self, result: Any, path: Path | None = None) -> str:
        """Make one page that works offline; also write it to `path` if there is one."""
        html = self.explore(result).finish().html
        if path is not None:
            path.write_text(html, encoding="utf-8")
        return html

    def to_excel(self, result: Any, path: Path) -> None:
        """Write a workbook: figures, units if there are any, places, notes."""
        if isinstance(result, Holes | Hotspots):
            tables.write_workbook(self._tables(result), path)
            return
        found, texts = _coverage(result), self.texts
        sheets = [tables.figure_table(found, texts)]
        if len(found.by_unit):
            sheets.append(tables.unit_table(found, texts))
        sheets.append(tables.place_table(found, texts))
        lines = [tables.amount_unit_line(found.weight, texts)]
        sheets.append(tables.note_table(found.ruleset, lines, texts))
        tables.write_workbook(sheets, path)

    def repr_html(self, result: Any) -> str:
        """Make the short table that a notebook shows, with the definition under each figure."""
        if isinstance(result, Holes | Hotspots):
            return tables.to_frame(self._tables(result)[0]).to_html(index=False, na_rep="")
        found, texts = _coverage(result), self.texts
        rows = [
            {
                "title": named_tier(one.tier, one.tier_zh, texts),
                "share": figures.share(one.share, texts),
                "ratio": figures.ratio(one.covered, one.base, one.weight, texts),
                "excluded": sum(one.excluded_places.values()),
                "definition": tier_definition(tier, texts),
            }
            for one, tier in zip(found.figures, found.ruleset.tiers, strict=True)
        ]
        return str(render("repr.html", texts, title=rule_title(found.ruleset, texts), rows=rows))

    def _tables(self, result: Holes | Hotspots) -> list[tables.Table]:
        """Make the tables of an analysis, the one that says most first."""
        run, texts = result.run, self.texts
        if isinstance(result, Hotspots):
            return [hotspots.label_table(run, texts), hotspots.unit_table(run, texts)]
        pieces = holes.piece_table(run, texts)
        return [holes.account_table(run, texts, brief=True), pieces]


def _coverage(result: Any) -> CoverageResult:
    if not isinstance(result, CoverageResult):
        raise NotSupportedError(feature=type(result).__name__)
    return result
