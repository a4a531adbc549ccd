"""The door of the translator: an event, its receiver and a context in, one message out."""

from translator.losses import Loss
from translator.outgoing import HubIdentity, Originals, Outgoing, RenderContext, message_id_of

__all__ = ["HubIdentity", "Loss", "Originals", "Outgoing", "RenderContext", "message_id_of"]
