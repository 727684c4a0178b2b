"""Alembic migrations of the meta store, forward and back, on SQLite and PostgreSQL."""
