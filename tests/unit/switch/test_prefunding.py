"""Funds that an agent moves, in and out: what it is told, what it says and books, and what comes in unordered."""

from datetime import timedelta

import pytest

from schemas.canonical.administration import CapShare
from schemas.canonical.commands import Expire, RecordFunds
from schemas.canonical.faults import participant_fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId, iso_reference
from schemas.canonical.instructions import AgentAsked, AgentBooking, AgentDecides, FundsInstructed, TellBookings
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.reporting import MoveLiquidity
from schemas.canonical.reporting_events import RequestHandled
from schemas.canonical.reports import Asked
from schemas.canonical.settlement import OpenWindow
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SetSettlementAgent
from schemas.canonical.wire import Dialect
from tests.unit.switch.agent_scene import AGENT, NUMBERS, SCHEME_ACCOUNT, Cycle, account_of, agent
from tests.unit.switch.scene import BANK, PAYER, envelope, prepare, usd

FUNDS = TransferId("b51ec534-ee48-4575-b6a9-ead2955b8061")
IN, OUT = "recordFundsIn", "recordFundsOutPrepareReserve"
PLACE = AgentCurrency(
    "USD", SCHEME_ACCOUNT, tuple(AgentMember(name, account_of(name), main=f"{name}-MAIN") for name in NUMBERS)
)


class Funded(Cycle):
    """PAYER, with 500 deposited, and the agent that moves its funds."""

    def __init__(self, **fields):
        super().__init__(settle=False, **({"deposits": False, "funds": True} | fields))
        self.number = 0

    def notice(self, payer=PAYER, units=100_000, account=SCHEME_ACCOUNT, reference="B1", references=("E",), by=AGENT):
        self.number += 1
        booking = AgentBooking(account, units, "USD", references, reference, payer=payer)
        sent = envelope(by, None, f"n{self.number}", Dialect.ISO_XML, message_id=f"N{self.number}")
        return self.do(TellBookings(sent, "n", (booking,)))

    def record(self, action=OUT, amount=50):
        return self.do(RecordFunds(PAYER, 2, FUNDS, action, usd(amount)))

    def decides(self, status, reason="", by=AGENT, of=FUNDS):
        self.number += 1
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(by, None, f"d{self.number}", Dialect.ISO_XML, message_id=f"D{self.number}")
        return self.do(AgentDecides(sent, of, status, why))

    def order(self, debtor=None, creditor=None, amount=50):
        """A camt.050 of PAYER."""
        self.number += 1
        sent = envelope(PAYER, None, f"o{self.number}", Dialect.ISO_XML, message_id=f"O{self.number}")
        asked = Asked(f"O{self.number}", "camt.050")
        return self.do(MoveLiquidity(sent, asked, FUNDS, "E2E", debtor, creditor, usd(amount)))

    def wait(self, part):
        """Let that part of the agent's time pass."""
        movement = self.get(FundsMovement, FUNDS)
        self.now = movement.created + (movement.due - movement.created) * part
        return self.do(Expire("funds", FUNDS))

    @property
    def deposit(self):
        """What is there; what is reserved is not, neither in nor out."""
        return -self.value(PAYER, AccountType.SETTLEMENT) // 10_000

    @property
    def state(self):
        found = self.get(FundsMovement, FUNDS)
        return found.state.value if found else None

    @property
    def receipts(self):
        bodies = [event.body for event in self.told if isinstance(event.body, RequestHandled)]
        return [one.status + (f" {one.fault.iso}" if one.fault else "") for one in bodies]

    @property
    def at_rest(self):
        held = self.resident.all(LedgerAccount)
        return not any(one.debits_pending or one.credits_pending for one in held)


@pytest.fixture
def scheme():
    return Funded()


def instructed(batch):
    """From which account to which the agent is told to move money."""
    (body,) = [event.body for event in batch.events if isinstance(event.body, FundsInstructed)]
    return (body.outside, body.inside) if body.funds.direction == "IN" else (body.inside, body.outside)


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
    assert not [event for event in scheme.record().events if isinstance(event.body, FundsInstructed)]
    refused = scheme.do(SetSettlementAgent(agent(funds=True))).receipts[0]
    assert refused.fault.description.endswith("funds needs deposits: scheme, or main accounts of members")


@pytest.mark.parametrize(
    ("fields", "action", "ends"),
    [
        ({}, OUT, (SCHEME_ACCOUNT, "payerfsp-USD")), ({}, IN, ("payerfsp-USD", SCHEME_ACCOUNT)),
        ({"deposits": True, "currencies": (PLACE,)}, OUT, ("payerfsp-USD", "payerfsp-MAIN")),
        ({"deposits": True, "currencies": (PLACE,)}, IN, ("payerfsp-MAIN", "payerfsp-USD")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["word", "notice inside", "notice outside"])
def test_the_agents_word_or_its_booking_commits_once(fields, action, ends, by):
    scheme = Funded(**fields)
    batch = scheme.record(action)
    assert instructed(batch) == ends and scheme.state == "RESERVED"
    sign, before = (1, 500) if action == IN else (-1, 450)
    assert scheme.deposit == before
    scheme.decides("ACTC")
    assert scheme.state == "RESERVED"
    inside = ends[1] if action == IN else ends[0]
    outside = ends[0] if action == IN else ends[1]
    names = (iso_reference(FUNDS),)
    for number in range(2):
        if by == "word":
            scheme.decides("ACSC")
        elif by == "notice inside":
            scheme.notice(units=sign * 500_000, account=inside, reference=f"B{number}", references=names)
        else:
            scheme.notice(units=-sign * 500_000, account=outside, reference=f"B{number}", references=names)
    scheme.decides("ACSC")
    assert (scheme.deposit, scheme.state, scheme.alerts, scheme.at_rest) == (500 + sign * 50, "COMMITTED", [], True)


@pytest.mark.parametrize("action", [IN, OUT])
def test_what_the_agent_refuses_is_given_back(scheme, action):
    scheme.record(action)
    scheme.decides("RJCT", "AC04")
    assert (scheme.deposit, scheme.state, scheme.at_rest) == (500, "ABORTED", True)
    scheme.decides("ACSC")
    scheme.notice(units=500_000 if action == IN else -500_000, references=(iso_reference(FUNDS),))
    assert (scheme.deposit, len(scheme.alerts)) == (500 if action == IN else 450, 1)


@pytest.mark.parametrize("action", [IN, OUT])
def test_a_silent_agent_is_asked_and_then_not_waited_for(scheme, action):
    scheme.record(action)
    assert not scheme.wait(0.5).events
    (event,) = scheme.wait(0.8).events
    assert isinstance(event.body, AgentAsked) and event.body.originals[0].transaction_id == iso_reference(FUNDS)
    assert not scheme.wait(0.9).events
    scheme.wait(1)
    assert (scheme.state, scheme.deposit, scheme.at_rest) == ("ABORTED", 500, True)
    scheme.decides("ACSC")
    assert scheme.deposit == (500 if action == IN else 450) and len(scheme.alerts) == 2


def test_a_start_asks_again_for_what_is_in_hand(scheme):
    scheme.record()
    asked = [event for event in scheme.do(OpenWindow()).events if isinstance(event.body, AgentAsked)]
    assert [event.receiver for event in asked] == [AGENT]
    scheme.decides("ACSC")
    assert not scheme.do(OpenWindow()).events


def test_nobody_else_ends_what_is_with_the_agent(scheme):
    scheme.record()
    for action in ("recordFundsOutCommit", "recordFundsOutAbort"):
        receipt = scheme.do(RecordFunds(PAYER, 2, FUNDS, action)).receipts[0]
        assert "are with centralbank until" in receipt.fault.description
    scheme.decides("ACSC", by=BANK)
    assert scheme.state == "RESERVED" and scheme.refused == ["TRANSFER_NOT_FOUND"]


@pytest.mark.parametrize(("units", "account"), [(499_999, SCHEME_ACCOUNT), (500_000, SCHEME_ACCOUNT), (-1, "else")])
def test_a_booking_of_something_else_under_that_name_is_for_people(scheme, units, account):
    scheme.record(OUT)
    scheme.notice(units=units, account=account, references=(iso_reference(FUNDS),))
    assert (scheme.state, scheme.deposit, len(scheme.alerts)) == ("RESERVED", 450, 1)


def test_money_that_comes_in_is_no_cover_before_it_is_there(scheme):
    scheme.record(IN, 400)
    scheme.do(prepare(amount=501))
    assert scheme.transfer().fault.name == "INSUFFICIENT_LIQUIDITY"


def test_what_an_open_position_needs_is_not_paid_out(scheme):
    scheme.do(prepare(amount=480))
    assert not [event for event in scheme.order(debtor="2").events if isinstance(event.body, FundsInstructed)]
    assert (scheme.receipts, scheme.state) == (["RJCT AM23"], "ABORTED")


def test_an_order_of_funds_in_is_told_at_each_step(scheme):
    scheme.order(creditor="2", debtor="payerfsp-USD")
    assert scheme.receipts == ["PDNG"]
    scheme.order(creditor="2", debtor="payerfsp-USD")
    scheme.decides("ACSC")
    scheme.order(creditor="2", debtor="payerfsp-USD")
    assert (scheme.receipts, scheme.deposit) == (["PDNG", "PDNG", "ACSC", "ACSC"], 550)


@pytest.mark.parametrize("ends", [{"creditor": "2"}, {"debtor": "2"}])
def test_an_order_that_the_agent_refuses_is_told_with_its_reason(scheme, ends):
    scheme.order(**ends)
    scheme.decides("RJCT", "AC04")
    assert (scheme.receipts, scheme.deposit) == (["PDNG", "RJCT AC04"], 500)


def test_an_order_that_the_agent_leaves_unanswered_ends_with_its_time(scheme):
    scheme.order(creditor="2")
    scheme.wait(1)
    assert scheme.receipts == ["PDNG", "RJCT AB05"]


@pytest.mark.parametrize("ends", [{"creditor": "2", "debtor": "else"}, {"debtor": "2", "creditor": "else"}])
def test_money_does_not_go_where_the_agent_knows_no_account(scheme, ends):
    scheme.order(**ends)
    assert (scheme.receipts, scheme.state) == (["RJCT AC01"], None)


def test_without_an_agent_that_moves_funds_they_are_the_operators(scheme):
    scheme.do(SetSettlementAgent(agent(deposits=False)))
    scheme.order(creditor="2")
    assert (scheme.receipts, scheme.state) == (["RJCT AG01"], None)
    scheme.record(IN)
    assert (scheme.state, scheme.deposit) == ("COMMITTED", 550)


def test_a_shut_agent_takes_no_funds():
    scheme = Funded(opens="13:00", closes="14:00")
    assert "settles from 13:00 on" in scheme.record().receipts[0].fault.description
    scheme.now += timedelta(hours=1, minutes=30)
    scheme.record()
    assert scheme.get(FundsMovement, FUNDS).until.hour == 14


def test_funds_finer_than_iso_are_left_to_the_operator(scheme):
    batch = scheme.record(amount="0.001")
    assert [type(event.body).__name__ for event in batch.events] == ["SettlementAlert"]
    assert scheme.get(FundsMovement, FUNDS).agent is None
    assert scheme.get(Participant, FspId(AGENT)).settles


@pytest.mark.parametrize(("action", "caps"), [(IN, [250, 275]), (OUT, [225, 225])])
def test_a_cap_that_is_a_share_of_the_deposit_follows_what_the_agent_moves(scheme, action, caps):
    position = scheme.position(PAYER)
    scheme.resident.put(CapShare(position.id, "50"))
    scheme.change(position, cap=250 * 10_000)
    scheme.record(action)
    before = scheme.position(PAYER).cap // 10_000
    scheme.decides("ACSC")
    assert [before, scheme.position(PAYER).cap // 10_000] == caps
