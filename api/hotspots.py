"""Hotspots in words and tables: from a kept run, as they were found."""

from api import figures
from api.definitions import level_title
from api.listing import COUNT, METRES, column
from api.tables import Table
from api.texts import Texts
from layers import Run
from layers.kinds import Kinds

__all__ = ["by_title", "label_table", "remarks", "run_lines", "unit_table"]

_UNJUDGED = "unjudged"
_LABELS = ("hot", "cold", "even", _UNJUDGED)
_PER_HEADS = 1000.0


def by_title(run: Run, texts: Texts) -> str:
    """Say by what was counted."""
    side = run.parameters["cells_m"]
    if side is None:
        return level_title(run.parameters["level"], texts)
    return texts("hotspots.cells", side=f"{side:g}")


def label_table(run: Run, texts: Texts) -> Table:
    """Make one row for each label with the number of units that have it."""
    counts = run.results["labels"]
    rows = [[texts(f"hotspots.label.{name}"), counts.get(name, 0)] for name in _LABELS]
    columns = [column("hotspots", "label", texts), column("hotspots", "units", texts, COUNT)]
    return Table(texts("hotspots.title"), columns, rows)


def unit_table(run: Run, texts: Texts, *, limit: int | None = None) -> Table:
    """Make one row for each unit, the hottest first; with a limit only those that are labelled."""
    per_head = run.parameters["population"]
    units = run.results["units"]
    if limit is not None:
        units = [row for row in units if row["label"] in {"hot", "cold"}][:limit]
    rows = [
        [
            row["code"],
            row["name"],
            texts(f"hotspots.label.{row['label'] or _UNJUDGED}"),
            row["events"],
            row["expected"],
            *([None if row["rate"] is None else row["rate"] * _PER_HEADS] if per_head else []),
            row["z"],
            row["p"],
            row["q"],
            texts(f"hotspots.reason.{row['reason']}") if row["reason"] else "",
        ]
        for row in units
    ]
    columns = [
        *(column("hotspots", name, texts) for name in ("code", "name", "label")),
        column("hotspots", "events", texts, COUNT),
        column("hotspots", "expected", texts, METRES),
        *([column("hotspots", "rate", texts, METRES)] if per_head else []),
        column("hotspots", "z", texts, "0.00"),
        column("hotspots", "p", texts, "0.0000"),
        column("hotspots", "q", texts, "0.0000"),
        column("hotspots", "reason", texts),
    ]
    return Table(texts("hotspots.title"), columns, rows)


def lead(run: Run, kinds: Kinds, texts: Texts) -> str:
    """Say what was counted, by what and when."""
    kind = run.parameters["kind"]
    return texts(
        "hotspots.lead",
        kind=texts.title(kinds[kind]) if kind in kinds else kind,
        count=run.results["events"],
        by=by_title(run, texts),
        date=run.evaluated_on,
    )


def remarks(run: Run, texts: Texts) -> list[str]:
    """Say what else there is to know."""
    labels = run.results["labels"]
    said = []
    if not labels.get("hot", 0) + labels.get("cold", 0):
        said.append(texts("hotspots.none"))
    if run.parameters["population"]:
        said.append(texts("hotspots.per_head"))
    if run.results["outside"]:
        said.append(texts("hotspots.outside", count=run.results["outside"]))
    return said


def how(run: Run, texts: Texts) -> str:
    """Say how hot and cold are told."""
    return texts("hotspots.how", alpha=figures.percent(run.parameters["alpha"]))


def run_lines(run: Run, kinds: Kinds, texts: Texts) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        (texts("hotspots.title"), lead(run, kinds, texts)),
        (texts("pages.sheet.note"), how(run, texts)),
        *((texts("pages.sheet.note"), line) for line in remarks(run, texts)),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]
