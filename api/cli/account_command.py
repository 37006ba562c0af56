"""`greengrid account`, `grant`, `token`, `open`, `close`, `audit`: who may do what."""

import datetime as dt
import getpass
import sys
from contextlib import closing
from typing import Annotated, Any

import typer
from typer._click.globals import get_current_context  # of typer's own copy of click

from api.cli.console import Console
from api.cli.options import (
    JsonOption,
    StoreOption,
    console_of,
    login_name,
    opened_for_command,
    store_name,
)
from api.errors import ParameterError, PasswordsDifferError
from api.texts import Texts
from layers import Store, open_store
from layers.accounts import ROLES, Account, Accounts, By, Grant, open_accounts
from layers.exporting import find_unit
from layers.store import Verb
from layers.territory import LEVELS

_LONGEST_AUDIT = 1000

NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
RoleOption = Annotated[str | None, typer.Option("--role", metavar="|".join(ROLES))]
UnitOption = Annotated[str | None, typer.Option("--unit", metavar="CODE")]
KindsOption = Annotated[list[str] | None, typer.Option("--kind", metavar="KIND")]
VerbsOption = Annotated[list[Verb] | None, typer.Option("--verb", case_sensitive=False)]
KindArgument = Annotated[str, typer.Argument(metavar="KIND")]
WritingOption = Annotated[bool, typer.Option("--writing")]
DaysOption = Annotated[int | None, typer.Option("--days", metavar="N", min=1, max=3660)]


def add(
    context: typer.Context,
    name: NameArgument,
    role: RoleOption = None,
    store: StoreOption = None,
) -> None:
    """Add an account; its password is asked for, or read from standard input."""
    console, accounts = console_of(context), _accounts(store)
    password = _new_password(console)
    found = accounts.people.add(name, password, by=_by(), role=role)
    console.say("cli.account.added", name=found.name)
    if role is None:
        console.say("cli.account.next", name=found.name)


def list_(context: typer.Context, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the accounts with what each was granted."""
    console = console_of(context)
    people = _accounts(store).people.all()
    opened = opened_for_command(store_name(store))
    units = _units(opened) if any(g.unit_uid for each in people for g in each.grants) else {}
    if json:
        console.json([_plain(each, units) for each in people])
        return
    texts = console.texts
    console.table(
        [texts(f"cli.account.{heading}") for heading in ("name", "state", "grants")],
        [
            (
                each.name,
                texts(f"cli.account.{'active' if each.disabled_at is None else 'disabled'}"),
                "; ".join(_said(grant, units, texts) for grant in each.grants),
            )
            for each in people
        ],
    )
    if not any(each.administers and each.disabled_at is None for each in people):
        console.note("cli.account.no_administrator")


def disable(
    context: typer.Context,
    name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo")] = False,
    store: StoreOption = None,
) -> None:
    """Disable an account: its sessions and tokens end; or with `--undo` let it in again."""
    console, people = console_of(context), _accounts(store).people
    (people.enable if undo else people.disable)(name, by=_by())
    console.say(f"cli.account.{'enabled' if undo else 'was_disabled'}", name=name)


def password(context: typer.Context, name: NameArgument, store: StoreOption = None) -> None:
    """Give an account another password; its sessions end."""
    console, accounts = console_of(context), _accounts(store)
    accounts.people.named(name)
    accounts.people.set_password(name, _new_password(console), by=_by())
    console.say("cli.account.password_changed", name=name)


def grant(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[str, typer.Argument(metavar="|".join(ROLES))],
    unit: UnitOption = None,
    kind: KindsOption = None,
    verb: VerbsOption = None,
    store: StoreOption = None,
) -> None:
    """Give an account a role, in a unit, for some kinds, with some verbs only."""
    console, accounts = console_of(context), _accounts(store)
    opened = opened_for_command(store_name(store))
    for key in kind or ():
        opened.kind(key)
    uid = None if unit is None else find_unit(opened, unit)
    made = accounts.people.grant(
        name, role, by=_by(), unit_uid=uid, kinds=kind or None, verbs=verb or None
    )
    units = {} if uid is None else {uid: str(unit)}
    said = _said(made, units, console.texts)
    console.say("cli.grant.granted", name=name, grant=said)


def revoke(
    context: typer.Context,
    name: NameArgument,
    number: Annotated[int, typer.Argument(metavar="N", min=1)],
    store: StoreOption = None,
) -> None:
    """Take a grant back."""
    _accounts(store).people.revoke(name, number, by=_by())
    console_of(context).say("cli.grant.revoked", name=name, number=number)


def token_make(
    context: typer.Context,
    name: NameArgument,
    label: Annotated[str, typer.Option("--label", metavar="TEXT")] = "",
    days: DaysOption = None,
    read_only: Annotated[bool, typer.Option("--read-only")] = False,
    store: StoreOption = None,
) -> None:
    """Make a token for programs, and print it this once."""
    console, accounts = console_of(context), _accounts(store)
    made = accounts.tokens.make(
        accounts.people.named(name),
        by=_by(),
        label=label,
        read_only=read_only,
        lasting=None if days is None else dt.timedelta(days=days),
    )
    console.note("cli.token.once")
    console.line(made)


def token_list(context: typer.Context, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the tokens, by their beginnings."""
    console = console_of(context)
    tokens = _accounts(store).tokens.all()
    if json:
        console.json(
            [
                {
                    "prefix": each.prefix,
                    "account": each.account,
                    "label": each.label,
                    "read_only": each.read_only,
                    "valid": each.is_valid,
                    **{
                        name: _iso(getattr(each, name))
                        for name in ("made_at", "ends_at", "used_at", "revoked_at")
                    },
                }
                for each in tokens
            ]
        )
        return
    texts = console.texts
    headings = ("prefix", "account", "label", "reads", "state", "used", "ends")
    console.table(
        [texts(f"cli.token.{heading}") for heading in headings],
        [
            (
                each.prefix,
                each.account,
                each.label,
                texts.value(each.read_only),
                texts(f"cli.token.{'valid' if each.is_valid else 'void'}"),
                _when(each.used_at, texts),
                _when(each.ends_at, texts),
            )
            for each in tokens
        ],
    )


def token_revoke(
    context: typer.Context,
    prefix: Annotated[str, typer.Argument(metavar="PREFIX")],
    store: StoreOption = None,
) -> None:
    """Take a token back."""
    _accounts(store).tokens.revoke(prefix, by=_by())
    console_of(context).say("cli.token.revoked", prefix=prefix)


def open_kind(
    context: typer.Context,
    kind: KindArgument,
    store: StoreOption = None,
    writing: WritingOption = False,
) -> None:
    """Let everybody read a kind, signed in or not, or let programs write it."""
    console, openings = console_of(context), _accounts(store).openings
    found = opened_for_command(store_name(store)).kind(kind)
    title = console.texts.title(found)
    if writing:
        openings.open_writing(found.key, by=_by())
        console.say("cli.open.opened_writing", title=title, kinds=openings.writable())
        return
    openings.open(found.key, by=_by())
    console.say("cli.open.opened", title=title, kinds=openings.all())


def close_kind(
    context: typer.Context,
    kind: KindArgument,
    store: StoreOption = None,
    writing: WritingOption = False,
) -> None:
    """Let only those read a kind who were granted it, or let no program write it."""
    console, openings = console_of(context), _accounts(store).openings
    found = opened_for_command(store_name(store)).kind(kind)
    title = console.texts.title(found)
    if writing:
        openings.close_writing(found.key, by=_by())
        console.say("cli.close.closed_writing", title=title)
        return
    openings.close(found.key, by=_by())
    console.say("cli.close.closed", title=title)


def audit(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, max=_LONGEST_AUDIT)] = 50,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show who did what to accounts and rights, the newest first."""
    console = console_of(context)
    entries = _accounts(store).journal.last(last)
    if json:
        console.json([{**vars(each), "at": _iso(each.at)} for each in entries])
        return
    texts = console.texts
    headings = ("at", "who", "deed.title", "subject", "origin", "result.title")
    console.table(
        [texts(f"cli.audit.{heading}") for heading in headings],
        [
            (
                _when(each.at, texts),
                each.who,
                texts.either(f"cli.audit.deed.{each.deed}", each.deed),
                each.subject,
                each.origin,
                texts.either(f"cli.audit.result.{each.result}", each.result),
            )
            for each in entries
        ],
    )


def _accounts(named: str | None) -> Accounts:
    """Open the accounts of the store that is named, until the command ends."""
    name = store_name(named)
    with closing(open_store(name)):
        pass  # there must be a store
    opened = open_accounts(name)
    running = get_current_context(silent=True)
    if running is not None:
        running.call_on_close(opened.close)
    return opened


def _by() -> By:
    return By(who=login_name() or "-", origin="command line")


def _new_password(console: Console) -> str:
    """Ask twice where somebody sits at the terminal, or else read one line.

    Raises
    ------
    PasswordsDifferError, ParameterError
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise ParameterError(parameter="stdin", found="", allowed="PASSWORD")
        return line
    first = getpass.getpass(console.texts("cli.account.ask"))
    if first != getpass.getpass(console.texts("cli.account.ask_again")):
        raise PasswordsDifferError
    return first


def _units(store: Store) -> dict[str, str]:
    """Give the codes of units by their uids."""
    codes: dict[str, str] = {}
    for level in LEVELS:
        found = store.read(level, columns=["code"])["code"].dropna()
        codes.update((str(uid), str(code)) for uid, code in found.items())
    return codes


def _said(made: Grant, units: dict[str, str], texts: Texts) -> str:
    """Write a grant with its number and limits."""
    limits = []
    if made.unit_uid is not None:
        limits.append(units.get(made.unit_uid, made.unit_uid))
    if made.kinds is not None:
        limits.append(texts.enumerate(made.kinds))
    if made.verbs is not None:
        limits.append(texts.enumerate(texts(f"accounts.verb.{verb.value}") for verb in made.verbs))
    role = texts.either(f"accounts.role.{made.role}", made.role)
    return f"#{made.number} {role}" + (f" ({'; '.join(limits)})" if limits else "")


def _plain(account: Account, units: dict[str, str]) -> dict[str, Any]:
    return {
        "name": account.name,
        "disabled": account.disabled_at is not None,
        "created_at": _iso(account.created_at),
        "grants": [
            {
                "number": each.number,
                "role": each.role,
                "unit": None if each.unit_uid is None else units.get(each.unit_uid),
                "unit_uid": each.unit_uid,
                "kinds": each.kinds,
                "verbs": each.verbs,
            }
            for each in account.grants
        ],
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _when(moment: dt.datetime | None, texts: Texts) -> str:
    return texts.value(None if moment is None else moment.astimezone())
