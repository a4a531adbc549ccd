"""Calls to participants over TLS show the hub's certificate, trust the scheme's CA only, and follow renewed files."""

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.bank_side import Bank, bic
from tests.e2e.certificates import CLIENT, SERVER, Authority, Issued
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


class Gateway:
    """A bank's server that lets in clients of one CA only, and keeps who came and what he brought."""

    def __init__(self, own: Issued, clients: Path) -> None:
        self.came: list[tuple[str, bytes]] = []
        self.refused = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                shown = self.connection.getpeercert()
                owner.came.append((dict(each[0] for each in shown["subject"])["commonName"], body))
                self.send_response(202)
                self.send_header("content-length", "0")
                self.send_header("connection", "close")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                owner.refused += 1

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*own.pair)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
        self._server = Server(("127.0.0.1", 0), Handler)
        # The handshake is left to the thread of the connection.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_port}/in"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def wait(self, uetr: str, seconds: float = 10) -> str | None:
        """Who brought that payment; None if nobody does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = next((who for who, body in list(self.came) if uetr.encode() in body), None)
            if found is not None:
                return found
            time.sleep(0.05)
        return None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Scene(NamedTuple):
    hub: Hub
    scheme: Authority
    shown: Issued
    payer: Bank

    def gateway(self, name: str, own: Authority | None = None, **options: object) -> tuple[Bank, Gateway]:
        """A bank whose server has a certificate of that CA."""
        gateway = Gateway((own or self.scheme).issue(name, usage=SERVER, **options), self.scheme.path)
        code = f"{name[:4].upper()}KENA"
        return Bank(self.hub, name, code, callbackUrl=gateway.url), gateway

    def pay(self, payee: Bank) -> str:
        payment = self.payer.pay(bic(payee.bic))
        self.payer.send(payment.text)
        return payment.uetr


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("callbacks")
    scheme = Authority(data, "scheme")
    shown = scheme.issue("hub-one", usage=CLIENT)
    config = data / "hub.toml"
    config.write_text(
        f'callback_certificate = "{shown.certificate}"\ncallback_key = "{shown.key}"\ncallback_ca = "{scheme.path}"\n'
    )
    hub = Hub(data)
    hub.start(config=str(config))
    try:
        hub.open_scheme()
        yield Scene(hub, scheme, shown, Bank(hub, "payerbank", "PAYRKENA"))
    finally:
        hub.stop()


def test_the_hub_shows_its_certificate(scene: Scene):
    payee, gateway = scene.gateway("tlsbank")
    assert gateway.wait(scene.pay(payee)) == "hub-one"
    gateway.close()


def test_a_server_of_another_authority_gets_nothing(scene: Scene, tmp_path: Path):
    stranger = Authority(tmp_path, "stranger")
    payee, gateway = scene.gateway("badabank", stranger)
    assert gateway.wait(scene.pay(payee), 3) is None
    gateway.close()


def test_an_expired_server_gets_nothing(scene: Scene):
    from datetime import timedelta

    payee, gateway = scene.gateway("oldebank", end=-timedelta(hours=1))
    assert gateway.wait(scene.pay(payee), 3) is None
    gateway.close()


def test_a_renewed_certificate_is_shown_from_the_next_connection_on(scene: Scene):
    payee, gateway = scene.gateway("nextbank")
    assert gateway.wait(scene.pay(payee)) == "hub-one"
    renewed = scene.scheme.issue("hub-two", usage=CLIENT)
    scene.shown.key.write_bytes(renewed.key.read_bytes())
    scene.shown.certificate.write_bytes(renewed.certificate.read_bytes())
    until = time.monotonic() + 15
    while (who := gateway.wait(scene.pay(payee))) != "hub-two" and time.monotonic() < until:
        time.sleep(0.5)
    assert who == "hub-two"
    gateway.close()
