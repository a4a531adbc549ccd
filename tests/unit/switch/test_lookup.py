"""Who is asked for a party, who answers, and which code each dead end has."""

from datetime import timedelta

import pytest

from schemas.canonical.commands import (
    AnswerParty,
    Expire,
    LookUpParticipant,
    LookUpParty,
    OracleAnswered,
    Undeliverable,
)
from schemas.canonical.dialogue import OracleQuestion
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant, RegistryEntry
from schemas.canonical.party import Party, PartyId
from schemas.canonical.wire import Dialect
from switch.profile import Profile
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    MSISDN,
    NOW,
    OTHER,
    PAYEE,
    PAYER,
    Scene,
    builtin,
    envelope,
    told,
)

SUB = PartyId("MSISDN", MSISDN.identifier, "100")


def entry(fsp=PAYEE, sub_id=None, currency=None, **fields):
    return RegistryEntry("MSISDN", MSISDN.identifier, fsp, sub_id, currency, **fields)


def ask(sender=PAYER, receiver=None, party=MSISDN, currency=None):
    return LookUpParty(envelope(sender, receiver), party, currency)


def bank_asks(receiver=None, sender=BANK):
    return LookUpParty(envelope(sender, receiver, dialect=Dialect.INTERNAL, original=None), MSISDN, "USD")


def which(sender=PAYER, party=MSISDN):
    return LookUpParticipant(envelope(sender), party)


ORACLE = builtin()
HTTP = builtin(url="http://oracle")
FORWARDED = ["Forwarded payeefsp (original)"]
REFUSED_3003 = ["Refused payerfsp 3003"]
ROWS = [
    # name, records, command, who is told what
    ("destination", [], ask(receiver=PAYEE), FORWARDED),
    ("destination is a bank", [], ask(receiver=CREDITOR), ["PartyFound payerfsp"]),
    ("destination unknown: discovery", [ORACLE, entry()], ask(receiver="nobody"), FORWARDED),
    ("destination unknown, nor the party", [ORACLE], ask(receiver="nobody"), ["Refused payerfsp 3204"]),
    ("asker unknown", [ORACLE, entry()], ask("nobody"), ["Refused nobody 3200"]),
    ("no oracle", [], ask(), ["Refused payerfsp 3003"]),
    ("oracle of another type", [builtin("IBAN"), entry()], ask(), ["Refused payerfsp 3003"]),
    ("registry", [ORACLE, entry()], ask(), FORWARDED),
    ("registry has a bank", [ORACLE, entry(CREDITOR)], ask(), ["PartyFound payerfsp"]),
    ("not registered", [ORACLE], ask(), ["Refused payerfsp 3204"]),
    ("taken out", [ORACLE, entry(removed=True)], ask(), ["Refused payerfsp 3204"]),
    ("only with a sub id", [ORACLE, entry(sub_id="100")], ask(), ["Refused payerfsp 3200"]),
    ("this sub id", [ORACLE, entry(OTHER), entry(sub_id="100")], ask(party=SUB), FORWARDED),
    ("another sub id", [ORACLE, entry(), entry(sub_id="101")], ask(party=SUB), ["Refused payerfsp 3200"]),
    ("this currency", [ORACLE, entry(currency="USD"), entry(OTHER, currency="EUR")], ask(currency="USD"), FORWARDED),
    ("another currency", [ORACLE, entry(currency="EUR")], ask(currency="USD"), ["Refused payerfsp 3204"]),
    (
        "every FSP that holds it",
        [ORACLE, entry(currency="USD"), entry(OTHER, currency="EUR"), entry(CREDITOR, currency="KES")],
        ask(),
        ["Forwarded payeefsp (original)", "Forwarded otherfsp (original)", "PartyFound payerfsp"],
    ),
    ("an FSP outside the scheme", [ORACLE, entry("gone")], ask(), ["Refused payerfsp 3201"]),
    ("HTTP oracle", [HTTP, entry(OTHER)], ask(), ["OracleAsked @oracle"]),
    ("the currency's oracle", [builtin(id=2, url="http://eur", currency="EUR"), ORACLE, entry()], ask(), FORWARDED),
    ("another currency's oracle", [builtin(currency="EUR", default=True), entry()], ask(currency="USD"), REFUSED_3003),
    ("any currency's oracle", [builtin(currency="EUR"), entry()], ask(), FORWARDED),
    ("a bank asks a DFSP", [], bank_asks(PAYEE), ["PartyAsked payeefsp"]),
    ("a bank asks for a bank's customer", [], bank_asks(CREDITOR), ["Handed AnswerParty @journey.0"]),
    ("a bank asks whom to ask", [ORACLE, entry()], bank_asks(), ["Handed AnswerParty @journey.0"]),
    ("a bank asks in vain", [ORACLE], bank_asks(), ["Handed AnswerParty @journey.0"]),
    ("a bank asks an FSP that is gone", [ORACLE, entry()], bank_asks("gone"), ["Handed AnswerParty @journey.0"]),
    ("which FSP", [ORACLE, entry(OTHER), entry(sub_id="100")], which(), ["ParticipantFound payerfsp"]),
    ("which FSP: none", [ORACLE], which(), ["Refused payerfsp 3204"]),
    ("which FSP: none fits", [ORACLE, entry(sub_id="100")], which(), ["Refused payerfsp 3204"]),
    ("which FSP: no oracle", [], which(), ["Refused payerfsp 3003"]),
    ("which FSP: asker unknown", [ORACLE, entry()], which("nobody"), ["Refused nobody 3200"]),
    ("which FSP: HTTP oracle", [HTTP], which(), ["OracleAsked @oracle"]),
]


@pytest.mark.parametrize(("name", "records", "command", "words"), ROWS, ids=[row[0] for row in ROWS])
def test_a_lookup(name, records, command, words):
    assert told(Scene("lookup", records=records).do(command)) == words


@pytest.mark.parametrize(
    ("allowed", "records", "words"),
    [
        (True, [ORACLE, entry(PAYER)], ["Forwarded payerfsp (original)"]),
        (False, [ORACLE, entry(PAYER)], ["Refused payerfsp 3204"]),
        (False, [ORACLE, entry(PAYER, currency="USD"), entry(currency="EUR")], FORWARDED),
    ],
)
def test_whether_an_fsp_is_asked_about_a_party_of_its_own_is_the_scheme_s_choice(allowed, records, words):
    scene = Scene("lookup", profile=Profile(on_us_lookups=allowed), records=records)
    assert told(scene.do(ask())) == words


def test_an_inactive_fsp_is_not_asked():
    scene = Scene("lookup", records=[ORACLE, entry()])
    scene.change(scene.get(Participant, PAYEE), active=False)
    assert told(scene.do(ask(receiver=PAYEE))) == ["Refused payerfsp 3201"]


def test_a_forwarded_question_is_tried_briefly_and_its_asker_told_when_it_fails():
    event = Scene("lookup").do(ask(receiver=PAYEE)).events[0]
    assert (event.delivery.value, event.requester, event.until) == ("dialogue", PAYER, NOW + timedelta(seconds=30))


def test_for_a_bank_s_customer_the_hub_says_the_bank_and_no_name():
    body = Scene("lookup").do(ask(receiver=CREDITOR)).events[0].body
    assert (body.source, body.party) == (CREDITOR, Party(id=MSISDN, fsp=CREDITOR))


HANDED = [
    ([ORACLE, entry()], bank_asks(), "Hub", PAYEE),
    ([ORACLE, entry(), entry(OTHER, currency="USD")], bank_asks(), "Hub", PAYEE),
    ([], bank_asks(CREDITOR), CREDITOR, CREDITOR),
    ([ORACLE], bank_asks(), "Hub", "3204"),
    ([ORACLE, entry()], bank_asks("gone"), "gone", "3201"),
    ([], Undeliverable(BANK, "parties", "MSISDN/27713803912", fault("DESTINATION_UNREACHABLE"), PAYEE), PAYEE, "1001"),
]


@pytest.mark.parametrize(("records", "command", "source", "answer"), HANDED)
def test_a_bank_s_journey_is_answered_by_the_fsp_it_asked_or_by_the_hub(records, command, source, answer):
    handed = Scene("lookup", records=records).do(command).events[0].body.command
    assert (handed.envelope.sender, handed.envelope.receiver, handed.party_id) == (source, BANK, MSISDN)
    assert (handed.party.fsp if handed.party else handed.fault.fspiop) == answer


def answer(sender=PAYEE, receiver=PAYER, **fields):
    return AnswerParty(envelope(sender, receiver), MSISDN, **(fields or {"party": Party(id=MSISDN)}))


ANSWERS = [
    (answer(), ["Forwarded payerfsp (original)"]),
    (answer(fault=fault("PARTY_NOT_FOUND")), ["Forwarded payerfsp (original)"]),
    (answer(receiver="nobody"), ["Refused payeefsp 3201"]),
    (answer(receiver=None), ["Refused payeefsp 3201"]),
    (answer(sender="nobody"), ["Refused nobody 3200"]),
    (answer(receiver=BANK), ["Handed AnswerParty @journey.0"]),
]


@pytest.mark.parametrize(("command", "words"), ANSWERS)
def test_an_answer_goes_to_whom_it_is_for(command, words):
    assert told(Scene("lookup").do(command)) == words


def asked(command=None):
    scene = Scene("lookup", records=[HTTP])
    batch = scene.do(command or ask())
    return scene, batch.events[0].body.dialogue


ORACLE_SAYS = [
    (ask(), 200, ((PAYEE, None, None),), FORWARDED),
    (ask(), 200, ((PAYEE, None, None), (PAYEE, "USD", None), (OTHER, None, "9")), FORWARDED),
    (ask(), 200, (), ["Refused payerfsp 3204"]),
    (ask(), 200, ((PAYEE, None, "100"),), ["Refused payerfsp 3200"]),
    (ask(), 200, ((PAYEE, None, ""),), FORWARDED),
    (ask(), 400, (), ["Refused payerfsp 3204"]),
    (ask(), 404, (), ["Refused payerfsp 3201"]),
    (ask(), 500, (), ["Refused payerfsp 1001"]),
    (ask(), 0, (), ["Refused payerfsp 1001"]),
    (which(), 200, ((PAYEE, None, None),), ["ParticipantFound payerfsp"]),
    (which(), 200, (), ["Refused payerfsp 3204"]),
    (which(), 503, (), ["Refused payerfsp 1001"]),
    (bank_asks(), 404, (), ["Handed AnswerParty @journey.0"]),
]


@pytest.mark.parametrize(("command", "status", "entries", "words"), ORACLE_SAYS)
def test_what_an_http_oracle_says(command, status, entries, words):
    scene, dialogue = asked(command)
    assert told(scene.do(OracleAnswered(dialogue, status, entries))) == words
    assert scene.get(OracleQuestion, dialogue).done


def test_an_oracle_s_second_answer_and_a_late_one_change_nothing():
    scene, dialogue = asked()
    scene.do(OracleAnswered(dialogue, 404))
    assert told(scene.do(OracleAnswered(dialogue, 200, ((PAYEE, None, None),)))) == []
    assert told(scene.do(OracleAnswered("never asked", 200))) == []


def test_an_oracle_that_stays_silent_is_not_waited_for():
    scene, dialogue = asked()
    scene.now += scene.profile.oracle_timeout
    assert told(scene.do(Expire("oracle_question", dialogue))) == ["Refused payerfsp 1001"]
    assert told(scene.do(OracleAnswered(dialogue, 200, ((PAYEE, None, None),)))) == []


def test_the_same_question_twice_in_one_moment_is_two_dialogues():
    scene, dialogue = asked()
    assert scene.do(ask()).events[0].body.dialogue != dialogue


def test_an_undeliverable_lookup_is_told_to_its_asker():
    failed = Undeliverable(PAYER, "parties", "MSISDN/27713803912/100", fault("DESTINATION_UNREACHABLE"), PAYEE)
    event = Scene("lookup").do(failed).events[0]
    assert (event.body.resource, event.body.key, event.body.fault.fspiop) == (
        "parties",
        "MSISDN/27713803912/100",
        "1001",
    )
