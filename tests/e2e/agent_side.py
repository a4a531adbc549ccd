"""Two sandbox banks, a sandbox settlement agent and an operator around a hub: pay, close, settle, and look."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from typing import Any

import msgspec

from iso.messages import pacs002
from iso.messages.pacs002 import Pacs002, TransactionStatus
from schemas.canonical.money import Money
from switch.sandbox.agent_onboarding import MODEL, account_at_agent, enter
from switch.sandbox.bank import SandboxBank
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.keys import KeyPair, rsa_keys
from switch.sandbox.letters import Order, institution, new_id
from switch.sandbox.onboarding import Hub as Address
from switch.sandbox.onboarding import Operator
from switch.sandbox.outcome import End
from switch.sandbox.settlement_agent import USUAL, Conduct, SettlementDesk

FUNDS = Money(10_000_000, "USD")
ONE = 10_000
SCHEME_ACCOUNT = "SCHEME-USD"


class Cycle:
    """One settlement cycle of two banks: `blue` pays, `green` is paid, `desk` is the agent's."""

    def __init__(self, operator: Operator, banks: Sequence[SandboxBank], desk: SettlementDesk) -> None:
        self.operator, self.desk = operator, desk
        self.blue, self.green, self.white = (*banks, banks[0])[:3]
        self.id = 0

    def moved(self, hub: Any) -> None:
        """The hub is somewhere else since it was started again."""
        self.operator.hub = Address(hub.fspiop, hub.admin, hub.iso)
        for bank in (self.blue, self.green, self.white, self.desk.bank):
            bank.url_of_hub = hub.iso

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        return msgspec.json.decode(await self.operator.call(method, path, body) or b"null")

    async def pay(self, units: int, payer: SandboxBank | None = None) -> None:
        """A payment of so many dollars."""
        payer = payer or self.blue
        payee = self.blue if payer is self.green else self.green
        assert (await payer.pay(self.order(payee, units))).end is End.SETTLED

    def order(self, payee: SandboxBank, units: int = 1) -> Order:
        """A customer's order to pay one of that bank."""
        agent = institution(payee.bic)
        return Order(Money(units * ONE, "USD"), "Ann", "111", "Ben", creditor_account="777", creditor_agent=agent)

    async def settle(self, units: int = 70) -> int:
        """Pay, close the window, and make a settlement of it."""
        await self.pay(units)
        (window,) = await self.call("GET", "/v2/settlementWindows?state=OPEN")
        await self.call("POST", f"/v2/settlementWindows/{window['id']}", {"state": "CLOSED", "reason": "due"})
        return await self.create(window["id"])

    async def create(self, window: int) -> int:
        body = {"settlementModel": MODEL, "reason": "due", "settlementWindows": [{"id": window}]}
        made = await self.call("POST", "/v2/settlements", body)
        self.id = made["id"]
        return self.id

    async def instruct(self) -> Any:
        return await self.call("POST", f"/v2/settlements/{self.id}/instruct")

    async def settlement(self) -> Any:
        return await self.call("GET", f"/v2/settlements/{self.id}")

    async def instruction(self) -> Any:
        (found,) = await self.call("GET", f"/v2/settlements/{self.id}/instructions")
        return found

    async def until(
        self, look: Callable[[Any], bool], what: Callable[[], Awaitable[Any]] | None = None, seconds: float = 10
    ) -> Any:
        """Wait until the settlement (or what `what` gives) looks so; what it then is."""
        async with asyncio.timeout(seconds):
            while True:
                found = await (what or self.settlement)()
                if look(found):
                    return found
                await asyncio.sleep(0.02)

    async def reaches(self, state: str) -> Any:
        return await self.until(lambda found: found["state"] == state)

    async def positions(self) -> list[int]:
        found = [await self.operator.position(bank.name, "USD") for bank in (self.blue, self.green)]
        return [one.units // ONE for one in found]

    async def deposits(self) -> list[int]:
        """What both have deposited, less what they began with."""
        accounts = [(await self.operator.accounts(bank.name, "USD"))["SETTLEMENT"] for bank in (self.blue, self.green)]
        return [(-one.units - FUNDS.units) // ONE for one in accounts]

    def at_agent(self) -> list[int]:
        """What both have there, less what they began with."""
        return [(self.desk.balance(self.number(bank)) - FUNDS.units) // ONE for bank in (self.blue, self.green)]

    def number(self, bank: SandboxBank) -> str:
        return account_at_agent(bank.name, "USD")

    async def say(self, bank: SandboxBank, status: str, instruction: str) -> None:
        """A pacs.002 about an instruction, by whichever bank."""
        one = TransactionStatus(original_instruction_id=instruction, status=status)
        message = Pacs002(message_id=new_id(), created=iso_moment(now()), transactions=(one,))
        body = pacs002.write(message, message.definition).body
        await bank.post(bank.sign(body, message.definition, instruction, message_id=message.message_id))

    def heard(self, kind: str) -> list[str]:
        """What the agent heard of a kind."""
        return [one.key for one in self.desk.bank.journal.entries if one.kind.startswith(kind) and one.status == 202
                and one.way == "received"]  # fmt: skip

    def said(self, kind: str) -> int:
        return sum(one.kind.startswith(kind) and one.way == "sent" for one in self.desk.bank.journal.entries)


@cache
def _keys(name: str) -> KeyPair:
    """One pair for all tests: making one takes a while."""
    return rsa_keys(name)


@asynccontextmanager
async def cycle(
    hub: Any, conduct: Conduct = USUAL, *, poor: bool = False, third: bool = False, **fields: Any
) -> AsyncIterator[Cycle]:
    """Two new banks, or three, and a new agent on the hub; `poor`: blue has nothing there; `fields` are the agent's."""
    address, mark = Address(hub.fspiop, hub.admin, hub.iso), uuid.uuid4().hex[:6]
    code = "".join(chr(ord("A") + int(sign, 16)) for sign in mark[:3])
    blue, green, white, agent = (
        SandboxBank(f"{name}{mark}", f"{name[0].upper()}{code}KENA", iso_url=hub.iso, keys=_keys(name))
        for name in ("blue", "green", "white", "silver")
    )
    async with AsyncExitStack() as stack, Operator(address) as operator:
        banks = (blue, green, white) if third else (blue, green)
        for bank in banks:
            await stack.enter_async_context(bank)
            await operator.add_participant(bank.name, FUNDS, FUNDS)
            await operator.call("PUT", f"/participants/{bank.name}/iso", bank.profile())
        await stack.enter_async_context(agent)
        desk = SettlementDesk(agent, SCHEME_ACCOUNT, conduct)
        desk.open_account(SCHEME_ACCOUNT, Money(0, "USD"))
        for bank in banks:
            has = Money(0, "USD") if poor and bank is blue else FUNDS
            desk.open_account(account_at_agent(bank.name, "USD"), has)
        await _free(operator)
        await enter(operator, agent, {"USD": [bank.name for bank in banks]}, SCHEME_ACCOUNT, **fields)
        try:
            yield Cycle(operator, banks, desk)
        finally:
            await _free(operator)


async def _free(operator: Operator) -> None:
    """Agents of other tests settle nothing any more."""
    for one in msgspec.json.decode(await operator.call("GET", "/settlementAgents")):
        if one["models"]:
            name = one.pop("name")
            await operator.call("PUT", f"/settlementAgents/{name}", one | {"models": []})
