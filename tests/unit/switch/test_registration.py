"""Parties enter and leave the registry: who may do it, who is told, and what each failure is called."""

import pytest

from schemas.canonical.commands import OracleAnswered, RegisterParties, RegisterParty
from schemas.canonical.participants import RegistryEntry
from schemas.canonical.party import PartyId
from tests.unit.switch.scene import MSISDN, OTHER, PAYEE, PAYER, Scene, builtin, envelope, original, told

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
        (remove(party=IBAN), "DELETE", 204, 0, "3040"),
    ],
)
def test_an_http_oracle_is_asked_by_the_method_used_and_its_failure_told(command, method, good, bad, code):
    for status, words in ((good, ["PartyRegistered payeefsp"]), (bad, [f"Refused payeefsp {code}"])):
        scene = Scene("lookup", records=[HTTP])
        asked = scene.do(command).events[0].body
        assert (asked.method, asked.fsp) == (method, PAYEE)
        assert told(scene.do(OracleAnswered(asked.dialogue, status))) == words


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


def test_a_batch_for_an_http_oracle_asks_one_entry_after_the_other_and_answers_once():
    scene = Scene("lookup", records=[ORACLE, HTTP])
    other_iban = PartyId("IBAN", "GB33BUKB20201555555555")
    first = scene.do(batch((IBAN, PAYEE), (MSISDN, PAYEE), (other_iban, PAYEE)))
    assert told(first) == ["OracleAsked @oracle"]
    assert held(scene) == [PAYEE]
    second = scene.do(OracleAnswered(first.events[0].body.dialogue, 201))
    assert second.events[0].body.party_id == other_iban
    last = scene.do(OracleAnswered(second.events[0].body.dialogue, 400))
    assert results(last.events[0]) == [("MSISDN", None), ("IBAN", None), ("IBAN", "3003")]
