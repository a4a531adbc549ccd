"""Onboarding over the operator API, call by call as an operator would do it; used by demo, tests, bench and trials."""

import uuid
from collections.abc import Iterable
from typing import Any, Self

import aiohttp
import msgspec

from schemas.canonical.money import Money

_HUB_ACCOUNTS = ("HUB_RECONCILIATION", "HUB_MULTILATERAL_SETTLEMENT")
_ORACLE = "builtin:registry"
_ALREADY = "already"


class OnboardingError(RuntimeError):
    """The hub refused an operator's call; the text has the call and the hub's answer."""


class AccountView(msgspec.Struct, frozen=True, rename="camel"):
    """One account as the operator API shows it; `value` is in the currency's own unit, debit positive."""

    id: int
    ledger_account_type: str
    currency: str
    is_active: int
    value: msgspec.Raw

    @property
    def units(self) -> int:
        """The balance in units of 10^-4."""
        text = bytes(self.value).decode()
        sign = -1 if text.startswith("-") else 1
        whole, _, fraction = text.lstrip("-").partition(".")
        return sign * (int(whole) * 10_000 + int(fraction.ljust(4, "0")[:4] or 0))


class Hub(msgspec.Struct, frozen=True):
    """Where a hub is reached: base URLs without a slash at the end, and its name as a participant."""

    fspiop_url: str
    admin_url: str
    iso_url: str
    name: str = "Hub"


# The callbacks a DFSP is reached by: endpoint type -> path below its base URL (FSPIOP API, endpoint types).
ENDPOINTS = {
    "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT": "/participants/{{partyIdType}}/{{partyIdentifier}}",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT_ERROR": "/participants/{{partyIdType}}/{{partyIdentifier}}/error",
    "FSPIOP_CALLBACK_URL_PARTIES_GET": "/parties/{{partyIdType}}/{{partyIdentifier}}",
    "FSPIOP_CALLBACK_URL_PARTIES_PUT": "/parties/{{partyIdType}}/{{partyIdentifier}}",
    "FSPIOP_CALLBACK_URL_PARTIES_PUT_ERROR": "/parties/{{partyIdType}}/{{partyIdentifier}}/error",
    "FSPIOP_CALLBACK_URL_QUOTES": "",
    "FSPIOP_CALLBACK_URL_FX_QUOTES": "",
    "FSPIOP_CALLBACK_URL_BULK_QUOTES": "",
    "FSPIOP_CALLBACK_URL_TRX_REQ_SERVICE": "",
    "FSPIOP_CALLBACK_URL_AUTHORIZATIONS": "",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_POST": "/bulkTransfers",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_PUT": "/bulkTransfers/{{id}}",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_ERROR": "/bulkTransfers/{{id}}/error",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_POST": "/fxTransfers",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_PUT": "/fxTransfers/{{commitRequestId}}",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_ERROR": "/fxTransfers/{{commitRequestId}}/error",
    "FSPIOP_CALLBACK_URL_TRANSFER_POST": "/transfers",
    "FSPIOP_CALLBACK_URL_TRANSFER_PUT": "/transfers/{{transferId}}",
    "FSPIOP_CALLBACK_URL_TRANSFER_ERROR": "/transfers/{{transferId}}/error",
}


class Operator:
    """The hub's operator: every call is repeatable, what is there already is left as it is."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def call(self, method: str, path: str, body: Any = None) -> bytes:
        """One call; an answer over 299 raises OnboardingError with what the hub said."""
        return await self.fetch(self.hub.admin_url + path, method, body)

    async def fetch(self, url: str, method: str = "GET", body: Any = None) -> bytes:
        """One call at any of the hub's doors; an answer over 299 raises OnboardingError with what the hub said."""
        assert self._session is not None
        data = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"} if data is not None else {}
        async with self._session.request(method, url, data=data, headers=headers) as response:
            content = await response.read()
            if response.status >= 300:
                said = content.decode(errors="replace")[:400]
                raise OnboardingError(f"{method} {response.url.path}: {response.status} {said}")
            return content

    async def _ensure(self, method: str, path: str, body: Any) -> None:
        """Make sure it is there: a refusal because it is there already is fine."""
        try:
            await self.call(method, path, body)
        except OnboardingError as error:
            if _ALREADY not in str(error).lower():
                raise

    async def prepare_scheme(self, currencies: Iterable[str]) -> None:
        """The hub's own accounts for these currencies, and the default settlement model."""
        for currency in currencies:
            for kind in _HUB_ACCOUNTS:
                body = {"currency": currency, "type": kind}
                await self._ensure("POST", f"/participants/{self.hub.name}/accounts", body)
        model = {
            "name": "DEFERREDNET",
            "settlementGranularity": "NET",
            "settlementInterchange": "MULTILATERAL",
            "settlementDelay": "DEFERRED",
            "requireLiquidityCheck": True,
            "ledgerAccountType": "POSITION",
            "settlementAccountType": "SETTLEMENT",
            "autoPositionReset": True,
        }
        await self._ensure("POST", "/settlementModels", model)

    async def register_oracle(self, party_type: str) -> None:
        """The hub's built-in registry answers for this type of party."""
        body = {"oracleIdType": party_type, "endpoint": {"value": _ORACLE, "endpointType": "URL"}, "isDefault": True}
        listed = msgspec.json.decode(await self.call("GET", f"/oracles?type={party_type}"))
        if not listed:
            await self._ensure("POST", "/oracles", body)

    async def add_participant(self, name: str, cap: Money, funds: Money) -> None:
        """A participant in one currency with its net debit cap, and money deposited if it had none."""
        currency = cap.currency
        await self._ensure("POST", "/participants", {"name": name, "currency": currency})
        limit = {"type": "NET_DEBIT_CAP", "value": _number(cap)}
        accounts = await self.accounts(name, currency)
        if any(not account.is_active for account in accounts.values()):
            body = {"currency": currency, "limit": limit, "initialPosition": 0}
            await self._ensure("POST", f"/participants/{name}/initialPositionAndLimits", body)
        settlement = accounts["SETTLEMENT"]
        if funds.units > 0 and settlement.units == 0:
            await self.funds_in(name, settlement.id, funds)

    async def funds_in(self, name: str, account: int, funds: Money) -> None:
        """Record a deposit on a SETTLEMENT account."""
        body = {
            "transferId": str(uuid.uuid4()),
            "externalReference": "sandbox deposit",
            "action": "recordFundsIn",
            "reason": "sandbox",
            "amount": {"amount": _number(funds), "currency": funds.currency},
        }
        await self.call("POST", f"/participants/{name}/accounts/{account}", body)

    async def connect_bank(self, name: str, profile: dict[str, Any]) -> None:
        """Say how a bank is reached and addressed (`PUT /participants/{name}/iso`)."""
        await self.call("PUT", f"/participants/{name}/iso", profile)

    async def connect_dfsp(self, name: str, base_url: str, public_keys: Iterable[str] = ()) -> None:
        """Say where a DFSP listens, and the keys that verify its signatures."""
        for kind, path in ENDPOINTS.items():
            await self.call("POST", f"/participants/{name}/endpoints", {"type": kind, "value": base_url + path})
        keys = [{"pem": pem, "id": f"{name}-{number}"} for number, pem in enumerate(public_keys, 1)]
        if keys:
            await self.call("PUT", f"/participants/{name}/keys", {"keys": keys})

    async def offer(self, name: str, *services: str) -> None:
        """Say which services a participant offers the scheme (`PUT /participants/{name}/services`)."""
        await self.call("PUT", f"/participants/{name}/services", {"services": services})

    async def keys(self, name: str) -> tuple[str, ...]:
        """The public keys (PEM) on file for a participant; for a bank the hub's gateway key."""
        decoded = msgspec.json.decode(await self.call("GET", f"/participants/{name}/keys"))
        return tuple(key["pem"] for key in decoded["keys"])

    async def accounts(self, name: str, currency: str) -> dict[str, AccountView]:
        """A participant's accounts in one currency by their type."""
        found = await self.every_account(name)
        return {account.ledger_account_type: account for account in found if account.currency == currency}

    async def every_account(self, name: str) -> list[AccountView]:
        """All accounts of a participant."""
        content = await self.call("GET", f"/participants/{name}/accounts")
        return msgspec.json.decode(content, type=list[AccountView])

    async def participants(self) -> list[str]:
        """The names of all participants, the hub's among them."""
        decoded = msgspec.json.decode(await self.call("GET", "/participants"))
        return [participant["name"] for participant in decoded]

    async def position(self, name: str, currency: str) -> Money:
        """A participant's position: positive when it owes."""
        accounts = await self.accounts(name, currency)
        return Money(accounts["POSITION"].units, currency)


def _number(amount: Money) -> msgspec.Raw:
    """The amount as a JSON number, exactly."""
    return msgspec.Raw(amount.fspiop.encode())
