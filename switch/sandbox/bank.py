"""A sandbox bank: a real HTTP server that speaks ISO 20022 XML, signs with its own key, verifies the hub's messages."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from iso import gate, signature
from iso.keys import SigningKey, pinned_key, signing_key
from iso.messages import business
from iso.messages.admi002 import Admi002
from iso.messages.business import BusinessMessage
from iso.messages.fields import Reason
from iso.messages.head001 import Head001
from iso.messages.pacs002 import GroupStatus, Pacs002, TransactionStatus
from iso.messages.pacs008 import Pacs008
from schemas.canonical.money import Money
from switch.sandbox import letters
from switch.sandbox.behaviour import ACCEPT, Behaviour, Payment, Scenario, reject
from switch.sandbox.clock import now
from switch.sandbox.counterparty import Counterparty
from switch.sandbox.http import Reply, Request
from switch.sandbox.keys import KeyPair
from switch.sandbox.letters import Order
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.rejects import not_taken
from switch.sandbox.waiting import Mailbox

MESSAGES_PATH: Final = "/iso20022/messages"
_XML: Final = "application/xml"
_ATTEMPTS: Final = 8
_OVERLOADED: Final = 503
_SETTLED: Final = frozenset({"ACSC", "ACCC"})
"""What the hub says when money has moved; ACSP and the like only tell that it is still at work."""
_NEGATIVE: Final = frozenset({"RJCT", "CANC"})
_NOT_SIGNED: Final = "unsigned"


class Letter(msgspec.Struct, frozen=True):
    """A message ready to be sent, and sent again: the very bytes. `key` is the payment's UETR."""

    key: str
    message_id: str
    definition: str
    body: bytes
    amount: str = ""


class Posted(msgspec.Struct, frozen=True):
    """The hub's HTTP answer to a letter: status 0 if it was not reached."""

    status: int
    body: bytes = b""


Ear = Callable[[BusinessMessage, Any, str], None]
"""Takes a message, its document, and what the check of its signature found."""


class SandboxBank(Counterparty):
    """One bank. `word` is its accepting status; with `confirm` two-step it credits on the hub's ACSC only.

    `accounts` are its customers' account numbers: None means any number is one; a number that is not there is refused
    with AC01. `credited` has what they got, in units of 10^-4 by (account, currency).
    """

    def __init__(
        self,
        name: str,
        bic: str,
        *,
        iso_url: str,
        hub_name: str = "Hub",
        version: str = "pacs.008.001.08",
        word: str = "ACSP",
        confirm: str = "two-step",
        accounts: Iterable[str] | None = None,
        keys: KeyPair | None = None,
        scenario: Scenario | None = None,
        journal: Path | None = None,
    ) -> None:
        super().__init__(name, keys, scenario, journal)
        self.bic = bic
        self.url_of_hub = iso_url
        self.hub_name = hub_name
        self.version = version
        self.word = word
        self.confirm = confirm
        self.accounts = None if accounts is None else set(accounts)
        self.credited: dict[tuple[str, str], int] = {}
        self._signing: SigningKey = signing_key(self.keys.private_pem, self.keys.certificate_pem)
        self._hub_certificates: list[str] = []
        self._waiting: Mailbox[Outcome] = Mailbox()
        self._messages: dict[str, str] = {}
        self._accepted: dict[str, Pacs008] = {}
        self._answers: dict[str, bytes] = {}
        self._posted: set[str] = set()
        self._session: aiohttp.ClientSession | None = None
        self._ears: dict[type, Ear] = {
            Pacs008: self._take_payment,
            Pacs002: self._take_report,
            Admi002: self._take_reject,
        }

    @property
    def callback_url(self) -> str:
        """Where the hub posts its messages."""
        return self.url + MESSAGES_PATH

    def profile(self, **more: Any) -> dict[str, Any]:
        """Its ISO profile for `PUT /participants/{name}/iso`."""
        return {
            "bic": self.bic,
            "callbackUrl": self.callback_url,
            "versions": {"pacs.008": self.version},
            "confirm": self.confirm,
            "certificates": [{"pem": self.keys.certificate_pem, "id": f"{self.name}-1"}],
            **more,
        }

    @property
    def trusted(self) -> tuple[str, ...]:
        """The certificates or public keys it takes as the hub's."""
        return tuple(self._hub_certificates)

    def trust_hub(self, certificates: Iterable[str]) -> None:
        """Take these certificates or public keys (PEM) as the hub's."""
        self._hub_certificates = list(certificates)

    def _open(self) -> None:
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=25)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20))

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()

    # What it sends as the debtor's bank.

    def write(self, order: Order) -> Letter:
        """The signed pacs.008 for an order."""
        message = letters.credit_transfer(order, self.bic, now(), letters.new_id())
        amount = f"{order.amount.iso} {order.amount.currency}"
        return self.sign(letters.write_document(message, self.version), self.version, order.uetr, amount)

    def sign(self, document: bytes, definition: str, key: str, amount: str = "", message_id: str = "") -> Letter:
        """Any Document in canonical form under a header of this bank, signed; `message_id` is its MsgId if known."""
        receiver = letters.by_name(self.hub_name)
        header = letters.header(letters.institution(self.bic), receiver, definition, now())
        body = signature.sign(header, document, self._signing)
        if message_id:
            self._messages[message_id] = key
        return Letter(key, header.business_message_id, definition, body, amount)

    async def pay(self, order: Order, wait_s: float = 30) -> Outcome:
        """Write, send, and wait for the final answer."""
        return await self.send(self.write(order), wait_s)

    async def send(self, letter: Letter, wait_s: float = 30) -> Outcome:
        """Send a letter and wait for the final pacs.002 (or the admi.002 in the answer itself)."""
        begun = time.perf_counter()
        future = self._waiting.expect(letter.key)
        posted = await self.post(letter)
        if posted.status != 202:
            self._waiting.forget(letter.key, future)
            return msgspec.structs.replace(
                not_taken(letter.key, posted.status, posted.body), milliseconds=_since(begun)
            )
        try:
            outcome = await asyncio.wait_for(future, wait_s)
        except TimeoutError:
            self._waiting.forget(letter.key, future)
            outcome = Outcome(letter.key, End.UNANSWERED, "", "no pacs.002")
        return msgspec.structs.replace(outcome, http_status=posted.status, milliseconds=_since(begun))

    async def post(self, letter: Letter, path: str = MESSAGES_PATH) -> Posted:
        """Send a letter, again and again while the hub is overloaded or out of reach, and note it in the journal."""
        assert self._session is not None
        place = self.tape.sending(self.name, "POST", path, letter.body) if self.tape is not None else 0
        posted = Posted(0)
        for attempt in range(_ATTEMPTS):
            try:
                headers = {"content-type": _XML}
                url = self.url_of_hub + path
                async with self._session.post(url, data=letter.body, headers=headers) as response:
                    posted = Posted(response.status, await response.read())
            except (aiohttp.ClientError, TimeoutError):
                posted = Posted(0)
            if posted.status not in (0, _OVERLOADED):
                break
            await asyncio.sleep(min(0.1 * 2**attempt, 2))
        if self.tape is not None:
            self.tape.answered(place, posted.status)
        self.journal.sent(
            letter.definition, letter.key, id=letter.message_id, status=posted.status, amount=letter.amount
        )
        return posted

    # What it receives.

    def _handle(self, request: Request) -> Reply:
        if request.method == "GET":
            return Reply(200, b'{"status":"OK"}', "application/json")
        if request.method != "POST":
            return Reply(405)
        try:
            parsed = gate.read(request.body)
            found, parsed = self._verify(parsed)
        except gate.Refused as refused:
            self.journal.received("unreadable", "", status=400, detail=str(refused))
            return Reply(400, str(refused).encode(), "text/plain")
        if found not in ("valid", _NOT_SIGNED):
            self.journal.received(parsed.message_def, "", status=400, signature=found)
            return Reply(400, found.encode(), "text/plain")
        assert parsed.document_el is not None
        message = business.read(parsed.header_el, parsed.document_el)
        take = self._ears.get(type(message.document))
        if take is not None:
            take(message, message.document, found)
        return Reply(202)

    def hear(self, kind: type, take: Ear) -> Ear | None:
        """Let `take` have every message of that type; gives who had them before."""
        before = self._ears.get(kind)
        self._ears[kind] = take
        return before

    @property
    def accepted(self) -> Mapping[str, Pacs008]:
        """The payments it was given, by their key."""
        return self._accepted

    def work(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with it after the HTTP answer."""
        self._work.start(work)

    async def repeat(self, key: str) -> bool:
        """Say its answer to a payment again; False if it has not answered."""
        if key not in self._answers:
            return False
        await self.post(Letter(key, "", "pacs.002 again", self._answers[key]))
        return True

    def _verify(self, parsed: gate.Parsed) -> tuple[str, gate.Parsed]:
        """`valid`, `unsigned` or why the signature does not hold, and what may be read further."""
        if not self._hub_certificates or b"Sgntr" not in parsed.body:
            return _NOT_SIGNED, parsed
        keys = [pinned_key(pem) for pem in self._hub_certificates]
        try:
            return "valid", signature.verify(parsed, keys, now())
        except signature.SignatureRefusedError as refused:
            return str(refused), parsed

    def _take_payment(self, message: BusinessMessage, payment: Pacs008, found: str) -> None:
        transfer = payment.transactions[0]
        key = letters.payment_key(transfer.uetr, transfer.transaction_id, transfer.end_to_end_id)
        amount = f"{transfer.settlement_amount.text} {transfer.settlement_amount.currency}"
        identifier = _id(message.header)
        self.journal.received(payment.definition, key, id=identifier, amount=amount, status=202, signature=found)
        self._work.start(self._answer(key, payment))

    async def _answer(self, key: str, payment: Pacs008) -> None:
        if key in self._accepted:
            # delivered again: the hub may not have got the answer
            await self.repeat(key)
            return
        self._accepted[key] = payment
        behaviour = self._choose(key, payment)
        if behaviour.delay_s:
            await asyncio.sleep(behaviour.delay_s)
        for status in behaviour.before:
            await self.post(self._status(key, payment, ACCEPT, status))
        letter = self._status(key, payment, behaviour, behaviour.word or self.word)
        if behaviour.copies:
            self._answers[key] = letter.body
        for _ in range(behaviour.copies):
            posted = await self.post(letter)
            if posted.status == 202 and not behaviour.reject and self.confirm == "one-step":
                self._credit(key)
        for status in behaviour.later:
            await asyncio.sleep(behaviour.later_s)
            await self.post(self._status(key, payment, ACCEPT, status))

    def _status(self, key: str, payment: Pacs008, behaviour: Behaviour, word: str) -> Letter:
        report = letters.status_report(payment, behaviour, word, now())
        return self.sign(letters.write_document(report, report.definition), report.definition, key)

    def _choose(self, key: str, payment: Pacs008) -> Behaviour:
        transfer = payment.transactions[0]
        number = letters.account_number(transfer.creditor_account)
        if self.accounts is not None and number not in self.accounts:
            return reject("AC01", "no such account")
        payer = transfer.debtor_agent.bicfi or transfer.debtor_agent.other_id or ""
        settled = transfer.settlement_amount
        return self.scenario.choose(Payment(key, number, settled.text, settled.currency, payer))

    def _take_report(self, message: BusinessMessage, report: Pacs002, found: str) -> None:
        for status in report.transactions:
            self._take_status(message, status, found)
        for group in report.groups:
            self._take_group(message, group, found)

    def _take_status(self, message: BusinessMessage, status: TransactionStatus, found: str) -> None:
        key = letters.payment_key(status.original_uetr, status.original_transaction_id, status.original_end_to_end_id)
        code, text = _reason(status.reasons)
        word = f"{status.status}/{code}" if code else status.status or ""
        self.journal.received(
            message.message_definition, key, id=_id(message.header), word=word, status=202, signature=found, detail=text
        )
        if key in self._accepted:
            if status.status in _SETTLED:
                self._credit(key)
            return
        if status.status in _SETTLED:
            told = Outcome(key, End.SETTLED, status.status or "", text, signature=found)
            self._waiting.deliver(key, msgspec.structs.replace(told, exchanged=letters.exchanged(status)))
        elif status.status in _NEGATIVE:
            self._waiting.deliver(key, Outcome(key, End.REFUSED, code or status.status or "", text, signature=found))

    def _take_group(self, message: BusinessMessage, group: GroupStatus, found: str) -> None:
        """A whole message refused at once, as one with several transactions may be."""
        key = self._messages.get(group.original_message_id, "")
        if group.status not in _NEGATIVE or not key:
            return
        code, text = _reason(group.reasons)
        self.journal.received(
            message.message_definition, key, id=_id(message.header), word=f"RJCT/{code}", status=202, signature=found
        )
        self._waiting.deliver(key, Outcome(key, End.REFUSED, code, text, signature=found))

    def _take_reject(self, message: BusinessMessage, found_reject: Admi002, found: str) -> None:
        self.journal.received(
            message.message_definition,
            found_reject.reference,
            id=_id(message.header),
            word=found_reject.reason,
            status=202,
            signature=found,
            detail=found_reject.description or "",
        )

    def _credit(self, key: str) -> None:
        """Give the customer the money, once."""
        payment = self._accepted.get(key)
        if payment is None or key in self._posted:
            return
        self._posted.add(key)
        transfer = payment.transactions[0]
        got = Money.parse_iso(transfer.settlement_amount.text, transfer.settlement_amount.currency)
        place = (letters.account_number(transfer.creditor_account), got.currency)
        self.credited[place] = self.credited.get(place, 0) + got.units
        self.journal.credited(key, got)


def _reason(reasons: tuple[Reason, ...]) -> tuple[str, str]:
    """Code and text of the first reason."""
    first = reasons[0] if reasons else Reason()
    return first.code or first.proprietary or "", " ".join(first.info)


def _id(header: Head001 | None) -> str:
    return header.business_message_id if header else ""


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
