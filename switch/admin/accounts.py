"""Operator routes for money: accounts, initial limits, limits, positions, funds in and out."""

from decimal import Decimal

from fastapi import APIRouter, Request, Response

from schemas.canonical.administration import CapShare
from schemas.canonical.commands import (
    CreateHubAccount,
    RecordFunds,
    SetAccountActive,
    SetInitialLimits,
    SetLimit,
)
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId, transfer_id
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount
from switch.admin import shapes
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, money, number
from switch.admin.openapi import Number, tells
from switch.admin.participants import view

_CAP = "NET_DEBIT_CAP"
_UUID_LENGTH = 36
_PERCENT_DIGITS = 2
_WHOLE = 100


def router(desk: Desk) -> APIRouter:
    """The routes under /participants/{name} that concern money."""
    routes = APIRouter(tags=["accounts"])

    @routes.post("/participants/{name}/accounts", status_code=201)
    @tells(201, shapes.ParticipantShown, body=shapes.NewAccount)
    async def open_account(name: str, request: Request) -> Response:
        """Open a HUB_RECONCILIATION, HUB_MULTILATERAL_SETTLEMENT or HUB_FEE account of the hub in a currency."""
        body = await body_of(request, shapes.NewAccount)
        try:
            kind = AccountType(body.type)
        except ValueError as unknown:
            raise RefusalError(fault("ADD_PARTY_FAILED", "Ledger account type was not found.")) from unknown
        await desk.do(CreateHubAccount(desk.name(name), desk.currency(body.currency), kind))
        hub = await desk.participant(name)
        return answer(view(hub, await desk.accounts(hub.name), str(request.base_url)), 201)

    @routes.get("/participants/{name}/accounts")
    @tells(200, list[shapes.AccountShown])
    async def accounts(name: str, currency: str | None = None) -> Response:
        """A participant's accounts with their balances; deposited funds show as a negative SETTLEMENT value."""
        owner = (await desk.participant(name)).name
        found = [account for account in await desk.accounts(owner) if currency in (None, account.currency)]
        return answer([_account(account) for account in found])

    @routes.put("/participants/{name}/accounts/{account}")
    @tells(200, body=shapes.Active, refusals=(500,))
    async def activate(name: str, account: Number, request: Request) -> Response:
        """Switch a POSITION account on or off."""
        body = await body_of(request, shapes.Active)
        await desk.do(SetAccountActive((await desk.participant(name)).name, account, body.is_active))
        return Response(status_code=200)

    @routes.post("/participants/{name}/initialPositionAndLimits", status_code=201)
    @tells(201, body=shapes.InitialLimits, refusals=(500,))
    async def initial(name: str, request: Request) -> Response:
        """Give the first net debit cap of a currency, and perhaps an opening position; this activates the accounts."""
        body = await body_of(request, shapes.InitialLimits)
        opening = money(abs(body.initial_position), body.currency)
        units = -opening.units if body.initial_position < 0 else opening.units
        cap, alarm, percent = _wanted(body.limit, body.currency)
        owner = (await desk.participant(name)).name
        await desk.do(SetInitialLimits(owner, cap, Money(units, body.currency), alarm, percent))
        return Response(status_code=201)

    _limits(routes, desk)
    _funds(routes, desk)
    return routes


def _funds(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/participants/{name}/accounts/{account}", status_code=202)
    @tells(202, body=shapes.Funds, refusals=(500,))
    async def funds(name: str, account: Number, request: Request) -> Response:
        """Record funds in, or prepare and reserve funds out; repeat-safe by transferId."""
        body = await body_of(request, shapes.Funds)
        amount = money(body.amount.amount, body.amount.currency)
        owner = (await desk.participant(name)).name
        transfer = _funds_id(body.transfer_id)
        await desk.do(RecordFunds(owner, account, transfer, body.action, amount, body.reason, body.external_reference))
        return Response(status_code=202)

    @routes.put("/participants/{name}/accounts/{account}/transfers/{transfer}", status_code=202)
    @tells(202, body=shapes.FundsOut, refusals=(500,))
    async def funds_out(name: str, account: Number, transfer: str, request: Request) -> Response:
        """Commit or abort funds out that were reserved."""
        body = await body_of(request, shapes.FundsOut)
        owner = (await desk.participant(name)).name
        await desk.do(RecordFunds(owner, account, _funds_id(transfer), body.action, None, body.reason))
        return Response(status_code=202)


def _funds_id(text: str) -> TransferId:
    try:
        return transfer_id(text.lower() if len(text) == _UUID_LENGTH else text)
    except ValueError as error:
        raise RefusalError(fault("MALFORMED", '"transferId" must be a valid GUID')) from error


def _limits(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/participants/limits")
    @tells(200, list[shapes.NamedLimit])
    async def every_limit(currency: str | None = None, type: str | None = None) -> Response:
        """The limits of all participants."""
        _in_use(currency)
        found = [account for account in await desk.records(LedgerAccount) if _capped(account, currency, type)]
        shown = await _limits_of(desk, found)
        return answer([shapes.NamedLimit(account.owner, account.currency, shown[account.id]) for account in found])

    @routes.get("/participants/{name}/limits")
    @tells(200, list[shapes.LimitShown])
    async def limits(name: str, currency: str | None = None, type: str | None = None) -> Response:
        """A participant's limits, of a currency or type if asked for."""
        _in_use(currency)
        owned = await desk.accounts((await desk.participant(name)).name)
        _has(owned, currency)
        found = [account for account in owned if _capped(account, currency, type)]
        shown = await _limits_of(desk, found)
        return answer([shapes.LimitShown(account.currency, shown[account.id]) for account in found])

    @routes.put("/participants/{name}/limits")
    @tells(200, shapes.LimitShown, body=shapes.NewLimit, refusals=(500,))
    async def set_limit(name: str, request: Request) -> Response:
        """Change the net debit cap, to an amount or a share of the deposit; it holds from the next reservation on."""
        body = await body_of(request, shapes.NewLimit)
        owner = (await desk.participant(name)).name
        cap, alarm, percent = _wanted(body.limit, body.currency)
        await desk.do(SetLimit(owner, cap, alarm, percent))
        found = [each for each in await desk.accounts(owner) if _capped(each, body.currency, None)]
        return answer(shapes.LimitShown(body.currency, (await _limits_of(desk, found))[found[0].id]))

    @routes.get("/participants/{name}/positions")
    @tells(200, list[shapes.PositionShown] | shapes.PositionShown)
    async def positions(name: str, currency: str | None = None) -> Response:
        """A participant's positions, or the one of a currency."""
        _in_use(currency)
        owned = await desk.accounts((await desk.participant(name)).name)
        _has(owned, currency)
        shown = [
            shapes.PositionShown(account.currency, number(account.value), instant(account.changed))
            for account in owned
            if account.type is AccountType.POSITION and currency in (None, account.currency)
        ]
        return answer(shown if currency is None else shown[0])


def _in_use(currency: str | None) -> None:
    """A currency asked about must be one at all."""
    if currency is not None:
        money(Decimal(0), currency)


def _has(owned: list[LedgerAccount], currency: str | None) -> None:
    """A participant that has no POSITION account in a currency is none there."""
    if currency and (AccountType.POSITION, currency) not in {(account.type, account.currency) for account in owned}:
        raise RefusalError(fault("ID_NOT_FOUND", "Participant does not exist"))


def _account(account: LedgerAccount) -> shapes.AccountShown:
    return shapes.AccountShown(
        account.id,
        account.type.value,
        account.currency,
        int(account.active),
        number(account.value),
        # Reservations are part of the value; the figure of its own exists only while a batch runs elsewhere.
        Decimal(0),
        instant(account.changed),
    )


def _capped(account: LedgerAccount, currency: str | None, kind: str | None) -> bool:
    return account.cap is not None and currency in (None, account.currency) and kind in (None, _CAP)


async def _limits_of(desk: Desk, accounts: list[LedgerAccount]) -> dict[int, shapes.LimitValue]:
    shares = {share.account: Decimal(share.percent) for share in await desk.records(CapShare) if share.open}
    return {
        each.id: shapes.LimitValue(_CAP, number(each.cap or 0), Decimal(each.alarm), shares.get(each.id))
        for each in accounts
    }


def _wanted(limit: shapes.FirstLimit, currency: str) -> tuple[Money, str, str | None]:
    """The cap, its alarm threshold, and the percentage of the deposit if it is to be one."""
    alarm, share = _percent(limit.alarm_percentage), limit.percentage
    if limit.value is None and share is None:
        raise RefusalError(fault("MISSING_ELEMENT", '"limit.value" is required'))
    if limit.value is not None and share is not None:
        raise RefusalError(fault("VALIDATION", '"limit" must have one of value and percentage'))
    if share is None:
        return money(limit.value or Decimal(0), currency), alarm, None
    if share > _WHOLE:
        raise RefusalError(fault("VALIDATION", '"limit.percentage" must be at most 100: deposits cover what is owed'))
    return money(Decimal(0), currency), alarm, str(share)


def _percent(given: Decimal) -> str:
    """The alarm threshold as it is kept."""
    if given.adjusted() > _PERCENT_DIGITS:
        raise RefusalError(fault("VALIDATION", '"limit.alarmPercentage" must be less than 1000'))
    return str(given)
