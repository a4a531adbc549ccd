"""Rules on one message alone that its schema cannot say (reference sections 6, 9.4 and 14.1). No state, no clock."""

import re
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from fspiop.messages.bulktransfers import BulkTransfersPut
from fspiop.messages.fields import CORRELATION_ID, MoneyBody
from fspiop.messages.transfers import TransfersPut
from schemas.canonical.faults import Fault, fault

COMPLETED_AHEAD: Final = timedelta(milliseconds=200)
COMPLETED_BEHIND: Final = timedelta(seconds=300)
PARTY_TYPES: Final = frozenset({"MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS"})
PARTICIPANT_TYPES: Final = PARTY_TYPES | {"CONSENT", "THIRD_PARTY_LINK"}
_IDENTIFIER_MAX: Final = 128
# White space and braces as the definition says; the rest could end up in a URL template or a log line.
_UNSAFE: Final = re.compile(r"""[\s{}<>"\\\x00-\x1f\x7f-\x9f]""")
_CORRELATION_ID: Final = re.compile(CORRELATION_ID)
_IDENTIFIERS: Final = {
    "MSISDN": re.compile(r"\+?[0-9]{1,30}"),
    "EMAIL": re.compile(r"[^@]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"),
    "IBAN": re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}"),
}


class Now(NamedTuple):
    """The edge's clock, and how far from it a completedTimestamp may lie."""

    moment: datetime
    ahead: timedelta = COMPLETED_AHEAD
    behind: timedelta = COMPLETED_BEHIND


def moment(text: str) -> datetime:
    """The moment of a DateTime that passed its schema, with its offset."""
    return datetime.fromisoformat(text)


def completed_fault(body: TransfersPut | BulkTransfersPut, now: Now) -> Fault | None:
    """Why the completedTimestamp is not believed: too far ahead of the hub's clock, or behind it."""
    if body.completed_timestamp is None:
        return None
    completed = moment(body.completed_timestamp)
    if completed - now.moment > now.ahead:
        return fault("VALIDATION", "completedTimestamp is in the future")
    if now.moment - completed > now.behind:
        seconds = int(now.behind.total_seconds())
        return fault("VALIDATION", f"completedTimestamp is more than {seconds} seconds ago")
    return None


def answer_fault(body: TransfersPut) -> Fault | None:
    """Why a payee may not answer so: it commits or reserves here, and refuses on the error path."""
    if body.transfer_state == "RECEIVED":
        return fault("VALIDATION", f"transferState {body.transfer_state} is not allowed, refuse with PUT .../error")
    return None


def is_void(body: TransfersPut, version: str) -> bool:
    """Whether the answer has no effect, so that the transfer waits on: RESERVED in version 1.0, and ABORTED.

    The specification of version 1.1 took ABORTED away; hubs in use answer it 200 and drop it, and tools expect that.
    """
    return body.transfer_state == "ABORTED" or (version == "1.0" and body.transfer_state == "RESERVED")


def amount_fault(amount: MoneyBody) -> Fault | None:
    """Why nothing can be moved: the schema admits an amount of 0."""
    return fault("ZERO_AMOUNT", "/amount/amount is 0") if amount.amount == "0" else None


def is_correlation_id(text: str) -> bool:
    """Whether an id in a path is one that a body may have too: a lower-case UUID, or what looks like a ULID."""
    return _CORRELATION_ID.fullmatch(text) is not None


def identifier_fault(id_type: str, identifier: str, sub_id: str | None = None) -> Fault | None:
    """Why this is no identifier of that type; told by error callback, as the reference does."""
    for name, value in (("ID", identifier), ("SubId", sub_id)):
        if value is not None and not 0 < len(value) <= _IDENTIFIER_MAX:
            return fault("MALFORMED", f"/path/{name} has 1 to {_IDENTIFIER_MAX} characters")
        if value is not None and _UNSAFE.search(value):
            return fault("MALFORMED", f"/path/{name} has characters that no identifier may have")
    pattern = _IDENTIFIERS.get(id_type)
    if pattern is not None and pattern.fullmatch(identifier) is None:
        return fault("MALFORMED", f"/path/ID is no {id_type}")
    return None
