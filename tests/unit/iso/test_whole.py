"""Any catalogued version has a typed form made from its schema: what its values are like, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from iso.messages.shape import ShapeError
from iso.messages.whole import FORMS, Amount, Choice, Forms, leaves, values
from schemas.catalogue import Catalogue
from schemas.xsd.write import xsd_text

NS = "urn:iso:std:iso:20022:tech:xsd:"
RESEND = {
    "RsndReq": {
        "MsgHdr": {"MsgId": "M-1"},
        "RsndSchCrit": [
            {"SeqNb": "1", "Rcpt": {"Id": {"AnyBIC": "BANAKENA"}}},
            {"SeqRg": {"FrToSeq": [{"FrSeq": "5", "ToSeq": "9"}]}, "Rcpt": {"Id": {"AnyBIC": "BANBKENA"}}},
        ],
    }
}


def element(message: str, inner: str, root: str = "Document", more: str = "") -> etree._Element:
    return etree.fromstring(f'<{root} xmlns="{NS}{message}" {more}>{inner}</{root}>')


def resend(more: str = "", attributes: str = "") -> etree._Element:
    inner = f"""<RsndReq><MsgHdr><MsgId> M&amp;1 </MsgId></MsgHdr><RsndSchCrit><SeqNb>1</SeqNb><Rcpt><Id><PrtryId>
<Id>x</Id><Issr>y</Issr></PrtryId></Id></Rcpt></RsndSchCrit>{more}</RsndReq>"""
    return element("admi.006.001.01", inner, more=attributes)


def canonical(node: etree._Element) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True)


def test_fields_are_called_like_the_elements_and_texts_stand_as_on_the_wire():
    body = FORMS.read(resend()).body
    assert body.MsgHdr.MsgId == " M&1 "
    assert body.MsgHdr.CreDtTm is None
    assert [criterion.SeqNb for criterion in body.RsndSchCrit] == ["1"]
    assert body.SplmtryData == ()
    assert type(body.MsgHdr).__name__ == "MessageHeader7"


def test_a_choice_tells_what_was_chosen():
    chosen = FORMS.read(resend()).body.RsndSchCrit[0].Rcpt.Id
    assert isinstance(chosen, Choice)
    assert (chosen.chosen[0], chosen.chosen[1].Issr) == ("PrtryId", "y")
    assert FORMS.form("admi.006.001.01").type is type(FORMS.read(resend()).root)


def test_amounts_keep_their_text_and_currency():
    limit = element("camt.011.001.08", "")
    value = FORMS.form("camt.050.001.07").build(
        {"LqdtyCdtTrf": {"MsgHdr": {"MsgId": "M"}, "LqdtyCdtTrf": {
            "TrfdAmt": {"AmtWthCcy": {"text": "5.00", "currency": "EUR"}}}}}
    )  # fmt: skip
    assert value.body.LqdtyCdtTrf.TrfdAmt.AmtWthCcy == Amount("5.00", "EUR")
    assert b'<AmtWthCcy Ccy="EUR">5.00</AmtWthCcy>' in FORMS.write(value)
    with pytest.raises(ShapeError, match=r"camt\.011"):
        FORMS.read(limit)


ENVELOPES = {
    "prefixed": '<p:A xmlns:p="urn:p" b="1" a="2"><p:B/>t&lt;</p:A>',
    "default namespace": '<A xmlns="urn:a"><B>x</B></A>',
    "no namespace": '<A xmlns=""><B>x</B></A>',
    "namespace of the message": "<A><B>x</B></A>",
    "declared outside": "<o:A><B/></o:A>",
}


@pytest.mark.parametrize("inner", ENVELOPES.values(), ids=ENVELOPES)
def test_what_a_wildcard_holds_is_kept(inner: str):
    supplement = f"<SplmtryData><PlcAndNm>here</PlcAndNm><Envlp>{inner}</Envlp></SplmtryData>"
    document = resend(supplement, 'xmlns:o="urn:o"')
    value = FORMS.read(document)
    assert value.body.SplmtryData[0].PlcAndNm == "here"
    assert FORMS.write(value) == canonical(document).replace(b"<PrtryId>\n", b"<PrtryId>")


def test_a_signature_in_a_header_is_kept():
    inner = """<Fr><FIId><FinInstnId><BICFI>BANAKENA</BICFI></FinInstnId></FIId></Fr><To><FIId>
<FinInstnId><BICFI>BANBKENA</BICFI></FinInstnId>
</FIId></To><BizMsgIdr>B</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr>
<CreDt>2026-11-20T10:00:00Z</CreDt><Sgntr><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature></Sgntr>"""
    header = element("head.001.001.02", inner, "AppHdr")
    value = FORMS.read(etree.fromstring(canonical(header)))
    assert value.body.Sgntr.any.startswith(b"<ds:Signature")
    assert FORMS.write(value) == canonical(header).replace(b"\n", b"")


def test_hints_of_the_root_are_kept_and_those_below_are_named():
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    document = resend(attributes=f'{xsi} xsi:schemaLocation="a &quot;b"')
    assert b'xsi:schemaLocation="a &quot;b">' in FORMS.write(FORMS.read(document))
    document[0].set("{http://www.w3.org/2001/XMLSchema-instance}nil", "false")
    assert FORMS.read(document).untyped == ("/Document/RsndReq/@xsi:nil",)


def test_what_no_schema_describes_is_named():
    assert FORMS.read(resend("<New/><New/>")).untyped == ("/Document/RsndReq/New[1]", "/Document/RsndReq/New[2]")


def test_comments_and_white_space_of_a_file_mean_nothing():
    document = resend()
    document[0].insert(0, etree.Comment("x"))
    document.find(".//{*}SeqNb").insert(0, etree.Comment("y"))
    assert FORMS.read(document) == FORMS.read(resend())


def test_a_message_is_built_from_mappings():
    value = FORMS.form("admi.006.001.01").build(RESEND)
    assert list(values(value.body, "RsndSchCrit/Rcpt/Id/AnyBIC")) == ["BANAKENA", "BANBKENA"]
    assert FORMS.read(etree.fromstring(FORMS.write(value))) == value
    assert Catalogue().schema("admi.006.001.01").validate(etree.fromstring(FORMS.write(value))) == []


@pytest.mark.parametrize(
    ("content", "path"),
    [({}, "RsndReq"), ({"RsndReq": {"MsgHdr": {"MsgId": 5}, "RsndSchCrit": []}}, r"\$.RsndReq.MsgHdr.MsgId")],
)
def test_what_is_missing_or_of_another_kind_is_told_with_its_path(content, path: str):
    with pytest.raises(ShapeError, match=path):
        FORMS.form("admi.006.001.01").build(content)


def test_leaves_are_all_texts_with_their_paths():
    value = FORMS.form("admi.006.001.01").build(RESEND)
    assert list(leaves(value.body)) == [
        ("/MsgHdr/MsgId", "M-1"),
        ("/RsndSchCrit[1]/SeqNb", "1"),
        ("/RsndSchCrit[1]/Rcpt/Id/AnyBIC", "BANAKENA"),
        ("/RsndSchCrit[2]/SeqRg/FrToSeq/FrSeq", "5"),
        ("/RsndSchCrit[2]/SeqRg/FrToSeq/ToSeq", "9"),
        ("/RsndSchCrit[2]/Rcpt/Id/AnyBIC", "BANBKENA"),
    ]


def test_an_element_whose_name_is_none_in_python_has_a_field():
    reject = "<RltdRef><Ref>R</Ref></RltdRef><Rsn><RjctgPtyRsn>FF01</RjctgPtyRsn></Rsn>"
    document = element("admi.002.001.01", f"<admi.002.001.01>{reject}</admi.002.001.01>")
    value = FORMS.read(document)
    assert value.body.RltdRef.Ref == value.root.admi_002_001_01.RltdRef.Ref == "R"
    assert FORMS.write(value) == canonical(document)


def test_versions_share_the_types_they_have_in_common():
    old, new = (FORMS.form(f"pacs.009.001.{version}").type for version in ("08", "09"))
    assert old is not new
    assert old.__struct_fields__ == ("FICdtTrf",)
    readers = {type(FORMS.form(f"camt.{kind}.001.08").type) for kind in ("052", "053")}
    assert len(readers) == 1


def test_what_nobody_knows_has_no_form_and_is_not_remembered():
    forms = Forms()
    for number in range(100):
        assert forms.form(f"pacs.999.001.{number:02}") is None
    assert forms._forms == {}
    assert forms.read(element("pacs.999.001.01", "")) is None


def restricted() -> str:
    text = xsd_text(Catalogue().model("admi.006.001.01"))
    return text.replace('name="RsndSchCrit" minOccurs="1" maxOccurs="unbounded"', 'name="RsndSchCrit"')


def test_the_form_is_that_of_the_full_message_where_an_operator_restricts_it(tmp_path: Path):
    (tmp_path / "restricted.xsd").write_text(restricted())
    forms = Forms(Catalogue(tmp_path))
    assert isinstance(forms.read(resend()).body.RsndSchCrit, tuple)


def test_a_message_that_only_the_operator_has_gets_its_form(tmp_path: Path):
    (tmp_path / "other.xsd").write_text(restricted().replace("admi.006", "admi.996"))
    text = canonical(resend()).replace(b"admi.006", b"admi.996")
    forms = Forms(Catalogue(tmp_path))
    assert forms.read(etree.fromstring(text)).body.RsndSchCrit.SeqNb == "1"
    assert FORMS.read(etree.fromstring(text)) is None


def test_forms_are_made_once_by_many_threads():
    forms = Forms()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: forms.form("camt.060.001.05"), range(50)))
    assert len({id(form) for form in made}) == 1
