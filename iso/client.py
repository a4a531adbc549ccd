"""Sends business messages to banks over kept HTTP connections."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import aiohttp
import msgspec

MAX_ANSWER: Final = 64 * 1024
"""Bytes that are read of an answer."""
_NO_DEFAULTS: Final = ("accept", "accept-encoding", "user-agent")


class Delivery(msgspec.Struct, frozen=True):
    """How a delivery ended: the HTTP status, or 0 and why no answer came; `body` is kept of refusals only."""

    status: int
    body: bytes = b""
    failure: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return 200 <= self.status < 300


def _patience() -> "aiohttp.ClientTimeout":
    """20 seconds, which the reference gives a participant to answer."""
    return aiohttp.ClientTimeout(total=20, connect=5)


def new_session(connections: int = 256, tls: ssl.SSLContext | None = None) -> "aiohttp.ClientSession":
    """A session with kept connections (to be closed by the caller), no cookies; `tls` is what it shows and trusts."""
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=30, ssl=True if tls is None else tls)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=_patience(),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NO_DEFAULTS,
    )


class IsoClient:
    """Posts XML over a session that belongs to the caller."""

    def __init__(self, session: "aiohttp.ClientSession", timeout: "aiohttp.ClientTimeout | None" = None) -> None:
        self._session = session
        self._timeout = timeout or _patience()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Delivery:
        """One attempt, without redirects and without reading more than 64 KB of the answer."""
        try:
            async with self._session.post(
                url,
                data=body,
                headers={"Content-Type": "application/xml", **(headers or {})},
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                refused = response.status >= 300
                return Delivery(response.status, await _read(response) if refused else b"")
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError, ValueError) as error:
            return Delivery(0, failure=f"{type(error).__name__}: {error}"[:200])


async def _read(response: "aiohttp.ClientResponse") -> bytes:
    """The beginning of an answer; the connection of a longer one is not used again."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part[: MAX_ANSWER - size])
        size += len(part)
        if size >= MAX_ANSWER:
            response.close()
            break
    return b"".join(parts)
