"""Finalisation over the operator's port: twelve checks, each with a wrong figure of its own, and no way round them."""

import json

import pytest
import requests

from switch.sandbox.settlement_agent import SILENT
from tests.e2e.agent_side import cycle
from tests.e2e.hub import WAIT_S, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
STEPS = ("PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("finalisation")) as hub:
        yield hub


class Port:
    """A settlement of 12 dollars from blue to green, as the operator's port lets it be finalised."""

    def __init__(self, hub, on):
        self.hub, self.on, self.path = hub, on, f"/v2/settlements/{on.id}"

    def right(self):
        """What the settlement bank should say."""
        on = self.on
        return [
            {"participant": on.blue.name, "currency": "USD", "amount": -12, "account": on.number(on.blue)},
            {"participant": on.green.name, "currency": "USD", "amount": 12, "account": on.number(on.green)},
        ]

    def figures(self, blue=None, green=None, *more):
        """The right ones with some members changed, and others beside them."""
        first, second = self.right()
        return [first | (blue or {}), second | (green or {}), *more]

    def post(self, end, body, kind="application/json"):
        """Status and answer; texts and bytes are sent as they are."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"content-type": kind}
        response = requests.post(f"{self.hub.admin}{self.path}/{end}", data=content, headers=headers, timeout=WAIT_S)
        return response.status_code, response.json()

    def found(self, figures, **more):
        """The checks that find something."""
        status, told = self.post("validation", {"figures": figures, **more})
        assert (status, told["valid"], "validationId" in told) == (200, False, False), told
        return {one["check"] for one in told["findings"]}

    def finalise(self, validation):
        return self.post("finalisation", {"validationId": validation})

    def refused(self, body, end="finalisation"):
        status, told = self.post(end, body)
        assert status == 400, told
        return f"{told['errorInformation']['errorCode']} {told['errorInformation']['errorDescription']}"

    async def books(self):
        return await self.on.positions(), await self.on.deposits(), (await self.on.settlement())["state"]


def wrong_figures(port):
    """For each check figures that it alone finds fault with, or it and those that must then find one too."""
    stranger = {"participant": "nobody", "currency": "USD", "amount": 0}
    other = {"participant": port.on.white.name, "currency": "USD", "amount": 0}
    return {
        "SUM_NOT_ZERO": (port.figures({"amount": -11}), {"AMOUNT_IS_NOT_THE_NET"}),
        "AMOUNT_IS_NOT_THE_NET": (port.figures({"amount": -13}, {"amount": 13}), set()),
        "BALANCE_DOES_NOT_ADJUST": (port.figures({"balance": 988.01}), set()),
        "ACCOUNT_UNKNOWN": (port.figures({"account": port.on.number(port.on.green)}), set()),
        "PARTICIPANT_UNKNOWN": ([*port.figures(), stranger], set()),
        "NOT_REPRESENTABLE": (port.figures({"balance": "988.001"}), set()),
        "PARTICIPANT_TWICE": ([*port.figures(), other, other], set()),
        "PARTICIPANT_MISSING": (port.figures()[:1], {"SUM_NOT_ZERO"}),
        "WRONG_SIGN": (port.figures({"amount": 12}, {"amount": -12}), set()),
    }


async def test_each_check_has_its_own_wrong_figure_and_nothing_moves(own):
    async with cycle(own, SILENT, third=True) as on:
        await on.settle(12)
        port = Port(own, on)
        before = await port.books()
        for check, (figures, besides) in wrong_figures(port).items():
            assert port.found(figures) == {check} | besides
        assert port.found(port.figures(), settlementId=str(on.id + 1)) == {"WRONG_SETTLEMENT"}
        assert await port.books() == before == ([12, -12], [0, 0], "PENDING_SETTLEMENT")
        _, told = port.post("validation", {"figures": port.figures(), "settlementId": str(on.id)})
        own.deposit(on.blue.name, "USD", 1)
        assert "STALE_VALIDATION" in port.refused({"validationId": told["validationId"]})
        assert await port.books() == ([12, -12], [1, 0], "PENDING_SETTLEMENT")
        await on.call("PUT", f"/v2/settlements/{on.id}", {"state": "ABORTED", "reason": "no"})
        assert port.found(port.figures()) == {"WRONG_STATE"}
        assert port.refused({"validationId": told["validationId"]}).endswith("is ABORTED")
        checks = {*wrong_figures(port), "WRONG_SETTLEMENT", "STALE_VALIDATION", "WRONG_STATE"}
        assert len(checks) == 12


async def test_only_its_own_validation_confirms_a_settlement(own):
    async with cycle(own, SILENT) as on:
        await on.settle(12)
        port = Port(own, on)
        _, other = port.post("validation", {"figures": port.figures()})
        first = port.path
        await on.call("PUT", f"/v2/settlements/{on.id}", {"state": "ABORTED", "reason": "again"})
        window = (await on.settlement())["settlementWindows"][0]["id"]
        await on.create(window)
        port = Port(own, on)
        assert port.path != first
        before = await port.books()
        assert port.refused({}) == '3102 Missing mandatory element - "validationId" is required'
        for odd in (other["validationId"], "x", "0" * 512, str(on.id)):
            assert "is none of settlement" in port.refused({"validationId": odd})
        for odd in ("", None, 1, ["x"]):
            assert port.refused({"validationId": odd})[0] == "3"
        assert await port.books() == before
        for step in STEPS:
            await on.call("PUT", port.path, {"participants": await moves(on, step)})
        _, told = port.post("validation", {"figures": port.figures()})
        for _ in range(2):
            assert port.finalise(told["validationId"]) == (200, {"id": on.id, "state": "SETTLED"})
        assert await port.books() == ([0, 0], [-12, 12], "SETTLED")


async def moves(on, state):
    """Every account of the settlement, one state on."""
    found = await on.settlement()
    return [
        {"id": one["id"], "accounts": [{"id": each["id"], "state": state, "reason": "r"} for each in one["accounts"]]}
        for one in found["participants"]
    ]


async def test_a_figure_that_moves_between_is_stale(own):
    async with cycle(own, SILENT) as on:
        await on.settle(12)
        port = Port(own, on)
        _, told = port.post("validation", {"figures": port.figures()})
        await on.call("PUT", port.path, {"participants": await moves(on, STEPS[0])})
        assert "STALE_VALIDATION" in port.refused({"validationId": told["validationId"]})


ODD = [
    "1e400", "1e-400", "-1e30", "12.00000000000000000000000001", '"12,00"', '"٣"', '"12.0.0"', '"+-12"', '""',
]  # fmt: skip


async def test_no_odd_number_passes_for_an_amount(own):
    async with cycle(own, SILENT) as on:
        await on.settle(12)
        port = Port(own, on)
        for odd in ODD:
            text = json.dumps({"figures": port.figures(None, {"amount": "ODD"})}).replace('"ODD"', odd)
            status, told = port.post("validation", text)
            assert status == 400 or not told["valid"], (odd, told)
        exact = json.dumps({"figures": port.figures(None, {"amount": "ODD"})})
        for same in ("12.00", "1.2e1", '"12"', "12.0000"):
            status, told = port.post("validation", exact.replace('"ODD"', same))
            assert (status, told["valid"]) == (200, True), (same, told)
        for xml in (b"<a/>", b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>", b""):
            status, told = port.post("validation", xml, "application/xml")
            assert status == 400 and told["errorInformation"]["errorCode"], told
        _, told = port.post("validation", {"figures": []})
        assert {one["check"] for one in told["findings"]} == {"PARTICIPANT_MISSING"}
