"""Sending to a DFSP: a forwarded message with its own bytes and headers, or one the hub made and signed."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import msgspec

from fspiop import jws
from fspiop.client import hub_message
from fspiop.headers import forwarded
from fspiop.messages.errors import ErrorBody
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Original
from switch.delivery_policy import Sent
from switch.endpoints import url_for
from switch.senders.http import HttpCaller
from translator.fspiop.errors import fault_of
from translator.outgoing import SIGNED_BY_HUB, Outgoing

_CLIENT_ERRORS: Final = range(400, 500)
_NOT_FOUND: Final = 404

Clock = Callable[[], datetime]


class FspiopSender:
    """Sends rendered messages to the endpoints that participants registered."""

    def __init__(
        self,
        client: HttpCaller,
        signer: Callable[[str], jws.PrivateKey | None],
        participant: Callable[[FspId], Participant | None],
        clock: Clock,
    ) -> None:
        """`signer` gives the hub's own key of an algorithm; gateway keys are read from the banks' records."""
        self._clock = clock
        self._client = client
        self._signer = signer
        self._participant = participant

    def send(
        self, outgoing: Outgoing, receiver: Participant, more: tuple[tuple[str, str], ...] = ()
    ) -> Awaitable[Sent]:
        """One attempt, with `more` headers, signed now; without that endpoint it is refused for good (3201)."""
        template = receiver.endpoints.get(outgoing.endpoint_type)
        if template is None:
            return _nowhere(receiver, outgoing)
        headers, body = self._forwarded(outgoing) if outgoing.forward else self._made(outgoing, receiver)
        url = url_for(outgoing.endpoint_type, template, outgoing.path)
        return self._call(url, (*headers, *more), body, outgoing, receiver)

    async def _call(
        self, url: str, headers: tuple[tuple[str, str], ...], body: bytes, outgoing: Outgoing, receiver: Participant
    ) -> Sent:
        delivery = await self._client.send(outgoing.method, url, headers, body)
        evidence = _evidence(outgoing, headers, body)
        if delivery.delivered:
            return Sent(ok=True, status=delivery.status, sent=evidence)
        refused = delivery.status in _CLIENT_ERRORS
        cause = _refusal(delivery.status, delivery.body) if refused else fault("DESTINATION_UNREACHABLE", receiver.name)
        return Sent(
            ok=False,
            permanent=refused,
            status=delivery.status or None,
            fault=cause,
            sent=evidence,
            reason=delivery.failure,
        )

    def _forwarded(self, outgoing: Outgoing) -> tuple[tuple[tuple[str, str], ...], bytes]:
        original = outgoing.forward
        if original is None:
            raise ValueError("nothing to forward")
        headers = forwarded(original.headers, outgoing.method)
        if not any(name == "fspiop-destination" for name, _ in headers):
            headers = (*headers, ("fspiop-destination", outgoing.destination))
        return headers, original.body

    def _made(self, outgoing: Outgoing, receiver: Participant) -> tuple[tuple[tuple[str, str], ...], bytes]:
        message = hub_message(
            resource=outgoing.resource,
            method=outgoing.method,
            uri=outgoing.uri or outgoing.path,
            body=outgoing.body or None,
            source=outgoing.source,
            destination=outgoing.destination,
            version=outgoing.version,
            dialect=outgoing.dialect,
            date=self._clock(),
            key=self._key(outgoing.sign_as, receiver),
        )
        return message.headers, message.body

    def _key(self, signer: str | None, receiver: Participant) -> jws.PrivateKey | None:
        if signer is None:
            return None
        if signer == SIGNED_BY_HUB:
            return self._signer(receiver.jws_algorithm)
        bank = self._participant(FspId(signer))
        return jws.private_key(bank.gateway_key) if bank and bank.gateway_key else None


async def _nowhere(receiver: Participant, outgoing: Outgoing) -> Sent:
    detail = f"{receiver.name} has no endpoint {outgoing.endpoint_type}"
    return Sent(ok=False, permanent=True, fault=fault("DESTINATION_FSP", detail))


def _evidence(outgoing: Outgoing, headers: tuple[tuple[str, str], ...], body: bytes) -> Original:
    """What went out; the bytes of a forwarded message are in the archive already."""
    digest = outgoing.forward.digest if outgoing.forward else hashlib.sha256(body).hexdigest()
    archived = outgoing.forward is not None and not outgoing.translated
    return Original(outgoing.dialect, outgoing.method, outgoing.path, headers, b"" if archived else body, digest)


def _refusal(status: int, body: bytes) -> Fault:
    """Why a receiver refused: its own errorInformation, else 3200 for 404 and 3000 for the other 4xx."""
    try:
        information = msgspec.json.decode(body, type=ErrorBody).error_information
    except msgspec.MsgspecError:
        return fault("ID_NOT_FOUND" if status == _NOT_FOUND else "CLIENT_ERROR", f"the receiver answered {status}")
    return fault_of(ErrorBody(information))
