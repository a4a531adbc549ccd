"""What a sandbox bank says of the service: it signs on and off, gives signs of life, and takes notice of broadcasts."""

import asyncio
from typing import Any

from iso.messages import admi004, admi011
from iso.messages.admi004 import Admi004
from iso.messages.admi011 import Admi011
from iso.messages.business import BusinessMessage
from iso.messages.events import Happening
from switch.sandbox import letters
from switch.sandbox.bank import Posted, SandboxBank


class Service:
    """The part of a bank that hears of events: `heard` are those of the hub, `acknowledged` its own by code."""

    def __init__(self, bank: SandboxBank) -> None:
        """Let the bank hear admi.004 and admi.011 from now on."""
        self.bank = bank
        self.heard: list[Happening] = []
        self.acknowledged: dict[str, Happening] = {}
        self._changed = asyncio.Event()
        self._works: set[asyncio.Task[Posted]] = set()
        bank.hear(Admi004, self._told)
        bank.hear(Admi011, self._taken)

    async def tell(self, code: str, wait_s: float = 30) -> Happening:
        """Tell the hub of an event by its code; the event as it was acknowledged."""
        self.acknowledged.pop(code, None)
        body = admi004.write(Admi004(event=Happening(code=code))).body
        await self.bank.post(self.bank.sign(body, admi004.DEFAULT_VERSION, code))
        async with asyncio.timeout(wait_s):
            while code not in self.acknowledged:
                self._changed.clear()
                await self._changed.wait()
        return self.acknowledged[code]

    def _told(self, message: BusinessMessage, told: Any, _signature: str) -> None:
        self.heard.append(told.event)
        reference = message.header.business_message_id if message.header else None
        answer = Admi011(message_id=letters.new_id(), originator_reference=reference, event=told.event)
        letter = self.bank.sign(admi011.write(answer).body, admi011.DEFAULT_VERSION, told.event.code)
        work = asyncio.get_running_loop().create_task(self.bank.post(letter))
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    def _taken(self, _message: BusinessMessage, taken: Any, _signature: str) -> None:
        if taken.event is not None:
            self.acknowledged[taken.event.code] = taken.event
            self._changed.set()
