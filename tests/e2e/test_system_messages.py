"""Messages about the service: signing on and off, signs of life, broadcasts, receipts, and what is sent again."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, in_seconds, moment, new_id, verify
from tests.e2e.hub import WAIT_S, Hub, Message

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
EVENT = (
    '<Document xmlns="{xsd}admi.004.001.02"><SysEvtNtfctn><EvtInf><EvtCd>{code}</EvtCd>{more}</EvtInf></SysEvtNtfctn>\
</Document>'
)
NOTICE = (
    '<Document xmlns="{xsd}admi.011.001.01"><SysEvtAck><MsgId>{msg}</MsgId>{reference}<AckDtls><EvtCd>{code}</EvtCd>\
</AckDtls></SysEvtAck></Document>'
)
RESEND = '<Document xmlns="{xsd}admi.006.001.01"><RsndReq><MsgHdr><MsgId>{msg}</MsgId></MsgHdr>{criteria}</RsndReq>\
</Document>'
RECEIPT = (
    '<Document xmlns="{xsd}admi.007.001.01"><RctAck><MsgId><MsgId>{msg}</MsgId></MsgId><Rpt><RltdRef><Ref>\
{ref}</Ref></RltdRef><ReqHdlg><StsCd>RCVD</StsCd></ReqHdlg></Rpt></RctAck></Document>'
)


class Member(Bank):
    """A bank that speaks of the service."""

    def tell(self, code: str, more: str = "") -> Any:
        """Tell of an event; the admi.011 that came for it."""
        name = self.send(EVENT.format(xsd=XSD, code=code, more=more))
        return self.got("SysEvtAck", name)

    def got(self, root: str, *parts: str) -> Any:
        """The first message with that element and these texts."""

        def wanted(message: Message) -> bool:
            return f"<{root}".encode() in message.body and all(f">{part}<".encode() in message.body for part in parts)

        return etree.fromstring(self.listener.wait(wanted).body)

    def all(self, *parts: bytes) -> list[bytes]:
        """Every message so far with these parts."""
        return [one.body for one in self.listener.all(lambda m: all(part in m.body for part in parts))]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Member:
    return Member(hub, "sysalpha", "SYSAKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Member:
    bank = Member(hub, "sysbeta", "SYSBUGKA")
    bank.accept_all()
    return bank


@pytest.fixture(autouse=True)
def signed_on(hub: Hub, payee: Member) -> Iterator[None]:
    yield
    hub.operate("PUT", f"/participants/{payee.name}/presence", {"signedOff": False})


def presence(hub: Hub, bank: Bank) -> dict[str, Any]:
    return dict(hub.operate("GET", f"/participants/{bank.name}/presence").json())


def test_a_bank_that_has_signed_off_gets_no_new_payments(hub: Hub, payer: Member, payee: Member):
    noticed = payee.tell("SGOF", "<EvtDesc>maintenance</EvtDesc>")
    assert noticed.findtext(".//{*}AckDtls/{*}EvtCd") == "SGOF"
    assert noticed.findtext(".//{*}AckDtls/{*}EvtDesc") == "maintenance"
    assert noticed.findtext("{*}AppHdr/{*}Rltd/{*}MsgDefIdr") == "admi.004.001.02"
    found = presence(hub, payee)
    assert (found["signedOff"], found["code"]) == (True, "SGOF") and found["since"]
    payment = payer.pay(bic("SYSBUGKA"))
    payer.send(payment.text)
    told = payer.told(payment.uetr)
    assert (told.status, told.code) == ("RJCT", "AB08")
    payee.tell("SGON")
    again = payer.pay(bic("SYSBUGKA"))
    payer.send(again.text)
    assert payer.told(again.uetr).status == "ACSC"
    assert not presence(hub, payee)["signedOff"]


def test_what_is_for_a_bank_waits_until_it_is_back(hub: Hub, payer: Member, payee: Member):
    payee.answers = None
    payment = payer.pay(bic("SYSBUGKA"), times=in_seconds(25))
    payer.send(payment.text)
    payee.payment(payment.uetr)
    payee.tell("SGOF")
    payee.answer(payment.uetr, "ACSC")
    assert payer.told(payment.uetr).status == "ACSC"
    time.sleep(0.5)
    assert payee.reports(payment.uetr) == []
    payee.tell("SGON")
    assert payee.told(payment.uetr).status == "ACSC"
    payee.accept_all()


def test_a_sign_of_life(hub: Hub, payee: Member):
    before = presence(hub, payee).get("heard")
    noticed = payee.tell("ECHO", "<EvtParam>7</EvtParam><EvtTm>2026-11-20T08:00:00Z</EvtTm>")
    assert [one.text for one in noticed.iterfind(".//{*}EvtParam")] == ["7"]
    assert presence(hub, payee)["heard"] != before
    listed = {one["name"]: one for one in hub.operate("GET", "/presence").json()}
    assert listed[payee.name]["signedOff"] is False and listed["Hub"]["signedOff"] is False


def test_a_code_that_nobody_knows_is_answered_and_has_no_effect(hub: Hub, payee: Member):
    noticed = payee.tell("ZZZ9")
    assert "unknown" in noticed.findtext(".//{*}EvtDesc")
    assert not presence(hub, payee)["signedOff"]


def test_broadcasts_reach_all_banks_and_their_notice_is_kept(hub: Hub, payer: Member, payee: Member):
    body = {"event": "cut_off", "text": "closing in ten minutes", "to": [payer.name, payee.name]}
    sent = hub.operate("POST", "/broadcasts", body).json()
    assert (sent["code"], [one["name"] for one in sent["receivers"]]) == ("CUTO", [payer.name, payee.name])
    heard = payer.got("SysEvtNtfctn", "CUTO")
    verify(payer.all(b"CUTO")[0], hub.certificate)
    assert heard.findtext(".//{*}EvtDesc") == "closing in ten minutes"
    name = heard.findtext(".//{*}BizMsgIdr")
    payer.send(NOTICE.format(xsd=XSD, msg=new_id(), reference=f"<OrgtrRef>{name}</OrgtrRef>", code="CUTO"))
    payee.got("SysEvtNtfctn", "CUTO")
    payee.send(NOTICE.format(xsd=XSD, msg=new_id(), reference="", code="CUTO"))
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        receivers = hub.operate("GET", f"/broadcasts/{sent['id']}").json()["receivers"]
        if all(one["acknowledged"] for one in receivers):
            break
        time.sleep(0.05)
    assert all(one["acknowledged"] for one in receivers)
    assert sent["id"] in [one["id"] for one in hub.operate("GET", "/broadcasts").json()]
    everybody = hub.operate("POST", "/broadcasts", {"event": "INFO", "id": "notice-1"}).json()
    assert {payer.name, payee.name} <= {one["name"] for one in everybody["receivers"]}


@pytest.mark.parametrize(
    "body", [{"event": "no_such_word"}, {"event": "INFO", "to": ["nobody"]}, {"event": "INFO", "id": "notice-1"}]
)
def test_broadcasts_that_cannot_be(hub: Hub, payer: Member, payee: Member, body: dict[str, Any]):
    hub.operate("POST", "/broadcasts", {"event": "INFO", "id": "notice-1"}, ok=False)
    assert hub.operate("POST", "/broadcasts", body, ok=False).status_code == 400
    assert hub.operate("GET", "/broadcasts/none", ok=False).status_code == 400


def test_receipts_for_who_wants_them(payer: Member, payee: Member):
    payer.change(receipts=True)
    payment = payer.pay(bic("SYSBUGKA"))
    name = payer.send(payment.text)
    receipt = payer.got("RctAck", name)
    assert receipt.findtext(".//{*}RltdRef/{*}MsgNm") == "pacs.008.001.08"
    assert receipt.findtext(".//{*}StsCd") == "RCVD"
    assert payer.told(payment.uetr).status == "ACSC"
    payer.send(payment.text, id=name)
    payer.told(payment.uetr, 2)
    assert len(payer.all(b"<RctAck", f">{name}<".encode())) == 1
    payer.change(receipts=False)
    payer.send(RECEIPT.format(xsd=XSD, msg=new_id(), ref=name))


def again(bank: Member, name: str, count: int) -> list[Any]:
    """The copies of a message, once there are that many."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and len(bank.all(f"<BizMsgIdr>{name}<".encode())) < count:
        time.sleep(0.05)
    return [etree.fromstring(body) for body in bank.all(f"<BizMsgIdr>{name}<".encode(), b"CpyDplct")]


def known(hub: Hub, payer: Member, *names: str) -> None:
    """Wait until the archive has these messages: they are written down when they were taken."""
    params = [("participant", payer.name), *(("businessMessageId", name) for name in names)]
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = requests.get(f"{hub.iso}/iso20022/resend", params=params, timeout=WAIT_S).json()["messages"]
        if len(found) == len(names):
            return
        time.sleep(0.05)


def report_to(payer: Member) -> tuple[str, bytes]:
    """BizMsgIdr and Document of a pacs.002 that the hub sent."""
    payment = payer.pay(bic("SYSBUGKA"))
    payer.send(payment.text)
    told = payer.told(payment.uetr)
    return told.text("BizMsgIdr") or "", etree.tostring(told.tree.find("{*}Document"), method="c14n", exclusive=True)


def test_messages_are_sent_again_over_the_banks_port(hub: Hub, payer: Member, payee: Member):
    name, document = report_to(payer)
    known(hub, payer, name)
    url, of = f"{hub.iso}/iso20022/resend", {"participant": payer.name}
    listed = requests.get(url, params={**of, "businessMessageId": name}, timeout=WAIT_S).json()["messages"]
    assert [(one["messageId"], one["definition"]) for one in listed] == [(name, "pacs.002.001.10")]
    posted = requests.post(url, params=of, json={"businessMessageIds": [name]}, timeout=WAIT_S)
    assert (posted.status_code, len(posted.json()["messages"])) == (202, 1)
    (copy,) = again(payer, name, 2)
    assert (copy.findtext(".//{*}CpyDplct"), copy.findtext(".//{*}PssblDplct")) == ("DUPL", "true")
    assert etree.tostring(copy.find("{*}Document"), method="c14n", exclusive=True) == document
    verify(payer.all(f">{name}<".encode(), b"CpyDplct")[0], hub.certificate)


@pytest.mark.parametrize(
    ("params", "body", "status"),
    [
        ({}, {}, 403),
        ({"participant": "nobody"}, {}, 403),
        ({"participant": "sysalpha"}, {"unknown": 1}, 400),
        ({"participant": "sysalpha"}, {"businessMessageIds": ["none"]}, 202),
    ],
)
def test_requests_that_bring_nothing(hub: Hub, payer: Member, params: dict, body: dict, status: int):
    url = f"{hub.iso}/iso20022/resend"
    assert requests.post(url, params=params, json=body, timeout=WAIT_S).status_code == status
    assert requests.delete(url, params={"participant": "sysalpha"}, timeout=WAIT_S).status_code == 405


def test_messages_are_sent_again_by_message_and_by_the_operator(hub: Hub, payer: Member, payee: Member):
    (first, _), (second, _) = report_to(payer), report_to(payer)
    known(hub, payer, first, second)
    recipient = "<Rcpt><Id><AnyBIC>SYSAKENA</AnyBIC></Id></Rcpt>"
    span = f"<SeqRg><FrToSeq><FrSeq>{first}</FrSeq><ToSeq>{second}</ToSeq></FrToSeq></SeqRg>"
    criteria = f"<RsndSchCrit>{span}<OrgnlMsgNmId>pacs.002</OrgnlMsgNmId>{recipient}</RsndSchCrit>"
    name = payer.send(RESEND.format(xsd=XSD, msg=new_id(), criteria=criteria))
    receipt = payer.got("RctAck", name)
    assert (receipt.findtext(".//{*}StsCd"), receipt.findtext(".//{*}Desc")) == ("ACPT", "2 messages follow")
    assert len(again(payer, first, 2)) == len(again(payer, second, 2)) == 1
    none = f"<RsndSchCrit><FileRef>none</FileRef>{recipient}</RsndSchCrit>"
    name = payer.send(RESEND.format(xsd=XSD, msg=new_id(), criteria=none))
    assert payer.got("RctAck", name).findtext(".//{*}StsCd") == "NFND"
    found = hub.operate("POST", f"/participants/{payer.name}/resend", {"businessMessageIds": [first]}).json()
    assert len(found["messages"]) == 1
    assert len(again(payer, first, 3)) == 2
    assert hub.operate("POST", "/participants/Hub/resend", {}, ok=False).status_code == 400


def test_a_day_of_messages(hub: Hub, payer: Member, payee: Member):
    name, _ = report_to(payer)
    known(hub, payer, name)
    criteria = f"<RsndSchCrit><BizDt>{moment()[:10]}</BizDt><OrgnlMsgNmId>pacs.002</OrgnlMsgNmId>"
    criteria += "<Rcpt><Id><AnyBIC>SYSAKENA</AnyBIC></Id></Rcpt></RsndSchCrit>"
    payer.send(RESEND.format(xsd=XSD, msg=new_id(), criteria=criteria))
    assert len(again(payer, name, 2)) == 1
