"""What the payer's bank hears of a payment besides its end: statuses before it, if it asked, and what follows it. Pure.

A payee's bank may accept without posting (ACWP): what it says then (posted, or blocked) is told on, and moves no money.
Source: ISO 20022 ExternalPaymentTransactionStatus1Code; a payment's status never goes back.
"""

from typing import Final

from schemas.canonical.commands import Fulfil, Note, Reject
from schemas.canonical.events import Event
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.participants import Participant
from schemas.canonical.payments import is_group
from schemas.canonical.statuses import Progressed
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Dialect
from schemas.codes.statuses import ACCEPTED_WITHOUT_POSTING, BLOCKED
from switch.state import State

_ORDER: Final = ("RCVD", "ACTC", "ACCP", "PDNG", "ACSP", "ACWP", "ACSC", "ACCC")
"""Statuses of pacs.002 in the order of a payment's life; what a bank says later never goes back."""
_TAKEN: Final = ("ACTC", "RCVD")
"""What the hub says of a payment that it took, the most telling first."""


def rank(status: str) -> int:
    """How far on in a payment's life a status is; -1 for one that stands beside it."""
    return _ORDER.index(status) if status in _ORDER else -1


def news(command: Fulfil | Reject, transfer: Transfer) -> str | None:
    """A bank may accept step by step (ACSP, then ACSC, then ACCC): the first commits, the others are news.

    Gives the status that is further on in the payment's life, or None if this is no such news.
    """
    if not isinstance(command, Fulfil) or transfer.state is not TransferState.COMMITTED:
        return None
    by_bank = command.answered is Answered.ACCEPTED and transfer.answered is Answered.ACCEPTED
    if not by_bank or command.iso_status == transfer.iso_status:
        return None
    return max(transfer.iso_status or "", command.iso_status or "", key=rank)


def blocks(command: Fulfil | Reject | Note, transfer: Transfer) -> Fault | None:
    """Why a bank does not post what it accepted without posting; None if it says no such thing."""
    if transfer.state is not TransferState.COMMITTED or command.envelope.dialect is not Dialect.ISO_XML:
        return None
    if transfer.iso_status not in {ACCEPTED_WITHOUT_POSTING, BLOCKED}:
        return None
    if isinstance(command, Reject):
        return command.fault
    return command.reason if isinstance(command, Note) and command.iso_status == BLOCKED else None


def relayed(state: State, transfer: Transfer, status: str) -> bool:
    """Whether the payer's bank is told a status that its payment has after its end."""
    wanted = _wanted(state, transfer.payer)
    if wanted is None or is_group(transfer.group):
        return False
    return transfer.iso_status in {ACCEPTED_WITHOUT_POSTING, BLOCKED} or status in wanted


def interim(state: State, transfer: Transfer, status: str | None) -> Event | None:
    """The payee's bank says that it has the payment, told to a payer's bank that wants to hear so."""
    if status is None or transfer.final or status == transfer.iso_status or is_group(transfer.group):
        return None
    if status not in (_wanted(state, transfer.payer) or ()):
        return None
    return progressed(transfer, status)


def taken(
    state: State, bank: FspId, transfer_id: TransferId, references: IsoReferences | None, *, valid: bool
) -> Event | None:
    """The hub has a bank's payment: ACTC once it is checked (`valid`), RCVD before; if the bank wants to hear so."""
    wanted = _wanted(state, bank) or ()
    word = next((one for one in _TAKEN if one in wanted and (valid or one == _TAKEN[-1])), None)
    if word is None:
        return None
    return Event(bank, Progressed(transfer_id, word, references), order=transfer_id)


def progressed(transfer: Transfer, status: str, reason: Fault | None = None) -> Event:
    """The event that tells the payer's bank a status."""
    body = Progressed(transfer.id, status, transfer.terms.references, reason)
    return Event(transfer.payer, body, order=transfer.id)


def _wanted(state: State, name: FspId) -> tuple[str, ...] | None:
    found = state.get(Participant, name)
    return found.iso.interim_statuses if found is not None and found.iso is not None else None
