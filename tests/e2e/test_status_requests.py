"""What banks are told of a payment besides its end: statuses before and after it, and answers to pacs.028."""

from collections.abc import Iterator

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, bic, in_seconds, new_id, report_of
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub, Message
from tests.e2e.return_side import GROUP, asking, by, got, paid
from tests.e2e.test_returns import accepted, giving_back
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent, silent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "stalpha", "STALKENA")


@pytest.fixture(scope="module")
def curious(hub: Hub) -> Bank:
    return Bank(hub, "stgamma", "STGATZTA", interimStatuses=["ACTC", "PDNG", "ACCC"])


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "stbeta", "STBEUGKA")


@pytest.fixture
def dfsp(hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("stwallet", version="1.1", funds=1000, cap=1000)
    scheme.close()


def words(bank: Bank, uetr: str) -> list[str]:
    return [report.status for report in bank.reports(uetr)]


def answered(bank: Bank, document: str) -> etree._Element:
    """Send a status request; the report that answers it."""
    before = len(bank.listener.got)
    bank.send(document)

    def new(message: Message) -> bool:
        return message in bank.listener.got[before:] and b"<FIToFIPmtStsRpt" in message.body

    return etree.fromstring(bank.listener.wait(new).body)


def states(report: etree._Element) -> list[tuple[str | None, str | None]]:
    """Status and reason of each transaction."""
    found = report.iterfind(".//{*}TxInfAndSts")
    return [(one.findtext("{*}TxSts"), one.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd")) for one in found]


def test_payers_bank_hears_the_statuses_it_wants_in_order(curious: Bank, payee: Bank):
    payment = curious.pay(bic(payee.bic))
    curious.send(payment.text)
    payee.payment(payment.uetr)
    for status in ("RCVD", "ACTC", "PDNG", "PDNG", "ACSP", "ACCC"):
        payee.answer(payment.uetr, status)
    assert curious.told(payment.uetr, 5).status == "ACCC"
    assert words(curious, payment.uetr) == ["ACTC", "ACTC", "PDNG", "ACSC", "ACCC"]
    assert curious.told(payment.uetr).text("OrgnlMsgId") == payment.msg
    assert payee.told(payment.uetr).status == "ACSC"


def test_payers_bank_that_wants_none_hears_the_end_only(payer: Bank, payee: Bank):
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    payee.payment(payment.uetr)
    for status in ("RCVD", "PDNG", "ACCP", "ACCC"):
        payee.answer(payment.uetr, status)
    assert states(answered(payer, asking(by(UETR=payment.uetr)))) == [("ACSC", None)]
    assert words(payer, payment.uetr)[:1] == ["ACSC"]


@pytest.mark.parametrize(
    ("later", "told", "code"), [("ACCC", "ACCC", None), ("RJCT", "BLCK", "AC06"), ("BLCK", "BLCK", "AC06")]
)
def test_news_after_an_acceptance_without_posting_move_no_money(
    hub: Hub, payer: Bank, payee: Bank, later: str, told: str, code: str | None
):
    payment = paid(payer, payee, "ACWP")
    assert payer.told(payment.uetr).status == "ACWP"
    before = hub.position("stalpha")
    payee.answer(payment.uetr, later, code or "")
    news = payer.told(payment.uetr, 2)
    assert (news.status, news.code or None) == (told, code)
    assert hub.position("stalpha") == before
    assert states(answered(payer, asking(by(UETR=payment.uetr)))) == [(told, code)]


def test_request_is_answered_from_the_record_in_every_state(payer: Bank, payee: Bank):
    done, refused, late = paid(payer, payee), payer.pay(bic(payee.bic)), payer.pay(bic(payee.bic), times=in_seconds(1))
    for payment in (refused, late):
        payer.send(payment.text)
        payee.payment(payment.uetr)
    payee.answer(refused.uetr, "RJCT", "AC04")
    assert payer.told(late.uetr).code == "AB05"
    payee.answer(late.uetr, "ACSP")
    assert payee.told(late.uetr, 2).code == "TM01"
    questions = [by(UETR=done.uetr), by(TxId=done.tx), by(UETR=refused.uetr), by(UETR=late.uetr), by(TxId="no such")]
    for bank in (payer, payee):
        report = answered(bank, asking("|".join(questions)))
        assert states(report) == [
            ("ACSC", None), ("ACSC", None), ("RJCT", "AC04"), ("RJCT", "AB05"), ("RJCT", "NOOR"),
        ]  # fmt: skip
        first = report.find(".//{*}TxInfAndSts")
        assert [first.findtext(f".//{{*}}{name}") for name in ("OrgnlMsgId", "OrgnlUETR")] == [done.msg, done.uetr]
        assert first.find("{*}FctvIntrBkSttlmDt") is not None


@pytest.mark.parametrize("version", ["03", "05", "06"])
def test_every_edition_names_a_payment_by_message_and_reference(payer: Bank, payee: Bank, version: str):
    payment = paid(payer, payee)
    group = GROUP.format(payment.msg, "pacs.008.001.08")
    for question in (
        asking(group + by(EndToEndId=payment.e2e), version=version),
        asking(by(InstrId=payment.instr), GROUP.format(payment.msg, "pacs.008.001.08"), version),
        asking(groups=group, version=version),
    ):
        assert states(answered(payer, question)) == [("ACSC", None)]


def test_open_payment_is_pending_and_its_payees_bank_is_asked_once(payer: Bank, payee: Bank):
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    payee.payment(payment.uetr)
    for _ in range(2):
        assert states(answered(payer, asking(by(UETR=payment.uetr)))) == [("PDNG", None)]
    asked = etree.fromstring(got(payee, "FIToFIPmtStsReq", payment.uetr))
    assert asked.findtext(".//{*}OrgnlGrpInf/{*}OrgnlMsgId") == payment.msg
    assert states(answered(payee, asking(by(UETR=payment.uetr)))) == [("PDNG", None)]
    payee.answer(payment.uetr, "ACSC")
    assert payer.told(payment.uetr, 3).status == "ACSC"
    mark = payment.uetr.encode()
    assert len(payee.listener.all(lambda found: b"<FIToFIPmtStsReq" in found.body and mark in found.body)) == 1


def test_bank_that_takes_no_requests_is_not_asked(payer: Bank, payee: Bank):
    payee.change(statusRequests=False)
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    payee.payment(payment.uetr)
    assert states(answered(payer, asking(by(UETR=payment.uetr)))) == [("PDNG", None)]
    payee.answer(payment.uetr, "ACSC")
    payee.told(payment.uetr)
    payee.change(statusRequests=True)
    assert not payee.listener.all(lambda found: b"StsReq" in found.body and payment.uetr.encode() in found.body)


def test_stranger_learns_nothing_of_others_payments(payer: Bank, payee: Bank, curious: Bank):
    payment = paid(payer, payee)
    assert states(answered(curious, asking(by(UETR=payment.uetr)))) == [("RJCT", "NOOR")]


def test_ambiguous_reference_is_never_guessed(payer: Bank, payee: Bank):
    first = paid(payer, payee, e2e="SAME-FOR-BOTH")
    paid(payer, payee, e2e="SAME-FOR-BOTH")
    assert states(answered(payer, asking(by(EndToEndId="SAME-FOR-BOTH")))) == [("RJCT", "FF01")]
    one = GROUP.format(first.msg, "pacs.008.001.08") + by(EndToEndId="SAME-FOR-BOTH")
    assert states(answered(payer, asking(one))) == [("ACSC", None)]


def test_answer_says_what_of_a_payment_was_returned(payer: Bank, payee: Bank):
    payment, rtr = paid(payer, payee), new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr, amount="4.00"))
    accepted(payer, rtr)
    assert {payee.told(rtr).status, payer.told(rtr).status} == {"ACSC"}
    report = answered(payer, asking(by(UETR=payment.uetr)))
    assert states(report) == [("ACSC", "NARR")]
    assert report.findtext(".//{*}AddtlInf") == "Of 10.00: returned 4.00 USD"
    group = GROUP.format("whatever", "pacs.004.001.09")
    assert states(answered(payee, asking(group + by(UETR=payment.uetr, TxId=rtr)))) == [("ACSC", None)]


def test_payment_on_its_way_to_a_wallet_is_pending_and_a_wallets_is_told_too(payer: Bank, payee: Bank, dfsp: Dfsp):
    wallet = Wallet(dfsp)
    wallet.quote = silent
    payment = payer.pay(f"<Othr><Id>{dfsp.name}</Id></Othr>")
    payer.send(payment.text)
    dfsp.gets("POST", "/quotes")
    assert states(answered(payer, asking(by(UETR=payment.uetr)))) == [("PDNG", None)]
    transfer = sent(dfsp, quoted(dfsp, payee).transfer(dfsp, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    assert states(answered(payee, asking(by(TxId=transfer.replace("-", ""))))) == [("ACSC", None)]


def test_request_that_names_nothing_is_refused(payer: Bank):
    message = asking()
    payer.send(message)
    identifier = message.split("<MsgId>")[1].split("<")[0]
    report = report_of(payer.listener.wait(lambda found: identifier.encode() in found.body).body)
    assert report is not None
    assert (report.status, report.code) == ("RJCT", "FF01")
