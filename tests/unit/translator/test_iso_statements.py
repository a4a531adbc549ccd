"""Reports as messages: valid in every version, with balances and entries that add up as the data set does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from iso.messages import camt052, camt053, camt054, reporting
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, Participant
from schemas.canonical.reporting_events import Booked
from schemas.canonical.reports import (
    Asked,
    Movement,
    MovementKind,
    Page,
    Report,
    ReportedAccount,
    ReportKind,
    Shown,
    Totals,
)
from schemas.canonical.terms import IsoReferences
from schemas.catalogue import Catalogue
from translator.iso import statements
from translator.iso.statements import servicer_reference
from translator.outgoing import HubIdentity, RenderContext, Task

CATALOGUE = Catalogue()
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
BANK = Participant(FspId("blue"), iso=IsoProfile(bic="BLUEDEFFXXX", callback_url="http://b"))
DFSP = Participant(FspId("purse"))
KNOWN = {member.name: member for member in (BANK, DFSP)}
MODULES = {ReportKind.INTRADAY: camt052, ReportKind.DAY: camt053, ReportKind.NOTICE: camt054}
ACCOUNT = ReportedAccount(7, BANK.name, "POSITION", "KES")
ID = "b51ec534-ee48-4575-b6a9-ead2955b8069"
QUERY = Asked("Q", "camt.060.001.05", "2026-11-20T09:59:00Z")
IDS = IsoReferences(message_id="M", instruction_id="I", end_to_end_id="E", transaction_id="T", uetr=ID)


def _task(version: str = "") -> Task:
    iso = IsoProfile(bic="BLUEDEFFXXX", callback_url="http://b", versions={version[:8]: version} if version else {})
    context = RenderContext(NOW, "01KAF0000000000000000000ZZ", KNOWN.get, HubIdentity(FspId("Hub"), "ISOLXTXX"))
    return Task(Participant(BANK.name, iso=iso), context, [])


movements = st.lists(
    st.builds(
        Movement,
        reference=st.sampled_from((ID, f"gross {ID} KES", "settlement 4/7", "opening blue KES")),
        kind=st.sampled_from(list(MovementKind)),
        units=st.integers(-(10**9), 10**9).filter(bool),
        at=st.just(NOW - timedelta(hours=1)),
        number=st.integers(0, 10**12),
        transfer=st.sampled_from((None, ID)),
        counterparty=st.sampled_from((None, FspId("purse"), FspId("gone"))),
        references=st.sampled_from((None, IDS, IsoReferences())),
    ),
    max_size=6,
)


@st.composite
def reports(draw, kind: ReportKind) -> Report:
    booked = tuple(draw(movements))
    opening, number = draw(st.integers(-(10**10), 10**10)), draw(st.integers(1, 3))
    closing = opening + sum(each.units for each in booked)
    page = Page(number, draw(st.booleans()), 0, 9, opening, closing)
    credits_ = [each.units for each in booked if each.units > 0]
    debits = [-each.units for each in booked if each.units < 0]
    totals = Totals(len(credits_), sum(credits_), len(debits), sum(debits))
    return Report(
        kind, ACCOUNT, NOW - timedelta(days=1), NOW, page, totals, booked, draw(st.sampled_from((None, 4))),
        "2026-11-19" if kind is ReportKind.DAY else None, draw(st.sampled_from((None, -closing + 5))),
        draw(st.sampled_from((None, 10**7))), draw(st.sampled_from((None, QUERY))),
        draw(st.booleans()), draw(st.sampled_from(((), ("OPBD",), ("XXXX",)))),
    )  # fmt: skip


def _units(text: str, direction: str) -> int:
    units = int(Decimal(text).scaleb(4))
    return -units if direction == "DBIT" else units


VERSIONS = [(kind, version) for kind, module in MODULES.items() for version in module.VERSIONS]


@pytest.mark.parametrize(("kind", "version"), VERSIONS, ids=[version for _, version in VERSIONS])
def test_every_report_keeps_the_schema_of_every_version(kind: ReportKind, version: str) -> None:
    @settings(max_examples=6, deadline=None, database=None)
    @given(report=reports(kind))
    def keeps(report: Report) -> None:
        document = etree.fromstring(statements.render(report, _task(version)))
        assert CATALOGUE.schema(version).validate(document) == []

    keeps()


@settings(max_examples=60, deadline=None)
@given(report=st.sampled_from((ReportKind.INTRADAY, ReportKind.DAY)).flatmap(reports))
def test_opening_and_entries_give_closing_on_every_page(report: Report) -> None:
    module = MODULES[report.kind]
    (found,) = module.read(etree.fromstring(statements.render(report, _task()))).statements
    balances = {each.code: _units(each.amount.text, each.direction) for each in found.balances}
    entries = sum(_units(each.amount.text, each.direction) for each in found.entries)
    assert (found.page, found.last_page) == (str(report.page.number), report.page.last)
    if "XXXX" in report.balances or not report.balances:
        closing = "CLBD" if report.kind is ReportKind.DAY else "ITBD"
        assert (balances["OPBD"], balances[closing]) == (report.page.opening, report.page.closing)
        assert balances["OPBD"] + entries == balances[closing]
        parts = {each.sub_type for each in found.balances if each.code == "OPBD"}
        assert parts == {None if report.page.number == 1 else "INTM"}
    else:
        assert set(balances) == {"OPBD"}


def test_what_is_left_out_is_said_and_a_balance_by_its_older_name_is_told():
    page, totals = Page(1, True, 0, 9, 50_000, 10_000), Totals()
    report = Report(ReportKind.INTRADAY, ACCOUNT, NOW, NOW, page, totals, value=-10_000, cap=0,
                    balances=("PRCD", "XPCD"), shown=Shown(10_000, None))  # fmt: skip
    (found,) = camt052.read(etree.fromstring(statements.render(report, _task()))).statements
    assert found.additional.startswith("Entries and their sums: credits of 1.00 or more KES")
    assert {each.code: each.amount.text for each in found.balances} == {"PRCD": "5.00", "XPCD": "1.00"}


def test_a_booking_is_told_with_the_payments_own_ids() -> None:
    movement = Movement(ID, MovementKind.PAYMENT, -250_000, NOW, 0, ID, DFSP.name, IDS)
    report = statements.notice(Booked(ACCOUNT, movement))
    (found,) = camt054.read(etree.fromstring(statements.render(report, _task()))).statements
    (entry,) = found.entries
    (paid,) = entry.details[0].transactions
    assert (entry.amount.text, entry.direction, found.page) == ("25.00", "DBIT", None)
    assert (paid.uetr, paid.end_to_end_id, paid.transaction_id, paid.clearing_reference) == (
        ID,
        "E",
        "T",
        ID.replace("-", ""),
    )
    assert (paid.debtor_agent.bicfi, paid.creditor_agent.other_id) == ("BLUEDEFFXXX", "purse")
    assert (entry.code.domain, entry.code.family, entry.code.sub_family) == ("PMNT", "IRCT", "DMCT")


def test_a_booking_is_called_the_same_wherever_it_is_told_of() -> None:
    assert servicer_reference(ID) == ID.replace("-", "")
    assert servicer_reference("settlement 4/7") == "settlement 4/7"
    long = servicer_reference(f"gross {ID} KES")
    assert (len(long), long) == (35, servicer_reference(f"gross {ID} KES"))


def test_the_messages_of_reports_are_those_the_edges_know() -> None:
    assert set(MODULES.values()) <= set(reporting.MODULES)
