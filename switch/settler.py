"""What settlement needs beside the ledger lane: the first window of a clean install, and nets of windows that were cut.

The lane only turns to the next window; what the one before holds is added up here from the entries, by the database,
while payments go on, and brought back as a command. It is harmless to do so twice, so starting again is recovering.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from schemas.canonical.outcome import Stored
from schemas.canonical.participants import SettlementModel
from schemas.canonical.settlement import OpenWindow, PostNets, SettlementCommand, SettlementWindow, WindowState
from settlement.netting import BILATERAL
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel
from switch.store.port import LEDGER, Store, StoreDownError

log = logging.getLogger("isoloop.settlement")

_AGAIN_S: Final = 1.0
_WAITING: Final = frozenset({WindowState.PROCESSING, WindowState.FAILED})


class Settler:
    """Posts the nets of every window that was cut; `run` goes on until it is cancelled."""

    def __init__(self, bus: Bus | Any, store: Store) -> None:
        """Work for the ledger lane behind that bus."""
        self._bus = bus
        self._store = store
        self._wake = asyncio.Event()

    def learn(self, puts: Iterable[Stored]) -> None:
        """Hear of what the ledger lane committed: a window that was cut waits for its nets."""
        if any(type(put) is SettlementWindow and put.state is WindowState.PROCESSING for put in puts):
            self._wake.set()

    async def run(self) -> None:
        """Open the first window, then do what waits, now and whenever a window is cut."""
        begun = False
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if not begun:
                    await self._ask(OpenWindow())
                await self.settle(_WAITING if not begun else {WindowState.PROCESSING})
                begun = True
            except (BusyError, StoreDownError) as error:
                log.info("windows are looked at again: %s", error)
                await self._again()
            except Exception:
                # Whatever it is, it must not leave windows without nets for ever.
                log.exception("windows are looked at again")
                await self._again()

    async def _again(self) -> None:
        await asyncio.sleep(_AGAIN_S)
        self._wake.set()

    async def settle(self, states: Iterable[WindowState]) -> None:
        """Post the nets of every window in these states."""
        windows: list[SettlementWindow] = await self._store.records(SettlementWindow)
        for window in sorted(windows, key=lambda window: window.id):
            if window.state in states:
                await self._post(window.id)

    async def _post(self, window: int) -> None:
        models: list[SettlementModel] = await self._store.records(SettlementModel)
        nets = await self._store.window_nets(window)
        pairs = any(model.active and model.interchange == BILATERAL for model in models)
        flows = await self._store.window_flows(window) if pairs else []
        await self._ask(PostNets(window, tuple(nets), tuple(flows)))

    async def _ask(self, command: SettlementCommand) -> None:
        receipt = await self._bus.ask_lane(LEDGER, Parcel(command))
        if receipt.fault is not None and not receipt.fault.retry:
            log.error("%s was refused: %s", type(command).__name__, receipt.fault.description)
