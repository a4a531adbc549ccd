"""What a booking means to the owner of an account: its kind, the other side, and the payment's own ids. Pure."""

from datetime import datetime
from typing import Final

from schemas.canonical.fees import PREFIXES, FeeKind
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, iso_reference
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.reports import Movement, MovementKind, ReportedAccount
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Transfer
from translator.iso.transfers import references_out

GROSS: Final = "gross "
"""How the reference of a posting begins that settles one payment; the transfer follows, then the currency."""
LATE: Final = "late "
"""The same of what an agent booked although it was given up; what it was for follows."""
OF_TRANSFERS: Final = (GROSS, LATE, *PREFIXES.values())
"""How references begin in which a transfer follows, then more."""
_PREFIXES: Final = (
    (GROSS, MovementKind.GROSS_SETTLEMENT),
    (LATE, MovementKind.LATE),
    ("settlement ", MovementKind.NET_SETTLEMENT),
    ("deposit ", MovementKind.NET_SETTLEMENT),
    ("opening ", MovementKind.OPENING),
    (PREFIXES[FeeKind.INTERCHANGE], MovementKind.INTERCHANGE_FEE),
    (PREFIXES[FeeKind.SCHEME], MovementKind.SCHEME_FEE),
)
_FEES: Final = frozenset({MovementKind.INTERCHANGE_FEE, MovementKind.SCHEME_FEE})


def transfer_of(reference: str) -> str:
    """The transfer that a posting's reference may be about."""
    return reference.split(" ")[1] if reference.startswith(OF_TRANSFERS) else reference


def reported(account: LedgerAccount) -> ReportedAccount:
    """An account as reports name it."""
    return ReportedAccount(account.id, account.owner, account.type.value, account.currency)


def movement(
    owner: FspId,
    reference: str,
    units: int,
    at: datetime,
    made: Transfer | FundsMovement | None,
    number: int = 0,
) -> Movement:
    """One booking of `units` (positive: credited) for the transfer or funds that it was made by, if there are any."""
    kind = next((kind for prefix, kind in _PREFIXES if reference.startswith(prefix)), None)
    match made:
        case Transfer():
            other = _other_side(owner, made, units) if kind not in _FEES else _of_fee(owner, made, reference)
            return Movement(
                reference, kind or _kind(made), units, at, number, made.id, other, references_out(made)
            )  # fmt: skip
        case FundsMovement():
            ids = IsoReferences(
                end_to_end_id=(made.external_reference or iso_reference(made.id))[:35],
                transaction_id=iso_reference(made.id),
            )
            return Movement(reference, kind or MovementKind.FUNDS, units, at, number, references=ids)
        case _:
            return Movement(reference, kind or MovementKind.OTHER, units, at, number)


def _kind(transfer: Transfer) -> MovementKind:
    if transfer.returns is not None:
        return MovementKind.RETURN
    crossing = transfer.converts is not None or transfer.terms.exchange is not None
    return MovementKind.CONVERSION if crossing else MovementKind.PAYMENT


def _of_fee(owner: FspId, transfer: Transfer, reference: str) -> FspId | None:
    """Who got the fee, or paid it; of one that goes back only the payment it was for would tell."""
    for fee in transfer.fees:
        if fee.reference(transfer.id) == reference:
            return fee.creditor if owner == fee.debtor else fee.debtor
    return None


def _other_side(owner: FspId, transfer: Transfer, units: int) -> FspId:
    """Who gave what the owner got, or got what it gave, in that leg; the settlement of a payment goes the other way."""
    for leg in transfer.moves:
        if owner in (leg.debtor, leg.creditor) and abs(units) == leg.amount.units:
            return leg.creditor if owner == leg.debtor else leg.debtor
    return transfer.payee if owner == transfer.payer else transfer.payer
