"""Figures that were brought over, in words and tables: from a kept run, as they were found."""

from collections.abc import Mapping
from typing import Any

from api import figures
from api.listing import COUNT, SHARE, column
from api.tables import Column, Table
from api.texts import Texts
from layers import Run
from layers.kinds import KINDS, Kinds

__all__ = [
    "account_table",
    "figure_titles",
    "how",
    "remarks",
    "run_lines",
    "undealt_table",
    "unit_table",
]

_KNOWN = ".known_share"


def figure_titles(run: Run, texts: Texts, kinds: Kinds = KINDS) -> dict[str, str]:
    """Name the figures: fields by their titles, columns of a table as they are headed."""
    names = [account["figure"] for account in run.results["account"]]
    names += [name for name in run.parameters["means"] if name not in names]
    if run.parameters["table"] is not None or run.parameters["source"] not in kinds:
        return {name: name for name in names}
    fields = {field.key: field for field in kinds[run.parameters["source"]].fields}
    return {name: texts.title(fields[name]) if name in fields else name for name in names}


def unit_table(run: Run, texts: Texts, kinds: Kinds = KINDS) -> Table:
    """Make one row for each new unit; the known part of a figure only where not all is known."""
    titles = figure_titles(run, texts, kinds)
    units = run.results["units"]
    partly = [name for name in titles if any((row[name + _KNOWN] or 1) < 1 for row in units)]
    rows = [
        [
            row["code"],
            row["name"],
            *(row[name] for name in titles),
            *(row[name + _KNOWN] for name in partly),
        ]
        for row in units
    ]
    columns = [
        column("crosswalk", "code", texts),
        column("crosswalk", "name", texts),
        *(Column(titles[name], texts("crosswalk.explained.value_of"), COUNT) for name in titles),
        *(
            Column(
                texts("crosswalk.column.known", figure=titles[name]),
                texts("crosswalk.explained.known"),
                SHARE,
            )
            for name in partly
        ),
    ]
    return Table(texts("crosswalk.title"), columns, rows)


def account_table(run: Run, texts: Texts, kinds: Kinds = KINDS) -> Table:
    """Make one row for each total, that proves that nothing is lost."""
    titles = figure_titles(run, texts, kinds)
    names = ("given", "arrived", "in_no_unit", "undealt", "unknown_units")
    rows = [[titles[row["figure"]], *(row[n] for n in names)] for row in run.results["account"]]
    columns = [
        column("crosswalk", "figure", texts),
        *(column("crosswalk", name, texts, COUNT) for name in names),
    ]
    return Table(texts("crosswalk.account"), columns, rows)


def undealt_table(run: Run, texts: Texts, kinds: Kinds = KINDS) -> Table:
    """Make one row for each value that found no building."""
    titles = figure_titles(run, texts, kinds)
    rows = [
        [
            row["code"],
            row["name"],
            titles[row["figure"]],
            row["value"],
            texts(f"crosswalk.reason.{row['reason']}"),
        ]
        for row in run.results["undealt"]
    ]
    formats: Mapping[str, str] = {"value": COUNT}
    names = ("code", "name", "figure", "value", "reason")
    columns = [column("crosswalk", n, texts, formats.get(n, "General")) for n in names]
    return Table(texts("crosswalk.undealt"), columns, rows)


def remarks(run: Run, texts: Texts, kinds: Kinds = KINDS) -> list[str]:
    """Prove each total in a line, and say what was left out."""
    titles, found = figure_titles(run, texts, kinds), run.results
    weight = figures.weight_title(run.parameters["weight"], texts)
    said = [texts("crosswalk.sums", **_sums(row, titles)) for row in found["account"]]
    if found["in_no_old_unit"]:
        said.append(texts("crosswalk.in_no_old_unit", count=found["in_no_old_unit"]))
    if found["no_weight"]:
        said.append(texts("crosswalk.no_weight", count=found["no_weight"], weight=weight))
    if found["unmatched"]:
        said.append(texts("crosswalk.unmatched", codes=found["unmatched"][:20]))
    return said


def how(run: Run, texts: Texts) -> str:
    """Say how figures are brought over."""
    weight = figures.weight_title(run.parameters["weight"], texts)
    return texts("crosswalk.how", weight=weight)


def run_lines(run: Run, texts: Texts, kinds: Kinds = KINDS) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        (texts("crosswalk.title"), how(run, texts)),
        *((texts("pages.sheet.note"), line) for line in remarks(run, texts, kinds)),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]


def _sums(row: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, str]:
    names = ("given", "arrived", "in_no_unit", "undealt")
    amounts = {name: figures.amount(round(row[name], 6), "") for name in names}
    return {"figure": titles[row["figure"]], "unknown": str(row["unknown_units"]), **amounts}
