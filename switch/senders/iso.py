"""Sending to a bank: one signed business message to its callback URL."""

import hashlib
from collections.abc import Awaitable, Callable

from iso import shaped
from iso.keys import SigningKey
from iso.messages.business import plainly_canonical
from iso.shapes import Shape
from iso.signature import seal
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from switch.delivery_policy import Sent
from switch.senders.http import HttpCaller
from translator.outgoing import Outgoing

_MEDIA = (("content-type", "application/xml"),)


class IsoSender:
    """Seals what was rendered with the hub's key and posts it."""

    def __init__(self, client: HttpCaller, key: Callable[[], SigningKey]) -> None:
        """`key` gives the hub's key for business messages, with its certificate, as it is now."""
        self._client = client
        self._key = key

    def send(
        self, outgoing: Outgoing, receiver: Participant, more: tuple[tuple[str, str], ...] = ()
    ) -> Awaitable[Sent]:
        """One attempt, with `more` headers, sealed now; any 2xx is delivered, everything else is tried again."""
        profile = receiver.iso
        if profile is None or not profile.callback_url:
            return _nowhere(receiver)
        return self._post(profile.callback_url, sealed(outgoing, receiver, self._key()), outgoing, receiver, more)

    async def _post(
        self, url: str, body: bytes, outgoing: Outgoing, receiver: Participant, more: tuple[tuple[str, str], ...]
    ) -> Sent:
        delivery = await self._client.post(url, body, dict(more))
        sent = evidence(outgoing, body)
        if delivery.delivered:
            return Sent(ok=True, status=delivery.status, sent=sent, message_id=outgoing.message_id)
        cause = fault("DESTINATION_UNREACHABLE", f"{receiver.name} answered {delivery.status or delivery.failure}")
        return Sent(ok=False, status=delivery.status or None, fault=cause, sent=sent, reason=delivery.failure)


async def _nowhere(receiver: Participant) -> Sent:
    return Sent(ok=False, fault=fault("DESTINATION_FSP", f"{receiver.name} has no callbackUrl"))


def sealed(outgoing: Outgoing, receiver: Participant, key: SigningKey) -> bytes:
    """The whole message for a bank: header and Document in the envelope it wants, under the hub's signature."""
    namespace = receiver.iso.envelope_namespace if receiver.iso else None
    # The Document of another bank goes on as it was written, which need not be canonical.
    canonical = outgoing.forward is None or plainly_canonical(outgoing.body)
    around = namespace or ""
    profile = receiver.iso
    if profile is not None and (profile.signature != Shape.HEADER or profile.rsa_pss):
        shape, pss = Shape(profile.signature), profile.rsa_pss
        return shaped.seal(
            outgoing.header, outgoing.body, key, shape, envelope_namespace=around, canonical=canonical, pss=pss
        )
    return seal(outgoing.header, outgoing.body, key, envelope_namespace=around, canonical=canonical)


def evidence(outgoing: Outgoing, body: bytes) -> Original:
    """What went out, for the archive."""
    return Original(Dialect.ISO_XML, "POST", outgoing.version, _MEDIA, body, hashlib.sha256(body).hexdigest())
