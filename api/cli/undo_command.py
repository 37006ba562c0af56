"""`greengrid undo`: take one changeset back."""

from typing import Annotated

import typer

from api.cli.differing import print_diff
from api.cli.options import (
    AuthorOption,
    DryRunOption,
    JsonOption,
    MessageOption,
    StoreOption,
    console_of,
    login_name,
    store_of,
)
from api.differences import plain_diff


def undo(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N")],
    store: StoreOption = None,
    author: AuthorOption = None,
    message: MessageOption = "",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Take a changeset back as a new one; with `--dry-run` show what that would change."""
    console = console_of(context)
    opened = store_of(store)
    planned = opened.preview_undo(number)
    made = None
    if not dry_run:
        made = opened.undo(
            number,
            author=login_name() if author is None else author,
            message=message or console.texts("cli.undo.default_message", number=number),
        )
    if json:
        console.json({"changeset": made, "undone": number, **plain_diff(planned)})
        return
    print_diff(planned, console)
    if dry_run:
        console.say("cli.undo.dry")
    elif made is None:
        console.say("cli.undo.nothing", number=number)
    else:
        console.say("cli.undo.done", number=number, made=made)
