"""Everything between the bus and the receivers: takes rows, renders, sends, marks, and sweeps what stays open.

It needs the database, the bus, a directory and the hub's keys, so it runs in the hub's own process or in one beside it
(`switch/dispatcher.py`).
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final

import aiohttp
import msgspec

import fspiop.client as fspiop_out
import iso.client as iso_out
from switch.bus.nats import NatsBus
from switch.config import Settings
from switch.delivery import Deliverer, Hooks
from switch.delivery_policy import Sent
from switch.directory import Directory
from switch.heard import Heard
from switch.keys import HubKeys
from switch.native_banks import NativeBanks
from switch.outbox import Sweeper
from switch.senders import Senders
from switch.senders.fspiop import FspiopSender
from switch.senders.http import HttpCaller
from switch.senders.iso import IsoSender
from switch.senders.nats import NatsSender
from switch.senders.oracles import OracleSender
from switch.senders.reports import ReportMaker
from switch.store.port import OutboxRow, RowId
from switch.store.postgres import PostgresStore
from switch.tls import ClientTls
from translator.outgoing import HubIdentity

_RENEW_S: Final = 1.0


class Surroundings(msgspec.Struct, frozen=True):
    """What deliveries need of the process they run in.

    `attempted` counts an attempt, `parked` a row that was given up; `held` tells of rows that are still to be
    published here.
    """

    settings: Settings
    keys: HubKeys
    store: PostgresStore
    bus: NatsBus
    directory: Directory
    identity: HubIdentity
    heard: Heard
    native: NativeBanks
    clock: Callable[[], datetime]
    attempted: Callable[[OutboxRow, Sent], None]
    parked: Callable[[], None]
    held: Callable[[RowId], bool]
    reports: ReportMaker


async def dispatch(around: Surroundings, stack: AsyncExitStack) -> Deliverer:
    """Begin to deliver; `stack` ends it: attempts that run may finish, and their marks are written."""
    senders = await _senders(around, stack)
    hooks = Hooks(senders.undeliverable, lambda _row, _reason: around.parked(), around.attempted)
    deliverer = Deliverer(around.store, senders.send, hooks, around.clock, chance=random.random)
    sweeper = Sweeper(around.store, around.bus, lambda row: around.held(row) or deliverer.knows(row))
    deliverer.start()
    around.directory.returned = deliverer.wake
    stack.push_async_callback(around.native.close)
    stack.push_async_callback(deliverer.close)
    stack.callback(around.native.stop_waiting)
    await around.bus.deliver(deliverer.take)
    stack.push_async_callback(around.bus.stop_delivering)
    sweeping = asyncio.get_running_loop().create_task(sweeper.run())
    stack.callback(sweeping.cancel)
    return deliverer


async def _renew(tls: ClientTls) -> None:
    while True:
        await asyncio.sleep(_RENEW_S)
        tls.renew()


async def _senders(around: Surroundings, stack: AsyncExitStack) -> Senders:
    settings = around.settings
    tls = ClientTls(settings.callback_certificate, settings.callback_key, settings.callback_ca)
    renewing = asyncio.get_running_loop().create_task(_renew(tls))
    stack.callback(renewing.cancel)
    fspiop_session = await stack.enter_async_context(fspiop_out.new_session(tls=tls.context))
    iso_session = await stack.enter_async_context(iso_out.new_session(tls=tls.context))
    patience = aiohttp.ClientTimeout(total=settings.callback_timeout_s, connect=5)
    caller = HttpCaller(
        fspiop_out.FspiopClient(fspiop_session, patience),
        iso_out.IsoClient(iso_session, patience),
        float(settings.callback_timeout_s),
    )
    stack.push_async_callback(caller.close)
    return Senders(
        around.directory,
        around.bus,
        around.identity,
        around.heard,
        fspiop=FspiopSender(caller, around.keys.ring.signer, around.directory.participant, around.clock),
        iso=IsoSender(caller, around.keys.xml.signer),
        nats=NatsSender(around.native.post, around.keys.xml.signer, around.clock, settings.callback_timeout_s),
        oracles=OracleSender(fspiop_session, around.bus, settings.oracle_timeout_s, settings.hub_name, around.clock),
        hops=settings.hops,
        clock=around.clock,
        reports=around.reports,
        still_open=around.store.still_open,
    )
