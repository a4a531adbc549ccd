"""Bring a database's tables to the newest revision; does nothing, quickly, where they are."""

import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

HEAD: Final = "0035"
"""The newest revision; a test compares it with the folder of revisions."""

_LOCK: Final = 0x150_100F
_MONTHS_AHEAD: Final = 12
_FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(database_url: str) -> str:
    """Apply what is missing and give the revision; safe to run twice, and in two processes at once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        if revision(connection) != HEAD:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            if revision(connection) != HEAD:
                _alembic(database_url)
        _partitions(connection)
        return revision(connection) or ""


def revision(connection: psycopg.Connection) -> str | None:
    """Where the tables stand, or None in an empty database."""
    (present,) = connection.execute("SELECT to_regclass('alembic_version')").fetchone() or (None,)
    if present is None:
        return None
    (number,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
    return None if number is None else str(number)


def _alembic(database_url: str) -> None:
    # Imported here: a start on migrated tables must not pay for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _partitions(connection: psycopg.Connection) -> None:
    """Make the archive's partitions of this month and the next ones; what comes later falls into the rest."""
    (today,) = connection.execute("SELECT (now() AT TIME ZONE 'UTC')::date").fetchone() or (date.min,)
    month = today.replace(day=1)
    held = {name for (name,) in connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'archive\\_%'")}
    for _ in range(_MONTHS_AHEAD + 1):
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        name = f"archive_{month:%Y_%m}"
        if name not in held:
            make = sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} PARTITION OF archive FOR VALUES FROM ({}) TO ({})"
                " WITH (toast_tuple_target = 8160)"
            ).format(sql.Identifier(name), sql.Literal(f"{month} 00:00Z"), sql.Literal(f"{following} 00:00Z"))
            # A hub that ran past its last partition has messages of that month in the rest: they stay there.
            with contextlib.suppress(psycopg.errors.CheckViolation):
                connection.execute(make)
        month = following
