"""The bus over NATS: `in.<lane>` request and reply, JetStream `out.rows`, copies on `event.<kind>.<receiver>`."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from schemas.canonical.wire import Receipt
from switch import wide
from switch.bus.frames import frame, send
from switch.bus.packs import Packer
from switch.bus.port import BusDownError, BusyError, LaneHandler, RowHandler
from switch.bus.stream import OutStream
from switch.engine import Parcel
from switch.store.codec import slim
from switch.store.port import OutboxRow

log = logging.getLogger("isoloop.bus")

PACK_BYTES: Final = 1 << 20
ROWS: Final = "out.rows"
"""Subject of what is to be delivered."""
_MEMORY_BYTES: Final = 8 << 20
_TIMEOUT_S: Final = 5.0
_CONNECT_S: Final = 10.0
_RECONNECT_S: Final = 0.1
_PENDING_BYTES: Final = 16 << 20
_NOT_IN_SUBJECTS: Final = re.compile(r"[^A-Za-z0-9_@-]")


class _Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a lane answers to a pack: receipts in order, or why it cannot take it now."""

    receipts: tuple[Receipt, ...] = ()
    busy: str = ""


_Encoded = tuple[Parcel, bytes]
_encoder = msgspec.msgpack.Encoder()
_parcels: wide.Reader[Parcel] = wide.Reader(Parcel)
_rows: wide.Reader[OutboxRow] = wide.Reader(OutboxRow)
_reply = msgspec.msgpack.Decoder(_Reply)


@lru_cache(maxsize=4096)
def token(name: str) -> str:
    """A participant's name as one token of a subject; what a subject may not hold is written `=<hex>=`."""
    return _NOT_IN_SUBJECTS.sub(lambda match: f"={ord(match[0]):x}=", name)


class _Memory:
    """Packs this process published and has not pulled yet, by their bytes: what is not here is read from the bytes."""

    def __init__(self) -> None:
        self._packs: dict[bytes, list[OutboxRow]] = {}
        self._size = 0

    def put(self, payload: bytes, rows: list[OutboxRow]) -> None:
        """Remember a pack; the oldest ones make room."""
        if payload not in self._packs:
            self._packs[payload] = rows
            self._size += len(payload)
        while self._size > _MEMORY_BYTES:
            self.take(next(iter(self._packs)))

    def take(self, payload: bytes) -> list[OutboxRow] | None:
        """The rows of a pack, once."""
        rows = self._packs.pop(payload, None)
        if rows is not None:
            self._size -= len(payload)
        return rows


class NatsBus:
    """One connection, made again for ever. Nothing it holds is needed: the outbox table is the truth."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        """Use `NatsBus.open`."""
        self._client = client
        self._timeout_s = timeout_s
        self._stream = OutStream(client, timeout_s)
        self._packers: dict[str, Packer[_Encoded]] = {}
        self._asked: dict[bytes, list[Parcel]] = {}
        self._published = _Memory()
        self._delivers = False
        self._pulling: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls, url: str, *, name: str = "isoloop", timeout_s: float = _TIMEOUT_S, connect_s: float = _CONNECT_S
    ) -> "NatsBus":
        """Connect, and make the stream if it is missing; raises BusDownError when NATS is away for `connect_s`."""
        client = Client()

        async def lost() -> None:
            if not client.is_closed:
                log.warning("NATS is away: senders are asked to repeat, results wait in the outbox")

        async def returned() -> None:
            log.warning("NATS is back")

        # The library says whole seconds, but only sleeps for it: a local server is back sooner.
        pause: Any = _RECONNECT_S
        try:
            connecting = client.connect(
                url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=pause,
                pending_size=_PENDING_BYTES, ping_interval=5, max_outstanding_pings=2, error_cb=_log_error,
                disconnected_cb=lost, reconnected_cb=returned,
            )  # fmt: skip
            await asyncio.wait_for(connecting, connect_s)
            bus = cls(client, timeout_s)
            await bus._stream.open()
        except (NatsError, TimeoutError, OSError) as error:
            raise BusDownError(f"NATS cannot be used: {error!r}") from error
        return bus

    async def answers(self) -> bool:
        """Whether the server answers now."""
        # Not a flush: the library's own breaks the connection when an answer comes after its time.
        with contextlib.suppress(NatsError, TimeoutError, OSError):
            await self._client.request("$JS.API.INFO", timeout=1)
            return True
        return False

    async def serve_lane(self, lane: str, handler: LaneHandler) -> None:
        """Answer packs on `in.<lane>`; packs are handed over as they come, in order."""

        async def take(message: Msg) -> None:
            # The subscription calls one message after the other: waiting here would hold back the next pack.
            task = asyncio.get_running_loop().create_task(self._answer(handler, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        await self._client.subscribe(f"in.{lane}", queue=lane, cb=take)

    async def _answer(self, handler: LaneHandler, message: Msg) -> None:
        try:
            # What this process sent itself need not be read again: the same bytes are the same parcels.
            parcels = self._asked.pop(message.data, None) or _parcels.many(message.data)
            reply = _Reply(tuple(await handler(parcels)))
        except BusyError as error:
            reply = _Reply(busy=str(error) or "busy")
        except Exception:
            log.exception("a pack on %s could not be handled", message.subject)
            reply = _Reply(busy="the lane could not handle the pack")
        try:
            await message.respond(_encoder.encode(reply))
        except NatsError:
            log.warning("a reply on %s could not be sent; the sender repeats", message.subject, exc_info=True)

    async def ask_lane(self, lane: str, parcel: Parcel) -> Receipt:
        """Pack with all that wait for the lane, send, wait for the receipt after COMMIT."""
        if not self._client.is_connected:
            raise BusyError("NATS is away")
        packer = self._packers.get(lane)
        if packer is None:
            packer = self._packers[lane] = Packer(self._exchange(lane), self._timeout_s, max_bytes=PACK_BYTES)
        encoded = wide.encode(parcel)
        return await packer.ask((parcel, encoded), len(encoded))

    def _exchange(self, lane: str) -> Callable[[list[_Encoded]], Awaitable[Sequence[Receipt]]]:
        async def exchange(parcels: list[_Encoded]) -> Sequence[Receipt]:
            payload = _encoder.encode([msgspec.Raw(encoded) for _, encoded in parcels])
            self._asked[payload] = [parcel for parcel, _ in parcels]
            try:
                message = await self._client.request(f"in.{lane}", payload, timeout=self._timeout_s)
            except (NatsError, TimeoutError, OSError) as error:
                raise BusyError(f"lane {lane} did not answer: {error!r}") from error
            finally:
                self._asked.pop(payload, None)
            reply = _reply.decode(message.data)
            if reply.busy:
                raise BusyError(reply.busy)
            return reply.receipts

        return exchange

    async def publish(self, rows: Sequence[OutboxRow], *, again: bool = False) -> None:
        """One message per megabyte, acknowledged by the stream; copies to observers the first time."""
        if not self._client.is_connected:
            raise BusDownError("NATS is away")
        messages: list[tuple[str, bytes, str | None]] = []
        copies: list[tuple[str, bytes]] = []
        for pack in _packs(rows):
            payload = _encoder.encode([msgspec.Raw(body) for _, body in pack])
            if self._delivers:
                self._published.put(payload, [row for row, _ in pack])
            messages.append((ROWS, payload, None if again else _pack_id(pack)))
            if not again:
                copies.extend(_copy(row, body) for row, body in pack if not row.event.receiver.startswith("@"))
        await self._stream.publish(messages)
        await send(self._client, [frame(subject, payload) for subject, payload in copies])

    async def deliver(self, handler: RowHandler) -> None:
        """Pull rows and hand them over as they come; what the handler returned from is acknowledged."""

        async def take(payloads: list[bytes]) -> None:
            rows: list[OutboxRow] = []
            for payload in payloads:
                rows.extend(self._published.take(payload) or _rows.many(payload))
            await handler(rows)

        self._delivers = True
        self._pulling = asyncio.get_running_loop().create_task(self._stream.pull(take))
        self._tasks.add(self._pulling)

    async def stop_delivering(self) -> None:
        """Pull no more; what came and was not acknowledged, the sweeper brings again."""
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.gather(self._pulling, return_exceptions=True)

    async def announce(self, topic: str, payload: bytes) -> None:
        """Tell the other processes of this hub; whoever does not listen now misses it."""
        with contextlib.suppress(NatsError):
            await self._client.publish(f"hub.{topic}", payload)

    async def listen(self, topic: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand over what other processes of this hub announce on a topic, in order."""

        async def take(message: Msg) -> None:
            await handler(message.data)

        await self._client.subscribe(f"hub.{topic}", cb=take)

    async def wiped(self) -> bool:
        """Whether the stream was made anew; raises BusDownError while NATS is away."""
        try:
            return await self._stream.wiped()
        except (NatsError, TimeoutError, OSError) as error:
            raise BusDownError(f"NATS cannot be used: {error!r}") from error

    async def close(self) -> None:
        """Stop taking, refuse what waits, disconnect."""
        for packer in self._packers.values():
            await packer.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A connection that is lost already cannot be drained.
        with contextlib.suppress(NatsError, OSError):
            await self._client.close()


def _packs(rows: Sequence[OutboxRow]) -> list[list[tuple[OutboxRow, bytes]]]:
    """The rows with their bytes, in order, a megabyte together at most.

    Rows of all receivers share a message: each one costs the stream, and who takes them, more than a row does.
    """
    packs: list[list[tuple[OutboxRow, bytes]]] = []
    size = PACK_BYTES
    for row in rows:
        body = wide.encode(row)
        if size + len(body) > PACK_BYTES:
            packs.append([])
            size = 0
        packs[-1].append((row, body))
        size += len(body)
    return packs


def _copy(row: OutboxRow, body: bytes) -> tuple[str, bytes]:
    """Subject and payload of what observers see of a row: all but the bytes of its original."""
    event = slim(row.event)
    copy = body if event is row.event else wide.encode(msgspec.structs.replace(row, event=event))
    return f"event.{event.body.__struct_config__.tag}.{token(event.receiver)}", copy


def _pack_id(pack: list[tuple[OutboxRow, bytes]]) -> str:
    """`lane:seq` of a single row; of several those of the first and the last."""
    first, last = pack[0][0], pack[-1][0]
    return first.id if first is last else f"{first.id}-{last.id}"


async def _log_error(error: Exception) -> None:
    # Each attempt to reconnect fails in its own words; loss and return are what an operator needs.
    log.debug("NATS: %r", error)
