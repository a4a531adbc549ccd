"""Operator routes for money: accounts, initial limits, limits, positions, funds in and out."""

from decimal import Decimal
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.canonical.commands import (
    CreateHubAccount,
    RecordFunds,
    SetAccountActive,
    SetInitialLimits,
    SetLimit,
)
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId, transfer_id
from schemas.canonical.participants import AccountType, LedgerAccount
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, money, number
from switch.admin.participants import Active, view

_CAP = "NET_DEBIT_CAP"
_UUID_LENGTH = 36
_FUNDS = ("recordFundsIn", "recordFundsOutPrepareReserve")
_FUNDS_OUT = ("recordFundsOutCommit", "recordFundsOutAbort")


class NewAccount(msgspec.Struct):
    """POST /participants/{hub}/accounts."""

    currency: str
    type: str


class LimitBody(msgspec.Struct, rename="camel"):
    """A limit: only NET_DEBIT_CAP exists; the alarm threshold is a percentage of the cap."""

    type: str
    value: Decimal
    alarm_percentage: Decimal = Decimal(10)


class InitialLimits(msgspec.Struct, rename="camel"):
    """POST /participants/{name}/initialPositionAndLimits."""

    currency: str
    limit: LimitBody
    initial_position: Decimal = Decimal(0)


class NewLimit(msgspec.Struct):
    """PUT /participants/{name}/limits."""

    currency: str
    limit: LimitBody


class Amount(msgspec.Struct):
    """An amount as a JSON number greater than zero."""

    amount: Decimal
    currency: str


class FundsBody(msgspec.Struct, rename="camel"):
    """POST /participants/{name}/accounts/{id}: funds in, or the first half of funds out."""

    transfer_id: str
    external_reference: str
    action: str
    reason: str
    amount: Amount
    extension_list: Any = None


class FundsOutBody(msgspec.Struct):
    """PUT /participants/{name}/accounts/{id}/transfers/{transferId}: the second half of funds out."""

    action: str
    reason: str = ""


def router(desk: Desk) -> APIRouter:
    """The routes under /participants/{name} that concern money."""
    routes = APIRouter(tags=["accounts"])

    @routes.post("/participants/{name}/accounts", status_code=201)
    async def open_account(name: str, request: Request) -> Response:
        """Open a HUB_RECONCILIATION or HUB_MULTILATERAL_SETTLEMENT account of the hub in a currency."""
        body = await body_of(request, NewAccount)
        try:
            kind = AccountType(body.type)
        except ValueError as unknown:
            raise RefusalError(fault("ADD_PARTY_FAILED", f"account type '{body.type[:40]}' is unknown")) from unknown
        await desk.do(CreateHubAccount(desk.name(name), desk.currency(body.currency), kind))
        hub = await desk.participant(name)
        return answer(view(hub, await desk.accounts(hub.name), str(request.base_url)), 201)

    @routes.get("/participants/{name}/accounts")
    async def accounts(name: str) -> Response:
        """A participant's accounts with their balances; deposited funds show as a negative SETTLEMENT value."""
        owner = (await desk.participant(name)).name
        return answer([_account(account) for account in await desk.accounts(owner)])

    @routes.put("/participants/{name}/accounts/{account}")
    async def activate(name: str, account: int, request: Request) -> Response:
        """Switch a POSITION account on or off."""
        body = await body_of(request, Active)
        await desk.do(SetAccountActive((await desk.participant(name)).name, account, body.is_active))
        return Response(status_code=200)

    @routes.post("/participants/{name}/initialPositionAndLimits", status_code=201)
    async def initial(name: str, request: Request) -> Response:
        """Give the first net debit cap of a currency; this activates the accounts."""
        body = await body_of(request, InitialLimits)
        _known_limit(body.limit)
        command = SetInitialLimits(
            (await desk.participant(name)).name,
            money(body.limit.value, body.currency),
            money(body.initial_position, body.currency),
            str(body.limit.alarm_percentage),
        )
        await desk.do(command)
        return Response(status_code=201)

    @routes.post("/participants/{name}/accounts/{account}", status_code=202)
    async def funds(name: str, account: int, request: Request) -> Response:
        """Record funds in, or prepare and reserve funds out; repeat-safe by transferId."""
        body = await body_of(request, FundsBody)
        if body.action not in _FUNDS:
            raise RefusalError(fault("VALIDATION", f"action must be one of {', '.join(_FUNDS)}"))
        amount = money(body.amount.amount, body.amount.currency)
        if amount.units == 0:
            raise RefusalError(fault("VALIDATION", "amount must be greater than 0"))
        owner = (await desk.participant(name)).name
        transfer = _funds_id(body.transfer_id)
        await desk.do(RecordFunds(owner, account, transfer, body.action, amount, body.reason, body.external_reference))
        return Response(status_code=202)

    @routes.put("/participants/{name}/accounts/{account}/transfers/{transfer}", status_code=202)
    async def funds_out(name: str, account: int, transfer: str, request: Request) -> Response:
        """Commit or abort funds out that were reserved."""
        body = await body_of(request, FundsOutBody)
        if body.action not in _FUNDS_OUT:
            raise RefusalError(fault("VALIDATION", f"action must be one of {', '.join(_FUNDS_OUT)}"))
        owner = (await desk.participant(name)).name
        await desk.do(RecordFunds(owner, account, _funds_id(transfer), body.action, None, body.reason))
        return Response(status_code=202)

    _limits(routes, desk)
    return routes


def _funds_id(text: str) -> TransferId:
    try:
        return transfer_id(text.lower() if len(text) == _UUID_LENGTH else text)
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", f"transferId {error}")) from error


def _limits(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/participants/limits")
    async def every_limit(currency: str | None = None, type: str | None = None) -> Response:
        """The limits of all participants."""
        found = [account for account in await desk.records(LedgerAccount) if _capped(account, currency, type)]
        return answer([{"name": account.owner, **_limit(account)} for account in found])

    @routes.get("/participants/{name}/limits")
    async def limits(name: str, currency: str | None = None, type: str | None = None) -> Response:
        """A participant's limits."""
        owner = (await desk.participant(name)).name
        found = [account for account in await desk.accounts(owner) if _capped(account, currency, type)]
        return answer([_limit(account) for account in found])

    @routes.put("/participants/{name}/limits")
    async def set_limit(name: str, request: Request) -> Response:
        """Change the net debit cap; it holds from the next reservation on."""
        body = await body_of(request, NewLimit)
        _known_limit(body.limit)
        owner = (await desk.participant(name)).name
        cap = money(body.limit.value, body.currency)
        await desk.do(SetLimit(owner, cap, str(body.limit.alarm_percentage)))
        changed = {"type": _CAP, "value": number(cap.units), "alarmPercentage": body.limit.alarm_percentage}
        return answer({"currency": body.currency, "limit": changed})

    @routes.get("/participants/{name}/positions")
    async def positions(name: str, currency: str | None = None) -> Response:
        """A participant's positions, or the one of a currency."""
        owner = (await desk.participant(name)).name
        found = [account for account in await desk.accounts(owner) if account.type is AccountType.POSITION]
        shown = [
            {"currency": account.currency, "value": number(account.value), "changedDate": instant(account.changed)}
            for account in found
        ]
        if currency is None:
            return answer(shown)
        return answer(next((position for position in shown if position["currency"] == currency), {}))


def _account(account: LedgerAccount) -> dict[str, Any]:
    return {
        "id": account.id,
        "ledgerAccountType": account.type.value,
        "currency": account.currency,
        "isActive": int(account.active),
        "value": number(account.value),
        # Reservations are part of the value; the figure of its own exists only while a batch runs elsewhere.
        "reservedValue": 0,
        "changedDate": instant(account.changed),
    }


def _capped(account: LedgerAccount, currency: str | None, kind: str | None) -> bool:
    return account.cap is not None and currency in (None, account.currency) and kind in (None, _CAP)


def _limit(account: LedgerAccount) -> dict[str, Any]:
    limit = {"type": _CAP, "value": number(account.cap or 0), "alarmPercentage": Decimal(account.alarm)}
    return {"currency": account.currency, "limit": limit}


def _known_limit(limit: LimitBody) -> None:
    if limit.type != _CAP:
        raise RefusalError(fault("VALIDATION", f"limit type must be {_CAP}"))
    if not limit.alarm_percentage.is_finite() or limit.alarm_percentage.adjusted() > 2 or limit.alarm_percentage < 0:
        raise RefusalError(fault("VALIDATION", "alarmPercentage must be a number from 0"))
