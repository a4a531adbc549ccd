"""Payments that are reversed: pacs.007 of who was paid is a return in all but its name; of who paid it is refused."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, bic, new_id
from tests.e2e.case_side import by_uetr, count, recall, told
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.return_side import asking, by, giving_back, got, paid, reversing, taking
from tests.e2e.test_archive import found
from tests.e2e.test_many_returns import message_of, results, together
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
NAME = "pacs.007.001.09"


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "rvalpha", "RVALKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "rvbeta", "RVBEUGKA")


@pytest.fixture
def dfsp(hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("rvwallet", version="1.1", funds=1000, cap=1000)
    scheme.close()


def test_whole_reversal_moves_the_money_back_and_is_told_as_what_it_is(hub: Hub, payer: Bank, payee: Bank):
    before = hub.position(payer.name), hub.position(payee.name)
    payment, key = paid(payer, payee), new_id()
    document = reversing(payee, by(UETR=payment.uetr), rtr=key, reason="DUPL", info="booked twice")
    identifier = payee.send(document)
    forwarded = got(payer, "FIToFIPmtRvsl", key)
    taking(payer, key)
    report = payee.told(key)

    assert document.encode() in forwarded, "the reversal goes on as its sender wrote it"
    assert (report.status, report.text("OrgnlMsgNmId"), report.text("OrgnlMsgId"), report.text("OrgnlUETR")) == (
        "ACSC", NAME, message_of(document), payment.uetr,
    )  # fmt: skip
    assert payer.told(key).status == "ACSC"
    assert (hub.position(payer.name), hub.position(payee.name)) == before
    assert payee.query(identifier).json()["state"] == "COMMITTED"


@pytest.mark.parametrize(("given", "wanted"), [("13", "02"), ("02", "13")])
def test_part_with_charges_reaches_another_edition_translated(hub: Hub, payee: Bank, given: str, wanted: str):
    receiver = Bank(hub, f"rvgamma{wanted}", f"RVGATZ{wanted}", versions={"pacs.007": f"pacs.007.001.{wanted}"})
    payment, key = paid(receiver, payee), new_id()
    charges = (
        '<RvsdInstdAmt Ccy="USD">10.00</RvsdInstdAmt><ChrgBr>SLEV</ChrgBr><ChrgsInf><Amt Ccy="USD">1.50</Amt>'
        f"<Agt><FinInstnId>{bic(payee.bic)}</FinInstnId></Agt></ChrgsInf>"
    )
    group = "<OrgnlGrpInf><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"
    named = group.format(payment.msg)
    original = by(EndToEndId=payment.e2e, TxId=payment.tx) if given == "02" else by(UETR=payment.uetr)
    original = original if given == "02" else named + original
    document = reversing(payee, original, given, rtr=key, amount="8.50", amounts=charges)
    if given == "02":
        document = document.replace("</GrpHdr>", f"</GrpHdr>{named}").replace("BICFI>", "BIC>")
        document = document.replace("<Agt><FinInstnId><BIC>", "<Pty><FinInstnId><BIC>").replace(
            "</FinInstnId></Agt></ChrgsInf>", "</FinInstnId></Pty></ChrgsInf>"
        )
    payee.send(document)
    tree = etree.fromstring(got(receiver, "FIToFIPmtRvsl", key))

    assert etree.QName(tree[1]).namespace.endswith(f"pacs.007.001.{wanted}")
    names = ("RvsdIntrBkSttlmAmt", "RvsdInstdAmt", "ChrgsInf/{*}Amt", "OrgnlMsgId")
    assert [tree.findtext(f".//{{*}}{name}") for name in names] == ["8.50", "10.00", "1.50", payment.msg]
    receiver.send(receiver.report(f"<TxInfAndSts>{by(TxId=key)}<TxSts>ACSP</TxSts></TxInfAndSts>"))
    assert payee.told(key).status == "ACSC"


def test_returns_and_reversals_share_what_is_left(payer: Bank, payee: Bank):
    payment, back, part, over = paid(payer, payee), new_id(), new_id(), new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=back, amount="4.00"))
    payer.answer(payment.uetr, "ACSP")
    assert payee.told(back).status == "ACSC"
    payee.send(reversing(payee, by(UETR=payment.uetr), rtr=part, amount="6.00"))
    taking(payer, part, "RJCT", "AC04")
    assert (payee.told(part).status, payee.told(part).code) == ("RJCT", "AC04")
    payee.send(reversing(payee, by(UETR=payment.uetr), rtr=over, amount="6.01"))
    assert (payee.told(over).status, payee.told(over).code) == ("RJCT", "AM09")
    assert "6 can be returned" in payee.told(over).info


def test_same_reversal_again_has_one_effect_and_its_id_is_no_returns(hub: Hub, payer: Bank, payee: Bank):
    payment, key = paid(payer, payee), new_id()
    document = reversing(payee, by(UETR=payment.uetr), rtr=key, amount="2.00")
    payee.send(document)
    taking(payer, key)
    assert payee.told(key).status == "ACSC"
    before = hub.position(payee.name)
    payee.send(document)
    assert payee.told(key, 2).status == "ACSC"
    for other in (
        reversing(payee, by(UETR=payment.uetr), rtr=key, amount="3.00"),
        giving_back(payee, by(UETR=payment.uetr), rtr=key, amount="2.00"),
    ):
        seen = len(payee.reports(key, "RJCT"))
        payee.send(other)
        assert payee.told(key, seen + 1, "RJCT").code == "DUPL"
    assert hub.position(payee.name) == before
    assert count(payer, "FIToFIPmtRvsl", key) == 1


def test_only_who_was_paid_reverses(hub: Hub, payer: Bank, payee: Bank):
    stranger = Bank(hub, "rvother", "RVOTRWRW")
    payment, waiting = paid(payer, payee), payer.pay(bic(payee.bic))
    payer.send(waiting.text)
    payee.payment(waiting.uetr)
    before = hub.position(payee.name)
    asked, foreign, early, unknown = (new_id() for _ in range(4))
    payer.send(reversing(payer, by(UETR=payment.uetr), rtr=asked))
    report = payer.told(asked)
    assert (report.status, report.code, report.text("OrgnlMsgNmId")) == ("RJCT", "AG01", NAME)
    assert "camt.056" in report.info
    stranger.send(reversing(stranger, by(UETR=payment.uetr), rtr=foreign))
    payee.send(reversing(payee, by(UETR=waiting.uetr), rtr=early))
    payee.send(reversing(payee, by(EndToEndId="nobody knows this"), rtr=unknown))
    assert (stranger.told(foreign).code, payee.told(early).code, payee.told(unknown).code) == ("NOOR", "AG09", "NOOR")
    assert hub.position(payee.name) == before
    assert count(payee, "FIToFIPmtRvsl", asked) == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "10.01"}, "AM09"),
        ({"amounts": '<RvsdInstdAmt Ccy="USD">9.00</RvsdInstdAmt>'}, "AM09"),
        ({"currency": "EUR"}, "AM03"),
        ({"method": "INDA"}, "FF03"),
        ({"day": "2020-01-01"}, "DT01"),
        ({"instructing": bic("RVALKENA")}, "AGNT"),
    ],
)
def test_reversal_that_breaks_a_rule_is_refused(payer: Bank, payee: Bank, changes: dict[str, str], code: str):
    payment, key = paid(payer, payee), new_id()
    payee.send(reversing(payee, by(UETR=payment.uetr), rtr=key, **changes))
    assert (payee.told(key).status, payee.told(key).code) == ("RJCT", code)


def test_many_reversals_in_one_message_have_one_report(hub: Hub, payer: Bank, payee: Bank, dfsp: Dfsp):
    Wallet(dfsp)
    transfer = sent(dfsp, quoted(dfsp, payee, "20").transfer(dfsp, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    whole, part = paid(payer, payee), paid(payer, payee)
    keys = [new_id() for _ in range(4)]
    before = hub.position(payee.name)
    document = together([
        reversing(payee, by(UETR=whole.uetr), rtr=keys[0]),
        reversing(payee, by(UETR=part.uetr), rtr=keys[1], amount="4.00"),
        reversing(payee, by(UETR=transfer), rtr=keys[2], amount="20.00", reason="DUPL", info="booked twice"),
        reversing(payee, by(EndToEndId="nobody knows this"), rtr=keys[3]),
    ], sum='<CtrlSum>44.00</CtrlSum><TtlRvsdIntrBkSttlmAmt Ccy="USD">44.00</TtlRvsdIntrBkSttlmAmt>')  # fmt: skip
    payee.send(document)
    taking(payer, keys[0])
    taking(payer, keys[1], "RJCT", "AC04")
    report, refund = payee.told(message_of(document)), dfsp.gets("POST", "/quotes").json

    assert results(report) == [
        (keys[0], "ACSC", None), (keys[1], "RJCT", "AC04"), (keys[2], "ACSC", None), (keys[3], "RJCT", "NOOR"),
    ]  # fmt: skip
    assert [report.text(name) for name in ("GrpSts", "OrgnlMsgNmId")] == ["PART", NAME]
    assert refund["transactionType"]["scenario"] == "REFUND"
    assert refund["transactionType"]["refundInfo"]["refundReason"] == "DUPL booked twice"
    assert hub.position(payee.name) - before == Decimal(30)
    forwarded = got(payer, "FIToFIPmtRvsl", keys[0])
    assert b"<NbOfTxs>1</NbOfTxs>" in forwarded and b"TtlRvsd" not in forwarded and keys[1].encode() not in forwarded
    wrong = together([reversing(payee, by(UETR=part.uetr)), reversing(payee, by(UETR=part.uetr))], count="3")
    payee.send(wrong)
    assert (payee.told(message_of(wrong)).status, payee.told(message_of(wrong)).code) == ("RJCT", "AM18")


def test_a_reversal_is_asked_for_found_and_not_returned(hub: Hub, payer: Bank, payee: Bank):
    payment, key, again = paid(payer, payee), new_id(), new_id()
    document = reversing(payee, by(UETR=payment.uetr), rtr=key)
    payee.send(document)
    group = (
        f"<OrgnlGrpInf><OrgnlMsgId>{message_of(document)}</OrgnlMsgId><OrgnlMsgNmId>{NAME}</OrgnlMsgNmId></OrgnlGrpInf>"
    )
    got(payer, "FIToFIPmtRvsl", key)
    payee.send(asking(group + by(TxId=key)))
    assert payee.told(key).status == "PDNG"
    taking(payer, key)
    payee.told(key, status="ACSC")
    payee.send(asking(group + by(TxId=key)))
    assert payee.told(key, 2, "ACSC").text("OrgnlMsgNmId") == NAME
    payer.send(asking(by(UETR=payment.uetr)))
    assert payer.told("Of 10.00: returned 10.00 USD").status == "ACSC"
    payer.send(giving_back(payer, group + by(UETR=payment.uetr), rtr=again))
    assert payer.told(again).code == "AG13"
    kept = found(hub, 2, transactionId=key, definition="pacs.007")
    assert sorted((one["participant"], one["direction"]) for one in kept) == [(payer.name, "out"), (payee.name, "in")]


def test_a_reversal_closes_the_recall(payer: Bank, payee: Bank):
    payment, key = paid(payer, payee), new_id()
    payer.send(recall(payer, by_uetr(payment.uetr)))
    told(payee, "FIToFIPmtCxlReq", payment.uetr)
    payee.send(reversing(payee, by(UETR=payment.uetr), rtr=key, reason="FOCR"))
    taking(payer, key)
    assert told(payer, "RsltnOfInvstgtn", payment.uetr).verdict == ("CNCL", "ACCR", None)


def test_killed_hub_finishes_each_reversal_and_still_knows_what_is_left(tmp_path: Path):
    with running_hub(tmp_path) as hub:
        payer, payee = Bank(hub, "rkalpha", "RKALKENA"), Bank(hub, "rkbeta", "RKBEUGKA")
        payment, alone, keys = paid(payer, payee), new_id(), [new_id(), new_id()]
        parts = [reversing(payee, by(UETR=payment.uetr), rtr=key, amount="3.00") for key in keys]
        payee.send(reversing(payee, by(UETR=payment.uetr), rtr=alone, amount="2.00"))
        payee.send(together(parts))
        for key in (alone, *keys):
            got(payer, "FIToFIPmtRvsl", key)
        hub.kill()
        hub.start()
        over = new_id()
        payee.send(reversing(payee, by(UETR=payment.uetr), rtr=over, amount="2.01"))
        assert payee.told(over).code == "AM09"
        taking(payer, alone)
        taking(payer, keys[0])
        taking(payer, keys[1], "RJCT", "AC04")
        assert payee.told(alone).status == "ACSC"
        assert [one[1] for one in results(payee.told(message_of(parts[0])))] == ["ACSC", "RJCT"]
        assert (hub.position(payer.name), hub.position(payee.name)) == (5, -5)
