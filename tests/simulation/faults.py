"""What goes wrong in a run: which faults, when, for how long, all drawn from the seed before it begins."""

import random
from typing import NamedTuple

from switch.crashpoints import POINTS

_KINDS = {
    "crash": 3,
    "crash at a point": 6,
    "crash at a step": 5,
    "zombie": 3,
    "database down": 2,
    "bus down": 2,
    "bus forgets": 3,
    "clock forward": 2,
    "clock back": 1,
    "participant down": 3,
    "storm": 2,
}


class FaultPlan(NamedTuple):
    """One fault: after `start_s`, lasting `for_s` where it lasts; `point` and `count` say where a crash happens."""

    kind: str
    start_s: float
    for_s: float
    point: str
    count: int


class Noise(NamedTuple):
    """What goes wrong all the time, as chances per try."""

    loss: float
    commit_lost_before: float
    commit_lost_after: float
    conflict: float
    send_fails: float
    send_hangs: float
    send_taken_and_lost: float
    lag_s: float


def draw(chance: random.Random, over_s: float) -> list[FaultPlan]:
    """The faults of a run in order of time."""
    plans = [
        FaultPlan(
            *chance.choices(list(_KINDS), list(_KINDS.values())),
            start_s=chance.uniform(0.5, over_s),
            for_s=chance.uniform(0.2, 6.0),
            point=chance.choice(sorted(POINTS)),
            count=chance.randint(1, 60),
        )
        for _ in range(chance.randint(2, 9))
    ]
    return sorted(plans, key=lambda plan: plan.start_s)


def noise(chance: random.Random) -> Noise:
    """How bad the weather is; one run in five has none, so that faults alone are seen too."""
    if chance.random() < 0.2:
        return Noise(0, 0, 0, 0, 0, 0, 0, 0.01)
    return Noise(
        loss=chance.uniform(0.0, 0.15),
        commit_lost_before=chance.uniform(0.0, 0.04),
        commit_lost_after=chance.uniform(0.0, 0.04),
        conflict=chance.uniform(0.0, 0.03),
        send_fails=chance.uniform(0.0, 0.15),
        send_hangs=chance.uniform(0.0, 0.03),
        send_taken_and_lost=chance.uniform(0.0, 0.10),
        lag_s=chance.choice((0.01, 0.03, 0.2)),
    )
