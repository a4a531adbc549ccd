"""The demo as its user runs it: every case in every direction ends as it must, and stdout is one JSON document."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.canonical.money import Money
from switch.demo.cases import DIRECTIONS, Case
from switch.demo.scenarios import SCENARIOS
from switch.sandbox import letters
from switch.sandbox.letters import Order, institution

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]
ISOLOOP = Path(sys.executable).with_name("isoloop")


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> Path:
    """Two messages of others: one that can be settled, one without money in it."""
    folder = tmp_path_factory.mktemp("samples")
    for name, units, version in (("good.xml", 1_234_500, "pacs.008.001.08"), ("zero.xml", 0, "pacs.008.001.12")):
        order = Order(
            Money(units, "CHF"), "A", "111", "B", creditor_account="222", creditor_agent=institution("DEUTDEFF")
        )
        message = letters.credit_transfer(order, "BNPAFRPP", datetime(2015, 9, 29, tzinfo=UTC), "OLD")
        (folder / name).write_bytes(letters.write_document(message, version))
    return folder


@pytest.fixture(scope="module")
def run(samples) -> subprocess.CompletedProcess[bytes]:
    command = [ISOLOOP, "demo", "--json", "--samples", samples]
    return subprocess.run(command, capture_output=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def report(run) -> dict:
    return json.loads(run.stdout)


def test_every_payment_ends_as_it_must(run, report):
    problems = [(each["direction"], each["case"], each["problems"]) for each in report["payments"] if each["problems"]]

    assert problems == []
    assert len(report["payments"]) == len(DIRECTIONS) * len(Case)
    assert (report["passed"], run.returncode) == (True, 0), run.stderr.decode()[-2000:]


def test_one_order_pays_many(report):
    assert [each["payee"] for each in report["bulks"]] == ["yellowwallet", "greenbank"]
    assert all(each["problems"] == [] and each["positionChange"] == "365" for each in report["bulks"])
    assert all([code == "PAID" for _, code in each["items"]] == [True, False, True, True] for each in report["bulks"])


def test_money_changes_its_currency(report):
    to_wallet, to_bank, from_wallet, refused = report["exchanges"]

    assert [each["code"] for each in report["exchanges"]] == ["ACSC", "ACSC", "COMMITTED", "MS03"]
    assert all(each["problems"] == [] for each in report["exchanges"])
    assert to_wallet["told"] | {"rate": ""} == {
        "given": "100.00 USD", "got": "12835.50 KES", "rate": "", "provider": "goldexchange",
        "charges": ["0.50 USD goldexchange"],
    }  # fmt: skip
    assert [leg["change"] for leg in from_wallet["legs"]] == ["50", "-50", "6385.5", "-6385.5"]
    assert to_bank["told"]["got"] == "12900.00 KES"
    assert {leg["change"] for leg in refused["legs"]} == {"0"}


def test_both_sides_and_their_ids_are_reported(report):
    success = {each["direction"]: each for each in report["payments"] if each["case"] == Case.SUCCESS}

    across = success["bank → DFSP"]
    assert across["payer"]["ids"]["UETR"] == across["payee"]["ids"]["transferId"]
    assert (across["from"], across["to"]) == (across["payer"]["name"], across["payee"]["name"])
    assert across["dialects"] == [across["payer"]["dialect"], across["payee"]["dialect"]]
    assert across["payer"]["positionChange"] == f"{across['amount']}"
    assert all(
        each["milliseconds"] > 0 and each["payer"]["dialect"] and each["payee"]["states"] for each in success.values()
    )


def test_schema_error_is_told_with_line_and_path(report):
    broken = [
        each
        for each in report["payments"]
        if each["case"] == Case.BAD_SCHEMA and each["payer"]["dialect"].startswith("ISO")
    ]

    assert len(broken) == 2
    assert all(each["line"] > 1 and each["path"].endswith("/CdtTrfTxInf/ChrgBr") for each in broken)


def test_books_sum_to_zero(report):
    assert {each["currency"] for each in report["ledger"]} >= {"USD", "EUR", "KES", "XOF", "CHF"}
    assert all(each["balanced"] for each in report["ledger"])
    assert report["invariants"] and all(each["holds"] for each in report["invariants"])


def test_messages_of_others_are_settled_or_refused_for_a_reason(report):
    ended = {each["file"]: (each["end"], each["code"]) for each in report["samples"]}

    assert ended == {"good.xml": ("settled", "ACSC"), "zero.xml": ("refused", "AM01")}


@pytest.fixture(scope="module")
def scenarios() -> subprocess.CompletedProcess[bytes]:
    command = [ISOLOOP, "demo", "--json", "--scenario", "all"]
    return subprocess.run(command, capture_output=True, timeout=300, check=False)


def test_every_scenario_ends_as_it_must(scenarios):
    report = json.loads(scenarios.stdout)

    assert [each["name"] for each in report["scenarios"]] == list(SCENARIOS)
    assert {each["name"]: each["problems"] for each in report["scenarios"]} == {name: [] for name in SCENARIOS}
    assert all(each["steps"] for each in report["scenarios"])
    assert (report["passed"], scenarios.returncode) == (True, 0), scenarios.stderr.decode()[-2000:]


def test_a_scenario_nobody_knows_is_named_with_those_there_are():
    ended = subprocess.run([ISOLOOP, "demo", "--scenario", "robbery"], capture_output=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert b"robbery" in ended.stderr
    assert all(name.encode() in ended.stderr for name in SCENARIOS)
