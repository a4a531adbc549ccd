"""A body that breaks its schema is answered with the reference's code, pointer and text, in its order of precedence."""

import json
from typing import Any

import msgspec
import pytest

from fspiop.messages.errors import ErrorBody, QuoteErrorBody
from fspiop.messages.participants import ParticipantsPost
from fspiop.messages.parties import PartiesPut
from fspiop.messages.quotes import QuotesPost, QuotesPut
from fspiop.messages.schema import BodySchema
from fspiop.messages.transfers import TransfersPost, TransfersPut
from schemas.canonical.faults import Fault

TRANSFER = BodySchema(TransfersPost)
QUOTE = BodySchema(QuotesPost)


def put(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The body with the value at the pointer (`...` removes it)."""
    body = json.loads(json.dumps(body))
    *path, last = pointer.strip("/").split("/")
    inner = body
    for step in path:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return body


def refused(schema: BodySchema[Any], body: Any) -> tuple[str, str]:
    answer = schema.read(json.dumps(body).encode())
    assert isinstance(answer, Fault), answer
    assert len(answer.description) <= 128
    return answer.fspiop, answer.description


ONE_OF = "must be equal to one of the allowed values"
LIST = "extensionList"
TRANSFER_ROWS = [
    ("transferId", ..., "3102", " must have required property 'transferId'"),
    ("amount/currency", ..., "3102", "/amount must have required property 'currency'"),
    ("amount", "5", "3101", "/amount must be object"),
    ("amount/amount", 5, "3101", "/amount/amount must be string"),
    ("amount/amount", None, "3101", "/amount/amount must be string"),
    ("extensionList", None, "3101", "/extensionList must be object"),
    (LIST, {"extension": {}}, "3101", "/extensionList/extension must be array"),
    ("amount/currency", "usd", "3100", f"/amount/currency {ONE_OF}"),
    ("amount/currency", "XYZ", "3100", f"/amount/currency {ONE_OF}"),
    ("payerFsp", "", "3100", "/payerFsp must NOT have fewer than 1 characters"),
    ("payerFsp", "p" * 33, "3100", "/payerFsp must NOT have more than 32 characters"),
    ("condition", "x", "3100", '/condition must match pattern "^[A-Za-z0-9_-]{43}$"'),
    (LIST, {"extension": []}, "3100", "/extensionList/extension must NOT have fewer than 1 items"),
    (
        LIST,
        {"extension": [{"key": "k", "value": "v"}] * 17},
        "3103",
        f"/{LIST}/extension must NOT have more than 16 items",
    ),
    (LIST, {"extension": [{"key": "k"}]}, "3102", f"/{LIST}/extension/0 must have required property 'value'"),
]
GENERIC = {
    "3100": "Generic validation error",
    "3101": "Malformed syntax",
    "3102": "Missing mandatory element",
    "3103": "Too many elements",
}


@pytest.mark.parametrize(("pointer", "value", "code", "text"), TRANSFER_ROWS)
def test_transfers(transfer, pointer, value, code, text):
    assert refused(TRANSFER, put(transfer, pointer, value)) == (code, f"{GENERIC[code]} - /requestBody{text}")


@pytest.mark.parametrize("body", [[], "x", 1, None, True])
def test_a_body_must_be_an_object(body):
    assert refused(TRANSFER, body) == ("3101", "Malformed syntax - /requestBody must be object")


def test_no_body():
    answer = TRANSFER.read(b"")
    assert isinstance(answer, Fault)
    assert (answer.fspiop, answer.description) == ("3101", "Malformed syntax - /requestBody must be object")


def test_no_json():
    answer = TRANSFER.read(b"{")
    assert isinstance(answer, Fault)
    assert answer.fspiop == "3101"


def test_precedence_is_missing_then_additional_then_type_then_rest(quote):
    worse = put(quote, "note", "")
    assert refused(QUOTE, worse)[0] == "3100"
    worse = put(worse, "amount/amount", 1)
    assert refused(QUOTE, worse)[0] == "3101"
    worse["another"] = "x"
    assert refused(QUOTE, worse)[0] == "3103"
    worse = put(worse, "payer/partyIdInfo/partyIdType", ...)
    assert refused(QUOTE, worse)[0] == "3102"


def test_additional_properties_only_where_the_definition_forbids_them(transfer, quote):
    assert isinstance(TRANSFER.read(json.dumps({**transfer, "more": None}).encode()), TransfersPost)
    assert refused(QUOTE, {**quote, "more": 1}) == (
        "3103",
        "Too many elements - /requestBody must NOT have additional properties",
    )
    inside = put(quote, "payer/more", [1, {"x": None}])
    assert isinstance(QUOTE.read(json.dumps(inside).encode()), QuotesPost)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("payer/personalInfo/complexName/firstName", "   "),
        ("payer/personalInfo/complexName/firstName", "Bob;"),
        ("payer/personalInfo/complexName/lastName", "½"),
        ("payer/personalInfo/dateOfBirth", "2023-02-29"),
        ("payer/partyIdInfo/partyIdType", "CONSENT"),
        ("payer/merchantClassificationCode", "12345"),
        ("payer/merchantClassificationCode", "١٢٣"),
        ("payer/supportedCurrencies", ["usd"]),
        ("geoCode/latitude", "90.1"),
        ("geoCode/longitude", "180.0000000"),
        ("transactionType/balanceOfPayments", "012"),
        ("transactionType/subScenario", "lower"),
        ("converter", "HUB"),
        ("expiration", "2026-11-20T06:00:30Z"),
        ("expiration", "2026-11-20T06:00:30.000"),
        ("expiration", "2026-02-30T06:00:30.000Z"),
        ("expiration", "2026-11-20T06:00:30.000Z\n"),
        ("quoteId", "01JD000000000000000000000U"),
        ("quoteId", "B51EC534-EE48-4575-B6A9-EAD2955B8069"),
        ("quoteId", "{b51ec534-ee48-4575-b6a9-ead2955b8069}"),
        ("note", "n" * 129),
    ],
)
def test_values_no_quote_may_have(quote, pointer, value):
    assert refused(QUOTE, put(quote, pointer, value))[0] == "3100"


@pytest.mark.parametrize("name", ["Łukasz", "孫 文", "Zoë_2", "नरेंद्र", "Anne-Marie", "می‌خواهم"])
def test_names_of_every_script(quote, name):
    body = put(quote, "payer/personalInfo/complexName/firstName", name)
    assert isinstance(QUOTE.read(json.dumps(body).encode()), QuotesPost)


AMOUNTS = {
    True: ["0", "5", "5.5", "0.5", "5.5555", "0.0001", "5" * 18, "9" * 18 + ".9999"],
    False: ["5.0", "5.", "5.00", "5.55555", "5" * 19, "-5.5", ".5", "00.5", "", "+1", "1e3", " 5", "1,5", "５", "5\n"],
}


@pytest.mark.parametrize(("valid", "amount"), [(valid, amount) for valid, rows in AMOUNTS.items() for amount in rows])
def test_amounts(transfer, valid, amount):
    answer = TRANSFER.read(json.dumps(put(transfer, "amount/amount", amount)).encode())
    assert isinstance(answer, TransfersPost) is valid


def test_a_full_quote_keeps_every_element(quote):
    answer = QUOTE.read(json.dumps(quote, indent=1).encode())
    assert json.loads(msgspec.json.encode(answer)) == quote


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (BodySchema(TransfersPut), {"transferState": "COMMITTED"}),
        (BodySchema(ErrorBody), {"errorInformation": {"errorCode": "7000", "errorDescription": "x", "more": 1}}),
        (BodySchema(PartiesPut), {"party": {"partyIdInfo": {"partyIdType": "IBAN", "partyIdentifier": "x"}}}),
    ],
)
def test_smallest_bodies(schema, body):
    assert isinstance(schema.read(json.dumps(body).encode()), schema.struct)


def test_quotes_carry_only_codes_of_the_api_definition():
    body = {"errorInformation": {"errorCode": "7000", "errorDescription": "x"}}
    assert refused(BodySchema(QuoteErrorBody), body)[0] == "3100"
    assert refused(BodySchema(QuotesPut), {})[0] == "3102"


def test_a_batch_of_ten_thousand_parties():
    parties = [{"partyIdType": "MSISDN", "partyIdentifier": str(number)} for number in range(10_000)]
    schema = BodySchema(ParticipantsPost, max_nodes=200_000)
    body = {"requestId": "01JD0000000000000000000002", "partyList": parties}
    assert isinstance(schema.read(json.dumps(body).encode()), ParticipantsPost)
    body["partyList"] = [*parties, parties[0]]
    assert refused(schema, body)[0] == "3103"
