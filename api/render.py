"""How results show themselves in Python: the renderer that they find by its entry point."""

from pathlib import Path
from typing import Any

from api import figures, tables
from api.charts import Chart
from api.definitions import named_tier, rule_title, tier_definition
from api.drawings import brief_of, draw, sheets_of
from api.export import map_options
from api.maps.base import OfflineMap
from api.maps.scene import MapOptions
from api.settings import load_settings
from api.templates import render
from api.texts import Lang, texts_in
from gis import CoverageResult
from layers.analysis import Analysis, Made

# Rows of a table that a notebook shows.
_SHOWN = 20


class Renderer:
    """Draw results as maps, pages, workbooks and short tables, in one language.

    The language is that of the setting `GREENGRID_LANG` unless another is given.
    """

    def __init__(self, lang: Lang | None = None) -> None:
        self.settings = load_settings(lang=lang)
        self.texts = texts_in(self.settings.lang)

    def explore(self, result: Any) -> OfflineMap | Chart:
        """Make an interactive map, or a chart of what has no place, that holds all it needs."""
        return draw(result, self._options(result))

    def to_html(self, result: Any, path: Path | None = None) -> str:
        """Make one page that works offline; also write it to `path` if there is one."""
        html = self.explore(result).finish().html
        if path is not None:
            path.write_text(html, encoding="utf-8")
        return html

    def to_excel(self, result: Any, path: Path) -> None:
        """Write a workbook."""
        tables.write_workbook(sheets_of(result, self._options(result)), path)

    def repr_html(self, result: Any) -> str:
        """Make the short table that a notebook shows, with the definition under each figure."""
        if isinstance(result, CoverageResult):
            return self._figures(result, result.weight)
        if isinstance(result, Analysis) and result.gaps is None:
            return self._figures(result.coverage, figures.counted(result.run.parameters))
        frame = brief_of(result, self._options(result))
        return frame.to_html(index=False, max_rows=_SHOWN, justify="left")

    def _figures(self, found: CoverageResult, weight: str) -> str:
        texts = self.texts
        rows = [
            {
                "title": named_tier(one.tier, one.tier_zh, texts),
                "share": figures.share(one.share, texts),
                "ratio": figures.ratio(one.covered, one.base, weight, texts),
                "excluded": sum(one.excluded_places.values()),
                "definition": tier_definition(tier, texts),
            }
            for one, tier in zip(found.figures, found.ruleset.tiers, strict=True)
        ]
        return str(render("repr.html", texts, title=rule_title(found.ruleset, texts), rows=rows))

    def _options(self, result: Any) -> MapOptions:
        """Say what stands on a map: of a store, what the commands write there too."""
        if isinstance(result, Made) and result.store is not None:
            return map_options(result.store, self.texts)
        return MapOptions(
            texts=self.texts,
            max_shapes=self.settings.max_shapes,
            data_credit=self.settings.data_credit,
            map_approval=self.settings.map_approval,
        )
