"""Bulk transfers as a stranger would write them: orders of a payer, answers of a payee, and what each is told."""

import uuid
from typing import Any

from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, moment, new_id
from tests.e2e.hub import Message

PACKET = "AYICbQAAAAAAAAPoHGcucGF5ZWVmc3AubXNpc2RuLjIyNTU2OTk5MTI1ggIxZXk"


def item(units: str = "10", currency: str = "USD", **changed: Any) -> dict[str, Any]:
    """One item of an order."""
    return {
        "transferId": new_id(),
        "transferAmount": {"currency": currency, "amount": units},
        "ilpPacket": PACKET,
        "condition": CONDITION,
        **changed,
    }


def order(payer: Dfsp, payee: str, *items: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The body of a POST /bulkTransfers; two items of 10 if none are given."""
    return {
        "bulkTransferId": new_id(),
        "bulkQuoteId": str(uuid.uuid4()),
        "payerFsp": payer.name,
        "payeeFsp": payee,
        "individualTransfers": list(items) or [item(), item()],
        "expiration": moment(seconds=60),
        **changed,
    }


def ordered(payer: Dfsp, payee: Dfsp, *items: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Send an order that reaches its payee; its body."""
    body = order(payer, payee.name, *items, **changed)
    answer = payer.send("POST", "/bulkTransfers", body, payee.name)
    assert answer.status_code == 202, answer.text
    asked(payee, body)
    return body


def asked(payee: Dfsp, body: dict[str, Any]) -> Message:
    """The order as the payee gets it."""
    number = body["bulkTransferId"]
    return payee.listener.wait(lambda m: m.path == "/bulkTransfers" and m.json["bulkTransferId"] == number)


def paid(one: dict[str, Any], fulfilment: str = FULFILMENT, **changed: Any) -> dict[str, Any]:
    """The payee accepts an item."""
    return {"transferId": one["transferId"], "fulfilment": fulfilment, **changed}


def unpaid(one: dict[str, Any], code: str = "5104", text: str = "no") -> dict[str, Any]:
    """The payee refuses an item."""
    return {"transferId": one["transferId"], "errorInformation": {"errorCode": code, "errorDescription": text}}


def answered(payee: Dfsp, payer: str, body: dict[str, Any], *results: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Send the payee's answer: it accepts every item if none are given; its body."""
    results = results or tuple(paid(one) for one in body["individualTransfers"])
    said = {
        "bulkTransferState": "COMPLETED",
        "completedTimestamp": moment(),
        "individualTransferResults": list(results),
        **changed,
    }
    said = {name: value for name, value in said.items() if value is not None}
    answer = payee.send("PUT", path(body), said, payer)
    assert answer.status_code == 200, answer.text
    return said


def path(body: dict[str, Any]) -> str:
    """Where a bulk is told of."""
    return f"/bulkTransfers/{body['bulkTransferId']}"


def results(side: Dfsp, body: dict[str, Any], times: int = 1) -> tuple[str, list[str]]:
    """The state that side is told, and what became of each item: `paid` or its error code, in the order's sequence."""
    told = side.gets("PUT", path(body), times).json
    by_id = {one["transferId"]: one for one in told.get("individualTransferResults", [])}
    known = [one["transferId"] for one in body["individualTransfers"] if one["transferId"] in by_id]
    return told["bulkTransferState"], [_word(by_id[one]) for one in known]


def _word(result: dict[str, Any]) -> str:
    if "fulfilment" in result:
        return "paid"
    return str(result["errorInformation"]["errorCode"]) if "errorInformation" in result else "open"
