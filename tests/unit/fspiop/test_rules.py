"""Stateless rules: what a timestamp, a state word, an amount and an identifier may be."""

from datetime import UTC, datetime, timedelta

import pytest

from fspiop import rules
from fspiop.messages.fields import MoneyBody
from fspiop.messages.transfers import TransfersPut

NOW = datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC)


def at(offset: timedelta) -> TransfersPut:
    moment = NOW + offset
    return TransfersPut("COMMITTED", completed_timestamp=moment.isoformat(timespec="milliseconds"))


@pytest.mark.parametrize(
    ("milliseconds", "believed"),
    [(0, True), (200, True), (201, False), (-300_000, True), (-300_001, False), (86_400_000, False)],
)
def test_completed_timestamp(milliseconds, believed):
    assert (rules.completed_fault(at(timedelta(milliseconds=milliseconds)), rules.Now(NOW)) is None) is believed


def test_an_operator_may_choose_the_window():
    narrow = rules.Now(NOW, timedelta(0), timedelta(seconds=1))
    assert rules.completed_fault(at(timedelta(milliseconds=1)), narrow) is not None
    assert rules.completed_fault(at(timedelta(milliseconds=-1001)), narrow) is not None
    assert rules.completed_fault(at(timedelta(milliseconds=-999)), narrow) is None


def test_completed_timestamp_in_another_zone_or_absent():
    elsewhere = TransfersPut("COMMITTED", completed_timestamp="2026-11-20T11:30:00.000+05:30")
    assert rules.completed_fault(elsewhere, rules.Now(NOW)) is None
    assert rules.completed_fault(TransfersPut("COMMITTED"), rules.Now(NOW)) is None


@pytest.mark.parametrize(
    ("word", "allowed"), [("COMMITTED", True), ("RESERVED", True), ("ABORTED", True), ("RECEIVED", False)]
)
def test_words_of_a_payee(word, allowed):
    answer = rules.answer_fault(TransfersPut(word))
    assert (answer is None) is allowed
    assert answer is None or answer.fspiop == "3100"


@pytest.mark.parametrize(
    ("word", "version", "void"),
    [
        ("RESERVED", "1.0", True),
        ("RESERVED", "1.1", False),
        ("RESERVED", "2.0", False),
        ("COMMITTED", "1.0", False),
        ("ABORTED", "1.1", True),
        ("ABORTED", "2.0", True),
    ],
)
def test_words_that_mean_nothing(word, version, void):
    assert rules.is_void(TransfersPut(word), version) is void


def test_amounts_are_positive():
    assert rules.amount_fault(MoneyBody("USD", "0.0001")) is None
    assert rules.amount_fault(MoneyBody("USD", "0")) is not None


@pytest.mark.parametrize(
    ("ids", "valid"),
    [
        (("MSISDN", "+22507008181"), True),
        (("MSISDN", "22507008181"), True),
        (("MSISDN", "2250700818x"), False),
        (("MSISDN", "1" * 31), False),
        (("MSISDN", "١٢٣"), False),
        (("MSISDN", "123\n"), False),
        (("EMAIL", "a.b+c@example.org"), True),
        (("EMAIL", "example.org"), False),
        (("EMAIL", "a@b"), False),
        (("IBAN", "DE89370400440532013000"), True),
        (("IBAN", "de89370400440532013000"), False),
        (("ALIAS", "shop/7@corner"), True),
        (("ALIAS", "two words"), False),
        (("ALIAS", "{{fspId}}"), False),
        (("ALIAS", "<script>"), False),
        (("ALIAS", "x" * 129), False),
        (("PERSONAL_ID", "123", "PASSPORT"), True),
        (("PERSONAL_ID", "123", "PASS PORT"), False),
    ],
)
def test_identifiers(ids, valid):
    answer = rules.identifier_fault(*ids)
    assert (answer is None) is valid
    assert answer is None or answer.fspiop == "3101"
