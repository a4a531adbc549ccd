"""A valid body of each routed resource; the first element of a request is its id."""

from typing import Any, Final

_ID: Final = "b51ec534-ee48-4575-b6a9-ead2955b8069"
_OTHER: Final = "01JD0000000000000000000002"
_PARTY: Final = {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "27713803912", "fspId": "payeefsp"}}
_KIND: Final = {"scenario": "PAYMENT", "initiator": "PAYEE", "initiatorType": "BUSINESS"}
_MONEY: Final = {"currency": "USD", "amount": "10.5"}
_UNTIL: Final = "2026-11-20T06:00:30.000Z"
CONDITION: Final = "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0"
_CONVERSION: Final = {
    "conversionId": _OTHER,
    "determiningTransferId": _ID,
    "initiatingFsp": "payerfsp",
    "counterPartyFsp": "payeefsp",
    "amountType": "SEND",
    "sourceAmount": _MONEY,
    "targetAmount": {"currency": "KES"},
    "expiration": _UNTIL,
    "charges": [{"chargeType": "commission", "sourceAmount": _MONEY}],
}

POSTS: Final[dict[str, dict[str, Any]]] = {
    "fxQuotes": {"conversionRequestId": _ID, "conversionTerms": _CONVERSION},
    "bulkQuotes": {
        "bulkQuoteId": _ID,
        "payer": _PARTY,
        "individualQuotes": [
            {
                "quoteId": _OTHER,
                "transactionId": _OTHER,
                "payee": _PARTY,
                "amountType": "SEND",
                "amount": _MONEY,
                "transactionType": _KIND,
            }
        ],
    },
    "transactionRequests": {
        "transactionRequestId": _ID,
        "payee": _PARTY,
        "payer": _PARTY["partyIdInfo"],
        "amount": _MONEY,
        "transactionType": _KIND,
        "authenticationType": "OTP",
        "expiration": _UNTIL,
    },
}
PUTS: Final[dict[str, dict[str, Any]]] = {
    "fxQuotes": {"condition": CONDITION, "conversionTerms": _CONVERSION},
    "bulkQuotes": {
        "expiration": _UNTIL,
        "individualQuoteResults": [
            {"quoteId": _OTHER, "transferAmount": _MONEY, "ilpPacket": "AYIC", "condition": CONDITION},
            {"quoteId": _ID, "errorInformation": {"errorCode": "3204", "errorDescription": "Party not found"}},
        ],
    },
    "transactionRequests": {"transactionId": _OTHER, "transactionRequestState": "ACCEPTED"},
    "authorizations": {
        "responseType": "ENTERED",
        "authenticationInfo": {"authentication": "OTP", "authenticationValue": "1234"},
    },
    "transactions": {"transactionState": "COMPLETED", "completedTimestamp": _UNTIL, "code": "PICK42"},
}
