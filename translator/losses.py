"""What a translation could not carry over: values, never exceptions, so that the caller decides what to log or show."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

NO_PLACE: Final = "the receiver's dialect has no place for it"
"""The usual reason of a loss."""
CUT: Final = "longer than the receiver's dialect allows"
"""The reason when only the tail of a text is lost."""


class Loss(msgspec.Struct, frozen=True):
    """One value (or the tail of one) that did not survive: where it stood, what it was, and why it was left out."""

    path: str
    value: str
    reason: str = NO_PLACE


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value inside a typed message with its path (`creditor.address.town`, `charges.0.amount.text`)."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from leaves(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}")
    elif value is not None and value != "":
        yield path, str(value)
