"""Help screens in the user's language, and refusals of what was typed that say what to type.

Typer builds both from English phrases; the classes here keep its layout and parsing and take the
phrases from the catalogue.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import typer.core
from typer._click import Command, Context, HelpFormatter, Parameter
from typer._click import exceptions as usage  # typer's own copy of click, exported nowhere else

from api.cli.console import Console
from api.texts import Texts


class UnknownCommandError(usage.UsageError):
    """There is no command of that name; `close` holds those that look like it."""

    def __init__(self, name: str, known: Iterable[str], context: Context) -> None:
        """Look for commands close to `name`, else offer all that are `known`."""
        commands = tuple(known)
        self.name = name
        self.offered = get_close_matches(name, commands) or commands
        super().__init__(name, context)


class TooManyArgumentsError(usage.UsageError):
    """More arguments were typed than the command takes."""

    def __init__(self, arguments: list[str], context: Context) -> None:
        """Keep the arguments that are too many."""
        self.arguments = arguments
        super().__init__(" ".join(arguments), context)


class LocalCommand(typer.core.TyperCommand):
    """A command whose help is written in one language."""

    allow_extra_args = True  # refused below, in our own words

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse arguments; refuse those that are too many."""
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise TooManyArgumentsError(rest, ctx)
        return rest

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write arguments and options."""
        _write_parameters(self, ctx, formatter)


class LocalGroup(typer.core.TyperGroup):
    """The program, with its help in one language."""

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the command that was typed."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise UnknownCommandError(name, self.commands, ctx)
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write options and commands."""
        _write_parameters(self, ctx, formatter)
        with formatter.section(_texts_of(ctx)("cli.help.commands")):
            formatter.write_dl(
                [(name, command.help or "") for name, command in self.commands.items()]
            )


def usage_text(error: usage.UsageError, texts: Texts) -> str:
    """Say what was wrong with the way a command was typed."""
    if isinstance(error, usage.NoArgsIsHelpError):
        return error.format_message()
    path = error.ctx.command_path if error.ctx else "greengrid"
    return f"{_fault(error, texts)}\n{texts('cli.usage.help', command=path)}"


def _fault(error: usage.UsageError, texts: Texts) -> str:
    values: dict[str, object]
    match error:
        case usage.MissingParameter():
            key, values = "missing", {"parameter": _shown_name(error.param)}
        case usage.BadParameter():
            return _bad_value(error, texts)
        case UnknownCommandError():
            key, values = "no_such_command", {"name": error.name, "known": error.offered}
        case TooManyArgumentsError():
            key, values = "too_many", {"arguments": error.arguments}
        case usage.NoSuchOption(possibilities=[*near]) if near:
            key, values = "close_option", {"option": error.option_name, "known": sorted(near)}
        case usage.NoSuchOption():
            key, values = "no_such_option", {"option": error.option_name}
        case usage.BadOptionUsage():
            key, values = "option_value", {"option": error.option_name}
        case _:
            key, values = "other", {"reason": error.format_message()}
    return texts(f"cli.usage.{key}", **values)


def _bad_value(error: usage.BadParameter, texts: Texts) -> str:
    """Name what was typed and what may be typed, as far as the option declares it."""
    found = _typed(error)
    allowed = _allowed(error.param, texts)
    name = _shown_name(error.param)
    if found is None or allowed is None:
        return texts("cli.usage.bad_value", parameter=name, reason=error.message)
    return texts("errors.parameter_invalid", parameter=name, found=found, allowed=allowed)


def _typed(error: usage.BadParameter) -> str | None:
    """Find the value as it was typed; pydantic, which refused it, still has it."""
    faults = getattr(error.__cause__, "errors", None)
    return str(faults()[0]["input"]) if faults is not None else None


def _allowed(parameter: Any, texts: Texts) -> object:
    if parameter is None:
        return None
    described = parameter.type_descriptor
    if described.choices is not None:
        return [str(choice) for choice in described.choices]
    if described.is_ranged:
        return texts("cli.usage.range", low=str(parameter.min), high=str(parameter.max))
    return None


def _shown_name(parameter: Any) -> str:
    """Give a parameter as it is typed: its longest option, or what stands for it."""
    if parameter is None:
        return ""
    options = [option for option in parameter.opts if option.startswith("-")]
    return max(options, key=len) if options else (parameter.metavar or parameter.name or "")


def _texts_of(context: Context) -> Texts:
    console = context.obj
    if not isinstance(console, Console):  # pragma: no cover - `main` always hands one over
        raise TypeError(type(console))
    return console.texts


def _write_usage(command: Command, context: Context, formatter: HelpFormatter) -> None:
    pieces = " ".join(command.collect_usage_pieces(context))
    prefix = _texts_of(context)("cli.help.usage")
    formatter.write_usage(context.command_path, pieces, prefix=prefix)


def _write_parameters(command: Command, context: Context, formatter: HelpFormatter) -> None:
    texts = _texts_of(context)
    for sort, heading in (("argument", "arguments"), ("option", "options")):
        rows = [
            (
                _shown_name(parameter) if sort == "argument" else record[0],
                _described(parameter, context, texts),
            )
            for parameter in command.get_params(context)
            if parameter.param_type_name == sort
            and (record := parameter.get_help_record(context)) is not None
        ]
        if rows:
            with formatter.section(texts(f"cli.help.{heading}")):
                formatter.write_dl(rows)


def _described(parameter: Parameter, context: Context, texts: Texts) -> str:
    """Give a parameter's help, and whether it must be given or what it is otherwise."""
    if parameter.name == "help":
        return texts("cli.option.help")
    said: str = getattr(parameter, "help", None) or ""
    if parameter.required:
        return f"{said} {texts('cli.help.required')}"
    default = parameter.get_default(context)
    if default in (None, False, "", ()):
        return said
    return f"{said} {texts('cli.help.default', value=str(default))}"
