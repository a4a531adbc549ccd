"""A sandbox bank as its customers' channel: it sends their orders of many payments (pain.001) and hears the end.

`Channel(bank)` gives a sandbox bank the message pain.002. The debtor's bank is the sender, so that its own position
answers for what is paid.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from iso.messages import pain001
from iso.messages.business import BusinessMessage
from iso.messages.fields import Party, RemittanceInfo
from iso.messages.pain001 import CreditTransfer, GroupHeader, Pain001, PaymentInstruction
from iso.messages.pain002 import Pain002, TransactionStatus
from iso.messages.shape import Amount
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import MESSAGES_PATH, SandboxBank
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.letters import Order
from switch.sandbox.waiting import Mailbox

FILES_PATH: Final = "/iso20022/files"
_FINAL: Final = frozenset({"ACSC", "PART", "RJCT"})
_REFUSED: Final = "RJCT"


class Initiated(msgspec.Struct, frozen=True):
    """What a bank was told of an order: the group's status and reason, and (status, reason) by EndToEndId."""

    message_id: str
    status: str = ""
    reason: str = ""
    payments: dict[str, tuple[str, str]] = {}


class Channel:
    """Orders of one bank's customers. `version` is the edition in which it sends them."""

    def __init__(self, bank: SandboxBank, version: str = pain001.DEFAULT_VERSION) -> None:
        self.bank = bank
        self.version = version
        self.told: dict[str, list[Initiated]] = {}
        self._ends: Mailbox[Initiated] = Mailbox()
        bank.hear(Pain002, self._take_report)

    async def initiate(
        self, orders: Sequence[Order], day: str = "", wait_s: float = 30, *, as_file: bool = False
    ) -> Initiated:
        """Send orders of one customer as one message and wait for its final report; `day` is when they are to be paid.

        `as_file`: by the way that takes a message of any length.
        An order's UETR names its payment, its first characters are the EndToEndId.
        """
        message = self.write(orders, day)
        key = message.message_id
        document = pain001.write(message, self.version).body
        total = f"{message.header.control_sum} {orders[0].amount.currency}"
        letter = self.bank.sign(document, self.version, key, total)
        waiting = self._ends.expect(key)
        posted = await self.bank.post(letter, FILES_PATH if as_file else MESSAGES_PATH)
        if posted.status != letters.TAKEN:
            self._ends.forget(key, waiting)
            return Initiated(key, _REFUSED, str(posted.status))
        try:
            return await asyncio.wait_for(waiting, wait_s)
        except TimeoutError:
            self._ends.forget(key, waiting)
            return Initiated(key)

    def write(self, orders: Sequence[Order], day: str = "") -> Pain001:
        """The pain.001 for orders of one debtor."""
        made, message_id = now(), letters.new_id()
        total = Money(sum(order.amount.units for order in orders), orders[0].amount.currency)
        instruction = PaymentInstruction(
            payment_information_id=f"P-{message_id}",
            payment_method="TRF",
            batch_booking=True,
            number_of_transactions=str(len(orders)),
            control_sum=total.iso,
            execution_date=day or made.date().isoformat(),
            debtor=Party(name=orders[0].debtor),
            debtor_account=letters.account(orders[0].debtor_account),
            debtor_agent=letters.institution(self.bank.bic),
            charge_bearer="SLEV",
            transactions=tuple(_transfer(order) for order in orders),
        )
        header = GroupHeader(
            message_id=message_id,
            created=iso_moment(made),
            number_of_transactions=str(len(orders)),
            control_sum=total.iso,
            initiating_party=Party(name=orders[0].debtor),
        )
        return Pain001(header=header, instructions=(instruction,), definition=self.version)

    def _take_report(self, message: BusinessMessage, report: Pain002, found: str) -> None:
        group = report.group
        payments = {
            one.end_to_end_id or "": (one.status or "", _reason(one))
            for instruction in report.instructions
            for one in instruction.transactions
        }
        reason = next((one.code or one.proprietary or "" for one in group.reasons), "")
        told = Initiated(group.message_id, group.status or "", reason, payments)
        self.told.setdefault(group.message_id, []).append(told)
        identifier = message.header.business_message_id if message.header else ""
        self.bank.journal.received(
            message.message_definition, group.message_id, id=identifier, word=told.status, status=202, signature=found
        )
        # A group that is only valid yet, or refused in parts, is followed by what became of each payment.
        if told.status in _FINAL and (payments or reason):
            self._ends.deliver(group.message_id, told)


def _transfer(order: Order) -> CreditTransfer:
    return CreditTransfer(
        instruction_id=order.uetr.replace("-", ""),
        end_to_end_id=order.called,
        uetr=order.uetr,
        amount=Amount(order.amount.iso, order.amount.currency),
        creditor_agent=order.creditor_agent,
        creditor=Party(name=order.creditor),
        creditor_account=letters.creditor_account(order),
        remittance=RemittanceInfo(unstructured=(order.remittance,)) if order.remittance else None,
    )


def _reason(status: TransactionStatus) -> str:
    return next((one.code or one.proprietary or "" for one in status.reasons), "")
