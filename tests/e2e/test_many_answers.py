"""Reports about many payments: each answer has the effect of one alone, a group status that of its payments."""

from collections.abc import Callable

import pytest

from tests.e2e.bank_side import Bank, Payment, bic, new_id, report_of, status_of
from tests.e2e.hub import Hub, Message
from tests.e2e.return_side import GROUP, by, giving_back, got, paid, reversing
from tests.e2e.test_many_payments import together

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
GROUP_STATUS = "<OrgnlGrpInfAndSts><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>{}</OrgnlMsgNmId>{}</OrgnlGrpInfAndSts>"
P8 = "pacs.008.001.08"


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "manswa", "MANSKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "manswb", "MANSUGKA")


def group(message: str, status: str = "", reason: str = "", name: str = P8) -> str:
    """OrgnlGrpInfAndSts."""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return GROUP_STATUS.format(message, name, (f"<GrpSts>{status}</GrpSts>" if status else "") + why)


def ordered(payer: Bank, payee: Bank, number: int, **changes: str) -> list[Payment]:
    """That many payments, each in a message of its own, which the payee's bank has."""
    payments = [payer.pay(bic(payee.bic), **changes) for _ in range(number)]
    for one in payments:
        payer.send(one.text)
        payee.payment(one.uetr)
    return payments


def ends(payer: Bank, payments: list[Payment]) -> list[tuple[str, str]]:
    """Status and reason told of each."""
    told = [payer.told(one.uetr) for one in payments]
    return [(one.status, one.code) for one in told]


def test_each_transaction_of_a_report_has_its_own_effect_and_a_repeat_none(hub: Hub, payer: Bank, payee: Bank):
    yes, no, open_one, never = *ordered(payer, payee, 3), new_id()
    before = hub.position(payer.name)
    body = (
        status_of(by(UETR=yes.uetr), "ACSC") + status_of(by(UETR=no.uetr), "RJCT", "AC04")
        + status_of(by(UETR=open_one.uetr), "PDNG") + status_of(by(EndToEndId=never), "ACSC")
    )  # fmt: skip
    report, name = payee.report(body), new_id()
    payee.send(report, id=name)
    assert ends(payer, [yes, no]) == [("ACSC", ""), ("RJCT", "AC04")]
    assert payee.told(yes.uetr).status == "ACSC"
    assert payee.told(never).status == "RJCT"
    assert payee.query(name).json()["state"] == "COMPLETED"

    payee.send(report, id=name)
    payee.told(yes.uetr, 2)
    payee.answer(open_one.uetr, "ACSC")
    assert ends(payer, [open_one]) == [("ACSC", "")]
    assert hub.position(payer.name) - before == 20 - 30
    assert [len(payer.reports(one.uetr)) for one in (yes, no, open_one)] == [1, 1, 1]


def test_of_two_words_about_one_payment_the_first_counts(hub: Hub, payer: Bank, payee: Bank):
    (one,) = ordered(payer, payee, 1)
    before = hub.position(payer.name)
    payee.send(payee.report(status_of(by(UETR=one.uetr), "ACSC") + status_of(by(UETR=one.uetr), "RJCT", "AC04")))
    assert ends(payer, [one]) == [("ACSC", "")]
    told = [payee.told(one.uetr, nth) for nth in (1, 2)]
    assert [(each.status, each.code) for each in told] == [("ACSC", ""), ("ACSC", "TM01")]
    assert (hub.position(payer.name) - before, len(payer.reports(one.uetr))) == (0, 1)


def test_a_group_status_is_that_of_transactions_that_say_none(payer: Bank, payee: Bank):
    one, two, three = (ordered(payer, payee, 1, msg=new_id())[0] for _ in range(3))
    body = group(one.msg, "ACSP") + f"<TxInfAndSts>{by(UETR=one.uetr)}</TxInfAndSts>"
    payee.send(payee.report(body))
    assert ends(payer, [one]) == [("ACSC", "")]
    # without any transaction
    payee.send(payee.report(group(two.msg, "RJCT", "MS03")))
    assert ends(payer, [two]) == [("RJCT", "MS03")]
    payee.send(payee.report(group(three.msg, "ACSC"), version="03"))
    assert ends(payer, [three]) == [("ACSC", "")]


def test_statuses_of_many_messages_in_one_report(payer: Bank, payee: Bank):
    one, two, three = (ordered(payer, payee, 1, msg=new_id())[0] for _ in range(3))
    mine = GROUP.format(three.msg, P8)
    body = group(one.msg, "ACSP") + group(two.msg, "RJCT", "AC01") + group(three.msg, "PART")
    payee.send(payee.report(body + status_of(mine + by(EndToEndId=three.e2e), "RJCT", "AC06"), version="12"))
    assert ends(payer, [one, two, three]) == [("ACSC", ""), ("RJCT", "AC01"), ("RJCT", "AC06")]


def test_a_report_without_any_status_is_refused(payer: Bank, payee: Bank):
    (one,) = ordered(payer, payee, 1)
    name = payee.send(payee.report(group(one.msg) + group(new_id()), version="12"))
    found = payee.answered(name, 1)["answers"][0]
    assert (found["status"], found["reasons"]) == ("RJCT", ["FF01"])


def test_payments_of_a_message_of_many_are_answered_in_one_report(payer: Bank, payee: Bank):
    payments = [payer.pay(bic(payee.bic)) for _ in range(3)]
    payer.send(together(payments))
    for one in payments:
        payee.payment(one.uetr)
    statuses = [
        status_of(by(UETR=one.uetr), status) for one, status in zip(payments, ("ACSC", "RJCT", "ACSC"), strict=True)
    ]
    payee.send(payee.report(group(payments[0].msg, "PART") + "".join(statuses)))
    report = payer.told(payments[0].msg)
    assert (report.text("GrpSts"), report.text("OrgnlNbOfTxs")) == ("PART", "3")


def test_a_group_status_answers_a_return(hub: Hub, payer: Bank, payee: Bank):
    payment = paid(payer, payee)
    document = giving_back(payee, by(UETR=payment.uetr), rtr=(key := new_id()))
    payee.send(document)
    message = got(payer, "PmtRtr", key).decode()
    name = message.partition("<MsgId>")[2].partition("<")[0]
    payer.send(payer.report(group(name, "ACSC", name="pacs.004.001.09")))
    assert payee.told(key).status == "ACSC"


@pytest.mark.parametrize(("made", "element"), [(giving_back, "GrpRtr"), (reversing, "GrpRvsl")])
def test_a_message_given_back_as_a_whole_is_told_to_name_its_payments(
    payer: Bank, payee: Bank, made: Callable[..., str], element: str
):
    payment = paid(payer, payee)
    start, _, rest = made(payee, "").partition("<TxInf>")
    start = start.replace("</NbOfTxs>", f"</NbOfTxs><{element}>true</{element}>")
    name = payee.send(start + GROUP.format(payment.msg, P8) + rest.partition("</TxInf>")[2])

    def refusal(message: Message) -> bool:
        return f">{name}<".encode() in message.body

    report = report_of(payee.listener.wait(refusal).body)
    assert report is not None
    assert (report.text("GrpSts"), report.code, element in report.info) == ("RJCT", "FF01", True)
