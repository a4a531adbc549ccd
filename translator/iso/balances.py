"""Balances and limits: camt.003 as a question, camt.004 and camt.010 as what is told."""

from typing import Any, Final

from iso.messages import camt004, camt010
from iso.messages.camt003 import Camt003, Criterion
from iso.messages.camt004 import AccountData, AccountReport, Balance, Camt004
from iso.messages.camt010 import Camt010, Limit
from iso.messages.cash import Error
from iso.messages.fields import ORGANISATION, OtherId, Party
from iso.messages.shape import Amount
from iso.messages.writing import Written
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.reporting import AccountChoice, AskBalances
from schemas.canonical.reporting_events import Balances, BalancesTold, LimitsTold, LimitUse
from schemas.canonical.reports import Asked
from schemas.canonical.wire import Envelope
from translator.iso.agents import Directory, hub_institution, ids_of, institution_of
from translator.iso.asked import (
    account_type,
    asked_of,
    identified,
    owner_refusal,
    query_refusal,
    servicer_refusal,
    types_of,
    unread,
    unwanted,
)
from translator.iso.moments import moment_out
from translator.losses import Loss
from translator.outgoing import Task

ACCOUNTS: Final = "camt.004"
LIMITS: Final = "camt.010"
CREDIT, DEBIT = "CRDT", "DBIT"
_MULTILATERAL: Final = "MULT"
_IN_FORCE: Final = {True: "ENAB", False: "DISA"}
_ALL: Final = 100
_BALANCES: Final = ("BOOK", "AVLB", "PDNG", "OPNG")
"""The types of balances that there are."""


def ask(message: Camt003, envelope: Envelope, directory: Directory) -> AskBalances:
    """A question about accounts; what is not understood is refused, since the answer would be to another question."""
    choices = tuple(_choice(each) for each in message.criteria)
    types = tuple(dict.fromkeys(name for each in message.criteria for name in _types(each)))
    asked = asked_of(message, envelope, unwanted(message.returned))
    wrong = unread(message) or _refusal(message, envelope.sender, directory)
    return AskBalances(identified(envelope, message), asked, choices, types, wrong)


def _choice(given: Criterion) -> AccountChoice:
    exact = tuple(number for each in given.accounts if (number := each.iban or each.other_id))
    return AccountChoice(
        exact,
        tuple(each.contains for each in given.accounts if each.contains),
        tuple(each.contains_not for each in given.accounts if each.contains_not),
        types_of(given.types),
        given.currencies,
    )


def _types(given: Criterion) -> tuple[str, ...]:
    return tuple(sorted({code.value for one in given.balances for code in one.types}))


def _refusal(message: Camt003, asker: FspId, directory: Directory) -> Fault | None:
    if message.query_name is not None:
        return fault("NOT_IMPLEMENTED", f"there is no query called {message.query_name}")
    if (kind := query_refusal(message.query_type)) is not None:
        return kind
    wanted = {_types(each) for each in message.criteria}
    odd = next((name for types in wanted for name in types if name not in _BALANCES), None)
    if odd is not None:
        return fault("NOT_IMPLEMENTED", f"Bal/Tp {odd[:35]}: balances are {', '.join(_BALANCES)}")
    if len(wanted) > 1:
        return fault("NOT_IMPLEMENTED", "Bal/Tp differs between SchCrit; ask for the accounts of each by themselves")
    for each in message.criteria:
        if any(one.counterparty == "BILA" for one in each.balances):
            return fault("NOT_IMPLEMENTED", "there are no bilateral balances here")
        wrong = owner_refusal(each.owner, asker, directory) or servicer_refusal(ids_of(each.servicer), directory)
        if wrong is not None:
            return wrong
    return None


def error_of(wrong: Fault) -> Error:
    """Why there is no answer."""
    return Error(proprietary=wrong.iso, description=wrong.description)


def render_balances(told: BalancesTold, task: Task) -> bytes:
    """The camt.004 Document."""
    version = task.definition(ACCOUNTS)
    without = _without(told.asked)
    message = Camt004(
        message_id=task.context.message_id,
        created=moment_out(task.context.now),
        **query_of(told.asked),
        query_name=told.notice,
        accounts=tuple(_account(each, without, task) for each in told.accounts) if told.fault is None else (),
        errors=(error_of(told.fault),) if told.fault is not None else (),
        definition=version,
    )
    return body_of(camt004.write(message, version), version, task)


def query_of(asked: Asked | None) -> dict[str, Any]:
    """What is answered, as the fields of an answer."""
    if asked is None:
        return {}
    return {
        "query_message_id": asked.message_id,
        "query_message_name": asked.message_name,
        "query_created": asked.created,
    }


def _without(asked: Asked | None) -> frozenset[str]:
    return frozenset(asked.without if asked is not None else ())


def _account(told: Balances, without: frozenset[str], task: Task) -> AccountReport:
    account, context = told.account, task.context
    shown = told.cap is not None and "limit" not in without
    limit = Money(told.cap or 0, account.currency) if shown else None
    data = AccountData(
        name=None if "name" in without else f"{account.owner} {account.type} {account.currency}",
        type=None if "type" in without else account_type(account.type),
        currency=None if "currency" in without else account.currency,
        limit=Amount(limit.iso, account.currency) if limit is not None else None,
        limit_direction=DEBIT if limit is not None else None,
        owner=None if "owner" in without else owner_of(account.owner, task),
        servicer=None if "servicer" in without else hub_institution(context.hub),
        balances=tuple(_balance(name, units, account.currency, without, task) for name, units in told.amounts),
    )
    return AccountReport(other_id=str(account.id), account=data)


def _balance(name: str, units: int, currency: str, without: frozenset[str], task: Task) -> Balance:
    return Balance(
        amount=Money(abs(units), currency).iso,
        direction=direction_of(units),
        code=None if "balance_type" in without else name,
        value_moment=None if "balance_value_date" in without else moment_out(task.context.now),
    )


def direction_of(units: int) -> str:
    """CRDT or DBIT, as the owner of the account sees it; nothing is a credit."""
    return DEBIT if units < 0 else CREDIT


def owner_of(name: FspId, task: Task) -> Party:
    """A participant as the owner of an account."""
    found = task.context.participant(name)
    profile = found.iso if found is not None else None
    return Party(
        name=name,
        kind=ORGANISATION,
        any_bic=profile.bic if profile else None,
        lei=profile.lei if profile else None,
        ids=(OtherId(name),),
    )


def render_limits(told: LimitsTold, task: Task) -> bytes:
    """The camt.010 Document."""
    version = task.definition(LIMITS)
    wrong = told.fault or (None if told.limits else fault("UNKNOWN_ACCOUNT", "there is no limit"))
    message = Camt010(
        message_id=task.context.message_id,
        created=moment_out(task.context.now),
        **query_of(told.asked),
        limits=tuple(_limit(each, task) for each in told.limits) if wrong is None else (),
        errors=(error_of(wrong),) if wrong is not None else (),
        definition=version,
    )
    return body_of(camt010.write(message, version), version, task)


def _limit(use: LimitUse, task: Task) -> Limit:
    account, currency = use.account, use.account.currency
    return Limit(
        type_code=_MULTILATERAL,
        owner=institution_of(task.context.participant(account.owner), account.owner),
        other_id=str(account.id),
        amount=Amount(Money(use.cap, currency).iso, currency),
        direction=DEBIT,
        status=_IN_FORCE[use.active],
        used=Amount(Money(use.used, currency).iso, currency),
        used_direction=DEBIT,
        used_percent=str(use.used * _ALL // use.cap) if use.cap else None,
        remaining=Amount(Money(max(use.cap - use.used, 0), currency).iso, currency),
    )


def body_of(written: Written, version: str, task: Task) -> bytes:
    """The Document, with what its version has no room for among the losses."""
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body
