"""Headers: answers repeat what they answer, copies are kept and never acted upon, wrappers of all kinds are read."""

from typing import Any

import pytest

from tests.e2e.bank_side import DS, XSD, Bank, bic, new_id, other, sign
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WRAPPERS = {
    "neutral": "<Message>{}</Message>",
    "payload": '<RequestPayload xmlns="urn:x">{}</RequestPayload>',
    "data PDU": '<DataPDU xmlns="urn:swift:saa:xsd:saa.2.0"><Revision>2.0.7</Revision><Header><Message/></Header>'
    "<Body>{}</Body></DataPDU>",
    "SOAP": f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{{}}</s:Body></s:Envelope>',
}


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "hdralpha", "HDRAKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "hdrbeta", "HDRBUGKA")
    bank.accept_all()
    return bank


def header_of(report: Any) -> Any:
    return report.tree.find("{*}AppHdr")


@pytest.mark.parametrize("version", ["01", "02", "03", "04"])
def test_an_answer_repeats_the_header_it_answers(payer: Bank, payee: Bank, version: str):
    more = "<PssblDplct>true</PssblDplct><Prty>HIGH</Prty>"
    payment = payer.pay(bic("HDRBUGKA"))
    payer.change(versions={"head.001": f"head.001.001.{version}"})
    name = payer.send(payment.text, head=version, more=more)
    answer = header_of(payer.told(payment.uetr))
    (related,) = answer.findall("{*}Rltd")
    told = {child.tag.split("}")[1]: child for child in related}
    assert told["BizMsgIdr"].text == name
    assert told["MsgDefIdr"].text == "pacs.008.001.08"
    assert told["Fr"].findtext(".//{*}BICFI") == "HDRAKENA" and told["To"].findtext(".//{*}Id") == "Hub"
    assert (told["PssblDplct"].text, told["Prty"].text) == ("true", "HIGH")
    assert related.find(f".//{{{DS}}}Signature") is None
    payer.change(versions={})


def test_service_and_market_practice_are_repeated(payer: Bank, payee: Bank):
    payment, name = payer.pay(bic("HDRBUGKA")), new_id()
    text = payer.head("pacs.008.001.08", id=name).replace(
        "<CreDt>",
        "<BizSvc>rtp.01</BizSvc><MktPrctc><Regy>www.example.org</Regy><Id>rtp.2026</Id></MktPrctc><CreDt>",
    )
    assert payer.post(sign(WRAPPERS["neutral"].format(text + payment.text), payer.keys)).status_code == 202
    answer = header_of(payer.told(payment.uetr))
    assert answer.findtext("{*}BizSvc") == "rtp.01"
    assert answer.findtext("{*}MktPrctc/{*}Id") == "rtp.2026"
    assert answer.findtext("{*}Rltd/{*}BizSvc") == "rtp.01"
    confirmation = header_of(payee.told(payment.uetr))
    assert confirmation.findtext("{*}Rltd/{*}MsgDefIdr") == "pacs.002.001.10"


def test_a_refused_message_is_answered_under_its_header_too(payer: Bank, payee: Bank):
    payment = payer.pay(bic("NOBOUGKA"))
    name = payer.send(payment.text)
    assert header_of(payer.told(payment.uetr)).findtext("{*}Rltd/{*}BizMsgIdr") == name
    payer.send(payment.text.replace(">10.00<", ">11.00<"), id=name)
    assert header_of(payer.told(payment.uetr, 2)).findtext("{*}Rltd/{*}BizMsgIdr") == name


def test_a_payment_itself_relates_to_nothing(payer: Bank, payee: Bank):
    payment = payer.pay(bic("HDRBUGKA"))
    payer.send(payment.text)
    assert b"Rltd" not in payee.payment(payment.uetr)


def test_a_copy_is_kept_and_not_acted_upon(hub: Hub, payer: Bank, payee: Bank):
    payment, name = payer.pay(bic("HDRBUGKA")), new_id()
    before = hub.position(payer.name)
    payer.send(payment.text, id=name, more="<CpyDplct>COPY</CpyDplct>")
    payer.send(payment.text, id=name)
    assert payer.told(payment.uetr).status == "ACSC"
    assert hub.position(payer.name) == before + 10
    payer.send(payment.text, id=name, more="<CpyDplct>CODU</CpyDplct>")
    assert payer.told(payment.uetr, 2).status == "ACSC"
    assert hub.position(payer.name) == before + 10


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_signed_messages_in_every_wrapper(payer: Bank, payee: Bank, wrapper: str):
    payment = payer.pay(bic("HDRBUGKA"))
    text = WRAPPERS[wrapper].format(payer.head("pacs.008.001.08") + payment.text)
    response = payer.post(sign(text, payer.keys))
    assert response.status_code == 202, response.text
    assert payer.told(payment.uetr).status == "ACSC"
    broken = sign(text, payer.keys).replace(b">10.00<", b">10.01<")
    assert payer.post(broken).status_code == 400


def test_the_hub_under_another_name(payer: Bank, payee: Bank):
    response = payer.post(WRAPPERS["neutral"].format(
        payer.head("pacs.008.001.08", to=bic("ISOLXTXX")) + payer.pay(bic("HDRBUGKA")).text
    ))  # fmt: skip
    assert response.status_code == 202
    stranger = WRAPPERS["neutral"].format(
        payer.head("pacs.008.001.08", to=other("nobody")) + payer.pay(bic("HDRBUGKA")).text
    )
    rejected = payer.post(stranger)
    assert rejected.status_code == 400 and b"/AppHdr/To" in rejected.content and XSD.encode() in rejected.content
