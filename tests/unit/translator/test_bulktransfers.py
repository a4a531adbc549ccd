"""Bulk transfers on the wire: what an order and an answer say, and what payer and payee are told."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from fspiop.messages.bulktransfers import BulkTransfersPost, BulkTransfersPut
from fspiop.messages.errors import ErrorBody, ErrorInformation
from schemas.canonical.bulk import Bulk, BulkAborted, BulkEnded, BulkItem, BulkReserved, BulkState, BulkStated
from schemas.canonical.events import Event, Refused
from schemas.canonical.faults import fault, participant_fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.bulk_items import parts
from translator.dialect import RenderContext, render
from translator.fspiop import bulktransfers

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PAYER, PAYEE = FspId("payerfsp"), FspId("payeefsp")
HASH = "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0"
IDS = [TransferId(f"{number:08x}-6c1e-4c55-8d7a-2f7d0b0f7a11") for number in range(4)]
EXTENSIONS = {"extension": [{"key": "k2", "value": "v2"}, {"key": "k1", "value": "v1"}]}


def order(*items, **changed) -> dict:
    return {
        "bulkTransferId": "b51ec534-ee48-4575-b6a9-ead2955b8069",
        "bulkQuoteId": "b51ec534-ee48-4575-b6a9-ead2955b8070",
        "payerFsp": PAYER,
        "payeeFsp": PAYEE,
        "individualTransfers": list(items),
        "expiration": "2026-11-20T08:01:00.000Z",
        **changed,
    }


def item(number, amount="1.5", **changed) -> dict:
    return {
        "transferId": IDS[number],
        "transferAmount": {"currency": "USD", "amount": amount},
        "ilpPacket": "AYIBgQ",
        "condition": HASH,
        **changed,
    }


def read(kind, body):
    return msgspec.convert(body, kind)


def envelope(body=None) -> Envelope:
    raw = msgspec.json.encode(body or {})
    return Envelope(
        PAYER, Dialect.FSPIOP, PAYEE, original=Original(Dialect.FSPIOP, "POST", "/bulkTransfers", (), raw, "d")
    )


def bulk(state=BulkState.COMPLETED, *items, **fields) -> Bulk:
    return Bulk("b51e", PAYER, PAYEE, NOW, state, items, b"", NOW, **fields)


def told(body, receiver=PAYER, version="1.1", original=None):
    context = RenderContext(NOW, "", lambda name: None, fspiop_version=version)
    return render(Event(receiver, body, original=original), Participant(receiver), context)


def test_an_order_becomes_transfers_of_one_group():
    body = order(item(0), item(1, "0"), item(2, extensionList=EXTENSIONS))
    command = bulktransfers.prepare(read(BulkTransfersPost, body), envelope(body))

    assert [part.fault.name if part.fault else None for part in parts(command)] == [None, "ZERO_AMOUNT", None]
    assert {(part.group, part.payer, part.payee) for part in parts(command)} == {(body["bulkTransferId"], PAYER, PAYEE)}
    assert {part.expiry for part in parts(command)} == {NOW + timedelta(seconds=60)}
    assert [part.amount.fspiop for part in parts(command)] == ["1.5", "0", "1.5"]
    assert {(part.envelope.original, part.envelope.receiver, part.condition) for part in parts(command)} == {
        (None, None, HASH)
    }


def test_packets_travel_only_where_each_item_is_paid_by_itself():
    body = read(BulkTransfersPost, order(item(0, extensionList=EXTENSIONS)))
    (plain,) = bulktransfers.prepare(body, envelope()).items
    (to_bank,) = bulktransfers.prepare(body, envelope(), lambda packet: None).items
    assert (plain.terms.packet, to_bank.terms.packet) == (None, "AYIBgQ")
    assert len(to_bank.terms.extensions) == 2


def test_an_answer_accepts_with_a_fulfilment_and_refuses_with_an_error():
    error = {"errorCode": "5104", "errorDescription": "no", "extensionList": EXTENSIONS}
    unknown = {"errorCode": "9999", "errorDescription": "what"}
    results = [
        {"transferId": IDS[0], "fulfilment": HASH, "extensionList": EXTENSIONS},
        {"transferId": IDS[1], "errorInformation": error},
        {"transferId": IDS[2], "errorInformation": unknown},
        {"transferId": IDS[3]},
    ]
    body = {"bulkTransferState": "COMPLETED", "individualTransferResults": results}
    command = bulktransfers.answer("b", read(BulkTransfersPut, body), envelope())

    kinds = [type(part).__name__ for part in parts(command)]
    assert kinds == ["Fulfil", "Reject", "Reject", "Reject"]
    assert [part.fault.fspiop for part in list(parts(command))[1:]] == ["5104", "3100", "3100"]
    assert command.items[1].fault.extensions == (("k2", "v2"), ("k1", "v1"))
    assert command.items[0].extensions == (("k2", "v2"), ("k1", "v1"))


def test_a_refusal_of_the_whole_keeps_its_code():
    body = ErrorBody(ErrorInformation("5104", "closed"))
    assert bulktransfers.reject("b", body, envelope()).fault.fspiop == "5104"


def test_the_payee_gets_the_order_with_what_is_reserved_only():
    """The second item and the repetition of the first are left out; nothing else of the order changes."""
    body = order(item(0, extensionList=EXTENSIONS), item(1), item(2), item(0, "9"), extensionList=EXTENSIONS)
    reserved = bulk(BulkState.ACCEPTED, BulkItem(IDS[0]), BulkItem(IDS[2]))
    sent = told(BulkReserved(reserved), PAYEE, original=envelope(body).original)

    wanted = body | {"individualTransfers": [body["individualTransfers"][0], body["individualTransfers"][2]]}
    assert msgspec.json.decode(sent.body) == wanted
    assert (sent.method, sent.path, sent.uri, sent.source, sent.destination, sent.sign_as) == (
        "POST", "/bulkTransfers", "/bulkTransfers", "Hub", PAYEE, "hub",
    )  # fmt: skip
    assert sent.endpoint_type == "FSPIOP_CALLBACK_URL_BULK_TRANSFER_POST"


def test_results_are_told_with_fulfilment_or_error():
    results = (
        BulkItem(IDS[0], fulfilment=HASH, extensions=(("k", "v"),)),
        BulkItem(IDS[1], refused=True, fault=fault("INSUFFICIENT_LIQUIDITY")),
        BulkItem(IDS[2], fault=participant_fault("5104", "MS02", "no", (("k", "v"),))),
    )
    sent = told(BulkEnded(bulk(BulkState.COMPLETED, *results, completed=NOW)))

    extensions = {"extension": [{"key": "k", "value": "v"}]}
    assert msgspec.json.decode(sent.body) == {
        "bulkTransferState": "COMPLETED",
        "completedTimestamp": "2026-11-20T08:00:00.000Z",
        "individualTransferResults": [
            {"transferId": IDS[0], "fulfilment": HASH, "extensionList": extensions},
            {
                "transferId": IDS[1],
                "errorInformation": {"errorCode": "4001", "errorDescription": "Payer FSP insufficient liquidity"},
            },
            {
                "transferId": IDS[2],
                "errorInformation": {"errorCode": "5104", "errorDescription": "no", "extensionList": extensions},
            },
        ],
    }
    assert (sent.method, sent.path, sent.uri) == ("PUT", "/bulkTransfers/b51e", "/payerfsp/bulkTransfers/b51e")
    assert sent.endpoint_type == "FSPIOP_CALLBACK_URL_BULK_TRANSFER_PUT"


# state inside, word outside, whether results are listed, whether it is over
STATES = [
    (BulkState.ACCEPTED, "ACCEPTED", True, False),
    (BulkState.PROCESSING, "PROCESSING", False, False),
    (BulkState.EXPIRING, "PROCESSING", False, False),
    (BulkState.ABORTING, "PROCESSING", False, False),
    (BulkState.COMPLETED, "COMPLETED", True, True),
    (BulkState.EXPIRED, "COMPLETED", True, True),
    (BulkState.REJECTED, "REJECTED", True, True),
    (BulkState.INVALID, "REJECTED", False, True),
]


@pytest.mark.parametrize(("state", "word", "listed", "over"), STATES, ids=[row[0].value for row in STATES])
def test_each_state_has_its_word(state, word, listed, over):
    items = () if state is BulkState.INVALID else (BulkItem(IDS[0], fulfilment=HASH),)
    body = msgspec.json.decode(told(BulkStated(bulk(state, *items))).body)
    assert body["bulkTransferState"] == word
    assert ("individualTransferResults" in body, "completedTimestamp" in body) == (listed, over)


def test_every_state_is_in_the_table():
    assert {row[0] for row in STATES} == set(BulkState)


@pytest.mark.parametrize(
    "body", [BulkAborted(bulk(fault=fault("VALIDATION"))), Refused("bulkTransfers", "b51e", fault("VALIDATION"))]
)
def test_errors_go_where_errors_go(body):
    sent = told(body)
    assert msgspec.json.decode(sent.body)["errorInformation"]["errorCode"] == "3100"
    assert (sent.path, sent.uri) == ("/bulkTransfers/b51e/error", "/payerfsp/bulkTransfers/b51e/error")
    assert (sent.endpoint_type, sent.resource) == ("FSPIOP_CALLBACK_URL_BULK_TRANSFER_ERROR", "bulkTransfers")
