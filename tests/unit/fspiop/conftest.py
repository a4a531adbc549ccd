"""Bodies that every FSPIOP test starts from, and the place of the reference material where it is at hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fspiop.api.app import EdgeSettings, FspiopApp
from tests.unit.fspiop.edge_side import Hub

_SHARED = Path(__file__).parents[4] / "shared" / "fspiop"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of API definitions and known answers; tests that need it are skipped without it."""
    if not _SHARED.is_dir():
        pytest.skip("the reference definitions are not here")
    return _SHARED


@pytest.fixture
def transfer() -> dict[str, Any]:
    """A valid POST /transfers."""
    return {
        "transferId": "b51ec534-ee48-4575-b6a9-ead2955b8069",
        "payeeFsp": "payeefsp",
        "payerFsp": "payerfsp",
        "amount": {"currency": "USD", "amount": "99.5"},
        "ilpPacket": "AYIBgQAAAAAAAASwNGxldmVsb25lLmRmc3AxLm1lci45T2RTOF81MDdqUUZERmZlakgy",
        "condition": "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0",
        "expiration": "2026-11-20T06:00:30.000Z",
    }


@pytest.fixture
def quote() -> dict[str, Any]:
    """A valid POST /quotes with nearly every element of version 2.0."""
    return {
        "quoteId": "01JD0000000000000000000002",
        "transactionId": "01JD0000000000000000000001",
        "payee": {
            "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "22507008181", "fspId": "payeefsp"},
            "supportedCurrencies": ["KES", "USD"],
        },
        "payer": {
            "partyIdInfo": {
                "partyIdType": "PERSONAL_ID",
                "partyIdentifier": "16135551212",
                "partySubIdOrType": "PASSPORT",
                "fspId": "payerfsp",
                "extensionList": {"extension": [{"key": "branch", "value": "7"}]},
            },
            "name": "Åsa Öberg",
            "personalInfo": {
                "complexName": {"firstName": "Åsa", "middleName": "María-José", "lastName": "O'Brien"},
                "dateOfBirth": "1988-02-29",
                "kycInformation": "{}",
            },
            "merchantClassificationCode": "1234",
        },
        "amountType": "SEND",
        "amount": {"currency": "USD", "amount": "100"},
        "fees": {"currency": "USD", "amount": "0.25"},
        "transactionType": {
            "scenario": "REFUND",
            "subScenario": "LOCALLY_DEFINED",
            "initiator": "PAYEE",
            "initiatorType": "BUSINESS",
            "refundInfo": {"originalTransactionId": "01JD0000000000000000000003", "refundReason": "returned"},
            "balanceOfPayments": "123",
        },
        "converter": "PAYER",
        "currencyConversion": {
            "sourceAmount": {"currency": "USD", "amount": "100"},
            "targetAmount": {"currency": "KES", "amount": "12900"},
        },
        "geoCode": {"latitude": "+45.4215", "longitude": "-75.6972"},
        "note": "for the ticket",
        "expiration": "2026-11-20T06:00:30.000+05:30",
    }


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A place for edges, and what they hand over."""
    started = Hub()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def sandbox(hub: Hub) -> tuple[int, FspiopApp]:
    """An edge as a sandbox has it."""
    return hub.serve(EdgeSettings(max_body=100_000))
