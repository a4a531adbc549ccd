"""What is known of an initiated payment beyond its end: that its payee has the money, or has not got it yet. Pure.

A payment is settled when the hub has booked it (ACSC). Its payee's bank may have said more: its customer is credited
(ACCC), or not yet (ACWP), or will not be (BLCK). Whoever initiated it is told that, and again when it changes.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.events import Event
from schemas.canonical.identity import FspId
from schemas.canonical.initiation import (
    InitiatedEnded,
    InitiatedItem,
    Initiation,
    InitiationReported,
    ItemState,
    SettledAs,
)
from schemas.canonical.outcome import Outcome
from schemas.canonical.statuses import Progressed
from schemas.canonical.transfer import Transfer, TransferState
from schemas.codes.statuses import ACCEPTED_WITHOUT_POSTING, BLOCKED, CREDITED
from switch.dialogue_events import handed

INITIATION_LANE: Final = FspId("@initiation")
_TELLING: Final = frozenset({CREDITED, ACCEPTED_WITHOUT_POSTING, BLOCKED})


def settled_as(transfer: Transfer) -> str | None:
    """What its payee's bank said of a committed payment, where that is more than ACSC."""
    return transfer.iso_status if transfer.iso_status in _TELLING else None


def has_news(outcome: Outcome) -> bool:
    """Whether it is news of an initiated payment: most answers of payees are not."""
    return any(isinstance(put, Transfer) and _settled_before(outcome, put) for put in outcome.puts)


def news_of(outcome: Outcome) -> Iterator[Event]:
    """The events of an outcome; what follows a payment's end goes to its initiation, as its end did."""
    changed = {put.id: put for put in outcome.puts if isinstance(put, Transfer) and _settled_before(outcome, put)}
    relayed = {event.body.transfer_id for event in outcome.events if isinstance(event.body, Progressed)}
    for transfer in changed.values():
        initiated, status = transfer.terms.initiated, settled_as(transfer)
        if initiated is not None and status is not None:
            remark = transfer.remark if status == BLOCKED else None
            place, relay = (initiated.key, initiated.position), transfer.id in relayed
            told = InitiatedEnded(*place, transfer.id, status=status, remark=remark, relay=relay)
            yield handed(INITIATION_LANE, told, transfer.id)
    for event in outcome.events:
        body = event.body
        known = changed.get(body.transfer_id) if isinstance(body, Progressed) else None
        initiated = known.terms.initiated if known is not None else None
        if initiated is None or event.receiver != initiated.sender:
            yield event


def _settled_before(outcome: Outcome, transfer: Transfer) -> bool:
    """Whether the outcome is news of a payment that was committed: its end posts, news do not."""
    return transfer.terms.initiated is not None and transfer.state is TransferState.COMMITTED and not outcome.postings


def counted(initiation: Initiation, item: InitiatedItem, status: str | None) -> Initiation:
    """The initiation with a settled transaction under another status (None: ACSC)."""
    units = item.payment.amount.units
    kinds = {one.status: one for one in initiation.kinds}
    for word, sign in ((item.status, -1), (status, 1)):
        if word is not None:
            known = kinds.get(word, SettledAs(word))
            kinds[word] = SettledAs(word, known.number + sign, known.units + sign * units)
    return replace(initiation, kinds=tuple(one for one in kinds.values() if one.number))


def further(initiation: Initiation, item: InitiatedItem, command: InitiatedEnded) -> Outcome | None:
    """A settled transaction has another status now; None if that is no news.

    If the report has gone out, the initiator is told by one more, where its profile wants that.
    """
    if item.state is not ItemState.SETTLED or command.status in {None, item.status}:
        return None
    initiation = counted(initiation, item, command.status)
    item = replace(item, status=command.status, fault=command.remark)
    told = (Event(initiation.sender, InitiationReported(initiation, (item,)), order=initiation.key),)
    tells = initiation.finished is not None and command.relay
    return Outcome((item, initiation), events=told if tells else (), state="NEWS")
