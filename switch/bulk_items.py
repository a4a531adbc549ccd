"""The items of a bulk transfer as what they are: ordinary commands about one transfer each."""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.canonical.bulk import AbortBulk, AnswerBulk, PrepareBulk
from schemas.canonical.commands import Fulfil, Prepare, Reject
from schemas.canonical.faults import fault
from schemas.canonical.initiation import Initiate
from schemas.canonical.payments import PreparePayments, ReportPayments
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Dialect, Envelope

Part = Prepare | Fulfil | Reject
"""What one item asks for; the transfer table decides it as if it had come alone."""
_NO_PROOF: Final = fault("WRONG_FULFILMENT", "neither fulfilment nor errorInformation")


def parts(command: PrepareBulk | AnswerBulk | AbortBulk) -> Iterator[Part]:
    """One command an item, in the order of the message."""
    match command:
        case PrepareBulk():
            return _prepares(command)
        case AnswerBulk():
            return _answers(command)
        case AbortBulk():
            return _aborts(command)


def weight(command: object) -> int:
    """How much of a batch a command takes: as many as it has items."""
    match command:
        case PrepareBulk(items=items) | AnswerBulk(items=items):
            return max(len(items), 1)
        case AbortBulk(transfer_ids=ids):
            return max(len(ids), 1)
        case Initiate(payments=items):
            return max(len(items), 1)
        case PreparePayments(payments=items) | ReportPayments(transfer_ids=items):
            return max(len(items), 1)
        case _:
            return 1


def _prepares(command: PrepareBulk) -> Iterator[Prepare]:
    envelope = _common(command.envelope)
    for item in command.items:
        yield Prepare(
            envelope, item.transfer_id, command.payer, command.payee, item.amount, command.expiry, item.terms,
            item.condition, group=command.bulk_id, fault=item.fault,
        )  # fmt: skip


def _answers(command: AnswerBulk) -> Iterator[Fulfil | Reject]:
    envelope = _common(command.envelope)
    for item in command.items:
        if item.fault is not None or item.fulfilment is None:
            yield Reject(envelope, item.transfer_id, item.fault or _NO_PROOF)
        else:
            yield Fulfil(envelope, item.transfer_id, Answered.COMMITTED, item.fulfilment, command.completed)


def _aborts(command: AbortBulk) -> Iterator[Reject]:
    envelope = Envelope(command.payee, Dialect.INTERNAL, content_hash=command.content_hash)
    for transfer_id in command.transfer_ids:
        yield Reject(envelope, transfer_id, command.fault)


def _common(envelope: Envelope) -> Envelope:
    """The bulk's envelope without its bytes, which belong to no single item, and its receiver, judged with the bulk."""
    return msgspec.structs.replace(envelope, original=None, receiver=None)
