"""Alembic's entry: runs migrations on the connection that the store hands over."""

from alembic import context

from layers.store.migrating import compare_options

connection = context.config.attributes["connection"]
metadata = context.config.attributes["metadata"]

options = compare_options(connection.dialect.name)
context.configure(connection=connection, target_metadata=metadata, **options)
with context.begin_transaction():
    context.run_migrations()
