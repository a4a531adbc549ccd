"""A message of a known form is read, judged and refused exactly as if it were the first of its kind."""

import gc
import random
import re
from pathlib import Path

import pytest
from lxml import etree

from iso import gate
from iso.examine import Examiner, RejectedError, Rules
from iso.forms import Forms, tags_of
from iso.messages import head001, pacs002, pacs008
from iso.messages.business import wrap
from iso.messages.placed import UnplacedError, placed
from iso.messages.reading import reader_of
from tests.unit.iso.bank_side import CATALOGUE, NOW, People, signed
from tests.unit.iso.samples import PACS002, PACS008

SAMPLES = Path(__file__).parents[4] / "shared" / "iso20022" / "samples" / "valid"
TEXT = re.compile(rb">([^<>]+)<")
OTHERS = [
    b"0",
    b"",
    b" ",
    b"2026-11-20",
    b"-1",
    b"true",
    b"XX",
    b"a&amp;b",
    b"a&lt;b",
    b"a&#65;b",
    b"a&quot;b",
    b"a&gt;b",
    b"a&#xD;b",
    b"a&apos;b",
    b"\xc3\xa9",
    b"\x7f",
    b"1000.001",
]


class Warm(Examiner):
    """Has met the messages before."""

    def __init__(self, *bodies: bytes, rules: Rules | None = None) -> None:
        super().__init__(CATALOGUE, People(), rules or Rules())
        for body in bodies:
            self.examine(body, NOW)

    def knows(self, body: bytes) -> bool:
        """Whether the form of the body is known."""
        start, end = body.index(b"<Sgntr>") + 7, body.index(b"</Sgntr>")
        return self.forms.get(tags_of(body[:start] + body[end:])) is not None


def outcome(examiner: Examiner, body: bytes) -> object:
    """What comes out of an examination."""
    try:
        return examiner.examine(body, NOW)
    except RejectedError as rejected:
        return rejected.findings, rejected.reference


def status(document: bytes = PACS002) -> bytes:
    return signed(document, message_definition="pacs.002.001.10")


def plain() -> bytes:
    """Without a rule that is broken."""
    return signed(PACS008)


@pytest.mark.parametrize("body", [plain(), status()], ids=["pacs.008", "pacs.002"])
def test_the_second_message_of_a_form_comes_out_as_the_first(body: bytes):
    warm = Warm(body)
    assert warm.knows(body)
    assert warm.examine(body, NOW) == Warm().examine(body, NOW)


@pytest.mark.parametrize(("make", "document"), [(signed, PACS008), (status, PACS002)], ids=["pacs.008", "pacs.002"])
def test_texts_changed_at_random_come_out_as_without_a_form(make, document: bytes):
    chance, warm, places = random.Random(5), Warm(make(document)), list(TEXT.finditer(document))
    met = 0
    for _ in range(400):
        place = chance.choice(places)
        new = chance.choice([*OTHERS, chance.choice(places)[1]])
        body = make(document[: place.start(1)] + new + document[place.end(1) :])
        met += warm.knows(body)
        assert outcome(warm, body) == outcome(Warm(), body)
    assert met > 100


@pytest.mark.parametrize(
    "changed",
    [
        plain().replace(b"1000.00", b"1000.01", 1),
        plain().replace(b"BANAKENA", b"BANZKENA"),
        plain().replace(b"HUBBKENA", b"HUBXKENA"),
        plain().replace(b"2026-11-20T08:00:00.000Z</CreDt>", b"2026-11-10T08:00:00.000Z</CreDt>"),
        plain().replace(b"<BizMsgEnvlp>", b"<BizMsgEnvlp>text", 1),
        plain().replace(b"</AppHdr>", b"</AppHdr>text", 1),
        plain().replace(b"BANBKENA", b"not a BIC", 1),
        plain().replace(b"pacs.008.001.08</MsgDefIdr>", b"pacs.008.001.09</MsgDefIdr>"),
    ],
    ids=["amount", "sender", "receiver", "time", "text in the root", "text between", "schema", "definition"],
)
def test_what_is_wrong_is_refused_alike(changed: bytes):
    warm = Warm(plain())
    assert outcome(warm, changed) == outcome(Warm(), changed)
    assert isinstance(outcome(warm, changed), tuple)


def test_what_is_damaged_at_random_is_refused_alike():
    chance, body = random.Random(3), plain()
    warm = Warm(body)
    for _ in range(800):
        place = chance.randrange(len(body))
        damaged = (
            body[:place]
            + chance.choice([*OTHERS, b" ", b"\n", b"<", b">", b"<a/>"])
            + body[place + chance.randrange(3) :]
        )
        assert outcome(warm, damaged) == outcome(Warm(), damaged)


def test_what_cannot_be_read_by_places_has_no_form():
    more = b'<SplmtryData><Envlp><own xmlns="urn:own">1</own></Envlp></SplmtryData></FIToFICstmrCdtTrf>'
    body = signed(PACS008.replace(b"</FIToFICstmrCdtTrf>", more))
    warm = Warm(body, body)
    assert not warm.knows(body)
    assert len(warm.forms._known) == 1
    assert warm.examine(body, NOW) == Warm().examine(body, NOW)


def test_only_what_is_right_makes_a_form():
    wrong = signed(PACS008.replace(b"DE89370400440532013000", b"DE88370400440532013000"))
    warm = Warm(wrong)
    assert not warm.knows(wrong)
    assert warm.broken["BASE-0001"] == 1
    warm.examine(plain(), NOW)
    assert warm.knows(wrong)
    assert warm.examine(wrong, NOW).findings == Warm().examine(wrong, NOW).findings != ()


def test_the_packs_of_a_sender_count_for_its_messages_alone():
    asked = signed(PACS008, business_service="swift.cbprplus.02")
    silent = plain()
    warm = Warm(silent, asked, silent)
    assert warm.examine(asked, NOW).findings == Warm().examine(asked, NOW).findings != ()
    assert warm.examine(silent, NOW).findings == ()


def test_nothing_of_a_message_waits_for_the_garbage_collector():
    body = plain()
    warm = Warm(body, body)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            warm.examine(body, NOW)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_forms_are_bounded():
    forms = Forms()
    root = etree.fromstring(signed())
    for number in range(1000):
        forms.learn(b"%d" % number, root, root[0], root[1])
    assert len(forms._known) <= 256
    assert tags_of(b"<a>" * 6_000) == b""


def documents() -> list[tuple[str, bytes]]:
    """Samples of the messages that have forms, and our own."""
    found = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("pacs.00[28]*.xml"))]
    return [*found, ("own pacs.008", wrap(b"<a/>", PACS008)), ("own pacs.002", wrap(b"<a/>", PACS002))]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in documents()])
def test_places_give_what_the_reader_reads(body: bytes):
    root = gate.read_file(body)[0]
    readers = head001.READERS | pacs008.READERS | pacs002.READERS
    for part in root.iter("{*}AppHdr", "{*}Document"):
        element = part if part.tag.endswith("AppHdr") else part[0]
        if etree.QName(part).namespace.rpartition(":")[2] not in readers:
            continue
        reader = reader_of(element, readers)
        elements = [each for each in part.iter() if isinstance(each.tag, str)]
        try:
            made = placed(element, reader, {each: place for place, each in enumerate(elements)})
        except UnplacedError:
            assert part.find(".//{*}SplmtryData") is not None
            continue
        assert made.make([each.text or "" for each in elements]) == reader.read(element)
