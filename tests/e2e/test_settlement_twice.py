"""Everything about a settlement asked for by many at once, and once more after a hub that died: it happens once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.fspiop_hub import Scheme, error_of
from tests.e2e.hub import running_hub
from tests.e2e.settlement_side import MODEL, STEPS, Desk, paid, position, wanted

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
MANY = 8
# What recipient and sender owe, and the hub's side, after each step of a settlement of 12 dollars.
AFTER = {
    "PENDING_SETTLEMENT": (-12, 12, 0), "PS_TRANSFERS_RECORDED": (-12, 12, 0), "PS_TRANSFERS_RESERVED": (0, 12, -12),
    "PS_TRANSFERS_COMMITTED": (0, 0, 0), "SETTLED": (0, 0, 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub of its own: windows are the whole scheme's."""
    with running_hub(tmp_path_factory.mktemp("twice")) as hub:
        yield hub


@pytest.fixture
def desk(hub):
    return Desk(hub)


@pytest.fixture
def pair(hub, desk):
    """A payer that owes 12 dollars to a payee, in a window of their own."""
    scheme = Scheme(hub)
    desk.clear()
    found = scheme.pair()
    paid(*found, "12")
    yield found
    scheme.close()


def at_once(desk, method, path, body):
    """Many times the same at the same time; the answers that succeeded, and the errors of the others."""
    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: desk.call(method, path, body), range(MANY)))
    good = [one.json() for one in answers if one.status_code == 200]
    assert {one.status_code for one in answers} <= {200, 400}
    return good, [error_of(one.content).text for one in answers if one.status_code == 400]


def books(desk, pair):
    payer, payee = pair
    return position(payee), position(payer), desk.multilateral()


def listed(settlement, state):
    accounts = [{"id": one["id"], "accounts": [{"id": each["id"], "state": state, "reason": "r"}
                 for each in one["accounts"]]} for one in settlement["participants"]]  # fmt: skip
    return {"participants": accounts}


def test_of_many_at_once_one_is_done(desk, pair):
    window = desk.window
    good, bad = at_once(desk, "POST", f"/settlementWindows/{window}", {"state": "CLOSED", "reason": "all at once"})
    assert ([one["id"] for one in good], desk.window) == ([window + 1], window + 1)
    assert all(f"Window {window} is not open" in text for text in bad) and len(bad) == MANY - 1
    good, bad = at_once(desk, "POST", "/settlements", wanted([{"id": window}]))
    assert len(good) == 1 and all(f"Inapplicable windows {window}" in text for text in bad)
    (settlement,) = good
    for step in STEPS:
        at_once(desk, "PUT", f"/settlements/{settlement['id']}", listed(settlement, step))
        assert desk.get(f"/settlements/{settlement['id']}")["state"] == step
        assert books(desk, pair) == AFTER[step]
    _, bad = at_once(desk, "PUT", f"/settlements/{settlement['id']}", {"state": "ABORTED", "reason": "late"})
    assert len(bad) == MANY and "from SETTLED to ABORTED" in bad[0]
    assert books(desk, pair) == AFTER["SETTLED"]


def test_ending_and_going_on_at_the_same_time_leave_the_books_of_one_of_them(desk, pair):
    settlement = desk.settle(desk.close())
    for step in STEPS[:2]:
        desk.move(settlement, step)
    path = f"/settlements/{settlement['id']}"
    asked = [listed(settlement, STEPS[2]), {"state": "ABORTED", "reason": "no"}] * (MANY // 2)
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(lambda body: desk.call("PUT", path, body), asked))
    state = desk.get(path)["state"]
    assert state in {"ABORTED", STEPS[2]}
    assert books(desk, pair) == (AFTER["PENDING_SETTLEMENT"] if state == "ABORTED" else AFTER[STEPS[2]])


def test_a_hub_that_dies_after_each_step_goes_on_from_there(hub, desk, pair):
    settlement = desk.settle(desk.close())
    path = f"/settlements/{settlement['id']}"
    for step in STEPS:
        desk.move(settlement, step)
        if step != "SETTLED":
            hub.kill()
            hub.start()
        assert (desk.get(path)["state"], books(desk, pair)) == (step, AFTER[step])
        again = desk.call("POST", "/settlements", wanted([{"id": settlement["settlementWindows"][0]["id"]}], MODEL))
        assert again.status_code == 400
        desk.move(settlement, step)
        assert books(desk, pair) == AFTER[step]


def test_a_settlement_given_up_before_a_hub_died_stays_given_up(hub, desk, pair):
    settlement = desk.settle(desk.close())
    for step in STEPS[:2]:
        desk.move(settlement, step)
    desk.call("PUT", f"/settlements/{settlement['id']}", {"state": "ABORTED", "reason": "no"})
    hub.kill()
    hub.start()
    assert desk.get(f"/settlements/{settlement['id']}")["state"] == "ABORTED"
    assert books(desk, pair) == AFTER["PENDING_SETTLEMENT"]
    following = desk.settle(settlement["settlementWindows"][0]["id"])
    for step in STEPS:
        desk.move(following, step)
    assert books(desk, pair) == AFTER["SETTLED"]
