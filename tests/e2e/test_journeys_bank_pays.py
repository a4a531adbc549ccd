"""A bank pays a wallet: its pacs.008 becomes lookup, quote and transfer in its name, and a pacs.002 comes back."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives import serialization

from tests.e2e.bank_side import Bank, Payment, account, bic, by_phone, in_seconds, new_id, other, verify
from tests.e2e.fspiop_hub import FULFILMENT, WRONG, Dfsp, Scheme, moment, verified
from tests.e2e.hub import Hub
from tests.e2e.wallet_side import Definition, Wallet, error, silent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE = "256772000101"


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    return Bank(hub, "joualpha", "JOUAKENA")


@pytest.fixture(scope="module", params=["1.1", "2.0"])
def scheme_wallet(hub: Hub, request: pytest.FixtureRequest) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("wallet", version=request.param, funds=1_000_000, cap=1_000_000))
    phone = {"fspId": found.dfsp.name, "currency": "USD"}
    path = f"/participants/MSISDN/{phone_of(found)}"
    assert found.dfsp.send("POST", path, phone).status_code == 202
    found.dfsp.gets("PUT", path)
    yield found
    scheme.close()


@pytest.fixture
def wallet(scheme_wallet: Wallet) -> Wallet:
    """Return the wallet, answering everything well."""
    scheme_wallet.reset()
    return scheme_wallet


def phone_of(wallet: Wallet) -> str:
    return PHONE + wallet.dfsp.version.replace(".", "")


def pay(bank: Bank, wallet: Wallet, **changes: str) -> Payment:
    """A payment to a number whose provider only the registry knows."""
    changes = {"creditor_account": by_phone(phone_of(wallet)), **changes}
    payment = bank.pay(changes.pop("creditor_agent", other("NOTPROVIDED")), **changes)
    bank.send(payment.text)
    return payment


def transfer_of(wallet: Wallet, payment: Payment) -> dict:
    found = wallet.dfsp.listener.wait(lambda m: m.path == "/transfers" and m.json["transferId"] == payment.uetr)
    return dict(found.json)


def quote_of(wallet: Wallet, payment: Payment) -> dict:
    found = wallet.dfsp.listener.wait(lambda m: m.path == "/quotes" and payment.uetr in m.body.decode())
    return dict(found.json)


def test_payment_by_number(hub: Hub, bank: Bank, wallet: Wallet):
    before = hub.position(bank.name), hub.position(wallet.dfsp.name)
    payment = pay(bank, wallet, amount="12.50")
    told = bank.told(payment.uetr)
    after = hub.position(bank.name), hub.position(wallet.dfsp.name)

    assert told.status == "ACSC"
    assert (told.text("OrgnlEndToEndId"), told.text("OrgnlMsgId")) == (payment.e2e, payment.msg)
    assert (after[0] - before[0], after[1] - before[1]) == (Decimal("12.5"), Decimal("-12.5"))
    transfer = transfer_of(wallet, payment)
    assert transfer["amount"] == {"currency": "USD", "amount": "12.5"}
    assert (transfer["payerFsp"], transfer["payeeFsp"]) == (bank.name, wallet.dfsp.name)
    verify(told.body, hub.certificate)


def test_payment_by_agent(bank: Bank, wallet: Wallet):
    payment = pay(bank, wallet, creditor_agent=other(wallet.dfsp.name))

    assert bank.told(payment.uetr).status == "ACSC"


def test_payment_to_an_account_of_a_known_provider(bank: Bank, wallet: Wallet):
    payment = pay(bank, wallet, creditor_agent=other(wallet.dfsp.name), creditor_account=account("W-77/8"))

    assert bank.told(payment.uetr).status == "ACSC"
    assert quote_of(wallet, payment)["payee"]["partyIdInfo"]["partyIdentifier"] == "W-77/8"


def test_messages_in_the_banks_name_keep_the_definition_and_bear_its_key(hub: Hub, bank: Bank, wallet: Wallet, shared):
    remittance = "<RmtInf><Ustrd>" + "r" * 140 + "</Ustrd><Ustrd>second line</Ustrd></RmtInf>"
    ultimate = "<UltmtCdtr><Nm>" + "u" * 140 + "</Nm></UltmtCdtr>"
    payment = pay(bank, wallet, creditor="N" * 140, after=ultimate + remittance)
    assert bank.told(payment.uetr).status == "ACSC"
    (key,) = hub.operate("GET", f"/participants/{bank.name}/keys").json()["keys"]
    public = serialization.load_pem_public_key(key["pem"].encode())
    version = wallet.dfsp.version
    definition = Definition(shared / "fspiop" / f"fspiop-v{version}-openapi3.yaml")
    for path, resource, schema in (
        ("/quotes", "quotes", "QuotesPostRequest"), ("/transfers", "transfers", "TransfersPostRequest"),
    ):  # fmt: skip
        found = wallet.dfsp.listener.wait(lambda m, p=path: m.path == p and payment.uetr in m.body.decode())
        verified(found, public)
        assert found.headers["fspiop-source"] == bank.name
        assert found.headers["content-type"] == f"application/vnd.interoperability.{resource}+json;version={version}"
        assert definition.problems(schema, found.body) == []
    quote = quote_of(wallet, payment)
    extensions = {each["key"]: each["value"] for each in quote["extensionList"]["extension"]}
    assert (extensions["iso.uetr"], extensions["iso.more"]) == (payment.uetr, "true")
    assert len(extensions) <= 16 and all(len(k) <= 32 and len(v) <= 128 for k, v in extensions.items())


def test_lookup_is_in_the_banks_name(bank: Bank, wallet: Wallet):
    pay_until_told(bank, wallet)
    found = wallet.dfsp.listener.wait(lambda m: m.method == "GET" and m.headers["fspiop-source"] == bank.name)

    assert found.path == f"/parties/MSISDN/{phone_of(wallet)}?currency=USD"
    assert found.headers["accept"] == f"application/vnd.interoperability.parties+json;version={wallet.dfsp.version}"


def pay_until_told(bank: Bank, wallet: Wallet) -> str:
    payment = pay(bank, wallet)
    return bank.told(payment.uetr).status


def refused(hub: Hub, bank: Bank, wallet: Wallet, code: str, fspiop: str, **changes: str) -> Payment:
    """The payment ends refused with these codes, and no money has moved."""
    before = hub.position(bank.name), hub.position(wallet.dfsp.name)
    payment = pay(bank, wallet, **changes)
    told = bank.told(payment.uetr)
    assert (told.status, told.code) == ("RJCT", code), told.info
    assert told.info.startswith(f"FSPIOP-{fspiop} "), told.info
    assert (told.text("OrgnlInstrId"), told.text("OrgnlTxId")) == (payment.instr, payment.tx)
    assert (hub.position(bank.name), hub.position(wallet.dfsp.name)) == before
    return payment


def test_fee_is_refused_unless_the_bank_allows_it(hub: Hub, bank: Bank, wallet: Wallet):
    fee = {"currency": "USD", "amount": "0.25"}
    wallet.quote = lambda quote: wallet.terms(quote) | {
        "payeeFspFee": fee, "payeeReceiveAmount": {"currency": "USD", "amount": "9.75"},
    }  # fmt: skip
    payment = refused(hub, bank, wallet, "AM09", "5103")
    assert wallet.dfsp.listener.all(lambda m: m.path == "/transfers" and payment.uetr in m.body.decode()) == []
    bank.change(maxPayeeFee="0.25")
    try:
        assert pay_until_told(bank, wallet) == "ACSC"
        fee["amount"] = "0.26"
        wallet.quote = lambda quote: {
            name: value for name, value in wallet.terms(quote).items() if name != "payeeReceiveAmount"
        } | {"payeeFspFee": fee}  # fmt: skip
        refused(hub, bank, wallet, "AM09", "5103")
    finally:
        bank.change(maxPayeeFee="0")


@pytest.mark.parametrize("amount", ["10.01", "9.99"])
def test_other_transfer_amount_is_refused(hub: Hub, bank: Bank, wallet: Wallet, amount: str):
    wallet.quote = lambda quote: wallet.terms(quote) | {"transferAmount": {"currency": "USD", "amount": amount}}

    refused(hub, bank, wallet, "AM09", "5103")


def test_quote_in_another_currency_is_refused(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.quote = lambda quote: wallet.terms(quote) | {"transferAmount": {"currency": "KES", "amount": "10"}}

    refused(hub, bank, wallet, "AM09", "5103")


def test_quote_that_has_ended_is_refused(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.quote = lambda quote: wallet.terms(quote) | {"expiration": moment(seconds=-5)}

    refused(hub, bank, wallet, "AB03", "3302")


@pytest.mark.parametrize(
    ("code", "reason"), [("3204", "BE06"), ("5400", "AC06"), ("5106", "AC11"), ("2001", "AB10"), ("5107", "AC07")]
)
def test_wallet_refuses(hub: Hub, bank: Bank, wallet: Wallet, code: str, reason: str):
    wallet.party = error(code)
    refused(hub, bank, wallet, reason, code)
    wallet.reset()
    wallet.quote = error(code)
    refused(hub, bank, wallet, reason, code)
    wallet.reset()
    wallet.done = error(code)
    refused(hub, bank, wallet, reason, code)


@pytest.mark.parametrize("step", ["party", "quote", "done"])
def test_silence(hub: Hub, bank: Bank, wallet: Wallet, step: str):
    setattr(wallet, step, silent)

    refused(hub, bank, wallet, "AB05", "3303", times=in_seconds(1.5))


@pytest.mark.parametrize("body", [{"fulfilment": WRONG}, {"fulfilment": None}])
def test_wrong_fulfilment(hub: Hub, bank: Bank, wallet: Wallet, body: dict):
    def done(transfer: dict) -> dict:
        found = wallet.fulfilled(transfer) | body
        return {name: value for name, value in found.items() if value is not None}

    wallet.done = done
    refused(hub, bank, wallet, "FF01", "3100")


def test_wallet_that_waits_is_told_by_patch(bank: Bank, wallet: Wallet):
    wallet.done = lambda transfer: wallet.fulfilled(transfer) | {"transferState": "RESERVED"}
    payment = pay(bank, wallet)

    assert bank.told(payment.uetr).status == "ACSC"
    patch = wallet.dfsp.gets("PATCH", f"/transfers/{payment.uetr}")
    assert patch.json["transferState"] == "COMMITTED"


def test_late_reservation_is_told_by_patch(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.done = silent
    payment = refused(hub, bank, wallet, "AB05", "3303", times=in_seconds(1.5))
    body = wallet.fulfilled({}) | {"transferState": "RESERVED"}
    wallet.dfsp.send("PUT", f"/transfers/{payment.uetr}", body, bank.name)

    assert wallet.dfsp.gets("PATCH", f"/transfers/{payment.uetr}").json["transferState"] == "ABORTED"
    assert len(bank.reports(payment.uetr)) == 1


def test_repeats_have_one_effect(hub: Hub, bank: Bank, wallet: Wallet):
    before = hub.position(bank.name)
    payment = pay(bank, wallet)
    assert bank.told(payment.uetr).status == "ACSC"
    bank.send(payment.text.replace(payment.msg, new_id()))
    assert bank.told(payment.uetr, 2).status == "ACSC"
    bank.send(payment.text.replace(">10.00<", ">10.50<"))
    modified = bank.told(payment.uetr, 3)

    assert (modified.status, modified.code) == ("RJCT", "DUPL")
    assert hub.position(bank.name) - before == 10
    for path in ("/quotes", "/transfers"):
        assert len(wallet.dfsp.listener.all(lambda m, p=path: m.path == p and payment.uetr in m.body.decode())) == 1


def test_repeat_of_a_refusal(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.party = error("3204")
    payment = refused(hub, bank, wallet, "BE06", "3204")
    bank.send(payment.text)

    assert bank.told(payment.uetr, 2).code == "BE06"


def test_state_can_be_asked_all_along(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.quote = silent
    payment = bank.pay(other("NOTPROVIDED"), creditor_account=by_phone(phone_of(wallet)), times=in_seconds(2))
    name = bank.send(payment.text)
    quote = quote_of(wallet, payment)
    assert bank.query(name).json()["state"] == "RECEIVED"
    body = wallet.terms(quote)
    wallet.dfsp.send("PUT", f"/quotes/{quote['quoteId']}", body, bank.name)
    assert bank.told(payment.uetr).status == "ACSC"

    found = bank.query(name).json()
    assert (found["state"], found["payee"]) == ("COMMITTED", wallet.dfsp.name)


def test_refusal_before_the_ledger_can_be_asked_for(hub: Hub, bank: Bank, wallet: Wallet):
    wallet.party = error("3204")
    payment = bank.pay(other("NOTPROVIDED"), creditor_account=by_phone(phone_of(wallet)))
    name = bank.send(payment.text)
    bank.told(payment.uetr)
    found = eventually(lambda: bank.query(name).json(), lambda told: told["answers"])

    assert found["state"] == "ABORTED"
    assert found["reason"]["code"] == "BE06"


def eventually(ask, good):
    end = time.monotonic() + 10
    while not good(found := ask()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_liquidity_is_checked_when_the_quote_is_there(hub: Hub, bank: Bank, wallet: Wallet):
    refused(hub, bank, wallet, "AM23", "4001", amount="1000000.01")


def test_stranger_cannot_answer_the_lookup_or_the_quote(hub: Hub, bank: Bank, wallet: Wallet):
    scheme = Scheme(hub)
    thief: Dfsp = scheme.dfsp("thief")
    wallet.quote = silent
    payment = bank.pay(other("NOTPROVIDED"), creditor_account=by_phone(phone_of(wallet)), times=in_seconds(3))
    bank.send(payment.text)
    quote = quote_of(wallet, payment)
    thief.send("PUT", f"/quotes/{quote['quoteId']}", wallet.terms(quote), bank.name)
    time.sleep(0.3)
    assert bank.reports(payment.uetr) == []
    assert thief.got("POST", "/transfers") == []
    wallet.dfsp.send("PUT", f"/quotes/{quote['quoteId']}", wallet.terms(quote), bank.name)

    assert bank.told(payment.uetr).status == "ACSC"
    scheme.close()


def test_fulfilment_stays_with_the_hub(bank: Bank, wallet: Wallet):
    """A bank gets a status, no secrets."""
    payment = pay(bank, wallet)

    assert FULFILMENT.encode() not in bank.told(payment.uetr).body
    assert bic(bank.bic) in json.dumps(bank.told(payment.uetr).body.decode())
