"""What waits for a bank is kept once, given up on no guess, and believed to be there only when that was reported."""

import asyncio

import nats
import pytest

from switch.bus.banks import BankStream, Taken
from switch.bus.places import STREAM, Place
from switch.embedded.nats import Nats

PLACE = Place("alpha")
SUBJECT = PLACE.subject("ledger", 7)
HEADERS = {"Isoloop-Id": "ledger:7"}


@pytest.fixture
async def url(tmp_path):
    server = Nats(tmp_path)
    await asyncio.to_thread(server.start)
    yield server.banks_url
    server.stop()


@pytest.fixture
async def stream(url):
    stream = await opened(url)
    yield stream
    await stream.close()


@pytest.fixture
async def bank(url, stream):
    client = await nats.connect(url)
    yield await client.jetstream().pull_subscribe_bind(PLACE.consumer, STREAM)
    await client.close()


async def opened(url: str) -> BankStream:
    stream = await BankStream.open(url)
    await stream.ensure([PLACE])
    return stream


async def post(stream: BankStream, patience_s: float = 5, lives_s: int | None = None) -> Taken:
    return await stream.post(SUBJECT, b"<x/>", HEADERS, patience_s, lives_s)


async def waiting(bank) -> int:
    return (await bank._js.stream_info(STREAM)).state.messages


async def test_an_acknowledgement_is_reported(stream, bank):
    posting = asyncio.create_task(post(stream))
    (message,) = await bank.fetch(1)
    assert (message.data, message.headers["Isoloop-Id"]) == (b"<x/>", "ledger:7")
    await message.ack()
    assert await posting is Taken.ACKNOWLEDGED


async def test_a_message_that_waits_is_kept_once_by_this_process_and_the_next(url, stream, bank):
    assert [await post(stream, 0.05), await post(stream, 0.05)] == [Taken.WAITS, Taken.WAITS]
    after_restart = await opened(url)
    # Once it knows of the message, an acknowledgement cannot go by unseen.
    assert await post(after_restart, 0.05) is Taken.WAITS
    posting = asyncio.create_task(post(after_restart))
    (message,) = await bank.fetch(1)
    assert await waiting(bank) == 1
    await message.ack()
    assert await posting is Taken.ACKNOWLEDGED
    await after_restart.close()


async def test_an_acknowledgement_nobody_saw_counts_for_nothing(url, stream, bank):
    assert await post(stream, 0.05) is Taken.WAITS
    await stream._client.close()
    (message,) = await bank.fetch(1)
    await message.ack_sync()
    after_restart = await opened(url)
    posting = asyncio.create_task(post(after_restart))
    (again,) = await bank.fetch(1)
    assert again.headers["Isoloop-Id"] == "ledger:7"
    await again.ack()
    assert await posting is Taken.ACKNOWLEDGED
    await after_restart.close()


async def test_what_the_server_has_lost_is_told(stream, bank):
    posting = asyncio.create_task(post(stream, 10))
    await bank.fetch(1)
    await bank._js.purge_stream(STREAM)
    assert await posting is Taken.LOST


async def test_a_stream_made_anew_reuses_no_numbers(stream, bank):
    assert await post(stream, 0.05) is Taken.WAITS
    before = stream._tickets[SUBJECT].seq
    await bank._js.delete_stream(STREAM)
    assert await post(stream, 10) is Taken.LOST
    assert await post(stream, 0.05) is Taken.WAITS
    assert stream._tickets[SUBJECT].seq > before


async def test_a_terminated_message_is_refused(stream, bank):
    posting = asyncio.create_task(post(stream))
    (message,) = await bank.fetch(1)
    await message.term()
    assert await posting is Taken.REFUSED


async def test_a_message_past_its_life_leaves_the_stream(stream, bank):
    assert await post(stream, 15, lives_s=1) is Taken.LOST
    assert await waiting(bank) == 0


async def test_consumers_follow_the_banks(stream, bank):
    await stream.ensure([Place("beta.bank")])
    names = [found.name for found in await bank._js.consumers_info(STREAM)]
    assert names == ["beta=2e=bank"]
