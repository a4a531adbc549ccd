"""Reports for participants, on the doors where they send their messages: each gets its own and nothing of others."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from schemas.canonical.identity import FspId
from switch.directory import Directory
from switch.identity import Doorman
from switch.observe import Asgi, Receive, Scope, Send, reply
from switch.reports.catalog import of_participants
from switch.reports.desk import Channel, answer, described
from switch.reports.order import OrderError
from switch.reports.reader import Reader

PATH: Final = "/reports"
_JSON: Final = b"application/json"
_FIELDS_MAX: Final = 16


class OwnReports:
    """Makes the applications; `proven_only`: a production, where a connection must prove who asks."""

    def __init__(
        self, reader: Reader, directory: Directory, clock: Callable[[], datetime], *, proven_only: bool
    ) -> None:
        """Read there, for those in the directory."""
        self._reader = reader
        self._directory = directory
        self._clock = clock
        self._proven_only = proven_only

    def apps(self, doorman: Doorman) -> dict[str, Asgi]:
        """Path -> application, for one door."""
        paths = {PATH: "", **{f"{PATH}/{each.name}": each.name for each in of_participants()}}
        return {path: self._app(doorman, name) for path, name in paths.items()}

    def _app(self, doorman: Doorman, name: str) -> Asgi:
        async def reports(scope: Scope, _receive: Receive, send: Send) -> None:
            channel = Channel(send)
            try:
                if scope["method"] != "GET":
                    raise OrderError("reports are asked for with GET", 405)
                given = _given(scope)
                who = self._who(scope, doorman, given.get("participant"))
                if not name:
                    body = msgspec.json.encode(described(of_participants()))
                    await reply(send, 200, _JSON, body)
                    return
                await answer(self._reader, name, given, self._clock(), channel, who)
            except OrderError as error:
                if channel.started:
                    raise
                body = msgspec.json.encode({"error": "REPORT", "detail": str(error)})
                await reply(send, error.status, _JSON, body)

        return reports

    def _who(self, scope: Scope, doorman: Doorman, named: str | None) -> str:
        """Who asks: as the connection proves; in the sandbox as `participant` says, unless it must prove itself."""
        proven = doorman.caller(scope) if doorman.caller is not None else None
        if proven is None and (doorman.caller is not None or self._proven_only):
            raise OrderError("reports are told only where the connection proves a participant", 403)
        if proven is None and not named:
            raise OrderError("say whose report with participant=")
        why = doorman.objection(scope, proven or named, False)
        if why is not None:
            raise OrderError(why, 403)
        found = self._directory.participant(FspId(proven or named or ""))
        if found is None:
            raise OrderError(f"there is no participant {(named or '')[:40]}", 404)
        if named is not None and proven is not None and named != proven:
            raise OrderError("others' reports are not yours", 403)
        return found.name


def _given(scope: Scope) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=_FIELDS_MAX))
    except ValueError:
        raise OrderError(f"more than {_FIELDS_MAX} parameters") from None
