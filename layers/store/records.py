"""What the store keeps beside features: runs, and the files that features came from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

import pandas as pd
from sqlalchemy import Connection, MetaData, func, insert, select

from layers.errors import RunUnknownError
from layers.runs import Run
from layers.store.backend import Backend
from layers.store.batch import Batch


@dataclass(frozen=True, kw_only=True)
class ImportSource:
    """Say which file features came from; the file itself is not kept.

    `selection` is how it was read (layer, filter, mapping), as one text: the same file may be
    imported once in each way. `job` is the id of the job that wrote them, if any did.
    """

    file_name: str
    file_sha256: str
    selection: str
    datum: str
    job: str | None = None


def save_import(
    connection: Connection, metadata: MetaData, changeset: int, layer: str, source: ImportSource
) -> None:
    """Keep the description of an imported file."""
    row = {"changeset": changeset, "layer": layer, **vars(source)}
    connection.execute(insert(metadata.tables["gg_import"]), row)


def save_origins(
    connection: Connection,
    backend: Backend,
    metadata: MetaData,
    changeset: int,
    origins: pd.DataFrame,
) -> None:
    """Keep the row number and original geometry of each imported feature."""
    if origins.empty:
        return
    columns = {
        "uid": origins.index.tolist(),
        "changeset": [changeset] * len(origins),
        "row_number": origins["row_number"].tolist(),
        "original_wkb": origins["original_wkb"].tolist(),
    }
    table = metadata.tables["gg_origin"]
    backend.add(connection, table, Batch.of(table, columns, connection.dialect))


def imports(
    connection: Connection, metadata: MetaData, layer: str, *, present: bool = False
) -> list[ImportSource]:
    """List the files that were imported into a layer, the first one first.

    With `present` only those of whose features any is there still.
    """
    table = metadata.tables["gg_import"]
    columns = [table.c[field.name] for field in fields(ImportSource)]
    query = select(*columns).where(table.c.layer == layer).order_by(table.c.changeset)
    if present:
        origin, features = metadata.tables["gg_origin"], metadata.tables[layer]
        left = select(origin.c.uid).join(features, features.c.uid == origin.c.uid)
        query = query.where(left.where(origin.c.changeset == table.c.changeset).exists())
    return [ImportSource(**row) for row in connection.execute(query).mappings()]


def import_of_job(connection: Connection, metadata: MetaData, job: str) -> int | None:
    """Find the changeset that a job has written; None where it has written none."""
    table = metadata.tables["gg_import"]
    return connection.scalar(select(func.min(table.c.changeset)).where(table.c.job == job))


def origins(
    connection: Connection, backend: Backend, metadata: MetaData, uids: Collection[str]
) -> pd.DataFrame:
    """Give file and row of features, indexed by uid; the last import of each stands last."""
    origin, imported = (metadata.tables[name] for name in ("gg_origin", "gg_import"))
    columns = [*origin.c, imported.c.file_name, imported.c.file_sha256, imported.c.datum]
    joined = select(*columns).join(imported, imported.c.changeset == origin.c.changeset)
    found = connection.execute(joined.where(backend.among(origin.c.uid, uids))).all()
    frame = pd.DataFrame(found, columns=[column.name for column in columns])
    return frame.sort_values(["uid", "changeset"]).set_index("uid")


def save_run(connection: Connection, metadata: MetaData, run: Run) -> Run:
    """Keep a run, unless one of the same id is kept already; return the one that is kept.

    The caller holds the write lock.
    """
    table = metadata.tables["gg_run"]
    kept = connection.execute(select(table).where(table.c.id == run.id)).mappings().first()
    if kept is not None:
        return Run(**kept)
    connection.execute(insert(table), vars(run))
    return run


def find_run(connection: Connection, metadata: MetaData, run_id: str) -> Run:
    """Find a run by its id, or by the first characters of it where only one has them.

    Raises
    ------
    RunUnknownError
    """
    table = metadata.tables["gg_run"]
    query = select(table).where(table.c.id.startswith(run_id, autoescape=True)).limit(2)
    found = connection.execute(query).mappings().all()
    if len(found) != 1 or not run_id:
        raise RunUnknownError(found=run_id)
    return Run(**found[0])


def runs(connection: Connection, metadata: MetaData, newest: int | None = None) -> list[Run]:
    """List every run, the first one first; or so many of the newest, these first."""
    table = metadata.tables["gg_run"]
    order = (table.c.created_at, table.c.id)
    if newest is None:
        query = select(table).order_by(*order)
    else:
        query = select(table).order_by(*(each.desc() for each in order)).limit(newest)
    return [Run(**row) for row in connection.execute(query).mappings()]
