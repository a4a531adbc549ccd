"""An object is found by either spelling of its id, and its sender is answered in the dialect it asked for."""

import msgspec
import pytest

from schemas.canonical.commands import AnswerTerms, Fulfil, QueryTerms
from schemas.canonical.dialogue import Quote
from schemas.canonical.identity import FspId, ulid_of
from schemas.canonical.transfer import Transfer
from schemas.canonical.twins import iso_spelling, uuid_of
from schemas.canonical.wire import Dialect
from switch.engine import touches
from switch.spelling import meant, to_its_sender
from switch.state import State
from tests.unit.switch.scene import ID, NOW, PAYEE, PAYER, Scene, fulfil, prepare, query, told

TWIN = ulid_of(ID)


def said(command, dialect=Dialect.FSPIOP_ISO, answers=None):
    """The command as of a sender that speaks the variant."""
    envelope = msgspec.structs.replace(command.envelope, dialect=dialect, answers=answers)
    return msgspec.structs.replace(command, envelope=envelope)


def renamed(command, key=TWIN):
    return msgspec.structs.replace(said(command), transfer_id=key)


def test_a_uuid_and_its_ulid_are_one_id():
    assert (uuid_of(TWIN), iso_spelling(ID), iso_spelling(TWIN)) == (ID, TWIN, TWIN)


@pytest.mark.parametrize("text", ["", "MSISDN", "8" + "0" * 25, "0" * 26, TWIN[:-1], TWIN.lower()])
def test_not_every_text_is_the_ulid_of_a_uuid(text: str):
    assert uuid_of(text) is None


def test_records_are_loaded_under_both_spellings_for_the_variant_only():
    assert (Transfer, TWIN) in touches(renamed(fulfil()))
    assert (Transfer, ID) in touches(renamed(fulfil()))
    classic = msgspec.structs.replace(fulfil(), transfer_id=TWIN)
    assert (Transfer, ID) not in touches(classic)


def test_an_answer_under_the_other_spelling_commits_and_the_payer_hears_its_own():
    scene = Scene()
    scene.do(prepare())
    batch = scene.do(renamed(fulfil()))
    transfer = next(put for put in batch.puts if isinstance(put, Transfer))
    assert (transfer.id, transfer.state, transfer.payee_dialect) == (ID, "COMMITTED", Dialect.FSPIOP_ISO)
    assert transfer.payer_dialect is Dialect.FSPIOP


def test_an_id_that_is_known_as_it_is_is_not_respelt():
    scene = Scene()
    scene.do(renamed(prepare()))
    batch = scene.do(renamed(fulfil()))
    assert [put.id for put in batch.puts if isinstance(put, Transfer)] == [TWIN]


def test_a_new_transfer_may_not_take_the_other_spelling_of_one_that_exists():
    scene = Scene()
    scene.do(prepare())
    other = renamed(prepare(amount=11))
    batch = scene.do(
        msgspec.structs.replace(other, envelope=msgspec.structs.replace(other.envelope, content_hash=b"other"))
    )
    assert not [put for put in batch.puts if isinstance(put, Transfer)]
    assert "3106" in told(batch)[0]


def test_quotes_and_queries_are_found_too():
    scene = Scene()
    quote = Quote(ID, PAYER, PAYEE, b"")
    state = State(NOW, scene.profile, scene.resident, (quote,))
    envelope = said(query()).envelope
    assert meant(state, QueryTerms(envelope, TWIN)).quote_id == ID
    assert meant(state, AnswerTerms(envelope, TWIN)).quote_id == ID
    scene.do(prepare())
    assert [event.body.transfer.id for event in scene.do(renamed(query())).events] == [ID]


def test_who_asks_is_answered_in_the_dialect_it_takes_back():
    scene = Scene()
    scene.do(prepare())
    for command, dialect in (
        (query(), None),
        (said(query()), Dialect.FSPIOP_ISO),
        (said(query(), answers=Dialect.FSPIOP), Dialect.FSPIOP),
        (said(query(), Dialect.FSPIOP, Dialect.FSPIOP_ISO), Dialect.FSPIOP_ISO),
    ):
        assert [event.dialect for event in scene.do(command).events] == [dialect]


def test_only_the_sender_s_events_are_marked():
    command = said(fulfil())
    assert isinstance(command, Fulfil)
    scene = Scene()
    scene.do(prepare())
    events = scene.do(command).events
    marked = {event.receiver: event.dialect for event in to_its_sender(events, command.envelope)}
    assert marked[FspId(PAYER)] is None
