"""The first schema: a table for each kind, history, imports, territory, runs."""

import json
from importlib import resources

from alembic import context, op

from layers.store.schema import INFO_TITLE
from layers.store.snapshot import thaw

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table with its indexes and triggers."""
    connection = op.get_bind()
    backend, srid = (context.config.attributes[name] for name in ("backend", "srid"))
    backend.lay_ground(connection, srid)
    metadata = thaw(_snapshot(), srid)
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        if INFO_TITLE in table.info:
            backend.register_layer(connection, table.name, table.info[INFO_TITLE], srid)
            backend.create_history_triggers(connection, table.name)


def downgrade() -> None:
    """Drop everything; a GeoPackage is rather deleted as a file."""
    connection = op.get_bind()
    backend, srid = (context.config.attributes[name] for name in ("backend", "srid"))
    metadata = thaw(_snapshot(), srid)
    for table in metadata.sorted_tables:
        if INFO_TITLE in table.info:
            backend.unregister_layer(connection, table.name)
    metadata.drop_all(connection)
    backend.clear_ground(connection)


def _snapshot() -> list[dict[str, object]]:
    path = resources.files("layers.store.migrations.versions").joinpath("0001_tables.json")
    tables: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return tables
