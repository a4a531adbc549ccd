"""Questions of banks about their messages: state and answers, read off the lanes."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from iso import gate
from iso.messages import pacs002
from iso.messages.pacs002 import GroupStatus, TransactionStatus
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.payments import GroupedPayment, PaymentGroup, is_group, is_report
from schemas.canonical.transfer import Transfer, TransferState
from switch.initiation_view import ORDER, standing
from switch.store.port import MessageStatus, Store

_PAYMENTS: Final = ("pacs.008.", "pacs.009.", "pacs.004.", "pacs.007.")
_REPORT: Final = "pacs.002."
_RECEIVED, _REFUSED = "RECEIVED", "REFUSED"


class MessageQuery:
    """GET /iso20022/messages/{BizMsgIdr}."""

    def __init__(self, store: Store, banks: Callable[[], Iterable[FspId]]) -> None:
        """`banks` are the senders a message may be from when the asker names none."""
        self._store = store
        self._banks = banks

    async def __call__(self, message_id: str, sender: str | None) -> dict[str, Any] | None:
        """State and answers of a message as the bank's contract shows them; None if no such message was taken."""
        for candidate in (sender,) if sender else tuple(self._banks()):
            found = await self._store.message_status(candidate, message_id)
            if found is not None:
                view = await self._many(found.reference) if is_group(found.reference) else {}
                answers = [await self._answer(answer) for answer in found.answers]
                view |= {"state": "COMPLETED"} if is_report(found.reference) else {}
                view |= await standing(self._store, found.reference) if found.definition.startswith(ORDER) else {}
                return _view(found, candidate) | view | {"answers": answers}
        return None

    async def _many(self, key: str) -> dict[str, Any]:
        """What became of a message of many payments; nothing if it was refused as a whole."""
        group = await self._store.record(PaymentGroup, key)
        if not isinstance(group, PaymentGroup):
            return {}
        payments = [_of_group(one) for one in group.payments]
        return {"state": "PROCESSING" if group.open else "COMPLETED", "payments": payments}

    async def _answer(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An answer with the status and the reason codes it told, read from the archive."""
        original = await self._store.archived(answer["digest"])
        if original is None or not original.target.startswith(_REPORT):
            return answer
        parsed = gate.read(original.body)
        report = pacs002.read(parsed.document_el) if parsed.document_el is not None else None
        reports: tuple[GroupStatus | TransactionStatus, ...] = ()
        if report is not None:
            reports = (*report.groups, *report.transactions)
        told = [(one.status, [reason.code for reason in one.reasons if reason.code]) for one in reports if one.status]
        return answer | {"status": told[0][0], "reasons": told[0][1]} if told else answer


def _view(status: MessageStatus, sender: str) -> dict[str, Any]:
    state, payment = _standing(status, sender)
    return {
        "messageId": status.message_id,
        "received": status.received,
        "digest": status.digest,
        "reference": status.reference,
        "state": state,
        **payment,
    }


def _standing(status: MessageStatus, sender: str) -> tuple[str, dict[str, Any]]:
    """What became of this very message, and of the payment if the sender may know it.

    RECEIVED: taken, the payee or its terms are still looked for; REFUSED: the message was not acted upon, the answers
    tell why; else the state of the payment it is about.
    """
    transfer, journey = status.transfer, status.journey
    paying = status.definition.startswith(_PAYMENTS)
    if transfer is not None:
        begun = (transfer.payer, transfer.prepare_hash) == (sender, status.content_hash)
        known = begun if paying else sender in (transfer.payer, transfer.payee)
        return (transfer.state.value, _payment(transfer)) if known else (_REFUSED, {})
    if journey is not None:
        envelope = journey.prepare.envelope
        if paying and (envelope.sender, envelope.content_hash) != (sender, status.content_hash):
            return _REFUSED, {}
        return (TransferState.ABORTED.value, _reason(journey.fault)) if journey.fault else (_RECEIVED, {})
    return (_REFUSED if status.answers else _RECEIVED), {}


def _of_group(one: GroupedPayment) -> dict[str, Any]:
    refused = _reason(one.fault)
    return {"transferId": one.transfer_id, "endToEndId": one.references.end_to_end_id, **refused}


def _reason(fault: Fault | None) -> dict[str, Any]:
    return {"reason": {"code": fault.iso, "text": fault.description}} if fault else {}


def _payment(transfer: Transfer) -> dict[str, Any]:
    return {
        "transferId": transfer.id,
        "amount": {"currency": transfer.amount.currency, "amount": transfer.amount.iso},
        "payer": transfer.payer,
        "payee": transfer.payee,
        **_reason(transfer.fault),
    }
