"""Prefunded participants at an agent: what comes in by its notices, and what it pays out or refuses."""

import pytest

from schemas.canonical.commands import RecordFunds
from schemas.canonical.faults import participant_fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import TransferId
from schemas.canonical.instructions import AgentBooking, AgentDecides, FundsInstructed, TellBookings
from schemas.canonical.participants import AccountType
from schemas.canonical.settlement_agents import SetSettlementAgent
from schemas.canonical.wire import Dialect
from tests.unit.switch.agent_scene import AGENT, SCHEME_ACCOUNT, Cycle, agent
from tests.unit.switch.scene import BANK, PAYER, envelope, usd

FUNDS = TransferId("b51ec534-ee48-4575-b6a9-ead2955b8061")


class Prefunded(Cycle):
    """The scheme's account at the agent holds everybody's deposits."""

    def __init__(self):
        super().__init__(settle=False, deposits=False, funds=True)
        self.number = 0

    def notice(self, payer=PAYER, units=100_000, account=SCHEME_ACCOUNT, reference="B1", references=("E",), by=AGENT):
        self.number += 1
        booking = AgentBooking(account, units, "USD", references, reference, payer=payer)
        sent = envelope(by, None, f"n{self.number}", Dialect.ISO_XML, message_id=f"N{self.number}")
        return self.do(TellBookings(sent, "n", (booking,)))

    def out(self, amount=50):
        return self.do(RecordFunds(PAYER, 2, FUNDS, "recordFundsOutPrepareReserve", usd(amount)))

    def decides(self, status, reason="", by=AGENT):
        self.number += 1
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(by, None, f"d{self.number}", Dialect.ISO_XML, message_id=f"D{self.number}")
        return self.do(AgentDecides(sent, FUNDS, status, why))

    @property
    def deposit(self):
        return -self.value(PAYER, AccountType.SETTLEMENT) // 10_000


@pytest.fixture
def scheme():
    return Prefunded()


def test_money_that_comes_in_is_deposited_once(scheme):
    for _ in range(2):
        scheme.notice()
    scheme.notice(reference="B2", units=10_000)
    assert (scheme.deposit, scheme.alerts) == (511, [])


@pytest.mark.parametrize(
    ("wrong", "alerts"),
    [({"payer": None}, 1), ({"payer": BANK}, 1), ({"account": "else"}, 0), ({"units": -5}, 0), ({"by": BANK}, 0),
     ({"references": ("S1USD1M1",)}, 0), ({"reference": ""}, 0)],
)  # fmt: skip
def test_what_is_no_participants_money_moves_nothing(scheme, wrong, alerts):
    scheme.notice(**wrong)
    assert (scheme.deposit, len(scheme.alerts)) == (500, alerts)


def test_only_where_the_operator_lets_it(scheme):
    scheme.do(SetSettlementAgent(agent(deposits=False)))
    scheme.notice()
    assert scheme.deposit == 500
    assert not [event for event in scheme.out().events if isinstance(event.body, FundsInstructed)]
    refused = scheme.do(SetSettlementAgent(agent(funds=True))).receipts[0]
    assert refused.fault.description.endswith("funds needs deposits: scheme")


def test_funds_out_are_paid_by_the_agent(scheme):
    (event,) = scheme.out().events
    assert (event.receiver, event.body.account, event.body.scheme_account) == (AGENT, "payerfsp-USD", SCHEME_ACCOUNT)
    assert (scheme.deposit, scheme.get(FundsMovement, FUNDS).state) == (450, "RESERVED")
    scheme.decides("ACTC")
    assert scheme.get(FundsMovement, FUNDS).state == "RESERVED"
    for _ in range(2):
        scheme.decides("ACSC")
    assert (scheme.deposit, scheme.get(FundsMovement, FUNDS).state, scheme.alerts) == (450, "COMMITTED", [])


def test_funds_out_that_the_agent_refuses_are_given_back(scheme):
    scheme.out()
    scheme.decides("RJCT", "AC04")
    assert (scheme.deposit, scheme.get(FundsMovement, FUNDS).state) == (500, "ABORTED")
    scheme.decides("ACSC")
    assert (scheme.deposit, len(scheme.alerts)) == (500, 1)


def test_strangers_pay_nothing_out(scheme):
    scheme.out()
    scheme.decides("ACSC", by=BANK)
    assert scheme.get(FundsMovement, FUNDS).state == "RESERVED" and scheme.refused == ["TRANSFER_NOT_FOUND"]


def test_funds_finer_than_iso_are_left_to_the_operator(scheme):
    batch = scheme.out("0.001")
    assert [type(event.body).__name__ for event in batch.events] == ["SettlementAlert"]
