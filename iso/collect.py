"""Messages that a bank fetches instead of having them pushed, and answers told in the reply to its own message.

GET /iso20022/messages gives what waits for the bank, the oldest first, again and again until it is acknowledged: by
DELETE of one, or POST /iso20022/messages/ack of several. `Prefer: wait=N` on POST (RFC 7240) has the first message
about the request in the reply, if it comes in time.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

import msgspec

from iso.answers import XML, Answer, Letter, Reply, problem

LIMIT_MAX: Final = 500
WAIT_MAX_S: Final = 60
PREFER_MAX_S: Final = 30
_DIGITS: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_PREFER: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,4})\"?(?=$|[,;\s])", re.ASCII | re.IGNORECASE)


class NotFetchedError(Exception):
    """The bank's messages are not fetched: its profile has another way, which the text names."""


class Collection(Protocol):
    """The messages that wait for banks."""

    async def waiting(self, name: str, limit: int, wait_s: float) -> list[Letter]:
        """The oldest ones, after at most `wait_s` seconds if there is none yet; raises as `acknowledge` does."""

    async def acknowledge(self, name: str, ids: Sequence[str]) -> list[str]:
        """Mark messages (BizMsgIdr or place) as delivered; gives which did. Raises NotFetchedError, TimeoutError."""


class Expected(Protocol):
    """The first message about a request."""

    async def first(self, wait_s: float) -> Reply | None:
        """It, or None if it did not come in time: then it goes its usual way."""


class Answers(Protocol):
    """Where replies come from."""

    def expect(self, sender: str, message_id: str) -> AbstractContextManager[Expected]:
        """From now on the first message about that one is kept for its reply; at the end it no longer is."""


def wait_of(headers: Sequence[tuple[str, str]]) -> int:
    """The seconds that a request is ready to wait for its answer; 0: it does not say so."""
    given = ",".join(value for name, value in headers if name == "prefer")
    found = _PREFER.search(given) if given else None
    return 0 if found is None else min(int(found[1]), PREFER_MAX_S)


async def fetch(collection: Collection, name: str, asked: dict[str, str], accept: str) -> Answer:
    """GET of the messages of that bank."""
    one = accept.partition(",")[0].partition(";")[0].strip() in {XML, "text/xml"}
    limit, wait = asked.get("limit", "1" if one else "50"), asked.get("wait", "0")
    if not (_DIGITS.fullmatch(limit) and _DIGITS.fullmatch(wait) and 1 <= int(limit) <= LIMIT_MAX):
        return problem(400, "QUERY", f"limit is a number up to {LIMIT_MAX}, wait one of seconds up to {WAIT_MAX_S}")
    number = 1 if one else int(limit)
    try:
        found = await collection.waiting(name, number, min(int(wait), WAIT_MAX_S))
    except NotFetchedError as error:
        return problem(409, "NOT_FETCHED", str(error))
    if not one:
        told = [msgspec.structs.asdict(letter) | {"body": letter.body.decode()} for letter in found]
        return Answer(200, msgspec.json.encode({"messages": told}), "fetched")
    if not found:
        return Answer(204, b"", "fetched")
    return Answer(200, found[0].body, "fetched", XML, headers_of(found[0]))


def headers_of(letter: Letter) -> tuple[tuple[bytes, bytes], ...]:
    """What is told of a message beside its bytes: the names it is acknowledged by."""
    return (b"bizmsgidr", letter.id.encode()), (b"isoloop-id", letter.place.encode())


async def acknowledge_one(collection: Collection, message_id: str, name: str, *_: object) -> Answer:
    """DELETE of one message."""
    try:
        done = await collection.acknowledge(name, (message_id,))
    except NotFetchedError as error:
        return problem(409, "NOT_FETCHED", str(error))
    if not done:
        return problem(404, "UNKNOWN", "no such message waits; it was acknowledged before, or never was there")
    return Answer(204, b"", "acknowledged")


class _Ids(msgspec.Struct, forbid_unknown_fields=True):
    ids: list[str]


async def acknowledge_several(collection: Collection, body: bytes, name: str, *_: object) -> Answer:
    """POST of the ids of messages."""
    try:
        ids = msgspec.json.decode(body, type=_Ids).ids
    except (msgspec.MsgspecError, UnicodeDecodeError):
        ids = []
    if not 1 <= len(ids) <= LIMIT_MAX:
        return problem(400, "BODY", f'the body must be {{"ids": [...]}} with 1 to {LIMIT_MAX} ids')
    try:
        done = await collection.acknowledge(name, ids)
    except NotFetchedError as error:
        return problem(409, "NOT_FETCHED", str(error))
    told = {"acknowledged": done, "unknown": [each for each in ids if each not in done]}
    return Answer(200, msgspec.json.encode(told), "acknowledged")
