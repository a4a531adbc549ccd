"""Recalls and exceptions between banks: who may ask, what is told to whom, and that no answer comes twice."""

import pytest

from tests.e2e.bank_side import Bank, bic, verify
from tests.e2e.case_side import (
    by_uetr,
    case,
    count,
    exception,
    finding,
    fresh,
    paid,
    question,
    recall,
    resolution,
    told,
    withdrawal,
)
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def banks(hub: Hub) -> tuple[Bank, Bank]:
    """Return a payer's bank and a payee's that waits for the hub's confirmation."""
    return Bank(hub, "recaller", "RECAUS33"), Bank(hub, "recalled", "RECAGB22")


def state_of(hub: Hub, uetr: str) -> list[str]:
    return [each["state"] for each in hub.operate("GET", f"/cases?transferId={uetr}").json()]


def test_a_recall_goes_on_as_it_is_and_its_refusal_comes_back_as_it_is(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    document = recall(payer, by_uetr(uetr), number=number)
    payer.send(document)
    asked = told(payee, "FIToFIPmtCxlReq", uetr)
    assert document.encode() in asked.body
    verify(asked.body, hub.certificate)
    payee.send(resolution(payee, by_uetr(uetr), "PDCR"))
    assert told(payer, "RsltnOfInvstgtn", uetr).verdict == ("PDCR", "PDCR", None)
    assert state_of(hub, uetr) == ["PENDING"]
    answer = resolution(payee, by_uetr(uetr), "RJCR", "CUST")
    payee.send(answer)
    assert answer.encode() in told(payer, "RsltnOfInvstgtn", uetr, 2).body
    assert state_of(hub, uetr) == ["REFUSED"]


def test_a_recall_of_a_payment_that_waits_ends_it_for_both(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    payment = payer.pay(bic(payee.bic))
    before = hub.position(payer.name)
    payer.send(payment.text)
    payee.payment(payment.uetr)
    payer.send(recall(payer, by_uetr(payment.uetr)))
    for bank in banks:
        report = bank.told(payment.uetr, status="RJCT")
        assert report.code == "DS02"
    assert told(payer, "RsltnOfInvstgtn", payment.uetr).verdict[:2] == ("CNCL", "ACCR")
    assert hub.position(payer.name) == before
    payee.answer(payment.uetr, "ACSC")
    assert payee.told(payment.uetr, 2).status == "RJCT"
    assert count(payee, "FIToFIPmtCxlReq", payment.uetr) == 0


def test_what_nobody_here_paid_was_never_received(banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr = "b51ec534-ee48-4575-b6a9-ead2955b8069"
    payer.send(recall(payer, by_uetr(uetr)))
    assert told(payer, "RsltnOfInvstgtn", uetr).verdict == ("RJCR", "RJCR", "NOOR")
    uetr = paid(payer, payee)
    payee.send(recall(payee, by_uetr(uetr)))
    assert told(payee, "RsltnOfInvstgtn", uetr).verdict == ("RJCR", "RJCR", "NOOR")


def test_a_recall_may_name_its_payment_by_the_senders_references(banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    payment = payer.pay(bic(payee.bic), uetr="")
    payer.send(payment.text)
    payee.payment(payment.e2e)
    payee.answer(payment.e2e, "ACSC", by="OrgnlEndToEndId")
    payer.told(payment.e2e, status="ACSC")
    day = payment.text.split("<IntrBkSttlmDt>")[1][:10]
    reference = f"<OrgnlTxId>{payment.tx}</OrgnlTxId>"
    payer.send(recall(payer, f"{reference}<OrgnlIntrBkSttlmDt>{day}</OrgnlIntrBkSttlmDt>"))
    assert told(payee, "FIToFIPmtCxlReq", payment.tx)
    payee.send(resolution(payee, reference, "RJCR", "CUST"))
    assert told(payer, "RsltnOfInvstgtn", payment.tx).verdict == ("RJCR", "RJCR", "CUST")


def test_one_recall_at_a_time_and_each_once(banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    document = recall(payer, by_uetr(uetr), number=number)
    identifier = payer.send(document)
    told(payee, "FIToFIPmtCxlReq", uetr)
    payer.send(document, id=identifier)
    payer.send(recall(payer, by_uetr(uetr), number=fresh()))
    refused = told(payer, "RsltnOfInvstgtn", uetr)
    assert refused.verdict == ("RJCR", "RJCR", "NARR")
    assert number in (refused.text("AddtlInf") or "")
    assert count(payee, "FIToFIPmtCxlReq", uetr) == 1
    payee.send(resolution(payee, by_uetr(uetr), "RJCR", "LEGL"))
    told(payer, "RsltnOfInvstgtn", uetr, 2)
    payer.send(document)
    assert told(payer, "RsltnOfInvstgtn", uetr, 3).verdict == ("RJCR", "RJCR", "LEGL")


def test_answers_of_strangers_and_late_answers_are_rejected(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    stranger = Bank(hub, "curious", "CURIFR22")
    uetr = paid(payer, payee)
    payer.send(recall(payer, by_uetr(uetr)))
    told(payee, "FIToFIPmtCxlReq", uetr)
    message = stranger.send(resolution(stranger, by_uetr(uetr), "RJCR", "CUST"))
    assert told(stranger, "admi.002.001.01", message).text("RjctgPtyRsn") == "NARR"
    payee.send(resolution(payee, by_uetr(uetr), "RJCR", "CUST"))
    told(payer, "RsltnOfInvstgtn", uetr)
    message = payee.send(resolution(payee, by_uetr(uetr), "CNCL"))
    assert "closed" in (told(payee, "admi.002.001.01", message).text("RsnDesc") or "")
    assert count(payer, "RsltnOfInvstgtn", uetr) == 1


def test_a_bank_that_pays_out_at_once_is_asked_when_it_has(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, quick = banks[0], Bank(hub, "quick", "QUICGB22", confirm="one-step")
    payment = payer.pay(bic(quick.bic))
    payer.send(payment.text)
    quick.payment(payment.uetr)
    payer.send(recall(payer, by_uetr(payment.uetr)))
    assert state_of(hub, payment.uetr) == ["HELD"]
    quick.answer(payment.uetr, "ACSC")
    assert payer.told(payment.uetr).status == "ACSC"
    assert told(quick, "FIToFIPmtCxlReq", payment.uetr)
    payment = payer.pay(bic(quick.bic))
    payer.send(payment.text)
    quick.payment(payment.uetr)
    payer.send(recall(payer, by_uetr(payment.uetr)))
    quick.answer(payment.uetr, "RJCT", "AC04")
    assert told(payer, "RsltnOfInvstgtn", payment.uetr).verdict[:2] == ("CNCL", "ACCR")


def test_another_version_is_translated(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, modern = banks[0], Bank(hub, "modern", "MODEGB22", versions={"camt.056": "camt.056.001.11"})
    uetr = paid(payer, modern)
    payer.send(recall(payer, by_uetr(uetr)))
    asked = told(modern, "FIToFIPmtCxlReq", uetr)
    assert b"camt.056.001.11" in asked.body
    modern.send(resolution(modern, by_uetr(uetr), "RJCR", "CUST", version="13"))
    answer = told(payer, "RsltnOfInvstgtn", uetr)
    assert b"camt.029.001.09" in answer.body
    assert answer.verdict == ("RJCR", "RJCR", "CUST")


@pytest.mark.parametrize(("message", "root"), [("026", "UblToApply"), ("027", "ClmNonRct"), ("087", "ReqToModfyPmt")])
def test_exceptions_go_on_and_their_answers_come_back(banks: tuple[Bank, Bank], message: str, root: str) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    document = exception(payee, message, uetr, number)
    payee.send(document)
    assert document.encode() in told(payer, root, uetr).body
    payer.send(resolution(payer, "", "INFO", resolved=case(payee, number, "RslvdCase")))
    assert told(payee, "RsltnOfInvstgtn", number).text("Conf") == "INFO"


def test_information_answers_the_question_that_asked_for_it(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    payee.send(exception(payee, "026", uetr, number))
    told(payer, "UblToApply", uetr)
    payer.send(exception(payer, "028", uetr, number))
    assert told(payee, "AddtlPmtInf", uetr)
    assert state_of(hub, uetr) == ["ACCEPTED"]
    payee.send(resolution(payee, "", "IPAY", resolved=case(payee, number, "RslvdCase")))
    assert told(payer, "RsltnOfInvstgtn", number).text("Conf") == "IPAY"
    assert state_of(hub, uetr) == ["ANSWERED"]


def test_a_question_about_nothing_is_refused(banks: tuple[Bank, Bank]) -> None:
    number = fresh()
    banks[0].send(exception(banks[0], "027", "b51ec534-ee48-4575-b6a9-ead2955b8070", number))
    assert told(banks[0], "RsltnOfInvstgtn", number).verdict == ("RJCR", None, "NOOR")


def test_an_investigation_and_its_answer_are_passed_on(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    document = question(payer, by_uetr(uetr), number)
    payer.send(document)
    assert document.encode() in told(payee, "InvstgtnReq", uetr).body
    payee.send(finding(payee, by_uetr(uetr), number, "PDNG"))
    assert told(payer, "InvstgtnRspn", number).text("Sts") == "PDNG"
    payee.send(finding(payee, by_uetr(uetr), number))
    assert told(payer, "InvstgtnRspn", number, 2).text("RspnNrrtv") == "It was credited"
    assert state_of(hub, uetr) == ["ANSWERED"]


def test_an_investigation_about_nothing_is_answered_by_the_hub(banks: tuple[Bank, Bank]) -> None:
    number = fresh()
    banks[0].send(question(banks[0], by_uetr("b51ec534-ee48-4575-b6a9-ead2955b8071"), number))
    answer = told(banks[0], "InvstgtnRspn", number)
    assert (answer.text("Sts"), answer.tree.findtext(".//{*}StsRsn/{*}Cd")) == ("RJCT", "NOOR")


def test_who_ordered_a_payment_takes_it_back_through_a_recall(banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    uetr, number = paid(payer, payee), fresh()
    payer.send(withdrawal(payer, by_uetr(uetr), number))
    asked = told(payee, "FIToFIPmtCxlReq", uetr)
    assert asked.tree.findtext(".//{*}CxlRsnInf/{*}Rsn/{*}Cd") == "CUST"
    payee.send(resolution(payee, by_uetr(uetr), "RJCR", "CUST"))
    answer = told(payer, "RsltnOfInvstgtn", uetr)
    assert (answer.text("OrgnlPmtInfId"), answer.verdict) == ("BLOCK-1", ("RJCR", "RJCR", "CUST"))


def test_an_order_that_is_no_payment_cannot_be_taken_back(banks: tuple[Bank, Bank]) -> None:
    number = fresh()
    banks[0].send(withdrawal(banks[0], "<OrgnlEndToEndId>NOWHERE</OrgnlEndToEndId>", number))
    assert told(banks[0], "RsltnOfInvstgtn", "NOWHERE").verdict == ("RJCR", "RJCR", "NOOR")


def test_one_message_may_recall_several_payments(banks: tuple[Bank, Bank]) -> None:
    payer, payee = banks
    first, second = paid(payer, payee), paid(payer, payee)
    one, other_one = (recall(payer, by_uetr(uetr)) for uetr in (first, second))
    inner = other_one[other_one.index("<TxInf>") : other_one.index("</Undrlyg>")]
    payer.send(one.replace("</Undrlyg>", f"{inner}</Undrlyg>"))
    for uetr, apart in ((first, second), (second, first)):
        asked = told(payee, "FIToFIPmtCxlReq", uetr)
        assert apart.encode() not in asked.body
        payee.send(resolution(payee, by_uetr(uetr), "RJCR", "CUST"))
        assert told(payer, "RsltnOfInvstgtn", uetr).verdict == ("RJCR", "RJCR", "CUST")
    newest = payer.hub.operate("GET", f"/cases?participant={payer.name}&limit=1").json()
    behind = payer.hub.operate("GET", f"/cases?participant={payer.name}&limit=1&after={newest[0]['id']}").json()
    assert {one["transferId"] for one in (*newest, *behind)} == {first, second}
