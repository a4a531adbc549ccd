"""Cases: recalls, exceptions and investigations, from the request to the answer; which row of the table is met. Pure.

A recall of a payment that is not committed ends the payment here and now, in the ledger's own order. After that nobody
but the payee can give the money back: the case waits for its answer, or for the return that says more than any answer.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.cases import (
    RECALLS,
    AnswerCases,
    Case,
    CaseEntry,
    CaseKind,
    CaseName,
    CaseReply,
    CaseState,
    OpenCases,
    Verdict,
)
from schemas.canonical.commands import Command, Expire, Prepare
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect
from switch.accounts import refused
from switch.case_answers import Met, effect, listed, turned
from switch.case_requests import opener
from switch.case_table import TABLE, WAITING, Turn
from switch.conversions import joined
from switch.engine import Step, absorb
from switch.state import State
from switch.transfer_checks import same_fsp
from switch.withdrawals import agreed, spread

CASE: Final = "case"
"""The kind of the deadline."""
_FOLLOWING: Final = "FOCR"
"""The reason of a return that answers a recall."""
_AGREES: Final = {
    Verdict.ACCEPTED: (CaseState.CANCELLED, CaseState.ANSWERED),
    Verdict.REFUSED: (CaseState.REFUSED,),
    Verdict.PENDING: (),
    Verdict.ANSWERED: (),
}
"""In which closed states an answer says nothing new."""


def case_step(transfers: Step) -> Step:
    """The step of commands about cases; `transfers` is that of transfers, with all that follows a payment's end."""

    def step(state: State, command: Command) -> Outcome:
        match command:
            case OpenCases():
                sender = command.envelope.sender
                each = tuple(one for request in command.requests for one in spread(state, request, sender))
                whole = replace(command, requests=each)
                return _each(state, [opener(whole, request, transfers) for request in each])
            case AnswerCases():
                return _each(state, [_answerer(command, reply) for reply in command.replies])
            case _:
                raise ValueError(f"{type(command).__name__} is not about a case")

    return step


def with_cases(decide: Step) -> Step:
    """The step of transfers; what ends by it may be what a case waits for. Deadlines of cases are decided here too."""

    def step(state: State, command: Command) -> Outcome:
        if isinstance(command, Expire) and command.kind == CASE:
            return _expire(state, command)
        outcome = decide(state, _answering(state, command))
        for put in outcome.puts:
            if isinstance(put, Transfer) and put.final:
                after = [more for ended in _ended(state, outcome) for more in _after(state, ended)]
                return joined(outcome, *after)
        return outcome

    return step


def _answering(state: State, command: Command) -> Command:
    """A DFSP's refund of what is recalled says so to the bank: its reason is FOCR."""
    if not isinstance(command, Prepare) or command.returns is None or command.terms.refund is None:
        return command
    if command.envelope.dialect is Dialect.ISO_XML:
        return command
    refund, recalls = command.terms.refund, [case for case in _open_cases(state, command.returns) if case.recalls]
    if not recalls or (refund.reason or "").startswith(_FOLLOWING):
        return command
    reason = f"{_FOLLOWING} {refund.reason}" if refund.reason else _FOLLOWING
    return replace(command, terms=replace(command.terms, refund=replace(refund, reason=reason)))


def _each(state: State, decisions: list[Callable[[State], Outcome]]) -> Outcome:
    """Decide in order; each sees the effect of the ones before it."""
    if len(decisions) == 1:
        return decisions[0](state)
    tried, outcomes = state.fork(), []
    for decide in decisions:
        outcome = decide(tried)
        absorb(tried, outcome, [], [])
        outcomes.append(outcome)
    return joined(outcomes[0], *outcomes[1:])


def _answerer(command: AnswerCases, reply: CaseReply) -> Callable[[State], Outcome]:
    def decide(state: State) -> Outcome:
        return _answer(state, command, reply)

    return decide


def _answer(state: State, command: AnswerCases, reply: CaseReply) -> Outcome:
    envelope = command.envelope
    entry = _meant(state, reply, envelope.sender)
    met = Met(
        state, None, envelope=envelope, verdict=reply.verdict, why=reply.why, alone=len(command.replies) == 1,
        by_operator=envelope.dialect is Dialect.INTERNAL,
    )  # fmt: skip
    if isinstance(entry, str):
        taken_back = agreed(state, reply, envelope.sender)
        if taken_back:
            return Outcome(state=CaseState.CANCELLED.value)
        if taken_back is not None:
            met = met._replace(text="its creditor has taken the request back")
            return _unfit(met, Turn.CLOSED)
        return _unfit(met._replace(text=entry), Turn.STRANGER)
    case = state.get(Case, entry.case)
    if not entry.open or case is None:
        if entry.state in _AGREES[reply.verdict]:
            return Outcome(state=entry.state.value)
        return _unfit(met._replace(text=f"the case was closed: {entry.state.value.lower()}"), Turn.CLOSED)
    met = met._replace(before=case)
    if case.answer_hash == envelope.content_hash:
        return turned(met, Turn.SAID_AGAIN)
    return turned(met, _turn_of(reply, case), answer_hash=envelope.content_hash)


def _unfit(met: Met, turn: Turn) -> Outcome:
    return refused(fault("NO_OPEN_CASE", met.text)) if met.by_operator else turned(met._replace(before=None), turn)


def _turn_of(reply: CaseReply, case: Case) -> Turn:
    match reply.verdict:
        case Verdict.REFUSED:
            return Turn.REFUSES
        case Verdict.ACCEPTED if case.recalls:
            return Turn.SAID_AGAIN if case.state is CaseState.ACCEPTED else Turn.ACCEPTS
        case Verdict.ACCEPTED:
            return Turn.ANSWERS
        case Verdict.ANSWERED if not case.recalls:
            return Turn.ANSWERS
        case _:
            # Whatever else is said of a recall, the money is still asked for.
            return Turn.SAID_AGAIN if case.state is CaseState.ACCEPTED else Turn.WAITS


def _meant(state: State, reply: CaseReply, sender: FspId) -> CaseEntry | str:
    """The one case an answer is to, or why there is none."""
    if reply.key is not None:
        case = state.get(Case, reply.key)
        if case is None or case.answerer is None or not same_fsp(case.answerer, sender):
            return f"case {reply.key} is not one that {sender} may answer"
        names = case.references.names
        return CaseEntry(case.id, case.kind, case.state, case.asker, case.answerer, names)
    payments = dict.fromkeys((*reply.payments, *_called(state, reply, sender)))
    entries = [each for payment in payments for each in listed(state, payment) if _may(sender, each)]
    named = [each for each in entries if set(each.names) & set(reply.names)]
    entries = named or entries
    if not entries:
        return "no case of yours has these references"
    waiting = [each for each in entries if each.state in WAITING]
    if len(waiting) > 1:
        recalls = [each for each in waiting if each.kind in RECALLS]
        return recalls[0] if len(recalls) == 1 else "more than one case has these references; name the case"
    return waiting[0] if waiting else entries[-1]


def _called(state: State, reply: CaseReply, sender: FspId) -> Iterator[TransferId]:
    """The payments of the sender's cases that bear a name the answer gives, if it gives nothing surer."""
    for name in () if reply.payments else reply.names:
        named = state.get(CaseName, name)
        for payment, *sides in named.uses if named is not None else ():
            if any(same_fsp(sender, side) for side in sides):
                yield payment


def _may(sender: FspId, entry: CaseEntry) -> bool:
    """A recall is answered by who has the money; an exception may be ended by either side."""
    return same_fsp(entry.answerer, sender) or (entry.kind not in RECALLS and same_fsp(entry.asker, sender))


def _ended(state: State, outcome: Outcome) -> Iterator[Transfer]:
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.final:
            before = state.get(Transfer, put.id)
            if before is None or not before.final:
                yield put


def _after(state: State, ended: Transfer) -> Iterator[Outcome]:
    """What follows for open cases from a payment's end: of the payment itself, or of the one it gives back."""
    committed = ended.state is TransferState.COMMITTED
    for case in _open_cases(state, ended.id):
        if case.state is CaseState.HELD and committed:
            asked = replace(case, deadline=state.profile.recalls.due(state.now, recalls=True), held=None)
            yield turned(Met(state, case, asked), Turn.HELD_COMMITS)
        elif case.state is CaseState.HELD:
            text = f"the payment ended without effect{effect(ended)}"
            yield turned(Met(state, case, replace(case, held=None), text=text), Turn.HELD_ENDS)
    if committed and ended.returns is not None:
        for case in _open_cases(state, ended.returns):
            if case.recalls:
                yield turned(Met(state, case, text=f"given back by {ended.id}"), Turn.RETURNS)


def _open_cases(state: State, payment: TransferId) -> Iterable[Case]:
    entries = [each for each in listed(state, payment) if each.open]
    return [case for each in entries if (case := state.get(Case, each.case)) is not None]


def _expire(state: State, command: Expire) -> Outcome:
    case = state.get(Case, command.key)
    met = Met(state, case)
    if case is None or not case.open or case.deadline is None or state.now < case.deadline:
        return Outcome(state=TABLE[Turn.NOT_DUE].guard)
    if case.kind is CaseKind.INFORMATION or (case.state is CaseState.ACCEPTED and not case.recalls):
        return turned(met, Turn.INFORMED)
    late = "it was accepted, but the money did not come" if case.state is CaseState.ACCEPTED else "no answer came"
    return turned(met._replace(text=f"{late} in time"), Turn.UNANSWERED)
