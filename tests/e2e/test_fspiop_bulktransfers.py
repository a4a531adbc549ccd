"""Bulk payment: a payer's order is reserved item by item, the payee answers item by item, both are told all of it."""

import json
import subprocess
import time

import pytest

from tests.e2e.bulk_side import answered, asked, item, order, ordered, paid, path, results, unpaid
from tests.e2e.fspiop_hub import WRONG, Scheme, error_body, error_of, hub_key, moment, new_id, verified
from tests.e2e.hub import ISOLOOP, running_hub
from tests.e2e.wallet_side import Definition

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def position(dfsp):
    return dfsp.hub.position(dfsp.name)


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_use_case_bulk_payment(scheme, hub, shared, version):
    """One order for three people of another FSP: two are paid, one account is closed, one item was too large."""
    payer, payee = scheme.pair(version=version, funds=100, cap=100)
    one, large, closed, two = item("20"), item("5000"), item("30"), item("0.75")
    extensions = {"extension": [{"key": "run", "value": "november"}]}
    body = ordered(payer, payee, one, large, closed, two, extensionList=extensions)

    got = asked(payee, body)
    assert got.json == body | {"individualTransfers": [one, closed, two]}
    assert (position(payer), position(payee)) == (50.75, 0)
    answered(payee, payer.name, body, paid(one), unpaid(closed, "5200"), paid(two))
    assert results(payer, body) == ("COMPLETED", ["paid", "4001", "5200", "paid"])
    assert results(payee, body) == ("COMPLETED", ["paid", "5200", "paid"])
    assert (position(payer), position(payee)) == (20.75, -20.75)

    definition = Definition(shared / "fspiop" / f"fspiop-v{version}-openapi3.yaml")
    assert definition.problems("BulkTransfersPostRequest", got.body) == []
    for side in (payer, payee):
        told = side.gets("PUT", path(body))
        assert definition.problems("BulkTransfersIDPutResponse", told.body) == []
        assert told.headers["content-type"] == f"application/vnd.interoperability.bulkTransfers+json;version={version}"


def test_all_messages_are_the_hubs_own_and_bear_its_signature(pair, hub):
    payer, payee = pair
    body = ordered(payer, payee)
    answered(payee, payer.name, body)
    for side, told in ((payee, asked(payee, body)), (payer, payer.gets("PUT", path(body)))):
        verified(told, hub_key(hub))
        assert (told.headers["fspiop-source"], told.headers["fspiop-destination"]) == ("Hub", side.name)
    assert payer.gets("PUT", path(body)).headers["fspiop-uri"] == f"/{payer.name}{path(body)}"
    assert asked(payee, body).headers["fspiop-uri"] == "/bulkTransfers"


def test_the_payee_gets_each_item_as_it_was_written(pair):
    payer, payee = pair
    money = {"amount": "1.5", "currency": "USD"}
    more = {"extensionList": {"extension": [{"value": "v", "key": "k"}]}, "own": {"b": 1, "a": [2]}}
    good, refused = item(transferAmount=money, **more), item(currency="KES")
    body = order(payer, payee.name, good, refused, own="kept")
    payer.send("POST", "/bulkTransfers", json.dumps(body, separators=(" , ", " : ")).encode(), payee.name)
    told = asked(payee, body)
    assert json.dumps(told.json) == json.dumps(body | {"individualTransfers": [good]})
    assert json.dumps(good, separators=(" , ", " : ")).encode() in told.body


# what is wrong, changes of the body, the receiver in the header, the code; in the order of the checks
INVALID = [
    ("source is not the payer", {"payerFsp": "somebody"}, None, "3100"),
    ("expired today, but before now", {"expiration": moment(seconds=-2)}, None, "3100"),
    ("payer and payee are one", {"payeeFsp": "{payer}"}, None, "3100"),
    ("payee unknown", {"payeeFsp": "nobody"}, None, "3203"),
    ("destination unknown", {}, "nobody", "3203"),
]


@pytest.mark.parametrize(("changed", "to", "code"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_an_invalid_bulk_is_accepted_and_told_to_the_payer_alone(pair, changed, to, code):
    payer, payee = pair
    changed = {name: payer.name if value == "{payer}" else value for name, value in changed.items()}
    body = order(payer, payee.name, **changed)
    assert payer.send("POST", "/bulkTransfers", body, to or payee.name).status_code == 202
    assert payer.refused(path(body)).code == code
    payer.settled()
    assert (position(payer), payee.listener.got) == (0, [])


@pytest.mark.parametrize(("side", "code"), [("payer", "3202"), ("payee", "3203")])
def test_an_inactive_side_is_as_good_as_unknown(pair, side, code):
    payer, payee = pair
    name = (payer if side == "payer" else payee).name
    payer.hub.operate("PUT", f"/participants/{name}", {"isActive": False})
    body = order(payer, payee.name)
    payer.send("POST", "/bulkTransfers", body, payee.name)
    assert payer.refused(path(body)).code == code


def test_an_item_is_refused_for_its_currency_its_amount_or_its_id(pair):
    payer, payee = pair
    used = payer.pay(payee)
    good = item()
    body = ordered(payer, payee, item(transferId=used), item(currency="KES"), item("0"), good)
    answered(payee, payer.name, body, paid(good))
    assert results(payer, body) == ("COMPLETED", ["3106", "3100", "3101", "paid"])
    assert results(payee, body) == ("COMPLETED", ["paid"])


def test_a_bulk_of_which_nothing_is_reserved_ends_at_once(pair):
    payer, payee = pair
    body = order(payer, payee.name, item("1001"), item("5000"))
    payer.send("POST", "/bulkTransfers", body, payee.name)
    assert results(payer, body) == ("REJECTED", ["4001", "4001"])
    payer.settled()
    assert (position(payer), payee.listener.got) == (0, [])


def test_a_wrong_preimage_and_a_missing_one_abort_their_items_only(pair):
    payer, payee = pair
    one, two, three = item(), item(), item()
    body = ordered(payer, payee, one, two, three)
    answered(payee, payer.name, body, paid(one), paid(two, WRONG), {"transferId": three["transferId"]})
    assert results(payer, body) == results(payee, body) == ("COMPLETED", ["paid", "3100", "3100"])
    assert position(payer) == 10


def test_what_the_payee_does_not_mention_expires(pair):
    payer, payee = pair
    one, two = item(), item()
    body = ordered(payer, payee, one, two, expiration=moment(seconds=3))
    answered(payee, payer.name, body, paid(one))
    payee.send("GET", path(body), to="Hub")
    assert payee.gets("PUT", path(body)).json == {"bulkTransferState": "PROCESSING"}
    assert results(payer, body) == ("COMPLETED", ["paid", "3303"])
    assert results(payee, body, 2) == ("COMPLETED", ["paid", "3303"])
    assert position(payer) == 10


def test_a_bulk_nobody_answers_expires_and_a_late_answer_is_refused(pair):
    payer, payee = pair
    body = ordered(payer, payee, expiration=moment(seconds=2))
    assert results(payer, body) == results(payee, body) == ("COMPLETED", ["3303", "3303"])
    answered(payee, payer.name, body)
    assert payee.refused(path(body)).code == "3303"
    assert (position(payer), position(payee)) == (0, 0)


def test_the_payee_may_refuse_the_whole(pair):
    payer, payee = pair
    body = ordered(payer, payee)
    assert payee.send("PUT", f"{path(body)}/error", error_body("5104", "closed"), payer.name).status_code == 200
    assert (payer.refused(path(body)), payee.refused(path(body))) == (("5104", "closed"), ("5104", "closed"))
    for side in (payer, payee):
        side.send("GET", path(body), to="Hub")
        assert error_of(side.gets("PUT", f"{path(body)}/error", 2).body) == ("5104", "closed")
        assert side.got("PUT", path(body)) == []
    payer.send("POST", "/bulkTransfers", body, payee.name)
    assert error_of(payer.gets("PUT", f"{path(body)}/error", 3).body) == ("5104", "closed")
    assert position(payer) == 0


# what of the answer cannot be believed
ABORTING = [
    ("completed too long ago", {"completedTimestamp": moment(hours=-1)}, None),
    ("completed in the future", {"completedTimestamp": moment(hours=1)}, None),
    ("to another", {}, "somebody"),
]


@pytest.mark.parametrize(("changed", "to"), [row[1:] for row in ABORTING], ids=[row[0] for row in ABORTING])
def test_an_answer_that_cannot_be_believed_aborts_the_whole(pair, changed, to):
    payer, payee = pair
    body = ordered(payer, payee)
    answered(payee, to or payer.name, body, **changed)
    assert (payer.refused(path(body)).code, payee.refused(path(body)).code) == ("3100", "3100")
    assert (position(payer), position(payee)) == (0, 0)


def test_a_stranger_neither_answers_nor_asks(scheme, pair):
    payer, payee = pair
    stranger = scheme.dfsp("stranger")
    body = ordered(payer, payee)
    answered(stranger, payer.name, body)
    assert stranger.refused(path(body)).code == "3100"
    stranger.send("GET", path(body), to="Hub")
    stranger.gets("PUT", f"{path(body)}/error", 2)
    answered(payee, payer.name, body)
    assert results(payer, body) == ("COMPLETED", ["paid", "paid"])


def test_queries(pair):
    payer, payee = pair
    body = ordered(payer, payee)
    for side, times in ((payer, 1), (payee, 1)):
        side.send("GET", path(body), to="Hub")
        assert results(side, body, times) == ("ACCEPTED", ["open", "open"])
    answered(payee, payer.name, body)
    for side in (payer, payee):
        side.gets("PUT", path(body), 2)
        side.send("GET", path(body), to="Hub")
        assert side.gets("PUT", path(body), 3).json == side.gets("PUT", path(body), 2).json
    unknown = f"/bulkTransfers/{new_id()}"
    payer.send("GET", unknown, to="Hub")
    assert payer.refused(unknown).code == "3210"


def test_repeated_and_changed_orders(pair):
    payer, payee = pair
    body = ordered(payer, payee)
    payer.send("POST", "/bulkTransfers", body, payee.name)
    changed = body | {"individualTransfers": body["individualTransfers"][:1]}
    payer.send("POST", "/bulkTransfers", changed, payee.name)
    assert payer.refused(path(body)).code == "3106"
    assert (payer.got("PUT", path(body)), position(payer)) == ([], 20)
    answered(payee, payer.name, body)
    payer.gets("PUT", path(body))
    payer.send("POST", "/bulkTransfers", body, payee.name)
    assert results(payer, body, 2) == ("COMPLETED", ["paid", "paid"])
    assert len(payee.got("POST", "/bulkTransfers")) == 1


def test_repeated_and_changed_answers(pair):
    payer, payee = pair
    one, two = item(), item()
    body = ordered(payer, payee, one, two)
    said = answered(payee, payer.name, body, paid(one), unpaid(two))
    payee.gets("PUT", path(body))
    payee.send("PUT", path(body), said, payer.name)
    answered(payee, payer.name, body, paid(one), paid(two))
    assert payee.refused(path(body)).code == "3106"
    payer.settled()
    assert len(payer.got("PUT", path(body))) == len(payee.got("PUT", path(body))) == 1
    assert position(payer) == 10


# what is wrong, the change, status and code
REFUSED_AT_ONCE = [
    ("no items", {"individualTransfers": []}, "3100"),
    ("too many items", {"individualTransfers": [item() for _ in range(1001)]}, "3103"),
    ("an item without condition", {"individualTransfers": [{"transferId": new_id()}]}, "3102"),
    ("no expiration", {"expiration": None}, "3102"),
    ("an id that is none", {"bulkTransferId": "42"}, "3100"),
]


@pytest.mark.parametrize(("changed", "code"), [row[1:] for row in REFUSED_AT_ONCE], ids=[r[0] for r in REFUSED_AT_ONCE])
def test_a_body_against_the_definition_is_refused_at_once(pair, changed, code):
    payer, payee = pair
    body = {name: value for name, value in order(payer, payee.name, **changed).items() if value is not None}
    answer = payer.send("POST", "/bulkTransfers", body, payee.name)
    assert (answer.status_code, answer.json()["errorInformation"]["errorCode"]) == (400, code)


def test_a_thousand_items_go_in_one_commit(scheme):
    payer, payee = scheme.pair(funds=100_000, cap=100_000)
    body = ordered(payer, payee, *(item() for _ in range(1000)))
    assert len(asked(payee, body).json["individualTransfers"]) == 1000
    answered(payee, payer.name, body)
    assert results(payer, body) == ("COMPLETED", ["paid"] * 1000)
    assert (position(payer), position(payee)) == (10_000, -10_000)


def test_an_item_can_be_asked_for_by_itself(pair):
    payer, payee = pair
    one, two = item(), item()
    body = ordered(payer, payee, one, two)
    answered(payee, payer.name, body, paid(one), unpaid(two))
    payer.gets("PUT", path(body))
    for each, state in ((one, "COMMITTED"), (two, "ABORTED")):
        place = f"/transfers/{each['transferId']}"
        payer.send("GET", place, to="Hub")
        assert payer.gets("PUT", place).json["transferState"] == state
    assert [m for m in payee.listener.got if m.path.startswith("/transfers")] == []


def test_an_id_of_an_item_is_taken_for_ever(pair):
    payer, payee = pair
    one = item()
    ordered(payer, payee, one)
    body = payer.prepare(payee.name, transferId=one["transferId"])
    payer.send("POST", "/transfers", body, payee.name)
    assert payer.refused(f"/transfers/{one['transferId']}").code == "3106"


@pytest.fixture
def own_hub(tmp_path):
    """Return a hub that a test may kill."""
    with running_hub(tmp_path) as found:
        yield found


def test_a_bulk_outlives_the_hub(own_hub):
    """Reserved before a kill, answered after it; what is not answered still expires."""
    scheme = Scheme(own_hub)
    payer, payee = scheme.pair()
    one, two = item(), item()
    body = ordered(payer, payee, one, two, expiration=moment(seconds=8))
    own_hub.kill()
    own_hub.start()
    answered(payee, payer.name, body, paid(one))
    deadline = time.monotonic() + 20
    while not payer.got("PUT", path(body)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert results(payer, body) == results(payee, body) == ("COMPLETED", ["paid", "3303"])
    assert position(payer) == 10
    checked = subprocess.run([ISOLOOP, "check", "--data", own_hub.data], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    scheme.close()
