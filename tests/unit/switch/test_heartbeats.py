"""Heartbeats: one at a time, for banks that want them and are there; who does not answer is counted."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from schemas.canonical.broadcasts import Heartbeat
from schemas.canonical.commands import Expire, SetIsoProfile
from schemas.canonical.events import Delivery
from schemas.canonical.participants import Participant
from schemas.canonical.system import Act, SetPresence
from switch.engine import deadlines
from switch.store.kinds import is_resident, is_shared
from tests.unit.switch.scene import CREDITOR, NOW, Scene, told
from tests.unit.switch.test_system import notice, tell

EVERY = timedelta(seconds=30)
BEAT = Expire("heartbeat", CREDITOR)


def want(scene: Scene, seconds: int) -> None:
    profile = scene.get(Participant, CREDITOR).iso
    scene.do(SetIsoProfile(CREDITOR, replace(profile, heartbeat=seconds), None))


@pytest.fixture
def scene() -> Scene:
    found = Scene()
    want(found, 30)
    return found


def later(scene: Scene) -> list[str]:
    """What is said when the next one is due."""
    scene.now += EVERY
    return told(scene.do(BEAT))


def kept(scene: Scene) -> Heartbeat:
    return scene.get(Heartbeat, CREDITOR)


def test_one_is_sent_at_each_interval(scene):
    assert deadlines((kept(scene),)) == [(NOW + EVERY, BEAT)]
    assert told(scene.do(BEAT)) == []
    assert later(scene) == ["EventTold bank-b"]
    assert told(scene.do(BEAT)) == []
    assert deadlines((kept(scene),)) == [(scene.now + EVERY, BEAT)]
    assert is_resident(kept(scene)) and not is_shared(kept(scene))


def test_it_is_of_use_until_the_next_one_and_tried_briefly(scene):
    scene.now += EVERY
    (event,) = scene.do(BEAT).events
    assert (event.delivery, event.until, event.body.event.code) == (Delivery.DIALOGUE, scene.now + EVERY, "ECHO")
    assert event.body.event.parameters == ("1",)


def test_who_does_not_answer_is_counted_until_it_does(scene):
    later(scene)
    assert kept(scene).missed == 0
    later(scene)
    later(scene)
    assert kept(scene).missed == 2
    scene.now += timedelta(seconds=1)
    assert scene.do(notice(broadcast="any", code="ECHO")).receipts[0].state == "HEARD"
    assert (kept(scene).missed, kept(scene).heard) == (0, scene.now)
    later(scene)
    assert kept(scene).missed == 0


def test_a_sign_of_life_of_its_own_counts_and_signing_off_does_not(scene):
    later(scene)
    scene.do(tell(Act.SIGN_OFF))
    assert kept(scene).heard is None
    scene.do(tell(Act.ECHO, "ECHO", message="M-2"))
    assert kept(scene).heard == scene.now


def test_none_is_sent_to_who_is_away_or_switched_off(scene):
    scene.do(SetPresence(CREDITOR, True))
    assert later(scene) == later(scene) == []
    assert kept(scene).missed == 0
    scene.do(SetPresence(CREDITOR, False))
    assert later(scene) == ["EventTold bank-b"]
    scene.change(scene.get(Participant, CREDITOR), active=False)
    assert later(scene) == []


def test_the_interval_may_be_changed_and_taken_away(scene):
    want(scene, 30)
    assert kept(scene).due == NOW + EVERY
    want(scene, 60)
    assert kept(scene).due == NOW + 2 * EVERY
    want(scene, 0)
    assert deadlines((kept(scene),)) == []
    assert not is_resident(kept(scene))
    scene.now += EVERY
    assert told(scene.do(BEAT)) == []
