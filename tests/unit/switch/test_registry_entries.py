"""What a step sees of the built-in registry: the newest entries of exactly one party, at the same cost in any crowd."""

import sys

from schemas.canonical.identity import FspId
from schemas.canonical.participants import RegistryEntry
from switch.profile import Profile
from switch.state import Resident, State
from tests.unit.switch.scene import NOW, OTHER, PAYEE


def entry(identifier: str, fsp: FspId = PAYEE, **fields) -> RegistryEntry:
    return RegistryEntry("BUSINESS", identifier, fsp, **fields)


def state(*loaded: RegistryEntry) -> State:
    return State(NOW, Profile(), Resident(), loaded)


def test_a_party_whose_identifier_begins_like_another_is_another():
    shop, till = entry("shop"), entry("shop/1")
    assert state(shop, till).registry("BUSINESS", "shop") == [shop]
    assert state(shop, till).registry("BUSINESS", "shop/1") == [till]


def test_what_was_put_before_or_after_the_first_look_is_seen():
    found = state(entry("a"))
    found.put(entry("a", OTHER))
    assert [each.fsp for each in found.registry("BUSINESS", "a")] == [OTHER]
    found.put(entry("a", OTHER, removed=True))
    found.put(entry("b"))
    assert found.registry("BUSINESS", "a") == []
    assert found.fork().registry("BUSINESS", "b") == [entry("b")]


def test_a_look_costs_the_same_in_any_crowd():
    """Ten thousand parties in one batch once held up the whole hub: each look walked through all of them."""
    costs = []
    for crowd in (10, 1000):
        found = state(*(entry(str(number)) for number in range(crowd)))
        found.registry("BUSINESS", "0")
        steps = 0

        def count(*_):
            nonlocal steps
            steps += 1
            return count

        sys.settrace(count)
        try:
            found.registry("BUSINESS", "1")
        finally:
            sys.settrace(None)
        costs.append(steps)
    assert costs[0] == costs[1]
