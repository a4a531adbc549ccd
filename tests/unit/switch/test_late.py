"""What an agent books although it was given up: deposits follow, what they credit is held, and an operator decides."""

from random import Random

import pytest

from schemas.canonical.commands import Expire
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId, iso_reference
from schemas.canonical.instruction_ids import leg_id
from schemas.canonical.instructions import (
    AgentBooking,
    AgentDecides,
    FundsInstructed,
    GrossInstructed,
    SettlementInstructed,
    SettlementInstruction,
    TellBookings,
)
from schemas.canonical.late import AcceptLate, DismissLate, LateBooking, LateState, ReturnLate
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.settlement import Net, Settlement
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, Instrument, SetSettlementAgent
from schemas.canonical.wire import Dialect
from switch.late import mirrored
from tests.unit.switch.agent_scene import AGENT, SCHEME_ACCOUNT, Cycle, agent, members
from tests.unit.switch.scene import BANK, CREDITOR, EXPIRY, ID, OTHER, PAYEE, PAYER, envelope
from tests.unit.switch.test_gross import Gross, accept, bank_prepare
from tests.unit.switch.test_prefunding import FUNDS, IN, OUT, Funded

LEG = leg_id(ID, 0)
HUB = FspId("Hub")
SETTLEMENT = AccountType.SETTLEMENT
HELD, BOOKED, NOTHING = [-400, -500], [-400, -600], [-500, -500]
"""Deposits of the two banks: the payer's has paid and the payee's is held, both have moved, nothing has."""


class Late(Gross):
    """A payment of 100 between two banks that ended while the agent was silent."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.do(bank_prepare())
        self.do(accept())
        self.now = EXPIRY
        self.do(Expire("transfer", ID))
        self.begun = sum(one.debits_posted - one.credits_posted for one in self.resident.all(LedgerAccount))

    def word(self, status, back=0, reason=""):
        self.number += 1
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(AGENT, None, f"w{self.number}", Dialect.ISO_XML, message_id=f"W{self.number}")
        return self.do(AgentDecides(sent, ID, status, why, back=back))

    def notice(self, account, units, reference=LEG):
        self.number += 1
        sent = envelope(AGENT, None, f"n{self.number}", Dialect.ISO_XML, message_id=f"N{self.number}")
        return self.do(TellBookings(sent, "n", (AgentBooking(account, units, "USD", (reference,), "B1"),)))

    @property
    def deposits(self):
        return [self.value(name, SETTLEMENT) // 10_000 for name in (BANK, CREDITOR)]

    @property
    def late(self):
        return self.get(LateBooking, LEG)


@pytest.fixture
def late():
    return Late()


def at_rest(scene):
    return not any(one.debits_pending or one.credits_pending for one in scene.resident.all(LedgerAccount))


def back_ids(batch):
    """What an agent is told to give back: (by which order)."""
    kinds = (GrossInstructed, FundsInstructed, SettlementInstructed)
    return [event.body.back for event in batch.events if isinstance(event.body, kinds)]


@pytest.mark.parametrize("first", ["word", "debit", "credit"])
def test_a_payment_booked_after_its_end_is_held_once(late, first):
    tell = {
        "word": lambda: late.word("ACSC"), "debit": lambda: late.notice("bank-a-USD", -1_000_000),
        "credit": lambda: late.notice("bank-b-USD", 1_000_000),
    }  # fmt: skip
    for name in (first, *tell):
        tell[name]()
    assert (late.now_is, late.deposits, late.late.state) == ("ABORTED", HELD, LateState.OPEN)
    assert len(late.alerts) == 1


def test_accepted_it_stays_where_the_agent_put_it(late):
    late.word("ACSC")
    for _ in range(2):
        assert late.do(AcceptLate(LEG, "agreed")).receipts[0].fault is None
    assert (late.deposits, late.late.state, at_rest(late)) == (BOOKED, LateState.ACCEPTED, True)
    assert late.do(ReturnLate(LEG, "no")).receipts[0].fault.name == "VALIDATION"
    late.word("ACSC")
    assert late.deposits == BOOKED


@pytest.mark.parametrize("by_notice", [False, True])
def test_returned_everything_is_as_it_was(late, by_notice):
    late.word("ACSC")
    assert back_ids(late.do(ReturnLate(LEG, "too late"))) == [1]
    assert (late.deposits, late.late.state) == (HELD, LateState.RETURNING)
    assert late.do(AcceptLate(LEG, "no")).receipts[0].fault.name == "VALIDATION"
    if by_notice:
        late.notice("bank-a-USD", 1_000_000, LEG + "R")
    else:
        late.word("ACSC", back=1)
    assert (late.deposits, late.late.state, at_rest(late)) == (NOTHING, LateState.RETURNED, True)


def test_a_return_that_is_refused_can_be_ordered_again_under_another_id(late):
    late.word("ACSC")
    late.do(ReturnLate(LEG, "too late"))
    assert back_ids(late.do(ReturnLate(LEG, "again"))) == [1]
    late.word("RJCT", back=1, reason="AM04")
    assert (late.late.state, late.deposits) == (LateState.OPEN, HELD)
    assert back_ids(late.do(ReturnLate(LEG, "again"))) == [2]
    late.word("RJCT", back=1, reason="AM04")
    assert late.late.state is LateState.RETURNING
    late.word("ACSC", back=2)
    assert (late.late.state, late.deposits, at_rest(late)) == (LateState.RETURNED, NOTHING, True)


def test_what_the_agent_never_booked_is_dismissed(late):
    late.word("ACSC")
    for _ in range(2):
        assert late.do(DismissLate(LEG, "its mistake")).receipts[0].fault is None
    assert (late.deposits, late.late.state, at_rest(late)) == (NOTHING, LateState.DISMISSED, True)


def test_a_notice_in_time_is_the_agents_word():
    scene = Gross()
    scene.do(bank_prepare())
    scene.do(accept())
    sent = envelope(AGENT, None, "n", Dialect.ISO_XML, message_id="N")
    for account, units in (("bank-a-USD", -1), ("bank-b-USD", -1_000_000)):
        scene.do(TellBookings(sent, "n", (AgentBooking(account, units, "USD", (LEG,), "B1"),)))
    assert (scene.now_is, len(scene.alerts)) == ("FULFILLED_WAITING", 2)
    other = envelope(AGENT, None, "o", Dialect.ISO_XML, message_id="O")
    scene.do(TellBookings(other, "o", (AgentBooking("bank-a-USD", -1_000_000, "USD", (LEG,), "B1"),)))
    assert scene.now_is == "COMMITTED"


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_said_and_decided_in_any_order_the_books_say_what_it_is(seed):
    random, late = Random(seed), Late()
    steps = [
        lambda: late.word("ACSC"), lambda: late.word("RJCT", reason="AM04"),
        lambda: late.notice("bank-a-USD", -1_000_000), lambda: late.notice("bank-b-USD", 1_000_000),
        lambda: late.notice("bank-a-USD", -5),
        lambda: late.word("ACSC", back=1), lambda: late.word("RJCT", back=1, reason="AM04"),
        lambda: late.word("ACSC", back=2), lambda: late.notice("bank-a-USD", 1_000_000, LEG + "R"),
        lambda: late.do(AcceptLate(LEG, "yes")), lambda: late.do(ReturnLate(LEG, "no")),
        lambda: late.do(DismissLate(LEG, "never")),
    ]  # fmt: skip
    ended = None
    for _ in range(40):
        random.choice(steps)()
        state = late.late.state if late.late is not None else None
        assert ended in (None, state), "what has ended stays so"
        ended = state if late.late is not None and not late.late.open else None
        where = {None: NOTHING, LateState.OPEN: HELD, LateState.RETURNING: HELD, LateState.ACCEPTED: BOOKED}
        assert (late.now_is, late.deposits) == ("ABORTED", where.get(state, NOTHING))
        assert at_rest(late) is (late.late is None or not late.late.open)
        assert not sum(one.debits_posted - one.credits_posted for one in late.resident.all(LedgerAccount)) - late.begun


@pytest.mark.parametrize(("action", "held", "taken"), [(IN, 500, 550), (OUT, 450, 450)])
@pytest.mark.parametrize("decision", ["accept", "return", "dismiss"])
def test_funds_that_move_too_late(action, held, taken, decision):
    scheme, key = Funded(), iso_reference(FUNDS)
    scheme.record(action)
    scheme.decides("RJCT", "AC04")
    scheme.decides("ACSC")
    assert scheme.deposit == held and not at_rest(scheme)
    if decision == "accept":
        scheme.do(AcceptLate(key, "agreed"))
        assert scheme.deposit == taken
    elif decision == "dismiss":
        scheme.do(DismissLate(key, "a mistake"))
        assert scheme.deposit == 500
    else:
        (event,) = scheme.do(ReturnLate(key, "too late")).events
        assert isinstance(event.body, FundsInstructed) and event.body.back == 1
        sign = -1 if action == IN else 1
        scheme.notice(units=sign * 500_000, reference="B9", references=(key + "R",))
        assert scheme.deposit == 500
    assert (scheme.state, at_rest(scheme)) == ("ABORTED", True)


def given_up(instrument=Instrument.REQUEST, **fields):
    """A settlement whose agent was silent until its time was over."""
    scene = Cycle(instrument, **fields)
    scene.instruct()
    instruction = scene.instruction
    scene.now = instruction.due
    scene.do(Expire("settlement_instruction", instruction.key))
    assert scene.state == "ABORTED"
    return scene


NAMES = {1: PAYER, 3: PAYEE, 5: OTHER}
"""Whose positions these are."""


def lates(scene):
    return [one for one in scene.resident.all(LateBooking) if one.open]


@pytest.mark.parametrize(
    ("deposits", "held"), [(True, [400, 500, 500]), (False, [500, 430, 470])],
)  # fmt: skip
def test_a_cycle_booked_after_its_end_is_held_and_can_be_accepted(deposits, held):
    scene = given_up(deposits=deposits)
    scene.say("ACSC")
    assert (scene.positions, scene.deposits) == ([100, -70, -30], held)
    first, *_ = lates(scene)
    assert len(lates(scene)) == 3 and scene.do(AcceptLate(first.id, "agreed")).receipts[0].fault is None
    assert scene.positions == [0, 0, 0] and at_rest(scene) and not lates(scene)
    assert scene.deposits == ([400, 570, 530] if deposits else [500, 500, 500])
    assert scene.get(Settlement, 2).state.value == "SETTLED" and scene.state == "ABORTED"


def test_a_cycle_booked_after_its_end_is_returned_movement_by_movement():
    scene = given_up()
    scene.say("ACSC")
    for one in lates(scene):
        assert back_ids(scene.do(ReturnLate(one.id, "too late"))) == [1]
    for name in (PAYER, PAYEE):
        scene.say("ACSC", name, back=1)
    scene.book(OTHER, sign=-1, back=True)
    assert (scene.positions, scene.deposits, at_rest(scene), lates(scene)) == ([100, -70, -30], [500] * 3, True, [])
    assert scene.settle_again().fault is None


def test_what_is_settled_otherwise_meanwhile_can_only_be_returned():
    scene = given_up()
    scene.settle_again()
    scene.say("ACSC")
    refused = scene.do(AcceptLate(lates(scene)[0].id, "agreed")).receipts[0]
    assert refused.fault.name == "VALIDATION" and "return it" in refused.fault.description


def test_a_part_of_a_request_cannot_be_accepted():
    scene = given_up()
    scene.book(PAYEE)
    (late,) = lates(scene)
    assert "is not booked" in scene.do(AcceptLate(late.id, "agreed")).receipts[0].fault.description
    assert scene.deposits == [500, 500, 500] and not at_rest(scene)


def test_an_accepted_debit_lets_the_credits_be_sent():
    scene = given_up(Instrument.TRANSFERS)
    scene.book(PAYER)
    (late,) = lates(scene)
    before = len(scene.sent)
    scene.do(AcceptLate(late.id, "agreed"))
    assert [back for _, _, back in scene.sent[before:]] == [0, 0]
    for name in (PAYEE, OTHER):
        scene.say("ACSC", name, key="S2USD")
        scene.book(name, key="S2USD")
    assert (scene.get(Settlement, 2).state.value, scene.positions) == ("SETTLED", [0, 0, 0])
    assert scene.deposits == [400, 570, 530]


def test_a_refused_return_of_a_debit_waits_for_a_decision():
    scene = Cycle(Instrument.TRANSFERS, settle=False)
    scene.owe(PAYER, 60)
    scene.owe(PAYEE, 40)
    scene.trade_none()
    scene.instruct()
    scene.say("ACSC", PAYER)
    scene.say("RJCT", PAYEE, "AM04")
    scene.say("RJCT", PAYER, "AC04", back=1)
    (late,) = lates(scene)
    assert (scene.state, scene.deposits[0]) == ("ABORTED", 440)
    scene.do(ReturnLate(late.id, "it must"))
    scene.say("ACSC", PAYER, back=1)
    assert (scene.deposits[0], at_rest(scene), lates(scene)) == (500, True, [])


@pytest.mark.parametrize("deposits", [True, False])
@pytest.mark.parametrize("instrument", list(Instrument))
@pytest.mark.parametrize("seed", range(6))
def test_cycles_end_clean_whatever_is_said_and_decided(seed, instrument, deposits):
    random, scene = Random(f"{seed}{instrument}{deposits}"), given_up(instrument, deposits=deposits)

    def decide():
        open_ones = lates(scene)
        if open_ones:
            kind = random.choice([AcceptLate, ReturnLate, ReturnLate, DismissLate])
            scene.do(kind(random.choice(open_ones).id, "why"))

    steps = [
        lambda name: scene.say("ACSC", name), scene.book, lambda name: scene.say("ACSC"),
        lambda name: scene.say("RJCT", name, "AM04"), lambda name: scene.say("ACSC", name, back=1),
        lambda name: scene.say("RJCT", name, "AM04", back=1), lambda name: scene.book(name, back=True, sign=-1),
        lambda _: decide(), lambda _: decide(),
    ]  # fmt: skip
    for _ in range(60):
        random.choice(steps)(random.choice([PAYER, PAYEE, OTHER]))
        assert at_rest(scene) is not bool(lates(scene)), lates(scene)
        assert not sum(scene.positions)
    for one in lates(scene):
        scene.do(ReturnLate(one.id, "at last"))
        number = scene.get(LateBooking, one.id).returns
        scene.say("ACSC", NAMES[one.position], back=number)
    settled = any(one.settlement for one in scene.resident.all(LateBooking))
    state = scene.get(Settlement, 2).state.value if settled else None
    if state != "SETTLED" and settled:
        for name in (PAYEE, OTHER):
            scene.say("ACSC", name, key="S2USD")
            scene.book(name, key="S2USD")
    assert at_rest(scene)
    assert scene.positions == ([0, 0, 0] if settled else [100, -70, -30])
    assert scene.deposits == ([400, 570, 530] if settled and deposits else [500] * 3)


def test_payments_are_not_looked_at():
    outcome = object()
    assert mirrored(lambda state, command: outcome)(None, accept()) is outcome


EUROS = {
    90: (PAYER, AccountType.POSITION), 91: (PAYER, SETTLEMENT), 92: (PAYEE, AccountType.POSITION),
    93: (PAYEE, SETTLEMENT), 94: (HUB, AccountType.HUB_RECONCILIATION),
    95: (HUB, AccountType.HUB_MULTILATERAL_SETTLEMENT),
}  # fmt: skip


class TwoCurrencies(Cycle):
    """The same settlement with PAYER owing PAYEE 5 euros, too."""

    def __init__(self):
        super().__init__(settle=False)
        for number, (owner, kind) in EUROS.items():
            self.resident.put(LedgerAccount(number, owner, kind, "EUR", active=True))
        euros = tuple(AgentMember(name, f"{name}-EUR") for name in (PAYER, PAYEE))
        dollars = AgentCurrency("USD", SCHEME_ACCOUNT, members())
        self.do(SetSettlementAgent(agent(currencies=(dollars, AgentCurrency("EUR", "SCHEME-EUR", euros)))))
        self.trade()

    def book_euros(self, key="S2EUR"):
        """A notice of both bookings."""
        self.said += 1
        held = self.get(SettlementInstruction, key).movements
        bookings = tuple(
            AgentBooking(f"{one.participant}-EUR", -one.units, "EUR", (one.id,), f"E{one.account}") for one in held
        )
        sent = envelope(AGENT, None, f"e{self.said}", Dialect.ISO_XML, message_id=f"A{self.said}")
        self.do(TellBookings(sent, "n", bookings, (), (key,)))

    def nets(self, window):
        return (*super().nets(window), Net(90, 50_000), Net(92, -50_000))


def test_a_currency_that_was_not_booked_is_told_anew_with_one_that_was():
    scene = TwoCurrencies()
    scene.instruct()
    scene.now = scene.instruction.due
    for currency in ("EUR", "USD"):
        scene.do(Expire("settlement_instruction", f"S1{currency}"))
    assert scene.state == "ABORTED"
    scene.say("ACSC")
    before = len(scene.sent)
    assert scene.do(AcceptLate(lates(scene)[0].id, "agreed")).receipts[0].fault is None
    assert [(message, len(ids)) for message, ids, _ in scene.sent[before:]] == [("pacs.029", 2)]
    assert scene.get(Settlement, 2).state.value == "PS_TRANSFERS_RECORDED"
    scene.say("ACSC", key="S2EUR")
    scene.book_euros()
    assert scene.get(Settlement, 2).state.value == "SETTLED" and at_rest(scene)
    assert (scene.positions, scene.deposits) == ([0, 0, 0], [400, 570, 530])
    assert [scene.get(LedgerAccount, number).value for number in (91, 93)] == [50_000, -50_000]


def test_a_currency_that_is_booked_keeps_the_settlement_for_one_that_comes_late():
    scene = TwoCurrencies()
    scene.instruct()
    scene.say("ACSC", key="S1EUR")
    scene.now = scene.instruction.due
    scene.do(Expire("settlement_instruction", "S1USD"))
    assert (scene.instruction.state.value, scene.state) == ("REFUSED", "PS_TRANSFERS_RECORDED")
    scene.say("ACSC")
    assert scene.instruct().fault.name == "VALIDATION"
    scene.do(AcceptLate(lates(scene)[0].id, "agreed"))
    scene.book_euros("S1EUR")
    assert (scene.state, scene.positions, scene.deposits) == ("SETTLED", [0, 0, 0], [400, 570, 530])
