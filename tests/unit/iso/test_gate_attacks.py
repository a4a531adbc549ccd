"""Hostile XML is refused with the right code, nothing is fetched for it, and no other exception escapes."""

import socket
import threading
from pathlib import Path

import pytest

from iso import gate
from iso.gate import STRICT, Code, Refused, check, parse_signed, read, read_file
from iso.limits import Counter
from schemas.catalogue import Catalogue

NS = "urn:iso:std:iso:20022:tech:xsd:"
HEAD = f'<AppHdr xmlns="{NS}head.001.001.02"><MsgDefIdr>admi.002.001.01</MsgDefIdr></AppHdr>'
DOC = f'<Document xmlns="{NS}admi.002.001.01"><admi.002.001.01/></Document>'
LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(12))
    + "]><Document>&m;</Document>"
)


def inside(text: str) -> bytes:
    """A message with `text` in its document."""
    return f'<E>{HEAD}<Document xmlns="{NS}admi.002.001.01">{text}</Document></E>'.encode()


def many(attribute: str, times: int) -> str:
    """An element with numbered attributes."""
    return f"<a {' '.join(attribute.format(number) for number in range(times))}/>"


CORPUS: dict[str, tuple[Code, bytes]] = {
    "nothing": (Code.MALFORMED, b""),
    "blanks": (Code.MALFORMED, b" \n "),
    "byte order mark alone": (Code.MALFORMED, b"\xef\xbb\xbf"),
    "no xml": (Code.MALFORMED, b"{}"),
    "no end": (Code.MALFORMED, b"<Document>"),
    "two roots": (Code.MALFORMED, b"<Document/><Document/>"),
    "crossed tags": (Code.MALFORMED, b"<E><AppHdr></E></AppHdr>"),
    "undeclared prefix": (Code.MALFORMED, b"<x:Document/>"),
    "undefined entity": (Code.MALFORMED, inside("&nbsp;")),
    "character zero": (Code.MALFORMED, inside("&#0;")),
    "control character": (Code.MALFORMED, inside("\x0b")),
    "noncharacter": (Code.MALFORMED, inside("\ufffe")),
    "attribute twice": (Code.MALFORMED, inside('<a b="1" b="2"/>')),
    "attribute twice by namespace": (Code.MALFORMED, inside('<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>')),
    "declaration late": (Code.MALFORMED, b"\n<?xml version='1.0'?>" + DOC.encode()),
    "declaration twice": (Code.MALFORMED, b"<?xml version='1.0'?><?xml version='1.0'?>" + DOC.encode()),
    "byte order mark twice": (Code.MALFORMED, b"\xef\xbb\xbf\xef\xbb\xbf" + DOC.encode()),
    "cdata end in text": (Code.MALFORMED, inside("]]>")),
    "cdata without end": (Code.MALFORMED, inside("<![CDATA[x")),
    "comment without end": (Code.MALFORMED, inside("<!-- x")),
    "instruction without end": (Code.MALFORMED, inside("<?x y")),
    "character beyond all": (Code.MALFORMED, inside("&#x110000;")),
    "character that is half a pair": (Code.MALFORMED, inside("&#xD800;")),
    "endless character": (Code.MALFORMED, inside(f"&#{'9' * 100_000};")),
    "xml bound to another name": (Code.MALFORMED, inside('<a xmlns:xml="u"/>')),
    "xmlns bound": (Code.MALFORMED, inside('<a xmlns:xmlns="u"/>')),
    "doctype in small letters": (Code.MALFORMED, b"<!doctype x>" + DOC.encode()),
    "value without end": (Code.MALFORMED, inside(f"<a b='{'<' * 100_000}")),
    "only ends": (Code.MALFORMED, b"</a>" * 100_000),
    "only beginnings of names": (Code.MALFORMED, b"<" * 1_000_000),
    "too large": (Code.TOO_LARGE, b"<Document>" + b" " * 5_242_880 + b"</Document>"),
    "UTF-16 with mark": (Code.ENCODING, DOC.encode("utf-16")),
    "UTF-16 without mark": (Code.NUL, DOC.encode("utf-16-le")),
    "UTF-32": (Code.ENCODING, DOC.encode("utf-32")),
    "UTF-7": (Code.ENCODING, b'<?xml version="1.0" encoding="UTF-7"?>' + b"+ADw-Document/+AD4-"),
    "declared latin 1": (Code.ENCODING, b'<?xml version="1.0" encoding="ISO-8859-1"?>' + DOC.encode()),
    "declared UTF-16 in UTF-8": (Code.ENCODING, b'<?xml version="1.0" encoding="UTF-16"?>' + DOC.encode()),
    "EBCDIC": (Code.ENCODING, DOC.encode("cp037")),
    "half a character": (Code.ENCODING, b"<Document>\xc3</Document>"),
    "five bytes a character": (Code.ENCODING, b"<Document>\xf8\x88\x80\x80\x80</Document>"),
    "beyond Unicode": (Code.ENCODING, b"<Document>\xf4\x90\x80\x80</Document>"),
    "latin 1": (Code.ENCODING, inside("é").decode().encode("latin-1")),
    "overlong": (Code.ENCODING, b"<Document>\xc0\xbc</Document>"),
    "surrogate": (Code.ENCODING, b"<Document>\xed\xa0\x80</Document>"),
    "XML 1.1": (Code.DECLARATION, b'<?xml version="1.1"?>' + DOC.encode()),
    "odd declaration": (Code.DECLARATION, b'<?xml version="1.0" encoding="UTF-8" x="y"?>' + DOC.encode()),
    "NUL": (Code.NUL, inside("\0")),
    "NUL after the end": (Code.NUL, DOC.encode() + b"\0<!DOCTYPE x>"),
    "comment": (Code.COMMENT, inside("<Rsn>100<!-- -->0.00</Rsn>")),
    "comment before": (Code.COMMENT, b"<!-- -->" + DOC.encode()),
    "comment after": (Code.COMMENT, DOC.encode() + b"<!-- -->"),
    "instruction": (Code.INSTRUCTION, inside("<?php evil()?>")),
    "style sheet": (Code.INSTRUCTION, b'<?xml-stylesheet href="http://127.0.0.1/x.xsl"?>' + DOC.encode()),
    "style sheet after declaration": (
        Code.INSTRUCTION,
        b"<?xml version='1.0'?><?xml-stylesheet a='b'?>" + DOC.encode(),
    ),
    "empty DOCTYPE": (Code.DOCTYPE, b"<!DOCTYPE Document>" + DOC.encode()),
    "billion laughs": (Code.DOCTYPE, LAUGHS.encode()),
    "quadratic blow-up": (
        Code.DOCTYPE,
        f"<!DOCTYPE d [<!ENTITY a '{'a' * 50_000}'>]><d>{'&a;' * 50_000}</d>".encode(),
    ),
    "external entity": (
        Code.DOCTYPE,
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document>&x;</Document>',
    ),
    "parameter entity": (Code.DOCTYPE, b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]><Document/>'),
    "public identifier": (Code.DOCTYPE, b'<!DOCTYPE d PUBLIC "-//X//Y" "http://127.0.0.1:9/x"><Document/>'),
    "notation": (Code.DOCTYPE, b'<!DOCTYPE d [<!NOTATION n SYSTEM "x">]><Document/>'),
    "document type after the declaration": (Code.DOCTYPE, b"<?xml version='1.0'?><!DOCTYPE d><Document/>"),
    "conditional section": (Code.DOCTYPE, b"<!DOCTYPE d [<![INCLUDE[<!ENTITY a 'b'>]]>]><Document/>"),
    "entity in attribute": (Code.DOCTYPE, b'<!DOCTYPE d [<!ENTITY a "b">]><Document a="&a;"/>'),
    "default attribute": (Code.DOCTYPE, b'<!DOCTYPE d [<!ATTLIST Document xmlns CDATA "u">]><Document/>'),
    "deep": (Code.DEPTH, b"<a>" * 65 + b"</a>" * 65),
    "deep in a message": (Code.DEPTH, inside("<a>" * 63 + "</a>" * 63)),
    "very deep": (Code.DEPTH, b"<a>" * 1_000_000),
    "deep after many shallow": (Code.DEPTH, inside("<a></a>" * 500 + "<b>" * 70 + "</b>" * 70)),
    "deep behind false ends in text": (Code.DEPTH, inside("<b>" * 40 + "/>" * 500 + "<b>" * 40 + "</b>" * 80)),
    "deep behind false ends in CDATA": (
        Code.DEPTH,
        inside("<b>" * 40 + f"<![CDATA[{'</b>' * 99}]]>" + "<b>" * 40 + "</b>" * 80),
    ),
    "wide": (Code.NODES, inside("<a/>" * 60_000)),
    "wide by attributes": (Code.NODES, inside('<a b="" c="" d=""/>' * 20_000)),
    "attributes": (Code.ATTRIBUTES, inside(many('a{}=""', 65))),
    "many attributes": (Code.NODES, inside(many('a{}=""', 400_000))),
    "many attributes on lines": (Code.NODES, inside(many("a{}=''", 400_000).replace(" a", "\n\ta"))),
    "many attributes with spaces": (Code.NODES, inside(many('a{} =  "="', 200_000))),
    "namespaces": (Code.NAMESPACES, inside(many('xmlns:n{}="u"', 65))),
    "namespaces spread": (Code.NAMESPACES, inside('<a xmlns="u"/>' * 70)),
    "long element name": (Code.NAME, inside(f"<{'a' * 257}/>")),
    "long attribute name": (Code.NAME, inside(f'<a b=">" {"a" * 257}=""/>')),
    "huge name": (Code.NAME, inside(f"<{'a' * 49_000}/>")),
    "document in an unknown wrapper twice": (Code.SHAPE, f"<E>{HEAD}{DOC}{DOC}</E>".encode()),
    "two headers": (Code.SHAPE, f"<E>{HEAD}{HEAD}{DOC}</E>".encode()),
    "document first": (Code.SHAPE, f"<E>{DOC}{HEAD}</E>".encode()),
    "wrapper in wrapper": (Code.SHAPE, f"<E><F>{HEAD}{DOC}</F></E>".encode()),
    "stranger beside": (Code.SHAPE, f"<E>{HEAD}{DOC}<Extra/></E>".encode()),
    "header alone in a wrapper": (Code.SHAPE, f"<E>{HEAD}</E>".encode()),
    "text in the wrapper": (Code.SHAPE, f"<E>{HEAD}x{DOC}</E>".encode()),
    "other root": (Code.SHAPE, b"<html/>"),
    "envelope without Doc": (Code.SHAPE, f'<B xmlns="{NS}nvlp.001.001.01"><Hdr>{HEAD}</Hdr></B>'.encode()),
    "envelope with two documents": (
        Code.SHAPE,
        f'<B xmlns="{NS}nvlp.001.001.01"><Hdr>{HEAD}</Hdr><Doc>{DOC}{DOC}</Doc></B>'.encode(),
    ),
    "envelope with foreign Hdr": (
        Code.SHAPE,
        f'<B xmlns="{NS}nvlp.001.001.01"><Hdr xmlns="u">{HEAD}</Hdr><Doc>{DOC}</Doc></B>'.encode(),
    ),
}


def test_a_text_that_looks_like_attributes_is_a_text():
    text = 'a="b" ' * 60_000
    assert gate.read(inside(f"<a>{text}</a>" + '<b c="' + "a=b " * 60_000 + '"/>')).root is not None


@pytest.mark.parametrize("name", CORPUS)
def test_refused_with_the_right_code(name):
    code, body = CORPUS[name]
    with pytest.raises(Refused) as refused:
        read(body)
    assert [finding.code for finding in refused.value.findings] == [code]
    assert all(finding.line >= 1 and finding.path.startswith("/") for finding in refused.value.findings)
    assert all(len(finding.text) < 500 for finding in refused.value.findings)


@pytest.mark.parametrize("name", [name for name, (code, _) in CORPUS.items() if code in {Code.MALFORMED, Code.SHAPE}])
def test_signed_bytes_must_be_a_message_too(name):
    code, body = CORPUS[name]
    if b"<?xml" in body or body.startswith(b"\xef\xbb\xbf\xef"):
        return  # canonical form has neither
    with pytest.raises(Refused) as refused:
        parse_signed(body)
    assert refused.value.findings[0].code == code


@pytest.mark.parametrize("name", [name for name, (code, _) in CORPUS.items() if code is Code.DOCTYPE])
def test_a_users_own_file_may_not_have_a_document_type_either(name):
    with pytest.raises(Refused) as refused:
        read_file(CORPUS[name][1])
    assert refused.value.findings[0].code == Code.DOCTYPE


class Steps(Counter):
    """Counts the elements that were looked at before the answer."""

    taken = 0

    def start(self, name: str, attributes: list[str]) -> None:
        type(self).taken += 1
        super().start(name, attributes)


@pytest.mark.parametrize("name", CORPUS)
def test_no_attack_makes_more_work_than_the_limits_allow(name, monkeypatch):
    """Elements looked at one by one, and bytes the parser gets: what bounds the time of an answer on any machine."""
    monkeypatch.setattr(gate, "Counter", Steps)
    monkeypatch.setattr(Steps, "taken", 0)
    parsed: list[int] = []
    whole = gate._parse
    monkeypatch.setattr(gate, "_parse", lambda text: (parsed.append(len(text)), whole(text))[1])
    with pytest.raises(Refused):
        read(CORPUS[name][1])
    assert Steps.taken <= STRICT.nodes + 1
    assert sum(parsed) <= STRICT.size
    if CORPUS[name][0] in {Code.DEPTH, Code.NODES, Code.NAMESPACES, Code.ATTRIBUTES, Code.DOCTYPE, Code.TOO_LARGE}:
        assert parsed == [], "no tree is built of what is too much"


@pytest.fixture
def canary():
    """A listener that remembers whether anyone came."""
    visits = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def wait():
            try:
                visits.append(server.accept())
            except OSError:
                return

        threading.Thread(target=wait, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", visits


def test_nothing_is_fetched_or_read(canary, tmp_path: Path):
    url, visits = canary
    secret = tmp_path / "secret"
    secret.write_text("SECRET-WORD")
    xsd = tmp_path / "x.xsd"
    xsd.write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Q"/></xs:schema>')
    hints = (
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{NS}admi.002.001.01 {url} urn:q {xsd}"'
        f' xsi:noNamespaceSchemaLocation="{xsd}"'
    )
    xinclude = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    bodies = [
        f"<!DOCTYPE d SYSTEM '{url}'>{DOC}",
        f"<!DOCTYPE d [<!ENTITY % p SYSTEM '{url}'>%p;]>{DOC}",
        f"<!DOCTYPE d [<!ENTITY x SYSTEM '{secret.as_uri()}'>]><Document>&x;</Document>",
        f'<Document xmlns="{NS}admi.002.001.01" {hints}><q/></Document>',
        f'<Document xmlns="{NS}admi.002.001.01">{xinclude}</Document>',
    ]
    catalogue = Catalogue()
    for body in bodies:
        try:
            texts = [finding.text for finding in check(read(body.encode()), catalogue)]
        except Refused as refused:
            texts = [finding.text for finding in refused.findings]
        assert texts
        assert "SECRET-WORD" not in "".join(texts)
    assert visits == []
