"""Alarms: once when a position passes its threshold of the cover, again only after it went clearly below."""

from decimal import Decimal

import pytest

from schemas.canonical.administration import LimitAdjusted, LimitAlarm, LimitWatch
from schemas.canonical.commands import SetEndpoint, SetLimit
from schemas.canonical.identity import TransferId
from schemas.canonical.participants import LedgerAccount
from settlement.limits import calm, over_threshold
from switch.senders import operator
from tests.unit.switch.scene import ID, PAYER, Scene, fulfil, prepare, reject, usd

SECOND = TransferId("c51ec534-ee48-4575-b6a9-ead2955b8069")


def alarms(batch):
    return [event.body for event in batch.events if isinstance(event.body, LimitAlarm)]


def quiet(alarm="80"):
    """A scene whose payer has a cover of 500 and an alarm at so many percent of it."""
    scene = Scene()
    scene.change(scene.get(LedgerAccount, 1), alarm=alarm)
    return scene


def test_a_position_at_its_threshold_is_quiet_and_above_it_alarms():
    scene = quiet()
    assert alarms(scene.do(prepare(amount=400))) == []
    batch = scene.do(prepare(amount=1, transfer_id=SECOND, content="q"))
    assert alarms(batch) == [LimitAlarm(PAYER, "USD", 401 * 10_000, 500 * 10_000, "80")]
    assert batch.events[-1].receiver == "@operator"
    assert batch.receipts[0].state == "RESERVED"


def test_an_alarm_sounds_once_while_the_position_stays_above():
    scene = quiet()
    assert len(alarms(scene.do(prepare(amount=450)))) == 1
    assert alarms(scene.do(prepare(amount=10, transfer_id=SECOND, content="q"))) == []


def test_a_position_that_swings_around_its_threshold_does_not_alarm_again():
    scene = quiet("10")
    scene.change(scene.get(LedgerAccount, 1), debits_posted=46 * 10_000)
    assert len(alarms(scene.do(prepare(amount=5)))) == 1
    scene.do(reject())
    assert scene.get(LimitWatch, 1).over
    assert alarms(scene.do(prepare(amount=5, transfer_id=SECOND, content="q"))) == []


def test_after_it_went_clearly_below_the_next_alarm_is_news():
    scene = quiet()
    scene.do(prepare(amount=450))
    scene.do(reject())
    assert not scene.get(LimitWatch, 1).over
    assert len(alarms(scene.do(prepare(amount=450, transfer_id=SECOND, content="q")))) == 1


def test_money_received_ends_an_alarm_too():
    scene = quiet()
    scene.change(scene.get(LedgerAccount, 3), debits_posted=450 * 10_000, alarm="80")
    scene.resident.put(LimitWatch(3, over=True))
    scene.do(prepare(amount=300))
    scene.do(fulfil())
    assert not scene.get(LimitWatch, 3).over


def test_a_refused_reservation_raises_no_alarm():
    assert alarms(quiet().do(prepare(amount=501))) == []


def test_a_notice_names_the_addresses_registered_for_it():
    scene = quiet()
    for name, address in ((PAYER, "dfsp@example.org"), ("Hub", "hub@example.org")):
        scene.do(SetEndpoint(name, "NET_DEBIT_CAP_THRESHOLD_BREACH_EMAIL", address))
        scene.do(SetEndpoint(name, "NET_DEBIT_CAP_ADJUSTMENT_EMAIL", "hub@example.org"))
    assert alarms(scene.do(prepare(amount=450)))[0].notify == ("dfsp@example.org", "hub@example.org")
    (event,) = scene.do(SetLimit(PAYER, usd(9), "25")).events
    assert event.body == LimitAdjusted(PAYER, "USD", 90_000, "25", ("hub@example.org",))


@pytest.mark.parametrize(
    ("value", "percent", "over", "quiet_again"),
    [(400, "80", False, False), (401, "80", True, False), (360, "80", False, True), (361, "80", False, False),
     (1, "0", True, False), (0, "0", False, True), (313, "62.5", True, False), (312, "62.5", False, False)],
)  # fmt: skip
def test_the_threshold_is_a_percentage_of_the_cover_compared_exactly(value, percent, over, quiet_again):
    assert over_threshold(value, 500, Decimal(percent)) is over
    assert calm(value, 500, Decimal(percent)) is quiet_again


def test_the_operator_reads_figures_and_no_addresses(caplog):
    caplog.set_level("INFO", logger="isoloop.notices")
    assert operator.tell(LimitAlarm(PAYER, "USD", 4_015_000, 5_000_000, "80", ("a@b.c",))).ok
    assert operator.tell(LimitAdjusted(PAYER, "USD", 90_000, "25", ("a@b.c",))).ok
    assert "payerfsp is 401.5 USD: over 80 % of its cover of 500" in caplog.text
    assert "net debit cap of payerfsp is 9 USD" in caplog.text
    assert "a@b.c" not in caplog.text


def test_a_transfer_s_events_stay_as_they_were():
    scene = quiet()
    kinds = [type(event.body).__name__ for event in scene.do(prepare(amount=450)).events]
    assert kinds == ["Reserved", "LimitAlarm"]
    assert scene.transfer(ID) is not None
