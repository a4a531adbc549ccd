"""/participants: which FSP holds a party, one by one or in batches (reference sections 2 and 14.2)."""

from typing import Final

from msgspec.structs import replace

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.errors import ErrorBody
from fspiop.messages.participants import ParticipantPost, ParticipantPut, ParticipantsPost, ParticipantsPut
from fspiop.messages.schema import BodySchema
from fspiop.rules import PARTICIPANT_TYPES, Now, identifier_fault

# A batch may hold 10,000 parties of some ten values each.
_BATCH_NODES: Final = 200_000
_COLLECTION: Final = {"POST": Operation(Kind.BATCH_POST, BodySchema(ParticipantsPost, _BATCH_NODES))}
_BATCH: Final = {"PUT": Operation(Kind.BATCH_PUT, BodySchema(ParticipantsPut, _BATCH_NODES))}
_BATCH_ERROR: Final = {"PUT": Operation(Kind.BATCH_PUT_ERROR, BodySchema(ErrorBody))}
_ITEM: Final = {
    "GET": Operation(Kind.GET),
    "POST": Operation(Kind.POST, BodySchema(ParticipantPost)),
    "PUT": Operation(Kind.PUT, BodySchema(ParticipantPut)),
    "DELETE": Operation(Kind.DELETE),
}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}
_NO_TYPE: Final = refuse("VALIDATION", "/path/Type must be equal to one of the allowed values")
_BATCH_KINDS: Final = frozenset({Kind.BATCH_POST, Kind.BATCH_PUT, Kind.BATCH_PUT_ERROR})


def _find(segments: tuple[str, ...]) -> Found | None:
    match segments:
        case ():
            return Found((), _COLLECTION)
        case (request_id,):
            return Found((request_id,), _BATCH)
        # A type is no request id, so `/participants/ALIAS/error` names a party called "error".
        case (request_id, "error") if request_id not in PARTICIPANT_TYPES:
            return Found((request_id,), _BATCH_ERROR)
        case (_, _, "error") | (_, _, _, "error"):
            ids, operations = segments[:-1], _ERROR
        case (_, _) | (_, _, _):
            ids, operations = segments, _ITEM
        case _:
            return None
    return Found(ids, operations, None if ids[0] in PARTICIPANT_TYPES else _NO_TYPE)


def _rules(message: IncomingFspiop, _now: Now) -> IncomingFspiop | Refusal:
    if isinstance(message.body, ParticipantsPost):
        return replace(message, ids=(message.body.request_id,))
    reason = None if message.kind in _BATCH_KINDS else identifier_fault(*message.ids)
    return message if reason is None else replace(message, fault=reason)


RESOURCE: Final = Resource("participants", _find, _rules)
