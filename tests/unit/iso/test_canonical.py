"""The canonical form written on the way is, byte for byte, that of a whole tree, wherever the pieces are cut."""

import random

import pytest

from iso import gate
from iso.canonical import Canonical, NoFormError
from iso.signed_parts import canonical_text
from tests.unit.iso.files import file
from tests.unit.iso.signing import DS

ODD = [
    '<a xmlns="urn:a" z="1" b="2"><b xmlns=""><c xmlns="urn:a"/></b><b xmlns=""/></a>',
    '<p:a xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d"><q:b p:y="1" x="2" q:a="3"/><b/><p:b xmlns:p="urn:r"/></p:a>',
    '<a xmlns:n2="urn:1" xmlns:n1="urn:2"><b n1:z="1" n2:y="2" n2:a="3" xml:lang="sw"/></a>',
    '<a t="&#9;&#10;&#13;&quot;&amp;&lt;&gt;\'" u="line\r\n\ttab"/>',
    "<a>&#13;&gt;]]&gt;<![CDATA[<&\"']]>é\U0001f600\r\nx\ry</a>",
    '<a xmlns:p="urn:p"><b p:q="1"><c p:q="2"/><p:d/></b><p:e xmlns:p="urn:p"/></a>',
    '<x:a xmlns:x="urn:x"><x:b xmlns:x="urn:x" xmlns:y="urn:y"/></x:a>',
    "<a>  <b/>\n\t<c></c> </a>\n",
]


def streamed(text: bytes, apex: str = "", bite: int = 7) -> bytes:
    canonical = Canonical(apex)
    pieces = [canonical.feed(text[at : at + bite]) for at in range(0, len(text), bite)]
    return b"".join(pieces) + canonical.feed(b"", last=True)


@pytest.mark.parametrize("text", ODD)
def test_odd_documents(text: str):
    body = text.encode()
    assert streamed(body) == canonical_text(gate.tree(body, gate.STRICT))


def test_names_of_namespaces_are_spelled_as_values_of_attributes():
    """libxml2 leaves an ampersand there as it is, which is no XML."""
    assert streamed(b'<a xmlns="urn:a?b&amp;c"/>') == b'<a xmlns="urn:a?b&amp;c"></a>'


def test_a_file_and_an_element_in_it():
    wrapped = file().replace(b'<?xml version="1.0" encoding="UTF-8"?>\n', b'<w:W xmlns:w="urn:w" xmlns:d="urn:d">', 1)
    wrapped = wrapped.replace(b"<MsgId>", b'<MsgId xmlns:d="urn:d" d:x="1">', 1) + b"</w:W>"
    root = gate.tree(wrapped, gate.STRICT)
    assert streamed(wrapped) == canonical_text(root)
    assert streamed(wrapped, "Document") == canonical_text(root[0])


def drawn(random_: random.Random, depth: int = 0) -> str:
    """An element with any prefixes, declarations and characters."""
    prefixes = ["", "a", "b", "c"]
    own = random_.choice(prefixes)
    declared = {one: f"urn:{random_.randrange(3)}" for one in prefixes if random_.random() < 0.4 or depth == 0}
    text = "".join(f' xmlns{":" if one else ""}{one}="{uri}"' for one, uri in declared.items())
    # The same attribute under two prefixes of one namespace would not be well-formed.
    attribute = random_.choice(prefixes)
    text += f' {attribute}{":" if attribute else ""}k="{random_.choice(["v", "&#10;", " x  ", "&lt;"])}"'
    text += ' z="&gt;"' if random_.random() < 0.3 else ""
    inside = "".join(drawn(random_, depth + 1) for _ in range(random_.randrange(3 if depth < 4 else 1)))
    name = f"{own}{':' if own else ''}e"
    return f"<{name}{text}>{random_.choice(['', ' ', '&#13;', 'ü'])}{inside}</{name}>"


def test_documents_drawn_by_lot():
    random_ = random.Random(20022)
    for _ in range(300):
        body = drawn(random_).encode()
        assert streamed(body, bite=random_.randrange(1, 200)) == canonical_text(gate.tree(body, gate.STRICT)), body


def test_signatures_are_left_out_and_told_of():
    text = f'<a>1<s:Signature xmlns:s="{DS}"><b Id="x">2</b></s:Signature>3\n<b ID="y"/><Signature/></a>'
    canonical = Canonical()
    assert canonical.feed(text.encode(), last=True) == b'<a>13\n<b ID="y"></b><Signature></Signature></a>'
    assert (canonical.signatures, canonical.ids) == ([1], [2])


def test_only_a_document_outside_the_header_counts():
    text = (
        b'<w><AppHdr><Document>0</Document></AppHdr><Document Id="d"><Document/>1</Document><Document>2</Document></w>'
    )
    canonical = Canonical("Document")
    out = canonical.feed(text, last=True)
    assert out == b'<Document Id="d"><Document></Document>1</Document><Document>2</Document>'
    assert (len(canonical.apexes), canonical.ids) == (2, [])


@pytest.mark.parametrize("text", [b'<a>\n<b xmlns="rel"/></a>', b"<a>\n<p:b/></a>", b'<a>\n<b p:c="1"/></a>'])
def test_what_has_no_form_is_refused(text: bytes):
    with pytest.raises(NoFormError) as caught:
        Canonical().feed(text, last=True)
    assert caught.value.line == 2


def test_what_is_complete_is_given_at_once():
    canonical = Canonical()
    canonical.feed(b"<a>")
    sizes = {len(canonical.feed(b"<b>" + b"x" * 10_000 + b"</b>")) for _ in range(50)}
    assert sizes == {10_007}
