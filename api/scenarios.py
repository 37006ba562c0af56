"""What if some plots were green, as tables: figures before and after, units that change."""

from typing import Any

from api import figures, sites
from api.definitions import rule_title
from api.listing import COUNT, SHARE, column, note_sheet
from api.tables import Table
from api.texts import Texts
from gis import RuleSet
from layers import Run

__all__ = ["figure_table", "run_lines", "sheets"]


def figure_table(run: Run, texts: Texts) -> Table:
    """Make one row for each tier: what is covered now, and what would be."""
    before = {row["tier"]: row for row in run.results["tiers"]}
    titles = sites.tier_titles(run, texts)
    rows: list[list[Any]] = [
        [
            titles[row["tier"]],
            before[row["tier"]]["covered"],
            row["covered"],
            row["base"],
            before[row["tier"]]["share"],
            row["share"],
        ]
        for row in run.results["after"]["tiers"]
    ]
    formats = {"tier": "General", **dict.fromkeys(("before", "after", "base"), COUNT)}
    columns = [column("sites", name, texts, number) for name, number in formats.items()]
    shares = [column("scenario", name, texts, SHARE) for name in ("share_before", "share_after")]
    return Table(texts("scenario.title"), [*columns, *shares], rows)


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """Say how to read the figures."""
    green = run.parameters["green"]
    listed = texts.value(green) if green else texts("pages.value.none")
    return [
        (texts("pages.sheet.rules"), rule_title(RuleSet.from_dict(run.rules), texts)),
        (texts("scenario.green"), listed),
        (texts("scenario.counted"), figures.weight_title(run.parameters["weight"], texts)),
        (texts("pages.sheet.note"), texts("sites.assumed")),
        (texts("pages.map.run"), run.id),
        (texts("pages.map.date"), texts.value(run.evaluated_on)),
    ]


def sheets(run: Run, texts: Texts) -> list[Table]:
    """Make the sheets of a workbook."""
    notes = note_sheet(run_lines(run, texts), texts)
    return [figure_table(run, texts), sites.unit_table(run, texts), notes]
