"""Heartbeats of the hub come at their interval, are answered by admi.011, and do not pile up for who is not there."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from lxml import etree

from tests.e2e.bank_side import XSD, new_id, verify
from tests.e2e.hub import WAIT_S, Hub
from tests.e2e.test_system_messages import NOTICE, Member, presence

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Member:
    return Member(hub, "beatbank", "BEATKENA", heartbeat=1)


def number(body: bytes) -> int:
    return int(etree.fromstring(body).findtext(".//{*}EvtParam") or 0)


def beats(bank: Member) -> list[int]:
    return [number(body) for body in bank.all(b"<SysEvtNtfctn>", b"<EvtCd>ECHO<")]


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT_S
    while not found() and time.monotonic() < deadline:
        time.sleep(0.05)
    return found()


def test_they_come_one_after_the_other_and_who_does_not_answer_is_counted(hub: Hub, bank: Member):
    assert until(lambda: len(beats(bank)) >= 3)
    verify(bank.all(b"<EvtCd>ECHO<")[0], hub.certificate)
    assert beats(bank) == sorted(set(beats(bank)))
    assert until(lambda: presence(hub, bank)["missed"] >= 2)
    assert (presence(hub, bank)["heard"], presence(hub, bank)["signedOff"]) == (None, False)


@pytest.mark.parametrize("named", [True, False])
def test_an_answer_is_a_sign_of_life(hub: Hub, bank: Member, named: bool):
    before = presence(hub, bank)["heard"]
    name = etree.fromstring(bank.all(b"<EvtCd>ECHO<")[-1]).findtext(".//{*}BizMsgIdr")
    reference = f"<OrgtrRef>{name}</OrgtrRef>" if named else ""
    bank.send(NOTICE.format(xsd=XSD, msg=new_id(), reference=reference, code="ECHO"))
    assert until(lambda: presence(hub, bank)["heard"] not in (None, before))


def test_none_pile_up_for_a_bank_that_does_not_fetch_them(hub: Hub, bank: Member):
    bank.change(delivery="pull")
    listed = {one["name"]: one for one in hub.operate("GET", "/presence").json()}
    missed = listed[bank.name]["missed"]
    assert until(lambda: presence(hub, bank)["missed"] >= missed + 3)
    asked = {"participant": bank.name, "limit": "500"}
    waiting = requests.get(f"{hub.iso}/iso20022/messages", params=asked, timeout=WAIT_S).json()["messages"]
    assert len([one for one in waiting if one["definition"] == "admi.004.001.02"]) <= 2
    bank.change(heartbeat=0)
    assert presence(hub, bank)["missed"] is None
