"""Banks and DFSPs of the ISO 20022 variant pay each other: the same messages, in XML here and in JSON there."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.e2e.bank_side import Bank, by_phone, other
from tests.e2e.fspiop_hub import Dfsp, Scheme, decoded, encoded
from tests.e2e.hub import Hub
from tests.e2e.iso_side import (
    IsoDfsp,
    as_bytes,
    condition_in,
    failed,
    iso_dfsp,
    media,
    person,
    reason,
    ulid,
)
from tests.oracle.iso_definition import FILE, wrong

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
ACCOUNT = "0990005678"


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    """Return a bank with one customer's account in the registry."""
    found = Bank(hub, "isobank", "ISOBKENA")
    teller = Dfsp(hub, "isobank")
    teller.send("POST", f"/participants/ACCOUNT_ID/{ACCOUNT}", {"fspId": "isobank", "currency": "USD"})
    teller.listener.close()
    return found


@pytest.fixture
def wallet(scheme: Scheme) -> Iterator[IsoDfsp]:
    """Return a DFSP of the variant; what it was sent keeps the definition."""
    found = iso_dfsp(scheme)
    yield found
    if FILE.is_file():
        got = [each for each in found.listener.got if each.body and not each.path.startswith("/participants")]
        assert [text for each in got for text in wrong(each.method, each.path, each.json)] == []


def registered(wallet: IsoDfsp) -> str:
    """A phone number that the wallet holds."""
    number = f"25677{int(hashlib.sha256(wallet.name.encode()).hexdigest(), 16) % 10_000_000:07d}"
    path = f"/participants/MSISDN/{number}"
    assert wallet.send("POST", path, {"fspId": wallet.name, "currency": "USD"}).status_code == 202
    told = wallet.gets("PUT", path)
    assert told.headers["content-type"] == media("participants")
    return number


def pay(bank: Bank, number: str, amount: str = "12.50"):
    payment = bank.pay(other("NOTPROVIDED"), amount=amount, creditor_account=by_phone(number))
    bank.send(payment.text)
    return payment


def test_a_bank_pays_a_dfsp_of_the_variant(hub: Hub, bank: Bank, wallet: IsoDfsp):
    wallet.answer_all()
    before = hub.position(bank.name), hub.position(wallet.name)
    payment = pay(bank, registered(wallet))
    assert bank.told(payment.uetr).status == "ACSC"
    quote = wallet.gets("POST", "/quotes")
    assert quote.headers["content-type"] == media("quotes")
    assert quote.headers["fspiop-source"] == bank.name
    order = wallet.gets("POST", "/transfers").json["CdtTrfTxInf"]
    assert order["PmtId"]["TxId"] == ulid(payment.uetr)
    assert order["IntrBkSttlmAmt"] == {"Ccy": "USD", "ActiveCurrencyAndAmount": "12.5"}
    after = hub.position(bank.name), hub.position(wallet.name)
    assert (after[0] - before[0], after[1] - before[1]) == (Decimal("12.5"), Decimal("-12.5"))


def test_a_dfsp_of_the_variant_refuses_a_bank_s_payment(bank: Bank, wallet: IsoDfsp):
    wallet.answer_all()
    number = registered(wallet)
    answered = wallet.listener.answer

    def refuse(message):
        if message.path != "/transfers":
            return answered(message)
        key = message.json["CdtTrfTxInf"]["PmtId"]["TxId"]
        wallet.send("PUT", f"/transfers/{key}/error", failed("5104", "closed"), bank.name)
        return 202

    wallet.listener.answer = refuse
    assert bank.told(pay(bank, number).uetr).status == "RJCT"


def test_a_dfsp_of_the_variant_pays_a_bank(hub: Hub, bank: Bank, wallet: IsoDfsp):
    path = f"/parties/ACCOUNT_ID/{ACCOUNT}"
    wallet.send("GET", path)
    assert wallet.gets("PUT", path).json["Rpt"]["UpdtdPtyAndAcctId"]["Agt"]["FinInstnId"]["Othr"]["Id"] == bank.name
    account = {"Id": {"PrvtId": {"Othr": {"SchmeNm": {"Prtry": "ACCOUNT_ID"}, "Id": ACCOUNT}}}, "Nm": ";;;Kato Millers"}
    quote = wallet.quote(bank.name, "12.5", Cdtr=account, InstrForNxtAgt={"InstrInf": "for the maize"})
    wallet.send("POST", "/quotes", as_bytes(quote), bank.name)
    told = wallet.gets("PUT", f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}")
    terms = told.json["CdtTrfTxInf"]
    assert (terms["Dbtr"], terms["Cdtr"]) == (quote["CdtTrfTxInf"]["Dbtr"], account)
    packet = terms["VrfctnOfTerms"]["IlpV4PrepPacket"]
    order = wallet.order(bank.name, packet, "12.5", Cdtr=account)
    transfer = order["CdtTrfTxInf"]["PmtId"]["TxId"]
    assert wallet.send("POST", "/transfers", as_bytes(order), bank.name).status_code == 202
    assert b"for the maize" in bank.payment(transfer)
    bank.answer(transfer, "ACSC", by="OrgnlTxId")
    done = wallet.gets("PUT", f"/transfers/{transfer}")
    assert (done.headers["content-type"], done.headers["fspiop-source"]) == (media("transfers"), bank.name)
    status = done.json["TxInfAndSts"]
    assert status["TxSts"] == "COMM"
    assert encoded(hashlib.sha256(decoded(status["ExctnConf"])).digest()) == condition_in(packet)


def test_a_bank_s_refusal_reaches_the_payer_in_the_variant(bank: Bank, wallet: IsoDfsp):
    quote = wallet.quote(bank.name, Cdtr=person("1") | {"Nm": ";;;Kato"})
    wallet.send("POST", "/quotes", quote, bank.name)
    told = wallet.gets("PUT", f"/quotes/{quote['CdtTrfTxInf']['PmtId']['TxId']}").json["CdtTrfTxInf"]
    order = wallet.order(bank.name, told["VrfctnOfTerms"]["IlpV4PrepPacket"])
    transfer = order["CdtTrfTxInf"]["PmtId"]["TxId"]
    wallet.send("POST", "/transfers", order, bank.name)
    bank.payment(transfer)
    bank.answer(transfer, "RJCT", "AC04", by="OrgnlTxId")
    assert reason(wallet.gets("PUT", f"/transfers/{transfer}/error")).startswith("5")
