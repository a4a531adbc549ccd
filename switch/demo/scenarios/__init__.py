"""The scenarios of the demo: stories of single flows, played alone and shown message by message."""

from typing import Final

from switch.demo.scenarios import payments
from switch.demo.scenarios.stage import Scenario

SCENARIOS: Final[dict[str, Scenario]] = {scenario.name: scenario for scenario in payments.SCENARIOS}
"""Name on the command line -> scenario."""
