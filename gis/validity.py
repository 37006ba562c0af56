"""Which rows exist on a date, by `valid_from` and `valid_to`.

Periods are half-open: a row exists from `valid_from` up to, but not on, `valid_to`. A missing
bound is no bound. Dates may be dates, timestamps (their time of day is dropped) or texts that
begin with year-month-day, also far ones such as 9999-12-31.
"""

from datetime import date, datetime

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.errors import DateError

__all__ = ["exists_on", "read_date"]

_ISO_DAY = r"\d{4}-\d{2}-\d{2}"


def read_date(value: date | str | None) -> date | None:
    """Read a date; None stays None.

    Raises
    ------
    DateError

    Examples
    --------
    >>> read_date("2026-05-01")
    datetime.date(2026, 5, 1)
    """
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise DateError(argument="on", found=value, label=None) from None


def exists_on(rows: GeoDataFrame, on: date, *, argument: str) -> NDArray[np.bool_]:
    """Mark the rows that exist on a date; without the two columns all do.

    Raises
    ------
    DateError
        For a value of the two columns that is not a date.

    Examples
    --------
    >>> rows = GeoDataFrame({"valid_to": ["2026-05-01", None]}, geometry=[None, None])
    >>> exists_on(rows, date(2026, 4, 30), argument="places").tolist()
    [True, True]
    >>> exists_on(rows, date(2026, 5, 1), argument="places").tolist()
    [False, True]
    """
    exists = np.ones(len(rows), dtype=bool)
    day = np.datetime64(on, "D")
    if "valid_from" in rows:
        starts = _days(rows["valid_from"], f"{argument}.valid_from")
        exists &= np.isnat(starts) | (starts <= day)
    if "valid_to" in rows:
        ends = _days(rows["valid_to"], f"{argument}.valid_to")
        exists &= np.isnat(ends) | (day < ends)
    return exists


def _days(column: pd.Series, argument: str) -> NDArray[np.datetime64]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if np.issubdtype(column.to_numpy().dtype, np.datetime64):
        return column.to_numpy().astype("datetime64[D]")
    # Not by pandas: its timestamps end in 2262, ledgers write 9999-12-31 for "for ever".
    days = np.full(len(column), np.datetime64("NaT"), dtype="datetime64[D]")
    given = column.notna().to_numpy()
    texts = column[given].astype(str).str.strip().str.slice(0, 10)
    _require_days(texts, argument)
    try:
        days[given] = texts.to_numpy(dtype=object).astype("datetime64[D]")
    except ValueError as error:
        raise DateError(argument=argument, found=str(error), label=None) from None
    return days


def _require_days(texts: pd.Series, argument: str) -> None:
    wrong = texts[~texts.str.fullmatch(_ISO_DAY).to_numpy(bool)]
    if len(wrong):
        raise DateError(argument=argument, found=wrong.iloc[0], label=wrong.index[0])
