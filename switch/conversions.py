"""Conversions on the way of a transfer: which accounts move, what must wait for what, and what ends together.

The conversions of a transfer are those that name it and were asked for by its payer (before it) or its payee (while it
waits). Whoever else names a transfer is not tied to it: nobody can end a stranger's payment.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from schemas.canonical.commands import Prepare
from schemas.canonical.conversion import Conversions, Leg, Member, Side
from schemas.canonical.exchange import Exchange
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer, TransferState
from switch.state import State

NOT_FULFILLED = "Related FX Transfer is not fulfilled"
"""What a payer reads whose conversion is not ready; tools compare the text."""
TOGETHER = "TOGETHER"
"""Name of a fault that came from the other side of the tie; code and text are those of what happened there."""


class Route(NamedTuple):
    """How a Prepare moves money: `legs` if not simply from payer to payee, `side` if it is a conversion.

    `exchange` is the conversion that its payer had made for it.
    """

    legs: tuple[Leg, ...] = ()
    side: Side | None = None
    exchange: Exchange | None = None


def tied(state: State, transfer_id: str, payer: FspId, payee: FspId) -> Iterator[Transfer]:
    """The conversions of a transfer between these two, whatever state they are in."""
    known = state.get(Conversions, transfer_id)
    for member in known.members if known is not None else ():
        found = state.get(Transfer, member.id)
        if found is None:
            raise LookupError(f"conversion {member.id} of transfer {transfer_id} is not at hand")
        if found.payer == (payee if member.side is Side.PAYEE else payer):
            yield found


def conversions_of(state: State, transfer: Transfer) -> list[Transfer]:
    """The conversions of a transfer that are not final."""
    if transfer.converts is not None or state.get(Conversions, transfer.id) is None:
        return []
    return [found for found in tied(state, transfer.id, transfer.payer, transfer.payee) if not found.final]


def determining(state: State, conversion: Transfer) -> Transfer | None:
    """The transfer a conversion waits for, if it is there, not final, and between the right two."""
    found = state.get(Transfer, conversion.determines) if conversion.determines else None
    if found is None or found.final or conversion.id not in {one.id for one in conversions_of(state, found)}:
        return None
    return found


def side_of(state: State, command: Prepare) -> Side | None:
    """On whose side a conversion is: decided by what came first, never by currencies. None for other transfers."""
    if command.target is None:
        return None
    if command.determines is None:
        return Side.ALONE
    return Side.PAYER if state.get(Transfer, command.determines) is None else Side.PAYEE


def route(state: State, command: Prepare, payee: FspId) -> Route | Fault:
    """The accounts a Prepare moves between, or why it cannot be."""
    side = side_of(state, command)
    if side is None:
        if command.determines is not None:
            return fault("VALIDATION", "only a conversion waits for another transfer")
        return _through_provider(state, command, payee)
    if command.determines == command.transfer_id:
        return fault("VALIDATION", "determiningTransferId is the conversion's own id")
    target = command.target
    if target is None or side is Side.PAYER:
        pending = tied(state, command.determines or "", command.payer, FspId(""))
        if any(not found.final for found in pending):
            return fault("VALIDATION", "the transfer has a conversion already")
        return Route((), Side.PAYER)
    back = Leg(payee, command.payer, target)
    if side is Side.ALONE:
        return Route((Leg(command.payer, payee, command.amount), back), side)
    return _unfit_for_payee(state, command) or Route((back,), side)


def _unfit_for_payee(state: State, command: Prepare) -> Fault | None:
    """Why a waiting transfer cannot have this conversion."""
    waiting = state.get(Transfer, command.determines) if command.determines else None
    if waiting is None or not state.profile.payee_conversion:
        return fault("VALIDATION", "the determining transfer exists already")
    if waiting.state is not TransferState.RESERVED or waiting.converts is not None:
        return fault("VALIDATION", "the determining transfer is not RESERVED")
    if waiting.payee != command.payer:
        return fault("VALIDATION", f"{command.payer} is not the payee FSP of the determining transfer")
    if waiting.amount != command.amount:
        return fault("VALIDATION", "sourceAmount differs from the amount of the determining transfer")
    if any(_on(found, Side.PAYEE) for found in conversions_of(state, waiting)):
        return fault("VALIDATION", "the transfer has a conversion already")
    return None


def _through_provider(state: State, command: Prepare, payee: FspId) -> Route | Fault:
    """An ordinary transfer: debited to the provider if its payer had the money converted."""
    found = list(tied(state, command.transfer_id, command.payer, payee))
    if not found:
        return Route()
    ready = [one for one in found if one.state is TransferState.FULFILLED_WAITING and state.now < one.due]
    if not ready:
        return fault("VALIDATION", NOT_FULFILLED)
    if ready[0].converts is None or ready[0].converts.target != command.amount:
        return fault("VALIDATION", "amount differs from the targetAmount of the related FX Transfer")
    provider = ready[0].payee
    exchange = Exchange(provider, ready[0].amount, command.amount)
    return Route((Leg(provider, payee, command.amount),), exchange=exchange)


def _on(transfer: Transfer, side: Side) -> bool:
    return transfer.converts is not None and transfer.converts.side is side


def register(state: State, conversion: Transfer) -> Conversions:
    """The register with this conversion in it."""
    if conversion.converts is None:
        raise ValueError(f"transfer {conversion.id} converts nothing")
    key = TransferId(conversion.determines or conversion.id)
    known = state.get(Conversions, key) or Conversions(key, ())
    entry = Member(conversion.id, conversion.converts.side, conversion.amount, conversion.converts.target)
    return Conversions(key, (*known.members, entry))


def overdue(state: State, transfer: Transfer) -> bool:
    """Whether a conversion of the transfer has expired, so that both are about to end."""
    return any(state.now >= found.due for found in conversions_of(state, transfer))


def hindrance(state: State, transfer: Transfer) -> Fault | None:
    """Why its payee cannot be credited yet: a conversion of its side is open, or there is none and no account."""
    own = [found for found in conversions_of(state, transfer) if _on(found, Side.PAYEE)]
    if any(found.state is TransferState.RESERVED for found in own):
        return fault("VALIDATION", NOT_FULFILLED)
    if not own and any(leg.creditor == state.profile.hub for leg in transfer.legs):
        return fault("NO_ACCOUNT", f"Participant {transfer.payee} {transfer.amount.currency} account not found")
    return None


def credited(state: State, transfer: Transfer) -> tuple[Leg, ...]:
    """The legs of a transfer whose payee has the money converted: the provider is credited. Empty if it does not."""
    own = [found for found in conversions_of(state, transfer) if _on(found, Side.PAYEE)]
    return tuple(msgspec.structs.replace(leg, creditor=own[0].payee) for leg in transfer.moves) if own else ()


def joined(first: Outcome, *more: Outcome) -> Outcome:
    """Several outcomes as one; the receipt is the first one's."""
    if not more:
        return first
    every = (first, *more)
    return msgspec.structs.replace(
        first,
        puts=tuple(put for one in every for put in one.puts),
        postings=tuple(posting for one in every for posting in one.postings),
        events=tuple(event for one in every for event in one.events),
    )


def from_the_other(reason: Fault) -> Fault:
    """A fault as what is tied gets it: its own expiry, or the other's reason under another name."""
    return reason if reason.name == "EXPIRED" else msgspec.structs.replace(reason, name=TOGETHER)
