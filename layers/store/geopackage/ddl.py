"""What a GeoPackage has beside its tables: metadata, spatial indexes, history triggers.

Works from the tables as they are in the database, not from the declarations, so that a migration
written today still does the right thing when the declarations have moved on.
"""

from __future__ import annotations

from importlib import resources

from pyproj import CRS
from sqlalchemy import Connection, Double, inspect, text
from sqlalchemy.sql import quoted_name

from layers.store.schema import GEOMETRY_COLUMN

GEOPACKAGE_APPLICATION_ID = 0x47504B47  # "GPKG"
GEOPACKAGE_VERSION = 10400
_RTREE_DEFINITION = "http://www.geopackage.org/spec140/#extension_rtree"
_RTREE_TRIGGERS = ("insert", "update2", "update4", "update5", "update6", "update7", "delete")
# In the order in which rows may go: contents last, because the others refer to it.
_REGISTERS = ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_ogr_contents", "gpkg_contents")
_HISTORY_TRIGGERS = ("uid", "insert", "update", "keep_uid", "delete")

# A random UUID of version 4, made by SQLite itself so that every editor's insert gets one.
_NEW_UUID = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
    "substr(hex(randomblob(2)), 2) || '-' || substr('89ab', 1 + (abs(random()) % 4), 1) || "
    "substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
)


def create_geopackage_tables(connection: Connection, srid: int) -> None:
    """Make the file a GeoPackage and describe its reference system."""
    connection.exec_driver_sql(f"PRAGMA application_id = {GEOPACKAGE_APPLICATION_ID:d}")
    connection.exec_driver_sql(f"PRAGMA user_version = {GEOPACKAGE_VERSION:d}")
    create_registers(connection)
    for number in dict.fromkeys((4326, srid)):
        _describe_reference_system(connection, number)


def create_registers(connection: Connection) -> None:
    """Make the tables in which a GeoPackage lists its layers."""
    _run_script(connection, "geopackage.sql", {})


def register_layer(connection: Connection, table: str, title: str, srid: int) -> None:
    """Announce a table to GeoPackage readers and give it its index and count."""
    geometry_type = _geometry_type(connection, table)
    connection.execute(
        text(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " VALUES (:table, :data_type, :title, :srid)"
        ),
        {
            "table": table,
            "data_type": "features" if geometry_type else "attributes",
            "title": title,
            "srid": srid if geometry_type else None,
        },
    )
    connection.execute(text("INSERT INTO gpkg_ogr_contents VALUES (:table, 0)"), {"table": table})
    names = _quoted(connection, table=table, **_count_triggers(table))
    _run_script(connection, "feature_count.sql", {**names, "table_text": _literal(table)})
    if geometry_type:
        _register_geometry(connection, table, geometry_type, srid)


def _register_geometry(connection: Connection, table: str, geometry_type: str, srid: int) -> None:
    connection.execute(
        text("INSERT INTO gpkg_geometry_columns VALUES (:table, :column, :type, :srid, 0, 0)"),
        {"table": table, "column": GEOMETRY_COLUMN, "type": geometry_type, "srid": srid},
    )
    connection.execute(
        text(
            "INSERT INTO gpkg_extensions VALUES"
            " (:table, :column, 'gpkg_rtree_index', :definition, 'write-only')"
        ),
        {"table": table, "column": GEOMETRY_COLUMN, "definition": _RTREE_DEFINITION},
    )
    create_spatial_index(connection, table)


def announce_change(connection: Connection, table: str, *, has_geometry: bool) -> None:
    """Tell GeoPackage readers that a layer changed, how many features it has and where they lie.

    They are counted: a desktop GIS writes the count that it remembers, whatever others added.
    """
    extent: dict[str, float | None] = dict.fromkeys(("min_x", "min_y", "max_x", "max_y"))
    if has_geometry:
        rtree = quote(connection, rtree_name(table))
        found = connection.exec_driver_sql(
            f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {rtree}"
        ).one()
        extent = dict(zip(extent, found, strict=True))
    connection.execute(
        text(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),"
            " min_x = :min_x, min_y = :min_y, max_x = :max_x, max_y = :max_y"
            " WHERE table_name = :table"
        ),
        {"table": table, **extent},
    )
    connection.execute(
        text(
            "UPDATE gpkg_ogr_contents SET feature_count ="
            f" (SELECT count(*) FROM {quote(connection, table)}) WHERE table_name = :table"
        ),
        {"table": table},
    )


def retitle_layer(connection: Connection, table: str, title: str) -> None:
    """Change the title under which GeoPackage readers list a table."""
    connection.execute(
        text("UPDATE gpkg_contents SET identifier = :title WHERE table_name = :table"),
        {"table": table, "title": title},
    )


def unregister_layer(connection: Connection, table: str) -> None:
    """Take a table and its index back out of the GeoPackage's metadata."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(connection, rtree_name(table))}")
    for register in _REGISTERS:
        connection.execute(
            text(f"DELETE FROM {register} WHERE table_name = :table"), {"table": table}
        )


def create_spatial_index(connection: Connection, table: str) -> None:
    """Create the R*Tree of a feature table with the triggers that keep it."""
    rtree = rtree_name(table)
    names = _quoted(
        connection,
        table=table,
        rtree=rtree,
        **{f"rtree_{event}": f"{rtree}_{event}" for event in _RTREE_TRIGGERS},
    )
    _run_script(connection, "spatial_index.sql", names)


def fill_spatial_index(connection: Connection, table: str) -> None:
    """Enter every feature into an empty R*Tree."""
    bounds = ("MinX", "MaxX", "MinY", "MaxY")
    values = ", ".join(f"ST_{bound}({GEOMETRY_COLUMN})" for bound in bounds)
    connection.exec_driver_sql(
        f"INSERT INTO {quote(connection, rtree_name(table))} SELECT fid, {values}"
        f" FROM {quote(connection, table)}"
        f" WHERE {GEOMETRY_COLUMN} NOT NULL AND NOT ST_IsEmpty({GEOMETRY_COLUMN})"
    )


def rtree_name(table: str) -> str:
    """Name the R*Tree of a feature table as the GeoPackage standard does."""
    return f"rtree_{table}_{GEOMETRY_COLUMN}"


def create_history_triggers(connection: Connection, table: str) -> None:
    """Create the triggers that record every version of a table's features.

    Existing ones are replaced: call it again whenever a column came. Before a column goes, they
    have to be dropped, for SQLite refuses to drop what a trigger names.
    """
    is_placed = has_geometry(connection, table)
    drop_history_triggers(connection, table)
    fragments = {
        "table_text": _literal(table),
        "new_uuid": _NEW_UUID,
        "new_row": row_as_json(connection, table, "NEW"),
        "old_row": row_as_json(connection, table, "OLD"),
        "new_geom": f"NEW.{GEOMETRY_COLUMN}" if is_placed else "NULL",
        "old_geom": f"OLD.{GEOMETRY_COLUMN}" if is_placed else "NULL",
    }
    names = _quoted(connection, table=table, **_history_triggers(table))
    _run_script(connection, "history.sql", {**names, **fragments})


def drop_history_triggers(connection: Connection, table: str) -> None:
    """Drop the triggers that record versions; whoever calls this creates them again."""
    for trigger in _history_triggers(table).values():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {quote(connection, trigger)}")


def trigger_names(table: str) -> frozenset[str]:
    """Name every trigger that we give a feature table."""
    rtree = rtree_name(table)
    return frozenset(
        {
            *_history_triggers(table).values(),
            *_count_triggers(table).values(),
            *(f"{rtree}_{event}" for event in _RTREE_TRIGGERS),
        }
    )


def _count_triggers(table: str) -> dict[str, str]:
    return {
        f"{event}_trigger": f"trigger_{event}_feature_count_{table}"
        for event in ("insert", "delete")
    }


def _history_triggers(table: str) -> dict[str, str]:
    return {f"{event}_trigger": f"gg_history_{table}_{event}" for event in _HISTORY_TRIGGERS}


def row_as_json(connection: Connection, table: str, row: str | None = None) -> str:
    """Write the expression for what a version records of a row: of `row` in a trigger, or any."""
    pairs: list[str] = []
    for column in inspect(connection).get_columns(table):
        name = column["name"]
        if name in {"fid", "uid", GEOMETRY_COLUMN}:
            continue
        value = f"{row}.{quote(connection, name)}" if row else quote(connection, name)
        is_real = isinstance(column["type"], Double)
        pairs.append(f"{_literal(name)}, {_exact(value) if is_real else value}")
    return f"json_object({', '.join(pairs)})"


def _exact(real: str) -> str:
    """Write a real with the 17 digits that give it back; SQLite's JSON keeps only 15.

    JSON has no infinity; only another program can have written one, and it is recorded as null.
    """
    digits = f"iif(abs({real}) < 1e999, json(printf('%!.17g', {real})), NULL)"
    return f"iif(typeof({real}) = 'real', {digits}, {real})"


def _describe_reference_system(connection: Connection, srid: int) -> None:
    crs = CRS.from_epsg(srid)
    connection.execute(
        text(
            "INSERT INTO gpkg_spatial_ref_sys VALUES"
            " (:name, :srid, 'EPSG', :srid, :definition, NULL)"
        ),
        {"name": crs.name, "srid": srid, "definition": crs.to_wkt("WKT1_GDAL")},
    )


def has_geometry(connection: Connection, table: str) -> bool:
    """Tell whether the features of a table have places."""
    return _geometry_type(connection, table) is not None


def _geometry_type(connection: Connection, table: str) -> str | None:
    for column in inspect(connection).get_columns(table):
        if column["name"] == GEOMETRY_COLUMN:
            return str(column["type"].compile(connection.dialect))
    return None


def _run_script(connection: Connection, name: str, fragments: dict[str, str]) -> None:
    script = (
        resources.files("layers.store.geopackage").joinpath("sql", name).read_text(encoding="utf-8")
    )
    for statement in _statements(script.format_map(fragments) if fragments else script):
        connection.exec_driver_sql(statement)


def _statements(script: str) -> list[str]:
    """Split a script at the semicolons that end a line; a trigger ends with `END;`."""
    statements: list[str] = []
    lines: list[str] = []
    inside_trigger = False
    for line in script.splitlines():
        if line.startswith("--"):
            continue
        lines.append(line)
        inside_trigger = inside_trigger or line == "BEGIN"
        if line == "END;" or (not inside_trigger and line.endswith(";")):
            statements.append("\n".join(lines))
            lines, inside_trigger = [], False
    return statements


def _quoted(connection: Connection, **names: str) -> dict[str, str]:
    return {key: quote(connection, name) for key, name in names.items()}


def quote(connection: Connection, name: str) -> str:
    """Quote the name of a table, column or trigger."""
    preparer = connection.dialect.identifier_preparer
    return preparer.quote(quoted_name(name, quote=True))


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
