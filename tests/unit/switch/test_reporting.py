"""Questions and orders in the ledger lane: own accounts only, answered once, numbered without gap; and notices."""

from datetime import timedelta

import pytest

from schemas.canonical.administration import ThresholdCrossed
from schemas.canonical.commands import RecordFunds, SetLimit
from schemas.canonical.events import Refused
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId
from schemas.canonical.participants import IsoProfile, LedgerAccount, Participant
from schemas.canonical.reporting import (
    AccountChoice,
    AskBalances,
    AskPayments,
    AskReports,
    Cut,
    LimitOrder,
    MoveLiquidity,
    OrderLimits,
    PaymentChoice,
    ReportRequest,
    SetThresholds,
    TellPayments,
    TellReports,
)
from schemas.canonical.reporting_events import (
    BalancesTold,
    Booked,
    LimitsTold,
    PaymentsAsked,
    PaymentsTold,
    ReportAsked,
    ReportTold,
    RequestHandled,
)
from schemas.canonical.reports import Asked, MovementKind, Page, ReportKind, Totals
from schemas.canonical.wire import Dialect
from switch.business_day import MAKER
from switch.engine import Parcel, run
from switch.lanes import STEPS
from switch.notices import OPERATOR
from switch.state import State
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    ID,
    NOW,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    envelope,
    fulfil,
    prepare,
    usd,
)

ASKED = Asked("Q1", "camt.060.001.05")
KEY = TransferId("0aa11f33-ee48-4575-b6a9-ead2955b8069")


def question(kind, *fields, sender=BANK, message="B1", content="q", **more):
    sent = envelope(sender, None, content, Dialect.ISO_XML, message_id=message)
    return kind(sent, ASKED, *fields, **more)


def told(batch, receiver=None) -> list:
    return [each.body for each in batch.events if receiver in (None, each.receiver)]


@pytest.fixture
def scene():
    scene = Scene()
    bank = scene.get(Participant, CREDITOR)
    scene.change(bank, iso=IsoProfile(bic="BANKGB22", callback_url="http://b", reports=("camt.054",)))
    return scene


def pay(scene):
    scene.do(bank_prepare())
    return scene.do(accept())


def test_balances_of_ones_own_accounts_as_they_are_now(scene):
    pay(scene)
    (body,) = told(scene.do(question(AskBalances)))
    assert [each.account.id for each in body.accounts] == [7, 8]
    position, deposit = (dict(each.amounts) for each in body.accounts)
    assert position == {"BOOK": -1_000_000, "AVLB": 4_000_000, "PDNG": 0, "OPNG": 0}
    assert deposit["BOOK"] == 5_000_000 and deposit["AVLB"] == 4_000_000


def test_what_is_reserved_can_not_be_paid_again(scene):
    scene.do(bank_prepare())
    (body,) = told(scene.do(question(AskBalances, (AccountChoice(types=("POSITION",)),))))
    assert dict(body.accounts[0].amounts) == {"BOOK": 0, "AVLB": 4_000_000, "PDNG": -1_000_000, "OPNG": 0}


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (AccountChoice(ids=("7",)), [7]),
        (AccountChoice(ids=("1",)), []),
        (AccountChoice(currencies=("EUR",)), []),
        (AccountChoice(types=("SETTLEMENT",)), [8]),
        (AccountChoice(contains=("7",)), [7]),
        (AccountChoice(contains_not=("7",)), [8]),
    ],
)
def test_accounts_fit_what_is_asked_for(scene, choice, found):
    (body,) = told(scene.do(question(AskBalances, (choice,))))
    assert [each.account.id for each in body.accounts] == found
    assert (body.fault is None) == bool(found)


def test_a_question_that_comes_again_is_answered_once(scene):
    asked = question(AskReports, (ReportRequest(ReportKind.INTRADAY),))
    batch = run(State(NOW, scene.profile, scene.resident), STEPS["ledger"], [Parcel(asked), Parcel(asked)])
    assert len(batch.events) == 1
    assert batch.receipts[1].state == "REPEATED"


def test_an_id_that_is_used_again_for_another_question_is_refused_by_a_receipt(scene):
    asked = [Parcel(question(AskBalances, content=content)) for content in ("one", "two")]
    batch = run(State(NOW, scene.profile, scene.resident), STEPS["ledger"], asked)
    refused = batch.events[-1].body
    assert isinstance(refused, Refused)
    assert (refused.resource, refused.key, refused.fault.name) == ("reports", "Q1", "MODIFIED")


def test_intraday_reports_are_numbered_without_gap(scene):
    numbers = []
    for turn in range(3):
        requests = (ReportRequest(ReportKind.INTRADAY, AccountChoice(ids=("7",))),) * (turn + 1)
        bodies = told(scene.do(question(AskReports, requests, message=f"B{turn}")), MAKER)
        numbers += [body.numbered["7"] for body in bodies]
    assert numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "request_",
    [
        ReportRequest(ReportKind.DAY, AccountChoice(ids=("1",))),
        ReportRequest(ReportKind.DAY, fault=fault("FORBIDDEN", "not yours")),
        ReportRequest(ReportKind.INTRADAY, days=("2027-01-01", None)),
    ],
)
def test_what_is_not_ones_own_or_not_yet_there_is_refused(scene, request_):
    (body,) = told(scene.do(question(AskReports, (request_,))), BANK)
    assert (type(body), body.status) == (RequestHandled, "RJCT")


def test_limits_are_told_with_their_use(scene):
    pay(scene)
    (body,) = told(scene.do(question(AskReports, (ReportRequest(None),))))
    assert isinstance(body, LimitsTold)
    assert [(each.account.id, each.cap, each.used) for each in body.limits] == [(7, 10_000_000, 1_000_000)]


def test_each_page_of_a_report_is_a_message(scene):
    pages = (Page(1, False, 0, 5, 0, 10), Page(2, True, 5, 9, 10, 4))
    cut = Cut(7, NOW, NOW, pages, Totals(2, 10, 1, 6), number=3, day="2026-01-14", value=-4, cap=9)
    found = scene.do(TellReports(BANK, ReportKind.DAY, ASKED, (cut,)), hand="ledger:1")
    bodies = told(found, BANK)
    assert [type(body) for body in bodies] == [ReportTold, ReportTold]
    assert [(body.page, body.number, body.cap) for body in bodies] == [(pages[0], 3, 9), (pages[1], 3, 9)]
    assert {event.order for event in found.events} == {"Q1"}


def test_a_report_is_told_its_owner_only(scene):
    cut = Cut(1, NOW, NOW, (Page(1, True, 0, 0, 0, 0),), Totals())
    with pytest.raises(LookupError):
        scene.do(TellReports(BANK, ReportKind.DAY, ASKED, (cut,)), hand="ledger:1")


def test_a_search_goes_on_under_the_name_that_was_told(scene):
    (body,) = told(scene.do(question(AskPayments, (PaymentChoice(sent=True),))), MAKER)
    assert isinstance(body, PaymentsAsked)
    assert (body.choices[0].since, body.choices[0].until) == (NOW.replace(hour=0), NOW)
    after = (NOW, ID)
    page = TellPayments(BANK, ASKED, 1, (), body.query, body.choices, after)
    (first,) = told(scene.do(page, hand="ledger:1"))
    assert isinstance(first, PaymentsTold)
    scene.resident.put(next(iter(scene.do(page, hand="ledger:2").puts)))
    (again,) = told(scene.do(question(AskPayments, (), first.query, message="B2")), MAKER)
    assert (again.page, again.after, again.choices) == (2, after, body.choices)
    (stranger,) = told(scene.do(question(AskPayments, (), first.query, sender=CREDITOR, message="B3")))
    assert stranger.fault.name == "VALIDATION"


def test_a_search_up_to_a_day_is_of_all_days_before_it(scene):
    yesterday = NOW - timedelta(days=1)
    choices = (PaymentChoice(until=yesterday), PaymentChoice(completed_until=yesterday), PaymentChoice())
    (body,) = told(scene.do(question(AskPayments, choices)), MAKER)
    before, ended, today = body.choices
    assert before.since <= before.until == yesterday
    assert ended.since <= yesterday < today.since


def test_both_sides_are_told_of_what_is_booked_if_they_want_it(scene):
    booked = [each for each in pay(scene).events if isinstance(each.body, Booked)]
    assert [event.receiver for event in booked] == [CREDITOR]
    (event,) = booked
    movement = event.body.movement
    assert (event.body.account.id, movement.units, movement.kind) == (9, 1_000_000, MovementKind.PAYMENT)
    assert (movement.counterparty, movement.transfer, event.order) == (BANK, ID, ID)


def test_funds_are_told_too(scene):
    batch = scene.do(RecordFunds(CREDITOR, 10, KEY, "recordFundsIn", usd(5), external_reference="agent 7"))
    (body,) = told(batch)
    assert (body.movement.kind, body.movement.units) == (MovementKind.FUNDS, 50_000)
    assert body.movement.references.end_to_end_id == "agent 7"


def test_a_threshold_is_told_once_until_the_balance_is_back(scene):
    assert told(scene.do(SetThresholds(BANK, 8, floor=4_990_000, ceiling=5_010_000))) == []
    notices = []
    for number, action in enumerate(("Out", "Out", "In", "In", "In", "Out", "Out")):
        key = TransferId(f"0aa11f33-ee48-4575-b6a9-{number:012d}")
        words = ("recordFundsIn",) if action == "In" else ("recordFundsOutPrepareReserve", "recordFundsOutCommit")
        for word in words:
            batch = scene.do(RecordFunds(BANK, 8, key, word, usd(1) if word != "recordFundsOutCommit" else None))
            notices += [body.notice for body in told(batch) if isinstance(body, BalancesTold)]
    assert notices == ["FLOOR"]
    scene.do(RecordFunds(BANK, 8, KEY, "recordFundsIn", usd(50)))
    assert told(scene.do(SetThresholds(BANK, 8, ceiling=5_000_000)))[0].notice == "CEILING"


def test_of_a_dfsp_the_operator_is_told(scene):
    (event,) = scene.do(SetThresholds(PAYER, 2, floor=10**9)).events
    assert (event.receiver, type(event.body)) == (OPERATOR, ThresholdCrossed)


def move(amount=10, key=KEY, creditor=None, debtor="8", message="B1", **more):
    return question(MoveLiquidity, key, "E1", debtor, creditor, usd(amount), message=message, **more)


def test_funds_out_are_reserved_and_told_at_their_end(scene):
    batch = scene.do(move())
    (body,) = told(batch)
    assert (body.status, [entry.phase for entry in batch.entries]) == ("PDNG", ["reserve", "reserve"])
    ended = scene.do(RecordFunds(BANK, 8, KEY, "recordFundsOutCommit"))
    (body,) = told(ended, BANK)
    assert (body.status, body.reference, body.asked) == ("ACSC", "E1", ASKED)
    (again,) = told(scene.do(move(message="B2")))
    assert again.status == "ACSC"
    (other,) = told(scene.do(move(11, message="B3")))
    assert (other.status, other.fault.name) == ("RJCT", "MODIFIED")


def test_funds_out_that_come_back_are_told(scene):
    scene.do(move())
    (body,) = told(scene.do(RecordFunds(BANK, 8, KEY, "recordFundsOutAbort", reason="agent closed")), BANK)
    assert (body.status, body.fault.name) == ("RJCT", "NO_FUNDS_OUT")
    assert scene.get(LedgerAccount, 8).value == -5_000_000


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"amount": 501}, "INSUFFICIENT_LIQUIDITY"),
        ({"debtor": "7"}, "FORBIDDEN"),
        ({"debtor": "2"}, "UNKNOWN_ACCOUNT"),
        ({"creditor": "7"}, "FORBIDDEN"),
        ({"creditor": "8", "debtor": None}, "FORBIDDEN"),
        ({"fault": fault("FUTURE_DATE", "later")}, "FUTURE_DATE"),
    ],
)
def test_what_may_not_leave_is_refused_and_moves_nothing(scene, fields, why):
    batch = scene.do(move(**fields))
    (body,) = told(batch)
    assert (body.status, body.fault.name, batch.entries) == ("RJCT", why, ())


def test_a_limit_of_ones_own_never_passes_the_operators(scene):
    def order(units, message):
        orders = (LimitOrder(AccountChoice(ids=("7",)), usd(units)),)
        return [
            body for body in told(scene.do(question(OrderLimits, orders, message=message))) if hasattr(body, "status")
        ]

    (body,) = order(300, "B1")
    assert (body.status, scene.get(LedgerAccount, 7).cap) == ("ACSC", 3_000_000)
    assert order(1001, "B2")[0].fault.name == "FORBIDDEN"
    assert order(1000, "B3")[0].status == "ACSC"
    scene.do(SetLimit(BANK, usd(1000)))
    scene.do(SetLimit(BANK, usd(200)))
    assert order(201, "B4")[0].fault.name == "FORBIDDEN"
    assert scene.get(LedgerAccount, 7).cap == 2_000_000


def test_dfsps_are_told_of_bookings_as_before(scene):
    scene.do(prepare())
    assert {type(body) for body in told(scene.do(fulfil()))}.isdisjoint({Booked, ReportAsked})
