"""What ends with a transfer: its conversions, and with a conversion the transfer it was made for. Same Outcome."""

from collections.abc import Iterator

from schemas.canonical.conversion import Side
from schemas.canonical.faults import Fault
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer, TransferState
from switch.conversions import conversions_of, determining, from_the_other, joined
from switch.state import State
from switch.transfer_answers import Found, move
from switch.transfer_table import Case


def follow(state: State, outcome: Outcome) -> Outcome:
    """The outcome with everything that is tied to what it ended."""
    more: list[Outcome] = []
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.final and _ends_now(state, put):
            more += _tied(state, put)
    return joined(outcome, *more) if more else outcome


def _ends_now(state: State, transfer: Transfer) -> bool:
    before = state.get(Transfer, transfer.id)
    return before is None or not before.final


def _tied(state: State, ended: Transfer) -> Iterator[Outcome]:
    if ended.converts is None:
        for conversion in conversions_of(state, ended):
            yield _conversion_ends(state, conversion, ended)
        return
    transfer = determining(state, ended)
    if transfer is None or ended.fault is None or not _takes_along(ended, ended.fault):
        return
    expired = ended.fault.name == "EXPIRED"
    ends = Case.AGENT_SILENT if transfer.agent is not None else Case.EXPIRES_TOGETHER
    case = ends if expired else Case.TRANSFER_ENDS
    yield move(
        Found(state, None, transfer), case, fault=from_the_other(ended.fault), completed=state.now,
    )  # fmt: skip
    for sibling in conversions_of(state, transfer):
        if sibling.id != ended.id:
            yield _end(state, sibling, ended.fault)


def _takes_along(conversion: Transfer, reason: Fault) -> bool:
    """A provider that will not convert for the payee ends its own part only: the payee may find another one."""
    payer_side = conversion.converts is not None and conversion.converts.side is Side.PAYER
    return payer_side or reason.name == "EXPIRED"


def _conversion_ends(state: State, conversion: Transfer, transfer: Transfer) -> Outcome:
    if transfer.state is TransferState.COMMITTED:
        return move(Found(state, None, conversion), Case.CONVERSION_COMMITS, completed=state.now)
    if transfer.fault is None:
        raise ValueError(f"transfer {transfer.id} was aborted without a fault")
    return _end(state, conversion, transfer.fault)


def _end(state: State, conversion: Transfer, reason: Fault) -> Outcome:
    case = Case.EXPIRES_TOGETHER if reason.name == "EXPIRED" else Case.CONVERSION_ENDS
    cause = from_the_other(reason)
    return move(Found(state, None, conversion, cause), case, fault=cause, completed=state.now)
