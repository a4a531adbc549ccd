"""Day statements: pages, chain and sums over a restart, bank and wallet on either side, and the books still hold."""

import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import requests

from switch.embedded import borrowed_database
from tests.e2e import report_side as side
from tests.e2e.bank_side import Bank, account, bic, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import ISOLOOP, Hub, running_hub
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
DEPOSITS = 503
_END = """UPDATE records SET body = (body::jsonb || jsonb_build_object('until',
to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::json WHERE kind = 'business_day'"""


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """Return a hub that a test may stop."""
    with running_hub(tmp_path) as found:
        yield found


def _end_the_day(hub: Hub) -> None:
    """Kill the hub; when it is back the business day is over."""
    hub.kill()
    with borrowed_database(hub.data) as url, psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(_END).rowcount == 1
    hub.start()


def _deposit_often(hub: Hub, bank: Bank) -> None:
    number = hub.account(bank.name, "SETTLEMENT", "USD")["id"]
    body = {
        "externalReference": "x",
        "action": "recordFundsIn",
        "reason": "x",
        "amount": {"amount": 1, "currency": "USD"},
    }

    def once(_: int) -> bool:
        funds = {**body, "transferId": str(uuid.uuid4())}
        return requests.post(f"{hub.admin}/participants/{bank.name}/accounts/{number}", json=funds, timeout=20).ok

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(once, range(DEPOSITS)))


def _check(hub: Hub) -> subprocess.CompletedProcess[bytes]:
    """`isoloop check` on its books."""
    return subprocess.run([str(ISOLOOP), "check", "--data", str(hub.data)], capture_output=True, check=False)


def test_statements_of_a_day_over_a_restart(own_hub: Hub) -> None:
    blue = Bank(own_hub, "stblue", "STBLDEFFXXX", reports=["camt.053"], versions={"camt.053": "camt.053.001.12"})
    green = Bank(own_hub, "stgreen", "STGRDEFFXXX")
    green.accept_all()
    blue.accept_all()
    scheme = Scheme(own_hub)
    wallet = Wallet(scheme.dfsp("stwallet", funds=1000, cap=1000))
    out, back = blue.pay(bic(green.bic), amount="20.00"), None
    blue.send(out.text)
    assert blue.told(out.uetr).status == "ACSC"
    away = blue.pay(other(wallet.dfsp.name), amount="3.25", creditor_account=account("256772000101"))
    blue.send(away.text)
    assert blue.told(away.uetr).status == "ACSC"
    back = sent(wallet.dfsp, quoted(wallet.dfsp, blue, "1.5").transfer(wallet.dfsp, blue))
    assert outcome(wallet.dfsp, back)["transferState"] == "COMMITTED"
    _deposit_often(own_hub, blue)
    position = -own_hub.position(blue.name)
    _end_the_day(own_hub)

    blue.listener.wait(lambda _: len(side.every(blue, "BkToCstmrStmt")) >= 3, 20)
    statements = side.every(blue, "BkToCstmrStmt")
    ours, deposits = (str(own_hub.account(blue.name, kind, "USD")["id"]) for kind in ("POSITION", "SETTLEMENT"))
    (day,) = [each for each in statements if each.text("Stmt/Acct/Id/Othr/Id") == ours]
    assert side.adds_up(day, "CLBD") and day.balance("CLBD") == position == Decimal("-21.75")
    assert (day.text("ElctrncSeqNb"), day.text("LastPgInd"), day.text("NbOfNtries")) == ("1", "true", "3")
    assert {each.text("Refs/ClrSysRef") for each in day.all("Ntry")} == {
        each.replace("-", "") for each in (out.uetr, away.uetr, back)
    }
    pages = [each for each in statements if each.text("Stmt/Acct/Id/Othr/Id") == deposits]
    pages.sort(key=lambda each: int(each.text("PgNb") or 0))
    assert [(each.text("PgNb"), each.text("LastPgInd"), len(each.all("Ntry"))) for each in pages] == [
        ("1", "false", 500), ("2", "true", DEPOSITS + 1 - 500),
    ]  # fmt: skip
    assert all(side.adds_up(each, "CLBD") for each in pages)
    assert pages[1].balance("OPBD") == pages[0].balance("CLBD")
    assert len({entry for each in pages for entry in each.texts("Ntry/NtryRef")}) == DEPOSITS + 1

    reference = side.ask(blue, side.REPORTS, version="05", requests=side.request(blue, "camt.053.001.08", ours))
    again = side.told(blue, "BkToCstmrStmt", reference)
    assert (again.text("CpyDplctInd"), again.text("Stmt/Id"), again.balance("CLBD")) == (
        "DUPL", day.text("Stmt/Id"), position,
    )  # fmt: skip
    blue.send(blue.pay(bic(green.bic), amount="1.00").text)
    reference = side.ask(blue, side.REPORTS, version="05", requests=side.request(blue, "camt.052.001.08", ours))
    today = side.told(blue, "BkToCstmrAcctRpt", reference)
    assert today.balance("OPBD") == position and side.adds_up(today, "ITBD")
    _end_the_day(own_hub)
    blue.listener.wait(
        lambda _: [each for each in side.every(blue, "BkToCstmrStmt") if each.text("ElctrncSeqNb") == "2"], 20
    )
    found = _check(own_hub)
    assert found.returncode == 0, found.stdout.decode()
    scheme.close()
