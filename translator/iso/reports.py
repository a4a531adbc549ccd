"""pacs.002 and what became of a payment, both directions: a bank's answer, and the hub's word to a bank."""

import hashlib
from collections.abc import Collection
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import msgspec

from iso.messages import pacs002
from iso.messages.fields import FinancialInstitution, Reason
from iso.messages.moulds import Mould, place
from iso.messages.moulds import mould as mould_of
from iso.messages.pacs002 import GroupStatus, Pacs002, TransactionStatus
from schemas.canonical.commands import Fulfil, Note, Refuse, Reject
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import TransferId, is_ulid, is_uuid, iso_reference, transfer_id_of, uetr_of
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Envelope
from schemas.codes.statuses import ACCEPTED_WITHOUT_POSTING, BLOCKED, REFUSING, REJECTED, STATUS_OF
from translator.faults import fault_of, reason_of
from translator.iso import exchanges
from translator.iso.agents import hub_institution, institution_of
from translator.iso.moments import date_out, moment_in, moment_out
from translator.iso.terms import bare_terms
from translator.iso.transfers import references_out
from translator.losses import Loss
from translator.outgoing import Task

_NO_CURRENCY: Final = "XXX"
_SAME: Final = ("status", "original_message_name")
_DIFFERENT: Final = (
    "original_message_id", "original_created", "original_instruction_id", "original_end_to_end_id",
    "original_transaction_id", "original_uetr", "accepted", "settlement_date", "clearing_reference",
)  # fmt: skip
"""What differs from payment to payment in nearly every report; texts that all versions have as they are, or lack."""
_PLACES: Final = ("message_id", "created", *_DIFFERENT)
_TEXTS: Final = attrgetter(*_DIFFERENT)
_OTHERS: Final = attrgetter(*(set(TransactionStatus.__struct_fields__) - {*_SAME, *_DIFFERENT}))


class OriginalIds(msgspec.Struct, frozen=True):
    """By what a pacs.002 names the payment it is about; each may be missing."""

    message_id: str | None = None
    message_name: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    transaction_id: str | None = None
    uetr: str | None = None
    clearing_reference: str | None = None

    @property
    def named(self) -> TransferId | None:
        """The transfer that is named by an id of the hub's own, or by its UETR."""
        return transfer_named(self) or _from_reference(self.clearing_reference)

    @property
    def references(self) -> IsoReferences:
        """The same as an answer gives them back."""
        return IsoReferences(
            message_id=self.message_id, message_name=self.message_name, instruction_id=self.instruction_id,
            end_to_end_id=self.end_to_end_id, transaction_id=self.transaction_id, uetr=self.uetr,
        )  # fmt: skip


def status_of(message: Pacs002) -> tuple[OriginalIds, str | None, tuple[Reason, ...]] | Fault:
    """Payment, status and reasons of a pacs.002: its one transaction, or its group if it names no transaction."""
    if len(message.transactions) > 1 or len(message.groups) > 1:
        return fault("VALIDATION", "the report is about more than one payment")
    group = message.groups[0] if message.groups else None
    if message.transactions:
        return _transaction_status(message.transactions[0], group)
    if group is None:
        return fault("MISSING_ELEMENT", "neither TxInfAndSts nor OrgnlGrpInfAndSts is there")
    ids = OriginalIds(group.original_message_id, group.original_message_name)
    return ids, group.status, group.reasons


def transfer_named(ids: OriginalIds) -> TransferId | None:
    """The transfer the ids name by themselves; None if only a search can tell.

    A UETR made by the hub (for ids that are no UUID version 4) is recognised by the TxId it gave beside it.
    """
    named = _from_reference(ids.transaction_id)
    uetr = (ids.uetr or "").lower()
    if is_uuid(uetr):
        return named if named is not None and named != uetr and uetr_of(named) == uetr else TransferId(uetr)
    return named


def answer(
    message: Pacs002, transfer_id: TransferId, accepting: Collection[str], envelope: Envelope
) -> Fulfil | Reject | Note | Refuse:
    """A bank's word about a payment; `accepting` are the statuses by which this bank accepts."""
    read = status_of(message)
    if isinstance(read, Fault):
        return refuse(message, read, envelope)
    _, status, reasons = read
    stated = _stated(message)
    if isinstance(stated, Fault):
        return refuse(message, stated, envelope)
    envelope = msgspec.structs.replace(envelope, content_hash=_content_hash(transfer_id, status, reasons))
    if status is None:
        return refuse(message, fault("MISSING_ELEMENT", "TxSts is missing"), envelope)
    if status in REFUSING:
        return Reject(envelope, transfer_id, fault_of(reasons), stated=stated)
    if status in accepting:
        accepted = message.transactions[0].accepted if message.transactions else None
        return Fulfil(envelope, transfer_id, Answered.ACCEPTED, None, moment_in(accepted), status, stated=stated)
    return Note(envelope, transfer_id, status, fault_of(reasons) if status == BLOCKED else None, stated=stated)


def _stated(message: Pacs002) -> Money | Fault | None:
    """The amount of the payment as the report repeats it (OrgnlTxRef/IntrBkSttlmAmt)."""
    amount = message.transactions[0].original_amount if message.transactions else None
    if amount is None:
        return None
    try:
        return Money.parse_iso(amount.text, amount.currency)
    except MoneyError as error:
        return fault("OTHER_AMOUNT", f"OrgnlTxRef/IntrBkSttlmAmt: {error}"[:128])


def refuse(message: Pacs002, reason: Fault, envelope: Envelope) -> Refuse:
    """A pacs.002 that is about no payment the hub can tell; the answer repeats the ids it gave.

    One that is about many, or about none, is itself what the answer names.
    """
    read = status_of(message)
    ids = OriginalIds(message.message_id, message.definition) if isinstance(read, Fault) else read[0]
    key = transfer_named(ids) or ids.transaction_id or ids.end_to_end_id or ids.message_id or message.message_id
    if not envelope.content_hash:
        digest = hashlib.sha256(msgspec.json.encode((message.transactions, message.groups))).digest()
        envelope = msgspec.structs.replace(envelope, content_hash=digest)
    return Refuse(envelope, reason, "transfers", key, bare_terms(ids.references, key, _NO_CURRENCY))


def render_state(transfer: Transfer, task: Task, cause: Fault | None = None, *, to_payer: bool = False) -> bytes:
    """The Document that tells a transfer's state to payer's or payee's bank, with the ids that bank knows.

    `cause`: why the bank's last word about a payment that stands was not taken; it is the reason beside the state.
    The payer's bank (`to_payer`) is told what a conversion of its money came to.
    """
    references = references_out(transfer, to_payer=to_payer)
    return write_report((told_of(transfer, references, task, cause, to_payer=to_payer),), (), task)


def told_of(
    transfer: Transfer, references: IsoReferences, task: Task, cause: Fault | None = None, *, to_payer: bool = False
) -> TransactionStatus:
    """What a report says of one transfer, as in `render_state`."""
    status = STATUS_OF[transfer.state]
    committed = transfer.state is TransferState.COMMITTED
    if committed and transfer.iso_status in {ACCEPTED_WITHOUT_POSTING, BLOCKED}:
        status = transfer.iso_status
    if committed and to_payer and transfer.news is not None:
        status, cause = transfer.news, cause or (transfer.remark if transfer.news == BLOCKED else None)
    if transfer.returns is not None and references.message_name is None:
        references = msgspec.structs.replace(references, message_name=task.definition("pacs.004"))
    return status_told(
        references, status, transfer.fault, task, cause,
        accepted=moment_out(transfer.created),
        settlement_date=date_out(transfer.completed) if committed and transfer.completed else None,
        clearing_reference=iso_reference(transfer.id),
        **(exchanges.told(transfer, task) if committed and to_payer else {}),
    )  # fmt: skip


def render_word(references: IsoReferences | None, key: str, status: str, reason: Fault | None, task: Task) -> bytes:
    """The Document about a payment that is no transfer (yet).

    References without any transaction id are those of a whole message: its group status is told. Without references
    `key` is the transfer id the message was about.
    """
    known = references or IsoReferences(transaction_id=_short(key), uetr=key if is_uuid(key) else None)
    if known.end_to_end_id or known.transaction_id or known.uetr or known.instruction_id:
        return write_report((status_told(known, status, reason, task),), (), task)
    group = GroupStatus(
        original_message_id=known.message_id or _short(key),
        original_message_name=known.message_name or task.definition("pacs.008"),
        original_created=known.created,
        status=status,
        reasons=(reason_of(reason, task.losses, task.context.charset),) if reason else (),
    )
    return write_report((), (group,), task)


def _transaction_status(
    told: TransactionStatus, group: GroupStatus | None
) -> tuple[OriginalIds, str | None, tuple[Reason, ...]]:
    ids = OriginalIds(
        told.original_message_id or (group.original_message_id if group else None),
        told.original_message_name or (group.original_message_name if group else None),
        told.original_instruction_id,
        told.original_end_to_end_id,
        told.original_transaction_id,
        told.original_uetr,
    )
    if group is None:
        return ids, told.status, told.reasons
    return ids, told.status or group.status, told.reasons or group.reasons


def _from_reference(text: str | None) -> TransferId | None:
    """The transfer id that a TxId of the hub's own form (or a bank's UUID or ULID) is."""
    if not text:
        return None
    given = transfer_id_of(None, text, "", "")
    return given if is_ulid(text) or given.replace("-", "") == text.lower().replace("-", "") else None


def _content_hash(transfer_id: TransferId, status: str | None, reasons: tuple[Reason, ...]) -> bytes:
    return hashlib.sha256(msgspec.json.encode((transfer_id, status, reasons))).digest()


def _short(key: str) -> str:
    """A key as it fits Max35Text."""
    return iso_reference(TransferId(key))[:35]


def status_told(
    references: IsoReferences, status: str, reason: Fault | None, task: Task, cause: Fault | None = None, **more: Any
) -> TransactionStatus:
    """Status and reason of one payment under the references its bank knows; `cause` is told beside any status.

    `more` are further fields of the report.
    """
    told = (reason if status == REJECTED else None) or cause
    return TransactionStatus(
        original_message_id=references.message_id,
        original_message_name=_name(references, task) if references.message_id else None,
        original_created=references.created,
        original_instruction_id=references.instruction_id,
        original_end_to_end_id=references.end_to_end_id,
        original_transaction_id=references.transaction_id,
        original_uetr=references.uetr,
        status=status,
        reasons=(reason_of(told, task.losses, task.context.charset),) if told else (),
        **more,
    )


def _name(references: IsoReferences, task: Task) -> str:
    return references.message_name or task.definition("pacs.008")


def write_report(
    transactions: tuple[TransactionStatus, ...],
    groups: tuple[GroupStatus, ...],
    task: Task,
    query: IsoReferences | None = None,
) -> bytes:
    """The Document of a pacs.002 in the receiver's version; `query` are those of the message that asked for it."""
    context, version = task.context, task.definition("pacs.002")
    hub, bank = hub_institution(context.hub), institution_of(task.receiver, task.receiver.name)
    created = moment_out(context.now)
    if len(transactions) == 1 and not groups and query is None and not any(_OTHERS(transactions[0])):
        told = transactions[0]
        texts = (context.message_id, created, *_TEXTS(told))
        given = tuple([text is not None for text in texts])
        mould = _usual(hub, bank, version, told.status, told.original_message_name, given)
        _note(mould.lost, version, task)
        return mould.fill(texts)
    message = Pacs002(
        message_id=context.message_id,
        created=created,
        instructing_agent=hub,
        instructed_agent=bank,
        query_message_id=query.message_id if query else None,
        query_message_name=query.message_name if query else None,
        query_created=query.created if query else None,
        groups=groups,
        transactions=transactions,
        definition=version,
    )
    written = pacs002.write(message, version)
    _note(written.lost, version, task)
    return written.body


def _note(lost: tuple[str, ...], version: str, task: Task) -> None:
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in lost)


@lru_cache(maxsize=4096)
def _usual(
    hub: FinancialInstitution,
    bank: FinancialInstitution,
    version: str,
    status: str | None,
    name: str | None,
    given: tuple[bool, ...],
) -> Mould:
    """The report about one payment and nothing else, around the texts that differ from payment to payment."""
    there = [(field, place(number)) for number, field in enumerate(_PLACES) if given[number]]
    places: dict[str, Any] = dict(there)
    message = Pacs002(
        message_id=places.pop("message_id"),
        created=places.pop("created"),
        instructing_agent=hub,
        instructed_agent=bank,
        transactions=(TransactionStatus(status=status, original_message_name=name, **places),),
        definition=version,
    )
    return mould_of(pacs002.write(message, version))
