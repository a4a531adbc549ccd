"""Rows reach their receivers once, in order per transfer; a dead or slow receiver delays nobody else."""

import asyncio
from collections import Counter, defaultdict
from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.events import Delivery, Event, Forwarded
from schemas.canonical.identity import FspId
from switch import marks
from switch.delivery import Deliverer, Hooks
from switch.delivery_policy import Again, Park, Policy, Sent, TellRequester, after_failure
from switch.engine import ArchiveRow, Batch
from switch.store.memory import MemoryStore
from switch.store.port import OutboxRow, StoreDownError
from tests.contract.samples import PAYEE, PAYER, START, original

FAST = Policy(dialogue_pauses_s=(0.001, 0.001), first_pause_s=0.001, longest_pause_s=0.01, longest_absence_s=0.01)
OK = Sent(ok=True, status=200)
NOT_REACHED = Sent(ok=False)
REFUSED = Sent(ok=False, permanent=True, status=400)
BROKEN = Sent(ok=False, status=500)


class World:
    """A store with rows, a participant side that answers as told, and what the engine said to others."""

    def __init__(self, store: MemoryStore | None = None):
        self.now = START
        self.store = store or MemoryStore(lambda: self.now)
        self.answers = defaultdict(list)
        self.attempts: list[OutboxRow] = []
        self.told: list[OutboxRow] = []
        self.alerts: list[str] = []
        self.lease = None
        self.held = asyncio.Event()
        self.held.set()
        self.slow: set[str] = set()
        self.running = Counter()
        self.most = Counter()
        hooks = Hooks(self.undeliverable, lambda row, reason: self.alerts.append(reason), lambda row, sent: None)
        self.deliverer = Deliverer(
            self.store, self.send, hooks, lambda: self.now, chance=lambda: 0.5, policy=FAST
        )  # fmt: skip

    async def send(self, row: OutboxRow) -> Sent:
        receiver = row.event.receiver
        self.running[receiver] += 1
        self.most[receiver] = max(self.most[receiver], self.running[receiver])
        try:
            self.attempts.append(row)
            if receiver in self.slow:
                await self.held.wait()
            else:
                await asyncio.sleep(0)
            answer = self.answers[receiver].pop(0) if self.answers[receiver] else OK
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.running[receiver] -= 1

    async def undeliverable(self, row: OutboxRow, sent: Sent) -> None:
        self.told.append(row)

    async def commit(self, *events: Event) -> list[OutboxRow]:
        if self.lease is None:
            self.lease = await self.store.take_lane("ledger", "me")
        archive = tuple(
            ArchiveRow(event.original, PAYER, "", event.order) for event in events if event.original is not None
        )
        before = self.lease.seq
        self.lease = await self.store.commit(self.lease, Batch(self.now, (), (), (), events, (), archive, ()))
        return await self.store.undelivered(after=("ledger", before))

    async def settled(self) -> None:
        for _ in range(2000):
            if not await self.store.undelivered():
                return
            await asyncio.sleep(0.002)
        pytest.fail(f"still undelivered: {[row.id for row in await self.store.undelivered()]}")

    def sequence(self, receiver: str) -> list[int]:
        return [row.seq for row in self.attempts if row.event.receiver == receiver]


async def until(condition) -> None:
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("did not come about")


@pytest.fixture
async def world():
    world = World()
    world.deliverer.start()
    yield world
    world.held.set()
    await world.deliverer.close()


def event(receiver: str = PAYEE, order: str = "t", delivery: Delivery = Delivery.RESULT, **more) -> Event:
    return Event(FspId(receiver), Forwarded("transfers", order), delivery, order, **more)


async def test_who_sent_the_message_hears_after_the_other_side(world):
    rows = await world.commit(event(PAYEE, "t", reply=True), event(PAYEE, "t"), event(PAYER, "t"))
    await world.deliverer.take(rows)
    await world.settled()
    assert [row.seq for row in world.attempts] == [3, 1, 2]


async def test_all_rows_that_came_together_are_made_before_one_is_sent(world, monkeypatch):
    steps = []

    async def sending(row):
        steps.append("sent")
        return OK

    def send(row):
        steps.append("made")
        return sending(row)

    monkeypatch.setattr(world.deliverer, "_send", send)
    rows = await world.commit(*(event(receiver, receiver) for receiver in ("one", "two", "three")))
    await world.deliverer.take(rows)
    await world.settled()
    assert steps == ["made"] * 3 + ["sent"] * 3


async def test_what_breaks_while_a_row_is_made_parks_that_row_alone(world, monkeypatch):
    def send(row):
        if row.seq == 1:
            raise ValueError("defect")
        return world.send(row)

    monkeypatch.setattr(world.deliverer, "_send", send)
    rows = await world.commit(event(PAYEE, "t", Delivery.EXECUTION), event(PAYEE, "t"), event(PAYER, "u"))
    await world.deliverer.take(rows)
    await world.settled()
    assert len(world.alerts) == 1
    assert sorted(row.seq for row in world.attempts) == [2, 3]


async def test_a_row_is_sent_once_however_often_it_arrives(world):
    rows = await world.commit(event())
    await asyncio.gather(*(world.deliverer.take(rows) for _ in range(3)))
    await world.settled()
    await world.deliverer.take(rows)
    await asyncio.sleep(0.01)
    assert world.sequence(PAYEE) == [1]


async def test_an_old_row_that_was_done_before_a_restart_is_not_sent_again(world):
    rows = await world.commit(event(), event(order="u"))
    await world.deliverer.take(rows[:1])
    await until(lambda: world.store._outbox[rows[0].key].done)
    again = World(world.store)
    again.deliverer.start()
    again.now += timedelta(minutes=1)
    await again.deliverer.take(rows)
    await world.settled()
    assert again.sequence(PAYEE) == [2]
    await again.deliverer.close()


async def test_events_of_one_transfer_keep_their_order_through_failures(world):
    world.answers[PAYEE] = [NOT_REACHED, BROKEN, OK, BROKEN]
    await world.deliverer.take(await world.commit(event(), event(), event()))
    await world.settled()
    assert world.sequence(PAYEE) == [1, 1, 1, 2, 2, 3]


async def test_a_late_row_finds_its_place_among_those_that_wait(world):
    world.slow.add(PAYEE)
    world.held.clear()
    first, second, third = await world.commit(event(), event(), event())
    await world.deliverer.take([first])
    await asyncio.sleep(0.01)
    await world.deliverer.take([third])
    await world.deliverer.take([second])
    world.held.set()
    await world.settled()
    assert world.sequence(PAYEE) == [1, 2, 3]


async def test_a_slow_receiver_delays_only_itself_and_gets_no_more_than_its_share(world):
    world.slow.add(PAYEE)
    world.held.clear()
    slow = [event(PAYEE, str(n)) for n in range(200)]
    fast = [event(PAYER, str(n)) for n in range(200)]
    await world.deliverer.take(await world.commit(*slow, *fast))
    await until(lambda: len(world.sequence(PAYER)) == 200)
    assert world.most[PAYEE] == 64
    assert world.deliverer.waiting[PAYEE] == 200
    world.held.set()
    await world.settled()


async def test_a_receiver_that_is_not_reached_is_probed_with_one_row(world):
    world.answers[PAYEE] = [NOT_REACHED] * 70
    await world.deliverer.take(await world.commit(*(event(PAYEE, str(n)) for n in range(100))))
    await world.settled()
    # 64 side by side find it away; then one at a time, until it is back.
    assert len(world.sequence(PAYEE)) == 100 + 70


async def test_dialogues_are_given_up_soon_and_the_requester_is_told(world):
    world.answers[PAYEE] = [NOT_REACHED] * 3
    (row,) = await world.commit(event(delivery=Delivery.DIALOGUE, requester=PAYER))
    await world.deliverer.take([row])
    await world.settled()
    assert (len(world.attempts), world.told) == (3, [row])


async def test_a_dialogue_refused_for_good_is_not_tried_again(world):
    world.answers[PAYEE] = [REFUSED]
    (row,) = await world.commit(event(delivery=Delivery.DIALOGUE, requester=PAYER))
    await world.deliverer.take([row])
    await world.settled()
    assert (len(world.attempts), world.told, world.alerts) == (1, [row], [])


async def test_a_requester_who_cannot_be_told_now_is_told_later(world):
    world.answers[PAYEE] = [REFUSED] * 2
    refusals = [RuntimeError("lane busy")]

    async def undeliverable(row, sent):
        if refusals:
            raise refusals.pop()
        world.told.append(row)

    world.deliverer._hooks = msgspec.structs.replace(world.deliverer._hooks, undeliverable=undeliverable)
    (row,) = await world.commit(event(delivery=Delivery.DIALOGUE, requester=PAYER))
    await world.deliverer.take([row])
    await world.settled()
    assert world.told == [row]


async def test_an_execution_is_tried_until_its_transfer_expires_and_then_never_again(world):
    world.answers[PAYEE] = [NOT_REACHED] * 10_000
    end = START + timedelta(seconds=5)
    await world.deliverer.take(await world.commit(event(delivery=Delivery.EXECUTION, until=end)))
    await until(lambda: len(world.attempts) >= 5)
    world.now = end
    await world.settled()
    assert world.alerts == []
    (held,) = world.store._outbox.values()
    assert held.parked == "expired before it was taken"


async def test_a_result_is_tried_until_it_is_taken(world):
    world.answers[PAYEE] = [NOT_REACHED, BROKEN] * 10
    await world.deliverer.take(await world.commit(event()))
    await world.settled()
    assert len(world.attempts) == 21
    assert world.store._outbox["ledger", 1].row.attempts == 20


async def test_a_result_nobody_will_ever_take_is_parked_with_an_alert_and_the_next_one_goes(world):
    world.answers[PAYEE] = [REFUSED] * 3
    await world.deliverer.take(await world.commit(event(), event()))
    await world.settled()
    assert world.sequence(PAYEE) == [1, 1, 1, 2]
    assert world.alerts == ["refused 3 times: status 400"]


async def test_a_defect_in_sending_parks_the_row_not_the_receiver(world):
    send = world.deliverer._send

    async def breaks(row):
        if row.event.order == "broken":
            raise RuntimeError("cannot render")
        return await send(row)

    world.deliverer._send = breaks
    await world.deliverer.take(await world.commit(event(order="broken"), event(order="sound")))
    await world.settled()
    assert world.sequence(PAYEE) == [2]
    (alert,) = world.alerts
    assert "cannot render" in alert


async def test_marks_wait_for_a_store_that_is_away(world):
    stored, losses = world.store.delivered, [StoreDownError("gone"), StoreDownError("gone")]

    async def delivered(rows):
        if losses:
            raise losses.pop()
        await stored(rows)

    world.store.delivered = delivered
    world.deliverer._marks._sleep = lambda seconds: asyncio.sleep(0)
    await world.deliverer.take(await world.commit(event()))
    await world.settled()
    assert len(world.attempts) == 1


async def test_marks_that_died_with_the_server_are_made_again(world):
    first, second = await world.commit(event(order="a"), event(order="b"))
    await world.deliverer.take([first])
    await until(lambda: world.store._outbox[first.key].done)
    world.store._outbox[first.key].done = False
    stored, losses = world.store.delivered, [StoreDownError("the server died")]

    async def delivered(rows):
        if losses:
            raise losses.pop()
        await stored(rows)

    world.store.delivered = delivered
    world.deliverer._marks._sleep = lambda seconds: asyncio.sleep(0)
    await world.deliverer.take([second])
    await world.settled()
    assert world.sequence(PAYEE) == [1, 2]


async def test_a_row_whose_mark_was_lost_unnoticed_is_delivered_again(world, monkeypatch):
    monkeypatch.setattr(marks, "SETTLED_S", 0.01)
    (row,) = await world.commit(event())
    await world.deliverer.take([row])
    await until(lambda: world.store._outbox[row.key].done)
    world.store._outbox[row.key].done = False
    await asyncio.sleep(0.02)
    assert not world.deliverer.knows(row.key)
    await world.deliverer.take([row])
    await world.settled()
    assert world.sequence(PAYEE) == [1, 1]


async def test_what_was_sent_is_kept_and_forwarded_bytes_only_once(world):
    came = original("<came/>")
    forwarded = msgspec.structs.replace(came, headers=(("x", "y"),))
    made = original("<made/>")
    world.answers[PAYEE] = [Sent(ok=True, sent=forwarded), Sent(ok=True, sent=made, message_id="hub-1")]
    await world.deliverer.take(await world.commit(event(original=came), event()))
    await world.settled()
    assert [(sent.original.body, sent.message_id) for sent in world.store.sent] == [(b"", ""), (made.body, "hub-1")]
    assert await world.store.archived(came.digest) == came


async def test_another_lane_is_tried_at_short_intervals_whatever_it_says(world):
    world.answers["@ledger"] = [REFUSED] * 20
    await world.deliverer.take(await world.commit(event("@ledger")))
    await world.settled()
    assert len(world.attempts) == 21 and world.alerts == []


async def test_close_lets_attempts_finish_and_leaves_the_rest_open(world):
    world.slow.add(PAYEE)
    world.held.clear()
    await world.deliverer.take(await world.commit(event(), event()))
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(world.deliverer.close())
    await asyncio.sleep(0.01)
    world.held.set()
    await closing
    assert [row.seq for row in await world.store.undelivered()] == [2]


@pytest.mark.parametrize(
    ("delivery", "sent", "tries", "age", "expected"),
    [
        (Delivery.DIALOGUE, NOT_REACHED, 1, 0, Again(0.2)),
        (Delivery.DIALOGUE, NOT_REACHED, 4, 0, TellRequester()),
        (Delivery.DIALOGUE, NOT_REACHED, 1, 60, TellRequester()),
        (Delivery.EXECUTION, BROKEN, 3, 0, Again(2.0)),
        (Delivery.EXECUTION, BROKEN, 1, 60, Park("expired before it was taken", alert=False)),
        (Delivery.EXECUTION, REFUSED, 1, 0, Park("refused: status 400")),
        (Delivery.RESULT, BROKEN, 40, 60, Again(300.0)),
        (Delivery.RESULT, REFUSED, 1, 0, Again(0.5)),
        (Delivery.RESULT, REFUSED, 3, 0, Park("refused 3 times: status 400")),
        (Delivery.RESULT, NOT_REACHED, 9, 7 * 86400, Park("not taken in 7 days: not reached")),
    ],
)
def test_what_follows_a_failure(delivery, sent, tries, age, expected):
    row = OutboxRow("ledger", 1, event(delivery=delivery, until=START + timedelta(seconds=60)), START)
    assert after_failure(row, sent, tries, START + timedelta(seconds=age), Policy(), 0.5) == expected
