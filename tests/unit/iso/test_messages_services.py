"""Verification and system messages: what is read is written again, keeps its schema, and nothing is lost unseen."""

import pytest

from iso import gate
from iso.messages import acmt023, acmt024, admi004, admi006, admi007, admi011, business
from iso.messages.acmt023 import Acmt023, Question
from iso.messages.acmt024 import Acmt024, Finding
from iso.messages.admi004 import Admi004
from iso.messages.admi006 import Admi006, Criterion, Span
from iso.messages.admi007 import Admi007, ReceiptOf
from iso.messages.admi011 import Admi011
from iso.messages.events import Happening
from iso.messages.fields import Account, Code, FinancialInstitution, Party
from iso.messages.verification import Assignment, Identified, Side
from schemas.catalogue import Catalogue

CATALOGUE = Catalogue()
MADE = "2026-11-20T08:00:00.000Z"
BANK, HUB = FinancialInstitution(bicfi="BANAKENA"), FinancialInstitution(bicfi="HUBBKENA")
ASSIGNED = Assignment(message_id="V-1", created=MADE, assigner=Side(BANK), assignee=Side(HUB))
HELD = Identified(Party(name="Ada Blue"), Account(iban="DE89370400440532013000"), BANK)
PROXY = Account(other_id="254700000001", proxy_type=Code(code="MBNO"), proxy_id="+254700000001")
EVENT = Happening(code="CUTO", parameters=("WINDOW", "2"), text="Cut-off", at=MADE)
MESSAGES = {
    "acmt.023": Acmt023(
        assignment=ASSIGNED,
        questions=(Question(id="1", asked=HELD), Question(id="2", asked=Identified(account=PROXY))),
    ),
    "acmt.024": Acmt024(
        assignment=ASSIGNED, original_message_id="V-0", original_created=MADE,
        findings=(
            Finding(original_id="1", verified=True, updated=HELD),
            Finding(original_id="2", verified=False, code="AC01", asked=HELD),
            Finding(original_id="3", verified=False, proprietary="OWN"),
        ),
    ),
    "admi.004": Admi004(event=EVENT),
    "admi.006": Admi006(
        message_id="R-1",
        criteria=(
            Criterion(business_date="2026-11-20", message_name="x", file_reference="F", recipient_bic="BANAKENA"),
            Criterion(spans=(Span(first="1", last="3"),), recipient_id="banka", recipient_issuer="hub"),
            Criterion(numbers=("4", "5"), recipient_bic="BANAKENA"),
        ),
    ),
    "admi.007": Admi007(message_id="A-1", created=MADE, receipts=(ReceiptOf(reference="M", status="ACPT", at=MADE),)),
    "admi.011": Admi011(message_id="A-2", originator_reference="M", session="0001", event=EVENT),
}  # fmt: skip
MODULES = (acmt023, acmt024, admi004, admi006, admi007, admi011)
CASES = [(version, module) for module in MODULES for version in module.VERSIONS]


@pytest.mark.parametrize(("version", "module"), CASES)
def test_what_is_written_keeps_its_schema_and_is_read_again(version, module):
    message = MESSAGES[version[:8]]
    written = module.write(message, version)
    parsed = gate.read(written.body)
    assert gate.check(parsed, CATALOGUE) == []
    document = business.read(None, parsed.document_el).document
    assert type(document) is type(message) and document.untyped == ()
    again = module.write(document, version)
    assert again.body == written.body and again.lost == ()


def test_editions_before_accounts_have_their_number_only():
    written = acmt023.write(MESSAGES["acmt.023"], "acmt.023.001.02")
    assert b"<Acct><IBAN>" in written.body and b"<Acct><Othr><Id>254700000001" in written.body
    assert any("Prxy" in path for path in written.lost)


@pytest.mark.parametrize("version", acmt024.VERSIONS)
def test_words_of_truth(version):
    read = []
    for word in ("true", "1", "false", "0"):
        body = acmt024.write(MESSAGES["acmt.024"], version).body.replace(b">true<", f">{word}<".encode(), 1)
        read.append(acmt024.read(gate.read(body).document_el).findings[0].verified)
    assert read == [True, True, False, False]
