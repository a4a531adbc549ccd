"""What the banks' port answers over HTTP, and how an answer ends."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

JSON: Final = "application/json"
XML: Final = "application/xml"


class Letter(msgspec.Struct, frozen=True):
    """One message that waits: BizMsgIdr, place for ever (`lane:seq`), definition, when it was made, bytes."""

    id: str
    place: str
    definition: str
    created: str
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    """A message that answers a request and is told in its reply; one of both must be called, once."""

    letter: Letter
    told: Callable[[], Awaitable[None]]
    untold: Callable[[], None]


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; `outcome` is the word it is counted under, `reply` the message that its body is."""

    status: int
    body: bytes
    outcome: str
    content_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    reply: Reply | None = None


def problem(status: int, code: str, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """A JSON body with a word that stays the same for the same cause, and a sentence."""
    return Answer(status, msgspec.json.encode({"error": code, "detail": text}), code, headers=headers)
