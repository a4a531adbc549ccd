"""A message is checked in a fixed order, and what is wrong is told with code, place and a sentence."""

from datetime import timedelta

import pytest

from iso.examine import Examiner, RejectedError, Rules
from iso.messages.fields import ORGANISATION, Party
from iso.messages.head001 import Endpoint
from tests.unit.iso.bank_side import CATALOGUE, NOW, People, bare, plain, signed
from tests.unit.iso.samples import PACS002, PACS008, endpoint


def examiner(**rules) -> Examiner:
    return Examiner(CATALOGUE, People(), Rules(**rules))


def rejected(body: bytes, caller: str | None = None, **rules) -> RejectedError:
    with pytest.raises(RejectedError) as error:
        examiner(**rules).examine(body, NOW, caller=caller)
    return error.value


@pytest.mark.parametrize(
    ("body", "sender", "is_signed"),
    [
        (plain(), "banka", False),
        (signed(), "banka", True),
        (signed(sender=endpoint("BANCKENA")), "bankc", True),
        (signed(signer="stranger", sender=endpoint("BANBKENA")), "bankb", False),
        (bare("BANDKENA"), "bankd", False),
        (plain(PACS002, message_definition="pacs.002.001.10"), "banka", False),
    ],
    ids=["plain", "signed", "must sign", "no key on file", "bare", "answer"],
)
def test_right_messages_pass(body: bytes, sender: str, is_signed: bool):
    message = examiner().examine(body, NOW, (("content-type", "text/xml"),), caller=sender)
    assert (message.sender, message.signed, message.original.body) == (sender, is_signed, body)
    assert message.original.target == message.business.message_definition
    assert message.original.headers == (("content-type", "text/xml"),)


def test_the_id_is_that_of_the_header_or_of_the_bare_document():
    assert examiner().examine(plain(), NOW).message_id == "BM-1"
    assert examiner().examine(bare("BANDKENA"), NOW).message_id == "MSG-1"


BROKEN = PACS008.replace(b"<NbOfTxs>1<", b"<NbOfTxs>one<")
ORGANISATION_SENDER = Endpoint(organisation=Party(name="x", kind=ORGANISATION))
WRONG = {
    "no xml": (b"{}", "MALFORMED", "/", None),
    "doctype": (b"<!DOCTYPE x><x/>", "DOCTYPE", "/", None),
    "no document": (plain().partition(b"<Document")[0] + b"</BizMsgEnvlp>", "SHAPE", "/BizMsgEnvlp", None),
    "header alone": (plain().partition(b"<Document")[0].removeprefix(b"<BizMsgEnvlp>"), "SHAPE", "/AppHdr", "BM-1"),
    "header breaks its schema": (
        plain().replace(b"<CreDt>2026", b"<CreDt>x2026"),
        "cvc-datatype-valid.1.2.1",
        "/AppHdr/CreDt",
        "BM-1",
    ),
    "unknown header": (plain().replace(b"head.001.001.02", b"head.001.001.09"), "UNSUPPORTED", "/AppHdr", "BM-1"),
    "other definition": (plain(message_definition="pacs.008.001.10"), "MSG_DEF_IDR", "/AppHdr/MsgDefIdr", "BM-1"),
    "unknown message": (
        plain(
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.018.001.05"><A/></Document>',
            message_definition="camt.018.001.05",
        ),
        "UNSUPPORTED",
        "/Document",
        "BM-1",
    ),
    "stale": (plain(created="2026-11-19T07:59:00Z"), "TIME", "/AppHdr/CreDt", "BM-1"),
    "in the future": (plain(created="2026-11-20T11:06:00+03:00"), "TIME", "/AppHdr/CreDt", "BM-1"),
    "no moment": (plain(created="20260-11-20T08:00:00Z"), "TIME", "/AppHdr/CreDt", "BM-1"),
    "to a stranger": (plain(receiver=endpoint("STRGKENA")), "RECEIVER", "/AppHdr/To", "BM-1"),
    "stranger": (plain(sender=endpoint("STRGKENA")), "SENDER", "/AppHdr/Fr", "BM-1"),
    "organisation": (plain(sender=ORGANISATION_SENDER), "SENDER", "/AppHdr/Fr", "BM-1"),
    "broken signature": (signed().replace(b"1000.00", b"1000.01"), "SIGNATURE", "/BizMsgEnvlp", "BM-1"),
    "signature of another": (
        signed(signer="stranger"),
        "SIGNATURE",
        "/BizMsgEnvlp/AppHdr/Sgntr/Signature/SignatureValue",
        "BM-1",
    ),
    "not signed": (plain(sender=endpoint("BANCKENA")), "SIGNATURE", "/AppHdr", "BM-1"),
    "no certificate": (signed(sender=endpoint("BANEKENA")), "SIGNATURE", "/AppHdr/Sgntr", "BM-1"),
    "document breaks its schema": (
        plain(BROKEN),
        "cvc-pattern-valid",
        "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs",
        "BM-1",
    ),
    "bare, not agreed": (bare("BANAKENA"), "BARE", "/Document", None),
    "bare, must sign": (bare("BANEKENA"), "SIGNATURE", "/Document", None),
    "bare, stranger": (bare("STRGKENA"), "SENDER", "/Document/FIToFICstmrCdtTrf/GrpHdr/InstgAgt", None),
    "bare, nobody": (PACS002, "SENDER", "/Document", None),
    "bare, unknown": (b'<Document xmlns="urn:x"/>', "UNSUPPORTED", "/Document", None),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_messages_are_rejected_with_code_and_place(name: str):
    body, code, path, reference = WRONG[name]
    error = rejected(body)
    assert (error.findings[0].code, error.findings[0].path, error.reference) == (code, path, reference)


def test_the_signature_is_checked_before_the_schema_and_the_lines_are_those_of_the_original():
    broken = signed(PACS008.replace(b"<GrpHdr>", b"\n<GrpHdr\n>").replace(b"<NbOfTxs>1<", b"\n<NbOfTxs>one<"))
    (finding,) = rejected(broken).findings
    assert finding.code == "cvc-pattern-valid"
    assert finding.line == broken[: broken.index(b"<NbOfTxs")].count(b"\n") + 1 == 4
    assert rejected(broken.replace(b"1000.00", b"1000.01")).findings[0].code == "SIGNATURE"


def test_a_scheme_may_know_its_services_demand_signatures_and_narrow_the_window():
    known = frozenset({"rtp"})
    assert rejected(plain(), services=known).findings[0].code == "SERVICE"
    assert examiner(services=known).examine(plain(business_service="rtp"), NOW)
    assert rejected(plain(), demand_signatures=True).findings[0].text == "the message must be signed"
    assert rejected(bare("BANDKENA"), demand_signatures=True).findings[0].code == "SIGNATURE"
    assert rejected(plain(), oldest=timedelta(seconds=0)).findings[0].code == "TIME"


def test_a_connection_speaks_for_its_own_participant_only():
    error = rejected(plain(), caller="bankb")
    assert (error.findings[0].code, error.reference) == ("SENDER", "BM-1")


def test_what_was_verified_is_counted():
    one = examiner()
    for body in (plain(), signed(), signed(), signed(sender=endpoint("BANBKENA"))):
        one.examine(body, NOW)
    assert one.counts == {"unsigned": 2, "verified": 2, "no key on file": 1}
