"""A bank pays in another currency: rate, quote, conversion and transfer in its name, and what it came to told back."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree

from tests.e2e.bank_side import Payment, account, bic, by_phone, new_id, problems, verify
from tests.e2e.exchange_side import GIVEN, GOT, PHONE, SOURCE, TARGET, Stage, open_stage, ordering
from tests.e2e.fspiop_hub import verified
from tests.e2e.fx_side import Trade
from tests.e2e.wallet_side import Quoted, asked, outcome, sent, silent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def the_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("fx")) as found:
        yield found


@pytest.fixture
def stage(the_stage: Stage) -> Stage:
    """Return the stage, everybody answering well."""
    the_stage.reset()
    return the_stage


def told_of(stage: Stage, payment: Payment) -> dict[str, Any]:
    """What the bank reads of the conversion in its pacs.002."""
    tree = stage.bank.told(payment.uetr).tree
    found = {item.findtext("{*}Path"): item.findtext("{*}Value") for item in tree.iterfind(".//{*}Item")}
    for name in ("IntrBkSttlmAmt", "Amt/{*}InstdAmt"):
        amount = tree.find(f".//{{*}}OrgnlTxRef/{{*}}{name}")
        found[name.rpartition("}")[2]] = f"{amount.text} {amount.get('Ccy')}"
    found["charges"] = [
        (charge.find("{*}Amt").text, charge.find("{*}Amt").get("Ccy"), charge.findtext(".//{*}Othr/{*}Id"))
        for charge in tree.iterfind(".//{*}ChrgsInf")
    ]
    return found


def test_fixed_amount_of_the_bank(stage: Stage, shared: Path):
    before = stage.positions()
    payment = stage.pay()
    told = stage.bank.told(payment.uetr)

    assert told.status == "ACSC", told.info
    assert stage.moved(before) == [GIVEN, -GIVEN, GOT, -GOT]
    found = told_of(stage, payment)
    assert (found["IntrBkSttlmAmt"], found["InstdAmt"]) == ("10.00 USD", "1225.50 KES")
    assert found["charges"] == [("0.50", "USD", stage.provider.dfsp.name)]
    assert (found["/exchangeRate"], found["/counterPartyFsp"]) == ("122.55", stage.provider.dfsp.name)
    assert problems(told.body, shared / "iso20022" / "xsd") == []
    verify(told.body, stage.hub.certificate)
    assert stage.provider.patched(stage.provider.ordered(payment.uetr)["commitRequestId"]) == "COMMITTED"


def test_fixed_amount_of_the_payee(stage: Stage):
    before = stage.positions()
    payment = stage.pay(amount="10.00", bearer="DEBT", **ordering("1161.00"))
    told = stage.bank.told(payment.uetr)

    assert told.status == "ACSC", told.info
    assert stage.moved(before) == [Decimal("9.5"), Decimal("-9.5"), 1161, -1161]
    found = told_of(stage, payment)
    assert (found["IntrBkSttlmAmt"], found["InstdAmt"]) == ("9.50 USD", "1161.00 KES")


def test_what_is_asked_in_the_banks_name(stage: Stage):
    payment = stage.pay()
    assert stage.bank.told(payment.uetr).status == "ACSC"
    (key,) = stage.hub.operate("GET", f"/participants/{stage.bank.name}/keys").json()["keys"]
    public = serialization.load_pem_public_key(key["pem"].encode())
    for dfsp, path in (
        (stage.provider.dfsp, "/fxQuotes"), (stage.provider.dfsp, "/fxTransfers"), (stage.wallet.dfsp, "/quotes"),
    ):  # fmt: skip
        found = dfsp.listener.wait(lambda m, p=path: m.path == p and payment.uetr in m.body.decode())
        verified(found, public)
        assert found.headers["fspiop-source"] == stage.bank.name
    quote = stage.wallet.dfsp.listener.wait(lambda m: m.path == "/quotes" and payment.uetr in m.body.decode()).json
    assert (quote["converter"], quote["amountType"]) == ("PAYER", "SEND")
    assert quote["currencyConversion"] == {
        "sourceAmount": {"currency": SOURCE, "amount": "10"}, "targetAmount": {"currency": TARGET, "amount": "1225.5"},
    }  # fmt: skip
    assert quote["amount"] == quote["currencyConversion"]["targetAmount"]


def test_the_payees_own_currency_is_enough(stage: Stage):
    """Nobody names shillings but the provider of the wallet, in its answer to the lookup."""
    before = stage.positions()
    payment = stage.pay(creditor_account=by_phone(PHONE))

    assert stage.bank.told(payment.uetr).status == "ACSC"
    assert stage.moved(before) == [GIVEN, -GIVEN, GOT, -GOT]


def test_a_payment_that_the_bank_converted_itself_is_not_converted_again(stage: Stage):
    stage.wallet.party = stage.wallet.customer
    stage.hub.add(stage.wallet.dfsp.name, SOURCE)
    payment = stage.pay(creditor_account=by_phone(PHONE), **ordering("9.00", "EUR"))

    assert stage.bank.told(payment.uetr).status == "ACSC"
    assert stage.provider.dfsp.listener.all(lambda m: payment.uetr in m.body.decode()) == []


def test_bank_to_bank(stage: Stage, shared: Path):
    payee = stage.creditor.name
    before = stage.positions(payee)
    held = f"{account('0220000002')}<Ccy>{TARGET}</Ccy>"
    payment = stage.pay(creditor_agent=bic("FXBBKENA"), creditor_account=held)
    told = stage.bank.told(payment.uetr)

    assert told.status == "ACSC", told.info
    assert stage.moved(before, payee) == [GIVEN, -GIVEN, GOT, -GOT]
    got = stage.creditor.payment(payment.uetr)
    tree = etree.fromstring(got)
    amounts = [tree.find(f".//{{*}}{name}") for name in ("IntrBkSttlmAmt", "InstdAmt", "XchgRate")]
    assert [(each.text, each.get("Ccy")) for each in amounts] == [
        ("1225.50", TARGET),
        ("10.00", SOURCE),
        ("122.55", None),
    ]
    assert tree.findtext(".//{*}Dbtr/{*}Nm") == "Wanjiru Traders"
    assert tree.find(".//{*}TtlIntrBkSttlmAmt") is None
    assert problems(got, shared / "iso20022" / "xsd") == []
    confirmed = stage.creditor.told(payment.uetr)
    assert (confirmed.status, confirmed.tree.find(".//{*}ChrgsInf")) == ("ACSC", None)


def test_bank_to_bank_with_the_payees_amount_fixed(stage: Stage):
    payee = stage.creditor.name
    before = stage.positions(payee)
    held = f"{account('0220000002')}<Ccy>{TARGET}</Ccy>"
    payment = stage.pay(creditor_agent=bic("FXBBKENA"), creditor_account=held, **ordering("1161.00"))

    assert stage.bank.told(payment.uetr).status == "ACSC"
    assert stage.moved(before, payee) == [Decimal("9.5"), Decimal("-9.5"), 1161, -1161]


def test_wallet_to_bank(stage: Stage):
    """The payer orders its conversion itself; the bank gets shillings and reads what was paid for them."""
    trade = Trade(stage.scheme)
    stage.hub.add(trade.payer.name, TARGET)
    conversion = {
        "sourceAmount": {"currency": SOURCE, "amount": "10"},
        "targetAmount": {"currency": TARGET, "amount": "1290.5"},
    }
    body = asked(trade.payer, stage.creditor, "1290.5", TARGET, converter="PAYER", currencyConversion=conversion)
    assert trade.payer.send("POST", "/quotes", body, stage.creditor.name).status_code == 202
    quote = Quoted(body, trade.payer.gets("PUT", f"/quotes/{body['quoteId']}").json)
    trade.ready()
    before = stage.hub.position(stage.creditor.name, TARGET)
    transfer = sent(trade.payer, quote.transfer(trade.payer, stage.creditor, transferId=trade.transfer))

    assert outcome(trade.payer, transfer)["transferState"] == "COMMITTED"
    tree = etree.fromstring(stage.creditor.payment(transfer))
    found = [
        (each.text, each.get("Ccy"))
        for name in ("IntrBkSttlmAmt", "InstdAmt")
        for each in [tree.find(f".//{{*}}{name}")]
    ]
    assert found == [("1290.50", TARGET), ("10.00", SOURCE)]
    assert trade.patched()["conversionState"] == "COMMITTED"
    assert stage.hub.position(stage.creditor.name, TARGET) - before == Decimal("-1290.5")
    assert stage.hub.position(trade.fxp.name, TARGET) == Decimal("1290.5")


def test_repeats_have_one_effect(stage: Stage):
    before = stage.positions()
    payment = stage.pay()
    assert stage.bank.told(payment.uetr).status == "ACSC"
    stage.bank.send(payment.text.replace(payment.msg, new_id()))
    again = stage.bank.told(payment.uetr, 2)
    stage.bank.send(payment.text.replace(">10.00<", ">10.50<"))
    modified = stage.bank.told(payment.uetr, 3)

    assert (again.status, modified.status, modified.code) == ("ACSC", "RJCT", "DUPL")
    assert b"122.55" in again.body
    assert stage.moved(before) == [GIVEN, -GIVEN, GOT, -GOT]
    assert (
        len(stage.provider.dfsp.listener.all(lambda m: m.path == "/fxTransfers" and payment.uetr in m.body.decode()))
        == 1
    )


@pytest.mark.parametrize("step", ["rate", "order", "quote", "transfer"])
def test_restart_in_the_middle(stage: Stage, step: str):
    """Whatever is awaited when the hub stops is awaited when it is back."""
    before = stage.positions()
    side, name, path = {
        "rate": (stage.provider, "rate", "/fxQuotes"), "order": (stage.provider, "done", "/fxTransfers"),
        "quote": (stage.wallet, "quote", "/quotes"), "transfer": (stage.wallet, "done", "/transfers"),
    }[step]  # fmt: skip
    well = getattr(side, name)
    setattr(side, name, silent)
    payment = stage.pay()
    waiting = side.dfsp.listener.wait(lambda m: m.path == path and payment.uetr in m.body.decode())
    assert stage.hub.stop() == 0
    stage.hub.start()
    setattr(side, name, well)
    side._answer(waiting)

    assert stage.bank.told(payment.uetr).status == "ACSC"
    assert stage.moved(before) == [GIVEN, -GIVEN, GOT, -GOT]
