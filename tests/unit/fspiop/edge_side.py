"""An edge over real HTTP and a caller of it, for the tests of what it takes and whom it believes."""

import asyncio
import http.client
import json
import socket
import threading
from datetime import UTC, datetime
from typing import Any

import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from fspiop.api.app import EdgeSettings, FspiopApp, router
from fspiop.incoming import IncomingFspiop
from schemas.canonical.participants import JwsKey
from schemas.canonical.wire import Receipt

NOW = datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC)
ID = "b51ec534-ee48-4575-b6a9-ead2955b8069"
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
COMMITTED = {"transferState": "COMMITTED"}
FAULT = {"errorInformation": {"errorCode": "5105", "errorDescription": "no"}}


class Hub:
    """Servers in a thread of their own, and an `accept` that remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[IncomingFspiop] = []
        self.answer: Receipt | Exception = Receipt()
        self.loop = asyncio.new_event_loop()
        self.servers: list[uvicorn.Server] = []
        self.tasks: list[Any] = []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def accept(self, message: IncomingFspiop) -> Receipt:
        self.seen.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def keys(self, source: str) -> tuple[JwsKey, ...]:
        return (JwsKey(PEM.decode()),) if source == "payeefsp" else ()

    def serve(self, settings: EdgeSettings, **named: Any) -> tuple[int, FspiopApp]:
        app = router(self.accept, self.keys, settings, lambda: NOW, **named)
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        self.servers.append(server)
        self.tasks.append(asyncio.run_coroutine_threadsafe(server.serve([listener]), self.loop))
        return listener.getsockname()[1], app

    def stop(self) -> None:
        for server in self.servers:
            server.should_exit = True
        for task in self.tasks:
            task.result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.raw = response.status, response.headers, response.read()

    @property
    def code(self) -> str:
        return str(self.error["errorCode"])

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.raw)["errorInformation"]


def headers_for(method: str, path: str, changes: dict[str, str | None]) -> dict[str, str]:
    media = f"application/vnd.interoperability.{path.split('/')[1].partition('?')[0]}+json;version=1.1"
    headers: dict[str, str | None] = {
        "Content-Type": media,
        "Accept": None if method in {"PUT", "PATCH"} else media,
        "Date": "Fri, 20 Nov 2026 06:00:00 GMT",
        "FSPIOP-Source": "payerfsp",
        "FSPIOP-Destination": "payeefsp",
    }
    return {name: value for name, value in (headers | changes).items() if value is not None}


def call(server: Any, method: str, path: str, body: Any = None, **changes: str | None) -> Answer:
    renamed = {name.replace("_", "-"): value for name, value in changes.items()}
    payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server[0], timeout=10)
    try:
        connection.request(method, path, payload, headers_for(method, path, renamed))
        return Answer(connection.getresponse())
    finally:
        connection.close()
