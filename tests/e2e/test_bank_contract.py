"""The bank's contract, by a client of our own: what is taken and how it may be written."""

import json
import time
from decimal import Decimal

import pytest
import requests

from tests.e2e.bank_side import XSD, Bank, bic, new_id, other, sign, verify, wrap
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "alphabank", "ALPHKENA", lei="5493001KJTIIGC8Y1R12", clearingMemberId="KE0001", bareDocuments=True)


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "betabank", "BETAUGKAXXX", lei="5493001KJTIIGC8Y1R13", clearingMemberId="UG0001")
    bank.accept_all()
    return bank


def settled(payer: Bank, reference: str) -> bool:
    return payer.told(reference).status == "ACSC"


def test_signed_payment_is_settled_and_both_sides_told(hub: Hub, payer: Bank, payee: Bank):
    before = hub.position(payer.name), hub.position(payee.name)
    payment = payer.pay(bic("BETAUGKA"), amount="12.34")
    text = wrap(payer.head("pacs.008.001.08"), payment.text)
    response = payer.post(sign(text, payer.keys))

    assert response.status_code == 202
    assert sorted(response.json()) == ["digest", "messageId"]
    told = payer.told(payment.uetr)
    assert told.status == "ACSC"
    assert payee.told(payment.uetr).status == "ACSC"
    after = hub.position(payer.name), hub.position(payee.name)
    assert (after[0] - before[0], before[1] - after[1]) == (Decimal("12.34"), Decimal("12.34"))


def test_hubs_messages_are_signed_over_everything(hub: Hub, payer: Bank, payee: Bank):
    payment = payer.pay(bic("BETAUGKA"))
    payer.send(payment.text)

    verify(payer.told(payment.uetr).body, hub.certificate)
    verify(payee.payment(payment.uetr), hub.certificate)
    with pytest.raises(Exception, match="Digest mismatch"):
        verify(payee.payment(payment.uetr).replace(b">10.00<", b">10.01<"), hub.certificate)


def test_document_goes_on_byte_by_byte(payer: Bank, payee: Bank):
    payment = payer.pay(bic("BETAUGKA"), creditor="K\u00e4to &amp; Sons &lt;\u20ac&gt;", bearer="SHAR")
    document = payment.text.replace("<GrpHdr>", "\n  <GrpHdr  >").replace('Ccy="USD"', "Ccy='USD'")
    payer.send(document)

    assert document.encode() in payee.payment(payment.uetr)


def test_references_of_the_payment_are_told_back(payer: Bank, payee: Bank):
    payment = payer.pay(bic("BETAUGKA"))
    payer.send(payment.text)

    told = payer.told(payment.uetr)
    names = ("OrgnlMsgId", "OrgnlMsgNmId", "OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgnlUETR")
    assert [told.text(name) for name in names] == [
        payment.msg, "pacs.008.001.08", payment.instr, payment.e2e, payment.tx, payment.uetr,
    ]  # fmt: skip
    assert told.text("AccptncDtTm") and told.text("FctvIntrBkSttlmDt") is not None


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
def test_every_version_of_the_payment_is_taken(payer: Bank, payee: Bank, version: str):
    payment = payer.pay(bic("BETAUGKA"), version)
    payer.send(payment.text)

    assert settled(payer, payment.tx)
    forwarded = payee.listener.wait(lambda m: b"CdtTrfTxInf" in m.body and payment.tx.encode() in m.body).body
    assert b"pacs.008.001.08" in forwarded


@pytest.mark.parametrize("head", ["01", "02", "03", "04"])
def test_every_version_of_the_header_is_taken(payer: Bank, payee: Bank, head: str):
    payment = payer.pay(bic("BETAUGKA"))
    payer.send(payment.text, head=head)

    assert settled(payer, payment.uetr)


@pytest.mark.parametrize(
    "to",
    [
        other("Hub"),
        bic("BETAUGKA"),
        bic("BETAUGKAXXX"),
        "<ClrSysMmbId><MmbId>UG0001</MmbId></ClrSysMmbId>",
        "<LEI>5493001KJTIIGC8Y1R13</LEI>",
        other("betabank"),
    ],
)
def test_header_may_name_the_hub_or_the_payees_bank(payer: Bank, payee: Bank, to: str):
    payment = payer.pay(bic("BETAUGKA"))
    payer.send(payment.text, to=to)

    assert settled(payer, payment.uetr)


@pytest.mark.parametrize(
    "agent",
    [
        bic("BETAUGKA"),
        bic("BETAUGKAXXX"),
        "<ClrSysMmbId><MmbId>UG0001</MmbId></ClrSysMmbId>",
        "<LEI>5493001KJTIIGC8Y1R13</LEI>",
        other("betabank"),
        bic("BETAUGKA") + "<ClrSysMmbId><MmbId>UG0001</MmbId></ClrSysMmbId><LEI>5493001KJTIIGC8Y1R13</LEI>",
    ],
)
def test_creditor_agent_by_any_identifier(payer: Bank, payee: Bank, agent: str):
    payment = payer.pay(agent)
    payer.send(payment.text)

    assert settled(payer, payment.uetr)


def test_sender_by_any_identifier(payer: Bank, payee: Bank):
    for sender in (
        bic("ALPHKENAXXX"), "<LEI>5493001KJTIIGC8Y1R12</LEI>", other("alphabank"),
        "<ClrSysMmbId><MmbId>KE0001</MmbId></ClrSysMmbId>",
    ):  # fmt: skip
        payment = payer.pay(bic("BETAUGKA"))
        payer.send(payment.text, fr=sender)
        assert settled(payer, payment.uetr)


def prefixed(text: str, definition: str, prefix: str) -> str:
    """The same part with a prefix for its namespace."""
    text = text.replace(f'xmlns="{XSD}{definition}"', f'xmlns:{prefix}="{XSD}{definition}"')
    return text.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", f"</{prefix}:")


def nvlp(header: str, document: str) -> str:
    return f'<BizMsgEnvlp xmlns="{XSD}nvlp.001.001.01"><Hdr>{header}</Hdr><Doc>{document}</Doc></BizMsgEnvlp>'


WRAPPINGS = {
    "plain": wrap,
    "namespace": lambda head, doc: f'<RequestPayload xmlns="urn:some:transport">{head}{doc}</RequestPayload>',
    "prefix": lambda head, doc: f'<t:Any xmlns:t="urn:t" t:a="1">{head}{doc}</t:Any>',
    "white space": lambda head, doc: f"<A>\n\t{head}\n\n  {doc}\n</A>\n",
    "nvlp": nvlp,
    "prefixes": lambda head, doc: wrap(prefixed(head, "head.001.001.02", "h"), prefixed(doc, "pacs.008.001.08", "ns0")),
    "declaration": lambda head, doc: '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + wrap(head, doc),
    "declaration in single quotes": lambda head, doc: "<?xml version='1.0' encoding='utf-8'?>" + wrap(head, doc),
    "byte order mark": lambda head, doc: '\ufeff<?xml version="1.0"?>' + wrap(head, doc),
    "CRLF": lambda head, doc: wrap(head, doc).replace("><", ">\r\n  <"),
    "single quotes": lambda head, doc: wrap(head, doc).replace('"', "'"),
}


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize("signed", [False, True])
def test_envelopes_and_spellings(payer: Bank, payee: Bank, name: str, signed: bool):
    payment = payer.pay(bic("BETAUGKA"))
    text = WRAPPINGS[name](payer.head("pacs.008.001.08"), payment.text)
    response = payer.post(sign(text, payer.keys) if signed else text)

    assert response.status_code == 202, response.text
    assert settled(payer, payment.uetr)


def test_bare_document(payer: Bank, payee: Bank):
    payment = payer.pay(bic("BETAUGKA"))
    agent = f"<InstgAgt><FinInstnId>{bic('ALPHKENA')}</FinInstnId></InstgAgt></GrpHdr>"
    response = payer.post(payment.text.replace("</GrpHdr>", agent))

    assert (response.status_code, response.json().get("messageId")) == (202, payment.msg)
    assert settled(payer, payment.uetr)


@pytest.mark.parametrize(
    "media",
    ["text/xml", "application/xml; charset=utf-8", 'text/xml;charset="UTF-8"', "Application/XML;q=1; Charset=us-ascii"],
)
def test_media_types_taken(payer: Bank, payee: Bank, media: str):
    payment = payer.pay(bic("BETAUGKA"))
    response = payer.post(wrap(payer.head("pacs.008.001.08"), payment.text), content_type=media)

    assert response.status_code == 202


@pytest.mark.parametrize(
    "media",
    ["application/json", "application/xml; charset=iso-8859-1", "text/xml;q=1;charset=utf-8;charset=utf-16", ""],
)
def test_media_types_refused(payer: Bank, media: str):
    payment = payer.pay(bic("BETAUGKA"))

    assert payer.post(payment.text, content_type=media).status_code == 415


def test_message_can_be_asked_for(payer: Bank, payee: Bank):
    payment = payer.pay(bic("BETAUGKA"), amount="7.5")
    name = payer.send(payment.text)
    told = payer.told(payment.uetr)

    for asked in ({}, {"from": "alphabank"}):
        found = payer.query(name, **asked).json()
        assert (found["messageId"], found["state"], found["transferId"]) == (name, "COMMITTED", payment.uetr)
        assert found["amount"] == {"currency": "USD", "amount": "7.50"}
        assert (found["payer"], found["payee"]) == ("alphabank", "betabank")
    # An answer is listed once its delivery is written down, a moment after the bank has it.
    for _ in range(100):
        answers = json.dumps(payer.query(name).json()["answers"])
        if told.text("BizMsgIdr") in answers:
            break
        time.sleep(0.05)
    assert told.text("BizMsgIdr") in answers
    assert payer.query(new_id()).status_code == 404
    assert payer.query(name, **{"from": "betabank"}).status_code == 404


@pytest.mark.parametrize("path", ["/%00", "/a%00b?from=x", "/a?from=%00", "/a?" + "&".join(["x=1"] * 17)])
def test_an_id_or_a_query_that_cannot_be_is_refused(payer: Bank, path: str):
    answer = requests.get(f"{payer.hub.iso}/iso20022/messages{path}", timeout=10)

    assert (answer.status_code, answer.json()["error"]) == (400, "QUERY")
