"""Positions while the day goes on, as the operator API shows them."""

import asyncio
import time
from collections.abc import Iterable
from typing import Final, Self

from switch.sandbox.scheme import Scheme

_EVERY_S: Final = 0.1


class Watch:
    """Looks at every position again and again; `lines` keeps each change as (milliseconds, units of 10^-4).

    `marks` are the moments at which chapters began.
    """

    def __init__(self, scheme: Scheme, currencies: Iterable[str]) -> None:
        self._scheme = scheme
        self._currencies = tuple(currencies)
        self._begun = time.perf_counter()
        self.lines: dict[str, dict[str, list[tuple[int, int]]]] = {
            currency: {name: [] for name in scheme.names} for currency in self._currencies
        }
        self.marks: list[int] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.look()
        self._task = asyncio.get_running_loop().create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
        await self.look()

    @property
    def kinds(self) -> dict[str, str]:
        """Each participant, and what it speaks."""
        scheme = self._scheme
        banks = {name: f"ISO 20022 XML ({bank.bic})" for name, bank in scheme.banks.items()}
        wallets = {name: f"FSPIOP {dfsp.version}" for name, dfsp in scheme.dfsps.items()}
        return banks | wallets | {scheme.fxp.name: "FSPIOP 2.0, converts currencies"}

    @property
    def moment(self) -> int:
        """Milliseconds since the beginning."""
        return round((time.perf_counter() - self._begun) * 1000)

    def mark(self) -> None:
        """Remember that a chapter begins now."""
        self.marks.append(self.moment)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Note the positions that changed since the last look."""
        found = await asyncio.gather(*(self._scheme.operator.every_account(name) for name in self._scheme.names))
        moment = self.moment
        for name, accounts in zip(self._scheme.names, found, strict=True):
            for account in accounts:
                line = self.lines.get(account.currency, {}).get(name)
                if line is None or account.ledger_account_type != "POSITION":
                    continue
                if not line or line[-1][1] != account.units:
                    line.append((moment, account.units))
