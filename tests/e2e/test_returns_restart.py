"""A return that was reserved when the hub died is finished after it comes back, and counted once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bank_side import Bank, new_id
from tests.e2e.hub import Hub, running_hub
from tests.e2e.return_side import asking, by, giving_back, got, paid

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """Return a hub that a test may kill."""
    with running_hub(tmp_path) as found:
        yield found


def test_killed_hub_finishes_the_return_and_still_knows_what_is_left(own_hub: Hub):
    payer, payee = Bank(own_hub, "rralpha", "RRALKENA"), Bank(own_hub, "rrbeta", "RRBEUGKA")
    payment, open_one, done = paid(payer, payee), new_id(), new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=done, amount="1.00"))
    got(payer, "PmtRtr", done)
    payer.answer(payment.uetr, "ACSP")
    assert payee.told(done).status == "ACSC"
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=open_one, amount="5.00"))
    got(payer, "PmtRtr", open_one)

    own_hub.kill()
    own_hub.start()
    too_much = new_id()
    payee.send(giving_back(payee, by(UETR=payment.uetr), rtr=too_much, amount="4.01"))
    assert payee.told(too_much).code == "AM09"
    payer.answer(payment.uetr, "ACSP")
    assert payee.told(open_one).status == "ACSC"
    assert (own_hub.position("rralpha"), own_hub.position("rrbeta")) == (4, -4)
    payer.send(asking(by(UETR=payment.uetr)))
    assert payer.told("Of 10.00: returned 6.00 USD").status == "ACSC"
