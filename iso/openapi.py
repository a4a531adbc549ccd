"""The OpenAPI 3.1 document of the banks' port: what it takes, and every answer it gives at once."""

from typing import Any, Final

from iso.answers import XML
from iso.api import PATH

_TEXT: Final = (
    "Business messages of ISO 20022 in XML. A message is answered 202 once it is stored; what becomes of it comes to "
    "the bank's own endpoint as a business message, and can be asked for here."
)
_STRING: Final = {"type": "string"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_PROBLEM: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_RETRY: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_ALLOW: Final = {"Allow": {"description": "The method.", "schema": _STRING}}
_BODY: Final = {"schema": {"type": "string", "format": "binary", "description": "A BizMsg, or a bare Document."}}


def _object(properties: dict[str, Any], *required: str, closed: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties, "required": list(required)}
    return found | ({"additionalProperties": False} if closed else {})


_REASON: Final = _object({"code": _STRING, "text": _STRING}, "code", "text")
_SCHEMAS: Final[dict[str, Any]] = {
    "Problem": _object(
        {
            "error": {**_STRING, "description": "A word that stays the same for the same cause."},
            "detail": {**_STRING, "description": "What is wrong, for people."},
        },
        "error",
        "detail",
    ),
    "Taken": _object({"messageId": _STRING, "digest": {**_STRING, "description": "SHA-256 in hex."}}, "messageId"),
    "Answer": _object(
        {
            "messageId": _STRING,
            "definition": {**_STRING, "description": "What kind of message it is: pacs.002.001.10 ..."},
            "digest": _STRING,
            "at": _MOMENT,
            "status": {**_STRING, "description": "TxSts of a pacs.002."},
            "reasons": {"type": "array", "items": _STRING},
        },
        "messageId",
        "digest",
    ),
    "Message": _object(
        {
            "messageId": _STRING,
            "received": _MOMENT,
            "digest": _STRING,
            "reference": {**_STRING, "description": "The payment or other object it is about."},
            "state": {
                **_STRING,
                "description": "RECEIVED, REFUSED, or the state of the payment.",
            },
            "reason": _REASON,
            "transferId": _STRING,
            "amount": _object({"currency": _STRING, "amount": _STRING}, "currency", "amount"),
            "payer": _STRING,
            "payee": _STRING,
            "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}},
        },
        "messageId",
        "state",
        "answers",
    ),
}


def document(version: str) -> dict[str, Any]:
    """The document; `version` is the hub's."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Isoloop ISO 20022 API", "version": version, "description": _TEXT},
        "paths": {PATH: {"post": _post()}, f"{PATH}/{{BizMsgIdr}}": {"get": _get()}},
        "components": {"schemas": _SCHEMAS},
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "postMessage",
        "summary": "Send a business message",
        "requestBody": {"required": True, "content": {XML: _BODY, "text/xml": _BODY}},
        "responses": {
            "202": {
                "description": "Taken for good.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}},
            },
            "400": {"description": "Visibly wrong: an admi.002 says where.", "content": {XML: {"schema": _STRING}}},
            **_problems(403, 405, 415, 500, 503),
        },
    }


def _get() -> dict[str, Any]:
    return {
        "operationId": "getMessage",
        "summary": "What became of a message",
        "parameters": [
            {
                "name": "BizMsgIdr", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1},
                "description": "BizMsgIdr of the message, or MsgId of a bare document.",
            },
            {
                "name": "from", "in": "query", "required": False, "schema": _STRING,
                "description": "The bank that sent it, where the connection does not prove it.",
            },
        ],
        "responses": {
            "200": {
                "description": "State and answers so far.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}},
            },
            **_problems(403, 404, 405, 500),
        },
    }  # fmt: skip


_MEANINGS: Final = {
    403: "The connection does not prove the sender.",
    404: "No such message is known.",
    405: "The path has another method, which `Allow` names.",
    415: "Not XML in UTF-8.",
    500: "The hub failed; the message may be sent again.",
    503: "Busy; send the same message again.",
}


def _problems(*statuses: int) -> dict[str, Any]:
    more = {405: {"headers": _ALLOW}, 503: {"headers": _RETRY}}
    return {
        str(status): {"description": _MEANINGS[status], "content": _PROBLEM, **more.get(status, {})}
        for status in statuses
    }
