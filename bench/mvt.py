"""A tile as PostGIS draws it by itself: the statement that says so."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s AND udt_name <> 'geometry'"""
_STATEMENT = """
    WITH window_ AS (
        SELECT ST_TileEnvelope({z}, {x}, {y}) AS tile,
            ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 64.0 / 4096), 4326) AS wide
    ), drawn AS (
        SELECT {columns}, ST_AsMVTGeom(ST_Transform(geom, 3857), window_.tile, 4096, 64) AS shape
        FROM {table}, window_ WHERE geom && window_.wide
    )
    SELECT ST_AsMVT(drawn, 'default', 4096, 'shape') FROM drawn WHERE shape IS NOT NULL"""


def statement_of(
    connection: psycopg.Connection[Any], table: str, *, numbers: dict[str, sql.Composable]
) -> sql.Composed:
    """Say how a tile of `schema.table` is drawn with all columns.

    `numbers` are what stands for `z`, `x` and `y`.
    """
    schema, name = table.split(".")
    columns = [row[0] for row in connection.execute(_COLUMNS, (schema, name))]
    return sql.SQL(_STATEMENT).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(schema, name),
        **numbers,
    )
