"""`greengrid log`: every changeset of a store."""

from typing import Any

import typer

from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.texts import Texts
from layers import Changeset


def log(context: typer.Context, store: StoreOption = None, json: JsonOption = False) -> None:
    """List changesets, the newest first."""
    console = console_of(context)
    found = list(reversed(store_of(store).changesets()))
    if json:
        console.json([_plain(changeset) for changeset in found])
        return
    if not found:
        console.say("cli.log.empty")
        return
    texts = console.texts
    headings = ("number", "recorded", "author", "cause", "changes", "message")
    console.table(
        [texts(f"cli.log.{heading}") for heading in headings],
        [_row(changeset, texts) for changeset in found],
        right=(0,),
    )


def _row(changeset: Changeset, texts: Texts) -> tuple[str, ...]:
    return (
        str(changeset.id),
        changeset.recorded_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        changeset.author,
        texts(f"cli.cause.{changeset.cause}"),
        "; ".join(_counted(layer, counts) for layer, counts in changeset.changes.items()),
        " ".join(part for part in (changeset.message, changeset.source) if part),
    )


def _counted(layer: str, counts: dict[str, int]) -> str:
    signs = {"insert": "+", "update": "~", "delete": "-"}
    parts = (f"{sign}{counts[name]:,}" for name, sign in signs.items() if name in counts)
    return f"{layer} {' '.join(parts)}"


def _plain(changeset: Changeset) -> dict[str, Any]:
    return {
        "changeset": changeset.id,
        "recorded_at": changeset.recorded_at.isoformat(),
        "author": changeset.author,
        "message": changeset.message,
        "source": changeset.source,
        "cause": changeset.cause.value,
        "changes": changeset.changes,
    }
