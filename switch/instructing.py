"""Settlement through an agent, as the ledger lane decides it: instruct, hear its answers, match its bookings. Pure.

What the agent says moves the accounts of the settlement by the same moves that an operator makes; effects on positions
stand in `settlement.settlements`. The message to the agent and everything that follows from its answer are written in
the transaction that decides them, so a settlement is sent once, under one MsgId.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.administration import SettlementAlert
from schemas.canonical.commands import Command, Expire
from schemas.canonical.events import Delivery, Event, Refused
from schemas.canonical.faults import Fault, fault
from schemas.canonical.instruction_ids import named
from schemas.canonical.instructions import (
    AgentBooking,
    AgentMovement,
    AgentWord,
    HearAgent,
    InstructionState,
    InstructSettlement,
    MovementState,
    SettlementInstructed,
    SettlementInstruction,
    TellBookings,
)
from schemas.canonical.late import LateBooking
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.settlement import (
    AbortSettlement,
    CreateSettlement,
    OpenWindow,
    Settlement,
    SettlementState,
    UpdateSettlement,
)
from schemas.canonical.settlement_agents import Instrument, SettlementAgent
from settlement import instructing
from settlement.instructing import Heard
from switch import late
from switch.accounts import refused
from switch.agents import agent_of, times_of
from switch.asking_agents import LEG, at_start, leg_due, of_instruction
from switch.conversions import joined
from switch.engine import Step, absorb
from switch.instructed import FUNDS, INSTRUCTION
from switch.instruction_ends import ALERT, AWAITING, ended, followed, instructions_of
from switch.notices import notice
from switch.prefunding import came_in, expired
from switch.questions import REPEATED, repeated
from switch.state import State
from switch.subscriptions import calendar_of

_DONE: Final = "DONE"
_BOOKED: Final = "ACSC"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about instructions to settlement agents."""
    match command:
        case InstructSettlement():
            return _instruct(state, command.settlement)
        case HearAgent():
            return _hear(state, command)
        case TellBookings():
            return _bookings(state, command)
        case _:
            raise TypeError(f"{type(command).__name__} is not about instructions")


_CONCERNED: Final = frozenset({Expire, OpenWindow, UpdateSettlement, AbortSettlement, CreateSettlement})
"""Commands that agents have to do with; payments are none of them."""


def with_agents(decide: Step) -> Step:
    """The step of the lane; deadlines of instructions are decided here, and settlements that an agent settles.

    A new settlement is instructed at once where its agent is automatic. While an agent's answer is awaited nobody else
    moves the settlement, or the same money could be moved twice.
    """

    def follow(state: State, command: Command) -> Outcome:
        if type(command) not in _CONCERNED:
            return decide(state, command)
        match command:
            case Expire(kind=kind, key=key) if kind == INSTRUCTION:
                return _expire(state, key)
            case Expire(kind=kind, key=key) if kind == FUNDS:
                return expired(state, key)
            case Expire(kind=kind, key=key) if kind == LEG:
                return leg_due(state, key)
            case OpenWindow():
                opened = decide(state, command)
                return replace(opened, events=(*opened.events, *at_start(state)))
            case UpdateSettlement(settlement=number) | AbortSettlement(settlement=number):
                waits = next((one for one in instructions_of(state, number) if one.state in AWAITING), None)
                if waits is not None:
                    text = f"Settlement {number} is with {waits.agent} until {waits.until:%Y-%m-%dT%H:%M:%SZ}"
                    return refused(fault("VALIDATION", text))
                return decide(state, command)
            case CreateSettlement():
                return _automatically(state, decide(state, command))
            case _:
                return decide(state, command)

    return follow


def _automatically(state: State, created: Outcome) -> Outcome:
    """A new settlement that is instructed at once; one that cannot be is left as it is, and the operator is told."""
    settlement = next((put for put in created.puts if isinstance(put, Settlement)), None)
    if settlement is None:
        return created
    agents = [agent_of(state, settlement.model, currency) for currency in currencies_of(settlement)]
    found = next((agent for agent in agents if agent is not None), None)
    if found is None or not all(agent is not None and agent.automatic for agent in agents):
        return created
    tried = state.fork()
    absorb(tried, created, [], [])
    instructed = _instruct(tried, settlement.id)
    if instructed.fault is None:
        return joined(created, instructed)
    text = f"not instructed: {instructed.fault.description}"
    alert = SettlementAlert(found.name, settlement.id, currencies_of(settlement)[0], text)
    return replace(created, events=(*created.events, notice(state, alert, ALERT)))


def currencies_of(settlement: Settlement) -> list[str]:
    """The currencies of a settlement, in order."""
    return sorted({account.currency for account in settlement.accounts})


def _instruct(state: State, number: int) -> Outcome:
    """Tell the agent of each currency, all of them or none; what was told already is not told again."""
    settlement = state.get(Settlement, str(number))
    if settlement is None:
        return refused(fault("VALIDATION", "Settlement not found"))
    known = {one.currency: one for one in instructions_of(state, number)}
    if not settlement.open:
        return refused(fault("VALIDATION", f"Settlement {number} is {settlement.state}"))
    made: list[SettlementInstruction] = []
    for currency in currencies_of(settlement):
        former = known.get(currency)
        if former is not None and former.state is not InstructionState.REFUSED:
            continue
        agent = agent_of(state, settlement.model, currency)
        if agent is None:
            text = f"no settlement agent settles {settlement.model} in {currency}: PUT /settlementAgents/{{name}} first"
            return refused(fault("VALIDATION", text))
        begun = _begun(state, settlement, agent, currency, former)
        if isinstance(begun, Fault):
            return refused(begun)
        made.append(begun)
    if not made:
        return Outcome(state=REPEATED)
    events = tuple(event for one in made for event in told(one, [each.id for each in one.movements if sent(each)]))
    outcome = Outcome(tuple(made), events=events, state=_DONE, notes=tuple(one.name for one in made))
    return followed(state, outcome, settlement.id)


def _begun(
    state: State, settlement: Settlement, agent: SettlementAgent, currency: str, former: SettlementInstruction | None
) -> SettlementInstruction | Fault:
    times, place = times_of(state, agent), agent.currency(currency)
    if isinstance(times, Fault):
        return times
    if place is None:
        raise LookupError(f"{agent.name} settles nothing in {currency}")
    if former is not None:
        return instructing.again(former, agent, place, times)
    if settlement.state is not SettlementState.PENDING_SETTLEMENT:
        return fault("VALIDATION", f"Settlement {settlement.id} is {settlement.state}, not PENDING_SETTLEMENT")
    amounts = [one for one in settlement.accounts if one.currency == currency]
    fine = next((one for one in amounts if not Money(abs(one.units), currency).fits_iso), None)
    if fine is not None:
        return fault("TOO_MANY_DECIMALS", f"the net of {fine.owner} is {Money(fine.units, currency).fspiop} {currency}")
    return instructing.begin(settlement, agent, place, 1, cycle_of(state, settlement), times)


def cycle_of(state: State, settlement: Settlement) -> str:
    """What an agent calls the cycle: the business day and the settlement."""
    return f"{calendar_of(state).day_of(state.now).isoformat()}-{settlement.id}"


def sent(movement: AgentMovement) -> bool:
    """Whether the agent is to be told of a movement now."""
    return movement.state is MovementState.SENT


def told(instruction: SettlementInstruction, movements: Iterable[str], *, back: int = 0) -> tuple[Event, ...]:
    """The messages for these movements, in their order: the request, one debit of all debits, or a transfer each."""
    chosen = tuple(movements)
    if not chosen:
        return ()
    by_id = {one.id: one for one in instruction.movements}
    transfers = Instrument.TRANSFERS.value
    groups: list[tuple[str, tuple[str, ...]]] = []
    match instruction.instrument:
        case Instrument.REQUEST:
            groups.append((Instrument.REQUEST.value, chosen))
        case Instrument.DEBITS if not back:
            debits = tuple(one for one in chosen if by_id[one].units > 0)
            groups += [(Instrument.DEBITS.value, debits)] if debits else []
            groups += [(transfers, (one,)) for one in chosen if by_id[one].units < 0]
        case _:
            groups += [(transfers, (one,)) for one in chosen]
    delivery = Delivery.RESULT if back else Delivery.EXECUTION
    until = None if back else instruction.until
    bodies = (SettlementInstructed(instruction, message, ids, back) for message, ids in groups)
    return tuple(Event(instruction.agent, body, delivery, instruction.key, until) for body in bodies)


def _hear(state: State, command: HearAgent) -> Outcome:
    if repeated(state, command):
        return Outcome(state=REPEATED)
    sender = command.envelope.sender
    words: dict[str, list[AgentWord]] = {}
    for word in command.words:
        words.setdefault(word.key, []).append(word)
    found = {key: state.get(SettlementInstruction, key) for key in words}
    if any(one is None or one.agent != sender for one in found.values()):
        # A stranger learns no more of it than that.
        body = Refused("transfers", command.key, fault("TRANSFER_NOT_FOUND", "no instruction is named"), command.terms)
        return Outcome(events=(Event(sender, body, order=command.key),), state="UNKNOWN")
    tried, outcomes = state.fork(), [Outcome(state=_DONE)]
    for key, said in words.items():
        rest: list[AgentWord] = []
        for word in said:
            why = word.reason.description if word.reason is not None else ""
            outcome = _returned(tried, word.movement, word.back, word.status, why)
            if outcome is None:
                rest.append(word)
            else:
                outcomes.append(outcome)
                absorb(tried, outcome, [], [])
        instruction = tried.get(SettlementInstruction, key)
        if instruction is None:
            raise LookupError(f"instruction {key} is gone")
        outcomes.append(applied(tried, instruction, _of_attempt(instruction, rest)))
        absorb(tried, outcomes[-1], [], [])
    return joined(*outcomes)


def _of_attempt(instruction: SettlementInstruction, said: list[AgentWord]) -> Heard:
    """Words about what was sent last; of an earlier attempt only what still stands of it."""
    held = {one.id for one in instruction.movements}
    attempt = instruction.attempt
    now = [word for word in said if word.movement in held or (not word.movement and word.attempt == attempt)]
    former = [word for word in said if word not in now]
    late = tuple(f"{word.status} of attempt {word.attempt}: {word.movement or instruction.key}" for word in former)
    found = instructing.heard(instruction, now)
    fresh = tuple(text for text in late if text not in instruction.alerts)
    kept = replace(found.instruction, alerts=(*found.instruction.alerts, *fresh))
    return found._replace(instruction=kept, alerts=(*found.alerts, *fresh))


def _bookings(state: State, command: TellBookings) -> Outcome:
    if repeated(state, command):
        return Outcome(state=REPEATED)
    sender = command.envelope.sender
    matched: dict[str, list[tuple[str, bool, AgentBooking]]] = {}
    tried, outcomes = state.fork(), [Outcome(tuple(command.statements), state=_DONE)]
    for booking in command.bookings:
        key, movement, back = _meant(state, booking)
        instruction = state.get(SettlementInstruction, key) if key else None
        if instruction is None or instruction.agent != sender:
            continue
        outcome = _returned(tried, movement, back, _BOOKED)
        if outcome is None:
            matched.setdefault(key, []).append((movement, bool(back), booking))
        else:
            outcomes.append(outcome)
            absorb(tried, outcome, [], [])
    for booking in command.bookings:
        outcomes.append(came_in(tried, sender, booking))
        absorb(tried, outcomes[-1], [], [])
    for key, found in matched.items():
        held = tried.get(SettlementInstruction, key)
        if held is None:
            raise LookupError(f"instruction {key} is gone")
        outcomes.append(applied(tried, held, instructing.booked(held, found)))
        absorb(tried, outcomes[-1], [], [])
    return joined(*outcomes)


def _meant(state: State, booking: AgentBooking) -> tuple[str, str, int]:
    """Instruction and movement that a booking names, by a movement's id, or by the whole and the account."""
    found = [known for known in map(named, booking.references) if known is not None]
    whole = next((known for known in found if known.movement), None)
    if whole is not None:
        return whole.key, whole.movement, whole.back
    for known in found:
        instruction = state.get(SettlementInstruction, known.key)
        for one in instruction.movements if instruction is not None else ():
            if one.agent_account == booking.account:
                return known.key, one.id, 0
    return "", "", 0


def applied(state: State, before: SettlementInstruction, found: Heard) -> Outcome:
    """What follows from a change of an instruction: messages, the settlement's moves, its end, and who is told."""
    after = found.instruction
    if after == before:
        return Outcome()
    puts: tuple[Stored, ...] = (after,)
    events = (*told(after, found.send), *told(after, found.back, back=1))
    said = (SettlementAlert(after.agent, after.settlement, after.currency, text) for text in found.alerts)
    alerts = tuple(notice(state, alert, ALERT) for alert in said)
    outcome = joined(Outcome(puts, events=(*events, *alerts)), *_late(state, before, after))
    settlement = state.get(Settlement, str(after.settlement))
    if settlement is None:
        return outcome
    return ended(state, followed(state, outcome, settlement.id), before, after)


def _late(state: State, before: SettlementInstruction, after: SettlementInstruction) -> Iterator[Outcome]:
    """What turns out to be booked although it was given up; the alerts of the instruction tell of it."""
    known = {one.id for one in before.movements if one.state is MovementState.LATE}
    for one in after.movements:
        if one.state is MovementState.LATE and one.id not in known:
            yield late.found(state, late.of_movement(state, after, one), told=False)


def _returned(state: State, key: str, number: int, status: str, why: str = "") -> Outcome | None:
    """What an agent says of the return of a late booking; None if that is none."""
    known = state.get(LateBooking, key) if number else None
    if known is None:
        return None
    outcome = late.answered(state, known, status, number, why)
    ended = next((put for put in outcome.puts if isinstance(put, LateBooking)), None)
    instruction = state.get(SettlementInstruction, known.of)
    if ended is None or ended.open or instruction is None:
        return outcome
    return replace(outcome, puts=(*outcome.puts, instructing.without(instruction, known.id)))


def _expire(state: State, key: str) -> Outcome:
    instruction = state.get(SettlementInstruction, key)
    if instruction is None or instruction.over or instruction.due is None:
        return Outcome(state="NOT_DUE")
    if state.now < instruction.due:
        if instruction.ask is None or state.now < instruction.ask:
            return Outcome(state="NOT_DUE")
        return Outcome((replace(instruction, ask=None),), events=tuple(of_instruction(instruction)), state="ASKED")
    return applied(state, instruction, instructing.timed_out(instruction))
