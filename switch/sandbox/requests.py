"""Request to pay at a sandbox DFSP: as payee it asks and lends its device, as payer it agrees, authenticates and pays.

Flows of the API definition: transaction request, quote, authorization by one-time password at the payee's device,
transfer (use cases initiated by the payee).
"""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from fspiop.messages.authorizations import AuthenticationInfo, AuthorizationsPut
from fspiop.messages.fields import PartyIdInfo
from fspiop.messages.quotes import TransactionType
from fspiop.messages.transactionrequests import TransactionRequestsPost, TransactionRequestsPut
from fspiop.messages.transactions import TransactionsPut
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer, QuoteFor, money
from switch.sandbox.clock import iso_moment, later, now
from switch.sandbox.http import Request
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.payer import Payer, PaymentFailedError, Question

HANDLED: Final = {
    ("POST", "transactionRequests"),
    ("GET", "transactionRequests"),
    ("GET", "authorizations"),
    ("GET", "transactions"),
}
"""What other FSPs ask of this side of a DFSP."""
_ENCODE: Final = msgspec.json.Encoder().encode
_RETRIES: Final = 2
_LIFE_S: Final = 60

Put = Callable[[str, str, str, bytes], Awaitable[object]]
"""Sends a PUT: path, destination, id, body."""


class Asked(msgspec.Struct, frozen=True):
    """A transaction request as its payee sees it: the id, the last state told, and the payer FSP's transaction id."""

    id: str
    state: str
    transaction_id: str | None = None


class Requests:
    """One DFSP's requests to pay.

    As payer: `approve` says what the payer answers, `phones` has the last one-time password sent to each identifier,
    `paid` how each request ended. As payee: `typed` is what the payer enters at the device when the transaction
    request of that id is to be authorised (None: the payer walks away).
    """

    def __init__(self, payer: Payer, put: Put, customers: dict[str, Customer]) -> None:
        self._payer = payer
        self._put = put
        self._customers = customers
        self._states: dict[str, TransactionRequestsPut] = {}
        self.approve: Callable[[TransactionRequestsPost], bool] = lambda _: True
        self.typed: Callable[[str], str | None] = lambda _: None
        self.phones: dict[str, str] = {}
        self.paid: dict[str, Outcome] = {}

    async def ask(
        self,
        payee: Customer,
        payer: PartyIdInfo,
        amount: Money,
        kind: TransactionType,
        *,
        authentication: str | None = None,
        wait_s: float = 30,
    ) -> Asked:
        """As payee: find the payer's FSP and ask it to pay; returns what it answers at once."""
        found = await self._payer.look_up(payer, wait_s)
        request = TransactionRequestsPost(
            str(uuid.uuid4()),
            payee.party(self._payer.name),
            found.party_id_info,
            money(amount),
            kind,
            authentication_type=authentication,  # type: ignore[arg-type]
            expiration=iso_moment(later(_LIFE_S)),
        )
        key = f"transactionRequests/{request.transaction_request_id}"
        fsp = found.party_id_info.fsp_id
        question = Question("transaction request", "POST", "/transactionRequests", key, fsp, _ENCODE(request))
        callback = await self._payer.ask(question, wait_s)
        told = msgspec.json.decode(callback.body, type=TransactionRequestsPut)
        return Asked(request.transaction_request_id, told.transaction_request_state, told.transaction_id)

    async def transaction(self, transaction_id: str, fsp: str, wait_s: float = 30) -> TransactionsPut:
        """What became of a transaction, asked of the FSP that pays it."""
        path = f"/transactions/{transaction_id}"
        question = Question("transaction", "GET", path, path.removeprefix("/"), fsp)
        callback = await self._payer.ask(question, wait_s)
        return msgspec.json.decode(callback.body, type=TransactionsPut)

    async def handle(self, request: Request) -> None:
        """Answer what another FSP asks."""
        path = request.target.partition("?")[0]
        source = request.headers.get("fspiop-source", "")
        if request.method == "POST":
            await self._pay(msgspec.json.decode(request.body, type=TransactionRequestsPost), source)
            return
        key = path.rpartition("/")[2]
        body: msgspec.Struct | None = None
        if path.startswith("/authorizations/"):
            body = self._at_device(key)
        elif path.startswith("/transactions/"):
            done = self.paid.get(key)
            state = "PENDING" if done is None else "COMPLETED" if done.end is End.SETTLED else "REJECTED"
            body = TransactionsPut(state, iso_moment(now()) if done else None)  # type: ignore[arg-type]
        else:
            body = self._states.get(key)
        if body is not None:
            await self._send(path, source, key, body)

    def _at_device(self, request_id: str) -> AuthorizationsPut:
        typed = self.typed(request_id)
        if typed is None:
            return AuthorizationsPut("REJECTED")
        return AuthorizationsPut("ENTERED", AuthenticationInfo("OTP", typed))

    async def _send(self, path: str, destination: str, key: str, body: msgspec.Struct) -> None:
        await self._put(path, destination, key, _ENCODE(body))

    async def _tell(self, request_id: str, source: str, state: str, transaction_id: str | None = None) -> None:
        told = TransactionRequestsPut(state, transaction_id)  # type: ignore[arg-type]
        self._states[request_id] = told
        await self._send(f"/transactionRequests/{request_id}", source, request_id, told)

    async def _pay(self, request: TransactionRequestsPost, source: str) -> None:
        """As payer: answer, ask for terms, have the payer authenticated if it stands at the payee's, and pay."""
        request_id, transaction_id = request.transaction_request_id, str(uuid.uuid4())
        customer = self._customers.get(request.payer.party_identifier)
        if customer is None or not self.approve(request):
            await self._tell(request_id, source, "REJECTED")
            return
        await self._tell(request_id, source, "ACCEPTED", transaction_id)
        about = QuoteFor(request.transaction_type, "RECEIVE", transaction_id, request_id)
        amount = Money.parse_fspiop(request.amount.amount, request.amount.currency)
        try:
            agreement = await self._payer.agree_with(customer, request.payee, source, amount, about)
            if request.authentication_type is not None and not await self._authenticated(request, source):
                await self._tell(request_id, source, "REJECTED", transaction_id)
                return
        except PaymentFailedError as failed:
            self.paid[transaction_id] = failed.outcome
            return
        self.paid[transaction_id] = await self._payer.send(self._payer.transfer(agreement, later(_LIFE_S)))

    async def _authenticated(self, request: TransactionRequestsPost, source: str) -> bool:
        """Send the payer a one-time password and ask for it at the payee's device, a few times."""
        password = str(secrets.randbelow(900_000) + 100_000)
        self.phones[request.payer.party_identifier] = password
        path = f"/authorizations/{request.transaction_request_id}"
        for left in range(_RETRIES, 0, -1):
            query = (
                f"?authenticationType={request.authentication_type}&retriesLeft={left}"
                f"&amount={request.amount.amount}&currency={request.amount.currency}"
            )
            question = Question("authorization", "GET", path + query, path.removeprefix("/"), source)
            callback = await self._payer.ask(question, _LIFE_S)
            told = msgspec.json.decode(callback.body, type=AuthorizationsPut)
            if told.response_type == "REJECTED":
                return False
            if told.authentication_info is not None and told.authentication_info.authentication_value == password:
                return True
        return False
