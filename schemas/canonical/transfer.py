"""A transfer: one reservation on one account, with the terms that explain it."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS, AgentLeg, Conversion, Leg
from schemas.canonical.faults import Fault
from schemas.canonical.fees import Fee
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect


class TransferState(StrEnum):
    """Where a transfer stands; COMMITTED and ABORTED are final."""

    RESERVED = "RESERVED"
    FULFILLED_WAITING = "FULFILLED_WAITING"
    COMMITTED = "COMMITTED"
    ABORTED = "ABORTED"


class Answered(StrEnum):
    """The word the payee used when it accepted, which decides how it is told the outcome."""

    RESERVED = "RESERVED"
    COMMITTED = "COMMITTED"
    ACCEPTED = "ACCEPTED"


class Transfer(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="transfer"):
    """One payment leg. `prepare_hash` and `answer_hash` are the business content of the first Prepare and answer.

    `hub_key` names the hub key that can make the fulfilment (payments from a DFSP to a bank); `payer_dialect` and
    `payee_dialect` are the dialects of FSPIOP the two sides used in this payment (None: no answer yet); `iso_status`
    is the bank's accepting status.
    `history` counts state changes from 1, without gaps. `converts` makes it an fxTransfer, `determines` names the
    transfer that one waits for; `legs` are what it moves where that is not simply the amount from payer to payee.
    `returns` names the transfer whose money it gives back. `news` is what the payer's bank was told of it after its
    end, with `remark` why; `chased`: the payee's bank was asked for its answer. `agent` is the settlement agent that is
    to book it, the first where there are several, `at_agents` what each of them books, in its order, and `ask` when one
    is asked what became of its leg. `fees` are what it costs if it commits.
    """

    id: TransferId
    payer: FspId
    payee: FspId
    amount: Money
    expiry: datetime
    terms: Terms
    state: TransferState
    prepare_hash: bytes
    created: datetime
    condition: str | None = None
    fulfilment: str | None = None
    fault: Fault | None = None
    answered: Answered | None = None
    answer_hash: bytes | None = None
    completed: datetime | None = None
    hub_key: str | None = None
    iso_status: str | None = None
    determines: TransferId | None = None
    group: str | None = None
    history: int = 1
    payer_dialect: Dialect = Dialect.FSPIOP
    payee_dialect: Dialect | None = None
    converts: Conversion | None = None
    legs: tuple[Leg, ...] = ()
    grace_ms: int = 0
    returns: TransferId | None = None
    news: str | None = None
    remark: Fault | None = None
    chased: bool = False
    fees: tuple[Fee, ...] = ()
    agent: FspId | None = None
    at_agents: tuple[AgentLeg, ...] = ()
    ask: datetime | None = None

    @property
    def due(self) -> datetime:
        """When the hub gives back what it reserved: at the expiry, or after the grace that the scheme had then."""
        return self.expiry + timedelta(milliseconds=self.grace_ms) if self.grace_ms else self.expiry

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id

    @property
    def final(self) -> bool:
        """Whether nothing can change any more."""
        return self.state in {TransferState.COMMITTED, TransferState.ABORTED}

    @property
    def resource(self) -> str:
        """The FSPIOP resource it is spoken of in."""
        return TRANSFERS if self.converts is None else FX_TRANSFERS

    @property
    def moves(self) -> tuple[Leg, ...]:
        """What it reserves and posts."""
        return self.legs or (Leg(self.payer, self.payee, self.amount),)
