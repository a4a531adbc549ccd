"""The OpenAPI text of the operator API: FastAPI's own, completed with the bodies and answers that routes tell.

Bodies are read and answers written by msgspec, so their schemas come from the same structs.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
from fastapi import APIRouter, FastAPI, Path
from fastapi.routing import APIRoute
from msgspec import Meta

from switch.observe_api import beside

_REF: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_MEANINGS: Final = {
    200: "Done", 201: "Created", 202: "Accepted", 204: "Done", 400: "Refused", 500: "Refused: 2001", 503: "Try again",
}  # fmt: skip
_ALWAYS: Final = (400, 503)
E = TypeVar("E", bound=Callable[..., Any])

Code = Annotated[str, Meta(pattern="^[1-9][0-9]{3}$")]
Text = Annotated[str, Meta(min_length=1, max_length=128)]
Number = Annotated[int, Path(ge=1, le=2**53 - 1)]
"""An id of the hub's own making in a path."""


class ErrorInformation(msgspec.Struct, rename="camel"):
    """Code and text of an error."""

    error_code: Code
    error_description: Text


class Refused(msgspec.Struct, rename="camel"):
    """The body of every refusal."""

    error_information: ErrorInformation


class Told(NamedTuple):
    """What a route takes and answers: the status when it succeeds, the types, and further statuses of refusals."""

    status: int
    answer: Any
    body: Any
    refusals: tuple[int, ...]


def tells(status: int, answer: Any = None, *, body: Any = None, refusals: Iterable[int] = ()) -> Callable[[E], E]:
    """Tell the OpenAPI text what a route answers (None: nothing) and takes; 400 and 503 it may always answer."""

    def mark(endpoint: E) -> E:
        endpoint.told = Told(status, answer, body, tuple(refusals))  # type: ignore[attr-defined]
        return endpoint

    return mark


class OperatorApi(FastAPI):
    """FastAPI with a complete OpenAPI text."""

    def __init__(self, **options: Any) -> None:
        """Remember the routers that are included: the application hides their routes."""
        self._included: list[APIRouter] = []
        super().__init__(**options)

    def include_router(self, router: APIRouter, **options: Any) -> None:
        """Take in a router's routes."""
        self._included.append(router)
        super().include_router(router, **options)

    def openapi(self) -> dict[str, Any]:
        """The text, made once."""
        if self.openapi_schema is None:
            made = super().openapi()
            routes = [route for router in self._included for route in router.routes]
            _complete(made, [route for route in routes if isinstance(route, APIRoute)])
            made["paths"].update(beside())
        return self.openapi_schema or {}


def _complete(made: dict[str, Any], routes: list[APIRoute]) -> None:
    told: list[tuple[APIRoute, Told | None]] = [(route, getattr(route.endpoint, "told", None)) for route in routes]
    kinds = [Refused, *(kind for _, each in told if each for kind in (each.answer, each.body) if kind is not None)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(map(_name, kinds), schemas, strict=True))
    for route, each in told:
        for method in route.methods or ():
            operation = made["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _describe(operation, each, schema_of)
    known = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known.update(_numbers(components))


def _describe(operation: dict[str, Any], told: Told | None, schema_of: dict[str, Any]) -> None:
    refused = schema_of[_name(Refused)]
    succeeded = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    if told is not None:
        succeeded = {str(told.status): _response(told.status, schema_of[_name(told.answer)] if told.answer else None)}
        if told.body is not None:
            operation["requestBody"] = {
                "required": True, "content": {_JSON: {"schema": schema_of[_name(told.body)]}},
            }  # fmt: skip
    statuses = sorted({*_ALWAYS, *(told.refusals if told is not None else (500,))})
    operation["responses"] = succeeded | {str(status): _response(status, refused) for status in statuses}


def _numbers(schema: Any) -> Any:
    """Decimals are numbers here; msgspec describes them as texts."""
    if isinstance(schema, list):
        return [_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _numbers(each) for name, each in schema.items()}
    if found.get("format") == "decimal":
        found["type"] = "number"
        del found["format"]
    return found


def _response(status: int, schema: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"description": _MEANINGS[status]}
    return described if schema is None else described | {"content": {_JSON: {"schema": schema}}}


def _name(kind: Any) -> str:
    return repr(kind)
