"""The invariants hold in the books of conversions of every kind, and find what a defect would do to them."""

import itertools
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import psycopg
import pytest

from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.identity import TransferId
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Phase, Posting
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from switch import migrate
from switch.check import check_books
from switch.engine import Batch, Parcel, run, touches
from switch.lanes import STEPS
from switch.state import State
from switch.store.port import Delivered, Lease
from switch.store.postgres import PostgresStore
from tests.unit.switch import fx_scene
from tests.unit.switch.fx_scene import EURO, FX, FX2, FxScene, accept, agree, ask, refuse, usd
from tests.unit.switch.scene import ID, PAYER

SOON = datetime.now(UTC) + timedelta(hours=1)
convert, pay = partial(fx_scene.convert, expiry=SOON), partial(fx_scene.pay, expiry=SOON)
PAYERS = [convert(), agree(), pay()]
PAYEES = [pay(usd(100)), convert(initiator=EURO), agree(receiver=EURO)]
ALONE = [convert(FX2, determines=None)]
LIVES = {
    "reserved": PAYERS[:1],
    "waiting": PAYERS[:2],
    "flying": PAYERS,
    "committed": [*PAYERS, accept()],
    "aborted": [*PAYERS, refuse()],
    "refused": [convert(), pay()],
    "payee's": PAYEES,
    "payee's committed": [*PAYEES, accept()],
    "payee's aborted": [*PAYEES, refuse()],
    "alone": ALONE,
    "alone committed": [*ALONE, agree(FX2)],
}


class Books:
    """The ledger lane on a real store; it keeps accounts and members in memory, and loads what a command touches."""

    def __init__(self, store: PostgresStore, lease: Lease) -> None:
        self.store, self.lease, self.scene = store, lease, FxScene()

    async def found(self) -> None:
        """Accounts, and deposits with the records and entries that explain them."""
        scene = self.scene
        scene.resident.put(LedgerAccount(90, PAYER, AccountType.POSITION, "EUR", active=True, cap=10_000_000))
        held = [msgspec.structs.replace(one, credits_posted=0) for one in scene.resident.all(LedgerAccount)]
        for account in held:
            scene.resident.put(account)
        puts = (*scene.resident.all(Participant), *scene.resident.all(SettlementModel), *held)
        self.lease = await self.store.commit(self.lease, msgspec.structs.replace(EMPTY, puts=puts))
        purses = {one.currency: one.id for one in held if one.type is AccountType.HUB_RECONCILIATION}
        paid_in = [_deposit(one) for one in held if one.type is AccountType.SETTLEMENT]
        deposits = tuple(
            Posting(one.id, Phase.POST, purses[one.amount.currency], one.account, one.amount.units) for one in paid_in
        )

        def book(state: State, _command: object) -> Outcome:
            at = {"created": state.now, "changed": state.now}
            return Outcome(tuple(msgspec.structs.replace(one, **at) for one in paid_in), deposits)

        await self._do([ask()], book)

    async def play(self, commands: list) -> None:
        """Each in a batch of its own."""
        for command in commands:
            await self._do([command], STEPS["ledger"])
        rows = await self.store.undelivered()
        await self.store.delivered([Delivered(row.lane, row.seq, row.event.receiver) for row in rows])

    async def _do(self, commands: list, step) -> None:
        keys = list(itertools.chain.from_iterable(touches(command) for command in commands))
        loaded = await self.store.load("ledger", keys, [])
        state = State(loaded.now, self.scene.profile, self.scene.resident, loaded.records, loaded.inbox)
        batch = run(state, step, [Parcel(command) for command in commands])
        self.lease = await self.store.commit(self.lease, batch)
        for record in batch.puts:
            if isinstance(record, LedgerAccount):
                self.scene.resident.put(record)


def _deposit(account: LedgerAccount) -> FundsMovement:
    return FundsMovement(
        TransferId(f"d0000000-0000-4000-8000-{account.id:012d}"), account.owner, account.id, FundsDirection.IN,
        Money(5_000_000, account.currency), FundsState.COMMITTED, SOON, SOON,
    )  # fmt: skip


EMPTY = Batch(datetime.now(UTC), (), (), (), (), (), (), ())


@pytest.fixture
async def books(database_url):
    migrate.upgrade(database_url)
    store = PostgresStore(database_url)
    books = Books(store, await store.take_lane("ledger", "me"))
    await books.found()
    yield books
    await store.close()


def broken(url: str) -> dict[str, tuple]:
    return {found.name: found.violations for found in check_books(url) if not found.holds}


@pytest.mark.parametrize("life", LIVES)
async def test_the_books_are_sound_at_every_point_of_a_life(books, database_url, life):
    await books.play(LIVES[life])
    assert broken(database_url) == {}


@pytest.mark.parametrize("key", [ID, FX])
async def test_either_end_of_the_tie_brings_the_other(books, key):
    await books.play(LIVES["flying"])
    wanted = touches(msgspec.structs.replace(accept(), transfer_id=key))
    loaded = await books.store.load("ledger", wanted, [])
    assert {(type(record).__name__, record.key) for record in loaded.records} == {
        ("Transfer", ID), ("Transfer", FX), ("Conversions", ID),
    }  # fmt: skip


async def test_a_commit_after_a_restart_settles_both(books, database_url):
    await books.play([*PAYERS, accept()])
    states = [(await books.store.transfer(key)).state.value for key in (FX, ID)]
    assert states == ["COMMITTED", "COMMITTED"]


async def test_deadlines_of_both_are_there_after_a_restart(books):
    await books.play(PAYERS)
    deadlines = [expire for _, expire in await books.store.deadlines("ledger")]
    assert {expire.key for expire in deadlines if expire.kind == "transfer"} == {FX, ID}


DEFECTS = [
    ("flying", "I5", f"UPDATE transfers SET state = 'COMMITTED' WHERE id = '{FX}'"),
    ("flying", "I11", f"UPDATE transfers SET state = 'COMMITTED' WHERE id = '{FX}'"),
    ("committed", "I11", f"UPDATE transfers SET state = 'FULFILLED_WAITING' WHERE id = '{FX}'"),
    ("committed", "I11", f"UPDATE transfer_history SET at = now() WHERE transfer_id = '{FX}' AND number = 3"),
    ("aborted", "I11", f"UPDATE transfers SET state = 'FULFILLED_WAITING' WHERE id = '{FX}'"),
    ("payee's", "I5", "UPDATE entries SET currency = 'USD' WHERE currency = 'EUR' AND phase = 'reserve'"),
    ("payee's committed", "I9", f"DELETE FROM entries WHERE reference = '{ID}' AND phase = 'void'"),
    ("committed", "I9", f"UPDATE entries SET phase = 'void' WHERE reference = '{ID}' AND phase = 'commit'"),
    ("alone", "I5", f"DELETE FROM entries WHERE reference = '{FX2}' AND currency = 'EUR'"),
    ("alone committed", "I9", f"DELETE FROM entries WHERE reference = '{FX2}' AND currency = 'EUR'"),
]


@pytest.mark.parametrize(("life", "name", "statement"), DEFECTS)
async def test_a_defect_is_found(books, database_url, life, name, statement):
    await books.play(LIVES[life])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE entries DISABLE TRIGGER ALL")
        assert connection.execute(statement).rowcount > 0
    assert name in broken(database_url)
