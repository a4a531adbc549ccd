"""A bank that fetches its messages loses none, gets each again until it acknowledges it, and nobody else's."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from tests.e2e.bank_side import Bank, bic, status_of, verify
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("fetching")) as found:
        yield found


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "pusher", "PUSHKENA")


@pytest.fixture
def payee(hub: Hub, request: pytest.FixtureRequest) -> Bank:
    number = len(Bank.made)
    return Bank(hub, f"fetcher{number}", f"FE{chr(65 + number % 26)}{chr(65 + number // 26)}KENA", delivery="pull")


def fetch(bank: Bank, accept: str = "application/json", **asked: str | int) -> requests.Response:
    url = f"{bank.hub.iso}/iso20022/messages"
    return requests.get(url, params={"participant": bank.name, **asked}, headers={"accept": accept}, timeout=30)


def waiting(bank: Bank, **asked: int) -> list[dict]:
    answer = fetch(bank, **asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


def acknowledge(bank: Bank, message_id: str) -> int:
    url = f"{bank.hub.iso}/iso20022/messages/{message_id}"
    return requests.delete(url, params={"participant": bank.name}, timeout=10).status_code


def pay(payer: Bank, payee: Bank) -> str:
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    return payment.uetr


def test_a_message_comes_again_in_the_same_bytes_until_it_is_acknowledged(payer: Bank, payee: Bank):
    uetr = pay(payer, payee)
    (first,) = waiting(payee, wait=10)
    (second,) = waiting(payee)
    assert first == second
    assert (uetr in first["body"], first["definition"]) == (True, "pacs.008.001.08")
    verify(first["body"].encode(), payee.hub.certificate)
    assert etree.fromstring(first["body"].encode()).findtext(".//{*}BizMsgIdr") == first["id"]
    assert acknowledge(payee, first["id"]) == 204
    assert waiting(payee) == []
    assert acknowledge(payee, first["id"]) == 404
    assert not payee.listener.got, "nothing is pushed to a bank that fetches"


def test_a_whole_payment_by_fetching(payer: Bank, payee: Bank):
    uetr = pay(payer, payee)
    answer = fetch(payee, "application/xml", wait=10)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert uetr.encode() in answer.content
    assert acknowledge(payee, answer.headers["isoloop-id"]) == 204
    payee.send(payee.report(status_of(f"<OrgnlUETR>{uetr}</OrgnlUETR>", "ACSC")))
    confirmed = fetch(payee, "application/xml", wait=10)
    assert b"ACSC" in confirmed.content and confirmed.headers["bizmsgidr"].encode() in confirmed.content
    assert payer.told(uetr).status == "ACSC"
    assert acknowledge(payee, confirmed.headers["bizmsgidr"]) == 204
    assert fetch(payee, "application/xml").status_code == 204


def test_messages_come_in_order_and_pages_are_acknowledged_together(payer: Bank, payee: Bank):
    uetrs = [pay(payer, payee) for _ in range(5)]
    deadline = time.monotonic() + 10
    while len(waiting(payee)) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    found = waiting(payee)
    assert [next(u for u in uetrs if u in each["body"]) for each in found] == uetrs
    assert waiting(payee, limit=2) == found[:2]
    url = f"{payee.hub.iso}/iso20022/messages/ack"
    ids = [found[4]["id"], found[0]["place"], "nothing"]
    answer = requests.post(url, params={"participant": payee.name}, json={"ids": ids}, timeout=10)
    assert answer.json() == {"acknowledged": ids[:2], "unknown": ["nothing"]}
    assert waiting(payee) == found[1:4]


def test_a_request_that_waits_gets_the_next_message_at_once(payer: Bank, payee: Bank):
    got: list[list[dict]] = []
    asking = threading.Thread(target=lambda: got.append(waiting(payee, wait=20)))
    asking.start()
    time.sleep(0.3)
    uetr = pay(payer, payee)
    asking.join(10)
    assert uetr in got[0][0]["body"]


def test_nobody_fetches_for_another(payer: Bank, payee: Bank):
    pay(payer, payee)
    assert fetch(payer).status_code == 409, "its messages are pushed"
    assert requests.get(f"{payee.hub.iso}/iso20022/messages", timeout=10).status_code == 400
    hub = payee.hub
    key = hub.operate("POST", f"/participants/{payee.name}/apiKeys", {"id": "one"}).json()["key"]
    other = hub.operate("POST", f"/participants/{payer.name}/apiKeys", {"id": "one"}).json()["key"]
    assert fetch(payee).status_code == 403
    url = f"{hub.iso}/iso20022/messages"
    for shown, status in ((other, 403), ("x" * 40, 403), (key, 200)):
        answer = requests.get(url, params={"participant": payee.name}, headers={"x-api-key": shown}, timeout=10)
        assert answer.status_code == status
    (message,) = answer.json()["messages"]
    path = f"{url}/{message['id']}"
    for shown, status in ((other, 403), (key, 204)):
        answer = requests.delete(path, params={"participant": payee.name}, headers={"x-api-key": shown}, timeout=10)
        assert answer.status_code == status
    hub.operate("DELETE", f"/participants/{payer.name}/apiKeys/one")


@pytest.mark.parametrize("asked", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"wait": "-1"}, {"wait": "1.5"}])
def test_odd_questions_are_refused(payee: Bank, asked: dict[str, str]):
    assert fetch(payee, **asked).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{}", b'{"ids": []}', b'{"ids": [1]}', b"\xff", b'{"ids": ["x"], "more": 1}'])
def test_odd_acknowledgements_are_refused(payee: Bank, body: bytes):
    url = f"{payee.hub.iso}/iso20022/messages/ack"
    assert requests.post(url, params={"participant": payee.name}, data=body, timeout=10).status_code == 400


def test_a_bank_may_change_to_push_and_gets_what_waited(payer: Bank, payee: Bank):
    uetr = pay(payer, payee)
    assert waiting(payee, wait=10)
    payee.change(delivery="push")
    assert uetr.encode() in payee.payment(uetr)


def test_what_waits_survives_the_death_of_the_hub(tmp_path_factory: pytest.TempPathFactory):
    with running_hub(tmp_path_factory.mktemp("fetching-restart")) as hub:
        payer, payee = Bank(hub, "pusher", "PUSHKENA"), Bank(hub, "fetcher", "FETCKENA", delivery="pull")
        pay(payer, payee)
        before = waiting(payee, wait=10)
        done = pay(payer, payee)
        (acknowledged,) = [each for each in waiting(payee, wait=10) if done in each["body"]]
        assert acknowledge(payee, acknowledged["id"]) == 204
        time.sleep(1)
        hub.kill()
        hub.start()
        assert waiting(payee) == before, "the same bytes, and what was acknowledged does not come again"
