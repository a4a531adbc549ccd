"""What a person can mend is told in one line, without a trace; everything else is a defect and shows where."""

import sys
from typing import Final

from switch.commands import USER_ERRORS

_SAID_WELL: Final = (("switch.store.session", "UnsafeDatabaseError"), ("switch.bus.port", "BusDownError"))
_STATEMENTS: Final = (("psycopg", "ProgrammingError"),)
_NO_TABLES: Final = (("psycopg.errors", "UndefinedTable"), ("psycopg.errors", "UndefinedColumn"))
_OF_THE_DATABASE: Final = (("psycopg", "OperationalError"), ("switch.store.port", "StoreDownError"), *_STATEMENTS)


def mendable(error: Exception) -> str | None:
    """One line that says what is wrong; None for a defect. Nothing is loaded for this: what raised it has loaded it."""
    if isinstance(error, USER_ERRORS):
        return str(error)
    if any(isinstance(error, kind) for kind in _loaded(_SAID_WELL)):
        return str(error)
    if any(isinstance(error, kind) for kind in _loaded(_OF_THE_DATABASE)):
        text = " ".join(str(error).split())
        if any(isinstance(error, kind) for kind in _loaded(_NO_TABLES)):
            return f"the database holds no books of this version; `isoloop migrate` makes them ({text})"
        # a statement that is wrong is of this kind too, and a defect
        if not isinstance(error, tuple(_loaded(_STATEMENTS))) or "connection info" in text:
            return f"the database cannot be used: {text}"
    return None


def _loaded(names: tuple[tuple[str, str], ...]) -> list[type[Exception]]:
    modules = ((sys.modules.get(module), name) for module, name in names)
    return [getattr(module, name) for module, name in modules if module is not None and hasattr(module, name)]
