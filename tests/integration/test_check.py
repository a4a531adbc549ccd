"""`isoloop check` finds nothing in sound books and finds every single thing that can be wrong with them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from schemas.canonical.participants import LedgerAccount
from schemas.canonical.transfer import Transfer
from switch import migrate
from switch.check import check_books, findings, run
from switch.invariants import INVARIANTS
from switch.store.port import Delivered
from switch.store.postgres import PostgresStore
from tests.contract.samples import ACCOUNTS, MEMBERS, decide, founding, fulfil, prepare, transfer_id

COMMITTED, OPEN = transfer_id(1), transfer_id(2)
# A bulk that knows nothing yet of its only item, which is committed.
ITEM = json.dumps({"state": "SETTLED", "payment": {"transfer_id": OPEN}})
BULK = json.dumps({"items": [{"transfer_id": COMMITTED}]})
GROUP = json.dumps({"payments": [{"transfer_id": OPEN, "references": {}}]})
# A deposit of 10,001 units beside the account of a cap.
DEPOSITED = (
    "WITH capped AS (UPDATE accounts SET cap = {cap} WHERE id = 2) INSERT INTO accounts"
    " SELECT 99, owner, 'SETTLEMENT', currency, true, 0, 0, 0, 10001, NULL, '10', now(), now() FROM accounts"
    " WHERE id = 2"
)
SHARE = json.dumps({"account": 2, "percent": "40"})
FOLLOWS = f"INSERT INTO records VALUES ('cap_share', '2', 'ledger', true, '{SHARE}', now())"
OWN = json.dumps({"account": 2, "chosen": 10})
FUNDS = json.dumps({
    "account": 2, "direction": "IN", "amount": {"units": 5, "currency": "USD"}, "state": "COMMITTED"
})  # fmt: skip
REGISTER = json.dumps({"members": [{"id": OPEN, "side": "payer", "target": {"units": 1, "currency": "KES"}}]})
# What an agent booked too late, of which the books know nothing.
LATE = json.dumps({"of": "S1USD", "kind": "SETTLEMENT", "units": 5, "currency": "USD", "debit": 2, "credit": 3})
# A return as large as its original, which the transfer table knows as open.
RETURNS = json.dumps({"parts": [{"id": OPEN, "units": 10_000, "state": "DONE"}]})


@pytest.fixture(scope="module")
def books(module_database_url):
    """Books with one committed and one open transfer, everything delivered; nobody is connected to them."""
    asyncio.run(written(module_database_url))
    return module_database_url


@pytest.fixture
def tried(books):
    """A transaction on these books, guards off, in which a test does what only a defect could do; it is never kept."""
    with psycopg.connect(books) as connection:
        connection.execute("ALTER TABLE entries DISABLE TRIGGER ALL")
        yield connection
        connection.rollback()


async def written(database_url):
    # what is of the future is not among the rows to deliver
    now = datetime.now(UTC) - timedelta(seconds=2)
    migrate.upgrade(database_url)
    store = PostgresStore(database_url)
    lease = await store.commit(await store.take_lane("ledger", "me"), founding(now))
    lease = await store.commit(lease, decide([prepare(1, at=now), prepare(2, at=now)], now))
    held = (await store.transfer(COMMITTED), *await store.records(LedgerAccount))
    await store.commit(lease, decide([fulfil(1)], now + timedelta(seconds=1), (*MEMBERS, *held)))
    rows = await store.undelivered()
    await store.delivered([Delivered(row.lane, row.seq, row.event.receiver) for row in rows])
    await store.close()


def change(connection, *statements: str) -> None:
    for statement in statements:
        assert connection.execute(statement).rowcount > 0, f"{statement} changed nothing"


def broken(connection) -> set[str]:
    return {finding.name for finding in findings(connection) if not finding.holds}


def test_sound_books_hold(books):
    assert [finding for finding in check_books(books) if not finding.holds] == []


def test_empty_books_hold(database_url):
    migrate.upgrade(database_url)
    assert [finding for finding in check_books(database_url) if not finding.holds] == []


def window(units: int) -> str:
    """A closed window as it is kept, with what two accounts moved in it."""
    nets = [{"account": 2, "units": units}, {"account": 3, "units": -units}]
    content = {"id": 1, "ledger_account_type": "POSITION", "currency": "USD", "nets": nets}
    return json.dumps({"state": "CLOSED", "contents": [content]})


def settlement(state: str, units: int = 10_000) -> str:
    """A settlement as it is kept, of the same accounts."""
    held = [
        {"account": account, "currency": "USD", "units": net, "state": state}
        for account, net in ((2, units), (3, -10_000))
    ]
    return json.dumps({"state": state, "resets": True, "contents": [1], "accounts": held})


def statement(number: int, closing: int) -> str:
    """A day statement of an account as it is kept."""
    times = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    return json.dumps({"account": 2, "number": number, "opening": 0, "closing": closing, **times})


def instruction(units: int, *, posted: bool = False) -> str:
    """What an agent was told of settlement 1, of the same accounts."""
    movements = [{"account": 2, "units": units, "posted": posted}, {"account": 3, "units": -10_000}]
    return json.dumps({"settlement": 1, "attempt": 1, "movements": movements})


OPENED = (
    "INSERT INTO undelivered SELECT lane, seq, now() - interval '{age}', {attempts} FROM outbox WHERE seq = {seq}"
    " ON CONFLICT (lane, seq) DO UPDATE SET created = excluded.created, attempts = excluded.attempts"
)
# Two accounts and the entries of a fee between them.
FEE = """
WITH opened AS (
    INSERT INTO accounts SELECT id + 90, owner, '{kind}', currency, true, 0, sign, 0, 1 - sign, NULL, '10', now(), now()
    FROM (SELECT *, (row_number() OVER (ORDER BY id) - 1) AS sign FROM accounts WHERE id IN (2, 3)) AS two
    RETURNING id, debits_posted, credits_posted
)
INSERT INTO entries (reference, phase, account, currency, debits_pending, debits_posted, credits_pending,
                     credits_posted, value, at, window_id)
SELECT '{reference}', 'post', id, 'USD', 0, debits_posted, 0, credits_posted, debits_posted - credits_posted, now(), 1
FROM opened"""
DEFECTS = {
    "I1": ["UPDATE entries SET debits_posted = debits_posted + 1 WHERE phase = 'commit' AND account = 2"],
    "I2": ["UPDATE accounts SET credits_posted = credits_posted + 1 WHERE id = 3"],
    "I3": ["UPDATE entries SET value = value + 1 WHERE id = 1"],
    "I4": ["UPDATE entries SET cap = 5 WHERE phase = 'reserve' AND account = 2"],
    "L1": [DEPOSITED.format(cap=4_001), FOLLOWS],
    "I5": [f"UPDATE transfers SET units = units + 1 WHERE id = '{OPEN}'"],
    "I6": [f"UPDATE transfers SET expiry = now() - interval '2 minutes' WHERE id = '{OPEN}'"],
    "I7": [f"UPDATE transfer_history SET number = 3 WHERE transfer_id = '{COMMITTED}' AND number = 2"],
    "I8": [f"UPDATE transfers SET iso_status = NULL WHERE id = '{COMMITTED}'"],
    "I9": [f"UPDATE transfers SET state = 'ABORTED' WHERE id = '{COMMITTED}'"],
    "I10": [f"UPDATE outbox SET kind = 'aborted' WHERE order_key = '{COMMITTED}' AND kind = 'committed'"],
    "I11": [
        f"UPDATE transfers SET determines = '{COMMITTED}' WHERE id = '{OPEN}'",
        f"INSERT INTO records VALUES ('conversions', '{COMMITTED}', 'ledger', true, '{REGISTER}', now())",
    ],
    "T1": [f"INSERT INTO records VALUES ('returns', '{COMMITTED}', 'ledger', true, '{RETURNS}', now())"],
    "B1": [
        f"UPDATE transfers SET \"group\" = 'b' WHERE id = '{COMMITTED}'",
        f"INSERT INTO records VALUES ('bulk', 'b', 'ledger', true, '{BULK}', now())",
    ],
    "G1": [f"INSERT INTO records VALUES ('payment_group', 'message:a:1', 'ledger', false, '{GROUP}', now())"],
    "O1": [f"INSERT INTO records VALUES ('initiated_item', 'bank/M/1', 'initiation', true, '{ITEM}', now())"],
    "I15": [f"UPDATE entries SET reference = 'somebody' WHERE reference = '{COMMITTED}'"],
    "I16": [f"UPDATE transfers SET units = units + 1 WHERE id = '{COMMITTED}'"],
    "F1": [FEE.format(reference=f"interchange {OPEN} RULE", kind="INTERCHANGE_FEE")],
    "I14": [OPENED.format(seq=1, age="6 seconds", attempts=0)],
    "seq": ["DELETE FROM outbox WHERE seq = 2"],
    "I12": ["UPDATE entries SET window_id = NULL WHERE phase = 'commit'"],
    "I12b": [f"INSERT INTO records VALUES ('settlement_window', '1', 'ledger', true, '{window(9_999)}', now())"],
    "R1": [f"INSERT INTO records VALUES ('day_statement', '2/2', 'ledger', true, '{statement(2, -1)}', now())"],
    "R2": [f"INSERT INTO records VALUES ('day_statement', '2/1', 'ledger', true, '{statement(1, -1)}', now())"],
    "R3": [
        f"INSERT INTO records SELECT 'settlement_window', key, 'ledger', true, '{{\"created\": \"{when}\"}}', now()"
        f" FROM (VALUES ('{key}')) AS w(key)"
        for key, when in (("1", "1999-01-01T00:00:00Z"), ("2", "2000-01-01T00:00:00Z"))
    ],
    "A1": [f"INSERT INTO records VALUES ('settlement_instruction', 'S1', 'ledger', true, '{instruction(9)}', now())"],
    "A2": [f"INSERT INTO records VALUES ('late_booking', 'S1USD1M2', 'ledger', true, '{LATE}', now())"],
    "I13": [f"INSERT INTO records VALUES ('settlement', '1', 'ledger', true, '{settlement('SETTLED')}', now())"],
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_breaks_its_invariant(tried, name):
    change(tried, *DEFECTS[name])
    assert name in broken(tried)


def test_every_invariant_has_a_defect_that_breaks_it():
    assert {invariant.name for invariant in INVARIANTS} == set(DEFECTS)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("I2", f"INSERT INTO records VALUES ('funds', 'f', 'ledger', true, '{FUNDS}', now())"),
        ("I3", "DELETE FROM entries WHERE account = 3"),
        ("I5", f"UPDATE transfers SET state = 'ABORTED' WHERE id = '{OPEN}'"),
        ("I6", f"INSERT INTO transfer_history VALUES ('{COMMITTED}', 3, 'ABORTED', now())"),
        ("I7", f"UPDATE transfer_history SET state = 'COMMITTED' WHERE transfer_id = '{OPEN}'"),
        ("I8", f"UPDATE transfers SET condition = 'x' WHERE id = '{COMMITTED}'"),
        ("I8", f"UPDATE transfers SET expiry = created WHERE id = '{COMMITTED}'"),
        ("I9", f"DELETE FROM entries WHERE reference = '{COMMITTED}' AND phase = 'commit'"),
        ("I10", f"DELETE FROM outbox WHERE order_key = '{COMMITTED}' AND kind = 'committed'"),
        ("I15", f"DELETE FROM transfers WHERE id = '{COMMITTED}'"),
        ("I15", f"UPDATE transfer_history SET at = at + interval '1 ms' WHERE transfer_id = '{COMMITTED}'"),
        ("I15", "UPDATE entries SET reference = 'settlement 7/2' WHERE phase = 'commit'"),
        ("I16", f"UPDATE transfers SET payee = payer WHERE id = '{COMMITTED}'"),
        ("F1", FEE.format(reference=f"interchange {COMMITTED} RULE", kind="HUB_RECONCILIATION")),
        ("F1", FEE.format(reference=COMMITTED, kind="HUB_FEE")),
        ("A1", "UPDATE entries SET reference = 'deposit 7/2' WHERE phase = 'commit'"),
        ("A2", "UPDATE entries SET reference = 'late S1USD S1USD1M2' WHERE phase = 'commit'"),
        ("A2", "UPDATE entries SET reference = 'late S1USD S1USD1M2 back' WHERE phase = 'reserve'"),
        ("B1", f"UPDATE transfers SET \"group\" = 'none' WHERE id = '{OPEN}'"),
        ("B1", "INSERT INTO records VALUES ('bulk', 'b', 'ledger', false, '" + BULK + "', now())"),
        ("I12", "UPDATE entries SET window_id = 2 WHERE phase = 'commit'"),
        ("I12", "UPDATE entries SET window_id = 2 WHERE phase = 'commit' AND account = 2"),
        ("I12", "UPDATE entries SET window_id = 1 WHERE phase = 'reserve'"),
        ("I13", f"INSERT INTO records VALUES ('settlement', '1', 'ledger', true, '{settlement('PENDING', 1)}', now())"),
    ],
)
def test_other_shapes_of_the_same_defects_are_found(tried, name, statement):
    change(tried, statement)
    assert name in broken(tried)


def test_a_fee_of_a_committed_payment_holds_in_its_window_alone_and_goes_back_once(tried):
    fee = FEE.format(reference=f"interchange {COMMITTED} RULE", kind="INTERCHANGE_FEE")
    change(tried, fee)
    assert broken(tried) == set()
    returned = json.dumps({"parts": [{"id": COMMITTED}], "fees": [{}]})
    back = "INSERT INTO entries (reference, phase, account, currency, debits_pending, debits_posted, credits_pending,"
    back += " credits_posted, value, at, window_id) SELECT reference || ' back', phase, account, currency, 0,"
    back += " 2 * credits_posted, 0, 2 * debits_posted, 0, at, 1 FROM entries WHERE reference LIKE 'interchange %'"
    change(tried, back, f"INSERT INTO records VALUES ('returns', '{COMMITTED}', 'ledger', true, '{returned}', now())")
    (found,) = (finding for finding in findings(tried) if finding.name == "F1")
    assert found.violations == ((COMMITTED, "of its fee by RULE 2 went back, of 1 paid"),)
    change(tried, "UPDATE entries SET window_id = 2 WHERE reference LIKE 'interchange % RULE'")
    (found,) = (finding for finding in findings(tried) if finding.name == "F1")
    assert "in window 2, its payment in 1" in {detail for _, detail in found.violations}


def test_a_cap_is_its_share_of_the_deposit_cut_at_the_unit(tried):
    change(tried, DEPOSITED.format(cap=4_000), FOLLOWS)
    assert "L1" not in broken(tried)
    change(tried, f"INSERT INTO records VALUES ('own_limit', '2', 'ledger', true, '{OWN}', now())")
    assert "L1" in broken(tried)
    change(tried, "UPDATE accounts SET cap = 10 WHERE id = 2")
    assert "L1" not in broken(tried)


def test_a_provider_that_did_not_move_by_what_it_agreed_to_is_found(tried):
    member = {"id": OPEN, "side": "alone", "source": {"units": 5, "currency": "USD"}}
    register = json.dumps({"members": [{**member, "target": {"units": 1, "currency": "KES"}}]})
    change(
        tried,
        f"UPDATE transfers SET state = 'COMMITTED' WHERE id = '{OPEN}'",
        f"INSERT INTO records VALUES ('conversions', '{OPEN}', 'ledger', true, '{register}', now())",
    )
    (found,) = (finding for finding in findings(tried) if finding.name == "I11")
    assert {detail.partition(" agreed ")[2] for _, detail in found.violations} == {
        "to 5 USD, moved by 0", "to -1 KES, moved by 0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fulfilment", "holds"),
    [("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", True), ("BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", False)],
)
def test_a_preimage_is_hashed_by_the_database_itself(tried, fulfilment, holds):
    # SHA-256 of the bytes 0, 1 ... 31 in base64url.
    condition = "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0"
    proof = f"condition = '{condition}', fulfilment = '{fulfilment}'"
    change(tried, f"UPDATE transfers SET {proof} WHERE id = '{COMMITTED}'")
    assert ("I8" not in broken(tried)) is holds


def test_a_waiting_event_is_no_defect_while_its_receiver_is_away(tried):
    change(tried, *(OPENED.format(seq=seq, age="1 hour", attempts=attempts) for seq, attempts in ((1, 0), (2, 3))))
    assert "I14" not in broken(tried)


@pytest.mark.parametrize("how", [{"delivery": "pull"}, {"nats": True}])
def test_a_waiting_event_is_no_defect_of_a_bank_that_fetches(tried, how):
    receiver = tried.execute("SELECT receiver FROM outbox WHERE seq = 1").fetchone()[0]
    bank = json.dumps({"name": receiver, "iso": how})
    waiting = OPENED.format(seq=1, age="1 hour", attempts=0)
    change(tried, waiting)
    assert "I14" in broken(tried)
    change(tried, f"UPDATE records SET body = '{bank}' WHERE kind = 'participant' AND key = '{receiver}'")
    assert "I14" not in broken(tried)


def test_a_window_and_a_settlement_that_fit_the_books_hold(tried):
    insert = "INSERT INTO records VALUES ('{}', '1', 'ledger', true, '{}', now())"
    pending = settlement("PENDING_SETTLEMENT")
    change(tried, insert.format("settlement_window", window(10_000)), insert.format("settlement", pending))
    assert broken(tried) == set()
    change(tried, insert.format("settlement_instruction", instruction(10_000)))
    assert broken(tried) == set()
    told = instruction(10_000, posted=True)
    change(tried, f"UPDATE records SET body = '{told}' WHERE kind = 'settlement_instruction'")
    assert broken(tried) == {"A1"}
    change(tried, "DELETE FROM records WHERE kind = 'settlement_instruction'")
    change(
        tried, "INSERT INTO records SELECT kind, '2', lane, open, body, changed FROM records WHERE kind = 'settlement'"
    )
    assert broken(tried) == {"I12b"}


def test_the_exit_status_and_the_json_say_it(books, capsys):
    assert run(books, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    with psycopg.connect(books, autocommit=True) as connection:
        change(connection, "UPDATE accounts SET credits_posted = credits_posted + 1 WHERE id = 3")
        try:
            assert run(books, as_json=True) == 1
            told = json.loads(capsys.readouterr().out)
            (i2,) = (each for each in told["invariants"] if each["name"] == "I2")
            assert (i2["holds"], i2["count"], i2["violations"][0]["what"]) == (False, 1, "USD")
            assert run(books, as_json=False) == 1
            assert "BROKEN I2" in capsys.readouterr().out
        finally:
            change(connection, "UPDATE accounts SET credits_posted = credits_posted - 1 WHERE id = 3")


def test_the_sample_transfer_is_what_these_tests_think():
    batch = decide([prepare(1), prepare(2)])
    assert [record.id for record in batch.puts if isinstance(record, Transfer)] == [COMMITTED, OPEN]
    assert {account.id for account in ACCOUNTS} >= {2, 3}
