"""A signed file counts only if its signature fits; what came of another is forgotten, and the right one may come."""

import subprocess
from pathlib import Path

import pytest
import requests

from iso import gate, shaped
from iso.keys import signing_key
from iso.shapes import Shape
from tests.e2e.bank_side import Bank, moment, new_id, sign, wrap
from tests.e2e.hub import ISOLOOP, Hub
from tests.e2e.pain_side import report, reports
from tests.e2e.test_files import made, post, standing, submit

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    return Bank(hub, "sealbank", "SEALKENA", requireSignature=True)


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "sealcreditor", "SEACKENA")
    found.accept_all()
    return found


def order(bank: Bank, creditor: Bank, message: str, batches: list[int]) -> str:
    """A file with an AppHdr, not signed yet; only three of its payments have a payee."""
    document = made(bank, creditor, message, batches).decode().partition("?>")[2]
    document = document.replace(creditor.bic, "NOBDKENA").replace("NOBDKENA", creditor.bic, 3)
    return wrap(bank.head("pain.001.001.09"), document)


def test_a_signed_file_is_paid(bank: Bank, creditor: Bank):
    message = new_id()
    answer = post(bank, sign(order(bank, creditor, message, [2, 1]), bank.keys))
    assert answer.status_code == 202, answer.text
    assert report(bank, message, 2).group == "ACSC"


@pytest.mark.parametrize("shape", [Shape.ENVELOPE, Shape.PARTS, Shape.REFERENCES])
def test_a_file_of_another_agreed_shape_is_paid(bank: Bank, creditor: Bank, shape: Shape):
    message = new_id()
    key = signing_key(bank.keys.private.decode(), bank.keys.certificate)
    body = shaped.sign_tree(gate.read(order(bank, creditor, message, [2]).encode()), key, shape)
    assert post(bank, body).json()["error"] == "SIGNATURE"
    bank.change(signature=shape.value)
    try:
        assert post(bank, body).status_code == 202
        assert report(bank, message, 2).group == "ACSC"
    finally:
        bank.change(signature="header")


def test_what_was_taken_of_a_forged_file_is_never_paid_and_not_in_the_way(bank: Bank, creditor: Bank):
    message, before = new_id(), bank.hub.position(bank.name)
    body = sign(order(bank, creditor, message, [600]), bank.keys)
    forged = post(bank, body.replace(b">E3<", b">E3X<").replace(b">E600<", b">E600X<"))
    told = forged.json()
    assert (forged.status_code, told["error"], told["taken"]) == (400, "SIGNATURE", 0)
    found = standing(bank, message)
    assert (found["state"], found["reason"]["code"], found["transactions"]["settled"]) == ("RJCT", "DS0H", 0)
    assert (reports(bank, message), bank.hub.position(bank.name)) == ([], before)
    right = post(bank, body)
    assert right.status_code == 202, right.text
    final = report(bank, message, 2)
    assert (final.group, len(final.transfers), final.transfers["E3"]) == ("PART", 600, ("ACSC", ""))
    again = post(bank, body.replace(b">E600<", b">E600X<"))
    assert again.json()["error"] == "SIGNATURE"
    assert standing(bank, message)["state"] == "PART"
    assert bank.hub.position(bank.name) - before == 3


def test_a_signed_file_that_broke_off_goes_on(bank: Bank, creditor: Bank):
    message = new_id()
    body = sign(order(bank, creditor, message, [502]), bank.keys)
    cut = post(bank, body[: body.index(b"<EndToEndId>E502<")])
    assert (cut.status_code, cut.json()["taken"]) == (400, 500)
    assert standing(bank, message)["state"] == "INCOMPLETE"
    assert post(bank, body).status_code == 202
    assert report(bank, message, 2).group == "PART"


def test_one_of_another_is_refused_at_its_beginning(bank: Bank, creditor: Bank):
    for body in (
        sign(order(bank, creditor, new_id(), [1]), creditor.keys),
        order(bank, creditor, new_id(), [1]).encode(),
        made(bank, creditor, new_id(), [1]),
    ):
        answer = post(bank, body)
        assert (answer.status_code, answer.json()["error"], answer.json()["taken"]) == (400, "SIGNATURE", 0)


@pytest.mark.parametrize(
    ("definition", "changes", "code"),
    [
        ("pain.001.001.09", {"created": moment(days=3)}, "TIME"),
        ("pain.001.001.10", {}, "MSG_DEF_IDR"),
        ("pain.001.001.09", {"to": "<BICFI>NOBDKENA</BICFI>"}, "RECEIVER"),
    ],
)
def test_the_header_is_looked_at_as_any(
    bank: Bank, creditor: Bank, definition: str, changes: dict[str, str], code: str
):
    document = made(bank, creditor, new_id(), [1]).decode().partition("?>")[2]
    answer = post(bank, sign(wrap(bank.head(definition, **changes), document), bank.keys))
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_messages_too_must_be_signed_where_the_profile_says_so(bank: Bank, creditor: Bank):
    text = wrap(bank.head("pain.001.001.09"), made(bank, creditor, new_id(), [1]).decode().partition("?>")[2])
    url, head = f"{bank.hub.iso}/iso20022/messages", {"content-type": "application/xml"}
    refused = requests.post(url, data=text.encode(), headers=head, timeout=20)
    assert refused.status_code == 400
    assert "must be signed" in refused.text
    assert requests.post(url, data=sign(text, bank.keys), headers=head, timeout=20).status_code == 202


def test_the_command_line_signs(bank: Bank, creditor: Bank, tmp_path: Path):
    key, certificate, path = (tmp_path / name for name in ("bank.key", "bank.pem", "salaries.xml"))
    key.write_bytes(bank.keys.private)
    certificate.write_text(bank.keys.certificate)
    keys = ("--key", str(key), "--cert", str(certificate))
    to = ("--url", bank.hub.iso, "--from", bank.name)
    for bare in (False, True):
        message = new_id()
        text = made(bank, creditor, message, [3]).decode() if bare else order(bank, creditor, message, [3])
        path.write_text(text)
        assert submit(str(path), *to)[1]["error"] == "SIGNATURE"
        status, told = submit(str(path), *to, *keys, "--wait", "30")
        assert (status, told["state"]) == (0, "ACSC")
    path.write_bytes(sign(order(bank, creditor, new_id(), [1]), bank.keys))
    done = subprocess.run(
        [str(ISOLOOP), "submit", str(path), *to, *keys], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "signed already" in done.stdout + done.stderr
