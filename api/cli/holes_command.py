"""`greengrid holes`: who answers for every piece of ground, and where nobody does."""

from enum import StrEnum
from typing import Annotated

import typer

from api import holes as words
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    OutputOption,
    StoreOption,
    console_of,
    read_day,
    read_moment,
    store_of,
)
from api.cli.reporting import require_writable
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from api.errors import ParameterError
from layers import Run
from layers.analysis import PLANS, plain_results, run_holes
from layers.kinds import KINDS

Plan = StrEnum("Plan", {name: name for name in PLANS})  # type: ignore[misc]  # made from the one list
HoleWeight = StrEnum("HoleWeight", ["population", "households", "dwellings", "buildings"])

_SHOWN = 20
_WIDEST_SLIVER_M = 100.0


def holes(
    context: typer.Context,
    store: StoreOption = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE[,ROLE]")] = None,
    plan: Annotated[Plan, typer.Option("--plan", case_sensitive=False)] = Plan.normal,  # type: ignore[attr-defined]  # a member made from the list
    weight: Annotated[HoleWeight | None, typer.Option("--weight", case_sensitive=False)] = None,
    split: Annotated[bool, typer.Option("--split")] = False,
    sliver: Annotated[float, typer.Option("--sliver", metavar="METRES")] = 1.0,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Find the holes, keep the run, print or write it."""
    console = console_of(context)
    roles, day, moment = read_roles(role), read_day(on), read_moment(as_of)
    require_sliver(sliver)
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.holes.working"):
        made = run_holes(
            opened,
            roles=roles,
            plan=plan.value,
            weight=None if weight is None else weight.value,
            split=split,
            sliver_m=sliver,
            on=day,
            as_of=moment,
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_holes(made.run, console)


def print_holes(run: Run, console: Console) -> None:
    """Print the account and the first pieces of a run."""
    texts = console.texts
    print_table(words.account_table(run, texts, brief=True), console)
    listed = words.piece_table(run, texts, limit=_SHOWN)
    if listed.rows:
        console.line("")
        console.line(listed.title)
        print_table(listed, console)
    hidden = sum(len(duty["pieces"]) for duty in run.results["duties"]) - len(listed.rows)
    if hidden:
        console.say("cli.holes.hidden", count=hidden)
    for duty in run.results["duties"]:
        for remark in words.remarks(duty, run, texts):
            console.line(f"{words.duty_title(duty, texts)}{texts('pages.value.colon')}{remark}")
    if run.results["left_out"]:
        console.line(words.unjudged(run, texts))
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def require_sliver(width_m: float) -> None:
    """Refuse a width that is none of slivers.

    Raises
    ------
    ParameterError
    """
    if not 0 <= width_m <= _WIDEST_SLIVER_M:
        allowed = f"0–{_WIDEST_SLIVER_M:g}"
        raise ParameterError(parameter="--sliver", found=str(width_m), allowed=allowed)


def read_roles(text: str | None) -> list[str] | None:
    """Read a list of roles, by key or title.

    Raises
    ------
    ParameterError
    """
    if text is None:
        return None
    codes = KINDS["responsibility"].field_named("role").codes
    choices = () if codes is None else codes.choices
    roles = []
    for part in text.replace("，", ",").split(","):
        found = None if codes is None else codes.find(part.strip())
        if found is None:
            allowed = ", ".join(choice.value for choice in choices)
            raise ParameterError(parameter="--role", found=part, allowed=allowed)
        roles.append(found.value)
    return roles
