"""The two sides of a payment in the demo: how a bank and how a DFSP pays, and what either shows as payee."""

import re
import time
from typing import Protocol

import msgspec

from fspiop.messages.fields import PartyIdInfo
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.bank import Letter, SandboxBank
from switch.sandbox.behaviour import ACCEPT, Behaviour
from switch.sandbox.clock import later, now
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.journal import Entry, Journal, Way
from switch.sandbox.letters import institution
from switch.sandbox.outcome import Outcome
from switch.sandbox.payer import PaymentFailedError, Transfer
from switch.sandbox.scheme import ACCOUNTS, CUSTOMERS, Scheme

WAIT_S = 20.0
_UNKNOWN_NUMBER = "256799999999"
_UNKNOWN_ACCOUNT = "0990000009"
_UNKNOWN_BIC = "NOSUKENA"


class Attempt(msgspec.Struct, frozen=True):
    """A payment ready to be sent: its id, its ids in the payer's own dialect, and the message itself.

    `milliseconds` is what lookup and quote took.
    """

    key: str
    ids: dict[str, str]
    message: Letter | Transfer
    amount: Money
    milliseconds: int = 0


class PayerSide(Protocol):
    """What the demo asks of a payer."""

    dialect: str

    async def prepare(self, amount: Money, life_s: float = 30) -> Attempt:
        """Everything up to the message that moves money."""

    async def send(self, attempt: Attempt) -> Outcome:
        """Send it; sending the same attempt twice repeats the very bytes."""

    def changed(self, attempt: Attempt, amount: Money) -> Attempt:
        """The same id with another amount."""

    async def send_tampered(self, attempt: Attempt) -> Outcome:
        """Send it changed after it was signed."""

    async def send_malformed(self, attempt: Attempt) -> Outcome:
        """Send it well signed but against its schema."""

    async def pay_nobody(self, amount: Money) -> Outcome:
        """Pay a payee nobody knows."""


class BankPayer:
    """A bank: one signed pacs.008 is the whole payment."""

    def __init__(self, scheme: Scheme, name: str, payee: str) -> None:
        self._scheme = scheme
        self._bank: SandboxBank = scheme.banks[name]
        self._payee = payee
        self.dialect = f"ISO XML {self._bank.version}"

    async def prepare(self, amount: Money, life_s: float = 30) -> Attempt:
        """Write and sign the pacs.008."""
        order = self._scheme.order(self._bank.name, amount, self._payee)
        if life_s < 30:
            order = msgspec.structs.replace(order, expiry=later(life_s))
        return self._attempt(self._bank.write(order), amount)

    def _attempt(self, letter: Letter, amount: Money) -> Attempt:
        return Attempt(letter.key, {"UETR": letter.key, "BizMsgIdr": letter.message_id}, letter, amount)

    async def send(self, attempt: Attempt) -> Outcome:
        """POST it and wait for the pacs.002."""
        assert isinstance(attempt.message, Letter)
        return await self._bank.send(attempt.message, WAIT_S)

    def changed(self, attempt: Attempt, amount: Money) -> Attempt:
        """A new message with the same UETR."""
        order = self._scheme.order(self._bank.name, amount, self._payee)
        order = msgspec.structs.replace(order, uetr=attempt.key)
        return self._attempt(self._bank.write(order), amount)

    async def send_tampered(self, attempt: Attempt) -> Outcome:
        """Raise the amount under the signature."""
        assert isinstance(attempt.message, Letter)
        amount = attempt.amount.iso.encode()
        body = attempt.message.body.replace(b">%b<" % amount, b">9%b<" % amount, 1)
        return await self._bank.send(msgspec.structs.replace(attempt.message, body=body), WAIT_S)

    async def send_malformed(self, attempt: Attempt) -> Outcome:
        """Use a charge bearer that does not exist, one element a line, signed as it is."""
        order = msgspec.structs.replace(
            self._scheme.order(self._bank.name, attempt.amount, self._payee), uetr=attempt.key
        )
        document = letters.write_document(
            letters.credit_transfer(order, self._bank.bic, now(), letters.new_id()), self._bank.version
        )
        broken = re.sub(rb"<ChrgBr>\w+</ChrgBr>", b"<ChrgBr>NONE</ChrgBr>", document).replace(b"><", b">\n<")
        letter = self._bank.sign(broken, self._bank.version, attempt.key)
        return await self._bank.send(letter, WAIT_S)

    async def pay_nobody(self, amount: Money) -> Outcome:
        """Name a creditor agent, or a number, that nobody has."""
        order = self._scheme.order(self._bank.name, amount, self._payee)
        if order.msisdn:
            order = msgspec.structs.replace(order, msisdn=_UNKNOWN_NUMBER)
        else:
            order = msgspec.structs.replace(order, creditor_agent=institution(_UNKNOWN_BIC))
        return await self._bank.pay(order, WAIT_S)


class DfspPayer:
    """A DFSP: lookup, quote, transfer."""

    def __init__(self, scheme: Scheme, name: str, payee: str) -> None:
        self._dfsp: SandboxDfsp = scheme.dfsps[name]
        self._customer = CUSTOMERS[name]
        self._payee = _party(payee)
        self.dialect = f"FSPIOP {self._dfsp.version}"

    async def prepare(self, amount: Money, life_s: float = 30) -> Attempt:
        """Look up, quote, and write the transfer."""
        begun = time.perf_counter()
        agreement = await self._dfsp.payer.agree(self._customer, self._payee, amount, wait_s=WAIT_S)
        ids = {"transferId": agreement.transfer_id, "quoteId": agreement.quote.quote_id}
        transfer = self._dfsp.payer.transfer(agreement, later(life_s))
        return Attempt(agreement.transfer_id, ids, transfer, amount, _since(begun))

    async def send(self, attempt: Attempt) -> Outcome:
        """POST /transfers and wait for its callback."""
        assert isinstance(attempt.message, Transfer)
        outcome = await self._dfsp.payer.send(attempt.message, wait_s=WAIT_S)
        return msgspec.structs.replace(outcome, milliseconds=attempt.milliseconds + outcome.milliseconds)

    def changed(self, attempt: Attempt, amount: Money) -> Attempt:
        """The same transferId."""
        return self._with_amount(attempt, amount.fspiop, amount)

    def _with_amount(self, attempt: Attempt, text: str, amount: Money) -> Attempt:
        assert isinstance(attempt.message, Transfer)
        body = msgspec.json.decode(attempt.message.body)
        body["amount"]["amount"] = text
        message = msgspec.structs.replace(attempt.message, body=msgspec.json.encode(body))
        return msgspec.structs.replace(attempt, message=message, amount=amount)

    async def send_tampered(self, attempt: Attempt) -> Outcome:
        """Raise the amount under the signature."""
        assert isinstance(attempt.message, Transfer)
        was, raised = f'"{attempt.amount.fspiop}"'.encode(), f'"9{attempt.amount.fspiop}"'.encode()
        return await self._dfsp.payer.send(
            attempt.message, wait_s=WAIT_S, tamper=lambda headers, body: (headers, body.replace(was, raised, 1))
        )

    async def send_malformed(self, attempt: Attempt) -> Outcome:
        """Write the amount with a zero too many; the signature is of these bytes."""
        return await self.send(self._with_amount(attempt, f"{attempt.amount.fspiop}.10", attempt.amount))

    async def pay_nobody(self, amount: Money) -> Outcome:
        """Ask for an identifier nobody holds."""
        unknown = _UNKNOWN_NUMBER if self._payee.party_id_type == "MSISDN" else _UNKNOWN_ACCOUNT
        party = PartyIdInfo(self._payee.party_id_type, unknown)
        begun = time.perf_counter()
        try:
            await self._dfsp.payer.agree(self._customer, party, amount, wait_s=WAIT_S)
        except PaymentFailedError as failed:
            return msgspec.structs.replace(failed.outcome, milliseconds=_since(begun))
        raise AssertionError("a party nobody has registered was found")


class PayeeSide:
    """What a payee did and got, from its own journal."""

    def __init__(self, scheme: Scheme, name: str) -> None:
        found: SandboxBank | SandboxDfsp = scheme.banks.get(name) or scheme.dfsps[name]
        self._party = found
        self.journal: Journal = found.journal
        self.dialect = f"ISO XML {found.version}" if isinstance(found, SandboxBank) else f"FSPIOP {found.version}"

    def behave(self, behaviour: Behaviour = ACCEPT) -> None:
        """From now on."""
        self._party.scenario.default = behaviour

    def got(self, key: str) -> list[Entry]:
        """Every message about the payment that came in."""
        return self.journal.about(key, Way.RECEIVED)

    def asked(self, key: str) -> int:
        """How often it was asked to take the payment."""
        return sum(entry.kind.startswith(("pacs.008", "POST /transfers")) for entry in self.got(key))

    def credits(self, key: str) -> int:
        """How often its customer got the money."""
        return len(self.journal.about(key, Way.CREDITED))

    async def wait_for(self, key: str, words: tuple[str, ...], seconds: float = 5) -> bool:
        """Whether it is told one of these words about the payment within the time (`RJCT` also with any reason)."""
        wanted = tuple(f"{word}/" for word in words)
        found = await self.journal.wait(
            lambda entry: (
                entry.way is Way.RECEIVED
                and entry.key == key
                and (entry.word in words or entry.word.startswith(wanted))
            ),
            seconds,
        )
        return found is not None

    async def wait_until_asked(self, key: str, seconds: float = 5) -> bool:
        """Whether it is asked to take the payment within the time."""
        found = await self.journal.wait(lambda entry: entry.key == key and self.asked(key) > 0, seconds)
        return found is not None

    def ids(self, key: str) -> dict[str, str]:
        """The payment's ids on this side."""
        first = next((entry for entry in self.got(key)), None)
        if first is None:
            return {}
        if isinstance(self._party, SandboxBank):
            return {"UETR": key, "BizMsgIdr": first.id}
        return {"transferId": key}


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)


def _party(name: str) -> PartyIdInfo:
    if name in ACCOUNTS:
        return PartyIdInfo("ACCOUNT_ID", ACCOUNTS[name][1])
    customer = CUSTOMERS[name]
    return PartyIdInfo(customer.id_type, customer.identifier)  # type: ignore[arg-type]


def payer_side(scheme: Scheme, name: str, payee: str) -> PayerSide:
    """The payer's side of that participant."""
    return BankPayer(scheme, name, payee) if name in scheme.banks else DfspPayer(scheme, name, payee)
