"""What the OpenAPI documents say of reports: the list, and a path for each report a participant may read."""

from typing import Any, Final

from switch.reports.catalog import of_participants
from switch.reports.dataset import Column, ColumnKind, Definition, Scope
from switch.reports.doors import PATH
from switch.reports.order import Format
from switch.reports.writing import WRITERS

_STRING: Final = {"type": "string"}
_COUNT: Final = {"type": "integer"}
_TOLD: Final = (
    ("from", "begin: a day, or a time in UTC"), ("to", "end: a day that still belongs to it, or a time"),
    ("settlement", "id of a settlement"), ("window", "id of a window"), ("participant", "only of this one"),
    ("currency", "only of this one"), ("format", "json, csv, xlsx or html"), ("page", "of JSON, from 1 on"),
)  # fmt: skip
PARAMETERS: Final[list[dict[str, Any]]] = [
    {"name": name, "in": "query", "required": False, "schema": _STRING, "description": text} for name, text in _TOLD
]
"""What may be asked of a report."""
_OWN: Final = {
    "name": "participant", "in": "query", "required": False, "schema": {"type": "string", "minLength": 1},
    "description": "Who asks, where the connection does not prove it.",
}  # fmt: skip
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "settlement": {"type": "string", "pattern": "^[1-9][0-9]{0,14}$"},
    "window": {"type": "string", "pattern": "^[1-9][0-9]{0,14}$"},
    "page": {"type": "string", "pattern": "^[1-9][0-9]{0,14}$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "format": {"type": "string", "enum": [each.value for each in Format]},
}
_CELLS: Final[dict[ColumnKind, dict[str, Any]]] = {
    ColumnKind.TEXT: _STRING,
    ColumnKind.COUNT: _COUNT,
    ColumnKind.MONEY: {"type": "number"},
    ColumnKind.TIME: {"type": "string", "format": "date-time"},
}
_REFUSED: Final = {
    "type": "object", "properties": {"error": _STRING, "detail": _STRING}, "required": ["error", "detail"],
}  # fmt: skip
_REFUSALS: Final = {
    400: "A parameter is wrong or missing.",
    403: "The connection proves nobody, or somebody else.",
    404: "There is no such participant, settlement or window.",
    405: "Reports are asked for with GET.",
    413: "It is too long for this format.",
    503: "Busy; ask again in a moment.",
}
FORMS: Final[dict[str, Any]] = {media.partition(";")[0]: {} for media, _ in WRITERS.values()}
"""The media types of a report."""


def paths() -> dict[str, Any]:
    """Path -> its operation, for the ports of participants."""
    return {PATH: {"get": _list()}, **{f"{PATH}/{each.name}": {"get": _report(each)} for each in of_participants()}}


def _list() -> dict[str, Any]:
    listed = {
        "type": "object",
        "properties": {
            "name": _STRING, "title": _STRING, "summary": _STRING,
            "of": {"type": "string", "enum": [each.value for each in Scope]},
            "needs": {"type": "array", "items": _STRING}, "checks": {"type": "array", "items": _STRING},
            "columns": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["name", "title", "of", "needs", "columns", "checks"],
    }  # fmt: skip
    return {
        "operationId": "listReports",
        "summary": "The reports that a participant may read, what each is of, and its columns",
        "parameters": [_OWN],
        "responses": {
            "200": {"description": "All of them.", "content": _json({"type": "array", "items": listed})},
            **_refusals(400, 403, 404, 405),
        },
    }


def _report(definition: Definition) -> dict[str, Any]:
    needed = {"settlement"} if definition.scope is Scope.SETTLEMENT else set()
    asked = [
        {**each, "required": each["name"] in needed, "schema": _SCHEMAS.get(each["name"], _STRING)}
        for each in PARAMETERS
        if each["name"] != "participant"
    ]
    forms = {media: {"schema": _STRING} for media in FORMS} | _json(_page(definition))
    name = "".join(word.capitalize() for word in definition.name.split("-"))
    return {
        "operationId": f"getReport{name}",
        "summary": definition.title,
        "description": definition.summary,
        "parameters": [*asked, _OWN],
        "responses": {"200": {"description": "The asker's own part of it.", "content": forms}, **_refusals(*_REFUSALS)},
    }


def _page(definition: Definition) -> dict[str, Any]:
    row = {
        "type": "object",
        "properties": {column.name: _cell(column) for column in definition.columns},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "report": {"const": definition.name},
            "title": _STRING,
            "made": {"type": "string", "format": "date-time"},
            "parameters": {"type": "object"},
            "columns": {"type": "array", "items": {"type": "object"}},
            "sound": {"type": "boolean", "description": "Whether every check holds."},
            "checks": {"type": "array", "items": {"type": "object"}},
            "page": _COUNT,
            "next": {"type": ["string", "null"], "description": "The query of the next page."},
            "rows": {"type": "array", "items": row},
        },
        "required": ["report", "columns", "sound", "checks", "page", "rows"],
    }


def _cell(column: Column) -> dict[str, Any]:
    return {**_CELLS[column.kind], "description": column.title}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _refusals(*statuses: int) -> dict[str, Any]:
    return {str(status): {"description": _REFUSALS[status], "content": _json(_REFUSED)} for status in statuses}
