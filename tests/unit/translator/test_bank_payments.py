"""A bank's pacs.008 becomes a Prepare: rules, routes, ids, expiry, and the hash that tells a repeat."""

from datetime import timedelta

import msgspec
import pytest

from iso.messages.fields import Account, Charge, Code, FinancialInstitution, RemittanceInfo
from iso.messages.shape import Amount
from schemas.canonical.commands import Refuse
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from tests.unit.translator.world import DIRECTORY, GOLDEN, NOW, SCHEME, UUID, bank_envelope, payment, prepared
from translator.iso.agents import AgentIds
from translator.iso.transfers import prepare

BASE = payment((GOLDEN / "bank_pays_wallet.pacs008.xml").read_bytes())


def changed(message=None, **transfer):
    one = msgspec.structs.replace(BASE.transactions[0], **transfer)
    return msgspec.structs.replace(BASE, transactions=(one,), **(message or {}))


def agent(**ids):
    return FinancialInstitution(**ids)


def test_a_good_payment_has_no_fault():
    command = prepared(BASE)
    assert (command.fault, command.payer, command.payee) == (None, "banka", "dfspx")
    assert command.amount == Money.parse_iso("1250.50", "USD")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (changed({"settlement_method": "INDA"}), "FF03"),
        (changed({"settlement_account": Account(iban="X")}), "FF03"),
        (changed({"clearing_system": Code(proprietary="OTHER")}), "FF03"),
        (changed({"clearing_system": None}), None),
        (changed({"total_amount": Amount("1250.5", "USD")}), None),
        (changed({"total_amount": Amount("1250.51", "USD")}), "AM10"),
        (changed({"total_amount": Amount("1250.50", "EUR")}), "AM10"),
        (changed({"control_sum": "1250.500"}), None),
        (changed({"control_sum": "1"}), "AM10"),
        (changed(settlement_amount=Amount("1.005", "USD")), "AM12"),
        (changed(settlement_amount=Amount("1.5", "XOF")), "AM12"),
        (changed(settlement_amount=Amount("0.00", "USD")), "AM01"),
        (changed(settlement_amount=Amount("1", "XAU")), "AM11"),
        (changed(settlement_date="2026-11-19"), "DT01"),
        (changed(settlement_date="2026-11-21"), "DT04"),
        (changed(settlement_date=None), None),
        (changed(debtor_agent=agent(bicfi="BANBKENA")), "AGNT"),
        (changed(debtor_agent=agent(bicfi="NOBODYXX")), "AGNT"),
        (changed(debtor_agent=agent(bicfi="BANAKENA", lei="529900T8BM49AURSDO99")), "AGNT"),
        (changed(debtor_agent=agent(bicfi="BANAKENA", lei="529900T8BM49AURSDO55")), None),
        (changed(debtor_agent=agent(other_id="A-1")), None),
        (changed({"instructing_agent": agent(other_id="bankb")}), "AGNT"),
        (changed(creditor_agent=agent(bicfi="NOBODYXX")), "RC04"),
        (changed(creditor_agent=agent(other_id="Hub")), "RC04"),
        (changed(creditor_agent=agent(bicfi="BANBKENA", other_id="dfspx")), "AGNT"),
        (changed(instructed_agent=agent(other_id="bankb")), "AGNT"),
        (changed({"instructed_agent": agent(bicfi="HUBBKENA")}), None),
        (changed(creditor_agent=agent(), creditor_account=None), "RC04"),
        (changed(creditor_agent=agent()), None),
    ],
)
def test_each_rule_names_its_reason(message, reason):
    fault = prepared(message).fault
    assert (fault.iso if fault else None) == reason


@pytest.mark.parametrize(("addressed", "payee", "reason"), [
    ("Hub", "dfspx", None), ("dfspx", "dfspx", None), ("bankb", "dfspx", "AGNT"), ("nobody", "dfspx", "RC04"),
])  # fmt: skip
def test_the_header_may_name_the_hub_or_the_payee(addressed, payee, reason):
    command = prepared(BASE, addressed=addressed)
    assert (command.payee, command.fault and command.fault.iso) == (payee, reason)


def test_the_header_names_the_payee_when_nothing_else_does():
    assert prepared(changed(creditor_agent=agent(other_id="NOTPROVIDED")), addressed="bankb").payee == "bankb"


def test_without_an_agent_the_proxy_decides_who_is_looked_up():
    account = Account(other_id="4711", proxy_type=Code(code="EMAL"), proxy_id="w@example.org")
    known, unknown = (prepared(changed(creditor_account=account, creditor_agent=agent(other_id=name)))
                      for name in ("dfspx", "NOTPROVIDED"))  # fmt: skip
    assert (known.terms.payee.id.type, unknown.terms.payee.id.type) == ("ACCOUNT_ID", "EMAIL")
    assert unknown.payee is None


@pytest.mark.parametrize(("uetr", "tx_id", "expected"), [
    (UUID.upper(), "T-1", UUID),
    (None, UUID.replace("-", "").upper(), UUID),
    (None, "01JD0000000000000000000001", "01JD0000000000000000000001"),
])  # fmt: skip
def test_the_transfer_is_named_by_uetr_or_txid(uetr, tx_id, expected):
    assert prepared(changed(uetr=uetr, transaction_id=tx_id)).transfer_id == expected


def test_a_txid_of_the_banks_own_is_unique_per_bank_and_day():
    first, again = (prepared(changed(uetr=None, transaction_id="T-1")).transfer_id for _ in range(2))
    other_day = prepared(changed(uetr=None, transaction_id="T-1", settlement_date="2026-11-21")).transfer_id
    assert first == again != other_day


@pytest.mark.parametrize(("changes", "seconds"), [
    ({}, 20),
    ({"reject_time": None}, 28),
    ({"reject_time": None, "accepted": None}, 28.5),
    ({"reject_time": None, "accepted": "2026-11-20T09:00:00Z"}, 30),
    ({"expiry": "2026-11-20T08:00:05Z"}, 5),
    ({"reject_time": "11:00:10+03:00"}, 10),
    ({"reject_time": "24:00:00"}, 28),
])  # fmt: skip
def test_the_earliest_limit_is_the_expiry(changes, seconds):
    assert prepared(changed(**changes)).expiry == NOW + timedelta(seconds=seconds)


def test_around_midnight_the_day_of_the_expiry_is_no_future_date():
    late = msgspec.structs.replace(bank_envelope(), received_at=NOW.replace(hour=23, minute=59, second=50))
    message = changed(settlement_date="2026-11-21", reject_time="00:00:10Z", accepted="2026-11-20T23:59:50Z")
    command = prepare(message, late, AgentIds(), DIRECTORY, SCHEME)
    assert command.fault is None and command.expiry == NOW.replace(day=21, hour=0, second=10)


def test_several_transactions_are_refused_as_a_whole():
    two = msgspec.structs.replace(BASE, transactions=BASE.transactions * 2, number_of_transactions="2")
    command = prepare(two, bank_envelope(), AgentIds(), DIRECTORY, SCHEME)
    assert isinstance(command, Refuse) and command.fault.iso == "AG03"
    assert command.terms.references.message_id == BASE.message_id
    wrong = prepare(changed({"number_of_transactions": "3"}), bank_envelope(), AgentIds(), DIRECTORY, SCHEME)
    assert wrong.fault.iso == "AM18"


@pytest.mark.parametrize(
    ("said", "right"), [("1", True), ("01", True), ("000000000000001", True), ("0", False), ("10", False)]
)
def test_zeros_before_a_count_mean_nothing(said: str, right: bool):
    command = prepare(changed({"number_of_transactions": said}), bank_envelope(), AgentIds(), DIRECTORY, SCHEME)
    assert isinstance(command, Refuse) is not right


def test_the_same_payment_in_a_new_message_has_the_same_hash():
    base = prepared(BASE).envelope.content_hash
    again = changed({"message_id": "A-8", "created": "2026-11-20T08:00:01Z"}, accepted=None,
                    settlement_amount=Amount("1250.5", "USD"))  # fmt: skip
    assert prepared(again).envelope.content_hash == base
    for other in (changed(settlement_amount=Amount("1250.51", "USD")), changed(creditor=BASE.transactions[0].debtor)):
        assert prepared(other).envelope.content_hash != base


@pytest.mark.parametrize(("bearer", "amount_type"), [("DEBT", "RECEIVE"), ("CRED", "SEND"), ("SHAR", "SEND")])
def test_the_charge_bearer_says_which_amount_is_fixed(bearer, amount_type):
    terms = prepared(changed(charge_bearer=bearer)).terms
    assert (terms.amount_type, terms.references.charge_bearer) == (amount_type, bearer)


def test_charges_of_the_creditors_agent_are_the_fee_already_allowed():
    payee, other = agent(other_id="dfspx"), agent(other_id="third")
    charges = (Charge(Amount("1", "USD"), payee), Charge(Amount("2", "USD"), other), Charge(Amount("3", "EUR"), payee))
    assert prepared(changed(charges=charges)).terms.payee_fee == Money.parse_iso("1", "USD")


def test_a_dfsp_sees_at_most_sixteen_short_extensions():
    long = RemittanceInfo(unstructured=("x" * 140,))
    pairs = dict(prepared(changed(remittance=long)).terms.extensions)
    assert len(pairs) <= 16 and all(len(key) <= 32 and len(value) <= 128 for key, value in pairs.items())
    assert pairs["iso.more"] == "true" and pairs["iso.uetr"] == UUID


def test_a_payment_between_banks_carries_no_extensions():
    to_bank = prepared(changed(creditor_agent=agent(bicfi="BANBKENA")))
    assert (to_bank.payee, to_bank.terms.extensions) == (FspId("bankb"), ())


def test_a_bank_that_provides_no_end_to_end_id_gets_one_of_the_hub():
    first, second = (prepared(changed(end_to_end_id="NOTPROVIDED")).terms.transaction_id for _ in range(2))
    assert first == second != prepared(BASE).terms.transaction_id
