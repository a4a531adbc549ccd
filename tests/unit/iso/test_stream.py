"""A file read bit by bit says what the whole message says, and where it is wrong; no more of it is held than a part."""

import tracemalloc

import pytest

from iso import gate
from iso.messages import pain001
from iso.messages.pain001 import CreditTransfer
from iso.stream import Closed, Opened, Part, Stream
from schemas.catalogue import Catalogue
from tests.unit.iso.files import TAIL, file, lines

CATALOGUE = Catalogue()


def read(body: bytes, size: int = 3, bite: int = 700) -> list[Part]:
    stream = Stream(CATALOGUE, size)
    parts = [part for at in range(0, len(body), bite) for part in stream.feed(body[at : at + bite])]
    return [*parts, *stream.close()]


def refused(body: bytes, **how: int) -> tuple[int, str, str]:
    with pytest.raises(gate.Refused) as caught:
        read(body, **how)
    first = caught.value.findings[0]
    return first.line, first.path, first.code


def line_of(body: bytes, text: bytes) -> int:
    return body[: body.index(text)].count(b"\n") + 1


@pytest.mark.parametrize("bite", [1, 97, 5000, 1 << 20])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_file_says_what_the_message_says(bite: int, size: int):
    body = file(batches=[3, 1, 4])
    whole = pain001.read(gate.read(body).root)
    parts = read(body, size, bite)
    steps = [step for part in parts for step in part.steps]
    heads = [step.instruction for step in steps if isinstance(step, Opened)]
    assert [step.transactions for step in heads] == [()] * 3
    assert [step.payment_information_id for step in heads] == ["B0", "B1", "B2"]
    assert [type(step) for step in steps] == [
        kind for count in (3, 1, 4) for kind in (Opened, *[CreditTransfer] * count, Closed)
    ]
    assert [step for step in steps if isinstance(step, CreditTransfer)] == [
        one for batch in whole.instructions for one in batch.transactions
    ]
    assert b"".join(part.raw for part in parts) == body
    assert all(sum(isinstance(step, CreditTransfer) for step in part.steps) <= size for part in parts)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("name", ["E1", "E3", "E4", "E7"])
def test_a_bad_value_is_found_at_its_place(name: str, size: int):
    body = file(**{name: "1.1234567"})
    where = {"E1": (1, 1), "E3": (1, 3), "E4": (2, 1), "E7": (2, 4)}[name]
    path = "/Document/CstmrCdtTrfInitn/PmtInf[{}]/CdtTrfTxInf[{}]/Amt/InstdAmt".format(*where)
    assert refused(body, size=size)[:2] == (line_of(body, b"1.1234567"), path)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>XXX</PmtMtd>", "/Document/CstmrCdtTrfInitn/PmtInf[1]/PmtMtd"),
        (b"<MsgId>FILE-1</MsgId>", b"<MsgId></MsgId>", "/Document/CstmrCdtTrfInitn/GrpHdr/MsgId"),
        (b"  </CstmrCdtTrfInitn>", b"<Odd/>\n  </CstmrCdtTrfInitn>", "/Document/CstmrCdtTrfInitn/Odd"),
        (
            b"    </PmtInf>\n    <PmtInf>",
            b"<Odd/>\n    </PmtInf>\n    <PmtInf>",
            "/Document/CstmrCdtTrfInitn/PmtInf[1]/Odd",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_stands_around_transactions_is_checked_too(old: bytes, new: bytes, path: str, size: int):
    body = file().replace(old, new, 1)
    found = refused(body, size=size)
    assert found[1] == path
    assert found[2].startswith("cvc")


def test_lines_beyond_those_that_libxml2_counts_are_true():
    body = file(batches=[7400], E7390="-1")
    assert refused(body, size=500, bite=1 << 16)[0] == line_of(body, b">-1<") > 65535


@pytest.mark.parametrize("batches", [[], [0], [2, 0, 1]])
def test_a_message_or_instruction_without_transactions_is_refused(batches: list[int]):
    body = "".join(lines("M", batches)).encode()
    assert refused(body, size=1)[2] == "cvc-complex-type.2.4"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + file()[39:], "DOCTYPE"),
        (file().replace(b"<Amt>", b"<!-- -->", 1), "COMMENT"),
        (file().replace(b"<Amt>", b"<?a b?><Amt>", 1), "INSTRUCTION"),
        (file().replace(b"<Amt>", b"<Amt>" + b"<a>" * 70, 1), "DEPTH"),
        (file().replace(b"</Amt>", b"</Amnt>", 1), "MALFORMED"),
        (file().replace("Ngũgĩ".encode(), b"Ng\xff", 1), "MALFORMED"),
        (file().replace(b"UTF-8", b"latin-1", 1), "ENCODING"),
        (file().replace(b"pain.001.001.09", b"pain.001.001.99", 1), "UNSUPPORTED"),
        (file().replace(b"pain.001.001.09", b"pacs.008.001.08", 1), "UNSUPPORTED"),
        (file()[: -len(TAIL)], "MALFORMED"),
        (b"", "MALFORMED"),
        (b"no xml at all", "MALFORMED"),
    ],
)
def test_the_gate_is_as_strict_as_for_any_message(body: bytes, code: str):
    found = refused(body)[2]
    assert found == code or (code == "MALFORMED" and found == "ENCODING")


def test_a_file_that_broke_off_gives_what_is_complete():
    body = file()
    stream = Stream(CATALOGUE, 100)
    assert stream.feed(body[: body.index(b"E6")]) == []
    (part,) = stream.partly()
    found = [step.end_to_end_id for step in part.steps if isinstance(step, CreditTransfer)]
    assert found == ["E1", "E2", "E3", "E4", "E5"]
    assert stream.partly() == []


def test_memory_does_not_grow_with_the_file():
    def peak(count: int) -> int:
        stream = Stream(CATALOGUE, 200)
        tracemalloc.start()
        for piece in lines("M", [count // 4] * 4):
            stream.feed(piece.encode())
        stream.close()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(400)
    assert peak(2000) < 1.2 * peak(800)
