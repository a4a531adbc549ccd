"""In which dialect of FSPIOP a participant is spoken to about something. Pure."""

from schemas.canonical.events import Event
from schemas.canonical.participants import Participant
from schemas.canonical.transfer import Transfer
from schemas.canonical.wire import Dialect
from switch.crossing import BOTH_BODIES
from switch.heard import Heard


def dialect_for(event: Event, receiver: Participant, resource: str, heard: Heard) -> Dialect:
    """What the operator set, else what the receiver used about this very thing, else what it uses of late.

    Of a participant that has said nothing yet only the other side's dialect is known, so a scheme that speaks one
    dialect needs no configuration.
    """
    if resource not in BOTH_BODIES:
        return event.dialect or Dialect.FSPIOP
    if receiver.fspiop is not None:
        return receiver.fspiop.dialect
    told = event.dialect or _of_transfer(event, receiver) or heard.dialect(receiver.name, resource)
    return told or _of_sender(event)


def _of_transfer(event: Event, receiver: Participant) -> Dialect | None:
    transfer = getattr(event.body, "transfer", None)
    if not isinstance(transfer, Transfer):
        return None
    return transfer.payer_dialect if receiver.name == transfer.payer else transfer.payee_dialect


def _of_sender(event: Event) -> Dialect:
    if event.original is not None:
        return Dialect.FSPIOP_ISO if event.original.dialect is Dialect.FSPIOP_ISO else Dialect.FSPIOP
    transfer = getattr(event.body, "transfer", None)
    return transfer.payer_dialect if isinstance(transfer, Transfer) else Dialect.FSPIOP
