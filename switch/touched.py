"""The records that commands about many payments, verifications and the service name, and the deadlines these set."""

from collections.abc import Iterator
from datetime import datetime

from schemas.canonical.broadcasts import Broadcast, Heartbeat
from schemas.canonical.commands import Command, Expire
from schemas.canonical.dialogue import Journey
from schemas.canonical.funds import FundsMovement
from schemas.canonical.outcome import Stored
from schemas.canonical.payments import FollowPayment, PaymentGroup, PreparePayments, ReportPayments
from schemas.canonical.returns import Returns
from schemas.canonical.system import AcknowledgeEvent, SendBroadcast
from schemas.canonical.transfer import Transfer
from schemas.canonical.verification import Verification, VerifyParties
from switch.instructed import due, named
from switch.state import RecordKey


def further(command: Command) -> tuple[RecordKey, ...]:
    """The records one of these commands names; none if it is another."""
    match command:
        case SendBroadcast(id=key) | AcknowledgeEvent(broadcast=str() as key):
            return ((Broadcast, key),)
        case VerifyParties(key=key):
            return ((Verification, key),)
        case PreparePayments(key=key, payments=payments):
            kinds = (Transfer, Journey, FundsMovement)
            originals = dict.fromkeys(one.returns for one in payments if one.returns is not None)
            mine = ((kind, one.transfer_id) for one in payments for kind in kinds)
            given_back = ((kind, original) for original in originals for kind in (Transfer, Returns))
            return ((PaymentGroup, key), *mine, *given_back)
        case FollowPayment(transfer_id=transfer_id):
            return ((Transfer, transfer_id),)
        case ReportPayments(key=key, transfer_ids=ids):
            return ((PaymentGroup, key), *((kind, one) for one in ids for kind in (Transfer, Journey)))
        case _:
            return named(command)


def dues(record: Stored) -> Iterator[tuple[datetime, Expire]]:
    """The deadline of one of these records, while it is open."""
    match record:
        case Broadcast(closed=False):
            yield record.due, Expire("broadcast", record.key)
        case Heartbeat(open=True):
            yield record.due, Expire("heartbeat", record.key)
        case Verification(ended=None):
            yield record.deadline, Expire("verification", record.key)
        case _:
            yield from due(record)
