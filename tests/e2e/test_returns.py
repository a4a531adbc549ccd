"""Payments that are given back: pacs.004 between banks and with DFSPs, in whole and in part, never twice."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, bic, new_id
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub
from tests.e2e.return_side import GROUP, by, giving_back, got, paid
from tests.e2e.wallet_side import Wallet, error, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "rtalpha", "RTALKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "rtbeta", "RTBEUGKA")


@pytest.fixture(scope="module")
def newer(hub: Hub) -> Bank:
    return Bank(hub, "rtgamma", "RTGATZTA", versions={"pacs.004": "pacs.004.001.13", "pacs.008": "pacs.008.001.08"})


@pytest.fixture
def dfsp(hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("rtwallet", version="1.1", funds=1000, cap=1000)
    scheme.close()


def accepted(receiver: Bank, rtr: str, status: str = "ACSP", reason: str = "") -> None:
    """The receiver of a return answers it."""
    tree = etree.fromstring(got(receiver, "PmtRtr", rtr))
    group = GROUP.format(tree.findtext(".//{*}GrpHdr/{*}MsgId"), "pacs.004.001.09")
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    uetr = tree.findtext(".//{*}OrgnlUETR")
    given = by(TxId=rtr, **({"UETR": uetr} if uetr else {}))
    receiver.send(receiver.report(f"<TxInfAndSts>{group}{given}<TxSts>{status}</TxSts>{why}</TxInfAndSts>"))


def test_whole_return_moves_the_money_back(hub: Hub, payer: Bank, payee: Bank):
    before = hub.position("rtalpha"), hub.position("rtbeta")
    payment, rtr = paid(payer, payee), new_id()
    document = giving_back(payee, by(UETR=payment.uetr), rtr=rtr, info="closed & gone".replace("&", "&amp;"))
    payee.send(document)
    forwarded = got(payer, "PmtRtr", rtr)
    accepted(payer, rtr)

    assert document.encode() in forwarded, "the return goes on as its sender wrote it"
    told = payee.told(rtr)
    assert (told.status, told.text("OrgnlMsgNmId"), told.text("OrgnlUETR")) == ("ACSC", "pacs.004.001.09", payment.uetr)
    assert payer.told(rtr).status == "ACSC"
    assert (hub.position("rtalpha"), hub.position("rtbeta")) == before


def test_return_reaches_a_newer_edition_translated(hub: Hub, newer: Bank, payee: Bank):
    payment, rtr = paid(newer, payee), new_id()
    charges = (
        '<RtrdInstdAmt Ccy="USD">10.00</RtrdInstdAmt><ChrgBr>SLEV</ChrgBr><ChrgsInf><Amt Ccy="USD">1.50</Amt><Agt>'
        f"<FinInstnId>{bic(payee.bic)}</FinInstnId></Agt></ChrgsInf>"
    )
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr, amount="8.50", amounts=charges))
    tree = etree.fromstring(got(newer, "PmtRtr", rtr))

    assert etree.QName(tree[1]).namespace.endswith("pacs.004.001.13")
    assert [tree.findtext(f".//{{*}}{name}") for name in ("RtrdIntrBkSttlmAmt", "RtrdInstdAmt", "ChrgsInf/{*}Amt")] == [
        "8.50", "10.00", "1.50",
    ]  # fmt: skip
    accepted(newer, rtr)
    assert payee.told(rtr).status == "ACSC"


def test_bank_of_the_first_editions_returns_and_is_told(hub: Hub, newer: Bank):
    older = Bank(
        hub, "rtdelta", "RTDERWRW",
        versions={"pacs.008": "pacs.008.001.02", "pacs.004": "pacs.004.001.02", "pacs.002": "pacs.002.001.03"},
    )  # fmt: skip
    payment, rtr = newer.pay(bic(older.bic)), new_id()
    newer.send(payment.text)
    received = etree.fromstring(got(older, "FIToFICstmrCdtTrf", payment.e2e))
    name = received.findtext(".//{*}PmtId/{*}TxId")
    older.send(older.report(f"<TxInfAndSts>{by(TxId=name)}<TxSts>ACSP</TxSts></TxInfAndSts>"))
    assert newer.told(payment.uetr).status == "ACSC"
    older.send(giving_back(older, by(TxId=name), "02", rtr=rtr))
    tree = etree.fromstring(got(newer, "PmtRtr", rtr))
    assert etree.QName(tree[1]).namespace.endswith("pacs.004.001.13")
    accepted(newer, rtr)
    told = older.told(rtr)
    assert (told.status, told.text("OrgnlGrpInfAndSts/{*}OrgnlMsgNmId")) == ("ACSC", "pacs.004.001.02")
    assert etree.QName(told.tree[1]).namespace.endswith("pacs.002.001.03")


def test_parts_come_to_no_more_than_the_original(payer: Bank, payee: Bank):
    payment, parts = paid(payer, payee), (new_id(), new_id(), new_id())
    for part, amount in zip(parts[:2], ("4.00", "6.00"), strict=True):
        payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=part, amount=amount))
        accepted(payer, part)
        assert payee.told(part).status == "ACSC"
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=parts[2], amount="0.01"))
    told = payee.told(parts[2])

    assert (told.status, told.code) == ("RJCT", "AM09")
    assert "0 can be returned" in told.info


def test_two_returns_at_once_share_what_is_left(payer: Bank, payee: Bank):
    payment, first, second = paid(payer, payee), new_id(), new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=first, amount="7.00"))
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=second, amount="7.00"))
    assert payee.told(second).code == "AM09"
    accepted(payer, first, "RJCT", "AC01")
    assert (payee.told(first).status, payee.told(first).code) == ("RJCT", "AC01")
    third = new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=third, amount="10.00"))
    accepted(payer, third)
    assert payee.told(third).status == "ACSC", "what was refused is free again"


def test_return_is_answered_by_the_originals_uetr_alone(hub: Hub, payer: Bank, payee: Bank):
    payment, rtr = paid(payer, payee), new_id()
    before = hub.position("rtbeta")
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr))
    got(payer, "PmtRtr", rtr)
    payer.answer(payment.uetr, "ACSP")

    assert payee.told(rtr).status == "ACSC"
    assert hub.position("rtbeta") - before == Decimal(10)


def test_same_return_again_has_one_effect(hub: Hub, payer: Bank, payee: Bank):
    payment, rtr = paid(payer, payee), new_id()
    document = giving_back(payee, by(UETR=payment.uetr), rtr=rtr)
    payee.send(document)
    payee.send(document)
    accepted(payer, rtr)
    assert payee.told(rtr).status == "ACSC"
    before = hub.position("rtbeta")
    payee.send(document)
    assert payee.told(rtr, 2).status == "ACSC"
    assert hub.position("rtbeta") == before
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr, amount="3.00"))
    assert payee.told(rtr, 1, "RJCT").code == "DUPL"


@pytest.mark.parametrize("name", ["EndToEndId", "TxId", "InstrId"])
def test_original_is_known_by_its_bank_s_own_references(payer: Bank, payee: Bank, name: str):
    payment, rtr = paid(payer, payee, tx=f"T-{new_id()[:20]}"), new_id()
    given = {"EndToEndId": payment.e2e, "TxId": payment.tx, "InstrId": payment.instr}[name]
    payee.send(giving_back(payee, by(**{name: given}), rtr=rtr))
    got(payer, "PmtRtr", rtr)
    payer.send(payer.report(f"<TxInfAndSts>{by(TxId=rtr)}<TxSts>ACSP</TxSts></TxInfAndSts>"))
    assert payee.told(rtr).status == "ACSC"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "10.01"}, "AM09"),
        ({"amount": "0.00"}, "AM01"),
        ({"currency": "EUR"}, "AM03"),
        ({"amount": "1.001"}, "AM12"),
        ({"method": "INDA"}, "FF03"),
        ({"day": "2020-01-01"}, "DT01"),
        ({"instructing": bic("RTALKENA")}, "AGNT"),
        ({"amounts": '<RtrdInstdAmt Ccy="USD">9.00</RtrdInstdAmt>'}, "AM09"),
    ],
)
def test_return_that_breaks_a_rule_is_refused_and_moves_nothing(
    hub: Hub, payer: Bank, payee: Bank, changes: dict[str, str], code: str
):
    payment, rtr = paid(payer, payee), new_id()
    before = hub.position("rtbeta")
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr, **changes))
    told = payee.told(rtr)

    assert (told.status, told.code) == ("RJCT", code)
    assert hub.position("rtbeta") == before


def test_only_the_payee_returns_and_only_what_it_got(payer: Bank, payee: Bank, newer: Bank):
    payment, waiting = paid(payer, payee), payer.pay(bic(payee.bic))
    payer.send(waiting.text)
    payee.payment(waiting.uetr)
    cases = [(payer, payment.uetr, "AGNT"), (newer, payment.uetr, "NOOR"), (payee, waiting.uetr, "AG09")]
    for bank, uetr, code in cases:
        rtr = new_id()
        bank.send(giving_back(bank, by(UETR=uetr), rtr=rtr))
        assert (bank.told(rtr).status, bank.told(rtr).code) == ("RJCT", code), code
    unknown = new_id()
    payee.send(giving_back(payee, by(EndToEndId="nobody knows this"), rtr=unknown))
    assert payee.told(unknown).code == "NOOR"


def test_a_return_is_not_returned(payer: Bank, payee: Bank):
    payment, rtr, again = paid(payer, payee), new_id(), new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=rtr))
    accepted(payer, rtr)
    assert payer.told(rtr).status == "ACSC"
    tree = etree.fromstring(got(payer, "PmtRtr", rtr))
    group = GROUP.format(tree.findtext(".//{*}GrpHdr/{*}MsgId"), "pacs.004.001.09")
    payer.send(giving_back(payer, group + by(UETR=payment.uetr), rtr=again))
    assert payer.told(again).code == "AG13"


def test_bank_returns_a_wallets_payment_as_a_refund(hub: Hub, payee: Bank, dfsp: Dfsp):
    quote = quoted(dfsp, payee, "20")
    transfer = sent(dfsp, quote.transfer(dfsp, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    Wallet(dfsp)
    rtr = new_id()
    payee.send(giving_back(payee, by(UETR=transfer), rtr=rtr, amount="20.00", reason="AC06", info="blocked"))
    refund = dfsp.gets("POST", "/quotes").json

    assert payee.told(rtr).status == "ACSC"
    kind = refund["transactionType"]
    assert (kind["scenario"], kind["refundInfo"]) == (
        "REFUND", {"originalTransactionId": quote.request["transactionId"], "refundReason": "AC06 blocked"},
    )  # fmt: skip
    assert refund["payee"]["partyIdInfo"]["partyIdentifier"] == "254722000002"
    assert (refund["amount"]["amount"], refund["amountType"]) == ("20", "SEND")
    assert hub.position(dfsp.name) == 0


def test_wallet_that_will_not_take_a_refund_leaves_all_of_it_returnable(hub: Hub, payee: Bank, dfsp: Dfsp):
    transfer = sent(dfsp, quoted(dfsp, payee).transfer(dfsp, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    wallet, refused, done = Wallet(dfsp), new_id(), new_id()
    wallet.quote = error("5103", "not today")
    payee.send(giving_back(payee, by(UETR=transfer), rtr=refused))
    told = payee.told(refused)
    assert (told.status, told.text("OrgnlMsgNmId"), "FSPIOP-5103" in told.info) == ("RJCT", "pacs.004.001.09", True)
    wallet.reset()
    payee.send(giving_back(payee, by(UETR=transfer), rtr=done))
    assert payee.told(done).status == "ACSC"


def refund_of(dfsp: Dfsp, bank: Bank, transaction: str, amount: str = "10") -> str:
    """A DFSP gives a bank's payment back; the transfer's id."""
    kind = {"scenario": "REFUND", "initiator": "PAYER", "initiatorType": "BUSINESS"}
    info = {"originalTransactionId": transaction, "refundReason": "CUST changed my mind"}
    quote = quoted(dfsp, bank, amount, transactionType=kind | {"refundInfo": info}, amountType="SEND")
    return sent(dfsp, quote.transfer(dfsp, bank))


def test_wallet_refunds_a_banks_payment_as_a_return(hub: Hub, payer: Bank, dfsp: Dfsp):
    Wallet(dfsp)
    payment = payer.pay(f"<Othr><Id>{dfsp.name}</Id></Othr>")
    payer.send(payment.text)
    assert payer.told(payment.uetr).status == "ACSC"
    first = dfsp.gets("POST", "/quotes").json["transactionId"]
    before = hub.position(payer.name)
    transfer = refund_of(dfsp, payer, first, "6")
    rtr = transfer.replace("-", "")
    tree = etree.fromstring(got(payer, "PmtRtr", rtr))

    def text(name: str) -> str | None:
        return tree.findtext(f".//{{*}}{name}")

    assert [text(name) for name in ("OrgnlUETR", "OrgnlEndToEndId", "OrgnlMsgId")] == [
        payment.uetr, payment.e2e, payment.msg,
    ]  # fmt: skip
    assert (text("RtrdIntrBkSttlmAmt"), text("OrgnlIntrBkSttlmAmt")) == ("6.00", "10.00")
    assert (text("RtrRsnInf/{*}Rsn/{*}Cd"), text("AddtlInf")) == ("CUST", "changed my mind")
    payer.send(payer.report(f"<TxInfAndSts>{by(TxId=rtr)}<TxSts>ACSP</TxSts></TxInfAndSts>"))
    assert outcome(dfsp, transfer)["transferState"] == "COMMITTED"
    assert payer.told(rtr).text("OrgnlMsgNmId") == "pacs.004.001.09"
    assert hub.position(payer.name) - before == Decimal(-6)
    over = refund_of(dfsp, payer, first, "5")
    error = dfsp.gets("PUT", f"/transfers/{over}/error").json["errorInformation"]
    assert error["errorCode"] == "3100"
    assert "can be returned" in error["errorDescription"]


def test_refund_of_nothing_known_is_a_payment_that_says_so(payer: Bank, dfsp: Dfsp):
    transfer = refund_of(dfsp, payer, "b51ec534-ee48-4575-b6a9-ead2955b8069")
    tree = etree.fromstring(payer.payment(transfer))
    payer.answer(transfer, "ACSC")
    assert tree.findtext(".//{*}Purp/{*}Cd") == "REFU"
    assert outcome(dfsp, transfer)["transferState"] == "COMMITTED"
