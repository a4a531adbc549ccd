"""The evening of the day: the window is closed, one participant lacks the money, and in the end all is paid."""

import asyncio
from typing import Any, Final

import msgspec

from schemas.canonical.money import Money
from switch.demo.day.chapters import Chapter
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.agent_onboarding import MODEL, account_at_agent
from switch.sandbox.reports import Reports
from switch.sandbox.scheme import FUNDS_UNITS, RED
from switch.sandbox.settlement_agent import SettlementDesk

SHILLINGS: Final = "DEFERREDNETKES"
"""The model of the second currency."""
_WAIT_S: Final = 15.0
_PAUSE_S: Final = 0.05
_STATEMENT: Final = "camt.053"


_STORIES: Final = (
    (
        "unpaid", "The window is closed, and a participant lacks the money",
        "The nets go to the agent in one pacs.029. One debit is not covered (AM04), so nothing at all is booked.",
    ),
    (
        "settled", "The money is there, and the cycle settles",
        "The same window once more: the agent books every movement and proves each by a camt.054; positions are zero.",
    ),
    (
        "shillings-settled", "The shillings settle at an agent of their own",
        "The provider of conversions is in both cycles: owed dollars in one, owing shillings in the other.",
    ),
    (
        "end-of-day", "The day ends, and everybody gets its statement",
        "Each bank gets a camt.053 of each of its accounts; wallets fetch the same figures where they send payments.",
    ),
)  # fmt: skip


class Evening:
    """What the operator does after the last payment; `agents` are the settlement agents' desks by currency."""

    def __init__(self, agents: dict[str, SettlementDesk]) -> None:
        self._agents = agents
        self._window = 0
        self.statements: dict[str, Reports] = {}

    def chapters(self) -> tuple[Chapter, ...]:
        """The stories of the evening, in their order."""
        plays = (self._unpaid, self._paid, self._shillings, self._end)
        return tuple(
            Chapter(Scenario(name, title, (), "USD", (), play), tells)
            for (name, title, tells), play in zip(_STORIES, plays, strict=True)
        )

    async def _unpaid(self, stage: Stage) -> None:
        (window,) = await _call(stage, "GET", "/v2/settlementWindows?state=OPEN")
        self._window = window["id"]
        body = {"state": "CLOSED", "reason": "cut-off of the day"}
        await _call(stage, "POST", f"/v2/settlementWindows/{self._window}", body)
        await self._settles(stage, MODEL, "ABORTED")
        owed = await stage.position(RED, "USD")
        stage.must(owed.units > 0, f"{RED} owes {owed.fspiop}, though nothing was settled")

    async def _paid(self, stage: Stage) -> None:
        """It has brought the money; the same window is settled again, and its cap is given back."""
        self._agents["USD"].accounts[account_at_agent(RED, "USD")].opening = FUNDS_UNITS
        await self._settles(stage, MODEL, "SETTLED")
        await _all_paid(stage, "USD")

    async def _shillings(self, stage: Stage) -> None:
        await self._settles(stage, SHILLINGS, "SETTLED")
        await _all_paid(stage, "KES")

    async def _settles(self, stage: Stage, model: str, end: str) -> None:
        """Make a settlement of the window under a model, have the agent told, and wait for its end."""
        body = {"settlementModel": model, "reason": "end of day", "settlementWindows": [{"id": self._window}]}
        made = await _call(stage, "POST", "/v2/settlements", body)
        await _call(stage, "POST", f"/v2/settlements/{made['id']}/instruct")
        state, deadline = "", asyncio.get_running_loop().time() + _WAIT_S
        while state != end and asyncio.get_running_loop().time() < deadline:
            state = (await _call(stage, "GET", f"/v2/settlements/{made['id']}"))["state"]
            await asyncio.sleep(0 if state == end else _PAUSE_S)
        stage.must(state == end, f"the settlement is {state}, not {end}")

    async def _end(self, stage: Stage) -> None:
        """Each bank gets a statement of each of its accounts."""
        banks = stage.scheme.banks.values()
        for bank in banks:
            await _call(stage, "PUT", f"/participants/{bank.name}/iso", bank.profile(reports=[_STATEMENT]))
        self.statements = {bank.name: Reports(bank) for bank in banks}
        await _call(stage, "POST", "/businessDays", {"action": "end", "reason": "the day is over"})
        for desk in self.statements.values():
            await _stated(stage, desk)


async def _stated(stage: Stage, desk: Reports) -> None:
    accounts = await stage.scheme.operator.every_account(desk.bank.name)
    got = f"{desk.bank.name} got no {_STATEMENT} of each of its {len(accounts)} accounts"
    await stage.until(lambda: len(desk.reports) >= len(accounts), got)
    stage.must(not desk.wrong, "; ".join(desk.wrong))


async def _call(stage: Stage, method: str, path: str, body: Any = None) -> Any:
    return msgspec.json.decode(await stage.scheme.operator.call(method, path, body) or b"null")


async def _all_paid(stage: Stage, currency: str) -> None:
    zero = Money(0, currency)
    for name in stage.scheme.names:
        left = await stage.position(name, currency)
        stage.must(left == zero, f"{name} still has a position of {left.fspiop} {currency}")
