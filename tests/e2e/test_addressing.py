"""Addressing: banks by every kind of identifier, and creditors by their IBAN alone."""

from typing import Any

import pytest

from tests.e2e.bank_side import Bank, bic, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
IBAN = "DE02120300000000202051"
PROFILE: dict[str, Any] = {
    "furtherBics": ["ADRBUGKA100"],
    "clearingMembers": [{"system": "DEBLZ", "id": "12030000"}, {"system": "USABA", "id": "021000021"}],
    "schemedIds": [{"id": "4711", "scheme": "CLUB", "issuer": "isoloop"}],
    "branches": ["NORTH"],
    "ibanBankCodes": ["DE12030000"],
}


def member(system: str, number: str) -> str:
    return f"<ClrSysMmbId><ClrSysId><Cd>{system}</Cd></ClrSysId><MmbId>{number}</MmbId></ClrSysMmbId>"


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "adralpha", "ADRAKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "adrbeta", "ADRBUGKA", **PROFILE)
    bank.accept_all()
    return bank


def outcome(payer: Bank, agent: str, **changes: str) -> tuple[str, str]:
    payment = payer.pay(agent, **changes)
    payer.send(payment.text)
    told = payer.told(payment.uetr)
    return told.status, told.code


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (bic("ADRBUGKA100"), ("ACSC", "")),
        (member("DEBLZ", "12030000"), ("ACSC", "")),
        (member("USABA", "021000021"), ("ACSC", "")),
        (member("USABA", "12030000"), ("RJCT", "RC04")),
        (bic("ADRBUGKA") + member("DEBLZ", "1"), ("RJCT", "AGNT")),
        ("<Othr><Id>4711</Id><SchmeNm><Cd>CLUB</Cd></SchmeNm><Issr>isoloop</Issr></Othr>", ("ACSC", "")),
        ("<Othr><Id>4711</Id></Othr>", ("RJCT", "RC04")),
    ],
)
def test_the_creditors_agent(payer: Bank, payee: Bank, agent: str, expected: tuple[str, str]):
    assert outcome(payer, agent) == expected


@pytest.mark.parametrize(("branch", "expected"), [("NORTH", ("ACSC", "")), ("SOUTH", ("RJCT", "AGNT"))])
def test_branches(payer: Bank, payee: Bank, branch: str, expected: tuple[str, str]):
    payment = payer.pay(bic("ADRBUGKA"))
    inside = f"{bic('ADRBUGKA')}</FinInstnId><BrnchId><Id>{branch}</Id></BrnchId></CdtrAgt>"
    payer.send(payment.text.replace(f"{bic('ADRBUGKA')}</FinInstnId></CdtrAgt>", inside))
    told = payer.told(payment.uetr)
    assert (told.status, told.code) == expected


@pytest.mark.parametrize("agent", [other("NOTPROVIDED"), "<Nm>whoever it is</Nm>"])
def test_an_iban_leads_to_its_bank(payer: Bank, payee: Bank, agent: str):
    account = f"<Id><IBAN>{IBAN}</IBAN></Id>"
    assert outcome(payer, agent, creditor_account=account) == ("ACSC", "")


def test_an_iban_of_nobody(payer: Bank, payee: Bank):
    account = "<Id><IBAN>GB33BUKB20201555555555</IBAN></Id>"
    status, _ = outcome(payer, other("NOTPROVIDED"), creditor_account=account)
    assert status == "RJCT"


def test_a_dfsp_finds_the_bank_of_an_iban(scheme: Scheme, payee: Bank):
    wallet = scheme.dfsp("adrwallet")
    wallet.send("GET", f"/parties/IBAN/{IBAN}")
    found = wallet.gets("PUT", f"/parties/IBAN/{IBAN}").json["party"]["partyIdInfo"]
    assert found["fspId"] == payee.name


def test_what_is_said_of_a_bank_is_told(hub: Hub, payee: Bank):
    told = hub.operate("GET", f"/participants/{payee.name}/iso").json()
    assert {name: told[name] for name in PROFILE} == PROFILE


@pytest.mark.parametrize(
    "wrong",
    [
        {"clearingMembers": [{"system": "DEBLZ", "id": "12030000"}]},
        {"furtherBics": ["ADRBUGKA100"]},
        {"schemedIds": [{"id": "4711", "scheme": "CLUB", "issuer": "isoloop"}]},
        {"ibanBankCodes": ["DE12030000"]},
        {"ibanBankCodes": ["DE"]},
        {"furtherBics": ["SHORT"]},
        {"clearingMembers": [{"id": "1"}]},
    ],
)
def test_no_identifier_names_two(hub: Hub, payer: Bank, payee: Bank, wrong: dict[str, Any]):
    answer = hub.operate("PUT", f"/participants/{payer.name}/iso", {**payer.profile, **wrong}, ok=False)
    assert answer.status_code == 400
