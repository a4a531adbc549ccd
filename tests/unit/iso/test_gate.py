"""Messages in each shape pass the gate; findings name line, path from the header or document, and code."""

from pathlib import Path

import pytest

from iso.gate import STRICT, Refused, check, read, read_file
from schemas.catalogue import Catalogue

NS = "urn:iso:std:iso:20022:tech:xsd:"
CATALOGUE = Catalogue()
SAMPLES = Path(__file__).parents[4] / "shared" / "iso20022" / "samples"

PARTY = "<FIId><FinInstnId><BICFI>{}</BICFI></FinInstnId></FIId>"
HEAD = f"""<AppHdr xmlns="{NS}head.001.001.02">
<Fr>{PARTY.format("BANKBEBB")}</Fr>
<To>{PARTY.format("BANKKENA")}</To>
<BizMsgIdr>B1</BizMsgIdr>
<MsgDefIdr>admi.002.001.01</MsgDefIdr>
<CreDt>2026-11-20T10:00:00Z</CreDt>
</AppHdr>"""
DOC = f"""<Document xmlns="{NS}admi.002.001.01"><admi.002.001.01>
<RltdRef><Ref>R1</Ref></RltdRef>
<Rsn><RjctgPtyRsn>FF01</RjctgPtyRsn></Rsn>
</admi.002.001.01></Document>"""
NVLP = f'<e:BizMsgEnvlp xmlns:e="{NS}nvlp.001.001.01"><e:Hdr>{HEAD}</e:Hdr><e:Doc>{DOC}</e:Doc></e:BizMsgEnvlp>'
DS = "http://www.w3.org/2000/09/xmldsig#"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
SHAPES = {
    "wrapped": f"<Message>{HEAD}{DOC}</Message>",
    "wrapped in a namespace": f'<w:Any xmlns:w="urn:w">\n {HEAD}\n {DOC}\n</w:Any>',
    "business message envelope": NVLP,
    "data PDU": f'<Saa:DataPDU xmlns:Saa="urn:swift:saa:xsd:saa.2.0"><Saa:Revision>2.0.7</Saa:Revision>\n<Saa:Header>'
    f"<Saa:Message><Saa:SenderReference>R</Saa:SenderReference></Saa:Message></Saa:Header><Saa:Body>{HEAD}{DOC}"
    "</Saa:Body><Saa:LAU>x</Saa:LAU></Saa:DataPDU>",
    "data PDU without blocks": f"<DataPDU>{HEAD}{DOC}</DataPDU>",
    "body": f"<Message><Body>\n{HEAD}{DOC}</Body></Message>",
    "SOAP": f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{HEAD}{DOC}</s:Body></s:Envelope>',
    "SOAP around a payload": f'<s:Envelope xmlns:s="{SOAP}"><s:Body><Load>{HEAD}{DOC}</Load></s:Body></s:Envelope>',
    "business file": f'<Xchg xmlns="{NS}head.002.001.01"><PyldDesc><A>x</A></PyldDesc><Pyld>{HEAD}{DOC}</Pyld></Xchg>',
    "layers": f'<FedNowIncoming xmlns="urn:fednow"><FedNowTechnicalHeader><A>1</A></FedNowTechnicalHeader>'
    f"<FedNowIncomingMessage><FedNowReject>{HEAD}{DOC}</FedNowReject></FedNowIncomingMessage></FedNowIncoming>",
    "fewer layers": f'<w:FedwireFundsIncoming xmlns:w="urn:f"><w:FedwireFundsX>{HEAD}{DOC}</w:FedwireFundsX>'
    "</w:FedwireFundsIncoming>",
    "document alone": DOC,
    "header alone": HEAD,
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "start", ["", "\ufeff", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n"]
)
def test_each_shape_passes(name, start):
    body = (start + SHAPES[name]).encode()
    parsed = read(body)
    assert parsed.body is body
    assert (parsed.header_def == "head.001.001.02") == (parsed.header_el is not None) == (name != "document alone")
    assert (parsed.message_def == "admi.002.001.01") == (parsed.document_el is not None) == (name != "header alone")
    assert check(parsed, CATALOGUE) == []


@pytest.mark.parametrize(
    "text",
    [
        f"<DataPDU><Other/><Body>{HEAD}{DOC}</Body></DataPDU>",
        f"<DataPDU><Body>{HEAD}{DOC}</Body><Body>{HEAD}{DOC}</Body></DataPDU>",
        f"<DataPDU><Header>{HEAD}</Header><Body>{HEAD}{DOC}</Body></DataPDU>",
        f"<DataPDU>text<Body>{HEAD}{DOC}</Body></DataPDU>",
        f"<DataPDU><Body>{HEAD}{DOC}text</Body></DataPDU>",
        "<DataPDU><Revision>2</Revision></DataPDU>",
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>',
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><A>{HEAD}</A><B>{DOC}</B></s:Body></s:Envelope>',
        f'<DataPDU><Header><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></Header><Body>{DOC}</Body></DataPDU>',
        f"<A><B><C>{HEAD}{DOC}</C></B></A>",
        f"<Xchg><PyldDesc/><Pyld>{HEAD}{DOC}</Pyld></Xchg>",
        f"<FedNowIncoming><FedNowA>{HEAD}</FedNowA><FedNowB>{HEAD}{DOC}</FedNowB></FedNowIncoming>",
        f"<FedNowIncoming><Other>{HEAD}</Other><FedNowB>{HEAD}{DOC}</FedNowB></FedNowIncoming>",
        f"<FedNowIncoming>text<FedNowB>{HEAD}{DOC}</FedNowB></FedNowIncoming>",
        f"<FedNow1><FedNow2><FedNow3><FedNow4>{HEAD}{DOC}</FedNow4></FedNow3></FedNow2></FedNow1>",
        f'<FedNowA><FedNowB><Signature xmlns="{DS}"/></FedNowB><FedNowC>{HEAD}{DOC}</FedNowC></FedNowA>',
        "<FedNowIncoming/>",
        f"<A><Body><Body><Body>{HEAD}{DOC}</Body></Body></Body></A>",
    ],
)
def test_what_is_like_a_wrapper_is_none(text):
    with pytest.raises(Refused) as refused:
        read(text.encode())
    assert refused.value.findings[0].code == "SHAPE"


@pytest.mark.parametrize("name", [name for name in SHAPES if "alone" not in name])
def test_findings_in_an_envelope_are_those_of_the_parts_alone(name):
    alone = [*check(read(HEAD.replace("BANKBEBB", "B").encode()), CATALOGUE)]
    alone += check(read(DOC.replace("FF01", "").encode()), CATALOGUE)
    wrapped = check(read(SHAPES[name].replace("BANKBEBB", "B").replace("FF01", "").encode()), CATALOGUE)
    assert [(f.path, f.code, f.text) for f in wrapped] == [(f.path, f.code, f.text) for f in alone]
    assert [f.path for f in wrapped] == [
        "/AppHdr/Fr/FIId/FinInstnId/BICFI",
        "/Document/admi.002.001.01/Rsn/RjctgPtyRsn",
    ]


def test_lines_are_those_of_the_message_also_beyond_65535():
    body = f"<E>{HEAD}{chr(10) * 70_000}{DOC.replace('FF01', '')}</E>".encode()
    (finding,) = check(read(body), CATALOGUE)
    assert finding.line == body[: body.index(b"<RjctgPtyRsn")].count(b"\n") + 1 == 70_009


def test_the_header_must_name_the_document():
    (finding,) = check(
        read(SHAPES["wrapped"].replace("<MsgDefIdr>admi.002", "<MsgDefIdr>pacs.008").encode()), CATALOGUE
    )
    assert (finding.line, finding.path, finding.code) == (5, "/AppHdr/MsgDefIdr", "MSG_DEF_IDR")


def test_only_the_namespace_chooses_the_schema():
    (finding,) = check(read(DOC.replace("admi.002.001.01", "camt.999.001.01").encode()), CATALOGUE)
    assert finding.code == "UNSUPPORTED"
    (finding,) = check(read(DOC.replace(NS, "urn:other:").encode()), CATALOGUE)
    assert finding.code == "cvc-elt.1"
    (finding,) = check(read(b"<Document/>"), CATALOGUE)
    assert finding.code == "UNSUPPORTED"


def test_a_path_numbers_elements_that_share_a_name():
    text = DOC.replace("<Rsn>", "<Rsn/><Rsn>")
    paths = [finding.path for finding in check(read(text.encode()), CATALOGUE)]
    assert paths == ["/Document/admi.002.001.01/Rsn[1]", "/Document/admi.002.001.01/Rsn[2]"]


def test_prefixes_change_nothing():
    text = DOC.replace("xmlns=", "xmlns:p=").replace("</", "</p:").replace("FF01", "")
    for name in ("Document", "admi", "RltdRef", "Ref>", "Rsn", "RjctgPtyRsn"):
        text = text.replace(f"<{name}", f"<p:{name}")
    (finding,) = check(read(text.encode()), CATALOGUE)
    assert (finding.path, finding.line) == ("/Document/admi.002.001.01/Rsn/RjctgPtyRsn", 3)


def test_a_prefix_declared_on_the_wrapper_holds_inside():
    text = DOC.replace(f' xmlns="{NS}admi.002.001.01"', "").replace("</", "</p:")
    for name in ("Document", "admi", "RltdRef", "Ref>", "Rsn", "RjctgPtyRsn"):
        text = text.replace(f"<{name}", f"<p:{name}")
    assert check(read(f'<E xmlns:p="{NS}admi.002.001.01">{HEAD}{text}</E>'.encode()), CATALOGUE) == []


def test_an_error_at_an_attribute_names_it():
    (finding, *_) = check(read(DOC.replace("<Ref>", '<Ref Ccy="USD">').encode()), CATALOGUE)
    assert finding.path == "/Document/admi.002.001.01/RltdRef/Ref/@Ccy"


def test_an_error_quotes_only_a_part_of_a_long_value():
    (finding,) = check(read(DOC.replace("R1", "R" * 100_000).encode()), CATALOGUE)
    assert "exceeds the allowed maximum length of '35'" in finding.text
    (finding,) = check(
        read(DOC.replace("FF01", "x").replace("<Ref>", f"<{'R' * 200}>").replace("</Ref>", f"</{'R' * 200}>").encode()),
        CATALOGUE,
    )
    assert len(finding.text) < 500


def test_cdata_is_text():
    assert check(read(DOC.replace("FF01", "<![CDATA[FF]]>01").encode()), CATALOGUE) == []


@pytest.mark.parametrize("depth", [62, 63])
def test_the_depth_limit_is_exact(depth):
    body = ("<Document>" + "<a>" * depth + "</a>" * depth + "</Document>").encode()
    assert read(body).document_el is not None
    with pytest.raises(Refused):
        read(body.replace(b"<a>" * depth, b"<a>" * (64)).replace(b"</a>" * depth, b"</a>" * 64))


def test_the_size_limit_is_exact():
    body = b"<Document>".ljust(STRICT.size - 11) + b"</Document>"
    assert read(body).body == body
    with pytest.raises(Refused):
        read(body + b" ")


FILES = {
    "comment": ("COMMENT", f"<!-- a -->{DOC}".encode()),
    "instruction": ("INSTRUCTION", f"<?a b?>{DOC}".encode()),
    "latin 1": ("ENCODING", f"<?xml version='1.0' encoding='ISO-8859-1'?>\n{DOC.replace('R1', 'é')}".encode("latin-1")),
    "windows": ("ENCODING", f"<?xml version='1.0' encoding='windows-1252'?>{DOC.replace('R1', '€')}".encode("cp1252")),
    "UTF-16": ("ENCODING", f"<?xml version='1.0' encoding='UTF-16'?>{DOC}".encode("utf-16")),
    "deep wrapper": ("SHAPE", f"<A><B>{HEAD}{DOC}</B></A>".encode()),
}


@pytest.mark.parametrize("name", FILES)
def test_a_users_file_may_be_looser_but_the_objection_is_told(name):
    code, body = FILES[name]
    with pytest.raises(Refused):
        read(body)
    root, objections = read_file(body)
    assert [objection.code for objection in objections] == [code]
    assert next(root.iter("{*}Ref")).text in {"R1", "é", "€"}


def test_a_file_in_another_encoding_keeps_its_lines():
    body = f"<?xml version='1.0'\n encoding='ISO-8859-1'?>\n{DOC}".encode("latin-1")
    assert read_file(body)[0].sourceline == 3


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_a_real_message_passes_wrapped_as_it_does_alone():
    for path in sorted(SAMPLES.glob("*/pacs.008.001.*.xml")):
        try:
            alone = read(path.read_bytes())
        except Refused:
            continue  # comments; the samples are validated elsewhere
        text = path.read_bytes().decode("utf-8-sig")
        text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
        wrapped = read(f"<E>{HEAD}{text}</E>".encode())
        found = check(wrapped, CATALOGUE)
        assert found[-1].code == "MSG_DEF_IDR"
        expected = [(finding.path, finding.code) for finding in check(alone, CATALOGUE)]
        assert [(finding.path, finding.code) for finding in found[:-1]] == expected
