"""Signing in and out: a session is a row that can be taken away, not a cookie that cannot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase
from layers.accounts.errors import SignInRefusedError
from layers.accounts.journal import By
from layers.accounts.people import names_of
from layers.accounts.schema import ACCOUNT, SESSION
from layers.accounts.secrecy import Passwords, digest, new_secret

IDLE = dt.timedelta(hours=12)
"""A session ends so long after it was last used,"""
LASTING = dt.timedelta(days=7)
"""and so long after it was begun."""

# Its use is written down no more often than this.
_STEP = dt.timedelta(minutes=1)
_LONGEST = 200
_NOBODY = "-"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody's being signed in; `handle` names it, and lets nobody in."""

    handle: str
    begun_at: dt.datetime
    seen_at: dt.datetime
    origin: str


@dataclass(frozen=True, kw_only=True)
class SessionUse:
    """Whose session was shown, whether its use is to be written down, and when it next is."""

    account_id: str
    is_to_be_noted: bool
    fresh_until: dt.datetime


class Sessions:
    """Begin sessions and end them."""

    def __init__(self, database: AccountsDatabase, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def begin(self, name: str, password: str, *, by: By) -> str:
        """Let somebody in, and give the secret by which the session is known.

        Raises
        ------
        SignInRefusedError
        """
        account_id, shown = self.verify(name, password, by=by)
        secret, moment = new_secret(), journal.now()
        with self._database.writing() as connection:
            connection.execute(delete(SESSION).where(_is_over(moment)))
            connection.execute(
                insert(SESSION).values(
                    secret_hash=digest(secret),
                    account_id=account_id,
                    begun_at=moment,
                    seen_at=moment,
                    ends_at=moment + LASTING,
                    origin=by.origin[:_LONGEST],
                )
            )
            journal.write(connection, by, "signed_in", shown)
        return secret

    def verify(self, name: str, password: str, *, by: By) -> tuple[str, str]:
        """Give id and name of the account that somebody knows the password of.

        Raises
        ------
        SignInRefusedError
        """
        account_id, kept, shown = self._find(name)
        if not self._passwords.matches(password, kept) or account_id is None:
            if self._database.exists():
                # A name that nobody has may be a password that was typed a line too early.
                who = by if account_id is not None else replace(by, who=_NOBODY)
                subject = shown if account_id is not None else ""
                with self._database.writing() as connection:
                    journal.write(connection, who, "signed_in", subject, result="refused")
            raise SignInRefusedError
        return account_id, shown

    def end(self, secret: str, *, by: By) -> None:
        """End a session."""
        with self._database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.secret_hash == digest(secret)))
            journal.write(connection, by, "signed_out", by.who)

    def end_all(self, account_id: str, *, by: By) -> None:
        """End every session of an account."""
        with self._database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.account_id == account_id))
            journal.write(connection, by, "signed_out", by.who)

    def of(self, account_id: str) -> list[Session]:
        """List the sessions of an account that have not ended, the newest first."""
        mine = select(SESSION).where(SESSION.c.account_id == account_id, ~_is_over(journal.now()))
        with self._database.reading() as connection:
            return [
                Session(
                    handle=row.secret_hash[:8],
                    begun_at=row.begun_at,
                    seen_at=row.seen_at,
                    origin=row.origin,
                )
                for row in connection.execute(mine.order_by(SESSION.c.begun_at.desc()))
            ]

    def _find(self, name: str) -> tuple[str | None, str | None, str]:
        if not self._database.exists():
            return None, None, name
        try:
            shown, key = names_of(name)
        except ValueError:
            return None, None, name
        sought = select(ACCOUNT.c.id, ACCOUNT.c.password_hash).where(
            ACCOUNT.c.name_key == key, ACCOUNT.c.disabled_at.is_(None)
        )
        with self._database.reading() as connection:
            row = connection.execute(sought).one_or_none()
        return (None, None, shown) if row is None else (row.id, row.password_hash, shown)


def account_of_session(connection: Connection, secret: str) -> SessionUse | None:
    """Find whose session a secret is of; None where it is nobody's any more."""
    moment = journal.now()
    sought = select(SESSION.c.account_id, SESSION.c.seen_at, SESSION.c.ends_at).where(
        SESSION.c.secret_hash == digest(secret), ~_is_over(moment)
    )
    row = connection.execute(sought).one_or_none()
    if row is None:
        return None
    return SessionUse(
        account_id=row.account_id,
        is_to_be_noted=moment - row.seen_at > _STEP,
        fresh_until=min(row.ends_at, row.seen_at + _STEP),
    )


def touch_session(connection: Connection, secret: str) -> None:
    """Write down that a session is in use."""
    mine = update(SESSION).where(SESSION.c.secret_hash == digest(secret))
    connection.execute(mine.values(seen_at=journal.now()))


def _is_over(moment: dt.datetime) -> ColumnElement[bool]:
    return (SESSION.c.ends_at <= moment) | (SESSION.c.seen_at <= moment - IDLE)
