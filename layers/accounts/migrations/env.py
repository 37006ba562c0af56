"""Alembic's entry: runs the accounts' migrations on the connection that is handed over."""

from alembic import context

from layers.accounts.migrating import options

context.configure(connection=context.config.attributes["connection"], **options())
with context.begin_transaction():
    context.run_migrations()
