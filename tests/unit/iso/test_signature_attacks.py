"""Whatever a stranger does to a signed message, and whatever the signer itself signs beside the profile, is refused."""

import base64
from copy import deepcopy

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from iso import gate, signature
from tests.unit.iso.samples import PACS002
from tests.unit.iso.signing import (
    C14N,
    DS,
    TRANSFORMS,
    digest,
    element,
    forge,
    identity,
    reference,
    transforms,
    unsigned,
)

XS = "http://www.w3.org"
HEADER_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:head.001.001.02"
DATA = b"<SplmtryData><Envlp>%s</Envlp></SplmtryData>"


def signed(extra: bytes = b"", signer: str = "bank", **options) -> etree._Element:
    """A message with a good signature, as a tree."""
    return gate.read(forge(unsigned(extra=extra), signer, **options)).root


def changed(path: str, text: str) -> bytes:
    root = signed()
    root.find(f".//{{*}}{path}").text = text
    return etree.tostring(root)


def moved(path: str) -> bytes:
    root = signed(DATA % b'<D xmlns="urn:x"></D>')
    root.find(path).append(root.find(".//{*}Signature"))
    return etree.tostring(root)


def doubled(path: str) -> bytes:
    root = signed(DATA % b'<D xmlns="urn:x"></D>')
    root.find(path).append(deepcopy(root.find(".//{*}Signature")))
    return etree.tostring(root)


def hung(path: str, text: str, position: int = -1) -> bytes:
    """Put an element into a part of the signature that no digest covers (or that changes SignedInfo)."""
    root = signed()
    parent = root.find(f".//{{*}}{path}")
    parent.insert(len(parent) if position < 0 else position, element(text))
    return etree.tostring(root)


def attribute(path: str, name: str, value: str = "x") -> bytes:
    root = signed()
    root.find(f".//{{*}}{path}").set(name, value)
    return etree.tostring(root)


def replaced_document() -> bytes:
    root = signed()
    root[1] = gate.read(PACS002).root
    return etree.tostring(root)


def wrapped_document() -> bytes:
    """The signed document is hidden inside another one, with the signature still about the old root."""
    root = signed()
    forged = deepcopy(root[1])
    forged.find(".//{*}IntrBkSttlmAmt").text = "9999.00"
    forged.find(".//{*}CdtTrfTxInf").append(element(f"<SplmtryData>{etree.tostring(root[1]).decode()}</SplmtryData>"))
    root[1] = forged
    return etree.tostring(root)


def hidden_original() -> bytes:
    """The whole signed message lies in an Object of the signature of a forged one."""
    root, original = signed(), signed()
    root.find(".//{*}IntrBkSttlmAmt").text = "9999.00"
    holder = element("<ds:Object></ds:Object>")
    holder.append(original)
    original.find(".//{*}Sgntr").clear()
    root.find(".//{*}Signature").append(holder)
    return etree.tostring(root)


def by_id(place: str, name: str = "Id") -> bytes:
    """A signature of the bank itself over one part it names by Id; the rest of the message is anybody's."""
    root = unsigned()
    part = root.find(place)
    part.set(name, "part")
    return forge(root, references=reference(digest(part), uri=' URI="#part"'))


def signed_with_id(name: str) -> bytes:
    """All is right but for an Id attribute somewhere in the signed content."""
    root = unsigned(extra=DATA % b'<D xmlns="urn:x"></D>')
    root.find(".//{urn:x}D").set(name, "x")
    return forge(root)


def off_profile(**changes: str) -> bytes:
    """A signature of the bank itself whose reference is not that of the profile."""
    root = unsigned()
    return forge(root, references=reference(digest(root), **changes))


def several(*extra: str) -> bytes:
    root = unsigned()
    return forge(root, references=reference(digest(root)) + "".join(extra))


def transformed(*names: str) -> bytes:
    return off_profile(transforms=transforms(*names))


def inside_transform(inside: str) -> bytes:
    first, second = transforms(TRANSFORMS[0]), f'<ds:Transform Algorithm="{TRANSFORMS[1]}">{inside}</ds:Transform>'
    return off_profile(transforms=first.replace("</ds:Transforms>", second + "</ds:Transforms>"))


def with_method(method: str, **options) -> bytes:
    return forge(unsigned(), method=method, **options)


def der_value() -> bytes:
    """An ECDSA value in ASN.1 as other formats have it; XML Signature wants r and s side by side."""
    root = signed()
    text = etree.tostring(root.find(".//{*}SignedInfo"), method="c14n", exclusive=True)
    value = identity("bank").private.sign(text, ec.ECDSA(hashes.SHA256()))
    root.find(".//{*}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root)


def key_info(inside: str, signer: str = "bank") -> bytes:
    return forge(unsigned(), signer, inside=f"<ds:KeyInfo>{inside}</ds:KeyInfo>")


def certificate(name: str) -> str:
    return f"<ds:X509Certificate>{identity(name).certificate}</ds:X509Certificate>"


def data(*parts: str) -> str:
    return f"<ds:X509Data>{''.join(parts)}</ds:X509Data>"


def text_in(path: str, text: str = "x") -> bytes:
    root = signed()
    node = root.find(f".//{{*}}{path}")
    node.text = text
    return etree.tostring(root)


def second_holder() -> bytes:
    root = unsigned()
    holder = root.find(".//{*}Sgntr")
    holder.addnext(deepcopy(holder))
    return forge(root)


def foreign_holder() -> bytes:
    root = unsigned()
    root.find(".//{*}Sgntr").tag = "{urn:x}Sgntr"
    return forge(root)


def comment(path: str) -> bytes:
    root = signed()
    root.find(f".//{{*}}{path}").append(etree.Comment("x"))
    return etree.tostring(root)


HMAC = f"{XS}/2000/09/xmldsig#hmac-sha1"
ATTACKS = {
    # somebody changes what was signed
    "amount": lambda: changed("IntrBkSttlmAmt", "9999.00"),
    "creditor account": lambda: changed("IBAN", "DE02120300000000202051"),
    "message id": lambda: changed("BizMsgIdr", "BM-2"),
    "sender": lambda: changed("BICFI", "BANBKENA"),
    "currency": lambda: attribute("IntrBkSttlmAmt", "Ccy", "USD"),
    "more attributes": lambda: attribute("CdtTrfTxInf", "a"),
    "another document": replaced_document,
    "wrapped document": wrapped_document,
    "removed element": lambda: etree.tostring(signed()).replace(b"<Purp><Cd>GDDS</Cd></Purp>", b""),
    "white space": lambda: etree.tostring(signed()).replace(b"<Purp>", b" <Purp>"),
    "namespace": lambda: etree.tostring(signed()).replace(b"pacs.008.001.08", b"pacs.008.001.10"),
    "comment in a text": lambda: comment("IntrBkSttlmAmt"),
    "comment in the signature": lambda: comment("SignatureValue"),
    "doctype": lambda: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + etree.tostring(signed()),
    # the signature stands elsewhere, or there are two
    "moved to the envelope": lambda: moved("."),
    "moved to the header": lambda: moved("{*}AppHdr"),
    "moved to the document": lambda: moved("{*}Document"),
    "moved to supplementary data": lambda: moved(".//{urn:x}D"),
    "doubled in place": lambda: doubled(".//{*}Sgntr"),
    "doubled in the document": lambda: doubled(".//{urn:x}D"),
    "doubled inside itself": lambda: doubled(".//{*}Signature"),
    "two places": second_holder,
    "place of another namespace": foreign_holder,
    "in a wrapper": lambda: forge(root := unsigned(), holder=etree.SubElement(root.find(".//{*}Sgntr"), "W")),
    "text beside the signature": lambda: text_in("Sgntr"),
    "attribute of the place": lambda: attribute("Sgntr", "a"),
    # content hangs in the signature, where the enveloped transform leaves it unsigned
    "original in an object": hidden_original,
    "object": lambda: hung("Signature", "<ds:Object><Document/></ds:Object>"),
    "object first": lambda: hung("Signature", "<ds:Object/>", 0),
    "foreign element": lambda: hung("Signature", '<Document xmlns="urn:x"/>'),
    "text in the signature": lambda: text_in("Signature"),
    "element in the value": lambda: hung("SignatureValue", "<ds:Object/>"),
    "attribute of the value": lambda: attribute("SignatureValue", "a"),
    "id of the signature": lambda: attribute("Signature", "Id"),
    "id of the information": lambda: attribute("SignedInfo", "Id"),
    "properties": lambda: hung("Signature", "<ds:Object><ds:SignatureProperties/></ds:Object>"),
    # the reference points at something else, or there are more of them
    "by id of the document": lambda: by_id("{*}Document"),
    "by id of the header": lambda: by_id("{*}AppHdr"),
    "by id of the envelope": lambda: by_id("."),
    "by xml:id": lambda: by_id("{*}Document", "{http://www.w3.org/XML/1998/namespace}id"),
    "by an undeclared pointer": lambda: off_profile(uri=' URI="#xpointer(/)"'),
    "no uri": lambda: off_profile(uri=""),
    "external file": lambda: off_profile(uri=' URI="file:///etc/passwd"'),
    "external address": lambda: off_profile(uri=' URI="http://127.0.0.1/x"'),
    "type of reference": lambda: off_profile(uri=f' URI="" Type="{DS}Manifest"'),
    "id of reference": lambda: off_profile(uri=' URI="" Id="r"'),
    "two references": lambda: several(reference("AAAA")),
    "two equal references": lambda: several(reference(digest(unsigned()))),
    "a thousand references": lambda: several(*[reference("AAAA")] * 1000),
    "no reference": lambda: forge(unsigned(), references=""),
    "id in the message": lambda: signed_with_id("Id"),
    "ID in the message": lambda: signed_with_id("ID"),
    "prefixed id in the message": lambda: signed_with_id("{urn:wsu}Id"),
    "xml:id in the message": lambda: signed_with_id("{http://www.w3.org/XML/1998/namespace}id"),
    # transforms that see less than all
    "no transforms": lambda: off_profile(transforms=""),
    "empty transforms": transformed,
    "only enveloped": lambda: transformed(signature.ENVELOPED),
    "only canonical": lambda: transformed(signature.EXCLUSIVE),
    "other order": lambda: transformed(*reversed(TRANSFORMS)),
    "a third": lambda: transformed(*TRANSFORMS, signature.EXCLUSIVE),
    "xpath": lambda: transformed(signature.ENVELOPED, f"{XS}/TR/1999/REC-xpath-19991116"),
    "xslt": lambda: transformed(signature.ENVELOPED, f"{XS}/TR/1999/REC-xslt-19991116"),
    "base64": lambda: transformed(signature.ENVELOPED, f"{DS}base64"),
    "inclusive": lambda: transformed(signature.ENVELOPED, C14N),
    "with comments": lambda: transformed(signature.ENVELOPED, signature.EXCLUSIVE + "WithComments"),
    "prefix list": lambda: inside_transform(
        f'<e:InclusiveNamespaces xmlns:e="{signature.EXCLUSIVE}" PrefixList="ds"/>'
    ),
    "expression in a transform": lambda: inside_transform("<ds:XPath>true()</ds:XPath>"),
    "inclusive information": lambda: forge(unsigned(), canonicalisation=C14N),
    # algorithms
    "hmac": lambda: with_method(HMAC),
    "hmac of the public key": lambda: with_method(f"{XS}/2001/04/xmldsig-more#hmac-sha256"),
    "hmac cut short": lambda: with_method(HMAC, method_inside="<ds:HMACOutputLength>8</ds:HMACOutputLength>"),
    "rsa with sha-1": lambda: with_method(f"{DS}rsa-sha1", signer="rsa bank"),
    "ecdsa with sha-1": lambda: with_method(f"{XS}/2001/04/xmldsig-more#ecdsa-sha1"),
    "rsa-pss": lambda: with_method(f"{XS}/2007/05/xmldsig-more#sha256-rsa-MGF1", signer="rsa bank"),
    "method of the other key": lambda: with_method(signature.RSA_SHA256, signer="bank"),
    "digest by sha-1": lambda: off_profile(digest_method=f"{DS}sha1"),
    "digest by md5": lambda: off_profile(digest_method=f"{XS}/2001/04/xmldsig-more#md5"),
    "text of the digest": lambda: forge(unsigned(), references=reference("not base64!")),
    "short digest": lambda: forge(unsigned(), references=reference("AAAA")),
    "empty digest": lambda: forge(unsigned(), references=reference("")),
    "empty value": lambda: forge(unsigned(), value=b""),
    "zero value": lambda: forge(unsigned(), value=bytes(64)),
    "long value": lambda: forge(unsigned(), value=bytes(65)),
    "value in another form": der_value,
    "value that is no base64": lambda: text_in("SignatureValue", "ä"),
    # keys
    "a stranger signs": lambda: forge(unsigned(), "stranger"),
    "a stranger signs with rsa": lambda: forge(unsigned(), "rsa stranger"),
    "a stranger brings his certificate": lambda: key_info(data(certificate("stranger")), "stranger"),
    "a stranger brings the bank's certificate": lambda: key_info(data(certificate("bank")), "stranger"),
    "the bank brings a stranger's certificate": lambda: key_info(data(certificate("stranger"))),
    "two certificates": lambda: key_info(data(certificate("bank"), certificate("stranger"))),
    "two data": lambda: key_info(data(certificate("bank")) * 2),
    "key value": lambda: key_info("<ds:KeyValue/>"),
    "key name": lambda: key_info("<ds:KeyName>bank</ds:KeyName>"),
    "retrieval": lambda: key_info('<ds:RetrievalMethod URI="http://127.0.0.1/"/>'),
    "subject beside the certificate": lambda: key_info(
        data(certificate("bank"), "<ds:X509SubjectName>CN=bank</ds:X509SubjectName>")
    ),
    "empty key info": lambda: key_info(""),
    "id of key info": lambda: key_info(data(certificate("bank"))).replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="k">'),
}
GOOD = {
    "plain": lambda: forge(unsigned()),
    "by rsa": lambda: forge(unsigned(), "rsa bank"),
    "with certificate": lambda: key_info(data(certificate("bank"))),
    "with supplementary data": lambda: etree.tostring(signed(DATA % b'<D xmlns="urn:x"></D>')),
    "one reference": several,
    "both transforms": lambda: transformed(*TRANSFORMS),
}


def verify(body: bytes) -> gate.Parsed:
    return signature.verify(gate.read(body), [identity("bank").pinned, identity("rsa bank").pinned])


@pytest.mark.parametrize("name", GOOD)
def test_the_same_tools_make_messages_that_are_accepted(name: str):
    assert verify(GOOD[name]()).header_el is not None


@pytest.mark.parametrize("name", ATTACKS)
def test_refused(name: str):
    with pytest.raises((signature.SignatureRefusedError, gate.Refused)):
        verify(ATTACKS[name]())


def test_every_bit_of_digest_and_value_counts():
    body = forge(unsigned())
    for tag in (b"DigestValue", b"SignatureValue"):
        start = body.index(b"<ds:%b>" % tag) + len(tag) + 5
        for offset in range(0, 40, 7):
            other = b"A" if body[start + offset : start + offset + 1] != b"A" else b"B"
            with pytest.raises(signature.SignatureRefusedError):
                verify(body[: start + offset] + other + body[start + offset + 1 :])
