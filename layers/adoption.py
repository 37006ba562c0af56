"""Which adoption plots are alive: a plot is green only while somebody cares for it.

A plot is alive on a day when one of its adoptions is. An adoption is alive while all of this
holds:

* its state says that it runs (`RUNNING`), the day lies in its term and it has not been ended;
* the last care, or its beginning where there was none yet, is no longer ago than the agreed
  interval;
* the survival counted last is not below what was agreed.

What an agreement does not say (no interval, no share, no end) does not let it lapse.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

# States in the life of an adoption in which somebody is bound to care.
RUNNING = frozenset({"active", "renewed"})


def plots_alive(
    plots: pd.DataFrame, adoptions: pd.DataFrame, care_logs: pd.DataFrame, on: dt.date
) -> pd.Series:
    """Tell which plots are alive on a day.

    Parameters
    ----------
    plots
        Adoption plots with `code`.
    adoptions, care_logs
        Registers as the store gives them.

    Returns
    -------
    alive
        Boolean, indexed as `plots`; False for a plot that nobody has adopted.
    """
    alive = adoptions[adoptions_alive(adoptions, care_logs, on)]
    return plots["code"].isin(alive["plot_code"].dropna()).rename("alive")


def adoptions_alive(adoptions: pd.DataFrame, care_logs: pd.DataFrame, on: dt.date) -> pd.Series:
    """Tell which adoptions are alive on a day; boolean, indexed as `adoptions`."""
    day = pd.Timestamp(on)
    begin, end, ended = (
        pd.to_datetime(adoptions[name]) for name in ("agreed_from", "agreed_to", "ended_on")
    )
    runs = adoptions["state"].isin(RUNNING)
    in_term = ~(begin > day) & ~(end <= day) & ~(ended <= day)
    last = _last_care(adoptions, care_logs, day)
    cared = _cared_in_time(adoptions, begin, pd.to_datetime(last["cared_on"]), day)
    required = adoptions["survival_share_required"].astype("Float64")
    survives = ~(last["survival_share"] < required).fillna(value=False)
    return (runs & in_term & cared & survives).astype(bool).rename("alive")


def _last_care(adoptions: pd.DataFrame, care_logs: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Find the last care and the last counted survival of each adoption up to `day`."""
    dated = care_logs.assign(cared_on=pd.to_datetime(care_logs["cared_on"]))
    known = dated[dated["cared_on"] <= day].sort_values(["cared_on", "code"])
    # `last` skips missing values: the last survival is the last one that was counted.
    last = known.groupby("adoption_code")[["cared_on", "survival_share"]].last()
    found = last.reindex(adoptions["code"])
    return found.set_axis(adoptions.index).astype({"survival_share": "Float64"})


def _cared_in_time(
    adoptions: pd.DataFrame, begin: pd.Series, last_care: pd.Series, day: pd.Timestamp
) -> pd.Series:
    # Care before the present term does not excuse neglect in it.
    since = np.fmax(begin.to_numpy(), last_care.to_numpy())
    days = pd.Series((day - pd.DatetimeIndex(since)).days, index=adoptions.index)
    interval = adoptions["care_interval_days"].astype("Float64")
    return ~(days.astype("Float64") > interval).fillna(value=False)
