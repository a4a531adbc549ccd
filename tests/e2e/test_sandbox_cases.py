"""Sandbox banks in recalls: each way to answer one, against a real hub."""

import asyncio
import uuid
from typing import Self

import pytest

from schemas.canonical.money import Money
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import ACCEPT, SILENT, Behaviour, reject
from switch.sandbox.cases import CaseDesk, Resolved
from switch.sandbox.letters import Order, institution
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End
from switch.sandbox.returns import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
RICH = Money(1_000_000_000, "USD")
TEN = Money(100_000, "USD")


class Stage:
    """Two banks with desks for returns and cases."""

    def __init__(self, hub, answer: Behaviour) -> None:
        mark = uuid.uuid4().hex[:8]
        self.address = Address(hub.fspiop, hub.admin, hub.iso)
        letters = uuid.uuid4().int
        code = "".join(chr(ord("A") + letters // 26**place % 26) for place in range(4))
        self.blue = SandboxBank(f"blue{mark}", f"{code}KENA", iso_url=hub.iso)
        self.green = SandboxBank(f"green{mark}", f"{code}UGKA", iso_url=hub.iso)
        self.asking = CaseDesk(self.blue, Desk(self.blue))
        self.asked = CaseDesk(self.green, Desk(self.green), answer)

    async def __aenter__(self) -> Self:
        await asyncio.gather(self.blue.start(), self.green.start())
        async with Operator(self.address) as operator:
            for bank in (self.blue, self.green):
                await operator.add_participant(bank.name, RICH, RICH)
                await operator.connect_bank(bank.name, bank.profile())
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self.blue.stop(), self.green.stop())

    async def recalled(self, wait_s: float = 10) -> Resolved:
        """Pay, and ask for it back."""
        order = Order(TEN, "Wanjiru", "01", "Kato", creditor_account="02", creditor_agent=institution(self.green.bic))
        outcome = await self.blue.pay(order)
        assert outcome.end is End.SETTLED
        return await self.asking.recall(outcome.key, "TECH", "our fault", wait_s)


ANSWERS = {
    "accept": (ACCEPT, Resolved("CNCL", pending=0)),
    "refuse": (reject("LEGL", "frozen"), Resolved("RJCR", "LEGL", "frozen")),
    "pending": (Behaviour(before=("PDCR", "PDCR"), reject="CUST"), Resolved("RJCR", "CUST", pending=2)),
}


@pytest.mark.parametrize("way", ANSWERS)
async def test_a_recall_comes_to_what_the_other_bank_says(hub, way):
    answer, expected = ANSWERS[way]
    async with Stage(hub, answer) as stage:
        resolved = await stage.recalled()
        told = (resolved.word, resolved.reason, resolved.pending)
        assert told == (expected.word, expected.reason, expected.pending)
        if way == "accept":
            assert list(stage.asking.desk.returned.values()) == [TEN.units]


async def test_silence_leaves_the_recall_open(hub):
    async with Stage(hub, SILENT) as stage:
        assert await stage.recalled(0.5) == Resolved()
        assert len(stage.asked.asked) == 1
