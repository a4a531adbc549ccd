"""pacs.002 both ways: which payment it is about, what it says, and what the hub says to a bank."""

import msgspec
import pytest

from iso.messages import pacs002
from iso.messages.fields import Reason
from iso.messages.pacs002 import VERSIONS, GroupStatus, Pacs002, TransactionStatus
from iso.messages.shape import Amount
from schemas.canonical.commands import Fulfil, Note, Refuse, Reject
from schemas.canonical.events import Committed, Corrected, Pending, Refused, Reserved, Role, Stated
from schemas.canonical.faults import fault
from schemas.canonical.identity import TransferId, iso_reference, uetr_of
from schemas.canonical.money import Money
from schemas.canonical.participants import IsoProfile
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Answered, TransferState
from tests.unit.translator.world import (
    BANK_A,
    BANK_B,
    GOLDEN,
    NOW,
    UUID,
    bank_envelope,
    original,
    payment,
    prepared,
    told,
    transfer,
    typed,
)
from translator.faults import fault_of, reason_of
from translator.iso.agents import hub_institution, institution_of
from translator.iso.moments import moment_out
from translator.iso.reports import OriginalIds, answer, refuse, status_of, status_told, transfer_named, write_report
from translator.outgoing import RenderContext, Task

ACCEPTING = IsoProfile().accept_statuses
BANK_XML = (GOLDEN / "bank_pays_wallet.pacs008.xml").read_bytes()


def report(status="ACSP", group=None, **fields):
    one = TransactionStatus(status=status, original_uetr=UUID, **fields)
    groups = (GroupStatus(original_message_id="M-1", original_message_name="pacs.008.001.08", status=group),)
    return Pacs002(message_id="S-1", created="2026-11-20T08:00:01Z", groups=groups if group else (),
                   transactions=(one,) if status or not group else ())  # fmt: skip


def heard(message):
    return answer(message, TransferId(UUID), ACCEPTING, bank_envelope(sender="bankb"))


@pytest.mark.parametrize("status", ["ACCP", "ACSP", "ACSC", "ACCC", "ACWP"])
def test_accepting_statuses_fulfil(status):
    command = heard(report(status))
    assert isinstance(command, Fulfil)
    assert (command.answered, command.iso_status, command.fulfilment) == (Answered.ACCEPTED, status, None)


@pytest.mark.parametrize(("status", "kind"), [("RCVD", Note), ("ACTC", Note), ("PDNG", Note), ("BLCK", Note),
                                               ("RJCT", Reject), ("CANC", Reject)])  # fmt: skip
def test_other_statuses_note_or_reject(status, kind):
    assert isinstance(heard(report(status)), kind)


def test_a_status_the_bank_did_not_agree_to_only_is_noted():
    assert isinstance(answer(report("ACSP"), TransferId(UUID), ("ACSC",), bank_envelope()), Note)


def test_a_group_status_counts_for_its_one_payment():
    assert isinstance(heard(report(None, "RJCT")), Reject)
    assert isinstance(heard(report(None, "ACSC")), Fulfil)


@pytest.mark.parametrize("status", ["ACSP", "RJCT", "PDNG"])
def test_the_amount_that_a_report_repeats_is_handed_on(status):
    assert heard(report(status)).stated is None
    told = heard(report(status, original_amount=Amount("5.50", "USD")))
    assert told.stated == Money(55_000, "USD")
    odd = heard(report(status, original_amount=Amount("5.555", "USD")))
    assert isinstance(odd, Refuse) and odd.fault.iso == "AM09"


def test_no_status_or_several_payments_are_refused():
    assert heard(report(None)).fault.fspiop == "3102"
    two = msgspec.structs.replace(report(), transactions=report().transactions * 2)
    assert isinstance(heard(two), Refuse)


@pytest.mark.parametrize(("reason", "code", "text"), [
    (Reason(code="AC03"), "3204", "AC03"),
    (Reason(code="AC03", info=("no such account",)), "3204", "AC03 no such account"),
    (Reason(code="MS03", info=("FSPIOP-5105 not today",)), "5105", "not today"),
    (Reason(proprietary="4101"), "4101", "4101"),
    (Reason(code="FF07"), "3100", "FF07"),
    (Reason(code="ZZZZ", info=("two", "lines")), "5000", "ZZZZ two lines"),
])  # fmt: skip
def test_reasons_become_faults(reason, code, text):
    found = fault_of((reason,))
    assert (found.fspiop, found.description) == (code, text)


@pytest.mark.parametrize(("given", "code", "own"), [
    ("AC04", "AC04", None), ("4101", "CUST", None), ("XYZ1", "NARR", None), ("SCHEME-17", None, "SCHEME-17"),
])  # fmt: skip
def test_a_banks_own_code_becomes_no_code_of_the_list(given, code, own):
    told = reason_of(fault_of((Reason(proprietary=given, info=("because",)),)), [])
    assert (told.code, told.proprietary) == (code, own)
    assert f"{given} because" in told.info[0]


@pytest.mark.parametrize("name", ["INSUFFICIENT_LIQUIDITY", "EXPIRED", "DESTINATION_FSP", "ZERO_AMOUNT", "MODIFIED"])
def test_a_fault_comes_back_from_its_reason_as_it_went(name):
    first = fault(name, "d" * 90)
    back = fault_of((reason_of(first, []),))
    assert (back.fspiop, back.iso, back.description) == (first.fspiop, first.iso, first.description)


@pytest.mark.parametrize("transfer_id", [
    UUID, "01JD0000000000000000000001", "8a562c67-ca16-1aba-b074-65581be6f001", "8a562c67-ca16-7aba-b074-65581be6f001",
])  # fmt: skip
def test_the_ids_of_a_payment_the_hub_made_name_its_transfer(transfer_id):
    ids = OriginalIds(transaction_id=iso_reference(TransferId(transfer_id)), uetr=uetr_of(TransferId(transfer_id)))
    assert transfer_named(ids) == transfer_id


@pytest.mark.parametrize(("tx_id", "uetr", "named"), [
    ("T-1", UUID, UUID),
    ("01JD0000000000000000000001", UUID.upper(), UUID),
    (None, UUID, UUID),
    ("T-1", None, None),
    (None, None, None),
])  # fmt: skip
def test_a_banks_own_ids_name_its_transfer_or_must_be_searched(tx_id, uetr, named):
    assert transfer_named(OriginalIds(transaction_id=tx_id, uetr=uetr)) == named


@pytest.mark.parametrize(("state", "iso_status", "status"), [
    (TransferState.RESERVED, None, "ACSP"),
    (TransferState.COMMITTED, "ACSC", "ACSC"),
    (TransferState.COMMITTED, "ACWP", "ACWP"),
    (TransferState.ABORTED, None, "RJCT"),
])  # fmt: skip
def test_states_are_told_as_statuses(state, iso_status, status):
    one = transfer(state=state, iso_status=iso_status, fault=fault("EXPIRED"), completed=NOW)
    for event in (Stated(one, Role.PAYEE), Corrected(one)):
        assert typed(told(event, BANK_B).body).transactions[0].status == status


def test_a_payment_that_stands_is_told_with_the_reason_why_another_word_was_not_taken():
    one = transfer(state=TransferState.COMMITTED, completed=NOW)
    (status,) = typed(told(Corrected(one, fault("NOT_RESERVED")), BANK_B).body).transactions
    assert (status.status, status.reasons[0].info[0][:11]) == ("ACSC", "FSPIOP-3100")


def test_the_payers_bank_gets_its_own_ids_back():
    terms = prepared(payment(BANK_XML)).terms
    one = transfer(terms, payer=BANK_A.name, payee=BANK_B.name, state=TransferState.COMMITTED, completed=NOW)
    (status,) = typed(told(Committed(one, Role.PAYER), BANK_A).body).transactions
    given = (status.original_message_id, status.original_message_name, status.original_created,
             status.original_instruction_id, status.original_end_to_end_id, status.original_transaction_id,
             status.original_uetr)  # fmt: skip
    assert given == ("A-20261120-7", "pacs.008.001.08", "2026-11-20T07:59:58.500Z", "A-7", "RENT-NOV", "A-TX-7", UUID)


def test_a_refusal_repeats_the_references_it_was_given():
    terms = prepared(payment(BANK_XML)).terms
    (status,) = typed(told(Refused("transfers", UUID, fault("MODIFIED"), terms), BANK_A).body).transactions
    assert (status.status, status.reasons[0].code, status.original_end_to_end_id) == ("RJCT", "DUPL", "RENT-NOV")
    (bare,) = typed(told(Refused("transfers", UUID, fault("MODIFIED")), BANK_A).body).transactions
    assert (bare.original_uetr, bare.original_transaction_id) == (UUID, UUID.replace("-", ""))


def test_a_refused_message_gets_a_group_status():
    terms = prepared(payment(BANK_XML)).terms
    only = msgspec.structs.replace(terms.references, instruction_id=None, end_to_end_id=None, transaction_id=None,
                                   uetr=None)  # fmt: skip
    whole = msgspec.structs.replace(terms, references=only)
    message = typed(told(Refused("transfers", "A-20261120-7", fault("WRONG_COUNT"), whole), BANK_A).body)
    assert (message.groups[0].status, message.groups[0].original_message_id) == ("RJCT", "A-20261120-7")


def test_a_refused_report_is_answered_with_the_ids_it_named():
    stray = msgspec.structs.replace(
        report(), transactions=(TransactionStatus(status="ACSP", original_end_to_end_id="E"),)
    )
    command = refuse(stray, fault("TRANSFER_NOT_FOUND"), bank_envelope())
    answer_body = told(Refused("transfers", command.key, command.fault, command.terms), BANK_B).body
    assert typed(answer_body).transactions[0].original_end_to_end_id == "E"
    assert command.envelope.content_hash


def test_a_payment_under_way_is_pending():
    terms = prepared(payment(BANK_XML)).terms
    assert typed(told(Pending(TransferId(UUID), terms), BANK_A).body).transactions[0].status == "PDNG"


def test_between_banks_of_one_version_the_document_keeps_its_bytes():
    source = original(b"<E><AppHdr/>" + BANK_XML + b"</E>")
    assert told(Reserved(transfer()), BANK_B, source).body == BANK_XML.strip()


@pytest.mark.parametrize(("version", "lost"), [("10", []), ("13", []), ("02", [
    "GrpHdr/InstgAgt/FinInstnId/LEI"])])  # fmt: skip
def test_between_versions_the_document_is_translated_and_losses_told(version, lost):
    with_lei = BANK_XML.replace(b"<SttlmInf>", b"<SttlmInf>", 1).replace(
        b"</SttlmInf>", b"</SttlmInf><InstgAgt><FinInstnId><LEI>529900T8BM49AURSDO55</LEI></FinInstnId></InstgAgt>", 1
    )
    receiver = msgspec.structs.replace(BANK_B, iso=IsoProfile(versions={"pacs.008": f"pacs.008.001.{version}"}))
    sent = told(Reserved(transfer()), receiver, original(b"<E><AppHdr/>" + with_lei + b"</E>"))
    after, before = payment(sent.body), payment(with_lei)
    assert after.definition == f"pacs.008.001.{version}"
    assert after.transactions[0].debtor == before.transactions[0].debtor
    assert [loss.path for loss in sent.losses if "LEI" in loss.path] == lost


def test_status_of_nothing_is_a_fault():
    assert status_of(Pacs002(message_id="S", created="2026-11-20T08:00:00Z")).fspiop == "3102"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("left_out", [(), ("transaction_id", "uetr"), ("message_id", "created", "instruction_id")])
def test_what_is_filled_into_a_mould_is_what_the_writer_writes(version, left_out):
    """Also where a version lacks an element, has it twice, or a text must be escaped."""
    ids = {"message_id": "100 % <M>", "created": "2026-11-20T08:00:00Z", "instruction_id": "I&1",
           "end_to_end_id": "E", "transaction_id": UUID[:8], "uetr": UUID}  # fmt: skip
    references = IsoReferences(**{name: text for name, text in ids.items() if name not in left_out})
    bank = msgspec.structs.replace(BANK_A, iso=IsoProfile(bic="BANKKENA", versions={"pacs.002": version}))
    task = Task(bank, RenderContext(NOW, "MSG", lambda _name: None))
    said = status_told(references, "ACSC", None, task, accepted="2026-11-20T08:00:01.000Z", clearing_reference="<&>")
    agents = {"instructing_agent": hub_institution(task.context.hub),
              "instructed_agent": institution_of(bank, bank.name)}  # fmt: skip
    written = pacs002.write(Pacs002(message_id="MSG", created=moment_out(NOW), transactions=(said,), **agents), version)
    assert write_report((said,), (), task) == written.body
    assert [loss.path for loss in task.losses] == list(written.lost)
