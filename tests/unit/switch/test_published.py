"""Nothing is served on a port that its OpenAPI document does not have, and it has nothing that is not served."""

from typing import Any

import pytest

from fspiop.api.app import RESOURCES
from iso import api as iso_api
from schemas.catalogue import Catalogue
from switch.bus.memory import MemoryBus
from switch.config import Settings
from switch.directory import Directory
from switch.edges import Edges
from switch.identity import Doorman
from switch.intake import Intake
from switch.meters import Traffic
from switch.observe_api import HEALTH, METRICS
from switch.openapi import METHODS, PORTS
from switch.post_office import Pickup
from switch.reports.catalog import REPORTS
from switch.scheme_rules import identity_of, scheme_of
from tests.unit.switch.scene import NOW

# Beside the applications: what stands before each of them.
BEFORE = {*HEALTH, METRICS}
CACHE = "/endpointcache"
NOTHING: Any = None


@pytest.fixture(scope="module")
def edges() -> tuple[Edges, Doorman]:
    """The applications as a hub makes them; what decides about messages is not asked."""
    settings = Settings()
    identity = identity_of(settings)
    directory = Directory(identity)
    intake = Intake(directory, MemoryBus(), lambda: NOW, scheme_of(settings, identity))
    made = Edges(
        settings, directory, intake, NOTHING, NOTHING, NOTHING, Catalogue(), lambda: NOW, Traffic(), Pickup(NOTHING),
        NOTHING, NOTHING, NOTHING,
    )  # fmt: skip
    return made, Doorman(directory)


def documented(port: str) -> dict[str, set[str]]:
    """Path -> methods."""
    return {path: set(found) & set(METHODS) for path, found in PORTS[port]()["paths"].items()}


def test_dfsps_find_every_path_in_their_document(edges: tuple[Edges, Doorman]) -> None:
    made, doorman = edges
    beside = {*made.fspiop(doorman, "fspiop")._others, *BEFORE, CACHE}
    resources = {f"/{each.name}" for each in RESOURCES}
    listed = documented("fspiop")
    assert beside == {path for path in listed if f"/{path.split('/')[1]}" not in resources}
    assert {f"/{path.split('/')[1]}" for path in listed} == resources | {f"/{path.split('/')[1]}" for path in beside}


async def test_banks_find_every_path_in_their_document(edges: tuple[Edges, Doorman]) -> None:
    made, doorman = edges
    app = made.iso(doorman, "iso")
    listed = documented("iso")
    own = {path for path in listed if path.startswith(iso_api.PATH)}
    assert set(listed) == {*app._others, *BEFORE, *own}
    assert own == {iso_api.PATH, iso_api.ACKNOWLEDGED, f"{iso_api.PATH}/{{BizMsgIdr}}"}
    for path in own - {iso_api.ACKNOWLEDGED}:
        assert await allowed(app, path.replace("{BizMsgIdr}", "x")) == listed[path]


async def allowed(app: Any, path: str) -> set[str]:
    """The methods that a path has, as a refusal of another one says."""
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "PATCH", "path": path, "query_string": b"", "headers": []}
    await app(scope, NOTHING, send)
    headers = dict(told[0]["headers"])
    return {name.strip().lower() for name in headers[b"allow"].decode().split(",")}


def test_operators_find_what_stands_beside_their_api() -> None:
    listed = documented("operator")
    further = {"/messages", "/broadcasts", "/reports/{name}", "/settlementAgents/{name}/reconciliation"}
    assert further <= set(listed)
    assert set(listed) >= BEFORE


@pytest.mark.parametrize("port", ["fspiop", "iso"])
def test_each_report_of_participants_is_described_with_its_columns(port: str) -> None:
    paths = PORTS[port]()["paths"]
    own = {path.removeprefix("/reports/"): each["get"] for path, each in paths.items() if path.startswith("/reports/")}
    assert set(own) == {name for name, one in REPORTS.items() if one.audience.value == "participants"}
    for name, operation in own.items():
        page = operation["responses"]["200"]["content"]["application/json"]["schema"]
        row = page["properties"]["rows"]["items"]
        assert list(row["properties"]) == [column.name for column in REPORTS[name].columns]
