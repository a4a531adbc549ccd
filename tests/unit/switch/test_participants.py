"""Onboarding by the reference's rules: what comes first, what is born inactive, and which code each refusal has."""

import pytest

from schemas.canonical.administration import CreateLedgerAccountType, LedgerAccountType
from schemas.canonical.commands import (
    CreateHubAccount,
    CreateParticipant,
    CreateSettlementModel,
    SetAccountActive,
    SetEndpoint,
    SetInitialLimits,
    SetIsoProfile,
    SetKeys,
    SetLimit,
    SetOracle,
    SetParticipantActive,
)
from schemas.canonical.money import Money
from schemas.canonical.participants import (
    AccountType,
    IsoProfile,
    JwsKey,
    LedgerAccount,
    Oracle,
    Participant,
    SettlementModel,
)
from switch.state import Resident
from tests.unit.switch.scene import PAYER, Scene

HUB_KINDS = (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT)
NET = CreateSettlementModel("NET", "NET", "MULTILATERAL", "DEFERRED")
FOUNDING = [*(CreateHubAccount("Hub", "USD", kind) for kind in HUB_KINDS), NET]
LIMITS = SetInitialLimits("dfsp", Money(500, "USD"))
MEMBER = [*FOUNDING, CreateParticipant("dfsp", "USD")]
ACTIVE = [*MEMBER, LIMITS]


def play(commands):
    """A scheme of nothing; gives it and the receipt of the last command."""
    scene = Scene()
    scene.resident = Resident()
    receipt = None
    for command in commands:
        receipt = scene.do(command).receipts[0]
    return scene, receipt


def position(scene, name="dfsp"):
    return scene.get(LedgerAccount, scene.resident.account_id(name, AccountType.POSITION, "USD"))


REFUSED = [
    ("no hub accounts", [NET, CreateParticipant("dfsp", "USD")], "3003", "Hub reconciliation account"),
    ("one hub account", [FOUNDING[0], NET, CreateParticipant("dfsp", "USD")], "3003", "Hub multilateral"),
    ("no model", [*FOUNDING[:2], CreateParticipant("dfsp", "USD")], "6000", "Settlement Model"),
    (
        "same currency again",
        [*MEMBER, CreateParticipant("dfsp", "USD")],
        "3000",
        "Participant currency has already been registered",
    ),
    ("name of the hub", [*FOUNDING, CreateParticipant("hub", "USD")], "3000", "hub"),
    ("name in other case", [*MEMBER, CreateParticipant("DFSP", "USD")], "3000", "upper and lower"),
    ("hub account twice", [FOUNDING[0], FOUNDING[0]], "3003", "already been registered"),
    ("account of nobody", [CreateHubAccount("dfsp", "USD", HUB_KINDS[0])], "3003", "Participant was not found."),
    ("POSITION of the hub", [CreateHubAccount("Hub", "USD", AccountType.POSITION)], "3003", "not allowed"),
    ("account of another", [*MEMBER, CreateHubAccount("dfsp", "USD", HUB_KINDS[0])], "3003", "reserved for creation"),
    ("account that is none", [*MEMBER, SetAccountActive("dfsp", 99, active=True)], "2001", "Account not found"),
    (
        "fees settled to nowhere",
        [CreateSettlementModel("B", "NET", "BILATERAL", "DEFERRED", settlement_account_type="NOWHERE")],
        "3000",
        "NOWHERE",
    ),
    (
        "account type twice",
        [CreateLedgerAccountType("FLOAT", "f"), CreateLedgerAccountType("FLOAT", "g")],
        "3000",
        "exists",
    ),
    ("account type of the books", [CreateLedgerAccountType("POSITION", "p")], "3000", "already exists"),
    ("limits of nobody", [*FOUNDING, LIMITS], "3200", "does not exist"),
    ("limits in another currency", [*MEMBER, SetInitialLimits("dfsp", Money(1, "EUR"))], "3200", "does not exist"),
    ("limits twice", [*ACTIVE, LIMITS], "2001", "already set"),
    ("limit before the initial one", [*MEMBER, SetLimit("dfsp", Money(1, "USD"))], "2001", "Limit does not exist"),
    ("limit in another currency", [*MEMBER, SetLimit("dfsp", Money(1, "EUR"))], "3200", "does not exist"),
    ("limit of nobody", [SetLimit("dfsp", Money(1, "USD"))], "3200", "does not exist"),
    ("switch nobody", [SetParticipantActive("dfsp", active=False)], "3200", "does not exist"),
    ("endpoint of nobody", [SetEndpoint("dfsp", "T", "u")], "3200", "does not exist"),
    ("keys of nobody", [SetKeys("dfsp", ())], "3200", "does not exist"),
    ("switch an account of nobody", [SetAccountActive("dfsp", 1, active=True)], "3200", "does not exist"),
    ("switch another's account", [*MEMBER, SetAccountActive("dfsp", 1, active=True)], "2001", "mismatch"),
    (
        "switch a SETTLEMENT account",
        [*MEMBER, SetAccountActive("dfsp", 4, active=True)],
        "2001",
        "Only position account",
    ),
    ("bank of nobody", [SetIsoProfile("dfsp", IsoProfile())], "3200", "does not exist"),
    ("the hub as bank", [SetIsoProfile("Hub", IsoProfile())], "3100", "hub"),
    ("fee that is no number", [*MEMBER, SetIsoProfile("dfsp", IsoProfile(max_payee_fee="1,5"))], "3100", "maxPayeeFee"),
    ("bank called like the hub", [*MEMBER, SetIsoProfile("dfsp", IsoProfile(other_ids=("Hub",)))], "3100", "names Hub"),
    (
        "name that is an identification of a bank",
        [*MEMBER, SetIsoProfile("dfsp", IsoProfile(other_ids=("b-2",))), CreateParticipant("b-2", "USD")],
        "3000",
        "of dfsp",
    ),
    ("model twice", [NET, NET], "3000", "Settlement Model already exists"),
    (
        "second default model",
        [NET, CreateSettlementModel("B", "NET", "BILATERAL", "DEFERRED")],
        "3000",
        "already exists",
    ),
    (
        "impossible model",
        [CreateSettlementModel("B", "NET", "MULTILATERAL", "IMMEDIATE")],
        "3000",
        "combination is not supported",
    ),
    ("oracle twice", [SetOracle(type="MSISDN"), SetOracle(type="MSISDN", url="http://o")], "2001", "already exists"),
    ("oracle of nothing", [SetOracle()], "3102", "oracleIdType"),
    ("change of no oracle", [SetOracle(id=7, url="http://o")], "3200", "Oracle not found"),
]


@pytest.mark.parametrize(("name", "commands", "code", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_has_its_code_and_changes_nothing(name, commands, code, text):
    scene, receipt = play(commands)
    assert receipt.fault.fspiop == code
    assert text in receipt.fault.description
    before, _ = play(commands[:-1])
    assert [list(scene.resident.all(kind)) for kind in (Participant, LedgerAccount)] == [
        list(before.resident.all(kind)) for kind in (Participant, LedgerAccount)
    ]


def test_the_hub_exists_from_the_first_command_on():
    scene, _ = play([NET, FOUNDING[0]])
    assert [found.name for found in scene.resident.all(Participant)] == ["Hub"]


def test_the_hub_takes_endpoints_before_anything_else():
    scene, receipt = play([SetEndpoint("Hub", "NET_DEBIT_CAP_ADJUSTMENT_EMAIL", "a@b.c")])
    assert receipt.fault is None
    assert scene.get(Participant, "Hub").endpoints == {"NET_DEBIT_CAP_ADJUSTMENT_EMAIL": "a@b.c"}


def test_hub_accounts_are_active_at_once_and_ids_count_up():
    scene, _ = play(MEMBER)
    found = {
        account.id: (account.owner, account.type.value, account.active) for account in scene.resident.all(LedgerAccount)
    }
    assert found == {
        1: ("Hub", "HUB_RECONCILIATION", True),
        2: ("Hub", "HUB_MULTILATERAL_SETTLEMENT", True),
        3: ("dfsp", "POSITION", False),
        4: ("dfsp", "SETTLEMENT", False),
    }


def test_a_further_currency_adds_accounts_and_leaves_the_participant_as_it_is():
    second = [CreateHubAccount("Hub", "EUR", kind) for kind in HUB_KINDS]
    scene, receipt = play([*ACTIVE, *second, CreateParticipant("dfsp", "EUR")])
    assert receipt.fault is None
    assert scene.resident.account_id("dfsp", AccountType.SETTLEMENT, "EUR") == 8
    assert scene.get(Participant, "dfsp").currencies == ("USD",)


def test_initial_limits_activate_both_accounts_and_the_currency():
    scene, _ = play(ACTIVE)
    accounts = [account for account in scene.resident.all(LedgerAccount) if account.owner == "dfsp"]
    assert all(account.active for account in accounts)
    assert position(scene).cap == 500
    assert scene.get(Participant, "dfsp").currencies == ("USD",)


@pytest.mark.parametrize("units", [70, -70])
def test_an_opening_position_is_booked_against_the_hub(units):
    scene, _ = play([*MEMBER, SetInitialLimits("dfsp", Money(500, "USD"), Money(units, "USD"))])
    assert position(scene).value == units
    assert sum(account.value for account in scene.resident.all(LedgerAccount)) == 0
    assert position(scene).active


def test_a_limit_is_changed_with_its_alarm():
    scene, _ = play([*ACTIVE, SetLimit("dfsp", Money(9, "USD"), "25")])
    assert (position(scene).cap, position(scene).alarm) == (9, "25")


def test_an_account_switched_off_takes_its_currency_with_it_and_brings_it_back():
    scene, _ = play([*ACTIVE, SetAccountActive("dfsp", 3, active=False)])
    assert (position(scene).active, scene.get(Participant, "dfsp").currencies) == (False, ())
    scene.do(SetAccountActive("dfsp", 3, active=True))
    assert (position(scene).active, scene.get(Participant, "dfsp").currencies) == (True, ("USD",))


def test_switching_a_participant_leaves_everything_else():
    scene, _ = play([*ACTIVE, SetEndpoint("dfsp", "T", "u"), SetParticipantActive("dfsp", active=False)])
    found = scene.get(Participant, "dfsp")
    assert (found.active, found.endpoints, found.currencies) == (False, {"T": "u"}, ("USD",))


def test_the_newest_endpoint_and_keys_are_in_force():
    keys = (JwsKey("pem"),)
    scene, _ = play([*MEMBER, SetEndpoint("dfsp", "T", "u"), SetEndpoint("dfsp", "T", "v"), SetKeys("dfsp", keys)])
    found = scene.get(Participant, "dfsp")
    assert (found.endpoints, found.keys) == ({"T": "v"}, keys)


def test_a_bank_keeps_its_gateway_key_when_its_profile_changes():
    first = SetIsoProfile("dfsp", IsoProfile(bic="BANKUS33"), "secret")
    scene, _ = play([*MEMBER, first, SetIsoProfile("dfsp", IsoProfile(bic="BANKUS44"))])
    found = scene.get(Participant, "dfsp")
    assert (found.iso.bic, found.gateway_key) == ("BANKUS44", "secret")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (IsoProfile(bic="BANKUS33"), IsoProfile(bic="BANKUS33XXX")),
        (IsoProfile(lei="5493001KJTIIGC8Y1R12"), IsoProfile(lei="5493001KJTIIGC8Y1R12")),
        (IsoProfile(clearing_member_id="7"), IsoProfile(clearing_member_id="7")),
        (IsoProfile(other_ids=("x", "y")), IsoProfile(other_ids=("y",))),
        (IsoProfile(), IsoProfile(other_ids=("dfsp",))),
    ],
)
def test_one_identifier_names_one_bank(mine, theirs):
    _, receipt = play([*MEMBER, CreateParticipant("b", "USD"), SetIsoProfile("dfsp", mine), SetIsoProfile("b", theirs)])
    assert "already names dfsp" in receipt.fault.description


def test_models_of_one_currency_are_told_apart_by_what_they_settle():
    gross = CreateSettlementModel("CGS", "GROSS", "BILATERAL", "IMMEDIATE", "USD")
    fees = CreateSettlementModel(
        "FEES", "NET", "MULTILATERAL", "DEFERRED", "USD", ledger_account_type="INTERCHANGE_FEE"
    )
    scene, receipt = play([NET, gross, fees])
    assert receipt.fault is None
    assert [model.id for model in scene.resident.all(SettlementModel)] == [1, 2, 3]


FEES = CreateSettlementModel(
    "FEES", "NET", "MULTILATERAL", "DEFERRED", "USD", ledger_account_type="INTERCHANGE_FEE",
    settlement_account_type="INTERCHANGE_FEE_SETTLEMENT",
)  # fmt: skip
FEE_ACCOUNTS = ["POSITION", "SETTLEMENT", "INTERCHANGE_FEE", "INTERCHANGE_FEE_SETTLEMENT"]


def kinds(scene, *, active):
    owned = [account for account in scene.resident.all(LedgerAccount) if account.owner == "dfsp"]
    return [account.type.value for account in owned if account.active is active]


def test_each_model_of_a_currency_brings_its_two_accounts_and_the_limits_activate_them_all():
    scene, _ = play([*FOUNDING, FEES, CreateParticipant("dfsp", "USD")])
    assert kinds(scene, active=False) == FEE_ACCOUNTS
    scene.do(LIMITS)
    assert kinds(scene, active=True) == FEE_ACCOUNTS


def test_a_model_made_later_gives_its_accounts_to_who_is_there():
    scene, _ = play([*ACTIVE, CreateHubAccount("Hub", "EUR", HUB_KINDS[0]), FEES])
    assert kinds(scene, active=True) == FEE_ACCOUNTS
    assert len({account.id for account in scene.resident.all(LedgerAccount)}) == 7
    scene, _ = play([*MEMBER, FEES])
    assert kinds(scene, active=False) == FEE_ACCOUNTS


def test_a_model_of_another_currency_changes_nobody_s_accounts():
    fees = CreateSettlementModel(
        "FEES", "GROSS", "BILATERAL", "DEFERRED", "INR", ledger_account_type="INTERCHANGE_FEE"
    )
    scene, receipt = play([*ACTIVE, fees])
    assert receipt.fault is None
    assert kinds(scene, active=True) == ["POSITION", "SETTLEMENT"]


def test_without_a_model_for_transfers_nobody_takes_part():
    _, receipt = play([*FOUNDING[:2], FEES, CreateParticipant("dfsp", "USD")])
    assert receipt.fault.fspiop == "6000"


def test_account_types_are_added_and_numbered_after_those_of_the_books():
    scene, _ = play(
        [CreateLedgerAccountType("FLOAT", "f", settleable=True), CreateLedgerAccountType("TAX", "t", False)]
    )
    found = [(kind.name, kind.id, kind.settleable, kind.active) for kind in scene.resident.all(LedgerAccountType)]
    first = len(AccountType) + 1
    assert found == [("FLOAT", first, True, True), ("TAX", first + 1, False, False)]


def test_an_oracle_is_changed_removed_and_may_then_be_set_again():
    scene, _ = play([SetOracle(type="MSISDN", currency="USD"), SetOracle(id=1, url="http://o", default=True)])
    found = scene.get(Oracle, 1)
    assert (found.url, found.currency, found.default) == ("http://o", "USD", True)
    scene.do(SetOracle(id=1, remove=True))
    assert not scene.get(Oracle, 1).active
    assert scene.do(SetOracle(type="MSISDN", currency="USD")).receipts[0].fault is None
    assert scene.get(Oracle, 2).active


def test_members_of_the_scene_are_known_to_its_steps():
    assert Scene().do(SetParticipantActive(PAYER, active=False)).receipts[0].fault is None
