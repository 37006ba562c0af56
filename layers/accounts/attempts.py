"""How often somebody may try: passwords are guessed by trying many.

Attempts lie with the accounts, so that all processes of a service count together. What somebody
typed as a name may be a password: only a hash of it is kept, and for an hour.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from layers.accounts import journal
from layers.accounts.database import AccountsDatabase, lock
from layers.accounts.schema import ATTEMPT
from layers.accounts.secrecy import digest

_MINUTE, _HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
_LONGEST = 100


class Limit(NamedTuple):
    """So many attempts within so long."""

    most: int
    within: dt.timedelta


LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "address": (Limit(20, _MINUTE),),
    "name": (Limit(5, _MINUTE), Limit(40, _HOUR)),
}


class Attempts:
    """Count attempts by address and by name."""

    def __init__(self, database: AccountsDatabase) -> None:
        self._database = database

    def count(self, address: str, name: str) -> int:
        """Count one more attempt, unless there were too many.

        Returns
        -------
        wait_s
            After how many seconds the next one is let happen; 0 for this one. Where there are no
            accounts there is nothing to guess, and nothing is counted.
        """
        if not self._database.exists():
            return 0
        moment = journal.now()
        with self._database.writing() as connection:
            lock(connection, ATTEMPT)
            connection.execute(delete(ATTEMPT).where(ATTEMPT.c.at <= moment - _HOUR))
            return _hit(connection, "address", address, moment) or _hit(
                connection, "name", name, moment
            )

    def forget(self, name: str) -> None:
        """Forget the attempts of somebody who has come in by now."""
        with self._database.writing() as connection:
            connection.execute(delete(ATTEMPT).where(ATTEMPT.c.key == _key("name", name)))


def _hit(connection: Connection, sort: str, value: str, moment: dt.datetime) -> int:
    key = _key(sort, value)
    earlier = select(ATTEMPT.c.at).where(ATTEMPT.c.key == key).order_by(ATTEMPT.c.at.desc())
    times = connection.scalars(earlier).all()
    for limit in LIMITS[sort]:
        if len(times) < limit.most:
            continue
        wait = (times[limit.most - 1] + limit.within - moment).total_seconds()
        if wait > 0:
            return max(1, math.ceil(wait))
    connection.execute(insert(ATTEMPT).values(key=key, at=moment))
    return 0


def _key(sort: str, value: str) -> str:
    return digest(f"{sort} {value.strip().casefold()[:_LONGEST]}")
