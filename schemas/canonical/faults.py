"""Faults: one row each, with its name here, its FSPIOP error code and its ISO 20022 status reason."""

from typing import Final, NamedTuple

import msgspec

_DESCRIPTION_MAX: Final = 128


class FaultRow(NamedTuple):
    """What a fault is called in each dialect, and whether repeating the same message can help."""

    fspiop: str
    iso: str
    text: str
    retry: bool = False


FAULTS: Final[dict[str, FaultRow]] = {
    # what cannot be reached or done now
    "COMMUNICATION": FaultRow("1000", "AB07", "Communication error", retry=True),
    "DESTINATION_UNREACHABLE": FaultRow("1001", "AB08", "Destination communication error", retry=True),
    "SIGNED_OFF": FaultRow("1001", "AB08", "Destination communication error", retry=True),
    "INTERNAL": FaultRow("2001", "AB10", "Internal server error"),
    "NOT_IMPLEMENTED": FaultRow("2002", "AG03", "Not implemented"),
    "UNAVAILABLE": FaultRow("2003", "ED06", "Service currently unavailable", retry=True),
    "NO_ANSWER": FaultRow("2004", "AB06", "Server timed out"),
    "BUSY": FaultRow("2005", "AB10", "Server busy", retry=True),
    # what the sender did wrong
    "CLIENT_ERROR": FaultRow("3000", "NARR", "Generic client error"),
    "UNACCEPTABLE_VERSION": FaultRow("3001", "FF01", "Unacceptable version requested"),
    "UNKNOWN_URI": FaultRow("3002", "FF01", "Unknown URI"),
    "ADD_PARTY_FAILED": FaultRow("3003", "NARR", "Add Party information error"),
    "DELETE_PARTY_FAILED": FaultRow("3040", "NARR", "Delete Party information error"),
    "VALIDATION": FaultRow("3100", "FF01", "Generic validation error"),
    "MALFORMED": FaultRow("3101", "FF02", "Malformed syntax"),
    "MALFORMED_AMOUNT": FaultRow("3101", "AM12", "Malformed syntax"),
    "TOO_MANY_DECIMALS": FaultRow("3101", "AM12", "Malformed syntax"),
    "ZERO_AMOUNT": FaultRow("3101", "AM01", "Malformed syntax"),
    "UNKNOWN_CURRENCY": FaultRow("3101", "AM11", "Malformed syntax"),
    "MISSING_ELEMENT": FaultRow("3102", "FF01", "Missing mandatory element"),
    "TOO_MANY_ELEMENTS": FaultRow("3103", "FF01", "Too many elements"),
    "TOO_LARGE": FaultRow("3104", "FF01", "Too large payload"),
    "INVALID_SIGNATURE": FaultRow("3105", "DS0H", "Invalid signature"),
    "MODIFIED": FaultRow("3106", "DUPL", "Modified request"),
    "WRONG_SENDER": FaultRow("3100", "AGNT", "Generic validation error"),
    "WRONG_AGENT": FaultRow("3100", "AGNT", "Generic validation error"),
    "WRONG_COUNT": FaultRow("3100", "AM18", "Generic validation error"),
    "TOO_MANY_PAYMENTS": FaultRow("3103", "AM18", "Too many elements"),
    "DUPLICATE_PAYMENT": FaultRow("3106", "DU03", "Modified request"),
    "WRONG_SUM": FaultRow("3100", "AM10", "Generic validation error"),
    "DUPLICATE_MESSAGE": FaultRow("3106", "DU01", "Modified request"),
    "DUPLICATE_BATCH": FaultRow("3106", "DU02", "Modified request"),
    "DUPLICATE_END_TO_END": FaultRow("3106", "DU04", "Modified request"),
    "NO_DIRECT_DEBIT": FaultRow("5300", "AG01", "Payee permission error"),
    "REQUEST_EXPIRED": FaultRow("3301", "AEXR", "Transaction request expired"),
    "REQUEST_PAID": FaultRow("3106", "DUPL", "Modified request"),
    "REQUEST_REFUSED": FaultRow("4101", "ARFR", "Payer rejected transaction request"),
    "REQUEST_CANCELLED": FaultRow("5104", "DS02", "Payee rejected transaction"),
    "REQUEST_AMOUNT": FaultRow("5103", "AM09", "Payee FSP rejected quote"),
    "OTHER_AMOUNT": FaultRow("3100", "AM09", "Generic validation error"),
    "REQUEST_CREDITOR": FaultRow("3100", "AC03", "Generic validation error"),
    "WRONG_DATE": FaultRow("3101", "DT01", "Malformed syntax"),
    "FUTURE_DATE": FaultRow("3101", "DT04", "Malformed syntax"),
    "RULE_BROKEN": FaultRow("3100", "NARR", "Generic validation error"),
    "SETTLEMENT_METHOD": FaultRow("3100", "FF03", "Generic validation error"),
    "ACCOUNT_INACTIVE": FaultRow("3100", "AG01", "Generic validation error"),
    "UNKNOWN_PAYER": FaultRow("3100", "RC03", "Generic validation error"),
    "UNKNOWN_PAYEE": FaultRow("3100", "RC04", "Generic validation error"),
    "NO_ACCOUNT": FaultRow("3100", "AM03", "Generic validation error"),
    "PARTICIPANT_INACTIVE": FaultRow("3100", "AG10", "Generic validation error"),
    "UNSUPPORTED_TYPE": FaultRow("5102", "AG03", "Payee FSP unsupported transaction type"),
    "PAYER_UNSUPPORTED_TYPE": FaultRow("4102", "AG03", "Payer FSP unsupported transaction type"),
    "PAYER_UNSUPPORTED_CURRENCY": FaultRow("4103", "AM03", "Payer unsupported currency"),
    "PAYEE_UNSUPPORTED_CURRENCY": FaultRow("5106", "AM03", "Payee unsupported currency"),
    # what is not there
    "ID_NOT_FOUND": FaultRow("3200", "BE23", "Generic ID not found"),
    "DESTINATION_FSP": FaultRow("3201", "RC04", "Destination FSP Error"),
    "PAYER_FSP_NOT_FOUND": FaultRow("3202", "RC03", "Payer FSP ID not found"),
    "PAYEE_FSP_NOT_FOUND": FaultRow("3203", "RC04", "Payee FSP ID not found"),
    "PARTY_NOT_FOUND": FaultRow("3204", "BE06", "Party not found"),
    "QUOTE_NOT_FOUND": FaultRow("3205", "NARR", "Quote ID not found"),
    "TRANSACTION_REQUEST_NOT_FOUND": FaultRow("3206", "NARR", "Transaction request ID not found"),
    "TRANSACTION_NOT_FOUND": FaultRow("3207", "NARR", "Transaction ID not found"),
    "TRANSFER_NOT_FOUND": FaultRow("3208", "NARR", "Transfer ID not found"),
    "BULK_QUOTE_NOT_FOUND": FaultRow("3209", "NARR", "Bulk quote ID not found"),
    "BULK_TRANSFER_NOT_FOUND": FaultRow("3210", "NARR", "Bulk transfer ID not found"),
    "NO_ORIGINAL": FaultRow("3208", "NOOR", "Transfer ID not found"),
    "UNKNOWN_FULFIL": FaultRow("2001", "NARR", "Internal server error"),
    # what cannot be given back
    "NOT_RECEIVED": FaultRow("3100", "AG09", "Generic validation error"),
    "RETURN_OF_RETURN": FaultRow("3100", "AG13", "Generic validation error"),
    "RETURN_CURRENCY": FaultRow("3100", "AM03", "Generic validation error"),
    "RETURN_AMOUNT": FaultRow("3100", "AM09", "Generic validation error"),
    # what this scheme does not do
    "NOT_OFFERED": FaultRow("5300", "AG01", "Payee permission error"),
    # what came too late
    "ALREADY_EXPIRED": FaultRow("3100", "TM01", "Generic validation error"),
    "TOO_LITTLE_TIME": FaultRow("3100", "TM01", "Generic validation error"),
    "QUOTE_EXPIRED": FaultRow("3302", "AB03", "Quote expired"),
    "EXPIRED": FaultRow("3303", "AB05", "Transfer expired"),
    "TOO_LATE": FaultRow("3303", "TM01", "Transfer expired"),
    "NOT_RESERVED": FaultRow("3100", "TM01", "Generic validation error"),
    # what the money says
    "INSUFFICIENT_LIQUIDITY": FaultRow("4001", "AM23", "Payer FSP insufficient liquidity"),
    "NET_DEBIT_CAP": FaultRow("4200", "AM13", "Payer limit error"),
    "RECALLED": FaultRow("4100", "DS02", "Generic Payer rejection"),
    "NO_OPEN_CASE": FaultRow("3200", "NARR", "Generic ID not found"),
    "WRONG_FULFILMENT": FaultRow("3100", "FF01", "Generic validation error"),
    "FEE_TOO_HIGH": FaultRow("5103", "AM09", "Payee FSP rejected quote"),
    # what a question or an order about one's own accounts says
    "UNKNOWN_ACCOUNT": FaultRow("3200", "AC01", "Generic ID not found"),
    "FORBIDDEN": FaultRow("3000", "AG01", "Generic client error"),
    "NO_REPORT": FaultRow("3200", "NARR", "Generic ID not found"),
    "NO_FUNDS_OUT": FaultRow("6000", "ED05", "Generic Settlement Error"),
    "NO_SETTLEMENT_MODEL": FaultRow("6000", "ED05", "Generic Settlement Error"),
}


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something was refused or aborted, in the words of every dialect.

    `description` is the FSPIOP errorDescription (at most 128 characters) and the first line for ISO AddtlInf;
    `extensions` are a participant's own, passed on as they came.
    """

    name: str
    fspiop: str
    iso: str
    description: str
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def retry(self) -> bool:
        """Whether the same message may succeed later."""
        row = FAULTS.get(self.name)
        return row is not None and row.retry


def fault(name: str, detail: str = "") -> Fault:
    """The fault of that row of the table, with what exactly was wrong appended to its text."""
    row = FAULTS[name]
    description = f"{row.text} - {detail}" if detail else row.text
    return Fault(name, row.fspiop, row.iso, description[:_DESCRIPTION_MAX])


def participant_fault(
    fspiop: str, iso: str, description: str, extensions: tuple[tuple[str, str], ...] = ()
) -> Fault:
    """A refusal that a participant gave; its code and text are passed on as they came."""
    return Fault("PARTICIPANT", fspiop, iso, description[:_DESCRIPTION_MAX], extensions)
