"""/services: who offers a service; asked of the hub, which answers (reference sections 2 and 17)."""

from typing import Final

from fspiop.api.resource import Found, Operation, Resource
from fspiop.errors import Refusal, refuse
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.dialogues import SERVICE_TYPES, SERVICES
from fspiop.messages.errors import ErrorBody
from fspiop.messages.schema import BodySchema
from fspiop.messages.services import ServicesPut
from fspiop.rules import Now
from schemas.codes.currencies import FSPIOP as CURRENCIES

_ITEM: Final = {"GET": Operation(Kind.GET), "PUT": Operation(Kind.PUT, BodySchema(ServicesPut))}
_ERROR: Final = {"PUT": Operation(Kind.PUT_ERROR, BodySchema(ErrorBody))}
_NO_TYPE: Final = refuse("VALIDATION", "/path/ServiceType must be equal to one of the allowed values")
_NO_CURRENCY: Final = refuse("VALIDATION", "/path must name two currencies of ISO 4217")
_FXP: Final = "FXP"


def _find(segments: tuple[str, ...]) -> Found | None:
    operations = _ITEM
    if len(segments) > 1 and segments[-1] == "error":
        segments, operations = segments[:-1], _ERROR
    match segments:
        case (service,):
            return Found(segments, operations, None if service in SERVICE_TYPES else _NO_TYPE)
        case (service, source, target) if service == _FXP:
            known = source in CURRENCIES and target in CURRENCIES
            return Found(segments, operations, None if known else _NO_CURRENCY)
    return None


def _rules(message: IncomingFspiop, _now: Now) -> IncomingFspiop | Refusal:
    return message


RESOURCE: Final = Resource(SERVICES, _find, _rules)
