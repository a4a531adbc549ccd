"""What a sandbox bank does about requests to pay: it asks for its customers, and shows, refuses or pays what is asked.

`RequestDesk(bank)` gives a sandbox bank the messages pain.013 and pain.014 in both directions.
"""

import asyncio
import uuid
from datetime import timedelta
from typing import Final

import msgspec

from iso.messages import pain013, pain014
from iso.messages.business import BusinessMessage
from iso.messages.fields import Code, FinancialInstitution, Party, Reason, RemittanceInfo
from iso.messages.pain002 import OriginalGroup
from iso.messages.pain013 import Condition, Pain013, RequestedTransfer, RequestInstruction
from iso.messages.pain014 import InstructionStatus, Pain014, RequestStatus
from iso.messages.shape import Amount
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.behaviour import ACCEPT, Behaviour
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.letters import Order
from switch.sandbox.outcome import Outcome
from switch.sandbox.waiting import Mailbox

_ACCEPTED: Final = "ACCP"
_LAST: Final = frozenset({"ACCP", "ACTC", "RJCT", "CANC"})
_RRTP: Final = "RRTP"


class Wish(msgspec.Struct, frozen=True):
    """What a creditor asks: of which debtor, at which FSP, how much, how long, and whether less or more will do."""

    amount: Money
    creditor: str
    creditor_account: str
    debtor: str
    debtor_account: str
    debtor_agent: FinancialInstitution
    remittance: str = ""
    life: timedelta = timedelta(minutes=10)
    modifiable: bool = False
    end_to_end_id: str = msgspec.field(default_factory=lambda: f"RTP-{uuid.uuid4().hex[:12]}")


class Told(msgspec.Struct, frozen=True):
    """What the creditor's bank was told of its request last."""

    status: str = ""
    reason: str = ""


class RequestDesk:
    """Requests to pay of one bank.

    `answer` is how it answers a request: `before` are the statuses it says first (RCVD, PDNG), then it accepts or
    refuses with `reject`; no `copies` is silence. With `pays` it pays what it accepts. `asked` are the requests it got,
    `paid` how the payments ended, both by EndToEndId.
    """

    def __init__(self, bank: SandboxBank, answer: Behaviour = ACCEPT, *, pays: bool = True) -> None:
        self.bank = bank
        self.answer = answer
        self.pays = pays
        self.asked: dict[str, Pain013] = {}
        self.paid: dict[str, Outcome] = {}
        self.statuses: dict[str, list[Told]] = {}
        self._answers: Mailbox[Told] = Mailbox()
        bank.hear(Pain013, self._take_request)
        bank.hear(Pain014, self._take_answer)

    async def ask(self, wish: Wish, wait_s: float = 30, version: str = pain013.DEFAULT_VERSION) -> Told:
        """Ask, and wait for the last word of the debtor's side."""
        document = pain013.write(self._request(wish), version).body
        letter = self.bank.sign(document, version, wish.end_to_end_id, f"{wish.amount.iso} {wish.amount.currency}")
        waiting = self._answers.expect(wish.end_to_end_id)
        posted = await self.bank.post(letter)
        if posted.status != letters.TAKEN:
            self._answers.forget(wish.end_to_end_id, waiting)
            return Told("RJCT", str(posted.status))
        try:
            return await asyncio.wait_for(waiting, wait_s)
        except TimeoutError:
            self._answers.forget(wish.end_to_end_id, waiting)
            return Told()

    async def pay(self, request: Pain013, amount: Money | None = None, wait_s: float = 30) -> Outcome:
        """Pay a request this bank got, with another amount if one is given."""
        instruction = request.instructions[0]
        wanted = instruction.transactions[0]
        asked = wanted.amount or Amount("0", "XXX")
        order = Order(
            amount or Money.parse_iso(asked.text, asked.currency),
            instruction.debtor.name or "",
            letters.account_number(instruction.debtor_account),
            wanted.creditor.name or "",
            creditor_agent=wanted.creditor_agent,
            asked_account=wanted.creditor_account,
            end_to_end_id=wanted.end_to_end_id,
            purpose=_RRTP,
        )
        outcome = await self.bank.pay(order, wait_s)
        self.paid[wanted.end_to_end_id] = outcome
        return outcome

    def _request(self, wish: Wish) -> Pain013:
        made, message_id = now(), letters.new_id()
        transfer = RequestedTransfer(
            instruction_id=message_id,
            end_to_end_id=wish.end_to_end_id,
            condition=Condition(amount_may_change=wish.modifiable, early_payment=True, guarantee=False),
            amount=Amount(wish.amount.iso, wish.amount.currency),
            charge_bearer="SLEV",
            creditor_agent=letters.institution(self.bank.bic),
            creditor=Party(name=wish.creditor),
            creditor_account=letters.account(wish.creditor_account),
            purpose=Code(code=_RRTP),
            remittance=RemittanceInfo(unstructured=(wish.remittance,)) if wish.remittance else None,
        )
        instruction = RequestInstruction(
            payment_information_id=f"P-{message_id}",
            payment_method="TRF",
            execution_date=made.date().isoformat(),
            expiry_time=iso_moment(made + wish.life),
            debtor=Party(name=wish.debtor),
            debtor_account=letters.account(wish.debtor_account),
            debtor_agent=wish.debtor_agent,
            transactions=(transfer,),
        )
        return Pain013(
            message_id=message_id,
            created=iso_moment(made),
            number_of_transactions="1",
            initiating_party=Party(name=wish.creditor),
            instructions=(instruction,),
        )

    def _take_request(self, message: BusinessMessage, request: Pain013, found: str) -> None:
        wanted = request.instructions[0].transactions[0]
        amount = f"{wanted.amount.text} {wanted.amount.currency}" if wanted.amount else ""
        self._note(message, wanted.end_to_end_id, "", found, amount)
        if wanted.end_to_end_id not in self.asked:
            self.asked[wanted.end_to_end_id] = request
            self.bank.work(self._answer(request))

    async def _answer(self, request: Pain013) -> None:
        behaviour = self.answer
        for word in behaviour.before:
            await self._say(request, word)
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        if not behaviour.copies:
            return
        await self._say(request, "RJCT" if behaviour.reject else _ACCEPTED, behaviour.reject or "", behaviour.text)
        if self.pays and not behaviour.reject:
            await self.pay(request)

    async def _say(self, request: Pain013, word: str, reason: str = "", text: str = "") -> None:
        instruction = request.instructions[0]
        wanted = instruction.transactions[0]
        status = RequestStatus(
            instruction_id=wanted.instruction_id,
            end_to_end_id=wanted.end_to_end_id,
            uetr=wanted.uetr,
            status=word,
            reasons=(Reason(code=reason, info=(text,) if text else ()),) if reason else (),
        )
        told = InstructionStatus(
            payment_information_id=instruction.payment_information_id or letters.NOT_GIVEN, transactions=(status,)
        )
        answer = Pain014(
            message_id=letters.new_id(),
            created=iso_moment(now()),
            initiating_party=Party(name=instruction.debtor.name),
            group=OriginalGroup(
                message_id=request.message_id, message_name=request.definition, created=request.created
            ),
            instructions=(told,),
        )
        version = pain014.DEFAULT_VERSION
        await self.bank.post(self.bank.sign(pain014.write(answer, version).body, version, wanted.end_to_end_id))

    def _take_answer(self, message: BusinessMessage, answer: Pain014, found: str) -> None:
        for instruction in answer.instructions:
            for status in instruction.transactions:
                reason = next((one.code or one.proprietary or "" for one in status.reasons), "")
                told, key = Told(status.status or "", reason), status.end_to_end_id or ""
                self._note(message, key, f"{told.status}/{reason}" if reason else told.status, found)
                self.statuses.setdefault(key, []).append(told)
                if told.status in _LAST:
                    self._answers.deliver(key, told)

    def _note(self, message: BusinessMessage, key: str, word: str, found: str, amount: str = "") -> None:
        identifier = message.header.business_message_id if message.header else ""
        self.bank.journal.received(
            message.message_definition, key, id=identifier, word=word, status=202, signature=found, amount=amount
        )
