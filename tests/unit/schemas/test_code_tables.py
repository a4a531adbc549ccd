"""Reasons, proxies and purposes: each table leads there and back, and agrees with the published one."""

import json

import pytest

from schemas.canonical.faults import FAULTS
from schemas.codes.proxies import party_type_of_proxy, proxy_scheme
from schemas.codes.purposes import Kind, kind_of, purpose_of
from schemas.codes.reasons import fspiop_code, iso_reason
from schemas.codes.tables import table


def test_the_tables_agree_with_the_reference(shared):
    reference = json.loads((shared / "translator" / "codes.json").read_text())
    assert {code: iso_reason(code) for code in reference["fspiop_to_iso"]} == {
        code: row["iso"] for code, row in reference["fspiop_to_iso"].items()
    }
    # AM04 has two rows there: from the hub, or as here from a bank.
    expected = {**reference["iso_to_fspiop"], "AM04": "4200"}
    assert {reason: fspiop_code(reason) for reason in expected} == expected


@pytest.mark.parametrize(("code", "reason"), [("5199", "MS02"), ("4299", "AM14"), ("9999", "NARR"), ("7106", "CUST")])
def test_a_schemes_own_code_counts_as_the_general_one(code, reason):
    assert iso_reason(code) == reason


@pytest.mark.parametrize(("reason", "code"), [("DS0Z", "3105"), ("MD99", "5300"), ("XXXX", "5000"), ("4101", "4101")])
def test_unlisted_reasons_belong_to_their_family(reason, code):
    assert fspiop_code(reason) == code


def test_every_fault_has_a_reason_of_the_iso_list_form():
    assert all(len(row.iso) == 4 and row.iso.isalnum() for row in FAULTS.values())


@pytest.mark.parametrize("sub_type", list(table("proxies")["personal"]["proxy"]))
def test_personal_ids_come_back_from_their_proxy(sub_type):
    scheme = proxy_scheme("PERSONAL_ID", sub_type)
    assert party_type_of_proxy(scheme.code, scheme.proprietary) == ("PERSONAL_ID", sub_type)


@pytest.mark.parametrize("party_type", ["MSISDN", "EMAIL", "ALIAS", "BUSINESS", "DEVICE"])
def test_party_types_come_back_from_their_proxy(party_type):
    scheme = proxy_scheme(party_type, None)
    assert party_type_of_proxy(scheme.code, scheme.proprietary) == (party_type, None)


@pytest.mark.parametrize("row", table("purposes")["row"], ids=lambda row: row["local"])
def test_transaction_types_come_back_from_their_purpose(row):
    kind = Kind(row["scenario"], row["initiator"], row["kind"])
    local, purpose, category = purpose_of(*kind)
    assert kind_of(local, purpose, category, organisation=False) == kind


def test_without_codes_the_debtor_decides():
    assert kind_of(None, None, None, organisation=True) == ("TRANSFER", "PAYER", "BUSINESS")
    assert kind_of(None, None, None, organisation=False) == ("TRANSFER", "PAYER", "CONSUMER")
