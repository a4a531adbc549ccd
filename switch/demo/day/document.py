"""The day as one JSON document, `day.json`: every figure of the page as exact text, for who wants to add up."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from schemas.canonical.money import Money
from switch.demo.day.checks import Day
from switch.demo.page.page import Check
from switch.demo.scenarios.stage import ScenarioShown

_MONEY: Final = frozenset({"units", "currency"})


def document(
    day: Day, kinds: Mapping[str, str], chapters: Sequence[ScenarioShown], own: Sequence[Check], books: Sequence[Check]
) -> bytes:
    """The document, indented. Amounts are exact texts; positive is owed in positions, flows and nets, else credited."""
    positions = {
        currency: {
            name: [[at, Money(units, currency).fspiop] for at, units in points] for name, points in lines.items()
        }
        for currency, lines in day.positions.items()
    }
    booked = {
        currency: {name: Money(units, currency).fspiop for name, units in each.items()}
        for currency, each in day.booked.items()
    }
    whole = {
        "participants": dict(kinds),
        "chapters": [_plain(msgspec.to_builtins(one)) | {"passed": one.passed} for one in chapters],
        "payments": day.figures.payments,
        "flows": _plain(msgspec.to_builtins(day.figures.flows)),
        "windowClosedAt": day.cut,
        "positions": positions,
        "settlements": _plain(msgspec.to_builtins(day.settlements)),
        "bookedAtAgent": booked,
        "statements": _plain(msgspec.to_builtins(day.statements)),
        "checks": msgspec.to_builtins(own),
        "invariants": msgspec.to_builtins(books),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _plain(value: Any) -> Any:
    """Amounts with their currency, as texts."""
    if isinstance(value, dict):
        if value.keys() == _MONEY:
            return {"amount": Money(value["units"], value["currency"]).fspiop, "currency": value["currency"]}
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
