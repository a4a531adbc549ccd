"""What a settlement agent is told: a cycle as pacs.029, single movements as pacs.009, debits as pacs.010."""

from collections.abc import Iterable
from typing import Final

from iso.messages import pacs009, pacs010, pacs029
from iso.messages.fields import ORGANISATION, Account, Code, FinancialInstitution, OtherId, Party
from iso.messages.pacs009 import InstitutionTransfer, Pacs009
from iso.messages.pacs010 import DebitInstruction, InstitutionDebit, Pacs010
from iso.messages.pacs029 import MovementRecord, Pacs029, SettlementRequest
from iso.messages.shape import Amount
from iso.messages.writing import Written
from schemas.canonical.funds import FundsDirection
from schemas.canonical.identity import FspId, iso_reference
from schemas.canonical.instruction_ids import leg_id, leg_uetr, message_id, return_id, uetr
from schemas.canonical.instructions import (
    AgentMovement,
    FundsInstructed,
    GrossInstructed,
    SettlementInstructed,
    SettlementInstruction,
)
from schemas.canonical.money import Money
from schemas.canonical.settlement_agents import Instrument
from schemas.canonical.wire import AgentName
from translator.iso.agents import hub_institution, institution_of
from translator.iso.moments import date_out, moment_out, time_out
from translator.losses import Loss
from translator.outgoing import Task

REQUEST: Final = Instrument.REQUEST.value
TRANSFER: Final = Instrument.TRANSFERS.value
DEBIT: Final = Instrument.DEBITS.value
_CLEARING: Final = "CLRG"
_PURPOSE: Final = Code(proprietary="SETTLEMENT")
_CREDIT, _DEBIT = "CRDT", "DBIT"
_URGENT: Final = "URGT"
_REFERENCE_MAX: Final = 35


def render(body: SettlementInstructed, task: Task) -> bytes:
    """The Document of an instruction, or of a part of it, in the version that the agent registered."""
    movements = [one for one in body.instruction.movements if one.id in body.movements]
    version = task.definition(body.message)
    match body.message:
        case "pacs.029":
            return _written(pacs029.write(_request(body.instruction, movements, task), version), version, task)
        case "pacs.010":
            return _written(pacs010.write(_debits(body.instruction, movements, task), version), version, task)
        case _:
            (movement,) = movements
            message = _transfer(body.instruction, movement, task, back=body.back)
            return _written(pacs009.write(message, version), version, task)


def _written(written: Written, version: str, task: Task) -> bytes:
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def _request(instruction: SettlementInstruction, movements: list[AgentMovement], task: Task) -> Pacs029:
    system = task.context.hub.clearing_system
    return Pacs029(
        message_id=message_id(instruction.name, instruction.created),
        created=moment_out(instruction.created),
        number_of_requests="1",
        control_sum=_sum(movements, instruction.currency),
        settlement_method=_CLEARING,
        clearing_system=Code(proprietary=system) if system else None,
        requests=(
            SettlementRequest(
                instruction_id=instruction.name,
                from_time=time_out(instruction.created),
                till_time=time_out(instruction.until),
                reject_time=time_out(instruction.until),
                cycle=instruction.cycle[:_REFERENCE_MAX],
                number_of_movements=str(len(movements)),
                movements=tuple(_record(place, one, instruction, task) for place, one in enumerate(movements, 1)),
            ),
        ),
    )


def _record(place: int, movement: AgentMovement, instruction: SettlementInstruction, task: Task) -> MovementRecord:
    return MovementRecord(
        id=movement.id,
        sequence=str(place),
        amount=_amount(movement, instruction.currency),
        direction=_DEBIT if movement.units > 0 else _CREDIT,
        agent=_party(bank_of(movement.bank, movement.participant, task)),
        agent_account=Account(other_id=movement.agent_account),
        participant=_party(institution_of(task.context.participant(movement.participant), movement.participant)),
    )


def _party(institution: FinancialInstitution) -> Party:
    """An institution where a message has a party."""
    others = [one for one in (institution.member_id, institution.other_id) if one]
    return Party(
        kind=ORGANISATION, any_bic=institution.bicfi, lei=institution.lei, ids=tuple(OtherId(id=one) for one in others)
    )


def bank_of(bank: AgentName, participant: FspId, task: Task) -> FinancialInstitution:
    """The settlement bank of a participant: who is named, else the participant itself."""
    if bank == AgentName():
        return institution_of(task.context.participant(participant), participant)
    system = Code(bank.system, bank.own_system) if bank.system or bank.own_system else None
    return FinancialInstitution(bank.bic, bank.lei, system, bank.member, bank.other)


def _debits(instruction: SettlementInstruction, movements: list[AgentMovement], task: Task) -> Pacs010:
    total = Amount(_sum(movements, instruction.currency), instruction.currency)
    day = date_out(instruction.created)
    return Pacs010(
        message_id=message_id(instruction.name, instruction.created),
        created=moment_out(instruction.created),
        number_of_transactions=str(len(movements)),
        control_sum=total.text,
        instructing_agent=hub_institution(task.context.hub),
        instructed_agent=institution_of(task.receiver, task.receiver.name),
        instructions=(
            DebitInstruction(
                id=instruction.name,
                settlement_date=day,
                total_amount=total,
                creditor=hub_institution(task.context.hub),
                creditor_account=Account(other_id=instruction.account),
                debits=tuple(
                    InstitutionDebit(
                        instruction_id=instruction.name,
                        end_to_end_id=end_to_end_id(instruction, one),
                        transaction_id=one.id,
                        uetr=uetr(one.id, instruction.created),
                        settlement_amount=_amount(one, instruction.currency),
                        settlement_date=day,
                        from_time=time_out(instruction.created),
                        till_time=time_out(instruction.until),
                        reject_time=time_out(instruction.until),
                        debtor=bank_of(one.bank, one.participant, task),
                        debtor_account=Account(other_id=one.agent_account),
                        purpose=_PURPOSE,
                        remittance_lines=(instruction.cycle,),
                    )
                    for one in movements
                ),
            ),
        ),
    )


def _transfer(instruction: SettlementInstruction, movement: AgentMovement, task: Task, *, back: int) -> Pacs009:
    """Between a participant's account and the scheme's; a return goes the other way."""
    name = return_id(movement.id, back)
    bank, account = bank_of(movement.bank, movement.participant, task), Account(other_id=movement.agent_account)
    scheme, own = hub_institution(task.context.hub), Account(other_id=instruction.account)
    pays = (movement.units > 0) is not bool(back)
    transfer = InstitutionTransfer(
        instruction_id=instruction.name,
        end_to_end_id=end_to_end_id(instruction, movement),
        transaction_id=name,
        uetr=uetr(name, instruction.created),
        settlement_amount=_amount(movement, instruction.currency),
        settlement_date=date_out(instruction.created),
        from_time=None if back else time_out(instruction.created),
        till_time=None if back else time_out(instruction.until),
        reject_time=None if back else time_out(instruction.until),
        debtor=bank if pays else scheme,
        debtor_account=account if pays else own,
        creditor=scheme if pays else bank,
        creditor_account=own if pays else account,
        purpose=_PURPOSE,
        remittance_lines=(f"{instruction.cycle} returned" if back else instruction.cycle,),
    )
    return one_transfer(transfer, message_id(name, instruction.created), moment_out(instruction.created), task)


def render_gross(body: GrossInstructed, task: Task) -> bytes:
    """The pacs.009 by which an agent books one leg of a payment, under its own ids, or gives it back."""
    transfer, version = body.transfer, task.definition(TRANSFER)
    references = transfer.terms.references
    of, place, leg = body.leg.of, body.leg.place, body.leg.leg
    given, created = leg_id(of, place, back=body.back), moment_out(task.context.now)
    payer, payee = (body.leg.creditor, body.leg.debtor) if body.back else (body.leg.debtor, body.leg.creditor)
    until = time_out(body.until) if body.until is not None else None
    message = InstitutionTransfer(
        instruction_id=given,
        end_to_end_id=(references.end_to_end_id if references else None) or iso_reference(transfer.id),
        transaction_id=given,
        uetr=leg_uetr(of, place, back=body.back),
        settlement_amount=Amount(leg.amount.iso, leg.amount.currency),
        settlement_date=date_out(task.context.now),
        settlement_priority=_URGENT,
        till_time=until,
        reject_time=until,
        debtor=bank_of(payer.bank, payer.participant, task),
        debtor_account=Account(other_id=payer.account),
        creditor=bank_of(payee.bank, payee.participant, task),
        creditor_account=Account(other_id=payee.account),
        purpose=_PURPOSE,
        remittance_lines=("returned",) if body.back else (),
    )
    whole = one_transfer(message, f"G{given}"[-_REFERENCE_MAX:], created, task)
    return _written(pacs009.write(whole, version), version, task)


def render_funds(body: FundsInstructed, task: Task) -> bytes:
    """The pacs.009 by which an agent moves funds into the scheme or out of it, or gives them back."""
    funds, version = body.funds, task.definition(TRANSFER)
    given = leg_id(funds.id, 0, back=body.back)
    member = bank_of(body.bank, funds.participant, task), Account(other_id=body.outside)
    kept = hub_institution(task.context.hub) if body.scheme else member[0], Account(other_id=body.inside)
    inward = (funds.direction is FundsDirection.IN) is not bool(body.back)
    (debtor, debited), (creditor, credited) = (member, kept) if inward else (kept, member)
    until = time_out(funds.until) if funds.until is not None and not body.back else None
    message = InstitutionTransfer(
        instruction_id=given,
        end_to_end_id=(funds.external_reference or given)[:_REFERENCE_MAX],
        transaction_id=given,
        uetr=leg_uetr(funds.id, 0, back=body.back),
        settlement_amount=Amount(funds.amount.iso, funds.amount.currency),
        settlement_date=date_out(task.context.now),
        till_time=until,
        reject_time=until,
        debtor=debtor,
        debtor_account=debited,
        creditor=creditor,
        creditor_account=credited,
        purpose=Code(proprietary=f"FUNDS-{funds.direction.value}"),
        remittance_lines=("returned",) if body.back else (),
    )
    whole = one_transfer(message, f"F{given}"[:_REFERENCE_MAX], moment_out(task.context.now), task)
    return _written(pacs009.write(whole, version), version, task)


def one_transfer(transfer: InstitutionTransfer, message: str, created: str, task: Task) -> Pacs009:
    """The message around one transfer that the hub has an agent make."""
    return Pacs009(
        message_id=message,
        created=created,
        number_of_transactions="1",
        settlement_method=_CLEARING,
        instructing_agent=hub_institution(task.context.hub),
        instructed_agent=institution_of(task.receiver, task.receiver.name),
        transactions=(transfer,),
    )


def end_to_end_id(instruction: SettlementInstruction, movement: AgentMovement) -> str:
    """Settlement and participant."""
    return f"S{instruction.settlement} {movement.participant}"[:_REFERENCE_MAX]


def _amount(movement: AgentMovement, currency: str) -> Amount:
    return Amount(Money(abs(movement.units), currency).iso, currency)


def _sum(movements: Iterable[AgentMovement], currency: str) -> str:
    return Money(sum(abs(one.units) for one in movements), currency).iso
