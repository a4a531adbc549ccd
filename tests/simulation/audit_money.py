"""Audit of the money: every figure is added up again from the entries, and from what the participants know."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from schemas.canonical.bulk import BulkEnded
from schemas.canonical.events import Aborted, Committed, Fulfilled, Role
from schemas.canonical.money import Money
from schemas.canonical.outcome import Phase
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.settlement import SettlementState
from schemas.canonical.transfer import Transfer
from tests.simulation.cast import BY_NAME
from tests.simulation.evidence import Evidence, accepted
from tests.simulation.journal import Journal
from tests.simulation.ties import moves

_COUNTERS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


def _value(counters: Counter[str]) -> int:
    return counters["debits_posted"] + counters["debits_pending"] - counters["credits_posted"]


def entries_sum_to_zero(seen: Evidence) -> Iterator[str]:
    """Per transfer, phase and currency each debit has its credit."""
    sums: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for entry in seen.entries:
        total = sums[entry.reference, entry.phase, entry.currency]
        total["pending"] += entry.debits_pending - entry.credits_pending
        total["posted"] += entry.debits_posted - entry.credits_posted
    yield from (f"{key} sums to {dict(total)}" for key, total in sums.items() if any(total.values()))


def counters_are_the_sum_of_entries(seen: Evidence) -> Iterator[str]:
    """No balance without the entries that explain it."""
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for entry in seen.entries:
        for name in _COUNTERS:
            sums[entry.account][name] += getattr(entry, name)
    for account in seen.accounts:
        stored = {name: getattr(account, name) for name in _COUNTERS}
        summed = {name: sums[account.id][name] for name in _COUNTERS}
        if stored != summed:
            yield f"account {account.id} of {account.owner} holds {stored}, its entries say {summed}"
        if min(summed.values()) < 0:
            yield f"account {account.id} of {account.owner} has a negative counter: {summed}"


def reservations_fit_cover_and_cap(seen: Evidence) -> Iterator[str]:
    """At its instant, in the order of the books, with the limits that were in force then."""
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    known: dict[int, LedgerAccount] = {}
    for written in seen.written:
        put = {one.id: one for one in written.batch.puts if isinstance(one, LedgerAccount)}
        caps = {key: {held.cap for book in (known, put) if (held := book.get(key))} for key in {**known, **put}}
        for entry in written.batch.entries:
            for name in _COUNTERS:
                sums[entry.account][name] += getattr(entry, name)
            if entry.phase is Phase.RESERVE and entry.debits_pending and (entry.cap is not None or entry.cover):
                yield from _fits(entry, sums, caps.get(entry.account, set()), {**known, **put})
        known |= put
    for entry in seen.entries:
        reserves = entry.phase is Phase.RESERVE and entry.debits_pending and entry.reference in seen.transfers
        if reserves and (entry.cap is None or entry.cover is None):
            yield f"the reservation of {entry.reference} does not say what it was checked against"


def _fits(
    entry: Any, sums: dict[int, Counter[str]], caps: set[int | None], accounts: dict[int, LedgerAccount]
) -> Iterator[str]:
    account = accounts[entry.account]
    settlement = next(
        other.id
        for other in accounts.values()
        if (other.owner, other.currency, other.type) == (account.owner, account.currency, AccountType.SETTLEMENT)
    )
    value, cover = _value(sums[entry.account]), -_value(sums[settlement])
    if entry.value != value:
        yield f"{entry.reference}: the entry says value {entry.value}, the entries add up to {value}"
    if entry.cover != cover or value > cover:
        yield f"{entry.reference}: {account.owner} at {value} was covered by {cover}, checked against {entry.cover}"
    if entry.cap not in caps or entry.cap is None or value > entry.cap:
        yield f"{entry.reference}: {account.owner} at {value} with cap {caps}, checked against {entry.cap}"


def transfers_moved_once(seen: Evidence) -> Iterator[str]:
    """One reservation and one end per transfer, on the right accounts, of the right amount."""
    accounts = {account.id: account for account in seen.accounts}
    found: defaultdict[str, Counter[Any]] = defaultdict(Counter)
    for entry in seen.entries:
        account = accounts[entry.account]
        debit = bool(entry.debits_pending or entry.debits_posted)
        moved = max(abs(getattr(entry, name)) for name in _COUNTERS)
        found[entry.reference][entry.phase, debit, account.owner, account.type, account.currency, moved] += 1
    for transfer in seen.transfers.values():
        expected: Counter[Any] = Counter()
        for move in moves(seen, transfer):
            for debit, owner in ((True, move.debtor), (False, move.creditor)):
                amount = move.amount
                expected[move.phase, debit, owner, AccountType.POSITION, amount.currency, amount.units] += 1
        if found[transfer.id] != expected:
            yield f"{transfer.id} {transfer.state} moved {dict(found[transfer.id])}, not {dict(expected)}"


def journals_equal_the_books(seen: Evidence) -> Iterator[str]:
    """What each participant knows it paid and got is its position; what the operator recorded is its cover."""
    known: Counter[tuple[str, str, AccountType]] = Counter()
    for name, journal in seen.journals.items():
        ended: dict[str, tuple[Transfer, Role]] = {}
        for heard in journal.heard:
            if isinstance(heard.row.event.body, Committed):
                transfer, role = heard.row.event.body.transfer, heard.row.event.body.role
                ended[transfer.id + role] = transfer, role
            if isinstance(heard.row.event.body, BulkEnded):
                bulk = heard.row.event.body.bulk
                role = Role.PAYER if name == bulk.payer else Role.PAYEE
                paid = (seen.transfers[item.transfer_id] for item in bulk.items if item.fulfilment)
                ended |= {transfer.id + role: (transfer, role) for transfer in paid}
        for transfer, role in ended.values():
            sign = 1 if role is Role.PAYER else -1
            for amount, way in _as_it_knows(journal, transfer, sign):
                known[name, amount.currency, AccountType.POSITION] += way * amount.units
        known.update(_unconfirmed(seen, name))
    for deal in seen.deposits:
        known[deal.member, deal.currency, AccountType.SETTLEMENT] -= deal.units
    for settlement in seen.settlements.values():
        for moved in settlement.accounts:
            if moved.state is SettlementState.SETTLED:
                known[moved.owner, moved.currency, AccountType.POSITION] -= moved.units
    for account in seen.accounts:
        if account.owner not in seen.members:
            continue
        owed = known[account.owner, account.currency, account.type]
        if account.value != owed or account.debits_pending or account.credits_pending:
            yield f"{account.owner} reckons {owed} {account.currency} on {account.type}, the books say {account}"


def _as_it_knows(journal: Journal, transfer: Transfer, sign: int) -> list[tuple[Money, int]]:
    """What a participant has by a transfer: a provider both amounts, who had it converted its own side of that."""
    if transfer.converts is not None:
        return [(transfer.amount, sign), (transfer.converts.target, -sign)]
    told = transfer.terms.exchange
    if told is not None and sign > 0 and BY_NAME[journal.owner].bank:
        # A bank hears of no conversion by itself: its pacs.002 says what was settled.
        return [(told.source, sign)]
    bodies = [heard.row.event.body for heard in journal.heard]
    lost = {body.transfer.id for body in bodies if isinstance(body, Aborted)}
    for body in bodies:
        converted = body.transfer if isinstance(body, Fulfilled) else None
        if converted is not None and converted.determines == transfer.id and converted.id not in lost:
            own = converted.amount if journal.owner == transfer.payer else converted.converts.target
            return [(own, sign)]
    return [(transfer.amount, sign)]


def _unconfirmed(seen: Evidence, name: str) -> Counter[tuple[str, str, AccountType]]:
    """A bank that wants no confirmation counts on the receipt of its acceptance."""
    got: Counter[tuple[str, str, AccountType]] = Counter()
    member = seen.members.get(name)
    if member is None or member.confirm:
        return got
    mine = {
        said.command.transfer_id
        for said in seen.journals[name].said
        if type(said.command).__name__ == "Fulfil" and (receipt := accepted(said)) and receipt.state == "COMMITTED"
    }
    for key in sorted(mine):
        transfer = seen.transfers.get(key)
        if transfer is not None and transfer.payee == name:
            got[name, transfer.amount.currency, AccountType.POSITION] -= transfer.amount.units
    return got
