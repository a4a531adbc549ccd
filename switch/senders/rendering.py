"""From a row of the outbox to the message its receiver gets: what deliveries and collections have in common."""

from typing import Final

from schemas.canonical.conversion import TRANSFERS
from schemas.canonical.events import EventBody
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect
from switch.crossing import cross
from switch.dialects import dialect_for
from switch.directory import Directory
from switch.heard import Heard
from switch.originals import XmlOriginals
from switch.store.port import OutboxRow
from translator.dialect import HubIdentity, Outgoing, RenderContext, message_id_of, render

_LOOKUPS: Final = frozenset({"participant_found", "party_registered", "parties_registered"})


class Renderer:
    """Renders rows for their receivers; the same row always gives the same message."""

    def __init__(self, directory: Directory, hub: HubIdentity, heard: Heard) -> None:
        """Who is who, who the hub is, and what participants speak."""
        self._directory = directory
        self._hub = hub
        self._heard = heard
        self._originals = XmlOriginals()

    def outgoing(self, row: OutboxRow, participant: Participant, *, repeated: bool) -> Outgoing:
        """The message of a row; raises UncrossableError where there is none in the receiver's dialect."""
        if participant.iso is not None:
            message_id = message_id_of(row.id, row.created)
            context = RenderContext(
                row.created, message_id, self._directory.participant, self._hub, self._originals, repeated=repeated
            )
            return render(row.event, participant, context)
        resource = resource_of(row.event.body)
        dialect = dialect_for(row.event, participant, resource, self._heard)
        profile = participant.fspiop
        context = RenderContext(
            now=row.created,
            # Only messages of ISO 20022 bear an id of their own, and it costs a hash.
            message_id=message_id_of(row.id, row.created) if dialect is Dialect.FSPIOP_ISO else "",
            participant=self._directory.participant,
            hub=self._hub,
            originals=self._originals,
            fspiop_version=(profile.version if profile else None) or self._heard.version(participant.name, resource),
            dialect=dialect,
            supplements=profile is None or profile.supplements,
            repeated=repeated,
        )
        return cross(render(row.event, participant, context), row.event, context)


def resource_of(body: EventBody) -> str:
    """The FSPIOP resource an event is about."""
    transfer = getattr(body, "transfer", None)
    if transfer is not None:
        return str(transfer.resource)
    named = getattr(body, "resource", None)
    if named:
        return str(named)
    kind = str(body.__struct_config__.tag)
    if kind.startswith("part"):
        return "participants" if kind in _LOOKUPS else "parties"
    return "quotes" if kind.startswith("terms") else TRANSFERS
