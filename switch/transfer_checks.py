"""What must hold before money is reserved, in the hub's order of checks; the first that fails gives the fault."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from fspiop import ilp
from fspiop.messages.quotes import Transaction
from schemas.canonical.commands import Prepare
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from settlement.limits import cover_of, refusal
from switch.fulfilments import key_that_fits
from switch.state import State

_DIGITS: Final = 18
"""Digits of an amount of one transfer, before and after the point together; ISO 20022 has the same bound."""


class Granted(NamedTuple):
    """A reservation that may be made: accounts, what was checked (units), and the hub key that knows the preimage."""

    debit: int
    credit: int
    cap: int | None
    cover: int
    hub_key: str | None


def same_fsp(left: str, right: str) -> bool:
    """Whether two names mean one participant; FSPIOP compares them without regard to case."""
    return left.casefold() == right.casefold()


def is_bank(state: State, name: FspId) -> bool:
    """Whether that participant speaks ISO 20022 XML."""
    found = state.get(Participant, name)
    return found is not None and found.iso is not None


def examine(state: State, command: Prepare) -> Granted | Fault:
    """Check a Prepare whose id is new and whose sender is its payer."""
    for check in _CHECKS:
        found = check(state, command)
        if found is not None:
            return found
    return _money(state, command, _payee(command))


def _payee(command: Prepare) -> FspId:
    if command.payee is None:
        raise ValueError("a Prepare without payee passed the checks")
    return command.payee


def _marked(_state: State, command: Prepare) -> Fault | None:
    """What intake found wrong while it could still read the message, and what this hub does not do."""
    if command.fault is not None:
        return command.fault
    if command.determines is not None:
        return fault("NOT_IMPLEMENTED", "currency conversion")
    return None


def _amount(_state: State, command: Prepare) -> Fault | None:
    if command.amount.units <= 0:
        return fault("ZERO_AMOUNT", "the amount must be more than 0")
    digits = command.amount.fspiop.replace(".", "").lstrip("0")
    return fault("VALIDATION", f"amount has more than {_DIGITS} digits") if len(digits) > _DIGITS else None


def _payer_active(state: State, command: Prepare) -> Fault | None:
    payer = state.get(Participant, command.payer)
    if payer is None:
        return fault("UNKNOWN_PAYER", f"Participant {command.payer} (payer FSP) not found")
    return None if payer.active else fault("PARTICIPANT_INACTIVE", f"Participant {payer.name} (payer FSP) is inactive")


def _payee_active(state: State, command: Prepare) -> Fault | None:
    payee = state.get(Participant, command.payee) if command.payee else None
    if payee is None:
        return fault("UNKNOWN_PAYEE", f"Participant {command.payee or ''} (payee FSP) not found")
    return None if payee.active else fault("PARTICIPANT_INACTIVE", f"Participant {payee.name} (payee FSP) is inactive")


def _condition(state: State, command: Prepare) -> Fault | None:
    """Two banks need no condition: their signed messages are the proof. Everybody else does."""
    if is_bank(state, command.payer) and is_bank(state, _payee(command)):
        return None
    try:
        ilp.hash_bytes(command.condition or "")
    except ilp.IlpError:
        return fault("VALIDATION", "condition must be 32 bytes in base64url")
    return None


def _expiry(state: State, command: Prepare) -> Fault | None:
    if command.expiry <= state.now:
        return fault("ALREADY_EXPIRED", f"expiration {command.expiry:%Y-%m-%dT%H:%M:%S.%f%z} is in the past")
    return None


def _not_on_us(state: State, command: Prepare) -> Fault | None:
    if same_fsp(command.payer, _payee(command)) and not state.profile.on_us:
        return fault("VALIDATION", "payer FSP and payee FSP are the same")
    return None


def _accounts(state: State, command: Prepare) -> Fault | None:
    currency = command.amount.currency
    for owner, demanded in ((command.payer, True), (_payee(command), state.profile.check_payee_currency)):
        account = state.account(owner, AccountType.POSITION, currency)
        if account is None:
            return fault("NO_ACCOUNT", f"Participant {owner} {currency} account not found")
        if demanded and not account.active:
            return fault("ACCOUNT_INACTIVE", f"Participant {owner} {currency} account is inactive")
    return None


def _sayable(state: State, command: Prepare) -> Fault | None:
    """A bank can be paid only what ISO 20022 can say; a hub never rounds."""
    if is_bank(state, _payee(command)) and not command.amount.fits_iso:
        return fault("TOO_MANY_DECIMALS", f"{command.amount.fspiop} {command.amount.currency} has too many decimals")
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
    except (ilp.IlpError, msgspec.DecodeError):
        return fault("VALIDATION", "ilpPacket cannot be read")
    if isinstance(packet, ilp.Prepare) and packet.expires_at < state.now:
        return fault("QUOTE_EXPIRED", f"the quote ended at {packet.expires_at:%Y-%m-%dT%H:%M:%S}Z")
    if (agreed.amount.amount, agreed.amount.currency) != (command.amount.fspiop, command.amount.currency):
        return fault("VALIDATION", "amount differs from the one in ilpPacket")
    if agreed.payee.party_id_info.fsp_id != payee:
        return fault("VALIDATION", "payeeFsp differs from the one in ilpPacket")
    return None


_CHECKS: Final[tuple[Callable[[State, Prepare], Fault | None], ...]] = (
    _marked,
    _amount,
    _payer_active,
    _payee_active,
    _condition,
    _expiry,
    _not_on_us,
    _accounts,
    _sayable,
    _agreed,
)


def _money(state: State, command: Prepare, payee: FspId) -> Granted | Fault:
    currency = command.amount.currency
    if state.settlement_model(currency) is None:
        return fault("NO_SETTLEMENT_MODEL", f"no settlement model for {currency}")
    position = _account(state, command.payer, AccountType.POSITION, currency)
    credited = _account(state, payee, AccountType.POSITION, currency)
    settlement = state.account(command.payer, AccountType.SETTLEMENT, currency)
    if settlement is None:
        return fault("NO_ACCOUNT", f"{command.payer} has no {currency} settlement account")
    refused = refusal(position, settlement, command.amount.units)
    if refused is not None:
        return refused
    key = None
    if is_bank(state, payee) and not is_bank(state, command.payer):
        key = key_that_fits(state.profile, command.terms.packet, command.condition)
    return Granted(position.id, credited.id, position.cap, cover_of(settlement), key.id if key else None)


def _account(state: State, owner: FspId, kind: AccountType, currency: str) -> LedgerAccount:
    account = state.account(owner, kind, currency)
    if account is None:
        raise LookupError(f"{owner} has no {kind} account in {currency} after the checks")
    return account
