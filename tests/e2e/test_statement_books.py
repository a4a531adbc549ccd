"""Every statement and report of four business days against the entries, added up here by themselves.

Two currencies, fees, a settlement, a day without bookings, a balance below zero; camt.052, camt.053 and camt.054.
"""

import time
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal

import psycopg
import pytest
import requests

from switch.embedded import borrowed_database
from tests.e2e import report_side as side
from tests.e2e.bank_side import Bank, account, bic, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import WAIT_S, running_hub
from tests.e2e.settlement_side import STEPS, Desk
from tests.e2e.test_closes import FEES
from tests.e2e.wallet_side import Wallet

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
ALL = ["camt.052", "camt.053", "camt.054"]
RULE = {"name": "SHARE", "kind": "INTERCHANGE", "paidBy": "PAYER", "basisPoints": 50}
DAYS = 4
CHECKED = Counter()
_ENTRIES = """SELECT e.account, e.id, e.at, e.credits_posted - e.debits_posted FROM entries e
JOIN accounts a ON a.id = e.account WHERE a.owner = ANY(%s) AND e.phase IN ('commit', 'post') ORDER BY e.id"""


class Entry:
    """A row of the table of entries, as amounts."""

    def __init__(self, number, at, units):
        self.number, self.at, self.amount = number, at, Decimal(units) / 10_000


class Days:
    """A bank and a wallet in two currencies through four business days; `entries` is what the table then holds."""

    def __init__(self, hub):
        self.hub, self.desk, self.scheme = hub, Desk(hub), Scheme(hub)
        hub.operate("POST", "/settlementModels", FEES)
        hub.operate("POST", "/feeRules", RULE)
        self.blue = Bank(hub, "sbblue", "SBBLDEFFXXX", reports=ALL)
        self.green = Bank(hub, "sbgreen", "SBGRDEFFXXX", reports=ALL)
        for bank in (self.blue, self.green):
            hub.add(bank.name, "KES")
            bank.accept_all()
        self.wallet = Wallet(self.scheme.dfsp("sbwallet", funds=1000, cap=1000))
        self.names = [self.blue.name, self.green.name, self.wallet.dfsp.name]
        self._first_day()
        self.end()
        self.end()
        self._third_day()
        self.end()
        self.pay(self.green, self.blue, "0.01", "KES")
        self.end()
        self.entries = self._read()

    def pay(self, payer, payee, amount, currency="USD"):
        sent = payer.pay(bic(payee.bic), amount=amount, currency=currency)
        payer.send(sent.text)
        assert payer.told(sent.uetr).status == "ACSC"

    def _first_day(self):
        for amount in ("20.00", "0.01", "199.99"):
            self.pay(self.blue, self.green, amount)
        self.pay(self.blue, self.green, "5000.50", "KES")
        self.pay(self.green, self.blue, "7.77")
        away = self.blue.pay(other(self.wallet.dfsp.name), amount="3.25", creditor_account=account("256772000101"))
        self.blue.send(away.text)
        assert self.blue.told(away.uetr).status == "ACSC"
        self.hub.deposit(self.blue.name, "USD", 5)

    def _third_day(self):
        self.pay(self.green, self.blue, "100.00", "KES")
        window = self.desk.close()
        for model in ("DEFERREDNET", "FEES"):
            settlement = self.desk.settle(window, model=model)
            for step in STEPS:
                self.desk.move(settlement, step)

    def end(self):
        self.hub.operate("POST", "/businessDays", {"action": "end", "reason": "over"})

    def _read(self):
        with borrowed_database(self.hub.data) as url, psycopg.connect(url) as connection:
            rows = connection.execute(_ENTRIES, (self.names,)).fetchall()
        found = defaultdict(list)
        for number, entry, at, units in rows:
            found[str(number)].append(Entry(entry, at, units))
        return found

    def accounts(self, name):
        return {str(one["id"]): one for one in self.hub.operate("GET", f"/participants/{name}/accounts").json()}

    def told(self, bank, root, part):
        """Every statement that a bank got, page by page, once it got as many as there must be."""
        found = []
        for message in side.every(bank, root):
            found += [one for one in message.all(part) if one.text("CpyDplctInd") is None]
        return found


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """A hub of its own, whose books are proven at the end."""
    with running_hub(tmp_path_factory.mktemp("statements")) as hub:
        found = Days(hub)
        yield found
        found.scheme.close()
    print(f"\nchecked against the entries: {dict(CHECKED)}")


def until(look, what):
    deadline = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def of(statement, which="Acct/Id/Othr/Id"):
    return statement.text(which)


def bounds(statement):
    return tuple(datetime.fromisoformat(statement.text(f"FrToDt/{name}")) for name in ("FrDtTm", "ToDtTm"))


def lines(statement):
    """The entries of a statement by their number."""
    return {int(one.text("NtryRef")): side.signed(one) for one in statement.all("Ntry")}


def summed(statement, total):
    """Count and sum of one of the totals."""
    return int(statement.text(f"{total}/NbOfNtries")), Decimal(statement.text(f"{total}/Sum"))


def held(statement, entries):
    """A day statement says what the entries of its time say: balances, lines, totals."""
    numbers = [entry for entry in entries if entry.number in lines(statement)]
    assert {entry.number: entry.amount for entry in numbers} == lines(statement), of(statement)
    first = min((entry.number for entry in numbers), default=None)
    opening = statement.balance("OPBD")
    if first is not None:
        assert opening == sum((one.amount for one in entries if one.number < first), Decimal(0))
    booked = [entry.amount for entry in numbers]
    assert statement.balance("CLBD") == opening + sum(booked, Decimal(0))
    came, went = [one for one in booked if one > 0], [-one for one in booked if one < 0]
    assert summed(statement, "TtlNtries") == (len(booked), sum(came + went, Decimal(0)))
    assert summed(statement, "TtlCdtNtries") == (len(came), sum(came, Decimal(0)))
    assert summed(statement, "TtlDbtNtries") == (len(went), sum(went, Decimal(0)))
    CHECKED["camt.053"] += 1


def statements(days, bank):
    """Its camt.053 of all accounts that were there from the first day on, by account in their order."""
    wanted = days.accounts(bank.name)
    early = {number for number in wanted if days.entries[number]}

    def look():
        found = defaultdict(list)
        for one in days.told(bank, "BkToCstmrStmt", "Stmt"):
            found[of(one)].append(one)
        return found if all(len(found[number]) >= DAYS for number in early) else None

    found = until(look, f"{bank.name} lacks statements of {early}")
    return {number: sorted(each, key=lambda one: int(one.text("ElctrncSeqNb"))) for number, each in found.items()}


@pytest.mark.parametrize("name", ["blue", "green"])
def test_day_statements_are_what_the_entries_say(days, name):
    bank = getattr(days, name)
    found, known = statements(days, bank), days.accounts(bank.name)
    kinds = {(known[number]["ledgerAccountType"], known[number]["currency"]) for number in found}
    assert {("POSITION", "USD"), ("POSITION", "KES"), ("SETTLEMENT", "USD"), ("INTERCHANGE_FEE", "USD")} <= kinds
    for number, each in found.items():
        entries = days.entries[number]
        assert [one.text("ElctrncSeqNb") for one in each] == [str(place + 1) for place in range(len(each))]
        assert [one.text("LglSeqNb") for one in each] == [one.text("ElctrncSeqNb") for one in each]
        assert all(one.text("Acct/Ccy") == known[number]["currency"] for one in each)
        seen = Counter(line for one in each for line in lines(one))
        assert seen == Counter(entry.number for entry in entries), "each booking in exactly one statement"
        closed, ended = Decimal(0), None
        for one in each:
            held(one, entries)
            since, end = bounds(one)
            assert one.balance("OPBD") == closed and ended in (None, since)
            closed, ended = one.balance("CLBD"), end
        assert closed == sum((entry.amount for entry in entries), Decimal(0)) == -Decimal(str(known[number]["value"]))
    empty = [one for each in found.values() for one in each[1:2]]
    assert empty and all(lines(one) == {} and summed(one, "TtlNtries") == (0, 0) for one in empty)
    assert any(one.balance("CLBD") < 0 for each in found.values() for one in each), "somebody owes"


@pytest.mark.parametrize("name", ["blue", "green"])
def test_notices_add_up_to_the_day_statements(days, name):
    bank = getattr(days, name)
    statements(days, bank)
    # The first deposit in dollars came before anybody had asked for notices.
    booked = {
        number: Counter(entry.amount for entry in days.entries[number][(kind == ("SETTLEMENT", "USD")) :])
        for number, one in days.accounts(bank.name).items()
        if (kind := (one["ledgerAccountType"], one["currency"]))
    }

    def look():
        found, notices = defaultdict(Counter), days.told(bank, "BkToCstmrDbtCdtNtfctn", "Ntfctn")
        for one in notices:
            found[of(one)] += Counter(side.signed(line) for line in one.all("Ntry"))
        return notices if all(found[number] == want for number, want in booked.items()) else None

    CHECKED["camt.054"] += len(until(look, f"the notices of {bank.name} are not what was booked: {booked}"))


def test_the_day_so_far_at_the_close_and_on_request(days):
    statements(days, days.blue)
    found = days.told(days.blue, "BkToCstmrAcctRpt", "Rpt")
    assert {of(one) for one in found} >= {number for number in days.accounts("sbblue") if days.entries[number]}
    for one in found:
        entries = days.entries[of(one)]
        opening = one.balance("OPBD")
        assert lines(one).items() <= {entry.number: entry.amount for entry in entries}.items()
        assert opening + sum(lines(one).values(), Decimal(0)) == one.balance("ITBD")
        first = min(lines(one), default=None)
        CHECKED["camt.052"] += 1
        assert first is None or opening == sum((each.amount for each in entries if each.number < first), Decimal(0))
    numbers = defaultdict(list)
    for one in found:
        numbers[of(one)].append(int(one.text("ElctrncSeqNb")))
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in numbers.values())


def own(days, name, **given):
    url = f"{days.hub.fspiop}/reports/account-statement"
    answer = requests.get(url, params={"participant": name, **given}, timeout=WAIT_S)
    assert answer.status_code == 200, answer.text
    return answer


def test_whoever_speaks_no_iso_has_the_same_figures(days):
    for name in days.names:
        told = own(days, name).json()
        CHECKED["account-statement"] += 1
        assert told["sound"] and all(check["holds"] for check in told["checks"])
        balances, seen = {}, Counter()
        for row in told["rows"]:
            number = str(row["accountId"])
            if row["type"] == "Opening balance":
                assert row["balance"] == 0
            elif row["type"] == "Closing balance":
                assert Decimal(str(row["balance"])) == balances.get(number, 0)
            else:
                seen[number, row["entry"]] += 1
                moved = Decimal(str(row.get("credit", 0))) - Decimal(str(row.get("debit", 0)))
                balances[number] = balances.get(number, Decimal(0)) + moved
                assert Decimal(str(row["balance"])) == balances[number]
                assert row.get("counterparty") != name
        wanted = {(number, entry.number) for number in days.accounts(name) for entry in days.entries[number]}
        assert set(seen) == wanted and set(seen.values()) <= {1}
        kinds = {row["type"] for row in told["rows"]}
        assert {"TRANSFER", "FUNDS", "NET_SETTLEMENT", "INTERCHANGE_FEE"} <= kinds
        others = set(days.names) - {name}
        text = own(days, name, format="csv").text
        paid = {days.green.name, days.wallet.dfsp.name} if name == days.blue.name else {days.blue.name}
        assert not any(one in text for one in others - paid)


def test_a_day_by_its_bounds_is_the_statement_of_that_day(days):
    for number, each in statements(days, days.blue).items():
        for one in each:
            since, end = (one.text(f"FrToDt/{which}") for which in ("FrDtTm", "ToDtTm"))
            rows = [row for row in own(days, days.blue.name, **{"from": since, "to": end}).json()["rows"]
                    if str(row["accountId"]) == number]  # fmt: skip
            assert Decimal(str(rows[0]["balance"])) == one.balance("OPBD")
            assert Decimal(str(rows[-1]["balance"])) == one.balance("CLBD")
            assert {row["entry"] for row in rows[1:-1]} == set(lines(one))
