"""Banks pay each other with every agreed shape of signature, and keys on both sides change without a restart."""

import time
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.bank_side import Bank, bic, new_id, new_keys, status_of, wrap
from tests.e2e.hub import Hub, running_hub
from tests.e2e.shape_side import proven, signed

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
SHAPES = ("header", "envelope", "parts", "references")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("shapes")) as found:
        yield found


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "payeebank", "PAYEKENA")


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "payerbank", "PAYRKENA")


def order(bank: Bank, to: Bank, **header: str) -> tuple[str, str]:
    """A pacs.008 under its header, not signed, and its UETR."""
    payment = bank.pay(bic(to.bic))
    return wrap(bank.head("pacs.008.001.08", **header), payment.text), payment.uetr


def certificate_of(hub: Hub) -> str:
    """What signs the hub's business messages now."""
    return str(hub.operate("GET", "/certificates").json()["certificates"][0]["pem"])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_payment_in_each_shape(hub: Hub, payer: Bank, payee: Bank, shape: str):
    for bank in (payer, payee):
        bank.change(signature=shape)
    text, uetr = order(payer, payee)
    answer = payer.post(signed(text, payer.keys, shape))
    assert answer.status_code == 202, answer.text
    arrived = payee.payment(uetr)
    assert proven(arrived, certificate_of(hub), shape)
    report = payee.report(status_of(f"<OrgnlUETR>{uetr}</OrgnlUETR>", "ACSC"))
    body = wrap(payee.head("pacs.002.001.10"), report)
    assert payee.post(signed(body, payee.keys, shape)).status_code == 202
    assert proven(payer.told(uetr).body, certificate_of(hub), shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_another_shape_than_the_agreed_one_is_refused(payer: Bank, payee: Bank, shape: str):
    payer.change(signature=shape)
    for other in set(SHAPES) - {shape}:
        text, _ = order(payer, payee)
        answer = payer.post(signed(text, payer.keys, other))
        assert (answer.status_code, b"DS0H" in answer.content) == (400, True), (other, answer.text)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_changed_amount_is_refused(payer: Bank, payee: Bank, shape: str):
    payer.change(signature=shape)
    text, _ = order(payer, payee)
    body = signed(text, payer.keys, shape).replace(b">10.00<", b">99.00<")
    answer = payer.post(body)
    assert (answer.status_code, b"DS0H" in answer.content) == (400, True), answer.text


def test_a_banks_certificate_rotates_expires_and_is_revoked(hub: Hub, payee: Bank):
    bank = Bank(hub, "rotating", "ROTAKENA")

    def taken(keys) -> bool:
        text, _ = order(bank, payee)
        return bank.post(signed(text, keys, "header")).status_code == 202

    old, new = bank.keys, new_keys("rotating")
    path = "/participants/rotating/iso/certificates"
    first = hub.operate("GET", path).json()["certificates"][0]["id"]
    assert taken(old) and not taken(new)
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    hub.operate("POST", path, {"id": "next", "pem": new.certificate, "validFrom": later})
    assert taken(old) and not taken(new), "its time has not come"
    hub.operate("PUT", f"{path}/next", {"pem": new.certificate})
    assert taken(old) and taken(new), "both are in force"
    past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    hub.operate("PUT", f"{path}/{first}", {"pem": old.certificate, "validTo": past})
    assert not taken(old) and taken(new), "the old one has ended"
    hub.operate("DELETE", f"{path}/next")
    assert not taken(new), "revoked"
    again = hub.operate("POST", path, {"id": "third", "pem": new.certificate}, ok=False)
    assert again.status_code == 400 and "revoked" in again.text
    shown = hub.operate("GET", path).json()["certificates"]
    assert {each["id"]: "revoked" in each for each in shown} == {"next": True, first: False}


def test_the_hubs_own_key_changes_while_it_runs(hub: Hub, payer: Bank, payee: Bank):
    payer.change(signature="header")
    payee.change(signature="header")
    before = certificate_of(hub)
    made = hub.operate("POST", "/certificates", {"algorithm": "ES256"}).json()
    assert made["pem"] != before

    def signer() -> str:
        text, uetr = order(payer, payee, id=new_id())
        assert payer.post(signed(text, payer.keys, "header")).status_code == 202
        body = payee.payment(uetr)
        return next(pem for pem in (before, made["pem"]) if _proves(body, pem))

    deadline = time.monotonic() + 20
    while (found := signer()) != made["pem"] and time.monotonic() < deadline:
        time.sleep(0.3)
    assert found == made["pem"]
    hub.operate("DELETE", "/certificates/hub")
    assert signer() == made["pem"]
    last = hub.operate("DELETE", f"/certificates/{made['id']}", ok=False)
    assert last.status_code == 400 and "only key" in last.text
    told = requests.get(f"{hub.admin}/participants/Hub/keys", timeout=10).json()["certificates"]
    assert [each["id"] for each in told] == [made["id"]]


def _proves(body: bytes, pem: str) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        return proven(body, pem, "header")
    except InvalidSignature:
        return False
