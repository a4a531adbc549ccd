"""Many returns, recalls or questions in one message: each goes its own way, and a repeat has no second effect."""

from pathlib import Path

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, Payment, Report, bic, moment, new_id
from tests.e2e.case_side import by_uetr, count, fresh, recall, resolution, told
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.return_side import asking, by, giving_back, got, paid
from tests.e2e.test_returns import accepted
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "mralpha", "MRALKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "mrbeta", "MRBEUGKA")


def together(documents: list[str], tag: str = "TxInf", **changes: str) -> str:
    """One Document with the transactions of all of them behind the head of the first."""
    head = documents[0].partition(f"<{tag}>")[0]
    inside = [one[one.index(f"<{tag}>") : one.rindex(f"</{tag}>")] for one in documents]
    number = changes.get("count", str(len(documents)))
    head = head.replace("<NbOfTxs>1</NbOfTxs>", f"<NbOfTxs>{number}</NbOfTxs>{changes.get('sum', '')}")
    return head + "".join(f"{one}</{tag}>" for one in inside) + documents[0].rpartition(f"</{tag}>")[2]


def message_of(document: str) -> str:
    return document.partition("<MsgId>")[2].partition("<")[0]


def results(report: Report) -> list[tuple[str | None, ...]]:
    """RtrId, status and reason of each."""
    return [
        (one.findtext("{*}OrgnlTxId"), one.findtext("{*}TxSts"), one.findtext(".//{*}Rsn/{*}Cd"))
        for one in report.tree.iterfind(".//{*}TxInfAndSts")
    ]


def back(bank: Bank, payment: Payment, rtr: str, **changes: str) -> str:
    return giving_back(bank, by(UETR=payment.uetr), rtr=rtr, **changes)


def test_each_return_goes_its_own_way_and_one_report_tells_of_all(hub: Hub, payer: Bank, payee: Bank) -> None:
    scheme = Scheme(hub)
    dfsp = scheme.dfsp("mrwallet", version="1.1", funds=1000, cap=1000)
    Wallet(dfsp)
    transfer = sent(dfsp, quoted(dfsp, payee, "20").transfer(dfsp, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    outcome(dfsp, transfer)
    whole, part, no = paid(payer, payee), paid(payer, payee), paid(payer, payee)
    names = [new_id() for _ in range(6)]
    before = hub.position(payer.name), hub.position(payee.name), hub.position(dfsp.name)
    document = together([
        back(payee, whole, names[0]), back(payee, part, names[1], amount="4.00"), back(payee, no, names[2]),
        giving_back(payee, by(UETR=transfer), rtr=names[3], amount="20.00"),
        giving_back(payee, by(EndToEndId="nobody knows this"), rtr=names[4]),
        back(payee, part, names[5], amount="6.01"),
    ], sum="<CtrlSum>60.01</CtrlSum>")  # fmt: skip
    identifier = payee.send(document)
    accepted(payer, names[0])
    accepted(payer, names[1])
    accepted(payer, names[2], "RJCT", "AC04")
    report = payee.told(message_of(document))
    scheme.close()

    assert results(report) == [
        (names[0], "ACSC", None), (names[1], "ACSC", None), (names[2], "RJCT", "AC04"), (names[3], "ACSC", None),
        (names[4], "RJCT", "NOOR"), (names[5], "RJCT", "AM09"),
    ]  # fmt: skip
    assert [report.text(name) for name in ("GrpSts", "OrgnlNbOfTxs", "OrgnlMsgNmId")] == [
        "PART", "6", "pacs.004.001.09",
    ]  # fmt: skip
    assert report.tree.findtext(".//{*}TxInfAndSts/{*}OrgnlUETR") == whole.uetr
    after = hub.position(payer.name), hub.position(payee.name), hub.position(dfsp.name)
    assert [after[at] - before[at] for at in range(3)] == [-14, 34, -20]
    assert all(len(payee.reports(name)) == 1 for name in names), "the report alone tells of them"
    assert payee.query(identifier).json()["state"] == "COMPLETED"
    forwarded = got(payer, "PmtRtr", names[0])
    assert names[1].encode() not in forwarded and b"<NbOfTxs>1</NbOfTxs>" in forwarded and b"CtrlSum" not in forwarded


def test_the_message_they_came_in_may_be_named_once(payer: Bank, payee: Bank) -> None:
    one, two = payer.pay(bic(payee.bic)), payer.pay(bic(payee.bic))
    for payment in (one, two):
        payer.send(payment.text)
        payee.payment(payment.uetr)
        payee.answer(payment.uetr, "ACSC")
        payer.told(payment.uetr)
    names, group = (
        [new_id(), new_id()],
        (f"<OrgnlGrpInf><OrgnlMsgId>{one.msg}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"),
    )
    document = together(
        [giving_back(payee, by(EndToEndId=e2e), rtr=rtr) for e2e, rtr in zip((one.e2e, two.e2e), names, strict=True)]
    )
    payee.send(document.replace("</GrpHdr>", f"</GrpHdr>{group}"))
    forwarded = etree.fromstring(got(payer, "PmtRtr", names[0]))
    accepted(payer, names[0])
    assert [child.tag.rpartition("}")[2] for child in forwarded[1][0]] == ["GrpHdr", "OrgnlGrpInf", "TxInf"]
    assert results(payee.told(message_of(document))) == [(names[0], "ACSC", None), (names[1], "RJCT", "NOOR")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"count": "3"}, "AM18"),
        ({"sum": "<CtrlSum>19.99</CtrlSum>"}, "AM10"),
        ({"sum": '<TtlRtrdIntrBkSttlmAmt Ccy="USD">21</TtlRtrdIntrBkSttlmAmt>'}, "AM10"),
    ],
)
def test_what_is_wrong_with_the_message_refuses_it_whole(
    hub: Hub, payer: Bank, payee: Bank, changes: dict[str, str], code: str
) -> None:
    payments, names = [paid(payer, payee) for _ in range(2)], [new_id(), new_id()]
    documents = [back(payee, payment, rtr) for payment, rtr in zip(payments, names, strict=True)]
    wrong = together(documents, **changes)
    payee.send(wrong)
    refused = payee.told(message_of(wrong))
    assert (refused.status, refused.code, results(refused)) == ("RJCT", code, [])


def test_a_repeat_is_told_again_and_a_return_of_another_message_is_followed(hub: Hub, payer: Bank, payee: Bank) -> None:
    payments, names = [paid(payer, payee) for _ in range(2)], [new_id(), new_id()]
    first, second = (back(payee, payment, rtr) for payment, rtr in zip(payments, names, strict=True))
    payee.send(first)
    got(payer, "PmtRtr", names[0])
    text, header = together([second, first, second]), {"id": new_id(), "created": moment()}
    payee.send(text, signed=False, **header)
    accepted(payer, names[1])
    accepted(payer, names[0])
    name = message_of(second)
    both = [(names[1], "ACSC", None), (names[0], "ACSC", None), (names[1], "RJCT", "DU03")]
    assert results(payee.told(name)) == both
    before = hub.position(payer.name)
    payee.send(text, signed=False, **header)
    assert results(payee.told(name, 2)) == both
    assert hub.position(payer.name) == before
    assert len(payer.listener.all(lambda found: b"<PmtRtr" in found.body and names[1].encode() in found.body)) == 1


def test_a_killed_hub_reports_once_all_returns_have_ended(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        payer, payee = Bank(hub, "kralpha", "KRALKENA"), Bank(hub, "krbeta", "KRBEUGKA")
        payments, names = [paid(payer, payee) for _ in range(3)], [new_id() for _ in range(3)]
        document = together([back(payee, payment, rtr) for payment, rtr in zip(payments, names, strict=True)])
        identifier = payee.send(document)
        accepted(payer, names[0])
        assert payer.told(names[0]).status == "ACSC"
        hub.kill()
        hub.start()
        assert payee.query(identifier).json()["state"] == "PROCESSING"
        accepted(payer, names[1], "RJCT", "AC04")
        accepted(payer, names[2])
        assert [one[1] for one in results(payee.told(message_of(document)))] == ["ACSC", "RJCT", "ACSC"]
        assert hub.position(payer.name) == 10


def test_a_repeated_request_about_many_is_answered_again_as_things_are_now(payer: Bank, payee: Bank) -> None:
    done, waiting = paid(payer, payee), payer.pay(bic(payee.bic))
    payer.send(waiting.text)
    payee.payment(waiting.uetr)
    document, header = asking(f"{by(UETR=done.uetr)}|{by(UETR=waiting.uetr)}"), {"id": new_id(), "created": moment()}
    name = message_of(document)
    for nth, status in ((1, "PDNG"), (2, "ACSC")):
        payer.send(document, signed=False, **header)
        report = payer.told(waiting.uetr, nth if nth == 1 else 3)
        assert [one[1] for one in results(report)] == ["ACSC", status], name
        if nth == 1:
            payee.answer(waiting.uetr, "ACSC")
            payer.told(waiting.uetr, 2)


def test_recalls_of_one_message_end_each_by_itself_and_a_repeat_asks_nobody_twice(payer: Bank, payee: Bank) -> None:
    committed, refused, open_one, number = (
        paid(payer, payee),
        payer.pay(bic(payee.bic)),
        payer.pay(bic(payee.bic)),
        fresh(),
    )
    for payment in (refused, open_one):
        payer.send(payment.text)
        payee.payment(payment.uetr)
    payee.answer(refused.uetr, "RJCT", "AC04")
    payer.told(refused.uetr)
    stranger = "b51ec534-ee48-4575-b6a9-ead2955b8072"
    uetrs = [committed.uetr, refused.uetr, open_one.uetr, stranger]
    document = together([recall(payer, by_uetr(uetr), number=f"{number}-{at}") for at, uetr in enumerate(uetrs)])
    header = {"id": new_id(), "created": moment()}
    payer.send(document, signed=False, **header)
    verdicts = {uetr: told(payer, "RsltnOfInvstgtn", uetr).verdict for uetr in uetrs[1:]}
    assert verdicts == {
        refused.uetr: ("CNCL", "ACCR", None), open_one.uetr: ("CNCL", "ACCR", None),
        stranger: ("RJCR", "RJCR", "NOOR"),
    }  # fmt: skip
    assert told(payee, "FIToFIPmtCxlReq", committed.uetr).text("CxlId") == f"{number}-0"
    payer.send(document, signed=False, **header)
    told(payer, "RsltnOfInvstgtn", stranger, 2)
    payee.send(resolution(payee, by_uetr(committed.uetr), "RJCR", "CUST"))
    assert told(payer, "RsltnOfInvstgtn", committed.uetr).verdict == ("RJCR", "RJCR", "CUST")
    assert count(payee, "FIToFIPmtCxlReq", committed.uetr) == 1
