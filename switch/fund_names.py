"""By what a booking of a settlement agent names funds that were ordered. Pure."""

from collections.abc import Iterator

from schemas.canonical.identity import TransferId, is_uuid
from schemas.canonical.instruction_ids import named_leg
from schemas.canonical.instructions import AgentBooking


def named_funds(booking: AgentBooking) -> Iterator[TransferId]:
    """The funds that a booking may be of, by the references in it."""
    for text in dict.fromkeys(booking.references):
        found = named_leg(text)
        if found is not None:
            yield found.transfer_id
        elif is_uuid(text.lower()):
            yield TransferId(text.lower())
