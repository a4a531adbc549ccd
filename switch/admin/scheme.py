"""Operator routes for the scheme: settlement models, account types, enums, transactions, and the root."""

from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from fspiop import ilp
from schemas.canonical.administration import CreateLedgerAccountType, LedgerAccountType
from schemas.canonical.commands import CreateSettlementModel, SetSettlementModelActive
from schemas.canonical.faults import fault
from schemas.canonical.identity import is_ulid, is_uuid
from schemas.canonical.participants import AccountType, SettlementModel
from switch.admin import shapes, words
from switch.admin.desk import Desk, RefusalError, answer, body_of
from switch.admin.openapi import tells

_SETTLEABLE: Final = frozenset({AccountType.POSITION, AccountType.INTERCHANGE_FEE})
_DESCRIPTIONS: Final = {
    AccountType.POSITION: "What a participant owes (positive) or is owed from transfers",
    AccountType.SETTLEMENT: "Money a participant has deposited (negative)",
    AccountType.HUB_RECONCILIATION: "The hub's side of deposits and withdrawals",
    AccountType.HUB_MULTILATERAL_SETTLEMENT: "The hub's side of net settlements",
    AccountType.INTERCHANGE_FEE: "What a participant owes or is owed from interchange fees",
    AccountType.INTERCHANGE_FEE_SETTLEMENT: "Where interchange fees are settled",
    AccountType.HUB_FEE: "Fees of the hub",
}


def router(desk: Desk) -> APIRouter:
    """The routes that concern the scheme as a whole."""
    routes = APIRouter(tags=["scheme"])

    @routes.get("/")
    @tells(200, dict[str, str])
    async def root() -> Response:
        """Say what this is: the operator API works, and where its description is."""
        return answer({"status": "OK", "health": "/health", "metrics": "/metrics", "openapi": "/openapi.json"})

    @routes.get("/enums")
    @tells(200, dict[str, dict[str, Any]])
    async def enums() -> Response:
        """The words of the ledger: endpoint types, account types, entry types, roles, states and so on."""
        return answer(words.enums(desk.hub))

    @routes.get("/transactions/{transfer}")
    @tells(200, dict[str, Any])
    async def transaction(transfer: str) -> Response:
        """The agreement that a transfer carried, decoded from its ILP packet."""
        known = is_uuid(transfer) or is_ulid(transfer)
        found = await desk.store.transfer(transfer) if known else None
        if found is None or found.terms.packet is None:
            raise RefusalError(fault("TRANSFER_NOT_FOUND", "no transfer with a packet has this id"))
        try:
            content = msgspec.json.decode(ilp.decode(found.terms.packet).data)
        except (ilp.IlpError, msgspec.DecodeError, RecursionError) as error:
            raise RefusalError(fault("VALIDATION", f"the packet cannot be read: {error}")) from error
        return answer(content)

    _models(routes, desk)
    _account_types(routes, desk)
    return routes


def _models(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/settlementModels", status_code=201)
    @tells(201, body=shapes.NewModel)
    async def create_model(request: Request) -> Response:
        """Add a settlement model; without a currency it is the default one. Participants get the accounts it needs."""
        body = await body_of(request, shapes.NewModel)
        if body.currency is not None:
            desk.currency(body.currency)
        await desk.do(
            CreateSettlementModel(
                body.name,
                body.settlement_granularity,
                body.settlement_interchange,
                body.settlement_delay,
                body.currency,
                body.require_liquidity_check,
                body.ledger_account_type,
                body.settlement_account_type,
                body.auto_position_reset,
            )
        )
        return Response(status_code=201)

    @routes.get("/settlementModels")
    @tells(200, list[shapes.ModelShown])
    async def models() -> Response:
        """All settlement models."""
        return answer([_model(model) for model in await desk.records(SettlementModel)])

    @routes.get("/settlementModels/{name}")
    @tells(200, shapes.ModelShown)
    async def model(name: str) -> Response:
        """One settlement model by its name."""
        return await _one_model(desk, name)

    @routes.put("/settlementModels/{name}")
    @tells(200, shapes.ModelShown, body=shapes.Active)
    async def activate_model(name: str, request: Request) -> Response:
        """Switch a settlement model on or off."""
        body = await body_of(request, shapes.Active)
        await desk.do(SetSettlementModelActive(name, body.is_active))
        return await _one_model(desk, name)


async def _one_model(desk: Desk, name: str) -> Response:
    for found in await desk.records(SettlementModel):
        if found.name == name:
            return answer(_model(found))
    raise RefusalError(fault("ID_NOT_FOUND", "The requested resource could not be found."))


def _account_types(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/ledgerAccountTypes", status_code=201)
    @tells(201, body=shapes.NewAccountType)
    async def create_type(request: Request) -> Response:
        """Add an account type to those the ledger knows."""
        body = await body_of(request, shapes.NewAccountType)
        await desk.do(CreateLedgerAccountType(body.name, body.description, body.is_active, body.is_settleable))
        return Response(status_code=201)

    @routes.get("/ledgerAccountTypes")
    @tells(200, list[shapes.AccountTypeShown])
    async def account_types() -> Response:
        """The account types of the ledger, and those that were added."""
        known = [
            shapes.AccountTypeShown(number, kind.value, _DESCRIPTIONS[kind], True, kind in _SETTLEABLE)
            for number, kind in enumerate(AccountType, 1)
        ]
        added = sorted(await desk.records(LedgerAccountType), key=lambda kind: kind.id)
        others = [
            shapes.AccountTypeShown(each.id, each.name, each.description, each.active, each.settleable)
            for each in added
        ]
        return answer(known + others)


def _model(model: SettlementModel) -> shapes.ModelShown:
    return shapes.ModelShown(
        model.id,
        model.name,
        model.active,
        model.granularity,
        model.interchange,
        model.delay,
        model.currency,
        model.liquidity_check,
        model.ledger_account_type,
        model.settlement_account_type,
        model.auto_position_reset,
    )
