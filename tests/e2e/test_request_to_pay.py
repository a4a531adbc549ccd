"""A creditor asks to be paid, by and of banks and wallets; the payment that follows is held against the request."""

import uuid
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization

from tests.e2e.bank_side import Bank, bic, by_phone, moment, new_id, other
from tests.e2e.fspiop_hub import Dfsp, Scheme, error_body, verified
from tests.e2e.fspiop_hub import moment as later
from tests.e2e.hub import Hub
from tests.e2e.pain_side import answers, ask, asked_of, batch, order, report, say, transfer
from tests.e2e.pain_side import message_id as message_id_of
from tests.e2e.wallet_side import ACCOUNT, Wallet, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE = "256772000942"
KIND = {"scenario": "PAYMENT", "initiator": "PAYEE", "initiatorType": "BUSINESS"}


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "rtpcreditor", "RTPCKENA")
    found.accept_all()
    return found


@pytest.fixture(scope="module")
def debtor(hub: Hub) -> Bank:
    return Bank(hub, "rtpdebtor", "RTPDKENA")


@pytest.fixture(scope="module")
def wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("rtpwallet", version="1.1", funds=1_000_000, cap=1_000_000))
    path = f"/participants/MSISDN/{PHONE}"
    assert found.dfsp.send("POST", path, {"fspId": found.dfsp.name, "currency": "USD"}).status_code == 202
    found.dfsp.gets("PUT", path)
    yield found
    scheme.close()


def pay(debtor: Bank, creditor: Bank, e2e: str, **changes: str) -> tuple[str, str]:
    """Status and reason of the payment that answers a request."""
    after = "<Purp><Cd>RRTP</Cd></Purp>"
    payment = debtor.pay(bic(creditor.bic), e2e=e2e, **{"after": after, **changes})
    debtor.send(payment.text)
    told = debtor.told(payment.uetr)
    return told.status, told.code


def test_a_request_between_banks_is_shown_accepted_and_paid_once(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic))
    creditor.send(asked.text)
    shown = asked_of(debtor, asked.e2e)
    assert asked.text in shown
    for status in ("RCVD", "PDNG", "ACCP"):
        say(debtor, shown, status)
    told = [answers(creditor, asked.message_id, nth).transfers[asked.e2e][0] for nth in (1, 2, 3)]
    assert told == ["RCVD", "PDNG", "ACCP"]
    assert pay(debtor, creditor, asked.e2e) == ("ACSC", "")
    assert pay(debtor, creditor, asked.e2e) == ("RJCT", "DUPL")


def test_a_request_may_be_paid_without_a_word_before(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic))
    creditor.send(asked.text)
    asked_of(debtor, asked.e2e)
    assert pay(debtor, creditor, asked.e2e) == ("ACSC", "")


def test_only_what_was_asked_for_is_paid(creditor: Bank, debtor: Bank):
    fixed, free = ask(creditor, bic(debtor.bic)), ask(creditor, bic(debtor.bic), modifiable="true")
    for asked in (fixed, free):
        creditor.send(asked.text)
        asked_of(debtor, asked.e2e)
    assert pay(debtor, creditor, fixed.e2e, amount="9.00") == ("RJCT", "AM09")
    assert pay(debtor, creditor, fixed.e2e, creditor_account="<Id><Othr><Id>999</Id></Othr></Id>") == ("RJCT", "AC03")
    assert pay(debtor, creditor, fixed.e2e) == ("ACSC", "")
    assert pay(debtor, creditor, free.e2e, amount="9.00") == ("ACSC", "")


def test_a_payment_that_failed_leaves_the_request_open(hub: Hub, creditor: Bank, debtor: Bank):
    strict = Bank(hub, "rtpstrict", "RTPSKENA")
    asked = ask(strict, bic(debtor.bic))
    strict.send(asked.text)
    asked_of(debtor, asked.e2e)
    first = debtor.pay(bic(strict.bic), e2e=asked.e2e)
    debtor.send(first.text)
    strict.payment(first.uetr)
    strict.answer(first.uetr, "RJCT", "AC06")
    assert debtor.told(first.uetr).code == "AC06"
    strict.accept_all()
    assert pay(debtor, strict, asked.e2e) == ("ACSC", "")


def test_the_request_may_be_named_in_the_remittance(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic))
    creditor.send(asked.text)
    asked_of(debtor, asked.e2e)
    named = f"<Purp><Cd>RRTP</Cd></Purp><RmtInf><Ustrd>{asked.e2e}</Ustrd></RmtInf>"
    assert pay(debtor, creditor, new_id()[:20], after=named, amount="3.00") == ("RJCT", "AM09")
    assert pay(debtor, creditor, new_id()[:20], after=named) == ("ACSC", "")


def test_a_request_expires_and_both_sides_learn_it(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic), expiry=moment(seconds=-2))
    creditor.send(asked.text)
    shown = asked_of(debtor, asked.e2e)
    assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("RJCT", "AEXR")}
    assert pay(debtor, creditor, asked.e2e) == ("RJCT", "AEXR")
    late = say_raw(debtor, shown, "ACCP")
    assert late[0] == 400
    assert "AEXR" in late[1]


def say_raw(bank: Bank, request: str, status: str) -> tuple[int, str]:
    """Answer a request that may not be answered; the hub's own answer."""
    try:
        say(bank, request, status)
    except AssertionError as error:
        return 400, str(error)
    return 202, ""


def test_a_refused_request_cannot_be_paid(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic))
    creditor.send(asked.text)
    say(debtor, asked_of(debtor, asked.e2e), "RJCT", "CUST")
    assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("RJCT", "CUST")}
    assert pay(debtor, creditor, asked.e2e) == ("RJCT", "ARFR")


def test_each_bank_has_its_own_version(hub: Hub, creditor: Bank):
    newer = Bank(hub, "rtpnewer", "RTPNKENA", versions={"pain.013": "pain.013.001.10", "pain.014": "pain.014.001.11"})
    asked = ask(creditor, bic(newer.bic), version="07")
    creditor.send(asked.text)
    shown = asked_of(newer, asked.e2e)
    assert "pain.013.001.10" in shown
    say(newer, shown, "ACCP", version="11")
    told = answers(creditor, asked.message_id)
    assert b"pain.014.001.07" in told.body
    assert told.transfers == {asked.e2e: ("ACCP", "")}


@pytest.mark.parametrize(
    ("agent", "changes", "code"),
    [
        (bic("NOBDKENA"), {}, "RC03"),
        (bic("RTPDKENA"), {"agent": bic("RTPDKENA")}, "AGNT"),
        (bic("RTPDKENA"), {"amount": "0"}, "AM01"),
        (bic("RTPDKENA"), {"expiry": "2026-01-01T00:00:00Z"}, "AEXR"),
        (bic("RTPDKENA"), {"count": "2"}, "AM18"),
        (bic("RTPCKENA"), {}, "FF01"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(
    creditor: Bank, debtor: Bank, agent: str, changes: dict[str, str], code: str
):
    asked = ask(creditor, agent, **changes)
    creditor.send(asked.text)
    assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("RJCT", code)}


def test_an_answer_to_nothing_is_refused_at_once(debtor: Bank):
    request = "<R><MsgId>NO</MsgId><PmtInfId>NO</PmtInfId><EndToEndId>NOTHING</EndToEndId></R>"
    status, text = say_raw(debtor, request, "ACCP")
    assert status == 400
    assert "no request has these references" in text


def test_a_wallet_asks_a_bank(creditor: Bank, debtor: Bank, wallet: Wallet):
    key, dfsp = str(uuid.uuid4()), wallet.dfsp
    body = {
        "transactionRequestId": key,
        "payee": {
            "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": PHONE, "fspId": dfsp.name},
            "name": "Mama",
        },
        "payer": {"partyIdType": "ACCOUNT_ID", "partyIdentifier": "0110000001", "fspId": debtor.name},
        "amount": {"currency": "USD", "amount": "12.5"},
        "transactionType": KIND,
        "note": "two bags",
        "expiration": later(seconds=600),
    }
    assert dfsp.send("POST", "/transactionRequests", body, debtor.name).status_code == 202
    shown = asked_of(debtor, key.replace("-", ""))
    for kept in ("12.50", "two bags", f"+{PHONE}", "0110000001", "<Cd>RRTP</Cd>", f"<UETR>{key}</UETR>"):
        assert kept in shown, kept
    say(debtor, shown, "PDNG")
    assert dfsp.gets("PUT", f"/transactionRequests/{key}").json == {"transactionRequestState": "PENDING"}
    say(debtor, shown, "ACCP")
    accepted = dfsp.gets("PUT", f"/transactionRequests/{key}", 2)
    assert accepted.json == {"transactionRequestState": "ACCEPTED", "transactionId": key}
    assert accepted.headers["fspiop-source"] == debtor.name
    payment = debtor.pay(
        other(dfsp.name), e2e=key.replace("-", ""), amount="12.50", creditor_account=by_phone(PHONE),
        after="<Purp><Cd>RRTP</Cd></Purp>",
    )  # fmt: skip
    debtor.send(payment.text)
    assert debtor.told(payment.uetr).status == "ACSC"
    quote = dfsp.listener.wait(lambda m: m.path == "/quotes" and m.json.get("transactionRequestId") == key).json
    assert quote["amount"] == {"currency": "USD", "amount": "12.5"}


def test_a_wallet_hears_that_a_bank_refused_and_may_ask_again(debtor: Bank, wallet: Wallet):
    key, dfsp = str(uuid.uuid4()), wallet.dfsp
    body = {
        "transactionRequestId": key,
        "payee": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": PHONE, "fspId": dfsp.name}},
        "payer": {"partyIdType": "ACCOUNT_ID", "partyIdentifier": "0110000001"},
        "amount": {"currency": "USD", "amount": "1"},
        "transactionType": KIND,
    }
    dfsp.send("POST", "/transactionRequests", body, debtor.name)
    say(debtor, asked_of(debtor, key.replace("-", "")), "RJCT", "CUST")
    told = dfsp.gets("PUT", f"/transactionRequests/{key}").json
    assert told["transactionRequestState"] == "REJECTED"
    assert told["extensionList"]["extension"][0]["value"].startswith("CUST")
    dfsp.send("GET", f"/transactionRequests/{key}", to=debtor.name)
    assert dfsp.gets("PUT", f"/transactionRequests/{key}", 2).json["transactionRequestState"] == "REJECTED"
    dfsp.send("POST", "/transactionRequests", {**body, "note": "other"}, debtor.name)
    assert dfsp.refused(f"/transactionRequests/{key}").code == "3106"
    dfsp.send("GET", f"/transactionRequests/{uuid.uuid4()}", to=debtor.name)


def test_a_bank_asks_a_wallet(hub: Hub, creditor: Bank, wallet: Wallet):
    accepted, refused, failed = (ask(creditor, other(wallet.dfsp.name), debtor=ACCOUNT) for _ in range(3))
    dfsp = wallet.dfsp
    for asked in (accepted, refused, failed):
        creditor.send(asked.text)
    keys = {}
    for asked in (accepted, refused, failed):
        found = dfsp.listener.wait(lambda m, e2e=asked.e2e: m.path == "/transactionRequests" and e2e in m.body.decode())
        keys[asked.e2e] = found.json["transactionRequestId"]
    (key,) = hub.operate("GET", f"/participants/{creditor.name}/keys").json()["keys"]
    verified(found, serialization.load_pem_public_key(key["pem"].encode()))
    assert found.json["transactionType"]["initiator"] == "PAYEE"
    assert found.json["amount"] == {"currency": "USD", "amount": "10"}
    transaction = str(uuid.uuid4())
    state = {"transactionRequestState": "ACCEPTED", "transactionId": transaction}
    dfsp.send("PUT", f"/transactionRequests/{keys[accepted.e2e]}", state, creditor.name)
    dfsp.send(
        "PUT", f"/transactionRequests/{keys[refused.e2e]}", {"transactionRequestState": "REJECTED"}, creditor.name
    )
    dfsp.send("PUT", f"/transactionRequests/{keys[failed.e2e]}/error", error_body("4103"), creditor.name)
    assert answers(creditor, accepted.message_id).transfers == {accepted.e2e: ("ACCP", "")}
    assert answers(creditor, refused.message_id).transfers == {refused.e2e: ("RJCT", "CUST")}
    assert answers(creditor, failed.message_id).transfers[failed.e2e][0] == "RJCT"


def test_a_wallets_payment_is_held_against_the_request_it_quotes_for(creditor: Bank, wallet: Wallet):
    asked, dfsp = ask(creditor, other(wallet.dfsp.name), debtor=ACCOUNT), wallet.dfsp
    creditor.send(asked.text)
    found = dfsp.listener.wait(lambda m: m.path == "/transactionRequests" and asked.e2e in m.body.decode())
    key = found.json["transactionRequestId"]
    assert paid(dfsp, creditor, key, "11")["errorInformation"]["errorCode"] == "5103"
    assert paid(dfsp, creditor, key, "10")["transferState"] == "COMMITTED"
    assert paid(dfsp, creditor, key, "10")["errorInformation"]["errorCode"] == "3106"


def paid(dfsp: Dfsp, creditor: Bank, key: str, units: str) -> dict:
    """What a wallet is told of its payment for a request."""
    payee = {"partyIdInfo": {"partyIdType": "ACCOUNT_ID", "partyIdentifier": "0220000002", "fspId": creditor.name}}
    quote = quoted(dfsp, creditor, units, transactionRequestId=key, payee=payee)
    transfer = sent(dfsp, quote.transfer(dfsp, creditor))
    path = f"/transfers/{transfer}"
    return dict(dfsp.listener.wait(lambda m: m.method == "PUT" and m.path in {path, f"{path}/error"}).json)


def test_one_time_passwords_have_no_iso_form(debtor: Bank, wallet: Wallet):
    key = str(uuid.uuid4())
    path = f"/authorizations/{key}?authenticationType=OTP&retriesLeft=1&amount=10&currency=USD"
    wallet.dfsp.send("GET", path, to=debtor.name)
    told = wallet.dfsp.refused(f"/authorizations/{key}")
    assert told.code == "5102"
    assert "pain.014" in told.text


def test_an_order_may_pay_a_request(creditor: Bank, debtor: Bank):
    asked = ask(creditor, bic(debtor.bic))
    creditor.send(asked.text)
    asked_of(debtor, asked.e2e)
    document = order(batch(debtor, transfer(bic(creditor.bic), asked.e2e, amount="4.00")))
    debtor.send(document)
    assert report(debtor, message_id_of(document), 2).transfers == {asked.e2e: ("RJCT", "AM09")}
