"""Settlement through an agent: what it is told, and the state of the books after each thing that it says, or not."""

from datetime import timedelta

import pytest

from schemas.canonical.commands import CreateParticipant, Expire
from schemas.canonical.instructions import AgentWord, CapCut, InstructSettlement
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.settlement import (
    AbortSettlement,
    Move,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
)
from schemas.canonical.settlement_agents import AgentCurrency, Instrument, SetSettlementAgent
from tests.unit.switch.agent_scene import AGENT, NUMBERS, SCHEME_ACCOUNT, Cycle, agent, members
from tests.unit.switch.scene import BANK, OTHER, PAYEE, PAYER, bank_prepare

RECORDED, RESERVED = "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED"
COMMITTED, SETTLED = "PS_TRANSFERS_COMMITTED", "SETTLED"
BEFORE, AFTER = [100, -70, -30], [0, 0, 0]
PAID = [400, 570, 530]
UNPAID = [500, 500, 500]


@pytest.fixture
def cycle():
    found = Cycle()
    found.instruct()
    return found


def test_the_request_has_debits_first_and_is_sent_once(cycle):
    assert cycle.sent == [("pacs.029", ["1", "3", "5"], False)]
    assert [one.units for one in cycle.instruction.movements] == [1_000_000, -700_000, -300_000]
    assert (cycle.state, cycle.positions) == (RECORDED, BEFORE)
    assert cycle.instruct().state == "REPEATED" and len(cycle.sent) == 1


def test_a_cycle_goes_through_every_state_by_the_words_of_the_agent(cycle):
    seen = []
    for step in (
        lambda: cycle.say("ACTC"),
        lambda: cycle.say("ACSC"),
        lambda: cycle.book(*NUMBERS),
    ):
        step()
        seen.append((cycle.state, cycle.positions, cycle.deposits))
    assert seen == [
        (RESERVED, [100, 0, 0], UNPAID),
        (COMMITTED, AFTER, PAID),
        (SETTLED, AFTER, PAID),
    ]  # fmt: skip
    assert cycle.get(SettlementWindow, 1).state == "SETTLED"
    assert cycle.instruction.over and cycle.instruction.state == "MATCHED"
    hubs = (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT)
    assert [cycle.value("Hub", kind) for kind in hubs] == [0, 0]


def test_every_word_may_come_twice(cycle):
    for _ in range(2):
        cycle.say("ACTC")
    for _ in range(2):
        cycle.say("ACSC")
    for _ in range(2):
        cycle.book(*NUMBERS)
    assert (cycle.state, cycle.positions, cycle.deposits, cycle.alerts) == (SETTLED, AFTER, PAID, [])


def test_settled_at_once_without_being_accepted_first(cycle):
    cycle.say("ACSC")
    assert (cycle.state, cycle.positions) == (COMMITTED, AFTER)


def test_movement_by_movement(cycle):
    cycle.say("ACTC")
    cycle.say("ACSC", PAYER)
    assert (cycle.states, cycle.state) == ([COMMITTED, RESERVED, RESERVED], RESERVED)
    assert (cycle.positions, cycle.deposits) == (AFTER, [400, 500, 500])
    cycle.say("ACSC", PAYEE)
    cycle.book(PAYER, PAYEE)
    assert cycle.states == [COMMITTED, COMMITTED, RESERVED]
    cycle.say("ACSC", OTHER)
    assert cycle.states == [SETTLED, SETTLED, COMMITTED]
    cycle.book(OTHER, on=lambda _: SCHEME_ACCOUNT, sign=-1)
    assert (cycle.state, cycle.deposits) == (SETTLED, PAID)


def test_a_booking_is_proof_without_a_word(cycle):
    cycle.book(*NUMBERS)
    assert (cycle.state, cycle.positions, cycle.deposits) == (SETTLED, AFTER, PAID)
    cycle.say("ACSC")
    assert cycle.alerts == []


def test_deposits_in_the_schemes_own_account_stay(cycle):
    other = Cycle(deposits=False)
    other.instruct()
    other.book(*NUMBERS)
    assert (other.state, other.positions, other.deposits) == (SETTLED, AFTER, UNPAID)


def test_a_refusal_that_names_a_movement_ends_all_of_it_and_cuts_the_cap(cycle):
    cycle.say("ACTC")
    cycle.say("RJCT", PAYER, "AM04")
    assert (cycle.state, cycle.positions, cycle.deposits) == ("ABORTED", BEFORE, UNPAID)
    assert cycle.get(SettlementWindow, 1).state == "ABORTED"
    assert cycle.position(PAYER).cap == 0 and cycle.position(PAYEE).cap > 0
    told = {type(event.body).__name__ for event in cycle.told}
    assert {"LimitAdjusted", "SettlementAlert", "EventTold"} <= told
    assert cycle.instruction.over


def test_the_cap_comes_back_when_the_next_settlement_is_booked(cycle):
    before = cycle.position(PAYER).cap
    cycle.say("RJCT", PAYER, "AM04")
    cycle.settle_again()
    assert cycle.instruct(2).fault is None
    cycle.say("ACSC", key="S2USD")
    assert cycle.position(PAYER).cap == 0
    cycle.book_again(*NUMBERS)
    assert cycle.position(PAYER).cap == before
    assert cycle.get(CapCut, cycle.position(PAYER).key).restored


@pytest.mark.parametrize(("reason", "fields"), [("AC04", {}), ("AM04", {"cuts_caps": False})])
def test_caps_stay_for_other_reasons_or_where_the_scheme_says_so(reason, fields):
    cycle = Cycle(**fields)
    cycle.instruct()
    cap = cycle.position(PAYER).cap
    cycle.say("RJCT", PAYER, reason)
    assert (cycle.state, cycle.position(PAYER).cap) == ("ABORTED", cap)


def test_a_partial_rejection_is_a_rejection_of_all(cycle):
    words = (
        AgentWord("ACSC", "S1USD", 1, "S1USD1M3"),
        AgentWord("RJCT", "S1USD", 1, "S1USD1M1"),
    )
    cycle.hear(*words)
    assert (cycle.state, cycle.positions, cycle.deposits) == ("ABORTED", BEFORE, UNPAID)
    assert "booked although it was given up: S1USD1M3" in cycle.alerts


def test_a_refusal_after_a_part_was_booked_gives_nothing_up(cycle):
    cycle.say("ACTC")
    cycle.say("ACSC", PAYEE)
    cycle.say("RJCT", PAYER, "AM04")
    assert (cycle.instruction.state, cycle.states) == ("REFUSED", [RESERVED, COMMITTED, RESERVED])
    assert cycle.instruct().fault.description.endswith("settle it by the agent's figures")


def late(cycle):
    cycle.now = cycle.instruction.due
    cycle.do(Expire("settlement_instruction", "S1USD"))


@pytest.mark.parametrize("accepted", [False, True])
def test_silence_until_the_till_time_gives_it_up(cycle, accepted):
    if accepted:
        cycle.say("ACTC")
    cycle.now = cycle.instruction.until
    cycle.do(Expire("settlement_instruction", "S1USD"))
    assert cycle.settlement.open
    late(cycle)
    assert (cycle.state, cycle.positions, cycle.deposits) == ("ABORTED", BEFORE, UNPAID)
    assert "has not booked it in time" in cycle.alerts[-1]
    cycle.say("ACSC")
    assert cycle.positions == BEFORE
    assert any(text.startswith(("booked although", "ACSC of")) for text in cycle.alerts[1:])


def test_its_windows_are_settled_again_after_a_refusal(cycle):
    cycle.say("RJCT", reason="AM04")
    assert cycle.settle_again().notes == ("2",)
    assert cycle.instruct(2).notes == ("S2USD1",)


def test_nobody_else_moves_it_while_the_agent_is_asked(cycle):
    refused = "Settlement 1 is with centralbank until 2026-01-15T12:30:00Z"
    move = Move(2, 1, SettlementState(RESERVED))
    for command in (UpdateSettlement(1, (move,)), AbortSettlement(1, "no")):
        assert cycle.do(command).receipts[0].fault.description.endswith(refused)
    cycle.say("ACSC")
    moves = tuple(Move(number, one.account, SettlementState(SETTLED)) for number, one in zip(
        NUMBERS.values(), cycle.settlement.accounts, strict=True))  # fmt: skip
    assert cycle.do(UpdateSettlement(1, moves)).receipts[0].notes == ("", "", "")
    assert (cycle.state, cycle.deposits) == (SETTLED, PAID)


def test_strangers_and_unknown_instructions_are_refused(cycle):
    cycle.say("ACSC", sender=BANK)
    cycle.say("ACSC", key="S9USD")
    assert cycle.refused == ["TRANSFER_NOT_FOUND"] * 2
    cycle.book(*NUMBERS, sender=BANK)
    assert (cycle.state, cycle.positions) == (RECORDED, BEFORE)


@pytest.mark.parametrize(
    "wrong", [{"factor": 2}, {"sign": -1}, {"on": lambda _: SCHEME_ACCOUNT}, {"on": lambda _: "NOBODY", "factor": 3}]
)
def test_a_booking_of_something_else_matches_nothing(cycle, wrong):
    cycle.say("ACSC")
    cycle.book(PAYEE, **wrong)
    assert cycle.state == COMMITTED and len(cycle.alerts) == 1
    cycle.book(*NUMBERS)
    assert cycle.state == SETTLED


@pytest.mark.parametrize("instrument", [Instrument.TRANSFERS, Instrument.DEBITS])
class TestInTurn:
    """Single transfers, or a debit of all debits: debits first, credits when every debit is booked."""

    def first(self, instrument):
        found = Cycle(instrument)
        found.instruct()
        return found

    def test_credits_wait_for_debits(self, instrument):
        cycle = self.first(instrument)
        debit = [(instrument.value, ["1"], False)]
        assert cycle.sent == debit
        cycle.say("ACTC")
        assert (cycle.sent, cycle.state, cycle.positions) == (debit, RESERVED, [100, 0, 0])
        cycle.say("ACSC", PAYER)
        paid_out = [("pacs.009", ["3"], False), ("pacs.009", ["5"], False)]
        assert (cycle.sent, cycle.states) == (debit + paid_out, [COMMITTED, RESERVED, RESERVED])
        cycle.say("ACSC", PAYEE)
        cycle.say("ACSC", OTHER)
        assert (cycle.state, cycle.positions, cycle.deposits) == (COMMITTED, AFTER, PAID)
        cycle.book(*NUMBERS)
        assert cycle.state == SETTLED

    def test_a_refused_debit_stops_it(self, instrument):
        cycle = self.first(instrument)
        cycle.say("RJCT", PAYER, "AM04")
        assert (cycle.state, len(cycle.sent), cycle.instruction.over) == ("ABORTED", 1, True)

    def test_a_refused_credit_is_sent_again_to_the_account_now_on_file(self, instrument):
        cycle = self.first(instrument)
        cycle.say("ACSC", PAYER)
        cycle.say("ACSC", PAYEE)
        cycle.say("RJCT", OTHER, "AC04")
        assert (cycle.instruction.state, cycle.state) == ("REFUSED", RESERVED)
        moved = AgentCurrency("USD", SCHEME_ACCOUNT, tuple(
            type(one)(one.participant, f"{one.account}-2") for one in members()))  # fmt: skip
        cycle.do(SetSettlementAgent(agent(instrument=instrument, currencies=(moved,))))
        assert cycle.instruct().notes == ("S1USD2",)
        assert cycle.sent[-1] == ("pacs.009", ["5"], False) and len(cycle.sent) == 4
        assert cycle.instruction.movements[2].agent_account == "otherfsp-USD-2"
        cycle.say("ACSC", OTHER, attempt=2)
        assert (cycle.state, cycle.positions, cycle.deposits) == (COMMITTED, AFTER, PAID)


def test_what_was_taken_is_given_back_when_another_debit_is_refused():
    cycle = Cycle(Instrument.TRANSFERS, settle=False)
    cycle.owe(PAYER, 60)
    cycle.owe(PAYEE, 40)
    cycle.trade_none()
    cycle.instruct()
    assert [ids for _, ids, _ in cycle.sent] == [["1"], ["3"]]
    cycle.say("ACSC", PAYER)
    assert cycle.states == [RECORDED] * 3
    cycle.say("RJCT", PAYEE, "AM04")
    assert (cycle.state, cycle.sent[-1]) == ("ABORTED", ("pacs.009", ["1"], True))
    assert (cycle.instruction.state, cycle.instruction.over) == ("RETURNING", False)
    assert cycle.deposits == UNPAID
    cycle.say("ACSC", PAYER, back=True)
    assert (cycle.instruction.state, cycle.instruction.over) == ("ABORTED", True)


def test_a_debit_that_is_booked_after_another_was_refused_is_given_back_too():
    cycle = Cycle(Instrument.TRANSFERS, settle=False)
    cycle.owe(PAYER, 60)
    cycle.owe(PAYEE, 40)
    cycle.trade_none()
    cycle.instruct()
    cycle.say("RJCT", PAYEE, "AM04")
    assert (cycle.state, cycle.instruction.state) == ("ABORTED", "RETURNING")
    cycle.say("ACSC", PAYER)
    assert cycle.sent[-1] == ("pacs.009", ["1"], True)


def test_automatic_agents_are_told_at_once():
    cycle = Cycle(automatic=True)
    assert (cycle.state, len(cycle.sent)) == (RECORDED, 1)


def test_an_agent_that_is_shut_leaves_the_settlement_alone():
    cycle = Cycle(automatic=True, closes="11:00")
    assert (cycle.state, cycle.sent) == ("PENDING_SETTLEMENT", [])
    assert cycle.alerts == ["not instructed: Generic validation error - centralbank settles until 11:00 only"]


def test_the_hours_of_the_agent_bound_its_time():
    cycle = Cycle(closes="12:10", opens="09:00")
    cycle.instruct()
    assert cycle.instruction.until - cycle.now == timedelta(minutes=10)


def test_a_net_of_zero_is_left_out_and_goes_along():
    cycle = Cycle(settle=False)
    cycle.owe(OTHER, 20)
    cycle.trade((PAYEE, 70), (OTHER, 20))
    cycle.instruct()
    assert [ids for _, ids, _ in cycle.sent] == [["1", "3"]]
    assert [one.units for one in cycle.settlement.accounts] == [700_000, -700_000, 0]
    cycle.say("ACSC")
    cycle.book(PAYER, PAYEE)
    assert (cycle.state, cycle.states) == (SETTLED, [SETTLED] * 3)


REFUSALS = [
    ({"models": ("NONE",)}, "there is no settlement model NONE"),
    ({"answer_s": 0}, "answerS must be 1 to"),
    ({"opens": "9"}, "opens and closes are times of day"),
    ({"currencies": (AgentCurrency("USD", "A", (members()[0], members()[0])),)}, "listed twice"),
    ({"currencies": (AgentCurrency("EUR", "A", members()),)}, "has no account in EUR"),
    ({"currencies": (AgentCurrency("USD", "A"), AgentCurrency("USD", "B"))}, "each currency may be listed once"),
    ({"currencies": (AgentCurrency("USD", ""),)}, "1 to 34 characters"),
]


@pytest.mark.parametrize(("fields", "text"), REFUSALS)
def test_agents_that_cannot_be(cycle, fields, text):
    receipt = cycle.do(SetSettlementAgent(agent(**fields))).receipts[0]
    assert text in receipt.fault.description


def test_who_cannot_be_instructed():
    cycle = Cycle(models=())
    assert "no settlement agent settles NET in USD" in cycle.instruct().fault.description
    assert cycle.instruct(9).fault.description.endswith("Settlement not found")
    few = AgentCurrency("USD", SCHEME_ACCOUNT, members()[:2])
    cycle.do(SetSettlementAgent(agent(currencies=(few,))))
    assert "knows no USD account of otherfsp" in cycle.instruct().fault.description
    assert cycle.do(InstructSettlement(1)).puts == ()


def test_an_agent_neither_pays_nor_is_paid(cycle):
    for payer, payee in ((AGENT, BANK), (BANK, AGENT)):
        cycle.do(bank_prepare(payer=payer, payee=payee))
        assert cycle.transfer().fault.name == "FORBIDDEN"
        cycle.resident.drop(cycle.transfer())
    assert cycle.get(Participant, AGENT).settles
    refused = cycle.do(CreateParticipant(AGENT, "USD")).receipts[0].fault
    assert refused.description.endswith("'centralbank' is a settlement agent: it has no accounts here")
    assert not [one for one in cycle.resident.all(LedgerAccount) if one.owner == AGENT]
