"""Two independent implementations accept what we sign, and we accept what they sign in our profile."""

import pytest
import xmlsec
from lxml import etree
from signxml import SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier

from iso import gate, signature
from iso.keys import signing_key
from iso.messages import business
from tests.unit.iso.samples import PACS008, header
from tests.unit.iso.signing import START, identity, unsigned

SIGNERS = ["bank", "rsa bank"]
DOCUMENTS = [
    pytest.param(PACS008, id="canonical"),
    pytest.param(PACS008.replace(b"<GrpHdr>", b"\r\n  <GrpHdr >").replace(b'"KES"', b"'KES'"), id="as typed"),
    pytest.param(PACS008.replace(b"Invoice", b"&#xD;&#9;&quot;&#x20AC;]]&gt;"), id="escapes"),
    pytest.param(
        PACS008.replace(
            b"</CdtTrfTxInf>",
            b'<SplmtryData><Envlp><x:D xmlns:x="urn:x" b="2" x:a="1"><D/></x:D></Envlp></SplmtryData></CdtTrfTxInf>',
        ),
        id="foreign namespaces",
    ),
]
METHODS = {"bank": SignatureMethod.ECDSA_SHA256, "rsa bank": SignatureMethod.RSA_SHA256}


def ours(signer: str, document: bytes) -> bytes:
    who = identity(signer)
    key = signing_key(who.private_pem, who.certificate_pem)
    return signature.sign(header(), document, key, canonical=document is PACS008)


def xmlsec_key(signer: str) -> xmlsec.Key:
    return xmlsec.Key.from_memory(identity(signer).private_pem.encode(), xmlsec.constants.KeyDataFormatPem)


def check_by_xmlsec(signer: str, root: etree._Element) -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec_key(signer)
    context.verify(root.find(".//{*}Signature"))


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_xmlsec_accepts_ours(signer: str, document: bytes):
    root = gate.read(ours(signer, document)).root
    check_by_xmlsec(signer, root)
    root.find(".//{*}IntrBkSttlmAmt").text = "1000.01"
    with pytest.raises(xmlsec.Error):
        check_by_xmlsec(signer, root)


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_signxml_accepts_ours(signer: str, document: bytes):
    config = SignatureConfiguration(location=".//", verification_time=START)
    result = XMLVerifier().verify(
        ours(signer, document), x509_cert=identity(signer).certificate_pem, expect_config=config
    )
    assert result.signed_xml.find(".//{*}BizMsgIdr").text == "BM-1"


def by_xmlsec(signer: str, root: etree._Element) -> bytes:
    algorithm = xmlsec.Transform.ECDSA_SHA256 if signer == "bank" else xmlsec.Transform.RSA_SHA256
    node = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, algorithm, ns="ds")
    root.find(".//{*}Sgntr").append(node)
    reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    context = xmlsec.SignatureContext()
    context.key = xmlsec_key(signer)
    context.sign(node)
    return etree.tostring(root)


def by_signxml(signer: str, root: etree._Element) -> bytes:
    place = etree.SubElement(root.find(".//{*}Sgntr"), f"{{{signature.DS}}}Signature")
    place.set("Id", "placeholder")
    signer_of = XMLSigner(signature_algorithm=METHODS[signer], c14n_algorithm=signature.EXCLUSIVE)
    who = identity(signer)
    return etree.tostring(signer_of.sign(root, key=who.private_pem, cert=who.certificate_pem))


@pytest.mark.parametrize("make", [by_xmlsec, by_signxml])
@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_we_accept_theirs(make, signer: str, document: bytes):
    body = make(signer, unsigned(document))
    parsed = signature.verify(gate.read(body), [identity(signer).pinned])
    assert business.read(parsed.header_el, parsed.document_el).header == header()
    with pytest.raises(signature.SignatureRefusedError):
        signature.verify(gate.read(body.replace(b"1000.00", b"1000.01")), [identity(signer).pinned])
