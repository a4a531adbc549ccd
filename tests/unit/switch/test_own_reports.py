"""Reports at participants' doors: nobody is told any whose connection proves nothing, or another's name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from switch.config import Settings
from switch.directory import Directory
from switch.identity import Doorman, ProxyDoorman
from switch.reports.doors import OwnReports
from switch.reports.reader import Reader
from switch.scheme_rules import identity_of

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


async def asked(
    doorman: Any, query: str, *, proven_only: bool, method: str = "GET", client: str = ""
) -> tuple[int, str]:
    """The status and body of a question at a door; nothing is read, since there is no database."""
    directory = Directory(identity_of(Settings()))
    directory.learn([Participant(FspId("bank")), Participant(FspId("other"))])
    own = OwnReports(Reader(""), directory, lambda: NOW, proven_only=proven_only)
    headers = [(b"isoloop-client", client.encode())] if client else []
    scope = {"type": "http", "method": method, "query_string": query.encode(), "headers": headers, "client": None}
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        raise AssertionError("a question has no body")

    await own.apps(doorman(directory))["/reports"](scope, receive, send)
    return told[0]["status"], told[1]["body"].decode()


def proxied(people: Any) -> ProxyDoorman:
    return ProxyDoorman(people, "Isoloop-Client")


@pytest.mark.parametrize(
    ("doorman", "proven_only", "client", "query", "status", "words"),
    [
        (Doorman, True, "", "participant=bank", 403, "proves a participant"),
        (Doorman, False, "", "participant=bank", 200, "dfsp-settlement"),
        (Doorman, False, "", "", 400, "say whose"),
        (Doorman, False, "", "participant=nobody", 404, "no participant"),
        (proxied, True, "", "participant=bank", 403, "proves a participant"),
        (proxied, True, "bank", "", 200, "dfsp-settlement"),
        (proxied, True, "bank", "participant=bank", 200, "dfsp-settlement"),
        (proxied, True, "bank", "participant=other", 403, "not yours"),
        (Doorman, False, "", "&".join(f"p{n}=1" for n in range(20)), 400, "more than 16"),
    ],
)
async def test_who_is_told(doorman: Any, proven_only: bool, client: str, query: str, status: int, words: str) -> None:
    found, body = await asked(doorman, query, proven_only=proven_only, client=client)
    assert (found, words in body) == (status, True), body


async def test_reports_are_only_read() -> None:
    assert (await asked(Doorman, "participant=bank", proven_only=False, method="POST"))[0] == 405
