"""Alembic's entry: runs migrations on the connection that the store hands over."""

from alembic import context

from layers.store.migrating import compare_options

connection = context.config.attributes["connection"]
metadata = context.config.attributes["metadata"]

context.configure(connection=connection, target_metadata=metadata, **compare_options())
with context.begin_transaction():
    context.run_migrations()
