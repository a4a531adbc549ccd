"""Orders about a participant's own money and limits (camt.050, camt.011), as the ledger lane decides them. Pure.

Money leaves by the same funds out that an operator prepares: it is reserved at once, and the participant is told when
the operator, or the settlement agent that moves it, has committed it or given it back. Money comes in by such an order
only where an agent moves it. A participant may hold its own net debit cap below the operator's.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.canonical.commands import Command, RecordFunds
from schemas.canonical.events import Event
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsMovement, FundsState
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.reporting import LimitOrder, MoveLiquidity, OrderLimits
from schemas.canonical.reporting_events import LimitsTold, LimitUse, RequestHandled
from schemas.canonical.reporting_records import LiquidityOrder, OwnLimit
from switch import funds
from switch.balances import chosen, limit_use
from switch.engine import Step
from switch.fund_keepers import keeper
from switch.questions import REPEATED, repeated
from switch.state import State

SETTLED: Final = "ACSC"
PENDING: Final = "PDNG"
REJECTED: Final = "RJCT"
_STATUS: Final = {
    FundsState.RESERVED: PENDING,
    FundsState.COMMITTED: SETTLED,
    FundsState.ABORTED: REJECTED,
}


def step(state: State, command: Command) -> Outcome:
    """Decide an order; what became of it is told by a receipt."""
    if repeated(state, command):
        return Outcome(state=REPEATED)
    match command:
        case MoveLiquidity():
            return _move(state, command)
        case OrderLimits():
            return _limits(state, command)
        case _:
            raise TypeError(f"{type(command).__name__} is no order about liquidity")


def _move(state: State, command: MoveLiquidity) -> Outcome:
    account = _source(state, command)
    amount = command.amount
    if isinstance(account, LedgerAccount) and command.units is not None:
        amount = Money(command.units, account.currency)
    if isinstance(account, Fault) or amount is None:
        reason = account if isinstance(account, Fault) else fault("MISSING_ELEMENT", "TrfdAmt")
        return _answered(command, REJECTED, reason)
    if amount.currency != account.currency:
        return _answered(command, REJECTED, fault("NO_ACCOUNT", f"the account is in {account.currency}"))
    key = TransferId(command.funds_id)
    inward = command.creditor == str(account.id)
    wrong = _elsewhere(state, command, account, inward=inward)
    if wrong is not None:
        return _answered(command, REJECTED, wrong)
    action = funds.IN if inward else funds.OUT_RESERVE
    order = RecordFunds(account.owner, account.id, key, action, amount, "camt.050", command.end_to_end_id)
    outcome = funds.step(state, order)
    if outcome.state == "MODIFIED":
        return _answered(command, REJECTED, fault("MODIFIED", "this EndToEndId was used for another order"))
    if outcome.fault is not None:
        return _answered(command, REJECTED, outcome.fault)
    made = next((put for put in outcome.puts if isinstance(put, FundsMovement)), None)
    known = made or state.get(FundsMovement, key)
    if known is None:
        raise LookupError(f"funds {key} are neither made nor known")
    told = _answered(command, _STATUS[known.state], _why(known))
    if made is None:
        return told
    placed = LiquidityOrder(key, account.owner, command.asked, command.end_to_end_id)
    return msgspec.structs.replace(told, puts=(*outcome.puts, placed), postings=outcome.postings)


def _source(state: State, command: MoveLiquidity) -> LedgerAccount | Fault:
    """The SETTLEMENT account that money shall leave or come to, or why it cannot be."""
    if command.fault is not None:
        return command.fault
    sender = command.envelope.sender
    own = {str(each.id): each for each in chosen(state, sender, ())}
    if command.creditor in own:
        target = own[command.creditor]
        if target.type is AccountType.SETTLEMENT:
            if keeper(state, sender, target.currency) is not None and command.debtor not in own:
                return target
            return fault("FORBIDDEN", "funds in are recorded when the settlement agent has them")
        return fault("FORBIDDEN", f"{target.type.value} accounts move by payments and settlement only")
    if command.debtor is not None:
        source = own.get(command.debtor)
        if source is None:
            return fault("UNKNOWN_ACCOUNT", "DbtrAcct is none of your accounts")
        if source.type is not AccountType.SETTLEMENT:
            return fault("FORBIDDEN", f"{source.type.value} accounts move by payments and settlement only")
        return source
    wanted = command.currency or (command.amount.currency if command.amount else None)
    fitting = [
        each for each in own.values() if each.type is AccountType.SETTLEMENT and wanted in (None, each.currency)
    ]
    if len(fitting) != 1:
        return fault("UNKNOWN_ACCOUNT", "DbtrAcct must name one of your settlement accounts")
    return fitting[0]


def _elsewhere(state: State, command: MoveLiquidity, account: LedgerAccount, *, inward: bool) -> Fault | None:
    """Why an agent cannot move money to or from where the order says: it has one account of the participant on file."""
    found = keeper(state, account.owner, account.currency)
    named, place = (command.debtor, "DbtrAcct") if inward else (command.creditor, "CdtrAcct")
    if found is None or named in {None, found.outside}:
        return None
    return fault("UNKNOWN_ACCOUNT", f"{place} is not your account at {found.agent.name}")


def _why(movement: FundsMovement) -> Fault | None:
    if movement.state is not FundsState.ABORTED:
        return None
    return movement.fault or fault("INSUFFICIENT_LIQUIDITY", movement.comment or movement.reason)


def _answered(command: MoveLiquidity | OrderLimits, status: str, reason: Fault | None) -> Outcome:
    reference = command.end_to_end_id if isinstance(command, MoveLiquidity) else None
    body = RequestHandled(command.asked, status, reason, reference)
    event = Event(command.envelope.sender, body, order=command.key)
    return Outcome(events=(event,), state=status)


def ended(step: Step) -> Step:
    """The step of funds, with the receipt that a participant is owed when its own order comes to an end."""

    def decide(state: State, command: Command) -> Outcome:
        return ends(state, step(state, command))

    return decide


def ends(state: State, outcome: Outcome) -> Outcome:
    """An outcome of funds with that receipt."""
    events = tuple(_ends(state, outcome))
    return msgspec.structs.replace(outcome, events=(*outcome.events, *events)) if events else outcome


def _ends(state: State, outcome: Outcome) -> Iterator[Event]:
    for put in outcome.puts:
        order = state.get(LiquidityOrder, put.id) if isinstance(put, FundsMovement) else None
        if order is None or not isinstance(put, FundsMovement) or put.state is FundsState.RESERVED:
            continue
        aborted = put.state is FundsState.ABORTED
        reason = put.fault or fault("NO_FUNDS_OUT", put.reason) if aborted else None
        told = RequestHandled(order.asked, _STATUS[put.state], reason, order.end_to_end_id)
        yield Event(order.asker, told, order=order.asked.message_id, related=order.asked.header)


def _limits(state: State, command: OrderLimits) -> Outcome:
    """All orders of a message, or none: a cap of one's own is at most what the operator gave."""
    if command.fault is not None or not command.orders:
        return _answered(command, REJECTED, command.fault or fault("MISSING_ELEMENT", "LmtDtls"))
    puts: dict[tuple[type, str], Stored] = {}
    uses: list[LimitUse] = []
    for order in command.orders:
        accounts = [each for each in chosen(state, command.envelope.sender, (order.accounts,)) if each.cap is not None]
        if order.fault is not None or not accounts:
            return _answered(command, REJECTED, order.fault or fault("UNKNOWN_ACCOUNT", "it has no limit of yours"))
        for account in accounts:
            limit = _own_limit(state, account, order)
            if isinstance(limit, Fault):
                return _answered(command, REJECTED, limit)
            changed = msgspec.structs.replace(account, cap=limit.chosen, changed=state.now)
            puts[LedgerAccount, changed.key], puts[OwnLimit, limit.key] = changed, limit
            use = limit_use(changed)
            uses += [use] if use is not None else []
    told = Event(command.envelope.sender, LimitsTold(tuple(uses), command.asked), order=command.key)
    outcome = _answered(command, SETTLED, None)
    return msgspec.structs.replace(outcome, puts=tuple(puts.values()), events=(*outcome.events, told))


def _own_limit(state: State, account: LedgerAccount, order: LimitOrder) -> OwnLimit | Fault:
    units = order.units if order.cap is None else order.cap.units
    if units is None or units < 0:
        return fault("MISSING_ELEMENT", "the new limit has no amount")
    if order.cap is not None and order.cap.currency != account.currency:
        return fault("NO_ACCOUNT", f"the account is in {account.currency}")
    known = state.get(OwnLimit, account.key)
    cap = account.cap or 0
    # The operator's word counts from the moment it is given: it replaces what was chosen before.
    given = known.given if known is not None and known.chosen == cap else cap
    if units > given:
        return fault("FORBIDDEN", "your limit may not be above the one the scheme gave you")
    return OwnLimit(account.id, given, units)
