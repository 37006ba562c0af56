"""Looking at a store's database as other programs do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from layers.kinds import KINDS, Kind
from tests.layers.store.files import layers_of

TRIGGERS = {
    f"gg_history_{event}"
    for event in ("await", "uid", "keep_uid", "insert", "update", "delete", "truncate")
}


def ask(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one statement as an editor does that knows nothing of us; give its rows."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        cursor = connection.execute(query.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def assert_sound(url: str) -> None:
    """Check that each layer is what its versions say, and that everything beside it is there."""
    assert ask(url, "SELECT * FROM gg_open_changeset") == []
    numbers = [row[0] for row in ask(url, "SELECT id FROM gg_changeset ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))
    orphans = "SELECT * FROM gg_version WHERE changeset NOT IN (SELECT id FROM gg_changeset)"
    assert ask(url, orphans) == []
    kinds = layers_of(url)
    gist = "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%USING gist (geom)%'"
    assert {row[0] for row in ask(url, gist)} == {k.key for k in kinds if k.is_spatial}
    invalid = "SELECT * FROM pg_index WHERE NOT indisvalid"
    assert ask(url, invalid) == []
    enabled = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O'"
    for kind in kinds:
        assert {row[0] for row in ask(url, enabled, kind.key)} == TRIGGERS, kind.key
        assert ask(url, _replay(kind)) == [], kind.key


@contextmanager
def editing(url: str) -> Iterator[psycopg.Connection]:
    """Open a transaction as an editor does that knows nothing of us."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        yield connection


def unreplayed(url: str, kind: str) -> list[tuple[Any, ...]]:
    """List what a table and the last versions of its features do not share."""
    return ask(url, _replay(KINDS[kind]))


def _replay(kind: Kind) -> str:
    # A field that came later is absent from versions, and empty in the table.
    fields = ", ".join(field.key for field in kind.fields)
    table = kind.key
    geometry = "ST_AsEWKB(geom)" if kind.is_spatial else "NULL::bytea"
    return f"""
      WITH now AS (
        SELECT uid, (SELECT jsonb_strip_nulls(to_jsonb(f)) FROM (SELECT {fields}) f) AS attributes, {geometry} AS place
        FROM {table}
      ), replayed AS (
        SELECT uid, jsonb_strip_nulls(attributes), place FROM (
          SELECT DISTINCT ON (uid) uid, operation, attributes, ST_AsEWKB(geom) AS place
          FROM gg_version WHERE layer = '{table}' ORDER BY uid, seq DESC
        ) last WHERE operation <> 'delete'
      )
      (SELECT * FROM now EXCEPT SELECT * FROM replayed)
      UNION ALL (SELECT * FROM replayed EXCEPT SELECT * FROM now)
    """
