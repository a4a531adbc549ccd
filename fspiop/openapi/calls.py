"""Every call the FSPIOP port takes, found by asking the resources themselves which paths and methods they have."""

from typing import Any, Final, NamedTuple

import msgspec

from fspiop.api.app import RESOURCES
from fspiop.api.resource import Operation, Resource
from fspiop.api.variant import VARIANTS
from fspiop.headers import ISO_RESOURCES, ISO_VERSIONS, supported_versions
from fspiop.incoming import Kind
from fspiop.messages.dialogues import DIALOGUES, SERVICE_TYPES
from fspiop.messages.fields import CORRELATION_ID
from fspiop.openapi.schemas import published
from fspiop.rules import PARTICIPANT_TYPES, PARTY_TYPES
from schemas.canonical.wire import Dialect

_PARTY_PATHS: Final = ("{Type}/{ID}", "{Type}/{ID}/{SubId}", "{Type}/{ID}/error", "{Type}/{ID}/{SubId}/error")
_FXP: Final = "FXP/{SourceCurrency}/{TargetCurrency}"
_SERVICE_PATHS: Final = ("{ServiceType}", "{ServiceType}/error", _FXP, f"{_FXP}/error")
_PATHS: Final = ("", "{ID}", "{ID}/error", *_PARTY_PATHS, *_SERVICE_PATHS)
_EXAMPLES: Final = {
    "{ID}": "9b7a3a0e-1f58-4c39-9d52-7b5f1d1f0a11",
    "{Type}": "MSISDN",
    "{SubId}": "BUSINESS",
    "{ServiceType}": "PISP",
    "{SourceCurrency}": "USD",
    "{TargetCurrency}": "KES",
}
# Where a path begins with one of these, it is of that resource only.
_OWNERS: Final = {"{Type}": ("parties", "participants"), "{ServiceType}": ("services",), "FXP": ("services",)}
_CURRENCY: Final = {"$ref": "#/components/schemas/Currency"}
_ANY_ID: Final = "x"
_STRICT_ID: Final = {"type": "string", "pattern": published(CORRELATION_ID)}
_LOOSE_ID: Final = {"type": "string", "minLength": 1, "maxLength": 128}


class Call(NamedTuple):
    """A method on a path of a resource; `{...}` in the path are its ids."""

    method: str
    path: str
    resource: str
    operation: Operation

    @property
    def ids(self) -> list[str]:
        """The names of the ids in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def query(self) -> tuple[str, ...]:
        """The names a GET must have in its query."""
        row = DIALOGUES.get(self.resource)
        return row.query if row is not None and self.operation.kind is Kind.GET else ()


def calls() -> list[Call]:
    """Every call that is not always refused, in the order of the resources."""
    return [call for resource in RESOURCES for path in _PATHS for call in _calls(resource, path)]


def _calls(resource: Resource, path: str) -> list[Call]:
    found = resource.find(_segments(path))
    if found is None or found.refusal is not None or _is_shadow(resource, path):
        return []
    whole = f"/{resource.name}/{path}".rstrip("/")
    return [
        Call(method, whole, resource.name, operation)
        for method, operation in found.operations.items()
        if operation.refusal is None
    ]


def _segments(path: str, **others: str) -> tuple[str, ...]:
    return tuple(others.get(part[1:-1], _EXAMPLES.get(part, part)) for part in path.split("/")) if path else ()


def _is_shadow(resource: Resource, path: str) -> bool:
    """A request id where a party type could stand, and the other way round."""
    return resource.name not in _OWNERS.get(path.partition("/")[0], (resource.name,))


def id_schema(call: Call, name: str) -> dict[str, Any]:
    """The schema of an id in the path; whether it must be a UUID or ULID is asked of the resource."""
    if name == "Type":
        return {"type": "string", "enum": sorted(PARTY_TYPES if call.resource == "parties" else PARTICIPANT_TYPES)}
    if name == "ServiceType":
        return {"type": "string", "enum": list(SERVICE_TYPES)}
    if name.endswith("Currency"):
        return _CURRENCY
    resource = next(each for each in RESOURCES if each.name == call.resource)
    found = resource.find(_segments(call.path.split("/", 2)[2], **{name: _ANY_ID}))
    return _LOOSE_ID if found is not None and found.refusal is None else _STRICT_ID


def bodies(call: Call) -> dict[str, type[msgspec.Struct] | None]:
    """The media types a call may come in, each with its body (None: it has none)."""
    schema = call.operation.schema
    classic = None if schema is None else schema.struct
    found: dict[str, type[msgspec.Struct] | None] = {
        media_type(call.resource, version): classic for version in supported_versions(call.resource, Dialect.FSPIOP)
    }
    if call.resource in ISO_RESOURCES:
        row = VARIANTS.get((call.resource, call.operation.kind))
        found |= {
            media_type(call.resource, version, "iso20022."): row.iso.struct if row is not None else classic
            for version in ISO_VERSIONS
        }
    return found


def media_type(resource: str, version: str, variant: str = "") -> str:
    """A media type of the API."""
    return f"application/vnd.interoperability.{variant}{resource}+json;version={version}"
