"""Dialogues: what a lane remembers between a question and its answer, before any money moves."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.commands import LookUpParticipant, LookUpParty, Prepare, RegisterParties, RegisterParty
from schemas.canonical.exchange import Exchange
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.terms import Terms
from schemas.canonical.wire import Dialect


class JourneyState(StrEnum):
    """Where a bank's payment stands before the ledger decides.

    ASKING_RATE and CONVERTING are met only where its currency changes; a conversion that is ordered ends in the ledger.
    """

    LOOKING_UP = "LOOKING_UP"
    ASKING_RATE = "ASKING_RATE"
    QUOTING = "QUOTING"
    CONVERTING = "CONVERTING"
    PREPARING = "PREPARING"
    REFUSED = "REFUSED"


class Journey(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="journey"):
    """A bank's payment on its way: its Prepare, the FSP and terms found so far, and how it ended.

    PREPARING is the end here: from then on only the ledger decides. `fault` explains REFUSED. `currency` is the payee's
    where that is another one than the bank's; `provider` converts, and gave `lock`, the condition of the conversion.
    `followers` are messages of many payments that ordered it again and report its end too.
    """

    id: str
    prepare: Prepare
    state: JourneyState
    quote_id: str
    deadline: datetime
    payee: FspId | None = None
    terms: Terms | None = None
    fault: Fault | None = None
    currency: str | None = None
    provider: FspId | None = None
    exchange: Exchange | None = None
    lock: str | None = None
    followers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The transfer id."""
        return self.id

    @property
    def open(self) -> bool:
        """Whether it still waits for something."""
        return self.state in {JourneyState.LOOKING_UP, JourneyState.ASKING_RATE, JourneyState.QUOTING}


class PartyWait(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="party_wait"):
    """The journeys that wait for one party's description; `id` is `<bank>/<type>/<identifier>/<sub id>`."""

    id: str
    journeys: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Asker and party."""
        return self.id


class Quote(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="quote"):
    """A quote that passed: who asked whom, the hash of the request, and for a bank the terms the hub gave.

    `journey` is set when the hub asked in a bank's name. `dialect` is what the payer's FSP speaks in this quote;
    `request` is its body in FSPIOP-ISO JSON, whose answer repeats parts of it.
    """

    id: str
    payer: FspId
    payee: FspId
    request_hash: bytes
    journey: str | None = None
    terms: Terms | None = None
    answer_hash: bytes | None = None
    dialect: Dialect = Dialect.FSPIOP
    request: bytes = b""

    @property
    def key(self) -> str:
        """The quote id."""
        return self.id


class OracleQuestion(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="oracle_question"):
    """A command that waits for an HTTP oracle's reply; `done` once it came or the deadline passed.

    A batch asks type by type: `results` are those of the entries before the `asked` ones of this question. `method` is
    what was asked: a removal first asks who holds the party.
    """

    id: str
    command: LookUpParty | LookUpParticipant | RegisterParty | RegisterParties
    deadline: datetime
    done: bool = False
    results: tuple[Fault | None, ...] = ()
    asked: int = 1
    method: str = "GET"

    @property
    def key(self) -> str:
        """The dialogue id."""
        return self.id
