"""`greengrid site`: which plots to make green first, and how good that choice is."""

from enum import StrEnum
from typing import Annotated

import typer

from api import sites
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    OnOption,
    OutputOption,
    PlacesOption,
    RulesOption,
    StoreOption,
    Weight,
    WeightOption,
    console_of,
    read_day,
    read_moment,
    read_rules,
    store_of,
)
from api.cli.reporting import print_figures, require_writable
from api.cli.writing import print_table, write_made
from api.drawings import FORMATS
from api.errors import ParameterError
from gis.siting.choosing import METHODS
from layers import Run
from layers.analysis import PLOTS, Wish, plain_results, run_site
from layers.kinds import Kinds

Method = StrEnum("Method", {name: name for name in METHODS})  # type: ignore[misc]  # made from the one list

_SHOWN = 20
_MOST = 1000


def site(
    context: typer.Context,
    rules: RulesOption,
    k: Annotated[int, typer.Option("-k", metavar="N")] = 10,
    store: StoreOption = None,
    tier: Annotated[str | None, typer.Option("--tier", metavar="TIER")] = None,
    method: Annotated[Method, typer.Option("--method", case_sensitive=False)] = Method.greedy,  # type: ignore[attr-defined]  # a member made from the list
    plots: Annotated[str, typer.Option("--plots", metavar="KIND")] = PLOTS,
    required: Annotated[str, typer.Option("--required", metavar="CODE[,CODE]")] = "",
    excluded: Annotated[str, typer.Option("--excluded", metavar="CODE[,CODE]")] = "",
    join: Annotated[bool, typer.Option("--join")] = False,
    rank: Annotated[bool, typer.Option("--rank")] = False,
    places: PlacesOption = None,
    weight: WeightOption = Weight.buildings,  # type: ignore[attr-defined]  # a member made from the list of weights
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Choose plots, keep the run, print or write it."""
    console = console_of(context)
    ruleset, day, moment = read_rules(rules), read_day(on), read_moment(as_of)
    wish = read_wish(
        k=k,
        tier=tier,
        method=method.value,
        plots=plots,
        required=required,
        excluded=excluded,
        join=join,
    )
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.site.working"):
        made = run_site(
            opened, ruleset, wish, weight=weight.value, places=places, on=day, as_of=moment
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    print_site(made.run, opened.kinds, console, rank=rank)


def print_site(run: Run, kinds: Kinds, console: Console, *, rank: bool = False) -> None:
    """Print what is covered now, the chosen plots, what they change, and why others change nothing.

    With `rank`, also what the first plots are worth.
    """
    texts = console.texts
    print_figures(run, kinds, console)
    if rank:
        table = sites.worth_table(run, texts, limit=_SHOWN)
        console.line("")
        console.line(table.title)
        print_table(table, console)
        hidden = len(run.results["plots"]) - len(table.rows)
        if hidden:
            console.say("cli.site.hidden", count=hidden)
    chosen = sites.choice_table(run, texts)
    console.line("")
    console.line(chosen.title)
    if chosen.rows:
        print_table(chosen, console)
    lines = [*sites.choice_lines(run, texts), *sites.idle_lines(run, texts)]
    for line in [*lines, texts("sites.assumed")]:
        console.line(line)


def read_wish(
    *, k: int, tier: str | None, method: str, plots: str, required: str, excluded: str, join: bool
) -> Wish:
    """Read what is wished of the plots.

    Raises
    ------
    ParameterError
    """
    if not 1 <= k <= _MOST:
        raise ParameterError(parameter="-k", found=str(k), allowed=f"1–{_MOST}")
    return Wish(
        k=k,
        tier=tier,
        method=method,
        plots=plots,
        required=_codes(required),
        excluded=_codes(excluded),
        joined=join,
    )


def _codes(text: str) -> tuple[str, ...]:
    """Read a list of codes."""
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))
