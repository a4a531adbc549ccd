"""Orders about one's own money and limits: camt.050 and camt.011, and camt.025 as the receipt of every request."""

from typing import Final

from iso.messages import camt025
from iso.messages.camt011 import ALL_CURRENT, CURRENT, Camt011, LimitChange
from iso.messages.camt025 import Camt025, Handling, ReceiptDetails
from iso.messages.camt050 import Camt050
from iso.messages.shape import Amount
from schemas.canonical.events import Refused
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, derived_uuid
from schemas.canonical.money import Money, MoneyError
from schemas.canonical.participants import AccountType
from schemas.canonical.reporting import AccountChoice, LimitOrder, MoveLiquidity, OrderLimits
from schemas.canonical.reporting_events import RequestHandled
from schemas.canonical.reports import Asked
from schemas.canonical.wire import Envelope
from translator.faults import reason_of
from translator.iso.agents import Directory
from translator.iso.asked import asked_of, identified, number_of, owner_refusal, units_of, unread
from translator.iso.balances import body_of
from translator.iso.moments import date_in, moment_out
from translator.outgoing import Task

RECEIPT: Final = "camt.025"
_REJECTED: Final = "RJCT"
_LIMIT_TYPES: Final = frozenset({"MULT", "NELI", "GLBL", "NET_DEBIT_CAP"})
_DESCRIBED_MAX: Final = 140
_WITH_REASONS: Final = "camt.025.001.08"


def move(message: Camt050, envelope: Envelope, directory: Directory) -> MoveLiquidity:
    """An order to move one's own money; its EndToEndId is what makes it the same order again."""
    sender = envelope.sender
    name = message.end_to_end_id or message.instruction_id or message.message_id
    amount, units, wrong = _amount(message.amount, message.plain_amount)
    account = message.debtor_account
    refusal = (
        unread(message)
        or _onwards(envelope)
        or owner_refusal(message.debtor, sender, directory)
        or owner_refusal(message.creditor, sender, directory)
        or wrong
        or _day(message, envelope)
    )
    return MoveLiquidity(
        identified(envelope, message),
        asked_of(message, envelope),
        derived_uuid("camt.050", sender, name),
        name,
        number_of(account),
        number_of(message.creditor_account),
        amount,
        units,
        account.currency if account else None,
        refusal,
    )


def _onwards(envelope: Envelope) -> Fault | None:
    """A transfer that the header addresses to an agent, or anybody else, would be another's order, not the hub's."""
    if envelope.receiver is None:
        return None
    detail = f"camt.050 is not passed on to {envelope.receiver}: address the hub, which has the money moved itself"
    return fault("WRONG_AGENT", detail)


def _amount(given: Amount | None, plain: str | None) -> tuple[Money | None, int | None, Fault | None]:
    """The amount with its currency, or its units where the account has the currency; or why it is none."""
    if given is None:
        units = units_of(plain)
        wrong = None if units else fault("ZERO_AMOUNT" if units == 0 else "MALFORMED_AMOUNT", f"'{plain}'")
        return None, units, wrong
    try:
        amount = Money.parse_iso(given.text, given.currency)
    except MoneyError as error:
        return None, None, fault(error.fault, error.detail)
    return (amount, None, None) if amount.units else (None, None, fault("ZERO_AMOUNT", "nothing is to be moved"))


def _day(message: Camt050, envelope: Envelope) -> Fault | None:
    """Money moves on the day its order comes in, or never."""
    if message.settlement_date is None or envelope.received_at is None:
        return None
    day, today = date_in(message.settlement_date), envelope.received_at.date()
    if day is None or day < today:
        return fault("WRONG_DATE", f"SttlmDt {message.settlement_date} is over")
    return fault("FUTURE_DATE", f"SttlmDt {message.settlement_date} is to come") if day > today else None


def limits(message: Camt011, envelope: Envelope, directory: Directory) -> OrderLimits:
    """An order to change one's own limits."""
    orders = tuple(_order(each, envelope.sender, directory) for each in message.changes)
    return OrderLimits(identified(envelope, message), asked_of(message, envelope), orders, unread(message))


def _order(change: LimitChange, asker: FspId, directory: Directory) -> LimitOrder:
    cap, units, wrong = _limit_amount(change)
    refusal = wrong or owner_refusal(change.owner, asker, directory)
    kind = change.type_code or change.type_proprietary
    if change.scope not in {CURRENT, ALL_CURRENT}:
        refusal = refusal or fault("NOT_IMPLEMENTED", "there are no default limits; change the current one (Cur)")
    elif kind not in _LIMIT_TYPES or change.counterparty is not None:
        refusal = refusal or fault("NOT_IMPLEMENTED", f"the limit of an account is of type MULT, not {kind}")
    elif change.start_date or change.start_moment:
        refusal = refusal or fault("NOT_IMPLEMENTED", "a limit holds from now on; leave StartDtTm out")
    number = change.iban or change.other_id
    choice = AccountChoice(
        ids=(number,) if number else (),
        types=(AccountType.POSITION.value,),
        currencies=(cap.currency,) if cap is not None else (),
    )
    return LimitOrder(choice, cap, units, refusal)


def _limit_amount(change: LimitChange) -> tuple[Money | None, int | None, Fault | None]:
    cap, units, wrong = _amount(change.amount, change.plain_amount)
    if wrong is not None and wrong.name == "ZERO_AMOUNT":
        # a limit may be nothing at all
        given = change.amount
        return (Money(0, given.currency), None, None) if given is not None else (None, 0, None)
    return cap, units, wrong


def render(told: RequestHandled, task: Task) -> bytes:
    """The camt.025 Document."""
    return _receipt(told.asked, told.status, told.fault, told.reference, task)


def render_refusal(body: Refused, task: Task) -> bytes:
    """The camt.025 Document about a message that became no question and no order; its key is the message's id."""
    return _receipt(Asked(body.key), _REJECTED, body.fault, None, task)


def _receipt(asked: Asked, status: str, wrong: Fault | None, reference: str | None, task: Task) -> bytes:
    version = task.definition(RECEIPT)
    described = f"{wrong.iso} {wrong.description}"[:_DESCRIBED_MAX] if wrong is not None else None
    if version < _WITH_REASONS:
        handling = Handling(status, description=described)
    else:
        reason = reason_of(wrong, task.losses, task.context.charset) if wrong is not None else None
        handling = Handling(status, reason=reason)
    message = Camt025(
        message_id=task.context.message_id,
        created=moment_out(task.context.now),
        receipts=(
            ReceiptDetails(
                original_message_id=asked.message_id,
                original_message_name=asked.message_name or None,
                proprietary_id=reference,
                handling=(handling,),
            ),
        ),
        definition=version,
    )
    return body_of(camt025.write(message, version), version, task)
