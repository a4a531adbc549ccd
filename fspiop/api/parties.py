"""/parties: GET, PUT and PUT error, each with and without sub-id (reference sections 2 and 14.1)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.errors import ErrorBody
from fspiop.messages.parties import PartiesPut
from fspiop.messages.schema import BodySchema
from fspiop.rules import PARTY_TYPES, Now, identifier_fault

_ITEM: Final = {"GET": Operation(Kind.GET), "PUT": Operation(Kind.PUT, BodySchema(PartiesPut))}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}
_NO_TYPE: Final = refuse("VALIDATION", "/path/Type must be equal to one of the allowed values")


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case (_, _, "error") | (_, _, _, "error"):
            ids, operations = segments[:-1], _ERROR
        case (_, _) | (_, _, _):
            ids, operations = segments, _ITEM
        case _:
            return None
    return Found(ids, operations, None if ids[0] in PARTY_TYPES else _NO_TYPE)


def _rules(message: IncomingFspiop, _now: Now) -> IncomingFspiop | Refusal:
    reason = identifier_fault(*message.ids)
    return message if reason is None else replace(message, fault=reason)


RESOURCE: Final = Resource("parties", _find, _rules)
