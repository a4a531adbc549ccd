"""The short way to a signed message takes nothing that the long way refuses, and reads the same of what both take."""

import random

import pytest
from lxml import etree

from iso import gate, sealed, signature
from iso.examine import Examiner, RejectedError, Rules
from tests.unit.iso.bank_side import CATALOGUE, NOW, People, signed
from tests.unit.iso.samples import endpoint
from tests.unit.iso.signing import identity
from tests.unit.iso.test_signature_attacks import ATTACKS, GOOD

KEYS = [identity("bank").pinned, identity("rsa bank").pinned]
BODY = signed()
START, END = BODY.index(b"<Sgntr>"), BODY.index(b"</Sgntr>") + len(b"</Sgntr>")
SIGNATURE = BODY[START:END]
REST = BODY[:START] + BODY[END:]


def examiner() -> Examiner:
    return Examiner(CATALOGUE, People(), Rules())


def taken(body: bytes) -> bool:
    """Whether the short way takes the body for what one of the keys signed."""
    opened = sealed.unseal(body, gate.STRICT)
    if opened is None:
        return False
    try:
        return signature.proves(opened.seal, opened.parsed.body, KEYS, NOW, opened.header_el)
    except signature.SignatureRefusedError:
        return False


def verified(body: bytes) -> bool:
    """Whether the long way takes the body."""
    try:
        return bool(signature.verify(gate.read(body), KEYS, NOW))
    except (gate.Refused, signature.SignatureRefusedError):
        return False


def canonical(body: bytes) -> bytes:
    try:
        return etree.tostring(etree.fromstring(body), method="c14n", exclusive=True)
    except (etree.XMLSyntaxError, etree.C14NError):
        return body


def agreed(body: bytes) -> bool:
    """Whether the short way took the body; what it takes the long one takes too, with the same result."""
    one = examiner()
    short = one._sealed(body, NOW)
    if short is not None:
        assert one._whole(body, NOW)[:3] == short[:3]
    return short is not None


@pytest.mark.parametrize("name", GOOD)
def test_a_good_canonical_message_is_taken(name: str):
    assert taken(canonical(GOOD[name]()))


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_is_taken(name: str):
    body = ATTACKS[name]()
    assert not taken(body)
    plain = canonical(body)
    # canonical form has no DOCTYPE, comment or instruction, and without those nothing is wrong
    assert not taken(plain) or verified(plain)


def test_a_message_of_our_own_making_is_taken_and_read_alike():
    assert agreed(BODY)
    assert agreed(signed(sender=endpoint("BANCKENA")))
    assert examiner().examine(BODY, NOW).signed


CHANGES = {
    "declaration of another encoding": b'<?xml version="1.0" encoding="latin-1"?>' + BODY,
    "declaration that is none": b'<?xml version="1.0" coding="UTF-8"?>' + BODY,
    "declaration behind a line": b'\n<?xml version="1.0" encoding="UTF-8"?>' + BODY,
    "comment behind the declaration": b'<?xml version="1.0"?><!---->' + BODY,
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "line before": b"\n" + BODY,
    "text behind": BODY + b"\na",
    "element behind": BODY + b"<a></a>",
    "no signature": REST,
    "empty place": REST[:START] + b"<Sgntr></Sgntr>" + REST[START:],
    "place twice": BODY[:END] + b"<Sgntr></Sgntr>" + BODY[END:],
    "place at the beginning of the header": REST.replace(b"<Fr>", SIGNATURE + b"<Fr>", 1),
    "place in the document": REST.replace(b"<GrpHdr>", SIGNATURE + b"<GrpHdr>", 1),
    "place in Fr": REST.replace(b"</Fr>", SIGNATURE + b"</Fr>", 1),
    "signature doubled": BODY.replace(b"</Sgntr>", SIGNATURE[7:], 1),
    "other prefix bound": BODY.replace(b"xmlns:ds=", b"xmlns:dt=", 1),
    "prefix of xml": SIGNATURE.replace(b"ds:", b"xmlx:").replace(b":ds", b":xmlx").join((BODY[:START], BODY[END:])),
    "prefix that is no name": SIGNATURE.replace(b"ds:", b"1:").replace(b":ds", b":1").join((BODY[:START], BODY[END:])),
    "comment": BODY.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue><!---->", 1),
    "instruction": BODY.replace(b"<GrpHdr>", b"<?a b?><GrpHdr>", 1),
    "attribute of the signature": BODY.replace(b"<ds:SignatureValue>", b'<ds:SignatureValue Id="x">', 1),
    "amount": BODY.replace(b"1000.00", b"1000.01", 1),
    "bank": BODY.replace(b"BANAKENA", b"BANCKENA"),
    "without a key": BODY.replace(b"BANAKENA", b"BANBKENA"),
}


@pytest.mark.parametrize("before", [b"", b'<?xml version="1.0" encoding="UTF-8"?>', b"<?xml version='1.0'?>\r\n \t"])
@pytest.mark.parametrize("behind", [b"", b"\n", b" \r\n\t"])
def test_a_declaration_and_lines_around_the_root_are_no_part_of_canonical_form(before: bytes, behind: bytes):
    assert agreed(before + BODY + behind)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_goes_the_long_way(name: str):
    assert not agreed(CHANGES[name])


def test_a_signed_message_of_another_definition_goes_the_long_way():
    body = signed(message_definition="pacs.008.001.10")
    assert taken(body)
    assert not agreed(body)
    with pytest.raises(RejectedError, match="MsgDefIdr"):
        examiner().examine(body, NOW)


def test_spaces_between_the_parts_of_a_signature_mean_nothing():
    assert agreed(BODY.replace(b"<ds:SignatureValue>", b"\n<ds:SignatureValue>\n", 1))
    assert not agreed(BODY.replace(b"<ds:Reference", b"\n<ds:Reference", 1))


def test_what_was_signed_but_is_not_canonical_is_left_to_the_long_way():
    loose = BODY.replace(b"</GrpHdr>", b"</GrpHdr >", 1)
    assert not agreed(loose)
    assert examiner().examine(loose, NOW).signed


def test_a_digest_of_text_that_is_not_canonical_is_refused():
    """Whoever signs the bytes instead of their canonical form does not keep to the standard."""
    place = BODY[:START] + b"<Sgntr></Sgntr>" + BODY[END:]
    loose = place.replace(b"</GrpHdr>", b"</GrpHdr >", 1)
    header, document = loose[len(b"<BizMsgEnvlp>") : loose.index(b"<Document")], loose[loose.index(b"<Document") :]
    body = signature.seal(header, document.removesuffix(b"</BizMsgEnvlp>"), identity("bank").signing)
    assert not agreed(body)
    with pytest.raises(RejectedError, match="digest differs"):
        examiner().examine(body, NOW)


def test_thousands_of_damaged_messages_are_never_taken_by_the_short_way_alone():
    chance = random.Random(7)
    pieces = [b" ", b"\n", b"", b"<", b">", b"a", b'"', b"&amp;", b"\xc3\xa9", b"\0", b"<a/>", b"<a></a>", b"A"]
    for _ in range(3000):
        place = chance.randrange(len(BODY)) if chance.random() < 0.5 else chance.randrange(START, END)
        end = place + chance.randrange(3)
        agreed(BODY[:place] + chance.choice(pieces) + BODY[end:])
