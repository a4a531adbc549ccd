"""Fees in the ledger lane: agreed at the reservation, charged with the commit, given back by returns, settled apart."""

from collections import Counter

import msgspec
import pytest

from fspiop.ilp import Payment, encode
from schemas.canonical.fees import CreateFeeRule, Fee, FeeKind, FeeRule, FeeSide, OnReturn, SetFeeRuleActive
from schemas.canonical.participants import AccountType, LedgerAccount, SettlementModel
from schemas.canonical.settlement import (
    CloseWindow,
    CreateSettlement,
    Move,
    Net,
    PostNets,
    Settlement,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
    WindowState,
)
from schemas.canonical.terms import IsoReferences
from switch.profile import Profile
from tests.unit.switch import fx_scene
from tests.unit.switch.bulk_scene import answer_bulk, prepare_bulk, yes
from tests.unit.switch.fx_scene import EURO, FX, FXP, FxScene
from tests.unit.switch.scene import (
    BANK,
    CREDITOR,
    ID,
    KEYS,
    PAYEE,
    PAYER,
    Scene,
    accept,
    bank_prepare,
    fulfil,
    prepare,
    reject,
    terms,
)
from tests.unit.switch.test_returns import FIRST, SECOND, give_back, taken_back

FEE, HUB_FEE = AccountType.INTERCHANGE_FEE, AccountType.HUB_FEE
MODEL = SettlementModel(
    "FEES", ledger_account_type=FEE.value, settlement_account_type="INTERCHANGE_FEE_SETTLEMENT",
    auto_position_reset=True,
)  # fmt: skip
SHARE = FeeRule("SHARE", FeeKind.INTERCHANGE, FeeSide.PAYEE, millionths=10_000)
SCHEME = FeeRule("SCHEME", FeeKind.SCHEME, FeeSide.PAYER, "USD", fixed=5_000)
STEPS_ON = ("PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED")


class Priced(Scene):
    """A scheme with fee rules and a model that settles them; figures in hundredths."""

    def __init__(self, *rules, **fields):
        super().__init__(records=[MODEL, *rules], **fields)
        self.entries = []

    def do(self, command, hand=None):
        batch = super().do(command, hand)
        self.entries += batch.entries
        return batch

    def fees(self, *owners):
        """What each owes (positive) or is owed in fees, None without an account."""
        found = []
        for owner in owners:
            number = self.resident.account_id(owner, HUB_FEE if owner == "Hub" else FEE, "USD")
            found.append(None if number is None else self.get(LedgerAccount, number).value // 100)
        return tuple(found)

    def booked(self):
        """The references of fees with their window and units."""
        return [
            (entry.reference, entry.window, entry.debits_posted // 100)
            for entry in self.entries
            if entry.debits_posted and entry.reference.startswith(("interchange", "scheme"))
        ]


@pytest.fixture
def priced():
    return Priced(SHARE, SCHEME)


def test_fees_are_charged_with_the_commit_in_the_window_of_the_payment(priced):
    priced.do(prepare())
    assert priced.booked() == []
    assert priced.transfer().fees == (
        Fee("SCHEME", FeeKind.SCHEME, PAYER, "Hub", 5_000), Fee("SHARE", FeeKind.INTERCHANGE, PAYEE, PAYER, 10_000),
    )  # fmt: skip
    priced.do(fulfil())
    assert priced.booked() == [(f"scheme-fee {ID} SCHEME", 1, 50), (f"interchange {ID} SHARE", 1, 100)]
    assert priced.fees(PAYER, PAYEE, "Hub") == (-50, 100, -50)
    assert (priced.value(PAYER), priced.value(PAYEE)) == (1_000_000, -1_000_000)
    assert {entry.window for entry in priced.entries if entry.credits_posted} == {1}


def test_accounts_for_fees_are_opened_once_when_the_first_fee_is(priced):
    priced.do(bank_prepare())
    assert priced.fees(BANK, CREDITOR, "Hub") == (None, None, None)
    priced.do(accept())
    opened = [account for account in priced.resident.all(LedgerAccount) if account.type in {FEE, HUB_FEE}]
    assert len({account.id for account in priced.resident.all(LedgerAccount)}) == 12 + len(opened) == 15
    assert all(account.active for account in opened)
    priced.do(give_back(10))
    priced.do(taken_back())
    assert len(list(priced.resident.all(LedgerAccount))) == 15


@pytest.mark.parametrize("end", [reject(), fulfil(fulfilment="x")])
def test_what_is_not_paid_costs_nothing(priced, end):
    priced.do(prepare())
    priced.do(end)
    assert (priced.transfer().state.value, priced.booked()) == ("ABORTED", [])


def test_a_repeated_answer_charges_nothing_again(priced):
    priced.do(prepare())
    for _ in range(3):
        priced.do(fulfil())
    assert priced.fees(PAYEE) == (100,)


def test_without_a_rule_or_a_model_that_settles_fees_there_are_none():
    scene = Scene(records=[SHARE])
    assert scene.do(prepare()).receipts and scene.transfer().fees == ()
    scene = Priced()
    assert scene.do(prepare()).receipts and scene.transfer().fees == ()


def test_what_was_agreed_counts_whatever_becomes_of_the_rule(priced):
    priced.do(prepare())
    for name in ("SHARE", "SCHEME"):
        assert priced.do(SetFeeRuleActive(name, active=False)).receipts[0].fault is None
    priced.do(fulfil())
    assert priced.fees(PAYEE) == (100,)
    priced.do(prepare(transfer_id=FIRST))
    assert priced.transfer(FIRST).fees == ()


def packet(scenario):
    named = {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1"}}
    kind = {"scenario": scenario, "initiator": "PAYER", "initiatorType": "CONSUMER"}
    said = {
        "transactionId": ID, "quoteId": ID, "payee": named, "payer": named,
        "amount": {"currency": "USD", "amount": "100"}, "transactionType": kind,
    }  # fmt: skip
    return encode(Payment(1_000_000, "g.payeefsp", msgspec.json.encode(said)))


def test_between_dfsps_the_packet_says_the_scenario():
    asked = msgspec.structs.replace(SHARE, scenarios=("PAYMENT",))
    for scenario, expected in (("PAYMENT", 1), ("DEPOSIT", 0)):
        scene = Priced(asked)
        scene.do(prepare(terms=terms(packet=packet(scenario))))
        assert len(scene.transfer().fees) == expected


def test_a_packet_that_nobody_can_read_says_no_scenario():
    asked = msgspec.structs.replace(SHARE, scenarios=("PAYMENT",))
    for data in (b"", b"{", b'{"x":' * 5000):
        scene = Priced(asked)
        scene.do(prepare(terms=terms(packet=encode(Payment(1_000_000, "g.payeefsp", data)))))
        assert scene.transfer().state.value == "RESERVED"
        assert scene.transfer().fees == ()


def test_codes_of_a_bank_s_payment_choose_its_rule():
    rule = msgspec.structs.replace(SHARE, messages=("pacs.008",), category_purposes=("SALA",))
    scene = Priced(rule)
    named = IsoReferences(message_name="pacs.008.001.08", category_purpose="SALA")
    scene.do(bank_prepare(terms=terms(BANK, CREDITOR, references=named)))
    scene.do(prepare(transfer_id=FIRST))
    assert (len(scene.transfer().fees), len(scene.transfer(FIRST).fees)) == (1, 0)
    scene = Priced(msgspec.structs.replace(rule, messages=("pacs.009",), category_purposes=()))
    named = msgspec.structs.replace(named, message_name="pacs.009.001.08")
    scene.do(bank_prepare(terms=terms(BANK, CREDITOR, references=named)))
    assert len(scene.transfer().fees) == 1


def test_rules_of_the_settings_count_until_the_operator_switches_them_off():
    scene = Priced(profile=Profile(hub_keys=KEYS, fee_rules=(SHARE,)))
    scene.do(prepare())
    assert len(scene.transfer().fees) == 1
    scene.do(SetFeeRuleActive("SHARE", active=False))
    scene.do(prepare(transfer_id=FIRST))
    assert scene.transfer(FIRST).fees == ()


@pytest.mark.parametrize(("on_return", "shares"), [(OnReturn.REVERSE, [33, 67]), (OnReturn.KEEP, [])])
def test_the_fee_of_a_payment_that_is_given_back_goes_back_by_the_same_part_or_stays(on_return, shares):
    scene = Priced(msgspec.structs.replace(SHARE, on_return=on_return))
    scene.do(bank_prepare())
    scene.do(accept())
    for key, amount, content in ((FIRST, "33.33", "a"), (SECOND, "66.67", "b")):
        scene.do(give_back(amount, key, content=content))
        scene.do(taken_back(key))
    back = scene.booked()[1:]
    assert back == [
        (f"interchange {key} SHARE back", 1, share)
        for key, share in zip((FIRST, SECOND), shares, strict=bool(shares))
    ]  # fmt: skip
    assert scene.fees(CREDITOR) == (100 - sum(shares),)


def test_returns_cost_what_a_rule_says_of_them():
    scene = Priced(SHARE, msgspec.structs.replace(SCHEME, messages=("returns",)))
    scene.do(bank_prepare())
    scene.do(accept())
    scene.do(give_back(50))
    scene.do(taken_back())
    assert [reference for reference, *_ in scene.booked()] == [f"interchange {ID} SHARE", f"scheme-fee {FIRST} SCHEME"]


def test_every_item_of_a_bulk_is_charged_alone():
    scene = Priced(SHARE)
    scene.do(prepare_bulk())
    scene.do(answer_bulk(yes(1), yes(2)))
    assert (len(scene.booked()), scene.fees(PAYEE)) == (2, (200,))


class PricedFx(FxScene):
    """A scheme with providers and fees."""

    def __init__(self, *rules):
        super().__init__(records=[MODEL, *rules])


def test_a_conversion_costs_what_a_rule_says_and_nobody_pays_in_a_currency_it_does_not_hold():
    everything = msgspec.structs.replace(SHARE, messages=("fxTransfers", "transfers"))
    scene = PricedFx(everything)
    scene.do(fx_scene.convert())
    scene.do(fx_scene.agree())
    scene.do(fx_scene.pay())
    batch = scene.do(fx_scene.accept())
    references = {entry.reference for entry in batch.entries if entry.reference.startswith("interchange")}
    assert references == {f"interchange {FX} SHARE"}
    assert {entry.window for entry in batch.entries} == {1}
    assert scene.resident.account_id(EURO, FEE, "EUR") is None
    assert scene.resident.account_id(FXP, FEE, "USD") is not None


def receipt(scene, command):
    return scene.do(command).receipts[0]


REFUSED = [
    (SHARE, "a fee rule SHARE exists already"),
    (msgspec.structs.replace(SHARE, name="X", payers=("nobody",)), "nobody is no participant"),
]


@pytest.mark.parametrize(("rule", "text"), REFUSED)
def test_rules_that_cannot_be_are_refused(priced, rule, text):
    assert text in receipt(priced, CreateFeeRule(rule)).fault.description


def test_a_rule_needs_a_model_that_settles_its_fees():
    scene = Scene(records=[msgspec.structs.replace(MODEL, currency="EUR")])
    refusal = receipt(scene, CreateFeeRule(SCHEME)).fault.description
    assert "no settlement model settles INTERCHANGE_FEE in USD" in refusal
    euro = msgspec.structs.replace(SCHEME, currency="EUR")
    assert receipt(scene, CreateFeeRule(euro)).fault is None
    assert receipt(scene, SetFeeRuleActive("NONE", active=False)).fault.fspiop == "3200"


def closed(scene, window=1):
    """Cut a window and bring its nets."""
    total = Counter()
    for entry in scene.entries:
        if entry.window == window:
            total[entry.account] += entry.debits_posted - entry.credits_posted
    scene.do(CloseWindow(window, "time"))
    return receipt(scene, PostNets(window, tuple(Net(*item) for item in sorted(total.items()))))


def test_fees_are_a_content_of_their_own_and_settled_by_their_model(priced):
    priced.do(prepare())
    priced.do(fulfil())
    assert closed(priced).fault is None
    contents = priced.get(SettlementWindow, 1).contents
    assert [(one.ledger_account_type, sum(net.units for net in one.nets)) for one in contents] == [
        ("INTERCHANGE_FEE", 0), ("POSITION", 0),
    ]  # fmt: skip
    assert receipt(priced, CreateSettlement("FEES", "due", (1,))).fault is None
    settlement = priced.get(Settlement, 1)
    assert {(one.owner, one.units // 100) for one in settlement.accounts} == {(PAYEE, 100), (PAYER, -50), ("Hub", -50)}
    for step in STEPS_ON:
        accounts = priced.get(Settlement, 1).accounts
        moves = [Move(one.participant, one.account, SettlementState(step)) for one in accounts]
        priced.do(UpdateSettlement(1, tuple(moves)))
    assert priced.fees(PAYER, PAYEE, "Hub") == (0, 0, 0)
    assert priced.value("Hub", AccountType.HUB_MULTILATERAL_SETTLEMENT) == 0
    assert priced.value(PAYER) == 1_000_000
    window = priced.get(SettlementWindow, 1)
    assert [one.state for one in window.contents] == [WindowState.SETTLED, WindowState.CLOSED]


def test_without_rules_nothing_is_asked_of_a_payment(monkeypatch):
    asked = []
    monkeypatch.setattr("switch.fees._facts", lambda *given: asked.append(given))
    scene = Priced()
    scene.do(prepare())
    assert (scene.transfer().state.value, asked) == ("RESERVED", [])
