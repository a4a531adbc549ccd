"""The scheme's operator: sets up participants and money, then changes limits, funds and activity under load."""

import asyncio
import random
from typing import NamedTuple

from schemas.canonical.commands import (
    CreateHubAccount,
    CreateParticipant,
    CreateSettlementModel,
    RecordFunds,
    RegisterParty,
    SetAccountActive,
    SetInitialLimits,
    SetIsoProfile,
    SetLimit,
    SetOracle,
    SetParticipantActive,
)
from schemas.canonical.forwarding import SetServices
from schemas.canonical.identity import HUB, FspId, TransferId
from schemas.canonical.money import UNITS_PER_ONE, Money
from schemas.canonical.participants import AccountType, IsoProfile, LedgerAccount
from schemas.canonical.wire import Dialect, Envelope
from switch.lanes import LEDGER, LOOKUP
from switch.store.memory import MemoryStore
from tests.simulation import wire
from tests.simulation.actor import Actor
from tests.simulation.cast import CURRENCIES, EVERYBODY, PROVIDERS, Member
from tests.simulation.clearing_house import MODEL

_BICS = {"bank-a": "AAAAUS33", "bank-b": "BBBBKENA", "bank-c": "CCCCUS33"}


class Deal(NamedTuple):
    """A movement of funds as the operator recorded it: units in, or units that left."""

    member: FspId
    currency: str
    units: int


class Operator:
    """Says administrative commands through the same unreliable network as everybody."""

    def __init__(self, actor: Actor, store: MemoryStore) -> None:
        self.actor, self.store = actor, store
        self.deposits: list[Deal] = []
        self.doubtful: list[Deal] = []
        self._accounts: dict[tuple[FspId, str, AccountType], int] = {}
        self._numbers = 0

    async def found(self) -> None:
        """Make the scheme."""
        say = self.actor.say
        await say(LEDGER, CreateSettlementModel(MODEL, "NET", "MULTILATERAL", "DEFERRED", auto_position_reset=True))
        await say(LEDGER, SetOracle(type="MSISDN", default=True))
        for currency in CURRENCIES:
            for kind in (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT):
                await say(LEDGER, CreateHubAccount(HUB, currency, kind))
        for member in EVERYBODY:
            await self._admit(member)
        while len(self._accounts) < 2 * len(CURRENCIES) * (len(EVERYBODY) + 1):
            for account in await self.store.records(LedgerAccount):
                self._accounts[account.owner, account.currency, account.type] = account.id
            await asyncio.sleep(0.1)
        for member in EVERYBODY:
            for currency in CURRENCIES:
                await self._deposit(member, currency, self._amount(2000, 8000))
            await say(LOOKUP, self._registration(member))

    async def _admit(self, member: Member) -> None:
        for currency in CURRENCIES:
            await self.actor.say(LEDGER, CreateParticipant(member.name, currency))
            await self.actor.say(LEDGER, SetInitialLimits(member.name, Money(self._amount(1500, 9000), currency)))
        if member in PROVIDERS:
            await self.actor.say(LEDGER, SetServices(member.name, ("FXP",)))
        if member.bank:
            profile = IsoProfile(bic=_BICS[member.name], confirm="two-step" if member.confirm else "one-step")
            await self.actor.say(LEDGER, SetIsoProfile(member.name, profile))

    def _registration(self, member: Member) -> RegisterParty:
        command = RegisterParty(Envelope(member.name, Dialect.INTERNAL), member.customer, member.name)
        return wire.sealed(command, member.name, None, f"registration-{member.name}")

    def _amount(self, low: int, high: int) -> int:
        return self.actor.chance.randint(low, high) * UNITS_PER_ONE

    async def _deposit(self, member: Member, currency: str, units: int) -> None:
        await self.actor.say(LEDGER, self._funds(member, currency, "recordFundsIn", units))
        self.deposits.append(Deal(member.name, currency, units))

    def _funds(self, member: Member, currency: str, action: str, units: int) -> RecordFunds:
        self._numbers += 1
        key = TransferId(f"00000000-0000-4000-8000-{self._numbers:012d}")
        account = self._accounts[member.name, currency, AccountType.SETTLEMENT]
        return RecordFunds(member.name, account, key, action, Money(units, currency), "simulated")

    async def work(self, over_s: float) -> None:
        """Change things while payments run; whatever was switched off is on again in the end."""
        for _ in range(self.actor.chance.randint(3, 8)):
            await asyncio.sleep(self.actor.chance.random() * over_s / 6)
            member, currency = self.actor.chance.choice(EVERYBODY), self.actor.chance.choice(CURRENCIES)
            await self.actor.chance.choice((self._limit, self._limit, self._in, self._out, self._pause))(
                member, currency
            )

    async def _limit(self, member: Member, currency: str) -> None:
        await self.actor.say(LEDGER, SetLimit(member.name, Money(self._amount(200, 9000), currency)))

    async def _in(self, member: Member, currency: str) -> None:
        await self._deposit(member, currency, self._amount(1, 900))

    async def _out(self, member: Member, currency: str) -> None:
        """Reserve, then let it go or give it back; what became of it is what the last receipt says."""
        reserve = self._funds(member, currency, "recordFundsOutPrepareReserve", self._amount(1, 6000))
        await self.actor.say(LEDGER, reserve)
        action = "recordFundsOutCommit" if self.actor.chance.random() < 0.7 else "recordFundsOutAbort"
        await asyncio.sleep(self.actor.chance.random() * 2)
        second = RecordFunds(member.name, reserve.account, reserve.transfer_id, action)
        receipt = await self.actor.say(LEDGER, second)
        if receipt.state == "COMMITTED" and reserve.amount is not None:
            self.deposits.append(Deal(member.name, currency, -reserve.amount.units))

    async def _pause(self, member: Member, currency: str) -> None:
        account = self._accounts[member.name, currency, AccountType.POSITION]
        if self.actor.chance.random() < 0.5:
            off, on = (SetParticipantActive(member.name, one) for one in (False, True))
        else:
            off, on = (SetAccountActive(member.name, account, one) for one in (False, True))
        await self.actor.say(LEDGER, off)
        await asyncio.sleep(self.actor.chance.random() * 1.5)
        await self.actor.say(LEDGER, on)


def generator(seed: int, purpose: str) -> random.Random:
    """Chance for one purpose, so that a change in one part leaves the others as they were."""
    return random.Random(f"{seed}/{purpose}")
