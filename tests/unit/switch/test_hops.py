"""Timeouts cascade: each hop has its time, a payment that leaves too little is refused, and the hub waits its grace."""

from datetime import timedelta

import msgspec
import pytest

from schemas.canonical.commands import Expire
from schemas.canonical.conversion import Side
from schemas.canonical.events import Delivery
from schemas.canonical.transfer import TransferState
from switch.engine import deadlines
from switch.hops import HEADER, Hops
from switch.profile import Profile
from tests.unit.switch import scene as world
from tests.unit.switch.scene import EXPIRY, ID, KEYS, NOW, Scene

SECOND = timedelta(seconds=1)
CHAIN = Hops(payee=10 * SECOND, fxp=6 * SECOND, hub=2 * SECOND)


def seconds(**hops):
    return Hops(**{name: number * SECOND for name, number in hops.items()})


NEEDED = [
    (Hops(), None, 0),
    (Hops(), Side.PAYER, 0),
    (CHAIN, None, 12),
    (CHAIN, Side.PAYER, 20),
    (CHAIN, Side.PAYEE, 20),
    (CHAIN, Side.ALONE, 8),
    (seconds(least=15, payee=10), None, 15),
    (seconds(least=5, payee=10), None, 10),
]


@pytest.mark.parametrize(("hops", "side", "needed"), NEEDED)
def test_a_prepare_must_leave_what_the_hops_ahead_need(hops, side, needed):
    assert hops.needed(side) == needed * SECOND


TOLD = [
    (Hops(), "transfers", 30_000),
    (CHAIN, "transfers", 10_000),
    (CHAIN, "bulkTransfers", 10_000),
    (CHAIN, "pacs.008.001.08", 10_000),
    (CHAIN, "fxTransfers", 6_000),
    (CHAIN, "quotes", 28_000),
    (seconds(hub=2), "transfers", 28_000),
    (seconds(payee=60), "transfers", 30_000),
    (seconds(payee=20, fxp=20), "fxTransfers", 10_000),
    (seconds(hub=40), "transfers", 0),
]


@pytest.mark.parametrize(("hops", "resource", "millis"), TOLD)
def test_who_is_asked_is_told_how_long_it_may_take(hops, resource, millis):
    assert hops.told(resource, EXPIRY, NOW) == (HEADER, str(millis))


def prepared(hops, expiry=EXPIRY):
    scene = Scene(profile=Profile(hub_keys=KEYS, hops=hops))
    batch = scene.do(msgspec.structs.replace(world.prepare(), expiry=expiry))
    return scene, batch


@pytest.mark.parametrize(("left", "state"), [(12, TransferState.RESERVED), (11, TransferState.ABORTED)])
def test_a_transfer_that_leaves_too_little_time_is_refused(left, state):
    scene, _ = prepared(CHAIN, NOW + left * SECOND)
    found = scene.transfer()

    assert found.state is state
    if state is TransferState.ABORTED:
        assert (found.fault.name, found.fault.fspiop, found.fault.iso) == ("TOO_LITTLE_TIME", "3100", "TM01")
        assert "11000 ms are left of 12000" in found.fault.description


@pytest.mark.parametrize(
    ("after", "committed"), [(30, True), (34.999, True), (35, False)], ids=["at expiry", "in grace", "after grace"]
)
def test_an_answer_counts_until_the_grace_is_over(after, committed):
    scene, _ = prepared(seconds(grace=5))
    scene.now = NOW + timedelta(seconds=after)
    scene.do(world.fulfil())

    assert (scene.transfer().state is TransferState.COMMITTED) is committed


def test_the_hub_releases_after_the_grace():
    scene, _ = prepared(seconds(grace=5))
    assert deadlines([scene.transfer()]) == [(EXPIRY + 5 * SECOND, Expire("transfer", ID))]
    for after, state in ((34, TransferState.RESERVED), (35, TransferState.ABORTED)):
        scene.now = NOW + after * SECOND
        scene.do(Expire("transfer", ID))
        assert scene.transfer().state is state


def test_a_transfer_keeps_the_grace_it_was_made_under():
    scene, _ = prepared(seconds(grace=5))
    scene.profile = Profile(hub_keys=KEYS)

    assert scene.transfer().due == EXPIRY + 5 * SECOND


def test_nobody_is_asked_after_the_expiry():
    _, batch = prepared(seconds(grace=5))
    (asked,) = [event for event in batch.events if event.delivery is Delivery.EXECUTION]

    assert asked.until == EXPIRY
