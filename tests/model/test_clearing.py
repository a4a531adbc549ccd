"""Windows, settlements and fees in any order: engine and plain clearing agree on every account and every state."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType
from settlement import netting, settlements, windows
from switch import clearing as clearing_step
from switch import fees, funds, gross_way, transfers
from tests.conftest import scale
from tests.model.clearing import CENT, Clearing
from tests.model.funding import Funding
from tests.model.plain_clearing import FEE, HUB, POSITION, STATES, Model, Move, PlainClearing, Settlement, Window

MEMBERS = {"ann": ("USD",), "ben": ("USD",), "cat": ("USD",), "fx": ("USD", "EUR"), "eve": ("EUR",)}
DEPOSIT, CAP = 100_000, 60_000
AMOUNTS = st.sampled_from([100, 333, 1_234, 5_000, 25_050])
PAIRS = st.sampled_from(list(itertools.permutations(("ann", "ben", "cat"), 2)))
OWN = [
    Model("USD", currency="USD"), Model("USD", currency="USD", bilateral=True),
    Model("USD", currency="USD", bilateral=True, gross=True),
    Model("USD", currency="USD", bilateral=True, gross=True, immediate=True, resets=False), None,
]  # fmt: skip
AGENTS = [(), (), (), (), ("USD",), ("USD", "EUR")]
"""The currencies in which an agent books each payment."""
EXAMPLES, STEPS = 500, 50
KINDS = {POSITION: AccountType.POSITION, FEE: AccountType.INTERCHANGE_FEE}
Patch = pytest.MonkeyPatch


class Clearings(Funding):
    """A plain clearing and a ledger lane that hear the same."""

    @initialize(
        own=st.sampled_from(OWN), fee=st.booleans(), pairs=st.booleans(), how=st.booleans(), caps=st.booleans(),
        agents=st.sampled_from(AGENTS),
    )
    def begin(
        self, own: Model | None, fee: bool, pairs: bool, how: bool, caps: bool, agents: tuple[str, ...]
    ) -> None:
        singly = [Model(each, currency=each, bilateral=True, gross=True, immediate=True) for each in agents]
        models = [Model("ALL", bilateral=pairs, resets=how, raises=caps), *(singly or [own] if own else singly)]
        models += [Model("FEES", FEE, bilateral=pairs)] if fee else []
        self.plain = PlainClearing(MEMBERS, models, deposit=DEPOSIT, cap=CAP, agents=agents)
        self.real = Clearing(MEMBERS, models, deposit=DEPOSIT, cap=CAP, agents=agents)
        for payer, payee, amount in (("ann", "ben", 5_000), ("ben", "cat", 333), ("cat", "ann", 1_234)):
            self.pay((payer, payee), amount, at_once=True)
        for key in [one.key for one in self.plain.payments.values() if one.asked]:
            self._booked(key)

    def _some(self, data: st.DataObject, *states: str) -> str | None:
        found = [one.key for one in self.plain.payments.values() if one.state in states]
        return data.draw(st.sampled_from(found)) if found else None

    @rule(pair=PAIRS, amount=AMOUNTS, at_once=st.booleans())
    def pay(self, pair: tuple[str, str], amount: int, at_once: bool) -> None:
        key, (payer, payee) = self._key(), pair
        state = self.plain.begin(key, [Move(POSITION, payer, payee, amount, "USD")], payer, payee)
        self.real.do(self.real.begin(key, payer, payee, amount, "USD"))
        if at_once and state == "RESERVED":
            self._end(key, commits=True)

    @rule(payer=st.sampled_from(["ann", "ben"]), amount=AMOUNTS, at_once=st.booleans())
    def convert(self, payer: str, amount: int, at_once: bool) -> None:
        key, conversion, target = self._key(), self._key(), amount * 9 // 10
        legs = [Move(POSITION, payer, "fx", amount, "USD"), Move(POSITION, "fx", "eve", target, "EUR")]
        # Without the source amount there is no conversion, and nothing that could be paid by it.
        if self.plain._room(payer, "USD") < amount:
            return
        state = self.plain.begin(key, legs, payer, "eve")
        asked = self.real.convert(
            conversion, payer, "fx", Money(amount * CENT, "USD"), Money(target * CENT, "EUR"), key
        )
        self.real.do(*asked, self.real.begin(key, payer, "eve", target, "EUR"))
        assert self.real.states()[conversion] == ("FULFILLED_WAITING" if state == "RESERVED" else "ABORTED")
        if at_once and state == "RESERVED":
            self._end(key, commits=True)

    @rule(data=st.data(), commits=st.sampled_from([True, True, False]))
    def end(self, data: st.DataObject, commits: bool) -> None:
        key = self._some(data, "RESERVED")
        if key is not None:
            self._end(key, commits=commits)

    def _end(self, key: str, *, commits: bool) -> None:
        if commits:
            self.plain.accept(key)
        else:
            self.plain.end(key, commits=False)
        self.real.do(self.real.ended(key, commits=commits))

    @rule(data=st.data(), said=st.sampled_from(["ACSC", "ACSC", "RJCT", "", "no"]))
    def at_the_agent(self, data: st.DataObject, said: str) -> None:
        """The agent books, refuses or is silent; meanwhile a payee cannot change its mind."""
        key = self._some(data, "FULFILLED_WAITING")
        if key is None:
            return
        if said == "no":
            self.real.do(self.real.ended(key, commits=False))
        elif not said:
            self.plain.agent_says(key, booked=False)
            self.real.silence(key)
        else:
            if len(self.plain.payments[key].asked) > 1 and said == "RJCT":
                self._booked(key)
            self._booked(key, said)

    def _booked(self, key: str, said: str = "ACSC") -> None:
        self.plain.agent_says(key, booked=said == "ACSC")
        self.real.agent_says(key, said)

    @rule(data=st.data(), amount=AMOUNTS)
    def give_back(self, data: st.DataObject, amount: int) -> None:
        original = self._some(data, "COMMITTED")
        if original is None:
            return
        paid, key = self.plain.payments[original], self._key()
        leg = Move(POSITION, paid.payee, paid.payer, amount, paid.legs[-1].currency)
        if leg.currency == "EUR":
            return
        self.plain.begin(key, [leg], paid.payee, paid.payer, original)
        self.real.do(self.real.begin(key, paid.payee, paid.payer, amount, leg.currency, original))

    @rule()
    def close(self) -> None:
        assert self.real.close() is self.plain.close()

    @rule(data=st.data(), off=st.sampled_from([0, 0, 0, 1]))
    def fill(self, data: st.DataObject, off: int) -> None:
        waiting = [number for number, one in enumerate(self.plain.windows, 1) if one.state in ("PROCESSING", "FAILED")]
        if not waiting:
            return
        number = data.draw(st.sampled_from(waiting))
        window = self.plain.windows[number - 1]
        assert self.real.fill(number, off=off) is not bool(off)
        if off:
            window.state = "FAILED"
        else:
            self.plain.fill(window)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        model = data.draw(st.sampled_from(self.plain.models))
        places = st.sets(st.integers(1, len(self.plain.windows)), min_size=1, max_size=3)
        ready = [number for number, one in enumerate(self.plain.windows, 1) if one.contents]
        if ready and data.draw(st.booleans()):
            places = st.sets(st.sampled_from(ready), min_size=1)
        numbers = sorted(data.draw(places))
        made = self.plain.settle(model, [self.plain.windows[number - 1] for number in numbers])
        assert self.real.settle(model.name, numbers) is (made is not None)

    def _picked(self, data: st.DataObject) -> tuple[int, Settlement]:
        number = data.draw(st.integers(1, len(self.plain.settlements)))
        return number, self.plain.settlements[number - 1]

    @precondition(lambda self: self.plain.settlements)
    @rule(data=st.data(), wrong=st.sampled_from([False, False, False, True]), part=st.booleans())
    def step(self, data: st.DataObject, wrong: bool, part: bool) -> None:
        number, made = self._picked(data)
        target = min(made.level + 1, len(STATES) - 1)
        if wrong:
            target = data.draw(st.integers(1, len(STATES) - 1))
        accounts = list(made.nets)
        if part:
            accounts = data.draw(st.lists(st.sampled_from(accounts), min_size=1, max_size=4))
        assert self.real.step(number, accounts, STATES[target]) == self.plain.step(made, accounts, target)

    @precondition(lambda self: self.plain.settlements)
    @rule(data=st.data(), steps=st.integers(1, 4))
    def carry_on(self, data: st.DataObject, steps: int) -> None:
        """Every account of a settlement takes its next states."""
        number, made = self._picked(data)
        for target in range(made.level + 1, min(made.level + 1 + steps, len(STATES))):
            behind = [account for account, level in made.at.items() if level < target]
            assert self.real.step(number, behind, STATES[target]) == self.plain.step(made, behind, target)

    @rule()
    def end_the_day(self) -> None:
        """Everything that can be is closed, filled and settled by its model."""
        assert self.real.close() is self.plain.close()
        for number, window in enumerate(self.plain.windows, 1):
            if window.state in ("PROCESSING", "FAILED"):
                assert self.real.fill(number)
                self.plain.fill(window)
        for model in self.plain.models:
            numbers = [number for number, one in enumerate(self.plain.windows, 1)
                       if any(content.state in ("CLOSED", "ABORTED") and content.kind == model.kind
                              and self.plain.model(content.kind, content.currency) == model
                              for content in one.contents)]  # fmt: skip
            made = self.plain.settle(model, [self.plain.windows[number - 1] for number in numbers])
            if numbers:
                assert self.real.settle(model.name, numbers) is (made is not None)

    @precondition(lambda self: self.plain.settlements)
    @rule(data=st.data(), often=st.booleans())
    def give_up(self, data: st.DataObject, often: bool) -> None:
        number, made = self._picked(data)
        if often:
            assert self.real.give_up(number) is self.plain.give_up(made)

    @invariant()
    def the_same_is_owed(self) -> None:
        if not hasattr(self, "plain"):
            return
        plain, real = self.plain, self.real
        for (owner, currency), deposit in plain.deposits.items():
            assert real.value(AccountType.POSITION, owner, currency) == plain.value(owner, currency)
            assert -real.value(AccountType.SETTLEMENT, owner, currency) == deposit
            assert real.value(AccountType.INTERCHANGE_FEE, owner, currency) == plain.owed[FEE, owner, currency]
            assert real.cap(owner, currency) == plain.caps[owner, currency]
        for currency in ("USD", "EUR"):
            assert real.value(AccountType.HUB_FEE, HUB, currency) == plain.owed[FEE, HUB, currency]
            held = real.value(AccountType.HUB_MULTILATERAL_SETTLEMENT, HUB, currency)
            assert held == plain.multilateral[currency]
        assert {name: units for name, units in real.at_agents.items() if units} == {
            name: units for name, units in plain.at_agents.items() if units
        }
        states = real.states()
        assert {key: states[key] for key in plain.payments} == {one.key: one.state for one in plain.payments.values()}

    @invariant()
    def windows_and_settlements_are_the_same(self) -> None:
        if not hasattr(self, "plain"):
            return
        found = self.real.windows() or [None]
        assert len(found) == len(self.plain.windows)
        for theirs, ours in zip(self.plain.windows, found, strict=True):
            if ours is not None:
                self._same_window(theirs, ours)
        for theirs, ours in zip(self.plain.settlements, self.real.settlements(), strict=True):
            assert theirs.state == ours.state.value
            accounts = {self.real.named(one.account): one for one in ours.accounts}
            assert {name: one.units // CENT for name, one in accounts.items()} == theirs.nets
            if theirs.state != "ABORTED":
                assert {name: one.state.value for name, one in accounts.items()} == {
                    name: STATES[level] for name, level in theirs.at.items()
                }
            pairs = {
                tuple(self.real.named(each)[1] for each in (one.debtor, one.creditor)): one.units // CENT
                for one in ours.obligations
            }
            assert pairs == theirs.pairs

    def _same_window(self, theirs: Window, ours: Any) -> None:
        assert ours.state.value == theirs.state
        assert [(one.ledger_account_type, one.currency, one.state.value) for one in ours.contents] == [
            (one.kind, one.currency, one.state) for one in theirs.contents
        ]
        for content, one in zip(theirs.contents, ours.contents, strict=True):
            assert {self.real.named(net.account): net.units // CENT for net in one.nets} == content.nets

    @invariant()
    def debits_are_credits(self) -> None:
        if hasattr(self, "real"):
            total: Counter[str] = Counter()
            for entry in self.real.entries:
                total[entry.currency] += entry.debits_posted - entry.credits_posted
            assert not any(total.values())


def agree(examples: int = EXAMPLES, **more: Any) -> None:
    how = settings(
        max_examples=examples, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck), deadline=None, **more
    )
    run_state_machine_as_test(Clearings, settings=how)


def test_the_ledger_settles_as_the_plain_clearing_does(monkeypatch: Patch) -> None:
    reached: Counter[str] = Counter()
    moved = settlements.move

    def counted(*given):
        done = moved(*given)
        reached[done.settlement.state.value] += 1
        return done

    monkeypatch.setattr(settlements, "move", counted)
    agree(EXAMPLES * scale(), derandomize=scale() == 1)
    assert {"SETTLED", "SETTLING", "PS_TRANSFERS_COMMITTED"} <= reached.keys()


def nets_of_any_sum(patch: Patch) -> None:
    """A window is closed whatever its nets sum to."""
    patch.setattr(netting, "balanced", lambda *_: None)


def hub_settled_alone(patch: Patch) -> None:
    """The hub's fees are a content of their own."""
    patch.setattr(netting, "settled_as", lambda kind: kind.value)


def settled_twice(patch: Patch) -> None:
    """What a settlement holds is free for the next one."""
    patch.setattr(windows, "_FREE", windows.SETTLEABLE)


def effect_of_another_state(patch: Patch) -> None:
    """Senders' positions fall when their transfers are reserved."""
    real = settlements.move

    def early(settlement, moves, hubs, now):
        done = real(settlement, moves, hubs, now)
        if done.risen and done.settlement.resets:
            turned = tuple(one for one in done.settlement.accounts if one.units > 0)
            more = tuple(settlements._posting(settlement.id, one, hubs) for one in turned)
            return done._replace(postings=(*done.postings, *more))
        return done

    patch.setattr(settlements, "move", early)


def abort_gives_nothing_back(patch: Patch) -> None:
    """What recipients were given stays with them."""
    real = settlements.abort
    patch.setattr(settlements, "abort", lambda *given: real(*given)._replace(postings=()))


def fee_charged_again(patch: Patch) -> None:
    """A fee is charged twice."""
    due = fees._due
    patch.setattr(fees, "_due", lambda *given: [*due(*given)] * 2)


def fee_kept_on_return(patch: Patch) -> None:
    """Nothing goes back."""
    patch.setattr(fees, "_back", lambda *_: ())


def fee_in_the_next_window(patch: Patch) -> None:
    """Fees come into the window after that of their payment."""
    real = fees.charged
    patch.setattr(clearing_step, "charged", lambda state, outcome, window: real(state, outcome, window + 1))


def rounded_down(patch: Patch) -> None:
    """Half a cent is nothing."""
    patch.setattr("settlement.fees._rounded", lambda numerator, denominator, _: numerator // denominator)


def gross_without_deposits(patch: Patch) -> None:
    """Positions go back, deposits stay."""
    real = clearing_step._at_once
    patch.setattr(clearing_step, "_at_once", lambda *given: [one for one in real(*given) if one.window])


def pairs_not_set_off(patch: Patch) -> None:
    """Net pairs are kept gross."""
    real = netting.joined
    patch.setattr(netting, "joined", lambda flows, *, gross: real(flows, gross=True))


def committed_after_the_first_leg(patch: Patch) -> None:
    """The second leg of a conversion is not waited for."""
    real = gross_way.legs_at_agents
    patch.setattr(transfers, "legs_at_agents", lambda *given: real(*given)[:1])


def booked_and_not_given_back(patch: Patch) -> None:
    """What an agent has booked stays booked when the payment ends."""
    patch.setattr(transfers, "given_back", lambda outcome: outcome)


def funds_on_their_way_are_cover(patch: Patch) -> None:
    """Money that an agent is yet to bring can be spent."""
    patch.setattr(funds, "told_of", lambda *_: None)


MUTANTS = [
    committed_after_the_first_leg, booked_and_not_given_back, funds_on_their_way_are_cover,
    nets_of_any_sum, hub_settled_alone, settled_twice, effect_of_another_state, abort_gives_nothing_back,
    fee_charged_again, fee_kept_on_return, fee_in_the_next_window, rounded_down, gross_without_deposits,
    pairs_not_set_off,
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_plain_clearing_notices(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    with pytest.raises((AssertionError, ValueError, LookupError, KeyError)):
        agree(400, derandomize=True, database=None, phases=[Phase.generate], report_multiple_bugs=False,
              print_blob=False)  # fmt: skip
