"""A sandbox bank asks a real hub about its accounts and payments, and counts after it."""

from decimal import Decimal

import msgspec
import pytest

from iso.messages.camt005 import PaymentSearch
from iso.messages.camt025 import Camt025
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.shape import Amount
from schemas.canonical.money import Money
from switch.sandbox.outcome import End
from switch.sandbox.reports import Reports
from tests.e2e.test_sandbox_returns import TEN, stage

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


async def test_balances_reports_and_payments_agree(hub):
    async with stage(hub, reports=["camt.054"]) as on:
        reports = Reports(on.blue)
        paid = await on.blue.pay(on.order())
        assert paid.end is End.SETTLED
        told = await reports.balances()
        accounts = {each.account.type.code: each for each in told.accounts}
        report = await reports.report("camt.052.001.08", accounts["CPAC"].other_id)
        assert isinstance(report, Camt052)
        (closing,) = [each for each in report.statements[0].balances if each.code == "ITBD"]
        assert (closing.amount.text, closing.direction) == (TEN.iso, "DBIT")
        found = await reports.payments(PaymentSearch(uetrs=(paid.key,)))
        assert [each.uetr for each in found.reports] == [paid.key]
        receipt = await reports.take_out(accounts["SACC"].other_id or "", Money(50_000, "USD"), "OUT-1")
        assert receipt.receipts[0].handling[0].status == "PDNG"
        refused = await reports.report("camt.053.001.08")
        assert isinstance(refused, Camt025)
        assert reports.wrong == []
        assert {told.signature for told in reports.reports} <= {"valid", "unsigned"}


async def test_a_report_that_does_not_add_up_is_found(hub):
    async with stage(hub) as on:
        reports = Reports(on.blue)
        await on.blue.pay(on.order())
        found = await reports.report("camt.052.001.08")
        page = found.statements[0]
        (entry,) = page.entries
        wrong = msgspec.structs.replace(page, entries=(msgspec.structs.replace(entry, amount=Amount("9.99", "USD")),))
        assert "do not give" in reports._check(wrong, found)
        day = Camt053(message_id="M", created="2026-11-20T10:00:00Z", statements=())
        first = msgspec.structs.replace(page, id="1", sequence="1", page="1", last_page=True)
        skipped = msgspec.structs.replace(first, id="3", sequence="3")
        again = msgspec.structs.replace(first, id="2", sequence="2")
        assert reports._check(first, day) == ""
        assert "follows 1" in reports._check(skipped, day)
        reports._days[page.account.other_id] = 1, Decimal(5)
        assert "opens with" in reports._check(again, day)
