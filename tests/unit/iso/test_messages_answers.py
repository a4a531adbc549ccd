"""pacs.002, admi.002 and head.001: what answers and headers carry, in and out."""

import pytest
from msgspec.structs import replace

from iso import gate
from iso.messages import admi002, head001, pacs002
from iso.messages.fields import Reason
from iso.messages.shape import ShapeError
from tests.unit.iso.samples import PACS002, header


def test_a_status_report_survives_byte_for_byte():
    assert pacs002.write(pacs002.read(gate.read(PACS002).document_el)).body == PACS002


def test_a_reason_is_code_and_lines():
    status = pacs002.read(gate.read(PACS002).document_el).transactions[0]
    assert status.reasons == (Reason("AC03", info=("FSPIOP-3204 no such account", "second line")),)
    assert (status.status, status.original_transaction_id, status.settlement_date) == ("RJCT", "T-1", "2026-11-20")


def test_a_reason_line_longer_than_105_is_cut_and_named():
    report = pacs002.read(gate.read(PACS002).document_el)
    long = replace(report.transactions[0], reasons=(Reason("NARR", info=("x" * 106,)),))
    written = pacs002.write(replace(report, transactions=(long,)))
    assert written.lost == ("TxInfAndSts/StsRsnInf/AddtlInf",)
    assert b"<AddtlInf>" + b"x" * 105 + b"</AddtlInf>" in written.body


def test_a_reject_is_cut_to_its_lengths():
    reject = admi002.Admi002(reference="BM-1", reason="FF01", location="/" * 400, description="d" * 400)
    read = admi002.read(gate.read(admi002.write(reject).body).document_el)
    assert (len(read.location), len(read.description)) == (350, 350)


def test_a_header_survives_with_the_header_it_answers():
    answer = replace(
        header("pacs.002.001.10", "BM-2"), related=(head001.related_to(header()),), possible_duplicate=True
    )
    for version in head001.VERSIONS:
        written = head001.write(answer, version)
        read = head001.read(gate.read(written.body).header_el)
        assert replace(read, definition=answer.definition) == answer


def test_the_first_edition_of_the_header_wants_its_time_in_utc():
    for moment, utc in [
        ("2026-11-20T11:00:00+03:00", "2026-11-20T08:00:00Z"),
        ("2026-11-20T24:00:00+03:00", "2026-11-20T21:00:00Z"),
        ("2026-11-20T08:00:00", "2026-11-20T08:00:00Z"),
    ]:
        body = head001.write(replace(header(), created=moment), "head.001.001.01").body
        assert f"<CreDt>{utc}</CreDt>".encode() in body


def test_a_header_is_written_with_a_place_for_the_signature_only_when_asked():
    signed = replace(header(), signed=True)
    assert b"Sgntr" not in head001.write(signed).body
    assert b"</CreDt><Sgntr></Sgntr></AppHdr>" in head001.write(header(), place_for_signature=True).body


def test_a_header_of_an_unknown_version_is_refused():
    with pytest.raises(ShapeError):
        head001.read(gate.read(head001.write(header()).body.replace(b"head.001.001.02", b"head.001.001.09")).header_el)


def test_a_struct_without_its_required_parts_is_a_defect():
    broken = PACS002.replace(b"<MsgId>S-1</MsgId>", b"")
    with pytest.raises(ShapeError, match="message_id"):
        pacs002.read(gate.read(broken).document_el)
