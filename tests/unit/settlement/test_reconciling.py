"""Hub and agent compared booking by booking: every kind of planted error is found, and none on clean data."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from schemas.canonical.instructions import AgentBooking
from settlement.reconciling import HubBooking, Reconciliation, Verdict, reconcile

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
END = BEGIN + timedelta(days=1)


def both(count=40, seed=0):
    """The same bookings on both sides; the hub books each a little later, and calls it by an id of its own."""
    random = Random(seed)
    hub, agent = [], []
    for number in range(count):
        units = random.choice([-1, 1]) * random.randint(1, 10**9)
        at = BEGIN + timedelta(minutes=number * 30)
        hub.append(HubBooking(f"hub {number}", units, at, (f"E{number}", f"T{number}")))
        references = random.choice([(f"E{number}",), (f"T{number}", f"E{number}"), ("NOTPROVIDED", f"T{number}")])
        agent.append(AgentBooking("A", units, "USD", references, f"S{number}", at.isoformat()))
    random.shuffle(agent)
    return hub, agent


def verdicts(hub, agent, earlier=()):
    found = reconcile(hub, agent, BEGIN, END, earlier)
    return sorted(one.verdict.value for one in found if one.verdict is not Verdict.MATCHED)


@pytest.mark.parametrize("seed", range(5))
def test_clean_data_has_no_error(seed):
    hub, agent = both(seed=seed)
    assert verdicts(hub, agent) == []
    assert len(reconcile(hub, agent, BEGIN, END)) == len(hub)


PLANTED = {
    "missing": (lambda agent, k: agent.pop(k), ["MISSING"]),
    "extra": (lambda agent, _: agent.append(AgentBooking("A", 7, "USD", ("unknown",), "S")), ["EXTRA"]),
    "twice": (lambda agent, k: agent.append(agent[k]), ["EXTRA"]),
    "amount": (lambda agent, k: put(agent, k, units=agent[k].units + 1), ["DIFFERENT"]),
    "direction": (lambda agent, k: put(agent, k, units=-agent[k].units), ["DIFFERENT"]),
    "reference": (lambda agent, k: put(agent, k, references=("other",)), ["EXTRA", "MISSING"]),
}


def put(agent, place, **fields):
    agent[place] = replace(agent[place], **fields)


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("seed", range(5))
def test_each_planted_error_is_found_alone(kind, seed):
    plant, expected = PLANTED[kind]
    hub, agent = both(seed=seed)
    plant(agent, Random(seed).randrange(len(agent)))
    assert verdicts(hub, agent) == expected


def test_errors_of_every_kind_together():
    hub, agent = both()
    expected = []
    for place, (plant, words) in enumerate(PLANTED.values()):
        plant(agent, place)
        expected += words
    assert verdicts(hub, agent) == sorted(expected)


def test_what_names_nothing_is_matched_by_its_amount():
    hub, agent = both(3)
    agent[1] = replace(agent[1], references=())
    assert verdicts(hub, agent) == []


def test_bookings_beside_the_time_match_but_are_not_missed():
    hub, agent = both(3)
    late = HubBooking("late", 5, END + timedelta(minutes=1), ("L",))
    other = HubBooking("other", 6, BEGIN - timedelta(minutes=1), ("O",))
    agent.append(AgentBooking("A", 5, "USD", ("L",)))
    assert verdicts([*hub, late, other], agent) == []


def test_what_an_earlier_statement_told_is_not_missed():
    hub, agent = both(3)
    gone = agent.pop()
    assert verdicts(hub, agent, gone.references) == []


def test_drift_is_the_agents_balance_less_the_hubs():
    found = Reconciliation("A", "USD", BEGIN, END, (), 105, 100)
    assert (found.drift, found.clean) == (5, False)
    assert Reconciliation("A", "USD", BEGIN, END, (), None, 100).clean
    assert Reconciliation("A", "USD", BEGIN, END, (), 100, 100).clean
