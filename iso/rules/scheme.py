"""Pack `scheme`: the hub's own rules, as `schemas.canonical.scheme_rules` tells them.

They have no check here: they are judged where a message becomes a command, and always are in force.
"""

from typing import Final

from iso.rules.model import Rule
from schemas.canonical.faults import FAULTS
from schemas.canonical.scheme_rules import SCHEME_RULES

RULES: Final = tuple(
    Rule(
        number=number,
        demand=row.demand,
        todo=row.todo,
        reason=FAULTS[row.fault].iso,
        at=(row.at,),
        messages=("pacs.008", "pacs.009", "pacs.004", "pacs.007"),
    )
    for number, row in SCHEME_RULES.items()
)
