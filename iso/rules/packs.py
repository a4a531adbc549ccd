"""The packs by name."""

from typing import Final

from iso.rules import (
    base_answers,
    base_customer,
    base_header,
    base_pacs,
    base_parties,
    base_values,
    cbpr,
    cbpr_answers,
    fednow,
    instant,
    scheme,
)
from iso.rules.model import Rule
from iso.rules.names import PACK_NAMES

PACKS: Final[dict[str, tuple[Rule, ...]]] = {
    "base": (
        *base_values.RULES,
        *base_pacs.RULES,
        *base_parties.RULES,
        *base_answers.RULES,
        *base_customer.RULES,
        *base_header.RULES,
    ),
    "cbpr": (*cbpr.HEADER_RULES, *cbpr.GROUP_RULES, *cbpr.TRANSACTION_RULES, *cbpr_answers.RULES),
    "instant": (*instant.PAYMENT_RULES, *instant.ANSWER_RULES),
    "fednow": fednow.RULES,
    "scheme": scheme.RULES,
}
assert tuple(PACKS) == PACK_NAMES
