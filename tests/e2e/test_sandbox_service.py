"""Sandbox banks that verify their customers and speak of the service, against a real hub."""

import asyncio
import uuid
from typing import Self

import pytest

from iso.messages.fields import Account
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.service import Service
from switch.sandbox.verification import Verifier
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
RICH = Money(1_000_000_000, "USD")
IBAN = "DE02100100100006820101"


class Stage:
    """Two banks; green knows Ada Green, and asks nobody."""

    def __init__(self, hub: Hub) -> None:
        mark = uuid.uuid4().hex[:6]
        code = "".join(chr(ord("A") + int(sign, 16)) for sign in mark[:4])
        self.address = Address(hub.fspiop, hub.admin, hub.iso)
        self.blue = SandboxBank(f"blue{mark}", f"{code}KENA", iso_url=hub.iso)
        self.green = SandboxBank(f"green{mark}", f"{code}UGKA", iso_url=hub.iso)
        self.asking, self.knowing = Verifier(self.blue), Verifier(self.green, {IBAN: "Ada Green"})
        self.service = Service(self.green)
        self.certificate = hub.certificate

    async def __aenter__(self) -> Self:
        await asyncio.gather(self.blue.start(), self.green.start())
        async with Operator(self.address) as operator:
            for bank in (self.blue, self.green):
                await operator.add_participant(bank.name, RICH, RICH)
                await operator.connect_bank(bank.name, bank.profile(verifies=True))
                bank.trust_hub([self.certificate])
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self.blue.stop(), self.green.stop())

    async def ask(self, number: str, name: str | None) -> tuple[bool, str | None]:
        found = await self.asking.ask(Account(iban=number), name, letters.institution(self.green.bic))
        return found.verified, found.code


async def test_banks_verify_for_each_other(hub: Hub):
    async with Stage(hub) as stage:
        assert await stage.ask(IBAN, "GREEN, Ada") == (True, None)
        assert await stage.ask(IBAN, "A Green") == (False, "PN02")
        assert await stage.ask(IBAN, "Eve Blue") == (False, "PN01")
        assert await stage.ask(IBAN, None) == (True, None)
        assert await stage.ask("DE75512108001245126199", None) == (False, "AC01")


async def test_a_bank_tells_of_itself_and_hears_of_the_hub(hub: Hub):
    async with Stage(hub) as stage:
        assert (await stage.service.tell("ECHO")).code == "ECHO"
        sent = hub.operate("POST", "/broadcasts", {"event": "closing", "to": [stage.green.name]}).json()
        for _ in range(400):
            (receiver,) = hub.operate("GET", f"/broadcasts/{sent['id']}").json()["receivers"]
            if receiver["acknowledged"]:
                break
            await asyncio.sleep(0.05)
        assert receiver["acknowledged"]
        assert [one.code for one in stage.service.heard] == ["CLSG"]
