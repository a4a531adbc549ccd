"""Outcomes: what one command changes, moves and says. The engine applies it, the writer commits it."""

from enum import StrEnum

import msgspec

from schemas.canonical.administration import CapShare, LedgerAccountType, LimitWatch
from schemas.canonical.broadcasts import Broadcast, Heartbeat
from schemas.canonical.bulk import Bulk
from schemas.canonical.cases import Case, CaseName, PaymentCases
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import Journey, OracleQuestion, PartyWait, Quote
from schemas.canonical.events import Event
from schemas.canonical.faults import Fault
from schemas.canonical.fees import FeeRule
from schemas.canonical.forwarding import Asked
from schemas.canonical.funds import FundsMovement
from schemas.canonical.initiation import InitiatedItem, Initiation
from schemas.canonical.instructions import InstructionRecord
from schemas.canonical.participants import LedgerAccount, Oracle, Participant, RegistryEntry, SettlementModel
from schemas.canonical.payments import PaymentGroup, PaymentTally, PaymentWait
from schemas.canonical.reporting_records import ReportingRecord
from schemas.canonical.requests import PayRequest, RequestLink
from schemas.canonical.returns import Returns
from schemas.canonical.settlement import Cycle, Settlement, SettlementWindow
from schemas.canonical.settlement_agents import SettlementAgent
from schemas.canonical.system import Presence
from schemas.canonical.transfer import Transfer
from schemas.canonical.verification import Verification


class Phase(StrEnum):
    """What a posting does to the four counters of its two accounts."""

    RESERVE = "reserve"
    COMMIT = "commit"
    VOID = "void"
    POST = "post"


class Posting(msgspec.Struct, frozen=True):
    """`units` of one currency from the account debited to the account credited.

    RESERVE raises both pending sides, COMMIT turns pending into posted, VOID takes pending back, POST books at
    once. `reference` is the transfer; `cap` and `cover` are what the reservation was checked against (units).
    `window` is the settlement window that a committed leg belongs to.
    """

    reference: str
    phase: Phase
    debit: int
    credit: int
    units: int
    cap: int | None = None
    cover: int | None = None
    window: int | None = None


Stored = (
    Transfer
    | LedgerAccount
    | Participant
    | SettlementModel
    | Oracle
    | RegistryEntry
    | Journey
    | PartyWait
    | Quote
    | OracleQuestion
    | FundsMovement
    | LedgerAccountType
    | LimitWatch
    | CapShare
    | Conversions
    | Asked
    | Returns
    | FeeRule
    | Bulk
    | Cycle
    | SettlementWindow
    | Initiation
    | InitiatedItem
    | PayRequest
    | RequestLink
    | Settlement
    | SettlementAgent
    | InstructionRecord
    | ReportingRecord
    | PaymentGroup
    | PaymentTally
    | PaymentWait
    | Verification
    | Presence
    | Broadcast
    | Heartbeat
    | Case
    | PaymentCases
    | CaseName
)


class Outcome(msgspec.Struct, frozen=True):
    """The result of one step: new values of records, postings, and events in the order they must be told.

    `state` is a word for the sender's receipt; `fault` is set only when the command itself is refused to its
    caller (administration), not when a participant is told by an event. `notes` go into the receipt.
    """

    puts: tuple[Stored, ...] = ()
    postings: tuple[Posting, ...] = ()
    events: tuple[Event, ...] = ()
    state: str = ""
    fault: Fault | None = None
    notes: tuple[str, ...] = ()
