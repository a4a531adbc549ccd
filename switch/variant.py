"""Messages of the ISO 20022 variant on their way in: typed as the other dialect has them, with their own bytes kept."""

from datetime import datetime

import msgspec

from fspiop.api.variant import VARIANTS
from fspiop.incoming import IncomingFspiop
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Dialect
from switch.crossing import came_in


def in_fspiop(
    message: IncomingFspiop, now: datetime, conditions_optional: bool = False
) -> tuple[IncomingFspiop, bytes]:
    """The message with its body as FSPIOP JSON has it, and that JSON; what has no such form gets a fault.

    The JSON is what a repeat is told by: the variant's own has a new id and time in each.
    """
    original = message.original
    row = VARIANTS.get((message.resource, message.kind)) if message.dialect is Dialect.FSPIOP_ISO else None
    if row is None:
        return message, original.body
    found = came_in(message.resource, original, message.ids, now, conditions_optional)
    if isinstance(found, Fault):
        return msgspec.structs.replace(message, body=None, fault=message.fault or found), original.body
    content = msgspec.json.encode(found)
    body = row.classic.read(content)
    if isinstance(body, Fault):
        return msgspec.structs.replace(message, body=None, fault=message.fault or body), content
    return msgspec.structs.replace(message, body=body), content
