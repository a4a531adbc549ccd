"""Windows and settlements as the ledger lane decides them: cut, nets, settlement, moves of its accounts, abort.

What is allowed and what it does stands in `settlement`; refusals have the words of the Settlement API v2.
"""

from collections.abc import Iterable

import msgspec

from schemas.canonical.administration import CapShare, PositionSettled
from schemas.canonical.commands import Command
from schemas.canonical.events import Event
from schemas.canonical.faults import fault
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.settlement import (
    CYCLE,
    AbortSettlement,
    CloseWindow,
    CreateSettlement,
    Cycle,
    Net,
    OpenWindow,
    PostNets,
    Settlement,
    SettlementAccount,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
    WindowState,
)
from settlement import netting, settlements, windows
from switch.accounts import refused
from switch.notices import SETTLED, notice
from switch.state import State

_DONE = "DONE"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a window or a settlement; notes of the receipt name the ids that were given."""
    match command:
        case OpenWindow():
            return _open(state)
        case CloseWindow():
            return _close(state, command)
        case PostNets():
            return _post_nets(state, command)
        case CreateSettlement():
            return _create(state, command)
        case UpdateSettlement():
            return _update(state, command)
        case AbortSettlement():
            return _abort(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about settlement")


def _cycle(state: State) -> Cycle:
    return state.get(Cycle, CYCLE) or Cycle()


def _window(state: State, number: int) -> SettlementWindow | None:
    """A window; the first one is there before anybody asked for it."""
    found = state.get(SettlementWindow, str(number))
    return windows.first(state.now) if found is None and number == _cycle(state).window == 1 else found


def _invalid(text: str) -> Outcome:
    return refused(fault("VALIDATION", text))


def _open(state: State) -> Outcome:
    if state.get(SettlementWindow, "1") is not None or _cycle(state).window > 1:
        return Outcome(state=_DONE)
    return Outcome((windows.first(state.now),), state=_DONE, notes=("1",))


def _close(state: State, command: CloseWindow) -> Outcome:
    cycle, window = _cycle(state), _window(state, command.window)
    if window is None:
        return _invalid(f"Window {command.window} does not exist")
    if window.state is not WindowState.OPEN:
        return _invalid(f"Window {command.window} is not open")
    if not cycle.filled:
        return _invalid(f"Window {command.window} is empty")
    ended, following = windows.cut(window, command.reason, state.now, state.turn())
    turned = msgspec.structs.replace(cycle, window=following.id, filled=False)
    return Outcome((ended, following, turned), state=_DONE, notes=(str(following.id),))


def _post_nets(state: State, command: PostNets) -> Outcome:
    """A second word about the same window changes nothing."""
    cycle, window = _cycle(state), _window(state, command.window)
    if window is None or window.state not in {WindowState.PROCESSING, WindowState.FAILED}:
        return Outcome(state="REPEATED")
    accounts = {account.id: account for account in state.all(LedgerAccount)}
    models = state.all(SettlementModel)
    try:
        contents = netting.contents(
            command.nets, command.obligations, accounts, models, cycle.contents + 1, state.now
        )  # fmt: skip
    except netting.UnbalancedError as error:
        failed = msgspec.structs.replace(window, state=WindowState.FAILED, reason=str(error), changed=state.now)
        return msgspec.structs.replace(refused(fault("INTERNAL", str(error))), puts=(failed,))
    counted = msgspec.structs.replace(cycle, contents=cycle.contents + len(contents))
    return Outcome((windows.filled(window, contents, state.now), counted), state=_DONE)


def _create(state: State, command: CreateSettlement) -> Outcome:
    models = state.all(SettlementModel)
    model = next((each for each in models if each.name == command.model), None)
    if model is None:
        return _invalid("Settlement model not found")
    if model.delay == netting.IMMEDIATE:
        return _invalid("Settlement can not be created for GROSS or IMMEDIATE models")
    named = list(dict.fromkeys(command.windows))
    found = {number: _window(state, number) for number in named}
    free = {
        number: windows.free(
            window,
            lambda content: (
                netting.takes(model, models, content.ledger_account_type, content.currency)
                and (not command.currencies or content.currency in command.currencies)
            ),
        )
        for number, window in found.items()
        if window is not None
    }
    inapplicable = [str(number) for number in named if not free.get(number)]
    if inapplicable:
        return _invalid(f"Inapplicable windows {','.join(inapplicable)}")
    taken = [content for contents in free.values() for content in contents]
    cycle = _cycle(state)
    pairs = (pair for content in taken for pair in content.obligations)
    settlement = Settlement(
        cycle.settlements + 1, model.name, SettlementState.PENDING_SETTLEMENT, command.reason, state.now, state.now,
        tuple(named), tuple(content.id for content in taken), _accounts(state, netting.sums(taken)),
        model.auto_position_reset, model.liquidity_check,
        netting.joined(pairs, gross=model.granularity == netting.GROSS),
    )  # fmt: skip
    following = tuple(
        windows.followed(window, settlement, state.now) for window in found.values() if window is not None
    )
    counted = msgspec.structs.replace(cycle, settlements=settlement.id)
    return Outcome((settlement, *following, counted), state=_DONE, notes=(str(settlement.id),))


def _accounts(state: State, nets: Iterable[Net]) -> tuple[SettlementAccount, ...]:
    found: list[SettlementAccount] = []
    for net in nets:
        account = state.get(LedgerAccount, str(net.account))
        if account is None:
            raise LookupError(f"a window holds account {net.account}, which does not exist")
        owner = state.get(Participant, account.owner)
        number = owner.number if owner is not None else 0
        pending = SettlementState.PENDING_SETTLEMENT
        found.append(
            SettlementAccount(account.id, account.owner, number, account.currency, net.units, pending, state.now)
        )
    return tuple(found)


def hubs_of(state: State, settlement: Settlement) -> dict[str, int]:
    """The hub's side of each currency."""
    hubs: dict[str, int] = {}
    for currency in {account.currency for account in settlement.accounts}:
        account = state.account(state.profile.hub, AccountType.HUB_MULTILATERAL_SETTLEMENT, currency)
        if account is None:
            raise LookupError(f"the hub has no settlement account in {currency}")
        hubs[currency] = account.id
    return hubs


def _update(state: State, command: UpdateSettlement) -> Outcome:
    settlement = state.get(Settlement, str(command.settlement))
    if settlement is None:
        return _invalid("Settlement not found")
    moved = settlements.move(settlement, command.moves, hubs_of(state, settlement), state.now)
    if not settlement.open:
        # Its windows may be in another settlement by now.
        return Outcome((moved.settlement,), state=_DONE, notes=moved.notes)
    return carried(state, moved)


def _abort(state: State, command: AbortSettlement) -> Outcome:
    settlement = state.get(Settlement, str(command.settlement))
    if settlement is None:
        return _invalid("Settlement not found")
    hindrance = settlements.hindrance(settlement)
    if hindrance:
        return _invalid(hindrance)
    hubs = hubs_of(state, settlement)
    moved = settlements.abort(settlement, command.reason, command.external_reference, hubs, state.now)
    if not settlement.open:
        return Outcome((moved.settlement,), state=_DONE)
    return carried(state, moved)


def carried(state: State, moved: settlements.Moved) -> Outcome:
    """A settlement's new value with all that follows from it: its windows, caps that give way, and notices."""
    settlement = moved.settlement
    puts: list[Stored] = [settlement]
    for number in settlement.windows:
        window = _window(state, number)
        if window is None:
            # A settled window is not kept at hand, and nothing can happen to it.
            continue
        following = windows.followed(window, settlement, state.now)
        if following is not window:
            puts.append(following)
    events: list[Event] = []
    for account, units in _effects(moved):
        held = state.get(LedgerAccount, str(account.account))
        if held is None:
            raise LookupError(f"settlement {settlement.id} holds account {account.account}, which does not exist")
        position = held.value + units
        if held.type is AccountType.POSITION:
            told = PositionSettled(held.owner, held.currency, settlement.id, units, position)
            events.append(notice(state, told, SETTLED))
        follows = state.get(CapShare, held.key)
        if follows is not None and follows.open:
            # A share of the deposit is what it is.
            continue
        if settlement.raises_caps and units > 0 and held.cap is not None and position > held.cap:
            puts.append(msgspec.structs.replace(held, cap=position, changed=state.now))
    return Outcome(tuple(puts), moved.postings, tuple(events), _DONE, notes=moved.notes)


def _effects(moved: settlements.Moved) -> Iterable[tuple[SettlementAccount, int]]:
    """The accounts whose positions move, and by how much: each by its net the other way round."""
    return ((account, -account.units) for account in (*moved.risen, *moved.fallen))
