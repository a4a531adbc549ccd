"""Who takes part in the simulation: banks and DFSPs with their customers, and what each payment is going to be."""

import hashlib
import random
import uuid
from datetime import timedelta
from typing import NamedTuple

from fspiop import ilp
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import UNITS_PER_ONE, Money
from schemas.canonical.party import Party, PartyId
from schemas.canonical.terms import Terms

CURRENCIES = ("USD", "KES")


class Member(NamedTuple):
    """One institution; `confirm` says whether a bank is told that what it accepted was committed."""

    name: FspId
    bank: bool
    confirm: bool = True

    @property
    def customer(self) -> PartyId:
        """The one customer it is paid for."""
        return PartyId("MSISDN", f"2547{int(hashlib.sha256(self.name.encode()).hexdigest(), 16) % 10**8:08d}")


MEMBERS = (
    Member(FspId("bank-a"), bank=True),
    Member(FspId("bank-b"), bank=True),
    Member(FspId("bank-c"), bank=True, confirm=False),
    Member(FspId("dfsp-a"), bank=False),
    Member(FspId("dfsp-b"), bank=False),
    Member(FspId("dfsp-c"), bank=False),
)
PROVIDERS = (Member(FspId("fxp-a"), bank=False), Member(FspId("fxp-b"), bank=False))
"""Who converts; they neither pay nor are paid by themselves."""
EVERYBODY = (*MEMBERS, *PROVIDERS)
BY_NAME = {member.name: member for member in EVERYBODY}


class Plan(NamedTuple):
    """One payment: what its payer will do about it, and how its payee will behave."""

    id: TransferId
    payer: Member
    payee: Member
    amount: Money
    start_s: float
    life_s: float
    manner: str
    mischief: str
    asks: bool
    quotes: bool
    silent_about: str

    @property
    def kind(self) -> str:
        return f"{'bank' if self.payer.bank else 'dfsp'} to {'bank' if self.payee.bank else 'dfsp'}"

    @property
    def life(self) -> timedelta:
        return timedelta(seconds=self.life_s)


_MANNERS = {
    "accepts": 46,
    "accepts and asks to be told": 12,
    "rejects": 8,
    "is silent": 6,
    "is late": 6,
    "is just in time": 6,
    "says a wrong preimage": 4,
    "changes its mind": 5,
    "rejects, then accepts": 3,
    "says it in an old version": 2,
    "goes step by step": 4,
    "waits for a stranger": 4,
}
"""How a payee answers."""

_MISCHIEF = {
    "none": 55,
    "repeats at once": 10,
    "repeats later": 10,
    "changes the amount": 6,
    "changes it under a new message id": 5,
    "uses the message id again": 5,
    "pays in another's name": 4,
    "pays nobody": 3,
    "pays what expired": 2,
}
"""What else a payer does."""


def draw(chance: random.Random, count: int, over_s: float) -> list[Plan]:
    """The payments of one run, from the seed alone; some come in bursts from one payer, so that limits are reached."""
    plans = [one(chance, over_s) for _ in range(count)]
    for place in range(1, count):
        before = plans[place - 1]
        if chance.random() < 0.35 and plans[place].payee != before.payer:
            amount = Money(plans[place].amount.units, before.amount.currency)
            plans[place] = plans[place]._replace(payer=before.payer, amount=amount, start_s=before.start_s)
    return plans


def one(chance: random.Random, over_s: float) -> Plan:
    """One payment between any two members."""
    payer, payee = chance.sample(MEMBERS, 2)
    units = chance.choice((1, 25, 100, 4000, 10_000)) * chance.randint(1, 60) * UNITS_PER_ONE // 100
    return Plan(
        TransferId(str(uuid.UUID(int=chance.getrandbits(128), version=4))),
        payer,
        payee,
        Money(max(units // 100 * 100, 100), chance.choice(CURRENCIES)),
        chance.uniform(0.0, over_s),
        chance.uniform(2.0, 12.0),
        *chance.choices(list(_MANNERS), list(_MANNERS.values())),
        *chance.choices(list(_MISCHIEF), list(_MISCHIEF.values())),
        asks=chance.random() < 0.3,
        quotes=chance.random() < 0.5,
        silent_about=chance.choice(("parties", "quotes", *("nothing",) * 12)),
    )


def preimage(payee: FspId, packet: str) -> str:
    """The fulfilment a DFSP derives for a packet from its own secret."""
    return ilp.fulfilment_for(payee.encode(), packet)


def terms_of(plan: Plan) -> Terms:
    """The agreement as payer and payee see it; between DFSPs it has a condition, made out of band or by a quote."""
    payer = Party(id=plan.payer.customer, fsp=plan.payer.name, name="Payer")
    payee = Party(id=plan.payee.customer, fsp=plan.payee.name, name="Payee")
    return Terms(plan.id, plan.amount, payer, payee)
