"""`greengrid hotspots`: where events gather beyond chance."""

from typing import Annotated

import typer

from api import hotspots as words
from api.cli.console import Console
from api.cli.options import (
    AsOfOption,
    JsonOption,
    Level,
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
from layers.analysis import EVENT, plain_results, run_hotspots

_SHOWN = 20
_SIDES_M = (1.0, 100_000.0)
_ALPHAS = (0.0001, 0.5)


def hotspots(
    context: typer.Context,
    store: StoreOption = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND")] = EVENT,
    by: Annotated[Level, typer.Option("--by", case_sensitive=False)] = Level.grid,  # type: ignore[attr-defined]  # a member made from the list of levels
    cells: Annotated[float | None, typer.Option("--cells", metavar="METRES")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="CQL2")] = None,
    per_head: Annotated[bool, typer.Option("--per-head")] = False,
    alpha: Annotated[float, typer.Option("--alpha", metavar="RATE")] = 0.05,
    on: OnOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Find the hotspots, keep the run, print or write it."""
    console = console_of(context)
    day, moment = read_day(on), read_moment(as_of)
    require_bounds(cells=cells, alpha=alpha)
    require_writable(output, FORMATS)
    opened = store_of(store)
    with console.working("cli.hotspots.working"):
        made = run_hotspots(
            opened,
            kind=kind,
            level=by.value,
            cells_m=cells,
            where=where,
            population=per_head,
            alpha=alpha,
            on=day,
            as_of=moment,
        )
    if output is not None:
        write_made(made, output, console)
    if json:
        console.json(plain_results(made.run))
        return
    console.line(words.lead(made.run, opened.kinds, console.texts))
    print_hotspots(made.run, console)


def print_hotspots(run: Run, console: Console) -> None:
    """Print how many units have which label, and the first that are hot or cold."""
    texts = console.texts
    print_table(words.label_table(run, texts), console)
    listed = words.unit_table(run, texts, limit=_SHOWN)
    if listed.rows:
        console.line("")
        print_table(listed, console)
    hidden = len(run.results["units"]) - len(listed.rows)
    if hidden:
        console.say("cli.hotspots.hidden", count=hidden)
    for line in (*words.remarks(run, texts), words.how(run, texts)):
        console.line(line)
    console.say("cli.coverage.run", run=run.id, on=run.evaluated_on)


def require_bounds(*, cells: float | None, alpha: float) -> None:
    """Refuse sides of cells, and rates, that make no sense.

    Raises
    ------
    ParameterError
    """
    if cells is not None:
        _require("--cells", cells, _SIDES_M)
    _require("--alpha", alpha, _ALPHAS)


def _require(parameter: str, found: float, bounds: tuple[float, float]) -> None:
    """Refuse a number outside its bounds.

    Raises
    ------
    ParameterError
    """
    low, high = bounds
    if not low <= found <= high:
        allowed = f"{low:g}–{high:g}"
        raise ParameterError(parameter=parameter, found=str(found), allowed=allowed)
