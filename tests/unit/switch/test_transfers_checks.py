"""What a Prepare must fulfil before money is reserved: each failing check with its code, and their order."""

from datetime import timedelta

import msgspec
import pytest

from fspiop import ilp
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.transfer import TransferState
from switch.fulfilments import fulfilment_of, key_that_fits, sealed
from switch.profile import HubKey
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    EXPIRY,
    KEYS,
    NOW,
    OTHER_FULFILMENT,
    PAYEE,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    prepare,
    terms,
    told,
)


def off(name):
    def change(scene):
        scene.change(scene.get(Participant, name), active=False)

    return change


def account_off(name, kind=AccountType.POSITION):
    def change(scene):
        scene.change(scene.get(LedgerAccount, scene.resident.account_id(name, kind, "USD")), active=False)

    return change


def limits(cap, cover):
    def change(scene):
        position, settlement = (
            scene.get(LedgerAccount, scene.resident.account_id(PAYER, kind, "USD"))
            for kind in (AccountType.POSITION, AccountType.SETTLEMENT)
        )
        scene.change(position, cap=cap * 10_000)
        scene.change(settlement, credits_posted=cover * 10_000)

    return change


def no_models(scene):
    scene.change(scene.get(SettlementModel, "NET"), active=False)


def only_fees(scene):
    scene.change(scene.get(SettlementModel, "NET"), ledger_account_type="INTERCHANGE_FEE")


def strict_payee(scene):
    scene.profile = msgspec.structs.replace(scene.profile, check_payee_currency=True)
    account_off(PAYEE)(scene)


FINE = lambda scene: None  # noqa: E731
FAULTS = [
    ("what intake found", FINE, prepare(fault=fault("SETTLEMENT_METHOD")), "3100", "FF03"),
    ("waits, converts nothing", FINE, prepare(determines=TransferId("a" * 8)), "3100", "FF01"),
    ("zero", FINE, prepare(amount=0), "3101", "AM01"),
    ("19 digits", FINE, prepare(amount="123456789012345.6789"), "3100", "FF01"),
    ("payer unknown", FINE, prepare(payer="nobody"), "3100", "RC03"),
    ("payer inactive", off(PAYER), prepare(), "3100", "AG10"),
    ("payee unknown", FINE, prepare(payee="nobody"), "3100", "RC04"),
    ("payee missing", FINE, msgspec.structs.replace(prepare(), payee=None), "3100", "RC04"),
    ("payee inactive", off(PAYEE), prepare(), "3100", "AG10"),
    ("no condition", FINE, prepare(condition=None), "3100", "FF01"),
    ("short condition", FINE, prepare(condition="AAAA"), "3100", "FF01"),
    ("a bank pays a DFSP without", FINE, bank_prepare(payee=PAYEE), "3100", "FF01"),
    ("expired", FINE, prepare(expiry=NOW), "3100", "TM01"),
    ("on us", FINE, prepare(payee=PAYER), "3100", "FF01"),
    ("other currency", FINE, msgspec.structs.replace(prepare(), amount=Money(10_000, "EUR")), "3100", "AM03"),
    ("account inactive", account_off(PAYER), prepare(), "3100", "AG01"),
    ("payee's account inactive", strict_payee, prepare(), "3100", "AG01"),
    ("finer than a cent to a bank", FINE, bank_prepare(amount="0.001"), "3101", "AM12"),
    ("no quote of the hub", FINE, prepare(payee=CREDITOR), "3100", "FF01"),
    ("no settlement model", no_models, prepare(), "6000", "ED05"),
    ("a model for fees alone", only_fees, prepare(), "6000", "ED05"),
    ("cover", limits(1000, 99), prepare(), "4001", "AM23"),
    ("cap", limits(99, 1000), prepare(), "4200", "AM13"),
    ("cover before cap", limits(99, 99), prepare(), "4001", "AM23"),
]


@pytest.mark.parametrize(("name", "change", "command", "fspiop", "iso"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_failing_check_keeps_the_id_and_tells_the_payer_alone(name, change, command, fspiop, iso):
    scene = Scene()
    change(scene)
    batch = scene.do(command)
    transfer = scene.transfer()
    assert (transfer.state, transfer.fault.fspiop, transfer.fault.iso) == (TransferState.ABORTED, fspiop, iso)
    assert told(batch) == [f"Aborted {command.payer} {fspiop}"]
    assert not batch.entries


@pytest.mark.parametrize("change", [limits(100, 100), account_off(PAYEE), account_off(PAYER, AccountType.SETTLEMENT)])
def test_what_just_suffices_is_reserved(change):
    scene = Scene()
    change(scene)
    scene.do(prepare())
    assert scene.transfer().state is TransferState.RESERVED


def test_earlier_checks_speak_first():
    scene = Scene()
    off(PAYER)(scene)
    scene.do(prepare(payee="nobody", condition=None, expiry=NOW))
    assert scene.transfer().fault.iso == "AG10"


def test_each_reservation_of_a_batch_leaves_less_for_the_next():
    scene = Scene()
    limits(1000, 55)(scene)
    ids = [TransferId(f"b51ec534-ee48-4575-b6a9-ead2955b80{number:02}") for number in range(10)]
    for one in ids:
        scene.do(prepare(amount=10, transfer_id=one))
    assert [scene.transfer(one).state.value for one in ids] == ["RESERVED"] * 5 + ["ABORTED"] * 5
    assert scene.value(PAYER) == 500_000


def test_the_entry_of_a_reservation_shows_what_it_was_checked_against():
    batch = Scene().do(prepare())
    assert (batch.entries[0].cap, batch.entries[0].cover) == (10_000_000, 5_000_000)


def quoted(amount=100, payee=CREDITOR, key=KEYS[0], expires=EXPIRY):
    """A Prepare from a DFSP with a packet as the hub makes it for a bank."""
    data = msgspec.json.encode(
        {
            "transactionId": "d1d1d1d1-ee48-4575-b6a9-ead2955b8069",
            "quoteId": "d2d1d1d1-ee48-4575-b6a9-ead2955b8069",
            "payee": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "2", "fspId": payee}},
            "payer": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1", "fspId": PAYER}},
            "amount": {"amount": str(amount), "currency": "USD"},
            "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER"},
        }
    )
    packet, condition = sealed(key, ilp.Prepare(amount * 100, expires, "A" * 43, data))
    agreed = terms(PAYER, CREDITOR, packet=packet, condition=condition)
    return prepare(payee=CREDITOR, condition=condition, terms=agreed)


@pytest.mark.parametrize("key", KEYS)
def test_a_bank_s_acceptance_opens_the_condition_whichever_hub_key_made_it(key):
    scene = Scene()
    scene.do(quoted(key=key))
    assert scene.transfer().hub_key == key.id
    assert told(scene.do(accept())) == ["Committed payerfsp", "Committed bank-b"]
    transfer = scene.transfer()
    assert transfer.state is TransferState.COMMITTED
    assert ilp.fits(transfer.fulfilment, transfer.condition)


def test_an_old_key_still_commits_after_a_rotation_between_prepare_and_acceptance():
    scene = Scene()
    scene.do(quoted())
    rotated = (HubKey("newest", b"z" * 32), *scene.profile.hub_keys)
    scene.profile = msgspec.structs.replace(scene.profile, hub_keys=rotated)
    scene.do(accept())
    assert scene.transfer().state is TransferState.COMMITTED


def test_without_its_key_a_payment_waits_and_the_bank_may_repeat():
    scene = Scene()
    scene.do(quoted())
    scene.profile = msgspec.structs.replace(scene.profile, hub_keys=())
    batch = scene.do(accept())
    assert told(batch) == ["Refused bank-b 2003"]
    assert batch.events[0].body.fault.retry
    assert scene.transfer().state is TransferState.RESERVED


@pytest.mark.parametrize(
    ("command", "fspiop"),
    [
        (quoted(key=HubKey("stranger", b"s" * 32)), "3100"),
        (quoted(amount=1), "3100"),
        (quoted(payee="otherbank"), "3100"),
        (quoted(expires=NOW - timedelta(seconds=1)), "3302"),
    ],
    ids=["foreign key", "other amount", "other payee", "quote over"],
)
def test_a_packet_that_is_not_the_hub_s_own_agreement_is_refused(command, fspiop):
    scene = Scene()
    scene.do(command)
    assert scene.transfer().fault.fspiop == fspiop


def test_a_fulfilment_never_depends_on_the_condition_in_the_packet():
    packet, condition = sealed(KEYS[0], ilp.Prepare(1, EXPIRY, "A" * 43, b"{}"))
    assert ilp.decode(packet).condition == condition
    assert ilp.fits(fulfilment_of(KEYS[0], packet), condition)
    assert fulfilment_of(KEYS[0], packet) != fulfilment_of(KEYS[1], packet)


@pytest.mark.parametrize("packet", [None, "", "AAAA", "no packet"])
def test_no_key_fits_what_the_hub_never_sealed(packet):
    assert key_that_fits(Scene().profile, packet, ilp.condition_of(OTHER_FULFILMENT)) is None


def test_two_banks_need_neither_condition_nor_fulfilment():
    scene = Scene()
    scene.do(bank_prepare())
    scene.do(accept())
    transfer = scene.transfer()
    assert (transfer.state, transfer.fulfilment, transfer.payer) == (TransferState.COMMITTED, None, BANK)
