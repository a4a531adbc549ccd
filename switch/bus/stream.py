"""The JetStream half of the bus: publish with acknowledgement, and a pull loop that cannot fall silent.

Both use plain NATS requests: the client library's own publish costs four times as much, and its fetch of many waits
for the whole batch. One pull request is open at a time and lives a second, so a lost one costs at most that.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from switch.bus.frames import frame, send
from switch.bus.port import BusDownError

log = logging.getLogger("isoloop.bus")

STREAM: Final = "OUT"
SUBJECTS: Final = "out.>"
CONSUMER: Final = "deliverer"
_BATCH: Final = 64
_EXPIRES_S: Final = 1.0
_ACK_WAIT_S: Final = 30.0
_ACK_PENDING: Final = 20_000
_PAUSE_S: Final = 0.2

Take = Callable[[list[bytes]], Awaitable[None]]
"""Takes the payloads of messages in order; what it returns from is acknowledged."""


class OutStream:
    """The durable stream and its one consumer; made again whenever they are found missing."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        """Know nothing yet; `ensure` makes the stream."""
        self._client = client
        self._timeout_s = timeout_s
        self._numbers = itertools.count(1)
        self._acks: dict[str, asyncio.Future[None]] = {}
        self._ack_inbox = client.new_inbox()
        self._created: Any = None
        self.recovered = 0

    async def open(self) -> None:
        """Make the stream if it is missing and listen for acknowledgements."""
        await self._client.subscribe(f"{self._ack_inbox}.*", cb=self._acknowledged)
        self._created = await self.ensure()

    async def ensure(self) -> Any:
        """Make stream and consumer if they are missing; gives the time the stream was created."""
        jetstream = self._client.jetstream(timeout=self._timeout_s)
        try:
            info = await jetstream.stream_info(STREAM)
        except NotFoundError:
            config = StreamConfig(
                STREAM, subjects=[SUBJECTS], retention=RetentionPolicy.WORK_QUEUE, storage=StorageType.FILE
            )
            info = await jetstream.add_stream(config)
        try:
            await jetstream.consumer_info(STREAM, CONSUMER)
        except NotFoundError:
            consumer = ConsumerConfig(
                durable_name=CONSUMER, ack_policy=AckPolicy.EXPLICIT, ack_wait=_ACK_WAIT_S,
                max_ack_pending=_ACK_PENDING,
            )  # fmt: skip
            await jetstream.add_consumer(STREAM, consumer)
        return info.created

    async def wiped(self) -> bool:
        """Whether the stream is another than when last asked."""
        created = await self.ensure()
        changed, self._created = bool(created != self._created), created
        return changed

    async def publish(self, messages: list[tuple[str, bytes, str | None]]) -> None:
        """Send (subject, payload, message id) and wait for all acknowledgements; raises BusDownError."""
        futures: dict[str, asyncio.Future[None]] = {}
        try:
            frames: list[bytes] = []
            for subject, payload, message_id in messages:
                token = str(next(self._numbers))
                futures[token] = self._acks[token] = asyncio.get_running_loop().create_future()
                frames.append(frame(subject, payload, f"{self._ack_inbox}.{token}", message_id))
            await send(self._client, frames)
            await asyncio.wait_for(asyncio.gather(*futures.values()), self._timeout_s)
        except (NatsError, TimeoutError, OSError) as error:
            raise BusDownError(f"not acknowledged by the stream: {error!r}") from error
        finally:
            for token, future in futures.items():
                self._acks.pop(token, None)
                future.cancel()

    async def _acknowledged(self, message: Msg) -> None:
        future = self._acks.pop(message.subject.rpartition(".")[2], None)
        if future is None or future.done():
            return
        answer: dict[str, Any] = msgspec.json.decode(message.data) if message.data else {"error": "no stream"}
        if "error" in answer:
            future.set_exception(BusDownError(str(answer["error"])))
        else:
            future.set_result(None)

    async def pull(self, take: Take) -> None:
        """Take messages as they come, for ever; never raises but when cancelled."""
        inbox = self._client.new_inbox()
        healthy = True
        while True:
            subscription: Subscription | None = None
            try:
                await self.ensure()
                subscription = await self._client.subscribe(inbox)
                healthy = True
                await self._pull(subscription, inbox, take)
            except (NatsError, TimeoutError, OSError) as error:
                # Reconnecting, a wiped stream, a deleted consumer: everything is asked for anew.
                self.recovered += 1
                log.log(
                    logging.WARNING if healthy else logging.DEBUG, "pulling from %s starts again: %r", STREAM, error
                )
                healthy = False
                await asyncio.sleep(_PAUSE_S)
            finally:
                if subscription is not None:
                    with contextlib.suppress(NatsError):
                        await subscription.unsubscribe()

    async def _pull(self, subscription: Subscription, inbox: str, take: Take) -> None:
        request = msgspec.json.encode({"batch": _BATCH, "expires": int(_EXPIRES_S * 1e9)})
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{CONSUMER}"
        while True:
            await self._client.publish(subject, request, reply=inbox)
            left, asked = _BATCH, time.monotonic()
            while left:
                if time.monotonic() - asked > _EXPIRES_S * 2:
                    break
                messages = await _arrived(subscription)
                if not messages:
                    break
                over = [message for message in messages if _status(message)]
                rows = [message for message in messages if not _status(message)]
                left -= len(rows)
                if rows:
                    await self._take(rows, take)
                if over:
                    _check(over)
                    break

    async def _take(self, messages: list[Msg], take: Take) -> None:
        """Hand over all that came together; acknowledge what was taken, the rest comes again."""
        try:
            await take([message.data for message in messages])
        except Exception:
            if len(messages) == 1:
                log.exception("rows of %s were not taken", messages[0].subject)
            else:
                # What cannot be read must not hold back the others.
                for message in messages:
                    await self._take([message], take)
            return
        await send(self._client, [frame(message.reply, b"+ACK") for message in messages])


async def _arrived(subscription: Subscription) -> list[Msg]:
    """What has come, or the first that comes; nothing if that takes too long."""
    queue = subscription._pending_queue  # noqa: SLF001 - the library's own way makes two tasks for each wait
    if queue.empty():
        try:
            async with asyncio.timeout(_EXPIRES_S * 1.5):
                first = await queue.get()
        except TimeoutError:
            return []
        subscription._pending_size -= len(first.data)  # noqa: SLF001 - as above
        return [first, *_waiting(subscription)]
    return _waiting(subscription)


def _waiting(subscription: Subscription) -> list[Msg]:
    """What has arrived already, without waiting."""
    queue = subscription._pending_queue  # noqa: SLF001 - the library offers no other way to take what is there
    taken: list[Msg] = []
    while not queue.empty():
        message = queue.get_nowait()
        subscription._pending_size -= len(message.data)  # noqa: SLF001 - as above
        taken.append(message)
    return taken


def _status(message: Msg) -> str:
    return (message.headers or {}).get("Status", "") if not message.data else ""


def _check(statuses: list[Msg]) -> None:
    """A request that ran out is normal; anything else (no responders, consumer deleted) means starting again."""
    for message in statuses:
        if _status(message) not in {"404", "408"}:
            raise BusPullError(f"{_status(message)} {(message.headers or {}).get('Description', '')}")


class BusPullError(NatsError):
    """The server ended a pull for a reason of its own."""
