"""Every row of the case table: the case's state, what becomes of its payment, and who is told what."""

from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.cases import (
    AnswerCases,
    Case,
    CaseAnswered,
    CaseKind,
    CaseReferences,
    CaseReply,
    CaseRequest,
    CaseState,
    OpenCases,
    PaymentCases,
    Verdict,
    Why,
)
from schemas.canonical.commands import Expire
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId
from schemas.canonical.participants import Participant
from schemas.canonical.requests import PayRequest, RequestAnswered, RequestState
from schemas.canonical.returns import PartState, ReturnPart, Returns
from schemas.canonical.wire import Dialect
from switch.case_answers import Met, turned
from switch.case_table import TABLE, Turn
from switch.engine import Parcel, deadlines, run
from switch.lanes import STEPS
from switch.state import InboxEntry, State
from tests.unit.switch import test_requests as rtp
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    ID,
    OTHER,
    Scene,
    accept,
    bank_prepare,
    envelope,
    reject,
    terms,
    usd,
)

BACK = TransferId("c51ec534-ee48-4575-b6a9-ead2955b8069")
NONE = TransferId("d51ec534-ee48-4575-b6a9-ead2955b8069")
PAID = [bank_prepare(), accept()]
OTHER_REQUEST = "6f6c1c38-6f2a-4f3e-9f53-1d3b2c4d5e6f"
DUE = "due"
ONE_STEP = "one-step"
RETURNED = "returned"
JOURNEY = "journey"
"""In a list: time passes; the payee pays out at once; all was given back; the payment is no transfer yet."""
OPEN_STATES = {CaseState.HELD, CaseState.OPEN, CaseState.PENDING, CaseState.ACCEPTED}


def ask(kind=CaseKind.RECALL, sender=BANK, payments=(ID,), content="r", key="k1", reason="DUPL", **fields):
    """A request for one payment."""
    request = CaseRequest(
        key, kind, CaseReferences(case_id=f"case {key}"), tuple(payments), content.encode(), Why(reason), **fields
    )
    return OpenCases(envelope(sender, "Hub", content, Dialect.ISO_XML, message_id=None), (request,))


def withdraw(sender=CREDITOR, kind=CaseKind.WITHDRAWAL, content="w", **about):
    """A creditor's bank takes a request to pay back."""
    found = ask(kind, sender, (), content, reason="CUST")
    references = CaseReferences(case_id="case k1", **(about or {"end_to_end_id": "E1"}))
    return msgspec.structs.replace(
        found, requests=(msgspec.structs.replace(found.requests[0], references=references),)
    )


def say(verdict, sender=CREDITOR, payments=(ID,), names=(), code=None, content="a", key=None):
    """An answer."""
    sent = envelope(sender, "Hub", content, Dialect.ISO_XML, message_id=f"m-{content}")
    return AnswerCases(sent, (CaseReply(Verdict(verdict), key, tuple(payments), names, Why(code)),))


def give_back(sender=CREDITOR):
    """A return of the whole payment."""
    found = bank_prepare(CREDITOR, BANK, transfer_id=BACK, returns=ID, terms=terms(CREDITOR, BANK))
    return msgspec.structs.replace(found, envelope=envelope(sender, None, "back", Dialect.ISO_XML, None))


def took_back():
    """The payer's bank takes it."""
    return msgspec.structs.replace(accept(sender=BANK, content="took"), transfer_id=BACK)


def told(batch):
    """What each receiver hears of cases and payments."""
    found = []
    for event in batch.events:
        body = event.body
        word = f"{body.verdict} {body.why.code or ''}".strip() if isinstance(body, CaseAnswered) else ""
        gone = " (original)" if event.original is not None else ""
        found.append(f"{type(body).__name__} {event.receiver} {word}".strip() + gone)
    return found


def play(commands):
    """Do all commands, give the scene and the batch of the last; what the tables hold closed is not in memory."""
    scene, batch = Scene(), None
    for command in commands:
        if command == DUE:
            scene.now += timedelta(days=30)
        elif command == ONE_STEP:
            bank = scene.get(Participant, CREDITOR)
            scene.change(bank, iso=msgspec.structs.replace(bank.iso, confirm="one-step"))
        elif command == RETURNED:
            scene.resident.put(Returns(ID, (ReturnPart(BACK, usd(100).units, PartState.DONE),)))
        elif command == JOURNEY:
            scene.resident.put(Journey(ID, bank_prepare(), JourneyState.QUOTING, "q", scene.now))
        else:
            batch = scene.do(command)
    return scene, batch


RECALLED = [*PAID, ask()]
QUESTION = ask(CaseKind.UNABLE_TO_APPLY, CREDITOR)
ASKED = ["CaseForwarded bank-b (original)"]
REFUSED, ACCEPTED = "CaseAnswered bank-a REFUSED", "CaseAnswered bank-a ACCEPTED"
TO_A, TO_B = (f"CaseAnswered {bank} ANSWERED (original)" for bank in (BANK, CREDITOR))
EXPIRE = Expire("case", "k1")
REQUESTED = rtp.ask()
NOT_YOURS, WITHDRAWN = "CaseAnswered bank-b REFUSED", "CaseAnswered bank-b ACCEPTED"

# turn, what happens (the last is the one looked at), state of case k1 after, who is told what
ROWS = [
    (Turn.ASKS, RECALLED, "OPEN", ASKED),
    (Turn.ASKS, [bank_prepare(), QUESTION], "OPEN", ["CaseForwarded bank-a (original)"]),
    (Turn.REPEATED, [*RECALLED, ask()], "OPEN", []),
    (Turn.REPEATED, [*RECALLED, say("REFUSED", code="CUST"), ask()], "REFUSED", [f"{REFUSED} CUST"]),
    (Turn.MODIFIED, [*RECALLED, ask(content="s")], "OPEN", [f"{REFUSED} NARR"]),
    (Turn.FAULTY, [ask(fault=fault("VALIDATION", "no payment"))], "REFUSED", [f"{REFUSED} NARR"]),
    (Turn.UNKNOWN, [ask()], "REFUSED", [f"{REFUSED} NOOR"]),
    (Turn.UNKNOWN, [*PAID, ask(sender=CREDITOR)], "REFUSED", ["CaseAnswered bank-b REFUSED NOOR"]),
    (Turn.UNKNOWN, [JOURNEY, ask(CaseKind.NON_RECEIPT)], "REFUSED", [f"{REFUSED} NOOR"]),
    (Turn.ENDED_BEFORE, [bank_prepare(), reject(CREDITOR, BANK), ask()], "CANCELLED", [ACCEPTED]),
    (Turn.RETURNED_BEFORE, [*PAID, RETURNED, ask()], "REFUSED", [f"{REFUSED} ARDT"]),
    (Turn.WITHDRAWN, [REQUESTED, withdraw()], "CANCELLED", [WITHDRAWN, ASKED[0].replace("bank-b", "bank-a")]),
    (Turn.WITHDRAWN, [REQUESTED, rtp.say(RequestState.PENDING), withdraw(kind=CaseKind.CANCELLATION)], "CANCELLED",
     [WITHDRAWN, ASKED[0].replace("bank-b", "bank-a")]),
    (Turn.REQUEST_UNKNOWN, [withdraw()], "REFUSED", [f"{NOT_YOURS} IRNR"]),
    (Turn.REQUEST_UNKNOWN, [REQUESTED, withdraw(end_to_end_id="E1", message_id="other")], "REFUSED",
     [f"{NOT_YOURS} IRNR"]),
    (Turn.REQUEST_UNKNOWN, [REQUESTED, withdraw(BANK)], "REFUSED", [f"{REFUSED} IRNR"]),
    (Turn.REQUEST_ACCEPTED, [REQUESTED, rtp.say(RequestState.ACCEPTED), withdraw()], "REFUSED", [f"{NOT_YOURS} ALAC"]),
    (Turn.REQUEST_REFUSED, [REQUESTED, rtp.say(RequestState.REJECTED), withdraw()], "REFUSED", [f"{NOT_YOURS} ARFR"]),
    (Turn.REQUEST_OVER, [REQUESTED, DUE, withdraw()], "REFUSED", [f"{NOT_YOURS} AEXR"]),
    (Turn.REQUEST_PAID, [REQUESTED, rtp.pay(), withdraw()], "REFUSED", [f"{NOT_YOURS} PATE"]),
    (Turn.FAULTY, [rtp.ask(rtp.request(), rtp.request(OTHER_REQUEST)), withdraw()], "REFUSED", [f"{NOT_YOURS} NARR"]),
    (Turn.REPEATED, [REQUESTED, withdraw(), withdraw()], "CANCELLED", [WITHDRAWN]),
    (Turn.OTHER_OPEN, [*PAID, ask(key="k0"), ask()], "REFUSED", [f"{REFUSED} NARR"]),
    (Turn.TOO_LATE, [*PAID, DUE, ask()], "REFUSED", [f"{REFUSED} NARR"]),
    (Turn.ASKS, [*PAID, DUE, ask(reason="FRAD")], "OPEN", ASKED),
    (
        Turn.CANCELS,
        [bank_prepare(), ask()],
        "CANCELLED",
        [ACCEPTED, "Aborted bank-a", "Aborted bank-b"],
    ),
    (Turn.CANCELS, [JOURNEY, ask()], "CANCELLED", [ACCEPTED]),
    (Turn.HOLDS, [ONE_STEP, bank_prepare(), ask()], "HELD", []),
    (Turn.HELD_COMMITS, [ONE_STEP, bank_prepare(), ask(), accept()], "OPEN", ["Committed bank-a", *ASKED]),
    (
        Turn.HELD_ENDS,
        [ONE_STEP, bank_prepare(), ask(), reject(CREDITOR, BANK, dialect=Dialect.ISO_XML)],
        "CANCELLED",
        ["Aborted bank-a", ACCEPTED],
    ),
    (Turn.ACCEPTS, [*RECALLED, say("ACCEPTED")], "ACCEPTED", []),
    (Turn.REFUSES, [*RECALLED, say("REFUSED", code="CUST")], "REFUSED", [f"{REFUSED} CUST (original)"]),
    (Turn.REFUSES, [*RECALLED, say("ACCEPTED"), say("REFUSED", content="b")], "REFUSED", [f"{REFUSED} (original)"]),
    (Turn.WAITS, [*RECALLED, say("PENDING")], "PENDING", ["CaseAnswered bank-a PENDING (original)"]),
    (Turn.WAITS, [*RECALLED, say("ANSWERED")], "PENDING", [TO_A]),
    (
        Turn.TELLS,
        [*PAID, QUESTION, ask(CaseKind.INFORMATION, key="k2", reason=None)],
        "ACCEPTED",
        [TO_B],
    ),
    (Turn.ANSWERS, [*PAID, QUESTION, say("ANSWERED", BANK)], "ANSWERED", [TO_B]),
    (
        Turn.ANSWERS,
        [*PAID, QUESTION, say("ANSWERED", CREDITOR)],
        "ANSWERED",
        [TO_A],
    ),
    (Turn.SAID_AGAIN, [*RECALLED, say("PENDING"), say("PENDING")], "PENDING", []),
    (Turn.SAID_AGAIN, [*RECALLED, say("ACCEPTED"), say("PENDING", content="b")], "ACCEPTED", []),
    (Turn.CLOSED, [*RECALLED, say("REFUSED"), say("ACCEPTED", content="b")], "REFUSED", ["AnswerUnfit bank-b"]),
    (Turn.STRANGER, [*RECALLED, say("REFUSED", OTHER)], "OPEN", ["AnswerUnfit otherfsp"]),
    (Turn.STRANGER, [*RECALLED, say("REFUSED", BANK)], "OPEN", ["AnswerUnfit bank-a"]),
    (Turn.STRANGER, [*RECALLED, say("REFUSED", payments=(NONE,))], "OPEN", ["AnswerUnfit bank-b"]),
    (
        Turn.RETURNS,
        [*RECALLED, say("ACCEPTED"), give_back(), took_back()],
        "CANCELLED",
        ["Committed bank-b", "Committed bank-a", ACCEPTED],
    ),
    (Turn.UNANSWERED, [*RECALLED, DUE, EXPIRE], "REFUSED", [f"{REFUSED} NOAS"]),
    (Turn.UNANSWERED, [*RECALLED, say("ACCEPTED"), DUE, EXPIRE], "REFUSED", [f"{REFUSED} NOAS"]),
    (Turn.INFORMED, [*PAID, ask(CaseKind.INFORMATION), DUE, EXPIRE], "ANSWERED", []),
    (Turn.NOT_DUE, [*RECALLED, EXPIRE], "OPEN", []),
    (Turn.NOT_DUE, [*RECALLED, say("REFUSED"), DUE, EXPIRE], "REFUSED", []),
]


@pytest.mark.parametrize(("turn", "commands", "state", "words"), ROWS)
def test_the_row(turn, commands, state, words):
    scene, batch = play(commands)
    case = scene.get(Case, "k1")
    assert (case.state.value if case else None) == state
    assert told(batch) == words


@pytest.mark.parametrize(("turn", "commands", "state", "words"), ROWS)
def test_the_row_is_the_table_s(turn, commands, state, words):
    scene, _ = play(commands[:-1])
    before, row = scene.get(Case, "k1"), TABLE[turn]
    if turn is not Turn.STRANGER:
        assert (before.state if before else None) in row.before
    assert state == (row.after.value if row.after else before.state.value if before else None)


def test_every_turn_of_the_table_is_played():
    assert {row[0] for row in ROWS} | {Turn.WITHDRAWN_BEFORE} == set(Turn) == set(TABLE)


def test_a_request_taken_back_is_neither_paid_nor_accepted_any_more():
    scene, _ = play([REQUESTED, withdraw()])
    assert scene.get(PayRequest, rtp.KEY).fault.iso == "DS02"
    assert rtp.outcome(scene.do(rtp.pay())) == [f"{BANK} DS02"]
    assert scene.do(rtp.say(RequestState.ACCEPTED)).receipts[0].fault.iso == "DS02"
    assert scene.do(rtp.say(RequestState.REJECTED)).receipts[0].state == "REPEATED"
    assert rtp.outcome(scene.do(REQUESTED)) == [f"{CREDITOR} CANCELLED DS02"]


def test_a_request_taken_back_under_another_case_id_stays_so():
    scene, _ = play([REQUESTED, withdraw()])
    again = withdraw(uetr=None, message_id="M-5f6c")
    batch = scene.do(msgspec.structs.replace(again, requests=(msgspec.structs.replace(again.requests[0], key="k2"),)))
    assert told(batch) == [WITHDRAWN]
    assert scene.get(Case, "k2").state is TABLE[Turn.WITHDRAWN_BEFORE].after


def test_the_debtors_bank_may_answer_what_has_happened_anyway():
    scene, _ = play([REQUESTED, withdraw()])
    assert told(scene.do(say("ACCEPTED", BANK, (), ("case k1",)))) == []
    assert told(scene.do(say("REFUSED", BANK, (), ("case k1",), content="b"))) == ["AnswerUnfit bank-a"]
    about = CaseReply(Verdict.ACCEPTED, references=CaseReferences(end_to_end_id="E1"))
    named = msgspec.structs.replace(say("ACCEPTED", BANK, (), content="c"), replies=(about,))
    assert told(scene.do(named)) == []
    assert told(scene.do(msgspec.structs.replace(named, envelope=say("ACCEPTED", OTHER, content="d").envelope))) == [
        "AnswerUnfit otherfsp"
    ]


def test_a_whole_message_of_requests_is_taken_back_one_by_one():
    scene, _ = play([rtp.ask(rtp.request(message="M-1"), rtp.request(OTHER_REQUEST, e2e="E2", message="M-1"))])
    scene.do(msgspec.structs.replace(rtp.say(RequestState.ACCEPTED, end_to_end_id="E2"), key="x"))
    batch = scene.do(withdraw(message_id="M-1"))
    assert told(batch) == [WITHDRAWN, "CaseForwarded bank-a", f"{NOT_YOURS} ALAC"]
    cases = [event.body.case for event in batch.events if isinstance(event.body, CaseAnswered)]
    assert [case.references.end_to_end_id for case in cases] == ["E1", "E2"]


def test_a_dfsp_is_told_in_its_own_words():
    scene, _ = play([rtp.ask(rtp.request(payer=OTHER))])
    batch = scene.do(withdraw())
    assert [(type(event.body), event.receiver) for event in batch.events] == [
        (CaseAnswered, CREDITOR), (RequestAnswered, OTHER),
    ]  # fmt: skip


@pytest.mark.parametrize("turn", Turn)
def test_a_closed_case_stays_as_it_is(turn):
    row = TABLE[turn]
    if row.after is not None:
        assert not {state for state in row.before if state is not None and state not in OPEN_STATES}


def test_a_row_is_refused_for_another_state():
    scene, _ = play(RECALLED)
    with pytest.raises(ValueError, match="does not apply"):
        turned(Met(scene, scene.get(Case, "k1")), Turn.HELD_COMMITS)


def test_a_payment_stopped_before_the_ledger_has_it_ends_when_it_comes():
    """The bank hears of the payment's end once, from the journey's own end."""
    scene, batch = play([JOURNEY, ask()])
    assert told(batch) == [ACCEPTED]
    again = scene.do(bank_prepare())
    assert [type(event.body).__name__ for event in again.events] == ["Stated"]
    assert scene.transfer().fault.name == "RECALLED"


def test_an_open_case_has_a_deadline_and_a_closed_one_none():
    scene, _ = play(RECALLED)
    case = scene.get(Case, "k1")
    assert deadlines((case,)) == [(case.deadline, EXPIRE)]
    assert deadlines((msgspec.structs.replace(case, state=CaseState.REFUSED),)) == []


def test_a_message_may_ask_about_several_payments():
    first, second = ask().requests[0], ask(payments=(NONE,), key="k2").requests[0]
    scene, _ = play(PAID)
    batch = scene.do(msgspec.structs.replace(ask(), requests=(first, second)))
    assert told(batch) == ["CaseForwarded bank-b", f"{REFUSED} NOOR"], "nothing of it goes on as it is"
    assert [scene.get(Case, key).state.value for key in ("k1", "k2")] == ["OPEN", "REFUSED"]


def test_an_answer_may_name_the_case_alone():
    scene, _ = play([*PAID, QUESTION])
    batch = scene.do(say("ANSWERED", BANK, (), ("case k1",)))
    assert told(batch) == [TO_B]


def test_an_answer_that_fits_two_cases_is_not_guessed_at():
    other = ask(CaseKind.NON_RECEIPT, CREDITOR, content="n", key="k2")
    scene, _ = play([*PAID, QUESTION, other])
    assert told(scene.do(say("ANSWERED", BANK))) == ["AnswerUnfit bank-a"]
    assert told(scene.do(say("ANSWERED", BANK, names=("case k2",), content="b"))) != ["AnswerUnfit bank-a"]
    assert scene.get(Case, "k2").state is CaseState.ANSWERED
    assert scene.get(PaymentCases, ID).open


def test_a_dfsp_is_heard_through_the_operator_and_hears_nothing():
    scene, _ = play(PAID)
    scene.change(scene.get(Participant, CREDITOR), iso=None)
    batch = scene.do(ask())
    assert told(batch) == ["CaseNotice @operator"]
    spoken = say("REFUSED", CREDITOR, (), key="k1", code="LEGL")
    spoken = msgspec.structs.replace(spoken, envelope=envelope(CREDITOR, None, "o", Dialect.INTERNAL))
    assert told(scene.do(spoken)) == [f"{REFUSED} LEGL"]
    again = say("ACCEPTED", CREDITOR, (), key="k1")
    again = msgspec.structs.replace(again, envelope=envelope(CREDITOR, None, "p", Dialect.INTERNAL))
    (receipt,) = scene.do(again).receipts
    assert receipt.fault is not None
    assert receipt.fault.name == "NO_OPEN_CASE"


def test_what_the_operator_cannot_ask_leaves_no_case():
    scene, _ = play(PAID)
    asked = ask(payments=(NONE,))
    batch = scene.do(msgspec.structs.replace(asked, envelope=envelope(BANK, None, "o", Dialect.INTERNAL)))
    assert batch.receipts[0].fault is not None
    assert (scene.get(Case, "k1"), batch.events) == (None, ())


def test_a_message_id_used_again_is_answered_in_the_words_of_its_message():
    scene, _ = play(PAID)
    sent = [msgspec.structs.replace(each.envelope, message_id="m1") for each in (ask(), ask(content="s"))]
    scene.do(msgspec.structs.replace(ask(), envelope=sent[0]))
    parcels = [Parcel(msgspec.structs.replace(ask(content="s", key="k2"), envelope=sent[1]))]
    seen = InboxEntry(BANK, "m1", sent[0].content_hash)
    state = State(scene.now, scene.profile, scene.resident, inbox=(seen,))
    assert told(run(state, STEPS["ledger"], parcels)) == [f"{REFUSED} NARR"]
