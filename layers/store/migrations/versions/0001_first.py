"""The first schema: a table for each kind, history, imports, territory, runs."""

import json
from importlib import resources

from alembic import context, op

from layers.store import ddl
from layers.store.schema import INFO_TITLE
from layers.store.snapshot import thaw

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table with its indexes and triggers."""
    connection = op.get_bind()
    srid = context.config.attributes["srid"]
    ddl.create_geopackage_tables(connection, srid)
    metadata = thaw(_snapshot(), srid)
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        if INFO_TITLE in table.info:
            ddl.register_layer(connection, table.name, table.info[INFO_TITLE], srid)
            ddl.create_history_triggers(connection, table.name)


def downgrade() -> None:
    """Drop everything; a GeoPackage is rather deleted as a file."""
    connection = op.get_bind()
    metadata = thaw(_snapshot(), context.config.attributes["srid"])
    for table in metadata.sorted_tables:
        if INFO_TITLE in table.info:
            ddl.unregister_layer(connection, table.name)
    metadata.drop_all(connection)


def _snapshot() -> list[dict[str, object]]:
    path = resources.files("layers.store.migrations.versions").joinpath("0001_tables.json")
    tables: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return tables
