"""Rows of a file among what the store holds: what somebody should look at."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from geopandas import GeoSeries

from layers.importing.checks import Register, Rows, check_among_others
from layers.importing.keys import keys_of
from layers.importing.plan import Plan
from layers.store import Scope, Store


def look_around(plan: Plan, store: Store, scope: Scope, *, leave_out: Collection[str] = ()) -> None:
    """Write into the findings of a plan what shows only beside other rows and features.

    No row is rejected for it: the plan stays what it is. `leave_out` names checks not to run.
    """
    prepared = plan.prepared
    register = Register(store, scope)
    by = prepared.matches.key_fields or (prepared.kind.key_field,)
    others = plan.stored
    if others is not None:
        met = set(prepared.keys)
        own = [key is not None and key in met for key in keys_of(others, by)]
        others = others[~np.array(own, dtype=bool)]
    check_among_others(
        Rows(
            kind=prepared.kind,
            fields=prepared.fields.reset_index(drop=True),
            places=register.in_metres(GeoSeries(prepared.geometry, crs=store.settings.storage_crs)),
            judged=~prepared.findings.rejected,
            findings=prepared.findings,
            register=register,
            others=others,
            former=prepared.mapping.divisions.former,
        ),
        leave_out=leave_out,
    )
