"""What a translation between FSPIOP JSON and FSPIOP-ISO JSON takes and gives: source, options, result, refusal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from translator.losses import Loss

Json = dict[str, Any]
"""A JSON object as decoded."""
_NOTHING: Final[Mapping[str, Any]] = {}


class Mode(StrEnum):
    """`MOJALOOP` gives exactly what that community's translator gives; `FULL` loses nothing."""

    MOJALOOP = "mojaloop"
    FULL = "full"


class Source(msgspec.Struct, frozen=True):
    """One message: its body, and of its request what the mapping reads.

    `headers` have lower-case names (`fspiop-source`, `fspiop-destination`); `params` are the parts of the path (`Type`,
    `ID`, `SubId`); `context` holds ISO bodies of earlier messages of the same payment: `isoPostQuote` (pacs.081) for
    `quotes.put`, `isoPostQuoteResponse` (pacs.082) for `transfers.post`.
    """

    body: Json
    headers: Mapping[str, str] = _NOTHING
    params: Mapping[str, str] = _NOTHING
    context: Mapping[str, Any] = _NOTHING


class Options(msgspec.Struct, frozen=True):
    """How to translate. `now` and `new_id` (a fresh ULID) keep the translator without clock and chance.

    `testing_mode` fills in for an absent context in mode `mojaloop` (mode `full` always does). Of mode `full` only:
    `ulids` writes a UUID as the ULID of the same 128 bits, `envelope` keeps what ISO has no place for.
    """

    now: datetime
    new_id: Callable[[], str]
    mode: Mode = Mode.FULL
    unroll_extensions: bool = False
    roll_up_extensions: bool = False
    testing_mode: bool = False
    ulids: bool = True
    envelope: bool = True

    @property
    def full(self) -> bool:
        """Whether nothing may be lost."""
        return self.mode is Mode.FULL


class UntranslatableError(ValueError):
    """The message has no counterpart in the other dialect.

    `path` is where (dotted, in the source body), `code` the FSPIOP error to answer with.
    """

    def __init__(self, path: str, text: str, code: str = "3100") -> None:
        super().__init__(f"{path}: {text}" if path else text)
        self.path = path
        self.text = text
        self.code = code


def no_losses() -> tuple[Loss, ...]:
    """The report of a translation that loses nothing."""
    return ()


class Translation(msgspec.Struct, frozen=True):
    """The message in the other dialect. Headers and path parameters are given only towards FSPIOP.

    The reports are made when they are asked for: most translations are sent and never looked at again.
    """

    body: Json
    headers: Mapping[str, str] = _NOTHING
    params: Mapping[str, str] = _NOTHING
    report: Callable[[], tuple[Loss, ...]] = no_losses
    warn: Callable[[], tuple[Loss, ...]] = no_losses

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Every value of the source that the result does not hold."""
        return self.report()

    @property
    def warnings(self) -> tuple[Loss, ...]:
        """Values that are there but that the variant's own schema refuses (ids which are no ULID)."""
        return self.warn()


Back = tuple[Json, Json | None, Json | None]
"""Body, headers and path parameters of a message turned back to FSPIOP."""
