"""The service itself: presence follows events, broadcasts count who took notice, receipts are given once."""

import pytest
from msgspec.structs import replace

from schemas.canonical.broadcasts import LIFE, Broadcast
from schemas.canonical.commands import Expire
from schemas.canonical.participants import Participant
from schemas.canonical.system import (
    AcknowledgeEvent,
    Act,
    KeepMessage,
    MessageReceived,
    Presence,
    ResendMessages,
    Resent,
    SendBroadcast,
    SentBefore,
    SetPresence,
    SystemEvent,
    TellEvent,
)
from schemas.canonical.wire import Dialect
from schemas.codes.events import event_codes, read_codes, usual
from switch.engine import deadlines, touches
from switch.profile import Profile
from switch.store.kinds import is_resident, is_shared
from tests.unit.switch.scene import BANK, CREDITOR, KEYS, NOW, PAYEE, Scene, bank_prepare, envelope, original, told

EVENT = SystemEvent("CUTO", ("1",), "cut-off")


def sent(sender=CREDITOR, message="M-1", **fields):
    return envelope(sender, None, message, Dialect.ISO_XML, "admi.004.001.02", message_id=message, **fields)


def tell(act, code="SGOF", **fields) -> TellEvent:
    return TellEvent(sent(**fields), SystemEvent(code), act)


def notice(sender=CREDITOR, broadcast="B-1", code=None) -> AcknowledgeEvent:
    return AcknowledgeEvent(sent(sender, f"{sender} {broadcast} {code}"), broadcast, code)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_presence_follows_what_a_participant_tells(scene):
    assert told(scene.do(tell(Act.SIGN_OFF))) == ["EventAcknowledged bank-b"]
    away = scene.get(Presence, CREDITOR)
    assert (away.signed_off, away.code, away.since) == (True, "SGOF", NOW)
    scene.now += LIFE
    scene.do(tell(Act.SIGN_OFF, message="M-2"))
    scene.do(tell(Act.ECHO, "ECHO", message="M-3"))
    away = scene.get(Presence, CREDITOR)
    assert (away.signed_off, away.since, away.heard) == (True, NOW, scene.now)
    scene.do(tell(Act.SIGN_ON, "SGON", message="M-4"))
    assert not scene.get(Presence, CREDITOR).signed_off
    assert is_shared(away) and is_resident(away)


@pytest.mark.parametrize(("act", "unknown"), [(Act.INFORM, False), (None, True)])
def test_other_events_are_taken_notice_of(scene, act, unknown):
    (event,) = scene.do(tell(act, "INFO")).events
    assert (event.body.reference, event.body.unknown, scene.get(Presence, CREDITOR)) == ("M-1", unknown, None)


@pytest.mark.parametrize(
    ("refuses", "words"), [(True, ["Aborted bank-a 1001"]), (False, ["Reserved bank-b (original)"])]
)
def test_payments_to_who_has_signed_off(refuses, words):
    scene = Scene(profile=Profile(hub_keys=KEYS, refuse_signed_off=refuses))
    scene.do(SetPresence(CREDITOR, True))
    assert told(scene.do(bank_prepare())) == words


def test_the_operator_may_sign_participants_on_and_off(scene):
    scene.do(SetPresence(CREDITOR, True))
    assert scene.get(Presence, CREDITOR).signed_off
    scene.do(SetPresence(CREDITOR, False))
    assert told(scene.do(bank_prepare())) == ["Reserved bank-b (original)"]
    assert scene.do(SetPresence("nobody", True)).receipts[0].fault.fspiop == "3200"


def test_a_broadcast_goes_to_all_banks_or_those_named(scene):
    assert told(scene.do(SendBroadcast("B-1", EVENT))) == ["EventTold bank-a", "EventTold bank-b"]
    assert told(scene.do(SendBroadcast("B-2", EVENT, (CREDITOR, CREDITOR)))) == ["EventTold bank-b"]
    assert scene.do(SendBroadcast("B-1", EVENT)).receipts[0].fault.fspiop == "3106"
    assert scene.do(SendBroadcast("B-3", EVENT, (PAYEE,))).receipts[0].fault.fspiop == "3200"
    scene.change(scene.get(Participant, BANK), active=False)
    assert told(scene.do(SendBroadcast("B-4", EVENT))) == ["EventTold bank-b"]


def test_a_broadcast_is_closed_when_all_have_taken_notice(scene):
    scene.do(SendBroadcast("B-1", EVENT))
    scene.do(notice())
    assert scene.do(notice()).receipts[0].state == "LATE"
    assert scene.do(notice(PAYEE)).receipts[0].state == "LATE"
    assert [one.acknowledged for one in scene.get(Broadcast, "B-1").receivers] == [None, NOW]
    scene.do(notice(BANK))
    assert scene.get(Broadcast, "B-1").closed


def test_a_notice_without_reference_is_of_the_newest_broadcast_with_its_code(scene):
    scene.do(SendBroadcast("B-1", EVENT))
    scene.now += LIFE / 2
    scene.do(SendBroadcast("B-2", EVENT))
    scene.do(notice(broadcast=None, code="CUTO"))
    assert [scene.get(Broadcast, key).receivers[1].acknowledged for key in ("B-1", "B-2")] == [None, scene.now]
    assert scene.do(notice(broadcast=None, code="INFO")).receipts[0].state == "LATE"


def test_nobody_waits_for_ever(scene):
    batch = scene.do(SendBroadcast("B-1", EVENT))
    ((due, expire),) = [one for one in deadlines(batch.puts) if one[1].kind == "broadcast"]
    scene.do(expire)
    assert scene.get(Broadcast, "B-1").open
    scene.now = due
    scene.do(expire)
    assert scene.get(Broadcast, "B-1").closed
    assert scene.do(Expire("broadcast", "none")).receipts[0].state == "NOT_DUE"
    assert touches(notice()) == touches(SendBroadcast("B-1", EVENT)) == ((Broadcast, "B-1"),)


def test_receipts_come_first(scene):
    bank = scene.get(Participant, BANK)
    scene.change(bank, iso=replace(bank.iso, receipts=True))
    command = bank_prepare()
    command = replace(command, envelope=replace(command.envelope, message_id="M-1", version="pacs.008.001.08"))
    batch = scene.do(command)
    assert told(batch) == ["MessageReceived bank-a", "Reserved bank-b (original)"]
    body = batch.events[0].body
    assert isinstance(body, MessageReceived) and (body.reference, body.definition) == ("M-1", "pacs.008.001.08")
    assert told(scene.do(tell(Act.ECHO))) == ["EventAcknowledged bank-b"]


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("admi.002.001.01", []),
        ("admi.007.001.01", []),
        ("camt.025.001.08", []),
        ("pacs.008.001.08", ["MessageReceived bank-b"]),
    ],
)
def test_nobody_is_thanked_for_thanks(definition, words):
    scene = Scene("journey.0")
    bank = scene.get(Participant, CREDITOR)
    scene.change(bank, iso=replace(bank.iso, receipts=True))
    assert told(scene.do(KeepMessage(replace(sent(), version=definition)))) == words


def test_what_is_kept_has_no_effect():
    batch = Scene("journey.0").do(KeepMessage(replace(sent(), message_id=None)))
    assert (batch.puts, batch.events, len(batch.archive), batch.inbox) == ((), (), 1, ())


def test_messages_go_out_again_behind_a_receipt():
    scene = Scene("journey.0")
    messages = (SentBefore("A", original(body=b"a")), SentBefore("B", original(body=b"b")))
    assert told(scene.do(ResendMessages(BANK, "k", messages))) == ["Resent bank-a (original)"] * 2
    batch = scene.do(ResendMessages(BANK, "k", messages, sent(BANK)))
    assert [event.body.status for event in batch.events if isinstance(event.body, MessageReceived)] == ["ACPT"]
    assert [event.body.message_id for event in batch.events if isinstance(event.body, Resent)] == ["A", "B"]
    (event,) = scene.do(ResendMessages(BANK, "k", (), sent(BANK, "M-2"))).events
    assert event.body.status == "NFND"


def test_the_codes_of_the_scheme():
    assert usual().act("SGON") is Act.SIGN_ON and usual().act("NONE") is None
    assert usual().broadcasts["cut_off"] == "CUTO"
    own = read_codes('[acts]\nsign_on = ["ON"]\n[broadcasts]\nclosing = "960"\n')
    assert own.acts == {"ON": Act.SIGN_ON} and own.broadcasts == {"closing": "960"}


@pytest.mark.parametrize(
    "table",
    [
        {"act": {}},
        {"acts": {"dance": ["A"]}},
        {"acts": {"sign_on": ["TOOLONG"]}},
        {"acts": {"sign_on": [1]}},
        {"acts": {"sign_on": ["A"], "sign_off": ["A"]}},
        {"broadcasts": {"closing": ""}},
    ],
)
def test_codes_that_cannot_be(table):
    with pytest.raises(ValueError):
        event_codes(table)
