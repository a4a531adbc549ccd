"""Transaction statuses of pacs.002 (ExternalPaymentTransactionStatus1Code) and what the hub makes of them."""

from typing import Final

from schemas.canonical.transfer import TransferState

ACCEPTING: Final = frozenset({"ACCP", "ACSP", "ACSC", "ACCC", "ACWP"})
"""What a creditor's bank may say to accept; which of them it uses is in its profile."""
WAITING: Final = frozenset({"RCVD", "ACTC", "PDNG"})
"""Received, valid, pending: nothing changes yet."""
REFUSING: Final = frozenset({"RJCT", "CANC"})
"""The payment will not be executed."""
REJECTED: Final = "RJCT"
PENDING: Final = "PDNG"
CREDITED: Final = "ACCC"
"""The payee's bank has credited its customer."""
ACCEPTED_WITHOUT_POSTING: Final = "ACWP"
BLOCKED: Final = "BLCK"
"""What was accepted without posting is neither posted nor given back for now."""
INTERIM: Final = frozenset({"RCVD", "ACTC", "PDNG", "ACCC"})
"""What a payer's bank may ask to hear besides the end of its payment."""

STATUS_OF: Final = {
    TransferState.RESERVED: "ACSP",
    TransferState.FULFILLED_WAITING: "ACSP",
    TransferState.COMMITTED: "ACSC",
    TransferState.ABORTED: REJECTED,
}
"""What the hub says of a transfer in that state."""
