"""Transfers and conversions in any order: engine and plain-Python hub agree on money, states and every message."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from schemas.canonical.faults import fault
from settlement import limits
from switch import transfer_answers, transfer_checks
from switch.transfer_table import Case
from tests.conftest import scale
from tests.model.machine import Hubs
from tests.model.plain import AGREED, ALONE, CONVERSIONS, PAYEE, PAYER, TRANSFERS, Tell
from tests.simulation import fx_mutants, mutants

EXAMPLES, STEPS = 400, 60
# Where banks, settlement agents or movements of funds take part, and notes that change nothing.
NOT_REACHED = {
    Case.PREPARE_OF_FUNDS, Case.ANSWER_NEWS, Case.ANSWER_BLOCKS, Case.FULFIL_WITHOUT_KEY, Case.QUERY_OPEN, Case.NOTED,
    Case.RECALLED, Case.FULFIL_TO_AGENT, Case.AGENT_BOOKS, Case.AGENT_SETTLES, Case.AGENT_REFUSES, Case.AGENT_SILENT,
    Case.ANSWER_OF_OTHER_AMOUNT,
}  # fmt: skip
REFUSED = dict.fromkeys(("5104", "2000"), "refused")
Patch = pytest.MonkeyPatch


def agree(machine: type[Hubs] = Hubs) -> None:
    """Run the machine."""
    how = settings(
        max_examples=EXAMPLES * scale(), stateful_step_count=STEPS, derandomize=scale() == 1,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)


def test_the_engine_does_what_the_plain_hub_does(monkeypatch: Patch) -> None:
    cases: Counter[Case] = Counter()
    events = transfer_answers._events

    def counted(found, case):
        cases[case] += 1
        return events(found, case)

    monkeypatch.setattr(transfer_answers, "_events", counted)
    ends: Counter[tuple[str, str, str]] = Counter()
    heard: Counter[tuple[str, str, str]] = Counter()

    class Watched(Hubs):
        def _expect(self, told: list[Tell]) -> None:
            heard.update((each.method, each.path.split("/")[1], each.word) for each in told)
            super()._expect(told)

        def teardown(self) -> None:
            super().teardown()
            for one in self.plain.payments.values():
                ends[one.kind, one.side, REFUSED.get(one.code, one.code) or one.state] += 1

    agree(Watched)

    # A generator that reaches nothing would find nothing.
    usual = ("COMMITTED", "RESERVED", "3100", "3303")
    wanted = {(TRANSFERS, "", reason) for reason in (*usual, "4001", "4200", "refused")}
    wanted |= {(CONVERSIONS, PAYER, reason) for reason in (*usual, AGREED, "4001", "4200", "refused")}
    wanted |= {(CONVERSIONS, PAYEE, reason) for reason in (*usual, AGREED)}
    wanted |= {(CONVERSIONS, ALONE, reason) for reason in ("COMMITTED", "3100")}
    assert wanted - ends.keys() == set()
    words = {
        ("PATCH", kind, word) for kind in (TRANSFERS, CONVERSIONS) for word in ("COMMITTED", "ABORTED", "RESERVED")
    }
    words |= {("PUT", TRANSFERS, code) for code in ("2001", "3000", "3106", "3208")}
    assert words - heard.keys() == set()
    assert set(Case) - cases.keys() == NOT_REACHED


def cap_before_cover(patch: Patch) -> None:
    """The net debit cap is looked at first."""

    def swapped(position, settlement, units):
        if position.cap is None or position.cap - position.value < units:
            return fault("NET_DEBIT_CAP")
        return limits.refusal(position, settlement, units)

    patch.setattr(transfer_checks, "refusal", swapped)


# What is wrong with lanes, stores and buses no single engine can show.
NOT_HERE = {"ties_not_loaded", "register_loaded_without_its_transfers"}
MUTANTS = [
    *(mutant for mutant in fx_mutants.FX_MUTANTS if mutant.__name__ not in NOT_HERE),
    mutants.expiry_of_what_is_final, mutants.no_cap_check, mutants.no_cover_check, mutants.repeat_is_sent_on,
    mutants.check_on_balances_before_the_batch, mutants.abort_without_void, mutants.commit_booked_twice,
    mutants.another_order_taken_for_a_repeat, mutants.anybody_may_answer, mutants.expired_payee_is_not_told,
    mutants.any_preimage_will_do, cap_before_cover,
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_plain_hub_notices(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    how = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    with pytest.raises((AssertionError, ValueError, LookupError)):
        run_state_machine_as_test(Hubs, settings=how)
