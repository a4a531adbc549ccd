"""What the hub only routes: every resource of the table goes on, is refused or is repeated as its row says."""

import msgspec
import pytest

from fspiop.messages.dialogues import DIALOGUES
from schemas.canonical.commands import Undeliverable
from schemas.canonical.faults import FAULTS, fault
from schemas.canonical.forwarding import Act, Asked, FindProviders, Forward
from schemas.canonical.participants import Participant
from switch.profile import Profile
from switch.quote_rules import read_rules
from tests.unit.switch.scene import CREDITOR, OTHER, PAYEE, PAYER, Scene, envelope, told

KEY = "b51ec534-ee48-4575-b6a9-ead2955b8069"
RESOURCES = sorted(DIALOGUES)
ASKED = [name for name in RESOURCES if DIALOGUES[name].post is not None]
ANSWERED_ONCE = [name for name in RESOURCES if DIALOGUES[name].one_answer]


def message(resource, act, sender=PAYER, receiver=PAYEE, content="m", needs=()):
    return Forward(envelope(sender, receiver, content), resource, KEY, act, needs)


def ask(resource, **changed):
    return message(resource, Act.ASK, **changed)


def answer(resource, act=Act.ANSWER, **changed):
    return message(resource, act, **({"sender": PAYEE, "receiver": PAYER, "content": "a"} | changed))


def outcome(*commands, scene=None):
    scene = scene or Scene("journey.0")
    return told([scene.do(command) for command in commands][-1])


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("act", list(Act))
def test_goes_on_as_it_came(resource, act):
    assert outcome(message(resource, act)) == ["Forwarded payeefsp (original)"]


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("act", list(Act))
def test_an_unknown_source_is_3200_and_an_unknown_destination_3201(resource, act):
    assert outcome(message(resource, act, sender="nobody")) == ["Refused nobody 3200"]
    assert outcome(message(resource, act, receiver="nobody")) == ["Refused payerfsp 3201"]
    assert outcome(message(resource, act, receiver=None)) == ["Refused payerfsp 3201"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_inactive_destination_is_unknown(resource):
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, PAYEE), active=False)
    event = scene.do(message(resource, Act.QUERY)).events[0]
    assert event.body.fault.description == "Destination FSP Error - Unsupported participant 'payeefsp'"


@pytest.mark.parametrize("resource", ASKED)
def test_a_repeat_goes_on_again_and_other_content_is_3106(resource):
    assert outcome(ask(resource), ask(resource)) == ["Forwarded payeefsp (original)"]
    assert outcome(ask(resource), ask(resource, content="other")) == ["Refused payerfsp 3106"]
    assert outcome(ask(resource), ask(resource, sender=OTHER)) == ["Refused otherfsp 3106"]


@pytest.mark.parametrize("resource", ASKED)
@pytest.mark.parametrize("act", [Act.ANSWER, Act.REFUSE])
def test_only_who_was_asked_answers_and_only_who_asked(resource, act):
    assert outcome(ask(resource), answer(resource, act)) == ["Forwarded payerfsp (original)"]
    assert outcome(ask(resource), answer(resource, act, sender=OTHER)) == ["Refused otherfsp 3100"]
    assert outcome(ask(resource), answer(resource, act, receiver=OTHER)) == ["Refused payeefsp 3100"]


@pytest.mark.parametrize("resource", ASKED)
def test_where_the_hub_is_lenient_another_may_answer_a_quote_for_a_conversion(resource):
    scene = Scene("journey.0")
    scene.profile = Profile(lenient=True)
    expected = "Forwarded payerfsp (original)" if resource == "fxQuotes" else "Refused otherfsp 3100"
    assert outcome(ask(resource), answer(resource, sender=OTHER), scene=scene) == [expected]


@pytest.mark.parametrize("resource", ASKED)
def test_an_answer_may_be_repeated(resource):
    assert outcome(ask(resource), answer(resource), answer(resource)) == ["Forwarded payerfsp (original)"]


@pytest.mark.parametrize("resource", ASKED)
def test_another_answer_is_3106_where_there_is_one_only(resource):
    expected = "Refused payeefsp 3106" if resource in ANSWERED_ONCE else "Forwarded payerfsp (original)"
    assert outcome(ask(resource), answer(resource), answer(resource, content="b")) == [expected]


@pytest.mark.parametrize("resource", RESOURCES)
def test_what_cannot_be_delivered_is_told_to_its_sender(resource):
    reason = fault("DESTINATION_UNREACHABLE")
    assert outcome(Undeliverable(PAYER, resource, KEY, reason, PAYEE)) == ["Refused payerfsp 1001"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_bank_is_asked_nothing_and_knows_no_id(resource):
    row = DIALOGUES[resource]
    assert outcome(message(resource, Act.ASK, receiver=CREDITOR)) == [
        f"Refused payerfsp {FAULTS[row.not_for_banks].fspiop}"
    ]
    # an authorization is asked for by GET
    asked = row.not_for_banks if resource == "authorizations" else row.unknown
    for act, name in ((Act.QUERY, asked), (Act.ANSWER, row.unknown), (Act.REFUSE, row.unknown)):
        assert outcome(message(resource, act, receiver=CREDITOR)) == [f"Refused payerfsp {FAULTS[name].fspiop}"]


def test_a_request_to_pay_to_a_bank_names_the_transaction_type():
    assert outcome(message("transactionRequests", Act.ASK, receiver=CREDITOR)) == ["Refused payerfsp 4102"]
    assert outcome(message("bulkQuotes", Act.ASK, receiver=CREDITOR)) == ["Refused payerfsp 5102"]


@pytest.mark.parametrize(
    ("currencies", "receiver", "expected"),
    [
        (("USD", "KES"), PAYEE, "Forwarded payeefsp (original)"),
        (("USD",), PAYEE, "Refused payerfsp 3100"),
        (("KES",), PAYEE, "Refused payerfsp 3100"),
        (("USD", "KES"), "nobody", "Refused payerfsp 3100"),
    ],
)
def test_an_fx_provider_needs_accounts_in_both_currencies(currencies, receiver, expected):
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, PAYEE), currencies=currencies)
    command = ask("fxQuotes", receiver=receiver, needs=("USD", "KES"))
    batch = scene.do(command)
    assert told(batch) == [expected]
    if "Refused" in expected:
        assert batch.events[0].body.fault.description.endswith(f"Unsupported participant '{receiver}'")


def test_who_asked_whom_is_kept_with_the_content():
    scene = Scene("journey.0")
    scene.do(ask("fxQuotes"))
    scene.do(answer("fxQuotes"))
    kept = scene.get(Asked, f"fxQuotes/{KEY}")
    assert (kept.asker, kept.asked, bool(kept.request_hash), bool(kept.answer_hash)) == (PAYER, PAYEE, True, True)


def test_one_id_may_name_things_of_two_resources():
    scene = Scene("journey.0")
    assert outcome(ask("fxQuotes"), ask("bulkQuotes", content="other"), scene=scene) == [
        "Forwarded payeefsp (original)"
    ]


RULED = [name for name in ASKED if DIALOGUES[name].ruled]


@pytest.mark.parametrize("resource", RULED)
@pytest.mark.parametrize(("who", "code"), [(PAYER, "4103"), (PAYEE, "5106")])
def test_without_an_active_account_nobody_quotes(resource, who, code):
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, who), currencies=())
    assert outcome(ask(resource), scene=scene) == [f"Refused payerfsp {code}"]


def rerouting(fsp):
    rule = {
        "conditions": {"all": [{"fact": "operation", "operator": "equal", "value": "fxQuotes"}]},
        "event": {"type": "INTERCEPT_QUOTE", "params": {"rerouteToFsp": fsp, "additionalHeaders": {"X-Why": "rule"}}},
    }
    return Scene("journey.0", Profile(quote_rules=read_rules(msgspec.json.encode([rule]))))


def test_a_rule_sends_a_quote_elsewhere_without_the_signature_it_breaks():
    scene = rerouting("otherfsp")
    original = msgspec.structs.replace(
        ask("fxQuotes").envelope.original,
        headers=(("fspiop-destination", "payeefsp"), ("fspiop-signature", "s"), ("date", "d")),
    )
    command = msgspec.structs.replace(
        ask("fxQuotes"), envelope=msgspec.structs.replace(ask("fxQuotes").envelope, original=original)
    )
    event = scene.do(command).events[0]
    assert event.receiver == OTHER
    assert dict(event.original.headers) == {"date": "d", "fspiop-destination": "otherfsp", "x-why": "rule"}
    assert event.original.body == original.body
    assert outcome(answer("fxQuotes", sender=OTHER), scene=scene) == ["Forwarded payerfsp (original)"]
    assert outcome(answer("fxQuotes"), scene=scene) == ["Refused payeefsp 3100"]


def test_a_rule_that_names_nobody_is_3201():
    assert outcome(ask("fxQuotes"), scene=rerouting("nobody")) == ["Refused payerfsp 3201"]


def test_a_rule_on_one_resource_leaves_the_others_alone():
    assert outcome(ask("bulkQuotes"), scene=rerouting("otherfsp")) == ["Forwarded payeefsp (original)"]


def providers(*, source=None, target=None, asker=PAYER, **offers):
    scene = Scene("journey.0")
    for name, (services, currencies) in offers.items():
        found = scene.get(Participant, name)
        scene.change(found, services=services, currencies=currencies)
    event = scene.do(FindProviders(envelope(asker), "FXP", source, target)).events[0]
    return event.receiver, getattr(event.body, "providers", None) or getattr(event.body, "fault", ())


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        (None, None, ("otherfsp", "payeefsp")),
        ("USD", "KES", ("otherfsp",)),
        ("KES", "USD", ("otherfsp",)),
        ("USD", "EUR", ()),
    ],
)
def test_the_hub_names_the_providers_of_a_pair(source, target, found):
    offers = {
        "payeefsp": (("FXP",), ("USD",)),
        "otherfsp": (("FXP", "PISP"), ("USD", "KES")),
        "payerfsp": (("PISP",), ("USD", "KES")),
    }
    assert providers(source=source, target=target, **offers) == (PAYER, found)


def test_an_unknown_asker_is_3200():
    receiver, reason = providers(asker="nobody")
    assert (receiver, reason.fspiop) == ("nobody", "3200")


def test_a_provider_that_is_switched_off_is_not_named():
    scene = Scene("journey.0")
    scene.change(scene.get(Participant, OTHER), services=("FXP",), active=False)
    assert scene.do(FindProviders(envelope(PAYER), "FXP")).events[0].body.providers == ()


def test_an_answer_names_sixteen_providers_at_most():
    many = [Participant(f"fxp{number:02}", services=("FXP",)) for number in range(20)]
    scene = Scene("journey.0", records=many)
    found = scene.do(FindProviders(envelope(PAYER), "FXP")).events[0].body.providers
    assert found == tuple(f"fxp{number:02}" for number in range(16))
