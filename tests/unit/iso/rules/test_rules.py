"""Every rule has a pair: a message that keeps it, and one that breaks it and nothing of its schema."""

import pytest

from iso import gate
from iso.envelope import find_parts, split
from iso.rules.engine import judge, judge_alone
from iso.rules.model import Broken, Rule, Severity
from iso.rules.packs import PACKS
from schemas.catalogue import Catalogue
from tests.unit.iso.rules import templates
from tests.unit.iso.rules.pair import Pair
from tests.unit.iso.rules.pairs_base import BASE
from tests.unit.iso.rules.pairs_practices import PRACTICES

CATALOGUE = Catalogue()
PAIRS = BASE | PRACTICES
RULES = {rule.number: rule for rules in PACKS.values() for rule in rules}
JUDGED = {number: rule for number, rule in RULES.items() if rule.pack != "scheme"}
# What breaks these the schema refuses too; the rule tells more plainly what to do.
OF_THE_SCHEMA = {"BASE-0017"}


def judged(body: bytes, *packs: str) -> list[Broken]:
    """What the packs find in a message, a Document or an AppHdr."""
    root = gate.read_file(body)[0]
    parts = {split(part)[1]: part for part in find_parts(root)}
    header, document = parts.get("AppHdr"), parts.get("Document")
    if document is None:
        assert header is not None
        return judge_alone(header, packs)
    return judge(document, header, packs)


def valid(body: bytes) -> list[str]:
    """What the schemas find."""
    root = gate.read_file(body)[0]
    parts = [(part, split(part)[0].rpartition(":")[2]) for part in find_parts(root)]
    return [found.text for part, name in parts for found in gate.check_element(part, name, CATALOGUE)]


def test_every_rule_has_a_pair_and_a_number_of_its_own():
    assert PAIRS.keys() == JUDGED.keys()
    assert len(RULES) == sum(len(rules) for rules in PACKS.values()) >= 120


@pytest.mark.parametrize("number", PAIRS)
def test_a_message_keeps_the_rule_and_another_breaks_it(number: str):
    rule, pair = RULES[number], PAIRS[number]
    assert [found for found in judged(pair.keeps, rule.pack) if found.number == number] == []
    found = [found for found in judged(pair.breaks, rule.pack) if found.number == number]
    assert found
    assert (found[0].severity, found[0].reason, found[0].todo) == (rule.severity, rule.reason, rule.todo)
    assert found[0].text.startswith(rule.demand)
    assert found[0].path.startswith(("/Document/", "/AppHdr/")) or found[0].path in {"/Document", "/AppHdr"}
    assert found[0].line == 1


@pytest.mark.parametrize("number", PAIRS)
def test_both_messages_of_a_pair_keep_the_schema(number: str):
    pair: Pair = PAIRS[number]
    assert valid(pair.keeps) == []
    assert (valid(pair.breaks) == []) is (number not in OF_THE_SCHEMA)


FITTING = {
    "base": ("P8", "P8C", "P9C", "P8F", "P4", "P7", "P2", "P28", "C56", "C29", "P1", "P13", "PD", "C53", "HEAD"),
    "cbpr": ("P8C", "P9C", "P4", "P2", "C56", "C29", "HEAD"),
    "instant": ("P8", "P4", "P2", "C56", "C29"),
    "fednow": ("P8F", "P2"),
}


@pytest.mark.parametrize(("pack", "name"), [(pack, name) for pack, names in FITTING.items() for name in names])
def test_good_messages_break_no_rule_of_their_pack(pack: str, name: str):
    assert judged(getattr(templates, name).encode(), pack) == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.number)
def test_a_rule_tells_what_it_demands_what_to_do_and_why_in_iso(rule: Rule):
    assert rule.number.startswith(rule.pack.upper() + "-")
    assert len(rule.number.rpartition("-")[2]) == 4
    assert rule.demand
    assert not rule.demand.endswith(".")
    assert rule.todo.endswith(".")
    assert len(rule.reason) == 4
    assert rule.severity in Severity
