"""Who is spoken to in which dialect: the operator's word first, then what was used about this thing, then of late."""

import msgspec
import pytest

from fspiop import ilp
from fspiop.incoming import IncomingFspiop, Kind
from schemas.canonical.dialects import FspiopProfile, SetFspiopProfile
from schemas.canonical.events import Aborted, Event, Forwarded, Refused, Role
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Original
from switch.dialects import dialect_for
from switch.heard import Heard
from switch.profile import Profile
from tests.unit.switch.scene import ID, OTHER_FULFILMENT, PAYEE, PAYER, Scene, fulfil, prepare

ISO, CLASSIC = Dialect.FSPIOP_ISO, Dialect.FSPIOP
PARTICIPANT = Participant(PAYER)


def message(resource="quotes", dialect=ISO, answers=ISO) -> IncomingFspiop:
    original = Original(dialect, "GET", f"/{resource}/1", (), b"", "")
    return IncomingFspiop(resource, Kind.GET, ("1",), "2.0", (), PAYER, PAYEE, None, original, (), dialect, answers)


def told(original: Dialect | None = None, dialect: Dialect | None = None) -> Event:
    sent = Original(original, "PUT", "/quotes/1", (), b"", "") if original else None
    return Event(PAYER, Forwarded("quotes", "1"), original=sent, dialect=dialect)


def test_the_order_in_which_it_is_known():
    heard = Heard()
    assert dialect_for(told(), PARTICIPANT, "quotes", heard) is CLASSIC
    assert dialect_for(told(ISO), PARTICIPANT, "quotes", heard) is ISO
    heard.learn(message(dialect=CLASSIC, answers=CLASSIC))
    assert dialect_for(told(ISO), PARTICIPANT, "quotes", heard) is CLASSIC
    assert dialect_for(told(ISO, ISO), PARTICIPANT, "quotes", heard) is ISO
    profiled = msgspec.structs.replace(PARTICIPANT, fspiop=FspiopProfile(CLASSIC))
    assert dialect_for(told(ISO, ISO), profiled, "quotes", heard) is CLASSIC


@pytest.mark.parametrize(("resource", "found"), [("quotes", ISO), ("parties", ISO), ("bulkTransfers", CLASSIC)])
def test_what_it_takes_back_counts_for_every_resource_that_has_both(resource: str, found: Dialect):
    heard = Heard()
    heard.learn(message(dialect=CLASSIC, answers=ISO))
    assert dialect_for(told(), PARTICIPANT, resource, heard) is found


def test_participants_is_a_hint_until_something_better_is_said():
    heard = Heard()
    heard.learn(message("participants"))
    assert heard.dialect(PAYER, "quotes") is ISO
    heard.learn(message("parties", CLASSIC, CLASSIC))
    heard.learn(message("participants"))
    assert heard.dialect(PAYER, "quotes") is CLASSIC


async def test_another_process_hears_of_dialects_too():
    news: list[bytes] = []
    heard, other = Heard(news.append), Heard()
    heard.learn(message())
    for payload in news:
        await other.hear(payload)
    assert (other.dialect(PAYER, "transfers"), other.version(PAYER, "quotes")) == (ISO, "2.0")
    heard.learn(message())
    assert len(news) == 1


def test_both_sides_of_a_transfer_keep_their_dialects():
    heard = Heard()
    scene = Scene()
    reserved = next(put for put in scene.do(prepare()).puts if isinstance(put, Transfer))
    for payer, payee, receiver, found in (
        (ISO, CLASSIC, PAYER, ISO),
        (CLASSIC, ISO, PAYEE, ISO),
        (ISO, None, PAYEE, ISO),
        (CLASSIC, None, PAYEE, CLASSIC),
    ):
        transfer = msgspec.structs.replace(
            reserved, state=TransferState.ABORTED, payer_dialect=payer, payee_dialect=payee, fault=fault("EXPIRED")
        )
        event = Event(receiver, Aborted(transfer, Role.PAYER))
        assert dialect_for(event, Participant(receiver), "transfers", heard) is found


def test_participants_is_answered_in_the_dialect_it_was_asked_in():
    refused = Refused("participants", "MSISDN/1", fault("PARTY_NOT_FOUND"))
    heard = Heard()
    heard.learn(message())
    assert dialect_for(Event(PAYER, refused), PARTICIPANT, "participants", heard) is CLASSIC
    assert dialect_for(Event(PAYER, refused, dialect=ISO), PARTICIPANT, "participants", heard) is ISO


def test_an_operator_sets_and_forgets_it():
    scene = Scene()
    profile = FspiopProfile(ISO, supplements=False)
    batch = scene.do(SetFspiopProfile(PAYER, profile))
    assert [put.fspiop for put in batch.puts if isinstance(put, Participant)] == [profile]
    batch = scene.do(SetFspiopProfile(PAYER, None))
    assert [put.fspiop for put in batch.puts if isinstance(put, Participant)] == [None]


@pytest.mark.parametrize(("optional", "state"), [(True, "COMMITTED"), (False, "ABORTED")])
def test_without_a_condition_the_payee_s_word_counts_where_the_scheme_says_so(optional: bool, state: str):
    scene = Scene()
    scene.profile = Profile(lenient=optional)
    scene.do(msgspec.structs.replace(prepare(), condition=ilp.NO_CONDITION))
    batch = scene.do(msgspec.structs.replace(fulfil(), fulfilment=OTHER_FULFILMENT))
    assert [(put.id, put.state) for put in batch.puts if isinstance(put, Transfer)] == [(ID, state)]
