"""What a sandbox bank asks about its own accounts, and how it checks what it is told.

`Reports(bank)` gives a sandbox bank the questions camt.003, camt.005, camt.060 and the order camt.050. It keeps answers
and notices, and counts after every report whether opening and entries give closing, and days follow each other.
"""

import asyncio
from decimal import Decimal
from typing import Any, Final

import msgspec

from iso.messages import camt003, camt005, camt050, camt060
from iso.messages.business import BusinessMessage
from iso.messages.camt003 import Camt003
from iso.messages.camt004 import Camt004
from iso.messages.camt005 import Camt005, Criterion, PaymentSearch
from iso.messages.camt006 import Camt006
from iso.messages.camt010 import Camt010
from iso.messages.camt025 import Camt025
from iso.messages.camt050 import Camt050
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.camt060 import BalanceType, Camt060, Requested
from iso.messages.fields import Account
from iso.messages.shape import Amount
from iso.messages.statements import Balance, Report, Statement
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.waiting import Mailbox

_CLOSING: Final = frozenset({"CLBD", "ITBD"})
_OPENING: Final = frozenset({"OPBD", "PRCD"})
_DEBIT: Final = "DBIT"
_INTERMEDIATE: Final = "INTM"


class Told(msgspec.Struct, frozen=True):
    """A report as it came, what the check of its signature found, and what is wrong with its figures ("": nothing)."""

    document: Report
    signature: str
    wrong: str


class Reports:
    """Questions and reports of one bank. `reports` are all it got, `notices` the camt.004 it did not ask for."""

    def __init__(self, bank: SandboxBank) -> None:
        self.bank = bank
        self.reports: list[Told] = []
        self.notices: list[Camt004] = []
        self._days: dict[str, tuple[int, Decimal]] = {}
        self._pages: dict[str, Decimal] = {}
        self._answers: Mailbox[Any] = Mailbox()
        for report in (Camt052, Camt053, Camt054):
            bank.hear(report, self._take_report)
        for answer in (Camt004, Camt006, Camt010):
            bank.hear(answer, self._take_answer)
        bank.hear(Camt025, self._take_receipt)

    @property
    def wrong(self) -> list[str]:
        """What does not add up in any report."""
        return [told.wrong for told in self.reports if told.wrong]

    async def balances(self, wait_s: float = 30) -> Camt004:
        """Ask for all accounts with their balances."""
        message = Camt003(message_id=letters.new_id(), created=iso_moment(now()))
        found: Camt004 = await self._ask(
            camt003.write(message).body, camt003.DEFAULT_VERSION, message.message_id, wait_s
        )
        return found

    async def payments(self, search: PaymentSearch, query: str | None = None, wait_s: float = 30) -> Camt006:
        """Ask for payments; `query` is the name that the page before gave for the next."""
        message = Camt005(
            message_id=letters.new_id(),
            created=iso_moment(now()),
            query_name=query,
            criteria=() if query else (Criterion(payment=search),),
        )
        found: Camt006 = await self._ask(
            camt005.write(message).body, camt005.DEFAULT_VERSION, message.message_id, wait_s
        )
        return found

    async def report(
        self,
        name: str,
        account: str | None = None,
        *,
        balances: tuple[str, ...] = (),
        wait_s: float = 30,
        **period: Any,
    ) -> Report | Camt010 | Camt025:
        """Ask for a report (`camt.052.001.08`); gives its first page, the limits, or the receipt that refuses it."""
        wanted = Requested(
            id=letters.new_id(),
            message_name=name,
            account=Account(other_id=account) if account else None,
            owner_agent=letters.institution(self.bank.bic),
            balances=tuple(BalanceType(code) for code in balances),
            query_type="ALLL" if period else None,
            **period,
        )
        message = Camt060(message_id=letters.new_id(), created=iso_moment(now()), requests=(wanted,))
        found: Report | Camt010 | Camt025 = await self._ask(
            camt060.write(message).body, camt060.DEFAULT_VERSION, message.message_id, wait_s
        )
        return found

    async def take_out(self, account: str, amount: Money, reference: str, wait_s: float = 30) -> Camt025:
        """Order funds out of a settlement account; gives the first receipt."""
        return await self._move(amount, reference, wait_s, debtor=Account(other_id=account))

    async def bring_in(self, account: str, amount: Money, reference: str, wait_s: float = 30) -> Camt025:
        """Order funds into a settlement account, from the bank's own at the settlement agent."""
        return await self._move(amount, reference, wait_s, creditor=Account(other_id=account))

    async def _move(
        self, amount: Money, reference: str, wait_s: float, *, debtor: Account | None = None,
        creditor: Account | None = None,
    ) -> Camt025:  # fmt: skip
        message = Camt050(
            message_id=letters.new_id(),
            created=iso_moment(now()),
            end_to_end_id=reference,
            amount=Amount(amount.iso, amount.currency),
            debtor=letters.institution(self.bank.bic),
            debtor_account=debtor,
            creditor_account=creditor,
        )
        found: Camt025 = await self._ask(
            camt050.write(message).body, camt050.DEFAULT_VERSION, message.message_id, wait_s
        )
        return found

    async def _ask(self, document: bytes, version: str, message_id: str, wait_s: float) -> Any:
        letter = self.bank.sign(document, version, message_id)
        waiting = self._answers.expect(message_id)
        posted = await self.bank.post(letter)
        if posted.status != letters.TAKEN:
            self._answers.forget(message_id, waiting)
            raise ConnectionError(f"{version}: the hub answered {posted.status}")
        return await asyncio.wait_for(waiting, wait_s)

    def _take_answer(self, message: BusinessMessage, found: Camt004 | Camt006 | Camt010, signature: str) -> None:
        self._note(message, found.query_message_id or "", signature, getattr(found, "query_name", None) or "")
        if found.query_message_id:
            self._answers.deliver(found.query_message_id, found)
        elif isinstance(found, Camt004):
            self.notices.append(found)

    def _take_receipt(self, message: BusinessMessage, found: Camt025, signature: str) -> None:
        for receipt in found.receipts:
            word = receipt.handling[0].status or "" if receipt.handling else ""
            self._note(message, receipt.original_message_id, signature, word)
            self._answers.deliver(receipt.original_message_id, found)

    def _take_report(self, message: BusinessMessage, found: Report, signature: str) -> None:
        wrong = "; ".join(filter(None, (self._check(each, found) for each in found.statements)))
        self._note(message, found.query_message_id or "", signature, wrong)
        self.reports.append(Told(found, signature, wrong))
        if found.query_message_id:
            self._answers.deliver(found.query_message_id, found)

    def _note(self, message: BusinessMessage, key: str, signature: str, word: str) -> None:
        identifier = message.header.business_message_id if message.header else ""
        self.bank.journal.received(
            message.message_definition, key, id=identifier, status=202, signature=signature, detail=word
        )

    def _check(self, statement: Statement, report: Report) -> str:
        """What is wrong with the figures of one page."""
        if isinstance(report, Camt054):
            return ""
        opening, closing = (_balance(statement, codes) for codes in (_OPENING, _CLOSING))
        if opening is None or closing is None:
            return ""
        booked = sum((_signed(each.amount, each.direction) for each in statement.entries), Decimal(0))
        if opening + booked != closing:
            return f"{statement.id}: {opening} and {booked} booked do not give {closing}"
        wrong = self._follows(statement, opening)
        self._pages[statement.id] = closing
        if isinstance(report, Camt053) and statement.last_page is not False:
            number, key = int(statement.sequence or 0), statement.account.other_id or ""
            if statement.copy is None:
                wrong = wrong or self._chained(key, number, statement)
                self._days[key] = number, closing
        return wrong

    def _follows(self, statement: Statement, opening: Decimal) -> str:
        """A page opens as the page before closed."""
        inner = any(each.sub_type == _INTERMEDIATE for each in statement.balances if each.code in _OPENING)
        before = self._pages.get(statement.id)
        if inner and before is not None and before != opening:
            return f"{statement.id}: page {statement.page} opens with {opening}, the one before closed with {before}"
        return ""

    def _chained(self, account: str, number: int, statement: Statement) -> str:
        """A day opens as the day before closed, and is the next number."""
        known = self._days.get(account)
        inner = any(each.sub_type == _INTERMEDIATE for each in statement.balances if each.code in _OPENING)
        if known is None or number == known[0]:
            return ""
        if number != known[0] + 1:
            return f"{statement.id}: number {number} follows {known[0]}"
        opening = _balance(statement, _OPENING)
        return "" if inner or opening == known[1] else f"{statement.id}: opens with {opening}, not {known[1]}"


def _balance(statement: Statement, codes: frozenset[str]) -> Decimal | None:
    found: Balance | None = next((each for each in statement.balances if each.code in codes), None)
    return None if found is None else _signed(found.amount, found.direction)


def _signed(amount: Amount, direction: str) -> Decimal:
    return -Decimal(amount.text) if direction == _DEBIT else Decimal(amount.text)
