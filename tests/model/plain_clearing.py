"""Clearing and settlement in plain Python, written from the rules of the scheme: docs/settlement.md and docs/fees.md.

It knows nothing of the product's code. Amounts are cents; what somebody owes is positive.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

HUB = "Hub"
POSITION, FEE = "POSITION", "INTERCHANGE_FEE"
STATES = ["PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED"]
RESERVED_AT, COMMITTED_AT, SETTLED_AT = 2, 3, 4
Account = tuple[str, str, str]
"""Kind, owner and currency."""


class Model(NamedTuple):
    """How accounts of one kind are settled, in its currency or in all that have no model of their own."""

    name: str
    kind: str = POSITION
    currency: str | None = None
    gross: bool = False
    bilateral: bool = False
    immediate: bool = False
    resets: bool = True
    raises: bool = True


class Move(NamedTuple):
    """What one account gives another one."""

    kind: str
    debtor: str
    creditor: str
    amount: int
    currency: str


@dataclass
class Payment:
    """A payment with its legs; `fees` are charged when it commits, and some of them go back with its returns."""

    key: str
    payer: str
    payee: str
    amount: int
    legs: list[Move]
    fees: list[tuple[Move, bool]] = field(default_factory=list)
    state: str = "RESERVED"
    original: str | None = None
    taken: int = 0
    returned: int = 0
    asked: list[Move] = field(default_factory=list)
    booked: list[Move] = field(default_factory=list)


@dataclass
class Funds:
    """Money that is to come or to leave."""

    owner: str
    currency: str
    amount: int
    inward: bool
    state: str = "RESERVED"


@dataclass
class Content:
    """What a window holds of one kind and currency."""

    kind: str
    currency: str
    nets: dict[Account, int]
    pairs: dict[tuple[str, str], int]
    state: str = "CLOSED"


@dataclass
class Window:
    """The moves between two closes."""

    state: str = "OPEN"
    moves: list[Move] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)


@dataclass
class Settlement:
    """The nets of some windows on their way."""

    model: Model
    contents: list[Content]
    windows: list[Window]
    nets: dict[Account, int]
    at: dict[Account, int]
    level: int = 0
    state: str = STATES[0]
    pairs: dict[tuple[str, str], int] = field(default_factory=dict)


class PlainClearing:
    """A hub that knows what everybody owes, and nothing of messages."""

    def __init__(
        self, members: dict[str, tuple[str, ...]], models: list[Model], *, deposit: int, cap: int,
        agents: tuple[str, ...] = (),
    ) -> None:
        """Members with the currencies they hold, each with the same deposit and cap; `agents`: booked one by one."""
        self.members, self.models, self.agents = members, models, agents
        self.at_agents: Counter[tuple[str, str]] = Counter()
        self.funds: dict[str, Funds] = {}
        held = [(name, currency) for name, currencies in members.items() for currency in currencies]
        self.deposits = dict.fromkeys(held, deposit)
        self.caps = dict.fromkeys(held, cap)
        self.reserved: Counter[tuple[str, str]] = Counter()
        self.owed: Counter[Account] = Counter()
        self.multilateral: Counter[str] = Counter()
        self.payments: dict[str, Payment] = {}
        self.windows = [Window()]
        self.settlements: list[Settlement] = []

    def model(self, kind: str, currency: str) -> Model | None:
        """The one that settles accounts of that kind and currency."""
        fitting = [one for one in self.models if one.kind == kind and one.currency in (currency, None)]
        return max(fitting, key=lambda one: one.currency is not None, default=None)

    def value(self, owner: str, currency: str) -> int:
        """What limits look at."""
        return self.owed[POSITION, owner, currency] + self.reserved[owner, currency]

    def _room(self, owner: str, currency: str) -> int:
        return min(self.deposits[owner, currency], self.caps[owner, currency]) - self.value(owner, currency)

    def begin(self, key: str, legs: list[Move], payer: str, payee: str, original: str | None = None) -> str:
        """Reserve every leg, or nothing."""
        amount = legs[-1].amount
        payment = Payment(key, payer, payee, amount, legs, original=original)
        self.payments[key] = payment
        if original is not None and not self._returns(payment, self.payments[original]):
            payment.state = "ABORTED"
            return payment.state
        for number, leg in enumerate(legs):
            if self._room(leg.debtor, leg.currency) < leg.amount:
                for done in legs[:number]:
                    self.reserved[done.debtor, done.currency] -= done.amount
                payment.state = "ABORTED"
                return payment.state
            self.reserved[leg.debtor, leg.currency] += leg.amount
        if original is not None:
            self.payments[original].taken += amount
        else:
            payment.fees = list(self._fees(payment, legs[-1].currency))
        return payment.state

    @staticmethod
    def _returns(payment: Payment, original: Payment) -> bool:
        left = original.amount - original.taken
        plain = original.original is None and len(original.legs) == 1
        return original.state == "COMMITTED" and plain and payment.amount <= left

    def _fees(self, payment: Payment, currency: str):
        """One and a half percent from the payer's FSP, which go back; five cents of a dollar payment, which stay."""
        if self.model(FEE, currency) is None:
            return
        share = int((Decimal(payment.amount) * Decimal("0.015")).quantize(Decimal(1), ROUND_HALF_UP))
        hold = all(currency in self.members[side] for side in (payment.payer, payment.payee))
        if share and hold:
            yield Move(FEE, payment.payer, payment.payee, share, currency), True
        if currency == "USD":
            yield Move(FEE, payment.payee, HUB, 5, currency), False

    def fund(self, key: str, owner: str, currency: str, amount: int, *, inward: bool) -> str:
        """What leaves is set aside at once, if no open position needs it; what comes counts when it is there."""
        made = self.funds[key] = Funds(owner, currency, amount, inward)
        if inward and currency not in self.agents:
            self.fund_ends(key, booked=True)
        elif not inward and self.deposits[owner, currency] - max(self.value(owner, currency), 0) < amount:
            made.state = "ABORTED"
        elif not inward:
            self.deposits[owner, currency] -= amount
        return made.state

    def fund_ends(self, key: str, *, booked: bool) -> None:
        """It came or went, or it did not."""
        made = self.funds[key]
        made.state = "COMMITTED" if booked else "ABORTED"
        if made.inward is booked:
            self.deposits[made.owner, made.currency] += made.amount

    def accept(self, key: str) -> None:
        """The payee accepts; where agents book payments they are asked first, leg by leg."""
        payment = self.payments[key]
        payment.asked = [leg for leg in payment.legs if leg.currency in self.agents]
        if payment.asked:
            payment.state = "FULFILLED_WAITING"
        else:
            self.end(key, commits=True)

    def agent_says(self, key: str, *, booked: bool) -> None:
        """An agent books the leg whose turn it is, or does not: then what was booked is given back."""
        payment = self.payments[key]
        leg, *payment.asked = payment.asked
        if booked:
            payment.booked.append(leg)
            self._at_agent(leg, leg.amount)
        if not booked:
            for done in payment.booked:
                self._at_agent(done, -done.amount)
        if not booked or not payment.asked:
            self.end(key, commits=booked)

    def _at_agent(self, leg: Move, amount: int) -> None:
        self.at_agents[leg.debtor, leg.currency] -= amount
        self.at_agents[leg.creditor, leg.currency] += amount

    def end(self, key: str, *, commits: bool) -> None:
        """The payment is made, or it is not."""
        payment = self.payments[key]
        payment.state = "COMMITTED" if commits else "ABORTED"
        for leg in payment.legs:
            self.reserved[leg.debtor, leg.currency] -= leg.amount
            if commits:
                self._move(leg)
        original = self.payments.get(payment.original or "")
        if commits:
            for fee, _ in payment.fees:
                self._move(fee)
        if original is not None and commits:
            before, original.returned = original.returned, original.returned + payment.amount
            for fee, reversible in original.fees:
                share = fee.amount * original.returned // original.amount - fee.amount * before // original.amount
                if reversible and share:
                    self._move(Move(FEE, fee.creditor, fee.debtor, share, fee.currency))
        elif original is not None:
            original.taken -= payment.amount

    def _move(self, move: Move) -> None:
        model = self.model(move.kind, move.currency)
        if model is not None and model.immediate:
            self.deposits[move.debtor, move.currency] -= move.amount
            self.deposits[move.creditor, move.currency] += move.amount
            self.windows[-1].moves.append(move._replace(amount=0))
            return
        self.owed[move.kind, move.debtor, move.currency] += move.amount
        self.owed[move.kind, move.creditor, move.currency] -= move.amount
        self.windows[-1].moves.append(move)

    def close(self) -> bool:
        """Turn to the next window, unless this one is empty."""
        if not self.windows[-1].moves:
            return False
        self.windows[-1].state = "PROCESSING"
        self.windows.append(Window())
        return True

    def fill(self, window: Window) -> None:
        """The nets of a window that was closed."""
        for kind, currency in sorted({(move.kind, move.currency) for move in window.moves}):
            moves = [move for move in window.moves if (move.kind, move.currency) == (kind, currency)]
            model = self.model(kind, currency)
            if model is not None and model.immediate:
                continue
            nets: Counter[Account] = Counter()
            for move in moves:
                nets[kind, move.debtor, currency] += move.amount
                nets[kind, move.creditor, currency] -= move.amount
            window.contents.append(Content(kind, currency, dict(nets), self._pairs(model, moves)))
        window.state = "CLOSED"

    @staticmethod
    def _pairs(model: Model | None, moves: list[Move]) -> dict[tuple[str, str], int]:
        if model is None or not model.bilateral:
            return {}
        owed: Counter[tuple[str, str]] = Counter()
        for move in moves:
            owed[move.debtor, move.creditor] += move.amount
        return PlainClearing._set_off(owed, gross=model.gross)

    @staticmethod
    def _set_off(owed: Counter[tuple[str, str]], *, gross: bool) -> dict[tuple[str, str], int]:
        if gross:
            return dict(owed)
        left = {(one, other): units - owed[other, one] for (one, other), units in owed.copy().items()}
        return {pair: units for pair, units in left.items() if units > 0}

    def settle(self, model: Model, windows: list[Window]) -> Settlement | None:
        """A settlement of what these windows hold for the model; None if one of them holds nothing."""
        free = [
            [one for one in window.contents
             if one.state in ("CLOSED", "ABORTED") and self.model(one.kind, one.currency) == model]
            for window in windows
        ]  # fmt: skip
        if model.immediate or not windows or not all(free):
            return None
        contents = [one for each in free for one in each]
        nets: Counter[Account] = Counter()
        owed: Counter[tuple[str, str]] = Counter()
        for one in contents:
            nets.update(one.nets)
            owed.update(one.pairs)
        made = Settlement(model, contents, windows, dict(nets), dict.fromkeys(nets, 0))
        made.pairs = self._set_off(owed, gross=model.gross)
        self.settlements.append(made)
        self._follow(made)
        return made

    def step(self, made: Settlement, accounts: list[Account], target: int) -> list[bool]:
        """Let accounts take a state; which of them could. Positions move with two of the states."""
        if made.state == "ABORTED":
            return [False] * len(accounts)
        done, seen = [], set()
        before = made.level
        for account in accounts:
            follows = target == before + 1 and made.at[account] == before
            fits = account not in seen and (follows or made.at[account] == target)
            done.append(fits)
            if not fits:
                continue
            seen.add(account)
            if made.at[account] != target:
                made.at[account] = target
                self._effect(made, account, target)
        levels = set(made.at.values())
        if seen and before < SETTLED_AT and before + 1 in levels:
            if levels == {before + 1}:
                made.level, made.state = before + 1, STATES[before + 1]
            elif before + 1 == SETTLED_AT:
                made.state = "SETTLING"
        self._follow(made)
        return done

    def _effect(self, made: Settlement, account: Account, target: int) -> None:
        net = made.nets[account]
        rises, falls = target == RESERVED_AT and net < 0, target == COMMITTED_AT and net > 0
        if not made.model.resets or not (rises or falls):
            return
        self.owed[account] -= net
        self.multilateral[account[2]] += net
        owner, currency = account[1:]
        if rises and made.model.raises and account[0] == POSITION:
            self.caps[owner, currency] = max(self.caps[owner, currency], self.value(owner, currency))

    def give_up(self, made: Settlement) -> bool:
        """End a settlement and take back what it gave, if no account is committed yet."""
        if made.state == "ABORTED":
            return True
        if made.level > RESERVED_AT or COMMITTED_AT in made.at.values():
            return False
        for account, net in made.nets.items():
            if made.model.resets and made.at[account] == RESERVED_AT and net < 0:
                self.owed[account] += net
                self.multilateral[account[2]] -= net
        made.state = "ABORTED"
        self._follow(made)
        return True

    def _follow(self, made: Settlement) -> None:
        """Contents and windows as the settlement now stands."""
        for content in made.contents:
            settled = all(made.at[account] == SETTLED_AT for account in content.nets)
            content.state = "SETTLED" if settled else "PENDING_SETTLEMENT"
            if made.state == "ABORTED":
                content.state = "ABORTED"
        for window in made.windows:
            states = {content.state for content in window.contents}
            order = ("PENDING_SETTLEMENT", "ABORTED")
            first = next((state for state in order if state in states), "PENDING_SETTLEMENT")
            window.state = next(iter(states)) if len(states) == 1 else first
