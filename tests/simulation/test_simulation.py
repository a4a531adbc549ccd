"""Over many seeds of payments and faults the books balance and everybody was told; the same seed is the same run."""

from collections import Counter

import pytest

from schemas.canonical.conversion import Side
from schemas.canonical.dialogue import JourneyState
from schemas.canonical.events import Event
from switch.crashpoints import POINTS
from tests.simulation import cast
from tests.simulation.auditor import audit
from tests.simulation.evidence import Evidence
from tests.simulation.fx_mutants import FX_MUTANTS
from tests.simulation.mutants import MUTANTS
from tests.simulation.window_mutants import WINDOW_MUTANTS
from tests.simulation.world import Run, simulate

pytestmark = [
    pytest.mark.simulation,
    # What a killed process had begun and nobody ended would be told by a warning.
    pytest.mark.filterwarnings("error::RuntimeWarning", "error::pytest.PytestUnraisableExceptionWarning"),
]

CHUNK = 10
SEEDS = range(1000, 1240)
REGRESSIONS = {
    10: "rows of one receiver are forgotten by the bus while those of another are handed over",
    16: "an owner that lost its lane shares the streams with the new one",
}
"""Seeds that once failed, with the cause."""
MUTANT_SEEDS = range(1, 81)
PLAYED = {f"schemas.canonical.{name}" for name in ("administration", "bulk", "events", "exchange", "forwarding")}
"""Where the events are defined that the simulated traffic is made of."""


def breaches(seed: int) -> list[str]:
    return [f"seed {seed}: {breach}" for breach in audit(simulate(seed).evidence)]


@pytest.mark.parametrize("first", SEEDS[::CHUNK])
def test_the_auditor_finds_nothing(first):
    assert [breach for seed in range(first, first + CHUNK) for breach in breaches(seed)] == []


@pytest.mark.parametrize("seed", REGRESSIONS, ids=REGRESSIONS.get)
def test_what_failed_once_does_not_fail_again(seed):
    assert breaches(seed) == []


def test_the_same_seed_gives_the_same_run():
    seeds = range(SEEDS[0], SEEDS[0] + 20)
    assert [simulate(seed).trace for seed in seeds] == [simulate(seed).trace for seed in seeds]


def test_other_seeds_give_other_runs():
    assert len({simulate(seed).trace for seed in SEEDS[:5]}) == 5


@pytest.mark.parametrize("mutant", [*MUTANTS, *FX_MUTANTS, *WINDOW_MUTANTS], ids=lambda mutant: mutant.__name__)
def test_the_auditor_catches(mutant, monkeypatch):
    """A generator that reaches nothing and a checker that sees nothing are found out here."""
    mutant(monkeypatch)
    assert any(breaches(seed) for seed in MUTANT_SEEDS)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [simulate(seed) for seed in range(2000, 2040)]


def test_every_end_of_a_payment_is_reached_in_every_direction(runs):
    ends = Counter(end for run in runs for end in _ends(run.evidence))
    wanted = {"COMMITTED", "EXPIRED", "PARTICIPANT", "INSUFFICIENT_LIQUIDITY", "NET_DEBIT_CAP", "ALREADY_EXPIRED"}
    kinds = {f"{payer} to {payee}" for payer in ("bank", "dfsp") for payee in ("bank", "dfsp")}
    assert {(kind, end) for kind in kinds for end in wanted} - set(ends) == set()
    proofs = {("dfsp to dfsp", "WRONG_FULFILMENT"), ("bank to dfsp", "WRONG_FULFILMENT")}
    lookups = {("bank to dfsp", "refused PARTY_NOT_FOUND"), ("bank to dfsp", "refused EXPIRED")}
    assert (proofs | lookups) - set(ends) == set()


def test_every_end_of_a_conversion_is_reached_on_both_sides(runs):
    ends = Counter(
        (conversion.converts.side, conversion.fault.name if conversion.fault else conversion.state.value)
        for run in runs
        for conversion in run.evidence.transfers.values()
        if conversion.converts is not None
    )
    wanted = {"COMMITTED", "EXPIRED", "PARTICIPANT", "TOGETHER", "WRONG_FULFILMENT", "INSUFFICIENT_LIQUIDITY"}
    assert {(side, end) for side in (Side.PAYER, Side.PAYEE) for end in wanted} - set(ends) == set()
    assert (Side.PAYER, "NET_DEBIT_CAP") in ends


def test_every_end_of_a_bank_s_conversion_is_reached(runs):
    conversions = Counter(
        conversion.fault.name if conversion.fault else conversion.state.value
        for run in runs
        for conversion in run.evidence.transfers.values()
        if conversion.converts is not None and cast.BY_NAME[conversion.payer].bank
    )
    assert {"COMMITTED", "EXPIRED", "PARTICIPANT", "TOGETHER", "INSUFFICIENT_LIQUIDITY"} - set(conversions) == set()
    journeys = [one for run in runs for one in run.evidence.journeys.values() if one.currency is not None]
    refused = Counter(one.fault.name for one in journeys if one.fault is not None)
    assert {"EXPIRED", "PARTICIPANT", "QUOTE_EXPIRED", "FEE_TOO_HIGH"} - set(refused) == set()
    assert any(one.state is JourneyState.PREPARING for one in journeys)


def _ends(evidence: Evidence) -> list[tuple[str, str]]:
    found = []
    for transfer in evidence.transfers.values():
        if transfer.payee in cast.BY_NAME:
            sides = ["bank" if cast.BY_NAME[name].bank else "dfsp" for name in (transfer.payer, transfer.payee)]
            found.append((" to ".join(sides), transfer.fault.name if transfer.fault else transfer.state.value))
    refused = [journey for journey in evidence.journeys.values() if journey.state is JourneyState.REFUSED]
    return [*found, *(("bank to dfsp", f"refused {one.fault.name}") for one in refused if one.fault)]


def test_windows_are_cut_and_settled_under_way_and_some_are_given_up(runs):
    windows = [len(run.evidence.windows) for run in runs]
    settled = Counter(one.state.value for run in runs for one in run.evidence.settlements.values())
    assert (min(windows) > 1, set(settled)) == (True, {"SETTLED", "ABORTED"})
    moved = sum(entry.reference.startswith("settlement ") for run in runs for entry in run.evidence.entries)
    assert moved > 100


def test_every_fault_and_every_crash_point_is_met(runs):
    met = Counter(fault for run in runs for fault in run.faults)
    assert {kind for kind, count in met.items() if count} >= {"zombie woke", "restarted", *POINTS}


def test_every_word_of_the_hub_about_payments_is_heard(runs):
    """What banks ask and are told besides (statuses, cases, reports ...) is no part of the simulated traffic."""
    words = {type(row.event.body).__name__ for run in runs for row in run.evidence.rows.values()}
    unheard = {"OracleAsked", "ParticipantFound", "PartiesRegistered", "ProvidersFound"}
    unheard |= {"CaseNotice", "SettlementAlert", "ThresholdCrossed"}
    assert {kind.__name__ for kind in _bodies()} - words == unheard


def _bodies() -> list[type]:
    bodies: tuple[type, ...] = Event.__annotations__["body"].__args__
    return [kind for kind in bodies if kind.__module__ in PLAYED]
