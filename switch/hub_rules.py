"""Pack `scheme` for files: the hub's own checks, asked without a hub, so without who is who and what day it is."""

import re
from typing import Final

from lxml import etree

from iso.messages import business
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.pacs009 import Pacs009
from iso.messages.shape import ShapeError
from iso.rules.model import Broken, Severity
from schemas.canonical.faults import Fault
from schemas.canonical.scheme_rules import SCHEME_RULES
from schemas.errors import line_of, path_of
from translator.iso import checks

_NUMBER: Final = re.compile(r"SCHEME-[0-9]{4}")


def judge_by_hub(document: etree._Element, _header: etree._Element | None) -> list[Broken]:
    """The hub's own rules that a payment breaks by itself; none for other messages and for what cannot be read."""
    try:
        typed = business.read(None, document).document
    except ShapeError:
        return []
    if not isinstance(typed, Pacs008 | Pacs009 | Pacs004):
        return []
    return [_broken(fault, document) for fault in _faults(typed)]


def _faults(message: Pacs008 | Pacs009 | Pacs004) -> list[Fault]:
    """All that is wrong with a payment by itself; a message may hold many."""
    count = len(message.transactions)
    found = [checks.settlement(message, checks.Scheme())]
    if count <= 1:
        found.append(checks.several_transactions(message))
    for transfer in message.transactions:
        money, wrong = checks.amount(transfer)
        found += [wrong, checks.instructed(transfer) if isinstance(transfer, CreditTransfer) else None]
        if count == 1 and wrong is None:
            found.append(checks.sums(message, money))
    return [fault for fault in found if fault is not None]


def _broken(fault: Fault, document: etree._Element) -> Broken:
    found = _NUMBER.search(fault.description)
    assert found is not None  # every fault of these checks bears the number of its rule
    row = SCHEME_RULES[found[0]]
    place = next(document.iter(f"{{*}}{row.at}"), document)
    text = f"{row.demand}: {fault.description[found.end() + 1 :]}"
    return Broken(found[0], Severity.ERROR, line_of(place), path_of(place, document), fault.iso, text, row.todo)
