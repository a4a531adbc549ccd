"""A signature of a known make has the parts that it has without one, and no other is taken for one of that make."""

import random

import pytest

from iso import sealed
from iso.moulds import Moulds
from tests.unit.iso.bank_side import signed
from tests.unit.iso.samples import PACS002, PACS008


def signature(body: bytes) -> bytes:
    return body[body.index(b"<Sgntr>") + len(b"<Sgntr>") : body.index(b"</Sgntr>")]


FIRST, SECOND = signature(signed(PACS008)), signature(signed(PACS002, message_definition="pacs.002.001.10"))


def warm(text: bytes = FIRST) -> Moulds:
    moulds, made = Moulds(), sealed._seal(text)
    assert made is not None
    moulds.learn(text, made)
    return moulds


@pytest.mark.parametrize("signer", ["bank", "rsa bank"])
def test_the_next_signature_of_a_make_has_its_own_parts(signer: str):
    first, second = (signature(signed(document, signer)) for document in (PACS008, PACS008.replace(b"I-1", b"I-2")))
    assert first != second
    assert Moulds().seal(second) is None
    assert warm(first).seal(second) == sealed._seal(second) is not None


def test_another_certificate_is_another_make():
    assert warm().seal(signature(signed(PACS008, "rsa bank"))) is None


def test_what_is_damaged_at_random_is_not_of_the_make_or_as_without_one():
    chance, moulds, taken = random.Random(9), warm(), 0
    pieces = [b"", b" ", b"\n", b"\x0b", b"A", b"=", b"<", b">", b"&amp;", b"/", b"-", b"\xc3\xa9", b"<a/>"]
    for _ in range(4000):
        place = chance.randrange(len(SECOND))
        damaged = SECOND[:place] + chance.choice(pieces) + SECOND[place + chance.randrange(3) :]
        made = moulds.seal(damaged)
        taken += made is not None
        assert made is None or made == sealed._seal(damaged)
    assert taken > 10


def test_makes_are_bounded():
    moulds, made = Moulds(), sealed._seal(FIRST)
    assert made is not None
    for number in range(600):
        moulds.learn(FIRST + b" " * number, made)
    assert len(moulds._known) <= 256
    moulds = Moulds()
    moulds.learn(FIRST + b" " * 9_000, made)
    assert not moulds._known
