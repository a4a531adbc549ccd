"""The seeds of the fuzzers are as they are made, and neither they nor bytes near them find a defect."""

import random

import pytest

from tests.conftest import scale
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.targets import TARGETS

TRIES = 60
TOKENS = (
    b"<", b">", b"/", b'"', b"'", b"=", b"&", b";", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x?>", b"&amp;", b"&#0;",
    b" Id='x'", b" URI=''", b"<ds:Object/>", b"<Sgntr/>", b"xmlns:p='u' ", b"\0", b"\xff", b"\xc3\xa9", b"\n", b"0",
)  # fmt: skip


def near(body: bytes, chance: random.Random) -> bytes:
    """The body with one to three pieces taken out, doubled, moved or replaced."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice((0, 1, 4, 20, 200)))
        piece = body[start:end]
        match chance.randrange(4):
            case 0:
                body = body[:start] + body[end:]
            case 1:
                body = body[:end] + piece + body[end:]
            case 2:
                rest = body[:start] + body[end:]
                place = chance.randrange(len(rest) + 1)
                body = rest[:place] + piece + rest[place:]
            case _:
                body = body[:start] + chance.choice(TOKENS) + body[end:]
    return body


def test_the_corpus_is_what_the_seeds_make():
    kept = {str(path.relative_to(CORPUS)): path.read_bytes() for path in CORPUS.rglob("*") if path.is_file()}
    assert kept == seeds(), "python -m tests.fuzz.seeds writes it"


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_what_is_near_them(target: str):
    chance = random.Random(target)
    for name, body in seeds().items():
        if name.startswith(f"{target}/"):
            TARGETS[target](body)
            for _ in range(TRIES * scale()):
                TARGETS[target](near(body, chance))


@pytest.mark.parametrize("target", TARGETS)
def test_bytes_that_are_no_message(target: str):
    chance = random.Random(target)
    for size in (0, 1, 2, 9, 100):
        TARGETS[target](chance.randbytes(size))
