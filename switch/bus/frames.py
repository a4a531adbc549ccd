"""Many messages to NATS in one write: the client library spends more on each publish than the server does.

The frames are those of the NATS client protocol (PUB and HPUB). While the connection is away they go to the library's
own buffer, which sends them after a reconnect.
"""

from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client

_HEADER: Final = b"NATS/1.0\r\nNats-Msg-Id: %b\r\n\r\n"


def frame(subject: str, payload: bytes, reply: str = "", message_id: str | None = None) -> bytes:
    """The bytes that publish one message; `message_id` lets a stream drop a second one."""
    to = f"{subject} {reply}" if reply else subject
    if message_id is None:
        return b"PUB %b %d\r\n%b\r\n" % (to.encode(), len(payload), payload)
    header = _HEADER % message_id.encode()
    return b"HPUB %b %d %d\r\n%b%b\r\n" % (to.encode(), len(header), len(header) + len(payload), header, payload)


async def send(client: Client, frames: Sequence[bytes]) -> None:
    """Publish them all: at once where nothing else waits to be written, else behind it."""
    if not frames:
        return
    together, transport = b"".join(frames), client._transport  # noqa: SLF001 - the library offers no publish of many
    if transport is not None and client.is_connected and not client._pending:  # noqa: SLF001 - as above
        transport.write(together)
        return
    await client._send_command(together)  # noqa: SLF001 - as above
    await client._flush_pending()  # noqa: SLF001 - as above
