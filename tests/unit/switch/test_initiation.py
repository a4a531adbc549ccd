"""An initiation is taken in parts, executed a bounded number at a time, and ends once, in one report of all of it."""

import hashlib
from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import Expire, Fulfil, Prepare, Query
from schemas.canonical.events import Aborted, Committed, Event, Handed, Refused, Role
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId, derived_uuid
from schemas.canonical.initiation import (
    BatchFault,
    Initiate,
    InitiatedEnded,
    InitiatedItem,
    InitiatedPayment,
    Initiation,
    InitiationHead,
    InitiationReported,
    ItemState,
    ReleasePayments,
    ReportInitiation,
    SettledAs,
    item_key,
)
from schemas.canonical.outcome import Outcome
from schemas.canonical.statuses import Progressed
from schemas.canonical.terms import Initiated, IsoReferences
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Dialect
from switch.initiation import heard
from tests.unit.switch.scene import BANK, CREDITOR, EXPIRY, NOW, PAYEE, Scene, envelope, terms, usd
from translator.iso.initiation_reports import group_status

KEY = f"{BANK}/M1"
HEAD = InitiationHead(IsoReferences(message_id="M1", message_name="pain.001.001.09"), "3")


def payment(number: int, payee=CREDITOR, **fields) -> InitiatedPayment:
    key = TransferId(derived_uuid(KEY, str(number)))
    named = Initiated(KEY, number, BANK)
    references = IsoReferences(end_to_end_id=f"E{number}")
    agreed = terms(BANK, payee, 10, references=references, initiated=named)
    digest = hashlib.sha256(f"{number}{fields}".encode()).digest()
    return InitiatedPayment(key, "B", 1, BANK, payee, usd(10), agreed, digest, **fields)


def take(*payments: InitiatedPayment, first: int = 1, complete: bool = True, **fields) -> Initiate:
    given = envelope(BANK, dialect=Dialect.ISO_XML)
    return Initiate(given, KEY, fields.pop("head", HEAD), first, payments, complete=complete, **fields)


class Story(Scene):
    """The lane of initiations; `sent` are the payments it handed on."""

    def __init__(self):
        super().__init__("initiation")
        self.sent: list[Prepare] = []
        self.reports: list[InitiationReported] = []

    def play(self, command, **how):
        """Do it, and everything the lane hands to itself."""
        batch = self.do(command, **how)
        for event in batch.events:
            body = event.body
            if isinstance(body, Handed) and event.receiver == "@initiation":
                self.play(body.command)
            elif isinstance(body, Handed):
                self.sent.append(body.command)
            elif isinstance(body, InitiationReported):
                self.reports.append(body)
        return batch

    @property
    def standing(self) -> Initiation:
        return self.get(Initiation, KEY)

    def end(self, number: int, reason=None):
        return self.play(InitiatedEnded(KEY, number, payment(number).transfer_id, reason))


def test_payments_go_on_with_their_own_time_and_are_reported_at_the_end():
    story = Story()
    story.play(take(payment(1), payment(2)))
    assert [(one.transfer_id, one.expiry) for one in story.sent] == [
        (payment(number).transfer_id, NOW + story.profile.payment_timeout) for number in (1, 2)
    ]
    story.end(1)
    assert len(story.reports) == 1
    story.end(2, fault("EXPIRED"))
    final = story.reports[-1]
    assert [(item.state, item.fault and item.fault.iso) for item in final.items] == [
        (ItemState.SETTLED, None), (ItemState.REJECTED, "AB05"),
    ]  # fmt: skip
    assert (final.initiation.settled, final.initiation.rejected, final.initiation.open) == (1, 1, False)


def test_an_end_counts_once():
    story = Story()
    story.play(take(payment(1), payment(2)))
    story.end(1)
    assert story.end(1).receipts[0].state == "REPEATED"
    assert story.play(InitiatedEnded(KEY, 2, payment(1).transfer_id)).receipts[0].state == "REPEATED"
    assert (story.standing.settled, story.standing.sent) == (1, 1)


def test_the_ledger_never_has_more_than_a_window_of_it():
    story = Story()
    story.play(take(*(payment(number) for number in range(1, 1001))))
    assert len(story.sent) == 400
    for number in range(1, 1001):
        story.end(number)
        assert story.standing.sent <= 400
    assert len(story.sent) == 1000
    assert len(story.reports[-1].items) == 1000


def test_nothing_is_executed_before_all_of_it_is_there():
    story = Story()
    story.play(take(payment(1), complete=False))
    assert (story.sent, story.reports) == ([], [])
    assert story.do(take(payment(3), first=3)).receipts[0].fault is not None
    story.play(take(payment(1), payment(2), complete=False))
    story.play(take(payment(3), first=3))
    assert len(story.sent) == 3
    assert story.standing.taken == 3


def test_another_transaction_at_a_known_place_is_another_message():
    story = Story()
    story.play(take(payment(1), complete=False))
    (event,) = story.do(take(payment(1, due=EXPIRY), payment(2))).events
    assert event.body.fault.iso == "DU01"
    (event,) = story.do(take(payment(1), head=msgspec.structs.replace(HEAD, number="4"))).events
    assert event.body.fault.iso == "DU01"


def test_what_broke_off_and_is_not_completed_is_given_up():
    story = Story()
    story.play(take(payment(1), complete=False))
    assert story.do(Expire("initiation", KEY)).receipts[0].state == "NOT_DUE"
    story.now += timedelta(hours=25)
    story.play(Expire("initiation", KEY))
    assert story.sent == []
    assert story.reports[-1].initiation.fault.iso == "AM18"


def test_wrong_totals_end_it_before_anything_is_paid():
    story = Story()
    story.play(take(payment(1), fault=fault("WRONG_SUM")))
    assert story.sent == []
    assert (story.reports[-1].initiation.fault.iso, story.standing.open) == ("AM10", False)


def test_a_wrong_instruction_is_refused_and_what_breaks_a_rule_never_goes_on():
    story = Story()
    other = msgspec.structs.replace(payment(3), number=2)
    story.play(
        take(
            payment(1), payment(2, fault=fault("ZERO_AMOUNT")), other, batch_faults=(BatchFault(2, fault("WRONG_SUM")),)
        )
    )
    assert [one.transfer_id for one in story.sent] == [payment(1).transfer_id]
    story.end(1)
    assert [item.fault and item.fault.iso for item in story.reports[-1].items] == [None, "AM01", "AM10"]


def test_payments_of_later_days_wait_for_theirs():
    story = Story()
    days = [NOW + timedelta(days=number) for number in (2, 1, 2)]
    story.play(take(*(payment(number, due=day) for number, day in enumerate(days, 1)), payment(4)))
    assert [one.transfer_id for one in story.sent] == [payment(4).transfer_id]
    assert story.standing.deadline == days[1]
    story.now = days[1]
    story.play(Expire("initiation", KEY))
    assert [one.transfer_id for one in story.sent[1:]] == [payment(2).transfer_id]
    story.now = days[0]
    story.play(Expire("initiation", KEY))
    assert len(story.sent) == 4
    assert story.standing.deadline is None


def test_it_is_told_again_how_it_stands():
    story = Story()
    story.play(take(payment(1)))
    story.play(take(payment(1)))
    assert [one.items for one in story.reports] == [(), ()]
    story.end(1)
    story.play(take(payment(1)))
    assert story.reports[-1] == story.reports[-2]
    assert len(story.sent) == 1


def test_a_payment_to_a_dfsp_takes_a_journey():
    scene = Scene("initiation")
    batch = scene.do(take(payment(1), payment(2, PAYEE)))
    (released,) = [event for event in batch.events if isinstance(event.body, Handed)]
    receivers = [event.receiver for event in scene.do(released.body.command).events]
    assert receivers == ["@ledger", "@journey.0"]


def transfer(state: TransferState, sender=BANK) -> Transfer:
    agreed = msgspec.structs.replace(payment(1).terms, initiated=Initiated(KEY, 1, sender))
    return Transfer(
        payment(1).transfer_id, BANK, CREDITOR, usd(10), EXPIRY, agreed, state, b"", NOW, fault=fault("EXPIRED")
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (Committed(transfer(TransferState.COMMITTED), Role.PAYER), None),
        (Aborted(transfer(TransferState.ABORTED), Role.PAYER), "AB05"),
        (Refused("transfers", payment(1).transfer_id, fault("MODIFIED"), payment(1).terms), "DUPL"),
    ],
)
def test_the_end_of_a_payment_is_told_to_its_initiation(body, reason):
    step = heard(lambda _state, _command: Outcome(events=(Event(BANK, body),)))
    (event,) = step(None, None).events
    assert event.receiver == "@initiation"
    news = event.body.command
    assert (news.key, news.position, news.fault and news.fault.iso) == (KEY, 1, reason)


def test_a_payer_that_did_not_initiate_is_told_too_and_others_are_left_alone():
    mine = Event(BANK, Committed(transfer(TransferState.COMMITTED, sender="channel"), Role.PAYER))
    payees = Event(CREDITOR, Committed(transfer(TransferState.COMMITTED), Role.PAYEE))
    step = heard(lambda _state, _command: Outcome(events=(mine, payees)))
    assert [event.receiver for event in step(None, None).events] == ["@initiation", BANK, CREDITOR]
    asked = Query(envelope(BANK), payment(1).transfer_id)
    assert step(None, asked).events == (mine, payees)


def test_late_orders_of_its_own_change_nothing():
    story = Story()
    story.play(take(payment(1)))
    story.end(1)
    assert story.do(ReleasePayments(KEY, 1, 1)).receipts[0].state == "LATE"
    assert story.do(ReportInitiation(KEY, 1, 1)).events[0].body.items[0].state is ItemState.SETTLED
    assert story.get(InitiatedItem, item_key(KEY, 1)).payment.terms.references.end_to_end_id == "E1"


def said(number: int, status=None, *, relay=False, remark=None) -> InitiatedEnded:
    """The end of a payment, or what its payee's bank says after it."""
    known = payment(number).transfer_id
    return InitiatedEnded(KEY, number, known, None, status, remark, relay)


def test_what_the_payees_bank_says_is_kept_and_told_where_it_is_wanted():
    story = Story()
    story.play(take(payment(1), payment(2)))
    story.play(said(1, "ACWP"))
    story.play(said(1, "ACCC"))
    assert story.standing.kinds == (SettledAs("ACCC", 1, payment(1).amount.units),)
    story.play(said(2, "ACWP"))
    reports = len(story.reports)
    assert [item.status for item in story.reports[-1].items] == ["ACCC", "ACWP"]
    assert group_status(story.standing) == "ACSP"
    assert story.play(said(2, "ACWP", relay=True)).receipts[0].state == "REPEATED"
    story.play(said(1, "BLCK"))
    assert len(story.reports) == reports, "nobody wants to hear it"
    story.play(said(2, "ACCC", relay=True))
    assert [item.status for item in story.reports[-1].items] == ["ACCC"]
    story.play(said(1, "ACCC", relay=True))
    assert (group_status(story.standing), story.standing.kinds[0].number) == ("ACSC", 2)


def test_a_rejected_one_has_no_news():
    story = Story()
    story.play(take(payment(1)))
    story.end(1, fault("EXPIRED"))
    assert story.play(said(1, "ACCC", relay=True)).receipts[0].state == "REPEATED"
    assert (story.standing.kinds, group_status(story.standing)) == ((), "RJCT")


def test_news_of_an_initiated_payment_go_to_its_initiation():
    paid = msgspec.structs.replace(transfer(TransferState.COMMITTED), iso_status="ACCC", fault=None)
    told = Event(BANK, Progressed(paid.id, "ACCC", None))
    step = heard(lambda _state, _command: Outcome((paid,), events=(told,)))
    answered = Fulfil(envelope(CREDITOR), paid.id, Answered.ACCEPTED, iso_status="ACCC")
    (event,) = step(None, answered).events
    assert (event.receiver, event.body.command.status, event.body.command.relay) == ("@initiation", "ACCC", True)
    quiet = heard(lambda _state, _command: Outcome((paid,)))
    assert quiet(None, answered).events[0].body.command.relay is False
    by_channel = msgspec.structs.replace(paid, terms=transfer(TransferState.COMMITTED, sender="channel").terms)
    both = heard(lambda _state, _command: Outcome((by_channel,), events=(told,)))
    assert [event.receiver for event in both(None, answered).events] == ["@initiation", BANK]
