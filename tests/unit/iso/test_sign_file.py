"""A file is signed without being in memory, byte for byte as it was but for the signature."""

import tracemalloc
from pathlib import Path

import pytest

from iso import gate, shaped
from iso.shapes import Shape
from iso.sign import SignError
from iso.sign_file import SignedFile, sign_file
from tests.unit.iso.files import file, lines
from tests.unit.iso.signing import DS, START, identity
from tests.unit.iso.test_file_seal import DOCUMENT, HEADER, SHAPES, bank, read
from tests.unit.iso.test_shapes import own_key

RELATED = HEADER.replace(
    b"</AppHdr>", b"<Rltd>%b</Rltd></AppHdr>" % HEADER.partition(b">")[2].removesuffix(b"</AppHdr>")
)
PREFIXED = HEADER.replace(b"<", b"<h:").replace(b"<h:/", b"</h:").replace(b"xmlns=", b"xmlns:h=") + DOCUMENT.replace(
    b"<", b"<d:"
).replace(b"<d:/", b"</d:").replace(b"xmlns=", b"xmlns:d=")
FILES = {
    "header": b'<?xml version="1.0" encoding="UTF-8"?>\n<B xmlns="urn:b">\n' + HEADER + DOCUMENT + b"\n</B>\n",
    "mark": b"\xef\xbb\xbf<B>" + HEADER + DOCUMENT + b"</B>",
    "related": b"<B>" + RELATED + DOCUMENT + b"</B>",
    "prefixes": b"<b:B xmlns:b='urn:b'>" + PREFIXED + b"</b:B>",
    "bare": file(batches=[3, 1, 4]),
}


def signed(path: Path, body: bytes, shape: Shape, **how) -> SignedFile:
    path.write_bytes(body)
    return sign_file(path, own_key(), shape, **{"now": START, "sender": "bank", **how})


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", FILES)
def test_what_is_signed_is_proved(tmp_path: Path, shape: Shape, kind: str):
    made = signed(tmp_path / "file.xml", FILES[kind], shape)
    body = b"".join(made.pieces())
    assert len(body) == made.size
    assert read(body, bank(shape)) == 8
    if kind != "bare":
        shaped.verify(gate.read(body), shape, [identity("bank").pinned], START)


def test_every_byte_stays_as_it_is(tmp_path: Path):
    body = b"".join(signed(tmp_path / "file.xml", FILES["header"], Shape.HEADER).pieces())
    start, end = body.index(b"<Sgntr>"), body.index(b"</Sgntr>") + len(b"</Sgntr>")
    assert body[:start] + body[end:] == FILES["header"]


@pytest.mark.parametrize(
    ("body", "shape", "text"),
    [
        (FILES["header"].replace(b"</AppHdr>", f'<Sgntr><Signature xmlns="{DS}"/></Sgntr></AppHdr>'.encode()),
         Shape.HEADER, "signed already"),
        (b"<B>" + HEADER + b"</B>", Shape.HEADER, "no Document"),
        (FILES["header"][:-9], Shape.HEADER, "line 109: unclosed"),
        (b"<E><B>" + HEADER + DOCUMENT + b"</B></E>", Shape.ENVELOPE, "no place"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_says_why(tmp_path: Path, body: bytes, shape: Shape, text: str):
    with pytest.raises(SignError, match=text):
        signed(tmp_path / "file.xml", body, shape)


def test_a_file_without_header_needs_a_sender(tmp_path: Path):
    with pytest.raises(SignError, match="--from"):
        signed(tmp_path / "file.xml", FILES["bare"], Shape.HEADER, sender=None)


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.xml"
        path.write_text("".join(lines("M", [count])))
        tracemalloc.start()
        length = sum(len(piece) for piece in signed_again(path).pieces())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert length > path.stat().st_size
        return found

    def signed_again(path: Path) -> SignedFile:
        return sign_file(path, own_key(), Shape.HEADER, now=START, sender="bank")

    peak(100)
    assert peak(2000) < 1.2 * peak(800)
