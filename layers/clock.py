"""What time it is: the one place that asks the system.

A day begins and ends where the city is, which is where the service runs (its time zone is the
system's, or `TZ`). Moments that are recorded are UTC.
"""

from __future__ import annotations

import datetime as dt

__all__ = ["here_and_now", "now", "today"]


def now() -> dt.datetime:
    """Give this moment in UTC."""
    return dt.datetime.now(dt.UTC)


def here_and_now() -> dt.datetime:
    """Give this moment as the clocks of the city show it."""
    return dt.datetime.now().astimezone()


def today() -> dt.date:
    """Give the day it is here: a period ends at midnight where the city is."""
    return here_and_now().date()
