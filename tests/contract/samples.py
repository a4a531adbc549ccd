"""A small step and sample commands to test stores, buses, workers and deliverers with, free of scheme rules."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from schemas.canonical.commands import Command, CreateParticipant, Expire, Fulfil, Prepare
from schemas.canonical.events import Aborted, Committed, Delivery, Event, Reserved, Role
from schemas.canonical.faults import fault
from schemas.canonical.identity import HUB, FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.outcome import Outcome, Phase, Posting, Stored
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.engine import Batch, Parcel, run
from switch.profile import Profile
from switch.state import Resident, State

# Near to the database's own clock, against which expiries of the real store are judged.
START = datetime.now(UTC).replace(microsecond=0)
PAYER, PAYEE = FspId("payerbank"), FspId("payeebank")
ACCOUNTS = (
    LedgerAccount(1, HUB, AccountType.HUB_RECONCILIATION, "USD", active=True),
    LedgerAccount(2, PAYER, AccountType.POSITION, "USD", active=True, cap=10**12),
    LedgerAccount(3, PAYEE, AccountType.POSITION, "USD", active=True, cap=10**12),
)
MEMBERS = (Participant(HUB), Participant(PAYER, currencies=("USD",)), Participant(PAYEE, currencies=("USD",)))


def transfer_id(number: int) -> TransferId:
    """The id of the sample transfer with that number."""
    return TransferId(f"00000000-0000-4000-8000-{number:012d}")


def original(text: str) -> Original:
    """A message with that body, as an edge hands it over."""
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()
    return Original(Dialect.ISO_XML, "POST", "pacs.008.001.08", (("content-type", "application/xml"),), body, digest)


def prepare(
    number: int, *, units: int = 10_000, life_s: float = 3600.0, at: datetime = START, message: str | None = None
) -> Prepare:
    """A payment of `units` from PAYER to PAYEE that lives `life_s` seconds from `at`."""
    party = Party(name="somebody")
    terms = Terms(f"txn-{number}", Money(units, "USD"), party, party)
    message = message or f"msg-{number}"
    envelope = Envelope(
        PAYER, Dialect.ISO_XML, HUB, message, hashlib.sha256(str(units).encode()).digest(), trace=f"trace-{number}",
        received_at=at, original=original(f"<Document>{number} {units}</Document>"),
    )  # fmt: skip
    key = transfer_id(number)
    return Prepare(envelope, key, PAYER, PAYEE, Money(units, "USD"), at + timedelta(seconds=life_s), terms)


def fulfil(number: int) -> Fulfil:
    """The payee's acceptance of that payment."""
    envelope = Envelope(
        PAYEE, Dialect.ISO_XML, HUB, f"answer-{number}", b"accepted", original=original(f"<Ok>{number}")
    )
    return Fulfil(envelope, transfer_id(number), Answered.ACCEPTED, iso_status="ACCP")


def toy_step(state: State, command: Command) -> Outcome:
    """Reserve, commit, expire and onboard without any guard; raises for a participant named `defect`."""
    match command:
        case Prepare():
            return _prepare(state, command)
        case Fulfil(transfer_id=key) | Expire(key=key):
            transfer = state.get(Transfer, key)
            if transfer is None or transfer.final:
                return Outcome(state="NOTHING")
            return _end(state, transfer, committed=isinstance(command, Fulfil))
        case CreateParticipant(name="defect"):
            raise RuntimeError("this command breaks the step")
        case CreateParticipant(name=name, currency=currency):
            member = Participant(name, created=state.now, currencies=(currency,))
            return Outcome(puts=(member,), state="CREATED")
        case _:
            return Outcome(state="IGNORED")


def _prepare(state: State, command: Prepare) -> Outcome:
    held = state.get(Transfer, command.transfer_id)
    if held is not None:
        return Outcome(state=held.state.value)
    transfer = Transfer(
        command.transfer_id, command.payer, command.payee or PAYEE, command.amount, command.expiry, command.terms,
        TransferState.RESERVED, command.envelope.content_hash, state.now,
    )  # fmt: skip
    event = Event(
        transfer.payee, Reserved(transfer), Delivery.EXECUTION, transfer.id, transfer.expiry, command.envelope.original
    )
    posting = Posting(transfer.id, Phase.RESERVE, 2, 3, transfer.amount.units, cap=10**12, cover=10**12)
    return Outcome((transfer,), (posting,), (event,), "RESERVED")


def _end(state: State, transfer: Transfer, *, committed: bool) -> Outcome:
    phase = Phase.COMMIT if committed else Phase.VOID
    ended = msgspec.structs.replace(
        transfer,
        state=TransferState.COMMITTED if committed else TransferState.ABORTED,
        fault=None if committed else fault("EXPIRED"),
        completed=state.now,
        iso_status="ACCP" if committed else None,
        history=transfer.history + 1,
    )
    body = Committed(ended, Role.PAYER) if committed else Aborted(ended, Role.PAYER)
    posting = Posting(transfer.id, phase, 2, 3, transfer.amount.units, window=1 if committed else None)
    return Outcome((ended,), (posting,), (Event(transfer.payer, body, order=transfer.id),), ended.state.value)


def decide(
    commands: list[Command], now: datetime = START, records: tuple[Stored, ...] = (*ACCOUNTS, *MEMBERS)
) -> Batch:
    """Run the commands through the toy step on these records: a batch ready to commit."""
    return run(State(now, Profile(), Resident(records)), toy_step, [Parcel(command) for command in commands])


def founding(now: datetime = START) -> Batch:
    """The batch that writes participants and accounts."""
    return Batch(now, (*ACCOUNTS, *MEMBERS), (), (), (), (), (), ())
