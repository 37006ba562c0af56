"""`greengrid restore`: bring layers back to what they were."""

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
    read_moment,
    store_of,
)
from api.differences import plain_diff


def restore(
    context: typer.Context,
    kinds: Annotated[list[str], typer.Argument(metavar="KIND...")],
    as_of: Annotated[str, typer.Option("--as-of", metavar="N|TIME")],
    store: StoreOption = None,
    author: AuthorOption = None,
    message: MessageOption = "",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Bring layers back as a new changeset; with `--dry-run` show what that would change."""
    console = console_of(context)
    moment = read_moment(as_of) or 0
    opened = store_of(store)
    planned = opened.diff(opened.changeset_at(), moment, kinds=kinds)
    made = None
    if not dry_run:
        made = opened.restore(
            kinds,
            as_of=moment,
            author=login_name() if author is None else author,
            message=message or console.texts("cli.restore.default_message", number=planned.until),
        )
    if json:
        console.json({"changeset": made, "restored": planned.until, **plain_diff(planned)})
        return
    print_diff(planned, console)
    if dry_run:
        console.say("cli.restore.dry")
    elif made is None:
        console.say("cli.restore.nothing")
    else:
        console.say("cli.restore.done", number=planned.until, made=made)
