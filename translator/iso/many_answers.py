"""A pacs.002 about many payments: the report about each, and what each asks for, as parts of one command.

Source: OrgnlGrpInfAndSts (0 or 1, later any number) beside TxInfAndSts: a group status stands for the transactions that
say none of their own, and for a message of which no transaction is named.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from iso.messages.pacs002 import GroupStatus, Pacs002
from schemas.canonical.commands import Fulfil, Note, Refuse, Reject
from schemas.canonical.payments import AnswerPayments, PaymentAnswer, report_key
from schemas.canonical.wire import Envelope

Answer = Fulfil | Reject | Note | Refuse
"""What a report about one payment asks for."""
_PARTLY: Final = "PART"


def each_alone(message: Pacs002) -> tuple[Pacs002, ...]:
    """The reports about one payment (or one message) that it is made of, in its order; itself if it is one."""
    if len(message.transactions) <= 1 and len(message.groups) <= 1:
        return (message,)
    only = message.groups[0] if len(message.groups) == 1 else None
    found: list[Pacs002] = []
    told: set[str] = set()
    for one in message.transactions:
        group = _group_of(one.original_message_id, message.groups, only)
        told.update(() if group is None else (group.original_message_id,))
        groups = () if group is None else (group,)
        found.append(replace(message, transactions=(one,), groups=groups))
    found += [replace(message, transactions=(), groups=(group,)) for group in _untold(message, told)]
    return tuple(found)


def _group_of(name: str | None, groups: Sequence[GroupStatus], only: GroupStatus | None) -> GroupStatus | None:
    """The original message of a transaction: the one it names, else the only one there is."""
    if name is None:
        return only
    return next((group for group in groups if group.original_message_id == name), None)


def _untold(message: Pacs002, told: set[str]) -> Iterator[GroupStatus]:
    """Messages that have a status, and none of whose transactions is named."""
    for group in message.groups:
        if group.original_message_id not in told and group.status not in {None, _PARTLY}:
            yield group


def answer_each(message: Pacs002, answers: Sequence[Answer], envelope: Envelope) -> AnswerPayments:
    """The command of a report about many payments, made of what each of its parts asks for."""
    content = hashlib.sha256(b"".join(one.envelope.content_hash for one in answers)).digest()
    key = report_key(envelope.sender, envelope.message_id or message.message_id)
    return AnswerPayments(replace(envelope, content_hash=content), key, tuple(_part(one) for one in answers))


def _part(answer: Answer) -> PaymentAnswer:
    content = answer.envelope.content_hash
    match answer:
        case Fulfil():
            return PaymentAnswer(
                content, answer.transfer_id, True, answer.iso_status, completed=answer.completed, stated=answer.stated
            )  # fmt: skip
        case Reject():
            return PaymentAnswer(content, answer.transfer_id, False, fault=answer.fault, stated=answer.stated)
        case Note():
            return PaymentAnswer(
                content, answer.transfer_id, None, answer.iso_status, answer.reason, stated=answer.stated
            )  # fmt: skip
        case Refuse():
            return PaymentAnswer(content, fault=answer.fault, void=True, key=answer.key, terms=answer.terms)
