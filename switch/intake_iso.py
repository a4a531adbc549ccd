"""What a bank's message asks for: one row for each message the hub acts upon, with the lane that decides it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol, get_args

import msgspec

from iso.incoming import IncomingIso
from iso.messages.acmt023 import Acmt023
from iso.messages.acmt024 import Acmt024
from iso.messages.admi002 import Admi002
from iso.messages.admi004 import Admi004
from iso.messages.admi006 import Admi006
from iso.messages.admi007 import Admi007
from iso.messages.admi011 import Admi011
from iso.messages.camt003 import Camt003
from iso.messages.camt005 import Camt005
from iso.messages.camt011 import Camt011
from iso.messages.camt025 import Camt025
from iso.messages.camt050 import Camt050
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.camt060 import Camt060
from iso.messages.debits import Debit
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs007 import Pacs007
from iso.messages.pacs008 import Pacs008
from iso.messages.pacs009 import Pacs009
from iso.messages.pacs010 import Pacs010
from iso.messages.pacs028 import Pacs028
from iso.messages.pain001 import Pain001
from iso.messages.pain008 import CustomerDebit
from iso.messages.pain013 import Pain013
from iso.messages.pain014 import Pain014
from iso.messages.reporting import Ordered, Queried
from schemas.canonical.commands import Command, Prepare, Refuse
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.system import KeepMessage, ResendMessages, SentBefore
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect, Envelope, Receipt
from switch.intake_cases import CASE_MESSAGES, case_command
from switch.intake_many import many
from switch.intake_reports import is_agent, report_command
from switch.journeys.currencies import may_change
from switch.lanes import INITIATION, JOURNEY, LEDGER
from switch.unfit import refused
from translator.iso import (
    balances,
    debits,
    enquiries,
    initiation,
    institutions,
    liquidity,
    payment_search,
    report_requests,
    requests,
    returns,
    settled,
    system,
    verification,
)
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of
from translator.iso.checks import Scheme
from translator.iso.headers import header_in
from translator.iso.reports import OriginalIds
from translator.iso.system import Again
from translator.iso.transfers import prepare

_COPY: Final = "COPY"


class Find(Protocol):
    """Looks for payments by the references of a bank; more than one that is found is ambiguous."""

    async def __call__(self, sender: FspId, ids: OriginalIds) -> Sequence[TransferId]:
        """The transfers that wait for that bank's answer, or if none do those that did."""

    async def known(self, bank: FspId, ids: OriginalIds) -> Sequence[Transfer]:
        """The transfers from or to that bank, whatever became of them."""

    async def returns(self, bank: FspId, ids: OriginalIds) -> Sequence[Transfer]:
        """The returns from or to that bank."""

    async def refunded(self, payer: FspId, payee: FspId, transaction_id: str) -> Sequence[Transfer]:
        """The payments from `payee` to `payer` that FSPIOP calls so."""


Asked = tuple[str, Command]
"""A lane and what it is asked to decide."""


class Sent(Protocol):
    """Where messages are found that the hub sent."""

    async def again(self, bank: FspId, asked: Sequence[Again]) -> tuple[SentBefore, ...]:
        """What that bank was sent and now asks for."""


class Around(msgspec.Struct, frozen=True):
    """What a row may ask: who is who, what the scheme demands, which transfers have some references.

    `find` may be None where every message names its payment by UETR or TxId.
    """

    directory: Directory
    scheme: Scheme
    find: Find | None = None
    sent: "Sent | None" = None


class Arrived(msgspec.Struct, frozen=True):
    """One message: its envelope, and whom its header addresses besides the hub."""

    message: IncomingIso
    envelope: Envelope
    addressed: AgentIds


async def command_of(message: IncomingIso, around: Around, received: datetime) -> Asked | Receipt:
    """The command of a message and its lane, or the receipt of one that needs no decision."""
    header = message.business.header
    addressed = ids_of(header.receiver.institution if header else None)
    envelope = Envelope(
        FspId(message.sender),
        Dialect.ISO_XML,
        _other_than_hub(addressed, around),
        message.message_id,
        version=message.business.message_definition,
        received_at=received,
        original=message.original,
        signed=message.signed,
        header=header_in(header) if header is not None else None,
    )
    if header is not None and header.copy == _COPY:
        # A copy may bear the id of what it is a copy of, which is still to come.
        return JOURNEY, KeepMessage(msgspec.structs.replace(envelope, message_id=None))
    row = _ROWS.get(type(message.business.document))
    if row is None:
        detail = f"{message.business.message_definition} is not taken"
        return Receipt(message.message_id, message.digest, fault=fault("NOT_IMPLEMENTED", detail))
    asked = await row(Arrived(message, envelope, addressed), around)
    return asked if message.unfit is None else refused(asked, message, envelope)


def _other_than_hub(addressed: AgentIds, around: Around) -> FspId | None:
    found = around.directory.resolve(addressed) if addressed.given else None
    return None if found is None or isinstance(found, Unclear) or found == around.scheme.hub.name else found


async def _payment(arrived: Arrived, around: Around) -> Asked:
    """A payment that is not for a bank, or not yet known for whom, or in which currency, needs a journey first."""
    document = arrived.message.business.document
    assert isinstance(document, Pacs008)
    directory = around.directory
    if len(document.transactions) > 1:
        each = partial(_alone, arrived=arrived, around=around)
        return LEDGER, many(document, arrived.envelope, around.scheme, each, partial(_journeys, around=around))
    command = prepare(document, arrived.envelope, arrived.addressed, directory, around.scheme)
    return _lane_of_payment(command, directory), command


def _alone(document: Pacs008, *, arrived: Arrived, around: Around) -> Prepare | Refuse:
    return prepare(document, arrived.envelope, arrived.addressed, around.directory, around.scheme)


def _journeys(one: Prepare, *, around: Around) -> bool:
    return _lane_of_payment(one, around.directory) == JOURNEY


def _lane_of_payment(command: Prepare | Refuse, directory: Directory) -> str:
    if isinstance(command, Refuse) or command.fault is not None:
        return LEDGER
    payee = directory.participant(command.payee) if command.payee else None
    straight = payee is not None and payee.iso is not None and not may_change(command, payee)
    return LEDGER if straight else JOURNEY


async def _booked(arrived: Arrived, around: Around) -> Asked | Receipt:
    """What a settlement agent has booked; from anybody else it means nothing here."""
    message, envelope = arrived.message.business.document, arrived.envelope
    assert isinstance(message, Camt052 | Camt053 | Camt054)
    if not is_agent(arrived, around):
        detail = f"{message.definition} is taken of settlement agents only"
        return Receipt(arrived.message.message_id, arrived.message.digest, fault=fault("NOT_IMPLEMENTED", detail))
    received = envelope.received_at or datetime.max.replace(tzinfo=UTC)
    return LEDGER, settled.bookings(message, envelope, received, around.directory)


async def _initiation(arrived: Arrived, around: Around) -> Asked:
    """A customer's order of payments, from its bank or from who may initiate in that one's name."""
    message = arrived.message.business.document
    assert isinstance(message, Pain001)
    return INITIATION, initiation.initiate(message, arrived.envelope, around.directory, around.scheme)


async def _request(arrived: Arrived, around: Around) -> Asked:
    """A creditor's bank asks to be paid."""
    message = arrived.message.business.document
    assert isinstance(message, Pain013)
    return LEDGER, requests.ask(message, arrived.envelope, around.directory)


async def _request_answered(arrived: Arrived, _around: Around) -> Asked:
    """A debtor's bank says what becomes of a request."""
    message = arrived.message.business.document
    assert isinstance(message, Pain014)
    return LEDGER, requests.answer(message, arrived.envelope)


async def _debit(arrived: Arrived, _around: Around) -> Asked:
    """Direct debits are not offered."""
    message = arrived.message.business.document
    assert isinstance(message, CustomerDebit)
    reason = fault("NO_DIRECT_DEBIT", f"{message.definition[:8]}: this service makes no direct debits")
    return INITIATION, initiation.refuse(
        message.message_id, message.definition, message.created, reason, arrived.envelope
    )


async def _return(arrived: Arrived, around: Around) -> Asked:
    """A payment is given back, or reversed: by a transfer of its own, which needs a journey if it goes to a DFSP."""
    message, envelope = arrived.message.business.document, arrived.envelope
    assert isinstance(message, Pacs004)
    asked = [returns.original_ids(message, one) for one in message.transactions[: around.scheme.payments_max]]
    found = [() if around.find is None else await around.find.known(envelope.sender, ids) for ids in asked]

    def alone(one: Pacs004, originals: Sequence[Transfer]) -> Prepare | Refuse:
        return returns.prepare(one, envelope, arrived.addressed, originals, (around.directory, around.scheme))

    if len(message.transactions) > 1:
        each = iter(found)
        journeys = partial(_journeys, around=around)
        return LEDGER, many(message, envelope, around.scheme, lambda one: alone(one, next(each)), journeys)
    command = alone(message, found[0] if found else ())
    return _lane_of_payment(command, around.directory), command


async def _transfer(arrived: Arrived, around: Around) -> Asked:
    """Between institutions there is nothing to look up: the ledger decides."""
    message = arrived.message.business.document
    assert isinstance(message, Pacs009)
    envelope, directory, scheme = arrived.envelope, around.directory, around.scheme
    if len(message.transactions) > 1:
        return LEDGER, many(
            message, envelope, scheme,
            lambda one: institutions.prepare(one, envelope, arrived.addressed, directory, scheme), lambda _: False,
        )  # fmt: skip
    return LEDGER, institutions.prepare(message, envelope, arrived.addressed, directory, scheme)


async def _enquiry(arrived: Arrived, around: Around) -> Asked:
    """What became of payments: told of the ledger's record."""
    message, envelope = arrived.message.business.document, arrived.envelope
    assert isinstance(message, Pacs028)
    asked = enquiries.questions(message)
    found = [() if around.find is None else await around.find.known(envelope.sender, ids) for ids in asked]
    return LEDGER, enquiries.enquire(message, envelope, found)


async def _refused_debit(arrived: Arrived, _around: Around) -> Asked:
    """Nobody takes money here."""
    message = arrived.message.business.document
    assert isinstance(message, Debit | Pacs010)
    return LEDGER, debits.refuse(message, arrived.envelope)


async def _questions(arrived: Arrived, around: Around) -> Asked:
    """A bank asks who holds some accounts."""
    document = arrived.message.business.document
    assert isinstance(document, Acmt023)
    return JOURNEY, verification.verify(document, arrived.envelope, around.directory, around.scheme)


async def _findings(arrived: Arrived, _around: Around) -> Asked:
    """A bank says whether a party is its customer."""
    document = arrived.message.business.document
    assert isinstance(document, Acmt024)
    return JOURNEY, verification.answer(document, arrived.envelope)


async def _event(arrived: Arrived, around: Around) -> Asked:
    """A participant signs on or off, gives a sign of life, or tells of something else."""
    document = arrived.message.business.document
    assert isinstance(document, Admi004)
    return LEDGER, system.tell(document, arrived.envelope, around.scheme.events)


async def _noticed(arrived: Arrived, _around: Around) -> Asked:
    """A bank took notice of a broadcast."""
    document = arrived.message.business.document
    assert isinstance(document, Admi011)
    return LEDGER, system.acknowledge(document, arrived.envelope)


async def _again(arrived: Arrived, around: Around) -> Asked:
    """A bank wants to have again what it was sent."""
    document, envelope = arrived.message.business.document, arrived.envelope
    assert isinstance(document, Admi006)
    messages = () if around.sent is None else await around.sent.again(envelope.sender, system.wanted(document))
    asked = system.hashed_request(document, envelope)
    return JOURNEY, ResendMessages(envelope.sender, arrived.message.message_id, messages, asked)


async def _keep(arrived: Arrived, _around: Around) -> Asked:
    """A receipt for what the hub sent, or a rejection of it: kept, and answered by nothing."""
    return JOURNEY, KeepMessage(arrived.envelope)


async def _question(arrived: Arrived, around: Around) -> Asked:
    """A question about one's own accounts, payments and reports, or an order about one's own money."""
    asked: dict[type, Callable[..., Command]] = {
        Camt003: balances.ask, Camt005: payment_search.ask, Camt060: report_requests.ask, Camt011: liquidity.limits,
        Camt050: liquidity.move,
    }  # fmt: skip
    message = arrived.message.business.document
    return LEDGER, asked[type(message)](message, arrived.envelope, around.directory)


_ROWS: Final[dict[type, Callable[[Arrived, Around], Awaitable[Asked | Receipt]]]] = {
    Pacs008: _payment,
    Pacs002: report_command,
    Pacs004: _return,
    Pacs007: _return,
    Pacs009: _transfer,
    Pacs028: _enquiry,
    Debit: _refused_debit,
    Pacs010: _refused_debit,
    Pain001: _initiation,
    CustomerDebit: _debit,
    Pain013: _request,
    Pain014: _request_answered,
    Admi004: _event,
    Admi006: _again,
    Admi007: _keep,
    Admi011: _noticed,
    Acmt023: _questions,
    Acmt024: _findings,
    **dict.fromkeys(get_args(Queried | Ordered), _question),
    Camt052: _booked,
    Camt053: _booked,
    Camt054: _booked,
    Admi002: _keep,
    Camt025: _keep,
    **dict.fromkeys(CASE_MESSAGES, case_command),
}
