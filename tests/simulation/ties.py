"""What ties conversions to transfers, worked out from the order of the books alone, and what should have moved."""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.canonical.money import Money
from schemas.canonical.outcome import Phase
from schemas.canonical.transfer import Transfer, TransferState
from tests.simulation.evidence import Evidence

_WAITING = TransferState.FULFILLED_WAITING.value


class Move(NamedTuple):
    """Money from one position to another, in one phase."""

    phase: Phase
    debtor: str
    creditor: str
    amount: Money


def place(seen: Evidence, key: str, state: str | None = None) -> int | None:
    """Where in the books an object began, or came into a state."""
    found = (n for n, row in enumerate(seen.history) if row.transfer_id == key and state in (None, row.state))
    return next(found, None)


def on_payees_side(seen: Evidence, conversion: Transfer) -> bool:
    """Whether the transfer was there first."""
    transfer, own = place(seen, conversion.determines or ""), place(seen, conversion.id)
    return transfer is not None and own is not None and transfer < own


def tied(seen: Evidence, transfer: Transfer) -> list[Transfer]:
    """The conversions its payer asked for before it, and its payee while it waited."""
    return [
        one
        for one in seen.transfers.values()
        if one.determines == transfer.id
        and one.payer == (transfer.payee if on_payees_side(seen, one) else transfer.payer)
    ]


def family(seen: Evidence, transfer: Transfer) -> list[Transfer]:
    """Everything that must end together with it."""
    if transfer.determines is None:
        return tied(seen, transfer)
    head = seen.transfers.get(transfer.determines)
    if head is None or transfer not in tied(seen, head):
        return []
    return [one for one in (head, *tied(seen, head)) if one.id != transfer.id]


def moves(seen: Evidence, transfer: Transfer) -> Iterator[Move]:
    """What was reserved, and what became of it."""
    if place(seen, transfer.id, TransferState.RESERVED.value) is None:
        return
    debtor, creditor, amount = transfer.payer, transfer.payee, transfer.amount
    if transfer.converts is not None and on_payees_side(seen, transfer):
        debtor, creditor, amount = creditor, debtor, transfer.converts.target
    own = tied(seen, transfer) if transfer.converts is None else []
    before = [one for one in own if not on_payees_side(seen, one) and place(seen, one.id, _WAITING) is not None]
    if before:
        debtor = before[-1].payee
    yield Move(Phase.RESERVE, debtor, creditor, amount)
    after = [one for one in own if on_payees_side(seen, one) and one.state is TransferState.COMMITTED]
    if transfer.state is TransferState.ABORTED or after:
        yield Move(Phase.VOID, debtor, creditor, amount)
    if transfer.state is TransferState.COMMITTED:
        credited = after[0].payee if after else creditor
        yield Move(Phase.POST if after else Phase.COMMIT, debtor, credited, amount)
