"""What a resource of the API is to the application: its paths, its operations, and its rules on single messages."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fspiop.errors import Refusal
from fspiop.incoming import IncomingFspiop, Kind
from fspiop.messages.schema import BodySchema
from fspiop.rules import Now


class Operation(NamedTuple):
    """One method on one path: what it does, the schema of its body, or why it is always refused."""

    kind: Kind
    schema: BodySchema[Any] | None = None
    refusal: Refusal | None = None


class Found(NamedTuple):
    """A path that exists: the ids in it and its operations by method; `refusal` if an id makes it senseless."""

    ids: tuple[str, ...]
    operations: Mapping[str, Operation]
    refusal: Refusal | None = None


class Resource(NamedTuple):
    """A resource by its first path segment; `find` looks at the decoded segments after it."""

    name: str
    find: Callable[[tuple[str, ...]], Found | None]
    rules: Callable[[IncomingFspiop, Now], IncomingFspiop | Refusal]
