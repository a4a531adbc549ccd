"""A bank's gateway to NATS, as a bank would write it: it sends requests, takes what its consumer has, acknowledges.

What the bank does with a message (signatures, answers, credits) is the sandbox bank's; only the transport is another.
"""

import asyncio
import contextlib

import msgspec
import nats
from nats.errors import NoRespondersError
from nats.js.errors import APIError

from switch.sandbox.bank import Letter, Posted, SandboxBank
from switch.sandbox.http import Request
from switch.sandbox.onboarding import Operator


class NatsBank(SandboxBank):
    """A sandbox bank on NATS. `acknowledges` off: it takes what waits for it and says nothing."""

    def __init__(self, name: str, bic: str) -> None:
        super().__init__(name, bic, iso_url="")
        self.ids: list[str] = []
        self.takes = True
        self.acknowledges = True
        self.login: dict = {}
        self.client: nats.NATS | None = None
        self._taking: asyncio.Task | None = None
        self._fetching = asyncio.Lock()

    def profile(self, **more):
        return {
            "bic": self.bic,
            "nats": True,
            "certificates": [{"pem": self.keys.certificate_pem, "id": self.name}],
            **more,
        }

    async def enter(self, operator: Operator) -> None:
        """Ask the operator for the login, and connect."""
        self.login = msgspec.json.decode(await operator.call("GET", f"/participants/{self.name}/iso/nats"))
        self.client = await connect(self.login)
        self._taking = asyncio.create_task(self._take_all())

    async def pause(self) -> None:
        """Take no more: what comes from now on waits in the stream."""
        self.takes = False
        await asyncio.sleep(0)
        async with self._fetching:
            pass

    async def leave(self) -> None:
        """Hang up."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.wait([self._taking])
        if self.client is not None:
            with contextlib.suppress(OSError):
                await self.client.close()
        self._work.cancel()

    async def start(self, port: int = 0) -> None:
        """Nothing listens."""

    async def stop(self) -> None:
        await self.leave()
        self.journal.close()

    async def request(self, body: bytes) -> nats.aio.msg.Msg:
        """One message to the hub, and its answer."""
        assert self.client is not None
        return await self.client.request(self.login["in"], body, timeout=10)

    async def post(self, letter: Letter) -> Posted:
        """As over HTTP: again and again while nobody takes it."""
        posted = Posted(0)
        for _ in range(20):
            with contextlib.suppress(TimeoutError, NoRespondersError, nats.errors.Error, OSError):
                answer = await self.request(letter.body)
                posted = Posted(int(answer.headers["Http-Status"]), answer.data)
            if posted.status not in (0, 503):
                break
            await asyncio.sleep(0.2)
        return posted

    async def _take_all(self) -> None:
        assert self.client is not None
        while True:
            await asyncio.sleep(0.02)
            async with self._fetching:
                with contextlib.suppress(TimeoutError, nats.errors.Error, APIError, OSError):
                    await self._take()

    async def _take(self) -> None:
        if not self.takes:
            return
        inbox = await self.client.jetstream().pull_subscribe_bind(self.login["consumer"], self.login["stream"])
        try:
            for message in await inbox.fetch(10, timeout=0.3):
                self.ids.append(message.headers["Isoloop-Id"])
                if self.acknowledges:
                    self._handle(Request("POST", message.subject, {}, message.data))
                    await message.ack()
        finally:
            await inbox.unsubscribe()


async def connect(login: dict) -> nats.NATS:
    """A connection as a bank's user."""
    return await nats.connect(
        login["url"], user=login["user"], password=login["password"],
        inbox_prefix=login["inboxPrefix"].encode(), reconnect_time_wait=0.1, max_reconnect_attempts=-1,
    )  # fmt: skip
