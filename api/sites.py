"""Which plots first, in words and tables: from a kept run, as it was found."""

from typing import Any

from api import figures
from api.definitions import level_title, named_tier, rule_title
from api.listing import COUNT, METRES, column
from api.tables import Column, Table
from api.texts import Texts
from gis import RuleSet, presets
from layers import Run

__all__ = [
    "choice_lines",
    "choice_table",
    "counted_lines",
    "each_line",
    "idle_lines",
    "run_lines",
    "tier_titles",
    "unit_table",
    "why",
    "worth_table",
]


def why(code: str | None, texts: Texts) -> str:
    """Say why a plot covers nobody in addition."""
    return "" if code is None else texts(f"sites.why.{code}")


def choice_table(run: Run, texts: Texts) -> Table:
    """Make one row for each chosen plot, in their order."""
    choice = run.results["choice"]
    rows = [
        [row["rank"], row["code"], row["name"] or "", row["gain"], row["alone"]]
        for row in choice["sites"]
    ]
    columns = [
        *_columns(texts, rank="0", code="General", name="General"),
        _amount("gain", run, texts),
        _amount("alone", run, texts),
    ]
    return Table(texts("sites.chosen"), columns, rows)


def worth_table(run: Run, texts: Texts, *, limit: int | None = None) -> Table:
    """Make one row for each plot, the best first; with `limit` only the first, and in brief."""
    tiers = tier_titles(run, texts)
    brief = limit is not None
    rows = [_worth_row(row, tiers, brief, texts) for row in run.results["plots"][:limit]]
    columns = _columns(texts, rank="0", code="General", name="General", area=COUNT)
    for title in tiers.values():
        of_tier = [_amount("gain", run, texts), *_columns(texts, saved=COUNT)]
        if not brief:
            of_tier += _columns(texts, places=COUNT)
        columns += [_of(one, title, tiers) for one in of_tier]
    columns += _columns(texts, near=COUNT, each_before=METRES, each_after=METRES)
    (reason,) = _columns(texts, why="General")
    columns += [_of(reason, title, tiers) for title in tiers.values()]
    if not brief:
        columns += [Column(_rules_title(key, texts), "") for key in _rules(run)]
    return Table(texts("sites.worth"), columns, rows)


def _worth_row(row: dict[str, Any], tiers: dict[str, str], brief: bool, texts: Texts) -> list[Any]:  # noqa: FBT001 (a part of the table above)
    cells: list[Any] = [row["rank"], row["code"], row["name"] or "", row["area_m2"]]
    for tier in tiers:
        saved_m = row[f"{tier}.saved_m"]
        cells += [row[f"{tier}.gain"], None if saved_m is None else round(saved_m)]
        if not brief:
            cells.append(row[f"{tier}.places"])
    cells += [row["near"], row["green_each_m2"], row["green_each_after_m2"]]
    cells += [why(row[f"{tier}.why"], texts) for tier in tiers]
    if not brief:
        cells += [_counted(one, texts) for one in row["rules"].values()]
    return cells


def counted_lines(row: dict[str, Any], texts: Texts) -> list[tuple[str, str]]:
    """Say of a plot by which published rules it would count."""
    return [(_rules_title(key, texts), _counted(one, texts)) for key, one in row["rules"].items()]


def unit_table(run: Run, texts: Texts) -> Table:
    """Make one row for each tier and unit in which the chosen plots change anything."""
    tiers = tier_titles(run, texts)
    rows = [
        [
            tiers[row["tier"]],
            _unit(row, texts),
            row["before"],
            row["covered"],
            row["base"],
        ]
        for row in run.results["after"]["by_unit"]
    ]
    columns = _columns(texts, tier="General", unit="General", before=COUNT, after=COUNT, base=COUNT)
    return Table(texts("pages.sheet.by_unit"), columns, rows)


def _unit(row: dict[str, Any], texts: Texts) -> str:
    name = row["name"] or row["code"] or texts("pages.value.none")
    return f"{level_title(row['level'], texts)} · {name}"


def choice_lines(run: Run, texts: Texts) -> list[str]:
    """Say what the choice changes, how good it is, and in which model."""
    choice, weight = run.results["choice"], _weight(run)
    certificate = choice["certificate"]

    def said(amount: float) -> str:
        return figures.quantity(amount, weight, texts)

    lines = [
        texts(
            "sites.before_after",
            tier=tier_titles(run, texts)[choice["tier"]],
            before=said(choice["covered_before"]),
            after=said(choice["covered_before"] + choice["gain_together"]),
            share_before=figures.share(choice["share_before"], texts),
            share_after=figures.share(choice["share_after"], texts),
        ),
        texts("sites.adds", count=len(choice["sites"]), gain=said(choice["gain_together"])),
    ]
    if choice["gain_together"] != choice["gain"]:
        known = {"gain": said(choice["gain"]), "together": said(choice["gain_together"])}
        lines.append(texts("sites.together", **known))
    if len(choice["sites"]) < choice["k"]:
        lines.append(texts("sites.fewer", count=len(choice["sites"])))
    if certificate["proven"]:
        lines.append(texts("sites.proven", k=choice["k"], value=said(certificate["value"])))
    elif certificate["bound"] is not None:
        gap = figures.share(certificate["gap"], texts)
        bound = said(certificate["bound"])
        lines.append(texts("sites.bounded", k=choice["k"], gap=gap, bound=bound))
    return lines


def idle_lines(run: Run, texts: Texts) -> list[str]:
    """Say how many plots change nothing, and why."""
    lines = [texts("sites.nothing")] if run.results["nothing_gained"] else []
    total = len(run.results["plots"])
    for tier, title in tier_titles(run, texts).items():
        idle = run.results["idle"][tier]
        if idle:
            parts = [
                texts("sites.idle_part", reason=why(code, texts), count=count)
                for code, count in idle.items()
            ]
            known = {"tier": title, "total": total, "count": sum(idle.values())}
            lines.append(texts("sites.idle", **known, reasons=texts.enumerate(parts)))
    return lines


def run_lines(run: Run, texts: Texts) -> list[tuple[str, str]]:
    """Say how to read the figures."""
    each = each_line(run, texts)
    said = [*choice_lines(run, texts), *idle_lines(run, texts), texts("sites.assumed"), each]
    return [
        (texts("pages.sheet.rules"), rule_title(RuleSet.from_dict(run.rules), texts)),
        *((texts("pages.sheet.note"), line) for line in said),
        (texts("pages.map.run"), run.id),
        (texts("pages.map.date"), texts.value(run.evaluated_on)),
    ]


def each_line(run: Run, texts: Texts) -> str:
    """Say over whom the green around a plot is shared."""
    weight = figures.weight_title(_weight(run), texts)
    return texts("sites.each", metres=f"{run.results['near_m']:g}", weight=weight)


def _weight(run: Run) -> str:
    counted: str = run.parameters["weight"]
    if counted == "buildings" and run.parameters["places"] != "building":
        return "places"
    return counted


def tier_titles(run: Run, texts: Texts) -> dict[str, str]:
    """Name the tiers."""
    return {
        found["tier"]: named_tier(found["tier"], found["tier_zh"], texts)
        for found in run.results["tiers"]
    }


def _counted(why_not: dict[str, Any] | None, texts: Texts) -> str:
    if why_not is None:
        return texts("sites.counts")
    if why_not["reason"] == "too_small":
        area, least = (f"{why_not[name]:,.0f}" for name in ("area_m2", "min_area_m2"))
        return texts("sites.floor", area=area, least=least)
    return why(why_not["reason"], texts)


def _rules(run: Run) -> list[str]:
    return list(run.results["plots"][0]["rules"]) if run.results["plots"] else []


def _rules_title(key: str, texts: Texts) -> str:
    return rule_title(presets[key], texts) if key in presets else key


def _columns(texts: Texts, **formats: str) -> list[Column]:
    return [column("sites", name, texts, number) for name, number in formats.items()]


def _amount(name: str, run: Run, texts: Texts) -> Column:
    """Make a column of amounts with their unit in its heading."""
    made = column("sites", name, texts, COUNT)
    unit = figures.unit(_weight(run), texts)
    heading = f"{made.heading} {unit}".rstrip()
    return Column(heading, made.explanation, made.format)


def _of(made: Column, title: str, tiers: dict[str, str]) -> Column:
    """Name the tier in the heading, where there are several."""
    if len(tiers) == 1:
        return made
    return Column(f"{title} · {made.heading}", made.explanation, made.format)
