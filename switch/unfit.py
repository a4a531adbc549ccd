"""What becomes of a bank's message that breaks a rule in force: its own answer refuses it, else an admi.002.

The command is made as for any message, so that duplicates and ids are treated alike; it only bears the fault.
"""

from typing import Any, Final

import msgspec

from iso.incoming import IncomingIso
from iso.messages.pacs002 import Pacs002
from schemas.canonical.commands import Command, Prepare, Refuse
from schemas.canonical.faults import Fault
from schemas.canonical.wire import Envelope, Receipt
from switch.lanes import LEDGER
from translator.iso.reports import refuse

Asked = tuple[str, Command]
_REQUESTS: Final = ("pacs.", "pain.001", "pain.013", "camt.003", "camt.005", "camt.056", "camt.060", "acmt.023")
"""Messages whose command can bear a fault: for the message as a whole, or in each of its parts."""


def refused(asked: Asked | Receipt, message: IncomingIso, envelope: Envelope) -> Asked | Receipt:
    """What is asked of a lane instead, if the message is unfit; a command that bears a fault already keeps it."""
    fault, document = message.unfit, message.business.document
    if fault is None or isinstance(asked, Receipt):
        return asked
    lane, command = asked
    if isinstance(command, Refuse):
        return asked
    if isinstance(document, Pacs002):
        return LEDGER, refuse(document, fault, envelope)
    faulty = None
    if message.business.message_definition.startswith(_REQUESTS):
        faulty = _whole(command, fault) or _parts(command, fault)
    if faulty is None:
        return Receipt(message.message_id, message.digest, fault=fault)
    return (LEDGER if isinstance(command, Prepare) else lane), faulty


def _whole(command: Any, fault: Fault) -> Any:
    """The command with the fault, if it has a place for one."""
    if "fault" not in command.__struct_fields__:
        return None
    return command if command.fault is not None else msgspec.structs.replace(command, fault=fault)


def _parts(command: Any, fault: Fault) -> Any:
    """The command with the fault in each of its parts that has a place for one; a part refused goes no further way."""
    for name in command.__struct_fields__:
        parts = getattr(command, name)
        if not isinstance(parts, tuple) or not parts:
            continue
        if all("fault" in getattr(one, "__struct_fields__", ()) for one in parts):
            return msgspec.structs.replace(command, **{name: tuple(_part(one, fault) for one in parts)})
    return None


def _part(part: Any, fault: Fault) -> Any:
    if part.fault is not None:
        return part
    rest = {"journey": False} if "journey" in part.__struct_fields__ else {}
    return msgspec.structs.replace(part, fault=fault, **rest)
