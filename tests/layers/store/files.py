"""Looking at a store's file as other programs do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from osgeo_utils.samples import validate_gpkg

from layers import open_store
from layers.kinds import KINDS, Kind
from layers.store.geopackage.ddl import rtree_name
from layers.store.geopackage.engine import _SPATIAL_FUNCTIONS


def layers_of(place: str | Path) -> list[Kind]:
    """List the kinds of a store, its own among them."""
    with closing(open_store(place)) as store:
        return list(store.kinds.values())


def problems(path: Path) -> list[str]:
    """Validate a GeoPackage with the validator of the GDAL project; none when it is sound."""
    return validate_gpkg.check(
        str(path), extra_checks=True, abort_at_first_error=False, warning_as_error=True
    )


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as an editor does that knows the GeoPackage standard and nothing of us."""
    connection = sqlite3.connect(path, isolation_level=None)
    for name, function in _SPATIAL_FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    try:
        yield connection
    finally:
        connection.close()


def scalar(path: Path, query: str, *values: Any) -> Any:
    """Ask for one value."""
    with raw(path) as connection:
        return connection.execute(query, values).fetchone()[0]


def unreplayed(path: Path, kind: str) -> list[tuple[Any, ...]]:
    """List what a table and the last versions of its features do not share."""
    fields = [field.key for field in KINDS[kind].fields]
    place = ["geom"] if KINDS[kind].is_spatial else []
    recorded = [f"attributes ->> '$.{field}'" for field in fields]
    now = f"SELECT {', '.join(['uid', *fields, *place])} FROM {kind}"
    last = f"SELECT max(seq) AS seq FROM gg_version WHERE layer = '{kind}' GROUP BY uid"
    replayed = (
        f"SELECT {', '.join(['uid', *recorded, *place])} FROM gg_version"
        f" JOIN ({last}) USING (seq) WHERE operation <> 'delete'"
    )
    with raw(path) as connection:
        return [
            row
            for one, other in ((now, replayed), (replayed, now))
            for row in connection.execute(f"{one} EXCEPT {other}")
        ]


def assert_sound(path: Path) -> None:
    """Check what a GeoPackage promises and what we promise beyond it."""
    assert problems(path) == []
    with raw(path) as connection:

        def ask(query: str) -> Any:
            return connection.execute(query).fetchone()[0]

        assert ask("PRAGMA integrity_check") == "ok"
        assert ask("PRAGMA application_id") == 0x47504B47
        assert ask("PRAGMA user_version") == 10400
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for kind in layers_of(path):
            count = ask(f"SELECT count(*) FROM {kind.key}")
            counted = f"SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = '{kind.key}'"
            assert ask(counted) == count, kind.key
            if kind.is_spatial:
                placed = f"SELECT count(*) FROM {kind.key} WHERE NOT ST_IsEmpty(geom)"
                assert ask(f"SELECT count(*) FROM {rtree_name(kind.key)}") == ask(placed), kind.key
