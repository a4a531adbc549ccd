"""A small part of JSONPath, for rules: `$.a.b`, `$['a']`, `[0]`, `[*]` and `[?(@.x == 'y' && @.z != 1)]`.

Pure. A path that can find only one place gives the value there or None; one with `[*]` or a filter gives a list.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

_STEP: Final = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\[(?:'(?P<quoted>[^']*)'|(?P<index>[0-9]+)|(?P<all>\*)|\?\((?P<filter>[^\[\]]+)\))\]"""
)
_TEST: Final = re.compile(
    r"""\s*@\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)\s*(?P<sign>==|!=)\s*(?P<value>'[^']*'|"[^"]*"|-?[0-9]+|true|false|null)\s*"""
)
_WORDS: Final = {"true": True, "false": False, "null": None}


class PathError(ValueError):
    """The text is no path of this kind; the message says where."""


class Test(msgspec.Struct, frozen=True):
    """One comparison of a filter."""

    name: str
    equal: bool
    value: Any

    def holds(self, item: Any) -> bool:
        """Whether an item of a list passes; numbers and truth values compare as JavaScript's do not: by type."""
        found = item.get(self.name) if isinstance(item, dict) else None
        return (found == self.value and isinstance(found, bool) is isinstance(self.value, bool)) is self.equal


Step = str | int | tuple[Test, ...]
"""A name, an index, or the tests every item must pass (none: all items)."""


class Path(msgspec.Struct, frozen=True):
    """A path that was read once; `find` may run often."""

    text: str
    steps: tuple[Step, ...]
    many: bool

    def find(self, root: Any) -> Any:
        """The value at the path (None if there is none), or the list of values of a path that finds many."""
        found = [root]
        for step in self.steps:
            found = [inner for value in found for inner in _inner(value, step)]
        return found if self.many else found[0] if found else None


@lru_cache(maxsize=256)
def path(text: str) -> Path:
    """Read a path; raises PathError."""
    if not text.startswith("$"):
        raise PathError(f"path '{text}' must begin with $")
    steps: list[Step] = []
    place = 1
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            raise PathError(f"path '{text}' is not understood from character {place + 1}")
        steps.append(_step(match, text))
        place = match.end()
    return Path(text, tuple(steps), any(isinstance(step, tuple) for step in steps))


def _step(match: re.Match[str], text: str) -> Step:
    if match["all"]:
        return ()
    if match["filter"] is not None:
        return tuple(_test(part, text) for part in match["filter"].split("&&"))
    if match["index"] is not None:
        return int(match["index"])
    return str(match["name"] if match["name"] is not None else match["quoted"])


def _test(part: str, text: str) -> Test:
    match = _TEST.fullmatch(part)
    if match is None:
        raise PathError(f"path '{text}': '{part.strip()}' is not understood")
    value = match["value"]
    known = value[1:-1] if value[0] in "'\"" else _WORDS[value] if value in _WORDS else int(value)
    return Test(match["name"], match["sign"] == "==", known)


def _inner(value: Any, step: Step) -> Sequence[Any]:
    if isinstance(step, str):
        return (value[step],) if isinstance(value, dict) and step in value else ()
    if not isinstance(value, list | tuple):
        return ()
    if isinstance(step, int):
        return value[step : step + 1]
    found: Sequence[Any] = value
    for test in step:
        found = [item for item in found if test.holds(item)]
    return found
