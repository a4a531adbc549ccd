"""Many answers under one timer: each fails after its own time, and none that came."""

import asyncio

import pytest

from switch.patience import Patience


def answer() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


async def test_an_answer_that_does_not_come_fails() -> None:
    patience, waited = Patience(0.01, lambda: TimeoutError("late")), answer()
    patience.begin(waited)
    with pytest.raises(TimeoutError, match="late"):
        await waited


async def test_those_that_began_later_fail_later() -> None:
    patience, first, second = Patience(0.03, TimeoutError), answer(), answer()
    patience.begin(first)
    await asyncio.sleep(0.015)
    patience.begin(second)
    await asyncio.wait([first])
    assert not second.done()
    await asyncio.wait([second])
    assert isinstance(second.exception(), TimeoutError)
    assert isinstance(first.exception(), TimeoutError)


async def test_an_answer_that_ended_is_left_alone_while_others_are_watched() -> None:
    patience, ended, other = Patience(0.01, TimeoutError), answer(), answer()
    patience.begin(ended)
    patience.begin(other)
    patience.end(ended)
    await asyncio.wait([other])
    assert not ended.done()


async def test_an_answer_that_came_is_not_failed_afterwards() -> None:
    patience, came, other = Patience(0.01, TimeoutError), answer(), answer()
    patience.begin(came)
    patience.begin(other)
    came.set_result("here")
    await asyncio.wait([other])
    assert await came == "here"


async def test_watching_starts_anew_after_all_ended() -> None:
    patience, first, second = Patience(0.01, TimeoutError), answer(), answer()
    patience.begin(first)
    patience.end(first)
    patience.begin(second)
    with pytest.raises(TimeoutError):
        await second
