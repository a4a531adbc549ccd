"""What is waited for comes, or fails in time, whoever else waits; and who is cancelled by others stays cancelled."""

import asyncio

import pytest

from iso.waiting import Waiting


async def never() -> None:
    await asyncio.Event().wait()


async def one(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def test_what_comes_in_time_is_given():
    waiting = Waiting(20)
    assert await asyncio.gather(*(waiting.for_(one(number)) for number in range(5))) == list(range(5))
    assert not waiting._until


async def test_what_does_not_come_fails_and_its_task_goes_on():
    waiting = Waiting(0.01)
    with pytest.raises(TimeoutError):
        await waiting.for_(never())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert await waiting.for_(one(7)) == 7
    assert not (waiting._until or waiting._late)


async def test_everybody_has_the_same_time():
    waiting, ended = Waiting(0.03), []

    async def wait(name: str) -> None:
        try:
            await waiting.for_(never())
        except TimeoutError:
            ended.append(name)

    first = asyncio.create_task(wait("first"))
    await asyncio.sleep(0.01)
    await asyncio.gather(first, wait("second"))
    assert ended == ["first", "second"]


async def test_who_is_cancelled_is_cancelled():
    waiting = Waiting(20)
    task = asyncio.create_task(waiting.for_(never()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not waiting._until


async def test_who_is_cancelled_while_late_is_cancelled():
    waiting = Waiting(0)
    task = asyncio.create_task(waiting.for_(never()))
    await asyncio.sleep(0)
    waiting._look()
    assert waiting._late == {task}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_another_loop_has_a_timer_of_its_own():
    waiting = Waiting(0.01)
    assert asyncio.run(waiting.for_(one(1))) == 1
    with pytest.raises(TimeoutError):
        asyncio.run(waiting.for_(never()))


async def test_errors_are_those_of_what_is_waited_for():
    async def fail() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await Waiting(20).for_(fail())
