"""A bank's payment in another currency between its journey and the ledger: what moves, what ends, who hears of it."""

import msgspec
import pytest

from schemas.canonical.commands import Expire, Fulfil, Reject
from schemas.canonical.exchange import Exchange
from schemas.canonical.identity import TransferId
from schemas.canonical.transfer import Answered, Transfer
from tests.unit.switch.fx_scene import (
    FX,
    FXP,
    PROVIDER_SAYS,
    FxScene,
    accept,
    agree,
    convert,
    eur,
    pay,
    refuse,
    usd,
)
from tests.unit.switch.scene import BANK, EXPIRY, FULFILMENT, ID, OTHER_FULFILMENT, envelope, told
from tests.unit.switch.test_journeys_fx import Scene, found, payment, quoted, rated


class Lanes:
    """The ledger and the journey lane, each deciding what the other hands it; `heard` is what participants are told."""

    def __init__(self, cover=500, dollars=500):
        self.journey, self.ledger, self.heard = Scene(), Scene(lane="ledger"), []
        self.ledger.limit(FXP, "EUR", cover=cover)
        self.ledger.limit(BANK, "USD", cover=dollars)
        for command in (payment(), found()):
            self.journey.do(command)
        self.journey.do(rated(self.journey))
        self._go(self.journey.do(quoted(self.journey)))
        self.fx = TransferId(next(key for key in self.conversions() if key != ID))

    def conversions(self):
        return [one.id for one in self.ledger.resident.all(Transfer)]

    def _go(self, batch):
        for event in batch.events:
            lane = {"@ledger": self.ledger, "@journey.0": self.journey}.get(event.receiver)
            if lane is not None:
                self._go(lane.do(event.body.command))
            elif event.receiver != "@operator":
                self.heard += told(msgspec.structs.replace(batch, events=(event,)))

    def say(self, *commands):
        """What participants hear of each in turn."""
        self.heard = []
        for command in commands:
            self._go(self.ledger.do(command))
        return self.heard

    def agree(self, fulfilment=FULFILMENT):
        sent = envelope(FXP, BANK, "a", version="2.0")
        return Fulfil(sent, self.fx, Answered.RESERVED, fulfilment, resource="fxTransfers")

    def decline(self):
        return Reject(envelope(FXP, BANK, "d", version="2.0"), self.fx, PROVIDER_SAYS, "fxTransfers")

    @property
    def untouched(self):
        return self.ledger.positions() == {} and self.ledger.at_rest()


def paid():
    lanes = Lanes()
    lanes.say(lanes.agree())
    return lanes


def test_the_bank_hears_of_its_payment_only_and_all_four_positions_move():
    lanes = Lanes()
    assert lanes.heard == ["Reserved fxp1"]
    assert lanes.ledger.positions() == {"bank-a USD": 100}
    assert lanes.say(lanes.agree()) == ["Reserved eurofsp (original)"]
    assert lanes.ledger.positions() == {"bank-a USD": 100, "fxp1 EUR": 90}
    assert lanes.say(accept(receiver=BANK)) == ["Committed bank-a (original)", "Committed eurofsp", "Committed fxp1"]
    assert lanes.ledger.positions() == {"bank-a USD": 100, "fxp1 USD": -100, "fxp1 EUR": 90, "eurofsp EUR": -90}
    assert lanes.ledger.at_rest()


ENDS = {
    "the provider refuses": (Lanes, lambda lanes: [lanes.decline()]),
    "the provider fulfils wrongly": (Lanes, lambda lanes: [lanes.agree(OTHER_FULFILMENT)]),
    "the provider takes it back": (paid, lambda lanes: [lanes.decline()]),
    "the payee refuses": (paid, lambda _: [refuse(receiver=BANK)]),
    "the payee fulfils wrongly": (paid, lambda _: [accept(receiver=BANK, fulfilment=OTHER_FULFILMENT)]),
    "the provider lacks liquidity": (lambda: Lanes(cover=89), lambda lanes: [lanes.agree()]),
}


@pytest.mark.parametrize(("start", "end"), ENDS.values(), ids=ENDS)
def test_whatever_ends_it_the_bank_hears_once_and_nothing_stays_reserved(start, end):
    lanes = start()
    heard = lanes.say(*end(lanes))
    assert len([words for words in heard if "bank-a" in words]) == 1
    assert lanes.untouched


@pytest.mark.parametrize("start", [Lanes, paid])
def test_the_ledger_s_expiry_ends_both(start):
    lanes = start()
    lanes.ledger.now = lanes.journey.now = EXPIRY
    heard = lanes.say(Expire("transfer", lanes.fx), Expire("transfer", ID))
    assert len([words for words in heard if "bank-a" in words]) == 1
    assert lanes.untouched


def test_a_bank_without_liquidity_is_refused_before_the_provider_hears_of_it():
    lanes = Lanes(dollars=99)
    assert lanes.heard == ["Refused bank-a 4001"]
    assert lanes.untouched


def test_a_dfsp_s_own_conversion_explains_its_transfer_too():
    scene = FxScene()
    scene.play(convert(), agree(), pay())
    assert scene.transfer().terms.exchange == Exchange(FXP, usd(100), eur(90))
    assert scene.transfer(FX).terms.exchange is None
