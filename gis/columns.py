"""Optional columns read as what they mean: truth values, numbers, texts."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import ArgumentTypeError

__all__ = ["flags", "numbers", "texts"]


def flags(rows: pd.DataFrame, column: str, argument: str, *, missing: bool) -> NDArray[np.bool_]:
    """Read truth values, also 1 and 0; a missing one is `missing`, without the column all are true.

    Raises
    ------
    ArgumentTypeError

    Examples
    --------
    >>> flags(pd.DataFrame({"alive": [1, 0, None]}), "alive", "plots", missing=False).tolist()
    [True, False, False]
    """
    if column not in rows:
        return np.ones(len(rows), dtype=bool)
    try:
        values = rows[column].astype("boolean")
    except (TypeError, ValueError):
        raise _wrong(rows, column, argument, "true or false") from None
    return values.fillna(missing).to_numpy(bool)


def numbers(rows: pd.DataFrame, column: str, argument: str) -> NDArray[np.float64]:
    """Read numbers; a missing one is NaN.

    Raises
    ------
    ArgumentTypeError

    Examples
    --------
    >>> numbers(pd.DataFrame({"people": [3, None]}), "people", "places").tolist()
    [3.0, nan]
    """
    try:
        return rows[column].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise _wrong(rows, column, argument, "numbers") from None


def texts(rows: pd.DataFrame, column: str) -> "pd.Series[str]":
    """Read trimmed texts; a missing one is empty, as are all without the column.

    Examples
    --------
    >>> texts(pd.DataFrame({"code": [" G1", None, 1401]}), "code").tolist()
    ['G1', '', '1401']
    """
    if column not in rows:
        return pd.Series("", rows.index, dtype=str)
    values = rows[column]
    return values.astype(object).where(values.notna(), "").astype(str).str.strip()


def _wrong(rows: pd.DataFrame, column: str, argument: str, allowed: str) -> ArgumentTypeError:
    found = str(rows[column].dtype)
    return ArgumentTypeError(argument=f"{argument}.{column}", found=found, allowed=allowed)
