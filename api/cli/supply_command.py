"""`greengrid supply`: estimates that the measures need, shown before they are written."""

from enum import StrEnum
from typing import Annotated, Any

import pandas as pd
import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, login_name, store_of
from layers import Store
from layers.supply import (
    AreasPlan,
    HouseholdsPlan,
    plan_areas,
    plan_households,
    write_areas,
    write_households,
)

_SHOWN = 20
_ACCOUNT = ("total", "kept", "spread", "unplaced", "surplus", "buildings", "floors_assumed")


class Supply(StrEnum):
    """What can be supplied."""

    HOUSEHOLDS = "households"
    AREAS = "areas"


def supply(
    context: typer.Context,
    what: Annotated[Supply, typer.Argument(metavar="households|areas", case_sensitive=False)],
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    store: StoreOption = None,
    within: Annotated[str | None, typer.Option("--within", metavar="KIND")] = None,
    unknown_use: Annotated[bool, typer.Option("--unknown-use")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    message: Annotated[str, typer.Option("--message", metavar="TEXT")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: JsonOption = False,
) -> int:
    """Spread households over buildings, or make areas of units; print what became of each."""
    console, opened = console_of(context), store_of(store)
    who = login_name() if author is None else author
    plan: HouseholdsPlan | AreasPlan
    with console.working("cli.supply.working"):
        if what is Supply.HOUSEHOLDS:
            plan = plan_households(opened, kind, keep_known=not overwrite, unknown_use=unknown_use)
        else:
            plan = plan_areas(opened, kind, within=within)
        changeset = None if dry_run else _write(opened, plan, who, message)
    if json:
        console.json({**_plain(plan), "dry_run": dry_run, "changeset": changeset})
    else:
        _print(plan, console)
        console.say(_outcome(plan, dry_run=dry_run), changeset=changeset)
    return Exit.FINDINGS if _findings(plan) else Exit.OK


def _write(store: Store, plan: HouseholdsPlan | AreasPlan, author: str, message: str) -> int | None:
    if plan.is_empty:
        return None
    if isinstance(plan, HouseholdsPlan):
        return write_households(store, plan, author=author, message=message)
    return write_areas(store, plan, author=author, message=message)


def _outcome(plan: HouseholdsPlan | AreasPlan, *, dry_run: bool) -> str:
    if plan.is_empty:
        return "cli.import.nothing"
    return "cli.import.tried" if dry_run else "cli.import.written"


def _findings(plan: HouseholdsPlan | AreasPlan) -> bool:
    """Tell whether somebody has to look at something."""
    if isinstance(plan, HouseholdsPlan):
        return bool(plan.units["reason"].isin(["no_residential", "known_exceed_total"]).any())
    reasons = plan.made.buildings["reason"]
    return bool(plan.conflicts) or bool(reasons.isin(["outside", "beyond", "overlap"]).any())


def _plain(plan: HouseholdsPlan | AreasPlan) -> dict[str, Any]:
    if isinstance(plan, HouseholdsPlan):
        return {
            "kind": plan.kind,
            "units": _rows(plan.units),
            "buildings": _counts(plan.spread.buildings["reason"], "estimated"),
            "changes": _rows(plan.changes),
        }
    areas = plan.made.areas
    return {
        "kind": plan.kind,
        "areas": _rows(areas[["area_m2", "parts", "buildings"]].rename_axis("code").reset_index()),
        "buildings": _counts(plan.made.buildings["reason"], "inside"),
        "changed": sorted(plan.changed),
        "added": list(plan.added),
        "kept": plan.kept,
        "conflicts": list(plan.conflicts),
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    known = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): _value(value) for name, value in row.items()}
        for row in known.to_dict("records")
    ]


def _value(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _counts(reasons: "pd.Series[Any]", otherwise: str) -> dict[str, int]:
    counted = reasons.astype(object).where(reasons.notna(), otherwise).value_counts()
    return {str(name): int(count) for name, count in counted.items()}


def _print(plan: HouseholdsPlan | AreasPlan, console: Console) -> None:
    if isinstance(plan, HouseholdsPlan):
        _print_households(plan, console)
    else:
        _print_areas(plan, console)


def _print_households(plan: HouseholdsPlan, console: Console) -> None:
    texts, units = console.texts, plan.units
    told = units.sort_values(["unplaced", "surplus"], ascending=False, kind="stable")
    console.table(
        [texts(f"cli.supply.{name}") for name in ("unit", *_ACCOUNT, "remark")],
        [
            (
                texts.value(_name(row)),
                *(texts.value(_value(row[name])) for name in _ACCOUNT),
                "" if pd.isna(row["reason"]) else texts(f"cli.supply.reason.{row['reason']}"),
            )
            for _, row in told.astype(object).where(told.notna(), None).head(_SHOWN).iterrows()
        ],
        right=range(1, 1 + len(_ACCOUNT)),
    )
    if len(units) > _SHOWN:
        console.say("cli.supply.hidden", count=len(units) - _SHOWN)
    amounts = {name: int(units[name].sum()) for name in _ACCOUNT}
    console.say("cli.supply.account", **amounts)
    _print_reasons(plan.spread.buildings["reason"], console)
    cleared = int(plan.changes["becomes"].isna().sum())
    console.say("cli.supply.changes", count=len(plan.changes) - cleared, cleared=cleared)


def _print_areas(plan: AreasPlan, console: Console) -> None:
    texts, areas = console.texts, plan.made.areas
    told = areas.sort_values(["parts"], ascending=False, kind="stable").head(_SHOWN)
    console.table(
        [texts(f"cli.supply.{name}") for name in ("unit", "area_m2", "parts", "buildings")],
        [
            (
                str(code),
                texts.value(round(row["area_m2"])),
                texts.value(int(row["parts"])),
                texts.value(int(row["buildings"])),
            )
            for code, row in told.iterrows()
        ],
        right=(1, 2, 3),
    )
    if len(areas) > _SHOWN:
        console.say("cli.supply.hidden", count=len(areas) - _SHOWN)
    _print_reasons(plan.made.buildings["reason"], console)
    if plan.conflicts:
        console.say("cli.supply.conflicts", codes=plan.conflicts[:_SHOWN])
    console.say(
        "cli.supply.areas_changes",
        changed=len(plan.changed),
        added=len(plan.added),
        kept=plan.kept,
    )


def _print_reasons(reasons: "pd.Series[Any]", console: Console) -> None:
    """Say how many buildings were left aside, and why."""
    for reason, count in reasons.dropna().value_counts().items():
        said = console.texts(f"cli.supply.reason.{reason}")
        console.say("cli.supply.left_aside", count=int(count), reason=said)


def _name(row: "pd.Series[Any]") -> str:
    return " ".join(str(row[name]) for name in ("code", "name") if row[name] is not None)
