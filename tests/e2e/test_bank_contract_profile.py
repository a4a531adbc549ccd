"""How an operator describes a bank: what is refused, what comes back, and that every change counts at once."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.e2e.bank_side import Bank, Keys, account, bic, new_keys, other, sign, wrap
from tests.e2e.hub import Hub, Listener

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
URL = "http://127.0.0.1:9/in"


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    return Bank(hub, "profalpha", "PRFAKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    found = Bank(hub, "profbeta", "PRFBUGKA", clearingMemberId="PB-1", otherIds=["PB-X"])
    found.accept_all()
    return found


@pytest.fixture(scope="module")
def draft(hub: Hub) -> str:
    """Return a participant that is no bank yet."""
    hub.add("profdraft", "USD")
    return "profdraft"


def public_pem(private: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(private.public_key().public_bytes(serialization.Encoding.PEM, form).decode())


GOOD = public_pem(ec.generate_private_key(ec.SECP256R1()))
WRONG: list[dict[str, Any]] = [
    {"bic": "SHORT"},
    {"bic": "lower123"},
    {"lei": "123"},
    {"callbackUrl": None},
    {"callbackUrl": "not a url"},
    {"callbackUrl": "ftp://bank/in"},
    {"callbackUrl": 17},
    {"callbackUrl": "http://bank:99999/in"},
    {"callbackUrl": "http://bank:port/in"},
    {"callbackUrl": "http://[::1/in"},
    {"callbackUrl": "http://user:secret@bank/in"},
    {"callbackUrl": "http://b\u00e4nk.example/in"},
    {"callbackUrl": "http://bank/" + "x" * 3000},
    {"bic": "PRFDUGKA\n"},
    {"lei": "529900T8BM49AURSDO55\n"},
    {"clearingMemberId": ""},
    {"clearingMemberId": "x" * 36},
    {"otherIds": ["fine", " "]},
    {"envelopeNamespace": "http://www.w3.org/XML/1998/namespace"},
    {"certificates": [{"pem": GOOD, "id": "a"}, {"pem": GOOD, "id": "a"}]},
    {"certificates": [{"pem": GOOD, "validFrom": "2026-01-02T00:00:00Z", "validTo": "2026-01-01T00:00:00Z"}]},
    {"maxPayeeFee": "0.00001"},
    {"maxPayeeFee": "9" * 19},
    {"maxPayeeFee": True},
    {"confirm": "three-step"},
    {"maxPayeeFee": "-1"},
    {"maxPayeeFee": "a lot"},
    {"acceptStatuses": ["YESS"]},
    {"acceptStatuses": ["RJCT"]},
    {"acceptStatuses": ["PDNG"]},
    {"acceptStatuses": []},
    {"acceptStatuses": "ACSC"},
    {"versions": {"pacs.008": "pacs.008.001.99"}},
    {"versions": {"pacs.008": "pacs.002.001.10"}},
    {"versions": {"seev.031": "seev.031.001.09"}},
    {"versions": {"pacs.008": 8}},
    {"certificates": [{"pem": "nothing"}]},
    {"certificates": [{"pem": public_pem(rsa.generate_private_key(65537, 1024))}]},
    {"certificates": [{"pem": public_pem(ec.generate_private_key(ec.SECP521R1()))}]},
    {"certificates": [7]},
    {"envelopeNamespace": "not a namespace <&"},
    {"otherIds": ["PB-X"]},
    {"clearingMemberId": "PB-1"},
    {"bic": "PRFBUGKAXXX"},
    {"otherIds": ["profbeta"]},
    {"otherIds": ["Hub"]},
    {"acceptStatus": ["ACSC"]},
    {"signature": "anywhere"},
    {"signature": "parts", "envelopeNamespace": "urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01"},
    {"delivery": "pigeon"},
    {"delivery": "nats"},
    {"delivery": "pull", "nats": True},
]


def test_name_that_means_a_bank_already(hub: Hub, payee: Bank):
    body = {"name": "PB-X", "currency": "USD"}

    assert not hub.operate("POST", "/participants", body, ok=False).ok


@pytest.mark.parametrize("wrong", WRONG, ids="-".join)
def test_profiles_that_cannot_be(hub: Hub, payee: Bank, draft: str, wrong: dict[str, Any]):
    body = {"bic": "PRFDUGKA", "callbackUrl": URL} | wrong
    response = hub.operate("PUT", f"/participants/{draft}/iso", body, ok=False)

    assert response.status_code == 400, response.text
    error = response.json()["errorInformation"]
    assert error["errorCode"].startswith("31") and len(error["errorDescription"]) <= 128
    assert not hub.operate("GET", f"/participants/{draft}/iso", ok=False).ok


@pytest.mark.parametrize(("given", "kept"), [("0.50", "0.5"), (2, "2"), (0.25, "0.25"), ("10.00", "10"), ("0.0", "0")])
def test_the_same_fee_in_other_spellings(hub: Hub, bank: Bank, given: Any, kept: str):
    bank.change(maxPayeeFee=given)

    assert hub.operate("GET", f"/participants/{bank.name}/iso").json()["maxPayeeFee"] == kept


@pytest.mark.parametrize("path", ["/participants/nobody/iso", "/participants/nobody/keys"])
def test_nobodys_profile(hub: Hub, path: str):
    body: dict[str, Any] = {"callbackUrl": URL} if path.endswith("iso") else {"keys": []}
    for method, content in (("GET", None), ("PUT", body)):
        response = hub.operate(method, path, content, ok=False)
        assert not response.ok
        assert response.json()["errorInformation"]["errorCode"] == "3200"


def test_profile_comes_back_whole(hub: Hub):
    hub.add("profwhole", "USD")
    keys = new_keys("profwhole")
    body = {
        "bic": "PRFWUGKA001",
        "lei": "529900T8BM49AURSDO55",
        "clearingMemberId": "W-1",
        "otherIds": ["W-2", "W-3"],
        "callbackUrl": URL,
        "versions": {"pacs.008": "pacs.008.001.10", "pacs.002": "pacs.002.001.12", "head.001": "head.001.001.03"},
        "acceptStatuses": ["ACSC", "ACCC"],
        "envelopeNamespace": "urn:bank:envelope",
        "confirm": "one-step",
        "maxPayeeFee": "1.5",
        "bareDocuments": True,
        "certificates": [{"pem": keys.certificate, "id": "first"}],
    }
    hub.operate("PUT", "/participants/profwhole/iso", body)
    found = hub.operate("GET", "/participants/profwhole/iso").json()

    assert {name: found[name] for name in body if name != "certificates"} == {
        name: value for name, value in body.items() if name != "certificates"
    }
    (certificate,) = found["certificates"]
    assert (certificate["pem"], certificate["id"]) == (keys.certificate, "first")
    assert certificate["validFrom"] and certificate["validTo"]
    # what was read can be written again
    again = hub.operate("PUT", "/participants/profwhole/iso", found, ok=False)
    assert again.ok, again.text
    assert hub.operate("GET", "/participants/profwhole/iso").json() == found


def test_gateway_key_is_made_once(hub: Hub, bank: Bank):
    before = hub.operate("GET", f"/participants/{bank.name}/keys").json()
    bank.change()

    assert hub.operate("GET", f"/participants/{bank.name}/keys").json() == before
    assert "PRIVATE" not in str(before) and len(before["keys"]) == 1


def test_keys_of_a_dfsp(hub: Hub):
    hub.add("profwallet", "USD")
    good = public_pem(rsa.generate_private_key(65537, 2048))
    hub.operate("PUT", "/participants/profwallet/keys", {"keys": [{"pem": good, "id": "k1"}]})
    assert hub.operate("GET", "/participants/profwallet/keys").json()["keys"] == [{"id": "k1", "pem": good}]
    twice = {"keys": [{"pem": good, "id": "k"}] * 2}
    for bad in ({"keys": [{"pem": "x"}]}, twice, {"keys": "x"}, {}, {"keys": [{}]}):
        assert hub.operate("PUT", "/participants/profwallet/keys", bad, ok=False).status_code == 400
    assert hub.operate("GET", "/participants/profwallet/keys").json()["keys"] == [{"id": "k1", "pem": good}]


def signed_by(bank: Bank, keys: Keys, payee: Bank) -> int:
    text = wrap(bank.head("pacs.008.001.08"), bank.pay(bic(payee.bic)).text)
    return bank.post(sign(text, keys)).status_code


def test_certificates_rotate(bank: Bank, payee: Bank):
    old, new = bank.keys, new_keys("next")
    assert (signed_by(bank, old, payee), signed_by(bank, new, payee)) == (202, 400)
    bank.change(certificates=[{"pem": new.certificate}, {"pem": old.certificate}])
    assert (signed_by(bank, old, payee), signed_by(bank, new, payee)) == (202, 202)
    bank.change(certificates=[{"pem": new.certificate}])
    assert (signed_by(bank, old, payee), signed_by(bank, new, payee)) == (400, 202)
    bank.change(certificates=[{"pem": old.certificate}])


def test_new_address_counts_at_once(bank: Bank, payee: Bank):
    with Listener() as moved:
        payee.change(callbackUrl=moved.url + "/new")
        payment = bank.pay(bic(payee.bic))
        bank.send(payment.text)
        found = moved.wait(lambda m: payment.uetr.encode() in m.body)
        payee.change(callbackUrl=payee.listener.url + "/in")
    assert found.path == "/new"
    payee.answer(payment.uetr, "ACSC")

    assert bank.told(payment.uetr).status == "ACSC"


def test_new_name_counts_at_once(bank: Bank, payee: Bank):
    payee.change(otherIds=["PB-NEW"])
    payment = bank.pay(other("PB-NEW"))
    bank.send(payment.text)
    assert bank.told(payment.uetr).status == "ACSC"
    payee.change(otherIds=["PB-X"])
    second = bank.pay(other("PB-NEW"), creditor_account=account("1"))
    bank.send(second.text)

    assert bank.told(second.uetr).code == "RC04"


def test_envelope_is_the_banks_own(bank: Bank, payee: Bank):
    bank.change(envelopeNamespace="urn:own:envelope")
    payment = bank.pay(bic(payee.bic))
    bank.send(payment.text)
    told = bank.told(payment.uetr)
    bank.change(envelopeNamespace=None)

    assert str(told.tree.tag).startswith("{urn:own:envelope}")
