"""Calls out: delivers messages to participants, and builds and signs the messages that the hub makes itself."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import aiohttp
import msgspec
from multidict import CIMultiDict

from fspiop.headers import Headers, hub_headers
from fspiop.jws import PrivateKey, sign
from schemas.canonical.wire import Dialect

_READ_MAX: Final = 64 * 1024
# What the library would add by itself: a forwarded message goes out with its own headers only.
_NO_DEFAULTS: Final = ("accept", "accept-encoding", "user-agent", "content-type")


class Delivery(msgspec.Struct, frozen=True):
    """How a delivery ended: the HTTP status, or 0 and why no answer came; `body` is kept of refusals only."""

    status: int
    body: bytes = b""
    failure: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300


class Outgoing(msgspec.Struct, frozen=True):
    """A message ready to be sent; `uri` begins at the resource."""

    method: str
    uri: str
    headers: Headers
    body: bytes


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


class FspiopClient:
    """Sends messages over one session; every call ends within 20 seconds."""

    def __init__(self, session: "aiohttp.ClientSession", timeout: "aiohttp.ClientTimeout | None" = None) -> None:
        """The session belongs to the caller."""
        self._session = session
        self._timeout = timeout or _patience()

    async def send(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Delivery:
        """One attempt, without redirects: what a participant answers is read up to 64 KB, and only if it refuses."""
        try:
            async with self._session.request(
                method,
                url,
                headers=CIMultiDict(headers),
                data=body or None,
                allow_redirects=False,
                skip_auto_headers=_NO_DEFAULTS,
                timeout=self._timeout,
            ) as response:
                refused = response.status >= 400
                return Delivery(response.status, await _read(response) if refused else b"")
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError, ValueError) as error:
            return Delivery(0, failure=f"{type(error).__name__}: {error}"[:200])


async def _read(response: "aiohttp.ClientResponse") -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(_READ_MAX):
        chunks.append(chunk[: _READ_MAX - size])
        size += len(chunk)
        if size >= _READ_MAX:
            response.close()
            break
    return b"".join(chunks)


def hub_message(
    *,
    resource: str,
    method: str,
    uri: str,
    body: msgspec.Struct | bytes | None,
    source: str,
    destination: str,
    version: str,
    date: datetime,
    dialect: Dialect = Dialect.FSPIOP,
    key: PrivateKey | None = None,
    trace: str | None = None,
) -> Outgoing:
    """A message of the hub's own, or of a bank it stands for: serialised once, signed over those bytes.

    Without a key, or without a body, it is not signed. `uri` begins at the resource and is what FSPIOP-URI says.
    """
    payload = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = hub_headers(
        resource=resource,
        version=version,
        method=method,
        uri=uri,
        source=source,
        destination=destination,
        date=date,
        dialect=dialect,
    )
    if key is not None and payload:
        headers = (*headers, ("fspiop-signature", sign(key, headers, payload)))
    if trace is not None:
        headers = (*headers, ("traceparent", trace))
    return Outgoing(method, uri, headers, payload)
