"""What must hold before money is reserved, in the hub's order of checks; the first that fails gives the fault."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

import msgspec

from fspiop import ilp
from fspiop.messages.quotes import Transaction
from schemas.canonical.commands import Fulfil, Note, Prepare, Reject
from schemas.canonical.conversion import Leg, Side
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.system import Presence
from schemas.canonical.transfer import Transfer
from settlement.limits import cover_of, refusal
from switch.conversions import Route, route, side_of, tied
from switch.fulfilments import key_that_fits
from switch.gross_way import refusal as unbookable
from switch.state import State

_MILLI: Final = timedelta(milliseconds=1)
ON_US: Final = "Payer FSP and Payee FSP should be different, unless on-us tranfers are allowed by the Scheme"
"""Letter by letter as hubs in use say it: tools compare the text."""
_DIGITS: Final = 18
"""Digits of an amount of one transfer, before and after the point together; ISO 20022 has the same bound."""


class Granted(NamedTuple):
    """Reservations that may be made, with what was checked; the route; the hub key that knows the preimage."""

    postings: tuple[Posting, ...]
    route: Route
    hub_key: str | None


def same_fsp(left: str, right: str) -> bool:
    """Whether two names mean one participant; FSPIOP compares them without regard to case."""
    return left.casefold() == right.casefold()


def shown(moment: datetime) -> str:
    """A moment as texts for DFSPs have it: UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_bank(state: State, name: FspId) -> bool:
    """Whether that participant speaks ISO 20022 XML."""
    found = state.get(Participant, name)
    return found is not None and found.iso is not None


def examine(state: State, command: Prepare) -> Granted | Fault:
    """Check a Prepare whose id is new and whose sender is its payer."""
    if command.fault is not None:
        # What intake found wrong while it could still read the message.
        return command.fault
    way = route(state, command, command.payee or FspId(""))
    if isinstance(way, Fault):
        return way
    checks: tuple[_Check, ...] = (*_FIRST, partial(_accounts, way=way), *_THEN)
    for check in checks:
        found = check(state, command)
        if found is not None:
            return found
    return _money(state, command, _creditable(state, command, way))


def _payee(command: Prepare) -> FspId:
    if command.payee is None:
        raise ValueError("a Prepare without payee passed the checks")
    return command.payee


def _amount(_state: State, command: Prepare) -> Fault | None:
    for amount in (command.amount, command.target):
        if amount is not None and amount.units <= 0:
            return fault("ZERO_AMOUNT", "the amount must be more than 0")
        if amount is not None and len(amount.fspiop.replace(".", "").lstrip("0")) > _DIGITS:
            return fault("VALIDATION", f"Amount {amount.fspiop} exceeds allowed precision of {_DIGITS}")
    return None


def _payer_active(state: State, command: Prepare) -> Fault | None:
    payer = state.get(Participant, command.payer)
    if payer is None:
        return fault("UNKNOWN_PAYER", f"Participant {command.payer} not found")
    if payer.settles:
        return _of_agent(payer)
    return None if payer.active else fault("PARTICIPANT_INACTIVE", f"Participant {payer.name} is inactive")


def _of_agent(party: Participant) -> Fault:
    """A settlement agent books what others pay."""
    return fault("FORBIDDEN", f"{party.name} is a settlement agent: it neither pays nor is paid")


def _payee_active(state: State, command: Prepare) -> Fault | None:
    payee = state.get(Participant, command.payee) if command.payee else None
    if payee is None:
        return fault("UNKNOWN_PAYEE", f"Participant {command.payee or ''} not found")
    if payee.settles:
        return _of_agent(payee)
    if not payee.active:
        return fault("PARTICIPANT_INACTIVE", f"Participant {payee.name} is inactive")
    presence = state.get(Presence, payee.name) if state.profile.refuse_signed_off else None
    away = presence is not None and presence.signed_off
    return fault("SIGNED_OFF", f"{payee.name} has signed off") if away else None


def _condition(state: State, command: Prepare) -> Fault | None:
    """Two banks need no condition: their signed messages are the proof. Everybody else does."""
    if is_bank(state, command.payer) and is_bank(state, _payee(command)):
        return None
    try:
        ilp.hash_bytes(command.condition or "")
    except ilp.IlpError:
        return fault("VALIDATION", "Condition validation failed")
    return None


def _expiry(state: State, command: Prepare) -> Fault | None:
    if command.expiry <= state.now:
        return fault("ALREADY_EXPIRED", f"Expiration date {shown(command.expiry)} is already in the past")
    needed = state.profile.hops.needed(side_of(state, command))
    if not needed:
        return None
    own = (one.expiry for one in tied(state, command.transfer_id, command.payer, _payee(command)) if not one.final)
    left = min([command.expiry, *own]) - state.now
    return None if left >= needed else fault("TOO_LITTLE_TIME", f"{left // _MILLI} ms are left of {needed // _MILLI}")


def _not_on_us(state: State, command: Prepare) -> Fault | None:
    if same_fsp(command.payer, _payee(command)) and not state.profile.on_us:
        return fault("VALIDATION", ON_US)
    return None


def _accounts(state: State, command: Prepare, way: Route) -> Fault | None:
    for owner, currency, demanded in _needed(state, command, way):
        account = state.account(owner, AccountType.POSITION, currency)
        if account is None:
            return fault("NO_ACCOUNT", f"Participant {owner} {currency} account not found")
        if demanded and not account.active:
            return fault("ACCOUNT_INACTIVE", f"Participant {owner} {currency} account is inactive")
    return None


def _needed(state: State, command: Prepare, way: Route) -> Iterator[tuple[FspId, str, bool]]:
    """Owner and currency of the accounts there must be, and whether they must be active.

    A provider needs both currencies; its client one, or both if it simply buys money.
    """
    payer, payee, currency = command.payer, _payee(command), command.amount.currency
    if command.target is None:
        debtor = way.legs[0].debtor if way.legs else payer
        yield debtor, currency, True
        if not _may_convert(state, command):
            yield payee, currency, state.profile.check_payee_currency
        return
    if way.side is not Side.PAYEE:
        yield payer, currency, True
    if way.side is not Side.PAYER:
        yield payer, command.target.currency, True
    yield payee, currency, True
    yield payee, command.target.currency, True


def _may_convert(state: State, command: Prepare) -> bool:
    """Whether a payee without an account in this currency may still have the money converted."""
    payee = _payee(command)
    if not state.profile.payee_conversion or state.profile.check_payee_currency or is_bank(state, payee):
        return False
    currency, stands_in = command.amount.currency, AccountType.HUB_MULTILATERAL_SETTLEMENT
    if state.account(state.profile.hub, stands_in, currency) is None:
        return False
    return state.account(payee, AccountType.POSITION, currency) is None


def _creditable(state: State, command: Prepare, way: Route) -> Route:
    """The route with the hub in the place of a payee that has no account until its conversion names a creditor."""
    if command.target is not None or not _may_convert(state, command):
        return way
    legs = way.legs or (Leg(command.payer, _payee(command), command.amount),)
    return way._replace(legs=tuple(msgspec.structs.replace(leg, creditor=state.profile.hub) for leg in legs))


def _sayable(state: State, command: Prepare) -> Fault | None:
    """A bank can be paid only what ISO 20022 can say; a hub never rounds. No bank converts: no message says it."""
    if command.target is not None and is_bank(state, _payee(command)):
        return fault("NOT_IMPLEMENTED", f"{command.payee} is a bank and provides no conversions")
    if is_bank(state, _payee(command)) and not command.amount.fits_iso:
        text = f"{command.amount.fspiop} {command.amount.currency} has too many decimals, or over 18 digits with them"
        return fault("TOO_MANY_DECIMALS", text)
    return None


def _agreed(state: State, command: Prepare) -> Fault | None:
    """For a bank the hub itself is the payee FSP of FSPIOP: the packet must be its own and fit the transfer."""
    payee = _payee(command)
    if is_bank(state, command.payer) or not is_bank(state, payee):
        return None
    if key_that_fits(state.profile, command.terms.packet, command.condition) is None:
        return fault("WRONG_FULFILMENT", "condition does not belong to a quote of this hub")
    try:
        packet = ilp.decode(command.terms.packet or "")
        agreed = msgspec.json.decode(packet.data, type=Transaction)
    except (ilp.IlpError, msgspec.DecodeError, RecursionError):
        return fault("VALIDATION", "ilpPacket cannot be read")
    if isinstance(packet, ilp.Prepare) and packet.expires_at < state.now:
        return fault("QUOTE_EXPIRED", f"the quote ended at {packet.expires_at:%Y-%m-%dT%H:%M:%S}Z")
    if (agreed.amount.amount, agreed.amount.currency) != (command.amount.fspiop, command.amount.currency):
        return fault("VALIDATION", "amount differs from the one in ilpPacket")
    if agreed.payee.party_id_info.fsp_id != payee:
        return fault("VALIDATION", "payeeFsp differs from the one in ilpPacket")
    return None


_Check = Callable[[State, Prepare], Fault | None]
_FIRST: Final[tuple[_Check, ...]] = (_amount, _payer_active, _payee_active, _condition, _expiry, _not_on_us)
_THEN: Final[tuple[_Check, ...]] = (_sayable, _agreed)


def _money(state: State, command: Prepare, way: Route) -> Granted | Fault:
    postings: list[Posting] = []
    legs = way.legs or (Leg(command.payer, _payee(command), command.amount),)
    refused = unbookable(state, command, legs)
    if refused is not None:
        return refused
    for leg in legs:
        checked = _reservation(state, command.transfer_id, leg)
        if isinstance(checked, Fault):
            return checked
        postings.append(checked)
    key = None
    if is_bank(state, _payee(command)) and not is_bank(state, command.payer):
        key = key_that_fits(state.profile, command.terms.packet, command.condition)
    return Granted(tuple(postings), way, key.id if key else None)


def _reservation(state: State, reference: str, leg: Leg) -> Posting | Fault:
    currency, units = leg.amount.currency, leg.amount.units
    if state.settlement_model(currency) is None:
        return fault("NO_SETTLEMENT_MODEL", f"no settlement model for {currency}")
    position, credited = position_of(state, leg.debtor, currency), position_of(state, leg.creditor, currency)
    settlement = state.account(leg.debtor, AccountType.SETTLEMENT, currency)
    if settlement is None:
        return fault("NO_ACCOUNT", f"{leg.debtor} has no {currency} settlement account")
    refused = refusal(position, settlement, units)
    if refused is not None:
        return refused
    return Posting(reference, Phase.RESERVE, position.id, credited.id, units, position.cap, cover_of(settlement))


def position_of(state: State, owner: FspId, currency: str) -> LedgerAccount:
    """The account money is moved on: a participant's POSITION, the hub's multilateral settlement account."""
    hub = owner == state.profile.hub
    account = state.account(
        owner, AccountType.HUB_MULTILATERAL_SETTLEMENT if hub else AccountType.POSITION, currency
    )
    if account is None:
        raise LookupError(f"{owner} has no account for positions in {currency} after the checks")
    return account


def other_amount(command: Fulfil | Reject | Note, transfer: Transfer) -> Fault | None:
    """Why an answer that repeats an amount is not about this payment; that of a return may repeat its original's."""
    if command.stated is None or transfer.returns is not None or command.stated == transfer.amount:
        return None
    said, known = (f"{each.iso} {each.currency}" for each in (command.stated, transfer.amount))
    return fault("OTHER_AMOUNT", f"OrgnlTxRef/IntrBkSttlmAmt is {said}, the payment is of {known}")
