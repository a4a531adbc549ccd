"""What a sandbox bank says in cases: it recalls what it paid, and gives back, refuses, puts off or ignores recalls.

`CaseDesk(bank, desk)` gives a sandbox bank the messages camt.056 and camt.029 in both directions; money goes back by
its `desk` of returns.
"""

import asyncio
from typing import Final

import msgspec

from iso.messages import camt029, camt056
from iso.messages.business import BusinessMessage
from iso.messages.camt029 import Camt029, CancellationAnswer, TransactionAnswer
from iso.messages.camt056 import Camt056, Cancellation, Cancellations
from iso.messages.case_pieces import Assignment, CaseId
from iso.messages.fields import Reason
from iso.messages.originals import PartyOrAgent
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import ACCEPT, Behaviour
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.returns import Desk
from switch.sandbox.waiting import Mailbox

_FOLLOWING: Final = "FOCR"
_PENDING: Final = "PDCR"
_CONFIRMATIONS: Final = {"ACCR": "CNCL", "RJCR": "RJCR", "PDCR": "PDCR"}


class Resolved(msgspec.Struct, frozen=True):
    """What a recall came to: CNCL, RJCR or, when time is up, nothing; the reason, and how often it was put off."""

    word: str = ""
    reason: str = ""
    text: str = ""
    pending: int = 0


class CaseDesk:
    """Recalls of one bank.

    `answer` is how it answers a recall: it accepts by giving the money back, `reject` is a reason to refuse, `before`
    what it says first (PDCR), no `copies` is silence. `asked` are the payments (UETRs) it was asked for.
    """

    def __init__(self, bank: SandboxBank, desk: Desk, answer: Behaviour = ACCEPT) -> None:
        self.bank = bank
        self.desk = desk
        self.answer = answer
        self.asked: list[str] = []
        self._pending: dict[str, int] = {}
        self._resolved: Mailbox[Resolved] = Mailbox()
        bank.hear(Camt056, self._take_recall)
        bank.hear(Camt029, self._take_resolution)

    async def recall(self, key: str, reason: str = "DUPL", text: str = "", wait_s: float = 30) -> Resolved:
        """Ask for a payment of this bank back (`key`: its UETR) and wait for the last word about it."""
        number = letters.new_id()
        here, hub = letters.institution(self.bank.bic), letters.by_name(self.bank.hub_name)
        moment = iso_moment(now())
        one = Cancellation(
            cancellation_id=number,
            case=CaseId(number, PartyOrAgent(agent=here)),
            original_uetr=key,
            reasons=(Reason(code=reason, info=(text,) if text else ()),),
        )
        assignment = Assignment(number, PartyOrAgent(agent=here), PartyOrAgent(agent=hub), moment)
        message = Camt056(
            assignment=assignment, number_of_transactions="1", underlying=(Cancellations(transactions=(one,)),)
        )
        version = camt056.DEFAULT_VERSION
        waiting = self._resolved.expect(key)
        await self.bank.post(self.bank.sign(camt056.write(message, version).body, version, key))
        try:
            return await asyncio.wait_for(waiting, wait_s)
        except TimeoutError:
            self._resolved.forget(key, waiting)
            return Resolved(pending=self._pending.get(key, 0))

    def _take_recall(self, message: BusinessMessage, found: Camt056, signature: str) -> None:
        for underlying in found.underlying:
            for one in underlying.transactions:
                key = _key(one)
                reason = one.reasons[0].code if one.reasons else ""
                self.asked.append(key)
                self.bank.journal.received(
                    found.definition, key, id=_id(message), word=reason or "", status=202, signature=signature
                )
                self.bank.work(self._answer(key, found, one))

    async def _answer(self, key: str, found: Camt056, one: Cancellation) -> None:
        behaviour = self.answer
        for word in behaviour.before:
            await self._say(key, found, one, word, Reason())
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        for _ in range(behaviour.copies):
            if behaviour.reject:
                info = (behaviour.text,) if behaviour.text else ()
                await self._say(key, found, one, "RJCR", Reason(code=behaviour.reject, info=info))
            else:
                await self.desk.give_back(key, reason=_FOLLOWING, text="recalled")

    async def _say(self, key: str, found: Camt056, one: Cancellation, word: str, reason: Reason) -> None:
        here, hub = letters.institution(self.bank.bic), letters.by_name(self.bank.hub_name)
        told = TransactionAnswer(
            status_id=letters.new_id(),
            case=one.case or found.case,
            original_message_id=one.original_message_id,
            original_message_name=one.original_message_name,
            original_instruction_id=one.original_instruction_id,
            original_end_to_end_id=one.original_end_to_end_id,
            original_transaction_id=one.original_transaction_id,
            original_uetr=one.original_uetr,
            status=word,
            reasons=(reason,) if reason.code else (),
        )
        message = Camt029(
            assignment=Assignment(
                letters.new_id(), PartyOrAgent(agent=here), PartyOrAgent(agent=hub), iso_moment(now())
            ),
            confirmation=_CONFIRMATIONS[word],
            cancellations=(CancellationAnswer(transactions=(told,)),),
        )
        version = camt029.DEFAULT_VERSION
        await self.bank.post(self.bank.sign(camt029.write(message, version).body, version, key))

    def _take_resolution(self, message: BusinessMessage, found: Camt029, signature: str) -> None:
        for details in found.cancellations:
            for told in details.transactions:
                key = letters.payment_key(told.original_uetr, told.original_transaction_id, told.original_end_to_end_id)
                first = told.reasons[0] if told.reasons else Reason()
                word = found.confirmation or ""
                shown = f"{word}/{first.code}" if first.code else word
                text = " ".join(first.info)
                self.bank.journal.received(
                    found.definition, key, id=_id(message), word=shown, status=202, signature=signature, detail=text
                )
                self._heard(key, word, first)

    def _heard(self, key: str, word: str, reason: Reason) -> None:
        if word == _PENDING:
            self._pending[key] = self._pending.get(key, 0) + 1
            return
        pending = self._pending.pop(key, 0)
        self._resolved.deliver(key, Resolved(word, reason.code or "", " ".join(reason.info), pending))


def _key(one: Cancellation) -> str:
    return letters.payment_key(one.original_uetr, one.original_transaction_id, one.original_end_to_end_id)


def _id(message: BusinessMessage) -> str:
    return message.header.business_message_id if message.header else ""
