"""Items of a bulk where a settlement agent books each: the bulk is over when the last one is, and says which failed."""

import pytest
from msgspec.structs import replace

from schemas.canonical.commands import CreateSettlementModel, Expire, SetSettlementModelActive
from schemas.canonical.faults import participant_fault
from schemas.canonical.instructions import AgentDecides, GrossInstructed
from schemas.canonical.participants import AccountType, IsoProfile, Participant
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SetSettlementAgent
from schemas.canonical.wire import Dialect
from tests.unit.switch.agent_scene import AGENT, account_of, agent
from tests.unit.switch.bulk_scene import (
    BulkScene,
    answer_bulk,
    item,
    item_id,
    no,
    prepare_bulk,
    query_bulk,
    reject_bulk,
    yes,
)
from tests.unit.switch.scene import CREDITOR, EXPIRY, PAYEE, PAYER, accept, envelope, told
from tests.unit.switch.test_transfers_checks import quoted


class GrossBulk(BulkScene):
    """Two items of 100 dollars, booked by the agent one by one."""

    def __init__(self):
        super().__init__()
        self.do(SetSettlementModelActive("NET", False))
        self.do(CreateSettlementModel("GROSSNOW", "GROSS", "BILATERAL", "IMMEDIATE"))
        self.do(SetSettlementAgent(agent(models=("GROSSNOW",))))
        self.change(self.get(Participant, AGENT), iso=IsoProfile(bic="CBNKUS33", callback_url="http://c"))
        self.number = 0

    def says(self, status, item, reason=""):
        self.number += 1
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(AGENT, None, str(self.number), Dialect.ISO_XML, message_id=f"D{self.number}")
        return self.do(AgentDecides(sent, item_id(item), status, why))

    def deposits(self):
        return [-self.value(name, AccountType.SETTLEMENT) // 10_000 for name in (PAYER, PAYEE)]


@pytest.fixture
def bulk():
    found = GrossBulk()
    found.do(prepare_bulk())
    return found


def test_each_accepted_item_is_asked_of_the_agent(bulk):
    batch = bulk.do(answer_bulk(yes(1), no(2)))
    assert [event.body.leg.of for event in batch.events if isinstance(event.body, GrossInstructed)] == [item_id(1)]
    assert (bulk.results(), bulk.bulk.state) == (["open", "5104"], "PROCESSING")


def test_the_last_word_of_the_agent_ends_the_bulk_and_tells_which_failed(bulk):
    assert told(bulk.do(answer_bulk(yes(1), yes(2)))) == [f"GrossInstructed {AGENT}"] * 2
    assert bulk.bulk.state == "PROCESSING"
    assert told(bulk.says("ACSC", 1)) == []
    assert told(bulk.do(query_bulk())) == [f"BulkStated {PAYER}"]
    batch = bulk.says("RJCT", 2, "AM04")
    assert told(batch) == [f"BulkEnded {PAYER}", f"BulkEnded {PAYEE}"]
    assert (bulk.results(), bulk.bulk.state, bulk.deposits()) == (["paid", "4001"], "COMPLETED", [400, 600])
    assert [item.fulfilment is None for item in bulk.bulk.items] == [False, True]
    assert not bulk.says("ACSC", 1).events


def test_silence_of_the_agent_ends_the_items_by_their_time(bulk):
    bulk.do(answer_bulk(yes(1), yes(2)))
    bulk.says("ACSC", 1)
    bulk.now = EXPIRY
    assert told(bulk.do(Expire("transfer", item_id(2)))) == [f"BulkEnded {PAYER}", f"BulkEnded {PAYEE}"]
    assert (bulk.results(), bulk.deposits()) == (["paid", "3303"], [400, 600])


def test_what_is_with_the_agent_is_not_taken_back(bulk):
    bulk.do(answer_bulk(yes(1), yes(2)))
    assert told(bulk.do(reject_bulk())) == [f"Refused {PAYEE} 3106"]
    assert bulk.results() == ["open", "open"]


def test_a_bank_that_is_paid_item_by_item_hears_of_each():
    bulk = GrossBulk()
    place = AgentCurrency("USD", "S", tuple(AgentMember(name, account_of(name)) for name in (PAYER, CREDITOR)))
    bulk.do(SetSettlementAgent(agent(models=("GROSSNOW",), currencies=(place,))))
    order = quoted()
    agreed = replace(item(1, condition=order.condition, transfer_id=order.transfer_id), terms=order.terms)
    bulk.do(prepare_bulk(agreed, payee=CREDITOR, receiver=CREDITOR))
    assert told(bulk.do(accept())) == [f"GrossInstructed {AGENT}"]
    sent = envelope(AGENT, None, "d", Dialect.ISO_XML, message_id="D")
    batch = bulk.do(AgentDecides(sent, order.transfer_id, "RJCT"))
    assert told(batch) == [f"Corrected {CREDITOR} ABORTED", f"BulkEnded {PAYER}"]
