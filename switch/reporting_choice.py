"""Which bookings of an account a request wants to be told of: by their side, and by floor limits (FlrLmt). Pure."""

from collections.abc import Iterable
from typing import Final

from schemas.canonical.faults import Fault, fault
from schemas.canonical.participants import LedgerAccount
from schemas.canonical.reporting import ReportRequest
from schemas.canonical.reports import Shown

_CREDIT: Final = "CRDT"


def shown(request: ReportRequest, accounts: Iterable[LedgerAccount]) -> dict[str, Shown] | Fault:
    """What is told of each account, by its number, where that is not all; a limit in no currency of theirs is a fault.

    CdtDbtInd must be there beside FlrLmt, so a limit for the other side says that this side is wanted too.
    """
    accounts = tuple(accounts)
    currencies = {each.currency for each in accounts}
    foreign = next((one.currency for one in request.floors if one.currency not in currencies), None)
    if foreign is not None:
        return fault("NO_ACCOUNT", f"FlrLmt is in {foreign}, and so is none of the accounts that are asked for")
    found = ((str(each.id), _of(request, each.currency)) for each in accounts)
    return {number: choice for number, choice in found if not choice.all}


def _of(request: ReportRequest, currency: str) -> Shown:
    floors = [one for one in request.floors if one.currency == currency]
    sides = (
        request.direction in {None, _CREDIT} or any(one.credits for one in request.floors),
        request.direction != _CREDIT or any(one.debits for one in request.floors),
    )
    credit = max((one.units for one in floors if one.credits), default=0)
    debit = max((one.units for one in floors if one.debits), default=0)
    return Shown(credit if sides[0] else None, debit if sides[1] else None)
