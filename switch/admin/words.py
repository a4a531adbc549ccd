"""The words of the ledger as GET /enums lists them, numbered as in the reference or else by order."""

from collections.abc import Iterable
from typing import Any, Final

from schemas.canonical.participants import AccountType
from schemas.codes.endpoint_types import ENDPOINT_TYPES

_ENTRIES: Final = (
    "PRINCIPLE_VALUE INTERCHANGE_FEE HUB_FEE POSITION_DEPOSIT POSITION_WITHDRAWAL SETTLEMENT_NET_RECIPIENT"
    " SETTLEMENT_NET_SENDER SETTLEMENT_NET_ZERO RECORD_FUNDS_IN RECORD_FUNDS_OUT"
)
_ROLES: Final = "PAYER_DFSP PAYEE_DFSP HUB DFSP_SETTLEMENT DFSP_POSITION INITIATING_FSP COUNTER_PARTY_FSP"
_BULK_ITEMS: Final = (
    "RECEIVED RECEIVED_DUPLICATE RECEIVED_INVALID ACCEPTED PROCESSING FULFIL_DUPLICATE FULFIL_INVALID COMPLETED"
    " REJECTED EXPIRED ABORTING"
)
_BULK_STATES: Final = (
    "RECEIVED PENDING_PREPARE PENDING_INVALID ACCEPTED PROCESSING PENDING_FULFIL EXPIRING ABORTING COMPLETED EXPIRED"
    " REJECTED INVALID PENDING"
)
_TRANSFER_STATES: Final = (
    "RECEIVED_PREPARE INVALID RESERVED RESERVED_FORWARDED RECEIVED_FULFIL RECEIVED_FULFIL_DEPENDENT COMMITTED SETTLED"
    " RECEIVED_ERROR ABORTED_ERROR RECEIVED_REJECT ABORTED_REJECTED RESERVED_TIMEOUT EXPIRED_RESERVED EXPIRED_PREPARED"
    " FAILED RECEIVED ABORTED"
)


def enums(hub: str) -> dict[str, Any]:
    """All enumerations, by name."""
    return {
        "endpointType": _numbered(ENDPOINT_TYPES),
        "hubParticipant": {"participantId": 1, "name": hub, "isActive": 1},
        "ledgerAccountType": _numbered(kind.value for kind in AccountType),
        "ledgerEntryType": _numbered(_ENTRIES.split()),
        "participantLimitType": {"NET_DEBIT_CAP": 1},
        "settlementDelay": _numbered(("IMMEDIATE", "DEFERRED")),
        "settlementGranularity": _numbered(("GROSS", "NET")),
        "settlementInterchange": _numbered(("BILATERAL", "MULTILATERAL")),
        "transferParticipantRoleType": _numbered(_ROLES.split()),
        "transferState": _named(_TRANSFER_STATES),
        "bulkProcessingState": _numbered(_BULK_ITEMS.split()),
        "bulkTransferState": _named(_BULK_STATES),
    }


def _numbered(words: Iterable[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(words, 1)}


def _named(words: str) -> dict[str, str]:
    return {word: word for word in words.split()}
