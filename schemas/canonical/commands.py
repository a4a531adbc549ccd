"""Commands: everything the hub can be asked to do, whatever dialect asked. One lane decides each."""

from datetime import datetime

import msgspec

from schemas.canonical.administration import CreateLedgerAccountType
from schemas.canonical.bank_commands import BankCommand
from schemas.canonical.bulk import BulkCommand
from schemas.canonical.cases import CancelPayment, CaseCommand
from schemas.canonical.conversion import FX_TRANSFERS, TRANSFERS
from schemas.canonical.dialects import SetFspiopProfile
from schemas.canonical.exchange import AnswerRate, ConversionSettled
from schemas.canonical.faults import Fault
from schemas.canonical.fees import FeeCommand
from schemas.canonical.forwarding import FindProviders, Forward, SetServices
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.initiation import InitiationCommand
from schemas.canonical.instructions import InstructionCommand
from schemas.canonical.keys import KeyCommand
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, IsoProfile, JwsKey
from schemas.canonical.party import Party, PartyId
from schemas.canonical.reporting import ReportingCommand
from schemas.canonical.requests import RequestCommand
from schemas.canonical.settlement import SettlementCommand
from schemas.canonical.settlement_agents import SetSettlementAgent
from schemas.canonical.statuses import Enquire
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Envelope


class Prepare(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="prepare"):
    """Reserve the payer's money for the payee (POST /transfers, POST /fxTransfers, pacs.008).

    `payee` is None while only the party is known (a bank's pacs.008 by proxy): the journey finds it.
    `fault` is set when the message could be understood but breaks a rule; the id is then kept and the payer told.
    `target` makes it a conversion: what the payee gives in another currency, once `determines` commits.
    `returns` makes it a return: it gives back money of that transfer.
    """

    envelope: Envelope
    transfer_id: TransferId
    payer: FspId
    payee: FspId | None
    amount: Money
    expiry: datetime
    terms: Terms
    condition: str | None = None
    determines: TransferId | None = None
    group: str | None = None
    fault: Fault | None = None
    target: Money | None = None
    returns: TransferId | None = None

    @property
    def resource(self) -> str:
        """The FSPIOP resource it is spoken of in."""
        return TRANSFERS if self.target is None else FX_TRANSFERS


class Fulfil(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="fulfil"):
    """The payee accepts; a bank gives no `fulfilment`. `stated`: the amount a bank says it is about, as in the next."""

    envelope: Envelope
    transfer_id: TransferId
    answered: Answered
    fulfilment: str | None = None
    completed: datetime | None = None
    iso_status: str | None = None
    resource: str = TRANSFERS
    stated: Money | None = None


class Reject(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="reject"):
    """The payee refuses (PUT /transfers/{ID}/error, pacs.002 RJCT)."""

    envelope: Envelope
    transfer_id: TransferId
    fault: Fault
    resource: str = TRANSFERS
    stated: Money | None = None


class Note(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="note"):
    """The payee says something that moves nothing (pacs.002 RCVD, ACTC, PDNG, BLCK; transferState ABORTED)."""

    envelope: Envelope
    transfer_id: TransferId
    iso_status: str | None = None
    reason: Fault | None = None
    resource: str = TRANSFERS
    stated: Money | None = None


class Query(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="query"):
    """Ask for the present state (GET /transfers/{ID}, pacs.028)."""

    envelope: Envelope
    transfer_id: TransferId
    resource: str = TRANSFERS


class Expire(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="expire"):
    """A deadline of the lane's own: `kind` is `transfer` or `dialogue`, `key` its record."""

    kind: str
    key: str


class Refuse(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="refuse"):
    """Answer a message that cannot become another command; `resource` and `key` say what it was about."""

    envelope: Envelope
    fault: Fault
    resource: str
    key: str
    terms: Terms | None = None


class LookUpParty(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="look_up_party"):
    """Find the FSP that holds a party and ask it (GET /parties); `currency` selects the oracle."""

    envelope: Envelope
    party_id: PartyId
    currency: str | None = None


class AnswerParty(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_party"):
    """The FSP describes the party, or says why not (PUT /parties, PUT /parties/.../error)."""

    envelope: Envelope
    party_id: PartyId
    party: Party | None = None
    fault: Fault | None = None


class LookUpParticipant(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="look_up_participant"):
    """Which FSP holds a party (GET /participants/{Type}/{ID})."""

    envelope: Envelope
    party_id: PartyId
    currency: str | None = None


class RegisterParty(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="register_party"):
    """Enter (or, with `remove`, take out) a party in its oracle (POST, PUT, DELETE /participants/{Type}/{ID})."""

    envelope: Envelope
    party_id: PartyId
    fsp: FspId
    currency: str | None = None
    remove: bool = False


class RegisterParties(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="register_parties"):
    """Enter many parties at once (POST /participants)."""

    envelope: Envelope
    request_id: str
    entries: tuple[tuple[PartyId, FspId], ...]
    currency: str | None = None


class OracleAnswered(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="oracle_answered"):
    """What an HTTP oracle replied to the question of that dialogue: HTTP status (0: not reached) and FSPs found.

    `entries` are (fspId, currency, partySubIdOrType) as the oracle gave them; `refused` those of a batch it refused.
    """

    dialogue: str
    status: int
    entries: tuple[tuple[FspId, str | None, str | None], ...] = ()
    refused: tuple[tuple[PartyId, Fault], ...] = ()


class RequestTerms(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="request_terms"):
    """Ask for a quote (POST /quotes)."""

    envelope: Envelope
    quote_id: str
    terms: Terms


class AnswerTerms(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="answer_terms"):
    """Give a quote (PUT /quotes/{ID}): amounts, fees, packet, condition and expiry, or why not (`fault`).

    The amounts stand beside each other because a quote answer does not repeat the parties.
    """

    envelope: Envelope
    quote_id: str
    transfer_amount: Money | None = None
    payee_receives: Money | None = None
    payee_fee: Money | None = None
    payee_commission: Money | None = None
    expiry: datetime | None = None
    packet: str | None = None
    condition: str | None = None
    fault: Fault | None = None


class QueryTerms(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="query_terms"):
    """Ask again for a quote (GET /quotes/{ID})."""

    envelope: Envelope
    quote_id: str


class Undeliverable(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="undeliverable"):
    """A dialogue message did not reach its receiver: tell the requester (1001, 3201, or the receiver's own 4xx)."""

    requester: FspId
    resource: str
    key: str
    fault: Fault
    receiver: FspId


class CreateParticipant(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_participant"):
    """Add a participant, or one more currency to it, with inactive accounts (POST /participants)."""

    name: FspId
    currency: str
    proxy: bool = False


class CreateHubAccount(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_hub_account"):
    """Open an account of the hub (POST /participants/{hub}/accounts)."""

    name: FspId
    currency: str
    type: AccountType


class SetParticipantActive(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_participant_active"
):
    """Switch a participant on or off (PUT /participants/{name})."""

    name: FspId
    active: bool


class SetAccountActive(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_account_active"):
    """Switch a POSITION account on or off (PUT /participants/{name}/accounts/{id})."""

    name: FspId
    account: int
    active: bool


class SetInitialLimits(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_initial_limits"):
    """Give the first net debit cap and activate the accounts (POST /participants/{name}/initialPositionAndLimits)."""

    name: FspId
    cap: Money
    position: Money | None = None
    alarm: str = "10"
    percent: str | None = None


class SetLimit(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_limit"):
    """Change the net debit cap (PUT /participants/{name}/limits); with `percent` it follows the deposit, not `cap`."""

    name: FspId
    cap: Money
    alarm: str = "10"
    percent: str | None = None


class SetEndpoint(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_endpoint"):
    """Set the URL of one endpoint type (POST /participants/{name}/endpoints)."""

    name: FspId
    type: str
    value: str


class SetIsoProfile(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_iso_profile"):
    """Say how a bank is reached and addressed in ISO XML (PUT /participants/{name}/iso)."""

    name: FspId
    profile: IsoProfile
    gateway_key: str | None = None


class SetKeys(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_keys"):
    """Replace a participant's FSPIOP verification keys (PUT /participants/{name}/keys)."""

    name: FspId
    keys: tuple[JwsKey, ...]


class RecordFunds(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="record_funds"):
    """Funds in or out (POST and PUT /participants/{name}/accounts/{id}...): `action` is the API's word."""

    name: FspId
    account: int
    transfer_id: TransferId
    action: str
    amount: Money | None = None
    reason: str = ""
    external_reference: str = ""


class CreateSettlementModel(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_settlement_model"
):
    """Add a settlement model (POST /settlementModels)."""

    name: str
    granularity: str
    interchange: str
    delay: str
    currency: str | None = None
    liquidity_check: bool = True
    ledger_account_type: str = "POSITION"
    settlement_account_type: str = "SETTLEMENT"
    auto_position_reset: bool = False


class SetSettlementModelActive(
    msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_settlement_model_active"
):
    """Switch a settlement model on or off (PUT /settlementModels/{name})."""

    name: str
    active: bool


class SetOracle(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_oracle"):
    """Add, change or remove an oracle (POST, PUT, DELETE /oracles); `id` None adds.

    `url` "" means the built-in registry, None leaves it as it is.
    """

    id: int | None = None
    type: str | None = None
    url: str | None = None
    currency: str | None = None
    default: bool | None = None
    remove: bool = False


Command = (
    Prepare
    | Fulfil
    | Reject
    | Note
    | Query
    | Enquire
    | Expire
    | Refuse
    | LookUpParty
    | AnswerParty
    | LookUpParticipant
    | RegisterParty
    | RegisterParties
    | OracleAnswered
    | RequestTerms
    | AnswerTerms
    | QueryTerms
    | Undeliverable
    | Forward
    | AnswerRate
    | ConversionSettled
    | FindProviders
    | SetServices
    | CreateParticipant
    | CreateHubAccount
    | SetParticipantActive
    | SetAccountActive
    | SetInitialLimits
    | SetLimit
    | SetEndpoint
    | SetIsoProfile
    | SetFspiopProfile
    | SetKeys
    | KeyCommand
    | RecordFunds
    | CreateSettlementModel
    | SetSettlementModelActive
    | CreateLedgerAccountType
    | SettlementCommand
    | SetSettlementAgent
    | InstructionCommand
    | FeeCommand
    | ReportingCommand
    | SetOracle
    | BulkCommand
    | InitiationCommand
    | RequestCommand
    | BankCommand
    | CaseCommand
    | CancelPayment
)
