"""Messages about the service: what is only kept. Pure."""

from typing import Final

from schemas.canonical.commands import Command
from schemas.canonical.outcome import Outcome
from schemas.canonical.system import KeepMessage
from switch.state import State

_NOTED: Final = "NOTED"


def step(_state: State, command: Command) -> Outcome:
    """Decide a command about the service."""
    match command:
        case KeepMessage():
            return Outcome(state=_NOTED)
        case _:
            raise ValueError(f"{type(command).__name__} is not about the service")
