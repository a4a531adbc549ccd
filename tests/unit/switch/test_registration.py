"""Parties enter and leave the registry: who may do it, who is told, and what each failure is called."""

import pytest

from schemas.canonical.commands import Expire, OracleAnswered, RegisterParties, RegisterParty
from schemas.canonical.faults import participant_fault
from schemas.canonical.forwarding import Act, Forward
from schemas.canonical.participants import Oracle, RegistryEntry
from schemas.canonical.party import PartyId
from switch.profile import Profile
from tests.unit.switch.scene import BANK, MSISDN, OTHER, PAYEE, PAYER, Scene, builtin, envelope, original, told

ORACLE = builtin()
HTTP = builtin("IBAN", id=2, url="http://oracle")
IBAN = PartyId("IBAN", "DE89370400440532013000")
EMAIL = PartyId("EMAIL", "a@b.c")
MINE = RegistryEntry("MSISDN", MSISDN.identifier, PAYEE)


def register(sender=PAYEE, fsp=PAYEE, receiver=None, party=MSISDN, **fields):
    return RegisterParty(envelope(sender, receiver, original=original(method="POST")), party, fsp, **fields)


def remove(sender=PAYEE, **fields):
    return register(sender, sender, remove=True, **fields)


ROWS = [
    ("new", [ORACLE], register(), ["PartyRegistered payeefsp"], [PAYEE]),
    ("again", [ORACLE, MINE], register(), ["PartyRegistered payeefsp"], [PAYEE]),
    ("for another", [ORACLE], register(OTHER), ["PartyRegistered payeefsp"], [PAYEE]),
    ("with a destination", [ORACLE], register(receiver=PAYER), ["PartyRegistered payerfsp"], [PAYEE]),
    ("to the hub", [ORACLE], register(receiver="Hub"), ["PartyRegistered payeefsp"], [PAYEE]),
    ("by nobody", [ORACLE], register("nobody"), ["Refused nobody 3200"], []),
    ("for nobody", [ORACLE], register(fsp="nobody"), ["Refused payeefsp 3003"], []),
    ("no oracle", [], register(), ["Refused payeefsp 3003"], []),
    ("held by another", [ORACLE, MINE], register(OTHER, OTHER), ["Refused otherfsp 3003"], [PAYEE]),
    ("handed over by its holder", [ORACLE, MINE], register(PAYEE, OTHER), ["PartyRegistered otherfsp"], [OTHER]),
    (
        "other currency, other FSP",
        [ORACLE, MINE],
        register(OTHER, OTHER, currency="EUR"),
        ["PartyRegistered otherfsp"],
        [PAYEE, OTHER],
    ),
    ("taken out", [ORACLE, MINE], remove(), ["PartyRegistered payeefsp"], []),
    ("taken out by another", [ORACLE, MINE], remove(OTHER), ["Refused otherfsp 3040"], [PAYEE]),
    ("taken out twice", [ORACLE], remove(), ["Refused payeefsp 3204"], []),
    ("HTTP oracle", [HTTP], register(party=IBAN), ["OracleAsked @oracle"], []),
]


def held(scene):
    return [entry.fsp for entry in scene.resident.all(RegistryEntry) if not entry.removed]


@pytest.mark.parametrize(("name", "records", "command", "words", "fsps"), ROWS, ids=[row[0] for row in ROWS])
def test_a_registration(name, records, command, words, fsps):
    scene = Scene("lookup", records=records)
    assert told(scene.do(command)) == words
    assert held(scene) == fsps


@pytest.mark.parametrize(
    ("command", "method", "good", "bad", "code"),
    [
        (register(party=IBAN), "POST", 201, 400, "3003"),
        (RegisterParty(envelope(PAYEE), IBAN, PAYEE), "PUT", 200, 500, "3003"),
    ],
)
def test_an_http_oracle_is_asked_by_the_method_used_and_its_failure_told(command, method, good, bad, code):
    for status, words in ((good, ["PartyRegistered payeefsp"]), (bad, [f"Refused payeefsp {code}"])):
        scene = Scene("lookup", records=[HTTP])
        asked = scene.do(command).events[0].body
        assert (asked.method, asked.fsp) == (method, PAYEE)
        assert told(scene.do(OracleAnswered(asked.dialogue, status))) == words


def asked_whose(scene, *entries, status=200, **fields):
    """A removal's first question, and what follows the oracle's answer to it."""
    first = scene.do(remove(party=IBAN, **fields)).events[0].body
    assert first.method == "GET"
    return scene.do(OracleAnswered(first.dialogue, status, entries))


@pytest.mark.parametrize(("status", "words"), [(204, ["PartyRegistered payeefsp"]), (0, ["Refused payeefsp 3040"])])
def test_a_removal_from_an_http_oracle_asks_who_holds_the_party_and_then_takes_it_out(status, words):
    scene = Scene("lookup", records=[HTTP])
    second = asked_whose(scene, (PAYEE, None, None), (PAYEE, "USD", None), (OTHER, None, "SHOP")).events[0].body
    assert (second.method, second.party_id) == ("DELETE", IBAN)
    assert told(scene.do(OracleAnswered(second.dialogue, status))) == words


@pytest.mark.parametrize(
    ("status", "entries", "code"),
    [
        (200, [(OTHER, None, None)], "3040"),
        (200, [(PAYEE, None, None), (OTHER, "EUR", None)], "3040"),
        (200, [], "3204"),
        (200, [(PAYEE, None, "SHOP")], "3204"),
        (404, [], "3204"),
        (400, [], "3204"),
        (500, [], "3040"),
        (0, [], "3040"),
    ],
)
def test_what_another_fsp_or_nobody_holds_is_not_taken_out(status, entries, code):
    scene = Scene("lookup", records=[HTTP])
    assert told(asked_whose(scene, *entries, status=status)) == [f"Refused payeefsp {code}"]


def test_a_scheme_may_trust_its_participants_to_remove_their_own_parties_only():
    scene = Scene("lookup", profile=Profile(check_holder=False), records=[HTTP])
    asked = scene.do(remove(OTHER, party=IBAN)).events[0].body
    assert asked.method == "DELETE"
    assert told(scene.do(OracleAnswered(asked.dialogue, 204))) == ["PartyRegistered otherfsp"]


def test_an_oracle_that_went_away_meanwhile_takes_nothing_out():
    scene = Scene("lookup", records=[HTTP])
    first = scene.do(remove(party=IBAN)).events[0].body
    scene.change(scene.get(Oracle, 2), active=False)
    assert told(scene.do(OracleAnswered(first.dialogue, 200, ((PAYEE, None, None),)))) == ["Refused payeefsp 3040"]


FORWARDS = [
    (PAYEE, PAYER, ["Forwarded payerfsp (original)"]),
    (PAYEE, None, ["Refused payeefsp 3201"]),
    (PAYEE, "nobody", ["Refused payeefsp 3201"]),
    (PAYEE, BANK, ["Refused payeefsp 3201"]),
    ("nobody", PAYER, ["Refused nobody 3200"]),
]


@pytest.mark.parametrize(("sender", "receiver", "words"), FORWARDS)
@pytest.mark.parametrize("act", [Act.ANSWER, Act.REFUSE])
def test_a_result_that_a_participant_sends_goes_to_whom_it_is_for(sender, receiver, words, act):
    command = Forward(envelope(sender, receiver), "participants", "MSISDN/27713803912", act)
    assert told(Scene("lookup").do(command)) == words


def batch(*entries, sender=PAYEE):
    return RegisterParties(envelope(sender), "d9d9d9d9-ee48-4575-b6a9-ead2955b8069", entries)


def results(event):
    return [(party.type, reason.fspiop if reason else None) for party, _, reason in event.body.entries]


def test_a_batch_is_answered_entry_by_entry():
    scene = Scene("lookup", records=[ORACLE])
    done = scene.do(batch((MSISDN, PAYEE), (PartyId("MSISDN", "2"), OTHER), (EMAIL, PAYEE)))
    assert told(done) == ["PartiesRegistered payeefsp"]
    assert results(done.events[0]) == [("MSISDN", None), ("MSISDN", "3204"), ("EMAIL", "3003")]
    assert held(scene) == [PAYEE]


def test_a_batch_of_nobody_is_refused():
    assert told(Scene("lookup", records=[ORACLE]).do(batch((MSISDN, "nobody"), sender="nobody"))) == [
        "Refused nobody 3200"
    ]


GB = PartyId("IBAN", "GB33BUKB20201555555555")


def test_a_batch_asks_each_http_oracle_once_for_all_its_entries():
    scene = Scene("lookup", records=[ORACLE, HTTP, builtin("EMAIL", id=3, url="http://mail")])
    first = scene.do(batch((IBAN, PAYEE), (EMAIL, PAYEE), (MSISDN, PAYEE), (GB, PAYEE), (PartyId("IBAN", "X"), OTHER)))
    asked = first.events[0].body
    assert told(first) == ["OracleAsked @oracle"]
    assert (asked.oracle, asked.method, asked.batch, asked.parties) == (2, "POST", batch().request_id, (IBAN, GB))
    assert held(scene) == [PAYEE]
    refused = ((GB, participant_fault("3003", "NARR", "Taken")),)
    second = scene.do(OracleAnswered(asked.dialogue, 201, refused=refused)).events[0].body
    assert (second.oracle, second.parties) == (3, (EMAIL,))
    last = scene.do(OracleAnswered(second.dialogue, 400))
    assert told(last) == ["PartiesRegistered payeefsp"]
    assert results(last.events[0]) == [
        ("MSISDN", None), ("IBAN", "3204"), ("IBAN", None), ("IBAN", "3003"), ("EMAIL", "3003"),
    ]  # fmt: skip


def test_a_batch_whose_oracle_stays_silent_is_answered_all_the_same():
    scene = Scene("lookup", records=[HTTP])
    asked = scene.do(batch((IBAN, PAYEE), (GB, PAYEE))).events[0].body
    last = scene.do(Expire("oracle_question", asked.dialogue))
    assert results(last.events[0]) == [("IBAN", "3003"), ("IBAN", "3003")]
