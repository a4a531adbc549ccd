"""Windows and settlements as the operator's tools drive them: the Settlement API v2 under /v2 of the operator port."""

import threading
from decimal import Decimal

import pytest

from tests.e2e.fspiop_hub import Scheme
from tests.e2e.fx_side import SOURCE, TARGET, Trade
from tests.e2e.hub import running_hub
from tests.e2e.settlement_side import STEPS, Desk, paid, position, wanted


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("settling")) as hub:
        yield hub


@pytest.fixture
def desk(hub):
    return Desk(hub)


@pytest.fixture
def scheme(hub):
    found = Scheme(hub)
    yield found
    found.close()


def test_a_clean_install_has_one_open_window_that_is_empty(desk):
    (found,) = desk.get("/settlementWindows?state=OPEN")
    assert (found["id"], found["settlementWindowId"], found["content"]) == (1, 1, [])
    assert desk.refused("POST", "/settlementWindows/1", {"state": "CLOSED", "reason": "x"}) == "3100 Window 1 is empty"
    assert desk.get("/settlementWindows/1")["state"] == "OPEN"
    assert desk.get("/health")["status"] == "OK"


def test_a_window_is_closed_and_settled_step_by_step(desk, scheme):
    payer, payee = scheme.pair()
    paid(payer, payee, "70.5")
    window = desk.close()
    paid(payer, payee, "4")
    settlement = desk.settle(window)
    assert settlement["state"] == "PENDING_SETTLEMENT"
    (held,) = settlement["settlementWindows"]
    assert (held["id"], held["state"]) == (window, "PENDING_SETTLEMENT")
    assert held["content"][0]["settlementId"] == settlement["id"]
    accounts = [account for one in settlement["participants"] for account in one["accounts"]]
    numbers = [payer.hub.account(dfsp.name, "POSITION", "USD")["id"] for dfsp in (payer, payee)]
    assert [(one["id"], one["netSettlementAmount"]) for one in accounts] == [
        (numbers[0], {"amount": 70.5, "currency": "USD"}), (numbers[1], {"amount": -70.5, "currency": "USD"}),
    ]  # fmt: skip
    seen = []
    for step in STEPS:
        moved = desk.move(settlement, step)
        assert moved["state"] == step
        assert {account["state"] for one in moved["participants"] for account in one["accounts"]} == {step}
        seen.append((position(payer), position(payee), desk.multilateral(), moved["settlementWindows"][0]["state"]))
    first, second = Decimal("74.5"), Decimal(4)
    assert seen == [
        (first, -first, 0, "PENDING_SETTLEMENT"),
        (first, -second, -first + second, "PENDING_SETTLEMENT"),
        (second, -second, 0, "PENDING_SETTLEMENT"),
        (second, -second, 0, "SETTLED"),
    ]
    assert desk.get(f"/settlements/{settlement['id']}")["state"] == "SETTLED"
    assert desk.get(f"/settlementWindows/{window}")["state"] == "SETTLED"


@pytest.fixture
def pending(desk, scheme):
    desk.clear()
    payer, payee = scheme.pair()
    paid(payer, payee, "20")
    return desk.settle(desk.close())


def test_accounts_move_alone_and_errors_stand_beside_them(desk, pending):
    key = pending["id"]
    first, second = pending["participants"]
    one, other = first["accounts"][0]["id"], second["accounts"][0]["id"]
    change = {"state": "PS_TRANSFERS_RECORDED", "reason": "r", "externalReference": "ref"}
    alone = desk.call("PUT", f"/settlements/{key}/participants/{first['id']}/accounts/{one}", change).json()
    assert alone["state"] == "PENDING_SETTLEMENT"
    account = alone["participants"][0]["accounts"][0]
    assert (account["state"], account["externalReference"]) == ("PS_TRANSFERS_RECORDED", "ref")
    listed = [{"id": number, **change} for number in (one, other, 999_999, one)]
    listed.append({"id": one, "state": "SETTLED", "reason": "r"})
    body = {"accounts": listed}
    told = desk.call("PUT", f"/settlements/{key}/participants/{first['id']}", body).json()["participants"][0]
    errors = [each.get("errorInformation", {}).get("errorDescription") for each in told["accounts"]]
    prefix = "Generic client error - "
    assert errors == [
        None, prefix + "Participant and account mismatch", prefix + "Account not found",
        prefix + "Account already processed once", prefix + "Account already processed once",
    ]  # fmt: skip
    assert told["accounts"][2]["errorInformation"]["errorCode"] == "3000"
    early = desk.call(
        "PUT", f"/settlements/{key}/participants/{second['id']}/accounts/{other}", change | {"state": "SETTLED"}
    )
    refused = early.json()["participants"][0]["accounts"][0]
    assert (refused["state"], refused["errorInformation"]["errorDescription"]) == (
        "PENDING_SETTLEMENT", prefix + "State change not allowed",
    )  # fmt: skip
    assert desk.get(f"/settlements/{key}")["state"] == "PENDING_SETTLEMENT"


def test_a_settlement_is_given_up_and_its_window_settled_again(desk, pending):
    key, window = pending["id"], pending["settlementWindows"][0]["id"]
    before = desk.multilateral()
    for step in STEPS[:2]:
        desk.move(pending, step)
    assert desk.multilateral() == before - 20
    response = desk.call("PUT", f"/settlements/{key}", {"state": "ABORTED", "reason": "no money"})
    assert (response.status_code, response.json()["state"]) == (200, "ABORTED")
    assert (desk.multilateral(), desk.get(f"/settlementWindows/{window}")["state"]) == (before, "ABORTED")
    again = desk.call("PUT", f"/settlements/{key}", {"state": "ABORTED", "reason": "still"}).json()
    assert again["reason"] == "still"
    following = desk.settle(window)
    for step in STEPS[:3]:
        desk.move(following, step)
    late = {"state": "ABORTED", "reason": "late"}
    text = "3100 State change from PS_TRANSFERS_COMMITTED to ABORTED is not allowed"
    assert desk.refused("PUT", f"/settlements/{following['id']}", late) == text
    desk.move(following, STEPS[3])


def test_an_account_that_is_committed_keeps_a_settlement_alive(desk, pending):
    for step in STEPS[:2]:
        desk.move(pending, step)
    desk.move(pending, STEPS[2], pending["participants"][0]["id"])
    body = {"state": "ABORTED", "reason": "late"}
    assert (
        desk.refused("PUT", f"/settlements/{pending['id']}", body)
        == "3100 At least one settlement transfer is committed"
    )


def test_conversions_are_settled_in_both_currencies_of_the_window_they_were_committed_in(desk, scheme):
    desk.clear()
    trade = Trade(scheme)
    trade.ready()
    paid(*scheme.pair())
    desk.close()
    trade.pay()
    trade.payee.fulfil(trade.transfer, trade.payer)
    trade.patched()
    assert trade.moved
    settlement = desk.settle(desk.close())
    held = {
        account["netSettlementAmount"]["currency"] for one in settlement["participants"] for account in one["accounts"]
    }
    assert held == {SOURCE, TARGET}
    assert {one["currencyId"] for one in settlement["settlementWindows"][0]["content"]} == {SOURCE, TARGET}
    for step in STEPS:
        desk.move(settlement, step)
    assert trade.untouched


def test_windows_and_settlements_are_found_by_their_filters(desk, pending):
    key, window = pending["id"], pending["settlementWindows"][0]["id"]
    number = pending["participants"][0]["id"]
    account = pending["participants"][0]["accounts"][0]["id"]
    past, future = "2020-01-01T00:00:00.000Z", "2090-01-01T00:00:00.000Z"
    for query in ("state=PENDING_SETTLEMENT", "currency=USD", f"participantId={number}", f"fromDateTime={past}"):
        assert window in [one["id"] for one in desk.get(f"/settlementWindows?{query}")], query
    for query in (
        "currency=USD", f"participantId={number}", f"settlementWindowId={window}", f"accountId={account}",
        "state=PENDING_SETTLEMENT", f"fromDateTime={past}&toDateTime={future}",
        f"fromSettlementWindowDateTime={past}&toSettlementWindowDateTime={future}",
    ):  # fmt: skip
        assert key in [one["id"] for one in desk.get(f"/settlements?{query}")], query
    (only,) = desk.get(f"/settlements?settlementWindowId={window}&accountId={account}")
    assert [one["id"] for one in only["participants"]] == [number]
    one = desk.get(f"/settlements/{key}/participants/{number}/accounts/{account}")
    assert one["participants"] == desk.get(f"/settlements/{key}/participants/{number}")["participants"]


REFUSED = [
    ("GET", "/settlementWindows", None, "3100 Use at least one parameter"),
    (
        "GET", "/settlementWindows?state=ABORTED&currency=XOF", None,
        "3100 settlementWindow by filters: {state:ABORTED,currency:XOF} not found",
    ),
    ("GET", "/settlementWindows?state=SHUT", None, "3100 'state' URI query parameter"),
    ("GET", "/settlementWindows?fromDateTime=noon", None, "3100 'fromDateTime' URI query parameter"),
    ("GET", "/settlementWindows/9999", None, "3100 settlementWindowId: 9999 not found"),
    ("POST", "/settlementWindows/9999", {"state": "CLOSED", "reason": "x"}, "3100 Window 9999 does not exist"),
    ("POST", "/settlementWindows/1", {"state": "CLOSED", "reason": "x"}, "3100 Window 1 is not open"),
    ("POST", "/settlementWindows/1", {"state": "OPEN", "reason": "x"}, '3101 "state" must be one of'),
    ("POST", "/settlementWindows/1", {"state": "CLOSED"}, '3102 "reason" is required'),
    ("GET", "/settlements", None, "3100 Use at least one parameter"),
    ("GET", "/settlements?settlementWindowId=9999", None, "3100 Settlements not found"),
    ("GET", "/settlements/9999", None, "3100 Settlement not found"),
    ("GET", "/settlements/undefined", None, "3100 'id' URI path parameter"),
    ("PUT", "/settlements/9999", {"participants": []}, "3100 Settlement not found"),
    ("PUT", "/settlements/9999", {"participants": [], "state": "ABORTED", "reason": "x"}, "3100 No other properties"),
    ("PUT", "/settlements/9999", {"state": "ABORTED"}, "3102 State and reason are mandatory"),
    ("PUT", "/settlements/9999", {"state": "INVALID", "reason": "x"}, "3100 Invalid request payload input"),
    ("POST", "/settlements", wanted([{"id": 9999}]), "3100 Inapplicable windows 9999"),
    ("POST", "/settlements", wanted([{"id": "1"}], "NONE"), "3100 Settlement model not found"),
    ("POST", "/settlements", wanted([{"id": None}]), "3100 "),
    ("POST", "/settlements", wanted([]), "3100 "),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "words"), REFUSED)
def test_what_cannot_be_is_refused_in_the_words_that_tools_know(desk, scheme, method, path, body, words):
    if desk.window == 1:
        paid(*scheme.pair())
        desk.close()
    assert desk.refused(method, path, body).startswith(words)


def test_participants_that_are_not_in_a_settlement(desk, pending):
    key, number = pending["id"], pending["participants"][0]["id"]
    assert desk.refused("GET", f"/settlements/{key}/participants/9999") == "3100 Participant not in settlement"
    path = f"/settlements/{key}/participants/{number}/accounts/9999"
    assert desk.refused("GET", path) == "3100 Account not in settlement"


def test_closes_under_load_put_every_payment_into_one_window(desk, scheme):
    desk.clear()
    payer, payee = scheme.pair(funds=100_000, cap=100_000)
    before, windows = desk.multilateral(), []

    def pays():
        for _ in range(25):
            paid(payer, payee, "1")

    threads = [threading.Thread(target=pays) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        response = desk.call("POST", f"/settlementWindows/{desk.window}", {"state": "CLOSED", "reason": "often"})
        if response.status_code == 200:
            windows.append(response.json()["id"] - 1)
    for thread in threads:
        thread.join()
    paid(payer, payee, "1")
    windows.append(desk.close())
    number = desk.hub.account(payer.name, "POSITION", "USD")["id"]
    settlement = desk.settle(*windows)
    net = {
        account["id"]: account["netSettlementAmount"]["amount"]
        for one in settlement["participants"]
        for account in one["accounts"]
    }
    assert (len(windows) > 3, position(payer), net[number]) == (True, 76, 76)
    for step in STEPS:
        desk.move(settlement, step)
    assert (position(payer), position(payee), desk.multilateral()) == (0, 0, before)
