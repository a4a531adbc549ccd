"""Payments that a settlement agent books one by one: they wait for it, and end as it says, or by their own time."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from schemas.canonical.cases import CancelPayment
from schemas.canonical.commands import CreateSettlementModel, Expire, SetSettlementModelActive
from schemas.canonical.faults import fault, participant_fault
from schemas.canonical.instructions import AgentDecides, GrossInstructed
from schemas.canonical.participants import AccountType, IsoProfile, Participant
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SetSettlementAgent
from schemas.canonical.wire import Dialect
from tests.unit.switch.agent_scene import AGENT, Cycle, account_of, agent
from tests.unit.switch.scene import BANK, CREDITOR, EXPIRY, ID, accept, bank_prepare, envelope, reject, told

WAITING, COMMITTED, ABORTED = "FULFILLED_WAITING", "COMMITTED", "ABORTED"
PLACE = AgentCurrency("USD", "SCHEME-USD", tuple(AgentMember(name, account_of(name)) for name in (BANK, CREDITOR)))


class Gross(Cycle):
    """Two banks, in a currency where the agent books each payment."""

    def __init__(self):
        super().__init__(settle=False)
        self.do(SetSettlementModelActive("NET", False))
        self.do(CreateSettlementModel("GROSSNOW", "GROSS", "BILATERAL", "IMMEDIATE"))
        self.do(SetSettlementAgent(agent(models=("GROSSNOW",), currencies=(PLACE,))))

    def decides(self, status, reason="", sender=AGENT, number=1):
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(sender, None, f"{status}{number}", Dialect.ISO_XML, message_id=f"D{status}{number}")
        return self.do(AgentDecides(sent, ID, status, why))

    @property
    def now_is(self):
        found = self.transfer()
        return found.state.value if found else None

    @property
    def money(self):
        """Positions and deposits of the two banks."""
        kinds = (AccountType.POSITION, AccountType.SETTLEMENT)
        return [self.value(name, kind) // 10_000 for kind in kinds for name in (BANK, CREDITOR)]


@pytest.fixture
def gross():
    found = Gross()
    found.do(bank_prepare())
    return found


RESERVED_MONEY, PAID_MONEY, NO_MONEY = [100, 0, -500, -500], [0, 0, -400, -600], [0, 0, -500, -500]


def test_the_payees_acceptance_asks_the_agent(gross):
    batch = gross.do(accept())
    assert (gross.now_is, gross.money) == (WAITING, RESERVED_MONEY)
    (event,) = batch.events
    assert isinstance(event.body, GrossInstructed) and (event.receiver, event.until) == (AGENT, EXPIRY)
    assert (event.body.leg.debtor.account, event.body.leg.creditor.account) == ("bank-a-USD", "bank-b-USD")


def test_what_it_has_booked_is_committed_and_told_to_both(gross):
    gross.do(accept())
    assert told(gross.decides("ACSP")) == [] and gross.now_is == WAITING
    assert told(gross.decides("ACSC")) == ["Committed bank-a", "Committed bank-b"]
    assert (gross.now_is, gross.money) == (COMMITTED, PAID_MONEY)
    assert told(gross.decides("ACSC", number=2)) == [] and gross.alerts == []


@pytest.mark.parametrize(("reason", "code"), [("AM04", "AM23"), ("AC01", "AC01"), ("", "NARR")])
def test_what_it_refuses_ends_for_both(gross, reason, code):
    gross.do(accept())
    batch = gross.decides("RJCT", reason)
    assert [type(event.body).__name__ for event in batch.events] == ["Aborted", "Corrected"]
    assert (gross.now_is, gross.money, gross.transfer().fault.iso) == (ABORTED, NO_MONEY, code)


def test_silence_until_the_payments_own_end(gross):
    gross.do(accept())
    gross.now = EXPIRY
    batch = gross.do(Expire("transfer", ID))
    assert [type(event.body).__name__ for event in batch.events] == ["Aborted", "Corrected"]
    assert (gross.now_is, gross.money) == (ABORTED, NO_MONEY)
    gross.decides("ACSC")
    assert gross.now_is == ABORTED and f"ACSC of payment {ID}, which is ABORTED" in gross.alerts[0]


def test_a_refusal_after_the_booking_changes_nothing(gross):
    gross.do(accept())
    gross.decides("ACSC")
    gross.decides("RJCT", "AM04")
    assert (gross.now_is, len(gross.alerts)) == (COMMITTED, 1)


def test_while_the_agent_is_asked_nobody_takes_it_back(gross):
    gross.do(accept())
    refusal_of_bank = replace(reject(), envelope=envelope(CREDITOR, None, "r", Dialect.ISO_XML, None))
    assert told(gross.do(refusal_of_bank)) == ["Refused bank-b 3106"]
    gross.do(CancelPayment(ID, fault("RECALLED")))
    assert (gross.now_is, gross.money) == (WAITING, RESERVED_MONEY)


def test_only_the_agent_that_was_asked_decides(gross):
    assert told(gross.decides("ACSC")) == ["Refused centralbank 3100"]
    gross.do(accept())
    gross.change(gross.get(Participant, BANK), iso=IsoProfile(bic="BANKUS33"))
    assert told(gross.decides("ACSC", sender=BANK)) == ["Refused bank-a 3100"]
    assert gross.now_is == WAITING


def test_a_payment_of_somebody_without_an_account_there_is_refused_at_once():
    gross = Gross()
    few = AgentCurrency("USD", "SCHEME-USD", PLACE.members[:1])
    gross.do(SetSettlementAgent(agent(models=("GROSSNOW",), currencies=(few,))))
    gross.do(bank_prepare())
    assert gross.transfer().fault.description == "Generic validation error - bank-b has no USD account at centralbank"


def test_an_answer_after_the_end_asks_nobody(gross):
    gross.now = EXPIRY + timedelta(seconds=1)
    gross.do(accept())
    assert not [event for event in gross.told if isinstance(event.body, GrossInstructed)]
