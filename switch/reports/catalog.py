"""All reports by their names."""

from typing import Final

from switch.reports.books_sql import (
    RECONCILIATION,
    SETTLEMENT_AUDIT,
    SETTLEMENT_WINDOW,
    TRANSACTIONS,
    UNFINALISED,
)
from switch.reports.dataset import Audience, Definition
from switch.reports.settlement_sql import (
    BILATERAL,
    DFSP_SETTLEMENT,
    DFSP_SETTLEMENT_DETAIL,
    MULTILATERAL,
    SETTLEMENT_BANK,
)
from switch.reports.statement_sql import ACCOUNT_STATEMENT, STATEMENT

REPORTS: Final[dict[str, Definition]] = {
    each.name: each
    for each in (
        SETTLEMENT_BANK,
        BILATERAL,
        MULTILATERAL,
        DFSP_SETTLEMENT,
        DFSP_SETTLEMENT_DETAIL,
        STATEMENT,
        ACCOUNT_STATEMENT,
        SETTLEMENT_WINDOW,
        RECONCILIATION,
        TRANSACTIONS,
        UNFINALISED,
        SETTLEMENT_AUDIT,
    )
}
"""Name -> report."""


def of_participants() -> list[Definition]:
    """Those that a participant may fetch of what concerns it."""
    return [each for each in REPORTS.values() if each.audience is Audience.PARTICIPANTS]
