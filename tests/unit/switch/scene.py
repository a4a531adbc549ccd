"""A small scheme to try steps on: two banks and two DFSPs with money, commands by name, and events in short words."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from schemas.canonical.commands import Fulfil, Note, Prepare, Query, Reject
from schemas.canonical.events import Corrected, Event, Handed, Refused
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import (
    AccountType,
    IsoProfile,
    LedgerAccount,
    Oracle,
    Participant,
    RegistryEntry,
    SettlementModel,
)
from schemas.canonical.party import Party, PartyId
from schemas.canonical.statuses import Progressed
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.engine import Batch, Parcel, run
from switch.lanes import STEPS
from switch.profile import HubKey, Profile
from switch.state import Resident, State

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
EXPIRY = NOW + timedelta(seconds=30)
ID = TransferId("b51ec534-ee48-4575-b6a9-ead2955b8069")
FULFILMENT = base64.urlsafe_b64encode(b"f" * 32).rstrip(b"=").decode()
CONDITION = base64.urlsafe_b64encode(hashlib.sha256(b"f" * 32).digest()).rstrip(b"=").decode()
OTHER_FULFILMENT = base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()
KEYS = (HubKey("new", b"n" * 32), HubKey("old", b"o" * 32))
PAYEE_SAYS = participant_fault("5104", "MS02", "Payee rejected")

PAYER, PAYEE, OTHER = FspId("payerfsp"), FspId("payeefsp"), FspId("otherfsp")
BANK, CREDITOR = FspId("bank-a"), FspId("bank-b")
MSISDN = PartyId("MSISDN", "27713803912")


def members() -> list[Participant]:
    """Three DFSPs and two banks, the second taking no confirmation."""
    return [
        Participant(FspId("Hub")),
        *(Participant(name, currencies=("USD",)) for name in (PAYER, PAYEE, OTHER)),
        Participant(BANK, currencies=("USD",), iso=IsoProfile(bic="BANKUS33", callback_url="http://a")),
        Participant(CREDITOR, currencies=("USD",), iso=IsoProfile(bic="BANKGB22", callback_url="http://b")),
    ]


def accounts(cap: int = 1000, cover: int = 500) -> list[LedgerAccount]:
    """POSITION (odd ids) and SETTLEMENT accounts of all members; whole units of USD."""
    found: list[LedgerAccount] = []
    for number, name in enumerate((PAYER, PAYEE, OTHER, BANK, CREDITOR)):
        # No alarm before the cover is used up, so that only tests of alarms see one.
        position = LedgerAccount(2 * number + 1, name, AccountType.POSITION, "USD", True, cap=cap * 10_000, alarm="100")
        found.append(position)
        found.append(
            LedgerAccount(2 * number + 2, name, AccountType.SETTLEMENT, "USD", True, credits_posted=cover * 10_000)
        )
    found.append(LedgerAccount(11, FspId("Hub"), AccountType.HUB_RECONCILIATION, "USD", True))
    found.append(LedgerAccount(12, FspId("Hub"), AccountType.HUB_MULTILATERAL_SETTLEMENT, "USD", True))
    return found


class Scene:
    """One lane's owner with everything resident; each `do` is a batch of its own."""

    def __init__(self, lane="ledger", profile=None, records=()):
        self.lane = lane
        self.now = NOW
        self.profile = profile or Profile(hub_keys=KEYS)
        self.resident = Resident([*members(), *accounts(), SettlementModel("NET"), *records])

    def do(self, command, hand=None) -> Batch:
        registry = self.resident.all(RegistryEntry)
        state = State(self.now, self.profile, self.resident, registry)
        batch = run(state, STEPS[self.lane], [Parcel(command, hand)])
        for record in batch.puts:
            self.resident.put(record)
        return batch

    def change(self, record, **fields) -> None:
        self.resident.put(msgspec.structs.replace(record, **fields))

    def get(self, kind, key):
        return self.resident.get(kind, str(key))

    def transfer(self, key=ID) -> Transfer | None:
        return self.resident.get(Transfer, key)

    def value(self, owner, kind=AccountType.POSITION) -> int:
        number = self.resident.account_id(owner, kind, "USD")
        return self.get(LedgerAccount, number).value


def original(dialect=Dialect.FSPIOP, method="PUT", body=b"{}") -> Original:
    return Original(dialect, method, "/", (), body, hashlib.sha256(body).hexdigest())


def envelope(sender, receiver=None, content="", dialect=Dialect.FSPIOP, version="1.1", **fields) -> Envelope:
    fields.setdefault("original", original(dialect))
    digest = hashlib.sha256(content.encode()).digest()
    return Envelope(FspId(sender), dialect, receiver, content_hash=digest, version=version, **fields)


def terms(payer=PAYER, payee=PAYEE, amount=100, **fields) -> Terms:
    return Terms(
        "d1d1d1d1-ee48-4575-b6a9-ead2955b8069",
        usd(amount),
        Party(PartyId("MSISDN", "1"), payer),
        Party(MSISDN, payee),
        **fields,
    )


def usd(amount) -> Money:
    return Money.parse_fspiop(str(amount), "USD")


def prepare(sender=None, payer=PAYER, payee=PAYEE, amount=100, content="p", **fields) -> Prepare:
    """A transfer of FSPIOP; between banks use `bank_prepare`."""
    fields.setdefault("expiry", EXPIRY)
    fields.setdefault("condition", CONDITION)
    fields.setdefault("terms", terms(payer, payee, amount))
    fields.setdefault("transfer_id", ID)
    sent = envelope(sender or payer, payee, content)
    return Prepare(sent, payer=payer, payee=payee, amount=usd(amount), **fields)


def bank_prepare(payer=BANK, payee=CREDITOR, **fields) -> Prepare:
    """A payment in ISO XML, without condition."""
    found = prepare(payer=payer, payee=payee, condition=None, **fields)
    return msgspec.structs.replace(found, envelope=envelope(payer, None, "p", Dialect.ISO_XML, None))


def fulfil(word="COMMITTED", fulfilment=FULFILMENT, sender=PAYEE, receiver=PAYER, content="f", **fields) -> Fulfil:
    sent = envelope(sender, receiver, content, **fields)
    return Fulfil(sent, ID, Answered(word), fulfilment)


def accept(status="ACSP", sender=CREDITOR, content=None) -> Fulfil:
    """A bank's positive pacs.002."""
    sent = envelope(sender, "Hub", content or status, Dialect.ISO_XML, None)
    return Fulfil(sent, ID, Answered.ACCEPTED, iso_status=status)


def reject(sender=PAYEE, receiver=PAYER, content="r", dialect=Dialect.FSPIOP) -> Reject:
    return Reject(envelope(sender, receiver, content, dialect), ID, PAYEE_SAYS)


def note(status="PDNG", sender=CREDITOR) -> Note:
    return Note(envelope(sender, "Hub", status, Dialect.ISO_XML), ID, status)


def query(sender=PAYER) -> Query:
    return Query(envelope(sender), ID)


def words(event: Event) -> str:
    """`<event> <receiver> [fspiop code]`, with `(original)` where a message goes on."""
    body = event.body
    name = type(body).__name__
    if isinstance(body, Handed):
        name = f"{name} {type(body.command).__name__}"
    parts = [name, event.receiver]
    if isinstance(body, Refused):
        parts.append(body.fault.fspiop)
    elif isinstance(body, Progressed):
        parts.append(body.status)
    elif isinstance(body, Corrected):
        parts.append(body.transfer.state.value + (f" {body.cause.fspiop}" if body.cause else ""))
    elif name == "Aborted":
        parts.append(body.transfer.fault.fspiop)
    return " ".join(parts) + (" (original)" if event.original else "")


def told(batch: Batch) -> list[str]:
    return [words(event) for event in batch.events]


def phases(batch: Batch) -> list[str]:
    """Each posting writes two entries; the first of each pair is its debit side."""
    return [entry.phase.value for entry in batch.entries[::2]]


def builtin(kind="MSISDN", **fields) -> Oracle:
    return Oracle(fields.pop("id", 1), kind, **fields)
