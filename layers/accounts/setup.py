"""The code by which the first administrator is made: printed once, and good once."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete, insert, select

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase
from layers.accounts.people import has_administrator
from layers.accounts.schema import SETUP_CODE
from layers.accounts.secrecy import digest

LASTING = dt.timedelta(hours=24)
"""So long a code is good, as long as there is no administrator."""

_BYTES = 16


class SetupCodes:
    """Make codes and know them again, in whichever process they are shown."""

    def __init__(self, database: AccountsDatabase) -> None:
        self._database = database

    def make(self) -> str | None:
        """Make a code, of which a hash is kept; None once there is an administrator."""
        code, moment = secrets.token_urlsafe(_BYTES), journal.now()
        with self._database.writing() as connection:
            if has_administrator(connection):
                return None
            connection.execute(delete(SETUP_CODE).where(SETUP_CODE.c.ends_at <= moment))
            row = {"secret_hash": digest(code), "ends_at": moment + LASTING}
            connection.execute(insert(SETUP_CODE).values(**row))
        return code

    def knows(self, code: str) -> bool:
        """Tell whether a code is one that was made and is good still."""
        if not self._database.exists():
            return False
        kept = SETUP_CODE.c.secret_hash == digest(code.strip())
        with self._database.reading() as connection:
            found = select(kept).where(kept, SETUP_CODE.c.ends_at > journal.now())
            return connection.scalar(found) is not None

    def forget_all(self) -> None:
        """Make every code void."""
        with self._database.writing() as connection:
            connection.execute(delete(SETUP_CODE))
