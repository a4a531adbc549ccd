"""The hub in plain Python, written from the rules of the scheme: what is owed, where payments stand, who hears what.

Sources: how FSPIOP hubs behave (transfers, conversions), and the choices in docs/compatibility.md. It knows nothing of
the product's code. Amounts are whole units, moments whole seconds.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

HUB = "Hub"
TRANSFERS, CONVERSIONS = "transfers", "fxTransfers"
RESERVED, AGREED, COMMITTED, ABORTED = "RESERVED", "AGREED", "COMMITTED", "ABORTED"
PAYER, PAYEE, ALONE = "payer", "payee", "alone"
EXPIRED = "3303"
Account = tuple[str, str]
"""Participant and currency."""


class Tell(NamedTuple):
    """One message to a participant: its path, the state or error code in it, and in whose name it comes."""

    to: str
    method: str
    path: str
    word: str
    speaker: str = HUB


class Said(NamedTuple):
    """The first answer of a payee: `fulfil` or `reject`, and its text."""

    kind: str
    text: str


class Movement(NamedTuple):
    """An amount on an account's position."""

    account: Account
    amount: int


@dataclass
class Payment:
    """A transfer, or a conversion if it has a target; `waits_for` is the transfer that decides a conversion."""

    key: str
    payer: str
    payee: str
    money: tuple[int, str]
    expires: int
    text: str
    target: tuple[int, str] | None = None
    waits_for: str | None = None
    sound: bool = True
    state: str = RESERVED
    side: str = ""
    code: str = ""
    said: Said | None = None
    agreed: bool = False
    held: list[Movement] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The resource it is called by."""
        return CONVERSIONS if self.target else TRANSFERS

    @property
    def pending(self) -> bool:
        """Whether it can still end either way."""
        return self.state in {RESERVED, AGREED}

    @property
    def word(self) -> str:
        """The state as participants are told it."""
        return RESERVED if self.state == AGREED else self.state


class PlainHub:
    """Every method is one message or one act of the operator; it gives what the participants are told."""

    def __init__(self, members: dict[str, tuple[str, ...]], *, deposit: int, cap: int) -> None:
        """Members with the currencies they hold."""
        accounts = [(name, currency) for name, held in members.items() for currency in held]
        self.now = 0
        self.active = set(members)
        self.open = set(accounts)
        self.position: Counter[Account] = Counter()
        self.deposit = dict.fromkeys(accounts, deposit)
        self.cap = dict.fromkeys(accounts, cap)
        self.payments: dict[str, Payment] = {}
        self._naming: dict[str, list[str]] = defaultdict(list)

    def prepare(self, sender: str, new: Payment) -> list[Tell]:
        """POST."""
        if sender != new.payer:
            return [_error(sender, new.kind, new.key, "3100")]
        known = self.payments.get(new.key)
        if known is not None:
            if (known.payer, known.text) != (new.payer, new.text):
                return [_error(sender, new.kind, new.key, "3106")]
            # That a conversion is reserved is its provider's word.
            return [] if known.target and known.pending else [_state(sender, known)]
        found = self._route(new)
        new.code = found if isinstance(found, str) else self._poor(found)
        self.payments[new.key] = new
        if new.waits_for is not None:
            self._naming[new.waits_for].append(new.key)
        if isinstance(found, str) or new.code:
            new.state = ABORTED
            after = [] if new.target else self._conversions_end(new)
            return [_error(new.payer, new.kind, new.key, new.code), *after]
        new.held = found
        self._move(found, 1)
        return [Tell(new.payee, "POST", f"/{new.kind}", "", new.payer)]

    def fulfil(
        self, sender: str, to: str | None, key: str, kind: str, word: str, text: str, *, fits: bool, version: str
    ) -> list[Tell]:
        """PUT with RESERVED or COMMITTED."""
        if (word, version) == (RESERVED, "1.0"):
            return []
        found = self._answered(sender, key, kind)
        if isinstance(found, Tell):
            return [found]
        if not _addressed(found, to):
            return self._misaddressed(found, Said("fulfil", text), word)
        truth = [_patch(found)] if word == RESERVED else []
        if found.state != RESERVED:
            return self._again(found, Said("fulfil", text), word)
        if not fits:
            found.said, found.agreed = Said("fulfil", text), True
            return self._abort(found, "3100", confirmed=True, promised=word == RESERVED)
        own = self._conversions(found)
        if self.now >= min([found.expires, *(one.expires for one in own)]):
            return [_error(sender, kind, key, EXPIRED), *truth]
        if self._hindered(found, own):
            return [_error(sender, kind, key, "3100")]
        found.said, found.agreed = Said("fulfil", text), True
        if found.target and found.waits_for:
            found.state = AGREED
            return [Tell(found.payer, "PUT", f"/{kind}/{key}", word, sender)]
        return self._commit(found, own, word)

    def reject(self, sender: str, to: str | None, key: str, kind: str, code: str, text: str) -> list[Tell]:
        """PUT error."""
        found = self._answered(sender, key, kind)
        if isinstance(found, Tell):
            return [found]
        said = Said("reject", text)
        if not _addressed(found, to):
            return self._misaddressed(found, said, "")
        if not found.pending:
            return self._again(found, said, "")
        if self.now >= found.expires:
            return [_error(sender, kind, key, EXPIRED)]
        found.said, found.agreed = said, False
        return self._abort(found, code, confirmed=True, speaker=sender)

    def expire(self, key: str) -> list[Tell]:
        """The clock has come to a moment for which this one may have waited."""
        found = self.payments.get(key)
        if found is None or not found.pending or self.now < found.expires:
            return []
        return self._abort(found, EXPIRED, confirmed=True, promised=found.agreed)

    def query(self, sender: str, key: str, kind: str) -> list[Tell]:
        """GET."""
        found = self.payments.get(key)
        if sender not in self.active:
            return []
        if found is None or found.kind != kind:
            return [_error(sender, kind, key, "3208")]
        if sender not in {found.payer, found.payee}:
            return [_error(sender, kind, key, "3000")]
        return [_state(sender, found)]

    def funds_out(self, account: Account, amount: int) -> bool:
        """Reserve money that leaves the scheme, if the open position does not need it."""
        if self.deposit[account] - max(self.position[account], 0) < amount:
            return False
        self.deposit[account] -= amount
        return True

    def _route(self, new: Payment) -> str | list[Movement]:
        """What a new payment would reserve, or 3100."""
        currency, now = new.money[1], self.now
        held = self._conversion_route(new) if new.target else self._transfer_route(new)
        if isinstance(held, str) or not new.sound or new.expires <= now or new.payer == new.payee:
            return "3100"
        if not {new.payer, new.payee} <= self.active:
            return "3100"
        needed = [movement.account for movement in held]
        if new.target:
            mine = {PAYER: [currency], PAYEE: [new.target[1]], ALONE: [currency, new.target[1]]}[new.side]
            needed += [(new.payer, one) for one in mine] + [(new.payee, one) for one in (currency, new.target[1])]
        return held if all(account in self.open for account in needed) else "3100"

    def _transfer_route(self, new: Payment) -> str | list[Movement]:
        own = self._tied(new)
        if not own:
            return [Movement((new.payer, new.money[1]), new.money[0])]
        ready = [one for one in own if one.state == AGREED and self.now < one.expires]
        if not ready or ready[0].target != new.money:
            return "3100"
        return [Movement((ready[0].payee, new.money[1]), new.money[0])]

    def _conversion_route(self, new: Payment) -> str | list[Movement]:
        assert new.target is not None
        give = Movement((new.payer, new.money[1]), new.money[0])
        back = Movement((new.payee, new.target[1]), new.target[0])
        if new.waits_for is None:
            new.side = ALONE
            return [give, back]
        waiting = self.payments.get(new.waits_for)
        if waiting is None:
            new.side = PAYER
            others = (self.payments[key] for key in self._naming[new.waits_for])
            taken = any(one.payer == new.payer and one.side == PAYER and one.pending for one in others)
            return "3100" if taken or new.waits_for == new.key else [give]
        new.side = PAYEE
        fits = waiting.state == RESERVED and not waiting.target
        fits = fits and (waiting.payee, waiting.money) == (new.payer, new.money)
        return "3100" if not fits or any(one.side == PAYEE for one in self._conversions(waiting)) else [back]

    def _poor(self, held: list[Movement]) -> str:
        """Liquidity is looked at before the cap, for each account that is debited."""
        for account, amount in held:
            if self.deposit[account] - self.position[account] < amount:
                return "4001"
            if self.cap[account] - self.position[account] < amount:
                return "4200"
        return ""

    def _move(self, movements: list[Movement], sign: int) -> None:
        for account, amount in movements:
            self.position[account] += sign * amount

    def _tied(self, transfer: Payment) -> list[Payment]:
        """The conversions of a transfer that its payer or payee asked for, in whatever state."""
        found = [self.payments[key] for key in self._naming[transfer.key]]
        return [one for one in found if one.payer == (transfer.payee if one.side == PAYEE else transfer.payer)]

    def _conversions(self, transfer: Payment) -> list[Payment]:
        return [] if transfer.target else [one for one in self._tied(transfer) if one.pending]

    def _answered(self, sender: str, key: str, kind: str) -> Payment | Tell:
        found = self.payments.get(key)
        if found is None or found.kind != kind:
            return _error(sender, kind, key, "2001" if kind == TRANSFERS else "3208")
        return found if sender == found.payee else _error(sender, kind, key, "3100")

    def _misaddressed(self, found: Payment, said: Said, word: str) -> list[Tell]:
        if found.state == RESERVED:
            found.said, found.agreed = said, said.kind == "fulfil"
            return self._abort(found, "3100", confirmed=True, promised=word == RESERVED)
        return [_error(found.payee, found.kind, found.key, "3100"), *([_patch(found)] if word == RESERVED else [])]

    def _again(self, found: Payment, said: Said, word: str) -> list[Tell]:
        """An answer where none is awaited any more."""
        truth = [_patch(found)] if word == RESERVED and not found.pending else []
        if found.said is not None and found.said.kind == said.kind:
            if found.said.text != said.text:
                return [_error(found.payee, found.kind, found.key, "3106"), *truth]
            return [] if found.pending else truth or [_state(found.payee, found)]
        return [_error(found.payee, found.kind, found.key, EXPIRED if found.code == EXPIRED else "3100"), *truth]

    def _hindered(self, transfer: Payment, own: list[Payment]) -> bool:
        """Whether the payee cannot be credited yet: its conversion is open, or it has neither that nor an account."""
        for_payee = [one for one in own if one.side == PAYEE]
        if transfer.target or for_payee:
            return any(one.state == RESERVED for one in for_payee)
        return (transfer.payee, transfer.money[1]) not in self.cap

    def _commit(self, found: Payment, own: list[Payment], word: str) -> list[Tell]:
        found.state = COMMITTED
        provider = next((one.payee for one in own if one.side == PAYEE), found.payee)
        credited = [Movement((provider, found.money[1]), found.money[0])]
        if found.target:
            credited.append(Movement((found.payer, found.target[1]), found.target[0]))
        for one in own:
            assert one.target is not None
            one.state = COMMITTED
            mine = (one.payee, one.money) if one.side == PAYER else (one.payer, one.target)
            credited.append(Movement((mine[0], mine[1][1]), mine[1][0]))
        self._move(credited, -1)
        path, promised = f"/{found.kind}/{found.key}", word == RESERVED
        told = [Tell(found.payer, "PUT", path, COMMITTED, HUB if promised else found.payee)]
        told.append(Tell(found.payee, "PATCH" if promised else "PUT", path, COMMITTED))
        return told + [_patch(one) for one in own]

    def _abort(
        self, found: Payment, code: str, *, confirmed: bool = False, promised: bool = False, speaker: str = HUB
    ) -> list[Tell]:  # fmt: skip
        """End a payment and all that ends with it."""
        family = self._family(found, code)
        self._release(found, code)
        told = [_error(found.payer, found.kind, found.key, code, speaker)]
        told += [_error(found.payee, found.kind, found.key, code)] if confirmed else []
        told += [_patch(found)] if promised else []
        for one in family:
            told += self._end(one, code)
        return told

    def _family(self, found: Payment, code: str) -> list[Payment]:
        if not found.target:
            return self._conversions(found)
        waiting = self.payments.get(found.waits_for or "")
        # A provider that will not convert for the payee leaves the transfer alone: the payee may find another one.
        if waiting is None or not waiting.pending or (found.side == PAYEE and code != EXPIRED):
            return []
        own = self._conversions(waiting)
        return [waiting, *(one for one in own if one is not found)] if any(one is found for one in own) else []

    def _conversions_end(self, transfer: Payment) -> list[Tell]:
        return [tell for one in self._conversions(transfer) for tell in self._end(one, transfer.code)]

    def _end(self, one: Payment, code: str) -> list[Tell]:
        """What ends because another one did."""
        self._release(one, code)
        errors = [_error(name, one.kind, one.key, code) for name in (one.payer, one.payee)]
        if code == EXPIRED:
            return errors + ([_patch(one)] if one.agreed else [])
        if not one.target:
            return errors
        return ([] if one.agreed else errors[:1]) + [_patch(one)]

    def _release(self, found: Payment, code: str) -> None:
        found.state, found.code = ABORTED, code
        self._move(found.held, -1)


def _addressed(found: Payment, to: str | None) -> bool:
    """Whether an answer is addressed to the payer; a transfer's may leave out to whom."""
    return to == found.payer or (to is None and not found.target)


def _error(to: str, kind: str, key: str, code: str, speaker: str = HUB) -> Tell:
    return Tell(to, "PUT", f"/{kind}/{key}/error", code, speaker)


def _state(to: str, found: Payment) -> Tell:
    return Tell(to, "PUT", f"/{found.kind}/{found.key}", found.word)


def _patch(found: Payment) -> Tell:
    """The true state for a payee that said it would wait for it."""
    return Tell(found.payee, "PATCH", f"/{found.kind}/{found.key}", found.word)
