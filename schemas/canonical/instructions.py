"""Instructions to a settlement agent: what it shall book of a settlement, what it says of it, and what it has booked.

Units are 10^-4 of the currency. In a movement a positive amount is owed by the participant (debited at the agent), a
negative one is owed to it; in a booking a positive amount is credited to the account.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.conversion import TRANSFERS, AgentLeg
from schemas.canonical.faults import Fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId, derived_uuid
from schemas.canonical.late import LateBooking, LateCommand
from schemas.canonical.settlement_agents import Instrument
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import AgentName, Envelope

Back = int | bool
"""Which return of a booking is meant, from 1, or none; what was written before there could be several says true."""


class InstructionState(StrEnum):
    """Where an instruction stands.

    REFUSED: refused, but some of its settlement is booked, so that it cannot be given up. RETURNING: given up, and
    what was debited is given back.
    """

    RECORDED = "RECORDED"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    MATCHED = "MATCHED"
    REFUSED = "REFUSED"
    RETURNING = "RETURNING"
    ABORTED = "ABORTED"


class MovementState(StrEnum):
    """Where one movement stands; WAITING: a credit that is not sent before all debits are booked.

    LATE: booked although it was given up, or not given back: an operator decides.
    """

    WAITING = "WAITING"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    LATE = "LATE"


class AgentMovement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the agent shall book for one account of a settlement.

    `booked`: a notice or statement of the agent shows it; `posted`: the participant's deposit was moved.
    """

    id: str
    account: int
    participant: FspId
    units: int
    agent_account: str
    state: MovementState
    bank: AgentName = AgentName()
    reason: Fault | None = None
    booked: bool = False
    posted: bool = False
    reference: str = ""


class SettlementInstruction(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_instruction"
):
    """What an agent was told to book of one settlement in one currency; zero nets are left out.

    `account` is the scheme's technical account, `due` the end of waiting for the agent (None: nothing is awaited),
    `until` what the agent was told, `ask` when it is asked what became of it. `deposits`: as the agent's. `over`:
    nothing can happen to it any more.
    """

    settlement: int
    currency: str
    attempt: int
    agent: FspId
    instrument: Instrument
    account: str
    cycle: str
    state: InstructionState
    movements: tuple[AgentMovement, ...]
    created: datetime
    until: datetime
    due: datetime | None = None
    deposits: bool = True
    reason: Fault | None = None
    alerts: tuple[str, ...] = ()
    over: bool = False
    ask: datetime | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return f"S{self.settlement}{self.currency}"

    @property
    def name(self) -> str:
        """What messages call it (InstrId)."""
        return f"{self.key}{self.attempt}"

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return not self.over


class AgentWord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing an agent says of an instruction, of one movement of it, or of a return of that (`back`, from 1)."""

    status: str
    key: str = ""
    attempt: int = 0
    movement: str = ""
    back: Back = 0
    reason: Fault | None = None


class AgentBooking(msgspec.Struct, frozen=True, omit_defaults=True):
    """One booking on an account at the agent, with every reference by which it may be known.

    `payer` is the participant whose money it was, if the agent names one.
    """

    account: str
    units: int
    currency: str
    references: tuple[str, ...] = ()
    servicer_reference: str = ""
    booked: str = ""
    payer: FspId | None = None

    @property
    def funds_id(self) -> TransferId:
        """The id of the funds in that it may be: the same in a notice and in a statement of it."""
        return TransferId(derived_uuid("funds", self.account, self.currency, self.servicer_reference))


class AgentStatement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="agent_statement"):
    """A statement of an agent as it was taken: whose account, which time, balances; the message is in the archive.

    Pages of one are taken one by one.
    """

    agent: FspId
    id: str
    account: str
    currency: str
    digest: str
    taken: datetime
    since: str = ""
    until: str = ""
    opening: int | None = None
    closing: int | None = None
    bookings: int = 0
    page: str = ""

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return f"{self.agent}/{self.account}/{self.id}" + (f"/{self.page}" if self.page not in {"", "1"} else "")


class SettlementFigure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a settlement bank says it has booked for one participant: amount and balance after it, as written.

    Positive amounts were credited to the participant. `account` is the account at the agent, if it is named.
    """

    participant: str
    currency: str
    amount: str
    account: str = ""
    balance: str | None = None


class FigureFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with figures: the check's name, whom it is about, and a text."""

    check: str
    about: str
    text: str


class SettlementValidation(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_validation"
):
    """Figures that passed every check; `books` is a digest of what they were checked against."""

    id: str
    settlement: int
    figures: tuple[SettlementFigure, ...]
    books: str
    created: datetime
    used: bool = False

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id


class CapCut(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="cap_cut"):
    """A net debit cap that was cut to zero because its owner could not settle; `cap` is what it was."""

    account: int
    cap: int
    settlement: int
    restored: bool = False

    @property
    def key(self) -> str:
        """The account's id."""
        return str(self.account)

    @property
    def open(self) -> bool:
        """Whether it may be given back."""
        return not self.restored


class InstructSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="instruct_settlement"):
    """Tell the agents of a settlement what to book (POST /settlements/{id}/instruct)."""

    settlement: int
    reason: str = ""


class HearAgent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="hear_agent"):
    """What an agent says of what it was told to book (pacs.002); `terms` hold its references for a refusal."""

    envelope: Envelope
    key: str
    words: tuple[AgentWord, ...]
    terms: Terms | None = None


class AgentDecides(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="agent_decides"):
    """What an agent says of one payment that it books (pacs.002); `terms` hold its references for a refusal.

    `place` and `back` tell which leg of it, and which return of that is meant (from 1), if any.
    """

    envelope: Envelope
    transfer_id: TransferId
    status: str
    reason: Fault | None = None
    terms: Terms | None = None
    resource: str = TRANSFERS
    place: int = 0
    back: Back = 0


class TellBookings(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="tell_bookings"):
    """What an agent has booked (camt.054, camt.053, camt.052); of statements what is kept of them."""

    envelope: Envelope
    key: str
    bookings: tuple[AgentBooking, ...]
    statements: tuple[AgentStatement, ...] = ()
    instructions: tuple[str, ...] = ()


class ValidateSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="validate_settlement"):
    """Check a settlement bank's figures; the receipt's notes are findings, or `id` and the validation's id.

    `named` is the settlement that the figures themselves say they are of.
    """

    settlement: int
    figures: tuple[SettlementFigure, ...]
    named: str = ""


class FinaliseSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="finalise_settlement"):
    """Settle all that figures said which passed every check before; all of it or nothing."""

    settlement: int
    validation: str
    reason: str


class SettlementInstructed(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_instructed"
):
    """To a settlement agent: book this. `message` is how it is told, `movements` which of them.

    `back`: they were booked, and are to be given back: which order to do so it is.
    """

    instruction: SettlementInstruction
    message: str
    movements: tuple[str, ...]
    back: Back = 0


class GrossInstructed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="gross_instructed"):
    """To a settlement agent: book one leg of a payment, from its debtor's account to its creditor's (pacs.009).

    `until` is what the agent is told. `back`: it was booked, and is to be given back: which order to do so it is.
    """

    transfer: Transfer
    leg: AgentLeg
    until: datetime | None = None
    back: Back = 0


class FundsInstructed(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="funds_instructed"):
    """To a settlement agent: move funds in or out (pacs.009); the id is that of the funds.

    `outside` is the participant's account that they come from or go to, `inside` where deposits lie: `scheme`: in the
    scheme's own account. `back`: they were moved, and are to be given back: which order to do so it is.
    """

    funds: FundsMovement
    outside: str
    inside: str
    bank: AgentName = AgentName()
    scheme: bool = True
    back: Back = 0


class AgentOriginal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that an agent was told to book, by the ids of its message."""

    message_id: str
    instruction_id: str
    transaction_id: str = ""
    uetr: str = ""


class AgentAsked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="agent_asked"):
    """To a settlement agent that is silent: what became of this (pacs.028); `message` is how it was told."""

    message: str
    originals: tuple[AgentOriginal, ...]


InstructionRecord = SettlementInstruction | AgentStatement | SettlementValidation | CapCut | LateBooking
"""What the ledger lane keeps of it."""
InstructionCommand = (
    InstructSettlement | HearAgent | AgentDecides | TellBookings | ValidateSettlement | FinaliseSettlement | LateCommand
)
"""Commands about it."""
InstructionEvent = SettlementInstructed | GrossInstructed | FundsInstructed | AgentAsked
"""What agents are told."""
