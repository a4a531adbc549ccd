"""pain.013 and pain.014: requests to pay and their answers, both ways (mapping 2.6)."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import msgspec

from iso.messages import pain013, pain014
from iso.messages.fields import ORGANISATION, Code, Party, PaymentType, RemittanceInfo
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pain002 import OriginalGroup
from iso.messages.pain013 import Condition, Pain013, RequestedTransfer, RequestInstruction
from iso.messages.pain014 import InstructionStatus, Pain014, RequestStatus
from iso.messages.shape import Amount
from schemas.canonical.events import Refused
from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.identity import FspId, derived_uuid, is_uuid
from schemas.canonical.requests import (
    AnswerRequests,
    PaymentRequest,
    PayRequest,
    RequestPayments,
    RequestState,
    RequestWord,
)
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Envelope
from schemas.codes.purposes import purpose_of
from translator.faults import fault_of, reason_of
from translator.iso import checks
from translator.iso.agents import Directory, Unclear, ids_of, institution_of
from translator.iso.moments import date_in, date_out, moment_in, moment_out
from translator.iso.orders import bare
from translator.iso.parties import account_out, party_out
from translator.iso.terms import extensions_of, references_of, terms_of
from translator.losses import Loss
from translator.outgoing import Task
from translator.text import iso_text

REQUEST: Final = "pain.013"
ANSWER: Final = "pain.014"
_LINE_MAX: Final = 140
_RRTP: Final = "RRTP"
_NO_BATCH: Final = "NOTPROVIDED"
_STATE_OF: Final = {
    **dict.fromkeys(("RCVD", "PRES"), RequestState.RECEIVED),
    "PDNG": RequestState.PENDING,
    **dict.fromkeys(("ACTC", "ACCP", "ACWC", "ACSP", "ACSC", "ACCC", "ACWP", "ACFC"), RequestState.ACCEPTED),
    **dict.fromkeys(("RJCT", "CANC"), RequestState.REJECTED),
}
_STATUS_OF: Final = {
    RequestState.RECEIVED: "RCVD",
    RequestState.PENDING: "PDNG",
    RequestState.ACCEPTED: "ACCP",
    RequestState.PAYING: "ACCP",
    RequestState.PAID: "ACCP",
    RequestState.REJECTED: "RJCT",
    RequestState.EXPIRED: "RJCT",
    RequestState.CANCELLED: "RJCT",
}
_ORDER: Final = msgspec.json.Decoder(Pain013)


def ask(message: Pain013, envelope: Envelope, directory: Directory) -> RequestPayments:
    """A creditor's bank asks; each transaction is a request of its own."""
    digest = hashlib.sha256(msgspec.json.encode(message.instructions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    requests = [
        _request(message, instruction, transfer, envelope, directory)
        for instruction in message.instructions
        for transfer in instruction.transactions
    ]
    wrong = _miscounted(message, len(requests))
    if wrong is not None:
        requests = [msgspec.structs.replace(one, fault=wrong) for one in requests]
    return RequestPayments(envelope, message.message_id, tuple(requests))


def _miscounted(message: Pain013, found: int) -> Fault | None:
    if checks.is_count(message.number_of_transactions, found):
        return None
    return fault("WRONG_COUNT", f"NbOfTxs is {message.number_of_transactions[:15]}, the message holds {found}")


def _request(
    message: Pain013,
    instruction: RequestInstruction,
    transfer: RequestedTransfer,
    envelope: Envelope,
    directory: Directory,
) -> PaymentRequest:
    sender, uetr = envelope.sender, (transfer.uetr or "").lower()
    batch = instruction.payment_information_id
    named = (sender, message.message_id, batch or "", transfer.instruction_id or "", transfer.end_to_end_id)
    key = uetr if is_uuid(uetr) else derived_uuid("request", *named)
    payment = _payment(message, instruction, transfer)
    (wanted,) = payment.transactions
    amount, wrong = checks.amount(wanted)
    payer, unknown = _payer(instruction, directory)
    references = msgspec.structs.replace(references_of(payment, wanted, envelope), message_name=message.definition)
    terms = terms_of(payment, wanted, amount, (payer or FspId(""), sender), (key, references))  # type: ignore[arg-type]
    terms = msgspec.structs.replace(terms, extensions=extensions_of(wanted, references, ""), request=None)
    single = msgspec.structs.replace(
        message,
        number_of_transactions="1",
        control_sum=None,
        instructions=(msgspec.structs.replace(instruction, transactions=(transfer,)),),
        untyped=(),
    )
    condition = transfer.condition or instruction.condition or Condition()
    return PaymentRequest(
        key, sender, payer, amount, terms, hashlib.sha256(msgspec.json.encode((named, instruction, transfer))).digest(),
        _expiry(instruction), batch, bool(condition.amount_may_change), msgspec.json.encode(bare(single)),
        wrong or unknown or _own_agent(transfer, sender, directory) or _not_taken(transfer),
    )  # fmt: skip


def _payment(message: Pain013, instruction: RequestInstruction, transfer: RequestedTransfer) -> Pacs008:
    """The payment as the debtor's bank would write it: so it is read by the same rules."""
    wanted = CreditTransfer(
        instruction_id=transfer.instruction_id,
        end_to_end_id=transfer.end_to_end_id,
        uetr=transfer.uetr,
        payment_type=transfer.payment_type or instruction.payment_type,
        settlement_amount=transfer.amount or transfer.equivalent or Amount("0", "XXX"),
        charge_bearer=transfer.charge_bearer or instruction.charge_bearer or "SLEV",
        ultimate_debtor=transfer.ultimate_debtor or instruction.ultimate_debtor,
        debtor=instruction.debtor,
        debtor_account=instruction.debtor_account,
        debtor_agent=instruction.debtor_agent,
        creditor_agent=transfer.creditor_agent,
        creditor=transfer.creditor,
        creditor_account=transfer.creditor_account,
        ultimate_creditor=transfer.ultimate_creditor,
        purpose=transfer.purpose or Code(code=_RRTP),
        remittance=transfer.remittance,
    )
    return Pacs008(
        message_id=message.message_id,
        created=message.created,
        number_of_transactions="1",
        settlement_method="CLRG",
        transactions=(wanted,),
    )


def _payer(instruction: RequestInstruction, directory: Directory) -> tuple[FspId | None, Fault | None]:
    ids = ids_of(instruction.debtor_agent)
    found = directory.resolve(ids) if ids.given else None
    if isinstance(found, Unclear):
        return None, fault("WRONG_AGENT", f"DbtrAgt {ids.text}: {found}")
    if found is None:
        return None, fault("PAYER_FSP_NOT_FOUND", f"DbtrAgt {ids.text or '(nobody)'} is no participant")
    return found, None


def _own_agent(transfer: RequestedTransfer, sender: FspId, directory: Directory) -> Fault | None:
    ids = ids_of(transfer.creditor_agent)
    if ids.given and directory.resolve(ids) != sender:
        return fault("WRONG_AGENT", f"CdtrAgt {ids.text} is not the sender {sender}")
    return None


def _not_taken(transfer: RequestedTransfer) -> Fault | None:
    if transfer.cheque:
        return fault("UNSUPPORTED_TYPE", "cheques are not drawn here")
    other = transfer.equivalent is not None and transfer.equivalent_in != transfer.equivalent.currency
    return fault("UNSUPPORTED_TYPE", "EqvtAmt: ask for an amount of the currency to be paid") if other else None


def _expiry(instruction: RequestInstruction) -> datetime | None:
    """XpryDt; a day lasts until its end."""
    moment, day = moment_in(instruction.expiry_time), date_in(instruction.expiry_date)
    if day is None:
        return moment
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def answer(message: Pain014, envelope: Envelope) -> AnswerRequests:
    """A debtor's bank says how requests stand: one by one, by PmtInf, or all of a message at once."""
    group = message.group
    words: list[RequestWord] = []
    for instruction in message.instructions:
        common: dict[str, Any] = {"message_id": group.message_id, "batch": instruction.payment_information_id}
        for told in instruction.transactions:
            status, reasons = told.status or instruction.status or group.status, told.reasons or instruction.reasons
            word = _word(
                status, reasons or group.reasons, **common, instruction_id=told.instruction_id,
                end_to_end_id=told.end_to_end_id, uetr=told.uetr,
            )  # fmt: skip
            words += [word] if word else []
        if not instruction.transactions:
            word = _word(instruction.status or group.status, instruction.reasons or group.reasons, **common)
            words += [word] if word else []
    if not message.instructions:
        word = _word(group.status, group.reasons, message_id=group.message_id)
        words += [word] if word else []
    digest = hashlib.sha256(msgspec.json.encode(words)).digest()
    return AnswerRequests(msgspec.structs.replace(envelope, content_hash=digest), group.message_id, tuple(words))


def _word(status: str | None, reasons: tuple[Any, ...], **names: Any) -> RequestWord | None:
    """What a status says; one that says nothing of a request (PART) is none."""
    state = _STATE_OF.get(status or "")
    if state is None:
        return None
    refused = (fault_of(reasons) if reasons else _no_reason()) if state is RequestState.REJECTED else None
    return RequestWord(state, **names, fault=refused)


def _no_reason() -> Fault:
    return participant_fault("4100", "MS03", "refused without a reason")


def render_request(request: PayRequest, task: Task) -> bytes:
    """The Document of a pain.013 for the debtor's bank, in its version."""
    version = task.definition(REQUEST)
    message = _ORDER.decode(request.asked.order) if request.asked.order else _made(request, task)
    written = pain013.write(msgspec.structs.replace(message, definition=version), version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def _made(request: PayRequest, task: Task) -> Pain013:
    """A DFSP's request as a bank reads it."""
    asked, terms, context = request.asked, request.asked.terms, task.context
    references, losses = asked.references, task.losses
    local, purpose, category = purpose_of(terms.scenario, terms.initiator, terms.initiator_type)
    note = iso_text(terms.note, _LINE_MAX, "note", losses, context.charset)
    creditor = party_out(terms.payee, "payee", losses, context.charset)
    transfer = RequestedTransfer(
        instruction_id=references.instruction_id,
        end_to_end_id=references.end_to_end_id or "",
        uetr=references.uetr,
        payment_type=PaymentType(
            local_instrument=Code(proprietary=local) if local else None,
            category_purpose=Code(code=category) if category else None,
        ),
        condition=Condition(amount_may_change=asked.modifiable, early_payment=True, guarantee=False),
        amount=Amount(asked.amount.iso, asked.amount.currency),
        charge_bearer="SLEV",
        creditor_agent=institution_of(context.participant(asked.payee), asked.payee),
        creditor=creditor,
        creditor_account=account_out(terms.payee, "payee", asked.amount.currency, losses),
        purpose=Code(code=purpose if purpose and len(purpose) <= 4 else _RRTP),
        remittance=RemittanceInfo(unstructured=(note,)) if note else None,
    )
    instruction = RequestInstruction(
        payment_information_id=asked.batch,
        payment_method="TRF",
        execution_date=date_out(context.now),
        expiry_time=moment_out(request.expiry),
        debtor=party_out(terms.payer, "payer", losses, context.charset),
        debtor_account=account_out(terms.payer, "payer", asked.amount.currency, losses),
        debtor_agent=institution_of(context.participant(request.payer), request.payer),
        transactions=(transfer,),
    )
    return Pain013(
        message_id=references.message_id or context.message_id,
        created=moment_out(request.created),
        number_of_transactions="1",
        initiating_party=creditor,
        instructions=(instruction,),
    )


def render_answer(request: PayRequest, task: Task) -> bytes:
    """The Document of a pain.014 for the creditor's bank."""
    references = request.asked.references
    reasons = (reason_of(request.fault, task.losses, task.context.charset),) if request.fault else ()
    told = RequestStatus(
        instruction_id=references.instruction_id,
        end_to_end_id=references.end_to_end_id,
        uetr=references.uetr,
        status=_STATUS_OF[request.state],
        reasons=reasons,
    )
    instruction = InstructionStatus(payment_information_id=request.asked.batch or _NO_BATCH, transactions=(told,))
    return _write(_group(references, request.key), (instruction,), request.payer, task)


def render_refusal(refused: Refused, task: Task) -> bytes:
    """A pain.014 about a request that was refused before it was one."""
    known = (refused.terms.references if refused.terms else None) or IsoReferences()
    reason = reason_of(refused.fault, task.losses, task.context.charset)
    if known.end_to_end_id is None:
        group = msgspec.structs.replace(_group(known, refused.key), status="RJCT", reasons=(reason,))
        return _write(group, (), None, task)
    told = RequestStatus(
        instruction_id=known.instruction_id,
        end_to_end_id=known.end_to_end_id,
        uetr=known.uetr,
        status="RJCT",
        reasons=(reason,),
    )
    instruction = InstructionStatus(payment_information_id=_NO_BATCH, transactions=(told,))
    return _write(_group(known, refused.key), (instruction,), None, task)


def _group(references: IsoReferences, key: str) -> OriginalGroup:
    return OriginalGroup(
        message_id=references.message_id or key[:35],
        message_name=references.message_name or REQUEST,
        created=references.created,
    )


def _write(group: OriginalGroup, instructions: tuple[InstructionStatus, ...], payer: FspId | None, task: Task) -> bytes:
    context, version = task.context, task.definition(ANSWER)
    message = Pain014(
        message_id=context.message_id,
        created=moment_out(context.now),
        initiating_party=Party(name=context.hub.name, kind=ORGANISATION),
        debtor_agent=institution_of(context.participant(payer), payer) if payer else None,
        creditor_agent=institution_of(task.receiver, task.receiver.name),
        group=group,
        instructions=instructions,
        definition=version,
    )
    written = pain014.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body
