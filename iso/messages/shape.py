"""The description of a message, from which its reader (`reading.py`) and its writer (`writing.py`) are both made.

A `Shape` names a frozen struct and lists its elements in schema order as `Step`s. Elements that only some editions of a
message have carry `since` and `until`; an edition is the year of the schema family (table in `pieces.py`).
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"

TEXT, TOKEN, INSIDE, PART, PARTS, AMOUNT, TEXTS, FLAG, SEEN, ENVELOPE = range(10)


class ShapeError(ValueError):
    """An element that cannot be typed; after its schema was checked only an unknown version can be the cause."""


class Amount(Struct, frozen=True):
    """A decimal as written on the wire and its `Ccy` attribute."""

    text: str
    currency: str


class SupplementaryData(Struct, frozen=True):
    """SplmtryData: where it belongs (PlcAndNm) and the content of Envlp in exclusive canonical form (UTF-8 bytes)."""

    place: str | None
    envelope: bytes


class Step(Struct, frozen=True):
    """One element of a shape; made by the small functions below.

    `since`, `until`: editions that have it. `limit`: longest text there; longer ones are cut (`cut`) or dropped.
    `most`: largest number of repetitions. `fits`: tells if a value is allowed there. `required`: without it the element
    around it is not written either. `always`: written even if empty. `unless`: not written if that field has a value.
    `when`: the branch of a choice that (field, value) takes. `fallback`: where the value comes from if the field has
    none. `change`: the form the edition wants.
    """

    kind: int
    tag: str
    field: str = ""
    inner: "Shape | None" = None
    since: int = 0
    until: int = 9999
    limit: int = 0
    cut: bool = False
    most: int = 0
    required: bool = False
    always: bool = False
    unless: str = ""
    when: tuple[str, str] | None = None
    fits: Callable[[str], object] | None = None
    fallback: Callable[[Any], str | None] | None = None
    change: Callable[[str], str] | None = None


class Shape(Struct, frozen=True):
    """A struct type (None for a wrapper whose fields belong to the surrounding struct) and its elements in order.

    `filled`: the schema does not allow it to be empty.
    """

    type: type[Struct] | None
    steps: tuple[Step, ...]
    filled: bool = False


def text(tag: str, field: str, **options: Any) -> Step:
    """A text element; the value is kept exactly."""
    return Step(TEXT, tag, field, **options)


def token(tag: str, field: str, **options: Any) -> Step:
    """A date, time or number element: white space around it means nothing and is dropped."""
    return Step(TOKEN, tag, field, **options)


def texts(tag: str, field: str, **options: Any) -> Step:
    """A repeated text element, read into a tuple."""
    return Step(TEXTS, tag, field, **options)


def amount(tag: str, field: str, **options: Any) -> Step:
    """An amount with its `Ccy` attribute."""
    return Step(AMOUNT, tag, field, **options)


def flag(tag: str, field: str, **options: Any) -> Step:
    """An xs:boolean, read into True or False."""
    return Step(FLAG, tag, field, **options)


def seen(tag: str, field: str) -> Step:
    """The field is True if the element is there, whatever is in it; written, the element is empty."""
    return Step(SEEN, tag, field)


def inside(tag: str, *steps: Step, **options: Any) -> Step:
    """A wrapper whose inner elements fill fields of the same struct; written only if something is in it."""
    return Step(INSIDE, tag, "", Shape(None, steps), **options)


def part(tag: str, field: str, shape: Shape, **options: Any) -> Step:
    """An element with a struct of its own."""
    return Step(PART, tag, field, shape, **options)


def parts(tag: str, field: str, shape: Shape, **options: Any) -> Step:
    """A repeated element with structs of its own, read into a tuple."""
    return Step(PARTS, tag, field, shape, **options)


def envelopes(tag: str = "SplmtryData", field: str = "supplementary", **options: Any) -> Step:
    """Supplementary data entries."""
    return Step(ENVELOPE, tag, field, **options)
