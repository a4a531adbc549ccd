"""Operator routes for the scheme: settlement models, account types, enums, oracles, transactions."""

import re
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from fspiop import ilp
from fspiop.rules import PARTICIPANT_TYPES
from schemas.canonical.commands import CreateSettlementModel, SetOracle, SetSettlementModelActive
from schemas.canonical.faults import fault
from schemas.canonical.identity import is_ulid, is_uuid
from schemas.canonical.participants import AccountType, Oracle, SettlementModel
from schemas.canonical.transfer import TransferState
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.participants import Active

_GRANULARITY = ("GROSS", "NET")
_INTERCHANGE = ("BILATERAL", "MULTILATERAL")
_DELAY = ("DEFERRED", "IMMEDIATE")
_MODEL_NAME = re.compile(r"\w{2,30}", re.ASCII)
_BUILT_IN = "builtin:registry"
_HTTP = re.compile(r"https?://[^\s/]+")
_PARTY_TYPES = tuple(sorted(PARTICIPANT_TYPES))
_DESCRIPTIONS = {
    AccountType.POSITION: "What a participant owes (positive) or is owed from transfers",
    AccountType.SETTLEMENT: "Money a participant has deposited (negative)",
    AccountType.HUB_RECONCILIATION: "The hub's side of deposits and withdrawals",
    AccountType.HUB_MULTILATERAL_SETTLEMENT: "The hub's side of net settlements",
    AccountType.HUB_FEE: "Fees of the hub",
}


class NewModel(msgspec.Struct, rename="camel"):
    """POST /settlementModels."""

    name: str
    settlement_granularity: str
    settlement_interchange: str
    settlement_delay: str
    require_liquidity_check: bool
    ledger_account_type: str = "POSITION"
    settlement_account_type: str = "SETTLEMENT"
    auto_position_reset: bool = False
    currency: str | None = None


class OracleEndpoint(msgspec.Struct, rename="camel"):
    """Where an oracle is: endpointType URL, and its base URL (`builtin:registry` for the hub's own registry)."""

    value: str
    endpoint_type: str = "URL"


class OracleBody(msgspec.Struct, rename="camel"):
    """POST and PUT /oracles."""

    oracle_id_type: str | None = None
    endpoint: OracleEndpoint | None = None
    currency: str | None = None
    is_default: bool | None = None


def router(desk: Desk) -> APIRouter:
    """The routes that concern the scheme as a whole."""
    routes = APIRouter(tags=["scheme"])

    @routes.post("/settlementModels", status_code=201)
    async def create_model(request: Request) -> Response:
        """Add a settlement model; without a currency it is the default one."""
        body = await body_of(request, NewModel)
        if not _MODEL_NAME.fullmatch(body.name):
            raise RefusalError(fault("VALIDATION", "name must have 2 to 30 letters, digits or underscores"))
        if body.currency is not None:
            desk.currency(body.currency)
        _one_of("settlementGranularity", body.settlement_granularity, _GRANULARITY)
        _one_of("settlementInterchange", body.settlement_interchange, _INTERCHANGE)
        _one_of("settlementDelay", body.settlement_delay, _DELAY)
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
    async def models() -> Response:
        """All settlement models."""
        return answer([_model(model) for model in await desk.records(SettlementModel)])

    @routes.get("/settlementModels/{name}")
    async def model(name: str) -> Response:
        """One settlement model by its name."""
        return await _one_model(desk, name)

    @routes.put("/settlementModels/{name}")
    async def activate_model(name: str, request: Request) -> Response:
        """Switch a settlement model on or off."""
        body = await body_of(request, Active)
        await desk.do(SetSettlementModelActive(name, body.is_active))
        return await _one_model(desk, name)

    @routes.get("/ledgerAccountTypes")
    async def account_types() -> Response:
        """The account types of the ledger."""
        return answer(
            [
                {
                    "id": index,
                    "name": kind.value,
                    "description": _DESCRIPTIONS[kind],
                    "isActive": True,
                    "isSettleable": kind is AccountType.POSITION,
                }
                for index, kind in enumerate(AccountType, 1)
            ]
        )

    @routes.get("/enums")
    async def enums() -> Response:
        """The words of the ledger: account types and transfer states."""
        return answer(
            {
                "ledgerAccountType": {kind.name: index for index, kind in enumerate(AccountType, 1)},
                "transferState": {state.name: state.value for state in TransferState},
            }
        )

    @routes.get("/transactions/{transfer}")
    async def transaction(transfer: str) -> Response:
        """The agreement that a transfer carried, decoded from its ILP packet."""
        known = is_uuid(transfer) or is_ulid(transfer)
        found = await desk.store.transfer(transfer) if known else None
        if found is None or found.terms.packet is None:
            raise RefusalError(fault("TRANSFER_NOT_FOUND", "no transfer with a packet has this id"))
        try:
            content = msgspec.json.decode(ilp.decode(found.terms.packet).data)
        except (ilp.IlpError, msgspec.DecodeError) as error:
            raise RefusalError(fault("VALIDATION", f"the packet cannot be read: {error}")) from error
        return answer(content)

    _oracles(routes, desk)
    return routes


async def _one_model(desk: Desk, name: str) -> Response:
    for found in await desk.records(SettlementModel):
        if found.name == name:
            return answer(_model(found))
    raise RefusalError(fault("CLIENT_ERROR", "Settlement Model does not exist"))


def _oracles(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/oracles", status_code=201)
    async def create(request: Request) -> Response:
        """Register the oracle of a party type; one active oracle per type and currency."""
        body = await body_of(request, OracleBody)
        if body.oracle_id_type is None or body.endpoint is None:
            raise RefusalError(fault("MISSING_ELEMENT", "oracleIdType and endpoint"))
        _one_of("oracleIdType", body.oracle_id_type, _PARTY_TYPES)
        await desk.do(SetOracle(None, body.oracle_id_type, _url(body.endpoint), body.currency, bool(body.is_default)))
        return Response(status_code=201)

    @routes.get("/oracles")
    async def every(type: str | None = None, currency: str | None = None) -> Response:
        """The active oracles, of a party type or currency if asked for."""
        oracles = [oracle for oracle in await desk.records(Oracle) if oracle.active]
        return answer(
            [
                _oracle(oracle)
                for oracle in oracles
                if type in (None, oracle.type) and currency in (None, oracle.currency)
            ]
        )

    @routes.put("/oracles/{number}", status_code=204)
    async def change(number: int, request: Request) -> Response:
        """Change an oracle; what is not given stays as it was."""
        body = await body_of(request, OracleBody)
        if body.oracle_id_type is not None:
            _one_of("oracleIdType", body.oracle_id_type, _PARTY_TYPES)
        url = _url(body.endpoint) if body.endpoint else None
        await desk.do(SetOracle(number, body.oracle_id_type, url, body.currency, body.is_default))
        return Response(status_code=204)

    @routes.delete("/oracles/{number}", status_code=204)
    async def remove(number: int) -> Response:
        """Take an oracle out of use."""
        await desk.do(SetOracle(number, remove=True))
        return Response(status_code=204)


def _url(endpoint: OracleEndpoint) -> str:
    if endpoint.endpoint_type != "URL":
        raise RefusalError(fault("VALIDATION", "endpointType must be URL"))
    if endpoint.value == _BUILT_IN:
        return ""
    if not _HTTP.match(endpoint.value):
        raise RefusalError(fault("VALIDATION", f"endpoint.value must be an http(s) address or {_BUILT_IN}"))
    return endpoint.value


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RefusalError(fault("VALIDATION", f"{field} must be one of {', '.join(allowed)}"))


def _model(model: SettlementModel) -> dict[str, Any]:
    return {
        "settlementModelId": model.id,
        "name": model.name,
        "isActive": model.active,
        "settlementGranularity": model.granularity,
        "settlementInterchange": model.interchange,
        "settlementDelay": model.delay,
        "currency": model.currency,
        "requireLiquidityCheck": model.liquidity_check,
        "ledgerAccountTypeId": model.ledger_account_type,
        "autoPositionReset": model.auto_position_reset,
    }


def _oracle(oracle: Oracle) -> dict[str, Any]:
    return {
        "oracleId": oracle.id,
        "oracleIdType": oracle.type,
        "endpoint": {"value": oracle.url or _BUILT_IN, "endpointType": "URL"},
        **({"currency": oracle.currency} if oracle.currency else {}),
        "isDefault": oracle.default,
        **({"createdDate": instant(oracle.created)} if oracle.created else {}),
    }
