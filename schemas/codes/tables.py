"""Reads the code tables (TOML files beside this module) once each."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table `<name>.toml` of this package as parsed TOML (read once, never to be changed by the caller)."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
