"""One simulated run: a hub on the memory adapters, its participants, a calendar of faults, and then quiet."""

import asyncio
import logging
from typing import NamedTuple

from schemas.canonical.conversion import Side
from schemas.canonical.identity import FspId
from switch import crashpoints
from switch.bus.memory import MemoryBus
from switch.delivery_policy import Sent
from switch.engine import Batch
from switch.store.memory import MemoryStore
from switch.store.port import ConflictError, LaneLostError, Lease, OutboxRow, StoreDownError
from tests.simulation import bulks, cast, faults, trades
from tests.simulation.actor import Actor
from tests.simulation.clearing_house import ClearingHouse
from tests.simulation.evidence import Evidence
from tests.simulation.faults import FaultPlan, Noise
from tests.simulation.hub import run_hub
from tests.simulation.journal import Trace, Written
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import Clock, Network
from tests.simulation.operator_desk import Operator, generator
from tests.simulation.payee import Payee
from tests.simulation.payer import pay
from tests.simulation.process import OWNER, BusConnection, Killed, Process, StoreConnection, tagging
from tests.simulation.trader import pay_by_bank, pay_converted

CALM = Noise(0, 0, 0, 0, 0, 0, 0, 0.01)
_QUIET_S = 1200.0
_EXPECTED = (LaneLostError, StoreDownError, Killed)
"""What may end a hub: another owner, a database that is away when it starts, and the simulation itself."""


class Run(NamedTuple):
    """What is left of a run."""

    evidence: Evidence
    trace: str
    seconds: float
    faults: list[str]


class World:
    """Everything of one run that is not the hub itself."""

    def __init__(self, seed: int, loop: SimulatedLoop, *, payments: int, over_s: float) -> None:
        self.seed, self.loop, self.over_s = seed, loop, over_s
        self.chance = generator(seed, "world")
        self.noise = CALM
        self.trace = Trace()
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.store.before_commit, self.store.after_commit = self._before_commit, self._after_commit
        self.broker = MemoryBus()
        self.network = Network(generator(seed, "network"), loss=0.0)
        self.plans = {plan.id: plan for plan in cast.draw(generator(seed, "plans"), payments, over_s)}
        routed = [plan.id for plan in self.plans.values() if plan.kind != "bank to dfsp"]
        self.bulks = bulks.draw(generator(seed, "bulks"), over_s, routed)
        items = {item.id: item for bulk in self.bulks.values() for item in bulk.items}
        singles = {**self.plans, **items}
        drawn = trades.draw(generator(seed, "trades"), payments // 3, over_s)
        drawn += trades.draw_by_banks(generator(seed, "trades of banks"), payments // 4, over_s)
        self.converted = {trade.plan.id: trade.plan for trade in drawn}
        self.trades = {key: trade for trade in drawn for key in (trade.id, trade.plan.id)}
        self.actors = {name: self._actor(name) for name in (*cast.BY_NAME, FspId("operator"), FspId("clearing"))}
        for name in cast.BY_NAME:
            Payee(self.actors[name], singles | self.converted, self.actors, self.bulks, self.trades)
        self.operator = Operator(self.actors[FspId("operator")], self.store)
        self.clearing = ClearingHouse(self.actors[FspId("clearing")], self.store)
        self.written: list[Written] = []
        self.defects: list[BaseException] = []
        self.met: list[str] = []
        self.database_down = False
        self.unreachable: set[str] = set()
        self._processes = 0
        self._conflicts = 0
        self._step_to_die: int | None = None
        self.living: asyncio.Task[Evidence] = loop.create_task(self._live())
        self.over = False
        loop.on_turn = self._turn

    def _actor(self, name: FspId) -> Actor:
        return Actor(name, self.network, self.clock, generator(self.seed, name))

    # the database

    def _before_commit(self, lease: Lease, batch: Batch) -> None:
        draw = self.chance.random()
        if draw < self.noise.commit_lost_before:
            raise StoreDownError("lost before the commit")
        if draw < self.noise.commit_lost_before + self.noise.conflict and self._conflicts == 0:
            # At most one conflict in so many commits: three in a row would be a defect, and are parked.
            self._conflicts = 6
            raise ConflictError("somebody else wrote it")
        self._conflicts = max(self._conflicts - 1, 0)

    def _after_commit(self, lease: Lease, batch: Batch) -> None:
        self.written.append(Written(lease, batch))
        self.trace.add("commit", lease, batch.now, batch.puts, len(batch.entries), len(batch.events))
        if self.chance.random() < self.noise.commit_lost_after:
            raise StoreDownError("lost after the commit")

    # the hub's processes

    def start_process(self) -> Process:
        self._processes += 1
        process = Process(self._processes, generator(self.seed, f"process {self._processes}"))
        store = StoreConnection(self.store, process, self.noise.lag_s, lambda: self.database_down)
        bus = BusConnection(self.broker, process)
        process.bus = bus
        self.network.processes = [*[one for one in self.network.processes if one.alive], process]
        self.trace.add("process", process.number)
        running = process.start(run_hub(process, store, bus, self.clock, self._receive))
        asyncio.get_running_loop().create_task(self._supervise(process, running))
        return process

    async def _supervise(self, process: Process, running: asyncio.Task[None]) -> None:
        """Restart it whenever it ends: at once, or after a while; a lost lane is no reason to stay away."""
        await asyncio.wait({running, process.died}, return_when=asyncio.FIRST_COMPLETED)
        process.kill()
        if running.done() and not running.cancelled() and (error := running.exception()) is not None:
            self._judge(error)
        self.trace.add("died", process.number)
        if any(one.alive for one in self.network.processes) or self.over:
            return
        await asyncio.sleep(self.chance.choice((0.0, 0.0, 0.5, 3.0)) * self.chance.random())
        if not any(one.alive for one in self.network.processes):
            self.met.append("restarted")
            self.start_process()

    def _judge(self, error: BaseException) -> None:
        """A hub that ended for a reason of its own ends the run."""
        leaves = _leaves(error)
        self.met.extend("zombie woke" for one in leaves if isinstance(one, LaneLostError))
        self.defects.extend(one for one in leaves if not isinstance(one, _EXPECTED))
        if self.defects:
            self.over = True
            self.living.cancel()

    def _turn(self) -> None:
        if self._step_to_die is None:
            return
        self._step_to_die -= 1
        if self._step_to_die <= 0:
            self._step_to_die = None
            self._kill_one()

    def _kill_one(self) -> None:
        for process in self.network.processes:
            if process.alive:
                process.kill()
                return

    # what participants get

    async def _receive(self, process: Process, row: OutboxRow) -> Sent:
        """One attempt to bring a row to its receiver: taken, refused, or unknown after a time-out."""
        draw, chance, noise = process.chance.random(), process.chance, self.noise
        await process.lag(0.3)
        await process.gate()
        if row.event.receiver in self.unreachable:
            await asyncio.sleep(chance.choice((0.0, 0.01, 10.0)))
            return Sent(ok=False)
        if draw < noise.send_fails:
            return Sent(ok=False, status=chance.choice((None, 500, 503)))
        if draw > 1 - noise.send_hangs:
            await asyncio.sleep(60.0)
        self.trace.add("hear", row.id, row.event.receiver)
        self.actors[row.event.receiver].hear(row)
        if chance.random() < noise.send_taken_and_lost:
            await asyncio.sleep(chance.choice((0.0, 12.0)))
            return Sent(ok=False)
        return Sent(ok=True, status=202)

    # faults

    async def suffer(self, plans: list[FaultPlan]) -> None:
        begun = self.loop.time()
        for plan in plans:
            await asyncio.sleep(max(begun + plan.start_s - self.loop.time(), 0.0))
            self.trace.add("fault", plan.kind)
            await getattr(self, "_" + plan.kind.replace(" ", "_"))(plan)

    async def _crash(self, plan: FaultPlan) -> None:
        self._kill_one()

    async def _crash_at_a_point(self, plan: FaultPlan) -> None:
        left = plan.count % 5

        def hook(point: str) -> None:
            nonlocal left
            process = OWNER.get()
            if point == plan.point and process is not None and process.alive:
                left -= 1
                if left < 0:
                    crashpoints.arm(None)
                    self.met.append(point)
                    process.kill()
                    raise Killed(point)

        crashpoints.arm(hook)

    async def _crash_at_a_step(self, plan: FaultPlan) -> None:
        self._step_to_die = plan.count

    async def _zombie(self, plan: FaultPlan) -> None:
        """The owner is paused, another takes over, then it wakes and believes it still owns everything."""
        alive = [process for process in self.network.processes if process.alive]
        if len(alive) != 1:
            return
        alive[0].freeze()
        self.start_process()
        await asyncio.sleep(plan.for_s)
        alive[0].thaw()
        self.loop.call_later(plan.for_s * 3, alive[0].kill)

    async def _database_down(self, plan: FaultPlan) -> None:
        self.database_down = True
        await asyncio.sleep(plan.for_s)
        self.database_down = False

    async def _bus_down(self, plan: FaultPlan) -> None:
        self.broker.down = True
        await asyncio.sleep(plan.for_s)
        self.broker.down = False

    async def _bus_forgets(self, plan: FaultPlan) -> None:
        self.broker.forget()

    async def _clock_forward(self, plan: FaultPlan) -> None:
        self.clock.offset_s += plan.for_s

    async def _clock_back(self, plan: FaultPlan) -> None:
        self.clock.offset_s -= plan.for_s / 6

    async def _participant_down(self, plan: FaultPlan) -> None:
        name = self.chance.choice(cast.MEMBERS).name
        self.unreachable.add(name)
        self.loop.call_later(plan.for_s * 4, self.unreachable.discard, name)

    async def _storm(self, plan: FaultPlan) -> None:
        """For a while most requests and replies are lost."""
        usual, self.network.loss = self.network.loss, 0.6
        await asyncio.sleep(plan.for_s)
        self.network.loss = usual

    # the run

    async def _live(self) -> Evidence:
        """Found the scheme in peace, let payments and faults loose, then wait until all is quiet."""
        self.start_process()
        await self.operator.found()
        self.noise = faults.noise(generator(self.seed, "noise"))
        self.network.loss = self.noise.loss
        for plan in self.plans.values():
            payer = self.actors[plan.payer.name]
            payer.start(pay(payer, plan))
        for key, plan in self.converted.items():
            payer, trade = self.actors[plan.payer.name], self.trades[key]
            if plan.payer.bank:
                payer.start(pay_by_bank(payer, trade))
            else:
                payer.start(pay_converted(payer, trade) if trade.side is Side.PAYER else pay(payer, plan))
        for bulk in self.bulks.values():
            payer = self.actors[bulk.payer.name]
            payer.start(bulks.pay_bulk(payer, bulk))
        self.operator.actor.start(self.operator.work(self.over_s))
        self.clearing.actor.start(self.clearing.work(self.over_s))
        await self.suffer(faults.draw(generator(self.seed, "faults"), self.over_s))
        await asyncio.sleep(max(self.over_s - self.loop.time(), 0.0) + 5.0)
        self._calm()
        await self._quiet()
        self.over = True
        for process in self.network.processes:
            process.kill()
        journals = {name: actor.journal for name, actor in self.actors.items()}
        members: dict[str, cast.Member] = dict(cast.BY_NAME)
        return Evidence(self.store, self.written, journals, members, self.operator.deposits, self.clock())

    def _calm(self) -> None:
        self.noise, self.network.loss = CALM, 0.0
        crashpoints.arm(None)
        self._step_to_die = None

    async def _quiet(self) -> None:
        """Until nobody does anything and nothing is open, or too long."""
        until = self.loop.time() + _QUIET_S
        while self.loop.time() < until:
            await asyncio.sleep(1.0)
            busy = any(actor.tasks for actor in self.actors.values())
            if not busy and not await self.store.undelivered(limit=1) and not await self._open():
                return

    async def _open(self) -> bool:
        return any([await self.store.deadlines(lane) for lane in list(self.store._leases)])

    def failures(self) -> list[BaseException]:
        """What broke that must not: a participant of the simulation, or a hub for a reason of its own."""
        return [*self.defects, *(error for actor in self.actors.values() for error in actor.failures)]


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


def simulate(seed: int, *, payments: int = 24, over_s: float = 25.0) -> Run:
    """Run one seed from an empty database to quiet. Raises what broke in the participants themselves."""
    log = logging.getLogger("isoloop")
    level_before = log.level
    log.setLevel(logging.CRITICAL)
    loop = SimulatedLoop(seed)
    loop.set_task_factory(tagging)
    world: World | None = None
    try:
        world = World(seed, loop, payments=payments, over_s=over_s)
        loop.run_until_complete(asyncio.wait({world.living}))
        if world.failures():
            raise ExceptionGroup(f"seed {seed} broke", [RuntimeError(repr(one)) for one in world.failures()])
        return Run(world.living.result(), world.trace.digest, loop.time(), world.met)
    finally:
        if world is not None:
            world.over = True
        crashpoints.arm(None)
        loop.on_turn = lambda: None
        _end_all(loop)
        loop.close()
        log.setLevel(level_before)


def _end_all(loop: SimulatedLoop) -> None:
    """Cancel what is left; a task of a dead process may need it twice, since it waits for ever when it cleans up."""
    while left := asyncio.all_tasks(loop):
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.wait(left, timeout=1.0))
