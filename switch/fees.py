"""Fees in the ledger lane: agreed with the reservation of a payment, charged in the transaction that commits it. Pure.

A fee is owed on INTERCHANGE_FEE accounts, to another participant or to the hub's HUB_FEE account, in the window of its
payment; a model for that account type settles it. Without such a model, or without any rule, there are no fees.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from fspiop import ilp
from fspiop.messages.quotes import Transaction
from schemas.canonical.commands import Command, Prepare
from schemas.canonical.faults import fault
from schemas.canonical.fees import (
    PREFIXES,
    RETURNS,
    CreateFeeRule,
    Fee,
    FeeKind,
    FeeRule,
    FeeSide,
    OnReturn,
    SetFeeRuleActive,
)
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.returns import PartState, ReturnPart, Returns
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect
from settlement.fees import Facts, fee_of, fitting, given_back, ranked
from settlement.netting import model_of
from switch.accounts import done, new_accounts, next_number, refused
from switch.state import State

FEES: Final = AccountType.INTERCHANGE_FEE
INSTITUTIONS: Final = "pacs.009"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about fee rules."""
    match command:
        case CreateFeeRule(rule=rule):
            return _create(state, rule)
        case SetFeeRuleActive(name=name, active=active):
            found = next((rule for rule in rules_of(state) if rule.name == name), None)
            if found is None:
                return refused(fault("ID_NOT_FOUND", "there is no fee rule of this name"))
            return done(msgspec.structs.replace(found, active=active))
        case _:
            raise ValueError(f"{type(command).__name__} is not about fees")


def _create(state: State, rule: FeeRule) -> Outcome:
    if any(known.name == rule.name for known in rules_of(state)):
        return refused(fault("CLIENT_ERROR", f"a fee rule {rule.name} exists already"))
    strangers = [name for name in (*rule.payers, *rule.payees) if state.get(Participant, name) is None]
    if strangers:
        return refused(fault("CLIENT_ERROR", f"{strangers[0]} is no participant"))
    models = [model for model in state.all(SettlementModel) if model.active and model.ledger_account_type == FEES]
    if not any(None in {model.currency, rule.currency} or model.currency == rule.currency for model in models):
        text = f"no settlement model settles {FEES} in {rule.currency or 'any currency'}: make one first"
        return refused(fault("CLIENT_ERROR", text))
    return done(rule)


def rules_of(state: State) -> list[FeeRule]:
    """Every rule: those of the operator API, and those of the settings that it has not taken over."""
    kept = state.all(FeeRule) if state.holds(FeeRule) else []
    if not state.profile.fee_rules:
        return kept
    names = {rule.name for rule in kept}
    return [*kept, *(rule for rule in state.profile.fee_rules if rule.name not in names)]


def agreed(state: State, command: Prepare, payee: FspId) -> tuple[Fee, ...]:
    """What a payment that is being reserved will cost when it is committed."""
    rules = rules_of(state)
    if not rules:
        return ()
    currency, units = command.amount.currency, command.amount.units
    if model_of(state.all(SettlementModel), FEES.value, currency) is None:
        return ()
    found = fitting(ranked(rules), _facts(command, payee))
    fees = (_fee(state, rule, command.payer, payee, fee_of(rule, units, currency)) for rule in found)
    return tuple(fee for fee in fees if fee.units and _holds(state, fee, currency))


def _facts(command: Prepare, payee: FspId) -> Facts:
    named = command.terms.references
    return Facts(
        command.payer,
        payee,
        command.amount.units,
        command.amount.currency,
        _message(command),
        lambda: _scenario(command),
        named.category_purpose if named else None,
        named.service_level if named else None,
    )


def _message(command: Prepare) -> str:
    if command.target is not None:
        return command.resource
    if command.returns is not None:
        return RETURNS
    if command.envelope.dialect is not Dialect.ISO_XML:
        return command.resource
    named = command.terms.references.message_name if command.terms.references else None
    return INSTITUTIONS if (named or "").startswith(INSTITUTIONS) else "pacs.008"


def _scenario(command: Prepare) -> str:
    """What payer and payee agreed on; of a transfer between DFSPs only the packet says it."""
    try:
        packet = ilp.decode(command.terms.packet or "")
        return msgspec.json.decode(packet.data, type=Transaction).transaction_type.scenario
    except (ilp.IlpError, msgspec.DecodeError, RecursionError):
        return command.terms.scenario


def _fee(state: State, rule: FeeRule, payer: FspId, payee: FspId, units: int) -> Fee:
    debtor, other = (payer, payee) if rule.paid_by is FeeSide.PAYER else (payee, payer)
    creditor = other if rule.kind is FeeKind.INTERCHANGE else state.profile.hub
    return Fee(rule.name, rule.kind, debtor, creditor, units, rule.on_return is OnReturn.REVERSE)


def _holds(state: State, fee: Fee, currency: str) -> bool:
    """Who pays or gets a fee must hold its currency: nobody could settle it otherwise."""
    sides = [side for side in (fee.debtor, fee.creditor) if side != state.profile.hub]
    held = all(state.account(side, AccountType.POSITION, currency) is not None for side in sides)
    return held and fee.debtor != fee.creditor


def charged(state: State, outcome: Outcome, window: int) -> Outcome:
    """The outcome with the fees of the payments that it commits, and what goes back with those that it returns."""
    for put in outcome.puts:
        if isinstance(put, Transfer | Returns) and put.fees:
            return _charged(state, outcome, window)
    return outcome


def _charged(state: State, outcome: Outcome, window: int) -> Outcome:
    moves = [*_due(state, outcome), *_back(state, outcome)]
    if not moves:
        return outcome
    opened: dict[tuple[FspId, str], LedgerAccount] = {}
    postings: list[Posting] = []
    for reference, debtor, creditor, units, currency in moves:
        debit, credit = (_account(state, owner, currency, opened) for owner in (debtor, creditor))
        postings.append(Posting(reference, Phase.POST, debit.id, credit.id, units, window=window))
    return msgspec.structs.replace(
        outcome, puts=(*outcome.puts, *opened.values()), postings=(*outcome.postings, *postings)
    )


_Move = tuple[str, FspId, FspId, int, str]
"""Reference, debtor, creditor, units, currency."""


def _due(state: State, outcome: Outcome) -> Iterator[_Move]:
    # The last value of each counts: a bulk puts the same record once an item.
    ended = {put.id: put for put in outcome.puts if isinstance(put, Transfer)}
    for transfer in ended.values():
        if not transfer.fees or transfer.state is not TransferState.COMMITTED:
            continue
        before = state.get(Transfer, transfer.id)
        if before is not None and before.final:
            continue
        for fee in transfer.fees:
            yield fee.reference(transfer.id), fee.debtor, fee.creditor, fee.units, transfer.amount.currency


def _back(state: State, outcome: Outcome) -> Iterator[_Move]:
    counts = {put.id: put for put in outcome.puts if isinstance(put, Returns) and put.fees}
    for count in counts.values():
        before = state.get(Returns, count.id)
        known = {part.id for part in _done(before)}
        returned = before.done if before is not None else 0
        for part in _done(count):
            if part.id not in known:
                yield from _of_part(count, part.id, returned, returned + part.units)
                returned += part.units


def _done(count: Returns | None) -> Iterable[ReturnPart]:
    return () if count is None else (part for part in count.parts if part.state is PartState.DONE)


def _of_part(count: Returns, key: TransferId, before: int, after: int) -> Iterator[_Move]:
    if count.amount is None:
        raise ValueError(f"the returns of {count.id} know fees and no amount")
    units, currency = count.amount.units, count.amount.currency
    for fee in count.fees:
        share = given_back(fee.units, after, units, currency) - given_back(fee.units, before, units, currency)
        if share:
            yield fee.reference(key, back=True), fee.creditor, fee.debtor, share, currency


def _account(
    state: State, owner: FspId, currency: str, opened: dict[tuple[FspId, str], LedgerAccount]
) -> LedgerAccount:
    """The account fees are booked on; opened when the first one is."""
    kind = AccountType.HUB_FEE if owner == state.profile.hub else FEES
    found = state.account(owner, kind, currency) or opened.get((owner, currency))
    if found is None:
        (found,) = new_accounts(state, owner, currency, [kind], next_number(state) + len(opened), active=True)
        opened[owner, currency] = found
    return found


def is_fee(reference: str) -> bool:
    """Whether entries of that reference are a fee, or one that went back."""
    return reference.startswith(tuple(PREFIXES.values()))
