"""`greengrid place`: an edited list brings places back."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Exit
from api.cli.options import JsonOption, StoreOption, console_of, login_name, store_of
from api.errors import FileMissingError
from api.problems import problem_message, problem_remedy
from layers.locating import plan_placing, write_placing

_SHOWN = 20


def place(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    datum: Annotated[
        str | None, typer.Option("--datum", metavar="WGS84|CGCS2000|GCJ-02|BD-09|EPSG:n")
    ] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    message: Annotated[str, typer.Option("--message", metavar="TEXT")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: JsonOption = False,
) -> int:
    """Give places to rows that waited; print what became of each row of the list."""
    console, opened = console_of(context), store_of(store)
    if not file.is_file():
        raise FileMissingError(path=str(file))
    with console.working("cli.import.working", file=file.name):
        plan = plan_placing(opened, kind, file, datum=datum)
    changeset = None
    if len(plan.places) and not dry_run:
        who = login_name() if author is None else author
        changeset = write_placing(opened, plan, author=who, message=message)
    account = {
        "read": plan.read,
        "placed": len(plan.places),
        "accepted": plan.accepted,
        "waiting": plan.waiting,
        "rejected": plan.rejected,
    }
    if json:
        problems = [problem.to_dict() for problem in plan.problems]
        console.json({**account, "problems": problems, "changeset": changeset})
        return Exit.FINDINGS if plan.rejected else Exit.OK
    for problem in plan.problems[:_SHOWN]:
        said = problem_message(problem, console.texts)
        remedy = problem_remedy(problem, console.texts)
        console.line(f"{plan.file}:{problem.row}: {problem.code} {said} {remedy}")
    if len(plan.problems) > _SHOWN:
        console.say("cli.import.hidden", count=len(plan.problems) - _SHOWN)
    console.say("cli.place.account", **account)
    outcome = "tried" if dry_run else "written" if changeset is not None else "nothing"
    console.say(f"cli.import.{outcome}", changeset=changeset)
    return Exit.FINDINGS if plan.rejected else Exit.OK
