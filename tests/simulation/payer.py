"""How an institution pays: dialogue first where it needs one, then the order, and whatever mischief the plan holds."""

import asyncio
from datetime import timedelta

import msgspec

from fspiop import ilp
from schemas.canonical.commands import AnswerTerms, Prepare
from schemas.canonical.events import Event, Forwarded, TermsGiven
from schemas.canonical.identity import FspId, TransferId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.terms import Terms
from switch.lanes import JOURNEY, LEDGER, LOOKUP
from tests.simulation import wire
from tests.simulation.actor import Actor
from tests.simulation.cast import MEMBERS, Plan, preimage, terms_of

_PATIENCE_S = 3.0
_TRIES = 3


async def pay(actor: Actor, plan: Plan) -> None:
    """Carry out one plan."""
    await asyncio.sleep(plan.start_s)
    terms = await agree(actor, plan)
    if terms is None:
        return
    lane = JOURNEY if plan.kind == "bank to dfsp" else LEDGER
    expiry = actor.clock() + (plan.life if plan.mischief != "pays what expired" else timedelta(seconds=-1))
    message = actor.message()
    command = wire.prepare(plan, terms, expiry, message=message)
    if plan.mischief == "pays nobody":
        command = _to_nobody(plan, terms, expiry, message)
    if plan.mischief == "pays in another's name":
        actor.start(actor.say(LEDGER, _in_anothers_name(actor, plan, terms, expiry)))
    if plan.mischief == "repeats at once":
        actor.start(actor.say(lane, command))
    await actor.say(lane, command)
    if plan.asks:
        actor.start(_ask(actor, plan))
    await _mischief(actor, plan, lane, command)


async def agree(actor: Actor, plan: Plan) -> Terms | None:
    """Terms with condition where the payee needs one; None if nobody answered."""
    terms = terms_of(plan)
    if plan.payer.bank:
        return terms
    to_bank = plan.payee.bank
    if to_bank or plan.quotes:
        await _look_up(actor, plan)
        return await _quote(actor, plan, terms)
    return agreed(plan)


def agreed(plan: Plan) -> Terms:
    """Terms with packet and condition that were made out of band."""
    packet = f"agreed-{plan.id}"
    condition = ilp.condition_of(preimage(plan.payee.name, packet))
    return msgspec.structs.replace(terms_of(plan), packet=packet, condition=condition)


async def _look_up(actor: Actor, plan: Plan) -> None:
    party = plan.payee.customer
    for _ in range(_TRIES):
        await actor.say(LOOKUP, wire.look_up(plan, actor.chance.choice((None, plan.payee.name))))
        if await actor.answer_to(f"{party.type}/{party.identifier}", _PATIENCE_S) is not None:
            return


async def _quote(actor: Actor, plan: Plan, terms: Terms) -> Terms | None:
    quote_id = derived_uuid("a quote", plan.id)
    command = wire.request_terms(plan, quote_id, terms, actor.clock() + timedelta(seconds=60))
    for _ in range(_TRIES):
        await actor.say(JOURNEY, command)
        event = await actor.answer_to(quote_id, _PATIENCE_S)
        given = _given(event) if event is not None else None
        if given is not None:
            return msgspec.structs.replace(terms, quote_id=quote_id, packet=given[0], condition=given[1])
    return None


def _given(event: Event) -> tuple[str | None, str | None] | None:
    if isinstance(event.body, TermsGiven):
        return event.body.terms.packet, event.body.terms.condition
    if isinstance(event.body, Forwarded) and event.original is not None:
        answer = wire.read(event.original)
        if isinstance(answer, AnswerTerms) and answer.fault is None:
            return answer.packet, answer.condition
    return None


def _to_nobody(plan: Plan, terms: Terms, expiry: object, message: str) -> Prepare:
    """To an institution, or for a bank's payment to a customer, that does not exist."""
    nobody = FspId("nobody")
    party = msgspec.structs.replace(terms.payee, fsp=nobody)
    if party.id is not None:
        party = msgspec.structs.replace(party, id=msgspec.structs.replace(party.id, identifier="000"))
    command = wire.prepare(plan, msgspec.structs.replace(terms, payee=party), expiry, message=message)
    payee = None if command.payee is None else nobody
    bare = msgspec.structs.replace(command, payee=payee)
    return wire.sealed(bare, plan.payer.name, payee, message)


def _in_anothers_name(actor: Actor, plan: Plan, terms: Terms, expiry: object) -> Prepare:
    """Say that somebody else pays: the books must not believe it."""
    victim = next(one for one in MEMBERS if one.name not in {plan.payer.name, plan.payee.name})
    other = TransferId(derived_uuid("stolen", plan.id))
    stolen = plan._replace(id=other, payer=victim)
    message = actor.message()
    return wire.prepare(
        stolen, msgspec.structs.replace(terms, transaction_id=other), expiry,
        message=message, sender=actor.name,
    )  # fmt: skip


async def _mischief(actor: Actor, plan: Plan, lane: str, command: Prepare) -> None:
    if plan.mischief == "repeats later":
        for _ in range(actor.chance.randint(1, 3)):
            await asyncio.sleep(actor.chance.random() * plan.life_s * 2)
            await actor.say(lane, command)
    changed = {
        "changes the amount": command.envelope.message_id,
        "changes it under a new message id": actor.message(),
    }
    if plan.mischief in changed:
        await asyncio.sleep(actor.chance.random() * plan.life_s * 1.5)
        await actor.say(lane, _changed(plan, command, changed[plan.mischief]))
    if plan.mischief == "uses the message id again" and command.envelope.message_id:
        other = plan._replace(id=TransferId(derived_uuid("again", plan.id)))
        expiry = actor.clock() + plan.life
        await actor.say(lane, wire.prepare(other, command.terms, expiry, message=command.envelope.message_id))


def _changed(plan: Plan, command: Prepare, message: str | None) -> Prepare:
    amount = Money(command.amount.units + 10_000, command.amount.currency)
    terms = msgspec.structs.replace(command.terms, amount=amount)
    bare = msgspec.structs.replace(command, amount=amount, terms=terms)
    return wire.sealed(bare, plan.payer.name, command.payee, message)


async def _ask(actor: Actor, plan: Plan) -> None:
    for _ in range(actor.chance.randint(1, 3)):
        await asyncio.sleep(actor.chance.random() * plan.life_s)
        await actor.say(LEDGER, wire.query(actor.name, plan, message=actor.message()))
