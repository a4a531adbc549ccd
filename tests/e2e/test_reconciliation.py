"""An agent's statements against the books of a real hub: clean as they are, and every planted error found."""

import json
from functools import partial

import pytest
from msgspec.structs import replace

from iso.messages import camt053
from iso.messages.shape import Amount
from iso.messages.statements import Summary
from switch.__main__ import main
from switch.reconciliation import read_report
from switch.sandbox.letters import new_id
from tests.e2e.agent_side import ONE, SCHEME_ACCOUNT, cycle
from tests.e2e.hub import running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("reconciling")) as hub:
        yield hub


def run(hub, on, capsys, tmp_path, *bodies):
    """The command on these statements: its exit status and what it says."""
    files = []
    for number, body in enumerate(bodies):
        files.append(tmp_path / f"{number}.xml")
        files[-1].write_bytes(body)
    status = main(["reconcile", *map(str, files), "--data", str(hub.data), "--json", "--agent", on.desk.bank.name])
    return status, json.loads(capsys.readouterr().out)


def words(told):
    """The errors that were found, each by verdict."""
    return sorted(
        one["verdict"] for statement in told["statements"] for one in statement["compared"]
        if one["verdict"] != "MATCHED"
    )  # fmt: skip


async def two_cycles(on):
    for units in (70, 30):
        await on.settle(units)
        await on.instruct()
        await on.reaches("SETTLED")


def without(entries):
    return entries[1:]


def with_more(entries):
    made = replace(entries[0], reference="X", servicer_reference="X", details=())
    return [*entries, made]


def twice(entries):
    return [*entries, entries[0]]


def other_amount(entries):
    (details,) = entries[0].details
    paid = replace(details.transactions[0], amount=Amount("1.23", "USD"))
    changed = replace(details, transactions=(paid,))
    return [replace(entries[0], amount=Amount("1.23", "USD"), details=(changed,)), *entries[1:]]


def other_way(entries):
    turned = {"CRDT": "DBIT", "DBIT": "CRDT"}[entries[0].direction]
    (details,) = entries[0].details
    paid = replace(details.transactions[0], direction=turned)
    return [replace(entries[0], direction=turned, details=(replace(details, transactions=(paid,)),)), *entries[1:]]


def other_name(entries):
    (details,) = entries[0].details
    names = dict.fromkeys(
        ("message_id", "servicer_reference", "instruction_id", "end_to_end_id", "transaction_id"), "X"
    )
    paid = replace(details.transactions[0], uetr=None, **names)
    named = replace(
        entries[0], reference="X", servicer_reference="X", details=(replace(details, transactions=(paid,)),)
    )
    return [named, *entries[1:]]


def swapped(entries):
    """The amounts of two bookings change places: the sum is right."""

    def as_of(entry, other):
        (details,) = entry.details
        paid = replace(details.transactions[0], amount=other.amount)
        return replace(entry, amount=other.amount, details=(replace(details, transactions=(paid,)),))

    first, second, *rest = entries
    return [as_of(first, second), as_of(second, first), *rest]


def nothing(_):
    return []


PLANTED = [
    (without, ["MISSING"]), (with_more, ["EXTRA"]), (twice, ["EXTRA"]), (other_amount, ["DIFFERENT"]),
    (other_way, ["DIFFERENT"]), (other_name, ["EXTRA", "MISSING"]), (swapped, ["DIFFERENT", "DIFFERENT"]),
    (nothing, ["MISSING", "MISSING"]),
]  # fmt: skip


async def test_the_agents_statements_match_the_books(own, capsys, tmp_path):
    async with cycle(own) as on:
        await two_cycles(on)
        for number in (on.number(on.blue), on.number(on.green), SCHEME_ACCOUNT):
            await on.desk.send_statement(number)
        path = f"/settlementAgents/{on.desk.bank.name}"
        await on.until(lambda found: len(found) == 3, partial(on.call, "GET", f"{path}/statements"))
        told = await on.call("GET", f"{path}/reconciliation")
        assert told["clean"], json.dumps(told)
        assert (told["drift"], len(told["statements"])) == ({"USD": 0}, 3)
        assert {one["counts"]["MATCHED"] for one in told["statements"]} == {2, 4}
        await on.settle(5)
        await on.instruct()
        await on.reaches("SETTLED")
        bodies = [account.statement() for account in on.desk.accounts.values()]
        status, found = run(own, on, capsys, tmp_path, *bodies)
        assert (status, words(found), found["drift"]) == (0, [], {"USD": 0})
        await on.desk.send_statement(on.number(on.blue), bodies[1])
        await on.until(lambda listed: len(listed) == 4, partial(on.call, "GET", f"{path}/statements"))
        told = await on.call("GET", f"{path}/reconciliation?account={on.number(on.blue)}")
        assert told["clean"], json.dumps(told)


async def test_every_planted_error_is_found_and_none_without(own, capsys, tmp_path):
    async with cycle(own) as on:
        await two_cycles(on)
        account = on.desk.accounts[on.number(on.blue)]
        entries, opening, bookings, since = account.entries(), account.opening, account.bookings, account.since
        of_others = on.desk.accounts[on.number(on.green)].entries()

        def of_another(entries):
            return [*entries, of_others[0]]

        planted = [(list, []), *PLANTED, (of_another, ["EXTRA"])]
        for plant, expected in planted:
            account.opening, account.bookings, account.since = opening, list(bookings), since
            status, told = run(own, on, capsys, tmp_path, account.statement(plant(entries)))
            assert (status, words(told)) == (bool(expected), expected), plant.__name__
            assert told["drift"] == {"USD": 0}
        account.opening, account.bookings, account.since = opening + 3 * ONE, list(bookings), since
        status, told = run(own, on, capsys, tmp_path, account.statement())
        assert (status, words(told), told["drift"]) == (1, [], {"USD": 3 * ONE})
        print(f"\n{sum(len(each) for _, each in planted) + 1} errors planted and found, none reported on clean data")


async def test_debits_that_were_given_back_are_no_errors(own, capsys, tmp_path):
    async with cycle(own, netInstruction="pacs.009", poor=True, third=True) as on:
        await on.pay(20, on.white)
        await on.settle(30)
        await on.instruct()
        await on.reaches("ABORTED")
        await on.until(lambda found: found["state"] == "ABORTED", on.instruction)
        assert [one["state"] for one in (await on.instruction())["movements"]][:2] == ["REJECTED", "RETURNED"]
        assert len(on.desk.accounts[SCHEME_ACCOUNT].bookings) == 2
        for account in on.desk.accounts.values():
            status, told = run(own, on, capsys, tmp_path, account.statement())
            # One that lacks the money here has it in the hub's books all the same.
            assert words(told) == [] and status == (account.number == on.number(on.blue)), told


async def test_what_is_no_statement_of_an_agent_is_said_so(own, tmp_path, capsys):
    file = tmp_path / "odd.xml"
    file.write_text("<a/>")
    assert main(["reconcile", str(file), "--data", str(own.data)]) == 2
    assert "odd.xml" in capsys.readouterr().err
    async with cycle(own) as on:
        stranger = on.desk.open_account("STRANGER", on.order(on.blue).amount)
        file.write_bytes(stranger.statement())
        assert main(["reconcile", str(file), "--data", str(own.data)]) == 2
        assert "no settlement agent has the account STRANGER in USD" in capsys.readouterr().err


def checks(told):
    """What was found wrong with the statements themselves."""
    return [one["check"] for statement in told["statements"] for one in statement["findings"]]


def changed(body, **fields):
    """The same message with other words in its statement."""
    report = read_report(body)
    (statement,) = report.statements
    return camt053.write(replace(report, statements=(replace(statement, **fields),)), report.definition).body


async def test_a_statement_that_is_wrong_in_itself_is_found(own, capsys, tmp_path):
    async with cycle(own) as on:
        await two_cycles(on)
        account = on.desk.accounts[on.number(on.blue)]
        first, second = account.statement(), account.statement()
        (whole,) = read_report(first).statements
        right = Summary(count="2", total="100", net="100", net_direction="DBIT", debit_count="2", debit_total="100.00")
        status, told = run(own, on, capsys, tmp_path, changed(first, summary=right), second)
        assert (status, checks(told)) == (0, []), told
        opening, closing = whole.balances
        for wrong, expected in [
            ({"balances": (replace(opening, amount=Amount("1.00", "USD")), closing)}, "BALANCE"),
            ({"summary": replace(right, count="3")}, "COUNT"), ({"summary": replace(right, debit_total="99")}, "SUM"),
        ]:  # fmt: skip
            status, told = run(own, on, capsys, tmp_path, changed(first, **wrong))
            assert (status, checks(told), words(told)) == (1, [expected], []), told
        assert checks(run(own, on, capsys, tmp_path, first, changed(second, sequence="4"))[1]) == ["SEQUENCE"]
        both = tuple(replace(one, amount=Amount("7.00", "USD")) for one in read_report(second).statements[0].balances)
        assert checks(run(own, on, capsys, tmp_path, first, changed(second, balances=both))[1]) == ["CHAIN"]


async def test_pages_of_a_statement_are_one(own, capsys, tmp_path):
    async with cycle(own) as on:
        await two_cycles(on)
        account = on.desk.accounts[on.number(on.blue)]
        body = account.statement()
        (whole,) = read_report(body).statements
        parts = [
            {"entries": whole.entries[:1], "balances": whole.balances[:1], "page": "1", "last_page": False},
            {"entries": whole.entries[1:], "balances": whole.balances[1:], "page": "2", "last_page": True},
        ]
        pages = [changed(body, **fields) for fields in parts]
        status, told = run(own, on, capsys, tmp_path, *pages)
        assert (status, checks(told), words(told)) == (0, [], []), told
        assert checks(run(own, on, capsys, tmp_path, pages[1])[1]) == ["PAGE"]
        for page in pages:
            await on.desk.send_statement(account.number, replace_ids(page))
        path = f"/settlementAgents/{on.desk.bank.name}"
        await on.until(lambda found: len(found) == 2, partial(on.call, "GET", f"{path}/statements"))
        told = await on.call("GET", f"{path}/reconciliation")
        assert told["clean"] and len(told["statements"]) == 2, json.dumps(told)


def replace_ids(body):
    """Each page in a message of its own."""
    report = read_report(body)
    return camt053.write(replace(report, message_id=new_id()), report.definition).body
