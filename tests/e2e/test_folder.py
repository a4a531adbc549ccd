"""A bank of two folders pays and is paid; what comes by folder, HTTP and NATS counts once, and nothing is lost."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest

from tests.e2e.bank_side import Bank, bic, new_id, sign, status_of, wrap
from tests.e2e.hub import ISOLOOP, Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("folder")) as found:
        yield found


@pytest.fixture(scope="module")
def pusher(hub: Hub) -> Bank:
    return Bank(hub, "pushbank", "PUSHKENA")


@pytest.fixture
def foldered(hub: Hub, tmp_path: Path) -> Bank:
    number = len(Bank.made)
    bank = Bank(hub, f"folder{number}", f"FO{chr(65 + number)}DKENA", delivery="pull")
    (tmp_path / "key.pem").write_bytes(bank.keys.private)
    (tmp_path / "cert.pem").write_text(bank.keys.certificate)
    return bank


def command(bank: Bank, folder: Path, *more: str) -> list[str]:
    signing = ["--key", str(folder / "key.pem"), "--cert", str(folder / "cert.pem")]
    hub = ["--participant", bank.name, "--url", bank.hub.iso]
    return [str(ISOLOOP), "folder", str(folder), *hub, *signing, "--json", *more]


def once(bank: Bank, folder: Path) -> tuple[int, list[dict]]:
    """One go of the command, and what it told."""
    done = subprocess.run(command(bank, folder, "--once"), capture_output=True, timeout=60, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def put(folder: Path, name: str, text: str | bytes) -> None:
    (folder / "in").mkdir(exist_ok=True)
    part = folder / "in" / f"{name}.part"
    part.write_bytes(text if isinstance(text, bytes) else text.encode())
    part.rename(folder / "in" / name)


def order(payer: Bank, payee: Bank) -> tuple[str, str]:
    payment = payer.pay(bic(payee.bic))
    return wrap(payer.head("pacs.008.001.08"), payment.text), payment.uetr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_payment_out_of_a_folder_and_into_one(pusher: Bank, foldered: Bank, tmp_path: Path):
    text, uetr = order(foldered, pusher)
    put(tmp_path, "pay.xml", text)
    status, told = once(foldered, tmp_path)
    assert (status, [each["event"] for each in told]) == (0, ["sent"])
    assert names(tmp_path / "in") == ["pay.xml.done", "pay.xml.done.json"]
    assert json.loads((tmp_path / "in" / "pay.xml.done.json").read_text())["messageId"]
    pusher.payment(uetr)
    pusher.answer(uetr, "ACSC")

    back, back_uetr = order(pusher, foldered)
    assert pusher.post(sign(back, pusher.keys)).status_code == 202
    arrived = received(foldered, tmp_path, 2)
    assert [name.split(".", 2)[2] for name in arrived] == ["pacs.002.001.10.xml", "pacs.008.001.08.xml"]
    report = foldered.report(status_of(f"<OrgnlUETR>{back_uetr}</OrgnlUETR>", "ACSC"))
    put(tmp_path, "answer.xml", wrap(foldered.head("pacs.002.001.10"), report))
    assert once(foldered, tmp_path)[0] == 0
    assert pusher.told(back_uetr).status == "ACSC"


def received(bank: Bank, folder: Path, number: int) -> list[str]:
    """The messages in `out` once there are that many."""
    until = time.monotonic() + 20
    while len(names(folder / "out")) < number and time.monotonic() < until:
        once(bank, folder)
    return names(folder / "out")


def test_a_wrong_file_gets_its_answer_beside_it(foldered: Bank, tmp_path: Path):
    put(tmp_path, "a.xml", "<x/>")
    put(tmp_path, "b.xml", wrap(foldered.head("pacs.008.001.08"), "<Document/>"))
    text, _ = order(foldered, foldered)
    put(tmp_path, "c.xml", sign(text, foldered.keys).replace(b">10.00<", b">99.00<"))
    status, told = once(foldered, tmp_path)
    assert (status, [each["event"] for each in told]) == (1, ["refused"] * 3)
    assert names(tmp_path / "in") == [
        "a.xml.err", "a.xml.err.txt", "b.xml.err", "b.xml.err.xml", "c.xml.err", "c.xml.err.xml",
    ]  # fmt: skip
    assert b"admi.002" in (tmp_path / "in" / "c.xml.err.xml").read_bytes()


def test_what_was_taken_and_not_answered_is_sent_again(pusher: Bank, foldered: Bank, tmp_path: Path):
    text, uetr = order(foldered, pusher)
    put(tmp_path, "pay.xml", text)
    (tmp_path / "in" / "pay.xml").rename(tmp_path / "in" / "pay.xml.taken")
    away = command(foldered, tmp_path, "--once")
    away[away.index("--url") + 1] = "http://127.0.0.1:9"
    assert subprocess.run(away, capture_output=True, timeout=60, check=False).returncode == 2
    assert names(tmp_path / "in") == ["pay.xml.taken"]
    assert once(foldered, tmp_path)[0] == 0
    assert names(tmp_path / "in") == ["pay.xml.done", "pay.xml.done.json"]
    pusher.payment(uetr)


def test_one_message_by_three_ways_counts_once(hub: Hub, pusher: Bank, foldered: Bank, tmp_path: Path):
    text, uetr = order(foldered, pusher)
    body = sign(text, foldered.keys)
    put(tmp_path, "pay.xml", body)
    assert once(foldered, tmp_path)[0] == 0
    assert foldered.post(body).status_code == 202
    foldered.change(delivery="nats", nats=True)
    login = hub.operate("GET", f"/participants/{foldered.name}/iso/nats").json()

    async def by_nats() -> str:
        client = await nats.connect(
            login["url"], user=login["user"], password=login["password"], inbox_prefix=login["inboxPrefix"].encode()
        )
        answer = await client.request(login["in"], body, timeout=10)
        await client.close()
        return str(answer.headers["Http-Status"])

    assert asyncio.run(by_nats()) == "202"
    pusher.payment(uetr)
    pusher.answer(uetr, "ACSC")
    time.sleep(1)
    assert len(pusher.listener.all(lambda each: uetr.encode() in each.body and b"<FIToFICstmrCdtTrf" in each.body)) == 1
    position = hub.operate("GET", f"/participants/{foldered.name}/positions?currency=USD").json()
    assert position["value"] == 10


def test_the_same_file_in_two_folders_counts_once(pusher: Bank, foldered: Bank, tmp_path: Path):
    text, uetr = order(foldered, pusher)
    for name in ("one.xml", "two.xml"):
        put(tmp_path, name, text)
    assert once(foldered, tmp_path)[0] == 0
    pusher.payment(uetr)
    time.sleep(0.5)
    assert len(pusher.listener.all(lambda each: uetr.encode() in each.body)) == 1


def test_a_folder_is_watched_until_it_is_stopped(pusher: Bank, foldered: Bank, tmp_path: Path):
    watching = subprocess.Popen(command(foldered, tmp_path), stdout=subprocess.PIPE)
    try:
        text, uetr = order(foldered, pusher)
        put(tmp_path, f"{new_id()}.xml", text)
        pusher.payment(uetr)
        pusher.answer(uetr, "ACSC")
        until = time.monotonic() + 15
        while not names(tmp_path / "out") and time.monotonic() < until:
            time.sleep(0.1)
        assert len(names(tmp_path / "out")) == 1
    finally:
        watching.terminate()
        watching.wait(10)


def test_a_bank_whose_messages_are_pushed_is_told_what_to_do(pusher: Bank, tmp_path: Path):
    line = [str(ISOLOOP), "folder", str(tmp_path), "--participant", pusher.name, "--url", pusher.hub.iso, "--once"]
    done = subprocess.run(line, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2 and b"set delivery to pull" in done.stderr
