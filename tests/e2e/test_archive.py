"""The archive of a running hub: every message of a payment is found, whatever names it, and is there byte for byte."""

import subprocess
import time
from typing import Any

import pytest

from tests.e2e.bank_side import Bank, Payment, bic
from tests.e2e.hub import ISOLOOP, Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
WAIT_S = 15


@pytest.fixture(scope="module")
def paid(hub: Hub) -> tuple[Bank, Bank, Payment]:
    """A payment between two banks, made and confirmed."""
    payer, payee = Bank(hub, "archalpha", "ARCHKENA"), Bank(hub, "archbeta", "ARCHUGKA")
    payee.accept_all()
    payment = payer.pay(bic("ARCHUGKA"))
    payer.send(payment.text)
    assert payer.told(payment.uetr).status == "ACSC"
    payee.told(payment.uetr, status="ACSC")
    return payer, payee, payment


def search(hub: Hub, **wanted: Any) -> dict[str, Any]:
    """One page of what fits."""
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return dict(hub.operate("GET", f"/messages?{query}").json())


def found(hub: Hub, number: int, **wanted: Any) -> list[dict[str, Any]]:
    """What fits, once there are as many: the archive is made findable some seconds after."""
    deadline = time.monotonic() + WAIT_S
    while True:
        messages = list(search(hub, **wanted)["messages"])
        if len(messages) >= number or time.monotonic() > deadline:
            assert len(messages) == number, messages
            return messages
        time.sleep(0.2)


def test_all_messages_of_a_payment_are_found_by_its_uetr(hub, paid):
    payer, payee, payment = paid

    messages = found(hub, 5, uetr=payment.uetr)

    assert sorted((one["participant"], one["direction"], one["definition"]) for one in messages) == [
        (payer.name, "in", "pacs.008.001.08"),
        (payer.name, "out", "pacs.002.001.10"),
        (payee.name, "in", "pacs.002.001.10"),
        (payee.name, "out", "pacs.002.001.10"),
        (payee.name, "out", "pacs.008.001.08"),
    ]
    assert {one["reference"] for one in messages} == {payment.uetr}


def test_a_message_is_there_byte_for_byte(hub, paid):
    _, payee, payment = paid
    (sent,) = found(hub, 1, uetr=payment.uetr, participant=payee.name, direction="out", definition="pacs.008")

    body = hub.operate("GET", f"/messages/{sent['digest']}/body").content
    whole = hub.operate("GET", f"/messages/{sent['digest']}").json()

    assert body in {message.body for message in payee.listener.got}
    assert whole["body"].encode() == body
    assert [copy["digest"] for copy in whole["copies"]] == [sent["digest"]]


def test_filters_narrow_and_pages_go_on(hub, paid):
    payer, _, payment = paid
    found(hub, 5, uetr=payment.uetr)
    first = search(hub, uetr=payment.uetr, limit=2)
    second = search(hub, uetr=payment.uetr, limit=2, after=first["after"].replace("+", "%2B"))
    third = search(hub, uetr=payment.uetr, limit=2, after=second["after"].replace("+", "%2B"))

    pages = [one["digest"] for page in (first, second, third) for one in page["messages"]]
    assert len(set(pages)) == len(pages) == 5
    assert third["after"] is None
    (begun,) = search(hub, transferId=payment.uetr, participant=payer.name, direction="in")["messages"]
    assert begun["businessMessageId"]
    assert search(hub, uetr=payment.uetr, fromDateTime="2099-01-01T00:00:00Z") == {"messages": [], "after": None}


@pytest.mark.parametrize("query", ["/xyz", "?limit=0", "?amount=much", "?after=tomorrow", "?direction=up"])
def test_what_cannot_be_searched_for_is_said(hub, query):
    answer = hub.operate("GET", f"/messages{query}", ok=False)

    assert answer.status_code == 400
    assert answer.json()["errorInformation"]["errorDescription"]


def test_a_digest_that_nobody_has_is_not_found(hub):
    answer = hub.operate("GET", f"/messages/{'0' * 64}", ok=False)

    assert answer.json()["errorInformation"]["errorCode"] == "3200"


def test_the_command_finds_shows_and_translates(hub, paid):
    _, _, payment = paid
    found(hub, 5, uetr=payment.uetr)

    def isoloop(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [ISOLOOP, "messages", "--data", str(hub.data), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    listed = isoloop("--uetr", payment.uetr, "--definition", "pacs.008", "--direction", "in")
    digest = listed.stdout.split()[-1]
    shown, translated = isoloop(digest), isoloop(digest, "--translate", "--json")
    nothing, vague = isoloop("--uetr", "none"), isoloop("00")
    for words, same in ((("show", digest), shown), (("translate", digest, "--json"), translated),
                        (("list", "--uetr", "none"), nothing)):  # fmt: skip
        assert isoloop(*words).stdout == same.stdout
    assert {isoloop(*words).returncode for words in (("show",), ("list", digest), ("show", digest, "00"))} == {2}

    assert payment.uetr in listed.stdout
    assert "IntrBkSttlmAmt" in shown.stdout
    assert '"transfer"' in translated.stdout
    assert (nothing.returncode, vague.returncode) == (1, 1)
    assert "digits" in vague.stderr


def test_the_command_has_a_message_sent_again(hub, paid):
    payer, payee, payment = paid
    (sent,) = found(hub, 1, uetr=payment.uetr, participant=payee.name, direction="out", definition="pacs.008")
    (got,) = found(hub, 1, uetr=payment.uetr, participant=payer.name, direction="in")

    def resend(digest: str) -> subprocess.CompletedProcess[str]:
        command = [ISOLOOP, "messages", "--data", str(hub.data), "resend", digest, "--resend", hub.admin]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    again, never = resend(sent["digest"]), resend(got["digest"])

    assert again.returncode == 0, again.stderr
    assert sent["businessMessageId"] in again.stdout
    name = sent["businessMessageId"].encode()
    payee.listener.wait(lambda message: name in message.body and b"<PssblDplct>true" in message.body)
    assert (never.returncode, "only a message that the hub sent" in never.stderr) == (1, True)
