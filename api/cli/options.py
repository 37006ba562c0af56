"""Options that several commands share, and how their words are read."""

import datetime as dt
import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer._click.globals import get_current_context  # of typer's own copy of click

from api.cli.console import Console
from api.errors import (
    FileMissingError,
    FileUnusableError,
    ParameterError,
    StoreNotChosenError,
)
from api.settings import STORE_VARIABLE, load_settings
from gis import RuleSet, presets
from layers import Store, open_store
from layers.analysis import WEIGHTS
from layers.territory import LEVELS

Weight = StrEnum("Weight", {name: name for name in WEIGHTS})  # type: ignore[misc]  # made from the one list of weights
Level = StrEnum("Level", {name: name for name in LEVELS})  # type: ignore[misc]  # made from the one list of levels

StoreOption = Annotated[str | None, typer.Option("--store", metavar="STORE")]
RulesOption = Annotated[str, typer.Option("--rules", metavar="PRESET|FILE.toml")]
PlacesOption = Annotated[str | None, typer.Option("--places", metavar="KIND")]
WeightOption = Annotated[Weight, typer.Option("--weight", case_sensitive=False)]
LevelOption = Annotated[Level | None, typer.Option("--by", case_sensitive=False)]
OnOption = Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="N|TIME")]
JsonOption = Annotated[bool, typer.Option("--json")]
AuthorOption = Annotated[str | None, typer.Option("--author", metavar="NAME")]
MessageOption = Annotated[str, typer.Option("--message", metavar="TEXT")]
DryRunOption = Annotated[bool, typer.Option("--dry-run")]
OutputOption = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")]


def console_of(context: typer.Context) -> Console:
    """Give the console that the program was started with."""
    console = context.obj
    if not isinstance(console, Console):  # pragma: no cover - `main` always hands one over
        raise TypeError(type(console))
    return console


def store_of(named: str | None) -> Store:
    """Open the store that the command names, or else the environment, until the command ends.

    Raises
    ------
    StoreNotChosenError, StoreError, SettingError
    """
    return opened_for_command(store_name(named))


def opened_for_command(name: str) -> Store:
    """Open a store that is closed again when the command ends.

    Raises
    ------
    StoreError
    """
    opened = open_store(name)
    running = get_current_context(silent=True)
    if running is not None:
        running.call_on_close(opened.close)
    return opened


def store_name(named: str | None) -> str:
    """Give the path or URL of the store.

    Raises
    ------
    StoreNotChosenError, SettingError
    """
    chosen = load_settings(store=named).store
    if not chosen:
        raise StoreNotChosenError(variable=STORE_VARIABLE)
    return chosen


def login_name() -> str:
    """Give the name under which the user is logged in, as the author of what they do."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""


def read_rules(named: str) -> RuleSet:
    """Read a preset by its key, or a rule file.

    Raises
    ------
    FileMissingError, FileUnusableError, PresetUnknownError, RuleError
    """
    path = Path(named)
    if path.suffix.lower() != ".toml" and not path.is_file():
        return presets[named]
    if not path.is_file():
        raise FileMissingError(path=named)
    try:
        text = path.read_text(encoding="utf-8-sig")  # as Windows' editors write it
    except UnicodeDecodeError as fault:
        raise FileUnusableError(path=named, reason="encoding") from fault
    return RuleSet.from_toml(text, key=path.stem)


def read_day(text: str | None, parameter: str = "--on") -> dt.date | None:
    """Read a day.

    Raises
    ------
    ParameterError
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ParameterError(parameter=parameter, found=text, allowed="YYYY-MM-DD") from None


def read_moment(text: str | None, parameter: str = "--as-of") -> int | dt.datetime | None:
    """Read the number of a changeset, or a recorded time (local unless it says so).

    Raises
    ------
    ParameterError
    """
    if text is None:
        return None
    if text.isdecimal():
        return int(text)
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except ValueError:
        allowed = "N, YYYY-MM-DDTHH:MM"
        raise ParameterError(parameter=parameter, found=text, allowed=allowed) from None
