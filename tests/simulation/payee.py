"""How an institution is paid: it answers dialogues, and each reservation in the manner of the payment's plan."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fspiop import ilp
from schemas.canonical.bulk import BulkReserved
from schemas.canonical.commands import AnswerParty, AnswerTerms, LookUpParty, RequestTerms
from schemas.canonical.conversion import Side
from schemas.canonical.events import Forwarded, PartyAsked, Reserved, TermsAsked
from schemas.canonical.exchange import AnswerRate, RateAsked
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.party import Party, PartyId
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect, Envelope
from switch.lanes import JOURNEY, LEDGER, LOOKUP
from switch.store.port import OutboxRow
from tests.simulation import wire
from tests.simulation.actor import Actor
from tests.simulation.bulks import BulkPlan, answer_bulk
from tests.simulation.cast import BY_NAME, MEMBERS, Plan, preimage
from tests.simulation.trader import convert
from tests.simulation.trades import Trade

_REFUSAL = participant_fault("5104", "AC04", "Payee rejected - account closed")
_OTHER_REFUSAL = participant_fault("5105", "AC06", "Payee rejected - account blocked")


class Payee:
    """The paid side of one actor."""

    def __init__(
        self,
        actor: Actor,
        plans: Mapping[str, Plan],
        actors: Mapping[str, Actor],
        bulks: Mapping[str, BulkPlan],
        trades: Mapping[str, Trade],
    ) -> None:
        self.actor, self.plans, self.actors, self.bulks, self.trades = actor, plans, actors, bulks, trades
        self._messages: dict[tuple[str, str], str] = {}
        actor.react = self.react

    def react(self, row: OutboxRow) -> None:
        """Whatever the hub brings that wants an answer."""
        match row.event.body:
            case Reserved(transfer=transfer):
                self.actor.start(self._reserved(transfer))
            case BulkReserved(bulk=bulk) if row.event.original is not None:
                plan = self.bulks.get(bulk.id)
                self.actor.start(answer_bulk(self.actor, plan, bulk, row.event.original, self.actors))
            case PartyAsked(source=source, party_id=party):
                self.actor.start(self._who_is(source, party))
            case TermsAsked(source=source, quote_id=quote_id, terms=terms):
                self.actor.start(self._quote(source, quote_id, terms))
            case RateAsked() as asked:
                self.actor.start(self._price(asked))
            case Forwarded() if row.event.original is not None:
                self._forwarded(wire.read(row.event.original))
            case _:
                pass

    def _forwarded(self, command: Any) -> None:
        if isinstance(command, LookUpParty):
            self.actor.start(self._who_is(command.envelope.sender, command.party_id))
        if isinstance(command, RequestTerms):
            self.actor.start(self._quote(command.envelope.sender, command.quote_id, command.terms))

    async def _who_is(self, source: FspId, party: PartyId) -> None:
        await self._think(0.3)
        if self.actor.chance.random() < 0.05:
            return
        found = Party(id=party, fsp=self.actor.name, name="Payee")
        command = AnswerParty(self._bare(), party, found)
        await self._dialogue(JOURNEY if BY_NAME[source].bank else LOOKUP, command, source)

    async def _quote(self, source: FspId, quote_id: str, terms: Terms) -> None:
        await self._think(0.3)
        plan = self.plans.get(terms.transaction_id)
        if plan is not None and plan.silent_about == "quotes":
            return
        if plan is not None and plan.silent_about == "parties":
            await self._dialogue(JOURNEY, AnswerTerms(self._bare(), quote_id, fault=_REFUSAL), source)
            return
        packet = f"quoted-{quote_id}"
        condition = ilp.condition_of(preimage(self.actor.name, packet))
        command = AnswerTerms(self._bare(), quote_id, terms.amount, terms.amount, packet=packet, condition=condition)
        await self._dialogue(JOURNEY, command, source)

    async def _price(self, asked: RateAsked) -> None:
        """The rate of the plan's trade; sometimes none, one that nobody ordered, or one that is over."""
        await self._think(0.3)
        trade, chance = self.trades[asked.determines], self.actor.chance.random()
        given = trade.given if chance > 0.06 else Money(trade.given.units + 100, trade.given.currency)
        expiry = self.actor.clock() + timedelta(seconds=60 if chance > 0.03 else 0)
        condition = ilp.condition_of(preimage(self.actor.name, ""))
        fields = {"source": given, "target": trade.got, "expiry": expiry, "condition": condition}
        if chance > 0.97:
            return
        command = AnswerRate(self._bare(), asked.key, **({"fault": _REFUSAL} if chance > 0.93 else fields))
        await self._dialogue(JOURNEY, command, asked.source)

    def _bare(self) -> Envelope:
        return Envelope(self.actor.name, Dialect.INTERNAL)

    async def _dialogue(self, lane: str, command: Any, receiver: FspId) -> None:
        await self.actor.say(lane, wire.sealed(command, self.actor.name, receiver, None))

    async def _think(self, most_s: float) -> None:
        await asyncio.sleep(self.actor.chance.random() ** 2 * most_s)

    async def _reserved(self, transfer: Transfer) -> None:
        await self._think(0.8)
        manner = await self._manner(transfer)
        left = (transfer.expiry - self.actor.clock()).total_seconds()
        match manner:
            case "is silent":
                return
            case "is late":
                await asyncio.sleep(max(left, 0.0) + self.actor.chance.random())
            case "is just in time":
                await asyncio.sleep(max(left + self.actor.chance.uniform(-0.3, 0.1), 0.0))
            case "rejects" | "rejects, then accepts":
                await self._say(wire.reject(self.actor.name, transfer, _REFUSAL, message=self._once(transfer, "no")))
            case "says a wrong preimage" if not self._bank:
                await self._say(self._yes(transfer, Answered.COMMITTED, wrong=True))
            case "says it in an old version" if not self._bank:
                await self._say(self._yes(transfer, Answered.RESERVED, version="1.0"))
            case "goes step by step" if self._bank:
                await self._say(wire.note(self.actor.name, transfer, message=self._once(transfer, "note")))
            case "waits for a stranger":
                await self._stranger(transfer)
            case _:
                pass
        if manner not in {"rejects", "says a wrong preimage", "says it in an old version"}:
            await self._accept(transfer, manner)

    async def _manner(self, transfer: Transfer) -> str:
        """How it will answer; a payee that holds another currency has the money converted first."""
        trade = self.trades.get(transfer.id)
        if trade is not None and transfer.converts is not None:
            return trade.manner
        plan = self.plans.get(transfer.id)
        if trade is not None and trade.side is Side.PAYEE and not await convert(self.actor, trade):
            return "accepts" if self.actor.chance.random() < 0.5 else "rejects"
        return plan.manner if plan is not None else "accepts"

    async def _accept(self, transfer: Transfer, manner: str) -> None:
        asks = manner == "accepts and asks to be told" or transfer.converts is not None
        word = Answered.RESERVED if asks else Answered.COMMITTED
        await self._say(self._yes(transfer, Answered.ACCEPTED if self._bank else word))
        if manner == "changes its mind":
            await self._think(3.0)
            no = wire.reject(self.actor.name, transfer, _OTHER_REFUSAL, message=self._once(transfer, "mind"))
            other = self._yes(transfer, Answered.RESERVED, version="2.0" if transfer.converts else "1.1")
            await self._say(no if self._bank or self.actor.chance.random() < 0.5 else other)
        if manner == "goes step by step" and self._bank:
            await self._think(2.0)
            await self._say(self._yes(transfer, Answered.ACCEPTED, status="ACCC"))

    @property
    def _bank(self) -> bool:
        return BY_NAME[self.actor.name].bank

    async def _say(self, command: Any) -> None:
        if self.actor.chance.random() < 0.15:
            self.actor.start(self.actor.say(LEDGER, command))
        await self.actor.say(LEDGER, command)

    def _yes(
        self, transfer: Transfer, word: Answered, *, wrong: bool = False, status: str = "ACSP", version: str = "2.0"
    ) -> Any:
        secret = FspId("someone else") if wrong else self.actor.name
        return wire.fulfil(
            self.actor.name, transfer, word, preimage=preimage(secret, transfer.terms.packet or ""),
            message=self._once(transfer, f"{word}{status}"), status=status, version=version,
        )  # fmt: skip

    def _once(self, transfer: Transfer, what: str) -> str:
        """The same words have the same message id, however often they are said."""
        return self._messages.setdefault((transfer.id, what), self.actor.message())

    async def _stranger(self, transfer: Transfer) -> None:
        """Somebody who is no party answers first; he may even know the preimage."""
        others = [one for one in MEMBERS if one.name not in {transfer.payer, transfer.payee}]
        stranger = self.actors[self.actor.chance.choice(others).name]
        word = Answered.ACCEPTED if BY_NAME[stranger.name].bank else Answered.COMMITTED
        known = preimage(self.actor.name, transfer.terms.packet or "")
        command = wire.fulfil(stranger.name, transfer, word, preimage=known, message=stranger.message())
        await stranger.try_once(LEDGER, command)
