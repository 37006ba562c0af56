"""Plots and adopters in words and tables: from a kept run, as they were matched."""

from collections.abc import Sequence
from typing import Any

from api import figures
from api.listing import COUNT, METRES, column
from api.tables import Column, Table
from api.texts import Texts
from layers import Run
from layers.exporting.workbook.words import FORMAT, Words
from layers.kinds import KINDS

__all__ = [
    "adopter_table",
    "adoption_table",
    "lines_for_programs",
    "pair_table",
    "plot_table",
    "remarks",
    "run_lines",
]


def pair_table(run: Run, texts: Texts) -> Table:
    """Make one row for each plot that has an adopter."""
    rows = [
        [row["plot_code"], row["plot_name"], row["adopter_code"], row["adopter"], row["distance_m"]]
        for row in run.results["pairs"]
    ]
    columns = [column("match", name, texts) for name in ("plot", "name", "adopter", "org")]
    columns.append(column("match", "distance", texts, METRES))
    return Table(texts("match.title"), columns, rows)


def plot_table(run: Run, texts: Texts) -> Table:
    """Make one row for each plot that is left, with the reason."""
    rows = [
        [
            row["plot_code"],
            row["plot_name"],
            row["nearest_m"],
            row["in_reach"],
            texts(f"match.plot_reason.{row['reason']}"),
        ]
        for row in run.results["plots"]
    ]
    formats = {"nearest": METRES, "in_reach": COUNT}
    names = ("plot", "name", "nearest", "in_reach", "reason")
    columns = [column("match", n, texts, formats.get(n, "General")) for n in names]
    return Table(texts("match.plots"), columns, rows)


def adopter_table(run: Run, texts: Texts, *, idle: bool = False) -> Table:
    """Make one row for each adopter, or for those who got nothing."""
    rows = [
        [
            row["adopter_code"],
            row["adopter"],
            row["plots"],
            row["used"],
            row["capacity"],
            row["in_reach"],
            texts(f"match.adopter_reason.{row['reason']}") if row["reason"] else "",
        ]
        for row in run.results["adopters"]
        if row["reason"] or not idle
    ]
    formats = dict.fromkeys(("count", "used", "capacity", "in_reach"), COUNT)
    names = ("adopter", "org", "count", "used", "capacity", "in_reach", "reason")
    columns = [column("match", n, texts, formats.get(n, "General")) for n in names]
    return Table(texts("match.adopters"), columns, rows)


def adoption_table(adoptions: Any, texts: Texts) -> Table:
    """Make a sheet that comes back as applications to adopt: headings of the kind, no line more."""
    kind = KINDS["adoption"]
    fields = [kind.field_named(name) for name in adoptions.columns]
    columns = [Column(texts.title(field), "", "@") for field in fields]
    rows = []
    for record in adoptions.astype(object).where(adoptions.notna(), None).to_dict("records"):
        cells = []
        for field in fields:
            value = record[field.key]
            choice = None if field.codes is None or value is None else field.codes.find(str(value))
            cells.append(value if choice is None else texts.title(choice))
        rows.append(cells)
    return Table(texts.title(kind), columns, rows)


def lines_for_programs(reading: Sequence[Table], texts: Texts) -> list[tuple[str, str]]:
    """Say in the notes which sheets are for reading, so that an import passes them over."""
    words = Words(texts.lang)
    return [
        (words("labels", "format"), FORMAT),
        *((words("labels", "reading"), table.title) for table in reading),
    ]


def remarks(run: Run, texts: Texts) -> list[str]:
    """Say what was asked, what came of it, and whether that is proven."""
    asked, found = run.parameters, run.results
    limit = f"{asked['limit_m']:g}"
    how = texts("match.how_plain", limit=limit)
    if asked["worth"] is not None:
        worth = texts.title(KINDS["adoption_plot"].field_named(asked["worth"]))
        how = texts("match.how", limit=limit, worth=worth)
    way = texts("match.straight" if asked["on_foot"] is None else "match.walk")
    return [
        texts(
            "match.summary",
            pairs=len(found["pairs"]),
            distance=f"{way} {figures.metres(found['distance_m'])}",
            left=len(found["plots"]),
            idle=sum(row["reason"] is not None for row in found["adopters"]),
        ),
        how,
        texts("match.proven" if found["proven"] else "match.unproven"),
    ]


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        *((texts("match.title"), line) for line in remarks(run, texts)),
        (texts("pages.sheet.note"), texts("match.import")),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]
