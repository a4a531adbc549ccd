"""Audit of the outcomes: each accepted command ended once, legally, for a reason that lies in what was said."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from schemas.canonical.commands import Fulfil, Prepare, Reject
from schemas.canonical.dialogue import JourneyState
from schemas.canonical.events import Refused
from schemas.canonical.transfer import Answered, Transfer, TransferState
from switch.engine import HistoryRow
from tests.simulation.audit_bulks import answers_differ, whole_reasons
from tests.simulation.audit_fx import bank_s_exchange_is_what_was_ordered
from tests.simulation.audit_fx import reasons as tied_reasons
from tests.simulation.cast import BY_NAME
from tests.simulation.evidence import Evidence, accepted
from tests.simulation.journal import Said

_MARGIN = timedelta(seconds=2.5)
"""More than the database's clock is ever set back."""
_PATHS = (["RESERVED", "COMMITTED"], ["RESERVED", "ABORTED"], ["ABORTED"])
_WAITING_PATHS = (["RESERVED", "FULFILLED_WAITING", "COMMITTED"], ["RESERVED", "FULFILLED_WAITING", "ABORTED"])


def accepted_orders_end_once(seen: Evidence) -> Iterator[str]:
    """An order that got a receipt is a final transfer, a refused journey, or was refused in favour of another one."""
    for key, lines in seen.said.items():
        transfer, journey = seen.transfers.get(key), seen.journeys.get(key)
        refused = journey is not None and journey.state is JourneyState.REFUSED
        if transfer is not None and refused:
            yield f"{key} is a transfer and was refused before it became one"
        for said in lines:
            order = said.command
            if not isinstance(order, Prepare) or order.group is not None or accepted(said) is None:
                continue
            kept = [
                held for held in (transfer and transfer.prepare_hash, journey and journey.prepare.envelope.content_hash)
                if held
            ]  # fmt: skip
            if order.envelope.content_hash in kept and order.envelope.sender == order.payer:
                continue
            if not _was_refused(seen, order, "MODIFIED", "WRONG_SENDER"):
                yield f"the order {key} of {order.envelope.sender} was accepted and came to nothing"


def _was_refused(seen: Evidence, command: Prepare | Fulfil | Reject, *names: str) -> bool:
    sender = command.envelope.sender
    return any(
        isinstance(row.event.body, Refused) and row.event.body.fault.name in names and row.receiver == sender
        for row in seen.told[command.transfer_id]
    )


def transfers_are_what_was_ordered(seen: Evidence) -> Iterator[str]:
    """Payer, payee, amount and hash of each transfer stand in one order that its payer sent."""
    for transfer in seen.transfers.values():
        if BY_NAME[transfer.payer].bank and (transfer.converts is not None or transfer.terms.exchange is not None):
            yield from bank_s_exchange_is_what_was_ordered(seen, transfer)
            continue
        orders = [
            said.command
            for said in seen.said[transfer.id]
            if isinstance(said.command, Prepare)
            and said.command.envelope.sender == transfer.payer
            and said.command.envelope.content_hash == transfer.prepare_hash
        ]
        if not orders:
            yield f"{transfer.id} was never ordered by {transfer.payer}"
        elif (orders[0].amount, orders[0].expiry, orders[0].target, orders[0].determines) != (
            transfer.amount,
            transfer.expiry,
            transfer.converts and transfer.converts.target,
            transfer.determines,
        ) or (orders[0].payee is not None and orders[0].payee != transfer.payee):
            yield f"{transfer.id} is not what was ordered: {transfer}"


def histories_are_legal(seen: Evidence) -> Iterator[str]:
    """Numbers without gap, an allowed path, a clock that never runs back, and an end."""
    by_transfer: defaultdict[str, list[HistoryRow]] = defaultdict(list)
    for row in seen.history:
        by_transfer[row.transfer_id].append(row)
    for key, transfer in seen.transfers.items():
        rows = by_transfer[key]
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            yield f"{key} has changes numbered {[row.number for row in rows]}"
        if [row.state for row in rows] not in (_PATHS if transfer.converts is None else (*_PATHS[1:], *_WAITING_PATHS)):
            yield f"{key} went {[row.state for row in rows]}"
        elif rows[-1].state != transfer.state or transfer.history != len(rows):
            yield f"{key} is {transfer.state} after {[row.state for row in rows]}"
        if [row.at for row in rows] != sorted(row.at for row in rows):
            yield f"{key} changed back in time"
    yield from (f"{key} has a history and no record" for key in by_transfer if key not in seen.transfers)


def nothing_is_pending(seen: Evidence) -> Iterator[str]:
    """After the last expiry and some time to settle everything is final."""
    yield from (f"{one.id} is {one.state}" for one in seen.transfers.values() if not one.final)
    yield from (f"bulk {one.id} is {one.state}" for one in seen.bulks.values() if one.open)
    waiting = (one for one in seen.journeys.values() if one.open or one.state is JourneyState.CONVERTING)
    yield from (f"journey {one.id} is {one.state}" for one in waiting)
    handed = {key for key, journey in seen.journeys.items() if journey.state is JourneyState.PREPARING}
    yield from (f"journey {key} was handed over and is no transfer" for key in handed if key not in seen.transfers)


def every_end_has_its_reason(seen: Evidence) -> Iterator[str]:
    """Committed only by its payee in time with the right proof; aborted by its payee, its expiry or a failed check."""
    ended = {row.transfer_id: row for row in seen.history}
    reserved = {row.transfer_id for row in seen.history if row.state == "RESERVED"}
    for transfer in seen.transfers.values():
        answers = [said.command for said in seen.said[transfer.id] if said.command.envelope.sender == transfer.payee]
        name = transfer.fault.name if transfer.fault else ""
        at = ended[transfer.id].at
        if transfer.state is TransferState.COMMITTED:
            if not any(isinstance(answer, Fulfil) and _proves(transfer, answer) for answer in answers):
                yield f"{transfer.id} was committed without proof"
            if at >= transfer.expiry:
                yield f"{transfer.id} was committed at {at}, after its expiry {transfer.expiry}"
        elif transfer.state is TransferState.ABORTED and transfer.id in reserved:
            reasons = {
                "EXPIRED": at >= transfer.expiry,
                "PARTICIPANT": any(isinstance(answer, Reject) for answer in answers),
                "WRONG_FULFILMENT": any(isinstance(one, Fulfil) and not _proves(transfer, one) for one in answers),
                **whole_reasons(seen, transfer),
                **{name: held for name, held in tied_reasons(seen, transfer).items() if held},
            }
            if not reasons.get(name):
                yield f"{transfer.id} was aborted for {name or 'no reason'}"
        elif transfer.state is TransferState.ABORTED and not name:
            yield f"{transfer.id} was refused without a reason"


def _proves(transfer: Transfer, answer: Fulfil) -> bool:
    if answer.answered is Answered.RESERVED and answer.envelope.version == "1.0":
        return False
    if transfer.condition is None:
        return answer.answered is Answered.ACCEPTED
    proof = transfer.fulfilment if answer.answered is Answered.ACCEPTED else answer.fulfilment
    digest = hashlib.sha256(base64.urlsafe_b64decode((proof or "") + "=")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == transfer.condition


def timely_answers_count(seen: Evidence) -> Iterator[str]:
    """A valid acceptance with a receipt before the expiry commits, unless the payee had said something else."""
    for transfer in seen.transfers.values():
        answers = [
            said
            for said in seen.said[transfer.id]
            if isinstance(said.command, Fulfil | Reject) and said.command.envelope.sender == transfer.payee
        ]
        good = [said for said in answers if _counts(transfer, said)]
        others = [said for said in answers if isinstance(said.command, Reject) or not _proves(transfer, said.command)]
        counts = not answers_differ(seen, transfer) and not any(whole_reasons(seen, transfer).values())
        counts = counts and not any(tied_reasons(seen, transfer).values()) and not _waited(seen, transfer)
        good = [said for said in good if not _was_refused(seen, said.command, "VALIDATION")]
        if good and not others and counts and transfer.state is not TransferState.COMMITTED:
            yield f"{transfer.id} was accepted in time and is {transfer.state} ({transfer.fault})"


def _waited(seen: Evidence, transfer: Transfer) -> bool:
    return any(row.transfer_id == transfer.id and row.state == "FULFILLED_WAITING" for row in seen.history)


def _counts(transfer: Transfer, said: Said) -> bool:
    in_time = accepted(said) is not None and said.at + _MARGIN < transfer.expiry
    return in_time and isinstance(said.command, Fulfil) and _proves(transfer, said.command)


def receipts_speak_true(seen: Evidence) -> Iterator[str]:
    """A receipt that names a final state names the state it stayed in."""
    for key, lines in seen.said.items():
        transfer = seen.transfers.get(key)
        for said in lines:
            receipt = accepted(said)
            if receipt is None or receipt.state not in {"COMMITTED", "ABORTED", "RESERVED"}:
                continue
            if transfer is None:
                yield f"{key}: a receipt says {receipt.state}, there is no such transfer"
            elif receipt.state not in {transfer.state, "RESERVED"}:
                yield f"{key}: a receipt says {receipt.state}, the books say {transfer.state}"


def message_ids_count_once(seen: Evidence) -> Iterator[str]:
    """Under one message id of one sender only one content had an effect; others were refused."""
    contents: defaultdict[tuple[str, str], dict[bytes, Prepare | Fulfil | Reject]] = defaultdict(dict)
    for lines in seen.said.values():
        for said in lines:
            command = said.command
            if isinstance(command, Prepare | Fulfil | Reject) and command.envelope.message_id and accepted(said):
                key = command.envelope.sender, command.envelope.message_id
                contents[key][command.envelope.content_hash] = command
    for key, commands in contents.items():
        entry = seen.inbox.get(key)
        if entry is None or entry.content_hash not in commands:
            yield f"message {key} was accepted and is not in the inbox"
            continue
        for content, command in commands.items():
            if content != entry.content_hash and not _was_refused(seen, command, "MODIFIED"):
                yield f"message {key} was used twice and not refused"
