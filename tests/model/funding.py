"""Funds in and out in any order: by an operator's word, or by that of an agent that moves the money."""

import itertools
import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.model.clearing import Clearing
from tests.model.plain_clearing import PlainClearing

OWNERS = st.sampled_from([("ann", "USD"), ("ben", "USD"), ("fx", "EUR"), ("eve", "EUR")])
MUCH = st.sampled_from([700, 12_345, 60_000])
SAID = st.sampled_from(["ACSC", "ACSC", "RJCT", "", "twice", "operator"])


class Funding(RuleBasedStateMachine):
    """The rules about funds of a machine that has a plain clearing and a real one."""

    plain: PlainClearing
    real: Clearing

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)

    def _key(self) -> str:
        """An id that nothing has yet."""
        return str(uuid.UUID(int=next(self._numbers), version=4))

    @rule(whose=OWNERS, amount=MUCH, inward=st.booleans())
    def funds(self, whose: tuple[str, str], amount: int, inward: bool) -> None:
        """Money is to come, or to leave."""
        key = self._key()
        state = self.plain.fund(key, *whose, amount, inward=inward)
        assert self.real.fund(key, *whose, amount, inward=inward) == state

    @rule(data=st.data(), said=SAID)
    def funds_end(self, data: st.DataObject, said: str) -> None:
        """Whose word counts is said; what comes again, or from somebody else, changes nothing."""
        waiting = [key for key, one in self.plain.funds.items() if one.state == "RESERVED"]
        if not waiting:
            return
        key: Any = data.draw(st.sampled_from(waiting))
        with_agent = self.plain.funds[key].currency in self.plain.agents
        if said == "operator" or not with_agent:
            if not with_agent:
                self.plain.fund_ends(key, booked=said != "RJCT")
            self.real.operator_ends(key, commits=said != "RJCT")
            return
        self.plain.fund_ends(key, booked=said in {"ACSC", "twice"})
        for _ in range(2 if said == "twice" else 1):
            self.real.agent_of_funds(key, said if said != "twice" else "ACSC")
