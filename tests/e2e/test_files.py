"""A file of many payments is taken part by part, told of as a whole, and goes on where it broke off."""

import http.client
import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlparse

import pytest
import requests

from tests.e2e.bank_side import Bank, bic, moment, new_id
from tests.e2e.hub import ISOLOOP, Hub
from tests.e2e.pain_side import report, reports
from tests.unit.iso.files import file

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
XML = {"content-type": "application/xml"}


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    return Bank(hub, "filebank", "FILEKENA")


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "filecreditor", "FILCKENA")
    found.accept_all()
    return found


def made(bank: Bank, creditor: Bank, message: str, batches: list[int], **wrong: str) -> bytes:
    today = datetime.now(UTC).date().isoformat()
    body = file(message, batches, debtor=bic(bank.bic), creditor=bic(creditor.bic), day=today, **wrong)
    return body.replace(b"2026-11-20T08:00:00Z", moment().encode())


def post(bank: Bank, body: bytes, **asked: str) -> requests.Response:
    url = f"{bank.hub.iso}/iso20022/files"
    return requests.post(url, data=body, params={"from": bank.name, **asked}, headers=XML, timeout=60)


def standing(bank: Bank, message: str) -> dict:
    url = f"{bank.hub.iso}/iso20022/files"
    return dict(requests.get(url, params={"from": bank.name, "messageId": message}, timeout=20).json())


def test_three_thousand_payments_are_taken_and_refused_or_reported_in_pages(hub: Hub, bank: Bank):
    """Nobody is there to be paid, so that the test is about the file alone."""
    message = new_id()
    nobody = Bank(hub, "filenobody", "FILNKENA")
    body = made(bank, nobody, message, [1200, 1, 1799]).replace(b"FILNKENA", b"NOBDKENA")
    answer = post(bank, body)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {
        "messageId": message, "announced": "3000", "taken": 3000, "lastEndToEndId": "E3000", "state": "TAKEN",
    }  # fmt: skip
    told = [report(bank, message, nth) for nth in (1, 2, 3)]
    assert {one.group for one in told} == {"RJCT"}
    assert [len(one.transfers) for one in told] == [1000, 1000, 1000]
    found = {name: result for one in told for name, result in one.transfers.items()}
    assert found == {f"E{number}": ("RJCT", "RC04") for number in range(1, 3001)}
    assert standing(bank, message)["transactions"] == {"taken": 3000, "settled": 0, "rejected": 3000, "open": 0}


def test_payments_of_a_file_are_paid(bank: Bank, creditor: Bank):
    message, before = new_id(), bank.hub.position(bank.name)
    assert post(bank, made(bank, creditor, message, [4, 2])).status_code == 202
    final = report(bank, message, 2)
    assert final.group == "ACSC"
    assert final.transfers == {f"E{number}": ("ACSC", "") for number in range(1, 7)}
    assert bank.hub.position(bank.name) - before == 6


def test_a_file_that_broke_off_is_known_and_goes_on(bank: Bank, creditor: Bank):
    message = new_id()
    body = made(bank, creditor, message, [700]).replace(creditor.bic.encode(), b"NOBDKENA")
    body = body.replace(b"NOBDKENA", creditor.bic.encode(), 3)
    half = body[: body.index(b"<EndToEndId>E620<")]
    url = urlparse(bank.hub.iso)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=20)
    connection.putrequest("POST", f"/iso20022/files?from={bank.name}")
    connection.putheader("Content-Type", "application/xml")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(half)
    connection.close()
    before = bank.hub.position(bank.name)
    patience = time.monotonic() + 60
    while (found := standing(bank, message)).get("transactions", {}).get("taken") != 619:
        assert time.monotonic() < patience, found
        time.sleep(0.02)
    assert (found["state"], found["announced"], found["lastEndToEndId"]) == ("INCOMPLETE", "700", "E619")
    assert reports(bank, message) == []
    assert bank.hub.position(bank.name) == before
    other = post(bank, body.replace(b"<EndToEndId>E5<", b"<EndToEndId>E5X<"))
    assert (other.status_code, other.json()["error"]) == (409, "DUPLICATE_MESSAGE")
    assert post(bank, body).json()["taken"] == 700
    final = report(bank, message, 3)
    assert (final.group, final.transfers["E3"], final.transfers["E700"]) == ("PART", ("ACSC", ""), ("RJCT", "RC04"))
    assert bank.hub.position(bank.name) - before == 3


def test_what_is_wrong_is_told_with_its_line_and_what_was_taken(bank: Bank, creditor: Bank):
    message = new_id()
    body = made(bank, creditor, message, [900], E700="1.1234567")
    answer = post(bank, body)
    told = answer.json()
    assert answer.status_code == 400
    assert (told["taken"], told["lastEndToEndId"]) == (500, "E500")
    line = body[: body.index(b"1.1234567")].count(b"\n") + 1
    first = told["findings"][0]
    assert (first["line"], first["path"]) == (
        line, "/Document/CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[700]/Amt/InstdAmt",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(b"<NbOfTxs>4<", b"<NbOfTxs>5<", "AM18"), (b"<CtrlSum>4.00<", b"<CtrlSum>4.01<", "AM10")],
)
def test_wrong_totals_refuse_a_file_before_anything_is_paid(
    bank: Bank, creditor: Bank, old: bytes, new: bytes, code: str
):
    message, before = new_id(), bank.hub.position(bank.name)
    assert post(bank, made(bank, creditor, message, [4]).replace(old, new)).status_code == 202
    told = report(bank, message)
    assert (told.group, told.code) == ("RJCT", code)
    assert bank.hub.position(bank.name) == before


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"from": "nobody"}, 400, "SENDER"),
        ({"from": ""}, 400, "SENDER"),
    ],
)
def test_who_sends_must_be_known(bank: Bank, creditor: Bank, change: dict[str, str], status: int, error: str):
    answer = post(bank, made(bank, creditor, new_id(), [1]), **change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_what_is_no_file_is_refused(bank: Bank):
    url = f"{bank.hub.iso}/iso20022/files"
    assert requests.post(url, data=b"{}", headers={"content-type": "application/json"}, timeout=20).status_code == 415
    assert requests.put(url, timeout=20).status_code == 405
    assert requests.get(url, params={"from": bank.name, "messageId": "none"}, timeout=20).status_code == 404
    answer = post(bank, b"<!DOCTYPE a><a/>")
    assert (answer.status_code, answer.json()["error"]) == (400, "DOCTYPE")


def submit(*arguments: str) -> tuple[int, dict]:
    """The command as a user runs it."""
    done = subprocess.run(
        [str(ISOLOOP), "submit", *arguments, "--json"], check=False, capture_output=True, text=True, timeout=60
    )
    return done.returncode, json.loads(done.stdout)


def test_a_file_is_sent_and_followed_from_the_command_line(bank: Bank, creditor: Bank, tmp_path: Path):
    message, path = new_id(), tmp_path / "salaries.xml"
    path.write_bytes(made(bank, creditor, message, [3]))
    status, told = submit(str(path), "--url", bank.hub.iso, "--from", bank.name, "--wait", "30")
    assert (status, told["state"]) == (0, "ACSC")
    assert told["transactions"] == {"taken": 3, "settled": 3, "rejected": 0, "open": 0}


def test_the_command_line_checks_a_file_without_a_hub(bank: Bank, creditor: Bank, tmp_path: Path):
    good, bad, short = (tmp_path / f"{name}.xml" for name in ("good", "bad", "short"))
    good.write_bytes(made(bank, creditor, "GOOD", [600]))
    bad.write_bytes(made(bank, creditor, "BAD", [600], E600="x"))
    short.write_bytes(made(bank, creditor, "SHORT", [2]).replace(b"<NbOfTxs>2", b"<NbOfTxs>3"))
    status, told = submit(str(good), "--check")
    assert (status, told["state"], told["taken"], told["sum"]) == (0, "VALID", 600, "600.00")
    status, told = submit(str(bad), "--check")
    assert (status, told["state"], told["taken"], len(told["findings"])) == (1, "INVALID", 500, 1)
    status, told = submit(str(short), "--check")
    assert (status, told["detail"]) == (1, "NbOfTxs is 3, not 2")


def test_the_command_line_says_what_to_do_where_no_hub_answers(bank: Bank, creditor: Bank, tmp_path: Path):
    path = tmp_path / "salaries.xml"
    path.write_bytes(made(bank, creditor, "NONE", [1]))
    status, told = submit(str(path), "--url", "http://127.0.0.1:9")
    assert (status, told["error"]) == (1, "BROKEN_OFF")
    assert "send the file again" in told["detail"]


def test_rules_that_a_bank_agreed_on_hold_for_each_payment_of_its_files(hub: Hub, creditor: Bank):
    strict, message = Bank(hub, "filestrict", "FILSKENA", rules=["base"]), new_id()
    account = b"<Othr><Id>0220000002</Id></Othr>"
    body = made(strict, creditor, message, [2, 3])
    third = body.index(account, body.index(b"<EndToEndId>E3<"))
    body = body[:third] + body[third:].replace(account, b"<IBAN>DE00345678901234567890</IBAN>", 1)
    taken = post(strict, body)
    assert (taken.status_code, taken.json()["rules"]["BASE-0001"]) == (202, 1)
    final = report(strict, message, 2)
    assert final.group == "PART"
    assert final.transfers == {
        **{f"E{number}": ("ACSC", "") for number in (1, 2, 4, 5)}, "E3": ("RJCT", "AC01"),
    }  # fmt: skip
    assert b"BASE-0001" in final.body
    whole = new_id()
    wrong = b"<Id><OrgId><LEI>529900T8BM49AURSDO00</LEI></OrgId></Id></InitgPty>"
    assert post(strict, made(strict, creditor, whole, [2]).replace(b"</InitgPty>", wrong)).status_code == 202
    refused = report(strict, whole)
    assert (refused.group, b"BASE-0007" in refused.body) == ("RJCT", True)
    assert standing(strict, whole)["transactions"]["settled"] == 0
