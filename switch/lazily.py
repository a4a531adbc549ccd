"""Libraries that are loaded when something in them is first used, so that a start need not wait for them."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until something in it is wanted. The standard library's lazy loader loads at `import`."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        self.__dict__.update(import_module(self.__name__).__dict__)
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def load_lazily(name: str) -> None:
    """Let `import name` give a module that is still to be loaded; one that was imported before stays as it is."""
    spec = find_spec(name) if name not in sys.modules else None
    if spec is not None:
        later = sys.modules[name] = _Later(name)
        later.__spec__ = spec
