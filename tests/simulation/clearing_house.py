"""Whoever runs settlement: closes windows all the time, settles them account by account, gives some settlements up."""

import asyncio

from schemas.canonical.settlement import (
    CYCLE,
    AbortSettlement,
    CloseWindow,
    CreateSettlement,
    Cycle,
    Move,
    Settlement,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
    WindowState,
)
from switch.lanes import LEDGER
from switch.store.memory import MemoryStore
from tests.simulation.actor import Actor

MODEL = "deferred"
_STEPS = {
    SettlementState.PENDING_SETTLEMENT: SettlementState.PS_TRANSFERS_RECORDED,
    SettlementState.PS_TRANSFERS_RECORDED: SettlementState.PS_TRANSFERS_RESERVED,
    SettlementState.PS_TRANSFERS_RESERVED: SettlementState.PS_TRANSFERS_COMMITTED,
    SettlementState.PS_TRANSFERS_COMMITTED: SettlementState.SETTLED,
    SettlementState.SETTLING: SettlementState.SETTLED,
}
_FREE = {WindowState.CLOSED, WindowState.ABORTED}


class ClearingHouse:
    """Says settlement commands through the same unreliable network as everybody; reads what an API would show it."""

    def __init__(self, actor: Actor, store: MemoryStore) -> None:
        self.actor, self.store = actor, store

    async def work(self, over_s: float) -> None:
        """Close and settle while payments run; in the end everything that was begun is carried through."""
        loop = asyncio.get_running_loop()
        until = loop.time() + over_s
        while loop.time() < until:
            await asyncio.sleep(self.actor.chance.random() * 3)
            await self._close()
            if self.actor.chance.random() < 0.5:
                await self._create()
            for settlement in await self._open():
                await self._touch(settlement)
        await asyncio.sleep(8.0)
        await self._close()
        await asyncio.sleep(8.0)
        await self._create()
        while found := await self._open():
            for settlement in found:
                await self._move(settlement, 1.0)

    async def _close(self) -> None:
        cycle = await self.store.record(Cycle, CYCLE) or Cycle()
        await self.actor.say(LEDGER, CloseWindow(cycle.window, "round"))

    async def _create(self) -> None:
        windows = await self.store.records(SettlementWindow)
        free = tuple(window.id for window in windows if window.state in _FREE and window.contents)
        if free:
            await self.actor.say(LEDGER, CreateSettlement(MODEL, "due", free))

    async def _open(self) -> list[Settlement]:
        return [settlement for settlement in await self.store.records(Settlement) if settlement.open]

    async def _touch(self, settlement: Settlement) -> None:
        if self.actor.chance.random() < 0.15:
            await self.actor.say(LEDGER, AbortSettlement(settlement.id, "given up"))
        else:
            await self._move(settlement, 0.7)

    async def _move(self, settlement: Settlement, most: float) -> None:
        """Move some accounts on: now and then one that may not move yet, or twice."""
        following = _STEPS[settlement.state]
        moves = [
            Move(account.participant, account.account, following, "on")
            for account in settlement.accounts
            if self.actor.chance.random() < most
        ]
        again = self.actor.chance.choice((1, 1, 2))
        for _ in range(again):
            await self.actor.say(LEDGER, UpdateSettlement(settlement.id, tuple(moves)))
