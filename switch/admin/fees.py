"""Operator routes for fee rules: what payments cost, as data."""

from fastapi import APIRouter, Request, Response

from schemas.canonical.faults import fault
from schemas.canonical.fees import CreateFeeRule, FeeRule, SetFeeRuleActive
from schemas.canonical.participants import AccountType, SettlementModel
from settlement.fees import ranked
from settlement.netting import model_of
from switch.admin import shapes
from switch.admin.desk import Desk, RefusalError, answer
from switch.admin.desk import body_of as read
from switch.admin.openapi import tells
from switch.fee_rules import FeeRuleBody, FeeRuleError, FeeRuleShown, body_of, rule_of


def router(desk: Desk) -> APIRouter:
    """The routes for fee rules."""
    routes = APIRouter(tags=["fees"])

    @routes.post("/feeRules", status_code=201)
    @tells(201, FeeRuleShown, body=FeeRuleBody)
    async def create(request: Request) -> Response:
        """Add a rule; it counts for payments that are reserved from then on, and is never changed."""
        body = await read(request, FeeRuleBody)
        if body.currency is not None:
            desk.currency(body.currency)
        try:
            rule = rule_of(body)
        except FeeRuleError as error:
            raise RefusalError(fault("VALIDATION", str(error))) from error
        await desk.do(CreateFeeRule(rule))
        return await _one(desk, body.name, 201)

    @routes.get("/feeRules")
    @tells(200, list[FeeRuleShown])
    async def every() -> Response:
        """All rules in the order in which they are tried."""
        return answer(await _shown(desk))

    @routes.get("/feeRules/{name}")
    @tells(200, FeeRuleShown)
    async def one(name: str) -> Response:
        """One rule by its name."""
        return await _one(desk, name)

    @routes.put("/feeRules/{name}")
    @tells(200, FeeRuleShown, body=shapes.Active)
    async def activate(name: str, request: Request) -> Response:
        """Switch a rule on or off; one of the settings' file stays so, whatever that says."""
        body = await read(request, shapes.Active)
        await desk.do(SetFeeRuleActive(name, body.is_active))
        return await _one(desk, name)

    return routes


async def _shown(desk: Desk) -> list[FeeRuleShown]:
    filed = desk.fee_rules
    kept = {rule.name: rule for rule in await desk.records(FeeRule)}
    models = await desk.records(SettlementModel)
    sources = {rule.name: "file" for rule in filed}
    rules = ranked((kept | {rule.name: rule for rule in filed if rule.name not in kept}).values())
    return [
        FeeRuleShown(rule.name, rule.active, sources.get(rule.name, "api"), _settler(models, rule), body_of(rule))
        for rule in rules
    ]


def _settler(models: list[SettlementModel], rule: FeeRule) -> str | None:
    """The model that settles the rule's fees; of a rule for every currency the default one."""
    found = model_of(models, AccountType.INTERCHANGE_FEE.value, rule.currency or "")
    return found.name if found is not None else None


async def _one(desk: Desk, name: str, status: int = 200) -> Response:
    for found in await _shown(desk):
        if found.name == name:
            return answer(found, status)
    raise RefusalError(fault("ID_NOT_FOUND", "there is no fee rule of this name"))
