"""What the OpenAPI documents say of what stands beside the API of every port: health, metrics, and the document."""

from typing import Any, Final

PATH: Final = "/openapi.json"
HEALTH: Final = ("/health", "/v2/health")
METRICS: Final = "/metrics"
_STRING: Final = {"type": "string"}
_SERVICE: Final = {"type": "object", "properties": {"name": _STRING, "status": _STRING}, "required": ["name", "status"]}
_HEALTH: Final = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["OK", "DOWN"]},
        "uptime": {"type": "number", "description": "Seconds."},
        "startTime": {"type": "string", "format": "date-time"},
        "versionNumber": _STRING,
        "services": {"type": "array", "items": _SERVICE},
        "books": {
            "type": "object", "description": "What the last check of the books found broken; it decides nothing.",
            "properties": {
                "checked": {"type": ["string", "null"], "format": "date-time"},
                "broken": {"type": "array", "items": _STRING},
            },
        },
    },
    "required": ["status", "uptime", "startTime", "versionNumber"],
}
_SIMPLE: Final = {
    "name": "simple", "in": "query", "required": False, "schema": _STRING,
    "description": "true: without the services.",
}  # fmt: skip
_FIGURES: Final = "Figures of the hub for Prometheus; not on a door where participants prove who they are"
_METRICS: Final = {
    "operationId": "getMetrics",
    "summary": _FIGURES,
    "description": f"{_FIGURES}.",
    "parameters": [],
    "responses": {
        "200": {"description": "All of them.", "content": {"text/plain": {"schema": _STRING}}},
        "404": {"description": "Not on this door."},
    },
}


def get(name: str, summary: str, answers: dict[int, dict[str, Any]], *parameters: dict[str, Any]) -> dict[str, Any]:
    """A path that is only read; status -> schema of its JSON."""
    responses = {
        str(status): {"description": summary, "content": {"application/json": {"schema": schema}}}
        for status, schema in answers.items()
    }
    told = {"operationId": name, "summary": summary, "description": f"{summary}."}
    return {"get": {**told, "parameters": list(parameters), "responses": responses}}


def beside() -> dict[str, Any]:
    """Path -> operations."""
    summary = "Whether the hub and its services work"
    names = {HEALTH[0]: "getHealth", HEALTH[1]: "getHealthOfSettlement"}
    health = {path: get(name, summary, {200: _HEALTH, 502: _HEALTH}, _SIMPLE) for path, name in names.items()}
    return {**health, METRICS: {"get": _METRICS}, PATH: get("getOpenapi", "This document", {200: {"type": "object"}})}
