"""A sandbox settlement agent: it books what a scheme tells it, if there is money, and says so, or fails as it is told.

`SettlementDesk(bank)` makes an agent of a sandbox bank: the bank speaks and signs, the desk has the accounts.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from iso.messages import pacs002
from iso.messages.business import BusinessMessage
from iso.messages.fields import Account, Reason
from iso.messages.pacs002 import GroupStatus, Pacs002, TransactionStatus
from iso.messages.pacs009 import Pacs009
from iso.messages.pacs010 import Pacs010
from iso.messages.pacs028 import Pacs028
from iso.messages.pacs029 import Pacs029
from schemas.canonical.money import Money
from switch.sandbox.agent_books import NOTICE, STATEMENT, AgentAccount, Booking
from switch.sandbox.bank import SandboxBank
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.letters import new_id

ACCEPTED: Final = "ACTC"
BOOKED: Final = "ACSC"
REJECTED: Final = "RJCT"
NO_FUNDS, NO_ACCOUNT, TOO_LATE = "AM04", "AC01", "TM01"
_DEBIT: Final = "DBIT"
_PART: Final = "PART"


class Conduct(msgspec.Struct, frozen=True):
    """How an agent behaves.

    `accepts`: it says ACTC before it books. `silent`: it says and books nothing, not even when it is asked. `mute`: it
    books, and says so only when it is asked (pacs.028). `partial`: of a request it books what
    it can and refuses the rest, which it must not. `by_movement`: it says ACSC of each movement by itself. `notices`:
    a camt.054 of each booking. `copies`: how often it says everything. `closes`: nothing is booked from then on.
    """

    accepts: bool = True
    silent: bool = False
    mute: bool = False
    partial: bool = False
    by_movement: bool = False
    notices: bool = True
    copies: int = 1
    delay_s: float = 0.0
    closes: datetime | None = None


USUAL: Final = Conduct()
SILENT: Final = Conduct(silent=True)
MUTE: Final = Conduct(mute=True)
PARTIAL: Final = Conduct(partial=True)


class Order(NamedTuple):
    """One booking that was asked for: from one account to another, under the ids of its message."""

    debtor: str
    creditor: str
    money: Money
    message_id: str
    message_name: str
    instruction_id: str
    transaction_id: str
    end_to_end_id: str
    uetr: str | None


class SettlementDesk:
    """An agent's desk: accounts by their numbers, what was ordered, and how it behaves (`conduct`)."""

    def __init__(self, bank: SandboxBank, scheme_account: str, conduct: Conduct = USUAL) -> None:
        self.bank = bank
        self.conduct = conduct
        self.scheme_account = scheme_account
        self.accounts: dict[str, AgentAccount] = {}
        self.orders: list[Order] = []
        self._seen: dict[str, list[bytes]] = {}
        bank.hear(Pacs029, self._take_request)
        bank.hear(Pacs009, self._take_transfers)
        bank.hear(Pacs010, self._take_debits)
        bank.hear(Pacs028, self._take_question)

    def open_account(self, number: str, money: Money) -> AgentAccount:
        """An account with so much money on it; the scheme's own may be below zero while a cycle is booked."""
        account = AgentAccount(number, money.currency, money.units, overdraft=number == self.scheme_account)
        self.accounts[number] = account
        return account

    def balance(self, number: str) -> int:
        """What is on an account, in units."""
        return self.accounts[number].units

    async def send_statement(self, number: str, body: bytes | None = None) -> None:
        """Send the hub the statement (camt.053) of an account, or another one in its place."""
        document = body if body is not None else self.accounts[number].statement()
        await self.bank.post(self.bank.sign(document, STATEMENT, number))

    async def book_last(self) -> None:
        """Book what came last, in silence before, and tell of it."""
        if not self.orders:
            return
        last = [order for order in self.orders if order.message_id == self.orders[-1].message_id]
        for order in last:
            self._book(order)
        await self._notices(last)

    async def bring(self, number: str, money: Money, payer: str) -> None:
        """A participant (its BIC) brings money to the scheme's account; the scheme gets a notice."""
        reference = new_id()
        ids = (reference, reference, reference, "TOPUP")
        self.accounts[number].bookings.append(Booking(-money.units, now(), reference, *ids))
        booking = Booking(money.units, now(), reference, *ids, payer=payer)
        account = self.accounts[self.scheme_account]
        account.bookings.append(booking)
        for _ in range(self.conduct.copies):
            await self.bank.post(self.bank.sign(account.notice(booking), NOTICE, reference))

    # What it hears.

    def _take_request(self, message: BusinessMessage, found: Pacs029, signature: str) -> None:
        self._note(message, found.definition, found.requests[0].instruction_id, signature)
        self.bank.work(self._request(found))

    def _take_transfers(self, message: BusinessMessage, found: Pacs009, signature: str) -> None:
        self._note(message, found.definition, found.transactions[0].transaction_id or "", signature)
        orders = [
            Order(
                _number(one.debtor_account), _number(one.creditor_account),
                Money.parse_iso(one.settlement_amount.text, one.settlement_amount.currency), found.message_id,
                found.definition, one.instruction_id or "", one.transaction_id or "", one.end_to_end_id, one.uetr,
            )
            for one in found.transactions
        ]  # fmt: skip
        self.bank.work(self._transfers(found.message_id, orders))

    def _take_debits(self, message: BusinessMessage, found: Pacs010, signature: str) -> None:
        self._note(message, found.definition, found.instructions[0].id, signature)
        orders = [
            Order(
                _number(one.debtor_account), _number(group.creditor_account),
                Money.parse_iso(one.settlement_amount.text, one.settlement_amount.currency), found.message_id,
                found.definition, one.instruction_id or "", one.transaction_id or "", one.end_to_end_id, one.uetr,
            )
            for group in found.instructions
            for one in group.debits
        ]  # fmt: skip
        self.bank.work(self._transfers(found.message_id, orders))

    def _take_question(self, message: BusinessMessage, found: Pacs028, signature: str) -> None:
        named = [one.original_message_id for one in found.groups]
        named += [one.original_message_id for one in found.transactions if one.original_message_id]
        self._note(message, found.definition, named[0] if named else "", signature)
        if not self.conduct.silent:
            self.bank.work(self._answer(tuple(dict.fromkeys(named))))

    async def _answer(self, message_ids: Iterable[str]) -> None:
        """The last word about each message; nothing of one that is in hand, or was never there."""
        for message_id in message_ids:
            for body in self._seen.get(message_id, [])[-1:]:
                await self.bank.post(self.bank.sign(body, pacs002.DEFAULT_VERSION, message_id))

    def _note(self, message: BusinessMessage, kind: str, key: str, signature: str) -> None:
        identifier = message.header.business_message_id if message.header else ""
        self.bank.journal.received(kind, key, id=identifier, status=202, signature=signature)

    # What it does.

    async def _again(self, message_id: str) -> bool:
        """A message that came before: the same answers once more, and nothing is booked."""
        if message_id not in self._seen:
            self._seen[message_id] = []
            return False
        for body in self._seen[message_id]:
            await self.bank.post(self.bank.sign(body, pacs002.DEFAULT_VERSION, message_id))
        return True

    async def _request(self, found: Pacs029) -> None:
        """A request is booked as a whole, unless the conduct is to break that."""
        request = found.requests[0]
        if await self._again(found.message_id):
            return
        orders = []
        for one in request.movements:
            own, money = _number(one.agent_account), Money.parse_iso(one.amount.text, one.amount.currency)
            pays = one.direction == _DEBIT
            ends = (own, self.scheme_account) if pays else (self.scheme_account, own)
            orders.append(
                Order(*ends, money, found.message_id, found.definition, request.instruction_id, one.id, "", None)
            )
        self.orders += orders
        if self.conduct.silent:
            return
        await asyncio.sleep(self.conduct.delay_s)
        if self._shut():
            await self._report(found.message_id, found.definition, REJECTED, reason=TOO_LATE)
            return
        if self.conduct.accepts:
            await self._report(found.message_id, found.definition, ACCEPTED, request.instruction_id)
        refused = self._refusals(orders)
        if refused and not self.conduct.partial:
            await self._statuses(orders[0], [(order, REJECTED, reason) for order, reason in refused], REJECTED)
            return
        ids = {order.transaction_id for order, _ in refused}
        booked = [order for order in orders if order.transaction_id not in ids]
        for order in booked:
            self._book(order)
        if refused or self.conduct.by_movement:
            told = [(order, BOOKED, "") for order in booked] + [(order, REJECTED, why) for order, why in refused]
            await self._statuses(orders[0], told, _PART if refused else None)
        else:
            await self._report(found.message_id, found.definition, BOOKED, request.instruction_id)
        await self._notices(booked)

    async def _transfers(self, message_id: str, orders: Sequence[Order]) -> None:
        """Single transfers or debits: each by itself."""
        if await self._again(message_id):
            return
        self.orders += orders
        if self.conduct.silent:
            return
        await asyncio.sleep(self.conduct.delay_s)
        if self.conduct.accepts:
            await self._statuses(orders[0], [(order, ACCEPTED, "") for order in orders])
        for order in orders:
            refused = self._refusals([order])
            if self._shut() or refused:
                await self._statuses(order, [(order, REJECTED, TOO_LATE if self._shut() else refused[0][1])])
                continue
            self._book(order)
            await self._statuses(order, [(order, BOOKED, "")])
            await self._notices([order])

    def _shut(self) -> bool:
        return self.conduct.closes is not None and now() >= self.conduct.closes

    def _refusals(self, orders: Iterable[Order]) -> list[tuple[Order, str]]:
        """The orders that cannot be booked, and why; of each account all debits together count."""
        found: list[tuple[Order, str]] = []
        for order in orders:
            debited = self.accounts.get(order.debtor)
            if debited is None or order.creditor not in self.accounts:
                found.append((order, NO_ACCOUNT))
            elif not debited.covers(order.money.units):
                found.append((order, NO_FUNDS))
        return found

    def _book(self, order: Order) -> None:
        reference = new_id()
        ids = (order.message_id, order.instruction_id, order.transaction_id, order.end_to_end_id, order.uetr)
        self.accounts[order.debtor].bookings.append(Booking(-order.money.units, now(), reference, *ids))
        self.accounts[order.creditor].bookings.append(Booking(order.money.units, now(), reference, *ids))

    async def _notices(self, orders: Iterable[Order]) -> None:
        """A camt.054 for each booking on the account of a participant."""
        if not self.conduct.notices or self.conduct.mute:
            return
        for order in orders:
            for number in (order.debtor, order.creditor):
                if number == self.scheme_account:
                    continue
                account = self.accounts[number]
                booking = next(one for one in account.bookings if one.transaction_id == order.transaction_id)
                for _ in range(self.conduct.copies):
                    await self.bank.post(self.bank.sign(account.notice(booking), NOTICE, order.transaction_id))

    async def _report(self, message_id: str, name: str, status: str, instruction: str = "", reason: str = "") -> None:
        """A word about the whole: of the message if no instruction is named."""
        if not instruction:
            reasons = (Reason(code=reason),) if reason else ()
            group = GroupStatus(
                original_message_id=message_id, original_message_name=name, status=status, reasons=reasons
            )
            await self._say(message_id, Pacs002(message_id=new_id(), created=iso_moment(now()), groups=(group,)))
            return
        one = TransactionStatus(
            original_message_id=message_id, original_message_name=name, original_instruction_id=instruction,
            status=status,
        )  # fmt: skip
        await self._say(message_id, Pacs002(message_id=new_id(), created=iso_moment(now()), transactions=(one,)))

    async def _statuses(
        self, first: Order, told: Iterable[tuple[Order, str, str]], group_status: str | None = None
    ) -> None:
        """Words about single movements, under the status of the whole if it has one."""
        transactions = tuple(
            TransactionStatus(
                original_instruction_id=order.instruction_id,
                original_end_to_end_id=order.end_to_end_id or None,
                original_transaction_id=order.transaction_id,
                original_uetr=order.uetr,
                status=status,
                reasons=(Reason(code=reason),) if reason else (),
            )
            for order, status, reason in told
        )
        group = GroupStatus(
            original_message_id=first.message_id, original_message_name=first.message_name, status=group_status
        )
        message = Pacs002(
            message_id=new_id(), created=iso_moment(now()), groups=(group,), transactions=transactions
        )  # fmt: skip
        await self._say(first.message_id, message)

    async def _say(self, key: str, message: Pacs002) -> None:
        body = pacs002.write(message, message.definition).body
        self._seen[key].append(body)
        for _ in range(0 if self.conduct.mute else self.conduct.copies):
            await self.bank.post(self.bank.sign(body, message.definition, key))


def _number(account: Account | None) -> str:
    return (account.iban or account.other_id or "") if account is not None else ""
