"""A hub that is killed while conversions wait: nothing is lost, what is tied stays tied, deadlines are kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.fspiop_hub import Scheme, moment
from tests.e2e.fx_side import Trade
from tests.e2e.hub import Hub, running_hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """Return a hub that a test may kill."""
    with running_hub(tmp_path) as found:
        yield found


def test_what_waited_when_the_hub_was_killed_goes_on(own_hub: Hub):
    scheme = Scheme(own_hub)
    flying, waiting, expiring = (Trade(scheme) for _ in range(3))
    flying.fly()
    waiting.ready()
    expiring.ready()
    expiring.pay(expiration=moment(seconds=4))

    own_hub.kill()
    time.sleep(4)
    own_hub.start()

    assert expiring.payer.refused(expiring.to).code == "3303"
    assert expiring.payer.refused(expiring.at).code == "3303"
    assert expiring.patched()["conversionState"] == "ABORTED"
    assert expiring.untouched
    flying.payee.fulfil(flying.transfer, flying.payer)
    assert flying.patched()["conversionState"] == "COMMITTED"
    assert flying.moved
    waiting.pay()
    waiting.payee.fulfil(waiting.transfer, waiting.payer)
    assert waiting.patched()["conversionState"] == "COMMITTED"
    assert waiting.moved
    scheme.close()
