"""A value no table can hold is its sender's fault: the server stays up for everybody else."""

import psycopg
import pytest

from switch.store.session import Session

LONG = "insert into held select string_agg(md5(number::text), '') from generate_series(1, 500) number"


async def test_a_value_too_long_for_an_index_is_no_broken_server(database_url):
    session = Session(database_url, "test", allow_unsafe=True)
    await session.run("create table held (key text primary key)")
    with pytest.raises(psycopg.errors.ProgramLimitExceeded):
        await session.run(LONG)
    assert await session.run("select count(*) from held") == [(0,)]
    await session.close()
