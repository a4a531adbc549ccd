"""Whatever is done to a header or a signed message, the answer is a message or a refusal, and never a forgery."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import fuzz_header, fuzz_signature

SEEDS = seeds()
HEADERS = [body for name, body in SEEDS.items() if name.startswith("header/")]
SIGNED = [body for name, body in SEEDS.items() if name.startswith("signature/")]
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from([b"", b"<", b"</", b"<!-- -->", b"<a/>", b' Id="x"', b"&amp;", b"&#13;", b" ", b"\n", b"\xc2\xa0"]),
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES), min_size=1, max_size=4)
ELEMENTS = st.sampled_from(
    ("Fr", "To", "FIId", "FinInstnId", "BICFI", "LEI", "Othr", "Id", "BizMsgIdr", "MsgDefIdr", "BizSvc", "CreDt",
     "CpyDplct", "PssblDplct", "Prty", "Sgntr", "Rltd", "CharSet", "BizPrcgDt", "Nm")
)  # fmt: skip
USUAL = st.sampled_from(["BANAKENA", "2026-11-20T08:00:00Z", "pacs.008.001.08", "COPY"])
TEXTS = st.one_of(st.text(max_size=8), USUAL)
PLAIN = TEXTS.map(lambda text: text.replace("&", "").replace("<", ""))
INSIDES = st.recursive(
    PLAIN,
    lambda inner: st.lists(st.tuples(ELEMENTS, inner).map(lambda part: f"<{part[0]}>{part[1]}</{part[0]}>")).map(
        "".join
    ),
    max_leaves=12,
)
bounded = settings(max_examples=150, deadline=None, derandomize=True)


def edited(body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for place, length, piece in edits:
        start = int(place * len(body))
        body = body[:start] + piece + body[start + length :]
    return body


@bounded
@given(st.sampled_from(HEADERS), EDITS)
def test_a_header_with_pieces_replaced(body, edits):
    fuzz_header(edited(body, edits))


@bounded
@given(INSIDES)
def test_elements_of_a_header_in_any_order(text):
    fuzz_header(text.encode("utf-8", "surrogatepass"))


@bounded
@given(st.sampled_from(SIGNED), EDITS, st.integers(0, 3))
def test_a_signed_message_with_pieces_replaced_in_any_shape(body, edits, shape):
    fuzz_signature(bytes([shape]) + edited(body[1:], edits))


@bounded
@given(st.sampled_from(SIGNED), st.sampled_from(SIGNED), st.floats(0, 1), st.floats(0, 1), st.integers(0, 3))
def test_two_signed_messages_spliced(one, other, end, start, shape):
    fuzz_signature(bytes([shape]) + one[1 : 1 + int(end * len(one))] + other[int(start * len(other)) :])
