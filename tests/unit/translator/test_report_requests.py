"""Requests for reports as commands: each element is kept exactly, or the request is refused by its name."""

from datetime import UTC, datetime

import pytest

from iso.messages.camt060 import BalanceType, Camt060, FloorLimit, Requested, Sequences
from iso.messages.fields import Account, Party
from iso.messages.shape import Amount
from schemas.canonical.reports import ReportKind
from tests.unit.translator.test_iso_questions import BLUE, DIRECTORY, ENVELOPE, GREEN
from translator.iso import report_requests


def request(**fields):
    fields.setdefault("message_name", "camt.053.001.08")
    message = Camt060(message_id="M", created="x", requests=(Requested(owner_agent=BLUE, **fields),))
    (found,) = report_requests.ask(message, ENVELOPE, DIRECTORY).requests
    return found


def test_requests_name_kind_account_days_and_numbers():
    found = request(
        account=Account(other_id="7"), from_day="2026-11-01", to_day="2026-11-03", query_type="ALLL", id="R",
        ranges=(Sequences("2", "4"),), sequences=("7",), not_sequences=("3",), balances=(BalanceType("CLBD"),),
    )  # fmt: skip
    assert (found.kind, found.accounts.ids, found.days, found.reference) == (
        ReportKind.DAY,
        ("7",),
        ("2026-11-01", "2026-11-03"),
        "R",
    )
    assert (found.numbers, found.not_numbers, found.balances, found.fault) == (((2, 4), (7, 7)), (3,), ("CLBD",), None)
    assert request(message_name="camt.010.001.09").kind is None
    hours = request(
        message_name="camt.052.001.08",
        from_day="2026-11-01",
        to_day="2026-11-01",
        from_time="08:00:00+03:00",
        to_time="09:00:00Z",
    )
    assert (hours.since, hours.until) == (datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC))
    assert request(from_day="2026-11-01", from_time="00:00:00").since is None


@pytest.mark.parametrize(
    "fields",
    [
        {"message_name": "camt.086.001.01"},
        {"query_type": "CHNG"},
        {"entry_status": "PDNG"},
        {"from_day": "0001-01-01"},
        {"from_day": "2026-11-02", "to_day": "2026-11-01"},
        {"from_sequence": "A1"},
        {"sequences": ("99999999999999999999",)},
        {"message_name": "camt.052.001.08", "sequences": ("1",)},
        {"message_name": "camt.010.001.08", "from_day": "2026-11-01"},
        {"entry_status": "BOOK", "entry_direction": "CRDT"},
        {"entry_direction": "CRDT", "floors": (FloorLimit(Amount("1", "USD"), "BOTH"),)},
        {"message_name": "camt.054.001.08", "floors": (FloorLimit(Amount("0.00001", "USD"), "BOTH"),)},
        {"message_name": "camt.054.001.08", "floors": (FloorLimit(Amount("1", "USD"), "BOTH"),) * 2},
        {"from_day": "2026-11-01", "from_time": "08:00:00"},
        {"message_name": "camt.052.001.08", "from_day": "2026-11-01", "from_time": "24:00:00"},
        {"message_name": "camt.052.001.08", "balances": (BalanceType("FWAV"),)},
        {"message_name": "camt.054.001.08", "balances": (BalanceType("OPBD"),)},
        {"servicer": GREEN},
    ],
)
def test_requests_that_cannot_be_kept_are_refused(fields):
    assert request(**fields).fault is not None


def test_a_request_made_of_an_mt920_asks_for_its_floor_limits_only():
    floors = (FloorLimit(Amount("100", "USD"), "DEBT"), FloorLimit(Amount("5.5", "USD"), "CRED"))
    found = request(message_name="942", entry_status="PDNG", entry_direction="DBIT", floors=floors)
    assert (found.fault, found.kind, found.direction) == (None, ReportKind.INTRADAY, None)
    assert [(one.units, one.credits, one.debits) for one in found.floors] == [
        (1_000_000, False, True), (55_000, True, False),
    ]  # fmt: skip
    nobody = Requested(message_name="940", owner=Party(any_bic="NOTPROVIDED"))
    message = Camt060(message_id="M", created="x", requests=(nobody,))
    (statement,) = report_requests.ask(message, ENVELOPE, DIRECTORY).requests
    assert (statement.fault, statement.kind) == (None, ReportKind.DAY)


def test_the_last_second_of_a_day_is_its_end_and_a_time_without_a_last_day_is_of_the_first():
    whole = request(from_day="2026-11-01", to_day="2026-11-02", from_time="00:00:00", to_time="23:59:59")
    assert (whole.fault, whole.since, whole.days) == (None, None, ("2026-11-01", "2026-11-02"))
    hours = request(message_name="camt.054.001.08", from_day="2026-11-01", from_time="08:00:00", to_time="23:59:59.999")
    assert (hours.since, hours.until) == (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))


def test_a_message_asks_for_no_more_than_can_be_answered():
    many = (Requested(message_name="camt.052.001.08", owner_agent=BLUE),) * 101
    found = report_requests.ask(Camt060(message_id="M", created="x", requests=many), ENVELOPE, DIRECTORY)
    assert (found.requests, found.fault.name) == ((), "TOO_MANY_ELEMENTS")
