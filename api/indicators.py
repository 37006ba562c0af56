"""Indicators in words and tables: from a kept run, as it was found."""

from collections.abc import Mapping
from typing import Any

from api import figures
from api.definitions import level_title, rule_title
from api.listing import COUNT, column
from api.tables import Table
from api.texts import Texts
from gis import RuleSet
from gis.covering.requirements import Requirement, requirements
from layers import Run

__all__ = [
    "asked_text",
    "lead",
    "remarks",
    "requirement_table",
    "run_lines",
    "value_table",
    "value_text",
    "verdict_table",
]

Row = Mapping[str, Any]
_PER_HEAD = "park_area_per_capita"
_MISSING_UNIT = ""


def lead(run: Run, texts: Texts) -> str:
    """Say of which units, and by which rule."""
    rules = RuleSet.from_dict(run.rules)
    level = level_title(run.parameters["level"], texts)
    return texts("indicators.lead", level=level, rules=rule_title(rules, texts))


def verdict_table(run: Run, texts: Texts, *, first_only: bool = False) -> Table:
    """Make one row for each unit, indicator and requirement, with value and judgement.

    With `first_only` each indicator is held against its first requirement.
    """
    judged: dict[tuple[str, str], list[Row]] = {}
    for row in run.results["judgements"]:
        judged.setdefault((row["unit"] or _MISSING_UNIT, row["indicator"]), []).append(row)
    rows = []
    for value in run.results["values"]:
        found = judged.get((value["unit"] or _MISSING_UNIT, value["indicator"]), [])
        rows += [
            [*_cells(value, texts), asked_text(row, texts), _judged(row, value, texts)]
            for row in found[: 1 if first_only else None]
        ]
    names = ("unit", "indicator", "value", "amount_of_base", "base_is", "asked", "judgement")
    columns = [column("indicators", name, texts) for name in names]
    return Table(texts("indicators.sheet.judgements"), columns, rows)


def value_table(run: Run, texts: Texts) -> Table:
    """Make one row for each unit and indicator, numbers as they are."""
    rows = [
        [
            _unit(row, texts),
            row["code"],
            texts(f"indicators.name.{row['indicator']}"),
            row["value"],
            row["lower"],
            row["upper"],
            row["amount"],
            row["base"],
            texts(f"indicators.base.{row['base_is']}"),
            row["unknown"],
            texts(f"indicators.missing.{row['missing']}") if row["missing"] else "",
        ]
        for row in run.results["values"]
    ]
    formats = dict.fromkeys(("value", "lower", "upper"), "0.0000")
    formats |= dict.fromkeys(("amount", "base_amount", "unknown"), COUNT)
    names = (
        "unit", "code", "indicator", "value", "lower", "upper", "amount", "base_amount", "base_is",
        "unknown", "missing",
    )  # fmt: skip
    columns = [column("indicators", name, texts, formats.get(name, "General")) for name in names]
    return Table(texts("indicators.sheet.values"), columns, rows)


def requirement_table(run: Run, texts: Texts) -> Table:
    """Make one row for each value that is asked, with its source, and whether it was found."""
    asked = {row["requirement"]: row for row in run.results["judgements"]}
    known = requirements()
    rows = [
        [
            texts(f"indicators.name.{row['indicator']}"),
            asked_text(row, texts),
            _source(known.get(key), key, texts),
            texts.value(row["verified"]),
            _note(known.get(key), texts),
        ]
        for key, row in asked.items()
    ]
    names = ("indicator", "asked", "source", "verified", "note")
    columns = [column("indicators", name, texts) for name in names]
    return Table(texts("indicators.sheet.requirements"), columns, rows)


def remarks(run: Run, texts: Texts) -> list[str]:
    """Say what is left out."""
    whole = [row for row in run.results["values"] if row["unit"] is None]
    unknown = sum(row["unknown"] for row in whole)
    said = [texts("indicators.unknown", count=unknown)] if unknown else []
    # Cutting by units leaves crumbs of rounding.
    if run.results["outside_m2"] >= 1:
        area = f"{run.results['outside_m2'] / figures.M2_PER_HA:,.2f}"
        said.append(texts("indicators.outside", area=area))
    return said


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """List what a sheet of notes says of the run."""
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        (texts("indicators.title"), lead(run, texts)),
        (texts("pages.sheet.note"), texts("indicators.caution")),
        *((texts("pages.coverage.excluded"), line) for line in remarks(run, texts)),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]


def value_text(row: Row, texts: Texts) -> str:
    """Write the value of an indicator."""
    if row["value"] is None:
        return texts("pages.value.none")
    return _written(row["indicator"], row["value"], texts)


def asked_text(row: Row, texts: Texts) -> str:
    """Write what is asked."""
    how = "asked_more" if row["strict"] else "asked_least"
    if row["indicator"] == _PER_HEAD:
        return texts(f"indicators.{how}", value=_written(_PER_HEAD, row["required"], texts))
    return texts(f"indicators.{how}", value=figures.percent(row["required"]))


def _cells(row: Row, texts: Texts) -> list[str]:
    return [
        _unit(row, texts),
        texts(f"indicators.name.{row['indicator']}"),
        value_text(row, texts),
        _ratio(row, texts),
        texts(f"indicators.base.{row['base_is']}"),
    ]


def _unit(row: Row, texts: Texts) -> str:
    return texts("indicators.whole") if row["unit"] is None else row["name"] or row["code"]


def _ratio(row: Row, texts: Texts) -> str:
    if row["value"] is None:
        return texts("pages.value.none")
    if row["indicator"] == _PER_HEAD:
        amount, base = figures.amount(row["amount"], "area"), f"{row['base']:,.0f}"
        return texts("indicators.amount_per_head", amount=amount, base=base)
    amount, base = (figures.amount(row[name], "area") for name in ("amount", "base"))
    return texts("indicators.amount_of_base", amount=amount, base=base)


def _judged(row: Row, value: Row, texts: Texts) -> str:
    """Say the judgement, or why there is no value."""
    if row["judgement"] == "not_given":
        return texts(f"indicators.missing.{value['missing']}")
    return texts(f"indicators.judgement.{row['judgement']}")


def _written(indicator: str, value: float, texts: Texts) -> str:
    if indicator == _PER_HEAD:
        return texts("indicators.per_head", value=f"{value:,.2f}")
    return figures.share(value, texts)


def _source(asked: Requirement | None, key: str, texts: Texts) -> str:
    if asked is None:
        return key
    return asked.source_zh if texts.lang == "zh" else asked.source_en


def _note(asked: Requirement | None, texts: Texts) -> str:
    if asked is None:
        return ""
    return asked.note_zh if texts.lang == "zh" else asked.note_en
