"""Everything about accounts in one object, and who a request comes from."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select

from layers.accounts import journal, people, rules, sessions, tokens
from layers.accounts.attempts import Attempts
from layers.accounts.database import AccountsDatabase, accounts_database, require_current
from layers.accounts.journal import Journal
from layers.accounts.openings import Openings, opened_kinds
from layers.accounts.people import People
from layers.accounts.rules import NOBODY, OWNER, Standing, Visitor
from layers.accounts.schema import ACCOUNT
from layers.accounts.secrecy import Passwords, digest
from layers.accounts.sessions import Sessions
from layers.accounts.setup import SetupCodes
from layers.accounts.tokens import Tokens
from layers.kinds import Kinds
from layers.store.pulse import Pulse, Remembered

# Writes down that a session or a token is in use.
_Touch = Callable[[Connection], None]


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who a visitor is known to be, as long as nothing is committed to the accounts.

    And no longer than until a moment, when their session or token ends, or its use is to be written
    down again.
    """

    visitor: Visitor | None
    fresh_until: dt.datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """Tell whether that moment is still to come."""
        return self.fresh_until is None or journal.now() < self.fresh_until


class Accounts:
    """The accounts of a store: people, sessions, tokens, what is open, and the journal."""

    def __init__(self, database: AccountsDatabase, passwords: Passwords | None = None) -> None:
        """Use the tables in `database`; hash as `passwords` does, by default slowly and well."""
        self._database = database
        hashing = passwords or Passwords()
        self.people = People(database, hashing)
        self.sessions = Sessions(database, hashing)
        self.tokens = Tokens(database)
        self.openings = Openings(database)
        self.journal = Journal(database)
        self.attempts = Attempts(database)
        self.setup_codes = SetupCodes(database)
        self._facts = Remembered(database.pulse)

    @property
    def pulse(self) -> Pulse:
        """Give what tells whether anything was committed here."""
        return self._database.pulse

    @property
    def place(self) -> str:
        """Say where the accounts are, for people."""
        return self._database.place

    def exist(self) -> bool:
        """Tell whether anything was kept here yet."""
        return self._database.exists()

    def have_administrator(self) -> bool:
        """Tell whether rights are in force: whether there is somebody who can give them."""
        return self._facts.get("administrator", self._look_for_administrator)

    def _look_for_administrator(self) -> bool:
        return self._database.exists() and bool(self._database.ask(people.ADMINISTRATOR))

    def visitor(
        self,
        kinds: Kinds,
        *,
        session: str | None = None,
        token: str | None = None,
        is_owner: bool = False,
    ) -> Visitor | None:
        """Say who shows a session or a token, and what they may do.

        Parameters
        ----------
        kinds
            Those of the store, among which grants are read.
        is_owner
            Whether it is the machine's own user, who may do everything until there is an
            administrator.

        Returns
        -------
        visitor
            None for a token that lets nobody in. A session that is over is nobody's.
        """
        return self.known(kinds, session=session, token=token, is_owner=is_owner).visitor

    def known(
        self,
        kinds: Kinds,
        *,
        session: str | None = None,
        token: str | None = None,
        is_owner: bool = False,
    ) -> Known:
        """Say the same, and until when it holds where nothing is committed."""
        shown = tuple(None if one is None else digest(one) for one in (session, token))
        find = partial(self._find, kinds, session, token, is_owner=is_owner)
        # Kinds by identity: they are replaced as a whole.
        return self._facts.get(
            ("visitor", *shown, is_owner),
            lambda: (kinds, find()),
            lambda known: kinds is known[0] and known[1].is_fresh,
        )[1]

    def _find(
        self, kinds: Kinds, session: str | None, token: str | None, *, is_owner: bool
    ) -> Known:
        if not self.have_administrator():
            return Known(visitor=_unset(is_owner=is_owner))
        with self._database.reading() as connection:
            if token is not None:
                known, touch = _by_token(connection, kinds, token)
            else:
                known, touch = _by_session(connection, kinds, session)
        if touch is not None:
            with self._database.writing() as connection:
                touch(connection)
        return known

    def require_ready(self) -> None:
        """Refuse where accounts cannot be read; where there are none yet, all is well.

        Raises
        ------
        StoreTooNewError, StoreError
        """
        if self._database.exists():
            with self._database.reading() as connection:
                require_current(connection, self.place)

    def visitor_of_account(
        self, kinds: Kinds, account_id: str | None, *, read_only: bool = False
    ) -> Visitor:
        """Say what an account may do by now; with None the machine's own user.

        Whoever has no account any more, or a disabled one, is nobody.
        """
        if account_id is None or not self._database.exists():
            return _unset(is_owner=account_id is None and not self.have_administrator())
        with self._database.reading() as connection:
            standing = Standing.SIGNED_IN
            return _visitor(connection, kinds, account_id, standing, read_only=read_only)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def open_accounts(
    store: str | os.PathLike[str],
    *,
    passwords: Passwords | None = None,
    pulse: Pulse | None = None,
) -> Accounts:
    """Open the accounts of the store at a path or URL; nothing is made until one is added.

    `pulse` is that of the store, where it is open; accounts in the same database share it.

    Raises
    ------
    BackendUnsupportedError, DriverMissingError
    """
    return Accounts(accounts_database(store, pulse=pulse), passwords)


def _unset(*, is_owner: bool) -> Visitor:
    return OWNER if is_owner else NOBODY


def _by_token(connection: Connection, kinds: Kinds, token: str) -> tuple[Known, _Touch | None]:
    use = tokens.account_of_token(connection, token)
    if use is None:
        return Known(visitor=None), None
    visitor = _visitor(connection, kinds, use.account_id, Standing.TOKEN, read_only=use.read_only)
    touch = partial(tokens.touch_token, prefix=use.prefix) if use.is_to_be_noted else None
    return Known(visitor=visitor, fresh_until=use.fresh_until), touch


def _by_session(
    connection: Connection, kinds: Kinds, session: str | None
) -> tuple[Known, _Touch | None]:
    use = None if session is None else sessions.account_of_session(connection, session)
    if session is None or use is None:
        scope = rules.public_scope(opened_kinds(connection))
        return Known(visitor=Visitor(standing=Standing.PUBLIC, scope=scope)), None
    visitor = _visitor(connection, kinds, use.account_id, Standing.SIGNED_IN)
    touch = partial(sessions.touch_session, secret=session) if use.is_to_be_noted else None
    return Known(visitor=visitor, fresh_until=use.fresh_until), touch


def _visitor(
    connection: Connection,
    kinds: Kinds,
    account_id: str,
    standing: Standing,
    *,
    read_only: bool = False,
) -> Visitor:
    opened = opened_kinds(connection)
    mine = select(ACCOUNT.c.name).where(ACCOUNT.c.id == account_id, ACCOUNT.c.disabled_at.is_(None))
    name = connection.scalar(mine)
    if name is None:
        return Visitor(standing=Standing.PUBLIC, scope=rules.public_scope(opened))
    grants = people.grants_of(connection, account_id)
    return Visitor(
        standing=standing,
        scope=rules.granted_scope(grants, opened, kinds, read_only=read_only),
        name=name,
        account_id=account_id,
        administers=rules.administers(grants, read_only=read_only),
    )
