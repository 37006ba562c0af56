"""The schema and every change of it, run by Alembic."""
