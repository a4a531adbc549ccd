"""How an institution pays in another currency: first the conversion, then the transfer that determines it, or not."""

import asyncio
from datetime import timedelta

import msgspec

from schemas.canonical.commands import Prepare
from schemas.canonical.conversion import Side
from schemas.canonical.events import Aborted, Fulfilled
from schemas.canonical.identity import TransferId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.party import Account
from switch.lanes import JOURNEY, LEDGER
from tests.simulation import wire
from tests.simulation.actor import Actor
from tests.simulation.cast import PROVIDERS, terms_of
from tests.simulation.payer import agreed
from tests.simulation.trades import Trade

_POLL_S = 0.2
_PATIENCE = 30


async def pay_converted(actor: Actor, trade: Trade) -> None:
    """Carry out a trade on the payer's side."""
    plan = trade.plan
    await asyncio.sleep(plan.start_s)
    life = timedelta(seconds=plan.life_s * 0.7 if trade.course == "gives the conversion less time" else plan.life_s + 2)
    pays = wire.prepare(plan, agreed(plan), actor.clock() + plan.life, message="")
    if trade.course == "pays another amount":
        pays = _of_another_amount(pays)
    if trade.course == "pays first":
        await actor.say(LEDGER, pays)
    order = wire.convert(trade, actor.clock() + life)
    await actor.say(LEDGER, order)
    if trade.course == "asks two providers":
        await actor.say(LEDGER, wire.convert(_with_another(trade), actor.clock() + life))
    ready = trade.course == "does not wait" or await knows(actor, trade)
    if ready and trade.course != "never pays":
        await actor.say(LEDGER, pays)
    await _repeat(actor, trade, order, pays)


async def pay_by_bank(actor: Actor, trade: Trade) -> None:
    """A bank's one order: its own amount, to an account in the other currency."""
    plan = trade.plan._replace(amount=trade.given)
    await asyncio.sleep(plan.start_s)
    terms = terms_of(plan)
    held = Account(other="1", currency=trade.got.currency)
    terms = msgspec.structs.replace(terms, amount_type="SEND", payee=msgspec.structs.replace(terms.payee, account=held))
    order = wire.prepare(plan, terms, actor.clock() + plan.life, message=actor.message())
    await actor.say(JOURNEY, order)
    if plan.asks:
        actor.start(actor.say(LEDGER, wire.query(actor.name, plan, message=actor.message())))
    if plan.mischief == "repeats later":
        await asyncio.sleep(actor.chance.random() * plan.life_s * 2)
    if plan.mischief in {"repeats at once", "repeats later"}:
        await actor.say(JOURNEY, order)


async def convert(actor: Actor, trade: Trade) -> bool:
    """Carry out a trade on the payee's side; whether its provider agreed."""
    order = wire.convert(trade, actor.clock() + timedelta(seconds=trade.life_s))
    await actor.say(LEDGER, order)
    ready = await knows(actor, trade)
    if trade.plan.mischief == "repeats later":
        actor.start(actor.say(LEDGER, order))
    return ready


async def knows(actor: Actor, trade: Trade) -> bool:
    """Wait until the provider agreed (True), or the conversion ended or nothing is heard of it (False)."""
    for _ in range(_PATIENCE):
        heard = [one.row.event.body for one in actor.journal.heard if one.row.event.order == trade.id]
        if any(isinstance(body, Aborted) for body in heard):
            return False
        if any(isinstance(body, Fulfilled) for body in heard):
            return True
        await asyncio.sleep(_POLL_S)
    return False


def _with_another(trade: Trade) -> Trade:
    other = next(one for one in PROVIDERS if one != trade.provider)
    return trade._replace(id=TransferId(derived_uuid("another", trade.id)), provider=other)


def _of_another_amount(order: Prepare) -> Prepare:
    amount = Money(order.amount.units + 10_000, order.amount.currency)
    bare = msgspec.structs.replace(order, amount=amount, terms=msgspec.structs.replace(order.terms, amount=amount))
    return wire.sealed(bare, order.payer, order.payee, None)


async def _repeat(actor: Actor, trade: Trade, order: Prepare, pays: Prepare) -> None:
    plan = trade.plan
    if plan.asks:
        actor.start(actor.say(LEDGER, wire.ask(actor.name, trade)))
    if plan.mischief not in {"repeats at once", "repeats later"}:
        return
    if plan.mischief == "repeats later":
        await asyncio.sleep(actor.chance.random() * plan.life_s * 2)
    await actor.say(LEDGER, order)
    if trade.course != "never pays" and trade.side is Side.PAYER:
        await actor.say(LEDGER, pays)
