"""The scenarios of the demo: stories of single flows, played alone and shown message by message."""

from typing import Final

from switch.demo.scenarios import orders, payments, recalls, reports, settlement
from switch.demo.scenarios.stage import Scenario

_STORIES: Final = (
    *payments.SCENARIOS, *orders.SCENARIOS, *recalls.SCENARIOS, *reports.SCENARIOS, *settlement.SCENARIOS,
)  # fmt: skip
SCENARIOS: Final[dict[str, Scenario]] = {scenario.name: scenario for scenario in _STORIES}
"""Name on the command line -> scenario."""
