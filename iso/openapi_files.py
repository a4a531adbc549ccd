"""What the OpenAPI document says of files: POST and GET of /iso20022/files."""

from typing import Any, Final

FILES: Final = "/iso20022/files"
_STRING: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_XML: Final = {"schema": {"type": "string", "format": "binary", "description": "A pain.001 of any length."}}
_FROM: Final = {
    "name": "from", "in": "query", "required": False, "schema": _STRING,
    "description": "The participant that sends it, where neither the connection nor an AppHdr says so.",
}  # fmt: skip
_MESSAGE_ID: Final = {"name": "messageId", "in": "query", "required": True, "schema": _STRING, "description": "MsgId."}
_FINDING: Final = {
    "type": "object",
    "properties": {"line": _COUNT, "path": _STRING, "code": _STRING, "text": _STRING},
    "required": ["line", "path", "code", "text"],
}
TRANSACTIONS: Final = {
    "type": "object",
    "properties": dict.fromkeys(("taken", "settled", "rejected", "open"), _COUNT),
    "required": ["taken", "settled", "rejected", "open"],
    "description": "How many transactions of an order are where.",
}
SCHEMAS: Final[dict[str, Any]] = {
    "FileAnswer": {
        "type": "object",
        "properties": {
            "messageId": {"type": ["string", "null"]},
            "announced": {"type": ["string", "null"], "description": "NbOfTxs of the file."},
            "taken": {**_COUNT, "description": "Transactions that are stored."},
            "lastEndToEndId": {**_STRING, "description": "The last of them."},
            "state": {**_STRING, "description": "TAKEN."},
            "rules": {
                "type": "object",
                "additionalProperties": _COUNT,
                "description": "How often the file breaks which rule, warnings too; absent if it keeps all.",
            },
            "error": {**_STRING, "description": "A word that stays the same for the same cause."},
            "detail": _STRING,
            "findings": {"type": "array", "items": _FINDING},
        },
    },
    "FileStanding": {
        "type": "object",
        "properties": {
            "messageId": _STRING,
            "state": {**_STRING, "description": "INCOMPLETE, or the group status as in pain.002."},
            "transactions": TRANSACTIONS,
            "announced": _STRING,
            "lastEndToEndId": _STRING,
            "until": {"type": "string", "format": "date-time"},
            "reason": {"type": "object", "properties": {"code": _STRING, "text": _STRING}},
        },
        "required": ["messageId", "state", "transactions"],
    },
}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def path_item() -> dict[str, Any]:
    """The two operations."""
    refused = {
        "400": "Something is wrong in it; what was taken before is kept.",
        "403": "The connection proves somebody else, or nobody.",
        "405": "Neither POST nor GET.",
        "409": "The MsgId was used before for other transactions.",
        "415": "Not XML.",
        "503": "Busy: send the file again, it goes on where it stopped.",
    }
    return {
        "post": {
            "operationId": "sendFile",
            "summary": "Send a file of payments of any length",
            "parameters": [_FROM],
            "requestBody": {"required": True, "content": {"application/xml": _XML, "text/xml": _XML}},
            "responses": {
                "202": _answer("All of it is stored.", "FileAnswer"),
                **{status: _answer(text, "FileAnswer") for status, text in refused.items()},
            },
        },
        "get": {
            "operationId": "fileStanding",
            "summary": "How far a file is",
            "parameters": [_MESSAGE_ID, _FROM],
            "responses": {
                "200": _answer("It is known.", "FileStanding"),
                "400": _answer("The sender is not known.", "FileAnswer"),
                "403": _answer("The connection proves somebody else, or nobody.", "FileAnswer"),
                "404": _answer("No such file was taken.", "FileAnswer"),
            },
        },
    }
