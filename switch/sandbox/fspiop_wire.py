"""How a sandbox DFSP talks FSPIOP: signed messages out to the hub, signatures of what comes in checked."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp
import msgspec

from fspiop import jws
from fspiop.headers import Head, hub_headers, read_head
from schemas.canonical.wire import Dialect
from switch.sandbox.clock import now
from switch.sandbox.http import Request
from switch.sandbox.iso_speech import IsoSpeech
from switch.sandbox.keys import KeyPair
from switch.sandbox.tape import Tape

_ATTEMPTS = 8
_OVERLOADED = 503

Tamper = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]


class Answer(msgspec.Struct, frozen=True):
    """The hub's HTTP answer: status 0 if it could not be reached."""

    status: int
    body: bytes = b""

    @property
    def error_code(self) -> str:
        """The FSPIOP error code in it, or an empty text."""
        return error_of(self.body)[0]

    @property
    def refusal(self) -> str:
        """Code and description of the error in it, or an empty text."""
        return " ".join(error_of(self.body)).strip()


def error_of(body: bytes) -> tuple[str, str]:
    """Code and description of an `errorInformation` body; empty texts if it has none."""
    try:
        decoded: Any = msgspec.json.decode(body)
        information = decoded["errorInformation"]
        return str(information["errorCode"]), str(information.get("errorDescription", ""))
    except (msgspec.DecodeError, KeyError, TypeError):
        return "", ""


class FspiopWire:
    """One DFSP's side of the wire. `signing` off sends unsigned messages (a sandbox hub takes them).

    With `iso_json` it speaks the ISO 20022 variant, wherever that exists.
    """

    def __init__(
        self, name: str, fspiop_url: str, version: str, keys: KeyPair, *, signing: bool = True, iso_json: bool = False
    ) -> None:
        self.name = name
        self.url = fspiop_url
        self.version = version
        self.signing = signing
        self.tape: Tape | None = None
        self._speech = IsoSpeech(name) if iso_json else None
        self._private = keys.private
        self._trusted: dict[str, list[jws.PublicKey]] = {}
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Open the connections' pool; needs a running event loop."""
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=25)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=20),
            # PUT /quotes is refused with an Accept header
            skip_auto_headers=("accept", "accept-encoding", "user-agent"),
        )

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def trust(self, source: str, pems: Iterable[str]) -> None:
        """Take these public keys (PEM) for messages of `source`."""
        self._trusted[source] = [jws.public_key(pem) for pem in pems]

    async def send(
        self, method: str, path: str, destination: str | None, body: bytes = b"", tamper: Tamper | None = None
    ) -> Answer:
        """Send one message and repeat it while the hub is overloaded or out of reach; `path` begins at the resource.

        `tamper` may change headers and body after signing.
        """
        if self._speech is not None:
            path, body = self._speech.said(method, path, destination or "", body)
        headers = self._headers(method, path, destination, body)
        if tamper is not None:
            headers, body = tamper(headers, body)
        place = self.tape.sending(self.name, method, path, body) if self.tape is not None else 0
        answer = Answer(0)
        for attempt in range(_ATTEMPTS):
            answer = await self._once(method, path, headers, body)
            if answer.status not in (0, _OVERLOADED):
                break
            await asyncio.sleep(min(0.1 * 2**attempt, 2))
        if self.tape is not None:
            self.tape.answered(place, answer.status)
        return answer

    def _headers(self, method: str, path: str, destination: str | None, body: bytes) -> dict[str, str]:
        made = hub_headers(
            resource=path.split("/")[1],
            version=self.version,
            method=method,
            uri=path,
            source=self.name,
            destination=destination or "",
            date=now(),
            dialect=Dialect.FSPIOP_ISO if self._speech and self._speech.covers(path) else Dialect.FSPIOP,
        )
        headers = tuple((name, value) for name, value in made if value)
        if body and self.signing:
            return {**dict(headers), "fspiop-signature": jws.sign(self._private, headers, body)}
        return dict(headers)

    def heard(self, request: Request) -> Request:
        """A received message in the words this DFSP thinks in; its signature is over the bytes before."""
        return request if self._speech is None else self._speech.heard(request)

    async def _once(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        assert self._session is not None
        try:
            async with self._session.request(method, self.url + path, data=body or None, headers=headers) as response:
                return Answer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError):
            return Answer(0)

    def verify(self, request: Request) -> str:
        """What the check of a received message's signature finds: `valid`, `unsigned`, or why it does not hold."""
        if not request.body or "fspiop-signature" not in request.headers:
            return "unsigned"
        head = _head(request)
        # Hubs say in callbacks of bulk transfers for whom they are.
        told = f"/{self.name}{request.target}"
        target = told if head.get("fspiop-uri") == told else request.target
        keys = self._trusted.get(request.headers.get("fspiop-source", ""), [])
        try:
            jws.verify(keys, request.method, target, head, request.body)
        except jws.SignatureError as error:
            return str(error)
        return "valid"


def _head(request: Request) -> Head:
    head = read_head([(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()])
    assert isinstance(head, Head), "names of a dictionary are unique"
    return head
