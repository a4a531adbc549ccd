"""Audit of conversions: they end with their transfers, and money of each currency is conserved."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from schemas.canonical.commands import Prepare
from schemas.canonical.events import Aborted, Committed, Corrected, Fulfilled, Reserved, Role
from schemas.canonical.participants import AccountType
from schemas.canonical.transfer import Transfer, TransferState
from tests.simulation.cast import BY_NAME
from tests.simulation.evidence import Evidence
from tests.simulation.ties import family, on_payees_side, place, tied

_COMMITTED, _WAITING = TransferState.COMMITTED, TransferState.FULFILLED_WAITING.value


def conversions_end_with_their_transfer(seen: Evidence) -> Iterator[str]:
    """Committed in the same moment or not at all; what ended leaves nothing behind."""
    ended = {row.transfer_id: row.at for row in seen.history}
    for conversion in (one for one in seen.transfers.values() if one.converts is not None):
        head = seen.transfers.get(conversion.determines or "")
        own = head is not None and conversion in tied(seen, head)
        committed = own and head is not None and head.state is _COMMITTED
        if conversion.state is _COMMITTED and not committed:
            yield f"conversion {conversion.id} was committed without its transfer"
        if not own or head is None or not _both_open(seen, conversion, head) or _ended_alone(seen, conversion):
            continue
        if head.state is not conversion.state or ended[conversion.id] != ended[head.id]:
            yield f"{conversion.id} {conversion.state} ({conversion.fault}) did not end with {head.id} {head.state}"


def _both_open(seen: Evidence, conversion: Transfer, transfer: Transfer) -> bool:
    """Whether there was a moment in which both held money."""
    begun = [place(seen, one.id, TransferState.RESERVED.value) for one in (conversion, transfer)]
    ends = [max(n for n, row in enumerate(seen.history) if row.transfer_id == one.id) for one in (conversion, transfer)]
    if begun[0] is None or begun[1] is None:
        return False
    return begun[0] < ends[1] and begun[1] < ends[0]


def _ended_alone(seen: Evidence, conversion: Transfer) -> bool:
    """Whether a provider ended its part alone, which it may on the payee's side."""
    reason = conversion.fault.name if conversion.fault else ""
    return on_payees_side(seen, conversion) and reason in {"PARTICIPANT", "WRONG_FULFILMENT"}


def currencies_are_conserved(seen: Evidence) -> Iterator[str]:
    """When nothing is open the positions of each currency sum to zero."""
    sums: Counter[str] = Counter()
    for account in seen.accounts:
        if account.type is AccountType.POSITION:
            sums[account.currency] += account.value
    yield from (f"positions in {currency} sum to {total}" for currency, total in sums.items() if total)


def providers_hear_the_end(seen: Evidence) -> Iterator[str]:
    """Who fulfilled a conversion is told how it ended; who asked for one, whether it was fulfilled."""
    for conversion in (one for one in seen.transfers.values() if one.converts is not None):
        told: defaultdict[str, set[type]] = defaultdict(set)
        for row in seen.told[conversion.id]:
            told[row.receiver].add(type(row.event.body))
        if place(seen, conversion.id, _WAITING) is None:
            continue
        if Fulfilled not in told[conversion.payer] and not BY_NAME[conversion.payer].bank:
            yield f"{conversion.payer} was not told that {conversion.id} was fulfilled"
        if not told[conversion.payee] & {Committed, Corrected, Aborted}:
            yield f"{conversion.payee} was not told how {conversion.id} ended"


def expected_of_conversion(
    seen: Evidence, conversion: Transfer, reserved: bool
) -> Iterator[tuple[str, type, Role | None]]:
    """Who must be told of one: the initiator of the fulfilment, and of an end it does not hear of otherwise."""
    waited = place(seen, conversion.id, _WAITING) is not None
    together = conversion.fault is not None and conversion.fault.name == "TOGETHER"
    if reserved:
        yield conversion.payee, Reserved, None
    # A bank hears of its payment only; its journey is told of the conversion.
    by_bank = BY_NAME[conversion.payer].bank
    if waited and not by_bank:
        yield conversion.payer, Fulfilled, None
    if conversion.state is _COMMITTED:
        yield conversion.payee, Committed, Role.PAYEE
    if conversion.state is TransferState.ABORTED and not (together and waited) and not by_bank:
        yield conversion.payer, Aborted, Role.PAYER
    if conversion.state is TransferState.ABORTED and reserved and not together:
        yield conversion.payee, Aborted, Role.PAYEE


def reasons(seen: Evidence, transfer: Transfer) -> dict[str, bool]:
    """The ends that came from what it is tied to: whether they happened there, in the same moment."""
    others = family(seen, transfer)
    if not others:
        return {}
    ended = {row.transfer_id: row.at for row in seen.history}
    at = ended[transfer.id]
    names = {one.fault.name for one in others if one.fault is not None and ended[one.id] == at}
    first = min(one.expiry for one in (transfer, *others))
    return {"TOGETHER": bool(names - {"TOGETHER", "EXPIRED"}), "EXPIRED": at >= first and "EXPIRED" in names}


def bank_s_exchange_is_what_was_ordered(seen: Evidence, transfer: Transfer) -> Iterator[str]:
    """A bank's order in its own currency is behind the conversion and behind what comes out of it; amounts fit."""
    key = transfer.determines or transfer.id
    orders = [said.command for said in seen.said[key] if isinstance(said.command, Prepare)]
    orders = [order for order in orders if order.envelope.sender == transfer.payer]
    conversion = transfer if transfer.converts is not None else next(iter(tied(seen, transfer)), None)
    if conversion is None or conversion.converts is None:
        yield f"{transfer.id} came out of no conversion"
    elif not any((order.amount, order.expiry) == (conversion.amount, conversion.expiry) for order in orders):
        yield f"{conversion.id} was never ordered by {transfer.payer}"
    elif transfer.converts is None and transfer.amount != conversion.converts.target:
        yield f"{transfer.id} is {transfer.amount}, its conversion gives {conversion.converts.target}"
    if transfer.converts is None and not any(
        order.envelope.content_hash == transfer.prepare_hash and order.payee in (None, transfer.payee)
        for order in orders
    ):
        yield f"{transfer.id} is not what {transfer.payer} ordered"
