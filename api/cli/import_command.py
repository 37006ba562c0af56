"""`greengrid import`: a file into a layer, with an account of every row."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, Exit
from api.cli.import_report import plain_report, print_outcome, print_plan
from api.cli.options import (
    JsonOption,
    StoreOption,
    console_of,
    login_name,
    read_day,
    store_name,
    store_of,
)
from api.cli.reporting import draft_folder, require_writable
from api.errors import ParameterError
from api.mappings import memory_beside, remember, write_mapping
from api.previews import WRITERS
from api.returns import write_rejected
from layers import Cause, Store
from layers.importing import (
    RETURN_ENDINGS,
    ImportOptions,
    ImportReport,
    Mapping,
    MappingMemory,
    Plan,
    Preview,
    carry_out,
    foretell,
    plan_import,
    read_mapping,
)


def import_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    datum: Annotated[
        str | None, typer.Option("--datum", metavar="WGS84|CGCS2000|GCJ-02|BD-09|EPSG:n")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", metavar="LAYER")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN")] = None,
    fixed: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="CQL2")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="COL[,COL]")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE.toml")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    message: Annotated[str, typer.Option("--message", metavar="TEXT")] = "",
    cause: Annotated[Cause, typer.Option("--cause", case_sensitive=False)] = Cause.CHANGE,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    strict: Annotated[bool, typer.Option("--strict")] = False,
    repair: Annotated[bool, typer.Option("--repair")] = False,
    divisions_as_of: Annotated[
        str | None, typer.Option("--divisions-as-of", metavar="YYYY-MM-DD")
    ] = None,
    preview: Annotated[Path | None, typer.Option("--preview", metavar="FILE")] = None,
    rejected: Annotated[Path | None, typer.Option("--rejected", metavar="FILE")] = None,
    with_warned: Annotated[bool, typer.Option("--with-warned")] = False,
    save_mapping: Annotated[
        Path | None, typer.Option("--save-mapping", metavar="FILE.toml")
    ] = None,
    no_remembered: Annotated[bool, typer.Option("--no-remembered")] = False,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    json: JsonOption = False,
) -> int:
    """Import one layer of a file; print what became of its rows."""
    console = console_of(context)
    said = read_mapping(mapping) if mapping else Mapping()
    options = ImportOptions(
        datum=datum,
        mapping=said.extended(
            columns=read_pairs("--map", columns),
            fixed=read_pairs("--set", fixed),
            key=[name.strip() for name in key.split(",")] if key else (),
            where=where,
            layer=layer,
        ).asking(repair=repair, divisions_as_of=read_day(divisions_as_of, "--divisions-as-of")),
        author=author if author is not None else login_name(),
        message=message,
        cause=cause,
        dry_run=dry_run,
        strict=strict,
        memory=None if no_remembered else memory_beside(store_name(store)),
    )
    require_writable(preview, WRITERS)
    require_writable(rejected, RETURN_ENDINGS)
    require_writable(save_mapping, (".toml",))
    opened = store_of(store)
    with console.steps("cli.import.stage") as tell:
        plan = plan_import(opened, kind, file, replace(options, tell=tell))
    foretold = foretell(plan, options)
    if preview is not None:
        _write_preview(opened, plan, preview, console)
    if rejected is not None:
        _write_rejected(plan, file, rejected, console, with_warned=with_warned)
    if save_mapping is not None:
        write_mapping(plan, save_mapping, console.texts)
        console.note("cli.coverage.written", path=str(save_mapping))
    if not json:
        print_plan(foretold, opened.kind(kind), console)
    asking = not (yes or json or dry_run or foretold.refused or plan.is_empty)
    if asking and not console.confirmed("cli.import.ask"):
        print_outcome(foretold, console, declined=True)
        return _exit_code(foretold)
    with console.steps("cli.import.stage") as tell:
        report = carry_out(opened, plan, replace(options, tell=tell))
    if report.written and options.memory is not None:
        _remember(options.memory, plan, file, console, quiet=json)
    if json:
        console.json(plain_report(report, console))
    else:
        print_outcome(report, console)
    return _exit_code(report)


def _write_preview(store: Store, plan: Plan, path: Path, console: Console) -> None:
    """Write a preview in the format that the file's name ends with, whole or not at all."""
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        WRITERS[path.suffix.lower()](store, Preview(plan), draft, console.texts)
        draft.replace(path)
    console.note("cli.coverage.written", path=str(path))


def _write_rejected(
    plan: Plan, file: Path, path: Path, console: Console, *, with_warned: bool
) -> None:
    """Give the rejected rows back, whole or not at all; where there are none, no file."""
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        rows = write_rejected(plan, file, draft, console.texts, with_warned=with_warned)
        if rows:
            draft.replace(path)
    key = "cli.import.returned" if rows else "cli.import.nothing_returned"
    console.note(key, path=str(path), rows=rows)


def _remember(
    memory: MappingMemory, plan: Plan, file: Path, console: Console, *, quiet: bool
) -> None:
    """Keep how the file was read; where that cannot be kept, the import is done all the same."""
    try:
        kept = remember(memory, plan, file, console.texts)
    except OSError as error:
        console.note("cli.import.not_remembered", path=str(memory.folder), reason=error.strerror)
        return
    if kept is not None and kept.name != plan.recalled and not quiet:
        console.note("cli.import.remembered", path=str(kept))


def read_pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """Read `FIELD=VALUE` options.

    Raises
    ------
    ParameterError
    """
    pairs: dict[str, str] = {}
    for text in given or ():
        field, sign, value = text.partition("=")
        if not sign or not field.strip():
            raise ParameterError(parameter=option, found=text, allowed="FIELD=…")
        pairs[field.strip()] = value.strip()
    return pairs


def _exit_code(report: ImportReport) -> Exit:
    if report.refused:
        return Exit.DATA
    return Exit.FINDINGS if report.rejected or report.warned else Exit.OK
