"""pacs.028 and what is told of a payment besides its end, both directions."""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from iso.messages import pacs028
from iso.messages.fields import Reason
from iso.messages.originals import OriginalReference
from iso.messages.pacs002 import GroupStatus, TransactionStatus
from iso.messages.pacs028 import GroupRequest, Pacs028, TransactionRequest
from iso.messages.shape import Amount
from schemas.canonical.commands import Refuse
from schemas.canonical.faults import fault
from schemas.canonical.identity import iso_reference
from schemas.canonical.instructions import AgentAsked
from schemas.canonical.statuses import Enquire, Enquired, EnquiredPayment, Finding, Progressed, StatusAsked
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Envelope
from schemas.codes.reasons import NARRATIVE
from schemas.codes.statuses import PENDING, REJECTED
from translator.faults import reason_of
from translator.iso.agents import hub_institution, institution_of
from translator.iso.moments import moment_out
from translator.iso.reports import OriginalIds, status_told, told_of, write_report
from translator.iso.terms import bare_terms
from translator.iso.transfers import references_out
from translator.losses import Loss
from translator.outgoing import Task

MESSAGE: Final = "pacs.028"
MOST: Final = 500
"""Payments asked for in one message."""
_NO_CURRENCY: Final = "XXX"


def questions(message: Pacs028) -> tuple[OriginalIds, ...]:
    """By what each payment is named; a message that names no transaction asks for all of the messages it names."""
    if message.transactions:
        return tuple(original_ids(message, one) for one in message.transactions[:MOST])
    return tuple(
        OriginalIds(group.original_message_id, group.original_message_name) for group in message.groups[:MOST]
    )


def enquire(message: Pacs028, envelope: Envelope, found: Sequence[Sequence[Transfer]]) -> Enquire | Refuse:
    """A bank's status request; `found` are the asker's payments that each of its `questions` fits."""
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    digest = hashlib.sha256(msgspec.json.encode((message.groups, message.transactions))).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    terms = bare_terms(references, message.message_id, _NO_CURRENCY)
    asked = questions(message)
    if not asked:
        reason = fault("MISSING_ELEMENT", "TxInf or OrgnlGrpInf: name the payment that is asked for")
        return Refuse(envelope, reason, "transfers", message.message_id, terms)
    if len(message.transactions) > MOST:
        detail = f"{len(message.transactions)} transactions; at most {MOST} are asked for in one message"
        return Refuse(envelope, fault("TOO_MANY_ELEMENTS", detail), "transfers", message.message_id, terms)
    payments: list[EnquiredPayment] = []
    for number, (ids, fitting) in enumerate(zip(asked, found, strict=True)):
        if message.transactions:
            payments.append(_one(ids, message.transactions[number].request_id, fitting))
        else:
            payments += _all(ids, fitting)
    keys = {one.transfer_id for one in payments}
    only = keys.pop() if len(keys) == 1 else None
    return Enquire(envelope, only or message.message_id, tuple(payments[:MOST]), terms)


def original_ids(message: Pacs028, one: TransactionRequest) -> OriginalIds:
    """By what a payment is named; the message it was in may be given once for all."""
    group = message.groups[0] if len(message.groups) == 1 else None
    return OriginalIds(
        one.original_message_id or (group.original_message_id if group else None),
        one.original_message_name or (group.original_message_name if group else None),
        one.original_instruction_id,
        one.original_end_to_end_id,
        one.original_transaction_id,
        one.original_uetr,
        one.clearing_reference,
    )


def _one(ids: OriginalIds, request_id: str | None, found: Sequence[Transfer]) -> EnquiredPayment:
    if len(found) > 1:
        return EnquiredPayment(ids.references, None, request_id, ambiguous=True)
    # A payment whose payee is still looked for is no transfer yet: it is known by its id alone.
    named = found[0].id if found else ids.named
    return EnquiredPayment(ids.references, named, request_id)


def _all(ids: OriginalIds, found: Sequence[Transfer]) -> list[EnquiredPayment]:
    return [EnquiredPayment(ids.references, one.id) for one in found] or [EnquiredPayment(ids.references)]


def render(body: Enquired, task: Task) -> bytes:
    """The Document that answers a status request: one status for each payment asked for."""
    transactions: list[TransactionStatus] = []
    groups: list[GroupStatus] = []
    for finding in body.findings:
        if finding.transfer is None and _of_a_message(finding.references):
            groups.append(_group(finding, task))
        else:
            transactions.append(_transaction(finding, task))
    return write_report(tuple(transactions), tuple(groups), task, body.query)


def render_progress(body: Progressed, task: Task) -> bytes:
    """The Document that tells the payer's bank a status before or after the end of its payment."""
    references = body.references or IsoReferences(transaction_id=iso_reference(body.transfer_id))
    told = status_told(references, body.status, None, task)
    reasons = (reason_of(body.reason, task.losses, task.context.charset),) if body.reason else ()
    told = msgspec.structs.replace(told, reasons=reasons, clearing_reference=iso_reference(body.transfer_id))
    return write_report((told,), (), task)


def render_request(body: StatusAsked, task: Task) -> bytes:
    """The Document of a pacs.028 of the hub's own, in the receiver's version."""
    transfer, context, version = body.transfer, task.context, task.definition(MESSAGE)
    known, amount = references_out(transfer), transfer.amount
    named = known.message_id is not None
    one = TransactionRequest(
        request_id=context.message_id,
        original_message_id=known.message_id,
        original_message_name=(known.message_name or task.definition("pacs.008")) if named else None,
        original_created=known.created if named else None,
        original_instruction_id=known.instruction_id,
        original_end_to_end_id=known.end_to_end_id,
        original_transaction_id=known.transaction_id,
        original_uetr=known.uetr,
        accepted=moment_out(transfer.created),
        clearing_reference=iso_reference(transfer.id),
        original=OriginalReference(
            settlement_amount=Amount(amount.iso, amount.currency), settlement_date=known.settlement_date
        ),
    )
    message = Pacs028(
        message_id=context.message_id,
        created=moment_out(context.now),
        instructing_agent=hub_institution(context.hub),
        instructed_agent=institution_of(task.receiver, task.receiver.name),
        transactions=(one,),
        definition=version,
    )
    return _written(message, version, task)


def render_agent_request(body: AgentAsked, task: Task) -> bytes:
    """The Document of a pacs.028 to a settlement agent: what became of what it was told to book."""
    context, version = task.context, task.definition(MESSAGE)
    name = task.definition(body.message)
    transactions = tuple(
        TransactionRequest(
            request_id=f"{context.message_id[:32]}{number}" if number > 1 else context.message_id,
            original_message_id=one.message_id,
            original_message_name=name,
            original_instruction_id=one.instruction_id,
            original_transaction_id=one.transaction_id or None,
            original_uetr=one.uetr or None,
        )
        for number, one in enumerate(body.originals[:MOST], 1)
    )
    # Editions in which a transaction cannot name its message name it once for all.
    groups = tuple(
        GroupRequest(original_message_id=one, original_message_name=name)
        for one in dict.fromkeys(each.message_id for each in body.originals)
    )
    message = Pacs028(
        message_id=context.message_id,
        created=moment_out(context.now),
        instructing_agent=hub_institution(context.hub),
        instructed_agent=institution_of(task.receiver, task.receiver.name),
        groups=groups if len(groups) == 1 else (),
        transactions=transactions,
        definition=version,
    )
    return _written(message, version, task)


def _written(message: Pacs028, version: str, task: Task) -> bytes:
    written = pacs028.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def _of_a_message(known: IsoReferences) -> bool:
    return not (known.end_to_end_id or known.transaction_id or known.uetr or known.instruction_id)


def _group(finding: Finding, task: Task) -> GroupStatus:
    known, reason = finding.references, finding.fault
    return GroupStatus(
        original_message_id=known.message_id or "NOTPROVIDED",
        original_message_name=known.message_name or task.definition("pacs.008"),
        status=PENDING if finding.pending else REJECTED,
        reasons=(reason_of(reason, task.losses, task.context.charset),) if reason else (),
    )


def _transaction(finding: Finding, task: Task) -> TransactionStatus:
    transfer = finding.transfer
    if transfer is None:
        status = PENDING if finding.pending else REJECTED
        told = status_told(finding.references, status, finding.fault, task)
        return msgspec.structs.replace(told, status_id=finding.request_id)
    references = references_out(transfer, to_payer=finding.to_payer)
    told = told_of(transfer, references, task, to_payer=finding.to_payer)
    reasons = (*told.reasons, *_given_back(finding, transfer))
    told = msgspec.structs.replace(told, status_id=finding.request_id, reasons=reasons)
    # It is reserved and waits for its payee's answer: to who asks that is pending.
    waiting = transfer.state is TransferState.RESERVED
    return msgspec.structs.replace(told, status=PENDING) if waiting else told


def _given_back(finding: Finding, transfer: Transfer) -> tuple[Reason, ...]:
    parts = [
        f"{word} {money.iso} {money.currency}"
        for word, money in (("returned", finding.returned), ("being returned", finding.returning))
        if money is not None
    ]
    if not parts:
        return ()
    return (Reason(code=NARRATIVE, info=(f"Of {transfer.amount.iso}: {', '.join(parts)}",)),)
