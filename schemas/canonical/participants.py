"""Participants and what the hub knows of them: accounts, limits, endpoints, ISO profile and keys."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from schemas.canonical.access import Access
from schemas.canonical.addressing import ClearingMember, SchemedId
from schemas.canonical.dialects import FspiopProfile
from schemas.canonical.identity import FspId


class AccountType(StrEnum):
    """Ledger account types of the administration API."""

    POSITION = "POSITION"
    SETTLEMENT = "SETTLEMENT"
    HUB_RECONCILIATION = "HUB_RECONCILIATION"
    HUB_MULTILATERAL_SETTLEMENT = "HUB_MULTILATERAL_SETTLEMENT"
    INTERCHANGE_FEE = "INTERCHANGE_FEE"
    INTERCHANGE_FEE_SETTLEMENT = "INTERCHANGE_FEE_SETTLEMENT"
    HUB_FEE = "HUB_FEE"


class LedgerAccount(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="account"):
    """One account of the books: four non-negative counters in units of 10^-4, and its limit.

    `value` (administration API) = debits posted + debits pending - credits posted: a SETTLEMENT account with
    deposited money is negative, a participant that owes has a positive POSITION. `cap` is the net debit cap in
    units (None until initial limits are set), `alarm` its threshold in percent.
    """

    id: int
    owner: FspId
    type: AccountType
    currency: str
    active: bool = False
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0
    cap: int | None = None
    alarm: str = "10"
    changed: datetime | None = None
    created: datetime | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return str(self.id)

    @property
    def value(self) -> int:
        """The balance as the administration API shows it, in units."""
        return self.debits_posted + self.debits_pending - self.credits_posted


class Certificate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pinned signing certificate or public key in PEM, with the time it is valid for; a revoked one never is."""

    pem: str
    id: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    revoked: datetime | None = None


class IsoProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a bank is addressed and spoken to in ISO 20022 XML (PUT /participants/{name}/iso).

    `delivery` is how its messages reach it: push, pull, nats (empty: nats if `nats`, else push). `signature` is the
    shape of signatures in both directions (`iso.shapes.Shape`), `rsa_pss` allows and makes RSA-PSS;
    `require_signature`: what it sends unsigned is refused.
    `interim_statuses` are those it wants to hear of its payments besides their end: RCVD and ACTC of the hub, PDNG and
    the others of the payee's bank, ACCC after the end. `status_requests`: it is asked (pacs.028) when its answer is
    awaited and the payer's bank has asked the hub. `initiators` are participants whose initiations (pain.001) may
    debit its customers. `interim_reports`: it hears of its own initiations when they were taken, not only at their end.
    `reports` are those it gets without asking: `camt.054` of every booking, `camt.053` of every business day.
    `rules` are packs of rules its messages must keep besides those of the scheme. `heartbeat`: every so many seconds
    the hub says that it is there (0: never).
    """

    bic: str | None = None
    lei: str | None = None
    clearing_member_id: str | None = None
    other_ids: tuple[str, ...] = ()
    callback_url: str | None = None
    nats: bool = False
    versions: dict[str, str] = {}
    accept_statuses: tuple[str, ...] = ("ACCP", "ACSP", "ACSC", "ACCC", "ACWP")
    envelope_namespace: str | None = None
    confirm: str = "two-step"
    max_payee_fee: str = "0"
    bare_documents: bool = False
    further_bics: tuple[str, ...] = ()
    clearing_members: tuple[ClearingMember, ...] = ()
    schemed_ids: tuple[SchemedId, ...] = ()
    branches: tuple[str, ...] = ()
    iban_bank_codes: tuple[str, ...] = ()
    verifies: bool = False
    receipts: bool = False
    certificates: tuple[Certificate, ...] = ()
    delivery: str = ""
    signature: str = "header"
    rsa_pss: bool = False
    require_signature: bool = False
    interim_statuses: tuple[str, ...] = ()
    status_requests: bool = True
    initiators: tuple[FspId, ...] = ()
    interim_reports: bool = True
    reports: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    heartbeat: int = 0

    @property
    def way(self) -> str:
        """push, pull or nats."""
        return self.delivery or ("nats" if self.nats else "push")


class JwsKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A FSPIOP verification key in PEM with its period; a revoked one verifies nothing any more."""

    pem: str
    id: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    revoked: datetime | None = None

    def valid_at(self, moment: datetime) -> bool:
        """Whether it may be used at that moment."""
        if self.revoked is not None or (self.valid_from is not None and moment < self.valid_from):
            return False
        return self.valid_to is None or moment < self.valid_to


HUB_NUMBER: Final = 1
"""The hub's id in the settlement API; participants are numbered from there on in the order they joined."""


class Participant(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="participant"):
    """A member of the scheme, or the hub itself. `endpoints` maps endpoint type to URL template.

    `currencies` are those in which its POSITION account is active, for lanes that do not keep accounts. `services`
    are what it offers the scheme (FXP ...). `fspiop` is set where the operator says which dialect it is spoken to in.
    `settles`: it is a settlement agent, which neither pays nor is paid.
    `number` is its id in the settlement API (0: joined before there was one). `gateway_key` is the PEM of the private
    key with which the hub signs FSPIOP messages in a bank's name, and `former_gateway_keys` the public halves of those
    before. `jws_algorithm` is what the hub signs with for it.
    """

    name: FspId
    active: bool = True
    created: datetime | None = None
    proxy: bool = False
    currencies: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    endpoints: dict[str, str] = {}
    iso: IsoProfile | None = None
    fspiop: FspiopProfile | None = None
    keys: tuple[JwsKey, ...] = ()
    gateway_key: str | None = None
    former_gateway_keys: tuple[JwsKey, ...] = ()
    jws_algorithm: str = "RS256"
    access: Access | None = None
    number: int = 0
    settles: bool = False

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.name


class SettlementModel(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_model"):
    """A settlement model as the administration API takes it; currency None is the default model."""

    name: str
    granularity: str = "NET"
    interchange: str = "MULTILATERAL"
    delay: str = "DEFERRED"
    currency: str | None = None
    liquidity_check: bool = True
    ledger_account_type: str = "POSITION"
    settlement_account_type: str = "SETTLEMENT"
    auto_position_reset: bool = False
    active: bool = True
    id: int = 0

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.name


class Oracle(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="oracle"):
    """Who knows which participant holds a party: `url` None means the built-in registry."""

    id: int
    type: str
    url: str | None = None
    currency: str | None = None
    default: bool = False
    active: bool = True
    created: datetime | None = None

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return str(self.id)


class RegistryEntry(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="registry"):
    """One line of the built-in oracle: this party is held by that participant."""

    party_type: str
    identifier: str
    fsp: FspId
    sub_id: str | None = None
    currency: str | None = None
    removed: bool = False

    @property
    def key(self) -> str:
        """All entries of one party are loaded together, under its type and identifier."""
        return f"{self.party_type}/{self.identifier}/{self.sub_id or ''}/{self.currency or ''}"
