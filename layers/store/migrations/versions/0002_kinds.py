"""Kinds of one's own: their declarations live in the store, one row for each that was made."""

from alembic import context, op
from sqlalchemy import Column, MetaData, Table, delete, select

from layers.store.column_types import BigKey, PlainText, UtcDateTime

revision = "0002"
down_revision = "0001"

# What the store keeps about the features of a layer, beside its own table.
_ABOUT_LAYERS = ("gg_version", "gg_import", "gg_territory")


def upgrade() -> None:
    """Create the table of declarations."""
    op.create_table(
        "gg_kind",
        Column("number", BigKey, primary_key=True, autoincrement=False),
        Column("key", PlainText, nullable=False),
        Column("declaration", PlainText, nullable=False),
        Column("author", PlainText, nullable=False),
        Column("declared_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Drop it, with the layers that nobody would know any more and all that is kept about them."""
    connection = op.get_bind()
    backend = context.config.attributes["backend"]
    key = Column("key", PlainText)
    declared = Table("gg_kind", MetaData(), key)
    for name in connection.scalars(select(key).distinct().select_from(declared)).all():
        backend.unregister_layer(connection, name)
        Table(name, MetaData()).drop(connection)
        for about in _ABOUT_LAYERS:
            layer = Column("layer", PlainText)
            table = Table(about, MetaData(), layer)
            connection.execute(delete(table).where(layer == name))
    op.drop_table("gg_kind")
