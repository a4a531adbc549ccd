"""The Settlement API v2 is called as its published description says: each path, each parameter, each error's body."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import WAIT_S, Hub, running_hub
from tests.e2e.settlement_side import MODEL, STEPS, Desk, paid
from tests.e2e.swagger import Swagger

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
EARLY, LATE = "2020-01-01T00:00:00.000Z", "2090-01-01T00:00:00.000Z"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Return a hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("swagger")) as hub:
        yield hub


@pytest.fixture(scope="module")
def api(hub: Hub, shared: Path) -> Swagger:
    return Swagger(hub, shared / "fspiop" / "settlement-api-v2-swagger2.json")


class Books:
    """One settled window, one pending, one given up, one closed and one open, of two currencies."""

    def __init__(self, hub: Hub, api: Swagger) -> None:
        scheme, desk = Scheme(hub), Desk(hub)
        self.hub, self.api = hub, api
        self.pairs = {code: scheme.pair(currency=code) for code in ("USD", "EUR")}
        kinds = (("USD",), ("EUR",), ("USD", "EUR"), ("USD",), ())
        self.windows = [self._window(desk, *codes) for codes in kinds]
        settled, pending, dropped, self.closed, self.open = self.windows
        self.settlements = [self._settlement(window) for window in (settled, pending, dropped)]
        for step in STEPS:
            desk.move(self.settlements[0], step)
        body = {"state": "ABORTED", "reason": "given up", "externalReference": "ref"}
        api.ok("updateSettlementById", body, id=self.settlements[2]["id"])
        scheme.close()

    def _window(self, desk: Desk, *codes: str) -> int:
        for code in codes:
            payer, payee = self.pairs[code]
            transfer = payer.pay(payee, amount={"currency": code, "amount": "12.5"})
            payee.fulfil(transfer, payer)
            payer.gets("PUT", f"/transfers/{transfer}")
        window: int = desk.window
        if codes:
            body = {"state": "CLOSED", "reason": "cut"}
            following = self.api.ok("closeSettlementWindow", body, id=window)
            assert (following["id"], following["state"]) == (window + 1, "OPEN")
            desk.netted(window)
        return window

    def _settlement(self, window: int) -> Any:
        body = {"settlementModel": MODEL, "reason": "due", "settlementWindows": [{"id": window}]}
        return self.api.ok("createSettlement", body)

    def every_window(self) -> list[Any]:
        return [self.api.ok("getSettlementWindowById", id=one) for one in self.windows]

    def every_settlement(self) -> list[Any]:
        return [self.api.ok("getSettlementById", id=one["id"]) for one in self.settlements]


@pytest.fixture(scope="module")
def books(hub: Hub, api: Swagger) -> Books:
    return Books(hub, api)


def ids(found: list[Any]) -> list[int]:
    return [one["id"] for one in found]


def test_windows_are_found_by_each_parameter(api: Swagger, books: Books) -> None:
    every = books.every_window()
    assert [one["state"] for one in every] == ["SETTLED", "PENDING_SETTLEMENT", "ABORTED", "CLOSED", "OPEN"]
    for one in every:
        assert ids(api.ok("getSettlementWindowsByParams", state=one["state"])) == [one["id"]]
        moment = {"fromDateTime": one["createdDate"], "toDateTime": one["createdDate"]}
        assert ids(api.ok("getSettlementWindowsByParams", **moment)) == [one["id"]], "bounds belong to it"
    for code in ("USD", "EUR"):
        wanted = [one["id"] for one in every if code in {each["currencyId"] for each in one["content"]}]
        assert ids(api.ok("getSettlementWindowsByParams", currency=code)) == wanted
    for settlement, window in zip(books.every_settlement(), every, strict=False):
        owner = settlement["participants"][0]["id"]
        assert window["id"] in ids(api.ok("getSettlementWindowsByParams", participantId=owner))
        assert api.ok("getSettlementWindowsByParams", participantId=owner, state=window["state"])[0] == window
    assert ids(api.ok("getSettlementWindowsByParams", fromDateTime=EARLY, toDateTime=LATE)) == ids(every)
    for nothing in ({"fromDateTime": LATE}, {"toDateTime": EARLY}, {"participantId": 99_999}, {"currency": "XTS"}):
        assert api.refused("getSettlementWindowsByParams", **nothing).endswith("not found")


def test_settlements_are_found_by_each_parameter(api: Swagger, books: Books) -> None:
    every = books.every_settlement()
    assert [one["state"] for one in every] == ["SETTLED", "PENDING_SETTLEMENT", "ABORTED"]
    search = "getSettlementsByParams"
    for one, window in zip(every, books.every_window(), strict=False):
        owner, account = one["participants"][0]["id"], one["participants"][0]["accounts"][0]["id"]
        assert ids(api.ok(search, state=one["state"])) == [one["id"]]
        assert ids(api.ok(search, settlementWindowId=window["id"])) == [one["id"]]
        opened = dict.fromkeys(("fromSettlementWindowDateTime", "toSettlementWindowDateTime"), window["createdDate"])
        assert ids(api.ok(search, **opened)) == [one["id"]]
        assert ids(api.ok(search, fromDateTime=one["createdDate"], toDateTime=one["createdDate"])) == [one["id"]]
        (found,) = [each for each in api.ok(search, participantId=owner, accountId=account) if each["id"] == one["id"]]
        assert [(each["id"], ids(each["accounts"])) for each in found["participants"]] == [(owner, [account])]
    for code, wanted in (("USD", [every[0]["id"], every[2]["id"]]), ("EUR", [every[1]["id"], every[2]["id"]])):
        assert ids(api.ok(search, currency=code)) == wanted
    assert ids(api.ok(search, fromDateTime=EARLY, toDateTime=LATE)) == ids(every)
    for nothing in ({"fromDateTime": LATE}, {"toSettlementWindowDateTime": EARLY}, {"state": "SETTLING"},
                    {"accountId": 99_999}, {"currency": "USD", "settlementWindowId": books.windows[1]}):  # fmt: skip
        assert api.refused(search, **nothing) == "3100 Generic validation error - Settlements not found"


def test_accounts_are_read_and_moved_alone_and_together(api: Swagger, books: Books) -> None:
    pending = books.settlements[1]
    first, second = pending["participants"]
    one, other = (each["accounts"][0]["id"] for each in (first, second))
    at = {"sid": pending["id"], "pid": first["id"]}
    recorded = {"state": "PS_TRANSFERS_RECORDED", "reason": "told", "externalReference": "ref-1"}
    alone = api.ok("updateSettlementBySettlementParticipantAccount", recorded, **at, aid=one)
    assert (alone["state"], alone["participants"][0]["accounts"][0]["state"]) == (
        "PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED",
    )  # fmt: skip
    # Reason and reference may be left out below the whole.
    body = {"accounts": [{"id": other, "state": "PS_TRANSFERS_RECORDED"}]}
    both = api.ok("updateSettlementBySettlementParticipant", body, sid=pending["id"], pid=second["id"])
    assert both["state"] == "PS_TRANSFERS_RECORDED"
    listed = [
        {"id": each["id"], "accounts": [{"id": number, "state": "PS_TRANSFERS_RESERVED", "reason": "r"}]}
        for each, number in ((first, one), (second, other))
    ]
    moved = api.ok("updateSettlementById", {"participants": listed}, id=pending["id"])
    assert {each["state"] for owner in moved["participants"] for each in owner["accounts"]} == {"PS_TRANSFERS_RESERVED"}
    read = api.ok("getSettlementBySettlementParticipantAccount", **at, aid=one)
    assert read["participants"] == api.ok("getSettlementBySettlementParticipant", **at)["participants"]
    assert read["participants"][0]["accounts"][0]["externalReference"] == "ref-1"


WRONG = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"state":1,"reason":2}', b'{"a":' * 2000]
UNKNOWN = {"id": 99_999, "sid": 99_999, "pid": 99_999, "aid": 99_999}


def test_every_error_has_the_body_that_is_told(api: Swagger, books: Books) -> None:
    for name in api.operations:
        places = api.parameters(name, "path")
        if api.parameters(name, "body"):
            for body in WRONG:
                assert api.refused(name, raw=body, **dict.fromkeys(places, 1))[0] == "3"
        elif places:
            assert "not " in api.refused(name, **{key: UNKNOWN[key] for key in places})
        for key in places:
            for odd in ("x", "0", "-1", "1.5", "%00", "9" * 30):
                given = {**dict.fromkeys(places, 1), key: odd}
                raw = b"{}" if api.parameters(name, "body") else None
                assert api.refused(name, raw=raw, **given).startswith("3")
        for key, told in api.parameters(name, "query").items():
            odd = {"integer": "x", "number": "x"}.get(told["type"], "\u00e9" * 200)
            assert api.refused(name, **{key: odd}).startswith("3")


def test_no_operation_and_no_parameter_was_left_out(api: Swagger, books: Books) -> None:
    assert api.call("getHealth").json()["status"] == "OK"
    queries = {(name, key) for name in api.operations for key in api.parameters(name, "query")}
    assert set(api.operations) == api.called
    assert queries == api.asked


def test_other_ways_in_are_refused_in_the_same_shape(hub: Hub) -> None:
    for method, path in (("GET", "/v2/nothing"), ("DELETE", "/v2/settlements"), ("PUT", "/v2/settlementWindows/1")):
        answer = requests.request(method, hub.admin + path, timeout=WAIT_S)
        assert answer.status_code in {404, 405}
        assert answer.json()["errorInformation"]["errorCode"]


def test_a_window_that_is_open_is_not_settled(hub: Hub, api: Swagger, books: Books) -> None:
    payer, payee = Scheme(hub).pair()
    paid(payer, payee, "1")
    body = {"settlementModel": MODEL, "reason": "due", "settlementWindows": [{"id": books.open}]}
    assert "Inapplicable windows" in api.refused("createSettlement", body)
