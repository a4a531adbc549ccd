"""Many payments in one message: each goes its own way, one report tells of all, and a repeat has no second effect."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.bank_side import Bank, Payment, Report, account, bic, by_phone, in_seconds, moment, new_id, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.return_side import between, got
from tests.e2e.wallet_side import Wallet, error

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE = "256772000777"
ALPHA, BETA = "MNYAKENA", "MNYBUGKA"


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "manyalpha", ALPHA)


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "manybeta", BETA)
    bank.accept_all()
    return bank


@pytest.fixture(scope="module")
def wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("manywallet", funds=1_000_000, cap=1_000_000))
    found.dfsp.send("POST", f"/participants/MSISDN/{PHONE}", {"fspId": found.dfsp.name, "currency": "USD"})
    found.dfsp.gets("PUT", f"/participants/MSISDN/{PHONE}")
    yield found
    scheme.close()


def together(payments: list[Payment], **changes: str) -> str:
    """One Document with the payments of all of them under the group header of the first."""
    start, begin, _ = payments[0].text.partition("<CdtTrfTxInf>")
    tail = payments[0].text.partition("</CdtTrfTxInf>")[2]
    inside = [one.text.partition("<CdtTrfTxInf>")[2].partition("</CdtTrfTxInf>")[0] for one in payments]
    count = changes.get("count", str(len(payments)))
    start = start.replace("<NbOfTxs>1</NbOfTxs>", f"<NbOfTxs>{count}</NbOfTxs>{changes.get('sum', '')}")
    return start + "".join(f"{begin}{one}</CdtTrfTxInf>" for one in inside) + tail


def results(report: Report) -> dict[str, tuple[str, str]]:
    """UETR -> status and reason."""
    return {
        one.findtext("{*}OrgnlUETR"): (one.findtext("{*}TxSts"), one.findtext(".//{*}Rsn/{*}Cd") or "")
        for one in report.tree.iterfind(".//{*}TxInfAndSts")
    }


def group_of(report: Report) -> tuple[str, str]:
    return report.text("GrpSts") or "", report.text("OrgnlNbOfTxs") or ""


def test_each_payment_goes_its_own_way_and_one_report_tells_of_all(hub: Hub, payer: Bank, payee: Bank, wallet: Wallet):
    to_bank = payer.pay(bic(BETA), amount="10.00", after="<RgltryRptg><Dtls><Cd>ABC</Cd></Dtls></RgltryRptg>")
    to_wallet = payer.pay(other("NOTPROVIDED"), amount="20.00", creditor_account=by_phone(PHONE))
    nobody = payer.pay(bic("NOBOUGKA"), amount="30.00")
    lost = payer.pay(other("NOTPROVIDED"), amount="40.00", creditor_account=by_phone("256772999999"))
    before = hub.position(payer.name), hub.position(payee.name), hub.position(wallet.dfsp.name)
    name = payer.send(together([to_bank, to_wallet, nobody, lost], sum="<CtrlSum>100</CtrlSum>"))
    report = payer.told(to_bank.msg)

    assert results(report) == {
        to_bank.uetr: ("ACSC", ""), to_wallet.uetr: ("ACSC", ""), nobody.uetr: ("RJCT", "RC04"),
        lost.uetr: ("RJCT", "BE06"),
    }  # fmt: skip
    assert (group_of(report), report.text("OrgnlMsgId")) == (("PART", "4"), to_bank.msg)
    counts = {
        one.findtext("{*}DtldSts"): one.findtext("{*}DtldNbOfTxs") for one in report.tree.iter("{*}NbOfTxsPerSts")
    }
    assert counts == {"ACSC": "2", "RJCT": "2"}
    after = hub.position(payer.name), hub.position(payee.name), hub.position(wallet.dfsp.name)
    assert [after[at] - before[at] for at in range(3)] == [Decimal(30), Decimal(-10), Decimal(-20)]
    assert len(payer.reports(to_bank.uetr)) == 1
    found = payer.answered(name, 1)
    assert (found["state"], len(found["payments"])) == ("COMPLETED", 4)
    assert found["answers"][0]["status"] == "PART"


def test_the_payees_bank_gets_a_message_of_one_with_every_element(payer: Bank, payee: Bank):
    after = "<RgltryRptg><Dtls><Cd>ABC</Cd></Dtls></RgltryRptg><Tax><RefNb>T-1</RefNb></Tax>"
    one, two = payer.pay(bic(BETA), after=after), payer.pay(bic(BETA))
    payer.send(together([one, two], sum='<CtrlSum>20</CtrlSum><TtlIntrBkSttlmAmt Ccy="USD">20</TtlIntrBkSttlmAmt>'))
    assert group_of(payer.told(one.msg)) == ("ACSC", "2")

    got = payee.payment(one.uetr).decode()
    assert "<NbOfTxs>1</NbOfTxs>" in got and "CtrlSum" not in got and "TtlIntrBkSttlmAmt" not in got
    assert after in got and two.uetr not in got
    assert f"<MsgId>{one.msg}</MsgId>" not in got
    confirmed = payee.told(one.uetr)
    assert f"<MsgId>{confirmed.text('OrgnlMsgId')}</MsgId>" in got


def test_all_refused(hub: Hub, payer: Bank, payee: Bank):
    payments = [payer.pay(bic("NOBOUGKA")) for _ in range(3)]
    payer.send(together(payments))
    assert group_of(payer.told(payments[0].msg)) == ("RJCT", "3")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"count": "3"}, "AM18"),
        ({"sum": "<CtrlSum>19.99</CtrlSum>"}, "AM10"),
        ({"sum": '<TtlIntrBkSttlmAmt Ccy="USD">21</TtlIntrBkSttlmAmt>'}, "AM10"),
        ({"sum": '<TtlIntrBkSttlmAmt Ccy="KES">20</TtlIntrBkSttlmAmt>'}, "AM10"),
    ],
)
def test_what_is_wrong_with_the_message_refuses_it_whole_and_uses_up_no_id(
    hub: Hub, payer: Bank, payee: Bank, changes: dict[str, str], code: str
):
    payments = [payer.pay(bic(BETA)) for _ in range(2)]
    before = hub.position(payer.name)
    payer.send(together(payments, **changes))
    told = payer.told(payments[0].msg)
    assert (told.status, told.code, told.tree.find(".//{*}TxInfAndSts")) == ("RJCT", code, None)
    assert hub.position(payer.name) == before
    payer.send(together(payments))
    assert payer.told(payments[0].msg, 2).text("GrpSts") == "ACSC"


def test_too_many(payer: Bank, payee: Bank):
    one = payer.pay(bic(BETA))
    payer.send(together([one] * 501))
    told = payer.told(one.msg)
    assert (told.status, told.code) == ("RJCT", "AM18")


def test_repeats_are_told_again_and_move_nothing(hub: Hub, payer: Bank, payee: Bank):
    payments = [payer.pay(bic(BETA)) for _ in range(2)]
    text, header = together(payments), {"id": new_id(), "created": moment()}
    payer.send(text, signed=False, **header)
    payer.told(payments[0].msg)
    before = hub.position(payer.name)
    payer.send(text, signed=False, **header)
    assert group_of(payer.told(payments[0].msg, 2)) == ("ACSC", "2")
    changed = together([payments[0], payer.pay(bic(BETA), msg=payments[0].msg)])
    payer.send(changed, signed=False, **header)
    refused = payer.told(payments[0].msg, 3)
    assert (refused.status, refused.code) == ("RJCT", "DUPL")
    assert hub.position(payer.name) == before


def test_a_payment_of_another_message_is_not_made_twice(hub: Hub, payer: Bank, payee: Bank):
    known, new, open_one = payer.pay(bic(BETA)), payer.pay(bic(BETA)), payer.pay(bic("MNYCUGKA"))
    slow = Bank(hub, "manyslow", "MNYCUGKA")
    payer.send(known.text)
    payer.told(known.uetr)
    payer.send(open_one.text)
    slow.payment(open_one.uetr)
    before = hub.position(payer.name)
    other_content = payer.pay(bic(BETA), uetr_value=new.uetr, amount="11.00")
    payments = [new, known, other_content, open_one]
    payer.send(together(payments))
    slow.answer(open_one.uetr, "ACSC")
    report = payer.told(new.msg)
    found = [(one.findtext("{*}OrgnlUETR"), one.findtext("{*}TxSts"), one.findtext(".//{*}Rsn/{*}Cd"))
             for one in report.tree.iterfind(".//{*}TxInfAndSts")]  # fmt: skip
    assert found == [
        (new.uetr, "ACSC", None), (known.uetr, "ACSC", None), (new.uetr, "RJCT", "DU03"), (open_one.uetr, "ACSC", None),
    ]  # fmt: skip
    assert hub.position(payer.name) == before + 10


def test_payments_without_id_of_their_own(payer: Bank, payee: Bank):
    payments = [payer.pay(bic(BETA)) for _ in range(2)]
    text = together(payments)
    for one in payments:
        text = text.replace(f"<TxId>{one.tx}</TxId><UETR>{one.uetr}</UETR>", "")
    payer.send(text)
    assert group_of(payer.told(payments[0].msg)) == ("ACSC", "2")


def test_a_wallet_that_refuses_and_a_bank_that_is_silent(payer: Bank, payee: Bank, wallet: Wallet, hub: Hub):
    silent = Bank(hub, "manysilent", "MNYDUGKA")
    wallet.quote = error("5103")
    try:
        one = payer.pay(other("NOTPROVIDED"), creditor_account=by_phone(PHONE))
        two = payer.pay(bic("MNYDUGKA"), times=in_seconds(3))
        payer.send(together([one, two]))
        silent.payment(two.uetr)
        report = payer.told(one.msg)
    finally:
        wallet.reset()
    assert results(report)[two.uetr] == ("RJCT", "AB05")
    assert results(report)[one.uetr][0] == "RJCT"
    assert group_of(report) == ("RJCT", "2")


def test_a_hub_that_is_killed_reports_once_all_have_ended(tmp_path: Path):
    with running_hub(tmp_path) as hub:
        payer, payee = Bank(hub, "kgalpha", "KGRAKENA"), Bank(hub, "kgbeta", "KGRBUGKA")
        payments = [payer.pay(bic("KGRBUGKA"), creditor_account=account(str(at))) for at in range(5)]
        name = payer.send(together(payments))
        for one in payments:
            payee.payment(one.uetr)
        payee.answer(payments[0].uetr, "ACSC")
        payee.told(payments[0].uetr)
        hub.kill()
        hub.start()
        assert payer.query(name).json()["state"] == "PROCESSING"
        for one in payments[1:]:
            payee.answer(one.uetr, "ACSC")
        assert group_of(payer.told(payments[0].msg)) == ("ACSC", "5")
        assert hub.position("kgalpha") == 50


def test_transfers_between_institutions(hub: Hub, payer: Bank, payee: Bank):
    second = Bank(hub, "manyother", "MNYEUGKA")
    (first, one), (other_one, two) = between(payer, bic(BETA)), between(payer, bic("MNYEUGKA"))
    inside = other_one.partition("<CdtTrfTxInf>")[2].partition("</CdtTrfTxInf>")[0]
    text = first.replace("<NbOfTxs>1<", "<NbOfTxs>2<").replace(
        "</FICdtTrf>", f"<CdtTrfTxInf>{inside}</CdtTrfTxInf></FICdtTrf>"
    )
    payer.send(text)
    got(payee, "FICdtTrf", one)
    assert one.encode() not in got(second, "FICdtTrf", two)
    payee.answer(one, "ACSC")
    second.answer(two, "RJCT", "AC04")
    report = payer.told(first.split("<MsgId>")[1].split("<")[0])
    assert results(report) == {one: ("ACSC", ""), two: ("RJCT", "AC04")}
    assert (group_of(report), report.text("OrgnlMsgNmId")) == (("PART", "2"), "pacs.009.001.08")
