"""Keys change while the hub runs: those of participants with an overlap, its own published before they sign."""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.e2e.bank_side import Bank
from tests.e2e.fspiop_hub import Dfsp, decoded, encoded, error_body, error_of, new_id, signed
from tests.e2e.hub import ISOLOOP, Hub, Message, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
HOUR = timedelta(hours=1)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: Any) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def told(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Scene(NamedTuple):
    hub: Hub
    purse: Dfsp

    def accepted(self, key: rsa.RSAPrivateKey, **headers: str) -> bool:
        """Whether a message that this key signed is taken; the only other answer is 3105."""
        path, body = f"/transfers/{new_id()}/error", json.dumps(error_body("5100")).encode()
        plain = self.purse.headers("PUT", "transfers", "other")
        head = signed(key, "PUT", path, plain, body) | {name.replace("_", "-"): text for name, text in headers.items()}
        answer = requests.put(self.hub.fspiop + path, data=body, headers=head, timeout=10)
        assert answer.status_code == 200 or error_of(answer.content).code == "3105", answer.text
        return answer.status_code == 200

    def said(self) -> Message:
        """Something the hub makes itself for the participant: a refusal of a query."""
        path = f"/transfers/{new_id()}"
        assert self.purse.send("GET", path, to="Hub").status_code == 202
        return self.purse.gets("PUT", f"{path}/error")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_hub(tmp_path_factory.mktemp("keys")) as hub:
        purse = Dfsp(hub, "purse")
        for name in ("purse", "other"):
            hub.add(name, "USD")
        value = purse.listener.url + "/transfers/{{transferId}}/error"
        hub.operate(
            "POST", "/participants/purse/endpoints", {"type": "FSPIOP_CALLBACK_URL_TRANSFER_ERROR", "value": value}
        )
        yield Scene(hub, purse)
        purse.listener.close()


def verifier(hub: Hub, message: Message) -> dict[str, Any] | None:
    """The published key that verifies a message, found as a participant would find it."""
    found = requests.get(f"{hub.fspiop}/keys", timeout=10).json()["keys"]
    jws = json.loads(message.headers["fspiop-signature"])
    content = f"{jws['protectedHeader']}.{encoded(message.body)}".encode()
    signature, protected = decoded(jws["signature"]), json.loads(decoded(jws["protectedHeader"]))
    for each in found:
        key = serialization.load_pem_public_key(each["pem"].encode())
        if each["participant"] != message.headers["fspiop-source"] or each["algorithm"] != protected["alg"]:
            continue
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey):
                r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
                key.verify(encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return dict(each)
    return None


def test_keys_of_a_participant_rotate_and_end(scene: Scene):
    first, second, third = new_key(), new_key(), new_key()
    path = "/participants/purse/keys"
    scene.hub.operate("POST", path, {"pem": public(first), "id": "first"})
    assert scene.accepted(first) and not scene.accepted(second)

    ahead = told(datetime.now(UTC) + HOUR)
    scene.hub.operate("POST", path, {"pem": public(third), "id": "third", "validFrom": ahead})
    assert not scene.accepted(third)

    scene.hub.operate(
        "POST", path, {"pem": public(second), "id": "second", "replaces": "first", "overlapSeconds": 3600}
    )
    assert scene.accepted(first) and scene.accepted(second)
    shown = {key["id"]: key for key in scene.hub.operate("GET", path).json()["keys"]}
    assert shown["third"]["validFrom"] == ahead and "validTo" in shown["first"] and "validTo" not in shown["second"]

    scene.hub.operate("DELETE", f"{path}/first")
    assert not scene.accepted(first) and scene.accepted(second)
    past = told(datetime.now(UTC) - HOUR)
    period = {"pem": public(second), "validFrom": told(datetime.now(UTC) - 2 * HOUR), "validTo": past}
    scene.hub.operate("PUT", f"{path}/second", period)
    assert not scene.accepted(second)


def test_keys_that_cannot_be_are_refused(scene: Scene):
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    revoked = new_key()
    path = "/participants/other/keys"
    scene.hub.operate("POST", path, {"pem": public(revoked), "id": "gone"})
    scene.hub.operate("DELETE", f"{path}/gone")
    for body in (
        {"pem": public(weak)},
        {"pem": "x"},
        {"pem": public(ec.generate_private_key(ec.SECP384R1()))},
        {"pem": public(new_key()), "validFrom": "2026-11-20T06:00:00"},
        {"pem": public(new_key()), "validFrom": "tomorrow"},
        {"pem": public(new_key()), "validTo": "2020-01-01T00:00:00Z"},
        {"pem": public(new_key()), "id": "a/b"},
        {"pem": public(new_key()), "replaces": "nobody"},
        {"pem": public(revoked)},
        {"pem": public(new_key()), "id": "gone"},
    ):
        assert scene.hub.operate("POST", path, body, ok=False).status_code == 400, body
    for method, name in (("DELETE", "nobody"), ("PUT", "nobody")):
        body = {"pem": public(new_key())}
        assert scene.hub.operate(method, f"{path}/{name}", body, ok=False).status_code == 400


def test_the_hub_signs_with_the_newest_of_its_keys_that_has_begun(scene: Scene):
    assert verifier(scene.hub, scene.said())["id"] == "hub"
    later = scene.hub.operate("POST", "/keys", {"validFrom": told(datetime.now(UTC) + HOUR)}).json()
    assert later["validFrom"] and later["id"] in {key["id"] for key in scene.hub.operate("GET", "/keys").json()["keys"]}
    assert verifier(scene.hub, scene.said())["id"] == "hub"
    now = scene.hub.operate("POST", "/keys", {}).json()
    until = time.monotonic() + 10
    while verifier(scene.hub, scene.said())["id"] != now["id"]:
        assert time.monotonic() < until
    scene.hub.operate("DELETE", "/keys/hub")
    assert scene.hub.operate("DELETE", f"/keys/{now['id']}", ok=False).status_code == 400


def test_a_participant_may_want_es256(scene: Scene):
    hub = scene.hub
    assert hub.operate("PUT", "/participants/purse/signing", {"algorithm": "ES256"}, ok=False).status_code == 400
    hub.operate("POST", "/keys", {"algorithm": "ES256"})
    assert hub.operate("PUT", "/participants/purse/signing", {"algorithm": "HS256"}, ok=False).status_code == 400
    hub.operate("PUT", "/participants/purse/signing", {"algorithm": "ES256"})
    until = time.monotonic() + 10
    while verifier(hub, scene.said())["algorithm"] != "ES256":
        assert time.monotonic() < until
    hub.operate("PUT", "/participants/purse/signing", {"algorithm": "RS256"})
    while verifier(hub, scene.said())["algorithm"] != "RS256":
        assert time.monotonic() < until


def test_the_key_of_a_bank_is_replaced_and_the_old_one_told_for_a_while(scene: Scene):
    Bank(scene.hub, "alpha", "ALPHKENA")
    path = "/participants/alpha/keys"
    (before,) = scene.hub.operate("GET", path).json()["keys"]
    scene.hub.operate("POST", "/participants/alpha/gatewayKey", {"algorithm": "ES256"})
    former, now = scene.hub.operate("GET", path).json()["keys"]
    assert former["pem"] == before["pem"] and former["validTo"]
    assert now["id"] == "gateway" and now["pem"] != before["pem"]
    assert "PRIVATE" not in scene.hub.operate("GET", "/keys").text
    assert scene.hub.operate("POST", "/participants/purse/gatewayKey", {}, ok=False).status_code == 400


def test_the_command_line_shows_and_makes_keys(scene: Scene):
    def keys(*options: str) -> list[str]:
        command = [str(ISOLOOP), "keys", "--data", str(scene.hub.data), "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return [key["id"] for key in json.loads(done.stdout)["keys"]]

    before = keys()
    made = set(keys("--new", "RS256", "--from", "2040-01-01T00:00:00")) - set(before)
    assert made == {"20400101T000000Z-rs256"}
    assert keys("--retire", made.pop()) == before


def test_all_this_outlives_a_restart(scene: Scene):
    paths = ("/keys", "/participants/purse/keys", "/participants/purse/access")
    before = [scene.hub.operate("GET", path).json() for path in paths]
    scene.hub.stop()
    scene.hub.start()

    assert [scene.hub.operate("GET", path).json() for path in paths] == before
    assert verifier(scene.hub, scene.said()) is not None


def test_a_signature_header_is_strict_base64url(scene: Scene):
    key = new_key()
    scene.hub.operate("PUT", "/participants/purse/keys", {"keys": [{"pem": public(key), "id": "strict"}]})
    assert scene.accepted(key)
    odd = json.dumps({"signature": base64.b64encode(b"x" * 256).decode(), "protectedHeader": "e30"})
    assert not scene.accepted(key, FSPIOP_Signature=odd)
