"""Banks ask about balances, payments and reports, and get what the ledger holds: opening and entries give closing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from tests.e2e import report_side as side
from tests.e2e.bank_side import Bank, bic, moment
from tests.e2e.fspiop_hub import Scheme, fresh
from tests.e2e.hub import Hub


@pytest.fixture(scope="module")
def banks(hub: Hub) -> tuple[Bank, Bank]:
    """Two banks; the second is told of every booking."""
    blue = Bank(hub, "rblue", "RBLUDEFFXXX")
    green = Bank(hub, "rgreen", "RGRNDEFFXXX", reports=["camt.054", "camt.053"])
    green.accept_all()
    return blue, green


def _pay(payer: Bank, payee: Bank, amount: str = "10.00") -> str:
    payment = payer.pay(bic(payee.bic), amount=amount)
    payer.send(payment.text)
    assert payer.told(payment.uetr, status="ACSC")
    return payment.uetr


def _account(hub: Hub, bank: Bank, kind: str = "POSITION") -> str:
    return str(hub.account(bank.name, kind, "USD")["id"])


def test_balances_are_those_of_ones_own_accounts(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    _pay(blue, green, "25.00")
    reference = side.ask(blue, side.BALANCES, query="")
    answer = side.told(blue, "RtrAcct", reference)
    reports = {each.text("AcctId/Othr/Id"): each for each in answer.all("AcctRpt")}
    assert set(reports) == {_account(hub, blue), _account(hub, blue, "SETTLEMENT")}
    position = {each.text("Tp/Cd"): side.signed(each) for each in reports[_account(hub, blue)].all("MulBal")}
    assert position["BOOK"] == -hub.position(blue.name)
    assert reports[_account(hub, blue)].text("CurMulLmt/Amt/AmtWthCcy") == "1000000.00"
    deposit = {
        each.text("Tp/Cd"): side.signed(each) for each in reports[_account(hub, blue, "SETTLEMENT")].all("MulBal")
    }
    assert deposit["BOOK"] == 1_000_000
    assert deposit["AVLB"] == 1_000_000 - hub.position(blue.name)


def test_nobody_is_told_of_the_accounts_of_others(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    crit = (
        "<AcctQryDef><AcctCrit><NewCrit><SchCrit><AcctId><EQ><Othr><Id>{}</Id></Othr></EQ></AcctId></SchCrit></NewCrit>\
</AcctCrit></AcctQryDef>"
    )
    answer = side.told(blue, "RtrAcct", side.ask(blue, side.BALANCES, query=crit.format(_account(hub, green))))
    assert (answer.text("OprlErr/Err/Prtry"), answer.all("AcctRpt")) == ("AC01", [])
    wanted = side.request(blue, "camt.052.001.08", owner=bic(green.bic))
    receipt = side.told(blue, "Rct", side.ask(blue, side.REPORTS, version="05", requests=wanted))
    assert (receipt.text("Sts/Cd"), receipt.text("Rsn/Cd")) == ("RJCT", "AG01")


def test_the_day_so_far_adds_up_and_names_each_payment(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    uetr = _pay(blue, green, "7.00")
    account = _account(hub, blue)
    first = side.ask(blue, side.REPORTS, version="05", requests=side.request(blue, "camt.052.001.08", account))
    report = side.told(blue, "BkToCstmrAcctRpt", first)
    assert side.adds_up(report, "ITBD")
    assert report.balance("ITBD") == -hub.position(blue.name)
    entry = next(each for each in report.all("Ntry") if each.text("Refs/UETR") == uetr)
    assert (side.signed(entry), entry.text("Domn/Fmly/Cd"), entry.text("CdtrAgt/FinInstnId/BICFI")) == (
        Decimal("-7.00"), "IRCT", green.bic,
    )  # fmt: skip
    second = side.ask(blue, side.REPORTS, version="07", requests=side.request(blue, "camt.052.001.08", account))
    again = side.told(blue, "BkToCstmrAcctRpt", second)
    assert int(again.text("ElctrncSeqNb") or 0) == int(report.text("ElctrncSeqNb") or 0) + 1


def test_floor_limits_leave_out_small_entries_and_no_balance(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    account = _account(hub, blue)
    small, large = _pay(blue, green, "2.00"), _pay(blue, green, "9.00")

    def report(wanted: str, name: str = "camt.052.001.08", root: str = "BkToCstmrAcctRpt") -> side.Answer:
        request = side.request(blue, name, account, wanted)
        return side.told(blue, root, side.ask(blue, side.REPORTS, version="05", requests=request))

    found = report(side.entries("DBIT", ("DEBT", "9.00")))
    shown = found.texts("Refs/UETR")
    assert (large in shown, small in shown) == (True, False)
    assert found.text("TxsSummry/TtlDbtNtries/Sum") == str(-side.booked(found))
    assert {side.signed(each) <= -9 for each in found.all("Ntry")} == {True}
    assert found.balance("ITBD") == -hub.position(blue.name)
    assert "debits of 9.00 or more USD" in (found.text("Rpt/AddtlRptInf") or "")
    both = report(side.entries("DBIT", ("DEBT", "9.00"), ("CRED", "0.01")))
    assert large in both.texts("Refs/UETR")
    none = report(side.entries("CRDT"), "camt.054.001.08", "BkToCstmrDbtCdtNtfctn")
    assert large not in none.texts("Refs/UETR")


def test_each_request_of_a_message_is_answered_by_itself(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, _ = banks
    account = _account(hub, blue)
    wanted = (
        ("camt.053.001.08", side.entries("DBIT", ("BOTH", "1.00"))),
        ("camt.052.001.08", "<RptgSeq><EQSeq>1</EQSeq></RptgSeq>"),
        ("camt.052.001.08", side.entries("DBIT", ("BOTH", "1.00"), currency="KES")),
    )
    asked = "".join(side.request(blue, name, account, more) for name, more in wanted)
    reference = side.ask(blue, side.REPORTS, version="05", requests=asked + side.request(blue, "942", account))
    assert side.told(blue, "BkToCstmrAcctRpt", reference).balance("ITBD") == -hub.position(blue.name)
    side.told(blue, "Rct", reference, nth=3)
    told = {each.text("Rsn/Cd"): each.text("AddtlInf") or "" for each in side.every(blue, "Rct", reference)}
    assert set(told) == {"AG03", "AM03"}


def test_each_booking_is_told_whoever_is_on_the_other_side(hub: Hub, banks: tuple[Bank, Bank], scheme: Scheme) -> None:
    _, green = banks
    before = len(side.every(green, "BkToCstmrDbtCdtNtfctn"))
    uetr = _pay(banks[0], green, "3.00")
    notice = side.told(green, "BkToCstmrDbtCdtNtfctn", uetr)
    assert (side.booked(notice), notice.text("Ntfctn/Acct/Id/Othr/Id")) == (Decimal("3.00"), _account(hub, green))
    hub.deposit(green.name, "USD", 40)
    green.listener.wait(lambda _: len(side.every(green, "BkToCstmrDbtCdtNtfctn")) >= before + 2)
    funds = side.every(green, "BkToCstmrDbtCdtNtfctn")[-1]
    assert (side.booked(funds), funds.text("Domn/Fmly/SubFmlyCd")) == (Decimal(40), "TOPG")


def test_payments_are_found_by_their_ids_and_told_with_their_state(banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    done = _pay(blue, green, "5.00")
    refused = blue.pay(bic("NOBODYXXXXX"), amount="5.00")
    blue.send(refused.text)
    blue.told(refused.uetr, status="RJCT")
    by = "<TxQryDef><TxCrit><NewCrit><SchCrit><PmtSch>{}</PmtSch></SchCrit></NewCrit></TxCrit></TxQryDef>"
    answer = side.told(blue, "RtrTx", side.ask(blue, side.PAYMENTS, query=by.format(f"<UETR>{done}</UETR>")))
    assert [each.text("PmtId/UETR") for each in answer.all("TxRpt")] == [done]
    assert (answer.text("Sts/Cd/Fnl"), answer.text("Tx/CdtDbtInd"), answer.text("LastPgInd")) == (
        "STLD",
        "DBIT",
        "true",
    )
    answer = side.told(
        blue, "RtrTx", side.ask(blue, side.PAYMENTS, query=by.format(f"<EndToEndId>{refused.e2e}</EndToEndId>"))
    )
    assert (answer.text("PmtId/UETR"), answer.text("Sts/Cd/Fnl")) == (refused.uetr, "RJTD")
    incoming = by.format("<CdtDbtInd>CRDT</CdtDbtInd>")
    assert side.told(blue, "RtrTx", side.ask(blue, side.PAYMENTS, query=incoming)).text("OprlErr/Err/Prtry") == "NONE"
    mine = side.told(green, "RtrTx", side.ask(green, side.PAYMENTS, query=incoming))
    assert done in [each.text("PmtId/UETR") for each in mine.all("TxRpt")]


def test_a_payment_is_found_by_all_its_criteria_or_not_at_all(banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    done = _pay(blue, green, "5.50")
    by = "<TxQryDef><TxCrit><NewCrit><SchCrit><PmtSch>{}</PmtSch></SchCrit>{}</NewCrit></TxCrit></TxQryDef>"
    long = "<PmtId><LngBizId><UETR>{}</UETR><IntrBkSttlmAmt>{}</IntrBkSttlmAmt><IntrBkSttlmDt>{}</IntrBkSttlmDt>\
<InstgAgt><FinInstnId>{}</FinInstnId></InstgAgt><InstdAgt><FinInstnId>{}</FinInstnId></InstdAgt></LngBizId></PmtId>"
    day = moment()[:10]

    def asked(amount: str, payer: Bank, payee: Bank, returned: str = "") -> side.Answer:
        search = long.format(done, amount, day, bic(payer.bic), bic(payee.bic))
        return side.told(blue, "RtrTx", side.ask(blue, side.PAYMENTS, query=by.format(search, returned)))

    less = "<RtrCrit><PmtRtrCrit><IntrBkSttlmAmtInd>false</IntrBkSttlmAmtInd></PmtRtrCrit></RtrCrit>"
    found = asked("5.50", blue, green, less)
    assert (found.texts("PmtId/UETR"), found.all("IntrBkSttlmAmt")) == ([done], [])
    assert asked("5.51", blue, green).text("OprlErr/Err/Prtry") == "NONE"
    assert asked("5.50", green, blue).text("OprlErr/Err/Prtry") == "NONE"


def test_what_waits_and_what_is_booked_are_searched_as_entries(banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    done, waiting = _pay(blue, green, "5.70"), green.pay(bic(blue.bic), amount="5.70")
    green.send(waiting.text)
    blue.payment(waiting.uetr)
    by = "<TxQryDef><TxCrit><NewCrit><SchCrit><AcctNtrySch><NtryAmtCcy>USD</NtryAmtCcy>\
{}</AcctNtrySch></SchCrit></NewCrit></TxCrit></TxQryDef>"
    today = f"<NtryDt><DtSch><EQDt>{moment()[:10]}</EQDt></DtSch></NtryDt>"

    def asked(criteria: str) -> list[str]:
        return side.told(blue, "RtrTx", side.ask(blue, side.PAYMENTS, query=by.format(criteria))).texts("PmtId/UETR")

    pending = "<CdtDbtInd>CRDT</CdtDbtInd><NtrySts>PDNG</NtrySts>"
    assert waiting.uetr in asked(pending) and done not in asked(pending)
    booked = asked("<NtrySts>BOOK</NtrySts>" + today)
    assert done in booked and waiting.uetr not in booked
    blue.answer(waiting.uetr, "RJCT", "AC04")
    green.told(waiting.uetr)


def test_funds_out_are_reserved_at_once_and_told_at_their_end(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    _, green = banks
    account, e2e = _account(hub, green, "SETTLEMENT"), fresh("out")
    order = {"account": account, "amount": "15.00", "e2e": e2e, "creditor": "", "day": ""}
    reference = side.ask(green, side.OUT, **order)
    assert side.told(green, "Rct", reference).text("Sts/Cd") == "PDNG"
    again = side.ask(green, side.OUT, **order)
    assert side.told(green, "Rct", again).text("Sts/Cd") == "PDNG"
    other = side.ask(green, side.OUT, **{**order, "amount": "16.00"})
    assert side.told(green, "Rct", other).text("Rsn/Cd") == "DUPL"
    assert Decimal(str(hub.account(green.name, "SETTLEMENT", "USD")["value"])) % 1000 != 0
    too_much = side.ask(green, side.OUT, **{**order, "amount": "99000000.00", "e2e": fresh("out")})
    assert side.told(green, "Rct", too_much).text("Rsn/Cd") == "AM23"
    inside = f"<CdtrAcct><Id><Othr><Id>{_account(hub, green)}</Id></Othr></Id></CdtrAcct>"
    wrong = side.ask(green, side.OUT, **{**order, "e2e": fresh("out"), "creditor": inside})
    assert side.told(green, "Rct", wrong).text("Rsn/Cd") == "AG01"


def test_ones_own_limit_goes_down_and_up_to_what_was_given(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    _, green = banks
    account = _account(hub, green)
    down = side.ask(green, side.LIMIT, account=account, amount="500.00")
    assert side.told(green, "Rct", down).text("Sts/Cd") == "ACSC"
    limit = side.told(green, "RtrLmt", down)
    assert (limit.text("Lmt/Amt/AmtWthCcy"), limit.text("LmtId/AcctId/Othr/Id")) == ("500.00", account)
    assert hub.operate("GET", f"/participants/{green.name}/limits").json()[0]["limit"]["value"] == 500
    above = side.ask(green, side.LIMIT, account=account, amount="1000001.00")
    assert side.told(green, "Rct", above).text("Rsn/Cd") == "AG01"
    up = side.ask(green, side.LIMIT, account=account, amount="1000000.00")
    assert side.told(green, "Rct", up).text("Sts/Cd") == "ACSC"
    wanted = side.request(green, "camt.010.001.09", account)
    shown = side.told(green, "RtrLmt", side.ask(green, side.REPORTS, version="05", requests=wanted))
    assert shown.text("Lmt/Amt/AmtWthCcy") == "1000000.00"


def test_a_floor_is_told_once_until_the_balance_is_back(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    account = _account(hub, blue)
    path = f"/participants/{blue.name}/accounts/{account}/thresholds"
    owed = -hub.position(blue.name)
    shown = hub.operate("PUT", path, {"floor": float(owed - 5)}).json()
    assert (shown["belowFloor"], shown["aboveCeiling"]) == (False, False)
    for _ in range(2):
        _pay(blue, green, "4.00")
    notice = side.told(blue, "RtrAcct", "FLOOR")
    assert notice.text("AcctRpt/AcctId/Othr/Id") == account
    _pay(blue, green, "1.00")
    assert len(side.every(blue, "RtrAcct", "FLOOR")) == 1
    assert hub.operate("GET", path).json()["belowFloor"] is True


def test_a_ceiling_is_told_each_time_it_is_passed_anew(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    blue.accept_all()
    path = f"/participants/{blue.name}/accounts/{_account(hub, blue)}/thresholds"
    hub.operate("PUT", path, {"ceiling": float(-hub.position(blue.name) + 5)})
    for times in (1, 2):
        _pay(green, blue, "6.00")
        notice = side.told(blue, "RtrAcct", "CEILING", nth=times)
        assert notice.text("AcctRpt/AcctId/Othr/Id") == _account(hub, blue)
        _pay(green, blue, "1.00")
        assert (hub.operate("GET", path).json()["aboveCeiling"], len(side.every(blue, "RtrAcct", "CEILING"))) == (
            True, times,
        )  # fmt: skip
        _pay(blue, green, "7.00")
        assert hub.operate("GET", path).json()["aboveCeiling"] is False


def test_a_day_that_is_not_over_has_no_statement(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, _ = banks
    wanted = side.request(blue, "camt.053.001.08", _account(hub, blue))
    receipt = side.told(blue, "Rct", side.ask(blue, side.REPORTS, version="05", requests=wanted))
    assert (receipt.text("Sts/Cd"), "camt.052" in (receipt.text("AddtlInf") or "")) == ("RJCT", True)


def test_the_same_figures_are_there_as_json_and_csv(hub: Hub, banks: tuple[Bank, Bank]) -> None:
    blue, green = banks
    _pay(blue, green, "2.00")
    path = f"/participants/{green.name}/accounts/{_account(hub, green)}/report"
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    (report,) = hub.operate("GET", f"{path}?kind=052&from={since}").json()["reports"]
    found = report["movements"]
    total = sum(Decimal(str(each["amount"])) for each in found)
    assert Decimal(str(report["opening"])) + total == Decimal(str(report["closing"])) == -hub.position(green.name)
    assert {each["type"] for each in found} == {"PAYMENT"}
    lines = requests.get(
        f"{hub.admin}{path}?from={since}", headers={"accept": "text/csv"}, timeout=10
    ).text.splitlines()
    assert len(lines) == len(found) + 3
    assert lines[-1].split(",")[4] == "closing"
