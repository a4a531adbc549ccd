"""Reports at the close of windows while payments go on: each holds what its window holds, and they hang together."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from switch.embedded import borrowed_database
from tests.e2e import report_side as side
from tests.e2e.bank_side import Bank, bic
from tests.e2e.hub import running_hub
from tests.e2e.settlement_side import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PAYMENTS, CLOSES = 32, 8
LEGS = "SELECT window_id, reference FROM entries WHERE account = %s AND window_id IS NOT NULL"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("windows")) as hub:
        yield hub


def legs(hub, account):
    """Window -> the payments whose legs on an account are in it."""
    found = defaultdict(set)
    with borrowed_database(hub.data) as url, psycopg.connect(url) as connection:
        for window, reference in connection.execute(LEGS, [account]):
            found[window].add(reference.replace("-", ""))
    return found


def test_each_report_holds_its_window_and_nothing_else(hub):
    blue = Bank(hub, "wrblue", "WRBLDEFFXXX", reports=["camt.052"])
    green = Bank(hub, "wrgreen", "WRGRDEFFXXX")
    green.accept_all()
    desk, closed = Desk(hub), 0

    def pay(_):
        sent = blue.pay(bic(green.bic), amount="1.00")
        blue.send(sent.text)
        return blue.told(sent.uetr, status="ACSC")

    with ThreadPoolExecutor(4) as pool:
        paid = pool.map(pay, range(PAYMENTS))
        for number, _ in enumerate(paid, 1):
            if number % (PAYMENTS // CLOSES) == 0:
                # The open window holds the payment that was just told.
                desk.close()
                closed += 1
    position = str(hub.account(blue.name, "POSITION", "USD")["id"])

    def ours():
        every = side.every(blue, "BkToCstmrAcctRpt")
        return [each for each in every if each.text("Rpt/Acct/Id/Othr/Id") == position]

    blue.listener.wait(lambda _: len(ours()) == closed)
    reports = sorted(ours(), key=lambda each: int(each.text("ElctrncSeqNb") or 0))
    assert [each.text("ElctrncSeqNb") for each in reports] == [str(number) for number in range(1, closed + 1)]
    held, opening, ended = legs(hub, int(position)), Decimal(0), None
    for window, report in enumerate(reports, 1):
        assert {each.text("Refs/ClrSysRef") for each in report.all("Ntry")} == held[window]
        assert side.adds_up(report, "ITBD") and report.balance("OPBD") == opening
        assert ended in (None, report.text("FrToDt/FrDtTm"))
        opening, ended = report.balance("ITBD"), report.text("FrToDt/ToDtTm")
    assert opening == -sum(len(held[window]) for window in range(1, closed + 1))
