"""Questions that come again: what was accepted is answered once. Pure."""

from typing import Final

from schemas.canonical.commands import Command
from switch.engine import envelope_of
from switch.state import State

REPEATED: Final = "REPEATED"
"""What the receipt of a repeated message says."""


def repeated(state: State, command: Command) -> bool:
    """Whether a message was taken before under this very id: its answer is on its way, or was delivered."""
    envelope = envelope_of(command)
    if envelope is None or envelope.message_id is None:
        return False
    return state.seen(envelope.sender, envelope.message_id) is not None
