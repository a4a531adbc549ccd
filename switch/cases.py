"""Cases: recalls, exceptions and investigations, from the request to the answer; which row of the table is met. Pure.

A recall of a payment that is not committed ends the payment here and now, in the ledger's own order. After that nobody
but the payee can give the money back: the case waits for its answer, or for the return that says more than any answer.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.canonical.cases import (
    RECALLS,
    AnswerCases,
    CancelPayment,
    Case,
    CaseEntry,
    CaseKind,
    CaseName,
    CaseReferences,
    CaseReply,
    CaseRequest,
    CaseState,
    OpenCases,
    PaymentCases,
    Verdict,
)
from schemas.canonical.commands import Command, Expire
from schemas.canonical.dialogue import Journey
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.returns import Returns
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope
from switch.accounts import refused
from switch.case_answers import Met, effect, going_on, turned
from switch.case_table import TABLE, WAITING, Turn
from switch.conversions import joined
from switch.engine import Step, absorb
from switch.state import State
from switch.transfer_checks import same_fsp
from translator.iso.transfers import references_out

CASE: Final = "case"
"""The kind of the deadline."""
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
                return _each(state, [_opener(command, request, transfers) for request in command.requests])
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
        outcome = decide(state, command)
        return joined(outcome, *(more for ended in _ended(state, outcome) for more in _after(state, ended)))

    return step


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


class _Found(NamedTuple):
    """The payment a request is about: a transfer, or a journey that is none yet."""

    transfer: Transfer | None = None
    journey: Journey | None = None


def _opener(command: OpenCases, request: CaseRequest, transfers: Step) -> Callable[[State], Outcome]:
    def decide(state: State) -> Outcome:
        return _open(state, command, request, transfers)

    return decide


def _open(state: State, command: OpenCases, request: CaseRequest, transfers: Step) -> Outcome:
    envelope = command.envelope
    internal = envelope.dialect is Dialect.INTERNAL
    met = Met(
        state, state.get(Case, request.key), envelope=envelope, alone=len(command.requests) == 1, by_operator=internal
    )
    if met.before is not None:
        same = (met.before.asker, met.before.content_hash) == (envelope.sender, request.content_hash)
        text = "" if same else f"the id {request.references.names[0]} was used before for another request"
        return turned(met._replace(text=text), Turn.REPEATED if same else Turn.MODIFIED)
    found = _payment(state, request, envelope.sender)
    met = met._replace(case=_new(state, envelope, request, found))
    turn, text = _turn(state, request, found)
    met = met._replace(text=text)
    if internal and turn in _NO_CASE:
        return refused(fault("CLIENT_ERROR", text))
    if turn is Turn.CANCELS:
        payment = request.payments[0] if found.transfer is None else found.transfer.id
        ended = transfers(state, CancelPayment(payment, fault("RECALLED", _reason(request))))
        return joined(turned(met, turn), ended)
    if turn is Turn.HOLDS:
        return turned(met, turn, held=going_on(envelope, alone=met.alone))
    if turn is Turn.ASKS:
        within = _within(state, met, request)
        return within if within is not None else turned(met, turn, deadline=_deadline(state, request))
    return turned(met, turn)


_NO_CASE: Final = frozenset(
    {Turn.FAULTY, Turn.UNKNOWN, Turn.ENDED_BEFORE, Turn.RETURNED_BEFORE, Turn.OTHER_OPEN, Turn.TOO_LATE}
)
"""What the operator is told at once, so that there is no case of it."""


def _reason(request: CaseRequest) -> str:
    return f"recalled by the payer for {request.why.code or request.why.word or 'no reason given'}"


def _deadline(state: State, request: CaseRequest) -> datetime:
    return state.profile.recalls.due(state.now, recalls=request.kind in RECALLS)


def _payment(state: State, request: CaseRequest, sender: FspId) -> _Found:
    """The first payment that may be meant and is the sender's: to recall one must have paid it."""
    for key in request.payments:
        transfer = state.get(Transfer, key)
        if transfer is not None:
            sides = (transfer.payer,) if request.kind in RECALLS else (transfer.payer, transfer.payee)
            if transfer.converts is None and any(same_fsp(sender, side) for side in sides):
                return _Found(transfer)
            continue
        journey = state.get(Journey, key)
        if journey is not None and journey.prepare.payer == sender:
            return _Found(None, journey)
    return _Found()


def _new(state: State, envelope: Envelope, request: CaseRequest, found: _Found) -> Case:
    transfer, sender = found.transfer, envelope.sender
    other = None
    if transfer is not None:
        other = transfer.payee if same_fsp(sender, transfer.payer) else transfer.payer
    payment = transfer.id if transfer is not None else None
    return Case(
        request.key, request.kind, CaseState.OPEN, sender, request.references, request.content_hash, state.now,
        state.now, payment or (request.payments[0] if request.payments else request.key), other, payment,
        transfer.amount if transfer is not None else None, _settled(transfer), _sent_as(envelope, request, transfer),
        why=request.why, inquiry=request.inquiry,
    )  # fmt: skip


def _settled(transfer: Transfer | None) -> str | None:
    if transfer is None:
        return None
    known = transfer.terms.references
    return (known.settlement_date if known else None) or (transfer.completed or transfer.created).date().isoformat()


def _sent_as(envelope: Envelope, request: CaseRequest, transfer: Transfer | None) -> CaseReferences | None:
    """The payment as its payee's bank knows it, where the asker's own message does not go there."""
    if transfer is None or (request.kind is not CaseKind.CANCELLATION and envelope.dialect is not Dialect.INTERNAL):
        return None
    known = references_out(transfer)
    return CaseReferences(
        message_id=known.message_id, message_name=known.message_name, created=known.created,
        instruction_id=known.instruction_id, end_to_end_id=known.end_to_end_id, transaction_id=known.transaction_id,
        uetr=known.uetr,
    )  # fmt: skip


def _turn(state: State, request: CaseRequest, found: _Found) -> tuple[Turn, str]:
    """The row that fits, and the words for the asker."""
    if request.fault is not None:
        return Turn.FAULTY, request.fault.description
    transfer, recalls = found.transfer, request.kind in RECALLS
    if transfer is None:
        return _turn_of_journey(found.journey) if recalls else (Turn.UNKNOWN, _NOT_YOURS)
    if not recalls:
        return Turn.ASKS, ""
    if transfer.state is TransferState.ABORTED:
        return Turn.ENDED_BEFORE, f"the payment had ended without effect{effect(transfer)}"
    other = next((each for each in _listed(state, transfer.id) if each.open and each.kind in RECALLS), None)
    if other is not None:
        return Turn.OTHER_OPEN, f"recall {' '.join(other.names[:1]) or other.case} of this payment is open"
    if not transfer.final:
        payee = state.get(Participant, transfer.payee)
        at_once = payee is not None and payee.iso is not None and payee.iso.confirm == _ONE_STEP
        return (Turn.HOLDS, "") if at_once else (Turn.CANCELS, "the payment was not committed, and never will be")
    returns = state.get(Returns, transfer.id)
    if returns is not None and returns.done >= transfer.amount.units:
        return Turn.RETURNED_BEFORE, "the payment was given back before"
    latest = state.profile.recalls.latest(transfer.completed or transfer.created, request.why.code)
    if state.now > latest:
        return Turn.TOO_LATE, f"a recall for {request.why.code or 'no reason'} was possible until {latest:%Y-%m-%d}"
    return Turn.ASKS, ""


_ONE_STEP: Final = "one-step"
_NOT_YOURS: Final = "no payment of yours has these references"


def _turn_of_journey(journey: Journey | None) -> tuple[Turn, str]:
    if journey is None:
        return Turn.UNKNOWN, _NOT_YOURS
    if journey.fault is not None:
        return Turn.ENDED_BEFORE, f"the payment had ended without effect ({journey.fault.iso})"
    return Turn.CANCELS, "the payment was not committed, and never will be"


def _listed(state: State, payment: TransferId) -> tuple[CaseEntry, ...]:
    listed = state.get(PaymentCases, payment)
    return listed.entries if listed is not None else ()


def _within(state: State, met: Met, request: CaseRequest) -> Outcome | None:
    """What a camt.028 tells may be what the other bank asked for: then it belongs to that case, and is none itself."""
    case = met.case
    if case is None or request.kind is not CaseKind.INFORMATION or case.payment is None:
        return None
    asked = [
        each
        for each in _listed(state, case.payment)
        if each.open and each.kind not in RECALLS and each.answerer == case.asker
    ]
    open_one = state.get(Case, asked[0].case) if asked else None
    if open_one is None:
        return None
    said = met._replace(before=open_one, case=None, verdict=Verdict.ANSWERED, why=request.why)
    return turned(said, Turn.TELLS)


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
    entries = [each for payment in payments for each in _listed(state, payment) if _may(sender, each)]
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
    entries = [each for each in _listed(state, payment) if each.open]
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
