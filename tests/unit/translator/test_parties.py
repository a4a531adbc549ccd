"""Customers and accounts: proxies, numbers, names and documents, from ISO to canonical and back."""

import pytest

from iso.messages import fields
from iso.messages.fields import ORGANISATION, Code, OtherId
from schemas.canonical.identity import FspId
from schemas.canonical.party import Party, PartyId
from translator.iso.parties import account_out, party_in, party_out, valid_iban

IBAN = "DE89370400440532013000"


def read(account=None, party=None, *, agent_given=True):
    return party_in(party or fields.Party(), account, FspId("b"), agent_given=agent_given)


@pytest.mark.parametrize(("account", "expected"), [
    (fields.Account(iban="de89 3704 0044 0532 0130 00"), ("IBAN", IBAN, None)),
    (fields.Account(other_id="4711", scheme=Code(code="BBAN")), ("ACCOUNT_ID", "4711", None)),
    (fields.Account(other_id="4711", scheme=Code(code="UPIC")), ("ACCOUNT_ID", "4711", "UPIC")),
    (fields.Account(other_id="22507", proxy_type=Code(code="MBNO"), proxy_id="+225-07"), ("MSISDN", "22507", None)),
    (fields.Account(proxy_type=Code(code="TELE"), proxy_id="+22507"), ("MSISDN", "22507", None)),
    (fields.Account(proxy_type=Code(code="EMAL"), proxy_id="a@b.c"), ("EMAIL", "a@b.c", None)),
    (fields.Account(proxy_type=Code(code="CCPT"), proxy_id="P1"), ("PERSONAL_ID", "P1", "PASSPORT")),
    (fields.Account(proxy_type=Code(proprietary="DEVICE"), proxy_id="d"), ("DEVICE", "d", None)),
    (fields.Account(proxy_type=Code(proprietary="NICKNAME"), proxy_id="n"), ("ALIAS", "n", None)),
])  # fmt: skip
def test_an_account_says_how_the_party_is_addressed(account, expected):
    found = read(account).id
    assert (found.type, found.identifier, found.sub_id) == expected


def test_a_number_wins_over_the_proxy_only_where_the_agent_is_known():
    both = fields.Account(iban=IBAN, proxy_type=Code(code="EMAL"), proxy_id="a@b.c")
    assert read(both).id.type == "IBAN"
    assert read(both, agent_given=False).id.type == "EMAIL"
    assert read(both, agent_given=False).account.iban == IBAN


@pytest.mark.parametrize(("party", "expected"), [
    (fields.Party(mobile="+225-0700"), ("MSISDN", "2250700")),
    (fields.Party(email="a@b.c"), ("EMAIL", "a@b.c")),
    (fields.Party(ids=(OtherId("P1", Code(code="CCPT")),), email="a@b.c"), ("PERSONAL_ID", "P1")),
    (fields.Party(kind=ORGANISATION, ids=(OtherId("C1", Code(code="COID")),)), ("BUSINESS", "C1")),
])  # fmt: skip
def test_without_account_documents_and_contacts_are_used(party, expected):
    found = read(party=party).id
    assert (found.type, found.identifier) == expected


def test_a_party_with_nothing_has_no_address():
    assert read(party=fields.Party(name="N")).id is None


@pytest.mark.parametrize(("party_id", "expected"), [
    (PartyId("MSISDN", "22507"), (None, None, "MBNO", "+22507")),
    (PartyId("IBAN", IBAN), (IBAN, None, None, None)),
    (PartyId("IBAN", "DE00370400440532013000"), (None, "DE00370400440532013000", None, None)),
    (PartyId("ACCOUNT_ID", "4711"), (None, "4711", None, None)),
    (PartyId("PERSONAL_ID", "P1", "PASSPORT"), (None, None, "CCPT", "P1")),
    (PartyId("ALIAS", "al"), (None, None, "SHID", "al")),
])  # fmt: skip
def test_an_identifier_becomes_account_or_proxy_and_comes_back(party_id, expected):
    losses = []
    account = account_out(Party(party_id), "payee", "USD", losses)
    proxy = account.proxy_type.code if account.proxy_type else None
    assert (account.iban, account.other_id, proxy, account.proxy_id) == expected and losses == []
    back = read(account).id
    assert back == party_id or party_id.identifier.startswith("DE00")


def test_a_party_without_identifier_has_no_account():
    assert account_out(Party(name="N"), "payer", "USD", []) is None


def test_the_name_is_the_display_name_the_parts_or_the_identifier():
    parts = Party(PartyId("MSISDN", "1"), first_name="Awa", last_name="Koné")
    assert party_out(parts, "payer", []).name == "Awa Koné"
    assert party_out(Party(PartyId("MSISDN", "1")), "payer", []).name == "1"
    losses = []
    assert party_out(Party(name="A. K.", first_name="Awa"), "payer", losses).name == "A. K."
    assert [loss.path for loss in losses] == ["payer.first_name"]


def test_an_over_long_or_unwritable_name_is_a_declared_loss():
    losses = []
    told = party_out(Party(name="x\x01" * 141), "payee", losses)
    assert told.name == "x" * 140 and {loss.path for loss in losses} == {"payee.name"} and len(losses) == 2


@pytest.mark.parametrize(("text", "valid"), [(IBAN, True), ("GB82WEST12345698765432", True),
                                              ("DE88370400440532013000", False), ("4711", False)])  # fmt: skip
def test_ibans_are_checked(text, valid):
    assert valid_iban(text) is valid
