"""Payments across currencies: who converts on whose side, through which provider, and what goes wrong on the way."""

import random
import uuid
from typing import NamedTuple

from schemas.canonical.conversion import Side
from schemas.canonical.identity import TransferId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from tests.simulation.cast import CURRENCIES, MEMBERS, PROVIDERS, Member, Plan, one

_MANNERS = {
    "accepts": 55,
    "rejects": 8,
    "is silent": 6,
    "is late": 5,
    "is just in time": 6,
    "says a wrong preimage": 4,
    "changes its mind": 10,
    "rejects, then accepts": 3,
    "waits for a stranger": 3,
}
"""How a provider answers."""
_COURSES = {
    "in order": 56,
    "does not wait": 8,
    "never pays": 6,
    "pays another amount": 6,
    "pays first": 6,
    "asks two providers": 6,
    "gives the conversion less time": 12,
}
"""What the payer does who has its money converted."""


class Trade(NamedTuple):
    """One conversion and the payment it is for, whose amount is the target on the payer's side, else the source."""

    id: TransferId
    plan: Plan
    side: Side
    provider: Member
    given: Money
    got: Money
    life_s: float
    manner: str
    course: str

    @property
    def initiator(self) -> Member:
        """Who orders the conversion."""
        return self.plan.payer if self.side is Side.PAYER else self.plan.payee


def draw(chance: random.Random, count: int, over_s: float) -> list[Trade]:
    """The trades of one run, from the seed alone."""
    return [_one(chance, over_s) for _ in range(count)]


def draw_by_banks(chance: random.Random, count: int, over_s: float) -> list[Trade]:
    """Payments of banks in another currency: the hub orders the conversion, under an id of its own."""
    return [_by_bank(chance, over_s) for _ in range(count)]


def _by_bank(chance: random.Random, over_s: float) -> Trade:
    trade = _one(chance, over_s)
    payer = chance.choice([member for member in MEMBERS if member.bank])
    payee = chance.choice([member for member in MEMBERS if member != payer])
    plan = trade.plan._replace(
        payer=payer, payee=payee, amount=trade.got, silent_about=chance.choice(("parties", "quotes", *["nothing"] * 10))
    )
    conversion = TransferId(derived_uuid("conversion", plan.id))
    # A bank is told amounts of its currency's own decimals only.
    got = Money(max(trade.got.units // 100 * 100, 100), trade.got.currency)
    return trade._replace(id=conversion, plan=plan._replace(amount=got), got=got, side=Side.PAYER)


def _one(chance: random.Random, over_s: float) -> Trade:
    payer, payee = chance.sample([member for member in MEMBERS if not member.bank], 2)
    source, target = chance.sample(CURRENCIES, 2)
    plan = one(chance, over_s)
    given = Money(plan.amount.units, source)
    got = Money(max(plan.amount.units * chance.randint(20, 300) // 100 // 100 * 100, 100), target)
    side = Side.PAYER if chance.random() < 0.7 else Side.PAYEE
    manner = "accepts" if "step" in plan.manner or "version" in plan.manner else plan.manner
    mischief = plan.mischief if plan.mischief in {"repeats at once", "repeats later"} else "none"
    amount = got if side is Side.PAYER else given
    plan = plan._replace(
        payer=payer, payee=payee, amount=amount, quotes=False, manner=manner, mischief=mischief, silent_about="nothing"
    )
    return Trade(
        TransferId(str(uuid.UUID(int=chance.getrandbits(128), version=4))),
        plan,
        side,
        chance.choice(PROVIDERS),
        given,
        got,
        chance.uniform(3.0, 12.0),
        *chance.choices(list(_MANNERS), list(_MANNERS.values())),
        *chance.choices(list(_COURSES), list(_COURSES.values())),
    )


def terms_of(trade: Trade, condition: str, packet: str) -> Terms:
    """What initiator and provider agreed."""
    initiator, provider = Party(fsp=trade.initiator.name), Party(fsp=trade.provider.name)
    return Terms(
        trade.id, trade.given, initiator, provider, payee_receives=trade.got, packet=packet, condition=condition
    )
