"""Messages of many payments, both directions: a pacs.008, .009 or .004 as a command, the one pacs.002 of all.

Sources: mapping 2.2 (counts and sums), 2.5 (group answers), states of a bulk in the code tables.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from iso.messages.pacs002 import GroupStatus, StatusCount, TransactionStatus
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs008 import Pacs008
from iso.messages.pacs009 import Pacs009
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.faults import Fault
from schemas.canonical.identity import TransferId, derived_uuid
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.payments import OrderedPayment, PaymentResult, PaymentsReported, PreparePayments, group_key
from schemas.canonical.scheme_rules import breach
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Envelope, Original
from schemas.codes.statuses import REJECTED
from translator.iso import returns
from translator.iso.checks import Scheme, is_count, settlement
from translator.iso.reports import status_told, told_of, write_report
from translator.iso.terms import bare_terms
from translator.iso.transfers import message_id_out, refuse_message
from translator.outgoing import Task

_SETTLED: Final = "ACSC"
_IN_PROCESS: Final = "ACSP"
_PARTLY: Final = "PART"


Message = Pacs008 | Pacs009 | Pacs004
M = TypeVar("M", Pacs008, Pacs009, Pacs004)


def prepare_many(
    message: M,
    envelope: Envelope,
    scheme: Scheme,
    prepare: Callable[[M], Prepare | Refuse],
    cut: Callable[[tuple[str, ...]], Sequence[Original]],
    needs_journey: Callable[[Prepare], bool],
) -> PreparePayments | Refuse:
    """A bank's message of many payments.

    `prepare` makes of a message with one payment what it would have been alone; `cut` gives the payments cut out, each
    a message of its own under these MsgIds. What is wrong with the message as a whole refuses it as a whole, and none
    of its ids is used up. What is wrong with one payment is that payment's fault; a return of no known payment never
    becomes a transfer, and has a fault only.
    """
    wrong = _whole(message, scheme)
    if wrong is not None:
        return _refused(message, envelope, wrong)
    alone = [prepare(each) for each in _each_alone(message)]
    ids = [_id_of(one, at) for at, one in enumerate(alone)]
    pieces = cut(tuple(message_id_out(each) for each in ids))
    payments = [
        _void(one, key, piece) if isinstance(one, Refuse) else _ordered(one, piece, journey=needs_journey(one))
        for one, key, piece in zip(alone, ids, pieces, strict=True)
    ]
    whole = hashlib.sha256(b"".join(one.content_hash for one in payments)).digest()
    references = IsoReferences(
        message_id=message.message_id,
        message_name=message.definition,
        business_message_id=envelope.message_id,
        created=message.created,
        header=envelope.header,
    )
    return PreparePayments(
        msgspec.structs.replace(envelope, content_hash=whole),
        group_key(envelope.sender, envelope.message_id or message.message_id),
        bare_terms(references, message.message_id, message.transactions[0].settlement_amount.currency),
        tuple(payments),
        message.control_sum,
    )


def render_group(body: PaymentsReported, task: Task) -> bytes:
    """The Document that tells how each payment of a message ended, and the group."""
    group, transactions = body.group, tuple(_status(result, task) for result in body.results)
    counts = Counter(told.status or "" for told in transactions)
    name = group.references.message_name or task.definition("pacs.008")
    answer = GroupStatus(
        original_message_id=group.references.message_id or group.id,
        original_message_name=name,
        original_created=group.references.created,
        original_number_of_transactions=str(len(transactions)),
        original_control_sum=group.control_sum,
        status=group_status(counts),
        counts=tuple(StatusCount(str(number), status) for status, number in sorted(counts.items())),
    )
    return write_report(transactions, (answer,), task)


def group_status(statuses: Counter[str]) -> str:
    """RJCT or ACSC where that is all payments' status, PART where some were refused, else ACSP: not all is posted."""
    if len(statuses) == 1:
        (only,) = statuses
        return only if only in {REJECTED, _SETTLED} else _IN_PROCESS
    return _PARTLY if statuses[REJECTED] else _IN_PROCESS


def _refused(message: Message, envelope: Envelope, wrong: Fault) -> Refuse:
    if isinstance(message, Pacs004):
        return returns.refuse(message, wrong, envelope)
    return refuse_message(message, envelope, wrong)


def _whole(message: Message, scheme: Scheme) -> Fault | None:
    """Why nothing of the message is taken: its count, its sums, or how it is to be settled."""
    count = len(message.transactions)
    if not is_count(message.number_of_transactions, count):
        return breach("SCHEME-0001", f"NbOfTxs is {message.number_of_transactions[:15]}, the message holds {count}")
    if count > scheme.payments_max:
        detail = f"{count} payments; at most {scheme.payments_max} are taken in one message"
        return breach("SCHEME-0002", detail, "TOO_MANY_PAYMENTS")
    return settlement(message, scheme) or _sums(message)


def _sums(message: Message) -> Fault | None:
    """CtrlSum is the sum of all amounts whatever their currencies, TtlIntrBkSttlmAmt that of one currency."""
    settled = [transfer.settlement_amount for transfer in message.transactions]
    control, total = message.control_sum, message.total_amount
    if control is not None and Decimal(control) != sum(Decimal(amount.text) for amount in settled):
        return breach("SCHEME-0010", f"CtrlSum {control[:30]} is not the sum of the payments")
    if total is None:
        return None
    if any(amount.currency != total.currency for amount in settled):
        return breach("SCHEME-0009", f"TtlIntrBkSttlmAmt is in {total.currency}, not every payment is")
    try:
        given = Money.parse_iso(total.text, total.currency).units
        summed = sum(Money.parse_iso(amount.text, amount.currency).units for amount in settled)
    except MoneyError as error:
        return breach("SCHEME-0006", error.detail, error.fault)
    return None if given == summed else breach("SCHEME-0009", f"TtlIntrBkSttlmAmt {total.text} is not the sum")


def _each_alone(message: M) -> Iterator[M]:
    """The message as if it held one payment only, payment by payment; its sums were looked at."""
    for transfer in message.transactions:
        yield msgspec.structs.replace(
            message, transactions=(transfer,), number_of_transactions="1", control_sum=None, total_amount=None
        )


def _id_of(one: Prepare | Refuse, place: int) -> TransferId:
    """The transfer's id; what becomes no transfer is called by its place in the message."""
    if isinstance(one, Prepare):
        return one.transfer_id
    return TransferId(derived_uuid("void", one.envelope.sender, one.envelope.message_id or one.key, str(place)))


def _void(one: Refuse, key: TransferId, piece: Original) -> OrderedPayment:
    if one.terms is None:
        raise TypeError("a refusal of one payment names it by nothing")
    expiry = one.envelope.received_at or datetime.max.replace(tzinfo=UTC)
    return OrderedPayment(
        key, None, one.terms.amount, expiry, one.terms, one.envelope.content_hash, piece, one.fault, void=True
    )


def _ordered(one: Prepare, piece: Original, *, journey: bool) -> OrderedPayment:
    given = one.envelope.content_hash
    return OrderedPayment(
        one.transfer_id, one.payee, one.amount, one.expiry, one.terms, given, piece, one.fault, journey, one.returns
    )


def _status(result: PaymentResult, task: Task) -> TransactionStatus:
    if result.transfer is None or result.fault is not None:
        return status_told(result.references, REJECTED, result.fault, task)
    return told_of(result.transfer, result.references, task, to_payer=True)
