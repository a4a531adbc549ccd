"""The auditor: all checks on one run. It computes everything again and shares no code with what it audits."""

from collections.abc import Callable, Iterator

from tests.simulation import audit_bulks, audit_delivery, audit_fx, audit_money, audit_outcomes, audit_windows
from tests.simulation.evidence import Evidence

Check = Callable[[Evidence], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    audit_delivery.nothing_was_parked,
    audit_money.entries_sum_to_zero,
    audit_money.counters_are_the_sum_of_entries,
    audit_money.reservations_fit_cover_and_cap,
    audit_money.transfers_moved_once,
    audit_outcomes.accepted_orders_end_once,
    audit_outcomes.transfers_are_what_was_ordered,
    audit_outcomes.histories_are_legal,
    audit_outcomes.nothing_is_pending,
    audit_outcomes.every_end_has_its_reason,
    audit_outcomes.timely_answers_count,
    audit_outcomes.receipts_speak_true,
    audit_outcomes.message_ids_count_once,
    audit_delivery.outcomes_reach_exactly_whom_they_must,
    audit_delivery.refused_payees_that_said_reserved_are_corrected,
    audit_delivery.refused_journeys_are_told,
    audit_delivery.nobody_is_told_two_things,
    audit_delivery.only_parties_and_askers_are_told,
    audit_delivery.modified_answers_are_refused,
    audit_delivery.everything_owed_was_delivered,
    audit_delivery.executions_are_given_up_only_after_expiry,
    audit_delivery.what_was_heard_was_written,
    audit_delivery.numbers_have_no_gap,
    audit_delivery.commands_between_lanes_count_once,
    audit_delivery.members_are_known,
    audit_money.journals_equal_the_books,
    audit_fx.conversions_end_with_their_transfer,
    audit_fx.currencies_are_conserved,
    audit_fx.providers_hear_the_end,
    audit_windows.legs_are_in_one_window,
    audit_windows.conversions_share_the_window_of_their_transfer,
    audit_windows.windows_hold_their_legs,
    audit_windows.settlements_balance,
    audit_windows.contents_are_settled_once,
    audit_bulks.accepted_bulks_come_to_something,
    audit_bulks.bulks_are_what_was_ordered,
    audit_bulks.bulks_say_what_their_items_say,
    audit_bulks.bulks_are_told_once,
    audit_bulks.bulks_are_given_up_only_after_expiry,
)


def audit(seen: Evidence) -> list[str]:
    """Every breach, as `check: what is wrong`."""
    return [f"{check.__name__}: {breach}" for check in CHECKS for breach in check(seen)]
