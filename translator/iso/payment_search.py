"""Payments: camt.005 as a search, camt.006 as the pages of what was found."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from iso.messages import camt006
from iso.messages.camt005 import (
    Agents,
    AmountRange,
    Camt005,
    Criterion,
    DateSearch,
    PaymentId,
    PaymentSearch,
    StatusSearch,
)
from iso.messages.camt006 import Camt006, Payment, Status, TransactionReport
from iso.messages.cash import Error
from iso.messages.fields import FinancialInstitution
from iso.messages.shape import Amount
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId, iso_reference, uetr_of
from schemas.canonical.reporting import AskPayments, PaymentChoice, PaymentFact
from schemas.canonical.reporting_events import PaymentsTold
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import TransferState
from schemas.canonical.wire import Envelope
from translator.iso.agents import Directory, Unclear, ids_of, institution_of
from translator.iso.alternatives import NO_STATE, NOTHING, OddError, both
from translator.iso.asked import (
    asked_of,
    identified,
    is_hub,
    owner_refusal,
    query_refusal,
    servicer_refusal,
    units_of,
    unread,
    unwanted,
)
from translator.iso.balances import CREDIT, DEBIT, body_of, error_of, query_of
from translator.iso.moments import date_in, date_out, moment_in, moment_out
from translator.iso.reports import OriginalIds, transfer_named
from translator.outgoing import Task

PAYMENTS: Final = "camt.006"
_PENDING: Final = (TransferState.RESERVED.value, TransferState.FULFILLED_WAITING.value)
_DONE: Final = (TransferState.COMMITTED.value,)
_ENDED: Final = (TransferState.ABORTED.value,)
_FINAL: Final = {"STLD": _DONE, "RJTD": _ENDED, "CAND": _ENDED, "FNLD": (*_DONE, *_ENDED)}
_EITHER: Final = {"PDNG": _PENDING, "FINL": (*_DONE, *_ENDED)}
_ENTRIES: Final = {"PDNG": _PENDING, "BOOK": _DONE}
"""The status of an entry: pending of what is reserved, booked of what is settled; nothing waits for a later day."""
_UNDER_WAY: Final = frozenset({"ACPD", "VALD", "MATD", "AUTD", "STLE", "STLM", "PSTL", "PFST"})
"""What may be said of a payment that is reserved; it is told as PSTL. Others are of payments that wait for somebody."""
_DAY: Final = timedelta(days=1)
_ALTERNATIVES_MAX: Final = 64
_CODE_LENGTH: Final = 4
_WITH_UETR: Final = "camt.006.001.11"


def ask(message: Camt005, envelope: Envelope, directory: Directory) -> AskPayments:
    """A search for payments; what is not understood is refused, since the answer would be to another question."""
    asked = asked_of(message, envelope, unwanted(message.returned))
    envelope = identified(envelope, message)
    wrong = unread(message, ("TxQryDef/TxCrit/NewCrit/RtrCrit",)) or query_refusal(message.query_type)
    if wrong is not None:
        return AskPayments(envelope, asked, fault=wrong)
    try:
        found = (choice for each in message.criteria for choice in _choices(each, envelope.sender, directory))
        choices = list(itertools.islice(found, _ALTERNATIVES_MAX + 1))
    except OddError as error:
        return AskPayments(envelope, asked, fault=error.fault)
    if len(choices) > _ALTERNATIVES_MAX:
        return AskPayments(envelope, asked, fault=fault("TOO_MANY_ELEMENTS", "too many alternatives in one search"))
    return AskPayments(envelope, asked, tuple(choices), message.query_name)


def _choices(criterion: Criterion, asker: FspId, directory: Directory) -> Iterator[PaymentChoice]:
    """Every alternative of a criterion by itself: of each list one, and all of them together."""
    if criterion.accounts:
        detail = "AcctNtrySch/AcctId: payments are not searched for by account; ask for its report by a camt.060"
        raise OddError(fault("NOT_IMPLEMENTED", detail))
    if (refusal := _of_others(criterion, asker, directory)) is not None:
        raise OddError(refusal)
    search = criterion.payment or PaymentSearch()
    plain = PaymentChoice(named=tuple(_names(search)), sent=_sent(search.direction))
    lists: tuple[list[PaymentChoice], ...] = (
        [_agents(search.agents, asker, directory)],
        _ids(search.ids, asker, directory),
        [_status(each) for each in search.statuses],
        [_amount(each) for each in search.amounts],
        [_amount(each) for each in criterion.entry_amounts],
        [PaymentChoice(currencies=search.currencies)],
        [PaymentChoice(currencies=criterion.entry_currencies, sent=_sent(criterion.entry_direction))],
        [one for each in search.execution for one in _times(each)],
        [
            PaymentChoice(
                states=tuple(state for each in criterion.entry_statuses for state in _ENTRIES.get(each, NO_STATE))
            )
        ],
        [_booked(one) for each in criterion.entry_days for one in _times(each)],
        [_day(each) for each in search.settlement_days],
    )
    for parts in itertools.product(*(each for each in lists if each)):
        yield functools.reduce(both, parts, plain)


def _of_others(criterion: Criterion, asker: FspId, directory: Directory) -> Fault | None:
    """Why an owner or a keeper of accounts that is named cannot be asked about."""
    servicer = servicer_refusal(ids_of(criterion.account_servicer), directory)
    return owner_refusal(criterion.account_owner, asker, directory) or servicer


def _names(search: PaymentSearch) -> Iterator[tuple[str, ...]]:
    """For each kind of id that is given the names of which a payment must have one."""
    if search.uetrs:
        yield tuple(uetr.lower() for uetr in search.uetrs)
    if search.transaction_ids:
        yield tuple(name for text in search.transaction_ids for name in _transaction(text))
    for given in (search.message_ids, search.end_to_end_ids):
        if given:
            yield given


def _ids(given: tuple[PaymentId, ...], asker: FspId, directory: Directory) -> list[PaymentChoice]:
    """The payments that are named: those by one id and nothing else together, others each by itself."""
    found = [_one(each, asker, directory) for each in given]
    plain = [each for each in found if len(each.named) == 1 and each == PaymentChoice(named=each.named)]
    names = tuple(dict.fromkeys(name for each in plain for name in each.named[0]))
    return [*([PaymentChoice(named=(names,))] if names else []), *(each for each in found if each not in plain)]


def _one(given: PaymentId, asker: FspId, directory: Directory) -> PaymentChoice:
    """One payment by everything that its PmtId says of it."""
    ids = (
        (given.uetr.lower(),) if given.uetr else (),
        _transaction(given.transaction_id) if given.transaction_id else (),
        *((text,) if text else () for text in (given.end_to_end_id, given.proprietary)),
    )
    units = None if given.amount is None else _units(given.amount)
    found = PaymentChoice(named=tuple(filter(None, ids)), least=units, most=units)
    if given.settlement_date is not None:
        day = _begin(given.settlement_date)
        # The date is that of the sender's own clock, which may be a day before or behind.
        found = both(found, PaymentChoice(since=day - _DAY, until=day + 2 * _DAY))
    return both(found, _agents(Agents(given.instructing, given.instructed), asker, directory))


def _transaction(text: str) -> tuple[str, ...]:
    named = transfer_named(OriginalIds(transaction_id=text))
    return (text, named) if named is not None and named != text else (text,)


def _sent(direction: str | None) -> bool | None:
    return None if direction is None else direction == DEBIT


def _agents(agents: Agents | None, asker: FspId, directory: Directory) -> PaymentChoice:
    """Payments between the agents that are named; the asker is one of the two in all of them."""
    if agents is None:
        return PaymentChoice()
    payers = _resolved((agents.instructing, agents.debtor_agent), directory)
    payees = _resolved((agents.instructed, agents.creditor_agent), directory)
    if len(payers) > 1 or len(payees) > 1 or (payers and payees and asker not in payers | payees):
        return NOTHING
    sent, others = None, {*payers, *payees} - {asker}
    if asker in payers or payees - {asker}:
        sent = True
    elif asker in payees or payers:
        sent = False
    return PaymentChoice(sent=sent, counterparties=tuple(sorted(others)))


def _resolved(agents: Iterable[FinancialInstitution | None], directory: Directory) -> set[FspId]:
    found: set[FspId] = set()
    for agent in agents:
        ids = ids_of(agent)
        if ids.given:
            name = directory.resolve(ids)
            if name is not None and not isinstance(name, Unclear) and is_hub(name, directory):
                continue  # the hub is between all agents
            # nobody is called by an empty name, and so nothing fits an agent that is not known
            found.add(FspId("") if name is None or isinstance(name, Unclear) else name)
    return found


def _status(given: StatusSearch) -> PaymentChoice:
    states: tuple[str, ...] = ()
    if given.pending is not None:
        states = _PENDING if given.pending in _UNDER_WAY else NO_STATE
    elif given.final is not None:
        states = _FINAL.get(given.final, NO_STATE)
    elif given.either is not None:
        states = _EITHER.get(given.either, (*_PENDING, *_DONE, *_ENDED))
    since, until = given.since, given.until
    if given.moments is not None:
        since, until = given.moments.least, given.moments.most
    return PaymentChoice(states=states, completed_since=_moment(since), completed_until=_moment(until))


def _amount(given: AmountRange) -> PaymentChoice:
    least, most = given.least, given.most
    if given.bounds is not None:
        least, most = given.bounds.least, given.bounds.most
    if given.exactly is not None:
        units = _units(given.exactly)
        found = PaymentChoice(least=units, most=units)
    else:
        found = PaymentChoice(
            least=_units(least.amount) + (not least.included) if least is not None else None,
            most=_units(most.amount) - (not most.included) if most is not None else None,
            other_than=_units(given.other_than) if given.other_than is not None else None,
        )
    currencies = (given.currency,) if given.currency else ()
    return msgspec.structs.replace(found, currencies=currencies, sent=_sent(given.direction))


def _units(text: str) -> int:
    units = units_of(text)
    if units is None:
        raise OddError(fault("MALFORMED_AMOUNT", f"{text[:20]} is no amount that is kept here"))
    return units


def _times(given: DateSearch) -> list[PaymentChoice]:
    """The time that is asked for; all but a day is what is before and what is after it."""
    if given.not_day is None:
        return [_time(given)]
    day = _begin(given.not_day)
    return [PaymentChoice(until=day), PaymentChoice(since=day + _DAY)]


def _booked(given: PaymentChoice) -> PaymentChoice:
    """A time as that of an entry: when it was booked, not when it was ordered."""
    return PaymentChoice(completed_since=given.since, completed_until=given.until)


def _time(given: DateSearch) -> PaymentChoice:
    if given.day is not None:
        return _day(given.day)
    first, last = given.from_day, given.to_day
    if given.days is not None:
        first, last = given.days.least, given.days.most
    since, until = _moment(given.since), _moment(given.until)
    if given.moments is not None:
        since, until = _moment(given.moments.least), _moment(given.moments.most)
    return PaymentChoice(
        since=_begin(first) if first is not None else since,
        until=_begin(last) + _DAY if last is not None else until,
    )


def _moment(text: str | None) -> datetime | None:
    found = moment_in(text)
    if text and found is None:
        raise OddError(fault("WRONG_DATE", f"{text[:35]} is no moment that payments are searched by"))
    return found


def _day(text: str) -> PaymentChoice:
    return PaymentChoice(since=_begin(text), until=_begin(text) + _DAY)


def _begin(text: str) -> datetime:
    day = date_in(text)
    if day is None or not date(1970, 1, 1) <= day < date(9999, 1, 1):
        raise OddError(fault("WRONG_DATE", f"{text[:20]} is no day that payments are searched in"))
    return datetime.combine(day, time(), UTC)


def render(told: PaymentsTold, task: Task) -> bytes:
    """The camt.006 Document; its QryNm is the name under which a camt.005 asks for the next page."""
    version = task.definition(PAYMENTS)
    errors = (error_of(told.fault),) if told.fault is not None else ()
    if not errors and not told.facts:
        errors = (Error(proprietary="NONE", description="no payment of yours fits"),)
    message = Camt006(
        message_id=task.context.message_id,
        created=moment_out(task.context.now),
        page=str(told.page) if not errors else None,
        last_page=told.query is None if not errors else None,
        **query_of(told.asked),
        query_name=told.query,
        count=str(len(told.facts)) if not errors else None,
        reports=tuple(_report(fact, version, told.asked.without, task) for fact in told.facts) if not errors else (),
        errors=errors,
        definition=version,
    )
    return body_of(camt006.write(message, version), version, task)


def _report(fact: PaymentFact, version: str, without: tuple[str, ...], task: Task) -> TransactionReport:
    known = fact.references or IsoReferences()
    sent = fact.payer == task.receiver.name
    amount = Amount(fact.amount.iso, fact.amount.currency)
    agents = (
        institution_of(task.context.participant(name), name) if name else None for name in (fact.payer, fact.payee)
    )
    debtor, creditor = agents
    payment = Payment(
        direction=DEBIT if sent else CREDIT,
        message_id=known.message_id,
        statuses=(_told(fact),),
        settled=amount,
        transaction_id=known.transaction_id,
        settlement_date=known.settlement_date or date_out(fact.created),
        end_to_end_id=known.end_to_end_id,
        debtor_agent=debtor,
        creditor_agent=creditor,
    )
    payment = msgspec.structs.replace(payment, **dict.fromkeys(without))
    if version >= _WITH_UETR:
        return TransactionReport(uetr=known.uetr or uetr_of(TransferId(fact.id)), payment=payment)
    return TransactionReport(transaction_id=known.transaction_id or iso_reference(TransferId(fact.id)), payment=payment)


def _told(fact: PaymentFact) -> Status:
    since = moment_out(fact.changed or fact.created)
    if fact.state in _PENDING:
        return Status(pending="PSTL", moment=since)
    if fact.state in _DONE:
        return Status(final="STLD", moment=since)
    reason = fact.fault
    code = reason.iso if reason is not None and len(reason.iso) <= _CODE_LENGTH else "NARR"
    return Status(
        final="RJTD", moment=since, rejection=code, rejection_text=reason.description if reason else "no reason given"
    )
