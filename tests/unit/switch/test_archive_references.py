"""What an archived message can be found by, in every dialect."""

import pytest

from schemas.canonical.wire import Dialect
from switch.archive.references import MOST, Key, Reference, references
from switch.archive.search import reference

XML = b"""<?xml version="1.0"?>
<p:Document xmlns:p="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><p:FIToFICstmrCdtTrf>
<p:GrpHdr><p:MsgId> A&amp;B-1 </p:MsgId></p:GrpHdr><p:CdtTrfTxInf><p:PmtId><p:InstrId>I1</p:InstrId>
<p:EndToEndId>E1</p:EndToEndId><p:TxId>T1</p:TxId><p:UETR>8a562c67-ca16-48ba-b074-65581be6f011</p:UETR></p:PmtId>
<p:IntrBkSttlmAmt Ccy="USD">12.50</p:IntrBkSttlmAmt><p:InstdAmt Ccy="USD">12.5</p:InstdAmt>
<p:Dbtr><p:Nm>MsgId</p:Nm></p:Dbtr></p:CdtTrfTxInf></p:FIToFICstmrCdtTrf></p:Document>"""


def test_xml_is_found_by_its_identifications_and_amounts_each_once():
    assert references(Dialect.ISO_XML, "pacs.008.001.08", XML) == (
        (Key.MESSAGE_ID, "A&B-1"),
        (Key.INSTRUCTION_ID, "I1"),
        (Key.END_TO_END_ID, "E1"),
        (Key.TRANSACTION_ID, "T1"),
        (Key.UETR, "8a562c67-ca16-48ba-b074-65581be6f011"),
        (Key.AMOUNT, "12.5 USD"),
    )


@pytest.mark.parametrize("name", ["OrgnlMsgId", "OrgnlEndToEndId", "OrgnlUETR", "OrgnlPmtInfId"])
def test_an_answer_is_found_by_what_it_answers(name):
    assert [value for _, value in references(Dialect.ISO_XML, "", b"<%b>X1</%b>" % (name.encode(), name.encode()))] == [
        "X1"
    ]


def test_fspiop_is_found_by_path_and_members_at_any_depth():
    amount = b'{"amount":"7.10","currency":"KES"}'
    body = b'{"bulkTransferId":"B","individualTransfers":[{"transferId":"T","transferAmount":%b}]}' % amount

    assert references(Dialect.FSPIOP, "/bulkTransfers/B%2F1?x=1", body) == (
        (Key.TRANSFER_ID, "B/1"),
        (Key.TRANSFER_ID, "B"),
        (Key.TRANSFER_ID, "T"),
        (Key.AMOUNT, "7.1 KES"),
    )


def test_the_iso_variant_is_found_by_the_names_of_iso():
    amount = b'{"Ccy":"USD","ActiveCurrencyAndAmount":"5"}'
    body = b'{"CdtTrfTxInf":{"PmtId":{"TxId":"T","EndToEndId":"E"},"IntrBkSttlmAmt":%b}}' % amount

    found = references(Dialect.FSPIOP_ISO, "/transfers", body)

    assert set(found) == {(Key.TRANSACTION_ID, "T"), (Key.END_TO_END_ID, "E"), (Key.AMOUNT, "5 USD")}


@pytest.mark.parametrize("body", [b"", b"{", b"[1,2]", b'"text"', b"\xff\xfe", b"[" * 990 + b"]" * 990, b"[" * 9000])
def test_what_cannot_be_read_is_found_by_its_path_only(body):
    assert references(Dialect.FSPIOP, "/quotes/Q", body) == ((Key.QUOTE_ID, "Q"),)


def test_a_huge_file_is_found_by_its_first_payments():
    many = b"".join(b"<EndToEndId>E%d</EndToEndId>" % number for number in range(MOST + 10))

    assert len(references(Dialect.ISO_XML, "", many)) == MOST


@pytest.mark.parametrize("text", ["12.50 USD", "12.5 usd", " 12.500 USD "])
def test_an_amount_is_searched_for_in_any_spelling(text):
    assert reference(Key.AMOUNT, text) == Reference(Key.AMOUNT, "12.5 USD")


@pytest.mark.parametrize("text", ["much", "12.50", "12.50 DOLLARS", "12,50 USD"])
def test_what_is_no_amount_is_not_searched_for(text):
    with pytest.raises(ValueError, match="write it as"):
        reference(Key.AMOUNT, text)
