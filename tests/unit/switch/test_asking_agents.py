"""A settlement agent that is silent in a cycle is asked once before its time is over, and again at each start."""

import pytest

from schemas.canonical.commands import Expire
from schemas.canonical.instruction_ids import message_id
from schemas.canonical.instructions import AgentAsked
from schemas.canonical.late import LateBooking, ReturnLate
from schemas.canonical.settlement import OpenWindow
from schemas.canonical.settlement_agents import Instrument
from switch.engine import deadlines
from tests.unit.switch.agent_scene import AGENT, Cycle
from tests.unit.switch.scene import OTHER, PAYEE, PAYER

DUE = Expire("settlement_instruction", "S1USD")


class Silent(Cycle):
    """A cycle that was instructed."""

    def __init__(self, instrument=Instrument.REQUEST):
        super().__init__(instrument)
        self.instruct()

    def at(self, part):
        """Let that part of the agent's time pass; what it is asked."""
        told = self.instruction
        self.now = told.created + (told.until - told.created) * part
        return self.asked(self.do(DUE))

    @staticmethod
    def asked(batch):
        found = [event.body for event in batch.events if isinstance(event.body, AgentAsked)]
        assert {event.receiver for event in batch.events if event.body in found} <= {AGENT}
        return [(one.message, [each.transaction_id or each.instruction_id for each in one.originals]) for one in found]


def test_a_request_is_asked_for_as_a_whole_once_and_ends_with_its_time():
    cycle = Silent()
    ((first, _),) = deadlines([cycle.instruction])
    assert cycle.instruction.created < first < cycle.instruction.until
    assert [cycle.at(part) for part in (0.5, 0.75, 0.8)] == [[], [("pacs.029", ["S1USD1"])], []]
    ((second, _),) = deadlines([cycle.instruction])
    assert second == cycle.instruction.due
    cycle.now = second
    cycle.do(DUE)
    assert (cycle.state, cycle.instruction.state) == ("ABORTED", "ABORTED")


def test_an_answer_in_time_settles_as_if_nothing_had_been_asked():
    cycle = Silent()
    cycle.at(0.8)
    cycle.say("ACSC")
    cycle.book(PAYER, PAYEE, OTHER)
    assert cycle.state == "SETTLED" and cycle.at(0.9) == []


def test_a_late_answer_moves_nothing_and_is_for_people():
    cycle = Silent()
    cycle.now = cycle.instruction.due
    cycle.do(DUE)
    cycle.say("ACSC")
    assert (cycle.state, cycle.positions[0], len(cycle.alerts) > 1) == ("ABORTED", 100, True)


@pytest.mark.parametrize(
    ("instrument", "message"), [(Instrument.TRANSFERS, "pacs.009"), (Instrument.DEBITS, "pacs.010")]
)
def test_of_single_transfers_those_without_a_last_word_are_asked_for(instrument, message):
    cycle = Silent(instrument)
    assert cycle.at(0.75) == [(message, ["S1USD1M1"])]
    cycle.say("ACSC", PAYER)
    cycle.say("ACSC", PAYEE)
    assert cycle.asked(cycle.do(OpenWindow())) == [("pacs.009", ["S1USD1M5"])]


def test_a_start_asks_again_until_there_is_a_last_word():
    cycle = Silent()
    for _ in range(2):
        assert cycle.asked(cycle.do(OpenWindow())) == [("pacs.029", ["S1USD1"])]
    cycle.say("ACTC")
    assert cycle.asked(cycle.do(OpenWindow())) == [("pacs.029", ["S1USD1"])]
    cycle.say("ACSC")
    assert cycle.asked(cycle.do(OpenWindow())) == []


def test_returns_without_a_last_word_are_asked_for_at_a_start():
    cycle = Silent(Instrument.TRANSFERS)
    cycle.now = cycle.instruction.due
    cycle.do(DUE)
    cycle.book(PAYER)
    (late,) = (one for one in cycle.resident.all(LateBooking) if one.open)
    assert cycle.asked(cycle.do(OpenWindow())) == []
    (told,) = (event for event in cycle.do(ReturnLate(late.id, "too late")).events if event.receiver == AGENT)
    asked = cycle.do(OpenWindow())
    assert cycle.asked(asked) == [("pacs.009", [f"{late.id}R"])]
    (question,) = (event.body.originals[0] for event in asked.events if event.receiver == AGENT)
    instruction = told.body.instruction
    assert question.message_id == message_id(f"{late.id}R", instruction.created)
    assert question.instruction_id == instruction.name
