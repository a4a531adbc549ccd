"""Telling the operator: a line in the log; the bus gives observers a copy, and deliveries are counted by kind."""

import logging

from schemas.canonical.administration import (
    CaseNotice,
    LimitAdjusted,
    LimitAlarm,
    OperatorNotice,
    PositionSettled,
    SettlementAlert,
    ThresholdCrossed,
)
from schemas.canonical.money import Money
from switch.delivery_policy import Sent

log = logging.getLogger("isoloop.notices")


def tell(notice: OperatorNotice) -> Sent:
    """Write the notice down; the addresses in it are for whoever listens to the bus and sends letters."""
    match notice:
        case LimitAlarm():
            of = "cover" if notice.cap is None else "cap"
            base = notice.cover if notice.cap is None else notice.cap
            log.warning(
                "position of %s is %s %s: over %s %% of its %s of %s",
                notice.participant, _figure(notice.position, notice.currency), notice.currency, notice.percent, of,
                _figure(base, notice.currency),
            )  # fmt: skip
        case LimitAdjusted():
            cap = _figure(notice.cap, notice.currency)
            log.info("net debit cap of %s is %s %s now", notice.participant, cap, notice.currency)
        case PositionSettled():
            log.info(
                "settlement %s moved the position of %s by %s to %s %s",
                notice.settlement, notice.participant, _figure(notice.units, notice.currency),
                _figure(notice.position, notice.currency), notice.currency,
            )  # fmt: skip
        case CaseNotice():
            log.info("case %s (%s) of %s is %s", notice.case, notice.kind, notice.participant, notice.state)
        case SettlementAlert():
            log.warning("settlement %s in %s: %s", notice.settlement, notice.currency, notice.text)
        case ThresholdCrossed():
            log.warning(
                "%s account of %s is at %s %s: %s", notice.account_type, notice.participant,
                _figure(notice.balance, notice.currency), notice.currency, notice.threshold,
            )  # fmt: skip
    return Sent(ok=True)


def _figure(units: int, currency: str) -> str:
    return Money(units, currency).fspiop
