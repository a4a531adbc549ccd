"""What sandbox counterparties share: a listener with a journal, and for FSPIOP the checks before any business."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, Self

import msgspec

from fspiop.messages.errors import ErrorBody, ErrorInformation
from switch.sandbox.behaviour import Scenario
from switch.sandbox.fspiop_wire import FspiopWire, error_of
from switch.sandbox.http import Listener, Reply, Request, listen
from switch.sandbox.journal import Journal
from switch.sandbox.keys import KeyPair, rsa_keys
from switch.sandbox.tape import Tape
from switch.sandbox.waiting import Work

ENCODE: Final = msgspec.json.Encoder().encode
_GOOD_SIGNATURES: Final = ("valid", "unsigned")
_TEXT_MAX: Final = 128


class Counterparty(ABC):
    """A named server with a journal, and work that goes on after its answers."""

    def __init__(self, name: str, keys: KeyPair | None, scenario: Scenario | None, journal: Path | None) -> None:
        self.name = name
        self.keys = keys or rsa_keys(name)
        self.scenario = scenario or Scenario()
        self.journal = Journal(name, journal)
        self.tape: Tape | None = None
        self._work = Work(lambda text: self.journal.received("DEFECT", name, detail=text))
        self._listener: Listener | None = None

    @property
    def url(self) -> str:
        """Its base URL."""
        assert self._listener is not None, "not started"
        return self._listener.url

    async def start(self, port: int = 0) -> None:
        """Listen, and be ready to send."""
        self._open()
        self._listener = await listen(self._taped, port=port)

    async def stop(self) -> None:
        """Hang up; answers still to be sent are dropped, as by a counterparty that goes down."""
        self._work.cancel()
        if self._listener is not None:
            await self._listener.close()
        await self._close()
        self.journal.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def record(self, tape: Tape) -> None:
        """Put what it says and hears on a tape, from now on."""
        self.tape = tape

    def _taped(self, request: Request) -> Reply:
        reply = self._handle(request)
        if self.tape is not None:
            self.tape.came(self.name, request.method, request.target, request.body, reply.status)
        return reply

    @abstractmethod
    def _open(self) -> None:
        """Open what it sends with; there is a running event loop."""

    @abstractmethod
    async def _close(self) -> None:
        """Close what it sends with."""

    @abstractmethod
    def _handle(self, request: Request) -> Reply:
        """Answer a request at once."""


class FspiopCounterparty(Counterparty):
    """A counterparty that speaks FSPIOP; with `iso_json` the ISO 20022 variant of version 2.0."""

    def __init__(
        self,
        name: str,
        version: str,
        *,
        fspiop_url: str,
        keys: KeyPair | None = None,
        scenario: Scenario | None = None,
        journal: Path | None = None,
        iso_json: bool = False,
    ) -> None:
        super().__init__(name, keys, scenario, journal)
        self.version = version
        self.wire = FspiopWire(name, fspiop_url, version, self.keys, iso_json=iso_json)
        # What was answered, to be said again when the hub asks again: it may not have got the answer.
        self._answers: dict[str, tuple[str, bytes]] = {}

    def record(self, tape: Tape) -> None:
        """From now on, what it sends too."""
        super().record(tape)
        self.wire.tape = tape

    def _open(self) -> None:
        self.wire.start()

    async def _close(self) -> None:
        await self.wire.stop()

    def _handle(self, request: Request) -> Reply:
        path = request.target.partition("?")[0]
        if path == "/health":
            return Reply(200, b'{"status":"OK"}', "application/json")
        kind = f"{request.method} {path}"
        meant = request.headers.get("fspiop-destination", self.name)
        if meant != self.name:
            # a hub's word to somebody who listened here before
            self.journal.received(kind, path, status=400, detail=f"for {meant}")
            return refusal("3201", f"Destination FSP Error - this is {self.name}")
        signature = self.wire.verify(request)
        if signature not in _GOOD_SIGNATURES:
            self.journal.received(kind, path, signature=signature, status=400)
            return refusal("3105", f"Invalid signature - {signature}")
        request = self.wire.heard(request)
        resource, *rest = request.target.partition("?")[0].removeprefix("/").split("/")
        return self._hear(request, resource, rest, signature) or refusal("3002", f"Unknown URI - {kind}", 404)

    @abstractmethod
    def _hear(self, request: Request, resource: str, rest: list[str], signature: str) -> Reply | None:
        """Take a request on `resource`, whose path has `rest` after it; None if there is no such thing here."""

    async def _again(self, destination: str, name: str) -> None:
        """Repeat the answer, if there was one."""
        if name in self._answers:
            path, body = self._answers[name]
            await self._put(path, destination, name, body)

    async def _put(self, path: str, destination: str, name: str, body: bytes) -> int:
        answer = await self.wire.send("PUT", path, destination, body)
        failed = path.endswith("/error")
        word = error_of(body)[0] if failed else state_of(body)
        kind = f"PUT /{path.split('/')[1]}{'/error' if failed else ''}"
        self.journal.sent(kind, name, word=word, status=answer.status, detail=answer.refusal)
        return answer.status


class _Told(msgspec.Struct, rename="camel"):
    transfer_state: str = ""
    transaction_request_state: str = ""
    transaction_state: str = ""
    response_type: str = ""
    conversion_state: str = ""
    bulk_transfer_state: str = ""


def state_of(body: bytes) -> str:
    """The word in which a PUT or PATCH tells how things stand, whatever its resource."""
    try:
        told = msgspec.json.decode(body, type=_Told)
    except msgspec.MsgspecError:
        return ""
    return next(filter(None, msgspec.structs.astuple(told)), "")


def error_body(code: str, text: str) -> bytes:
    """The body of an `…/error`."""
    return ENCODE(ErrorBody(ErrorInformation(code, text[:_TEXT_MAX])))


def refusal(code: str, text: str, status: int = 400) -> Reply:
    """The synchronous refusal of a request."""
    return Reply(status, error_body(code, text), "application/json")
