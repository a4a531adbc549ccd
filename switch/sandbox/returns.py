"""What a sandbox bank does about a payment after its end: it gives money back, takes it back, asks and is asked.

`Desk(bank)` gives a sandbox bank the messages pacs.004, pacs.007 and pacs.028 in both directions.
"""

import asyncio
from typing import Final

import msgspec

from iso.messages import business, pacs002, pacs004, pacs028
from iso.messages.business import BusinessMessage
from iso.messages.fields import Charge, Reason
from iso.messages.pacs002 import Pacs002, TransactionStatus
from iso.messages.pacs004 import Pacs004, ReturnedTransaction
from iso.messages.pacs007 import Pacs007
from iso.messages.pacs008 import Pacs008
from iso.messages.pacs028 import Pacs028, TransactionRequest
from iso.messages.shape import Amount
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import Letter, SandboxBank
from switch.sandbox.behaviour import ACCEPT, Behaviour
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.waiting import Mailbox

_RETURNS: Final = ("pacs.004.", "pacs.007.")
_SETTLED: Final = frozenset({"ACSC", "ACCC"})
_REFUSED: Final = frozenset({"RJCT", "CANC"})
_PENDING: Final = "PDNG"


class Desk:
    """Returns and status requests of one bank.

    `answer` is how it answers a return it gets. `returned` has what came back to its customers, in units of 10^-4 by
    RtrId or RvslId and currency, once the hub has confirmed it; `requests` are the payments the hub asked it for.
    """

    def __init__(self, bank: SandboxBank, answer: Behaviour = ACCEPT, version: str = pacs004.DEFAULT_VERSION) -> None:
        self.bank = bank
        self.answer = answer
        self.version = version
        self.returned: dict[tuple[str, str], int] = {}
        self.requests: list[str] = []
        self._taken: dict[str, ReturnedTransaction] = {}
        self._outcomes: Mailbox[Outcome] = Mailbox()
        self._statuses: Mailbox[TransactionStatus] = Mailbox()
        bank.hear(Pacs004, self._take_return)
        bank.hear(Pacs007, self._take_return)
        bank.hear(Pacs028, self._take_request)
        self._reports = bank.hear(Pacs002, self._take_report)

    async def give_back(
        self,
        key: str,
        amount: Money | None = None,
        *,
        reason: str = "AC04",
        text: str = "",
        charge: Money | None = None,
        wait_s: float = 30,
    ) -> Outcome:
        """Return a payment this bank was paid (`key`: its UETR), all of it or `amount`, less a `charge`; wait."""
        why = Reason(code=reason, info=(text,) if text else ())
        message = _return(Pacs004, self.bank.accepted[key], amount, why, charge, self.bank.bic)
        return await self._send(self._letter(message, self.version), wait_s)

    async def reverse(
        self,
        key: str,
        amount: Money | None = None,
        *,
        reason: str = "DUPL",
        text: str = "",
        charge: Money | None = None,
        wait_s: float = 30,
    ) -> Outcome:
        """Reverse a payment this bank was paid (`key`: its UETR), as `give_back` returns one."""
        why = Reason(code=reason, info=(text,) if text else ())
        message = _return(Pacs007, self.bank.accepted[key], amount, why, charge, self.bank.bic)
        return await self._send(self._letter(message, message.definition), wait_s)

    def _letter(self, message: Pacs004, version: str) -> Letter:
        (transaction,) = message.transactions
        document, settled = business.write(message, version).body, transaction.returned_amount
        return self.bank.sign(document, version, transaction.return_id or "", f"{settled.text} {settled.currency}")

    async def _send(self, letter: Letter, wait_s: float) -> Outcome:
        waiting = self._outcomes.expect(letter.key)
        posted = await self.bank.post(letter)
        if posted.status != letters.TAKEN:
            self._outcomes.forget(letter.key, waiting)
            return Outcome(letter.key, End.NOT_TAKEN, "", http_status=posted.status)
        try:
            return await asyncio.wait_for(waiting, wait_s)
        except TimeoutError:
            self._outcomes.forget(letter.key, waiting)
            return Outcome(letter.key, End.UNANSWERED, "", "no pacs.002")

    async def ask(self, *keys: str, wait_s: float = 30) -> list[TransactionStatus]:
        """What the hub says of these payments (their UETRs), in one message."""
        asked = [TransactionRequest(request_id=letters.new_id(), original_uetr=key) for key in keys]
        message = Pacs028(message_id=letters.new_id(), created=iso_moment(now()), transactions=tuple(asked))
        version = pacs028.DEFAULT_VERSION
        letter = self.bank.sign(pacs028.write(message, version).body, version, keys[0])
        waiting = [self._statuses.expect(one.request_id or "") for one in asked]
        await self.bank.post(letter)
        return list(await asyncio.wait_for(asyncio.gather(*waiting), wait_s))

    def _take_return(self, message: BusinessMessage, found: Pacs004, signature: str) -> None:
        (transaction,) = found.transactions
        key, settled = transaction.return_id or found.message_id, transaction.returned_amount
        self.bank.journal.received(
            found.definition, key, id=_id(message), amount=f"{settled.text} {settled.currency}", status=202,
            signature=signature,
        )  # fmt: skip
        self.bank.work(self._answer_return(key, found, transaction))

    async def _answer_return(self, key: str, found: Pacs004, transaction: ReturnedTransaction) -> None:
        behaviour = self.answer
        self._taken[key] = transaction
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        refused = bool(behaviour.reject)
        reason = Reason(code=behaviour.reject, info=(behaviour.text,) if behaviour.text else ())
        status = TransactionStatus(
            original_message_id=found.message_id,
            original_message_name=found.definition,
            original_end_to_end_id=transaction.original_end_to_end_id,
            original_transaction_id=transaction.return_id,
            original_uetr=transaction.original_uetr,
            status="RJCT" if refused else behaviour.word or self.bank.word,
            reasons=(reason,) if refused else (),
        )
        for _ in range(behaviour.copies):
            await self._report(key, status)

    async def _report(self, key: str, status: TransactionStatus) -> None:
        report = Pacs002(message_id=letters.new_id(), created=iso_moment(now()), transactions=(status,))
        body = pacs002.write(report, report.definition).body
        await self.bank.post(self.bank.sign(body, report.definition, key))

    def _take_request(self, message: BusinessMessage, found: Pacs028, signature: str) -> None:
        for one in found.transactions:
            key = letters.payment_key(one.original_uetr, one.original_transaction_id, one.original_end_to_end_id)
            self.requests.append(key)
            self.bank.journal.received(found.definition, key, id=_id(message), status=202, signature=signature)
            self.bank.work(self._answer_request(key, one))

    async def _answer_request(self, key: str, one: TransactionRequest) -> None:
        """What it answered before, once more; a payment it has not decided is pending."""
        if await self.bank.repeat(key):
            return
        status = TransactionStatus(
            original_message_id=one.original_message_id,
            original_message_name=one.original_message_name,
            original_instruction_id=one.original_instruction_id,
            original_end_to_end_id=one.original_end_to_end_id,
            original_transaction_id=one.original_transaction_id,
            original_uetr=one.original_uetr,
            status=_PENDING,
        )
        await self._report(key, status)

    def _take_report(self, message: BusinessMessage, report: Pacs002, signature: str) -> None:
        """Takes what is about returns and answers; all else is the bank's."""
        others: list[TransactionStatus] = []
        for status in report.transactions:
            if status.status_id and self._statuses.deliver(status.status_id, status):
                continue
            if (status.original_message_name or "").startswith(_RETURNS):
                self._take_status(message, status, signature)
            else:
                others.append(status)
        if self._reports is not None and (others or report.groups):
            left = msgspec.structs.replace(report, transactions=tuple(others))
            self._reports(message, left, signature)

    def _take_status(self, message: BusinessMessage, status: TransactionStatus, signature: str) -> None:
        key, word = status.original_transaction_id or "", status.status or ""
        first = status.reasons[0] if status.reasons else Reason()
        code, text = first.code or "", " ".join(first.info)
        told = f"{word}/{code}" if code else word
        self.bank.journal.received(
            message.message_definition, key, id=_id(message), word=told, status=202, signature=signature, detail=text
        )
        if word in _SETTLED:
            self._outcomes.deliver(key, Outcome(key, End.SETTLED, word, text, signature=signature))
            if (taken := self._taken.get(key)) is not None:
                amount = taken.returned_amount
                self.returned[key, amount.currency] = Money.parse_iso(amount.text, amount.currency).units
        elif word in _REFUSED:
            self._outcomes.deliver(key, Outcome(key, End.REFUSED, code or word, text, signature=signature))


def _id(message: BusinessMessage) -> str:
    return message.header.business_message_id if message.header else ""


def _return(
    kind: type[Pacs004], payment: Pacs008, amount: Money | None, reason: Reason, charge: Money | None, bic: str
) -> Pacs004:
    """The pacs.004 or pacs.007 for a payment: of `amount` the charge is kept, the rest is settled."""
    moment, transfer = now(), payment.transactions[0]
    given = transfer.settlement_amount
    whole = amount or Money.parse_iso(given.text, given.currency)
    settled = Money(whole.units - charge.units, whole.currency) if charge else whole
    agent = letters.institution(bic)
    transaction = ReturnedTransaction(
        return_id=letters.new_id(),
        original_message_id=payment.message_id,
        original_message_name=payment.definition,
        original_instruction_id=transfer.instruction_id,
        original_end_to_end_id=transfer.end_to_end_id,
        original_transaction_id=transfer.transaction_id,
        original_uetr=transfer.uetr,
        original_amount=given,
        returned_amount=Amount(settled.iso, settled.currency),
        settlement_date=iso_moment(moment)[:10],
        returned_instructed_amount=Amount(whole.iso, whole.currency) if charge else None,
        charge_bearer="SLEV" if charge else None,
        charges=(Charge(Amount(charge.iso, charge.currency), agent),) if charge else (),
        instructing_agent=agent,
        reasons=(reason,),
    )
    return kind(
        message_id=letters.new_id(),
        created=iso_moment(moment),
        number_of_transactions="1",
        settlement_method="CLRG",
        transactions=(transaction,),
    )
