"""Accounts: who may sign in, and what each was granted."""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase, lock
from layers.accounts.errors import (
    AccountNameError,
    AccountTakenError,
    AccountUnknownError,
    GrantLimitError,
    GrantUnknownError,
    LastAdministratorError,
    RoleUnknownError,
)
from layers.accounts.journal import By
from layers.accounts.roles import ROLES
from layers.accounts.schema import ACCOUNT, GRANT, SESSION, TOKEN
from layers.accounts.secrecy import Passwords
from layers.store.scope import Verb

LONGEST_NAME = 64


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role given to an account, within limits; None is no limit of that sort."""

    number: int
    role: str
    unit_uid: str | None = None
    kinds: tuple[str, ...] | None = None
    verbs: tuple[Verb, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who may sign in, unless disabled."""

    id: str
    name: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    grants: tuple[Grant, ...] = ()

    @property
    def administers(self) -> bool:
        """Tell whether a role of theirs lets them change accounts."""
        return any(grant.role in ADMINISTERING for grant in self.grants)


ADMINISTERING = frozenset(role.key for role in ROLES.values() if role.administers)


class People:
    """Add accounts and change them; what they are granted likewise."""

    def __init__(self, database: AccountsDatabase, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def add(
        self, name: str, password: str, *, by: By, role: str | None = None, first: bool = False
    ) -> Account:
        """Add an account, with a role without limits where one is named.

        With `first` only as long as nobody administers yet.

        Raises
        ------
        AccountNameError, AccountTakenError, PasswordUnfitError, RoleUnknownError
        LastAdministratorError
            `first`, and there is an administrator.
        """
        shown, key = names_of(name)
        hashed = self._passwords.hash(password, name=shown)
        _require_role(role)
        uid = str(uuid.uuid4())
        with self._database.writing() as connection:
            _lock(connection)
            if first and has_administrator(connection):
                raise LastAdministratorError(name=shown)
            if connection.scalar(select(ACCOUNT.c.id).where(ACCOUNT.c.name_key == key)):
                raise AccountTakenError(name=shown)
            connection.execute(
                insert(ACCOUNT).values(
                    id=uid,
                    name=shown,
                    name_key=key,
                    password_hash=hashed,
                    created_at=journal.now(),
                )
            )
            journal.write(connection, by, "account_added", shown)
            if role is not None:
                _grant(connection, uid, by, role=role)
                journal.write(connection, by, "granted", f"{shown}: {role}")
            return _account(connection, _row(connection, shown))

    def all(self) -> list[Account]:
        """List the accounts by name."""
        if not self._database.exists():
            return []
        with self._database.reading() as connection:
            rows = connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name_key)).all()
            return [_account(connection, row) for row in rows]

    def named(self, name: str) -> Account:
        """Find an account.

        Raises
        ------
        AccountUnknownError
        """
        if not self._database.exists():
            raise AccountUnknownError(name=name, close=())
        with self._database.reading() as connection:
            return _account(connection, _row(connection, name))

    def set_password(self, name: str, password: str, *, by: By) -> None:
        """Give an account another password; whoever is signed in with the old one no longer is.

        Raises
        ------
        AccountUnknownError, PasswordUnfitError
        """
        with self._database.writing() as connection:
            row = _row(connection, name)
            hashed = self._passwords.hash(password, name=row.name)
            chosen = update(ACCOUNT).where(ACCOUNT.c.id == row.id)
            connection.execute(chosen.values(password_hash=hashed))
            connection.execute(delete(SESSION).where(SESSION.c.account_id == row.id))
            journal.write(connection, by, "password_changed", row.name)

    def disable(self, name: str, *, by: By) -> None:
        """Let an account do nothing from now on: its sessions and tokens end.

        Raises
        ------
        AccountUnknownError, LastAdministratorError
        """
        with self._database.writing() as connection:
            _lock(connection)
            row = _row(connection, name)
            disabled = update(ACCOUNT).where(ACCOUNT.c.id == row.id)
            connection.execute(disabled.values(disabled_at=journal.now()))
            connection.execute(delete(SESSION).where(SESSION.c.account_id == row.id))
            ended = update(TOKEN).where(TOKEN.c.account_id == row.id, TOKEN.c.revoked_at.is_(None))
            connection.execute(ended.values(revoked_at=journal.now()))
            _require_administrator(connection, row.name)
            journal.write(connection, by, "account_disabled", row.name)

    def enable(self, name: str, *, by: By) -> None:
        """Let a disabled account sign in again; its tokens stay revoked.

        Raises
        ------
        AccountUnknownError
        """
        with self._database.writing() as connection:
            row = _row(connection, name)
            enabled = update(ACCOUNT).where(ACCOUNT.c.id == row.id)
            connection.execute(enabled.values(disabled_at=None))
            journal.write(connection, by, "account_enabled", row.name)

    def grant(
        self,
        name: str,
        role: str,
        *,
        by: By,
        unit_uid: str | None = None,
        kinds: Collection[str] | None = None,
        verbs: Collection[Verb] | None = None,
    ) -> Grant:
        """Give an account a role, within limits.

        Raises
        ------
        AccountUnknownError, RoleUnknownError, GrantLimitError
        """
        _require_role(role)
        limits = {
            "unit_uid": unit_uid,
            "kinds": None if kinds is None else sorted(set(kinds)),
            "verbs": None if verbs is None else sorted({Verb(verb).value for verb in verbs}),
        }
        limits = {limit: value for limit, value in limits.items() if value is not None}
        if role in ADMINISTERING and limits:
            raise GrantLimitError(role=role)
        with self._database.writing() as connection:
            row = _row(connection, name)
            number = _grant(connection, row.id, by, role=role, **limits)
            said = " ".join([role, *(f"{limit}={value}" for limit, value in limits.items())])
            journal.write(connection, by, "granted", f"{row.name}: {said}")
            account = _account(connection, row)
        return next(each for each in account.grants if each.number == number)

    def revoke(self, name: str, number: int, *, by: By) -> None:
        """Take a grant back.

        Raises
        ------
        AccountUnknownError, GrantUnknownError, LastAdministratorError
        """
        with self._database.writing() as connection:
            _lock(connection)
            row = _row(connection, name)
            mine = (GRANT.c.account_id == row.id) & (GRANT.c.id == number)
            role = connection.scalar(select(GRANT.c.role).where(mine))
            if role is None:
                raise GrantUnknownError(number=number, name=row.name)
            connection.execute(delete(GRANT).where(mine))
            if role in ADMINISTERING:
                _require_administrator(connection, row.name)
            journal.write(connection, by, "grant_revoked", f"{row.name}: {role}")


# Made once: it is asked after every commit.
ADMINISTRATOR = (
    select(ACCOUNT.c.id)
    .join(GRANT, GRANT.c.account_id == ACCOUNT.c.id)
    .where(or_(*(GRANT.c.role == role for role in sorted(ADMINISTERING))))
    .where(ACCOUNT.c.disabled_at.is_(None))
    .limit(1)
)


def names_of(name: str) -> tuple[str, str]:
    """Give a name as it is shown, and what it is compared by.

    Raises
    ------
    AccountNameError
    """
    shown = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 0 < len(shown) <= LONGEST_NAME or not shown.isprintable():
        raise AccountNameError(name=shown[:LONGEST_NAME], longest=LONGEST_NAME)
    return shown, shown.casefold()


def has_administrator(connection: Connection) -> bool:
    """Tell whether anybody can give rights."""
    return connection.scalar(ADMINISTRATOR) is not None


def grants_of(connection: Connection, account_id: str) -> tuple[Grant, ...]:
    """Read what an account was granted, the first one first."""
    chosen = select(GRANT).where(GRANT.c.account_id == account_id).order_by(GRANT.c.id)
    return tuple(
        Grant(
            number=row.id,
            role=row.role,
            unit_uid=row.unit_uid,
            kinds=None if row.kinds is None else tuple(row.kinds),
            verbs=None if row.verbs is None else tuple(Verb(verb) for verb in row.verbs),
        )
        for row in connection.execute(chosen)
    )


def _grant(connection: Connection, account_id: str, by: By, **values: object) -> int:
    made = insert(GRANT).values(
        account_id=account_id, granted_at=journal.now(), granted_by=by.who, **values
    )
    number = connection.execute(made).inserted_primary_key
    return int(number[0]) if number is not None else 0


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    key = " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name_key == key)).one_or_none()
    if row is None:
        known = connection.scalars(select(ACCOUNT.c.name)).all()
        raise AccountUnknownError(name=name, close=tuple(get_close_matches(name, known)))
    return row


def _account(connection: Connection, row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        grants=grants_of(connection, row.id),
    )


def _require_role(role: str | None) -> None:
    if role is not None and role not in ROLES:
        raise RoleUnknownError(role=role, known=tuple(ROLES))


def _require_administrator(connection: Connection, name: str) -> None:
    if not has_administrator(connection):
        raise LastAdministratorError(name=name)


def _lock(connection: Connection) -> None:
    """Let nobody else change accounts meanwhile, where a transaction alone does not do it."""
    lock(connection, ACCOUNT)
