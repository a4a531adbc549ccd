"""What may happen to a hub in any order, said to the plain hub and to the engine; after each batch both must agree."""

import itertools
import uuid
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.canonical.commands import Command
from tests.model import engine
from tests.model.plain import AGREED, COMMITTED, CONVERSIONS, PAYER, RESERVED, TRANSFERS, Payment, PlainHub, Tell

MEMBERS = {"ann": ("USD",), "ben": ("USD",), "eve": ("EUR",), "fx1": ("USD", "EUR"), "fx2": ("USD", "EUR")}
ACCOUNTS = [(name, currency) for name, held in MEMBERS.items() for currency in held]
DEPOSIT, CAP = 120, 100
CURRENCIES = ("USD", "EUR")
NAMES, PROVIDERS = st.sampled_from(list(MEMBERS)), st.sampled_from(["fx1", "fx2", "fx1", "fx2", "ben"])
PAIRS = st.sampled_from(
    [("ann", "ben"), ("ben", "ann"), ("ann", "eve"), ("eve", "fx1"), ("fx2", "ben"), ("ann", "ann")]
)
AMOUNTS, LIVES = st.sampled_from([10, 25, 40, 90]), st.sampled_from([120, 120, 60, 60, 30, 10, 0])
RATES = st.sampled_from([(10, 9), (25, 20), (20, 25), (90, 40), (40, 95), (200, 260)])
CODES = st.sampled_from(["5104", "2000"])
STATE_OF = {AGREED: "FULFILLED_WAITING"}


def flawed(*flaws: str) -> st.SearchStrategy[str]:
    """Half of all is as it should be."""
    return st.sampled_from([""] * len(flaws) + list(flaws))


class Hubs(RuleBasedStateMachine):
    """A plain hub and an engine that hear the same."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = PlainHub(MEMBERS, deposit=DEPOSIT, cap=CAP)
        self.engine = engine.Engine(MEMBERS, deposit=DEPOSIT, cap=CAP)
        self.engine.begin()
        self.sent: dict[str, Payment] = {}
        self.outward: dict[str, tuple[tuple[str, str], int, str]] = {}
        self._numbers = itertools.count(1)
        self._more = 0
        self._commands: list[Command] = []
        self._expected: list[Tell] = []

    def _say(self, command: Command, told: list[Tell] | None = None) -> None:
        """One command to the engine, now or with others, and what the plain hub said to it."""
        self._commands.append(command)
        self._expect(told or [])
        self._more -= 1
        if self._more <= 0:
            self._flush()

    def _expect(self, told: list[Tell]) -> None:
        self._expected += told

    def _flush(self) -> None:
        commands, expected = self._commands, self._expected
        self._commands, self._expected, self._more = [], [], 0
        if commands:
            assert self.engine.do(commands) == expected

    def _key(self) -> str:
        return str(uuid.UUID(int=next(self._numbers), version=4))

    def _pick(self, data: st.DataObject, *, pending: bool) -> Payment:
        found = list(self.plain.payments.values())
        return data.draw(st.sampled_from([one for one in found if one.pending] if pending else found))

    def _any(self, data: st.DataObject) -> Payment:
        """One that is there, if possible one that can still end."""
        some = any(one.pending for one in self.plain.payments.values())
        return self._pick(data, pending=some and data.draw(st.booleans()))

    def _prepare(self, sender: str, new: Payment) -> None:
        self.sent.setdefault(new.key, replace(new, held=[]))
        moment = self.engine.moment(new.expires)
        self._say(engine.prepare(sender, new, moment), self.plain.prepare(sender, replace(new, held=[])))

    @initialize(
        begun=st.sampled_from(["", "sent", "asked", "agreed", "flying", "flying", "for the payee", "both agreed"])
    )
    def begin(self, begun: str) -> None:
        """How far a payment has come before anything goes wrong."""
        key, now = self._key(), self.plain.now
        if begun in {"sent", "for the payee", "both agreed"}:
            pair = ("ann", "ben") if begun == "sent" else ("ann", "eve")
            self._prepare("ann", Payment(key, *pair, (40, "USD"), now + 60, "begun"))
            if begun != "sent":
                self._convert(self.plain.payments[key], "fx1", 20, 30)
        elif begun:
            new = Payment(self._key(), "ann", "fx1", (25, "USD"), now + 60, "begun", (20, "EUR"), key)
            self._prepare("ann", new)
        conversion = next((one for one in self.plain.payments.values() if one.target), None)
        if conversion is not None and begun not in {"asked", "for the payee"}:
            self._agree(conversion, RESERVED)
        if conversion is not None and begun == "flying":
            self._pay(conversion, "eve", 90)

    def _agree(self, about: Payment, word: str) -> None:
        said = (about.payee, about.payer, about.key, about.kind, word, word)
        command = engine.fulfil(*said, fits=True, version="2.0")
        self._say(command, self.plain.fulfil(*said, fits=True, version="2.0"))

    @rule(
        data=st.data(), pair=PAIRS, amount=AMOUNTS, life=LIVES, flaw=flawed("sender", "taken", "condition", "currency")
    )
    def transfer(self, data: st.DataObject, pair: tuple[str, str], amount: int, life: int, flaw: str) -> None:
        payer, payee = pair
        key = self._any(data).key if flaw == "taken" and self.plain.payments else self._key()
        currency = data.draw(st.sampled_from(CURRENCIES if flaw == "currency" else MEMBERS[payer]))
        text = f"{payer} {payee} {amount} {currency} {life}"
        new = Payment(key, payer, payee, (amount, currency), self.plain.now + life, text, sound=flaw != "condition")
        self._prepare(data.draw(NAMES) if flaw == "sender" else payer, new)

    @rule(data=st.data(), payer=NAMES, provider=PROVIDERS, terms=RATES, life=LIVES,
          flaw=flawed("sender", "alone", "itself", "same", "currency"))  # fmt: skip
    def conversion(
        self, data: st.DataObject, payer: str, provider: str, terms: tuple[int, int], life: int, flaw: str
    ) -> None:
        (amount, back), key = terms, self._key()
        if flaw == "alone":
            # A plain purchase needs both currencies on both sides.
            payer, provider = "fx2", "fx1"
        currency = data.draw(st.sampled_from(CURRENCIES if flaw == "currency" else MEMBERS[payer]))
        waits: str | None = {"alone": None, "itself": key}.get(flaw, self._key())
        again = [one.waits_for for one in self.plain.payments.values() if one.waits_for]
        waits = data.draw(st.sampled_from(again)) if flaw == "same" and again else waits
        target = (back, "EUR" if currency == "USD" else "USD")
        text = f"{payer} {provider} {amount} {currency} {back} {waits}"
        new = Payment(key, payer, provider, (amount, currency), self.plain.now + life, text, target, waits)
        self._prepare(data.draw(NAMES) if flaw == "sender" else payer, new)

    @precondition(lambda self: any(one.side == PAYER and one.pending for one in self.plain.payments.values()))
    @rule(data=st.data(), payee=NAMES, life=LIVES, flaw=flawed("amount", "payer"))
    def pay_what_is_converted(self, data: st.DataObject, payee: str, life: int, flaw: str) -> None:
        found = [one for one in self.plain.payments.values() if one.side == PAYER and one.pending]
        ready = [one for one in found if one.state == AGREED and self._can_go_on(one)]
        payer = data.draw(NAMES) if flaw == "payer" else None
        self._pay(data.draw(st.sampled_from(ready or found)), payee, life, payer, more=int(flaw == "amount"))

    def _pay(self, given: Payment, payee: str, life: int, payer: str | None = None, more: int = 0) -> None:
        assert given.target is not None
        payer, money = payer or given.payer, (given.target[0] + more, given.target[1])
        text = f"{payer} {payee} {money} {life}"
        key = given.waits_for or self._key()
        self._prepare(payer, Payment(key, payer, payee, money, self.plain.now + life, text))

    @precondition(lambda self: any(not one.target and one.pending for one in self.plain.payments.values()))
    @rule(data=st.data(), provider=PROVIDERS, back=AMOUNTS, life=LIVES, flaw=flawed("amount", "payer"))
    def convert_what_is_paid(self, data: st.DataObject, provider: str, back: int, life: int, flaw: str) -> None:
        found = [one for one in self.plain.payments.values() if not one.target and one.pending]
        payer = data.draw(NAMES) if flaw == "payer" else None
        self._convert(data.draw(st.sampled_from(found)), provider, back, life, payer, more=int(flaw == "amount"))

    def _convert(
        self, waiting: Payment, provider: str, back: int, life: int, payer: str | None = None, more: int = 0
    ) -> None:
        payer, money = payer or waiting.payee, (waiting.money[0] + more, waiting.money[1])
        target = (back, "EUR" if money[1] == "USD" else "USD")
        text = f"{payer} {provider} {money} {back} for {waiting.key}"
        new = Payment(self._key(), payer, provider, money, self.plain.now + life, text, target, waiting.key)
        self._prepare(payer, new)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), changed=st.booleans())
    def send_again(self, data: st.DataObject, changed: bool) -> None:
        old = data.draw(st.sampled_from(list(self.sent.values())))
        self._prepare(old.payer, replace(old, text=old.text + "!") if changed else old)

    @precondition(lambda self: self.plain.payments)
    @rule(data=st.data(), word=st.sampled_from([RESERVED, COMMITTED]),
          flaw=flawed("sender", "to", "nobody", "wrong", "version", "kind", "unknown", "other", "wrong", "to"),
    )  # fmt: skip
    def accept(self, data: st.DataObject, word: str, flaw: str) -> None:
        sender, to, key, kind = self._addresses(data, flaw)
        text = f"{word} {flaw}" if flaw in {"wrong", "other"} else word
        how: dict[str, Any] = {"fits": flaw != "wrong", "version": "1.0" if flaw == "version" else "2.0"}
        command = engine.fulfil(sender, to, key, kind, word, text, **how)
        self._say(command, self.plain.fulfil(sender, to, key, kind, word, text, **how))

    @rule(data=st.data(), word=st.sampled_from([RESERVED, COMMITTED]), steps=st.integers(1, 3))
    def go_on(self, data: st.DataObject, word: str, steps: int) -> None:
        """What brings payments nearer to their ends."""
        for _ in range(steps):
            waiting = [one for one in self.plain.payments.values() if one.pending and self._can_go_on(one)]
            if not waiting:
                return
            about = data.draw(st.sampled_from(waiting))
            if about.state == AGREED:
                self._pay(about, data.draw(st.sampled_from(["ann", "ben", "eve"])), 60)
            elif not about.target and about.money[1] not in MEMBERS[about.payee] and data.draw(st.booleans()):
                self._convert(about, "fx1", 20, 60)
            else:
                self._agree(about, word)

    def _can_go_on(self, one: Payment) -> bool:
        return one.state == RESERVED or one.waits_for not in self.plain.payments

    @precondition(lambda self: self.plain.payments)
    @rule(data=st.data(), code=CODES, flaw=flawed("sender", "to", "nobody", "kind", "unknown"))
    def refuse(self, data: st.DataObject, code: str, flaw: str) -> None:
        sender, to, key, kind = self._addresses(data, flaw)
        agreed = [one for one in self.plain.payments.values() if one.state == AGREED]
        if agreed and not flaw:
            # A provider may take back what it agreed to, with the transfer on its way or not.
            sender, to, key, kind = agreed[0].payee, agreed[0].payer, agreed[0].key, agreed[0].kind
        command = engine.reject(sender, to, key, kind, code, code)
        self._say(command, self.plain.reject(sender, to, key, kind, code, code))

    def _addresses(self, data: st.DataObject, flaw: str) -> tuple[str, str | None, str, str]:
        """From whom, to whom, about what an answer is."""
        about = self._any(data)
        sender = data.draw(NAMES) if flaw == "sender" else about.payee
        to = data.draw(NAMES) if flaw == "to" else None if flaw == "nobody" else about.payer
        kind = data.draw(st.sampled_from([TRANSFERS, CONVERSIONS])) if flaw == "kind" else about.kind
        return sender, to, self._key() if flaw == "unknown" else about.key, kind

    @rule(data=st.data(), sender=NAMES, flaw=flawed("kind", "unknown", "stranger"))
    def ask(self, data: st.DataObject, sender: str, flaw: str) -> None:
        if not self.plain.payments:
            return
        payee, payer, key, kind = self._addresses(data, flaw)
        asker = sender if flaw == "stranger" or payer is None else data.draw(st.sampled_from([payer, payee]))
        self._say(engine.query(asker, key, kind), self.plain.query(asker, key, kind))

    @rule(seconds=st.sampled_from([1, 5, 10, 30, 60]))
    def wait(self, seconds: int) -> None:
        self._flush()
        self.plain.now = self.engine.now = self.plain.now + seconds

    @precondition(lambda self: any(one.pending for one in self.plain.payments.values()))
    @rule(data=st.data(), rings=st.booleans())
    def run_out(self, data: st.DataObject, rings: bool) -> None:
        """The time of a payment is over, whether the hub has looked at its clock or not."""
        about = self._pick(data, pending=True)
        self._flush()
        self.plain.now = self.engine.now = max(self.plain.now, about.expires)
        if rings:
            self._say(engine.expire(about.key), self.plain.expire(about.key))

    @precondition(lambda self: self.plain.payments)
    @rule(data=st.data())
    def ring(self, data: st.DataObject) -> None:
        """The clock has come to a moment that something may have waited for."""
        key = self._any(data).key
        self._say(engine.expire(key), self.plain.expire(key))

    @rule(account=st.sampled_from(ACCOUNTS), what=st.sampled_from(["limit", "limit", "name", "account"]),
          units=st.sampled_from([500, 60, 20, 0]))  # fmt: skip
    def restrict(self, account: tuple[str, str], what: str, units: int) -> None:
        """The operator takes away what may be done from now on."""
        if what == "limit":
            self._limit(account, units)
        elif what == "name":
            self.plain.active.discard(account[0])
            self._say(engine.switch(account[0], on=False))
        else:
            self.plain.open.discard(account)
            self._say(engine.switch_account(account[0], self.engine.accounts[account][0], on=False))

    @rule()
    def mend(self) -> None:
        """All may act as at the start."""
        for account in ACCOUNTS:
            self._limit(account, CAP)
            self.plain.active.add(account[0])
            self._say(engine.switch(account[0], on=True))
            self.plain.open.add(account)
            self._say(engine.switch_account(account[0], self.engine.accounts[account][0], on=True))

    def _limit(self, account: tuple[str, str], units: int) -> None:
        self.plain.cap[account] = units
        self._say(engine.cap(account, units))

    @rule(account=st.sampled_from(ACCOUNTS), units=st.sampled_from([5, 150]), out=st.booleans())
    def funds(self, account: tuple[str, str], units: int, out: bool) -> None:
        key, settlement = self._key(), self.engine.accounts[account][1]
        if account[0] in self.plain.active:
            if out and self.plain.funds_out(account, units):
                self.outward[key] = (account, units, RESERVED)
            elif not out:
                self.plain.deposit[account] += units
        self._say(engine.funds(account, settlement, key, "out" if out else "in", units))

    @precondition(lambda self: self.outward)
    @rule(data=st.data(), back=st.booleans())
    def finish_funds(self, data: st.DataObject, back: bool) -> None:
        key = data.draw(st.sampled_from(list(self.outward)))
        account, units, state = self.outward[key]
        if account[0] in self.plain.active and state == RESERVED:
            self.outward[key] = (account, units, "done")
            self.plain.deposit[account] += units if back else 0
        self._say(engine.funds(account, self.engine.accounts[account][1], key, "abort" if back else "commit"))

    @rule(several=st.integers(2, 6))
    def together(self, several: int) -> None:
        """What comes next is decided in one batch."""
        self._more = several

    @invariant()
    def they_agree(self) -> None:
        if self._commands:
            return
        plain, real = self.plain, self.engine
        assert real.states() == {key: STATE_OF.get(one.state, one.state) for key, one in plain.payments.items()}
        held: dict[tuple[str, str], int] = dict.fromkeys(ACCOUNTS, 0)
        for one in plain.payments.values():
            for account, amount in one.held if one.pending else ():
                held[account] += amount
        for account in ACCOUNTS:
            assert real.position(account) == plain.position[account] * engine.UNIT, account
            assert real.deposit(account) == plain.deposit[account] * engine.UNIT, account
            assert real.reserved(account) == held[account] * engine.UNIT, account
        assert list(real.unbalanced()) == []
        for currency in CURRENCIES:
            owed = sum(units for (_, one), units in plain.position.items() if one == currency)
            assert owed == sum(units for (_, one), units in held.items() if one == currency)

    def teardown(self) -> None:
        """What is still held back is decided at last."""
        self._flush()
        self.they_agree()
