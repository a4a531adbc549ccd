"""Versions of the hub and of what it is made of, for the ready line, health and reports."""

import importlib.metadata
import platform
from typing import Final

_PARTS: Final = ("lxml", "psycopg", "nats-py", "pyiso20022")


def versions() -> dict[str, str]:
    """Name -> version: isoloop, python and the libraries whose version matters to a reader of a report."""
    found = {"isoloop": importlib.metadata.version("isoloop"), "python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in _PARTS}
