"""Packing for lanes: one by one at ease, together under load."""

import asyncio

from schemas.canonical.wire import Receipt
from switch.bus.packs import Packer


class Lane:
    """Answers at once and remembers the sizes of the packs that came."""

    def __init__(self):
        self.sizes: list[int] = []

    async def __call__(self, parcels):
        self.sizes.append(len(parcels))
        return [Receipt(message_id=str(parcel)) for parcel in parcels]


async def ask_in_turn(packer: Packer, count: int) -> None:
    """Ask `count` times, each a turn of the loop after the one before."""
    asked = []
    for number in range(count):
        asked.append(asyncio.ensure_future(packer.ask(number, 10)))
        for _ in range(3):
            await asyncio.sleep(0)
    answers = await asyncio.gather(*asked)
    assert [answer.message_id for answer in answers] == [str(number) for number in range(count)]


async def test_at_ease_nobody_waits_for_company():
    lane = Lane()
    await ask_in_turn(Packer(lane, 5.0), 3)
    assert lane.sizes == [1, 1, 1]


async def test_under_load_what_comes_within_a_moment_goes_together():
    lane = Lane()
    packer = Packer(lane, 5.0)
    await asyncio.gather(*(packer.ask(number, 10) for number in range(6)))
    await ask_in_turn(packer, 5)
    assert lane.sizes == [6, 5]


async def test_a_load_that_is_over_is_forgotten():
    lane = Lane()
    packer = Packer(lane, 5.0)
    await asyncio.gather(*(packer.ask(number, 10) for number in range(6)))
    await packer.ask(0, 10)
    await ask_in_turn(packer, 2)
    assert lane.sizes == [6, 1, 1, 1]
