"""A wallet pays a bank: the hub answers lookup and quote for it; the transfer becomes a pacs.008 and its pacs.002."""

import base64
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree

from tests.e2e.bank_side import Bank, verify
from tests.e2e.fspiop_hub import CONDITION, Dfsp, Scheme, decoded, encoded, hub_key, moment, verified
from tests.e2e.hub import Hub
from tests.e2e.wallet_side import ACCOUNT, Definition, asked, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    found = Bank(hub, "wpbank", "WPBKUGKA")
    hub.add("wpbank", "JPY")
    teller = Dfsp(hub, "wpbank")
    teller.send("POST", f"/participants/ACCOUNT_ID/{ACCOUNT}", {"fspId": "wpbank", "currency": "USD"})
    teller.listener.close()
    return found


@pytest.fixture(scope="module", params=["1.1", "2.0"])
def wallet(hub: Hub, request: pytest.FixtureRequest) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("payer", version=request.param, funds=1_000_000, cap=1_000_000)
    scheme.close()


def test_lookup_finds_the_bank(wallet: Dfsp, bank: Bank):
    path = f"/parties/ACCOUNT_ID/{ACCOUNT}"
    assert wallet.send("GET", path).status_code == 202
    party = wallet.gets("PUT", path).json["party"]

    who = party["partyIdInfo"]
    assert (who["partyIdType"], who["partyIdentifier"], who["fspId"]) == ("ACCOUNT_ID", ACCOUNT, bank.name)


def test_payment_end_to_end(hub: Hub, wallet: Dfsp, bank: Bank):
    before = hub.position(wallet.name), hub.position(bank.name)
    quote = quoted(wallet, bank, "12.5")
    transfer = sent(wallet, quote.transfer(wallet, bank))
    payment = etree.fromstring(bank.payment(transfer))

    def text(path: str) -> str | None:
        found = payment.findtext(".//{*}CdtTrfTxInf/" + "/".join(f"{{*}}{name}" for name in path.split("/")))
        return None if found is None else str(found)

    assert (text("IntrBkSttlmAmt"), text("PmtId/TxId")) == ("12.50", transfer.replace("-", ""))
    assert text("PmtId/EndToEndId") == quote.request["transactionId"].replace("-", "")
    assert (text("Dbtr/Nm"), text("Cdtr/Nm")) == ("Juma Mwangi", "Kato Millers")
    assert (text("CdtrAcct/Id/Othr/Id"), text("RmtInf/Ustrd")) == (ACCOUNT, "for the maize")
    assert text("CdtrAgt/FinInstnId/BICFI") == bank.bic
    assert text("DbtrAgt/FinInstnId/Othr/Id") == wallet.name
    assert wallet.got("PUT", f"/transfers/{transfer}") == []
    bank.answer(transfer, "ACSC")
    done = outcome(wallet, transfer)

    assert done["transferState"] == "COMMITTED"
    condition = encoded(hashlib.sha256(decoded(done["fulfilment"])).digest())
    assert condition == quote.terms["condition"]
    assert bank.told(transfer).status == "ACSC"
    after = hub.position(wallet.name), hub.position(bank.name)
    assert (after[0] - before[0], after[1] - before[1]) == (Decimal("12.5"), Decimal("-12.5"))


def test_messages_for_the_bank_keep_the_definition_and_bear_its_key(hub: Hub, wallet: Dfsp, bank: Bank, shared):
    path = f"/parties/ACCOUNT_ID/{ACCOUNT}"
    wallet.send("GET", path)
    quote = quoted(wallet, bank)
    transfer = sent(wallet, quote.transfer(wallet, bank))
    bank.payment(transfer)
    bank.answer(transfer, "ACSP")
    outcome(wallet, transfer)
    (key,) = hub.operate("GET", f"/participants/{bank.name}/keys").json()["keys"]
    public = serialization.load_pem_public_key(key["pem"].encode())
    definition = Definition(shared / "fspiop" / f"fspiop-v{wallet.version}-openapi3.yaml")
    for told, schema in (
        (path, "PartiesTypeIDPutResponse"),
        (f"/quotes/{quote.request['quoteId']}", "QuotesIDPutResponse"),
        (f"/transfers/{transfer}", "TransfersIDPutResponse"),
    ):
        found = wallet.gets("PUT", told)
        assert found.headers["fspiop-source"] == bank.name, told
        verified(found, public)
        assert definition.problems(schema, found.body) == []
    verify(bank.payment(transfer), hub.certificate)


def test_packet_says_what_was_agreed(wallet: Dfsp, bank: Bank):
    quote = quoted(wallet, bank, "3.75")
    raw = decoded(quote.terms["ilpPacket"])
    data = base64.urlsafe_b64decode(raw[raw.index(b"g.mojaloop") + 10 :].lstrip()[3:] + b"==")
    agreed = json.loads(data[: data.rindex(b"}") + 1])

    assert agreed["amount"] == {"currency": "USD", "amount": "3.75"}
    assert (agreed["quoteId"], agreed["transactionId"]) == (quote.request["quoteId"], quote.request["transactionId"])
    assert quote.terms["payeeReceiveAmount"] == {"currency": "USD", "amount": "3.75"}
    assert "payeeFspFee" not in quote.terms


@pytest.mark.parametrize("status", ["ACCP", "ACSP", "ACSC", "ACCC", "ACWP"])
def test_every_accepting_status_pays(wallet: Dfsp, bank: Bank, status: str):
    transfer = sent(wallet, quoted(wallet, bank).transfer(wallet, bank))
    bank.payment(transfer)
    bank.answer(transfer, "PDNG")
    bank.answer(transfer, status)

    assert outcome(wallet, transfer)["transferState"] == "COMMITTED"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("AC04", "5107"),
        ("AC06", "5400"),
        ("AC03", "3204"),
        ("AM02", "5200"),
        ("MS03", "5105"),
        ("AB05", "3303"),
        ("DUPL", "3106"),
    ],
)
def test_refusals_of_the_bank(hub: Hub, wallet: Dfsp, bank: Bank, reason: str, code: str):
    before = hub.position(wallet.name)
    transfer = sent(wallet, quoted(wallet, bank).transfer(wallet, bank))
    bank.payment(transfer)
    bank.answer(transfer, "RJCT", reason)
    told = wallet.refused(f"/transfers/{transfer}")

    assert (told.code, told.text[:4]) == (code, reason)
    assert hub.position(wallet.name) == before
    verified(wallet.gets("PUT", f"/transfers/{transfer}/error"), key_of(hub, wallet, bank, transfer))


def key_of(hub: Hub, wallet: Dfsp, bank: Bank, transfer: str) -> Any:
    """The key of whoever the error came from."""
    source = wallet.gets("PUT", f"/transfers/{transfer}/error").headers["fspiop-source"]
    if source == bank.name:
        (key,) = hub.operate("GET", f"/participants/{bank.name}/keys").json()["keys"]
        return serialization.load_pem_public_key(key["pem"].encode())
    return hub_key(hub)


def test_mark_of_a_code_comes_back_exactly(wallet: Dfsp, bank: Bank):
    transfer = sent(wallet, quoted(wallet, bank).transfer(wallet, bank))
    bank.payment(transfer)
    why = "<StsRsnInf><Rsn><Cd>NARR</Cd></Rsn><AddtlInf>FSPIOP-5300 Not this one</AddtlInf></StsRsnInf>"
    body = f"<TxInfAndSts><OrgnlUETR>{transfer}</OrgnlUETR><TxSts>RJCT</TxSts>{why}</TxInfAndSts>"
    bank.send(bank.report(body))

    assert wallet.refused(f"/transfers/{transfer}") == ("5300", "Not this one")


def test_silent_bank(hub: Hub, wallet: Dfsp, bank: Bank):
    before = hub.position(wallet.name)
    transfer = sent(wallet, quoted(wallet, bank).transfer(wallet, bank, expiration=moment(seconds=1.5)))
    bank.payment(transfer)

    assert wallet.refused(f"/transfers/{transfer}").code == "3303"
    assert hub.position(wallet.name) == before
    assert (bank.told(transfer).status, bank.told(transfer).code) == ("RJCT", "AB05")
    bank.answer(transfer, "ACSC")
    assert bank.told(transfer, 2).code == "TM01"
    assert wallet.got("PUT", f"/transfers/{transfer}") == []


def changed_packet(packet: str, place: int) -> str:
    raw = bytearray(decoded(packet))
    raw[place] ^= 1
    return encoded(bytes(raw))


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {"ilpPacket": changed_packet(body["ilpPacket"], -1)},
        lambda body: {"ilpPacket": changed_packet(body["ilpPacket"], 300)},
        lambda body: {"ilpPacket": changed_packet(body["ilpPacket"], 10)},
        lambda body: {"condition": CONDITION},
        lambda body: {"amount": {"currency": "USD", "amount": "11"}},
        lambda body: {"amount": {"currency": "JPY", "amount": "10"}},
        lambda _: {"ilpPacket": "AYICbQAAAAAAAAPoHGcucGF5ZWVmc3AubXNpc2RuLjIyNTU2OTk5MTI1ggIxZXk"},
    ],
    ids=["last byte", "data", "packet amount", "condition", "amount", "currency", "foreign packet"],
)
def test_what_was_not_agreed_is_refused(hub: Hub, wallet: Dfsp, bank: Bank, change):
    before = hub.position(wallet.name)
    body = quoted(wallet, bank).transfer(wallet, bank)
    response = wallet.send("POST", "/transfers", body | change(body), bank.name)
    assert response.status_code == 202, response.text

    assert wallet.refused(f"/transfers/{body['transferId']}").code in ("3100", "3101")
    assert hub.position(wallet.name) == before


def test_quote_of_another_bank_is_refused(hub: Hub, wallet: Dfsp, bank: Bank):
    name = "wpother" + wallet.version.replace(".", "")
    second = Bank(hub, name, f"WPO{wallet.version[0]}UGKA")
    body = quoted(wallet, bank).transfer(wallet, second)
    sent(wallet, body)

    assert wallet.refused(f"/transfers/{body['transferId']}").code == "3100"


@pytest.mark.parametrize(("amount", "currency"), [("10.001", "USD"), ("0.0001", "USD"), ("10.5", "JPY"), ("0", "USD")])
def test_amounts_that_no_bank_can_be_paid(wallet: Dfsp, bank: Bank, amount: str, currency: str):
    body = asked(wallet, bank, amount, currency)
    response = wallet.send("POST", "/quotes", body, bank.name)
    if response.status_code == 202:
        assert wallet.refused(f"/quotes/{body['quoteId']}").code in ("3101", "3201", "3202")
    else:
        assert response.json()["errorInformation"]["errorCode"] in ("3100", "3101")


def test_same_transfer_twice_has_one_effect(hub: Hub, wallet: Dfsp, bank: Bank):
    before = hub.position(wallet.name)
    body = quoted(wallet, bank).transfer(wallet, bank)
    transfer = sent(wallet, body)
    sent(wallet, body)
    bank.payment(transfer)
    bank.answer(transfer, "ACSC")
    outcome(wallet, transfer)
    sent(wallet, body)
    wallet.listener.wait(lambda _: len(wallet.got("PUT", f"/transfers/{transfer}")) == 2)
    sent(wallet, body | {"amount": {"currency": "USD", "amount": "11"}})

    assert wallet.refused(f"/transfers/{transfer}").code == "3106"
    assert hub.position(wallet.name) - before == 10
    payments = bank.listener.all(lambda m: transfer.encode() in m.body and b"FIToFICstmrCdtTrf" in m.body)
    assert len(payments) == 1


def test_second_transfer_of_a_quote_needs_the_banks_word_again(hub: Hub, wallet: Dfsp, bank: Bank):
    """The payer knows the fulfilment by then; it moves no money without the bank."""
    quote = quoted(wallet, bank)
    first = sent(wallet, quote.transfer(wallet, bank))
    bank.payment(first)
    bank.answer(first, "ACSC")
    fulfilment = outcome(wallet, first)["fulfilment"]
    before = hub.position(bank.name)
    second = sent(wallet, quote.transfer(wallet, bank))
    bank.payment(second)
    body = {"transferState": "COMMITTED", "fulfilment": fulfilment, "completedTimestamp": moment()}
    wallet.send("PUT", f"/transfers/{second}", body, wallet.name)
    assert wallet.refused(f"/transfers/{second}").code == "3100"
    assert hub.position(bank.name) == before
    bank.answer(second, "RJCT", "AM05")

    wallet.listener.wait(lambda _: len(wallet.got("PUT", f"/transfers/{second}/error")) == 2)
    assert hub.position(bank.name) == before


def test_repeated_quote_gets_the_same_terms(wallet: Dfsp, bank: Bank):
    quote = quoted(wallet, bank)
    path = f"/quotes/{quote.request['quoteId']}"
    wallet.send("POST", "/quotes", quote.request, bank.name)
    wallet.listener.wait(lambda _: len(wallet.got("PUT", path)) == 2)

    first, second = (found.json for found in wallet.got("PUT", path))
    assert first == second


def test_query_of_a_transfer(wallet: Dfsp, bank: Bank):
    transfer = sent(wallet, quoted(wallet, bank).transfer(wallet, bank))
    bank.payment(transfer)
    bank.answer(transfer, "ACSC")
    done = outcome(wallet, transfer)
    wallet.send("GET", f"/transfers/{transfer}", to=bank.name)
    wallet.listener.wait(lambda _: len(wallet.got("PUT", f"/transfers/{transfer}")) == 2)

    assert wallet.got("PUT", f"/transfers/{transfer}")[1].json["fulfilment"] == done["fulfilment"]


def test_inactive_bank(hub: Hub, wallet: Dfsp, bank: Bank):
    quote = quoted(wallet, bank)
    hub.operate("PUT", f"/participants/{bank.name}", {"isActive": False})
    try:
        transfer = sent(wallet, quote.transfer(wallet, bank))
        assert wallet.refused(f"/transfers/{transfer}").code in ("3100", "3203")
        body = asked(wallet, bank)
        wallet.send("POST", "/quotes", body, bank.name)
        assert wallet.refused(f"/quotes/{body['quoteId']}").code == "3201"
    finally:
        hub.operate("PUT", f"/participants/{bank.name}", {"isActive": True})
