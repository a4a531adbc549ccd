"""The messages between customers and their banks: initiations and their reports, requests to pay and their answers."""

from types import ModuleType
from typing import Final

from iso.messages import pain001, pain002, pain008, pain013, pain014
from iso.messages.pain001 import Pain001
from iso.messages.pain002 import Pain002
from iso.messages.pain008 import CustomerDebit
from iso.messages.pain013 import Pain013
from iso.messages.pain014 import Pain014

CUSTOMER: Final[tuple[ModuleType, ...]] = (pain001, pain002, pain008, pain013, pain014)
"""Modules of the family; direct debits are only read."""
CustomerMessage = Pain001 | Pain002 | CustomerDebit | Pain013 | Pain014
