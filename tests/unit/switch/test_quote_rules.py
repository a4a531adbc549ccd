"""Rules on quotes: what they look at, what they say, and which rules are refused before they can be used."""

import hashlib

import msgspec
import pytest

from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect, Original
from switch.json_path import PathError, path
from switch.quote_rules import SHIPPED, Facts, Reroute, RuleError, judge, read_rules

BODY = {
    "amount": {"currency": "USD", "amount": "100.5"},
    "payer": {"partyIdInfo": {"fspId": "payerfsp"}},
    "extensionList": {"extension": [{"key": "tier", "value": "1"}, {"key": "other", "value": "2"}]},
}
REFUSE = {"type": "INVALID_QUOTE_REQUEST", "params": {"FSPIOPError": "PAYEE_UNSUPPORTED_CURRENCY", "message": "no"}}
REROUTE = {"type": "INTERCEPT_QUOTE", "params": {"rerouteToFsp": "fxp", "additionalHeaders": {"X-Tier": "1"}}}
ACTIVE = "$.accounts[?(@.ledgerAccountType == 'POSITION' && @.isActive == 1)].currency"


def facts(payer=("USD",), payee=("USD", "KES"), body=None):
    content = msgspec.json.encode(BODY if body is None else body)
    original = Original(
        Dialect.FSPIOP,
        "POST",
        "/quotes",
        (("FSPIOP-Source", "payerfsp"),),
        content,
        hashlib.sha256(content).hexdigest(),
    )
    members = Participant("payerfsp", currencies=payer), Participant("payeefsp", currencies=payee)
    return Facts(*members, original, "quotes")


def rules(*conditions, event=REFUSE):
    return read_rules(msgspec.json.encode([{"conditions": {"all": list(conditions)}, "event": event}]))


def test_no_rules_say_nothing():
    assert judge((), facts()) is None


@pytest.mark.parametrize(
    ("members", "code"),
    [({}, None), ({"payer": ()}, "4103"), ({"payee": ()}, "5106"), ({"payer": (), "payee": ()}, "4103")],
)
def test_the_shipped_rules_ask_for_active_accounts(members, code):
    said = judge(SHIPPED, facts(**members))
    assert (said.fspiop if said else None) == code


CONDITIONS = [
    ("payload", "$.amount.currency", "equal", "USD", True),
    ("payload", "$.amount.currency", "notEqual", "USD", False),
    ("payload", "$['amount']['currency']", "in", ["KES", "USD"], True),
    ("payload", "$.amount.currency", "notIn", {"fact": "payee", "path": ACTIVE}, False),
    ("payload", "$.amount.currency", "notIn", {"fact": "payer", "path": "$.accounts[0].name"}, True),
    ("payload", "$.extensionList.extension[?(@.key == 'tier')].value", "deepEqual", ["1"], True),
    ("payload", "$.extensionList.extension[*].value", "contains", "2", True),
    ("payload", "$.extensionList.extension[*].value", "doesNotContain", "2", False),
    ("payload", "$.extensionList.extension[?(@.key != 'tier')].value", "notDeepEqual", ["2"], False),
    ("payload", "$.extensionList.extension[1].key", "equal", "other", True),
    ("payload", "$.amount.amount", "greaterThan", 100, True),
    ("payload", "$.amount.amount", "greaterThanInclusive", "100.5", True),
    ("payload", "$.amount.amount", "lessThan", 100.5, False),
    ("payload", "$.amount.amount", "lessThanInclusive", 100.5, True),
    ("payload", "$.note", "greaterThan", 1, False),
    ("payload", "$.note", "truthy", True, False),
    ("payload", "$.note", "falsy", True, True),
    ("payload", "$.extensionList.extension", "isArray", True, True),
    ("payload", "$.amount", "isObject", True, True),
    ("payload", "$.amount", "isString", True, False),
    ("headers", "$.fspiop-source", "equal", "payerfsp", True),
    ("operation", "$", "equal", "quotes", True),
    ("payer", "$.name", "equal", "payerfsp", True),
    ("payer", "$.isActive", "equal", 1, True),
]


@pytest.mark.parametrize(("fact", "where", "operator", "value", "holds"), CONDITIONS)
def test_a_condition(fact, where, operator, value, holds):
    said = judge(rules({"fact": fact, "path": where, "operator": operator, "value": value}), facts())
    assert (said is not None) is holds


def test_all_and_any_may_be_nested():
    one = {"fact": "payload", "path": "$.amount.currency", "operator": "equal", "value": "USD"}
    two = {"fact": "payload", "path": "$.amount.currency", "operator": "equal", "value": "KES"}
    assert judge(rules(one, {"any": [one, two]}), facts()) is not None
    assert judge(rules(one, {"all": [one, two]}), facts()) is None


ALWAYS = {"fact": "operation", "operator": "truthy", "value": True}


def test_a_refusal_names_its_error_and_goes_before_an_intercept():
    said = judge(rules(ALWAYS, event=REROUTE) + rules(ALWAYS), facts())
    assert (said.fspiop, said.description) == ("5106", "Payee unsupported currency - no")


def test_a_code_of_the_scheme_may_stand_for_the_error():
    params = {"FSPIOPError": "4140", "message": "tier too low"}
    said = judge(rules(ALWAYS, event={"type": "INVALID_QUOTE_REQUEST", "params": params}), facts())
    assert (said.fspiop, said.description) == ("4140", "tier too low")


def test_an_intercept_names_fsp_and_headers_and_two_are_an_error():
    once = rules(ALWAYS, event=REROUTE)
    assert judge(once, facts()) == Reroute("fxp", (("x-tier", "1"),))
    assert judge(once + once, facts()).fspiop == "2001"


WRONG = [
    (b"{}", "array"),
    (b"[", "truncated"),
    ([{"conditions": {}, "event": REFUSE}], "one of all, any and fact"),
    ([{"conditions": {"fact": "weather", "operator": "equal"}, "event": REFUSE}], "weather"),
    ([{"conditions": {"fact": "payer", "operator": "rhymes"}, "event": REFUSE}], "rhymes"),
    ([{"conditions": {"fact": "payer", "path": "accounts", "operator": "equal"}, "event": REFUSE}], "begin with"),
    ([{"conditions": {"fact": "payer", "path": "$..a", "operator": "equal"}, "event": REFUSE}], "character 2"),
    ([{"conditions": {"fact": "payer", "operator": "in", "value": {"fact": "x"}}, "event": REFUSE}], "x"),
    ([{"conditions": ALWAYS, "event": {"type": "EXPLODE", "params": {}}}], "EXPLODE"),
    ([{"conditions": ALWAYS, "event": {"type": "INTERCEPT_QUOTE", "params": {}}}], "rerouteToFsp"),
    (
        [{"conditions": ALWAYS, "event": {"type": "INVALID_QUOTE_REQUEST", "params": {"FSPIOPError": "NOPE"}}}],
        "NOPE",
    ),
    ([{"conditions": ALWAYS, "event": REFUSE, "extra": 1}], "extra"),
]


@pytest.mark.parametrize(("content", "told"), WRONG)
def test_rules_that_are_no_rules_are_refused_when_they_are_read(content, told):
    text = content if isinstance(content, bytes) else msgspec.json.encode(content)
    with pytest.raises(RuleError, match=told.replace("$", r"\$")):
        read_rules(text)


@pytest.mark.parametrize("text", ["a", "$.", "$[", "$[?(@.a)]", "$[?(@.a == b)]", "$.a b"])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(PathError):
        path(text)


def test_truth_is_no_number_in_a_filter():
    assert path("$[?(@.a == 1)].a").find([{"a": True}, {"a": 1}]) == [1]
    assert path("$[?(@.a == true)].a").find([{"a": True}, {"a": 1}]) == [True]
