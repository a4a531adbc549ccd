"""A file's signature is checked on the way: each shape as a message's, whatever was forged, moved, or left out."""

import re
from datetime import timedelta

import msgspec
import pytest

from iso import gate, shaped
from iso.canonical import Canonical
from iso.file_seal import FileSeal
from iso.incoming import ParticipantView
from iso.messages import head001
from iso.shapes import Shape
from iso.stream import Stream
from schemas.catalogue import Catalogue
from tests.unit.iso.files import file
from tests.unit.iso.samples import header
from tests.unit.iso.signing import DS, END, START, identity
from tests.unit.iso.test_shapes import own_key

CATALOGUE = Catalogue()
SHAPES = list(Shape)
DOCUMENT = file(batches=[3, 1, 4]).partition(b"?>\n")[2].strip()
HEADER = head001.write(header("pain.001.001.09")).body


def made(shape: Shape, document: bytes = DOCUMENT, who: str = "bank", around: str = "") -> bytes:
    """A file signed in that shape."""
    text = b'<B xmlns="urn:b">' + HEADER + b"\n" + document + b"</B>"
    return shaped.sign_tree(gate.read(around.encode() % text if around else text), own_key(who), shape)


def bank(shape: Shape, **changes) -> ParticipantView:
    return ParticipantView("bank", **{"keys": (identity("bank").pinned,), "shape": shape, **changes})


def read(body: bytes, view: ParticipantView, *, demanded: bool = True, bite: int = 999, now=START) -> int:
    """How many transactions were read when all was well."""
    made: list[FileSeal] = []

    def seal(found, _element) -> FileSeal:
        made.append(FileSeal(view, now, in_header=found is not None and found.signed, demanded=demanded))
        return made[0]

    stream = Stream(CATALOGUE, 2, seal_of=seal)
    parts = [part for at in range(0, len(body), bite) for part in stream.feed(body[at : at + bite])]
    parts += stream.close()
    assert len(made) == 1
    return sum(hasattr(step, "end_to_end_id") for part in parts for step in part.steps)


def refused(body: bytes, view: ParticipantView, **how) -> tuple[str, str]:
    with pytest.raises(gate.Refused) as caught:
        read(body, view, **how)
    return caught.value.findings[0].code, caught.value.findings[0].text


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bite", [61, 1 << 20])
def test_each_shape_is_proved(shape: Shape, bite: int):
    assert read(made(shape), bank(shape), bite=bite) == 8


@pytest.mark.parametrize("shape", SHAPES)
def test_one_in_a_wrapper_is_proved(shape: Shape):
    around = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
    if shape.detached:
        around = ""
    assert read(made(shape, around=around), bank(shape)) == 8


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">E8<", b">E9<"),
        (b'Ccy="USD">1.00', b'Ccy="USD">2.00'),
        (b"<MsgId>FILE-1<", b"<MsgId>FILE-2<"),
        (b"<Nm>Kato Ng", b"<Nm>Kato  Ng"),
        (b"<BizMsgIdr>BM-1", b"<BizMsgIdr>BM-2"),
        (b"      <CdtTrfTxInf>", b"<CdtTrfTxInf>"),
    ],
)
def test_what_was_changed_afterwards_is_refused(shape: Shape, old: bytes, new: bytes):
    body = made(shape)
    assert old in body
    assert refused(body.replace(old, new, 1), bank(shape))[0] == "SIGNATURE"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_payment_left_out_or_put_in_is_refused(shape: Shape):
    body = made(shape)
    start, end = (body.index(one, body.index(b">E4<") - 300) for one in (b"<CdtTrfTxInf>", b"</CdtTrfTxInf>"))
    payment = body[start : end + len(b"</CdtTrfTxInf>")]
    assert refused(body.replace(payment, b""), bank(shape))[0] in {"SIGNATURE", "cvc-complex-type.2.4"}
    assert refused(body.replace(payment, payment * 2), bank(shape))[0] == "SIGNATURE"


@pytest.mark.parametrize("shape", SHAPES)
def test_another_key_is_refused(shape: Shape):
    code, text = refused(made(shape, who="other"), bank(shape))
    assert (code, "KeyInfo" in text) == ("SIGNATURE", True)
    late = END + timedelta(days=1)
    assert refused(made(shape), bank(shape), now=late)[1] == "the key on file for the sender is not valid at this time"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("other", SHAPES)
def test_a_shape_is_not_taken_for_another(shape: Shape, other: Shape):
    if shape is not other:
        assert refused(made(shape), bank(other))[0] in {"SIGNATURE", "SHAPE"}


def test_a_wrong_key_in_the_header_is_told_before_any_payment():
    stream = Stream(CATALOGUE, 2, seal_of=lambda found, _: FileSeal(
        bank(Shape.HEADER), START, in_header=bool(found and found.signed), demanded=True
    ))  # fmt: skip
    body = made(Shape.HEADER, who="other")
    with pytest.raises(gate.Refused, match="KeyInfo"):
        stream.feed(body[: body.index(b"<PmtInf>")] + b" " * 4096)


@pytest.mark.parametrize("shape", SHAPES)
def test_one_that_is_not_signed_is_refused_where_that_is_demanded(shape: Shape):
    plain = b"<B>" + HEADER + DOCUMENT + b"</B>"
    assert refused(plain, bank(shape)) == ("SIGNATURE", "the file must be signed")
    assert refused(DOCUMENT, bank(shape)) == ("SIGNATURE", "the file must be signed, so it needs an AppHdr")
    assert refused(made(shape), bank(shape, keys=())) == ("SIGNATURE", "no certificate is on file for bank")
    assert read(plain, bank(shape), demanded=False) == 8
    assert read(DOCUMENT, bank(shape), demanded=False) == 8
    if shape is not Shape.PARTS:  # whose Ids nobody looks at
        assert read(made(shape), bank(shape, keys=()), demanded=False) == 8


@pytest.mark.parametrize("shape", SHAPES)
def test_one_that_is_signed_must_be_rightly_signed_where_nobody_demands_it(shape: Shape):
    body = made(shape).replace(b">E8<", b">E9<")
    assert refused(body, bank(shape), demanded=False)[0] == "SIGNATURE"


def wrapped(shape: Shape) -> list[bytes]:
    """What a forger makes of a good file: the signed part is somewhere, and another one is read."""
    body = made(shape)
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", body, re.DOTALL)[0]
    document = body[body.index(b"<Document") : body.index(b"</Document>") + len(b"</Document>")]
    forged = document.replace(b">E8<", b">E9<")
    extra = b"<SplmtryData><Envlp>%s</Envlp></SplmtryData></CdtTrfTxInf>"
    end = b"</ds:Signature>"
    within = forged.replace(b"</CdtTrfTxInf>", extra % document, 1)
    return [
        body.replace(document, forged + document),
        body.replace(document, document + forged),
        body.replace(document, within),
        body.replace(document, document.replace(b"</CdtTrfTxInf>", extra % signature, 1)),
        body.replace(signature, b"").replace(document, document.replace(b"</CdtTrfTxInf>", extra % signature, 1)),
        body.replace(signature, signature * 2),
        body.replace(document, forged).replace(end, b"<ds:Object>" + document + b"</ds:Object>" + end),
        body.replace(b"<CdtTrfTxInf>", b'<CdtTrfTxInf Id="x">', 1),
        body.replace(b"<PmtId>", b'<PmtId xml:id="x">', 1),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("attack", range(9))
def test_wrapped_signatures_are_refused(shape: Shape, attack: int):
    body = wrapped(shape)[attack]
    assert body != made(shape)
    read(made(shape), bank(shape))
    code = refused(body, bank(shape))[0]
    assert code in {"SIGNATURE", "SHAPE"} or code.startswith("cvc-complex-type")


def test_an_id_in_a_payment_is_seen_though_the_payment_is_gone_by_then():
    document = DOCUMENT.replace(
        b"</CdtTrfTxInf>", b'<SplmtryData><Envlp><x xmlns="" Id="y"/></Envlp></SplmtryData></CdtTrfTxInf>', 1
    )
    text = b"<B>" + HEADER + document + b"</B>"
    body = shaped.sign_tree(gate.read(text), own_key(), Shape.HEADER)
    assert refused(body, bank(Shape.HEADER)) == ("SIGNATURE", "an Id attribute where this signature knows none")


def test_an_id_without_a_signature_that_points_at_it_is_refused():
    body = made(Shape.PARTS)
    plain = re.sub(rb"<ds:Signature .*</ds:Signature>", b"", body, flags=re.DOTALL)
    assert refused(plain, bank(Shape.PARTS), demanded=False)[0] == "SHAPE"


def test_pss_is_taken_where_the_profile_says_so():
    text = b"<B>" + HEADER + DOCUMENT + b"</B>"
    body = shaped.sign_tree(gate.read(text), own_key("rsa"), Shape.HEADER, pss=True)
    view = bank(Shape.HEADER, keys=(identity("rsa").pinned,))
    assert read(body, msgspec.structs.replace(view, pss=True)) == 8
    assert refused(body, view)[0] == "SIGNATURE"


def test_the_header_must_be_about_the_message():
    body = b"<B>" + HEADER.replace(b"pain.001.001.09", b"pain.001.001.10") + DOCUMENT + b"</B>"
    assert refused(body, bank(Shape.HEADER), demanded=False)[0] == "MSG_DEF_IDR"


def test_a_signature_without_namespace_is_none():
    canonical = Canonical()
    canonical.feed(f'<a><Signature/><b:Signature xmlns:b="{DS}"/></a>'.encode(), last=True)
    assert len(canonical.signatures) == 1
