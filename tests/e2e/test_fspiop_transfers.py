"""Preparing transfers: the checks in their order, who is told what, limits, duplicates, queries and expiry."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.fspiop_hub import error_body, fresh, moment, new_id


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def position(dfsp):
    return dfsp.hub.position(dfsp.name)


def test_a_reserved_transfer_reaches_the_payee_and_only_the_payer_owes(pair):
    payer, payee = pair
    payer.pay(payee, "10.5")
    assert (position(payer), position(payee)) == (10.5, 0)
    payer.settled()
    assert payer.listener.all(lambda each: "error" in each.path and "3208" not in each.body.decode()) == []


# what is wrong, changes of the body, words of the text; in the order of the checks
INVALID = [
    ("source is not the payer", {"payerFsp": "somebody"}, "FSPIOP-Source header should match Payer"),
    ("an amount of nothing", {"amount": {"currency": "USD", "amount": "0"}}, ""),
    (
        "more than 18 digits",
        {"amount": {"currency": "USD", "amount": "123456789012345.6789"}},
        "exceeds allowed precision of 18",
    ),
    ("payee unknown", {"payeeFsp": "nobody"}, "Participant nobody"),
    (
        "expiration in the past",
        {"expiration": "2026-01-01T00:00:00.000Z"},
        "Expiration date 2026-01-01T00:00:00.000Z is already in the past",
    ),
    ("payer and payee are one", {"payeeFsp": "{payer}"}, "should be different"),
    ("no account in the currency", {"amount": {"currency": "KES", "amount": "1"}}, "KES account not found"),
]


@pytest.mark.parametrize(("changed", "words"), [row[1:] for row in INVALID])
def test_an_invalid_prepare_is_accepted_and_told_to_the_payer_alone(pair, changed, words):
    payer, payee = pair
    changed = {k: payer.name if v == "{payer}" else v for k, v in changed.items()}
    body = payer.prepare(payee.name, **changed)
    answer = payer.send("POST", "/transfers", body, payee.name)
    assert (answer.status_code, answer.content) == (202, b"")
    told = payer.refused(f"/transfers/{body['transferId']}")
    assert told.code in {"3100", "3101"}
    assert words in told.text
    assert position(payer) == 0
    assert payee.got("POST", "/transfers") == []


def test_the_checks_come_in_their_order(pair):
    """Everything is wrong at once; each repair brings the next complaint to light."""
    payer, payee = pair
    changed = {
        "payeeFsp": payer.name,
        "expiration": moment(seconds=-5),
        "amount": {"currency": "KES", "amount": "5000"},
    }
    repairs = [
        ("Expiration date", {"expiration": moment(seconds=60)}),
        ("should be different", {"payeeFsp": payee.name}),
        ("KES account not found", {"amount": {"currency": "USD", "amount": "5000"}}),
        ("insufficient liquidity", {}),
    ]
    for words, repair in repairs:
        body = payer.prepare(payee.name, **changed)
        payer.send("POST", "/transfers", body, payee.name)
        assert words in payer.refused(f"/transfers/{body['transferId']}").text
        changed |= repair


def test_an_invalid_prepare_keeps_its_id(pair):
    payer, payee = pair
    body = payer.prepare(payee.name, expiration=moment(seconds=-1))
    path = f"/transfers/{body['transferId']}"
    payer.send("POST", "/transfers", body, payee.name)
    payer.refused(path)
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.gets("PUT", path).json["transferState"] == "ABORTED"
    payer.send("POST", "/transfers", body | {"expiration": moment(seconds=60)}, payee.name)
    payer.listener.wait(lambda each: each.path == f"{path}/error" and b"3106" in each.body)
    assert payee.got("POST", "/transfers") == []


def test_an_error_callback_of_the_hub_has_its_headers(pair):
    payer, payee = pair
    body = payer.prepare(payee.name, "5000")
    payer.send("POST", "/transfers", body, payee.name)
    callback = payer.gets("PUT", f"/transfers/{body['transferId']}/error")
    assert callback.headers["fspiop-source"] == "Hub"
    assert callback.headers["fspiop-destination"] == payer.name
    assert callback.headers["content-type"] == "application/vnd.interoperability.transfers+json;version=1.1"
    assert "date" in callback.headers
    assert "accept" not in callback.headers


@pytest.mark.parametrize("side", ["payer", "payee"])
def test_an_inactive_participant_neither_pays_nor_is_paid_until_it_is_active_again(pair, side):
    payer, payee = pair
    name = (payer if side == "payer" else payee).name
    payer.hub.operate("PUT", f"/participants/{name}", {"isActive": False})
    body = payer.prepare(payee.name)
    payer.send("POST", "/transfers", body, payee.name)
    told = payer.refused(f"/transfers/{body['transferId']}")
    assert told.code == "3100"
    assert told.text.startswith(f"Generic validation error - Participant {name}")
    payer.hub.operate("PUT", f"/participants/{name}", {"isActive": True})
    payer.pay(payee)


def test_an_inactive_account_does_not_pay(pair):
    payer, payee = pair
    number = payer.hub.account(payer.name, "POSITION", "USD")["id"]
    payer.hub.operate("PUT", f"/participants/{payer.name}/accounts/{number}", {"isActive": False})
    body = payer.prepare(payee.name)
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{body['transferId']}").text.endswith("USD account is inactive")


def test_liquidity_comes_before_the_cap(scheme):
    payee = scheme.dfsp("payee")
    for funds, cap, code in ((50, 10, "4001"), (200, 50, "4200"), (50, 50, "4001")):
        payer = scheme.dfsp("payer", funds=funds, cap=cap)
        body = payer.prepare(payee.name, "100")
        payer.send("POST", "/transfers", body, payee.name)
        assert payer.refused(f"/transfers/{body['transferId']}").code == code
        assert position(payer) == 0


def test_ten_at_once_take_exactly_what_is_there(scheme):
    payer, payee = scheme.dfsp("payer", funds=55), scheme.dfsp("payee")
    bodies = [payer.prepare(payee.name, "10") for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda body: payer.send("POST", "/transfers", body, payee.name), bodies))
    assert {answer.status_code for answer in answers} == {202}
    for body in bodies:
        path = f"/transfers/{body['transferId']}"
        if not _reached(payee, body["transferId"]):
            assert payer.refused(path).code == "4001"
    assert len(payee.got("POST", "/transfers")) == 5
    assert position(payer) == 50


def _reached(payee, transfer):
    """Whether the payee has it, once the hub has decided: a query tells the payer's side of it."""
    payer_says = payee.send("GET", f"/transfers/{transfer}", to="Hub")
    assert payer_says.status_code == 202
    state = payee.gets("PUT", f"/transfers/{transfer}").json["transferState"]
    if state == "RESERVED":
        payee.listener.wait(lambda each: each.path == "/transfers" and each.json["transferId"] == transfer)
    return state == "RESERVED"


def test_fifty_copies_at_once_are_one_reservation_and_one_message(pair):
    payer, payee = pair
    body = json.dumps(payer.prepare(payee.name)).encode()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: payer.send("POST", "/transfers", body, payee.name), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    payee.gets("POST", "/transfers")
    payee.settled()
    assert len(payee.got("POST", "/transfers")) == 1
    assert position(payer) == 10


def test_a_repeat_is_answered_with_the_present_state(pair):
    payer, payee = pair
    body = payer.prepare(payee.name)
    path = f"/transfers/{body['transferId']}"
    payer.send("POST", "/transfers", body, payee.name)
    payee.gets("POST", "/transfers")
    payer.send("POST", "/transfers", body, payee.name)
    told = payer.gets("PUT", path)
    assert (told.json, told.headers["fspiop-source"]) == ({"transferState": "RESERVED"}, "Hub")
    payee.fulfil(body["transferId"], payer)
    assert payer.gets("PUT", path, times=2).headers["fspiop-source"] == payee.name
    payer.send("POST", "/transfers", body, payee.name)
    again = payer.gets("PUT", path, times=3)
    assert (again.json["transferState"], again.headers["fspiop-source"]) == ("COMMITTED", "Hub")
    assert len(payee.got("POST", "/transfers")) == 1


def test_the_same_id_with_other_content_is_3106_and_changes_nothing(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    body = payer.prepare(payee.name, "11", transferId=transfer)
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{transfer}") == ("3106", "Modified request")
    assert position(payer) == 10
    payee.fulfil(transfer, payer)
    assert payer.gets("PUT", f"/transfers/{transfer}").json["transferState"] == "COMMITTED"


def test_the_order_of_keys_does_not_make_another_request(pair):
    payer, payee = pair
    body = payer.prepare(payee.name)
    payer.send("POST", "/transfers", body, payee.name)
    payee.gets("POST", "/transfers")
    payee.fulfil(body["transferId"], payer)
    path = f"/transfers/{body['transferId']}"
    payer.gets("PUT", path)
    turned = json.dumps(dict(reversed(body.items())), indent=2).encode()
    payer.send("POST", "/transfers", turned, payee.name)
    payer.listener.wait(lambda each: each.path == path and each.headers["fspiop-source"] == "Hub")


def test_expiry_tells_payer_and_payee_once_each_and_releases_the_money(pair):
    payer, payee = pair
    transfer = payer.pay(payee, expiration=moment(seconds=1.5))
    path = f"/transfers/{transfer}"
    assert payer.refused(path).code == "3303"
    assert payee.refused(path).code == "3303"
    assert position(payer) == 0
    payee.fulfil(transfer, payer)
    payee.gets("PUT", f"{path}/error", times=2)
    payer.settled()
    assert len(payer.got("PUT", f"{path}/error")) == 1


def test_a_late_reserved_is_also_told_the_true_state(pair):
    payer, payee = pair
    transfer = payer.pay(payee, expiration=moment(seconds=1))
    path = f"/transfers/{transfer}"
    payee.refused(path)
    payee.fulfil(transfer, payer, "RESERVED")
    patch = payee.gets("PATCH", path).json
    assert patch["transferState"] == "ABORTED"
    cause = patch["extensionList"]["extension"][0]
    assert (cause["key"], cause["value"][:5]) == ("cause", "3303:")


def test_a_query_in_each_state(scheme):
    payer, payee = scheme.pair()
    reserved = payer.pay(payee)
    committed = payer.pay(payee)
    payee.fulfil(committed, payer)
    payer.gets("PUT", f"/transfers/{committed}")
    refused = payer.pay(payee)
    payee.send("PUT", f"/transfers/{refused}/error", error_body("5104"), payer.name)
    payer.refused(f"/transfers/{refused}")
    poor = payer.prepare(payee.name, "99999")
    payer.send("POST", "/transfers", poor, payee.name)
    payer.refused(f"/transfers/{poor['transferId']}")
    wanted = {reserved: "RESERVED", refused: "ABORTED", poor["transferId"]: "ABORTED", committed: "COMMITTED"}
    for transfer, state in wanted.items():
        for asker in (payer, payee):
            assert asker.send("GET", f"/transfers/{transfer}", to="Hub").status_code == 202
            found = asker.listener.wait(
                lambda each, path=f"/transfers/{transfer}": each.path == path and each.headers["fspiop-source"] == "Hub"
            )
            assert found.json["transferState"] == state
            assert ("fulfilment" in found.json) == (state == "COMMITTED")


def test_a_query_of_nothing_is_3208_and_a_stranger_s_is_3000(scheme):
    payer, payee = scheme.pair()
    stranger = scheme.dfsp("stranger")
    transfer = payer.pay(payee)
    stranger.send("GET", f"/transfers/{transfer}", to="Hub")
    assert stranger.refused(f"/transfers/{transfer}").code == "3000"
    unknown = new_id()
    payer.send("GET", f"/transfers/{unknown}", to="Hub")
    assert payer.refused(f"/transfers/{unknown}") == (
        "3208",
        "Transfer ID not found - Provided Transfer ID was not found on the server.",
    )


def test_what_the_hub_does_not_know_is_still_accepted_at_the_door(pair):
    """An unknown sender is answered 202 like everybody, and moves nothing."""
    payer, payee = pair
    stranger = fresh("stranger")
    body = payer.prepare(payee.name, payerFsp=stranger)
    answer = payer.send("POST", "/transfers", body, payee.name, FSPIOP_Source=stranger)
    assert answer.status_code == 202
    payee.settled()
    assert payee.got("POST", "/transfers") == []


@pytest.mark.parametrize("amount", ["999999999999999999", "0.0001", "12345678901234.5678"])
def test_amounts_are_exact_to_the_last_digit(scheme, amount):
    funds = 10**18 - 1
    payer, payee = scheme.dfsp("payer", funds=funds, cap=funds), scheme.dfsp("payee")
    payer.pay(payee, amount)
    listed = payer.hub.operate("GET", f"/participants/{payer.name}/positions?currency=USD").text
    assert f'"value":{amount},' in listed


def test_money_comes_back_from_a_payee_that_takes_nothing(pair):
    payer, payee = pair
    payee.listener.answer = lambda _: 503
    body = payer.prepare(payee.name, expiration=moment(seconds=2))
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{body['transferId']}").code == "3303"
    assert position(payer) == 0
