"""The operator's money: exact figures, limits, positions, funds in and out with every rule about cover."""

import re
import time

import pytest

from tests.e2e.fspiop_hub import error_of, fresh, new_id


@pytest.fixture
def member(hub):
    name = fresh("member")
    hub.add(name, "USD", cap=1000, funds=100)
    return name


def funds(hub, name, action, amount, key=None, currency="USD", kind="SETTLEMENT", account=None):
    """Record funds; `amount` is the number as JSON text."""
    number = account or hub.account(name, kind, "USD")["id"]
    body = {
        "transferId": key or new_id(),
        "externalReference": "ref",
        "action": action,
        "reason": "why",
        "amount": {"amount": amount, "currency": currency},
        "extensionList": {"extension": [{"key": "k", "value": "v"}]},
    }
    return hub.operate("POST", f"/participants/{name}/accounts/{number}", body, ok=False)


def second(hub, name, key, action):
    number = hub.account(name, "SETTLEMENT", "USD")["id"]
    path = f"/participants/{name}/accounts/{number}/transfers/{key}"
    return hub.operate("PUT", path, {"action": action, "reason": "why"}, ok=False)


def deposit(hub, name):
    return -hub.account(name, "SETTLEMENT", "USD")["value"]


def raw(hub, name, kind="SETTLEMENT"):
    """The figure as it stands in the answer."""
    text = hub.operate("GET", f"/participants/{name}/accounts").text
    found = re.search(rf'"ledgerAccountType":"{kind}","currency":"USD"[^}}]*?"value":([^,]*),', text)
    assert found
    return found[1]


def test_deposits_are_negative_on_the_settlement_account_and_positive_at_the_hub(hub, member):
    before = hub.account("Hub", "HUB_RECONCILIATION", "USD")["value"]
    response = funds(hub, member, "recordFundsIn", 50)
    assert (response.status_code, response.content) == (202, b"")
    assert deposit(hub, member) == 150
    assert hub.account("Hub", "HUB_RECONCILIATION", "USD")["value"] == before + 50


@pytest.mark.parametrize("cap", ["0", "0.0001", "10.5", "999999999999999999", "123456789012345678.1234"])
def test_figures_are_exact_numbers(hub, member, cap):
    path = f"{hub.admin}/participants/{member}/limits"
    body = f'{{"currency":"USD","limit":{{"type":"NET_DEBIT_CAP","value":{cap},"alarmPercentage":12.5}}}}'
    response = hub_put(path, body)
    assert (response.status_code, response.text) == (200, body.replace(" ", ""))
    assert (
        f'"value":{cap},' in hub.operate("GET", f"/participants/{member}/limits?currency=USD&type=NET_DEBIT_CAP").text
    )


@pytest.mark.parametrize(
    "cap", ["0.00001", "-1", "1e18", "1.00000000000000000000000000000000000001", '"x"', "1e999999"]
)
def test_a_figure_that_is_too_fine_or_too_large_is_refused_and_never_rounded(hub, member, cap):
    body = f'{{"currency":"USD","limit":{{"type":"NET_DEBIT_CAP","value":{cap}}}}}'
    response = hub_put(f"{hub.admin}/participants/{member}/limits", body)
    assert (response.status_code, error_of(response.content).code[:2]) == (400, "31")
    assert hub.operate("GET", f"/participants/{member}/limits").json()[0]["limit"]["value"] == 1000


def hub_put(url, body):
    import requests

    return requests.put(url, data=body, timeout=20)


def test_sums_have_no_error_of_binary_fractions(hub, member):
    for amount in (0.1, 0.2):
        funds(hub, member, "recordFundsIn", amount)
    assert raw(hub, member) == "-100.3"


def test_a_cap_may_be_a_percentage_of_the_deposit_and_follows_it(hub, member):
    path = f"/participants/{member}/limits"
    wanted = {"type": "NET_DEBIT_CAP", "percentage": 33.5, "alarmPercentage": 80}
    changed = hub.operate("PUT", path, {"currency": "USD", "limit": wanted}).json()
    assert changed == {"currency": "USD", "limit": wanted | {"value": 33.5}}
    assert funds(hub, member, "recordFundsIn", 50.01).status_code == 202
    expected = wanted | {"value": 50.2533}
    assert hub.operate("GET", path).json() == [{"currency": "USD", "limit": expected}]
    listed = hub.operate("GET", "/participants/limits?currency=USD").json()
    assert {"name": member, "currency": "USD", "limit": expected} in listed
    hub.operate("PUT", path, {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 7}})
    funds(hub, member, "recordFundsIn", 50)
    shown = {"type": "NET_DEBIT_CAP", "value": 7, "alarmPercentage": 10}
    assert hub.operate("GET", path).json() == [{"currency": "USD", "limit": shown}]


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [
        ({}, "3102", '"limit.value" is required'),
        ({"value": 1, "percentage": 1}, "3100", '"limit" must have one of value and percentage'),
        ({"percentage": 100.01}, "3100", '"limit.percentage" must be at most 100'),
        ({"percentage": -1}, "3100", "limit.percentage"),
    ],
)
def test_a_cap_is_one_thing_or_the_other(hub, member, limit, code, words):
    body = {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", **limit}}
    told = error_of(hub.operate("PUT", f"/participants/{member}/limits", body, ok=False).content)
    assert (told.code, words in told.text) == (code, True), told


def test_limits_by_currency_and_for_all(hub, member):
    limit = {"currency": "USD", "limit": {"type": "NET_DEBIT_CAP", "value": 1000, "alarmPercentage": 10}}
    assert hub.operate("GET", f"/participants/{member}/limits").json() == [limit]
    assert {"name": member, **limit} in hub.operate(
        "GET", "/participants/limits?currency=USD&type=NET_DEBIT_CAP"
    ).json()
    assert hub.operate("GET", "/participants/limits?currency=CHF").json() == []
    unknown = {"currency": "USD", "limit": {"type": "NOTHING", "value": 1}}
    assert hub.operate("PUT", f"/participants/{member}/limits", unknown, ok=False).status_code == 400


def test_positions_as_a_list_and_alone(hub, member):
    alone = hub.operate("GET", f"/participants/{member}/positions?currency=USD").json()
    assert set(alone) == {"currency", "value", "changedDate"}
    assert hub.operate("GET", f"/participants/{member}/positions").json() == [alone]
    for path in ("positions", "limits"):
        response = hub.operate("GET", f"/participants/{member}/{path}?currency=EUR", ok=False)
        assert (response.status_code, error_of(response.content).code) == (400, "3200")
        response = hub.operate("GET", f"/participants/{member}/{path}?currency=EU", ok=False)
        assert (response.status_code, error_of(response.content).code) == (400, "3101")


def test_accounts_of_one_currency(hub, member):
    hub.operate("POST", "/participants", {"name": member, "currency": "EUR"})
    listed = hub.operate("GET", f"/participants/{member}/accounts?currency=EUR").json()
    assert {(account["currency"], account["isActive"]) for account in listed} == {("EUR", 0)}
    assert len(hub.operate("GET", f"/participants/{member}/accounts").json()) == 2 * len(listed)


def test_a_position_near_its_cover_alarms_once(scheme, hub):
    def alarms():
        lines = hub.operate("GET", "/metrics").text.splitlines()
        sent = [line for line in lines if line.startswith("isoloop_messages_sent_total") and "limit_alarm" in line]
        return sum(float(line.rpartition(" ")[2]) for line in sent)

    payer, payee = scheme.dfsp("payer", funds=100), scheme.dfsp("payee")
    limit = {"type": "NET_DEBIT_CAP", "value": 1000, "alarmPercentage": 50}
    hub.operate("PUT", f"/participants/{payer.name}/limits", {"currency": "USD", "limit": limit})
    before = alarms()
    payer.pay(payee, "50")
    payer.pay(payee, "1")
    payer.pay(payee, "1")
    deadline = time.monotonic() + 10
    while alarms() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alarms() == before + 1


def test_a_repeat_of_funds_in_has_one_effect_and_other_content_none(hub, member):
    key = new_id()
    for amount in (50, 50, 70):
        assert funds(hub, member, "recordFundsIn", amount, key).status_code == 202
    assert funds(hub, member, "recordFundsOutPrepareReserve", 50, key).status_code == 202
    assert deposit(hub, member) == 150


def test_funds_out_are_reserved_and_then_committed_or_given_back(hub, member):
    before = hub.account("Hub", "HUB_RECONCILIATION", "USD")["value"]
    for action, left, paid in (("recordFundsOutAbort", 100, 0), ("recordFundsOutCommit", 60, 40)):
        key = new_id()
        funds(hub, member, "recordFundsOutPrepareReserve", 40, key)
        assert deposit(hub, member) == 60
        for _ in range(2):
            assert second(hub, member, key, action).status_code == 202
        assert deposit(hub, member) == left
        assert hub.account("Hub", "HUB_RECONCILIATION", "USD")["value"] == before - paid
    assert second(hub, member, new_id(), "recordFundsOutCommit").status_code == 202
    assert second(hub, member, key, "recordFundsOutAbort").status_code == 202
    assert deposit(hub, member) == 60


def test_more_than_is_there_never_leaves(hub, member):
    assert funds(hub, member, "recordFundsOutPrepareReserve", 100.0001).status_code == 202
    assert deposit(hub, member) == 100
    funds(hub, member, "recordFundsOutPrepareReserve", 100)
    assert deposit(hub, member) == 0


def test_cover_that_an_open_position_needs_never_leaves(scheme, hub):
    payer, payee = scheme.dfsp("payer", funds=100), scheme.dfsp("payee")
    payer.pay(payee, "60")
    funds(hub, payer.name, "recordFundsOutPrepareReserve", 41)
    assert deposit(hub, payer.name) == 100
    funds(hub, payer.name, "recordFundsOutPrepareReserve", 40)
    assert deposit(hub, payer.name) == 60


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"amount": 0}, 400, "3100"),
        ({"amount": -1}, 400, "3100"),
        ({"amount": 1.00001}, 400, "3101"),
        ({"currency": "EUR"}, 500, "2001"),
        ({"kind": "POSITION"}, 500, "2001"),
        ({"account": 999999}, 500, "2001"),
        ({"key": "no id"}, 400, "3101"),
        ({"action": "recordFundsSideways"}, 400, "3101"),
    ],
)
def test_funds_that_cannot_move_are_refused_at_once(hub, member, changed, status, code):
    response = funds(hub, member, **({"action": "recordFundsIn", "amount": 5} | changed))
    assert (response.status_code, error_of(response.content).code) == (status, code), response.text
    assert deposit(hub, member) == 100


def test_an_inactive_participant_moves_no_funds(hub, member):
    hub.operate("PUT", f"/participants/{member}", {"isActive": False})
    response = funds(hub, member, "recordFundsIn", 5)
    assert (response.status_code, error_of(response.content).code) == (500, "2001")


def test_one_id_is_one_thing_for_ever(scheme, hub):
    payer, payee = scheme.dfsp("payer", funds=100), scheme.dfsp("payee")
    transfer, key = payer.pay(payee), new_id()
    assert funds(hub, payer.name, "recordFundsIn", 5, transfer).status_code == 202
    assert deposit(hub, payer.name) == 100
    funds(hub, payer.name, "recordFundsIn", 5, key)
    payer.send("POST", "/transfers", payer.prepare(payee.name, transferId=key), payee.name)
    assert payer.refused(f"/transfers/{key}").code == "3106"


def test_a_participant_may_ask_what_became_of_its_funds(scheme, hub):
    owner, stranger, key = scheme.dfsp(), scheme.dfsp(), new_id()
    funds(hub, owner.name, "recordFundsOutPrepareReserve", 40, key)
    owner.send("GET", f"/transfers/{key}", to="Hub")
    assert owner.gets("PUT", f"/transfers/{key}").json["transferState"] == "RESERVED"
    second(hub, owner.name, key, "recordFundsOutCommit")
    owner.send("GET", f"/transfers/{key}", to="Hub")
    assert owner.gets("PUT", f"/transfers/{key}", times=2).json["transferState"] == "COMMITTED"
    stranger.send("GET", f"/transfers/{key}", to="Hub")
    assert stranger.refused(f"/transfers/{key}").code == "3000"
