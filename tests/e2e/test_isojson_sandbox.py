"""Sandbox DFSPs of either dialect pay each other, with signatures on everything that nobody had to translate."""

import pytest

from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.outcome import End
from tests.e2e.test_use_cases import CASES, FEE, TEN, Stage, settled

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


class Mixed(Stage):
    """A stage whose DFSPs speak the dialects of a row."""

    def __init__(self, hub, payer_iso: bool, payee_iso: bool, word: str = "COMMITTED") -> None:
        super().__init__(hub, "MSISDN")
        blue, green = self.blue.name, self.green.name
        version = "2.0" if payer_iso else "1.1"
        self.blue = SandboxDfsp(blue, version, fspiop_url=hub.fspiop, customers=(self.payer,), iso_json=payer_iso)
        self.green = SandboxDfsp(
            green, "2.0" if payee_iso else "1.1", fspiop_url=hub.fspiop, customers=(self.payee,), fee=FEE,
            iso_json=payee_iso, word=word,
        )  # fmt: skip


@pytest.mark.parametrize("word", ["COMMITTED", "RESERVED"])
@pytest.mark.parametrize(("payer_iso", "payee_iso"), [(True, True), (True, False), (False, True)])
async def test_a_payment_between_dialects(hub, payer_iso, payee_iso, word):
    case = CASES[0]
    async with Mixed(hub, payer_iso, payee_iso, word) as stage:
        outcome = await stage.blue.payer.pay(stage.payer, stage.payee_id, TEN)
        assert outcome.end is End.SETTLED
        await settled(stage, case)
