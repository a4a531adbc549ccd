"""The states of a case: one row per thing that can happen. Steps act on these rows, tests and docs read them.

Sources: message definitions of camt.056 and camt.029; EPC rulebooks for the reasons of refusals.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.canonical.cases import CLOSED, CaseState, Verdict

HELD, OPEN, PENDING = CaseState.HELD, CaseState.OPEN, CaseState.PENDING
ACCEPTED, CANCELLED, REFUSED = CaseState.ACCEPTED, CaseState.CANCELLED, CaseState.REFUSED
ANSWERED = CaseState.ANSWERED

NEW: Final = (None,)
ASKED: Final = (OPEN, PENDING)
WAITING: Final = (OPEN, PENDING, ACCEPTED)
ENDED: Final = tuple(state for state in CaseState if state in CLOSED)
KNOWN: Final = tuple(CaseState)


class Turn(StrEnum):
    """What was found when something met a case."""

    REPEATED = "request repeated"
    MODIFIED = "request modified"
    FAULTY = "request not understood"
    UNKNOWN = "payment not known"
    ENDED_BEFORE = "payment had ended"
    RETURNED_BEFORE = "payment was returned"
    WITHDRAWN = "request to pay taken back"
    WITHDRAWN_BEFORE = "request to pay taken back before"
    REQUEST_UNKNOWN = "request to pay not known"
    REQUEST_ACCEPTED = "request to pay was accepted"
    REQUEST_REFUSED = "request to pay was refused"
    REQUEST_OVER = "request to pay has expired"
    REQUEST_PAID = "request to pay is paid"
    OTHER_OPEN = "another recall is open"
    TOO_LATE = "recalled too late"
    CANCELS = "payment cancelled"
    HOLDS = "payment still under way"
    ASKS = "request sent on"
    HELD_COMMITS = "held payment commits"
    HELD_ENDS = "held payment ends"
    ACCEPTS = "recall accepted"
    REFUSES = "case refused"
    WAITS = "case pending"
    TELLS = "exception informed"
    ANSWERS = "exception answered"
    SAID_AGAIN = "same answer again"
    CLOSED = "answer after closing"
    STRANGER = "answer to nothing"
    RETURNS = "money is back"
    UNANSWERED = "no answer in time"
    INFORMED = "information took effect"
    NOT_DUE = "not due"


class Tell(StrEnum):
    """Who is told what."""

    ASKER = "CaseAnswered to the asker"
    OTHER = "CaseAnswered to the other side"
    ANSWERER = "CaseForwarded to the answerer"
    DEBTOR = "CaseForwarded to the debtor's bank, RequestAnswered to a DFSP"
    SENDER = "AnswerUnfit to the sender"
    AGAIN = "CaseAnswered to the asker, as before"


class Row(NamedTuple):
    """`before` names the states the row is for (None: no such case); `after` None leaves the case as it is.

    `verdict` and `reason` (code of the external list) are the hub's own answer, where it gives one.
    """

    what: str
    guard: str
    before: tuple[CaseState | None, ...]
    after: CaseState | None = None
    tells: tuple[Tell, ...] = ()
    verdict: Verdict | None = None
    reason: str | None = None


_NO: Final = (Tell.ASKER,)

TABLE: Final[dict[Turn, Row]] = {
    Turn.REPEATED: Row("request", "same content", KNOWN, tells=(Tell.AGAIN,)),
    Turn.MODIFIED: Row("request", "its id was used for another request", KNOWN, None, _NO, Verdict.REFUSED, "NARR"),
    Turn.FAULTY: Row("request", "names no payment", NEW, REFUSED, _NO, Verdict.REFUSED, "NARR"),
    Turn.UNKNOWN: Row(
        "request", "no such payment, or not one of the sender", NEW, REFUSED, _NO, Verdict.REFUSED, "NOOR"
    ),
    Turn.ENDED_BEFORE: Row(
        "recall", "the payment ended without effect", NEW, CANCELLED, _NO, Verdict.ACCEPTED
    ),
    Turn.RETURNED_BEFORE: Row("recall", "all of it was given back", NEW, REFUSED, _NO, Verdict.REFUSED, "ARDT"),
    Turn.WITHDRAWN: Row(
        "withdrawal", "the debtor has not accepted it: it is cancelled", NEW, CANCELLED, (Tell.ASKER, Tell.DEBTOR),
        Verdict.ACCEPTED,
    ),
    Turn.WITHDRAWN_BEFORE: Row("withdrawal", "it was cancelled", NEW, CANCELLED, _NO, Verdict.ACCEPTED),
    Turn.REQUEST_UNKNOWN: Row(
        "withdrawal", "no such request, or not one of the sender", NEW, REFUSED, _NO, Verdict.REFUSED, "IRNR"
    ),
    Turn.REQUEST_ACCEPTED: Row("withdrawal", "the debtor accepted it", NEW, REFUSED, _NO, Verdict.REFUSED, "ALAC"),
    Turn.REQUEST_REFUSED: Row("withdrawal", "the debtor refused it", NEW, REFUSED, _NO, Verdict.REFUSED, "ARFR"),
    Turn.REQUEST_OVER: Row("withdrawal", "its time was over", NEW, REFUSED, _NO, Verdict.REFUSED, "AEXR"),
    Turn.REQUEST_PAID: Row("withdrawal", "it is paid, or being paid", NEW, REFUSED, _NO, Verdict.REFUSED, "PATE"),
    Turn.OTHER_OPEN: Row("recall", "one open recall a payment", NEW, REFUSED, _NO, Verdict.REFUSED, "NARR"),
    Turn.TOO_LATE: Row("recall", "after the scheme's time for its reason", NEW, REFUSED, _NO, Verdict.REFUSED, "NARR"),
    Turn.CANCELS: Row(
        "recall", "the payment is not committed: it is aborted", NEW, CANCELLED, _NO, Verdict.ACCEPTED
    ),
    Turn.HOLDS: Row("recall", "not committed, and the payee's bank pays out when it accepts", NEW, HELD),
    Turn.ASKS: Row("request", "else", NEW, OPEN, (Tell.ANSWERER,)),
    Turn.HELD_COMMITS: Row("the payment", "commits", (HELD,), OPEN, (Tell.ANSWERER,)),
    Turn.HELD_ENDS: Row("the payment", "ends without effect", (HELD,), CANCELLED, _NO, Verdict.ACCEPTED),
    Turn.ACCEPTS: Row("answer", "a recall is accepted: the money will come", WAITING, ACCEPTED),
    Turn.REFUSES: Row("answer", "refused", WAITING, REFUSED, (Tell.OTHER,)),
    Turn.WAITS: Row("answer", "pending", ASKED, PENDING, (Tell.OTHER,)),
    Turn.TELLS: Row("camt.028", "tells what an open exception asks for", WAITING, ACCEPTED, (Tell.OTHER,)),
    Turn.ANSWERS: Row("answer", "anything else, to an exception, by either side", WAITING, ANSWERED, (Tell.OTHER,)),
    Turn.SAID_AGAIN: Row("answer", "what it had come to already", KNOWN),
    Turn.CLOSED: Row("answer", "nobody waits any more", (None, *ENDED), tells=(Tell.SENDER,)),
    Turn.STRANGER: Row("answer", "no case, or not the sender's to answer", NEW, tells=(Tell.SENDER,)),
    Turn.RETURNS: Row("a return", "commits", (HELD, *WAITING), CANCELLED, _NO, Verdict.ACCEPTED),
    Turn.INFORMED: Row("deadline", "information, or a question that information came to", WAITING, ANSWERED),
    Turn.UNANSWERED: Row("deadline", "anything else", WAITING, REFUSED, _NO, Verdict.REFUSED, "NOAS"),
    Turn.NOT_DUE: Row("deadline", "closed, or not yet", (None, *KNOWN)),
}  # fmt: skip
"""Every turn; `tests/unit/switch/test_cases.py` has at least one row for each."""
