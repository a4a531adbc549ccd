"""Bulk payments of the simulation: what a payer orders in one message, and in what manner its payee answers it."""

import asyncio
import hashlib
import random
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import NamedTuple

import msgspec

from schemas.canonical.bulk import AnsweredItem, Bulk, PrepareBulk, PreparedItem
from schemas.canonical.faults import fault, participant_fault
from schemas.canonical.identity import FspId, TransferId, derived_uuid
from schemas.canonical.money import Money
from schemas.canonical.wire import Original
from switch.lanes import LEDGER
from tests.simulation import wire
from tests.simulation.actor import Actor
from tests.simulation.cast import MEMBERS, Member, Plan, one, preimage
from tests.simulation.payer import agree

_REFUSAL = participant_fault("5104", "AC04", "Payee rejected - account closed")
_MOST = 3


class BulkPlan(NamedTuple):
    """One bulk: its items are plans of single payments, paid by a bank one by one and by a DFSP all at once."""

    id: str
    payer: Member
    payee: Member
    items: tuple[Plan, ...]
    start_s: float
    life_s: float
    manner: str
    mischief: str
    used: TransferId


_MANNERS = {
    "accepts all": 30,
    "accepts some": 15,
    "answers each its own way": 20,
    "refuses all": 10,
    "is silent": 5,
    "is late": 5,
    "is just in time": 8,
    "changes its mind": 7,
    "addresses another": 5,
    "is not believed": 4,
    "waits for a stranger": 5,
    "says nothing of items": 4,
}
_MISCHIEF = {
    "none": 50,
    "repeats": 15,
    "changes an item": 8,
    "uses an id again": 10,
    "names an id twice": 6,
    "pays in another's name": 4,
    "pays nobody": 3,
    "pays what expired": 4,
    "asks": 15,
}


def draw(chance: random.Random, over_s: float, ids: Collection[TransferId]) -> dict[str, BulkPlan]:
    """The bulks of one run, from the seed alone; `ids` are those of single payments, one of which may be used again."""
    found = [_draw_one(chance, over_s, sorted(ids)) for _ in range(chance.randint(0, _MOST))]
    return {plan.id: plan for plan in found}


def _draw_one(chance: random.Random, over_s: float, ids: list[TransferId]) -> BulkPlan:
    payer = chance.choice([member for member in MEMBERS if not member.bank])
    payee = chance.choice([member for member in MEMBERS if member != payer])
    start_s, life_s = chance.uniform(0.0, over_s), chance.uniform(3.0, 12.0)
    items = tuple(
        one(chance, over_s)._replace(payer=payer, payee=payee, mischief="none", quotes=False, silent_about="nothing")
        for _ in range(chance.randint(1, 6))
    )
    return BulkPlan(
        str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        payer,
        payee,
        items,
        start_s,
        life_s,
        *chance.choices(list(_MANNERS), list(_MANNERS.values())),
        *chance.choices(list(_MISCHIEF), list(_MISCHIEF.values())),
        chance.choice(ids),
    )


async def pay_bulk(actor: Actor, plan: BulkPlan) -> None:
    """Agree on each item, order them all, and do whatever mischief the plan holds."""
    await asyncio.sleep(plan.start_s)
    items: list[PreparedItem] = []
    for each in plan.items:
        terms = await agree(actor, each)
        if terms is not None and terms.condition is not None:
            items.append(PreparedItem(each.id, each.amount, terms, terms.condition))
    if not items:
        return
    if plan.mischief == "uses an id again":
        items.append(msgspec.structs.replace(items[0], transfer_id=plan.used))
    if plan.mischief == "names an id twice":
        items.append(msgspec.structs.replace(items[0], amount=Money(100, items[0].amount.currency)))
    life = timedelta(seconds=-1 if plan.mischief == "pays what expired" else plan.life_s)
    payee = FspId("nobody") if plan.mischief == "pays nobody" else plan.payee.name
    order = wire.prepare_bulk(plan.id, plan.payer.name, payee, actor.clock() + life, items)
    if plan.mischief == "pays in another's name":
        victim = next(member for member in MEMBERS if member.name not in {plan.payer.name, payee})
        stolen = wire.prepare_bulk(
            derived_uuid("stolen", plan.id), victim.name, payee, order.expiry, items, sender=actor.name
        )
        actor.start(actor.say(LEDGER, stolen))
    await actor.say(LEDGER, order)
    await _mischief(actor, plan, order)


async def _mischief(actor: Actor, plan: BulkPlan, order: PrepareBulk) -> None:
    for _ in range(2):
        await asyncio.sleep(actor.chance.random() * plan.life_s)
        if plan.mischief == "repeats":
            await actor.say(LEDGER, order)
        if plan.mischief == "asks":
            await actor.say(LEDGER, wire.query_bulk(actor.name, plan.id))
    if plan.mischief == "changes an item":
        changed = (*order.items[1:], order.items[0]) if len(order.items) > 1 else (*order.items, *order.items)
        await actor.say(LEDGER, wire.prepare_bulk(plan.id, order.payer, order.payee, order.expiry, changed))


async def answer_bulk(
    actor: Actor, plan: BulkPlan | None, bulk: Bulk, original: Original, others: Mapping[str, Actor]
) -> None:
    """Answer an order in the plan's manner; an order heard again is answered by the same words."""
    await asyncio.sleep(actor.chance.random() ** 2 * 0.8)
    manner = plan.manner if plan is not None else "accepts all"
    left = (bulk.expiry - actor.clock()).total_seconds()
    if manner == "is silent":
        return
    if manner == "is late":
        await asyncio.sleep(max(left, 0.0) + actor.chance.random())
    if manner == "is just in time":
        await asyncio.sleep(max(left + actor.chance.uniform(-0.3, 0.1), 0.0))
    if manner == "refuses all":
        await _say(actor, wire.reject_bulk(actor.name, bulk, _REFUSAL))
        return
    if manner == "says nothing of items":
        await actor.say(LEDGER, wire.answer_bulk(actor.name, bulk, (), word="PROCESSING"))
    packets = _packets(original)
    if manner == "waits for a stranger":
        stranger = others[next(m.name for m in MEMBERS if not m.bank and m.name not in {bulk.payer, bulk.payee})]
        await stranger.try_once(LEDGER, wire.answer_bulk(stranger.name, bulk, _accepting(actor.name, bulk, packets)))
    await _say(actor, _answer(actor, manner, bulk, packets))
    if manner == "changes its mind":
        await asyncio.sleep(actor.chance.random() * 3.0)
        await _say(actor, wire.reject_bulk(actor.name, bulk, _REFUSAL))


def _answer(actor: Actor, manner: str, bulk: Bulk, packets: Mapping[TransferId, str]) -> object:
    items = _accepting(actor.name, bulk, packets)
    if manner == "accepts some":
        items = tuple(each for each in items if _fate(each.transfer_id) % 2) or items[:1]
    if manner == "answers each its own way":
        items = tuple(_own_way(each) for each in items)
    if manner == "addresses another":
        return wire.answer_bulk(actor.name, bulk, items, receiver=FspId("somebody"))
    wrong = fault("VALIDATION", "completedTimestamp") if manner == "is not believed" else None
    return wire.answer_bulk(actor.name, bulk, items, wrong=wrong)


def _own_way(item: AnsweredItem) -> AnsweredItem:
    """Accept, refuse, say a wrong preimage, or none."""
    match _fate(item.transfer_id) % 4:
        case 0:
            return item
        case 1:
            return AnsweredItem(item.transfer_id, fault=_REFUSAL)
        case 2:
            return AnsweredItem(item.transfer_id, preimage(FspId("someone else"), item.transfer_id))
        case _:
            return AnsweredItem(item.transfer_id)


def _accepting(payee: FspId, bulk: Bulk, packets: Mapping[TransferId, str]) -> tuple[AnsweredItem, ...]:
    return tuple(AnsweredItem(one.transfer_id, preimage(payee, packets[one.transfer_id])) for one in bulk.items)


def _packets(original: Original) -> dict[TransferId, str]:
    order = wire.read(original)
    assert isinstance(order, PrepareBulk)
    # An id that stands twice was reserved by its first item.
    return {item.transfer_id: item.terms.packet or "" for item in reversed(order.items)}


def _fate(transfer_id: TransferId) -> int:
    return hashlib.sha256(transfer_id.encode()).digest()[0]


async def _say(actor: Actor, command: object) -> None:
    if actor.chance.random() < 0.15:
        actor.start(actor.say(LEDGER, command))  # type: ignore[arg-type]
    await actor.say(LEDGER, command)  # type: ignore[arg-type]
