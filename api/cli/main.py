"""The program: commands put together, language chosen, errors said, exit codes given."""

import errno
import locale
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TypeVar

import typer
import typer.main
from typer._click import Command  # typer's own copy of click, exported nowhere else
from typer._click import exceptions as usage

from api.cli.console import Console, Exit
from api.cli.exit_codes import exit_code_of
from api.cli.help import LocalCommand, LocalGroup, usage_text
from api.errors import FileUnusableError, ParameterError
from api.settings import refuse_unknown_variables
from api.texts import LANGS, Lang, Texts, choose_lang, texts_in

T = TypeVar("T")

# Each as the module beside this one and its function: only what was asked for is loaded.
_COMMANDS: dict[str, str] = {
    "demo": "demo_command.demo",
    "init": "init_command.init",
    "detect": "detect_command.detect",
    "import": "import_command.import_",
    "import-sheets": "sheets_command.import_sheets",
    "coverage": "coverage_command.coverage",
    "gaps": "gaps_command.gaps",
    "claim": "claim_command.claim",
    "indicators": "indicators_command.indicators",
    "holes": "holes_command.holes",
    "hotspots": "hotspots_command.hotspots",
    "crosswalk": "crosswalk_command.crosswalk",
    "match": "match_command.match",
    "supply": "supply_command.supply",
    "pending": "pending_command.pending_",
    "place": "place_command.place",
    "export": "export_command.export",
    "template": "template_command.template",
    "check": "check_command.check",
    "doctor": "doctor_command.doctor",
    "log": "log_command.log",
    "diff": "diff_command.diff",
    "undo": "undo_command.undo",
    "restore": "restore_command.restore",
    "site": "site_command.site",
    "scenario": "scenario_command.scenario",
    "run": "run_command.run",
    "backup": "backup_command.backup",
    "restore-backup": "backup_command.restore",
    "copy": "copy_command.copy",
    "serve": "serve_command.serve",
    "open": "account_command.open_kind",
    "close": "account_command.close_kind",
    "audit": "account_command.audit",
}
_GROUPS: dict[str, dict[str, str]] = {
    "account": {
        "add": "account_command.add",
        "list": "account_command.list_",
        "disable": "account_command.disable",
        "password": "account_command.password",
    },
    "grant": {
        "add": "account_command.grant",
        "revoke": "account_command.revoke",
    },
    "token": {
        "make": "account_command.token_make",
        "list": "account_command.token_list",
        "revoke": "account_command.token_revoke",
    },
    "form": {
        "look": "form_command.look",
        "fill": "form_command.fill",
    },
    "kind": {
        "add": "kind_command.add",
        "list": "kind_command.list_",
        "show": "kind_command.show",
    },
}
LANG_VARIABLE = "GREENGRID_LANG"
# What shells expect of a program that was ended by Ctrl+C.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    sys.exit(run_command_line(sys.argv[1:] if arguments is None else list(arguments)))


def run_command_line(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    wanted, rest = _take_lang(arguments)
    texts = texts_in(choose_lang(wanted or os.environ.get(LANG_VARIABLE), _locale(), "zh"))
    console = Console(texts)
    try:
        _require_lang(wanted)
        code = _invoke(build(texts, _word(rest)), rest, console)
    except usage.UsageError as error:
        console.problem(usage_text(error, texts))
        return Exit.USAGE
    except Exception as error:
        refused = _refused(error, console)
        if refused is None:  # a fault of the program: its traceback is what helps
            raise
        return refused
    if code == INTERRUPTED:
        console.problem(texts("cli.aborted"))
    return code


def _refused(error: Exception, console: Console) -> Exit | None:
    """Say what was refused, and give the exit code; None for what is no refusal."""
    code = exit_code_of(error)
    if code is None and isinstance(error, OSError) and error.filename is not None:
        reason = errno.errorcode.get(error.errno or 0, error.strerror)
        error = FileUnusableError(path=str(error.filename2 or error.filename), reason=reason)
        code = exit_code_of(error)
    if code is not None:
        console.problem(console.texts.error(error))
    return code


def build(texts: Texts, word: str = "") -> typer.core.TyperGroup:
    """Put the commands together, with help in one language; only one, where `word` names one."""
    app = typer.Typer(
        cls=LocalGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None
    )
    app.callback()(_before_every_command)
    for name, function in _named(_COMMANDS, word).items():
        app.command(name, cls=LocalCommand)(_load(function))
    for name, functions in _named(_GROUPS, word).items():
        several = typer.Typer(cls=LocalGroup, no_args_is_help=True, rich_markup_mode=None)
        for inner, function in functions.items():
            several.command(inner, cls=LocalCommand)(_load(function))
        app.add_typer(several, name=name)
    group = typer.main.get_command(app)
    if not isinstance(group, typer.core.TyperGroup):  # pragma: no cover - there are many commands
        raise TypeError(type(group))
    _localise(group, texts)
    return group


def _word(arguments: list[str]) -> str:
    """Give the command that was typed; nothing where there is none, and help is wanted."""
    word = arguments[0] if arguments else ""
    return word if word in _COMMANDS or word in _GROUPS else ""


def _named(table: Mapping[str, T], word: str) -> Mapping[str, T]:
    return {name: entry for name, entry in table.items() if word in {name, ""}}


def _load(command: str) -> Callable[..., int | None]:
    module, function = command.split(".")
    loaded: Callable[..., int | None] = getattr(import_module(f"api.cli.{module}"), function)
    return loaded


def _invoke(group: typer.core.TyperGroup, arguments: list[str], console: Console) -> int:
    code = group.main(arguments, prog_name="greengrid", standalone_mode=False, obj=console)
    return code if isinstance(code, int) else Exit.OK


def _before_every_command(lang: str = typer.Option("", metavar="|".join(LANGS))) -> None:
    """Refuse misspelt settings; the language was chosen before the commands were put together."""
    del lang
    refuse_unknown_variables(os.environ)


def _localise(group: typer.core.TyperGroup, texts: Texts) -> None:
    group.help = texts("cli.program")
    for parameter in group.params:
        parameter.help = texts(f"cli.option.{parameter.name}")  # type: ignore[attr-defined]  # typer's parameters all have one
    for name, command in group.commands.items():
        _localise_command(command, f"cli.{name}", texts)


def _localise_command(command: Command, path: str, texts: Texts) -> None:
    """Give a command, or several under one name, the help that the catalogue has under `path`."""
    command.help = texts(f"{path}.help")
    command.short_help = command.help
    for name, inner in getattr(command, "commands", {}).items():
        _localise_command(inner, f"{path}.{name}", texts)
    for parameter in command.params:
        key, shared = f"{path}.{parameter.name}", f"cli.option.{parameter.name}"
        parameter.help = texts(key if texts.has(key) else shared)  # type: ignore[attr-defined]  # as above


def _take_lang(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take `--lang X` out of the arguments, wherever it stands before a `--`."""
    rest: list[str] = []
    wanted: str | None = None
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument == "--lang":
            wanted = next(remaining, "")
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
        else:
            rest.append(argument)
    return wanted, rest


def _require_lang(wanted: str | None) -> None:
    """Refuse a language that the catalogue does not speak.

    Raises
    ------
    ParameterError
    """
    if wanted is not None and re.split("[-_]", wanted.casefold())[0] not in LANGS:
        raise ParameterError(parameter="--lang", found=wanted, allowed=LANGS)


def _locale() -> str:
    """Give the language that the terminal speaks, as far as it says so."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    spoken = next((name for name in names if name), "")
    if not spoken and os.name == "nt":  # where it says "English_United Kingdom", "Chinese_China"
        spoken = (locale.getlocale()[0] or "")[:2]
    tag = spoken.split(".")[0].replace("_", "-")
    return "" if tag in {"C", "POSIX"} else tag


__all__ = ["LANG_VARIABLE", "Lang", "build", "main", "run_command_line"]
