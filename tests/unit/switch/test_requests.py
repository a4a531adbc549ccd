"""A request to pay moves one way and ends once, and no payment passes for it that does not fit it, even at once."""

import hashlib
from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import Expire, Prepare
from schemas.canonical.events import Aborted, Refused, Reserved
from schemas.canonical.faults import fault, participant_fault
from schemas.canonical.identity import TransferId, derived_uuid
from schemas.canonical.party import PartyId
from schemas.canonical.requests import (
    AnswerRequests,
    PaymentAsked,
    PaymentRequest,
    PayRequest,
    QueryRequest,
    RequestAnswered,
    RequestLink,
    RequestPayments,
    RequestState,
    RequestWord,
)
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect
from tests.unit.switch.scene import BANK, CREDITOR, EXPIRY, NOW, OTHER, PAYER, Scene, envelope, terms, usd

KEY = "5f6c1c38-6f2a-4f3e-9f53-1d3b2c4d5e6f"
UNTIL = NOW + timedelta(minutes=5)
NO = participant_fault("4101", "CUST", "no")


def request(key=KEY, payer=BANK, amount=10, e2e="E1", message=None, **fields) -> PaymentRequest:
    name = message or f"M-{key[:4]}"
    references = IsoReferences(message_id=name, end_to_end_id=e2e, message_name="pain.013.001.07")
    agreed = terms(payer, CREDITOR, amount, references=references)
    digest = hashlib.sha256(f"{key}{amount}".encode()).digest()
    fields.setdefault("expiry", UNTIL)
    return PaymentRequest(key, CREDITOR, payer, usd(amount), agreed, digest, **fields)


def ask(*requests: PaymentRequest) -> RequestPayments:
    return RequestPayments(envelope(CREDITOR, dialect=Dialect.ISO_XML), "M", requests or (request(),))


def say(state: RequestState, sender=BANK, dialect=Dialect.ISO_XML, **named) -> AnswerRequests:
    word = RequestWord(
        state, **(named or {"end_to_end_id": "E1"}), fault=NO if state is RequestState.REJECTED else None
    )
    return AnswerRequests(envelope(sender, dialect=dialect), KEY, (word,))


def pay(number=1, amount=10, payee=CREDITOR, e2e="E1", purpose="RRTP", **fields) -> Prepare:
    agreed = terms(BANK, payee, amount, references=IsoReferences(end_to_end_id=e2e, purpose=purpose), **fields)
    key = TransferId(derived_uuid(str(number)))
    given = envelope(BANK, content=f"{number}", dialect=Dialect.ISO_XML)
    return Prepare(given, key, BANK, payee, usd(amount), EXPIRY, agreed)


def asked(*requests: PaymentRequest) -> Scene:
    scene = Scene()
    scene.do(ask(*requests))
    return scene


def outcome(batch) -> list[str]:
    """Who is told what of a payment or request."""
    said = []
    for event in batch.events:
        match event.body:
            case RequestAnswered(request=found):
                said.append(f"{event.receiver} {found.state.value} {found.fault.iso if found.fault else ''}".strip())
            case Aborted(transfer=transfer):
                said.append(f"{event.receiver} {transfer.fault.iso}")
            case Refused(fault=reason):
                said.append(f"{event.receiver} {reason.iso}")
            case body:
                said.append(f"{event.receiver} {type(body).__name__}")
    return said


def state_of(scene: Scene) -> RequestState:
    return scene.get(PayRequest, KEY).state


def test_it_is_shown_answered_and_goes_one_way_only():
    scene = Scene()
    assert outcome(scene.do(ask())) == [f"{BANK} PaymentAsked"]
    assert outcome(scene.do(say(RequestState.PENDING))) == [f"{CREDITOR} PENDING"]
    assert outcome(scene.do(say(RequestState.ACCEPTED))) == [f"{CREDITOR} ACCEPTED"]
    assert outcome(scene.do(say(RequestState.PENDING))) == []
    assert outcome(scene.do(say(RequestState.REJECTED))) == [f"{CREDITOR} REJECTED CUST"]
    assert scene.do(say(RequestState.ACCEPTED)).receipts[0].state == "REPEATED"
    assert state_of(scene) is RequestState.REJECTED


def test_only_who_was_asked_answers():
    scene = asked()
    assert scene.do(say(RequestState.ACCEPTED, sender=OTHER)).receipts[0].fault.iso == "NARR"
    assert scene.do(say(RequestState.ACCEPTED, sender=OTHER, id=KEY)).receipts[0].fault.iso == "AGNT"
    told = scene.do(say(RequestState.ACCEPTED, sender=PAYER, dialect=Dialect.FSPIOP, id="none"))
    assert outcome(told) == [f"{PAYER} NARR"]


def test_asked_again_it_is_told_and_other_content_is_refused():
    scene = asked()
    assert outcome(scene.do(ask())) == [f"{CREDITOR} RECEIVED"]
    assert outcome(scene.do(ask(request(amount=11)))) == [f"{CREDITOR} DUPL"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (request(payer=None), "RC03"),
        (request(payer=CREDITOR), "FF01"),
        (request(amount=0), "AM01"),
        (request(expiry=NOW), "AEXR"),
        (request(fault=fault("WRONG_COUNT")), "AM18"),
    ],
)
def test_a_request_that_cannot_be_asked_is_refused_and_not_kept(wrong, code):
    scene = Scene()
    assert outcome(scene.do(ask(wrong))) == [f"{CREDITOR} {code}"]
    assert scene.get(PayRequest, KEY) is None


def test_two_payments_at_once_pay_one_request_once():
    scene = asked()
    assert isinstance(scene.do(pay(1)).events[0].body, Reserved)
    assert state_of(scene) is RequestState.PAYING
    assert outcome(scene.do(pay(2))) == [f"{BANK} DUPL"]


@pytest.mark.parametrize(
    ("payment", "code"),
    [
        (pay(amount=9), "AM09"),
        (pay(payee=OTHER), "AC03"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_reserved(payment, code):
    scene = asked()
    assert outcome(scene.do(payment)) == [f"{BANK} {code}"]
    assert state_of(scene) is RequestState.RECEIVED


def test_another_account_of_the_creditor_is_another_creditor():
    scene = asked()
    other = pay()
    party = msgspec.structs.replace(other.terms.payee, id=PartyId("MSISDN", "1"))
    changed = msgspec.structs.replace(other, terms=msgspec.structs.replace(other.terms, payee=party))
    assert outcome(scene.do(changed)) == [f"{BANK} AC03"]


def test_a_payment_that_only_shares_a_reference_is_none_for_the_request():
    scene = asked()
    assert isinstance(scene.do(pay(payee=OTHER, purpose="SALA")).events[0].body, Reserved | Aborted)
    assert isinstance(scene.do(pay(2, e2e="E2")).events[0].body, Reserved)
    assert state_of(scene) is RequestState.RECEIVED
    assert scene.get(Transfer, pay(2).transfer_id).terms.request is None


def test_an_amount_that_may_change_may():
    scene = asked(request(modifiable=True))
    assert isinstance(scene.do(pay(amount=3)).events[0].body, Reserved)


def test_it_expires_and_is_open_again_if_its_payment_failed():
    scene = asked()
    scene.do(pay(1))
    scene.now = UNTIL
    assert scene.do(Expire("pay_request", KEY)).receipts[0].state == "NOT_DUE"
    scene.do(Expire("transfer", pay(1).transfer_id))
    assert state_of(scene) is RequestState.ACCEPTED
    assert outcome(scene.do(pay(2))) == [f"{BANK} AEXR"]
    assert outcome(scene.do(Expire("pay_request", KEY))) == [f"{CREDITOR} EXPIRED AEXR"]
    assert scene.do(say(RequestState.ACCEPTED)).receipts[0].fault.iso == "AEXR"


def test_of_two_requests_with_one_reference_the_one_that_fits_is_paid():
    other = "6f6c1c38-6f2a-4f3e-9f53-1d3b2c4d5e6f"
    scene = asked(request(), request(other, amount=20))
    assert [event.body.request.key for event in scene.do(ask(request(), request(other, amount=20))).events] == [
        KEY,
        other,
    ]
    scene.do(pay(amount=20))
    assert scene.get(PayRequest, other).state is RequestState.PAYING
    assert state_of(scene) is RequestState.RECEIVED


def test_long_after_its_end_it_is_forgotten():
    scene = asked()
    scene.do(say(RequestState.REJECTED))
    kept = scene.get(PayRequest, KEY).deadline
    assert kept > UNTIL
    scene.now = kept
    scene.do(Expire("pay_request", KEY))
    assert not scene.get(PayRequest, KEY).open
    assert [link for link in scene.resident.all(RequestLink) if link.open] == []


def test_it_is_told_to_those_whom_it_concerns_alone():
    scene = asked()
    query = QueryRequest(envelope(CREDITOR), KEY)
    assert outcome(scene.do(query)) == [f"{CREDITOR} RECEIVED"]
    assert outcome(scene.do(msgspec.structs.replace(query, envelope=envelope(OTHER)))) == [f"{OTHER} NARR"]


def test_a_message_of_several_is_asked_one_by_one():
    other = "6f6c1c38-6f2a-4f3e-9f53-1d3b2c4d5e6f"
    batch = Scene().do(ask(request(), request(other, payer=None)))
    assert isinstance(batch.events[0].body, PaymentAsked)
    assert outcome(batch)[1:] == [f"{CREDITOR} RC03"]
