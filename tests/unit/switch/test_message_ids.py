"""A MsgId counts for a day, for what asks the hub for something, and for nothing that another lane hands on."""

import hashlib
from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import Dialect
from switch.engine import Parcel, inbox_keys, run
from switch.lanes import STEPS
from switch.message_ids import message_key
from switch.state import State
from tests.unit.switch.payments_scene import many
from tests.unit.switch.scene import BANK, CREDITOR, NOW, PAYER, Scene, bank_prepare, prepare, terms

SECOND = TransferId("c61ec534-ee48-4575-b6a9-ead2955b8069")


def payment(content="p", message="M-1", received=NOW, **fields) -> Prepare:
    """A bank's payment in a message of that name."""
    found = bank_prepare(terms=terms(BANK, CREDITOR, references=IsoReferences(message_id=message)), **fields)
    digest = hashlib.sha256(content.encode()).digest()
    sent = msgspec.structs.replace(
        found.envelope, message_id=f"B-{content}", received_at=received, content_hash=digest, original=None
    )
    return msgspec.structs.replace(found, envelope=sent)


def at_once(*parcels):
    scene = Scene()
    state = State(NOW, scene.profile, scene.resident)
    return run(state, STEPS["ledger"], [one if isinstance(one, Parcel) else Parcel(one) for one in parcels])


def states(*parcels) -> list[str]:
    return [receipt.state for receipt in at_once(*parcels).receipts]


def other(**fields) -> Prepare:
    return payment("q", transfer_id=SECOND, **fields)


def test_other_content_is_refused_and_the_same_is_a_repeat():
    batch = at_once(payment(), other(), other())
    assert [receipt.state for receipt in batch.receipts] == ["RESERVED", "DUPLICATE_MESSAGE", "DUPLICATE_MESSAGE"]
    assert [event.body.fault.iso for event in batch.events[1:]] == ["DU01", "DU01"]
    assert [entry.message_id[-3:] for entry in batch.inbox] == ["B-p", "M-1", "B-q"]
    again = msgspec.structs.replace(payment(), envelope=msgspec.structs.replace(payment().envelope, message_id="B-2"))
    assert states(payment(), again) == ["RESERVED", "RESERVED"]


@pytest.mark.parametrize(
    "second", [other(message="M-2"), other(received=NOW + timedelta(days=1)), Parcel(other(), "journey.0:1")]
)
def test_what_is_no_second_use(second):
    assert states(payment(), second) == ["RESERVED", "RESERVED"]


def test_other_content_under_the_id_of_the_payment_is_refused_for_that():
    batch = at_once(payment(), payment("q"))
    assert [event.body.fault.iso for event in batch.events[1:]] == ["DUPL"]


def test_what_refuses_the_message_leaves_its_name_free():
    refused = Refuse(payment().envelope, fault("WRONG_COUNT"), "transfers", "M-1", payment().terms)
    assert states(refused, other()) == ["WRONG_COUNT", "RESERVED"]


def test_what_has_such_a_name():
    assert message_key(many()) is None, "nobody knows when it came"
    assert message_key(prepare()) is None
    named = list(inbox_keys(Parcel(payment())))
    assert named == [(BANK, "B-p"), (BANK, f"\x1e{NOW:%Y-%m-%d} M-1")]
    json = msgspec.structs.replace(payment().envelope, dialect=Dialect.FSPIOP, sender=PAYER)
    assert message_key(msgspec.structs.replace(payment(), envelope=json)) is None
