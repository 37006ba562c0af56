"""Revisions of single features: the changesets that touched each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
from sqlalchemy import Connection, MetaData, func, select

from layers.errors import StaleFeature, StaleFeaturesError
from layers.kinds.model import Kind
from layers.store import relation
from layers.store.reading import chunks

# Revisions by uid, as a mapping or as `Store.feature_revisions` gives them.
Expected = Mapping[str, int] | pd.Series

_LISTED = 20


def of_features(
    connection: Connection,
    metadata: MetaData,
    layer: str,
    uids: Collection[str],
    *,
    until: int,
) -> pd.Series:
    """Give the last changeset, up to `until`, that touched each of some features, or 0.

    Returns
    -------
    revision
        (n,) int64, indexed by uid as `uids`.
    """
    version = metadata.tables["gg_version"]
    newest = (
        select(version.c.uid, func.max(version.c.changeset))
        .where(version.c.layer == layer, relation.by_uid(version) <= until)
        .group_by(version.c.uid)
    )
    found: dict[str, int] = {}
    for part in chunks(uids):
        rows = connection.execute(newest.where(version.c.uid.in_(part)))
        found.update((uid, number) for uid, number in rows)
    index = pd.Index(list(uids), name="uid", dtype="object")
    return pd.Series([found.get(uid, 0) for uid in index], index, dtype="int64", name="revision")


def touches(
    connection: Connection, metadata: MetaData, layer: str, uids: Collection[str], *, after: int
) -> pd.DataFrame:
    """List the changesets after a number that touched some features: `uid`, `changeset`."""
    version = metadata.tables["gg_version"]
    each = select(version.c.uid, version.c.changeset).distinct()
    each = each.where(version.c.layer == layer, relation.by_uid(version) > after)
    found = [
        tuple(row)
        for part in chunks(uids)
        for row in connection.execute(each.where(version.c.uid.in_(part)))
    ]
    return pd.DataFrame(sorted(found), columns=["uid", "changeset"])


def require(
    connection: Connection, metadata: MetaData, kind: Kind, expect: Expected, *, until: int
) -> None:
    """Refuse features whose revision, up to a changeset, is another than the expected one.

    Raises
    ------
    StaleFeaturesError
    """
    expected = pd.Series(dict(expect), dtype="int64")
    found = of_features(connection, metadata, kind.key, list(expected.index), until=until)
    stale = expected.index[expected.to_numpy() != found.to_numpy()]
    if stale.empty:
        return
    listed = [str(uid) for uid in stale[:_LISTED]]
    codes = _last_codes(connection, metadata, kind, listed)
    raise StaleFeaturesError(
        kind=kind.key,
        stale=tuple(
            StaleFeature(
                uid=uid, code=codes.get(uid), expected=int(expected[uid]), found=int(found[uid])
            )
            for uid in listed
        ),
        count=len(stale),
    )


def _last_codes(
    connection: Connection, metadata: MetaData, kind: Kind, uids: Collection[str]
) -> dict[str, str | None]:
    """Give the last known value of the key field of some features, deleted ones too."""
    version = metadata.tables["gg_version"]
    newest = (
        select(func.max(version.c.seq))
        .where(version.c.layer == kind.key, version.c.uid.in_(uids))
        .group_by(version.c.uid)
    )
    code = version.c.attributes[kind.key_field].as_string().label("code")
    rows = connection.execute(select(version.c.uid, code).where(version.c.seq.in_(newest)))
    return {row.uid: row.code for row in rows}
