"""Whatever the bytes are, the gate answers with a message or a refusal, and its short cut never lets a limit slip."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from iso.gate import STRICT, Limits, Refused, _count, _surely_within, check, read, read_file
from iso.validate import validate_bytes
from schemas.catalogue import Catalogue

CATALOGUE = Catalogue()
NS = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGE = (
    f'<E><AppHdr xmlns="{NS}head.001.001.02"><MsgDefIdr>admi.002.001.01</MsgDefIdr></AppHdr>'
    f'<Document xmlns="{NS}admi.002.001.01"><admi.002.001.01><RltdRef><Ref>R</Ref></RltdRef></admi.002.001.01>'
    "</Document></E>"
).encode()
TOKENS = [
    *(
        b"<",
        b">",
        b"</",
        b"/>",
        b"<a>",
        b"</a>",
        b"<a/>",
        b"<a b='",
        b"'",
        b'"',
        b"=",
        b"&",
        b"&amp;",
        b"&#x41;",
        b"&x;",
    ),
    *(
        b"<!--",
        b"-->",
        b"<?",
        b"?>",
        b"<![CDATA[",
        b"]]>",
        b"<!DOCTYPE a [",
        b"]>",
        b"<!ENTITY x 'y'>",
        b"xmlns:p='u' ",
    ),
    *(
        b"<?xml version='1.0'?>",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0",
        b" ",
        b"\n",
        b"text",
        "é".encode(),
        b"\xc3",
        b"p:",
    ),
    *(f'<Document xmlns="{NS}pacs.008.001.08">'.encode(), b"</Document>", b"<AppHdr>", b"</AppHdr>"),
]
SMALL = Limits(depth=4, nodes=12, namespaces=3, attributes=2, name=6)
bounded = settings(max_examples=300, deadline=None, derandomize=True)
texts = st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join)


def answers(body: bytes) -> None:
    with suppress(Refused):
        check(read(body), CATALOGUE)
    with suppress(Refused):
        read_file(body)
    assert validate_bytes("x", body, CATALOGUE).file == "x"


@bounded
@given(st.binary(max_size=200))
def test_any_bytes(body):
    answers(body)


@bounded
@given(texts)
def test_any_order_of_xml_tokens(body):
    answers(body)


@bounded
@given(st.integers(0, len(MESSAGE)), st.integers(0, 20), st.one_of(st.binary(max_size=4), texts))
def test_a_message_with_a_piece_replaced(place, length, piece):
    answers(MESSAGE[:place] + piece + MESSAGE[place + length :])


elements = st.recursive(
    st.sampled_from(
        [b"", b"x", b"<b/>", b"<b c='>' d='='/>", b"<toolong/>", b"<b toolong=''/>", b"<b xmlns:p='u'/>", b"/>"]
    ),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: b"<a>" + b"".join(parts) + b"</a>"),
    max_leaves=12,
)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(elements)
def test_what_the_short_cut_passes_the_count_passes(inner):
    text = b"<a>" + inner + b"</a>"
    for limits in (SMALL, STRICT):
        if _surely_within(text, limits):
            assert _count(text, limits) is None
