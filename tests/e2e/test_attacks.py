"""Every attack of the corpora through the real port: refused in its own words, never a 5xx, and the hub goes on."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import pytest
import requests
from lxml import etree

from iso.gate import Code
from iso.shapes import Shape
from tests.e2e.bank_side import Bank, bic
from tests.e2e.hub import Hub, running_hub
from tests.unit.iso import samples, signing
from tests.unit.iso.shaping import seal
from tests.unit.iso.test_gate_attacks import CORPUS
from tests.unit.iso.test_shape_attacks import ON_EVERY, ON_SOME
from tests.unit.iso.test_signature_attacks import ATTACKS, GOOD

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
SHAPES = {shape: f"BAN{letter}KENA" for shape, letter in zip(Shape, "AEFG", strict=True)}
FORMAT, SIGNATURE = b"<RjctgPtyRsn>FF", b"<RjctgPtyRsn>DS0H"


class Scene(NamedTuple):
    hub: Hub
    witness: Bank

    def post(self, body: bytes) -> requests.Response:
        """One attack."""
        headers = {"content-type": "application/xml"}
        return requests.post(f"{self.hub.iso}/iso20022/messages", data=body, headers=headers, timeout=20)

    def is_well(self) -> bool:
        """Whether an honest payment still goes through, and the hub says that it is well."""
        payment = self.witness.pay(bic(self.witness.bic))
        self.witness.send(payment.text)
        health = requests.get(f"{self.hub.iso}/health", timeout=10).json()
        return bool(health["status"] == "OK") and self.witness.told(payment.uetr).status in {"RJCT", "ACSC"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_hub(tmp_path_factory.mktemp("attacks")) as hub:
        for shape, code in SHAPES.items():
            keys = [{"pem": signing.identity(name).public_pem} for name in ("rsa bank",)]
            keys.append({"pem": signing.identity("bank").certificate_pem})
            name = f"victim-{shape.value}"
            hub.add(name, "KES")
            profile = {"bic": code, "callbackUrl": "http://127.0.0.1:9/", "signature": shape.value}
            hub.operate("PUT", f"/participants/{name}/iso", profile | {"certificates": keys})
        yield Scene(hub, Bank(hub, "witness", "WITNKENA"))


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[[Shape], None]:
    """Messages of now, by the bank of a shape: what is refused then is refused for what was done to it."""

    def choose(shape: Shape) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

        def header(*given: str, **changes: str):
            found = samples.header(*given, **changes)
            hub = samples.endpoint("ISOLXTXX")
            return msgspec.structs.replace(found, sender=samples.endpoint(SHAPES[shape]), receiver=hub, created=now)

        monkeypatch.setattr(signing, "header", header)

    return choose


def told(answers: dict[str, requests.Response]) -> dict[str, str]:
    """The answers that are not a refusal with an admi.002."""
    return {
        name: f"{answer.status_code} {answer.text[:200]}"
        for name, answer in answers.items()
        if answer.status_code != 400 or b"admi.002.001.01" not in answer.content
    }


def test_hostile_xml(scene: Scene):
    answers = {name: scene.post(body) for name, (_, body) in CORPUS.items()}
    assert told(answers) == {}
    for name, (code, _) in CORPUS.items():
        assert FORMAT in answers[name].content and code.value.encode() in answers[name].content, name
    assert scene.is_well()


def test_messages_of_the_same_making_are_taken(scene: Scene, fresh):
    fresh(Shape.HEADER)
    assert {name: scene.post(make()).status_code for name, make in GOOD.items()} == dict.fromkeys(GOOD, 202)
    for shape in SHAPES:
        fresh(shape)
        assert scene.post(etree.tostring(seal(shape))).status_code == 202


def test_attacks_on_the_strict_profile(scene: Scene, fresh):
    fresh(Shape.HEADER)
    answers = {name: scene.post(make()) for name, make in ATTACKS.items()}
    assert told(answers) == {}
    by_signature = sum(SIGNATURE in answer.content for answer in answers.values())
    assert by_signature > len(ATTACKS) * 0.8, "most are well-formed messages, which the signature alone gives away"
    assert scene.is_well()


@pytest.mark.parametrize("shape", SHAPES)
def test_attacks_on_every_shape(scene: Scene, fresh, shape: Shape):
    fresh(shape)
    answers = {name: scene.post(make(shape)) for name, make in ON_EVERY.items()}
    answers |= {name: scene.post(make()) for name, make in ON_SOME.items()}
    assert told(answers) == {}
    assert scene.is_well()


POST = b"POST /iso20022/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/xml\r\n"
FRAMES = {
    "two lengths": POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\n<a/>\r\n",
    "length and chunks": POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": POST + b"content-length: -1\r\n\r\n",
    "odd chunk": POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 64,
    "broken off": POST + b"content-length: 99\r\n\r\n<a>",
}


@pytest.mark.parametrize("name", FRAMES)
def test_odd_frames_harm_nobody(scene: Scene, name: str):
    host, port = scene.hub.iso.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(FRAMES[name])
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(4096)
    assert not answer.startswith(b"HTTP/1.1 5") and not answer.startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 415),
        ({"content-type": "application/xml; charset=utf-16"}, 415),
        ({"content-type": "application/xml", "content-encoding": "gzip"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({}, 415),
    ],
)
def test_other_content_is_refused_unread(scene: Scene, headers: dict[str, str], status: int):
    url = f"{scene.hub.iso}/iso20022/messages"
    request = requests.Request("POST", url, data=b"\x1f\x8b" + b"x" * 100, headers=headers).prepare()
    assert requests.Session().send(request, timeout=10).status_code == status


def test_every_code_of_the_gate_has_its_attack():
    assert set(Code) - {code for code, _ in CORPUS.values()} <= {Code.UNSUPPORTED, Code.MSG_DEF_IDR}
