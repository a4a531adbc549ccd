"""Conversions where agents book each leg: in turn, the payer's money first, all of it or nothing."""

import pytest

from schemas.canonical.commands import CreateSettlementModel, Expire
from schemas.canonical.conversion import LegState
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId
from schemas.canonical.instruction_ids import leg_id
from schemas.canonical.instructions import AgentAsked, AgentDecides, GrossInstructed
from schemas.canonical.participants import AccountType, IsoProfile, LedgerAccount, Participant
from schemas.canonical.settlement_agents import AgentCurrency, AgentMember, SetSettlementAgent, SettlementAgent
from schemas.canonical.wire import Dialect
from switch.asking_agents import LEG
from switch.engine import deadlines
from tests.unit.switch.fx_scene import (
    EURO,
    EXPIRE,
    FX,
    FX_EXPIRE,
    FXP,
    FxScene,
    accept,
    agree,
    convert,
    decline,
    eur,
    pay,
    refuse,
    usd,
)
from tests.unit.switch.scene import EXPIRY, ID, PAYER, envelope, told

DOLLARS, EUROS = FspId("usagent"), FspId("euagent")
AGENTS = {"USD": DOLLARS, "EUR": EUROS}
BY_PAYER = (convert(), agree(), pay(), accept())
BY_PAYEE = (pay(usd(100)), convert(initiator=EURO), agree(receiver=EURO), accept())
ALONE = (convert(determines=None), agree())
IN, OUT = f"payerfsp>fxp1 {leg_id(FX, 0)}", f"fxp1>eurofsp {leg_id(ID, 0)}"


class GrossFx(FxScene):
    """Dollars, euros or both are booked payment by payment, by an agent each; what is asked of them in short words."""

    def __init__(self, *currencies, members=(PAYER, FXP, EURO)):
        super().__init__()
        self.asked, self.number, self.alerts = [], 0, []
        for currency in currencies:
            self.do(CreateSettlementModel(f"GROSS{currency}", "GROSS", "BILATERAL", "IMMEDIATE", currency=currency))
            held = [name for name in members if self.resident.account_id(name, AccountType.POSITION, currency)]
            place = AgentCurrency(currency, "S", tuple(AgentMember(name, f"{name}-{currency}") for name in held))
            self.do(SetSettlementAgent(SettlementAgent(AGENTS[currency], (place,), (f"GROSS{currency}",))))
            self.change(self.get(Participant, AGENTS[currency]), iso=IsoProfile(bic="CBNKUS33", callback_url="http://c"))

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        for event in batch.events:
            body = event.body
            if isinstance(body, GrossInstructed):
                name = leg_id(body.leg.of, body.leg.place, back=body.back)
                ends = [one.account[:-4] for one in (body.leg.debtor, body.leg.creditor)]
                self.asked.append(f"{'>'.join(ends[::-1] if body.back else ends)} {name}")
            if type(body).__name__ == "SettlementAlert":
                self.alerts.append(body.text)
        return batch

    def says(self, status, of=FX, by=DOLLARS, reason="", **fields):
        self.number += 1
        why = participant_fault("6000", reason, reason) if reason else None
        sent = envelope(by, None, str(self.number), Dialect.ISO_XML, message_id=f"D{self.number}")
        return self.do(AgentDecides(sent, of, status, why, **fields))

    def deposits(self):
        """What moved of deposits, in whole units."""
        held = [one for one in self.resident.all(LedgerAccount) if one.type is AccountType.SETTLEMENT]
        moved = {f"{one.owner} {one.currency}": -one.value // 10_000 - 500 for one in held}
        return {name: units for name, units in moved.items() if units}

    def legs(self, key=ID):
        return [one.state.value for one in self.transfer(key).at_agents]


MOVED_USD, MOVED_EUR = {"payerfsp USD": -100, "fxp1 USD": 100}, {"fxp1 EUR": -90, "eurofsp EUR": 90}
LEFT_USD, LEFT_EUR = {"payerfsp USD": 100, "fxp1 USD": -100}, {"fxp1 EUR": 90, "eurofsp EUR": -90}


@pytest.mark.parametrize("steps", [BY_PAYER, BY_PAYEE], ids=["by payer", "by payee"])
@pytest.mark.parametrize(
    ("currencies", "deposits", "positions"),
    [(("USD", "EUR"), MOVED_USD | MOVED_EUR, {}), (("USD",), MOVED_USD, LEFT_EUR), (("EUR",), MOVED_EUR, LEFT_USD)],
    ids=["both gross", "source gross", "target gross"],
)
def test_each_leg_is_booked_before_all_is_committed(steps, currencies, deposits, positions):
    scene = GrossFx(*currencies)
    scene.play(*steps)
    # By its payee it is the transfer that is in dollars.
    of = {"USD": FX, "EUR": ID} if steps is BY_PAYER else {"USD": ID, "EUR": FX}
    for number, currency in enumerate(currencies):
        assert scene.states() == ("FULFILLED_WAITING", "FULFILLED_WAITING") and not scene.deposits()
        assert len(scene.asked) == number + 1
        scene.says("ACSP", of[currency], AGENTS[currency])
        batch = scene.says("ACSC", of[currency], AGENTS[currency])
    ends = [f"{word} {name}" for word, name in (("Committed", "payerfsp"), ("Committed", "eurofsp"))]
    assert told(batch) == [*ends, "Committed fxp1"]
    assert scene.states() == ("COMMITTED", "COMMITTED") and scene.at_rest() and not scene.alerts
    assert (scene.deposits(), scene.positions()) == (deposits, positions)
    names = [one.partition(" ")[0] for one in scene.asked]
    assert names == [{"USD": "payerfsp>fxp1", "EUR": "fxp1>eurofsp"}[currency] for currency in currencies]


def test_what_was_booked_is_returned_when_the_next_leg_is_refused():
    scene = GrossFx("USD", "EUR")
    scene.play(*BY_PAYER)
    scene.says("ACSC")
    batch = scene.says("RJCT", ID, EUROS, "AM04")
    assert told(batch) == [
        "Aborted payerfsp 4001", "Corrected eurofsp ABORTED", "Corrected fxp1 ABORTED 4001",
        "GrossInstructed usagent",
    ]  # fmt: skip
    assert (scene.states(), scene.positions(), scene.deposits()) == (("ABORTED", "ABORTED"), {}, {})
    assert scene.at_rest() and scene.asked == [IN, OUT, f"fxp1>payerfsp {leg_id(FX, 0, back=True)}"]
    assert scene.legs() == [LegState.RETURNING, LegState.REFUSED]
    for _ in range(2):
        scene.says("ACSC", back=True)
    assert (scene.legs(), scene.alerts) == ([LegState.RETURNED, LegState.REFUSED], [])


def test_a_refused_first_leg_ends_both_and_asks_nobody_else():
    scene = GrossFx("USD", "EUR")
    scene.play(*BY_PAYER)
    scene.says("RJCT", reason="AM04")
    assert (scene.states(), scene.at_rest(), scene.asked) == (("ABORTED", "ABORTED"), True, [IN])


@pytest.mark.parametrize("end", [EXPIRE, FX_EXPIRE])
def test_silence_ends_all_and_returns_what_was_booked(end):
    scene = GrossFx("USD", "EUR")
    scene.play(*BY_PAYER)
    scene.says("ACSC")
    scene.play(0, end)
    assert (scene.states(), scene.at_rest()) == (("ABORTED", "ABORTED"), True)
    assert scene.asked[2:] == [f"fxp1>payerfsp {leg_id(FX, 0, back=True)}"]
    scene.says("ACSC", ID, EUROS)
    (alert,) = scene.alerts
    assert alert.startswith(f"ACSC of payment {ID}, which is ABORTED")


def test_a_return_that_is_refused_is_for_people():
    scene = GrossFx("USD", "EUR")
    scene.play(*BY_PAYER)
    scene.says("ACSC")
    scene.says("RJCT", ID, EUROS)
    scene.says("RJCT", back=True)
    (alert,) = scene.alerts
    assert alert.startswith(f"RJCT of the return of payment {FX}, which is ABORTED")


def test_while_agents_are_asked_nobody_takes_it_back():
    scene = GrossFx("USD")
    scene.play(*BY_PAYER)
    assert told(scene.do(decline())) == ["Refused fxp1 3106"]
    assert told(scene.do(refuse())) == ["Refused eurofsp 3106"]
    assert scene.states() == ("FULFILLED_WAITING", "FULFILLED_WAITING")


def test_only_the_agent_of_a_leg_decides_it_and_only_in_its_turn():
    scene = GrossFx("USD", "EUR")
    scene.play(*BY_PAYER)
    assert told(scene.says("ACSC", by=EUROS)) == ["Refused euagent 3100"]
    scene.says("ACSC", ID, EUROS)
    assert scene.legs() == [LegState.ASKED, LegState.WAITING] and len(scene.alerts) == 1


def test_a_purchase_of_money_has_two_legs_under_one_id():
    scene = GrossFx("USD", "EUR")
    scene.change(scene.get(Participant, PAYER), currencies=("USD", "EUR"))
    for number, kind in ((90, AccountType.POSITION), (91, AccountType.SETTLEMENT)):
        scene.resident.put(LedgerAccount(number, PAYER, kind, "EUR", active=True, cap=10_000_000))
    place = AgentCurrency("EUR", "S", tuple(AgentMember(name, f"{name}-EUR") for name in (PAYER, FXP)))
    scene.do(SetSettlementAgent(SettlementAgent(EUROS, (place,), ("GROSSEUR",))))
    scene.play(*ALONE)
    scene.says("ACSC")
    assert scene.asked == [IN, f"fxp1>payerfsp {leg_id(FX, 1)}"]
    assert told(scene.says("ACSC", by=EUROS, place=1)) == ["Committed payerfsp", "Committed fxp1"]
    assert scene.transfer(FX).state == "COMMITTED" and scene.at_rest()


def test_an_account_that_has_gone_meanwhile_makes_an_acceptance_wait():
    scene = GrossFx("USD")
    scene.play(*BY_PAYER[:3])
    place = AgentCurrency("USD", "S", (AgentMember(FXP, "fxp1-USD"),))
    scene.do(SetSettlementAgent(SettlementAgent(DOLLARS, (place,), ("GROSSUSD",))))
    assert told(scene.do(accept())) == ["Refused eurofsp 3100"]
    assert scene.states() == ("FULFILLED_WAITING", "RESERVED")


@pytest.mark.parametrize("members", [(FXP, EURO), (PAYER, EURO)])
def test_who_has_no_account_there_is_refused_before_money_is_reserved(members):
    scene = GrossFx("USD", members=members)
    scene.do(convert())
    assert scene.transfer(FX).fault.name == "NO_ACCOUNT" and scene.at_rest()


def test_a_provider_without_an_account_there_cannot_convert_for_a_payee():
    scene = GrossFx("USD", members=(PAYER, EURO))
    scene.play(*BY_PAYEE[:2])
    assert (scene.transfer(FX).fault.name, scene.transfer().state) == ("NO_ACCOUNT", "RESERVED")


def test_what_iso_cannot_say_is_refused_at_once():
    scene = GrossFx("USD")
    scene.play(convert(source=usd("100.001")))
    assert scene.transfer(FX).fault.name == "TOO_MANY_DECIMALS"
    assert eur(90).fits_iso


def test_a_silent_agent_is_asked_for_the_leg_whose_turn_it_is_and_again_at_a_start():
    scheme = GrossFx("USD", "EUR")
    batch = scheme.play(*BY_PAYER)
    asks = [(due, one) for due, one in deadlines(batch.puts) if one.kind == LEG]
    assert [one.key for _, one in asks] == [ID] and asks[0][0] < EXPIRY
    scheme.now = asks[0][0]
    questions = [event for event in scheme.do(Expire(LEG, ID)).events if isinstance(event.body, AgentAsked)]
    assert [(one.receiver, one.body.originals[0].transaction_id) for one in questions] == [(DOLLARS, leg_id(FX, 0))]
    scheme.says("ACSC")
    (event,) = scheme.do(Expire(LEG, ID)).events
    assert (event.receiver, event.body.originals[0].transaction_id) == (EUROS, leg_id(ID, 0))
    scheme.says("ACSC", ID, EUROS)
    assert not scheme.do(Expire(LEG, ID)).events
