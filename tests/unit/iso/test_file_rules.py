"""A file is judged part by part: a payment that breaks a rule is found by its place, the rest speaks of the whole."""

import tracemalloc

import pytest

from iso import gate
from iso.file_rules import OF_WHOLE, PartJudge
from iso.judging import Judge
from iso.rules.packs import PACKS
from iso.stream import Part, Stream
from schemas.catalogue import Catalogue
from tests.unit.iso.files import TAIL, file, lines

CATALOGUE = Catalogue()
ACCOUNT = b"<CdtrAcct><Id><Othr><Id>0220000002</Id></Othr></Id></CdtrAcct>"
WRONG = b"<CdtrAcct><Id><IBAN>DE00345678901234567890</IBAN></Id></CdtrAcct>"
DEBTOR = b"<DbtrAcct><Id><Othr><Id>0110000001</Id></Othr></Id></DbtrAcct>"
LEI = b"<Id><OrgId><LEI>529900T8BM49AURSDO00</LEI></OrgId></Id></InitgPty>"


def judged(body: bytes, size: int, own=("base",), bite: int = 900, **how) -> tuple[list[Part], Judge]:
    judge = Judge((), refuse=False, limits=gate.BULK)
    stream = Stream(CATALOGUE, size, **how)
    stream.judge = PartJudge(judge, None, None, own)
    parts = [part for at in range(0, len(body), bite) for part in stream.feed(body[at : at + bite])]
    return [*parts, *stream.close()], judge


def found(parts: list[Part], size: int) -> dict[int, str]:
    """Which payments of the file are refused, and with what."""
    return {number * size + place: one.iso for number, part in enumerate(parts) for place, one in
            part.weighed.faults.items()}  # fmt: skip


def broken(*numbers: int) -> bytes:
    """A file of three PmtInf in which payments (from 0) have an account that cannot be."""
    pieces = file(batches=[3, 1, 4]).split(ACCOUNT)
    joints = [WRONG if number in numbers else ACCOUNT for number in range(len(pieces) - 1)]
    return b"".join(piece + joint for piece, joint in zip(pieces, [*joints, b""], strict=True))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("numbers", [(0,), (2, 3), (3,), (1, 7)])
def test_each_payment_that_breaks_a_rule_is_found_wherever_the_parts_are_cut(size: int, numbers: tuple[int, ...]):
    parts, judge = judged(broken(*numbers), size)
    assert found(parts, size) == dict.fromkeys(numbers, "AC01")
    assert judge.counts["BASE-0001"] == len(numbers)
    assert not any(part.weighed.wrong for part in parts)


def test_the_place_that_is_told_is_that_in_the_file():
    parts, _ = judged(broken(6), 2)
    (reason,) = [one for part in parts for one in part.weighed.faults.values()]
    assert reason.description.startswith("BASE-0001") and reason.description.endswith("CdtrAcct/Id/IBAN")


@pytest.mark.parametrize("size", [1, 2, 100])
def test_what_is_wrong_with_a_pmtinf_is_wrong_with_all_its_payments(size: int):
    pieces = file(batches=[3, 1, 4]).split(DEBTOR)
    body = DEBTOR.join([*pieces[:2], WRONG.replace(b"Cdtr", b"Dbtr").join(pieces[2:4])])
    assert set(found(judged(body, size)[0], size)) == set(range(4, 8))


@pytest.mark.parametrize("size", [2, 100])
def test_what_is_wrong_with_the_group_is_wrong_with_the_whole(size: int):
    body = file().replace(b"</InitgPty>", LEI)
    parts, _ = judged(body, size)
    assert parts[0].weighed.wrong is not None and "BASE-0007" in parts[0].weighed.wrong.description
    assert found(parts, size) == {}


@pytest.mark.parametrize("size", [1, 3])
def test_counts_and_sums_of_a_right_file_are_right_in_every_part(size: int):
    assert {rule.number for rule in PACKS["base"]} >= OF_WHOLE
    parts, judge = judged(file(batches=[3, 1, 4]), size)
    assert (found(parts, size), judge.counts) == ({}, {})


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_warnings_are_counted_once_each_and_refuse_nothing(size: int):
    nowhere = b"<CdtrAcct><Id><IBAN>ZZ80539007547034</IBAN></Id></CdtrAcct>"
    body = file(batches=[3, 1, 4]).replace(ACCOUNT, nowhere, 2).replace(DEBTOR, nowhere.replace(b"Cdtr", b"Dbtr"), 1)
    parts, judge = judged(body, size)
    assert found(parts, size) == {} and not any(part.weighed.wrong for part in parts)
    assert judge.counts["BASE-0003"] == 3


def test_without_an_agreement_rules_are_only_counted():
    parts, judge = judged(broken(1), 3, own=())
    assert found(parts, 3) == {} and not judge.counts
    counting = Judge(("base",), refuse=False, limits=gate.BULK)
    stream = Stream(CATALOGUE, 3)
    stream.judge = PartJudge(counting, None, None, ())
    parts = [*stream.feed(broken(1)), *stream.close()]
    assert found(parts, 3) == {} and counting.counts["BASE-0001"] == 1


def test_no_more_is_held_of_a_long_file_with_rules_than_of_a_short_one():
    def peak(count: int) -> int:
        stream = Stream(CATALOGUE, 50)
        stream.judge = PartJudge(Judge((), refuse=False, limits=gate.BULK), None, None, ("base",))
        tracemalloc.start()
        for line in lines("LONG", [count]):
            stream.feed(line.replace(ACCOUNT.decode(), WRONG.decode()).encode())
        stream.close()
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    assert TAIL
    peak(100)
    assert peak(1500) < 2 * peak(300)
