"""What messages of cases ask and answer, as the ledger gets it; and that the real ones are understood."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from iso import gate
from iso.messages import business
from iso.messages.camt029 import Camt029, CancellationAnswer, GroupAnswer, TransactionAnswer
from iso.messages.camt056 import Camt056, Cancellation, Cancellations
from iso.messages.case_pieces import Assignment, CaseId, GroupCancellation
from iso.messages.fields import Code, Reason
from schemas.canonical.cases import CaseKind, CaseReferences, Verdict, Why
from schemas.canonical.identity import FspId, transfer_id_of
from schemas.canonical.wire import Dialect, Envelope
from translator.iso import cases

BANK = FspId("bank-a")
UETR = "b51ec534-ee48-4575-b6a9-ead2955b8069"
NOW = datetime(2026, 1, 15, tzinfo=UTC)
SENT = Envelope(BANK, Dialect.ISO_XML, message_id="m", received_at=NOW)
AROUND = Assignment("A-1")


def recall(*transactions, **fields):
    return cases.recall(
        Camt056(assignment=AROUND, underlying=(Cancellations(transactions=transactions),), **fields), SENT
    )


def one(**fields):
    return Cancellation(**{"cancellation_id": "C-1", "original_uetr": UETR, **fields})


def answer(status=None, confirmation=None, **fields):
    told = TransactionAnswer(original_uetr=UETR, status=status)
    details = CancellationAnswer(transactions=(told,))
    message = Camt029(assignment=AROUND, confirmation=confirmation, cancellations=(details,), **fields)
    (reply,) = cases.resolution(message, SENT).replies
    return reply


def test_a_recall_says_whose_it_is_what_for_and_which_payment():
    (request,) = recall(one(case=CaseId("K-1"), reasons=(Reason("FRAD", info=("stolen",)),))).requests
    assert (request.kind, request.payments, request.why) == (CaseKind.RECALL, (UETR,), Why("FRAD", info=("stolen",)))
    assert request.references.names == ("K-1", "C-1", "A-1")
    assert request.references.in_transaction


def test_the_same_recall_in_another_message_is_the_same_and_another_is_not():
    (first,), (again,) = recall(one()).requests, cases.recall(
        Camt056(assignment=Assignment("A-2"), underlying=(Cancellations(transactions=(one(),)),)), SENT
    ).requests  # fmt: skip
    (other,) = recall(one(reasons=(Reason("FRAD"),))).requests
    assert (first.key, first.content_hash) == (again.key, again.content_hash)
    assert first.key == other.key
    assert first.content_hash != other.content_hash


def test_recalls_without_ids_of_their_own_are_told_apart_by_their_payments():
    message = recall(one(cancellation_id=None), one(cancellation_id=None, original_uetr=UETR.replace("b5", "c5")))
    assert len({request.key for request in message.requests}) == 2


@pytest.mark.parametrize(
    ("references", "payments"),
    [
        (CaseReferences(uetr=UETR.upper()), (UETR,)),
        (CaseReferences(transaction_id=UETR.replace("-", "")), (UETR,)),
        (
            CaseReferences(transaction_id="T-1", settlement_date="2026-01-14"),
            (transfer_id_of(None, "T-1", BANK, "2026-01-14"),),
        ),
        (
            CaseReferences(transaction_id="T-1", settlement_date="2026-01-14", created="2026-01-13T23:59:59Z"),
            tuple(transfer_id_of(None, "T-1", BANK, day) for day in ("2026-01-14", "2026-01-13")),
        ),
        (
            CaseReferences(message_id="M", instruction_id="I", end_to_end_id="E", created="2026-01-14T00:00:00"),
            (transfer_id_of(None, "M/I/E", BANK, "2026-01-14"),),
        ),
        (CaseReferences(end_to_end_id="E"), ()),
    ],
)  # fmt: skip
def test_references_lead_to_payments(references, payments):
    found = cases.candidates(references, BANK)
    assert [each for each in found if each in payments] == [*payments]


def test_a_whole_message_is_recalled_by_its_id():
    group = GroupCancellation(
        cancellation_id="G-1", original_message_id="M-1", original_message_name="pacs.008.001.08", whole=True,
        reasons=(Reason("TECH"),),
    )  # fmt: skip
    message = Camt056(assignment=AROUND, case=CaseId("K-1"), underlying=(Cancellations(group=group),))
    (request,) = cases.recall(message, SENT).requests
    assert (request.references.message_id, request.references.names) == ("M-1", ("K-1", "G-1", "A-1"))
    assert request.why.code == "TECH"


def test_a_recall_of_nothing_or_of_too_much_is_wrong_in_itself():
    assert recall().requests[0].fault.name == "MISSING_ELEMENT"
    many = recall(*(one(cancellation_id=str(number)) for number in range(cases.REQUESTS_MAX + 1))).requests
    assert [request.fault.name for request in many] == ["TOO_MANY_ELEMENTS"]


@pytest.mark.parametrize(
    ("status", "confirmation", "verdict"),
    [
        ("ACCR", "CNCL", Verdict.ACCEPTED),
        ("RJCR", "RJCR", Verdict.REFUSED),
        ("PDCR", "PDCR", Verdict.PENDING),
        ("RJCR", "CNCL", Verdict.REFUSED),
        (None, "CNCL", Verdict.ACCEPTED),
        (None, "PECR", Verdict.ACCEPTED),
        (None, "RJCR", Verdict.REFUSED),
        (None, "UWFW", Verdict.PENDING),
        (None, "INFO", Verdict.ANSWERED),
        (None, None, Verdict.ANSWERED),
    ],
)
def test_what_an_answer_says(status, confirmation, verdict):
    assert answer(status, confirmation).verdict is verdict


def test_other_words_of_refusal():
    assert answer(rejections=(Code("UM04"),)).verdict is Verdict.REFUSED
    assert answer(duplicate_of=CaseId("K-2")).verdict is Verdict.REFUSED


def test_an_answer_may_be_about_a_whole_message():
    group = GroupAnswer(original_message_id="M-1", original_message_name="pacs.008", status="RJCR", case=CaseId("K-1"))
    message = Camt029(assignment=AROUND, confirmation="RJCR", cancellations=(CancellationAnswer(group=group),))
    (reply,) = cases.resolution(message, SENT).replies
    assert (reply.verdict, reply.names, reply.references.message_id) == (Verdict.REFUSED, ("K-1",), "M-1")


def test_real_messages_name_their_payment(shared):
    found = 0
    for path in sorted((shared / "iso20022/samples/valid").glob("camt.0[25][69]*.xml")):
        document = next(gate.read(path.read_bytes()).root.iter("{*}Document"))
        message = business.read(None, document).document
        uetr = document.findtext(".//{*}OrgnlUETR")
        assert etree.QName(document).localname == "Document"
        if isinstance(message, Camt056):
            (request,) = cases.recall(message, SENT).requests
            assert (request.payments[0], request.why.code) == (uetr, "CUST")
        elif isinstance(message, Camt029):
            (reply,) = cases.resolution(message, SENT).replies
            assert (reply.payments, reply.verdict) == ((uetr,), Verdict.ACCEPTED)
        found += 1
    assert found
