"""Messages are judged at the edge: by packs of scheme, header and sender, and refused only where that is wanted."""

import msgspec
import pytest

from iso.examine import Examiner, Rules
from iso.incoming import IncomingIso, ParticipantView
from iso.judging import fault_of
from iso.messages.fields import FinancialInstitution
from iso.rules.choice import known, packs_for
from iso.rules.model import Broken, Severity
from tests.unit.iso.bank_side import CATALOGUE, NOW, People, bare, plain, signed
from tests.unit.iso.samples import PACS008

WRONG = PACS008.replace(b"DE89370400440532013000", b"DE88370400440532013000")
PATH = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/CdtrAcct/Id/IBAN"


class Agreed(People):
    """With every bank these packs are agreed."""

    def __init__(self, *packs: str) -> None:
        super().__init__()
        self.packs = packs

    def by_iso(self, institution: FinancialInstitution) -> ParticipantView | None:
        found = super().by_iso(institution)
        return found and msgspec.structs.replace(found, rules=self.packs)


def examined(body: bytes, *agreed: str, **rules) -> IncomingIso:
    return Examiner(CATALOGUE, Agreed(*agreed), Rules(**rules)).examine(body, NOW)


@pytest.mark.parametrize("make", [plain, signed], ids=["plain", "signed"])
def test_a_broken_rule_is_told_with_number_line_and_path(make):
    found = examined(make(WRONG.replace(b"<Cdtr>", b"\n\n<Cdtr>")))
    ((number, severity, line, path),) = [
        (one.number, one.severity, one.line, one.path) for one in found.findings if one.severity is Severity.ERROR
    ]
    assert (number, severity, line, path) == ("BASE-0001", "error", 3, PATH)
    assert found.unfit is None


def test_what_is_right_has_no_findings():
    assert examined(plain(), refuse=True).findings == ()


def test_a_scheme_may_refuse_what_breaks_an_error_of_its_packs():
    fault = examined(plain(WRONG), refuse=True).unfit
    assert fault is not None
    assert (fault.name, fault.iso, fault.fspiop) == ("RULE_BROKEN", "AC01", "3100")
    assert fault.description.startswith("BASE-0001 an IBAN has the length of its country")
    assert fault.description.endswith(" at CdtrAcct/Id/IBAN")
    assert len(fault.description) <= 128


def test_warnings_refuse_nothing():
    found = examined(plain(PACS008.replace(b">1000.00<", b">0.00<")), refuse=True)
    assert ([one.number for one in found.findings], found.unfit) == (["BASE-0013"], None)


def test_a_pack_agreed_with_a_bank_refuses_wherever_it_sends():
    assert examined(plain(WRONG), "base").unfit is not None
    fault = examined(plain(), "instant").unfit
    assert fault is not None
    assert fault.description.startswith("INSTANT-")


def test_a_header_asks_for_the_pack_of_its_service():
    numbers = {one.number for one in examined(plain(business_service="swift.cbprplus.02")).findings}
    assert "CBPR-0107" in numbers
    assert "CBPR-0110" not in numbers, "how it is settled is the hub's to say"
    assert not any(number.startswith("CBPR") for number in (one.number for one in examined(plain()).findings))


def test_a_scheme_may_have_no_packs():
    assert examined(plain(WRONG), packs=(), refuse=True).findings == ()


def test_bare_documents_are_judged_too():
    body = bare("BANDKENA").replace(b"DE89370400440532013000", b"DE88370400440532013000")
    assert [one.number for one in examined(body).findings] == ["BASE-0001"]


def test_it_is_counted_which_rules_are_broken():
    examiner = Examiner(CATALOGUE, People(), Rules())
    for _ in range(2):
        examiner.examine(plain(WRONG), NOW)
    assert examiner.broken["BASE-0001"] == 2


def test_a_long_finding_keeps_its_place():
    broken = Broken("BASE-0001", Severity.ERROR, 1, "/Document/A/B/C/D", "AC01", "x" * 300, "Do.")
    text = fault_of(broken).description
    assert (len(text), text[-9:]) == (128, " at B/C/D")


@pytest.mark.parametrize(
    ("said", "packs"),
    [
        (("swift.cbprplus.cov.03",), ("cbpr",)),
        (("SWIFT.CBPRPLUS.02",), ("cbpr",)),
        ((None, "www2.swift.com/mystandards/#/group/Federal_Reserve_Financial_Services/FedNow_Service"), ("fednow",)),
        (("rtp",), ()),
        ((None,), ()),
    ],
)
def test_packs_by_service_and_practice(said, packs):
    assert packs_for(*said) == packs


def test_only_known_packs_can_be_chosen():
    assert known(("base", "base", "cbpr")) == ("base", "cbpr")
    with pytest.raises(ValueError, match="cbprplus is no pack of rules; there are base, cbpr"):
        known(("cbprplus",))
