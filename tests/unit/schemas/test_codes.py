"""The code tables answer both ways, and what is written in one dialect is read back from the other."""

import pytest

from schemas.codes.proxies import Scheme, party_type_of_proxy, party_type_of_scheme, proxy_scheme
from schemas.codes.purposes import kind_of, purpose_of
from schemas.codes.reasons import fspiop_code, iso_reason
from schemas.codes.tables import table

PERSONAL = ["PASSPORT", "NATIONAL_REGISTRATION", "NATIONAL_ID_CARD", "DRIVING_LICENSE", "TAX_ID_NUMBER", "VOTERS_ID"]


@pytest.mark.parametrize(
    ("fspiop", "iso"),
    [
        *(("1001", "AB08"), ("3100", "FF01"), ("3106", "DUPL"), ("3204", "BE06"), ("3303", "AB03"), ("4001", "AM23")),
        *(("5104", "MS02"), ("5200", "AM02"), ("5400", "AC06"), ("6000", "ED05"), ("7106", "CUST"), ("7200", "NARR")),
        # a scheme's own code counts as the general one of its group
        *(("5199", "MS02"), ("9999", "NARR")),
    ],
)
def test_reason_for_an_fspiop_code(fspiop, iso):
    assert iso_reason(fspiop) == iso


@pytest.mark.parametrize(
    ("iso", "fspiop"),
    [
        *(("AB03", "3303"), ("AC01", "3204"), ("AC04", "5107"), ("AC06", "5400"), ("AM05", "3106"), ("BE06", "3204")),
        *(("BE16", "3102"), ("BE23", "3204"), ("DS02", "4101"), ("DS0H", "3105"), ("FF01", "3100"), ("FF02", "3101")),
        *(("MS02", "5104"), ("RC03", "3202"), ("RR10", "3101"), ("RR04", "5300"), ("TM01", "3303"), ("QQQQ", "5000")),
    ],
)
def test_fspiop_code_for_a_reason(iso, fspiop):
    assert fspiop_code(iso) == fspiop


def test_every_reason_we_send_is_read_again():
    for iso in set(table("reasons")["to_iso"].values()):
        assert fspiop_code(iso).isdecimal()
        assert len(iso) == 4


@pytest.mark.parametrize(
    "party_type", ["MSISDN", "EMAIL", "BUSINESS", "DEVICE", "ALIAS", "CONSENT", "THIRD_PARTY_LINK"]
)
def test_a_proxy_comes_back(party_type):
    scheme = proxy_scheme(party_type, None)
    assert scheme is not None
    assert party_type_of_proxy(*scheme) == (party_type, None)


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_personal_id_comes_back(kind):
    scheme = proxy_scheme("PERSONAL_ID", kind)
    assert scheme is not None
    assert party_type_of_proxy(*scheme) == ("PERSONAL_ID", kind)


def test_accounts_are_no_proxies():
    assert proxy_scheme("IBAN", None) is None
    assert proxy_scheme("ACCOUNT_ID", None) is None


def test_a_telephone_number_has_an_older_code():
    assert proxy_scheme("MSISDN", None) == Scheme("MBNO")
    assert party_type_of_proxy("TELE", None) == ("MSISDN", None)
    assert party_type_of_scheme("TELE", None, organisation=False) == ("MSISDN", None)


def test_purpose_and_kind():
    assert purpose_of("TRANSFER", "PAYER", "CONSUMER").local_instrument == "P2P"
    assert kind_of("RTP", None, None, organisation=False) == ("PAYMENT", "PAYEE", "BUSINESS")
    assert kind_of(None, None, None, organisation=True).initiator_type == "BUSINESS"
