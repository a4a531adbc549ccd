"""A sandbox bank that verifies its customers: it answers acmt.023 from its list, and asks others the same way."""

import asyncio
from collections.abc import Mapping
from typing import Any

from iso.messages import acmt023, acmt024
from iso.messages.acmt023 import Acmt023, Question
from iso.messages.acmt024 import Acmt024, Finding
from iso.messages.business import BusinessMessage
from iso.messages.fields import Account, FinancialInstitution, Party
from iso.messages.verification import Assignment, Identified, Side
from switch.names import Match, compare
from switch.sandbox import letters
from switch.sandbox.bank import SandboxBank
from switch.sandbox.clock import iso_moment, now

_REASONS = {Match.CLOSE: "PN02", Match.DIFFERS: "PN01"}


class Verifier:
    """The part of a bank that knows its customers: account number or proxy -> name."""

    def __init__(self, bank: SandboxBank, customers: Mapping[str, str] | None = None) -> None:
        """Let the bank hear acmt.023 and acmt.024 from now on."""
        self.bank = bank
        self.customers = dict(customers or {})
        self._waiting: dict[str, asyncio.Future[Acmt024]] = {}
        bank.hear(Acmt023, self._asked)
        bank.hear(Acmt024, self._told)

    async def ask(
        self, account: Account, name: str | None = None, agent: FinancialInstitution | None = None, wait_s: float = 30
    ) -> Finding:
        """Ask the hub about one account; the finding."""
        message_id = letters.new_id()
        party = Party(name=name) if name else None
        message = Acmt023(
            assignment=self._assigned(message_id),
            questions=(Question(id="1", asked=Identified(party, account, agent)),),
        )
        answered: asyncio.Future[Acmt024] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answered
        letter = self.bank.sign(acmt023.write(message).body, acmt023.DEFAULT_VERSION, message_id)
        await self.bank.post(letter)
        try:
            return (await asyncio.wait_for(answered, wait_s)).findings[0]
        finally:
            self._waiting.pop(message_id, None)

    def _assigned(self, message_id: str) -> Assignment:
        return Assignment(
            message_id=message_id,
            created=iso_moment(now()),
            assigner=Side(letters.institution(self.bank.bic)),
            assignee=Side(letters.by_name(self.bank.hub_name)),
        )

    def _asked(self, _message: BusinessMessage, asked: Any, _signature: str) -> None:
        report = Acmt024(
            assignment=self._assigned(letters.new_id()),
            original_message_id=asked.assignment.message_id,
            original_created=asked.assignment.created,
            findings=tuple(self._finding(one) for one in asked.questions),
        )
        letter = self.bank.sign(acmt024.write(report).body, acmt024.DEFAULT_VERSION, asked.assignment.message_id)
        asyncio.get_running_loop().create_task(self.bank.post(letter)).add_done_callback(_seen)

    def _finding(self, question: Question) -> Finding:
        account, party = question.asked.account or Account(), question.asked.party
        number = account.iban or account.proxy_id or account.other_id or ""
        name = self.customers.get(number)
        if name is None:
            return Finding(original_id=question.id, verified=False, code="AC01")
        match = compare(party.name, name) if party is not None and party.name else Match.FITS
        told = None if match is Match.DIFFERS else Identified(Party(name=name), account)
        return Finding(original_id=question.id, verified=match is Match.FITS, code=_REASONS.get(match), updated=told)

    def _told(self, _message: BusinessMessage, told: Any, _signature: str) -> None:
        waiting = self._waiting.get(told.original_message_id or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(told)


def _seen(done: "asyncio.Task[Any]") -> None:
    """A task whose result nobody needs must still be looked at."""
    if not done.cancelled():
        done.exception()
