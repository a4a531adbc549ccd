"""The door of the translator: an event, its receiver and a context in, one message in the receiver's dialect out."""

from schemas.canonical.events import Event
from schemas.canonical.participants import Participant
from translator.fspiop import callbacks
from translator.iso import letters
from translator.losses import Loss
from translator.outgoing import (
    ISO_ENDPOINT,
    SIGNED_BY_HUB,
    HubIdentity,
    Originals,
    Outgoing,
    RenderContext,
    Task,
    message_id_of,
)

__all__ = [
    "ISO_ENDPOINT",
    "SIGNED_BY_HUB",
    "HubIdentity",
    "Loss",
    "Originals",
    "Outgoing",
    "RenderContext",
    "message_id_of",
    "render",
]


def render(event: Event, receiver: Participant, context: RenderContext) -> Outgoing:
    """The message an event is for its receiver; raises ValueError for one its dialect has no word for (a defect)."""
    task = Task(receiver, context)
    return letters.render(event, task) if receiver.iso is not None else callbacks.render(event, task)
