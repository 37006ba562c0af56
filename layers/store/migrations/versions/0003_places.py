"""Territory is kept once for all features that lie in the same units, not level by level."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, Connection, Index, MetaData, Table, insert, select

from layers.store.column_types import PlainText
from layers.store.schema import NAMING

revision = "0003"
down_revision = "0002"

_ANSWER = ("unit_uid", "rule", "on_boundary", "second_unit_uid")
_ORDER = {"grid": 0, "community": 1, "street": 2, "district": 3}
_BATCH = 5_000


def upgrade() -> None:
    """Give each feature the name of its place, and each place what was said of its features."""
    connection = op.get_bind()
    old, places, territory = _tables()
    features, said = _read(connection, old)
    old.drop(connection)
    places.create(connection)
    territory.create(connection)
    _write(connection, territory, features)
    _write(
        connection,
        places,
        (
            {"id": name, "level": level, **dict(zip(_ANSWER, answer, strict=True))}
            for name, rows in said.items()
            for level, *answer in rows
        ),
    )


def downgrade() -> None:
    """Say of each feature, level by level, what its place says."""
    connection = op.get_bind()
    old, places, territory = _tables()
    said = (places.c[name] for name in ("level", *_ANSWER))
    joined = select(territory.c.layer, territory.c.uid, *said).join(
        places, places.c.id == territory.c.place
    )
    rows = [dict(row) for row in connection.execute(joined).mappings()]
    territory.drop(connection)
    places.drop(connection)
    old.create(connection)
    _write(connection, old, rows)


def _tables() -> tuple[Table, Table, Table]:
    """Describe the table that goes, and the two that come."""
    old = Table(
        "gg_territory",
        MetaData(naming_convention=NAMING),
        Column("uid", PlainText, primary_key=True),
        Column("level", PlainText, primary_key=True),
        Column("layer", PlainText, nullable=False),
        *_answer_columns(),
    )
    Index(None, old.c.layer, old.c.level)
    Index(None, old.c.unit_uid)
    metadata = MetaData(naming_convention=NAMING)
    places = Table(
        "gg_place",
        metadata,
        Column("id", PlainText, primary_key=True),
        Column("level", PlainText, primary_key=True),
        *_answer_columns(),
    )
    territory = Table(
        "gg_territory",
        metadata,
        Column("layer", PlainText, primary_key=True),
        Column("uid", PlainText, primary_key=True),
        Column("place", PlainText, nullable=False),
        sqlite_with_rowid=False,
    )
    return old, places, territory


def _answer_columns() -> list[Column[Any]]:
    return [
        Column("unit_uid", PlainText, nullable=False),
        Column("rule", PlainText, nullable=False),
        Column("on_boundary", Boolean(), nullable=False),
        Column("second_unit_uid", PlainText),
    ]


def _read(
    connection: Connection, old: Table
) -> tuple[list[dict[str, str]], dict[str, list[list[Any]]]]:
    columns = (old.c[name] for name in ("layer", "uid", "level", *_ANSWER))
    rows = connection.execute(select(*columns).order_by(old.c.layer, old.c.uid))
    features: list[dict[str, str]] = []
    places: dict[str, list[list[Any]]] = {}
    for (layer, uid), group in groupby(rows, key=itemgetter(0, 1)):
        said = sorted(([*row[2:]] for row in group), key=lambda row: _ORDER[row[0]])
        text = json.dumps(said, ensure_ascii=False)
        name = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        features.append({"layer": layer, "uid": uid, "place": name})
        places[name] = said
    return features, places


def _write(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    for batch in _batches(iter(rows)):
        connection.execute(insert(table), batch)


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
