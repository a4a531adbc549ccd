"""A bank's payment to a DFSP: each answer moves it one step, and it ends with the ledger or with one refusal."""

from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import AnswerParty, AnswerTerms, Expire, Undeliverable
from schemas.canonical.dialogue import Journey, JourneyState, PartyWait, Quote
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.participants import Participant, RegistryEntry
from schemas.canonical.party import Account, Party
from schemas.canonical.transfer import TransferState
from tests.unit.switch.scene import (
    BANK,
    CONDITION,
    CREDITOR,
    EXPIRY,
    ID,
    MSISDN,
    NOW,
    OTHER,
    PAYEE,
    PAYER,
    Scene,
    bank_prepare,
    builtin,
    envelope,
    fulfil,
    terms,
    told,
    usd,
)

SECOND = TransferId("c61ec534-ee48-4575-b6a9-ead2955b8069")
HUB = FspId("Hub")
ASKED = ["Handed LookUpParty @lookup"]


def payment(payee=PAYEE, amount_type="RECEIVE", **fields):
    agreed = fields.pop("terms", msgspec.structs.replace(terms(BANK, payee), amount_type=amount_type))
    return bank_prepare(payee=payee, terms=agreed, **fields)


def found(sender=PAYEE, party=None, bank=BANK):
    return AnswerParty(envelope(sender, bank), MSISDN, party or Party(MSISDN, sender, "Jo Doe"))


def oracle_says(fsp=PAYEE):
    return found(HUB, Party(MSISDN, fsp))


def none(sender=PAYEE):
    return AnswerParty(envelope(sender, BANK), MSISDN, fault=fault("PARTY_NOT_FOUND"))


def quoted(scene, transfer=100, receives=None, sender=PAYEE, content="a", **fields):
    fields = {"packet": "cGFja2V0", "condition": CONDITION, "expiry": EXPIRY} | fields
    return AnswerTerms(
        envelope(sender, BANK, content),
        scene.get(Journey, ID).quote_id,
        usd(transfer),
        usd(receives) if receives is not None else None,
        **fields,
    )


def quoting(command=None):
    scene = Scene("journey.0")
    scene.do(command or payment())
    scene.do(found())
    return scene


def test_a_payment_becomes_lookup_quote_and_prepare():
    scene = Scene("journey.0")
    assert told(scene.do(payment())) == ASKED
    assert told(scene.do(found())) == ["TermsAsked payeefsp"]
    assert told(scene.do(quoted(scene))) == ["Handed Prepare @ledger"]
    assert scene.get(Journey, ID).state is JourneyState.PREPARING


def test_while_the_fsp_is_not_known_the_oracle_is_asked_first():
    scene = Scene("journey.0")
    first = scene.do(payment(None))
    assert first.events[0].body.command.envelope.receiver is None
    second = scene.do(oracle_says())
    assert told(second) == ASKED
    assert second.events[0].body.command.envelope.receiver == PAYEE
    assert told(scene.do(found())) == ["TermsAsked payeefsp"]


def test_a_proxy_that_another_bank_holds_needs_no_quote():
    scene = Scene("journey.0")
    scene.do(payment(None))
    scene.do(oracle_says(CREDITOR))
    batch = scene.do(found(CREDITOR, Party(MSISDN, CREDITOR)))
    assert told(batch) == ["Handed Prepare @ledger"]
    command = batch.events[0].body.command
    assert (command.payee, command.condition, command.amount) == (CREDITOR, None, usd(100))


def test_the_ledger_gets_the_bank_s_payment_with_all_that_was_found():
    account = Account(iban="DE89370400440532013000")
    agreed = msgspec.structs.replace(terms(BANK, PAYEE), payee=Party(MSISDN, PAYEE, "Doe", account=account))
    scene = quoting(payment(terms=agreed))
    command = scene.do(quoted(scene, payee_fee=usd(0))).events[0].body.command
    assert (command.payer, command.payee, command.expiry, command.condition) == (BANK, PAYEE, EXPIRY, CONDITION)
    assert command.envelope == payment().envelope
    assert (command.terms.packet, command.terms.payee_receives) == ("cGFja2V0", usd(100))
    assert command.terms.payee == Party(MSISDN, PAYEE, "Jo Doe", account=account)
    assert command.terms.payer.fsp == BANK


def test_what_the_journey_hands_over_the_ledger_reserves_and_the_dfsp_s_preimage_commits():
    journeys = quoting()
    command = journeys.do(quoted(journeys)).events[0].body.command
    scene = Scene()
    assert told(scene.do(command, "journey.0:3")) == ["Reserved payeefsp (original)"]
    scene.do(fulfil(receiver=BANK))
    assert scene.transfer().state is TransferState.COMMITTED


LIMIT = "2"
QUOTES = [
    # amount type, transfer, payee receives, fee, accepted
    ("RECEIVE", 100, 100, None, True),
    ("RECEIVE", 100, None, None, True),
    ("RECEIVE", 100, 98, None, True),
    ("RECEIVE", 100, None, 2, True),
    ("RECEIVE", 99, 99, None, True),
    ("RECEIVE", 100, 97, None, False),
    ("RECEIVE", 100, None, 3, False),
    ("RECEIVE", 101, 100, None, False),
    ("SEND", 100, 98, None, True),
    ("SEND", 99, 99, None, False),
    ("SEND", 101, 100, None, False),
    ("SEND", 100, "97.9999", None, False),
]


@pytest.mark.parametrize(("kind", "transfer", "receives", "fee", "accepted"), QUOTES)
def test_a_quote_may_cost_the_payee_at_most_the_bank_s_limit(kind, transfer, receives, fee, accepted):
    scene = quoting(payment(amount_type=kind))
    bank = scene.get(Participant, BANK)
    scene.change(bank, iso=msgspec.structs.replace(bank.iso, max_payee_fee=LIMIT))
    batch = scene.do(quoted(scene, transfer, receives, payee_fee=usd(fee) if fee else None))
    assert told(batch) == (["Handed Prepare @ledger"] if accepted else ["Refused bank-a 5103"])


def test_no_fee_is_taken_unless_the_bank_allows_it():
    scene = quoting()
    event = scene.do(quoted(scene, receives="99.99")).events[0]
    assert (event.body.fault.iso, event.body.resource, event.body.terms) == ("AM09", "transfers", payment().terms)


REFUSALS = [
    ("unknown party", [none()], "3204", "BE06"),
    (
        "party not reached",
        [AnswerParty(envelope(PAYEE, BANK), MSISDN, fault=fault("DESTINATION_UNREACHABLE"))],
        "1001",
        "AB08",
    ),
    ("quote refused", [found(), "error"], "3201", "RC04"),
    ("quote over", [found(), "over"], "3302", "AB03"),
    ("quote without packet", [found(), "bare"], "3100", "FF01"),
    ("quote in another currency", [found(), "euro"], "5103", "AM09"),
    ("DFSP not reached", [found(), "unreachable"], "1001", "AB08"),
]


def special(scene, word):
    """A command that needs the quote id of the journey."""
    return {
        "error": lambda: quoted(scene, fault=fault("DESTINATION_FSP")),
        "over": lambda: quoted(scene, expiry=NOW),
        "bare": lambda: quoted(scene, packet=None),
        "euro": lambda: msgspec.structs.replace(quoted(scene), transfer_amount=usd(1).parse_fspiop("100", "EUR")),
        "unreachable": lambda: Undeliverable(
            BANK, "quotes", scene.get(Journey, ID).quote_id, fault("DESTINATION_UNREACHABLE"), PAYEE
        ),
    }[word]()


@pytest.mark.parametrize(("name", "answers", "fspiop", "iso"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_journey_that_fails_is_refused_once_and_says_the_same_again(name, answers, fspiop, iso):
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, PAYEE), currencies=("USD", "EUR"))
    scene.do(payment())
    batch = None
    for command in answers:
        batch = scene.do(special(scene, command) if isinstance(command, str) else command)
    body = batch.events[0].body
    assert told(batch) == [f"Refused bank-a {fspiop}"]
    assert (body.fault.iso, body.key) == (iso, ID)
    assert scene.get(Journey, ID).state is JourneyState.REFUSED
    assert scene.do(payment()).events[0].body == body


def test_a_payment_repeated_while_open_is_not_answered_and_later_the_ledger_is_asked():
    scene = Scene("journey.0")
    scene.do(payment())
    assert told(scene.do(payment())) == []
    scene.do(found())
    assert told(scene.do(payment())) == []
    scene.do(quoted(scene))
    batch = scene.do(payment())
    assert told(batch) == ["Handed Query @ledger"]
    assert batch.events[0].body.command.envelope.sender == BANK


@pytest.mark.parametrize("sender", [BANK, CREDITOR])
def test_the_same_id_for_another_payment_is_refused(sender):
    scene = Scene("journey.0")
    scene.do(payment())
    changed = msgspec.structs.replace(payment(), envelope=envelope(sender, content="other"), payer=sender)
    assert told(scene.do(changed)) == [f"Refused {sender} 3106"]
    assert scene.get(Journey, ID).state is JourneyState.LOOKING_UP


def test_a_journey_ends_with_the_payment_s_expiry_wherever_it_stands():
    for scene in (Scene("journey.0"), quoting()):
        scene.do(payment())
        scene.now = EXPIRY
        batch = scene.do(Expire("journey", ID))
        assert told(batch) == ["Refused bank-a 3303"]
        assert batch.events[0].body.fault.iso == "AB05"
        assert told(scene.do(found())) == []


def test_once_the_ledger_has_it_only_the_ledger_lets_it_expire():
    scene = quoting()
    scene.do(quoted(scene))
    scene.now = EXPIRY
    assert told(scene.do(Expire("journey", ID))) == []
    scene = quoting()
    assert told(scene.do(Expire("journey", ID))) == []


def test_a_payment_that_came_too_late_is_refused_at_once():
    scene = Scene("journey.0")
    batch = scene.do(payment(expiry=NOW))
    assert told(batch) == ["Refused bank-a 3100"]
    assert batch.events[0].body.fault.iso == "TM01"


@pytest.mark.parametrize("stranger", [OTHER, PAYER, CREDITOR])
def test_only_the_fsp_that_was_asked_can_answer_for_the_payee(stranger):
    scene = Scene("journey.0")
    scene.do(payment())
    assert told(scene.do(found(stranger))) == []
    assert told(scene.do(oracle_says(stranger))) == []
    scene.do(payment(None, transfer_id=SECOND))
    assert told(scene.do(found(stranger))) == []


def test_only_the_fsp_that_was_asked_can_quote():
    scene = quoting()
    assert told(scene.do(quoted(scene, sender=OTHER))) == ["Refused otherfsp 3100"]
    assert scene.get(Journey, ID).state is JourneyState.QUOTING


def test_a_quote_counts_once():
    scene = quoting()
    scene.do(quoted(scene))
    assert told(scene.do(quoted(scene))) == []
    assert told(scene.do(quoted(scene, content="b"))) == ["Refused payeefsp 3106"]


def test_two_payments_to_one_payee_go_on_together():
    scene = Scene("journey.0")
    scene.do(payment())
    scene.do(payment(transfer_id=SECOND))
    assert told(scene.do(found())) == ["TermsAsked payeefsp", "TermsAsked payeefsp"]
    assert scene.get(PartyWait, f"{BANK}/MSISDN/{MSISDN.identifier}").journeys == ()
    assert scene.get(Journey, ID).quote_id != scene.get(Journey, SECOND).quote_id


def test_a_payment_that_knows_its_fsp_is_not_moved_by_another_s_oracle():
    scene = Scene("journey.0")
    scene.do(payment(OTHER))
    scene.do(payment(None, transfer_id=SECOND))
    assert told(scene.do(oracle_says())) == ASKED
    assert scene.get(Journey, ID).payee == OTHER
    assert told(scene.do(found())) == ["TermsAsked payeefsp"]
    assert scene.get(PartyWait, f"{BANK}/MSISDN/{MSISDN.identifier}").journeys == (ID,)


@pytest.mark.parametrize(
    "command",
    [
        payment(fault=fault("SETTLEMENT_METHOD")),
        payment(FspId("gone")),
        payment(terms=msgspec.structs.replace(terms(BANK, PAYEE), payee=Party(fsp=PAYEE))),
    ],
    ids=["fault", "payee unknown", "no party id"],
)
def test_what_needs_no_lookup_is_left_to_the_ledger_which_keeps_the_id(command):
    batch = Scene("journey.0").do(command)
    assert told(batch) == ["Handed Prepare @ledger"]
    scene = Scene()
    assert told(scene.do(batch.events[0].body.command))[0].startswith("Aborted bank-a")


def test_an_id_the_ledger_knows_is_left_to_it():
    ledger = Scene()
    ledger.do(bank_prepare())
    scene = Scene("journey.0", records=[ledger.transfer()])
    assert told(scene.do(payment())) == ["Handed Prepare @ledger"]


def test_an_oracle_that_names_an_fsp_outside_ends_the_payment():
    scene = Scene("journey.0")
    scene.do(payment(None))
    assert told(scene.do(oracle_says(FspId("gone")))) == ["Refused bank-a 3100"]


def test_the_quote_is_asked_in_the_bank_s_name_and_remembered():
    scene = Scene("journey.0")
    scene.do(payment())
    event = scene.do(found()).events[0]
    assert (event.body.source, event.requester, event.delivery.value) == (BANK, BANK, "dialogue")
    assert event.body.terms.quote_id == event.body.quote_id
    assert scene.get(Quote, event.body.quote_id).journey == ID
    assert event.until == NOW + timedelta(seconds=30)


def test_lookup_and_journey_lanes_talk_to_each_other():
    """The whole way of a proxy payment, each lane deciding what the other handed it."""
    lanes = {"@lookup": Scene("lookup", records=[builtin()]), "@journey.0": Scene("journey.0")}
    lanes["@lookup"].resident.put(RegistryEntry(MSISDN.type, MSISDN.identifier, PAYEE))
    events = list(lanes["@journey.0"].do(payment(None)).events)
    seen = []
    while events:
        event = events.pop(0)
        seen.append(event.receiver)
        if event.receiver in lanes:
            events += lanes[event.receiver].do(event.body.command).events
    assert seen == ["@lookup", "@journey.0", "@lookup", PAYEE]
