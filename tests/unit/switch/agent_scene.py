"""A scheme with a settlement agent to try steps on: what it is told, what it says, and what it has booked."""

from collections import Counter

from schemas.canonical.events import Refused
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.instruction_ids import named
from schemas.canonical.instructions import (
    AgentBooking,
    AgentWord,
    HearAgent,
    InstructSettlement,
    SettlementInstructed,
    SettlementInstruction,
    TellBookings,
)
from schemas.canonical.participants import AccountType, IsoProfile, LedgerAccount, Participant, SettlementModel
from schemas.canonical.settlement import CloseWindow, CreateSettlement, Net, PostNets, Settlement, SettlementWindow
from schemas.canonical.settlement_agents import (
    AgentCurrency,
    AgentMember,
    Instrument,
    SetSettlementAgent,
    SettlementAgent,
)
from schemas.canonical.wire import AgentName, Dialect
from tests.unit.switch.scene import OTHER, PAYEE, PAYER, Scene, envelope, fulfil, prepare

AGENT = FspId("centralbank")
NUMBERS = {PAYER: 2, PAYEE: 3, OTHER: 4}
SCHEME_ACCOUNT = "SCHEME-USD"


def account_of(name):
    """A participant's account at the agent."""
    return f"{name}-USD"


def members():
    return tuple(AgentMember(name, account_of(name), AgentName(bic="BANKUS33")) for name in NUMBERS)


def agent(**fields) -> SettlementAgent:
    fields.setdefault("models", ("NET",))
    fields.setdefault("currencies", (AgentCurrency("USD", SCHEME_ACCOUNT, members()),))
    return SettlementAgent(AGENT, **fields)


class Cycle(Scene):
    """One settlement: PAYER owes 100, PAYEE is owed 70 and OTHER 30; deposits of 500 each."""

    def __init__(self, instrument=Instrument.REQUEST, settle=True, **fields):
        super().__init__()
        self.resident.put(SettlementModel("NET", auto_position_reset=True))
        for name, number in NUMBERS.items():
            self.change(self.get(Participant, name), number=number)
        self.entries, self.told, self.said = [], [], 0
        self.do(SetSettlementAgent(agent(instrument=instrument, **fields)))
        self.change(self.get(Participant, AGENT), iso=IsoProfile(bic="CBNKUS33", callback_url="http://c"))
        if settle:
            self.trade()

    def trade(self, *amounts):
        for number, (payee, amount) in enumerate(amounts or ((PAYEE, 70), (OTHER, 30)), 1):
            self.pay(payee, amount, number)
        return self._settled()

    def _settled(self):
        window = max(int(one.key) for one in self.resident.all(SettlementWindow)) if self.windows else 1
        assert self.do(CloseWindow(window, "time")).receipts[0].fault is None
        assert self.do(PostNets(window, self.nets(window))).receipts[0].fault is None
        return self.do(CreateSettlement("NET", "due", (window,))).receipts[0]

    def owe(self, payer, amount):
        """Let a participant owe: it pays the one that is paid by everybody here."""
        self.pay(OTHER if payer != OTHER else PAYER, amount, 9, payer)

    def trade_none(self):
        """Settle what is owed by now."""
        return self._settled()

    def settle_again(self):
        """A further settlement of the window of the first."""
        return self.do(CreateSettlement("NET", "again", (1,))).receipts[0]

    def book_again(self, *names):
        """The bookings of the second settlement."""
        return self.book(*names, key="S2USD")

    @property
    def windows(self):
        return list(self.resident.all(SettlementWindow))

    def pay(self, payee, amount, number, payer=PAYER):
        key = TransferId(f"b51ec534-ee48-4575-b6a9-{len(self.entries):06d}{number:06d}")
        self.do(prepare(payer=payer, payee=payee, amount=amount, transfer_id=key))
        answer = fulfil(sender=payee, receiver=payer)
        self.do(type(answer)(answer.envelope, key, answer.answered, answer.fulfilment))

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.entries += batch.entries
        self.told += batch.events
        return batch

    def nets(self, window):
        total = Counter()
        for entry in self.entries:
            if entry.window == window:
                total[entry.account] += entry.debits_posted - entry.credits_posted
        return tuple(Net(*item) for item in sorted(total.items()))

    def instruct(self, number=1):
        return self.do(InstructSettlement(number)).receipts[0]

    @property
    def sent(self):
        """Every message to the agent so far: (message, movements, whether a return)."""
        bodies = [event.body for event in self.told if event.receiver == AGENT]
        return [
            (one.message, [key.partition("M")[2] for key in one.movements], one.back)
            for one in bodies
            if isinstance(one, SettlementInstructed)
        ]

    @property
    def refused(self):
        return [event.body.fault.name for event in self.told if isinstance(event.body, Refused)]

    @property
    def instruction(self) -> SettlementInstruction:
        return self.get(SettlementInstruction, "S1USD")

    def say(self, status, account=None, reason="", back=False, sender=AGENT, attempt=1, key="S1USD"):
        """One word of the agent, about the whole or the movement of a participant's account."""
        movement = f"{key}{attempt}M{self.position(account).id}" if account else ""
        why = participant_fault("6000", reason, reason) if reason else None
        word = AgentWord(status, key, attempt, movement, back, reason=why)
        return self.hear(word, sender=sender)

    def hear(self, *words, sender=AGENT):
        self.said += 1
        sent = envelope(sender, None, str(self.said), Dialect.ISO_XML, message_id=f"A{self.said}")
        return self.do(HearAgent(sent, words[0].key, words)).receipts[0]

    def book(self, *names, on=account_of, sign=1, factor=1, back=False, sender=AGENT, key="S1USD"):
        """A notice of bookings of these participants' movements, on their own accounts unless `on` says otherwise."""
        self.said += 1
        bookings = []
        for name in names:
            number = self.position(name).id
            held = self.get(SettlementInstruction, key).movements
            movement = next(one for one in held if one.account == number)
            reference = movement.id + "R" if back else movement.id
            units = -movement.units * sign * factor
            bookings.append(AgentBooking(on(name), units, "USD", (reference,), f"B{self.said}"))
        sent = envelope(sender, None, str(self.said), Dialect.ISO_XML, message_id=f"A{self.said}")
        keys = tuple(named(one.references[0]).key for one in bookings)
        return self.do(TellBookings(sent, "n", tuple(bookings), (), keys)).receipts[0]

    def position(self, name) -> LedgerAccount:
        return self.get(LedgerAccount, self.resident.account_id(name, AccountType.POSITION, "USD"))

    @property
    def settlement(self) -> Settlement:
        return self.get(Settlement, 1)

    @property
    def state(self):
        return self.settlement.state.value

    @property
    def states(self):
        """Of the accounts, in the order of NUMBERS."""
        return [one.state.value for one in self.settlement.accounts]

    @property
    def positions(self):
        return [self.value(name) // 10_000 for name in NUMBERS]

    @property
    def deposits(self):
        return [-self.value(name, AccountType.SETTLEMENT) // 10_000 for name in NUMBERS]

    @property
    def alerts(self):
        return [event.body.text for event in self.told if type(event.body).__name__ == "SettlementAlert"]
