"""A small business day: banks and DFSPs pay, a cut-off, a settlement, its reports in every form, and the day's end."""

import csv
import io
import json
import re
import subprocess
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import requests

from switch.embedded import borrowed_database
from tests.e2e import report_side as side
from tests.e2e.bank_side import Bank, account, bic, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import ISOLOOP, WAIT_S, Hub, Message, running_hub
from tests.e2e.wallet_side import Wallet, outcome, quoted, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
MODEL = "DEFERREDNET"
STEPS = ("PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED")
_MISSED = """UPDATE records SET body = (body::jsonb || jsonb_build_object('next_cut',
to_char((clock_timestamp() - interval '150 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::json
WHERE kind = 'business_day'"""


class Day:
    """A hub of its own with two banks and two DFSPs, who paid each other; its window is closed and settled."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.blue = Bank(hub, "bdblue", "BDBLDEFFXXX", reports=["camt.052", "camt.053"])
        self.green = Bank(hub, "bdgreen", "BDGRDEFFXXX")
        self.blue.accept_all()
        self.green.accept_all()
        self.scheme = Scheme(hub)
        self.wallet = Wallet(self.scheme.dfsp("bdwallet", funds=1000, cap=1000))
        self.purse = self.scheme.dfsp("bdpurse", funds=1000, cap=1000)
        self.payer, self.idle = self.wallet.dfsp.name, self.purse.name
        out = self.blue.pay(bic(self.green.bic), amount="20.00")
        self.blue.send(out.text)
        assert self.blue.told(out.uetr).status == "ACSC"
        away = self.blue.pay(other(self.wallet.dfsp.name), amount="3.25", creditor_account=account("256772000101"))
        self.blue.send(away.text)
        assert self.blue.told(away.uetr).status == "ACSC"
        back = sent(self.wallet.dfsp, quoted(self.wallet.dfsp, self.blue, "1.5").transfer(self.wallet.dfsp, self.blue))
        assert outcome(self.wallet.dfsp, back)["transferState"] == "COMMITTED"
        self.nets = {"bdblue": Decimal("21.75"), "bdgreen": Decimal(-20), self.payer: Decimal("-1.75")}

    def get(self, path: str, *, status: int = 200) -> Any:
        response = self.hub.operate("GET", path, ok=False)
        assert response.status_code == status, (path, response.status_code, response.text)
        return json.loads(response.text, parse_float=Decimal)

    def cut(self) -> tuple[int, int]:
        """Put a calendar with a cut-off in force and do it now; the window and the settlement made of it."""
        later = datetime.now(UTC) + timedelta(hours=6)
        plan = {"cutOffs": [{"time": f"{later:%H:%M}", "models": [MODEL]}], "weekend": []}
        shown = self.hub.operate("PUT", "/calendar", plan).json()
        assert (shown["source"], shown["nextCutOffs"][0]["time"]) == ("operator", f"{later:%H:%M}")
        day = self.hub.operate("POST", "/businessDays", {"action": "cutOff", "reason": "cut-off 17:00"}).json()
        (change,) = [each for each in day["history"] if each["action"] == "cutOff"]
        return change["window"], self._settlement()

    def _settlement(self) -> int:
        for _ in range(WAIT_S * 20):
            response = self.hub.operate("GET", "/v2/settlements?state=PENDING_SETTLEMENT", ok=False)
            if response.ok:
                return int(response.json()[0]["id"])
            time.sleep(0.05)
        raise AssertionError("no settlement was made")

    def settle(self, number: int) -> None:
        settlement = self.get(f"/v2/settlements/{number}")
        for state in STEPS:
            listed = [
                {
                    "id": one["id"],
                    "accounts": [{"id": each["id"], "state": state, "reason": state} for each in one["accounts"]],
                }
                for one in settlement["participants"]
            ]
            self.hub.operate("PUT", f"/v2/settlements/{number}", {"participants": listed})

    def report(self, name: str, **given: Any) -> Any:
        query = "&".join(f"{key}={value}" for key, value in given.items())
        return self.get(f"/reports/{name}?{query}")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Return the day after its cut-off, settled."""
    with running_hub(tmp_path_factory.mktemp("businessday")) as hub:
        found = Day(hub)
        found.window, found.settlement = found.cut()  # type: ignore[attr-defined]
        found.settle(found.settlement)  # type: ignore[attr-defined]
        yield found
        found.scheme.close()


def test_the_cut_off_closed_the_window_and_made_the_settlement(day: Any) -> None:
    window = day.get(f"/v2/settlementWindows/{day.window}")
    assert (window["state"], window["reason"]) == ("SETTLED", "cut-off 17:00")
    settlement = day.get(f"/v2/settlements/{day.settlement}")
    assert (settlement["state"], settlement["settlementModel"]) == ("SETTLED", MODEL)


def test_banks_hear_of_the_cut_off_and_get_their_reports(day: Any) -> None:
    def told(message: Message) -> bool:
        return b"<EvtCd>CUTO</EvtCd>" in message.body

    assert day.blue.listener.wait(told) and day.green.listener.wait(told)
    day.blue.listener.wait(lambda _: len(side.every(day.blue, "BkToCstmrAcctRpt")) >= 2)
    position = str(day.hub.account("bdblue", "POSITION", "USD")["id"])
    (ours,) = [
        each for each in side.every(day.blue, "BkToCstmrAcctRpt") if each.text("Rpt/Acct/Id/Othr/Id") == position
    ]
    assert (ours.text("NbOfNtries"), ours.balance("ITBD")) == ("3", -day.nets["bdblue"])
    assert side.adds_up(ours, "ITBD")
    assert side.every(day.green, "BkToCstmrAcctRpt") == []


def nets(report: Any, column: str = "netSettlementAmount") -> dict[str, Decimal]:
    return {row["participant"]: row[column] for row in report["rows"]}


def test_every_report_is_there_and_its_checks_hold(day: Any) -> None:
    listed = {one["name"]: one for one in day.get("/reports")}
    assert len(listed) == 12
    for name, one in listed.items():
        given = {"settlement": day.settlement} if "settlement" in one["needs"] else {}
        given |= {"participant": "bdblue"} if "participant" in one["needs"] else {}
        report = day.report(name, **given)
        assert report["sound"] and report["checks"], (name, report["checks"])
        assert report["rows"] or name == "unfinalised-transfers", name
        assert [column["name"] for column in report["columns"]] == [column["name"] for column in one["columns"]]


def test_nets_are_those_of_what_was_paid(day: Any) -> None:
    for name in ("settlement-bank", "multilateral"):
        assert nets(day.report(name, settlement=day.settlement)) == day.nets
    rows = day.report("settlement-bank", settlement=day.settlement)["rows"]
    assert {row["participant"]: (row["debit"], row["credit"]) for row in rows}["bdgreen"] == (0, 20)
    own = day.report("dfsp-settlement", settlement=day.settlement, participant="bdblue")["rows"]
    assert {row["counterparty"]: (row["sent"], row["received"], row["net"]) for row in own} == {
        "bdgreen": (20, 0, 20), day.payer: (Decimal("3.25"), Decimal("1.5"), Decimal("1.75")),
    }  # fmt: skip
    detail = day.report("dfsp-settlement-detail", settlement=day.settlement, participant=day.payer)["rows"]
    assert [(row.get("sent"), row.get("received"), row["windowId"]) for row in detail] == [
        (None, Decimal("3.25"), day.window), (Decimal("1.5"), None, day.window),
    ]  # fmt: skip
    pairs = day.report("bilateral", settlement=day.settlement)["rows"]
    assert [(row["participant"], row["counterparty"], row["net"]) for row in pairs] == [
        ("bdblue", "bdgreen", 20), ("bdblue", day.payer, Decimal("1.75")),
    ]  # fmt: skip


def test_a_window_its_transactions_and_what_was_done(day: Any) -> None:
    rows = day.report("settlement-window", window=day.window)["rows"]
    assert {row["participant"]: row["net"] for row in rows} == day.nets
    assert {row["settlementId"] for row in rows} == {str(day.settlement)}
    transactions = day.report("transactions")["rows"]
    assert [row["amount"] for row in transactions] == [20, Decimal("3.25"), Decimal("1.5")]
    assert {row["windowId"] for row in transactions} == {str(day.window)}
    events = {row["event"] for row in day.report("settlement-audit")["rows"]}
    assert {"WINDOW_CHANGED", "SETTLEMENT_CREATED", "SETTLEMENT_ACCOUNT", "FUNDS_IN", "BUSINESS_DAY_CUTOFF"} <= events


def test_a_statement_opens_moves_and_closes(day: Any) -> None:
    rows = day.report("dfsp-settlement-statement", participant=day.payer)["rows"]
    assert [(row["description"], row.get("fundsIn"), row["balance"]) for row in rows] == [
        ("Opening balance", None, 0), ("Funds in", 1000, 1000), ("Closing balance", None, 1000),
    ]  # fmt: skip


def test_what_is_under_way_is_unfinalised(day: Any) -> None:
    payer, payee = day.wallet.dfsp, day.purse
    transfer = payer.pay(payee, "7")
    payee.gets("POST", "/transfers")
    (row,) = day.report("unfinalised-transfers")["rows"]
    assert (row["transferId"], row["amount"], row["reserved"], row["overdue"]) == (transfer, 7, 7, "no")
    assert day.report("unfinalised-transfers")["sound"]
    payee.fulfil(transfer, payer)


@pytest.mark.parametrize("form", ["csv", "xlsx", "html"])
def test_all_forms_say_the_same(day: Any, form: str) -> None:
    told = day.report("multilateral", settlement=day.settlement)
    response = day.hub.operate("GET", f"/reports/multilateral?settlement={day.settlement}&format={form}")
    assert response.headers["isoloop-report-checks"] == "hold"
    wanted = [[str(row[column["name"]]) for column in told["columns"]] for row in told["rows"]]
    if form == "csv":
        names, *rows = csv.reader(io.StringIO(response.text))
        assert names == [column["name"] for column in told["columns"]]
        assert rows == wanted
    elif form == "xlsx":
        assert "multilateral" in response.headers["content-disposition"]
        assert zipfile.is_zipfile(io.BytesIO(response.content))
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        _, *lines = book.worksheets[0].iter_rows(values_only=True)
        assert [[Decimal(str(cell)) if isinstance(cell, int | float) else cell for cell in row] for row in lines] == [
            [row[column["name"]] for column in told["columns"]] for row in told["rows"]
        ]
        assert {row[4] for row in list(book["Checks"].iter_rows(values_only=True))[1:]} == {"yes"}
    else:
        assert "All checks hold" in response.text and "21.75" in response.text
        assert "http" not in response.text


def own(day: Any, name: str, base: str = "", headers: Any = None, **given: Any) -> requests.Response:
    return requests.get(f"{base or day.hub.fspiop}/reports/{name}", params=given, headers=headers, timeout=WAIT_S)


def test_participants_fetch_their_own_at_their_door(day: Any) -> None:
    for base in (day.hub.fspiop, day.hub.iso):
        mine = own(day, "transactions", base, participant=day.payer).json()
        assert {day.payer} <= {row["payer"] for row in mine["rows"]} | {row["payee"] for row in mine["rows"]}
        assert all(day.payer in (row["payer"], row["payee"]) for row in mine["rows"])
        pairs = own(day, "bilateral", base, participant=day.payer, settlement=day.settlement).json()
        assert [(row["participant"], row["counterparty"]) for row in pairs["rows"]] == [("bdblue", day.payer)]
        assert [check["of"] for check in pairs["checks"]] == [f"{day.payer} USD"]
        assert own(day, "dfsp-settlement-statement", base, participant=day.idle).json()["rows"]
    listed = requests.get(f"{day.hub.fspiop}/reports", params={"participant": day.payer}, timeout=WAIT_S).json()
    assert "settlement-bank" not in [one["name"] for one in listed]


def test_nobody_sees_others_reports(day: Any) -> None:
    for name in ("settlement-bank", "multilateral", "reconciliation", "settlement-audit"):
        assert own(day, name, participant=day.payer, settlement=day.settlement).status_code == 404
    everything = [
        own(day, name, participant=day.idle, settlement=day.settlement).text
        for name in ("bilateral", "dfsp-settlement", "dfsp-settlement-detail", "settlement-window", "transactions")
    ]
    assert not any("bdblue" in text or "bdgreen" in text for text in everything)
    assert own(day, "transactions").status_code == 400
    assert own(day, "transactions", participant="nobody").status_code == 404


def test_who_has_a_key_must_show_it(day: Any) -> None:
    key = day.hub.operate("POST", f"/participants/{day.idle}/apiKeys", {"id": "reports"}).json()["key"]
    assert own(day, "transactions", participant=day.idle).status_code == 403
    shown = {"Authorization": f"Bearer {key}"}
    assert own(day, "transactions", headers=shown, participant=day.idle).status_code == 200
    refused = own(day, "transactions", headers=shown, participant=day.payer)
    assert (refused.status_code, refused.json()["error"]) == (403, "REPORT")


REFUSED = [
    ("nothing", {}, "there is no report nothing"),
    ("settlement-bank", {}, "say which with settlement="),
    ("settlement-bank", {"settlement": "9999"}, "there is no settlement 9999"),
    ("settlement-bank", {"settlement": "x"}, "settlement: x is no number"),
    ("settlement-window", {"window": "9999"}, "there is no window 9999"),
    ("dfsp-settlement-statement", {}, "say whose with participant="),
    ("transactions", {"from": "2026-01-01", "to": "2026-06-01"}, "more than 92 days"),
    ("transactions", {"from": "2026-01-02", "to": "2025-01-01"}, "from must be before to"),
    ("transactions", {"from": "noon"}, "from: noon is neither"),
    ("transactions", {"format": "pdf"}, "format: pdf is none of"),
    ("transactions", {"since": "2026-01-01"}, "since is no parameter"),
    ("transactions", {"currency": "usd"}, "currency: usd is no code"),
]


@pytest.mark.parametrize(("name", "given", "words"), REFUSED)
def test_what_cannot_be_told_is_refused_with_what_to_do(day: Any, name: str, given: Any, words: str) -> None:
    response = requests.get(f"{day.hub.admin}/reports/{name}", params=given, timeout=WAIT_S)
    assert not response.ok and words in response.json()["errorInformation"]["errorDescription"]


def test_the_command_line_writes_the_same(day: Any, tmp_path: Path) -> None:
    file = tmp_path / "bank.xlsx"
    command = [ISOLOOP, "report", "settlement-bank", "--settlement", str(day.settlement), "-o", file, "--json"]
    ran = subprocess.run([*command, "--data", day.hub.data], capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    assert (told["rows"], told["sound"], told["file"]) == (3, True, str(file))
    assert zipfile.is_zipfile(file)
    command = [ISOLOOP, "report", "transactions", "--json", "--data", day.hub.data]
    whole = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(whole["rows"]) >= 3


def test_the_day_ends_by_command_with_statements_and_its_history(day: Any) -> None:
    before = day.get("/businessDays/current")
    ended = day.hub.operate("POST", "/businessDays", {"action": "end", "reason": "end of test"}).json()
    assert (ended["day"], ended["state"]) == (before["day"], "ENDED")
    assert ended["history"][-1] | {"at": ""} == {
        "action": "end", "state": "ENDED", "at": "", "by": "operator", "reason": "end of test", "window": None,
    }  # fmt: skip
    current, former = day.get("/businessDays")
    assert (former["day"], current["since"], current["state"]) == (before["day"], former["until"], "OPEN")
    again = day.hub.operate("POST", "/businessDays", {"action": "start"}, ok=False)
    assert again.status_code == 400 and "is OPEN" in again.text
    day.blue.listener.wait(lambda _: len(side.every(day.blue, "BkToCstmrStmt")) >= 2)
    assert all(side.adds_up(each, "CLBD") for each in side.every(day.blue, "BkToCstmrStmt"))
    for code in (b"CLSG", b"OPNG"):
        day.green.listener.wait(lambda message, code=code: b"<EvtCd>" + code in message.body)
    assert day.report("dfsp-settlement-statement", participant="bdblue")["sound"]
    assert subprocess.run([ISOLOOP, "check", "--data", day.hub.data], check=False).returncode == 0


def test_cut_offs_that_were_missed_are_caught_up_once_at_the_start(day: Any) -> None:
    payment = day.blue.pay(bic(day.green.bic), amount="5.00")
    day.blue.send(payment.text)
    assert day.blue.told(payment.uetr).status == "ACSC"
    plan = {"cutOffs": [{"time": f"{hour:02d}:00"} for hour in range(24)], "announces": False}
    day.hub.operate("PUT", "/calendar", plan)
    day.hub.kill()
    with borrowed_database(day.hub.data) as url, psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(_MISSED).rowcount == 1
    day.hub.start()
    window = day.window + 1
    deadline = time.monotonic() + WAIT_S
    while (found := day.get(f"/v2/settlementWindows/{window}"))["state"] != "CLOSED":
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    assert re.fullmatch(r"cut-off \d\d:00 of [\d-]+, caught up: [23] missed while the hub was away", found["reason"])
    cuts = [each for each in day.get("/businessDays/current")["history"] if each["action"] == "cutOff"]
    assert [each["window"] for each in cuts] == [window]
    assert day.report("settlement-window", window=window)["sound"]
    assert day.get("/calendar")["cutOffs"][0]["time"] == "00:00"
    assert day.hub.operate("DELETE", "/calendar").json()["source"] == "settings"
