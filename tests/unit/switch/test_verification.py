"""Verification: each question goes to who must answer, findings come together, silence ends at the deadline."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from schemas.canonical.commands import AnswerParty, Expire, LookUpParty, Undeliverable
from schemas.canonical.events import Handed, PartyFound, Refused
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.party import Account, Party, PartyId
from schemas.canonical.verification import (
    RESOURCE,
    AnswerVerification,
    PartyFinding,
    PartyQuestion,
    Verification,
    VerificationAsked,
    VerificationReported,
    VerifyForDfsp,
    VerifyParties,
)
from schemas.canonical.wire import Dialect
from schemas.codes.verification import error_code, verification_reason
from switch.engine import deadlines, touches
from switch.verification import judged
from tests.unit.switch.scene import BANK, CREDITOR, MSISDN, NOW, PAYEE, PAYER, Scene, builtin, envelope, told

HUB, KEY = FspId("Hub"), "verification:bank-a:V-1"
IBAN = PartyId("IBAN", "DE89370400440532013000")
ADA = Party(MSISDN, name="Ada Blue")


@pytest.fixture
def scene() -> Scene:
    found = Scene("journey.0")
    bank = found.get(Participant, CREDITOR)
    found.change(bank, iso=replace(bank.iso, verifies=True))
    return found


def question(number="1", party=ADA, fsp=PAYEE, **fields) -> PartyQuestion:
    return PartyQuestion(number, party, fsp, **fields)


def ask(*questions: PartyQuestion) -> VerifyParties:
    sent = envelope(BANK, None, "v", Dialect.ISO_XML, None, message_id="V-1")
    return VerifyParties(sent, KEY, "V-1", "2026-01-15T12:00:00Z", questions or (question(),))


def says(sender=PAYEE, name="Ada Blue", party=MSISDN, **fields) -> AnswerParty:
    found = fields.pop("found", Party(party, sender, name))
    return AnswerParty(envelope(sender, BANK), party, found, **fields)


def reports(batch) -> list[PartyFinding]:
    found = [event.body for event in batch.events if isinstance(event.body, VerificationReported)]
    return [one.finding for each in found for one in each.verification.questions]


def words(batch) -> list[tuple]:
    return [(one.verified, one.reason or (one.fault and one.fault.fspiop)) for one in reports(batch)]


def test_a_dfsp_is_asked_through_the_lookup_lane(scene):
    batch = scene.do(ask())
    assert told(batch) == ["Handed LookUpParty @lookup"]
    asked = batch.events[0].body.command
    assert isinstance(asked, LookUpParty) and (asked.envelope.sender, asked.envelope.receiver) == (BANK, PAYEE)
    assert words(scene.do(says())) == [(True, None)]


def test_without_an_agent_the_oracle_says_whom_to_ask(scene):
    scene.do(ask(question(fsp=None)))
    batch = scene.do(says(HUB, found=Party(MSISDN, PAYEE)))
    assert told(batch) == ["Handed LookUpParty @lookup"]
    assert words(scene.do(says())) == [(True, None)]


def test_an_oracle_may_name_a_bank_that_verifies(scene):
    scene.do(ask(question(fsp=None)))
    batch = scene.do(says(HUB, found=Party(MSISDN, CREDITOR)))
    assert told(batch) == ["VerificationAsked bank-b"]


def test_findings_come_together_and_only_once(scene):
    scene.do(ask(question("1"), question("2", Party(IBAN), CREDITOR), question("3", Party(MSISDN, name="Eve"))))
    asked = scene.get(Verification, KEY)
    assert reports(scene.do(says())) == []
    finding = PartyFinding(False, "AC04")
    batch = scene.do(AnswerVerification(envelope(CREDITOR), ((asked.questions[1].number, finding),)))
    assert words(batch) == [(True, None), (False, "AC04"), (False, "PN01")]
    again = AnswerVerification(envelope(CREDITOR), ((asked.questions[1].number, PartyFinding(True)),))
    assert told(scene.do(again)) == told(scene.do(says())) == []


@pytest.mark.parametrize("sender", [PAYER, CREDITOR])
def test_only_who_was_asked_may_answer(scene, sender):
    scene.do(ask(question(), question("2", Party(IBAN), CREDITOR)))
    scene.do(says(sender))
    number = scene.get(Verification, KEY).questions[1].number
    scene.do(AnswerVerification(envelope(PAYER), ((number, PartyFinding(True)),)))
    assert [one.finding for one in scene.get(Verification, KEY).questions] == [None, None]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (question(party=Party(name="Ada")), "3102"),
        (question(fsp=FspId("nobody")), "3201"),
        (question(fault=fault("DESTINATION_FSP")), "3201"),
        (question(fsp=BANK), "NR01"),
    ],
)
def test_what_cannot_be_asked_is_found_at_once(scene, asked, word):
    assert words(scene.do(ask(asked))) == [(False, word)]


def test_errors_and_undeliverable_questions_are_findings(scene):
    scene.do(ask(question(), question("2", Party(IBAN), CREDITOR)))
    number = scene.get(Verification, KEY).questions[1].number
    scene.do(says(found=None, fault=fault("PARTY_NOT_FOUND")))
    lost = Undeliverable(BANK, RESOURCE, number, fault("DESTINATION_UNREACHABLE"), CREDITOR)
    assert words(scene.do(lost)) == [(False, "3204"), (False, "1001")]


def test_silence_ends_at_the_deadline(scene):
    batch = scene.do(ask())
    ((due, expire),) = [one for one in deadlines(batch.puts) if one[1].kind == "verification"]
    assert due == NOW + timedelta(seconds=30)
    assert told(scene.do(Expire("verification", KEY))) == []
    scene.now = due
    assert words(scene.do(expire)) == [(False, "NORR")]


def test_a_repeat_is_told_again_when_it_has_ended(scene):
    scene.do(ask())
    assert told(scene.do(ask())) == []
    scene.do(says())
    assert words(scene.do(ask())) == [(True, None)]
    assert touches(ask()) == ((Verification, KEY),)


def test_a_bank_that_is_switched_off_is_told_so(scene):
    scene.change(scene.get(Participant, BANK), active=False)
    assert words(scene.do(ask())) == [(False, "3100")]


def lookup(party=IBAN, sender=PAYER, dialect=Dialect.FSPIOP) -> VerifyForDfsp:
    return VerifyForDfsp(envelope(sender, CREDITOR, dialect=dialect, original=None), party, CREDITOR)


def test_a_dfsp_is_told_what_the_bank_says(scene):
    batch = scene.do(lookup(dialect=Dialect.FSPIOP_ISO))
    assert told(batch) == ["VerificationAsked bank-b"]
    asked = batch.events[0].body
    assert isinstance(asked, VerificationAsked) and asked.asker == PAYER
    assert told(scene.do(lookup())) == []
    finding = PartyFinding(True, party=Party(name="Ada Blue", account=Account(iban=IBAN.identifier)))
    batch = scene.do(AnswerVerification(envelope(CREDITOR), ((asked.question.number, finding),)))
    (event,) = batch.events
    assert isinstance(event.body, PartyFound) and event.dialect is Dialect.FSPIOP_ISO
    assert (event.body.source, event.body.party.id, event.body.party.name) == (CREDITOR, IBAN, "Ada Blue")
    scene.now += timedelta(seconds=1)
    assert told(scene.do(lookup())) == ["VerificationAsked bank-b"]


@pytest.mark.parametrize(
    ("finding", "code"), [(PartyFinding(False, "AC01"), "3204"), (PartyFinding(False, "AG01"), "5300")]
)
def test_a_dfsp_is_told_why_not(scene, finding, code):
    number = scene.do(lookup()).events[0].body.question.number
    (event,) = scene.do(AnswerVerification(envelope(CREDITOR), ((number, finding),))).events
    assert isinstance(event.body, Refused) and (event.body.resource, event.body.fault.fspiop) == ("parties", code)


def test_a_dfsp_is_told_of_silence(scene):
    key = scene.do(lookup()).puts[0].key
    scene.now += timedelta(seconds=30)
    assert told(scene.do(Expire("verification", key))) == ["Refused payerfsp 2004"]


def test_the_lookup_lane_hands_lookups_at_such_a_bank_on(scene):
    lane = Scene("lookup", records=[scene.get(Participant, CREDITOR), builtin("IBAN")])
    command = LookUpParty(envelope(PAYER, CREDITOR), IBAN)
    (event,) = lane.do(command).events
    assert isinstance(event.body, Handed) and isinstance(event.body.command, VerifyForDfsp)
    lane.change(lane.get(Participant, CREDITOR), iso=replace(lane.get(Participant, CREDITOR).iso, verifies=False))
    assert told(lane.do(command)) == ["PartyFound payerfsp"]


@pytest.mark.parametrize(
    ("asked", "known", "expected"),
    [
        (None, "Ada Blue", (True, None, "Ada Blue")),
        ("ada blue", "Ada Blue", (True, None, "Ada Blue")),
        ("A Blue", "Ada Blue", (False, "PN02", "Ada Blue")),
        ("Eve Green", "Ada Blue", (False, "PN01", None)),
        ("Ada Blue", None, (False, "NR01", None)),
    ],
)
def test_names_are_judged_and_told_only_where_they_are_near(asked, known, expected):
    found = judged(Party(MSISDN, name=asked), Party(MSISDN, PAYEE, known))
    assert (found.verified, found.reason, found.party.name if found.party else None) == expected


@pytest.mark.parametrize(
    ("code", "reason"), [("3204", "AC01"), ("2004", "NORR"), ("5299", "MS03"), ("4000", "NR01"), ("9999", "NR01")]
)
def test_errors_have_a_reason(code, reason):
    assert verification_reason(code) == reason


@pytest.mark.parametrize(("reason", "code"), [("AC04", "5107"), ("BNOR", "3203"), ("XX99", "3204"), (None, "3204")])
def test_reasons_have_an_error(reason, code):
    assert error_code(reason) == code
