"""What the hub only routes: a message between two participants that it checks, remembers by its id, and sends on."""

from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.wire import Dialect, Envelope


class Act(StrEnum):
    """What a routed message does: begin a dialogue, ask about one, answer, or refuse."""

    ASK = "ask"
    QUERY = "query"
    ANSWER = "answer"
    REFUSE = "refuse"


class Forward(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="forward"):
    """Send a message on to `envelope.receiver` (POST, GET, PUT and PUT error of every routed resource).

    `receiver_needs` are the currencies in which the receiver must hold an active POSITION account.
    """

    envelope: Envelope
    resource: str
    key: str
    act: Act
    receiver_needs: tuple[str, ...] = ()

    @property
    def dialogue(self) -> str:
        """The key of what is remembered of it."""
        return f"{self.resource}/{self.key}"


class FindProviders(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="find_providers"):
    """Who offers a service (GET /services/...): for FXP perhaps between two currencies."""

    envelope: Envelope
    service: str
    source: str | None = None
    target: str | None = None

    @property
    def key(self) -> str:
        """The path behind the resource."""
        return "/".join(part for part in (self.service, self.source, self.target) if part)


class SetServices(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_services"):
    """Say which services a participant offers in the scheme (PUT /participants/{name}/services)."""

    name: FspId
    services: tuple[str, ...]


class ProvidersFound(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="providers_found"):
    """To the asker: these offer the service (PUT /services/...); `key` is the path behind the resource."""

    key: str
    providers: tuple[FspId, ...]


class Asked(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="asked"):
    """A routed request that went on: who asked whom, and the hashes of request and answer.

    `dialect` is what the asker speaks in it; `request` its body, where a translated answer repeats parts of it.
    `journey` is the payment for which the hub asked in a bank's name.
    """

    id: str
    asker: FspId
    asked: FspId
    request_hash: bytes
    answer_hash: bytes | None = None
    dialect: Dialect = Dialect.FSPIOP
    request: bytes = b""
    journey: str | None = None

    @property
    def key(self) -> str:
        """`<resource>/<id>`."""
        return self.id
