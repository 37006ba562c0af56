"""`greengrid pending`: the rows of a layer that wait for a place, with what their words name."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from api.cli.console import Console
from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.cli.reporting import require_writable
from layers.locating import PendingList, pending, write_pending

_SHOWN = 50
_COLUMNS = ("code", "words", "how", "proposal", "confidence")


def pending_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    store: StoreOption = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")] = None,
    json: JsonOption = False,
) -> None:
    """List what waits for a place, or write the list to fill in."""
    console, opened = console_of(context), store_of(store)
    require_writable(output)
    with console.working("cli.pending.working"):
        waiting = pending(opened, kind)
    if output is not None:
        report = write_pending(waiting, output, lang=console.texts.lang)
        console.note("cli.pending.done", file=output.name, rows=report.rows)
    if json:
        console.json([_plain(uid, row) for uid, row in _known(waiting.rows).iterrows()])
    elif output is None:
        _print(waiting, console)


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype(object).where(rows.notna(), None)


def _plain(uid: Any, row: "pd.Series[Any]") -> dict[str, Any]:
    return {"uid": str(uid), **{str(name): value for name, value in row.items()}}


def _print(waiting: PendingList, console: Console) -> None:
    texts = console.texts
    shown = _known(waiting.rows).head(_SHOWN)
    console.table(
        [texts(f"cli.pending.{name}") for name in _COLUMNS],
        [
            tuple(
                texts(f"cli.pending.is_{row[name]}") if name == "how" else _text(row[name])
                for name in _COLUMNS
            )
            for _, row in shown.iterrows()
        ],
        right=(4,),
    )
    hidden = len(waiting.rows) - _SHOWN
    if hidden > 0:
        console.say("cli.pending.hidden", count=hidden)
    proposed = int(waiting.rows["proposal_uid"].notna().sum())
    title = texts.title(waiting.kind)
    console.say("cli.pending.total", kind=title, count=len(waiting.rows), proposed=proposed)


def _text(value: object) -> str:
    return "" if value is None else str(value)
