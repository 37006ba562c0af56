"""A checked claim in words and tables: from a kept run, as it was found."""

from collections.abc import Mapping, Sequence
from typing import Any

from pandas import isna

from api import bands, figures
from api.definitions import level_title
from api.listing import COUNT, METRES, SHARE, column
from api.tables import Table
from api.texts import Texts
from layers import Run
from layers.analysis import Claimed

__all__ = [
    "definition_table",
    "exception_table",
    "lead",
    "run_lines",
    "size_table",
    "summary_table",
    "true_definitions",
    "unit_table",
    "weight_of",
]

Row = Mapping[str, Any]


def lead(run: Run, texts: Texts) -> list[str]:
    """Say what was claimed, how it was read, and under how many definitions it is true."""
    stated, rows = run.results["statement"], run.results["definitions"]
    how = stated["distance"]
    counts = {
        name: sum(row["verdict"] == name for row in rows) for name in ("true", "false", "undecided")
    }
    low, high = _range(rows)
    return [
        texts("claim.said", text=stated["text"]),
        texts(
            "claim.read",
            how=texts("claim.any_way" if how is None else f"bands.choice.{how}"),
            radius=stated["radius_m"],
            target=texts(f"claim.target.{stated['target']}"),
            weight=_shared_by(stated["weight"], texts),
            comparison=texts(f"claim.comparison.{stated['comparison']}"),
            share=figures.percent(stated["share"]),
        ),
        texts(
            "claim.account",
            count=len(rows),
            low=figures.share(low, texts),
            high=figures.share(high, texts),
            **counts,
        ),
    ]


def summary_table(run: Run, texts: Texts) -> Table:
    """Make one row for each thing of which the share may be taken."""
    rows = []
    for weight, group in _by_weight(run).items():
        literal = next(row for row in group if row["literal"])
        low, high = _range(group)
        written = {
            name: figures.quantity(literal[name], weight, texts)
            for name in ("needed_base", "missing")
        }
        rows.append(
            [
                figures.weight_title(weight, texts),
                len(group),
                sum(row["verdict"] == "true" for row in group),
                bands.between(low, high, texts),
                literal["share"],
                figures.ratio(literal["covered"], literal["base"], weight, texts),
                texts(f"claim.verdict.{literal['verdict']}"),
                written["needed_base"],
                written["missing"],
            ]
        )
    formats = {"definitions": COUNT, "true": COUNT, "literal": SHARE}
    names = (
        "weight", "definitions", "true", "range", "literal", "ratio", "verdict", "needed_base",
        "missing",
    )  # fmt: skip
    columns = [column("claim", name, texts, formats.get(name, "General")) for name in names]
    return Table(texts("claim.sheet.summary"), columns, rows)


def size_table(run: Run, texts: Texts) -> tuple[str, list[str], list[list[str]]]:
    """Say what the smallest area does to the literal definitions: title, headings, rows."""
    sizes: list[float] = sorted({row["min_area_m2"] for row in run.results["definitions"]})
    rows, how = [], "straight"
    for weight, group in _by_weight(run).items():
        plain = next(row for row in group if row["literal"])
        how = plain["distance"]
        alike = {
            row["min_area_m2"]: row
            for row in group
            if all(row[name] == plain[name] for name in ("reading", "distance", "to"))
        }
        marks = [_marked(alike[size], texts) if size in alike else "" for size in sizes]
        rows.append([figures.weight_title(weight, texts), *marks])
    headings = [texts("claim.column.weight"), *(_size(size, texts) for size in sizes)]
    return texts("claim.by_size", how=texts(f"bands.choice.{how}")), headings, rows


def true_definitions(run: Run, texts: Texts) -> list[str]:
    """Write out every definition under which the claim is true."""
    return [_definition(row, texts) for row in run.results["definitions"] if _holds(row)]


def definition_table(run: Run, texts: Texts) -> Table:
    """Make one row for each definition."""
    rows = [
        [
            texts(f"claim.reading.{row['reading']}"),
            row["min_area_m2"],
            texts(f"bands.choice.{row['distance']}"),
            texts(f"bands.choice.{row['to']}"),
            figures.weight_title(weight_of(row), texts),
            row["share"],
            texts(f"claim.verdict.{row['verdict']}"),
            *(row[name] for name in ("covered", "base", "needed_base", "missing")),
            "m²" if row["weight"] == "area" else figures.unit(weight_of(row), texts),
        ]
        for row in run.results["definitions"]
    ]
    formats = dict.fromkeys(("min_area", "covered", "base", "needed_base", "missing"), COUNT)
    formats["share"] = SHARE
    names = (
        "reading", "min_area", "distance", "to", "weight", "share", "verdict", "covered", "base",
        "needed_base", "missing", "unit_of",
    )  # fmt: skip
    columns = [column("claim", name, texts, formats.get(name, "General")) for name in names]
    return Table(texts("claim.sheet.definitions"), columns, rows)


def exception_table(made: Claimed, texts: Texts, *, limit: int | None = None) -> Table:
    """Make one row for each place that some definition leaves uncovered, the exceptions first."""
    places = made.result.places.head(limit) if limit else made.result.places
    known = places.join(made.names)
    rows = [
        [
            "" if isna(row["name"]) else row["name"],
            "" if isna(row["code"]) else row["code"],
            None if isna(row["distance_m"]) else row["distance_m"],
            "" if isna(row["reason"]) else figures.reason(row["reason"], texts),
            f"{row['uncovered_in']} / {row['asked']}",
        ]
        for row in known.to_dict("records")
    ]
    names = ("place", "code", "nearest", "reason", "uncovered_in")
    columns = [
        column("claim", name, texts, METRES if name == "nearest" else "General") for name in names
    ]
    return Table(texts("claim.sheet.exceptions"), columns, rows)


def unit_table(run: Run, texts: Texts, *, level: str | None = None) -> Table:
    """Make one row for each unit, of one level or of all, by the literal definition."""
    weight = run.parameters["weight"]
    rows = [
        [
            level_title(row["level"], texts),
            row["name"] or row["code"] or texts("pages.sheet.in_no_unit"),
            row["share"],
            figures.ratio(row["covered"], row["base"], weight, texts),
            texts(f"claim.verdict.{row['verdict']}"),
        ]
        for row in run.results["by_unit"]
        if level in {None, row["level"]} and (row["unit"] or row["total"])
    ]
    names = ("level", "unit", "share", "ratio", "verdict")
    columns = [
        column("claim", name, texts, SHARE if name == "share" else "General") for name in names
    ]
    return Table(texts("claim.sheet.units"), columns, rows)


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        (texts("claim.title"), " ".join(lead(run, texts))),
        (texts("claim.notes"), texts("claim.literal_note")),
        (texts("claim.column.needed_base"), texts("claim.needed_note")),
        (texts("pages.sheet.note"), texts("claim.caution")),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]


def weight_of(row: Row) -> str:
    """Name what a definition counts: its places are buildings."""
    return "buildings" if row["weight"] == "places" else str(row["weight"])


def _shared_by(weight: str | None, texts: Texts) -> str:
    if weight is None:
        return texts("claim.any_weight")
    title = figures.weight_title(weight_of({"weight": weight}), texts)
    return texts("claim.of_weight", weight=title)


def _by_weight(run: Run) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in run.results["definitions"]:
        groups.setdefault(weight_of(row), []).append(row)
    return groups


def _range(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    shares = [row["share"] for row in rows if row["share"] is not None]
    return (min(shares), max(shares)) if shares else (None, None)


def _holds(row: Row) -> bool:
    return bool(row["verdict"] == "true")


def _marked(row: Row, texts: Texts) -> str:
    share = figures.share(row["share"], texts)
    if row["share"] is None:
        return share
    return texts(f"claim.mark_{row['verdict']}", share=share)


def _size(least_m2: float, texts: Texts) -> str:
    if not least_m2:
        return texts("claim.any_size")
    return texts("claim.from_size", area=f"{least_m2:,.0f}")


def _definition(row: Row, texts: Texts) -> str:
    weight = weight_of(row)
    return texts(
        "claim.definition",
        weight=figures.weight_title(weight, texts),
        reading=texts(f"claim.reading.{row['reading']}"),
        size=_size(row["min_area_m2"], texts),
        how=texts(f"bands.choice.{row['distance']}"),
        to=texts(f"bands.choice.{row['to']}"),
        share=figures.share(row["share"], texts),
        ratio=figures.ratio(row["covered"], row["base"], weight, texts),
    )
