"""How a counterparty behaves as payee: it accepts, refuses, stays silent, is slow, or answers twice."""

from collections.abc import Callable
from typing import Final

import msgspec


class Payment(msgspec.Struct, frozen=True):
    """What a payee sees of a payment before it decides: the account or party identifier, amount and payer."""

    id: str
    account: str
    amount: str
    currency: str
    payer: str


class Behaviour(msgspec.Struct, frozen=True):
    """One way to answer.

    `word` is the accepting word (bank: ACSP, ACCP ...; DFSP: COMMITTED or RESERVED; empty: the counterparty's own
    habit). `reject` is a reason code instead (ISO status reason, FSPIOP error code) with its `text`. `delay_s` passes
    before the answer, `copies` identical answers are sent, 0 of them is silence. `before` are statuses that a bank says
    first (RCVD, ACTC, PDNG), `later` those that follow its answer (ACCC after ACWP), each after `later_s`.
    """

    word: str = ""
    reject: str = ""
    text: str = ""
    delay_s: float = 0.0
    copies: int = 1
    before: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    later_s: float = 0.0


ACCEPT: Final = Behaviour()
SILENT: Final = Behaviour(copies=0)
TWICE: Final = Behaviour(copies=2)


def reject(code: str, text: str = "") -> Behaviour:
    """Refuse for a reason: an ISO status reason for a bank, a FSPIOP error code for a DFSP."""
    return Behaviour(reject=code, text=text)


def slow(seconds: float) -> Behaviour:
    """Accept after a while."""
    return Behaviour(delay_s=seconds)


Decide = Callable[[Payment], Behaviour]


class Scenario:
    """Chooses a behaviour: by the payee's account, else by the amount, else the default; or a callable for all.

    Accounts and amounts may be added while the counterparty runs.
    """

    def __init__(self, default: Behaviour = ACCEPT, decide: Decide | None = None) -> None:
        self.default = default
        self.decide = decide
        self.accounts: dict[str, Behaviour] = {}
        self.amounts: dict[str, Behaviour] = {}

    def choose(self, payment: Payment) -> Behaviour:
        """The behaviour for one payment."""
        if self.decide is not None:
            return self.decide(payment)
        by_account = self.accounts.get(payment.account)
        return by_account or self.amounts.get(payment.amount, self.default)
