"""Settlements as the operator's port shows them, beside what their agent was told and what it has booked."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from schemas.canonical.money import Money
from switch.sandbox.agent_onboarding import account_at_agent
from switch.sandbox.onboarding import Operator
from switch.sandbox.settlement_agent import SettlementDesk

_EVER: Final = "2000-01-01T00:00:00.000Z"
_UNITS: Final = 10_000
DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode
"""Reads the hub's JSON with exact numbers."""


class Movement(msgspec.Struct, frozen=True, rename="camel"):
    """One participant in a settlement. `net` is owed; `told` is what the agent was told of it, None of nothing.

    `state` is that of its account, `answer` what the agent said of the movement.
    """

    participant: str
    net: Money
    state: str
    told: Money | None = None
    answer: str = ""


class Settled(msgspec.Struct, frozen=True, rename="camel"):
    """One settlement in one currency: its end, its agent, and the movement of each participant."""

    id: int
    model: str
    currency: str
    state: str
    reason: str
    movements: tuple[Movement, ...]
    agent: str = ""
    instrument: str = ""
    cycle: str = ""
    instruction: str = ""
    refusal: str = ""


def exact(number: Any, currency: str) -> Money:
    """An amount of the hub's JSON."""
    return Money(int(Decimal(number) * _UNITS), currency)


async def read_settlements(operator: Operator) -> tuple[Settled, ...]:
    """Every settlement of the day, in the order in which they were made."""
    content = await operator.call("GET", f"/v2/settlements?fromDateTime={_EVER}")
    found: list[Settled] = []
    owners = await _owners(operator)
    for one in DECODE(content):
        path = f"/v2/settlements/{one['id']}/instructions"
        told = DECODE(await operator.call("GET", path))
        accounts = [(owners[each["id"]], each) for owner in one["participants"] for each in owner["accounts"]]
        for currency in sorted({each["netSettlementAmount"]["currency"] for _, each in accounts}):
            instruction: dict[str, Any] = next((each for each in told if each["currency"] == currency), {})
            found.append(_settled(one, currency, accounts, instruction))
    return tuple(found)


async def _owners(operator: Operator) -> dict[int, str]:
    """Whose each account is."""
    names = await operator.participants()
    return {account.id: name for name in names for account in await operator.every_account(name)}


def _settled(
    settlement: dict[str, Any], currency: str, accounts: list[tuple[str, dict[str, Any]]], instruction: dict[str, Any]
) -> Settled:
    told = {each["participant"]: each for each in instruction.get("movements", ())}
    movements = []
    for name, account in accounts:
        net = account["netSettlementAmount"]
        if net["currency"] == currency:
            said = told.get(name)
            amount = exact(said["amount"], currency) if said else None
            # Of a request that is booked as a whole or not at all, one movement has the reason.
            reason = said.get("reason", "") if said and said.get("reason") == instruction.get("reason") else ""
            answer = f"{said['state']} {reason}".strip() if said else ""
            movements.append(Movement(name, exact(net["amount"], currency), account["state"], amount, answer))
    return Settled(
        settlement["id"], settlement["settlementModel"], currency, settlement["state"], settlement["reason"],
        tuple(movements), instruction.get("agent", ""), instruction.get("instrument", ""),
        instruction.get("cycle", ""), instruction.get("state", ""), instruction.get("reason", ""),
    )  # fmt: skip


def booked_at(desks: Mapping[str, SettlementDesk], names: list[str]) -> dict[str, dict[str, int]]:
    """What each agent has booked on participants' accounts (units; credited is positive), by currency."""
    return {
        currency: {
            name: sum(each.units for each in desk.accounts[account_at_agent(name, currency)].bookings)
            for name in names
        }
        for currency, desk in desks.items()
    }  # fmt: skip
