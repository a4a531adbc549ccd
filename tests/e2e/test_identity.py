"""Who calls is who the connection says: client certificates, API keys, networks, and the operator's token."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
import requests

from switch.embedded import borrowed_database
from tests.e2e import fspiop_hub
from tests.e2e.bank_side import Bank, sign, wrap
from tests.e2e.certificates import DAY, SERVER, Authority, Issued
from tests.e2e.fspiop_hub import Dfsp, error_of
from tests.e2e.hub import Hub, running_hub
from tests.e2e.test_production import TOKEN, provide_keys, settings

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
SPOOFED = ("X-Client-Id", "Isoloop-Client", "X-Forwarded-Client-Cert", "Client-Cert", "X-SSL-Client-Cert")
MESSAGES = "/iso20022/messages"


class SecureHub(Hub):
    """A hub on TLS."""

    ca = ""

    def operate(self, method, path, body=None, *, ok=True):
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, self.admin + path, json=body, headers=headers, verify=self.ca, timeout=10)
        assert not ok or answer.ok, (method, path, answer.status_code, answer.text)
        return answer

    def _url(self, port):
        return f"https://127.0.0.1:{self.ready[port]}"


class Scene(NamedTuple):
    hub: SecureHub
    scheme: Authority
    clients: dict[str, Issued]
    revoked: Path

    def ask(self, client: Issued | None, source: str, **headers: str) -> requests.Response:
        """GET a party in somebody's name over a connection of its own."""
        asked = {
            "Content-Type": MEDIA,
            "Accept": MEDIA,
            "Date": "Fri, 20 Nov 2026 06:00:00 GMT",
            "FSPIOP-Source": source,
        }
        pair = client.pair if client else None
        url = f"{self.hub.fspiop}/parties/MSISDN/1"
        return requests.get(url, headers=asked | headers, cert=pair, verify=self.hub.ca, timeout=10)


MEDIA = fspiop_hub.media("parties")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("tls")
    provide_keys(data / "keys")
    scheme = Authority(data, "scheme")
    own = scheme.issue("hub", usage=SERVER)
    clients = {name: scheme.issue(name, dns=(f"{name}.example",)) for name in ("purse", "other", "leaver", "alpha")}
    revoked = data / "revoked.pem"
    scheme.revoke(revoked)
    tls = {
        "tls_certificate": str(own.certificate),
        "tls_key": str(own.key),
        "tls_client_ca": str(scheme.path),
        "tls_client_crl": str(revoked),
    }
    hub = SecureHub(data)
    hub.token, hub.ca = TOKEN, str(scheme.path)
    hub.start(profile="production", config=settings(data, tls))
    try:
        hub.open_scheme()
        for name in ("purse", "other", "leaver"):
            hub.add(name, "USD")
            hub.operate("PUT", f"/participants/{name}/access", {"certificates": [f"CN={name},O=Scheme"]})
        yield Scene(hub, scheme, clients, revoked)
    finally:
        hub.stop()


def test_a_certificate_is_its_participant(scene: Scene):
    assert scene.ask(scene.clients["purse"], "purse").status_code == 202
    other = scene.ask(scene.clients["other"], "purse")
    assert (other.status_code, error_of(other.content).code) == (400, "3100")


def test_no_header_makes_another_of_it(scene: Scene):
    for header in SPOOFED:
        for value in ("purse", "CN=purse,O=Scheme"):
            assert scene.ask(scene.clients["other"], "purse", **{header: value}).status_code == 400
    proxied = scene.ask(scene.clients["other"], "purse", **{"FSPIOP-Proxy": "other"})
    assert error_of(proxied.content).code == "3100"


def test_strangers_do_not_connect(scene: Scene):
    stranger = Authority(scene.scheme.folder, "stranger")
    for client in (
        None,
        stranger.issue("purse"),
        scene.scheme.issue("purse", start=-3 * DAY, end=-DAY),
        scene.scheme.issue("purse", start=DAY, end=2 * DAY),
        scene.scheme.issue("purse", usage=SERVER),
    ):
        with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
            scene.ask(client, "purse")


def test_a_certificate_nobody_has_on_file_is_nobody(scene: Scene):
    for client in (scene.scheme.issue("unknown"), scene.scheme.issue("purse", ca=True)):
        assert error_of(scene.ask(client, "purse").content).code == "3100"


def test_a_revoked_certificate_ends_with_the_next_connection(scene: Scene):
    leaver = scene.clients["leaver"]
    assert scene.ask(leaver, "leaver").status_code == 202
    scene.scheme.revoke(scene.revoked, leaver)
    with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
        scene.ask(leaver, "leaver")
    assert scene.ask(scene.clients["purse"], "purse").status_code == 202


def test_a_certificate_taken_off_the_file_proves_nothing_at_once(scene: Scene):
    other, session = scene.clients["other"], requests.Session()
    session.cert, session.verify = other.pair, scene.hub.ca
    scene.hub.operate("PUT", "/participants/other/access", {"certificates": ["DNS:other.example"]})
    assert scene.ask(other, "other").status_code == 202
    scene.hub.operate("PUT", "/participants/other/access", {})
    assert scene.ask(other, "other").status_code == 400


def payment(bank: Bank) -> bytes:
    text = wrap(bank.head("pacs.008.001.08"), bank.pay("<BICFI>NOWHGB2L</BICFI>").text)
    return sign(text, bank.keys)


def test_banks_are_bound_alike(scene: Scene):
    hub = scene.hub
    bank = Bank(hub, "alpha", "ALPHKENA")
    hub.operate("PUT", "/participants/alpha/access", {"certificates": [scene.clients["alpha"].certificate.read_text()]})

    def post(client: str) -> requests.Response:
        body = payment(bank)
        pair, headers = scene.clients[client].pair, {"content-type": "application/xml"}
        return requests.post(hub.iso + MESSAGES, data=body, headers=headers, cert=pair, verify=hub.ca, timeout=10)

    assert post("alpha").status_code == 202
    assert "the connection is that of purse" in post("purse").text


def test_clients_see_keys_but_no_metrics(scene: Scene):
    purse = scene.clients["purse"]
    keys = requests.get(f"{scene.hub.fspiop}/keys", cert=purse.pair, verify=scene.hub.ca, timeout=10)
    assert keys.json()["keys"][0]["participant"] == "Hub"
    metrics = requests.get(f"{scene.hub.fspiop}/metrics", cert=purse.pair, verify=scene.hub.ca, timeout=10)
    assert metrics.status_code == 404


def test_the_operator_shows_a_token(scene: Scene):
    url = f"{scene.hub.admin}/participants"
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"X-Api-Key": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
    ):
        refused = requests.get(url, headers=headers, verify=scene.hub.ca, timeout=10)
        assert refused.status_code == 401 and "Bearer" in refused.headers["www-authenticate"]
        assert error_of(refused.content).code == "3000"
    assert requests.get(f"{scene.hub.admin}/health", verify=scene.hub.ca, timeout=10).status_code == 200


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Dfsp, str]]:
    with running_hub(tmp_path_factory.mktemp("sandbox")) as hub:
        for name in ("keyed", "plain", "far"):
            hub.add(name, "USD")
        made = hub.operate("POST", "/participants/keyed/apiKeys", {"id": "first"})
        assert made.status_code == 201
        dfsp = Dfsp(hub, "keyed")
        base = {"type": "FSPIOP_CALLBACK_URL_TRANSFER_ERROR", "value": f"{dfsp.listener.url}/transfers/error"}
        hub.operate("POST", "/participants/keyed/endpoints", base)
        yield hub, dfsp, made.json()["key"]
        dfsp.listener.close()


def test_a_participant_with_an_api_key_shows_it(sandbox):
    _, keyed, key = sandbox
    path = "/parties/MSISDN/1"
    assert keyed.send("GET", path, Authorization=f"Bearer {key}").status_code == 202
    assert keyed.send("GET", path, X_Api_Key=key).status_code == 202
    for shown in ({}, {"Authorization": "Bearer x"}, {"X_Client_Id": "keyed"}, {"Isoloop_Client": "keyed"}):
        refused = keyed.send("GET", path, **shown)
        assert (refused.status_code, error_of(refused.content).code) == (400, "3100"), shown
    plain = keyed.send("GET", path, FSPIOP_Source="plain", Authorization=f"Bearer {key}")
    assert error_of(plain.content).code == "3100"
    assert keyed.send("GET", path, FSPIOP_Source="plain").status_code == 202


def test_a_doubled_source_is_nobodys(sandbox):
    hub, keyed, key = sandbox
    headers = keyed.headers("GET", "parties") | {"Authorization": f"Bearer {key}"}
    link = http.client.HTTPConnection("127.0.0.1", hub.ready["fspiopPort"], timeout=10)
    link.putrequest("GET", "/parties/MSISDN/1")
    for name, value in (*headers.items(), ("FSPIOP-Source", "plain")):
        link.putheader(name, value)
    link.endheaders()
    answer = link.getresponse()
    assert (answer.status, error_of(answer.read()).code) == (400, "3101")


def test_the_key_is_kept_nowhere(sandbox):
    hub, keyed, key = sandbox
    transfer = fspiop_hub.new_id()
    assert keyed.send("GET", f"/transfers/{transfer}", Authorization=f"Bearer {key}").status_code == 202
    shown = hub.operate("GET", "/participants/keyed/access").json()
    assert [each["id"] for each in shown["apiKeys"]] == ["first"] and key not in json.dumps(shown)
    assert all(key not in path.read_text(errors="replace") for path in hub.data.glob("*.log"))
    with borrowed_database(hub.data) as url, psycopg.connect(url) as connection:
        for table in ("archive", "records", "outbox"):
            rows = connection.execute(f"select t::text from {table} t where t::text like %s", (f"%{key}%",)).fetchall()
            assert rows == [], table


def test_an_api_key_ends_at_once(sandbox):
    hub, keyed, _ = sandbox
    key = hub.operate("POST", "/participants/keyed/apiKeys", {"id": "second"}).json()["key"]
    assert keyed.send("GET", "/parties/MSISDN/1", X_Api_Key=key).status_code == 202
    hub.operate("DELETE", "/participants/keyed/apiKeys/second")
    assert keyed.send("GET", "/parties/MSISDN/1", X_Api_Key=key).status_code == 400


def test_a_participant_calls_from_its_networks(sandbox):
    hub, keyed, _ = sandbox
    path, far = "/parties/MSISDN/1", {"FSPIOP_Source": "far"}
    hub.operate("PUT", "/participants/far/access", {"networks": ["127.0.0.0/8"]})
    assert keyed.send("GET", path, **far).status_code == 202
    hub.operate("PUT", "/participants/far/access", {"networks": ["10.0.0.0/8", "fd00::/8"]})
    for shown in ({}, {"X_Forwarded_For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"X_Real_IP": "10.0.0.1"}):
        refused = keyed.send("GET", path, **far, **shown)
        assert (refused.status_code, error_of(refused.content).code) == (400, "3100")
    for wrong in (["10.0.0.1/8"], ["x"], ["10.0.0.0/33"]):
        assert hub.operate("PUT", "/participants/far/access", {"networks": wrong}, ok=False).status_code == 400


def test_a_bank_is_held_to_its_key_too(sandbox):
    hub, _, _ = sandbox
    bank = Bank(hub, "delta", "DELTKENA")
    sent = bank.send(bank.pay("<BICFI>NOWHGB2L</BICFI>").text)
    assert bank.query(sent).status_code == 200
    key = hub.operate("POST", "/participants/delta/apiKeys", {"id": "first"}).json()["key"]
    assert bank.post(payment(bank)).status_code == 403
    assert bank.post(payment(bank), X_Api_Key="wrong").status_code == 403
    assert bank.post(payment(bank), X_Api_Key=key).status_code == 202
    assert (bank.query(sent).status_code, bank.query(sent, **{"from": "delta"}).status_code) == (404, 403)


def test_wrong_access_is_refused(sandbox):
    hub, _, _ = sandbox
    for body in ({"certificates": ["purse"]}, {"certificates": ["DNS:*.example"]}, {"apikeys": []}, {"networks": "x"}):
        assert hub.operate("PUT", "/participants/plain/access", body, ok=False).status_code == 400
    assert hub.operate("PUT", "/participants/nobody/access", {}, ok=False).status_code == 400
    assert hub.operate("POST", "/participants/plain/apiKeys", {"id": "a b"}, ok=False).status_code == 400
