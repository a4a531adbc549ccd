"""How long a payment can be recalled, and how long an answer is waited for."""

from datetime import UTC, date, datetime

import pytest

from switch.recall_rules import SHIPPED, RecallRulesError, Span, after, rules_in

FRIDAY = datetime(2026, 1, 30, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "holidays", "expected"),
    [
        (Span(business_days=1), (), "2026-02-02T15:00"),
        (Span(business_days=10), (), "2026-02-13T15:00"),
        (Span(business_days=1), (date(2026, 2, 2),), "2026-02-03T15:00"),
        (Span(months=13), (), "2027-02-28T15:00"),
        (Span(months=1, days=1), (), "2026-03-01T15:00"),
        (Span(seconds=90), (), "2026-01-30T15:01"),
        (Span(), (), "2026-01-30T15:00"),
    ],
)
def test_spans(span, holidays, expected):
    assert after(FRIDAY, span, holidays).strftime("%Y-%m-%dT%H:%M") == expected


@pytest.mark.parametrize(("reason", "day"), [("DUPL", "2026-02-13"), ("TECH", "2026-02-13"), ("FRAD", "2027-02-28")])
def test_a_reason_has_the_time_of_the_first_window_that_knows_it(reason, day):
    assert SHIPPED.latest(FRIDAY, reason).date().isoformat() == day
    assert SHIPPED.latest(FRIDAY, None).date().isoformat() == "2027-02-28"


def test_a_scheme_s_own_rules_are_read_and_wrong_ones_named():
    own = b"""{"windows": [{"within": {"days": 3}, "reasons": ["DUPL"]}], "answer": {"businessDays": 2},
      "investigation": {"seconds": 5}, "holidays": ["2026-02-02"]}"""
    rules = rules_in(own)
    assert rules.latest(FRIDAY, "DUPL").date() == date(2026, 2, 2)
    assert rules.latest(FRIDAY, "CUST").year == 9999, "no window speaks of it: always"
    assert rules.due(FRIDAY, recalls=True).date() == date(2026, 2, 4)
    assert (rules.due(FRIDAY, recalls=False) - FRIDAY).seconds == 5
    assert rules_in(None) is SHIPPED
    with pytest.raises(RecallRulesError, match=r"businessdays"):
        rules_in(own.replace(b"businessDays", b"businessdays"))
