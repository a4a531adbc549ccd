"""Agents: every identifier names one participant only, whatever its kind, and all given must name the same."""

import pytest

from iso.messages.fields import Branch, Code, FinancialInstitution
from schemas.canonical.addressing import ClearingMember, SchemedId, bank_code
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, Participant
from translator.iso.agents import AgentIndex, Unclear, ids_of, institution_of
from translator.outgoing import HubIdentity

LEI = "5493001KJTIIGC8Y1R12"
ALPHA = Participant(
    FspId("alpha"),
    iso=IsoProfile(
        bic="ALPHDEFF", lei=LEI, further_bics=("ALPHDEFF100",), other_ids=("A-1",),
        clearing_members=(ClearingMember("DEBLZ", "37040044"), ClearingMember("OWNSYSTEM", "7")),
        schemed_ids=(SchemedId("7", "CLUB"), SchemedId("9", "CLUB", "one")),
        branches=("B1", "B2"), iban_bank_codes=("DE37040044", "DE3704"),
    ),
)  # fmt: skip
BETA = Participant(
    FspId("beta"),
    iso=IsoProfile(
        bic="BETAUS33XXX", clearing_member_id="021000021", schemed_ids=(SchemedId("9", "CLUB", "two"),),
        clearing_members=(ClearingMember("USPID", "7"),), iban_bank_codes=("DE37040099",),
    ),
)  # fmt: skip
WALLET = Participant(FspId("wallet"))
HUB = HubIdentity(bic="HUBBKENA", aliases=("HUBBKENA001", "SCHEME"))
INDEX = AgentIndex((ALPHA, BETA, WALLET), HUB)


def agent(**fields) -> FinancialInstitution:
    branch = fields.pop("branch", None)
    for name in ("clearing_system", "other_scheme"):
        if name in fields:
            fields[name] = Code(code=fields[name])
    return FinancialInstitution(branch=Branch(id=branch) if branch else None, **fields)


def member(number: str, system: str | None = None) -> FinancialInstitution:
    return agent(member_id=number, **({"clearing_system": system} if system else {}))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (agent(bicfi="ALPHDEFF"), "alpha"),
        (agent(bicfi="ALPHDEFFXXX"), "alpha"),
        (agent(bicfi="ALPHDEFF100"), "alpha"),
        (agent(bicfi="ALPHDEFF200"), None),
        (agent(lei=LEI), "alpha"),
        (member("37040044", "DEBLZ"), "alpha"),
        (member("37040044"), "alpha"),
        (member("37040044", "USABA"), None),
        (member("7", "USPID"), "beta"),
        (member("7", "OWNSYSTEM"), "alpha"),
        (member("7"), Unclear.AMBIGUOUS),
        (member("021000021"), "beta"),
        (member("021000021", "USABA"), "beta"),
        (agent(other_id="A-1"), "alpha"),
        (agent(other_id="A-1", other_scheme="ANY"), "alpha"),
        (agent(other_id="7", other_scheme="CLUB"), "alpha"),
        (agent(other_id="7"), None),
        (agent(other_id="9", other_scheme="CLUB", other_issuer="one"), "alpha"),
        (agent(other_id="9", other_scheme="CLUB", other_issuer="two"), "beta"),
        (agent(other_id="9", other_scheme="CLUB", other_issuer="three"), None),
        (agent(other_id="7", other_scheme="CLUB", other_issuer="any"), "alpha"),
        (agent(other_id="wallet"), "wallet"),
        (agent(other_id="NOTPROVIDED"), None),
        (agent(bicfi="ALPHDEFF", branch="B1"), "alpha"),
        (agent(bicfi="ALPHDEFF", branch="B9"), Unclear.BRANCH),
        (agent(bicfi="BETAUS33", branch="B9"), "beta"),
        (agent(bicfi="ALPHDEFF", lei=LEI, member_id="37040044", clearing_system="DEBLZ"), "alpha"),
        (agent(bicfi="ALPHDEFF", member_id="021000021"), Unclear.CONTRADICTION),
        (agent(bicfi="ALPHDEFF", member_id="1", clearing_system="DEBLZ"), Unclear.CONTRADICTION),
        (agent(bicfi="ALPHDEFF", member_id="1", clearing_system="USABA"), "alpha"),
        (agent(bicfi="ALPHDEFF", member_id="7"), "alpha"),
        (agent(bicfi="BETAUS33", other_id="alpha"), Unclear.CONTRADICTION),
        (agent(bicfi="HUBBKENA001"), "Hub"),
        (agent(other_id="SCHEME"), "Hub"),
        (FinancialInstitution(name="somebody"), None),
    ],
)
def test_who_is_meant(given, meant):
    assert INDEX.resolve(ids_of(given)) == meant


def test_a_name_is_worth_what_its_kind_says():
    assert isinstance(INDEX.resolve(ids_of(member("7"))), Unclear)
    assert ids_of(FinancialInstitution(clearing_system=Code(code="DEBLZ"))).given is False


@pytest.mark.parametrize(
    ("iban", "holder"),
    [
        ("DE89 3704 0044 0532 0130 00", "alpha"),
        ("de89370400440532013000", "alpha"),
        ("DE11370400991111111111", "beta"),
        ("DE11370411111111111111", "alpha"),
        ("DE11380400441111111111", None),
        ("GB11370400441111111111", None),
        ("DE", None),
        ("", None),
    ],
)
def test_an_iban_names_its_bank_by_the_longest_code(iban, holder):
    assert INDEX.holder(iban) == holder
    assert bank_code("DE89370400440532013000") == "DE370400440532013000"


@pytest.mark.parametrize(
    ("participant", "system", "number"),
    [(ALPHA, Code(code="DEBLZ"), "37040044"), (BETA, None, "021000021"), (WALLET, None, None)],
)
def test_what_the_hub_calls_participants(participant, system, number):
    told = institution_of(participant, participant.name)
    assert (told.clearing_system, told.member_id, told.other_id) == (system, number, participant.name)


def test_a_long_name_of_a_system_is_proprietary():
    own = Participant(FspId("x"), iso=IsoProfile(clearing_members=(ClearingMember("OWNSYSTEM", "1"),)))
    assert institution_of(own, own.name).clearing_system == Code(proprietary="OWNSYSTEM")
