"""Audit of bulk payments: each is over, says what its items' transfers say, and was told to each side once."""

from collections import Counter
from collections.abc import Iterator

from schemas.canonical.bulk import (
    AnswerBulk,
    Bulk,
    BulkAborted,
    BulkEnded,
    BulkItem,
    BulkReserved,
    BulkState,
    BulkStated,
    PrepareBulk,
    QueryBulk,
    RejectBulk,
)
from schemas.canonical.events import Refused
from schemas.canonical.transfer import Transfer, TransferState
from tests.simulation.evidence import Evidence, accepted

_WHOLE = BulkReserved | BulkEnded | BulkAborted


def accepted_bulks_come_to_something(seen: Evidence) -> Iterator[str]:
    """An order that got a receipt is the record of its bulk, or was refused in favour of another one."""
    for key, lines in seen.said_of_bulks.items():
        bulk = seen.bulks.get(key)
        for said in lines:
            order = said.command
            if not isinstance(order, PrepareBulk) or accepted(said) is None:
                continue
            own = bulk is not None and (bulk.payer, bulk.prepare_hash) == (
                order.envelope.sender, order.envelope.content_hash,
            )  # fmt: skip
            refused = any(
                isinstance(row.event.body, Refused) and row.receiver == order.envelope.sender for row in seen.told[key]
            )
            if not own and not refused:
                yield f"the bulk {key} of {order.envelope.sender} was accepted and came to nothing"


def bulks_are_what_was_ordered(seen: Evidence) -> Iterator[str]:
    """The items are those of the order, in its sequence; an invalid bulk has none."""
    for bulk in seen.bulks.values():
        order = _order(seen, bulk)
        if order is None:
            yield f"nobody ordered the bulk {bulk.id}"
            continue
        wanted = [] if bulk.state is BulkState.INVALID else [item.transfer_id for item in order.items]
        if [item.transfer_id for item in bulk.items] != wanted:
            yield f"the bulk {bulk.id} has other items than were ordered"
        if (bulk.payer, bulk.payee, bulk.expiry) != (order.payer, order.payee, order.expiry):
            yield f"the bulk {bulk.id} is not what was ordered"


def _order(seen: Evidence, bulk: Bulk) -> PrepareBulk | None:
    orders = (said.command for said in seen.said_of_bulks[bulk.id] if isinstance(said.command, PrepareBulk))
    return next((one for one in orders if one.envelope.content_hash == bulk.prepare_hash), None)


def bulks_say_what_their_items_say(seen: Evidence) -> Iterator[str]:
    """Each item of a bulk is its transfer, or was refused because its id was taken."""
    for bulk in seen.bulks.values():
        if bulk.state.value not in {"COMPLETED", "EXPIRED", "REJECTED", "INVALID"}:
            yield f"the bulk {bulk.id} is {bulk.state}"
        known: set[str] = set()
        for item in bulk.items:
            transfer = seen.transfers.get(item.transfer_id)
            taken = transfer is None or transfer.group != bulk.id or item.transfer_id in known
            known.add(item.transfer_id)
            if taken:
                if not item.refused or item.fault is None or item.fault.name != "MODIFIED":
                    yield f"{item.transfer_id} of bulk {bulk.id} was taken and is {item}"
            elif transfer is not None and _said(item) != (transfer.state, transfer.fulfilment, transfer.fault):
                yield f"{item.transfer_id} of bulk {bulk.id} is {item}, its transfer {transfer.state} {transfer.fault}"
        paid = any(item.fulfilment for item in bulk.items)
        if paid and bulk.state is not BulkState.COMPLETED:
            yield f"the bulk {bulk.id} paid something and is {bulk.state}"


def _said(item: BulkItem) -> tuple[object, object, object]:
    state = TransferState.COMMITTED if item.fulfilment else TransferState.ABORTED
    return state, item.fulfilment, item.fault


def bulks_are_told_once(seen: Evidence) -> Iterator[str]:
    """The payee is asked once for what is reserved, each side hears the end once, and sees its own items.

    That a bulk was refused as a whole is told to whoever asks again, too.
    """
    for bulk in seen.bulks.values():
        found: Counter[tuple[str, str]] = Counter()
        for row in seen.told[bulk.id]:
            body = row.event.body
            if not isinstance(body, _WHOLE | BulkStated):
                continue
            if isinstance(body, _WHOLE):
                found[row.receiver, type(body).__name__] += 1
            mine = [item for item in bulk.items if row.receiver == bulk.payer or not item.refused]
            if [item.transfer_id for item in body.bulk.items] != [item.transfer_id for item in mine]:
                yield f"{row.receiver} was told of other items of bulk {bulk.id} than its own"
            if isinstance(body, BulkEnded | BulkAborted) and list(body.bulk.items) != mine:
                yield f"{row.receiver} was told of bulk {bulk.id} what is not so"
        for receiver in (bulk.payer, bulk.payee):
            told = found[receiver, "BulkAborted"]
            if 1 < told <= 1 + _asked(seen, bulk, receiver):
                found[receiver, "BulkAborted"] = 1
        if +found != Counter(_expected(seen, bulk)):
            yield f"the bulk {bulk.id} {bulk.state} was told {dict(found)}"


def _asked(seen: Evidence, bulk: Bulk, asker: str) -> int:
    """How often somebody tried to order the bulk, or asked for it."""
    commands = (said.command for said in seen.said_of_bulks[bulk.id])
    return sum(isinstance(one, PrepareBulk | QueryBulk) and one.envelope.sender == asker for one in commands)


def _expected(seen: Evidence, bulk: Bulk) -> Iterator[tuple[str, str]]:
    end = "BulkAborted" if bulk.fault is not None and bulk.state is not BulkState.COMPLETED else "BulkEnded"
    yield bulk.payer, end
    payee = seen.members.get(bulk.payee)
    if payee is not None and not payee.bank and any(not item.refused for item in bulk.items):
        yield bulk.payee, "BulkReserved"
        yield bulk.payee, end


def bulks_are_given_up_only_after_expiry(seen: Evidence) -> Iterator[str]:
    """An order that its payee never got had no item paid."""
    for number, row in seen.rows.items():
        body = row.event.body
        got = number in seen.heard.get(row.receiver, set())
        if not isinstance(body, BulkReserved) or row.parked is None or got:
            continue
        if any(item.fulfilment for item in seen.bulks[body.bulk.id].items):
            yield f"row {number} was given up, its bulk paid something"


def whole_reasons(seen: Evidence, transfer: Transfer) -> dict[str, bool]:
    """Reasons for which an item may end that lie in what was said of its bulk as a whole."""
    answers = [
        said.command
        for said in seen.said_of_bulks.get(transfer.group or "", ())
        if isinstance(said.command, AnswerBulk) and said.command.envelope.sender == transfer.payee
    ]
    return {
        "WRONG_AGENT": any(one.envelope.receiver not in {transfer.payer, "Hub"} for one in answers),
        "VALIDATION": any(one.fault is not None for one in answers),
    }


def answers_differ(seen: Evidence, transfer: Transfer) -> bool:
    """Whether the payee said more than one thing of the whole, so that the first of them counts."""
    answers = (
        said.command
        for said in seen.said_of_bulks.get(transfer.group or "", ())
        if isinstance(said.command, AnswerBulk | RejectBulk) and said.command.envelope.sender == transfer.payee
    )
    return len({one.envelope.content_hash for one in answers}) > 1
