"""Who may speak to the operator port: whoever shows a token of the operator, where there is one."""

import hmac
import logging
from collections.abc import Iterable
from typing import Final

from fspiop.errors import error_body
from schemas.canonical.faults import fault
from switch.identity import digest
from switch.observe import Asgi, Receive, Scope, Send, reply

log = logging.getLogger("isoloop.operator")

_BEARER: Final = b"bearer "
_CHALLENGE: Final = ((b"www-authenticate", b'Bearer realm="isoloop operator"'),)


def guarded(app: Asgi, tokens: Iterable[str]) -> Asgi:
    """The application behind `Authorization: Bearer <token>`; any of the tokens will do, and without one all may in."""
    known = [digest(token) for token in tokens]
    if not known:
        return app

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _fits(scope, known):
            await app(scope, receive, send)
            return
        client = scope.get("client")
        log.warning("a call without the operator's token was refused: %s %r", scope["method"], client)
        refused = error_body(fault("CLIENT_ERROR", "the operator API takes calls with Authorization: Bearer <token>"))
        await reply(send, 401, b"application/json", refused, _CHALLENGE)

    return guard


def _fits(scope: Scope, known: list[str]) -> bool:
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(shown) != 1 or shown[0][: len(_BEARER)].lower() != _BEARER:
        return False
    offered = digest(shown[0][len(_BEARER) :].strip().decode("latin-1"))
    # Each is compared, and in constant time: how long it takes tells nothing of the token.
    return True in [hmac.compare_digest(offered, each) for each in known]
