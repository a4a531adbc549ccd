"""Messages that differ in a few texts only: written once with places for these, then filled as often as wanted.

What is filled in is escaped and nothing else: the writer must not change, cut or refuse these texts. A place ends with
Z, so that it passes for a moment in UTC; no text of a message can hold the character it begins with.
"""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

from msgspec import Struct

from iso.messages.writing import Written, escape

_PLACE: Final = re.compile("\x01([0-9]+)Z")


def place(number: int) -> str:
    """What is written where the text of that number belongs."""
    return f"\x01{number}Z"


class Mould(Struct, frozen=True):
    """A format text, what picks its texts in their order, and what the edition had no room for."""

    text: str
    pick: Callable[[Sequence[str | None]], tuple[str, ...]]
    lost: tuple[str, ...] = ()

    def fill(self, texts: Sequence[str | None]) -> bytes:
        """The message with these texts; one without a place may be None."""
        filled = self.pick(texts)
        together = "".join(filled)
        if escape(together) is not together:
            filled = tuple(map(escape, filled))
        return (self.text % filled).encode()


def mould(written: Written) -> Mould:
    """The mould of a message in which places, two or more, stand for texts."""
    text = written.body.decode().replace("%", "%%")
    numbers = [int(found[1]) for found in _PLACE.finditer(text)]
    return Mould(_PLACE.sub("%s", text), itemgetter(*numbers), written.lost)
