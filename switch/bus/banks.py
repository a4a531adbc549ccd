"""The bus to banks that take their messages from NATS: a work queue they acknowledge, requests they send.

The hub believes an acknowledgement it has seen, and nothing else: JetStream tells of each one with the message's
number. Whatever went by unseen (a restart, a NATS that lost its newest data) leaves a message that is neither waiting
nor acknowledged, and it is sent again; a bank may get a message twice, and never misses one.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from switch.bus.places import IN, OUT, QUEUE, STREAM, Place
from switch.bus.port import BusDownError

log = logging.getLogger("isoloop.banks")

ID: Final = "Isoloop-Id"
"""The header with the id of a message for ever, `lane:seq`; a message delivered again has the same."""

_TIMEOUT_S: Final = 5.0
_CONNECT_S: Final = 10.0
_RECONNECT_S: Final = 0.1
_PENDING_BYTES: Final = 16 << 20
_LOOK_S: Final = 1.0
# Less than a payment lives: what a bank took and did not acknowledge comes again in time.
_ACK_WAIT_NS: Final = 5 * 10**9
_ACK_PENDING: Final = 1000
_ONLY_ONCE: Final = "Nats-Expected-Last-Subject-Sequence"
_LIVES: Final = "Nats-TTL"
_WAITS_ALREADY: Final = 10071
_NO_STREAM: Final = 10059
_NO_MESSAGE: Final = 10037
_ACKED: Final = f"$JS.EVENT.METRIC.CONSUMER.ACK.{STREAM}.*"
_TERMINATED: Final = f"$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.{STREAM}.*"

Take = Callable[[Msg], Awaitable[None]]


class Taken(StrEnum):
    """What became of a message so far."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    WAITS = "waits"
    LOST = "lost"


class _Event(msgspec.Struct, frozen=True):
    stream_seq: int


class _Ticket:
    """A message in the stream whose acknowledgement has not been seen."""

    def __init__(self, subject: str, seq: int) -> None:
        self.subject = subject
        self.seq = seq
        self.end: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()

    def settle(self, taken: Taken) -> None:
        if not self.end.done():
            self.end.set_result(taken)


class BankStream:
    """One connection to the banks' account, made again for ever."""

    def __init__(self, client: Client) -> None:
        """Use `BankStream.open`."""
        self._client = client
        self._tickets: dict[str, _Ticket] = {}
        self._by_seq: dict[int, _Ticket] = {}
        self._early: dict[int, Taken] = {}
        self._publishing = 0
        self._places: tuple[Place, ...] = ()
        self._stopping: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, url: str, *, connect_s: float = _CONNECT_S) -> "BankStream":
        """Connect and listen for acknowledgements; raises BusDownError when NATS is away for `connect_s`."""
        client = Client()
        # The library says whole seconds, but only sleeps for it: a local server is back sooner.
        pause: Any = _RECONNECT_S
        try:
            connecting = client.connect(
                url, name="isoloop-banks", max_reconnect_attempts=-1, reconnect_time_wait=pause,
                pending_size=_PENDING_BYTES, ping_interval=5, max_outstanding_pings=2, error_cb=_log_error,
            )  # fmt: skip
            await asyncio.wait_for(connecting, connect_s)
            stream = cls(client)
            await client.subscribe(_ACKED, cb=stream._acknowledged)
            await client.subscribe(_TERMINATED, cb=stream._terminated)
        except (NatsError, TimeoutError, OSError) as error:
            raise BusDownError(f"NATS cannot be used: {error!r}") from error
        return stream

    async def serve(self, take: Take) -> None:
        """Hand over every request of a bank."""
        await self._client.subscribe(IN, queue=QUEUE, cb=take)

    async def reply(self, subject: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Answer a request."""
        with contextlib.suppress(NatsError):
            await self._client.publish(subject, body, headers=dict(headers))

    async def ensure(self, places: Iterable[Place]) -> None:
        """Make the stream and one consumer for each bank, and no others; raises BusDownError."""
        self._places = tuple(places)
        found = await self._api(f"STREAM.INFO.{STREAM}")
        if found.get("error", {}).get("err_code") == _NO_STREAM:
            # Numbers that no earlier stream of this name had: an old acknowledgement cannot mean a new message.
            first = int(time.time() * 1_000_000)
            config = {
                "name": STREAM, "subjects": [OUT], "retention": "workqueue", "storage": "file", "discard": "new",
                "first_seq": first, "allow_msg_ttl": True,
            }  # fmt: skip
            _check(await self._api(f"STREAM.CREATE.{STREAM}", config))
        wanted = {place.consumer: place for place in self._places}
        listed = await self._api(f"CONSUMER.NAMES.{STREAM}")
        there = set(listed.get("consumers") or ())
        for name in there - wanted.keys():
            await self._api(f"CONSUMER.DELETE.{STREAM}.{name}")
        for name in wanted.keys() - there:
            consumer = {
                "durable_name": name, "filter_subject": wanted[name].out, "ack_policy": "explicit",
                "ack_wait": _ACK_WAIT_NS, "max_ack_pending": _ACK_PENDING, "sample_freq": "100%",
            }  # fmt: skip
            request = {"stream_name": STREAM, "config": consumer}
            _check(await self._api(f"CONSUMER.DURABLE.CREATE.{STREAM}.{name}", request))

    async def post(
        self, subject: str, body: bytes, headers: Mapping[str, str], patience_s: float, lives_s: int | None = None
    ) -> Taken:
        """Keep a message for its bank, once however often this is called, and wait for its acknowledgement.

        `lives_s`: after that many seconds the bank shall not get it any more. Raises BusDownError.
        """
        ticket = self._tickets.get(subject)
        if ticket is None:
            lives = {} if lives_s is None else {_LIVES: f"{max(lives_s, 1)}s"}
            ticket = await self._publish(subject, body, {**headers, **lives, _ONLY_ONCE: "0"})
        taken = await self._await(ticket, patience_s)
        if taken is not Taken.WAITS:
            self._forget(ticket)
        return taken

    async def _await(self, ticket: _Ticket, patience_s: float) -> Taken:
        loop = asyncio.get_running_loop()
        until, absent = loop.time() + patience_s, 0
        while not ticket.end.done():
            left = until - loop.time()
            if left <= 0 or self._stopping.done():
                return Taken.WAITS
            await asyncio.wait(
                (ticket.end, self._stopping), timeout=min(_LOOK_S, left), return_when=asyncio.FIRST_COMPLETED
            )
            if not ticket.end.done() and not self._stopping.done():
                absent = absent + 1 if await self._is_gone(ticket) else 0
                # Looked for twice: the news of an acknowledgement may come a moment after its effect.
                if absent > 1:
                    return Taken.LOST
        return ticket.end.result()

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str]) -> _Ticket:
        self._publishing += 1
        try:
            answer = await self._request(subject, body, headers)
            seq = answer.get("seq", 0)
            if "error" in answer:
                # A copy of an earlier process still waits: it is the one to be acknowledged.
                copied = answer["error"].get("err_code") == _WAITS_ALREADY
                seq = await self._seq_of(subject) if copied else None
                if not seq:
                    raise BusDownError(f"not kept by the stream: {answer['error']}")
            ticket = _Ticket(subject, seq)
            before = self._by_seq.get(seq)
            if before is not None:
                # The server gave the number anew: it has lost its newest data.
                before.settle(Taken.LOST)
            self._tickets[subject] = self._by_seq[seq] = ticket
            if seq in self._early:
                ticket.settle(self._early.pop(seq))
            return ticket
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._early.clear()

    async def _request(self, subject: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        for again in (True, False):
            try:
                message = await self._client.request(subject, body, timeout=_TIMEOUT_S, headers=headers)
            except NoRespondersError as error:
                if not again:
                    raise BusDownError("the stream of the banks is gone") from error
                await self.ensure(self._places)
            except (NatsError, TimeoutError, OSError) as error:
                raise BusDownError(f"not kept by the stream: {error!r}") from error
            else:
                answer: dict[str, Any] = msgspec.json.decode(message.data)
                return answer
        raise AssertionError("one of both ends the loop")

    async def _seq_of(self, subject: str) -> int | None:
        found = await self._api(f"STREAM.MSG.GET.{STREAM}", {"last_by_subj": subject})
        return None if "error" in found else int(found["message"]["seq"])

    async def _is_gone(self, ticket: _Ticket) -> bool:
        try:
            found = await self._api(f"STREAM.MSG.GET.{STREAM}", {"last_by_subj": ticket.subject})
        except BusDownError:
            return False
        if "error" in found:
            return found["error"].get("err_code") in {_NO_MESSAGE, _NO_STREAM}
        return bool(found["message"]["seq"] != ticket.seq)

    async def _api(self, call: str, body: Any = None) -> dict[str, Any]:
        payload = b"" if body is None else msgspec.json.encode(body)
        try:
            message = await self._client.request(f"$JS.API.{call}", payload, timeout=_TIMEOUT_S)
        except (NatsError, TimeoutError, OSError) as error:
            raise BusDownError(f"NATS cannot be used: {error!r}") from error
        answer: dict[str, Any] = msgspec.json.decode(message.data)
        return answer

    async def _acknowledged(self, message: Msg) -> None:
        self._settle(message, Taken.ACKNOWLEDGED)

    async def _terminated(self, message: Msg) -> None:
        self._settle(message, Taken.REFUSED)

    def _settle(self, message: Msg, taken: Taken) -> None:
        try:
            seq = msgspec.json.decode(message.data, type=_Event).stream_seq
        except msgspec.MsgspecError:
            return
        ticket = self._by_seq.get(seq)
        if ticket is not None:
            ticket.settle(taken)
        elif self._publishing:
            # A quick bank: the stream's own confirmation is still on its way.
            self._early[seq] = taken

    def _forget(self, ticket: _Ticket) -> None:
        if self._tickets.get(ticket.subject) is ticket:
            del self._tickets[ticket.subject]
        if self._by_seq.get(ticket.seq) is ticket:
            del self._by_seq[ticket.seq]

    def stop_waiting(self) -> None:
        """Let everybody who waits for an acknowledgement go: the messages stay in the stream."""
        if not self._stopping.done():
            self._stopping.set_result(None)

    async def close(self) -> None:
        """Disconnect."""
        self.stop_waiting()
        # A server that is away already cannot be told.
        with contextlib.suppress(NatsError, OSError):
            await self._client.close()


def _check(answer: dict[str, Any]) -> None:
    if "error" in answer:
        raise BusDownError(f"the stream of the banks cannot be had: {answer['error']}")


async def _log_error(error: Exception) -> None:
    # The hub's own connection says when NATS is away; an operator needs that once.
    log.debug("NATS: %r", error)
