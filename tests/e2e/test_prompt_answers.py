"""An answer told in the reply to a request is told there only; whatever breaks off, it comes the usual way."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from tests.e2e.bank_side import Bank, bic, new_id, report_of, sign, verify, wrap
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("prompt")) as found:
        yield found


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "askingbank", "ASKBKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "quickbank", "QUICKENA")


@pytest.fixture(autouse=True)
def quick(payee: Bank) -> Iterator[None]:
    payee.accept_all()
    yield
    payee.answers = None


def order(payer: Bank, payee: Bank, **changes: str) -> tuple[bytes, str]:
    payment = payer.pay(bic(payee.bic), **changes)
    return sign(wrap(payer.head("pacs.008.001.08"), payment.text), payer.keys), payment.uetr


def said(answer: requests.Response) -> str:
    report = report_of(answer.content)
    assert report is not None
    return report.status


def test_the_answer_is_in_the_reply_and_nowhere_else(payer: Bank, payee: Bank):
    body, uetr = order(payer, payee)
    answer = payer.post(body, prefer="wait=10")
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=10")
    assert said(answer) == "ACSC" and uetr.encode() in answer.content
    verify(answer.content, payer.hub.certificate)
    assert answer.headers["bizmsgidr"] == etree.fromstring(answer.content).findtext(".//{*}BizMsgIdr")
    time.sleep(2.5)
    assert payer.reports(uetr) == []
    shown = payer.query(etree.fromstring(body).findtext(".//{*}BizMsgIdr")).json()
    assert (shown["state"], [each["status"] for each in shown["answers"]]) == ("COMMITTED", ["ACSC"])


def test_a_refusal_is_told_there_too(payer: Bank, payee: Bank):
    body, _ = order(payer, payee, amount="99999999.00")
    answer = payer.post(body, prefer="respond-async, wait=10")
    assert (answer.status_code, said(answer)) == (200, "RJCT")


def test_a_repeat_gets_its_answer_again(payer: Bank, payee: Bank):
    body, _ = order(payer, payee)
    for _ in range(2):
        answer = payer.post(body, prefer="wait=10")
        assert (answer.status_code, said(answer)) == (200, "ACSC")


def test_what_does_not_come_in_time_is_pushed(payer: Bank, payee: Bank):
    payee.answers = None
    body, uetr = order(payer, payee)
    answer = payer.post(body, prefer="wait=1")
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")
    payee.payment(uetr)
    payee.answer(uetr, "ACSC")
    assert payer.told(uetr).status == "ACSC"


def test_who_hangs_up_gets_it_pushed(payer: Bank, payee: Bank):
    payee.answers = None
    body, uetr = order(payer, payee)
    host, port = payer.hub.iso.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        head = "POST /iso20022/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/xml\r\nprefer: wait=20\r\n"
        line.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        payee.payment(uetr)
    payee.answer(uetr, "ACSC")
    assert payer.told(uetr).status == "ACSC"


def test_a_message_that_is_visibly_wrong_is_answered_at_once(payer: Bank):
    answer = payer.post("<x/>", prefer="wait=20")
    assert answer.status_code == 400 and b"admi.002" in answer.content


@pytest.mark.parametrize("prefer", ["wait", "wait=0", "wait=x", "waits=9", ""])
def test_other_preferences_are_passed_over(payer: Bank, payee: Bank, prefer: str):
    body, uetr = order(payer, payee)
    assert payer.post(body, prefer=prefer).status_code == 202
    assert payer.told(uetr).status == "ACSC"


def test_many_at_once_each_get_their_own(payer: Bank, payee: Bank):
    got: dict[str, str] = {}

    def ask() -> None:
        body, uetr = order(payer, payee, instr=new_id())
        answer = payer.post(body, prefer="wait=20")
        tree = etree.fromstring(answer.content)
        got[uetr] = f"{answer.status_code} {tree.findtext('.//{*}OrgnlUETR')}"

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 12
    assert all(answer == f"200 {uetr}" for uetr, answer in got.items())


def test_a_hub_killed_while_it_waits_loses_nothing(tmp_path_factory: pytest.TempPathFactory):
    with running_hub(tmp_path_factory.mktemp("prompt-kill")) as hub:
        payer, payee = Bank(hub, "askingbank", "ASKBKENA"), Bank(hub, "slowbank", "SLOWKENA")
        body, uetr = order(payer, payee)
        broken: list[bool] = []

        def ask() -> None:
            try:
                payer.post(body, prefer="wait=20")
            except requests.RequestException:
                broken.append(True)

        asking = threading.Thread(target=ask)
        asking.start()
        payee.payment(uetr)
        hub.kill()
        asking.join(10)
        hub.start()
        payee.answer(uetr, "ACSC")
        assert payer.told(uetr).status == "ACSC" and broken
