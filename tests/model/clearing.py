"""The real ledger lane behind the plain clearing's words: payments, closes, settlements, and what they leave."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec

from schemas.canonical.commands import Command, Expire, Fulfil, Prepare, RecordFunds, Reject
from schemas.canonical.faults import participant_fault
from schemas.canonical.fees import FeeKind, FeeRule, FeeSide, OnReturn
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.instructions import AgentDecides, GrossInstructed
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.party import Party
from schemas.canonical.settlement import (
    AbortSettlement,
    CloseWindow,
    CreateSettlement,
    Move,
    Net,
    Obligation,
    PostNets,
    Settlement,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
)
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SetSettlementAgent, SettlementAgent
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect, Envelope, Receipt
from settlement.ledger import Entry
from switch.engine import Parcel, run
from switch.lanes import LEDGER, STEPS
from switch.profile import Profile
from switch.state import Resident, State
from tests.model.engine import CONDITION, FULFILMENT
from tests.model.plain_clearing import FEE, HUB, POSITION, Account, Model

CENT = 100
AGENT = FspId("agent")
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
RULES = (
    FeeRule("SHARE", FeeKind.INTERCHANGE, FeeSide.PAYER, millionths=15_000, on_return=OnReturn.REVERSE),
    FeeRule("FIXED", FeeKind.SCHEME, FeeSide.PAYEE, "USD", fixed=5 * CENT),
)


class Clearing:
    """One owner of the ledger lane, its entries, and the settler's sums of them."""

    def __init__(
        self, members: dict[str, tuple[str, ...]], models: list[Model], *, deposit: int, cap: int,
        agents: tuple[str, ...] = (),
    ) -> None:
        """The same members, models, deposits and caps as the plain clearing's."""
        records: list[Participant | LedgerAccount | SettlementModel | FeeRule] = [Participant(FspId(HUB), number=1)]
        records += [*RULES, *map(_model, models)]
        self.accounts: dict[tuple[AccountType, str, str], int] = {}
        for number, (name, held) in enumerate(members.items(), 2):
            records.append(Participant(FspId(name), currencies=held, number=number))
            for currency in held:
                records.append(self._account(AccountType.POSITION, name, currency, cap=cap * CENT))
                settlement = self._account(AccountType.SETTLEMENT, name, currency)
                records.append(msgspec.structs.replace(settlement, credits_posted=deposit * CENT))
        for currency in sorted({currency for held in members.values() for currency in held}):
            for kind in (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT):
                records.append(self._account(kind, HUB, currency))
        self.resident = Resident(records)
        self.entries: list[Entry] = []
        self.asked: list[GrossInstructed] = []
        self.at_agents: Counter[tuple[str, str]] = Counter()
        self._words = 0
        if agents:
            places = tuple(_place(members, currency) for currency in agents)
            self.do(SetSettlementAgent(SettlementAgent(AGENT, places, agents, deposits=False, funds=True)))

    def _account(self, kind: AccountType, owner: str, currency: str, **more: int) -> LedgerAccount:
        number = self.accounts[kind, owner, currency] = len(self.accounts) + 1
        return LedgerAccount(number, FspId(owner), kind, currency, active=True, **more)

    def do(self, *commands: Command, now: datetime = NOW) -> list[Receipt]:
        """Decide a batch."""
        batch = run(State(now, Profile(), self.resident), STEPS[LEDGER], [Parcel(command) for command in commands])
        self.asked += [event.body for event in batch.events if isinstance(event.body, GrossInstructed)]
        for record in batch.puts:
            self.resident.put(record)
            if isinstance(record, LedgerAccount):
                self.accounts[record.type, record.owner, record.currency] = record.id
        self.entries += batch.entries
        return list(batch.receipts)

    def begin(
        self, key: str, payer: str, payee: str, amount: int, currency: str, original: str | None = None
    ) -> Prepare:
        """A transfer."""
        money = Money(amount * CENT, currency)
        terms = Terms(key, money, Party(fsp=FspId(payer)), Party(fsp=FspId(payee)))
        return Prepare(
            _envelope(payer, payee, key), TransferId(key), FspId(payer), FspId(payee), money, LATER, terms, CONDITION,
            returns=TransferId(original) if original else None,
        )  # fmt: skip

    def convert(self, key: str, payer: str, provider: str, source: Money, target: Money, waits: str) -> list[Command]:
        """A conversion that its provider agrees to."""
        terms = Terms(key, source, Party(fsp=FspId(payer)), Party(fsp=FspId(provider)), payee_receives=target)
        asked = Prepare(
            _envelope(payer, provider, key), TransferId(key), FspId(payer), FspId(provider), source, LATER, terms,
            CONDITION, target=target, determines=TransferId(waits),
        )  # fmt: skip
        sent = _envelope(provider, payer, f"{key} agreed")
        return [asked, Fulfil(sent, TransferId(key), Answered.RESERVED, FULFILMENT, resource="fxTransfers")]

    def ended(self, key: str, *, commits: bool) -> Command:
        """The payee's answer."""
        transfer = self.resident.get(Transfer, key)
        assert transfer is not None
        sent = _envelope(transfer.payee, transfer.payer, f"{key} {commits}")
        if commits:
            return Fulfil(sent, TransferId(key), Answered.COMMITTED, FULFILMENT)
        return Reject(sent, TransferId(key), participant_fault("5104", "MS02", "no"))

    def agent_says(self, key: str, status: str) -> None:
        """The agent's word about the leg of a payment that it was asked for last; returns are booked at once."""
        (asked,) = [one for one in self.asked if one.transfer.id == key and not one.back]
        self.asked.remove(asked)
        self._say(asked, status)
        for back in [one for one in self.asked if one.back]:
            self.asked.remove(back)
            self._say(back, "ACSC")

    def silence(self, key: str) -> None:
        """The payment ends by its own time; what was booked before is given back."""
        self.asked = [one for one in self.asked if one.transfer.id != key]
        self.do(Expire("transfer", key), now=LATER)
        for back in [one for one in self.asked if one.back]:
            self.asked.remove(back)
            self._say(back, "ACSC")

    def _say(self, asked: GrossInstructed, status: str) -> None:
        leg = asked.leg
        if status == "ACSC":
            units = leg.leg.amount.units // CENT * (-1 if asked.back else 1)
            self.at_agents[leg.leg.debtor, leg.leg.amount.currency] -= units
            self.at_agents[leg.leg.creditor, leg.leg.amount.currency] += units
        self._words += 1
        sent = msgspec.structs.replace(_envelope(AGENT, HUB, str(self._words)), dialect=Dialect.ISO_XML)
        self.do(AgentDecides(sent, leg.of, status, place=leg.place, back=asked.back))

    def fund(self, key: str, owner: str, currency: str, amount: int, *, inward: bool) -> str:
        """Order funds in or out; what state they are in."""
        number = self.accounts[AccountType.SETTLEMENT, owner, currency]
        action = "recordFundsIn" if inward else "recordFundsOutPrepareReserve"
        money = Money(amount * CENT, currency)
        (receipt,) = self.do(RecordFunds(FspId(owner), number, TransferId(key), action, money))
        return receipt.state

    def operator_ends(self, key: str, *, commits: bool) -> None:
        """The operator says that funds out have left, or that they will not."""
        held = self.resident.get(FundsMovement, key)
        assert held is not None
        action = "recordFundsOutCommit" if commits else "recordFundsOutAbort"
        self.do(RecordFunds(held.participant, held.account, held.id, action))

    def agent_of_funds(self, key: str, status: str) -> None:
        """What the agent says of funds; nothing: until its time is over."""
        if not status:
            self.do(Expire("funds", key), now=LATER + timedelta(days=1))
            return
        self._words += 1
        sent = msgspec.structs.replace(_envelope(AGENT, HUB, str(self._words)), dialect=Dialect.ISO_XML)
        self.do(AgentDecides(sent, TransferId(key), status))

    def close(self) -> bool:
        """Close the last window."""
        (receipt,) = self.do(CloseWindow(self._open, "time"))
        return receipt.fault is None

    @property
    def _open(self) -> int:
        return max((one.id for one in self.resident.all(SettlementWindow)), default=1)

    def fill(self, window: int, *, off: int = 0) -> bool:
        """Post the nets of a window; with `off` cents too many."""
        nets: Counter[int] = Counter()
        pairs: Counter[tuple[int, int]] = Counter()
        legs: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            if entry.window == window:
                nets[entry.account] += entry.debits_posted - entry.credits_posted
                legs.setdefault((entry.reference, entry.currency), []).append(entry)
        for one, other in legs.values():
            debit, credit = (one, other) if one.debits_posted else (other, one)
            pairs[debit.account, credit.account] += debit.debits_posted
        found = [Net(account, units + off * CENT * (place == 0)) for place, (account, units) in enumerate(nets.items())]
        flows = [Obligation(*pair, units) for pair, units in sorted(pairs.items())]
        (receipt,) = self.do(PostNets(window, tuple(found), tuple(flows)))
        return receipt.fault is None

    def settle(self, model: str, windows: list[int]) -> bool:
        """Make a settlement."""
        (receipt,) = self.do(CreateSettlement(model, "due", tuple(windows)))
        return receipt.fault is None

    def step(self, settlement: int, accounts: list[Account], state: str) -> list[bool]:
        """Move accounts of a settlement; which of them could."""
        held = {one.account: one for one in self._settlement(settlement).accounts}
        moves = []
        for account in accounts:
            number = self.accounts[_kind(account), account[1], account[2]]
            moves.append(Move(held[number].participant, number, SettlementState(state), "on"))
        (receipt,) = self.do(UpdateSettlement(settlement, tuple(moves)))
        return [not note for note in receipt.notes]

    def give_up(self, settlement: int) -> bool:
        """Abort it."""
        (receipt,) = self.do(AbortSettlement(settlement, "no"))
        return receipt.fault is None

    def _settlement(self, number: int) -> Settlement:
        found = self.resident.get(Settlement, str(number))
        assert found is not None
        return found

    def value(self, kind: AccountType, owner: str, currency: str) -> int:
        """What limits look at, in cents; 0 for an account that is not there."""
        number = self.accounts.get((kind, owner, currency))
        found = self.resident.get(LedgerAccount, str(number))
        return found.value // CENT if found is not None else 0

    def cap(self, owner: str, currency: str) -> int:
        """The net debit cap."""
        found = self.resident.get(LedgerAccount, str(self.accounts[AccountType.POSITION, owner, currency]))
        assert found is not None and found.cap is not None
        return found.cap // CENT

    def named(self, number: int) -> Account:
        """An account as the plain clearing calls it."""
        found = self.resident.get(LedgerAccount, str(number))
        assert found is not None
        kind = POSITION if found.type is AccountType.POSITION else FEE
        return kind, found.owner, found.currency

    def states(self) -> dict[str, str]:
        """Payment -> where it stands."""
        return {one.id: one.state.value for one in self.resident.all(Transfer)}

    def windows(self) -> list[SettlementWindow]:
        """All of them, in order."""
        return sorted(self.resident.all(SettlementWindow), key=lambda one: one.id)

    def settlements(self) -> list[Settlement]:
        """All of them, in order."""
        return sorted(self.resident.all(Settlement), key=lambda one: one.id)


def _place(members: dict[str, tuple[str, ...]], currency: str) -> AgentCurrency:
    held = (FspId(name) for name, currencies in members.items() if currency in currencies)
    return AgentCurrency(currency, "SCHEME", tuple(AgentMember(name, f"{name}-{currency}") for name in held))


def _kind(account: Account) -> AccountType:
    if account[0] == POSITION:
        return AccountType.POSITION
    return AccountType.HUB_FEE if account[1] == HUB else AccountType.INTERCHANGE_FEE


def _model(model: Model) -> SettlementModel:
    return SettlementModel(
        model.name,
        "GROSS" if model.gross else "NET",
        "BILATERAL" if model.bilateral else "MULTILATERAL",
        "IMMEDIATE" if model.immediate else "DEFERRED",
        model.currency,
        model.raises,
        model.kind,
        "SETTLEMENT" if model.kind == POSITION else "INTERCHANGE_FEE_SETTLEMENT",
        model.resets,
    )


def _envelope(sender: str, to: str, text: str) -> Envelope:
    return Envelope(FspId(sender), Dialect.FSPIOP, FspId(to), content_hash=text.encode(), version="2.0")
