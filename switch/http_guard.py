"""What one HTTP connection may take of the hub's time and memory: heads of bounded length, bodies that keep coming.

A client that sends nothing, or a byte now and then, holds a connection and what was read of it; one that never reads
its answer holds the answer. They are hung up on, as nothing of theirs was taken yet.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 65_536
"""Most bytes of a request line and its headers, after those that came with its first packet."""
HEADERS_MAX: Final = 128
PATIENCE_S: Final = 20.0
"""Time for a head to be complete, for the next part of a body to come, for a part of an answer to be read."""
BODY_BYTES_MIN: Final = 16_384
"""Least bytes of a body that come in that time, if it is not complete before."""
_LOOK_S: Final = 1.0


class GuardedProtocol(HttpToolsProtocol):
    """The HTTP server's protocol; it counts what it hears, so that `overdue` can tell whether more is coming."""

    _heard = 0
    _head_at: int | None = None
    _refused = False
    _stuck: tuple[object, float, int] | None = None

    def data_received(self, data: bytes) -> None:
        """Bytes of requests; a head that does not end is refused."""
        self._heard += len(data)
        super().data_received(data)
        if self._head_at is not None and self._heard - self._head_at > HEAD_BYTES_MAX:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head_at = self._heard
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; what is over the number is not kept."""
        if len(self.headers) <= HEADERS_MAX:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._head_at = None
        if len(self.headers) > HEADERS_MAX:
            self._refuse(b"431 Request Header Fields Too Large")
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body; that of a refused head would be taken for the one before."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete, unless its head was refused."""
        if not self._refused:
            super().on_message_complete()

    def overdue(self, now: float, patience_s: float) -> bool:
        """Whether this connection has made no progress that is its client's to make for longer than that."""
        waits = self._waits()
        if waits is None:
            self._stuck = None
            return False
        what, done, enough = waits
        if self._stuck is None or self._stuck[0] is not what or abs(done - self._stuck[2]) >= enough:
            self._stuck = (what, now, done)
        return now - self._stuck[1] > patience_s

    def _waits(self) -> tuple[object, int, int] | None:
        """What the client owes, how far it is, and how much of it is progress; None if it owes nothing."""
        if self.flow.write_paused:
            return self.flow, self.transport.get_write_buffer_size(), 1
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            # A body that is not read is no fault of its sender, nor is a request that is being handled.
            owes = cycle.more_body and not self.flow.read_paused
            return (cycle, self._heard, BODY_BYTES_MIN) if owes else None
        # A connection that rests between two requests is closed by its own timer.
        return None if self.timeout_keep_alive_task is not None else (self, 0, 1)

    @property
    def half(self) -> bool:
        """Whether the request that is next to be answered is not here as a whole."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return self._head_at is not None
        return cycle.more_body and not self.pipeline

    def hang_up(self) -> None:
        """Close; who is in the middle of a request is told that it took too long."""
        if self.half and not self.flow.write_paused:
            self._refuse(b"408 Request Timeout")
        else:
            self.transport.abort()

    def _refuse(self, status: bytes) -> None:
        """Answer and close; what was asked before is not answered in these words."""
        self._refused = True
        self._head_at = None
        cycle = self.cycle
        asked = cycle is not None and not cycle.response_complete
        if not asked or not (cycle.response_started or self.pipeline or not cycle.more_body):
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


async def watch(connections: Iterable[Any], patience_s: float) -> None:
    """Hang up on whoever is overdue, again and again."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(_LOOK_S, patience_s / 4))
        for connection in list(connections):
            if connection.overdue(loop.time(), patience_s):
                connection.hang_up()
