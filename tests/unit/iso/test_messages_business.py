"""Header and document travel in one XML document; a document that is sent on keeps its bytes whenever that is safe."""

import random

import pytest
from lxml import etree

from iso import gate
from iso.messages import business, head001
from iso.messages.admi002 import Admi002
from iso.messages.whole import FORMS
from schemas.catalogue import regenerate
from tests.oracle.instances import instance
from tests.unit.iso.samples import PACS002, PACS008, header

HEADER = head001.write(header()).body


@pytest.mark.parametrize("namespace", ["", "urn:some:scheme", business.ENVELOPE_NAMESPACE])
def test_a_wrapped_message_is_read_back_whole(namespace: str):
    wrapped = business.wrap(HEADER, PACS008, namespace)
    parsed = gate.read(wrapped)
    message = business.read(parsed.header_el, parsed.document_el)
    assert (message.header, message.envelope) == (header(), namespace)
    assert (message.message_definition, message.header_definition) == ("pacs.008.001.08", "head.001.001.02")
    assert business.write(message.document).body == PACS008
    assert etree.tostring(parsed.root, method="c14n", exclusive=True) == wrapped


def test_a_bare_document_has_neither_header_nor_envelope():
    message = business.read(None, gate.read(PACS002).document_el)
    assert (message.header, message.envelope, message.header_definition) == (None, None, None)
    assert message.document.message_id == "S-1"


def test_a_message_without_a_schema_is_told_by_its_definition():
    document = gate.read(
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.999.001.08"><A/></Document>'
    ).document_el
    assert business.read(None, document).document == business.Unknown("camt.999.001.08")


def test_a_message_without_a_module_of_its_own_is_read_by_its_schema():
    document = instance(regenerate("camt.107.001.02"), random.Random(1))
    message = business.read(None, document)
    assert message.message_definition == message.document.definition == "camt.107.001.02"
    assert FORMS.write(message.document) == etree.tostring(document, method="c14n", exclusive=True)


def test_write_takes_the_version_from_the_message():
    assert business.write(Admi002(reference="R", reason="FF01")).body.startswith(b"<Document xmlns=")


INDENTED = PACS008.replace(b"<GrpHdr>", b"\r\n  <GrpHdr >").replace(b'"KES"', b"'KES'")
PREFIXED = PACS008.replace(b"<", b"<p:").replace(b"<p:/", b"</p:").replace(b"xmlns=", b"xmlns:p=")
SAME = [
    pytest.param(PACS008, id="bare"),
    pytest.param(b'<?xml version="1.0" encoding="UTF-8"?>\n' + INDENTED + b"\n", id="declaration"),
    pytest.param(b"\xef\xbb\xbf" + INDENTED, id="byte order mark"),
    pytest.param(business.wrap(HEADER, INDENTED, "urn:e"), id="wrapped"),
    pytest.param(
        business.wrap(HEADER, INDENTED).replace(b"<BizMsgEnvlp>", b'<BizMsgEnvlp xmlns:x="urn:x">'), id="unused"
    ),
]


@pytest.mark.parametrize("body", SAME)
def test_the_bytes_of_a_document_are_kept(body: bytes):
    parsed = gate.read(body)
    cut = business.document_bytes(body, parsed.document_el)
    assert cut in (PACS008, INDENTED)
    assert cut in body


def document_inheriting(declaration: bytes, document: bytes) -> bytes:
    return business.wrap(HEADER, document).replace(b"<BizMsgEnvlp>", b"<BizMsgEnvlp " + declaration + b">")


DATA = b'<SplmtryData><Envlp><D xmlns="urn:y" a="%s"/></Envlp></SplmtryData></CdtTrfTxInf>'
OTHER = [
    pytest.param(PREFIXED, id="prefixed"),
    pytest.param(
        document_inheriting(
            b'xmlns:p="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"',
            PREFIXED.replace(b' xmlns:p="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"', b""),
        ),
        id="prefix of the envelope",
    ),
    pytest.param(
        document_inheriting(
            b'xmlns:x="urn:x"',
            PACS008.replace(b"</CdtTrfTxInf>", b"<SplmtryData><Envlp><x:D/></Envlp></SplmtryData></CdtTrfTxInf>"),
        ),
        id="prefix used deep inside",
    ),
    pytest.param(
        business.wrap(HEADER, PACS008.replace(b"</CdtTrfTxInf>", DATA.replace(b"D ", b"Document ") % b"1")), id="nested"
    ),
    pytest.param(PACS008.replace(b"MSG-1", b"<![CDATA[<Document>]]>"), id="cdata"),
]


@pytest.mark.parametrize("body", OTHER)
def test_where_a_cut_could_lose_something_the_canonical_form_is_taken(body: bytes):
    parsed = gate.read(body)
    taken = business.document_bytes(body, parsed.document_el)
    canonical = etree.tostring(parsed.document_el, method="c14n", exclusive=True)
    assert taken == canonical
    assert etree.tostring(gate.read(taken).root, method="c14n", exclusive=True) == canonical


@pytest.mark.parametrize("body", [*SAME, *OTHER])
def test_a_cut_without_a_tree_is_the_same_or_left_to_the_tree(body: bytes):
    cut = business.cut_document(body)
    assert cut is None or cut == business.document_bytes(body, gate.read(body).document_el)


@pytest.mark.parametrize("body", SAME[:4])
def test_the_usual_document_is_cut_without_a_tree(body: bytes):
    assert business.cut_document(body) in (PACS008, INDENTED)


ALIKE = [
    pytest.param(b"MSG-1", b"MSG &amp; &lt;1&gt;\n\t! ?&#xD;", id="text"),
    pytest.param(b"<Purp>", b"<Purp>\n", id="line"),
]
UNLIKE = [
    pytest.param(b"</GrpHdr>", b"</GrpHdr >", id="space in an end tag"),
    pytest.param(b"<GrpHdr>", b"<GrpHdr >", id="space in a start tag"),
    pytest.param(b"<MsgId>MSG-1</MsgId>", b"<MsgId/>", id="empty element"),
    pytest.param(b'"KES"', b"'KES'", id="other quotes"),
    pytest.param(b' Ccy="KES"', b' Ccy="KES" ', id="space behind an attribute"),
    pytest.param(b"MSG-1", b"a\r\nb", id="carriage return"),
    pytest.param(b"MSG-1", b"a>b", id="bare >"),
    pytest.param(b"MSG-1", b"a&#65;b", id="reference of a character"),
    pytest.param(b"MSG-1", b"a&quot;b", id="needless reference"),
    pytest.param(b"MSG-1", b"<![CDATA[</>]]>", id="cdata"),
    pytest.param(b"MSG-1", b"<!--</>-->", id="comment"),
    pytest.param(b"MSG-1", b"<?a </b>?>", id="instruction"),
    pytest.param(b"<GrpHdr>", b'<GrpHdr xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">', id="twice declared"),
    pytest.param(b"<Document ", b'<Document xmlns:p="urn:p" ', id="unused prefix"),
    pytest.param(b"<Document xmlns=", b"<Document  xmlns=", id="two spaces"),
]


@pytest.mark.parametrize(("old", "new"), ALIKE)
def test_a_plain_document_is_seen_to_be_canonical(old: bytes, new: bytes):
    document = PACS008.replace(old, new, 1)
    assert business.plainly_canonical(document)
    assert etree.tostring(etree.fromstring(document), method="c14n", exclusive=True) == document


@pytest.mark.parametrize(("old", "new"), UNLIKE)
def test_any_other_way_to_write_a_document_is_not_taken_for_canonical(old: bytes, new: bytes):
    document = PACS008.replace(old, new, 1)
    assert document != PACS008
    assert not business.plainly_canonical(document)


def test_what_is_damaged_at_random_is_canonical_or_not_taken_for_it():
    chance = random.Random(11)
    pieces = [
        b" ",
        b"\n",
        b"",
        b"\r",
        b">",
        b"'",
        b'"',
        b"&amp;",
        b"&#9;",
        b"<a/>",
        b"<a></a>",
        b"\xc3\xa9",
        b"/",
        b":",
    ]
    taken = 0
    for _ in range(6000):
        place = chance.randrange(len(PACS008))
        document = PACS008[:place] + chance.choice(pieces) + PACS008[place + chance.randrange(2) :]
        try:
            root = etree.fromstring(document)
        except etree.XMLSyntaxError:
            continue
        if business.plainly_canonical(document):
            taken += 1
            assert etree.tostring(root, method="c14n", exclusive=True) == document
    assert taken > 100
