"""The composition root: the only place that chooses adapters. All parts of a hub in one process."""

import asyncio
import contextlib
import gc
import logging
import socket
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from prometheus_client import CollectorRegistry

from fspiop import jws
from schemas.canonical.participants import LedgerAccount, Oracle, Participant
from schemas.catalogue import Catalogue
from switch import dispatcher
from switch import keys as hub_keys
from switch.admin.guard import guarded
from switch.archive.service import open_archive
from switch.bus.nats import NatsBus
from switch.config import ProfileName, Settings
from switch.decided import profile_of
from switch.directory import Directory
from switch.dispatch import Surroundings, dispatch
from switch.doors import ADMIN, Door, Later, doors, server
from switch.edges import Edges
from switch.embedded import EarlyEngines, EmbeddedEngines
from switch.engine import Batch
from switch.finding import Payments
from switch.heard import Heard
from switch.http import HttpServer
from switch.identity import Doorman
from switch.intake import Intake
from switch.lanes import LEDGER, STEPS
from switch.meters import Books, Counts, Deliveries, Lanes, Traffic, outcome_of
from switch.migrate import upgrade
from switch.native_banks import NativeBanks
from switch.observe import Asgi, Health, Watch, metered, observed
from switch.outbox import Relay
from switch.post_office import Office, Pickup, Prompt
from switch.profile import Profile
from switch.resend import Resender
from switch.scheme_rules import identity_of, scheme_of
from switch.self_check import SelfCheck
from switch.senders.rendering import Renderer
from switch.senders.reports import open_reports
from switch.settler import Settler
from switch.store.kinds import is_shared
from switch.store.port import LaneLostError, OutboxRow, StoreDownError
from switch.store.postgres import PostgresStore
from switch.version import versions
from switch.worker import Committed, Limits, Worker

log = logging.getLogger("isoloop.hub")

_REVIVE_S: Final = 0.5
_SILENCE_S: Final = 3.0
_START_S: Final = 15.0
_LOOK_S: Final = 5.0
_WARM: Final = ("head.001.001.02", "pacs.008.001.08", "pacs.002.001.10")


def clock() -> datetime:
    """The edges' clock; decisions use the database's."""
    return datetime.now(UTC)


class Hub:
    """A hub, all in one: `async with Hub(settings) as hub` is ready when it enters and stopped when it leaves."""

    def __init__(self, settings: Settings, early: EarlyEngines | None = None) -> None:
        """Start nothing yet; raises MissingKeysError in the production profile without keys.

        `early`: engines of these settings that were started before this code was loaded.
        """
        self._early = early
        self.settings = settings
        self.keys = hub_keys.load(settings.keys_folder, create=not self._production, hub=settings.hub_name)
        self.jws_public_key = jws.public_pem(self.keys.jws_key)
        self.traffic, self.deliveries, self.commits = Traffic(), Deliveries(clock), Lanes()
        self._figures, self._books = CollectorRegistry(), CollectorRegistry()
        for collector in (self.traffic, self.commits, self.deliveries):
            self._figures.register(collector)
        self.versions = versions()
        self.database_url = ""
        self._began = time.monotonic()
        self._stack = AsyncExitStack()
        self._failed = asyncio.Event()
        self._servers: dict[str, HttpServer] = {}
        self._dispatcher: dispatcher.Dispatcher | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._waiting: Counts = dict
        self._delivers_until = 0.0

    async def __aenter__(self) -> Self:
        """Start everything in order; whatever was started is stopped again if a later part cannot."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop in the reverse order: doors first, then lanes, then engines."""
        await self._stack.aclose()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set; raise if a lane is lost to another owner."""
        waits = {asyncio.ensure_future(event.wait()) for event in (stop, self._failed)}
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        if self._failed.is_set():
            raise LaneLostError("another hub owns the lanes of this database: this one stops")

    def ready(self) -> dict[str, Any]:
        """What `isoloop serve` prints when requests are taken."""
        return {
            "status": "ready",
            "profile": self.settings.profile.value,
            "fspiopPort": self._servers["fspiop"].port,
            "adminPort": self._servers["admin"].port,
            "isoPort": self._servers["iso"].port,
            "ports": {name: door.port for name, door in self._servers.items() if door.port},
            "sockets": {name: door.host for name, door in self._servers.items() if not door.port},
            "startSeconds": round(time.monotonic() - self._began, 3),
            "versions": self.versions,
        }

    @property
    def fspiop_url(self) -> str:
        """Base URL of the FSPIOP API."""
        return self._servers["fspiop"].url

    @property
    def admin_url(self) -> str:
        """Base URL of the operator API."""
        return self._servers["admin"].url

    @property
    def iso_url(self) -> str:
        """Base URL of the ISO 20022 API."""
        return self._servers["iso"].url

    @property
    def _production(self) -> bool:
        return self.settings.profile is ProfileName.PRODUCTION

    async def _start(self) -> None:
        settings, stack = self.settings, self._stack
        if settings.separate_delivery:
            self._dispatcher = dispatcher.Dispatcher()
            await self._dispatcher.spawn()
        self._urls, self.native = await self._engines()
        self.database_url, nats_url, _ = self._urls
        await asyncio.to_thread(upgrade, self.database_url)
        self.store = PostgresStore(self.database_url, allow_unsafe=settings.unsafe_database)
        stack.push_async_callback(self.store.close)
        self.bus = await NatsBus.open(nats_url)
        stack.push_async_callback(self.bus.close)
        self.identity = identity_of(settings)
        self.directory = Directory(self.identity)
        if self._dispatcher is not None:
            stack.push_async_callback(self._dispatcher.stop)
        await self.directory.reload(self.store)
        self.native.learn(await self.store.records(Participant))
        catalogue = Catalogue(settings.schemas_dir)
        await asyncio.to_thread(self._warm, catalogue)
        await self._start_delivery()
        await self._start_lanes()
        await self._open_doors(catalogue)

    async def _engines(self) -> tuple[tuple[str, ...], NativeBanks]:
        """The URLs of PostgreSQL and NATS, and the banks on NATS; embedded engines for what is not given."""
        settings = self.settings
        database, nats, banks = settings.database_url, settings.nats_url, settings.nats_banks_url or settings.nats_url
        if database and nats and banks:
            urls = tuple(url.get_secret_value() for url in (database, nats, banks))
            return urls, NativeBanks(urls[2], None)
        early = self._early or EarlyEngines(settings.data_dir, nats_sync_always=settings.nats_sync_always)
        engines, endpoints = await early.take()
        self.versions |= endpoints.versions
        self._stack.callback(engines.stop)
        self._task(self._keep_alive(engines))
        urls = (
            database.get_secret_value() if database else endpoints.database_url,
            nats.get_secret_value() if nats else endpoints.nats_url,
            banks.get_secret_value() if banks else endpoints.nats_banks_url,
        )
        return urls, NativeBanks(urls[2], None if banks else engines)

    async def _keep_alive(self, engines: EmbeddedEngines) -> None:
        while True:
            await asyncio.sleep(_REVIVE_S)
            for name in await asyncio.to_thread(engines.revive):
                log.warning("%s had died and was started again", name)

    def _profile(self) -> Profile:
        return profile_of(self.settings, self.keys)

    def _warm(self, catalogue: Catalogue) -> None:
        """Compile the schemas of the usual messages, so that the first payment is as fast as the others."""
        for message in _WARM:
            catalogue.schema(message)

    async def _start_delivery(self) -> None:
        """In this process, or in one of its own where there is a processor for it."""
        self.relay = Relay(self.bus)
        self.heard = Heard(lambda news: self._tell(dispatcher.HEARD, news))
        renderer = Renderer(self.directory, self.identity, self.heard)
        signer, count = self.keys.xml.signer, self.deliveries.attempted
        unsafe = self.settings.unsafe_database
        self.reports = open_reports(self.database_url, self.bus, self._stack, allow_unsafe=unsafe)
        office = Office(self.directory, renderer, self.store, signer, clock, count, self.reports.filled)
        self.pickup, self.prompt = Pickup(office), Prompt(office, self.relay.hand)
        if self._dispatcher is not None:
            await self.bus.listen(dispatcher.DONE, self._done)
            # It tells of itself when it has started; until then nobody misses it.
            self._delivers_until = asyncio.get_running_loop().time() + _START_S
            order = dispatcher.Order(self.settings.plain(), *self._urls)
            self._task(self._dispatcher.keep(order, lambda: self._tell(dispatcher.HEARD, self.heard.told())))
            self._stack.push_async_callback(self.native.close)
        else:
            around = Surroundings(
                self.settings, self.keys, self.store, self.bus, self.directory, self.identity, self.heard, self.native,
                clock, self.deliveries.attempted, self._parked, self.relay.holds, self.reports,
            )  # fmt: skip
            deliverer = await dispatch(around, self._stack)
            self._waiting = lambda: deliverer.waiting
        self._task(self.relay.run())

    def _tell(self, topic: str, payload: bytes) -> None:
        """To the process beside this one; on its way before anything that is published after it."""
        if self._dispatcher is not None:
            telling = asyncio.get_running_loop().create_task(self.bus.announce(topic, payload))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _done(self, payload: bytes) -> None:
        done = msgspec.json.decode(payload, type=dispatcher.Done)
        self.deliveries.add(done.attempts, done.delays)
        self._parked(done.parked)
        self._waiting = lambda: done.waiting
        self._delivers_until = asyncio.get_running_loop().time() + _SILENCE_S

    def _parked(self, number: int = 1) -> None:
        self.commits.parked += number

    async def _start_lanes(self) -> None:
        settings = self.settings
        owner = f"{socket.gethostname()}:{id(self):x}"
        profile = self._profile()
        limits = Limits(settings.batch_max, settings.queue_max)
        self.settler = Settler(self.bus, self.store)
        self.workers = {
            lane: Worker(lane, owner, self.store, step, profile, committed=self._committed(lane), limits=limits)
            for lane, step in STEPS.items()
        }
        for lane, worker in self.workers.items():
            await worker.start()
            await self.bus.serve_lane(lane, worker.submit)
            served = self._task(worker.serve())
            served.add_done_callback(self._lane_ended)
            self._stack.push_async_callback(self._stop_lane, worker, served)
        self._task(self.settler.run())

    async def _stop_lane(self, worker: Worker, served: asyncio.Task[None]) -> None:
        worker.stop()
        await asyncio.wait([served])

    def _lane_ended(self, served: asyncio.Task[None]) -> None:
        if not served.cancelled() and served.exception() is not None:
            log.critical("a lane ended", exc_info=served.exception())
            self._failed.set()

    def _committed(self, lane: str) -> Committed:
        """After each commit of a lane: rows to the relay, changes to the directory and the other lanes, counts."""

        def committed(batch: Batch, rows: Sequence[OutboxRow]) -> None:
            shared = [record for record in batch.puts if is_shared(record)]
            if shared:
                self._tell(dispatcher.RECORDS, dispatcher.told(shared))
                self.directory.learn(shared)
                self.native.learn(shared)
                for name, worker in self.workers.items():
                    if name != lane:
                        worker.learn(shared)
            if lane == LEDGER:
                self.settler.learn(batch.puts)
            self.pickup.committed(rows)
            rows = self.prompt.committed(rows)
            # The receipts go first: nobody shall be called back before its message is answered.
            asyncio.get_running_loop().call_soon(self.relay.hand, rows)
            if batch.receipts:
                self.commits.batch(lane, len(batch.receipts))
                self.commits.commands.update((lane, outcome_of(receipt)) for receipt in batch.receipts)
            self.commits.transfers.update(row.state for row in batch.history)

        return committed

    async def _open_doors(self, catalogue: Catalogue) -> None:
        settings = self.settings
        done, unsafe = self.commits.commands.total, settings.unsafe_database
        archive = open_archive(self.database_url, done, self._stack, allow_unsafe=unsafe)
        scheme, resender = scheme_of(settings, self.identity), Resender(self.bus, archive)
        intake = Intake(
            self.directory, self.bus, clock, scheme, Payments(self.store), resender.sent,
            conditions_optional=not self._production, named=self.prompt.named,
        )  # fmt: skip
        currencies = settings.accepted_currencies if self._production else None
        profile = self._profile()

        def operator_api() -> Asgi:
            # FastAPI and its routes are a third of a start, and no payment needs them.
            from switch.admin.desk import Desk, HubKeys  # noqa: PLC0415
            from switch.admin.whole import Around, whole  # noqa: PLC0415

            keys = HubKeys(self.keys.xml, self.keys.ring)
            desk = Desk(self.bus, self.store, profile.hub, currencies, keys, clock, profile.fee_rules)
            around = Around(
                self.native, scheme.events, resender, archive, self.database_url, self.reports, profile.calendar
            )  # fmt: skip
            made = whole(desk, self.versions["isoloop"], around)
            gc.freeze()  # it stays, as all that was there when the hub was ready
            return made

        admin_app = Later(operator_api)
        edges = Edges(
            settings, self.directory, intake, self.heard, self.store, self.keys.ring, catalogue, clock, self.traffic,
            self.pickup, self.prompt, resender, self.reports.named,
        )  # fmt: skip
        over_nats = edges.iso(Doorman(self.directory), "isoNats")
        await self.native.serve(over_nats.take)
        self._task(self.native.run())
        accounts = self.workers[LEDGER].resident
        waiting: Counts = lambda: self._waiting()  # noqa: E731, PLW0108 - it changes
        self._books.register(Books(lambda: accounts.all(LedgerAccount), waiting))
        self._task(self._look_at_outbox())
        health = await self._health()
        every = observed(metered(admin_app, self.traffic.meter(ADMIN)), health, (self._figures, self._books))
        operators = guarded(every, settings.operator_tokens)
        for door in doors(settings, self.directory, edges.fspiop, edges.iso, operators):
            opened = server(door, settings.host, lambda it: observed(it.app, health, self._figures_at(it)))
            await opened.start()
            self._servers[door.name] = opened
            self._stack.push_async_callback(opened.stop)
        self._task(admin_app.load())

    def _figures_at(self, door: Door) -> tuple[CollectorRegistry, ...]:
        """Operators have theirs behind their token; participants of a production have none."""
        return () if door.name == ADMIN or (self._production and door.outside) else (self._figures,)

    async def _look_at_outbox(self) -> None:
        while True:
            with contextlib.suppress(StoreDownError):
                self.commits.outbox = await self.store.backlog()
            await asyncio.sleep(_LOOK_S)

    async def _health(self) -> Health:
        broker = Watch(self.bus.answers)

        async def deliveries() -> bool:
            # They are heard of over the broker: while it is away nothing is known of them.
            return not await broker.up() or self._delivers()

        watches = {
            "datastore": Watch(self._database_up),
            "broker": broker,
            "lanes": Watch(self._lanes_up),
            "deliveries": Watch(deliveries),
        }
        for watch in watches.values():
            await watch.look()
            self._task(watch.run())
        books = SelfCheck(self.database_url, self.settings.self_check_s, clock).begin(self._figures, self._task)
        return Health(self.versions["isoloop"], {name: each.up for name, each in watches.items()}, {"books": books})

    async def _database_up(self) -> bool:
        await self.store.records(Oracle)
        return True

    async def _lanes_up(self) -> bool:
        return all(worker.ready for worker in self.workers.values())

    def _delivers(self) -> bool:
        return self._dispatcher is None or asyncio.get_running_loop().time() < self._delivers_until

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._stack.callback(task.cancel)
        return task
