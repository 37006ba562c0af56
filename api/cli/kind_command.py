"""`greengrid kind`: list the kinds of a store, show one, add one of one's own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console
from api.cli.options import (
    JsonOption,
    StoreOption,
    console_of,
    login_name,
    opened_for_command,
    store_name,
    store_of,
)
from api.errors import FileMissingError, StoreNotChosenError
from api.texts import Texts
from layers.kinds import KINDS, Field, Kind, Kinds
from layers.kinds.own import read_kind_file, write_declaration
from layers.store import KindOutcome

_SHOWN_WORDS = 4


def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: JsonOption = False,
) -> None:
    """Add a kind to a store, or widen one."""
    console = console_of(context)
    if not file.is_file():
        raise FileMissingError(path=str(file))
    opened = store_of(store)
    declaration = read_kind_file(file, known=opened.kinds)
    who = author if author is not None else login_name()
    outcome = opened.add_kind(declaration, author=who, dry_run=dry_run)
    if json:
        console.json(_plain_outcome(outcome, dry_run=dry_run))
        return
    texts = console.texts
    console.say(
        f"cli.kind.{'would_be_' if dry_run else ''}{outcome.deed}",
        name=outcome.kind.key,
        title=texts.title(outcome.kind),
        fields=outcome.new_fields,
    )
    if not dry_run:
        console.say("cli.kind.next", name=outcome.kind.key, store=opened.place)


def list_(context: typer.Context, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the kinds of a store, or those that come with the package."""
    console = console_of(context)
    kinds, counts = _kinds_of(store, with_counts=True)
    if json:
        console.json(
            [_plain(kind, kinds) | {"count": counts.get(kind.key)} for kind in _sorted(kinds)]
        )
        return
    texts = console.texts
    headings = ("key", "title", "theme", "geometry", "origin", "count")
    console.table(
        [texts(f"cli.kind.{heading}") for heading in headings],
        [
            (
                kind.key,
                texts.title(kind),
                texts.title(kinds.theme_of(kind)),
                _geometry(kind, texts),
                texts(f"cli.kind.{_origin(kind, kinds)}"),
                texts.value(counts.get(kind.key)),
            )
            for kind in _sorted(kinds)
        ],
        right=(5,),
    )


def show(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY")],
    store: StoreOption = None,
    toml: Annotated[bool, typer.Option("--toml")] = False,
    json: JsonOption = False,
) -> None:
    """Show the fields of a kind, or its declaration as TOML."""
    console = console_of(context)
    kinds, _ = _kinds_of(store, with_counts=False)
    kind = kinds.named(key)
    if toml:
        console.line(_toml(kind, kinds).rstrip("\n"))
    elif json:
        console.json(_plain(kind, kinds))
    else:
        _print(kind, kinds, console)


def _kinds_of(store: str | None, *, with_counts: bool) -> tuple[Kinds, dict[str, int]]:
    """Give the kinds of the store that is named, or else of the package."""
    try:
        name = store_name(store)
    except StoreNotChosenError:
        return KINDS, {}
    opened = opened_for_command(name)
    counts = opened.counts() if with_counts else {}
    return opened.kinds, counts


def _sorted(kinds: Kinds) -> list[Kind]:
    """List kinds theme by theme."""
    themes = list(kinds.themes)
    return sorted(kinds.values(), key=lambda kind: themes.index(kind.group))


def _toml(kind: Kind, kinds: Kinds) -> str:
    """Write a kind so that the text stands alone; what comes with the package goes by its key."""
    theme = None if kind.group in KINDS.themes else kinds.theme_of(kind)
    return write_declaration(kind, theme, built_in=KINDS.code_lists())


def _print(kind: Kind, kinds: Kinds, console: Console) -> None:
    texts = console.texts
    console.say(
        "cli.kind.about",
        name=kind.key,
        title=texts.title(kind),
        theme=texts.title(kinds.theme_of(kind)),
        geometry=_geometry(kind, texts),
        origin=texts(f"cli.kind.{_origin(kind, kinds)}"),
    )
    console.table(
        [texts(f"cli.kind.{name}") for name in ("field", "title", "type", "aliases")],
        [
            (
                f"{field.key}{'*' if field.required else ''}",
                texts.title(field),
                _type(field, texts),
                texts.enumerate(field.aliases),
            )
            for field in kind.fields
        ],
    )


def _geometry(kind: Kind, texts: Texts) -> str:
    if not kind.is_spatial:
        return texts("cli.kind.register")
    return texts.enumerate(texts(f"cli.kind.{family}") for family in kind.geometry)


def _origin(kind: Kind, kinds: Kinds) -> str:
    return "own" if kind.key in kinds.own else "built_in"


def _type(field: Field, texts: Texts) -> str:
    words = [field.type.value]
    if field.unit:
        words.append(field.unit)
    if field.minimum is not None or field.maximum is not None:
        bounds = (
            "" if each is None else texts.value(each) for each in (field.minimum, field.maximum)
        )
        words.append("…".join(bounds))
    if field.codes is not None:
        titles = [texts.title(choice) for choice in field.codes.choices[:_SHOWN_WORDS]]
        more = ["…"] if len(field.codes.choices) > _SHOWN_WORDS or field.codes.extensible else []
        words.append(f"{field.codes.key}: {texts.enumerate([*titles, *more])}")
    if field.refers_to is not None:
        words.append(f"→ {field.refers_to}")
    return "; ".join(words)


def _plain(kind: Kind, kinds: Kinds) -> dict[str, Any]:
    return {
        "key": kind.key,
        "title": {"zh": kind.title_zh, "en": kind.title_en},
        "theme": kind.group,
        "geometry": [family.value for family in kind.geometry],
        "origin": _origin(kind, kinds),
        "fields": [
            {
                "key": field.key,
                "title": {"zh": field.title_zh, "en": field.title_en},
                "type": field.type.value,
                "unit": field.unit,
                "required": field.required,
                "values": list(field.codes.values) if field.codes else None,
                "aliases": list(field.aliases),
            }
            for field in kind.fields
        ],
    }


def _plain_outcome(outcome: KindOutcome, *, dry_run: bool) -> dict[str, Any]:
    return {
        "key": outcome.kind.key,
        "outcome": outcome.deed.value,
        "new_fields": list(outcome.new_fields),
        "dry_run": dry_run,
    }
