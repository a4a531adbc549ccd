"""Recalls that end in money: returns, refunds of DFSPs, what the operator says for them, and deadlines."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, bic, moment, new_id
from tests.e2e.case_side import by_uetr, count, exception, fresh, paid, recall, resolution, told
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.return_side import GROUP, by, giving_back, got
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "casealpha", "CAALKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "casebeta", "CABEUGKA")


@pytest.fixture
def dfsp(hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("casewallet", version="1.1", funds=1000, cap=1000)
    scheme.close()


def cases(hub: Hub, uetr: str) -> list[dict[str, Any]]:
    return list(hub.operate("GET", f"/cases?transferId={uetr}").json())


def in_state(hub: Hub, uetr: str, state: str) -> dict[str, Any]:
    """The payment's case, as soon as it is in that state."""
    for _ in range(100):
        found = cases(hub, uetr)
        if found and found[0]["state"] == state:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(found)


def taken(receiver: Bank, rtr: str) -> None:
    """The receiver of a return accepts it."""
    tree = etree.fromstring(got(receiver, "PmtRtr", rtr))
    group = GROUP.format(tree.findtext(".//{*}GrpHdr/{*}MsgId"), "pacs.004.001.09")
    given = by(UETR=tree.findtext(".//{*}OrgnlUETR"), TxId=rtr)
    receiver.send(receiver.report(f"<TxInfAndSts>{group}{given}<TxSts>ACSP</TxSts></TxInfAndSts>"))


def bank_pays(bank: Bank, dfsp: Dfsp) -> tuple[str, str]:
    """A payment of a bank that a DFSP took; its UETR, and what the DFSP calls the transaction."""
    Wallet(dfsp)
    payment = bank.pay(f"<Othr><Id>{dfsp.name}</Id></Othr>")
    bank.send(payment.text)
    assert bank.told(payment.uetr).status == "ACSC"
    return payment.uetr, str(dfsp.gets("POST", "/quotes").json["transactionId"])


def dfsp_pays(dfsp: Dfsp, bank: Bank) -> str:
    """A transfer of a DFSP that a bank took."""
    quote = quoted(dfsp, bank, "20")
    transfer = sent(dfsp, quote.transfer(dfsp, bank))
    bank.payment(transfer)
    bank.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    return transfer


def test_a_return_closes_the_recall_with_the_hubs_word(hub: Hub, payer: Bank, payee: Bank) -> None:
    uetr, number, rtr = paid(payer, payee), fresh(), new_id()
    payer.send(recall(payer, by_uetr(uetr), number=number))
    told(payee, "FIToFIPmtCxlReq", uetr)
    payee.send(resolution(payee, by_uetr(uetr), "CNCL"))
    payee.send(giving_back(payee, by(UETR=uetr), rtr=rtr, reason="FOCR", info="as asked"))
    taken(payer, rtr)
    answer = told(payer, "RsltnOfInvstgtn", uetr)
    assert answer.verdict == ("CNCL", "ACCR", None)
    assert answer.tree.findtext(".//{*}RslvdCase/{*}Id") == number
    assert cases(hub, uetr)[0]["state"] == "CANCELLED"
    assert count(payer, "RsltnOfInvstgtn", uetr) == 1
    payee.send(resolution(payee, by_uetr(uetr), "CNCL"))
    payer.send(recall(payer, by_uetr(uetr)))
    assert told(payer, "RsltnOfInvstgtn", uetr, 2).verdict == ("RJCR", "RJCR", "ARDT")


def test_a_dfsp_refuses_through_the_operator(hub: Hub, payer: Bank, dfsp: Dfsp) -> None:
    uetr, _ = bank_pays(payer, dfsp)
    payer.send(recall(payer, by_uetr(uetr), "CUST"))
    case = in_state(hub, uetr, "OPEN")
    assert (case["asker"], case["answerer"], case["reason"]) == (
        payer.name, dfsp.name, {"code": "CUST", "text": "Sent twice"},
    )  # fmt: skip
    path = f"/cases/{case['id']}"
    assert hub.operate("PUT", path, {"answer": "REFUSED"}, ok=False).status_code == 400
    hub.operate("PUT", path, {"answer": "PENDING"})
    assert told(payer, "RsltnOfInvstgtn", uetr).verdict[:2] == ("PDCR", "PDCR")
    said = hub.operate("PUT", path, {"answer": "REFUSED", "reason": "LEGL", "text": "The money is frozen"}).json()
    assert (said["state"], said["answer"]["by"]) == ("REFUSED", dfsp.name)
    answer = told(payer, "RsltnOfInvstgtn", uetr, 2)
    assert answer.verdict == ("RJCR", "RJCR", "LEGL")
    assert answer.text("AddtlInf") == "The money is frozen"
    late = hub.operate("PUT", path, {"answer": "ACCEPTED"}, ok=False)
    assert late.json()["errorInformation"]["errorCode"] == "3200"


def test_a_dfsp_accepts_by_its_refund(hub: Hub, payer: Bank, dfsp: Dfsp) -> None:
    uetr, transaction = bank_pays(payer, dfsp)
    payer.send(recall(payer, by_uetr(uetr), "DUPL"))
    case = in_state(hub, uetr, "OPEN")
    hub.operate("PUT", f"/cases/{case['id']}", {"answer": "ACCEPTED"})
    assert count(payer, "RsltnOfInvstgtn", uetr) == 0, "nothing is said before the money is there"
    kind = {"scenario": "REFUND", "initiator": "PAYER", "initiatorType": "BUSINESS"}
    info = {"originalTransactionId": transaction, "refundReason": "as the bank asked"}
    quote = quoted(dfsp, payer, "10", transactionType=kind | {"refundInfo": info}, amountType="SEND")
    rtr = sent(dfsp, quote.transfer(dfsp, payer)).replace("-", "")
    back = etree.fromstring(got(payer, "PmtRtr", rtr))
    assert back.findtext(".//{*}RtrRsnInf/{*}Rsn/{*}Cd") == "FOCR"
    taken(payer, rtr)
    assert told(payer, "RsltnOfInvstgtn", uetr).verdict[:2] == ("CNCL", "ACCR")
    assert cases(hub, uetr)[0]["state"] == "CANCELLED"


def test_the_operator_recalls_for_a_dfsp(hub: Hub, payee: Bank, dfsp: Dfsp) -> None:
    transfer = dfsp_pays(dfsp, payee)
    asked = {"participant": dfsp.name, "transferId": transfer, "reason": "DUPL", "text": "Sent twice"}
    case = hub.operate("POST", "/cases", asked).json()
    assert (case["state"], case["answerer"]) == ("OPEN", payee.name)
    request = told(payee, "FIToFIPmtCxlReq", transfer)
    assert request.tree.findtext(".//{*}CxlRsnInf/{*}Rsn/{*}Cd") == "DUPL"
    assert request.text("OrgnlTxId") == transfer.replace("-", "")
    assert request.tree.findtext(".//{*}Case/{*}Cretr//{*}Othr/{*}Id") == dfsp.name
    again = hub.operate("POST", "/cases", asked, ok=False)
    assert (again.status_code, again.json()["errorInformation"]["errorCode"]) == (400, "3000")
    payee.send(resolution(payee, by_uetr(transfer), "RJCR", "CUST"))
    assert in_state(hub, transfer, "REFUSED")["answer"] == {"code": "CUST", "by": payee.name}


def test_the_operator_stops_a_dfsps_payment(hub: Hub, payee: Bank, dfsp: Dfsp) -> None:
    quote = quoted(dfsp, payee, "20")
    transfer = sent(dfsp, quote.transfer(dfsp, payee))
    payee.payment(transfer)
    case = hub.operate("POST", "/cases", {"participant": dfsp.name, "transferId": transfer, "reason": "CUST"}).json()
    assert case["state"] == "CANCELLED"
    assert dfsp.gets("PUT", f"/transfers/{transfer}/error").json["errorInformation"]["errorCode"] == "4100"
    assert payee.told(transfer).code == "DS02"
    assert hub.position(dfsp.name) == 0


def test_only_what_is_there_can_be_asked_of_the_operator(hub: Hub, payer: Bank, dfsp: Dfsp) -> None:
    stranger = {"participant": dfsp.name, "transferId": str(uuid.uuid4()), "reason": "CUST"}
    assert hub.operate("POST", "/cases", stranger, ok=False).status_code == 400
    assert hub.operate("POST", "/cases", stranger | {"participant": payer.name}, ok=False).status_code == 400
    assert hub.operate("GET", "/cases/nothing", ok=False).status_code == 400
    assert hub.operate("GET", "/cases?state=SOME", ok=False).status_code == 400


def test_a_question_to_a_dfsp_is_answered_through_the_operator(hub: Hub, payer: Bank, dfsp: Dfsp) -> None:
    uetr, _ = bank_pays(payer, dfsp)
    number = fresh()
    payer.send(exception(payer, "027", uetr, number))
    case = in_state(hub, uetr, "OPEN")
    assert case["kind"] == "NON_RECEIPT"
    hub.operate("PUT", f"/cases/{case['id']}", {"answer": "ANSWERED", "text": "It was credited"})
    answer = told(payer, "RsltnOfInvstgtn", number)
    assert (answer.text("Conf"), answer.text("AddtlInf")) == ("INFO", "It was credited")


def test_a_payment_still_on_its_way_to_a_dfsp_is_stopped(hub: Hub, payer: Bank, dfsp: Dfsp) -> None:
    payment = payer.pay(f"<Othr><Id>{dfsp.name}</Id></Othr>")
    payer.send(payment.text)
    dfsp.listener.wait(lambda each: each.path.startswith("/parties/"))
    payer.send(recall(payer, by_uetr(payment.uetr)))
    assert told(payer, "RsltnOfInvstgtn", payment.uetr).verdict[:2] == ("CNCL", "ACCR")
    asked = dfsp.listener.wait(lambda each: each.path.startswith("/parties/"))
    party = {"partyIdType": "ACCOUNT_ID", "partyIdentifier": "0220000002", "fspId": dfsp.name}
    dfsp.send("PUT", asked.path, {"party": {"partyIdInfo": party, "name": "Kato"}}, payer.name)
    quote = dfsp.gets("POST", "/quotes").json
    dfsp.send("PUT", f"/quotes/{quote['quoteId']}", Wallet.terms(quote), payer.name)
    assert payer.told(payment.uetr).code == "DS02"
    assert not dfsp.listener.all(lambda each: each.path == "/transfers")


def test_silence_is_answered_when_time_is_up_also_after_a_restart(tmp_path: Path) -> None:
    """Deadlines of open cases live in the tables, with what is asked."""
    rules, settings = tmp_path / "recalls.json", tmp_path / "settings.toml"
    settings.write_text(f'recall_rules = "{rules}"\n')
    span = {"seconds": 4}
    never = {"within": {"seconds": 0}, "reasons": ["TECH"]}
    rules.write_text(json.dumps({"windows": [never], "answer": span, "investigation": span}))
    with running_hub(tmp_path, config=str(settings)) as hub:
        payer, payee = Bank(hub, "latealpha", "LAALKENA"), Bank(hub, "latebeta", "LABEUGKA")
        uetr = paid(payer, payee)
        payer.send(recall(payer, by_uetr(uetr), "TECH"))
        assert told(payer, "RsltnOfInvstgtn", uetr).verdict == ("RJCR", "RJCR", "NARR")
        payer.send(recall(payer, by_uetr(uetr), "DUPL"))
        told(payee, "FIToFIPmtCxlReq", uetr)
        assert cases(hub, uetr)[0]["deadline"] > moment()
        hub.stop()
        hub.start(config=str(settings))
        assert told(payer, "RsltnOfInvstgtn", uetr, 2).verdict == ("RJCR", "RJCR", "NOAS")
        assert [case["state"] for case in cases(hub, uetr)] == ["REFUSED", "REFUSED"]
        message = payee.send(resolution(payee, by_uetr(uetr), "CNCL"))
        assert told(payee, "admi.002.001.01", message)
        payment = payer.pay(bic(payee.bic))
        payer.send(payment.text)
        assert payee.payment(payment.uetr), "the lane goes on"
