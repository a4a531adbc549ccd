"""Synchronous refusals: HTTP status, `errorInformation` body and headers for a fault (reference section 5)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody, ErrorInformation
from fspiop.messages.fields import Extension, ExtensionList
from schemas.canonical.faults import Fault, fault

_STATUS: Final = {"2002": 501, "2003": 503, "2006": 503, "3001": 406, "3002": 404}
_STATUS_OF_GROUP: Final = {"1": 503, "2": 500}
_OVERLOADED: Final = frozenset({"2003", "2005"})
_ENCODE: Final = msgspec.json.Encoder().encode
_TEXT_MAX: Final = 128
_KEY_MAX: Final = 32
_EXTENSIONS_MAX: Final = 16
_NOT_SERVED: Final = "The Client requested an unsupported version, see extension list for supported version(s)."
_NOT_READ: Final = "Client supplied a protocol version which is not supported by the server"


class Refusal(msgspec.Struct, frozen=True):
    """What the sender is told at once instead of 202 or 200."""

    status: int
    fault: Fault
    headers: tuple[tuple[str, str], ...] = ()


def http_status(code: str) -> int:
    """The HTTP status of an FSPIOP error code that is answered synchronously."""
    return _STATUS.get(code) or _STATUS_OF_GROUP.get(code[:1], 400)


def refuse(name: str, detail: str = "") -> Refusal:
    """The refusal of that row of the fault table."""
    return refusal_of(fault(name, detail))


def refusal_of(reason: Fault, retry_after: int | None = None) -> Refusal:
    """The refusal for a fault the core gave; `retry_after` is in seconds and makes it a 503."""
    if retry_after is not None or reason.fspiop in _OVERLOADED:
        return Refusal(503, reason, (("retry-after", str(retry_after or 1)),))
    return Refusal(http_status(reason.fspiop), reason)


def unacceptable_version(supported: Iterable[str], *, supplied: bool = False) -> Refusal:
    """406 with code 3001, in other words for the version of a `supplied` body than for one that is wanted back.

    The supported versions stand in the extension list, major as key and minor as value.
    """
    reason = fault("UNACCEPTABLE_VERSION", _NOT_READ if supplied else _NOT_SERVED)
    pairs = tuple((major, minor) for major, _, minor in (version.partition(".") for version in supported))
    return Refusal(406, msgspec.structs.replace(reason, extensions=pairs))


def method_not_allowed(method: str, allowed: Iterable[str]) -> Refusal:
    """405 with code 3000 and the methods this path has."""
    methods = ", ".join(sorted(allowed))
    text = f"Generic client error - Method Not Allowed - {method[:20]} here, use {methods}"
    return Refusal(405, Fault("CLIENT_ERROR", "3000", "NARR", text[:_TEXT_MAX]), (("allow", methods),))


def error_information(reason: Fault) -> ErrorBody:
    """The body that tells a fault, in answers and in `/error` callbacks alike."""
    pairs = reason.extensions[:_EXTENSIONS_MAX]
    extensions = tuple(Extension(key[:_KEY_MAX], value[:_TEXT_MAX]) for key, value in pairs if key and value)
    return ErrorBody(
        ErrorInformation(
            reason.fspiop,
            reason.description[:_TEXT_MAX] or "Error",
            ExtensionList(extensions) if extensions else None,
        )
    )


def error_body(reason: Fault) -> bytes:
    """The same as JSON."""
    return _ENCODE(error_information(reason))
