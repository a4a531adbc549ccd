"""In production nobody is believed by his word: keys, signatures and authenticated clients are demanded."""

import contextlib
import http.client
import json
import secrets
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e import fspiop_hub
from tests.e2e.bank_side import Bank, new_keys, sign, wrap
from tests.e2e.fspiop_hub import Dfsp
from tests.e2e.hub import CURRENCIES, ISOLOOP, Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
HEADER = "Isoloop-Client"
TOKEN = secrets.token_urlsafe(32)
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
MESSAGES = "/iso20022/messages"
SPELLINGS = ("isoloop-client", "Isoloop_Client", "X-Isoloop-Client", "X-Forwarded-Client-Cert", "X-SSL-Client-Cert")


def provide_keys(folder: Path) -> None:
    """The hub's keys as an operator makes them."""
    (folder / "fulfilment").mkdir(parents=True)
    xml = new_keys("Hub")
    (folder / "xml-key.pem").write_bytes(xml.private)
    (folder / "xml-certificate.pem").write_text(xml.certificate)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "jws-key.pem").write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    (folder / "fulfilment" / "2026.key").write_bytes(secrets.token_bytes(32))


def settings(folder: Path, more: dict[str, str] | None = None) -> str:
    """A file of settings with what the tests' scheme needs; its path."""
    path = folder / "isoloop.toml"
    values = {"currencies": ",".join(CURRENCIES), "operator_token": TOKEN, **(more or {})}
    path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))
    return str(path)


class Answer(NamedTuple):
    status: int
    text: str


def through_proxy(path: str, request: str, headers: list[tuple[str, str]], body: bytes = b"") -> Answer:
    """One request on a Unix socket, as the TLS proxy sends it; `request` is method and target."""
    lines = [f"{request} HTTP/1.1", "Host: hub", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(path)
        link.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        reply = http.client.HTTPResponse(link)
        reply.begin()
        return Answer(reply.status, reply.read().decode())


class Scene(NamedTuple):
    hub: Hub
    alpha: Bank
    purse: Dfsp
    key: rsa.RSAPrivateKey

    def iso(self, body: bytes, *clients: str, header: str = HEADER) -> Answer:
        headers = [("Content-Type", "application/xml"), *((header, client) for client in clients)]
        return through_proxy(self.hub.ready["sockets"]["isoSocket"], f"POST {MESSAGES}", headers, body)

    def payment(self, *, signed: bool = True) -> bytes:
        text = wrap(self.alpha.head("pacs.008.001.08"), self.alpha.pay("<BICFI>BETAUGKA</BICFI>").text)
        return sign(text, self.alpha.keys) if signed else text.encode()

    def fspiop(self, request: str, headers: dict[str, str], *clients: str, body: bytes = b"") -> Answer:
        listed = [*headers.items(), *((HEADER, client) for client in clients)]
        return through_proxy(self.hub.ready["sockets"]["fspiopSocket"], request, listed, body)


def onboard(hub: Hub) -> Scene:
    for name in ("purse", "other"):
        hub.add(name, "USD")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    hub.operate("PUT", "/participants/purse/keys", {"keys": [{"pem": public, "id": "1"}]})
    return Scene(hub, Bank(hub, "alpha", "ALPHKENA"), Dfsp(hub, "purse"), key)


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("production")
    provide_keys(data / "keys")
    sockets = {f"{edge}_socket": str(data / f"{edge}.sock") for edge in ("fspiop", "iso")}
    config = settings(data, sockets)
    (data / "iso.sock").touch()
    with pytest.raises(AssertionError, match=r"socket .*iso.sock cannot be had"):
        Hub(data).start(profile="production", config=config)
    (data / "iso.sock").unlink()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(data / "iso.sock"))
    with running_hub(data, TOKEN, profile="production", config=config) as hub:
        yield onboard(hub)


@pytest.fixture(scope="module")
def by_signature(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("production")
    provide_keys(data / "keys")
    with running_hub(data, TOKEN, profile="production", config=settings(data)) as hub:
        yield onboard(hub)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], ("xml-key.pem, xml-certificate.pem, jws-key.pem, fulfilment/<id>.key", "docs/security.md")),
        (["--host", "0.0.0.0"], ("loopback", "tls_client_ca", "expose_ports")),
        (["--config", "no-token.toml"], ("operator_token", "docs/security.md")),
    ],
    ids=["no keys", "open ports", "no token"],
)
def test_it_does_not_start_unsafe(tmp_path: Path, options: list[str], told: tuple[str, ...]):
    (tmp_path / "no-token.toml").write_text("")
    command = [str(ISOLOOP), "serve", "--data", str(tmp_path), "--profile", "production"]
    command += options if "--config" in options else ["--config", settings(tmp_path), *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert all(word in ended.stderr for word in told), ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "keys" / "jws-key.pem").exists()


def test_a_bank_is_who_its_certificate_says(behind_proxy: Scene):
    assert behind_proxy.iso(behind_proxy.payment(), "alpha").status == 202
    other = behind_proxy.iso(behind_proxy.payment(), "purse")
    assert other.status == 400 and "the connection is that of purse" in other.text
    unsigned = behind_proxy.iso(behind_proxy.payment(signed=False), "alpha")
    assert unsigned.status == 400 and "DS0H" in unsigned.text


def test_a_dfsp_is_who_its_certificate_says(behind_proxy: Scene):
    purse, path = behind_proxy.purse, "/parties/MSISDN/123"
    asked = purse.headers("GET", "parties")
    assert behind_proxy.fspiop(f"GET {path}", asked, "purse").status == 202
    for clients in (("other",), (), ("purse", "other"), ("purse", "purse"), ("purse, other",), ("",)):
        answer = behind_proxy.fspiop(f"GET {path}", asked, *clients)
        assert (answer.status, fspiop_hub.error_of(answer.text.encode()).code) == (400, "3100"), clients


def test_a_body_must_be_signed_with_the_key_of_the_client(behind_proxy: Scene):
    purse, path = behind_proxy.purse, f"/transfers/{fspiop_hub.new_id()}/error"
    body = json.dumps(fspiop_hub.error_body("5100")).encode()
    plain = purse.headers("PUT", "transfers", "other")
    unsigned = behind_proxy.fspiop(f"PUT {path}", plain, "purse", body=body)
    assert fspiop_hub.error_of(unsigned.text.encode()).code == "3105"
    signed = fspiop_hub.signed(behind_proxy.key, "PUT", path, plain, body)
    assert behind_proxy.fspiop(f"PUT {path}", signed, "purse", body=body).status == 200
    altered = behind_proxy.fspiop(f"PUT {path}", signed, "purse", body=body.replace(b"5100", b"5101"))
    assert fspiop_hub.error_of(altered.text.encode()).code == "3105"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_other_spelling_of_the_header_names_a_client(behind_proxy: Scene, spelling: str):
    taken = behind_proxy.iso(behind_proxy.payment(), "alpha", header=spelling).status
    assert taken == (202 if spelling.lower() == HEADER.lower() else 403)


def test_a_client_that_is_told_twice_or_over_two_lines_is_nobody(behind_proxy: Scene):
    assert behind_proxy.iso(behind_proxy.payment(), "alpha", "alpha").status == 403
    assert behind_proxy.iso(behind_proxy.payment(), "x\r\n alpha").status in {400, 403}
    assert behind_proxy.iso(behind_proxy.payment(), "purse\r\n" + f"{HEADER}: alpha").status == 403


def test_with_a_socket_the_port_takes_no_messages(behind_proxy: Scene):
    hub, body = behind_proxy.hub, behind_proxy.payment()
    for header in (HEADER, *SPELLINGS):
        headers = {"content-type": "application/xml", header: "alpha"}
        assert requests.post(hub.iso + MESSAGES, data=body, headers=headers, timeout=10).status_code == 403
        asked = behind_proxy.purse.headers("GET", "parties") | {header: "purse"}
        assert requests.get(f"{hub.fspiop}/parties/MSISDN/1", headers=asked, timeout=10).status_code == 403
    assert requests.get(f"{hub.iso}/health", timeout=10).status_code == 200


def test_only_owner_and_group_may_enter_the_sockets(behind_proxy: Scene):
    for path in behind_proxy.hub.ready["sockets"].values():
        assert Path(path).stat().st_mode & 0o777 == 0o660


def test_without_sockets_signatures_are_demanded_and_headers_mean_nothing(by_signature: Scene):
    hub, alpha = by_signature.hub, by_signature.alpha
    for header in (HEADER, *SPELLINGS):
        unsigned = alpha.post(by_signature.payment(signed=False), **{header: "alpha"})
        assert unsigned.status_code == 400 and "DS0H" in unsigned.text
    assert alpha.post(by_signature.payment(), **{HEADER: "purse"}).status_code == 202
    body = fspiop_hub.error_body("5100")
    path = f"/transfers/{fspiop_hub.new_id()}/error"
    refused = by_signature.purse.send("PUT", path, body, "other", **{HEADER: "purse"})
    assert fspiop_hub.error_of(refused.content).code == "3105"
    assert hub.ready["sockets"] == {}


def test_without_sockets_a_request_without_body_is_signed_too(by_signature: Scene):
    purse, path = by_signature.purse, "/parties/MSISDN/123?currency=USD"
    plain = purse.headers("GET", "parties")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def asked(headers: dict[str, str], target: str = path) -> int:
        return requests.get(by_signature.hub.fspiop + target, headers=headers, timeout=10).status_code

    signed = fspiop_hub.signed(by_signature.key, "GET", path, plain, b"")
    assert asked(signed) == 202
    assert asked(plain) == 400
    assert asked(fspiop_hub.signed(stranger, "GET", path, plain, b"")) == 400
    assert asked(signed | {"FSPIOP-Source": "other"}) == 400
    assert asked(signed, "/parties/MSISDN/124?currency=USD") == 400
    assert asked(signed, "/parties/MSISDN/123?currency=EUR") == 400
    assert asked(plain | {"Authorization": "Bearer x", "X-Client-Id": "purse", HEADER: "purse"}) == 400


def test_without_sockets_nobody_is_told_about_messages_of_banks(by_signature: Scene):
    sent = by_signature.alpha.send(by_signature.alpha.pay("<BICFI>BETAUGKA</BICFI>").text)
    for asked in ({}, {"from": "alpha"}):
        assert by_signature.alpha.query(sent, **asked).status_code == 403


def test_an_unknown_signer_is_refused(by_signature: Scene):
    alpha = by_signature.alpha
    text = wrap(alpha.head("pacs.008.001.08"), alpha.pay("<BICFI>BETAUGKA</BICFI>").text)
    forged = alpha.post(sign(text, new_keys("alpha")))
    assert forged.status_code == 400 and "DS0H" in forged.text
