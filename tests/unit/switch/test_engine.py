"""The engine runs a batch in order: repeats count once, later commands see earlier ones, and nothing is left out."""

from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import (
    CreateParticipant,
    Expire,
    OracleAnswered,
    RecordFunds,
    Refuse,
    RegisterParties,
    RequestTerms,
    Undeliverable,
)
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import Journey, JourneyState, OracleQuestion, Quote
from schemas.canonical.faults import fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import RegistryEntry
from schemas.canonical.reporting_records import LiquidityOrder
from schemas.canonical.transfer import Transfer
from switch.engine import Parcel, deadlines, reference_of, run, touches
from switch.lanes import STEPS
from switch.profile import Profile
from switch.state import InboxEntry, Resident, State
from tests.unit.switch.scene import (
    EXPIRY,
    ID,
    MSISDN,
    NOW,
    PAYEE,
    PAYER,
    Scene,
    bank_prepare,
    envelope,
    fulfil,
    prepare,
    query,
    terms,
    told,
)

SECOND = TransferId("c61ec534-ee48-4575-b6a9-ead2955b8069")


def at_once(*parcels, inbox=(), scene=None):
    """All parcels in one batch of the ledger lane."""
    scene = scene or Scene()
    state = State(NOW, scene.profile, scene.resident, (), inbox)
    return run(state, STEPS["ledger"], [one if isinstance(one, Parcel) else Parcel(one) for one in parcels])


def numbered(command, message_id):
    return msgspec.structs.replace(command, envelope=msgspec.structs.replace(command.envelope, message_id=message_id))


def test_one_batch_decides_as_many_batches_would():
    commands = [
        prepare(),
        prepare(transfer_id=SECOND, amount=401),
        fulfil(),
        prepare(transfer_id=SECOND, amount=401),
        query(),
    ]
    scene = Scene()
    apart = [scene.do(command) for command in commands]
    together = at_once(*commands)
    assert told(together) == [word for batch in apart for word in told(batch)]
    assert together.entries == tuple(entry for batch in apart for entry in batch.entries)
    assert together.receipts == tuple(batch.receipts[0] for batch in apart)


def test_only_the_newest_value_of_a_record_is_written():
    batch = at_once(prepare(), fulfil())
    transfers = [put for put in batch.puts if isinstance(put, Transfer)]
    assert [(one.state.value, one.history) for one in transfers] == [("COMMITTED", 2)]
    assert [(row.number, row.state) for row in batch.history] == [(1, "RESERVED"), (2, "COMMITTED")]


def test_a_message_seen_before_is_stepped_again_but_not_entered_twice():
    command = numbered(prepare(), "M1")
    batch = at_once(command, command)
    assert [entry.message_id for entry in batch.inbox] == ["M1"]
    assert told(batch) == ["Reserved payeefsp (original)", "Stated payerfsp"]


@pytest.mark.parametrize("earlier", ["in the batch", "in the inbox"])
def test_a_message_id_used_for_other_content_is_refused_and_nothing_else_happens(earlier):
    first, second = numbered(prepare(), "M1"), numbered(prepare(transfer_id=SECOND, content="q"), "M1")
    if earlier == "in the batch":
        batch = at_once(first, second)
    else:
        batch = at_once(second, inbox=[InboxEntry(PAYER, "M1", first.envelope.content_hash)])
    assert told(batch)[-1] == "Refused payerfsp 3106"
    assert batch.receipts[-1].state == "MODIFIED"
    assert not any(isinstance(put, Transfer) and put.id == SECOND for put in batch.puts)


def test_the_same_id_of_another_sender_is_another_message():
    batch = at_once(numbered(prepare(), "M1"), numbered(query(PAYEE), "M1"))
    assert [(entry.sender, entry.message_id) for entry in batch.inbox] == [(PAYER, "M1"), (PAYEE, "M1")]


def test_a_command_handed_on_by_a_lane_counts_once():
    parcel = Parcel(prepare(), "journey.0:7")
    batch = at_once(parcel, parcel)
    assert [receipt.state for receipt in batch.receipts] == ["RESERVED", "REPEATED"]
    assert [(entry.sender, entry.message_id) for entry in batch.inbox] == [("@lane", "journey.0:7")]
    assert at_once(parcel, inbox=[InboxEntry("@lane", "journey.0:7", b"")]).events == ()


def test_every_message_with_bytes_is_archived_under_what_it_was_about():
    batch = at_once(numbered(prepare(), "M1"), Expire("transfer", ID))
    assert [(row.sender, row.message_id, row.reference) for row in batch.archive] == [(PAYER, "M1", ID)]


def test_a_receipt_names_the_message_its_digest_and_the_state():
    receipt = at_once(numbered(prepare(), "M1")).receipts[0]
    assert (receipt.message_id, receipt.state, len(receipt.digest)) == ("M1", "RESERVED", 64)
    assert at_once(prepare()).receipts[0].message_id == ID


def test_a_refused_operator_learns_it_from_the_receipt():
    receipt = at_once(CreateParticipant(FspId("new"), "EUR")).receipts[0]
    assert (receipt.message_id, receipt.fault.fspiop) == ("new", "3003")


@pytest.mark.parametrize("lane", STEPS)
@pytest.mark.parametrize(
    ("resource", "delivery"), [("transfers", "result"), ("quotes", "dialogue"), ("parties", "dialogue")]
)
def test_every_lane_refuses_what_cannot_become_a_command(lane, resource, delivery):
    refused = Refuse(envelope(PAYER), fault("UNKNOWN_CURRENCY"), resource, "key")
    batch = Scene(lane).do(refused)
    assert told(batch) == ["Refused payerfsp 3101"]
    assert batch.events[0].delivery.value == delivery


def test_a_lane_that_gets_another_lane_s_command_is_a_defect():
    with pytest.raises(ValueError, match="does not decide"):
        Scene("lookup").do(prepare())


def test_a_posting_to_an_account_that_is_not_there_is_a_defect():
    def step(state, command):
        return Outcome(postings=(Posting("t", Phase.POST, 1, 99, 5),))

    state = State(NOW, Profile(), Scene().resident)
    with pytest.raises(LookupError, match="99"):
        run(state, step, [Parcel(query())])


TOUCHED = [
    (prepare(), [(Transfer, ID), (Journey, ID), (FundsMovement, ID), (Conversions, ID)]),
    (fulfil(), [(Transfer, ID), (Journey, ID), (Conversions, ID)]),
    (query(), [(Transfer, ID), (Journey, ID), (FundsMovement, ID)]),
    (Expire("transfer", ID), [(Transfer, ID), (Conversions, ID)]),
    (Expire("journey", ID), []),
    (RecordFunds(PAYER, 2, ID, "recordFundsIn"), [(FundsMovement, ID), (Transfer, ID), (LiquidityOrder, ID)]),
    (RequestTerms(envelope(PAYER), "q", terms()), [(Quote, "q")]),
    (Undeliverable(PAYER, "quotes", "q", fault("BUSY"), PAYEE), [(Quote, "q")]),
    (Undeliverable(PAYER, "parties", "q", fault("BUSY"), PAYEE), []),
    (OracleAnswered("d", 200), [(OracleQuestion, "d")]),
    (RegisterParties(envelope(PAYER), "r", ((MSISDN, PAYER),)), [(RegistryEntry, "MSISDN/27713803912/")]),
    (CreateParticipant(PAYER, "USD"), []),
]


@pytest.mark.parametrize(("command", "keys"), TOUCHED)
def test_what_a_command_needs_is_named_before_it_is_decided(command, keys):
    assert list(touches(command)) == keys


@pytest.mark.parametrize(
    ("command", "reference"),
    [
        (prepare(), ID),
        (RequestTerms(envelope(PAYER), "q", terms()), "q"),
        (RegisterParties(envelope(PAYER), "r", ()), "r"),
        (CreateParticipant(PAYER, "USD"), PAYER),
        (Expire("transfer", ID), ID),
    ],
)
def test_a_command_is_found_again_by_what_it_is_about(command, reference):
    assert reference_of(command) == reference


def journey(state):
    return Journey(ID, bank_prepare(payee=PAYEE), state, "q", EXPIRY)


def test_open_records_set_deadlines_and_closed_ones_none():
    scene = Scene()
    scene.do(prepare())
    reserved = scene.transfer()
    scene.do(fulfil())
    question = OracleQuestion("d", None, EXPIRY)
    records = [
        reserved,
        scene.transfer(),
        journey(JourneyState.QUOTING),
        journey(JourneyState.PREPARING),
        question,
        msgspec.structs.replace(question, done=True),
    ]
    assert deadlines(records) == [
        (EXPIRY, Expire("transfer", ID)),
        (EXPIRY, Expire("journey", ID)),
        (EXPIRY, Expire("oracle_question", "d")),
    ]


def test_what_is_resident_is_newer_than_what_was_loaded_and_the_batch_newer_than_both():
    old = journey(JourneyState.LOOKING_UP)
    newer = msgspec.structs.replace(old, state=JourneyState.QUOTING)
    newest = msgspec.structs.replace(old, state=JourneyState.REFUSED)
    state = State(NOW, Profile(), Resident([newer]), [old])
    assert state.get(Journey, ID) is newer
    state.put(newest)
    assert state.get(Journey, ID) is newest
    assert state.all(Journey) == [newest]
    assert state.changed() == [newest]


def test_a_batch_that_fails_leaves_the_resident_records_as_they_were():
    scene = Scene()
    before = list(scene.resident.all(Transfer)), scene.value(PAYER)
    state = State(NOW + timedelta(seconds=1), scene.profile, scene.resident)
    run(state, STEPS["ledger"], [Parcel(prepare())])
    assert (list(scene.resident.all(Transfer)), scene.value(PAYER)) == before
