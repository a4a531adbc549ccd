"""Kinds of records: which name each has in the tables, and which an owner keeps in memory.

A new kind needs nothing here: the union `Stored` names it, its msgspec tag is its name in the tables.
"""

from typing import Any, Final, get_args

from schemas.canonical import (
    broadcasts,
    bulk,
    cases,
    dialogue,
    funds,
    initiation,
    instructions,
    late,
    payments,
    reporting_records,
    requests,
    returns,
    settlement,
    verification,
)
from schemas.canonical.cases import CaseName
from schemas.canonical.conversion import Conversions
from schemas.canonical.dialogue import OracleQuestion, PartyWait, Quote
from schemas.canonical.forwarding import Asked
from schemas.canonical.initiation import InitiatedItem
from schemas.canonical.instructions import AgentStatement, SettlementValidation
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import LedgerAccount, RegistryEntry
from schemas.canonical.reporting_records import DayStatement, LiquidityOrder, PaymentSearch
from schemas.canonical.transfer import Transfer

KINDS: Final[dict[str, type[Any]]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Stored)}
"""Name in the tables -> type."""
NAMES: Final[dict[type[Any], str]] = {kind: name for name, kind in KINDS.items()}

OWN_TABLES: Final = frozenset({NAMES[Transfer], NAMES[LedgerAccount]})
"""Kinds with columns of their own; all others live in the table `records`."""

_BY_KEY: Final = frozenset(
    {
        Transfer,
        RegistryEntry,
        Quote,
        Asked,
        CaseName,
        Conversions,
        InitiatedItem,
        AgentStatement,
        SettlementValidation,
        DayStatement,
        LiquidityOrder,
        PaymentSearch,
    }
)
_OF_A_LANE: Final = frozenset(
    {
        dialogue.__name__,
        bulk.__name__,
        cases.__name__,
        funds.__name__,
        initiation.__name__,
        instructions.__name__, late.__name__, requests.__name__,
        payments.__name__,
        reporting_records.__name__,
        returns.__name__,
        settlement.__name__, verification.__name__, broadcasts.__name__,
    }
)
DIALOGUES: Final = frozenset(
    name for name, kind in KINDS.items() if kind.__module__ in _OF_A_LANE and kind not in _BY_KEY
)
"""Kinds that only the lane which wrote them keeps in memory, while they are open."""
SHARED: Final = frozenset(name for name, kind in KINDS.items() if kind not in _BY_KEY and name not in DIALOGUES)
"""Kinds that every lane keeps in memory: participants, accounts, models, oracles."""


def is_open(record: Stored) -> bool:
    """Whether the record is in use: not removed, not done, still waiting."""
    match record:
        case RegistryEntry(removed=removed):
            return not removed
        case OracleQuestion(done=done):
            return not done
        case PartyWait(journeys=journeys):
            return bool(journeys)
        case _:
            return bool(getattr(record, "open", True))


def is_resident(record: Stored) -> bool:
    """Whether the lane's owner keeps this value in memory; others are loaded by key when a command names them."""
    return type(record) not in _BY_KEY and is_open(record)


def is_shared(record: Stored) -> bool:
    """Whether every lane keeps this kind in memory, whichever lane wrote it."""
    return NAMES[type(record)] in SHARED
