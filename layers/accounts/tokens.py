"""Tokens for programs: shown once when made, known by their beginning, taken back at any time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase
from layers.accounts.errors import TokenUnknownError
from layers.accounts.journal import By
from layers.accounts.people import Account
from layers.accounts.schema import ACCOUNT, TOKEN
from layers.accounts.secrecy import digest, is_same, new_token, prefix_of

_STEP = dt.timedelta(minutes=1)
_LONGEST_LABEL = 100
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Token:
    """What is known of a token; never the token itself."""

    prefix: str
    account: str
    label: str
    read_only: bool
    made_at: dt.datetime
    ends_at: dt.datetime | None
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    @property
    def is_valid(self) -> bool:
        """Tell whether it still lets anybody in."""
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > journal.now())


@dataclass(frozen=True, kw_only=True)
class TokenUse:
    """Whose token was shown, whether it only reads, and when its use is written down, and next."""

    account_id: str
    prefix: str
    read_only: bool
    is_to_be_noted: bool
    fresh_until: dt.datetime


class Tokens:
    """Make tokens and take them back."""

    def __init__(self, database: AccountsDatabase) -> None:
        self._database = database

    def make(
        self,
        account: Account,
        *,
        by: By,
        label: str = "",
        read_only: bool = False,
        lasting: dt.timedelta | None = None,
    ) -> str:
        """Make a token; what is returned is kept nowhere."""
        token, prefix = new_token()
        moment = journal.now()
        with self._database.writing() as connection:
            connection.execute(
                insert(TOKEN).values(
                    prefix=prefix,
                    secret_hash=digest(token),
                    account_id=account.id,
                    label=label[:_LONGEST_LABEL],
                    read_only=read_only,
                    made_at=moment,
                    ends_at=None if lasting is None else moment + lasting,
                )
            )
            journal.write(connection, by, "token_made", f"{account.name}: {prefix}")
        return token

    def all(self, account: Account | None = None) -> list[Token]:
        """List the tokens, of one account or of all, the first one first."""
        if not self._database.exists():
            return []
        names = [TOKEN.c[name] for name in _SHOWN]
        chosen = select(ACCOUNT.c.name.label("account"), *names).join(
            ACCOUNT, ACCOUNT.c.id == TOKEN.c.account_id
        )
        if account is not None:
            chosen = chosen.where(TOKEN.c.account_id == account.id)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(TOKEN.c.made_at)).mappings()
            return [Token(**row) for row in rows]

    def revoke(self, prefix: str, *, by: By) -> None:
        """Take a token back.

        Raises
        ------
        TokenUnknownError
        """
        if not self._database.exists():
            raise TokenUnknownError(prefix=prefix)
        mine = update(TOKEN).where(TOKEN.c.prefix == prefix, TOKEN.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            if not connection.execute(mine.values(revoked_at=journal.now())).rowcount:
                raise TokenUnknownError(prefix=prefix)
            journal.write(connection, by, "token_revoked", prefix)


_SHOWN = ("prefix", "label", "read_only", "made_at", "ends_at", "used_at", "revoked_at")


def account_of_token(connection: Connection, token: str) -> TokenUse | None:
    """Find whose token somebody shows; None for one that is none, is over or was taken back."""
    prefix = prefix_of(token)
    if prefix is None:
        return None
    moment = journal.now()
    sought = select(TOKEN).where(TOKEN.c.prefix == prefix, _is_valid(moment))
    row = connection.execute(sought).one_or_none()
    if row is None or not is_same(row.secret_hash, digest(token)):
        return None
    return TokenUse(
        account_id=row.account_id,
        prefix=prefix,
        read_only=row.read_only,
        is_to_be_noted=row.used_at is None or moment - row.used_at > _STEP,
        fresh_until=min(row.ends_at or _NEVER, (row.used_at or moment) + _STEP),
    )


def touch_token(connection: Connection, prefix: str) -> None:
    """Write down that a token is in use."""
    mine = update(TOKEN).where(TOKEN.c.prefix == prefix)
    connection.execute(mine.values(used_at=journal.now()))


def _is_valid(moment: dt.datetime) -> ColumnElement[bool]:
    return TOKEN.c.revoked_at.is_(None) & or_(TOKEN.c.ends_at.is_(None), TOKEN.c.ends_at > moment)
