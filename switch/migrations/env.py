"""Alembic's entry: migrations run on the connection that switch.migrate hands over."""

from alembic import context
from sqlalchemy import Connection

from switch.store.tables import metadata

_connection: Connection = context.config.attributes["connection"]
context.configure(connection=_connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
