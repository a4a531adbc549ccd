"""The OpenAPI 3.1 document of the banks' port: what it takes, and every answer it gives at once."""

from typing import Any, Final

from iso import openapi_files
from iso.answers import XML
from iso.api import ACKNOWLEDGED, PATH
from iso.collect import LIMIT_MAX, PREFER_MAX_S, WAIT_MAX_S

RESEND: Final = "/iso20022/resend"
"""Where a bank asks for what it was sent."""
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
    "Waiting": _object(
        {
            "messages": {
                "type": "array",
                "items": _object(
                    {
                        "id": {**_STRING, "description": "BizMsgIdr."},
                        "place": {**_STRING, "description": "Its other name, for ever."},
                        "definition": _STRING,
                        "created": _MOMENT,
                        "body": {**_STRING, "description": "The whole signed message."},
                    },
                    "id",
                    "place",
                    "definition",
                    "created",
                    "body",
                ),
            }
        },
        "messages",
    ),
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
            "payments": {
                "type": "array",
                "description": "Those of a message of many; state is then PROCESSING or COMPLETED.",
                "items": _object(
                    {"transferId": _STRING, "endToEndId": _STRING, "reason": _REASON}, "transferId", "endToEndId"
                ),
            },
            "transactions": openapi_files.TRANSACTIONS,
            "announced": _STRING,
            "lastEndToEndId": _STRING,
            "until": _MOMENT,
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
        "paths": {
            PATH: {"post": _post(), "get": _fetch()},
            ACKNOWLEDGED: {"post": _acknowledge()},
            f"{PATH}/{{BizMsgIdr}}": {"get": _get(), "delete": _delete()},
            RESEND: {"get": _sent(), "post": _resend()},
            openapi_files.FILES: openapi_files.path_item(),
        },
        "components": {"schemas": _SCHEMAS | openapi_files.SCHEMAS},
    }


_NAMED: Final = {"name": "BizMsgIdr", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_LIST: Final = {"type": "array", "items": _STRING}
_PARTICIPANT: Final = {
    "name": "participant", "in": "query", "required": False, "schema": {"type": "string", "minLength": 1},
    "description": "The bank that fetches, where the connection does not prove it.",
}  # fmt: skip


def _number(name: str, least: int, most: int, text: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _fetch() -> dict[str, Any]:
    headers = {
        "BizMsgIdr": {"description": "Name of the message.", "schema": _STRING},
        "Isoloop-Id": {"description": "Its other name, for ever.", "schema": _STRING},
    }
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Waiting"}},
        XML: {"schema": {**_STRING, "description": "With Accept: application/xml, the oldest message alone."}},
    }
    return {
        "operationId": "fetchMessages",
        "summary": "What waits for a bank whose delivery is pull",
        "parameters": [
            _number("limit", 1, LIMIT_MAX, "Most messages in one answer (50)."),
            _number("wait", 0, WAIT_MAX_S, "Seconds to wait for the first message where none is there (0)."),
            _PARTICIPANT,
        ],
        "responses": {
            "200": {"description": "The oldest messages, until acknowledged.", "headers": headers, "content": content},
            "204": {"description": "Nothing waits (XML)."},
            **_problems(400, 403, 409, 500),
        },
    }


def _acknowledge() -> dict[str, Any]:
    ids = {"type": "array", "items": _STRING, "minItems": 1, "maxItems": LIMIT_MAX}
    done = _object({"acknowledged": _LIST, "unknown": _LIST}, "acknowledged", "unknown")
    return {
        "operationId": "acknowledgeMessages",
        "summary": "Say that messages are kept, so that they do not come again",
        "parameters": [_PARTICIPANT],
        "requestBody": {
            "required": True, "content": {"application/json": {"schema": _object({"ids": ids}, "ids")}}
        },
        "responses": {
            "200": {"description": "Which of them waited.", "content": {"application/json": {"schema": done}}},
            **_problems(400, 403, 409, 500),
        },
    }  # fmt: skip


def _sent() -> dict[str, Any]:
    wanted = (
        ("businessMessageId", _STRING, "BizMsgIdr of a message; may be given again."),
        ("definition", _STRING, "How its definition begins, such as pacs.002."),
        ("fromDateTime", _MOMENT, "Sent at that moment or later."),
        ("toDateTime", _MOMENT, "Sent at that moment or earlier."),
    )
    return {
        "operationId": "listSentMessages",
        "summary": "What a bank was sent, the oldest first, at most 100",
        "parameters": [
            *({"name": name, "in": "query", "required": False, "schema": kind, "description": text}
              for name, kind, text in wanted),
            _PARTICIPANT,
        ],
        "responses": {"200": _found("What fits."), **_problems(400, 403, 405, 500)},
    }  # fmt: skip


def _resend() -> dict[str, Any]:
    body = {"businessMessageIds": _LIST, "definition": _STRING, "fromDateTime": _MOMENT, "toDateTime": _MOMENT}
    return {
        "operationId": "resendMessages",
        "summary": "Have messages sent again, marked as duplicates (CpyDplct DUPL)",
        "parameters": [_PARTICIPANT],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _object(body)}}},
        "responses": {"202": _found("What is sent again."), **_problems(400, 403, 405, 500, 503)},
    }


def _found(text: str) -> dict[str, Any]:
    one = _object(
        {"messageId": _STRING, "definition": _STRING, "at": _MOMENT, "digest": _STRING},
        "messageId", "definition", "at", "digest",
    )  # fmt: skip
    listed = _object({"messages": {"type": "array", "items": one}}, "messages")
    return {"description": text, "content": {"application/json": {"schema": listed}}}


def _delete() -> dict[str, Any]:
    return {
        "operationId": "acknowledgeMessage",
        "summary": "Say that one message is kept",
        "parameters": [{**_NAMED, "description": "BizMsgIdr or Isoloop-Id of a message that waits."}, _PARTICIPANT],
        "responses": {
            "204": {"description": "It does not come again."},
            **_problems(400, 403, 404, 409, 500),
        },
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "postMessage",
        "summary": "Send a business message",
        "parameters": [
            {
                "name": "Prefer", "in": "header", "required": False, "schema": _STRING,
                "description": f"wait=N: have the first message about this one in the reply, if it comes within N "
                f"seconds ({PREFER_MAX_S} at most).",
            },
        ],
        "requestBody": {"required": True, "content": {XML: _BODY, "text/xml": _BODY, "application/soap+xml": _BODY}},
        "responses": {
            "200": {"description": "Taken, and answered: the answer (Prefer).", "content": {XML: {"schema": _STRING}}},
            "202": {
                "description": "Taken for good.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}},
            },
            "400": {"description": "Visibly wrong: an admi.002 says where.", "content": {XML: {"schema": _STRING}}},
            **_problems(403, 405, 415, 500, 503),
        },
    }  # fmt: skip


def _get() -> dict[str, Any]:
    return {
        "operationId": "getMessage",
        "summary": "What became of a message",
        "parameters": [
            {**_NAMED, "description": "BizMsgIdr of the message, or MsgId of a bare document."},
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
    400: "A parameter or the body is wrong.",
    409: "The bank's messages are not fetched: its profile has another delivery.",
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
