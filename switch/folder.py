"""`isoloop folder`: a bank's gateway made of two folders, for trials. Files in `in` are sent, messages come to `out`.

A file is taken by renaming it (`.taken`), sent until the hub has answered, and then called `.done` or `.err`, with the
answer beside it. A message is written under another name, renamed, and only then acknowledged. Whatever breaks off is
done again: the hub knows a message it gets twice, and a file that is there already is not written anew.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from rich.console import Console

from iso.api import PATH
from iso.keys import SigningKey
from iso.shapes import Shape
from iso.sign import SignError, read_key, shape_argument, sign_file

log = logging.getLogger("isoloop.folder")

TAKEN, DONE, ERR, PART = ".taken", ".done", ".err", ".part"
_LOOK_S: Final = 0.5
_PAUSE_S: Final = 2.0
_WAIT_S: Final = 20
_PAGE: Final = 50
_TIMEOUT: Final = aiohttp.ClientTimeout(total=_WAIT_S + 20, connect=5)
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_BROKEN: Final = (aiohttp.ClientError, TimeoutError, OSError)


class Signer(msgspec.Struct, frozen=True):
    """How files are signed before they are sent."""

    key: SigningKey
    shape: Shape = Shape.HEADER


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened, for who watches."""

    event: str
    file: str
    status: int | None = None
    detail: str = ""


class Gateway:
    """The folders of one participant and the hub they belong to."""

    def __init__(
        self,
        folder: Path,
        participant: str,
        session: aiohttp.ClientSession,
        url: str,
        signer: Signer | None = None,
        tell: Any = None,
    ) -> None:
        """Make the folders if they are not there; `tell` hears of each event."""
        self.inside, self.outside = folder / "in", folder / "out"
        for each in (self.inside, self.outside):
            each.mkdir(parents=True, exist_ok=True)
        self._participant = participant
        self._session = session
        self._url = url.rstrip("/") + PATH
        self._signer = signer
        self._tell = tell or (lambda _event: None)
        self.errors = 0

    async def send_all(self) -> int:
        """Send what lies in `in`, in the order of names; gives how many files have ended, as done or as wrong."""
        ended = 0
        for path in sorted(self.inside.iterdir()):
            answer = Path(path.stem).suffix in {DONE, ERR}
            if path.suffix.lower() == ".xml" and not answer and not path.name.startswith("."):
                taken = path.with_name(path.name + TAKEN)
                path.rename(taken)
            elif path.suffix == TAKEN:
                taken = path
            else:
                continue
            if not await self._send(taken):
                break
            ended += 1
        return ended

    async def _send(self, taken: Path) -> bool:
        """Send one file; False if it must be tried again."""
        name = taken.name.removesuffix(TAKEN)
        try:
            body = self._body(taken)
        except SignError as error:
            self._end(taken, name, ERR, 0, str(error).encode(), "txt")
            return True
        headers = {"Content-Type": "application/xml"}
        try:
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                said, status = await answer.read(), answer.status
        except _BROKEN as error:
            self._tell(Event("waiting", name, detail=f"the hub was not reached: {error}"))
            return False
        if status in _AGAIN:
            self._tell(Event("waiting", name, status, "the hub is busy; the file is sent again"))
            return False
        good = 200 <= status < 300
        kind = "xml" if said.startswith(b"<") else "json"
        self._end(taken, name, DONE if good else ERR, status, said, kind)
        return True

    def _body(self, path: Path) -> bytes:
        """The bytes to send, the same at each try: what was signed elsewhere goes as it is."""
        body = path.read_bytes()
        if self._signer is None or b"Signature" in body:
            return body
        return sign_file(path, self._signer.key, self._signer.shape)

    def _end(self, taken: Path, name: str, end: str, status: int, said: bytes, kind: str) -> None:
        target, number = taken.with_name(name + end), 1
        while target.exists():
            number += 1
            target = taken.with_name(f"{name}.{number}{end}")
        _write(target.with_name(f"{target.name}.{kind}"), said)
        taken.rename(target)
        self.errors += end == ERR
        self._tell(Event("sent" if end == DONE else "refused", target.name, status))

    async def fetch(self, wait_s: int) -> int:
        """Write what waits at the hub and acknowledge it; gives how many messages came."""
        asked = {"participant": self._participant, "limit": str(_PAGE), "wait": str(wait_s)}
        async with self._session.get(self._url, params=asked) as answer:
            found = await answer.read()
            if answer.status != 200:
                raise FolderError(f"{answer.status}: {found[:300].decode(errors='replace')}")
        messages = msgspec.json.decode(found)["messages"]
        for each in messages:
            stamp = "".join(letter for letter in each["created"] if letter.isdigit())
            path = self.outside / f"{stamp}-{each['place'].replace(':', '-')}.{each['id']}.{each['definition']}.xml"
            if not path.exists():
                _write(path, each["body"].encode())
                self._tell(Event("received", path.name))
        if messages:
            ids = {"ids": [each["place"] for each in messages]}
            asked = {"participant": self._participant}
            async with self._session.post(f"{self._url}/ack", params=asked, json=ids) as answer:
                answer.raise_for_status()
        return len(messages)

    async def once(self) -> None:
        """Send everything and fetch everything that is there now."""
        while await self.send_all():
            pass
        while await self.fetch(0):
            pass

    async def run(self) -> None:
        """Send and fetch until cancelled; a hub that is away is waited for."""
        await asyncio.gather(self._sending(), self._fetching())

    async def _sending(self) -> None:
        while True:
            await self.send_all()
            await asyncio.sleep(_LOOK_S)

    async def _fetching(self) -> None:
        while True:
            try:
                await self.fetch(_WAIT_S)
            except (*_BROKEN, FolderError) as error:
                self._tell(Event("waiting", "out", detail=str(error)))
                await asyncio.sleep(_PAUSE_S)


class FolderError(ValueError):
    """The hub does not give messages to this participant; the text says why."""


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and to the disk."""
    partial = path.with_name(f".{path.name}{PART}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop folder` on the parser of the subcommand."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="in/ and out/ are made in it")
    parser.add_argument("--participant", required=True, metavar="NAME", help="the bank, whose delivery must be pull")
    parser.add_argument("--url", default="http://127.0.0.1:4002", help="the hub's ISO port (default: %(default)s)")
    parser.add_argument("--api-key-file", type=Path, metavar="FILE", help="the bank's API key, where it has one")
    parser.add_argument("--tls-cert", type=Path, metavar="PEM", help="client certificate for https")
    parser.add_argument("--tls-key", type=Path, metavar="PEM", help="its private key")
    parser.add_argument("--tls-ca", type=Path, metavar="PEM", help="the CA of the hub (default: those of the system)")
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign what is not signed yet with this private key")
    parser.add_argument("--cert", type=Path, metavar="PEM", help="the certificate of --key")
    shape_argument(parser, Shape.HEADER.value)
    parser.add_argument("--once", action="store_true", help="send and fetch what is there, then end")
    parser.add_argument("--json", action="store_true", help="one JSON line per event")


@contextlib.asynccontextmanager
async def _session(args: argparse.Namespace) -> AsyncIterator[aiohttp.ClientSession]:
    tls = ssl.create_default_context(cafile=args.tls_ca)
    if args.tls_cert is not None:
        tls.load_cert_chain(args.tls_cert, args.tls_key)
    headers = {} if args.api_key_file is None else {"X-Api-Key": args.api_key_file.read_text().strip()}
    connector = aiohttp.TCPConnector(ssl=tls)
    async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, headers=headers) as session:
        yield session


async def _run(args: argparse.Namespace, signer: Signer | None, tell: Any) -> int:
    async with _session(args) as session:
        gateway = Gateway(args.folder, args.participant, session, args.url, signer, tell)
        if not args.once:
            await gateway.run()
        try:
            await gateway.once()
        except _BROKEN as error:
            raise FolderError(f"{args.url} was not reached: {error}; is the hub running?") from error
        left = [path for path in gateway.inside.iterdir() if path.suffix == TAKEN]
        return 1 if gateway.errors or left else 0


def main(args: argparse.Namespace) -> int:
    """Run `isoloop folder` with parsed arguments; with --once 1 if a file was refused or could not be sent."""
    signer = None if args.key is None else Signer(read_key(args.key, args.cert), Shape(args.shape))
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)

    def tell(event: Event) -> None:
        if args.json:
            sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
            sys.stdout.flush()
        else:
            console.print(" ".join(_words(event)), markup=False)

    return asyncio.run(_run(args, signer, tell))


def _words(event: Event) -> Iterable[str]:
    yield f"{event.event:9}"
    yield event.file
    if event.status:
        yield f"({event.status})"
    if event.detail:
        yield f"- {event.detail}"
