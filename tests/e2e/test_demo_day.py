"""A whole business day as a page: its figures are recomputed here from its document, and every message is there."""

import json
import re
import subprocess
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from lxml import etree

from tests.e2e.hub import ISOLOOP

pytestmark = [pytest.mark.e2e, pytest.mark.engines, pytest.mark.slow]
SVG = "{http://www.w3.org/2000/svg}"


class Folder:
    """What the command wrote and said."""

    def __init__(self, path):
        self.path = path
        command = [ISOLOOP, "demo", "--json", "--scenario", "settle-in-iso", "--out", path]
        self.ended = subprocess.run(command, capture_output=True, timeout=300, check=False)
        self.report = json.loads(self.ended.stdout)
        self.html = (path / "index.html").read_text("utf-8")
        self.page = etree.HTML(self.html)
        self.day = json.loads((path / "day.json").read_text("utf-8"))

    def section(self, title):
        """One part of the page."""
        (found,) = [one for one in self.page.iter("section") if title in "".join(one.find("h2").itertext())]
        return found

    def tables(self, title):
        """The tables of a part, as texts."""
        return [
            [["".join(cell.itertext()) for cell in row] for row in one.iter("tr")]
            for one in self.section(title).iter("table")
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("day") / "report")


def money(told):
    return Decimal(told["amount"])


def figure(text):
    """An amount as the page shows it."""
    return Decimal(text.replace(",", "") or "0")


def nets(folder, currency):
    """What each owes for the day's payments."""
    found = Counter()
    for flow in folder.day["flows"]:
        if flow["amount"]["currency"] == currency:
            found[flow["debtor"]] += money(flow["amount"])
            found[flow["creditor"]] -= money(flow["amount"])
    return found


def test_all_chapters_and_checks_are_as_they_must_be(folder):
    problems = {each["title"]: each["problems"] for each in folder.report["scenarios"] if each["problems"]}
    assert (problems, folder.ended.returncode) == ({}, 0), folder.ended.stderr.decode()[-2000:]
    checks = folder.day["checks"] + folder.day["invariants"]
    assert len(checks) > 40 and all(one["holds"] for one in checks)
    names = {each["name"] for each in folder.report["scenarios"]}
    assert {"recall", "return", "conversion", "unpaid", "settled", "end-of-day"} <= names
    kinds = Counter(kind.split()[0] for kind in folder.day["participants"].values())
    assert kinds == {"ISO": 3, "FSPIOP": 3}


@pytest.mark.parametrize("currency", ["USD", "KES"])
def test_positions_settlements_and_the_agents_books_are_the_sums_of_the_payments(folder, currency):
    owed = nets(folder, currency)
    assert owed and sum(owed.values()) == 0
    lines = folder.day["positions"][currency]
    at_cut = {name: [Decimal(value) for at, value in line if at <= folder.day["windowClosedAt"]][-1]
              for name, line in lines.items()}  # fmt: skip
    assert {name: value for name, value in at_cut.items() if value} == {n: v for n, v in owed.items() if v}
    assert all(Decimal(line[-1][1]) == 0 for line in lines.values())
    settled = [one for one in folder.day["settlements"] if (one["currency"], one["state"]) == (currency, "SETTLED")]
    (one,) = settled
    assert {each["participant"]: money(each["net"]) for each in one["movements"]} == owed
    booked = {name: -Decimal(value) for name, value in folder.day["bookedAtAgent"][currency].items() if Decimal(value)}
    assert booked == {name: value for name, value in owed.items() if value}
    if currency == "USD":
        assert owed["redbank"] == 740 and owed["goldexchange"] == -100
    else:
        assert owed["goldexchange"] > 0, "who changed the money owes it, not who paid"


def test_the_matrix_on_the_page_is_that_of_the_payments(folder):
    for table, currency in zip(folder.tables("settlement matrix"), ("USD", "KES"), strict=True):
        (_, *names, _, _, _), *rows, last = table
        flows = {(one["debtor"], one["creditor"]): money(one["amount"]) for one in folder.day["flows"]
                 if one["amount"]["currency"] == currency}  # fmt: skip
        owed = nets(folder, currency)
        for debtor, *cells, total, net, booked in rows:
            assert [figure(cell) for cell in cells] == [flows.get((debtor, name), 0) for name in names]
            assert figure(total) == sum(figure(cell) for cell in cells)
            assert figure(net) == owed[debtor] == -figure(booked)
        assert [figure(cell) for cell in last[-2:]] == [0, 0]


def test_every_statement_adds_up_and_is_the_deposit_and_the_net(folder):
    found = folder.day["statements"]
    entries = Counter((one["account"], line["entry"]) for one in found for line in one["lines"])
    assert entries and set(entries.values()) == {1}
    by_account = defaultdict(Decimal)
    for one in found:
        balance = money(one["opening"])
        for line in one["lines"]:
            balance += money(line["amount"])
            assert money(line["balance"]) == balance
        assert money(one["closing"]) == balance
        by_account[one["participant"], one["type"], one["closing"]["currency"]] += balance
        assert one["sent"] == ("" if folder.day["participants"][one["participant"]].startswith("ISO") else None)
    for name in folder.day["participants"]:
        for currency in ("USD", "KES"):
            assert by_account[name, "POSITION", currency] == 0
            assert by_account[name, "SETTLEMENT", currency] == 10_000_000 - nets(folder, currency)[name]
    shown = list(folder.section("Statements").iter("details"))
    assert len(shown) == len(found) == 24
    for one, told in zip(found, shown, strict=True):
        rows = [["".join(cell.itertext()) for cell in row] for row in told.iter("tr")][1:]
        assert [figure(row[-1]) for row in rows[1:-1]] == [money(line["balance"]) for line in one["lines"]]


def test_every_arrow_leads_to_its_message_beside_its_translation(folder):
    page = folder.page
    messages = {one.get("id"): one for one in page.iter("details") if one.get("id")}
    arrows = [link.get("href").removeprefix("#") for svg in page.iter("svg") for link in svg.iter("a")]
    assert len(arrows) == len(messages) == len(set(arrows)) and set(arrows) == set(messages)
    assert len(arrows) == sum(len(each["steps"]) for each in folder.report["scenarios"])
    beside = [len(list(one.iter("pre"))) for one in messages.values()]
    assert sum(many > 1 for many in beside) > len(beside) // 2
    titles = Counter("".join(one.find("summary").find("span[2]").itertext()) for one in messages.values())
    assert {"pacs.029.001.02", "camt.053.001.08", "pacs.004.001.09", "camt.056.001.08"} <= set(titles)
    assert titles["camt.053.001.08"] == 12
    chapters = [one for one in page.iter("section") if re.match(r"\d+\. ", "".join(one.find("h2").itertext()))]
    assert len(chapters) == len(folder.report["scenarios"])
    assert all(len(list(one.iter("svg"))) == 1 for one in chapters), "each story is drawn"


def test_the_page_stands_alone(folder):
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\(|@import|fetch\(|XMLHttp""", folder.html)
    ids = [one.get("id") for one in folder.page.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert {link.get("href").removeprefix("#") for link in folder.page.iter("a")} <= set(ids)
    for file in folder.path.glob("*.svg"):
        assert etree.parse(file).getroot().tag == f"{SVG}svg", file
    assert {"positions-usd.svg", "positions-kes.svg", "busy.svg"} <= {file.name for file in folder.path.glob("*.svg")}


def test_a_story_begins_with_its_own_first_message(folder):
    first = {each["name"]: each["steps"][0] for each in folder.report["scenarios"]}
    assert (first["bank-to-wallet"]["source"], first["bank-to-wallet"]["message"]) == ("greenbank", "pacs.008.001.08")
    assert (first["wallet-to-bank"]["source"], first["wallet-to-bank"]["message"]) == (
        "pinkwallet",
        "GET /parties/{ID}",
    )
    last = {each["name"]: each["steps"][-1] for each in folder.report["scenarios"]}
    assert (last["bank-to-bank"]["message"], last["bank-to-bank"]["says"]) == ("pacs.002.001.10", "ACSC")
