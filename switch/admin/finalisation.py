"""Settlement through an agent, as the operator drives it: instruct, look at it, validate figures, finalise by them."""

from decimal import Decimal
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from iso import gate
from iso.messages import business
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.shape import ShapeError
from schemas.canonical.faults import fault
from schemas.canonical.instructions import (
    AgentMovement,
    FigureFinding,
    FinaliseSettlement,
    InstructSettlement,
    SettlementFigure,
    SettlementInstruction,
    ValidateSettlement,
)
from schemas.canonical.settlement import Settlement
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, number
from switch.admin.openapi import Number, tells
from switch.admin.shapes import Currency, Said
from switch.admin.windows import V2, invalid
from switch.figures import figures_of
from switch.finalising import VALID

_XML: Final = "xml"


class InstructBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /settlements/{id}/instruct."""

    reason: Said = "instructed by the operator"


class FigureBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What was booked for one participant: positive amounts were credited to it; `balance` is what it then has."""

    participant: str
    currency: Currency
    amount: Decimal
    account: str = ""
    balance: Decimal | None = None


class ValidationBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /settlements/{id}/validation; `settlementId` is what the figures themselves say they are of."""

    figures: tuple[FigureBody, ...]
    settlement_id: str = ""


class ValidationShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """What the checks found: an id to confirm with, or findings."""

    valid: bool
    validation_id: str = ""
    findings: tuple[FigureFinding, ...] = ()


class FinalisationBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """POST /settlements/{id}/finalisation."""

    validation_id: Said
    reason: Said = "finalised by the settlement bank's figures"


class MovementShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """One movement; positive amounts are owed by the participant."""

    id: str
    participant: str
    account_id: int
    amount: Decimal
    agent_account: str
    state: str
    booked: bool
    reason: str = ""
    reference: str = ""


class InstructionShown(msgspec.Struct, rename="camel", omit_defaults=True):
    """What an agent was told of a settlement in one currency, and what became of it."""

    name: str
    currency: str
    agent: str
    instrument: str
    cycle: str
    state: str
    created_date: str | None
    till_date: str | None
    movements: tuple[MovementShown, ...]
    reason: str = ""
    alerts: tuple[str, ...] = ()


class FinalShown(msgspec.Struct, rename="camel"):
    """A settlement after its finalisation."""

    id: int
    state: str


def router(desk: Desk) -> APIRouter:
    """The routes below /v2/settlements/{id}."""
    routes = APIRouter(prefix=V2, tags=["settlement"])

    @routes.post("/settlements/{id}/instruct")
    @tells(200, list[InstructionShown], body=InstructBody)
    async def instruct(id: Number, request: Request) -> Response:
        """Tell the settlement agent of each currency what to book; repeated, it changes nothing."""
        body = await body_of(request, InstructBody) if await request.body() else InstructBody()
        await desk.do(InstructSettlement(id, body.reason))
        return answer(await _instructions(desk, id))

    @routes.get("/settlements/{id}/instructions")
    @tells(200, list[InstructionShown])
    async def instructions(id: Number) -> Response:
        """What agents were told of a settlement, and what they have said."""
        if await desk.store.record(Settlement, str(id)) is None:
            raise invalid("Settlement not found")
        return answer(await _instructions(desk, id))

    @routes.post("/settlements/{id}/validation")
    @tells(200, ValidationShown, body=ValidationBody)
    async def validation(id: Number, request: Request) -> Response:
        """Check the settlement bank's figures, as JSON or as its camt.052, camt.053 or camt.054 (application/xml).

        Nothing is changed. Figures without findings get an id, by which the settlement is finalised.
        """
        if _XML in request.headers.get("content-type", ""):
            figures, named = await _reported(desk, id, await request.body()), ""
        else:
            body = await body_of(request, ValidationBody)
            figures, named = tuple(_figure(one) for one in body.figures), body.settlement_id
        receipt = await desk.do(ValidateSettlement(id, figures, named))
        if receipt.state == VALID:
            return answer(ValidationShown(True, receipt.notes[0]))
        found = tuple(msgspec.json.decode(note, type=FigureFinding) for note in receipt.notes)
        return answer(ValidationShown(False, findings=found))

    @routes.post("/settlements/{id}/finalisation")
    @tells(200, FinalShown, body=FinalisationBody)
    async def finalisation(id: Number, request: Request) -> Response:
        """Settle everything by figures that were validated, or nothing if the books have moved since."""
        body = await body_of(request, FinalisationBody)
        await desk.do(FinaliseSettlement(id, body.validation_id, body.reason))
        found: Settlement = await desk.store.record(Settlement, str(id))
        return answer(FinalShown(found.id, found.state.value))

    return routes


async def _instructions(desk: Desk, settlement: int) -> list[InstructionShown]:
    found = [one for one in await desk.records(SettlementInstruction) if one.settlement == settlement]
    return [_shown(one) for one in sorted(found, key=lambda one: one.key)]


def _shown(one: SettlementInstruction) -> InstructionShown:
    return InstructionShown(
        one.name,
        one.currency,
        one.agent,
        one.instrument.value,
        one.cycle,
        one.state.value,
        instant(one.created),
        instant(one.until),
        tuple(_movement(each) for each in one.movements),
        one.reason.description if one.reason is not None else "",
        one.alerts,
    )


def _movement(one: AgentMovement) -> MovementShown:
    return MovementShown(
        one.id,
        one.participant,
        one.account,
        number(one.units),
        one.agent_account,
        one.state.value,
        one.booked,
        one.reason.description if one.reason is not None else "",
        one.reference,
    )


def _figure(body: FigureBody) -> SettlementFigure:
    balance = None if body.balance is None else _plain(body.balance)
    return SettlementFigure(body.participant, body.currency, _plain(body.amount), body.account, balance)


def _plain(amount: Decimal) -> str:
    """A decimal without an exponent; one that is none, or very long, stays as it is and fits no check."""
    return f"{amount:f}" if amount.is_finite() and abs(amount.adjusted()) <= len(str(2**63)) else str(amount)


async def _reported(desk: Desk, settlement: int, body: bytes) -> tuple[SettlementFigure, ...]:
    """What an agent's report says of the settlement's movements."""
    try:
        parsed = gate.read(body)
        if parsed.document_el is None:
            raise RefusalError(fault("MALFORMED", "there is no Document in it"))
        document: Any = business.read(None, parsed.document_el).document
    except (gate.Refused, ShapeError) as error:
        raise RefusalError(fault("MALFORMED", str(error)[:100])) from error
    if not isinstance(document, Camt052 | Camt053 | Camt054):
        raise RefusalError(fault("VALIDATION", "figures come as camt.052, camt.053 or camt.054"))
    found = [one for one in await desk.records(SettlementInstruction) if one.settlement == settlement]
    return figures_of(document, found)
