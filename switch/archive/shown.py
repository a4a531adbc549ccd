"""Archived messages as the operator API and the command line tell of them in JSON."""

from datetime import datetime

import msgspec

from switch.archive.search import Kept, Whole


class KeptShown(msgspec.Struct, rename="camel"):
    """One archived message; `direction` is `in` for what the hub received, `out` for what it sent."""

    at: str
    digest: str
    direction: str
    participant: str
    dialect: str
    method: str
    definition: str
    business_message_id: str
    reference: str


class Page(msgspec.Struct, rename="camel"):
    """What was found, the newest first; `after` asks for the next page, null on the last one."""

    messages: list[KeptShown]
    after: str | None


class WholeShown(msgspec.Struct, rename="camel"):
    """A message with its headers and its text, and every copy of the same bytes that was received or sent."""

    digest: str
    copies: list[KeptShown]
    headers: list[tuple[str, str]]
    body: str


def kept(message: Kept) -> KeptShown:
    """One message of a list."""
    return KeptShown(
        _instant(message.at),
        message.digest,
        "out" if message.sent else "in",
        message.participant,
        message.dialect.value,
        message.method,
        message.definition,
        message.message_id,
        message.reference,
    )


def whole(message: Whole) -> WholeShown:
    """One message in full."""
    copies = [kept(copy) for copy in message.copies]
    return WholeShown(copies[0].digest, copies, list(message.headers), message.body.decode("utf-8", "replace"))


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
