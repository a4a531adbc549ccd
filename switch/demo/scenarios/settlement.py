"""Settlement through an agent: a window is closed, its nets are instructed, booked, matched, and positions are zero."""

import asyncio
from typing import Any, Final

import msgspec

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.agent_onboarding import account_at_agent, open_agent
from switch.sandbox.onboarding import OnboardingError
from switch.sandbox.scheme import BLUE, GREEN, YELLOW
from switch.sandbox.settlement_agent import MUTE, SILENT

_CURRENCY: Final = "EUR"
"""One that the other stories do not use: what they left behind is not settled here."""
_ONE: Final = 10_000
_WAIT_S: Final = 15.0
_SHORT_S: Final = 2
"""The time of an agent that is not expected to use it well."""
_PAUSE_S: Final = 0.05
_MODEL: Final = {
    "name": "DEFERREDNETEUR",
    "settlementGranularity": "NET",
    "settlementInterchange": "MULTILATERAL",
    "settlementDelay": "DEFERRED",
    "currency": _CURRENCY,
    "requireLiquidityCheck": True,
    "ledgerAccountType": "POSITION",
    "settlementAccountType": "SETTLEMENT",
    "autoPositionReset": True,
}


async def _settlement(stage: Stage) -> None:
    """Sixty, a hundred and forty euros: two owe, one is owed."""
    await _model(stage)
    async with open_agent(stage.scheme, _CURRENCY, models=[_MODEL["name"]]) as desk:
        await stage.pay(BLUE, GREEN, Money(100 * _ONE, _CURRENCY))
        await stage.pay(YELLOW, BLUE, Money(40 * _ONE, _CURRENCY))
        made = await _instructed(stage, await _closed(stage))
        state = await _reached(stage, made, "SETTLED")
        stage.must(state == "SETTLED", f"the settlement is {state}")
        for name in (BLUE, GREEN, YELLOW):
            await desk.send_statement(account_at_agent(name, _CURRENCY))
        agent = f"/settlementAgents/{desk.bank.name}"
        clean = await _until_clean(stage, f"{agent}/reconciliation")
        stage.must(clean, "the agent's statements do not match the books")


async def _silence(stage: Stage) -> None:
    """An agent is silent until its time is over; later it books in silence, and says so when it is asked."""
    await _model(stage)
    async with open_agent(stage.scheme, _CURRENCY, models=[_MODEL["name"]], conduct=SILENT, answerS=_SHORT_S) as desk:
        await stage.pay(BLUE, GREEN, Money(100 * _ONE, _CURRENCY))
        window = await _closed(stage)
        state = await _reached(stage, await _instructed(stage, window), "ABORTED")
        stage.must(state == "ABORTED", f"nobody answered, and the settlement is {state}")
        desk.conduct = MUTE
        made = await _instructed(stage, window)
        state = await _reached(stage, made, "PS_TRANSFERS_COMMITTED")
        stage.must(state == "PS_TRANSFERS_COMMITTED", f"the agent was asked, and the settlement is {state}")
        for name in (BLUE, GREEN):
            await desk.send_statement(account_at_agent(name, _CURRENCY))
        state = await _reached(stage, made, "SETTLED")
        stage.must(state == "SETTLED", f"the statements are there, and the settlement is {state}")


async def _closed(stage: Stage) -> int:
    """Close the open window; its id, once its nets are known."""
    (window,) = await _call(stage, "GET", "/v2/settlementWindows?state=OPEN")
    number = int(window["id"])
    await _call(stage, "POST", f"/v2/settlementWindows/{number}", {"state": "CLOSED", "reason": "end of the cycle"})
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        if (await _call(stage, "GET", f"/v2/settlementWindows/{number}"))["state"] == "CLOSED":
            break
        await asyncio.sleep(_PAUSE_S)
    return number


async def _instructed(stage: Stage, window: int) -> int:
    """Make a settlement of a window and have the agent book it; its id."""
    body = {"settlementModel": _MODEL["name"], "reason": "net", "settlementWindows": [{"id": window}]}
    made = await _call(stage, "POST", "/v2/settlements", body)
    await _call(stage, "POST", f"/v2/settlements/{made['id']}/instruct")
    return int(made["id"])


async def _model(stage: Stage) -> None:
    try:
        await _call(stage, "POST", "/settlementModels", _MODEL)
    except OnboardingError as error:
        # Played before on this hub.
        stage.must("already" in str(error).lower(), str(error))


async def _reached(stage: Stage, settlement: int, wanted: str) -> str:
    state, deadline = "", asyncio.get_running_loop().time() + _WAIT_S
    while state != wanted and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_PAUSE_S)
        state = (await _call(stage, "GET", f"/v2/settlements/{settlement}"))["state"]
    return state


async def _until_clean(stage: Stage, path: str) -> bool:
    """Whether the statements of all three match; they are compared as soon as they are there."""
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        found = await _call(stage, "GET", path)
        if found["clean"] and len(found["statements"]) == len((BLUE, GREEN, YELLOW)):
            return True
        await asyncio.sleep(_PAUSE_S)
    return False


async def _call(stage: Stage, method: str, path: str, body: Any = None) -> Any:
    return msgspec.json.decode(await stage.scheme.operator.call(method, path, body) or b"null")


SCENARIOS: Final = (
    Scenario(
        "settlement", "A window is closed and settled by an agent", (BLUE, GREEN, YELLOW), _CURRENCY, (0, 0, 0),
        _settlement,
    ),
    Scenario(
        "silent-agent", "A settlement agent that says nothing is asked", (BLUE, GREEN, YELLOW), _CURRENCY, (0, 0, 0),
        _silence,
    ),
)  # fmt: skip
