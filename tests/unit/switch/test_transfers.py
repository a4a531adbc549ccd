"""Every row of the transfer table: state, posting and who is told what, from the messages that lead there."""

import itertools
from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.cases import CancelPayment
from schemas.canonical.commands import Expire, RecordFunds
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.transfer import TransferState
from schemas.canonical.wire import Dialect
from switch.transfer_table import TABLE, Case
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    EXPIRY,
    ID,
    NOW,
    OTHER,
    OTHER_FULFILMENT,
    PAYEE,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    fulfil,
    note,
    phases,
    prepare,
    query,
    reject,
    told,
    usd,
)

EXPIRE = Expire("transfer", ID)
FUNDS_IN = RecordFunds(PAYER, 2, ID, "recordFundsIn", usd(10))
BOTH_3100 = ["Aborted payerfsp 3100", "Aborted payeefsp 3100"]
RECALL = CancelPayment(ID, fault("RECALLED"))
LATE = "late"
"""In a list of commands: the clock passes the expiry."""


def play(commands):
    """Do all commands but the last, give the scene and the batch of the last."""
    scene, batch = Scene(), None
    for command in commands:
        if command == LATE:
            scene.now = EXPIRY
        else:
            batch = scene.do(command)
    return scene, batch


# case, commands (the last is the one looked at), state after, posting, who is told what
ROWS = [
    (Case.PREPARE_NOT_FROM_PAYER, [prepare(sender=OTHER)], None, [], ["Refused otherfsp 3100"]),
    (Case.PREPARE_RESERVES, [prepare()], "RESERVED", ["reserve"], ["Reserved payeefsp (original)"]),
    (Case.PREPARE_FAILS, [prepare(amount=501)], "ABORTED", [], ["Aborted payerfsp 4001"]),
    (Case.PREPARE_REPEATED_EARLY, [prepare(), prepare()], "RESERVED", [], ["Stated payerfsp"]),
    (Case.PREPARE_REPEATED_EARLY, [bank_prepare(), bank_prepare()], "RESERVED", [], []),
    (Case.PREPARE_REPEATED, [prepare(), fulfil(), prepare()], "COMMITTED", [], ["Stated payerfsp"]),
    (Case.PREPARE_REPEATED, [prepare(amount=501), prepare(amount=501)], "ABORTED", [], ["Stated payerfsp"]),
    (Case.PREPARE_MODIFIED, [prepare(), prepare(amount=7, content="q")], "RESERVED", [], ["Refused payerfsp 3106"]),
    (Case.PREPARE_MODIFIED, [prepare(), prepare(payer=OTHER)], "RESERVED", [], ["Refused otherfsp 3106"]),
    (Case.PREPARE_OF_FUNDS, [FUNDS_IN, prepare()], None, [], ["Refused payerfsp 3106"]),
    (Case.ANSWER_OF_OLD_VERSION, [prepare(), fulfil("RESERVED", version="1.0")], "RESERVED", [], []),
    (Case.ANSWER_UNKNOWN, [fulfil()], None, [], ["Refused payeefsp 2001"]),
    (Case.ANSWER_UNKNOWN, [reject()], None, [], ["Refused payeefsp 2001"]),
    (Case.ANSWER_UNKNOWN, [note()], None, [], ["Refused bank-b 3208"]),
    (Case.ANSWER_UNKNOWN, [accept()], None, [], ["Refused bank-b 3208"]),
    (
        Case.ANSWER_NOT_FROM_PAYEE,
        [prepare(), fulfil("RESERVED", sender=OTHER)],
        "RESERVED",
        [],
        ["Refused otherfsp 3100"],
    ),
    (Case.ANSWER_NOT_FROM_PAYEE, [prepare(), reject(sender=OTHER)], "RESERVED", [], ["Refused otherfsp 3100"]),
    (Case.ANSWER_NOT_FROM_PAYEE, [prepare(), note(sender=CREDITOR)], "RESERVED", [], ["Refused bank-b 3100"]),
    (Case.ANSWER_NOT_TO_PAYER, [prepare(), fulfil(receiver=OTHER)], "ABORTED", ["void"], BOTH_3100),
    (Case.ANSWER_NOT_TO_PAYER, [prepare(), reject(receiver=OTHER)], "ABORTED", ["void"], BOTH_3100),
    (
        Case.ANSWER_NOT_TO_PAYER,
        [prepare(), fulfil("RESERVED", receiver=OTHER)],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 3100", "Aborted payeefsp 3100", "Corrected payeefsp ABORTED 3100"],
    ),
    (
        Case.ANSWER_NOT_TO_PAYER_LATER,
        [prepare(), fulfil(), fulfil("RESERVED", receiver=OTHER)],
        "COMMITTED",
        [],
        ["Refused payeefsp 3100", "Corrected payeefsp COMMITTED 3100"],
    ),
    (Case.ANSWER_REPEATED, [prepare(), fulfil(), fulfil()], "COMMITTED", [], ["Stated payeefsp"]),
    (
        Case.ANSWER_REPEATED,
        [prepare(), fulfil("RESERVED"), fulfil("RESERVED")],
        "COMMITTED",
        [],
        ["Corrected payeefsp COMMITTED"],
    ),
    (Case.ANSWER_REPEATED, [prepare(), reject(), reject()], "ABORTED", [], ["Stated payeefsp"]),
    (Case.ANSWER_MODIFIED, [prepare(), fulfil(), fulfil(content="g")], "COMMITTED", [], ["Refused payeefsp 3106"]),
    (
        Case.ANSWER_MODIFIED,
        [prepare(), fulfil("RESERVED"), fulfil("RESERVED", content="g")],
        "COMMITTED",
        [],
        ["Refused payeefsp 3106", "Corrected payeefsp COMMITTED 3106"],
    ),
    (Case.ANSWER_MODIFIED, [prepare(), reject(), reject(content="s")], "ABORTED", [], ["Refused payeefsp 3106"]),
    (Case.ANSWER_EXPIRED, [prepare(), LATE, EXPIRE, fulfil()], "ABORTED", [], ["Refused payeefsp 3303"]),
    (
        Case.ANSWER_EXPIRED,
        [prepare(), LATE, EXPIRE, fulfil("RESERVED")],
        "ABORTED",
        [],
        ["Refused payeefsp 3303", "Corrected payeefsp ABORTED 3303"],
    ),
    (Case.ANSWER_EXPIRED, [prepare(), LATE, EXPIRE, reject()], "ABORTED", [], ["Refused payeefsp 3303"]),
    (Case.ANSWER_NOT_AWAITED, [prepare(amount=501), fulfil()], "ABORTED", [], ["Refused payeefsp 3100"]),
    (Case.ANSWER_NOT_AWAITED, [prepare(), fulfil(), reject()], "COMMITTED", [], ["Refused payeefsp 3100"]),
    (Case.ANSWER_NOT_AWAITED, [prepare(), reject(), fulfil()], "ABORTED", [], ["Refused payeefsp 3100"]),
    (Case.ANSWER_LATE, [prepare(), LATE, fulfil()], "RESERVED", [], ["Refused payeefsp 3303"]),
    (
        Case.ANSWER_LATE,
        [prepare(), LATE, fulfil("RESERVED")],
        "RESERVED",
        [],
        ["Refused payeefsp 3303", "Corrected payeefsp RESERVED 3303"],
    ),
    (Case.ANSWER_LATE, [prepare(), LATE, reject()], "RESERVED", [], ["Refused payeefsp 3303"]),
    (
        Case.FULFIL_WRONG,
        [prepare(), fulfil(fulfilment=OTHER_FULFILMENT)],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 3100", "Aborted payeefsp 3100"],
    ),
    (
        Case.FULFIL_WRONG,
        [prepare(), fulfil("RESERVED", fulfilment=None)],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 3100", "Aborted payeefsp 3100", "Corrected payeefsp ABORTED 3100"],
    ),
    (
        Case.FULFIL_COMMITS,
        [prepare(), fulfil()],
        "COMMITTED",
        ["commit"],
        ["Committed payerfsp (original)", "Committed payeefsp"],
    ),
    (
        Case.FULFIL_COMMITS,
        [prepare(), fulfil("RESERVED")],
        "COMMITTED",
        ["commit"],
        ["Committed payerfsp", "Committed payeefsp"],
    ),
    (
        Case.FULFIL_COMMITS,
        [bank_prepare(), accept()],
        "COMMITTED",
        ["commit"],
        ["Committed bank-a", "Committed bank-b"],
    ),
    (Case.ANSWER_NEWS, [bank_prepare(), accept("ACWP"), accept("ACCC")], "COMMITTED", [], ["Progressed bank-a ACCC"]),
    (
        Case.ANSWER_MODIFIED,
        [bank_prepare(), accept(), accept(content="g")],
        "COMMITTED",
        [],
        ["Corrected bank-b COMMITTED 3106"],
    ),
    (
        Case.ANSWER_NOT_AWAITED,
        [bank_prepare(), accept(), reject("bank-b")],
        "COMMITTED",
        [],
        ["Corrected bank-b COMMITTED 3100"],
    ),
    (
        Case.REJECT_ABORTS,
        [prepare(), reject()],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 5104 (original)", "Aborted payeefsp 5104"],
    ),
    (
        Case.REJECT_ABORTS,
        [bank_prepare(), reject(CREDITOR, BANK, dialect=Dialect.ISO_XML)],
        "ABORTED",
        ["void"],
        ["Aborted bank-a 5104"],
    ),
    (Case.NOTED, [bank_prepare(), note()], "RESERVED", [], []),
    (Case.NOTED, [bank_prepare(), accept(), note()], "COMMITTED", [], []),
    (
        Case.EXPIRES,
        [prepare(), LATE, EXPIRE],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 3303", "Aborted payeefsp 3303"],
    ),
    (
        Case.RECALLED,
        [prepare(), RECALL],
        "ABORTED",
        ["void"],
        ["Aborted payerfsp 4100", "Aborted payeefsp 4100"],
    ),
    (Case.NOT_DUE, [prepare(), fulfil(), RECALL], "COMMITTED", [], []),
    (Case.NOT_DUE, [prepare(), EXPIRE], "RESERVED", [], []),
    (Case.NOT_DUE, [prepare(), fulfil(), LATE, EXPIRE], "COMMITTED", [], []),
    (Case.NOT_DUE, [EXPIRE], None, [], []),
    (Case.QUERY_UNKNOWN, [query()], None, [], ["Refused payerfsp 3208"]),
    (Case.QUERY_STRANGER, [prepare(), query(OTHER)], "RESERVED", [], ["Refused otherfsp 3000"]),
    (Case.QUERIED, [prepare(), query()], "RESERVED", [], ["Stated payerfsp"]),
    (Case.QUERIED, [prepare(), LATE, EXPIRE, query(PAYEE)], "ABORTED", [], ["Stated payeefsp"]),
]
CONVERSIONS = {
    Case.ANSWER_REPEATED_EARLY, Case.FULFIL_BEFORE_CONVERSION, Case.FULFIL_WAITS, Case.CONVERSION_COMMITS,
    Case.CONVERSION_ENDS, Case.TRANSFER_ENDS, Case.EXPIRES_TOGETHER, Case.ANSWER_MODIFIED_EARLY,
}  # fmt: skip
AGENTS = {case for case in Case if case.name.startswith("AGENT_")} | {Case.FULFIL_TO_AGENT, Case.ANSWER_OF_OTHER_AMOUNT}
"""Played in test_gross.py, test_gross_conversions.py and test_other_amounts.py."""
ELSEWHERE = {Case.FULFIL_WITHOUT_KEY, Case.QUERY_OPEN, Case.ANSWER_BLOCKS, *CONVERSIONS, *AGENTS}
"""Cases with tests of their own: they need another profile, a journey, or another transfer."""


@pytest.mark.parametrize(("case", "commands", "after", "posting", "words"), ROWS)
def test_the_row(case, commands, after, posting, words):
    scene, batch = play(commands)
    transfer = scene.transfer()
    assert (transfer.state.value if transfer else None) == after
    assert phases(batch) == posting
    assert told(batch) == words


@pytest.mark.parametrize(("case", "commands", "after", "posting", "words"), ROWS)
def test_the_row_is_the_table_s(case, commands, after, posting, words):
    scene, _ = play(commands[:-1])
    before = scene.transfer()
    row = TABLE[case]
    assert (before.state if before else None) in row.before
    assert ([row.phase.value] if row.phase else []) == posting
    if row.after is not None:
        assert row.after.value == after
    else:
        assert (before.state.value if before else None) == after


def test_every_case_of_the_table_is_played():
    assert {row[0] for row in ROWS} | ELSEWHERE == set(Case) == set(TABLE)


@pytest.mark.parametrize("case", Case)
def test_a_row_that_books_changes_the_state_and_a_final_state_is_left_by_none(case):
    row = TABLE[case]
    if row.phase is not None:
        assert row.after is not None
    if row.after is not None:
        assert not {TransferState.COMMITTED, TransferState.ABORTED} & set(row.before)


@pytest.mark.parametrize(("case", "commands", "after", "posting", "words"), ROWS)
def test_history_counts_each_change_of_state_without_gaps(case, commands, after, posting, words):
    scene, rows = Scene(), []
    for command in commands:
        if command == LATE:
            scene.now = EXPIRY
        else:
            rows += scene.do(command).history
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(left.state != right.state for left, right in itertools.pairwise(rows))


def test_positions_move_at_reserve_and_commit_and_come_back_when_aborted():
    scene = Scene()
    scene.do(prepare())
    assert (scene.value(PAYER), scene.value(PAYEE)) == (1_000_000, 0)
    scene.do(fulfil())
    assert (scene.value(PAYER), scene.value(PAYEE)) == (1_000_000, -1_000_000)
    scene = Scene()
    scene.do(prepare())
    scene.do(reject())
    assert (scene.value(PAYER), scene.value(PAYEE)) == (0, 0)


def test_an_execution_is_tried_until_the_transfer_expires():
    event = Scene().do(prepare()).events[0]
    assert (event.delivery.value, event.until, event.order) == ("execution", EXPIRY, ID)


def test_without_confirmations_a_payee_that_said_committed_hears_nothing_more():
    scene = Scene()
    scene.profile = msgspec.structs.replace(scene.profile, confirm_to_payee=False)
    scene.do(prepare())
    assert told(scene.do(fulfil())) == ["Committed payerfsp (original)"]


def test_without_confirmations_a_payee_that_said_reserved_is_told_all_the_same():
    scene = Scene()
    scene.profile = msgspec.structs.replace(scene.profile, confirm_to_payee=False)
    scene.do(prepare())
    assert told(scene.do(fulfil("RESERVED"))) == ["Committed payerfsp", "Committed payeefsp"]


def test_a_bank_that_confirms_in_one_step_hears_nothing_after_its_acceptance():
    scene = Scene()
    creditor = next(found for found in scene.resident.all(Participant) if found.name == CREDITOR)
    scene.change(creditor, iso=msgspec.structs.replace(creditor.iso, confirm="one-step"))
    scene.do(bank_prepare())
    assert told(scene.do(accept())) == ["Committed bank-a"]


def test_a_bank_s_status_is_kept_and_never_goes_back():
    scene = Scene()
    for command, status in (
        (bank_prepare(), None),
        (accept("ACWP"), "ACWP"),
        (accept("ACSP"), "ACWP"),
        (accept("ACCC"), "ACCC"),
    ):
        scene.do(command)
        assert scene.transfer().iso_status == status


def test_the_payee_s_time_of_completion_is_kept_and_the_hub_s_stands_in():
    done = NOW - timedelta(seconds=1)
    for said, kept in ((done, done), (None, NOW)):
        scene = Scene()
        scene.do(prepare())
        scene.do(msgspec.structs.replace(fulfil(), completed=said))
        assert scene.transfer().completed == kept


def test_a_query_by_nobody_of_the_scheme_is_not_answered():
    scene = Scene()
    scene.do(prepare())
    assert told(scene.do(query("stranger"))) == []


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (JourneyState.QUOTING, None, ["Pending bank-a"]),
        (JourneyState.PREPARING, None, ["Pending bank-a"]),
        (JourneyState.REFUSED, fault("FEE_TOO_HIGH"), ["Refused bank-a 5103"]),
    ],
)
def test_a_bank_learns_where_its_payment_stands_before_the_ledger_has_it(state, reason, words):
    journey = Journey(ID, bank_prepare(payee=PAYEE), state, "q", EXPIRY, PAYEE, fault=reason)
    scene = Scene(records=[journey])
    assert told(scene.do(query(BANK))) == words
    assert told(scene.do(query(PAYER))) == ["Refused payerfsp 3208"]


def test_funds_in_or_out_are_told_by_their_id_to_the_participant_alone():
    scene = Scene()
    scene.do(FUNDS_IN)
    answer = scene.do(query())
    assert told(answer) == ["Stated payerfsp"]
    assert answer.events[0].body.transfer.state is TransferState.COMMITTED
    assert told(scene.do(query(PAYEE))) == ["Refused payeefsp 3000"]


def test_on_us_moves_both_sides_of_one_account_and_confirms_once():
    scene = Scene()
    scene.profile = msgspec.structs.replace(scene.profile, on_us=True)
    scene.do(prepare(payee=PAYER))
    assert scene.value(PAYER) == 1_000_000
    assert told(scene.do(fulfil(sender=PAYER))) == ["Committed payerfsp (original)"]
    assert scene.value(PAYER) == 0


def test_a_payee_switched_off_after_the_prepare_can_still_complete():
    scene = Scene()
    scene.do(prepare())
    payee = next(found for found in scene.resident.all(Participant) if found.name == PAYEE)
    scene.change(payee, active=False)
    scene.do(fulfil())
    assert scene.transfer().state is TransferState.COMMITTED


def test_a_stranger_learns_nothing_of_the_terms():
    scene = Scene()
    scene.do(prepare())
    refused = scene.do(fulfil(sender=OTHER)).events[0].body
    assert refused.terms is None
    scene.now = EXPIRY
    assert scene.do(fulfil()).events[0].body.terms == scene.transfer().terms
