"""pain.002: what an initiator is told of its initiation, as a whole and transaction by transaction."""

from itertools import groupby
from typing import Final

from iso.messages import pain002
from iso.messages.fields import Reason
from iso.messages.pacs002 import StatusCount
from iso.messages.pain002 import InstructionStatus, OriginalGroup, Pain002, TransactionStatus
from iso.messages.shape import Amount
from schemas.canonical.events import Refused
from schemas.canonical.faults import Fault
from schemas.canonical.initiation import InitiatedItem, Initiation, InitiationReported, ItemState
from schemas.canonical.money import Money
from schemas.canonical.terms import IsoReferences
from schemas.codes.statuses import ACCEPTED_WITHOUT_POSTING, BLOCKED
from translator.faults import reason_of
from translator.iso.agents import institution_of
from translator.iso.moments import date_out, moment_out
from translator.losses import Loss
from translator.outgoing import Task

REPORT: Final = "pain.002"
_SETTLED, _REJECTED, _PARTLY = "ACSC", "RJCT", "PART"
_VALID: Final = "ACTC"
_IN_PROCESS: Final = "ACSP"
_MOVED: Final = "DT06"
_OF_ITEM: Final = {ItemState.SETTLED: _SETTLED, ItemState.REJECTED: _REJECTED}
_UNKNOWN_MESSAGE: Final = "pain.001"
_ID_MAX: Final = 35


def render(told: InitiationReported, task: Task) -> bytes:
    """The Document: the group's status alone, or with what became of these transactions."""
    initiation = told.initiation
    batches = groupby(told.items, key=lambda item: (item.payment.number, item.payment.batch))
    instructions = tuple(_instruction(name, list(items), initiation, task) for (_, name), items in batches)
    return _write(_group(initiation, task), instructions, task)


def render_refusal(refused: Refused, task: Task) -> bytes:
    """A message that was refused before it was an initiation: its group status is RJCT."""
    known = (refused.terms.references if refused.terms else None) or IsoReferences()
    group = OriginalGroup(
        message_id=known.message_id or refused.key[:_ID_MAX],
        message_name=known.message_name or _UNKNOWN_MESSAGE,
        created=known.created,
        status=_REJECTED,
        reasons=(reason_of(refused.fault, task.losses, task.context.charset),),
    )
    return _write(group, (), task)


def group_status(initiation: Initiation) -> str:
    """The status of the whole: valid while it is executed, then what all its transactions have come to."""
    if initiation.fault is not None or (initiation.taken and initiation.rejected == initiation.taken):
        return _REJECTED
    if initiation.finished is None:
        return _PARTLY if initiation.rejected else _VALID
    return _PARTLY if initiation.rejected else _together({one.status for one in initiation.kinds})


def _together(words: set[str]) -> str:
    """One status for transactions with these: what is not posted at its payee's is still in process."""
    if _REJECTED in words:
        return _PARTLY if len(words) > 1 else _REJECTED
    return _IN_PROCESS if words & {ACCEPTED_WITHOUT_POSTING, BLOCKED} else _SETTLED


def _group(initiation: Initiation, task: Task) -> OriginalGroup:
    references = initiation.head.references
    return OriginalGroup(
        message_id=references.message_id or "",
        message_name=references.message_name or _UNKNOWN_MESSAGE,
        created=references.created,
        number_of_transactions=initiation.head.number,
        control_sum=initiation.head.control_sum,
        status=group_status(initiation),
        reasons=_reasons(initiation.fault, task),
        counts=_counts(initiation),
    )


def _counts(initiation: Initiation) -> tuple[StatusCount, ...]:
    """How many transactions have which status, where that is known of all of them."""
    if initiation.finished is None or initiation.fault is not None:
        return ()
    known, settled = initiation.kinds, initiation.settled_units
    found = (
        (initiation.settled - sum(one.number for one in known), _SETTLED, settled - sum(one.units for one in known)),
        *((one.number, one.status, one.units) for one in known),
        (initiation.rejected, _REJECTED, initiation.units - settled),
    )
    # Sums of whatever currencies: they have as many decimals as they need.
    return tuple(StatusCount(str(number), word, Money(units, "XXX").iso) for number, word, units in found if number)


def _instruction(name: str, items: list[InitiatedItem], initiation: Initiation, task: Task) -> InstructionStatus:
    """One PmtInf, or as much of it as there is room for in this report."""
    number = items[0].payment.number
    wrong = next((one.fault for one in initiation.batch_faults if one.number == number), None)
    words = {_word(item) for item in items if item.final}
    return InstructionStatus(
        payment_information_id=name,
        status=_together(words) if words else None,
        reasons=_reasons(wrong, task),
        transactions=tuple(_transaction(item, task) for item in items),
    )


def _word(item: InitiatedItem) -> str:
    return item.status or _OF_ITEM[item.state]


def _transaction(item: InitiatedItem, task: Task) -> TransactionStatus:
    payment, references = item.payment, item.payment.terms.references or IsoReferences()
    reasons = _reasons(item.fault, task)
    if payment.moved and item.state is ItemState.SETTLED and item.ended is not None and not reasons:
        reasons = (Reason(_MOVED, None, (f"executed on {date_out(item.ended)}",)),)
    return TransactionStatus(
        instruction_id=payment.instruction_id,
        end_to_end_id=references.end_to_end_id,
        uetr=references.uetr,
        status=_word(item) if item.final else None,
        reasons=reasons,
        accepted=moment_out(item.ended) if item.ended and item.state is ItemState.SETTLED else None,
        amount=Amount(payment.amount.iso, payment.amount.currency) if payment.amount.units else None,
    )


def _reasons(wrong: Fault | None, task: Task) -> tuple[Reason, ...]:
    return (reason_of(wrong, task.losses, task.context.charset),) if wrong is not None else ()


def _write(group: OriginalGroup, instructions: tuple[InstructionStatus, ...], task: Task) -> bytes:
    version = task.definition(REPORT)
    message = Pain002(
        message_id=task.context.message_id,
        created=moment_out(task.context.now),
        debtor_agent=institution_of(task.receiver, task.receiver.name),
        group=group,
        instructions=instructions,
        definition=version,
    )
    written = pain002.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body
