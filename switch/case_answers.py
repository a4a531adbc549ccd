"""Turning a row of the case table into an Outcome: the new case, its place among those of its payment, events."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from schemas.canonical.administration import CaseNotice
from schemas.canonical.cases import (
    AnswerUnfit,
    Case,
    CaseAnswered,
    CaseEntry,
    CaseEvent,
    CaseForwarded,
    CaseName,
    CaseState,
    PaymentCases,
    Verdict,
    Why,
)
from schemas.canonical.events import Event
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.case_table import TABLE, Row, Tell, Turn
from switch.notices import notice
from switch.state import State
from switch.transfer_checks import is_bank

NOTICE: Final = "CASE_EMAIL"
"""The endpoint type of addresses that are told of a DFSP's cases."""
_LINE: Final = 105
_USES: Final = 50
_SAYS: Final = {
    CaseState.CANCELLED: Verdict.ACCEPTED,
    CaseState.REFUSED: Verdict.REFUSED,
    CaseState.PENDING: Verdict.PENDING,
    CaseState.ANSWERED: Verdict.ANSWERED,
}
"""What the asker was told last in that state."""


class Met(NamedTuple):
    """What a row is applied to: the case as it was (None: there is none), its new value, and the message if any.

    `text` explains the hub's own answer; `verdict` and `why` are the answerer's. `alone`: the message has nothing else
    in it, so that it may go on as it is.
    """

    state: State
    before: Case | None
    case: Case | None = None
    envelope: Envelope | None = None
    text: str = ""
    verdict: Verdict | None = None
    why: Why = Why()
    alone: bool = True
    by_operator: bool = False


def turned(met: Met, turn: Turn, **fields: Any) -> Outcome:
    """Apply a row; `fields` are what is learned on the way. Raises ValueError if the row is for another state."""
    row = TABLE[turn]
    if (met.before.state if met.before else None) not in row.before:
        raise ValueError(f"'{turn}' does not apply to {met.before}")
    case = met.case or met.before
    if case is None or row.after is None:
        return Outcome(events=_events(met, turn), state=case.state.value if case else turn.name)
    said = _said(met, row)
    told = {"answer": said, "answered_by": _speaker(met, row)} if said is not None else {}
    case = replace(case, state=row.after, changed=met.state.now, **{**told, **fields})
    puts = (case, *_kept(met.state, case))
    return Outcome(puts, events=_events(met._replace(case=case), turn), state=case.state.value, notes=(case.id,))


def _said(met: Met, row: Row) -> Why | None:
    if row.verdict is not None:
        return Why(row.reason, info=_lines(met.text))
    return met.why if met.verdict is not None else None


def _speaker(met: Met, row: Row) -> FspId | None:
    """Whose word it is; None: the hub's own."""
    return None if row.verdict is not None or met.envelope is None else met.envelope.sender


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text[start : start + _LINE] for start in range(0, len(text), _LINE))


def listed(state: State, payment: TransferId) -> tuple[CaseEntry, ...]:
    """The cases of a payment, in the order in which they changed last."""
    found = state.get(PaymentCases, payment)
    return found.entries if found is not None else ()


def _kept(state: State, case: Case) -> Iterator[Stored]:
    """The case in the list of its payment, and while it is open the names it may be called by."""
    if case.payment is None or case.answerer is None:
        return
    others = tuple(each for each in listed(state, case.payment) if each.case != case.id)
    entry = CaseEntry(case.id, case.kind, case.state, case.asker, case.answerer, case.references.names)
    known = state.get(Case, case.id) is not None
    yield PaymentCases(case.payment, (*others, entry))
    if known or not case.open:
        return
    for name in case.references.names:
        named = state.get(CaseName, name) or CaseName(name)
        use = (case.payment, case.asker, case.answerer)
        if use not in named.uses:
            yield replace(named, uses=(*named.uses, use)[-_USES:])


def _events(met: Met, turn: Turn) -> tuple[Event, ...]:
    told = (_TELL[tell](met, TABLE[turn]) for tell in TABLE[turn].tells)
    return tuple(event for event in told if event is not None)


def _told(met: Met, receiver: FspId, body: CaseEvent, original: Original | None = None) -> Event:
    """To a bank its message; of a DFSP's case the operator hears, who speaks for it."""
    case = met.case or met.before
    if case is not None and not is_bank(met.state, receiver):
        return notice(met.state, CaseNotice(receiver, case.id, case.kind.value, case.state.value), NOTICE)
    order = case.thread if case is not None else (met.envelope.message_id if met.envelope else None) or ""
    return Event(receiver, body, order=order, original=original)


def _asker(met: Met, row: Row) -> Event | None:
    case = met.case or met.before
    if case is None or row.verdict is None or met.by_operator:
        return None
    return _told(met, case.asker, CaseAnswered(case, row.verdict, Why(row.reason, info=_lines(met.text))))


def _again(met: Met, _row: Row) -> Event | None:
    """What the case has come to, to who asks once more; nothing while there is nothing to say."""
    case = met.before
    verdict = _SAYS.get(case.state) if case is not None else None
    if case is None or verdict is None or case.answer is None:
        return None
    return _told(met, case.asker, CaseAnswered(case, verdict, case.answer, case.answered_by))


def _other(met: Met, _row: Row) -> Event | None:
    case = met.case or met.before
    if case is None or case.answerer is None or met.envelope is None:
        raise ValueError("an answer is to a case")
    sender = met.envelope.sender
    receiver = case.asker if sender == case.answerer else case.answerer
    body = CaseAnswered(case, met.verdict or Verdict.ANSWERED, met.why, sender)
    return _told(met, receiver, body, _going_on(met))


def _answerer(met: Met, _row: Row) -> Event:
    case = met.case
    if case is None or case.answerer is None:
        raise ValueError("a request goes to somebody")
    held = met.before.held if met.before is not None else None
    return _told(met, case.answerer, CaseForwarded(case), held or _going_on(met))


def _debtor(met: Met, row: Row) -> Event | None:
    """The debtor's bank; a DFSP is told by the request, not by the case."""
    case = met.case
    bank = case is not None and case.answerer is not None and is_bank(met.state, case.answerer)
    return _answerer(met, row) if bank else None


def going_on(envelope: Envelope | None, *, alone: bool) -> Original | None:
    """The message itself, if it came from a bank and is about one payment only."""
    if envelope is None or envelope.dialect is not Dialect.ISO_XML or not alone:
        return None
    return envelope.original


def _going_on(met: Met) -> Original | None:
    return going_on(met.envelope, alone=met.alone)


def _sender(met: Met, _row: Row) -> Event | None:
    """An answer nobody waits for is no case's business: its sender is told by the message it sent."""
    envelope = met.envelope
    if envelope is None or envelope.dialect is not Dialect.ISO_XML:
        return None
    reason = fault("NO_OPEN_CASE", met.text)
    return Event(envelope.sender, AnswerUnfit(envelope.message_id or "", reason), order=envelope.message_id or "")


_TELL: Final[dict[Tell, Callable[[Met, Row], Event | None]]] = {
    Tell.ASKER: _asker,
    Tell.OTHER: _other,
    Tell.ANSWERER: _answerer,
    Tell.DEBTOR: _debtor,
    Tell.SENDER: _sender,
    Tell.AGAIN: _again,
}


def effect(transfer: Transfer) -> str:
    """Why a payment ended, for a text."""
    return f" ({transfer.fault.iso})" if transfer.fault is not None else ""
