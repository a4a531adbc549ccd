"""A message that breaks a rule in force becomes the same command, with the fault where its answer takes it from."""

import msgspec
import pytest

from iso.incoming import IncomingIso
from iso.messages.business import BusinessMessage, Unknown
from iso.messages.pacs002 import Pacs002, TransactionStatus
from schemas.canonical.commands import Fulfil, Prepare, Refuse
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.payments import OrderedPayment, PreparePayments
from schemas.canonical.reporting import AskBalances
from schemas.canonical.terms import IsoReferences
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Dialect, Envelope, Original, Receipt
from switch.unfit import refused
from tests.unit.switch.scene import NOW
from translator.iso.terms import bare_terms

WRONG = fault("RULE_BROKEN", "BASE-0001 an IBAN")
EARLIER = fault("ZERO_AMOUNT")
ORIGINAL = Original(Dialect.ISO_XML, "POST", "x", (), b"<x/>", "d")
ENVELOPE = Envelope(FspId("banka"), Dialect.ISO_XML, message_id="B-1", content_hash=b"h")
TERMS = bare_terms(IsoReferences(message_id="M"), "M", "KES")
PREPARE = Prepare(ENVELOPE, TransferId("t"), FspId("banka"), None, Money(1, "KES"), NOW, TERMS)
ONE = OrderedPayment(TransferId("t"), None, Money(1, "KES"), NOW, TERMS, b"h", ORIGINAL, journey=True)


def message(definition: str, document=None) -> IncomingIso:
    business = BusinessMessage(None, document or Unknown(definition), definition)
    return IncomingIso(business, ORIGINAL, "banka", "B-1", signed=False, unfit=WRONG)


def test_a_payment_keeps_its_id_and_bears_the_fault():
    lane, command = refused(("journey.0", PREPARE), message("pacs.008.001.08"), ENVELOPE)

    assert (lane, command) == ("ledger", msgspec.structs.replace(PREPARE, fault=WRONG))


def test_each_payment_of_a_message_bears_it_and_needs_no_journey():
    many = PreparePayments(ENVELOPE, "k", TERMS, (ONE, msgspec.structs.replace(ONE, fault=EARLIER)))
    _, command = refused(("ledger", many), message("pacs.008.001.08"), ENVELOPE)

    assert [(one.fault, one.journey) for one in command.payments] == [(WRONG, False), (EARLIER, True)]


@pytest.mark.parametrize(
    "command", [msgspec.structs.replace(PREPARE, fault=EARLIER), Refuse(ENVELOPE, EARLIER, "x", "k")]
)
def test_what_was_found_before_is_what_is_told(command):
    _, kept = refused(("ledger", command), message("pacs.008.001.08"), ENVELOPE)

    assert kept == command


def test_a_question_is_answered_with_the_fault():
    lane, command = refused(("ledger", AskBalances(ENVELOPE, "Q")), message("camt.003.001.08"), ENVELOPE)

    assert (lane, command.fault) == ("ledger", WRONG)


def test_a_banks_answer_is_refused_by_a_status():
    told = TransactionStatus(original_transaction_id="T")
    report = Pacs002(message_id="S", created="2026-11-20T08:00:00Z", transactions=(told,))
    said = Fulfil(ENVELOPE, TransferId("t"), Answered.ACCEPTED)
    lane, command = refused(("ledger", said), message("pacs.002.001.10", report), ENVELOPE)

    assert (lane, type(command), command.fault, command.key) == ("ledger", Refuse, WRONG, "T")


def test_what_has_no_answer_of_its_own_is_rejected():
    said = Fulfil(ENVELOPE, TransferId("t"), Answered.ACCEPTED)
    receipt = refused(("ledger", said), message("camt.029.001.09"), ENVELOPE)

    assert receipt == Receipt("B-1", "d", fault=WRONG)


def test_what_was_only_noted_stays_so():
    noted = Receipt("B-1", "d", "NOTED")

    assert refused(noted, message("admi.002.001.01"), ENVELOPE) is noted
