"""Banks that speak with the hub over NATS: their users and consumers follow their profiles, their messages come in.

What a bank sends as a request on its subject is examined, committed and answered as a POST would be: the same body,
with the HTTP status in a header. Who sends is proved by the subject, which only that bank's user may publish on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import msgspec
from nats.aio.msg import Msg

from iso.answers import Answer
from schemas.canonical.participants import Participant
from switch.bus.banks import BankStream, Taken
from switch.bus.places import Place
from switch.bus.port import BusDownError

log = logging.getLogger("isoloop.banks")

STATUS: Final = "Http-Status"
"""The header of a reply with what HTTP would have answered: 202, 400, 503."""
_KEEP_S: Final = 5.0
_CONNECT_S: Final = 2.0

TakeMessage = Callable[[bytes, tuple[tuple[str, str], ...], str], Awaitable[Answer]]
"""(body, headers, participant it came from) -> answer (`IsoApp.take`)."""


class Users(Protocol):
    """Who keeps the users of a NATS of our own (`EmbeddedEngines`)."""

    def allow(self, users: Mapping[str, Mapping[str, Any]]) -> None:
        """Make these, name -> permissions, the only banks that may enter; blocks."""

    def login(self, user: str) -> tuple[str, str, str] | None:
        """(URL without a secret, user, password); None if there is no such user."""


class Login(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a bank enters NATS; without `user` whoever runs that NATS gives it one."""

    url: str
    user: str | None = None
    password: str | None = None


class NativeBanks:
    """All banks on NATS. Connects when there is the first one, and never for a hub without.

    A process that only posts does not call `serve`.
    """

    def __init__(self, url: str, users: Users | None) -> None:
        """`url` enters the banks' account with all rights; `users` None: an operator manages them."""
        self._url = url
        self._users = users
        self._places: dict[str, Place] = {}
        self._by_intake: dict[str, Place] = {}
        self._stream: BankStream | None = None
        self._take: TakeMessage | None = None
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    def learn(self, records: Iterable[Any]) -> None:
        """Take over new values of participants; their users and consumers follow at once."""
        for record in records:
            if isinstance(record, Participant):
                native = record.iso is not None and record.iso.nats
                if native != (record.name in self._places):
                    self._wake.set()
                if native:
                    self._places[record.name] = Place(record.name)
                else:
                    self._places.pop(record.name, None)
        self._by_intake = {place.intake: place for place in self._places.values()}

    async def serve(self, take: TakeMessage) -> None:
        """Begin to take messages; users and consumers are there when this returns, if NATS is."""
        self._take = take
        await self._try()

    async def run(self) -> None:
        """Follow the profiles for ever, and make again what NATS has lost."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _KEEP_S)
            self._wake.clear()
            await self._try()

    async def _try(self) -> None:
        try:
            await self.follow()
        except BusDownError as error:
            log.debug("banks on NATS are tried again: %s", error)
        except Exception:
            log.exception("banks on NATS are tried again")

    async def follow(self) -> None:
        """Users and consumers of exactly the banks that want them; raises BusDownError."""
        async with self._turn:
            places = list(self._places.values())
            if self._users is not None:
                await asyncio.to_thread(self._users.allow, {place.user: place.permissions for place in places})
            if self._stream is None and places and not self._stopped:
                stream = await BankStream.open(self._url, connect_s=_CONNECT_S)
                if self._take is not None:
                    await stream.serve(self._request)
                self._stream = stream
            if self._stream is not None:
                await self._stream.ensure(places)

    async def post(
        self, subject: str, body: bytes, headers: dict[str, str], patience_s: float, lives_s: int | None
    ) -> Taken:
        """Keep a message for a bank and wait for its acknowledgement (`BankStream.post`)."""
        if self._stream is None:
            self._wake.set()
            raise BusDownError("NATS has not been reached yet")
        return await self._stream.post(subject, body, headers, patience_s, lives_s)

    async def login(self, name: str) -> Login | None:
        """How that bank enters, made now if need be; None if it is not on NATS. Raises BusDownError."""
        place = self._places.get(name)
        if place is None:
            return None
        await self.follow()
        found = self._users.login(place.user) if self._users is not None else None
        return Login(*found) if found else Login(_without_secret(self._url))

    async def _request(self, message: Msg) -> None:
        # The subject is the sender's proof; the reply must go where only that bank listens.
        place = self._by_intake.get(message.subject)
        if place is None or not message.reply.startswith(f"{place.inbox}."):
            log.warning("a message on %s is not taken: no such bank, or an inbox not its own", message.subject)
            return
        task = asyncio.get_running_loop().create_task(self._answer(place, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, place: Place, message: Msg) -> None:
        take, stream = self._take, self._stream
        if take is None or stream is None:
            return
        answer = await take(message.data, (("nats-subject", message.subject),), place.participant)
        more = {name.decode(): value.decode() for name, value in answer.headers}
        headers = {STATUS: str(answer.status), "Content-Type": answer.content_type, **more}
        await stream.reply(message.reply, answer.body, headers)

    def stop_waiting(self) -> None:
        """Let deliveries that wait for an acknowledgement go."""
        self._stopped = True
        if self._stream is not None:
            self._stream.stop_waiting()

    async def close(self) -> None:
        """Finish what is being answered and disconnect."""
        self.stop_waiting()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CONNECT_S)
        if self._stream is not None:
            await self._stream.close()


def _without_secret(url: str) -> str:
    scheme, _, rest = url.rpartition("://")
    return f"{scheme or 'nats'}://{rest.rpartition('@')[2]}"
