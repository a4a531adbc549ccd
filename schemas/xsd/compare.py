"""What two schemas say differently, place by place; names of types do not count.

A type that differs is compared where it is met first, and the other places that have it are named beside: what changed
in the party of a payment is told once, not forty times.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from schemas.xsd.model import Attribute, Complex, Element, Schema, Simple, Wildcard, contents

_UPPER = ("maxLength", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits")
_LOWER = ("minLength", "minInclusive", "minExclusive")


class Difference(Struct, frozen=True):
    """`what` is "added", "removed", "occurs", "order", "kind", "text" or "attribute"; `old` and `new` in words.

    `narrower`: whatever the second schema accepts at this place, the first does too. `also`: other places of the type.
    """

    path: str
    what: str
    old: str
    new: str
    narrower: bool
    also: tuple[str, ...] = ()


def differences(old: Schema, new: Schema) -> list[Difference]:
    """All differences from `old` to `new`, in the order of the message; namespaces are not looked at."""
    walker = _Walker(old, new)
    walker.types(f"/{new.root}", old.type, new.type)
    return [replace(found, also=walker.elsewhere(pair, found.path)) for pair, found in walker.found]


_Pair = tuple[str, str]


class _Walker:
    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new
        self.contents = contents(old), contents(new)
        self.places: dict[_Pair, list[str]] = {}
        self.found: list[tuple[_Pair, Difference]] = []

    def types(self, path: str, old: str, new: str) -> None:
        """Compares two complex types at a path."""
        pair = (self.contents[0][old], self.contents[1][new])
        if pair[0] == pair[1]:
            return
        self.places.setdefault(pair, []).append(path)
        if len(self.places[pair]) > 1:
            return
        before, after = self.old.types[old], self.new.types[new]
        for found in self._compare(path, before, after):
            self.found.append((pair, found))

    def elsewhere(self, pair: _Pair, path: str) -> tuple[str, ...]:
        """Where a difference found at `path` below the first place of a pair is too."""
        first, *others = self.places[pair]
        return tuple(other + path.removeprefix(first) for other in others)

    def _compare(self, path: str, old: Complex, new: Complex) -> Iterator[Difference]:
        if (old.text is None) != (new.text is None):
            yield Difference(path, "kind", _kind(old), _kind(new), narrower=False)
            return
        if old.text and new.text:
            yield from _texts(path, old.text, new.text)
            yield from _attributes(path, old.attributes, new.attributes)
            return
        if _kind(old) != _kind(new):
            yield Difference(path, "kind", _kind(old), _kind(new), narrower=False)
        yield from self._children(path, old, new)

    def _children(self, path: str, old: Complex, new: Complex) -> Iterator[Difference]:
        before, after = _named(old), _named(new)
        for name, child in after.items():
            if name in before:
                yield from self._child(f"{path}/{name}", before[name], child, choice=new.kind == "choice")
            else:
                yield Difference(f"{path}/{name}", "added", "", _child_words(child), narrower=False)
        for name, child in before.items():
            if name not in after:
                spare = old.kind == "choice" or getattr(child, "least", 1) == 0
                yield Difference(f"{path}/{name}", "removed", _child_words(child), "", narrower=spare)
        common = [list(before).index(name) for name in after if name in before]
        if new.kind == "sequence" and any(one > other for one, other in pairwise(common)):
            yield Difference(path, "order", " ".join(before), " ".join(after), narrower=False)

    def _child(
        self, path: str, old: Element | Wildcard, new: Element | Wildcard, *, choice: bool
    ) -> Iterator[Difference]:
        if isinstance(old, Wildcard) or isinstance(new, Wildcard):
            if old != new:
                yield Difference(path, "kind", _child_words(old), _child_words(new), narrower=False)
            return
        if (old.least, old.most) != (new.least, new.most):
            narrower = (new.least >= old.least or choice) and _most(new) <= _most(old)
            yield Difference(path, "occurs", _times(old), _times(new), narrower=narrower)
        if isinstance(old.type, str) and isinstance(new.type, str):
            self.types(path, old.type, new.type)
        elif isinstance(old.type, Simple) and isinstance(new.type, Simple):
            yield from _texts(path, old.type, new.type)
        else:
            yield Difference(path, "kind", _child_words(old), _child_words(new), narrower=False)


def _named(type_: Complex) -> dict[str, Element | Wildcard]:
    return {part.name if isinstance(part, Element) else "*": part for part in type_.particles}


def _kind(type_: Complex) -> str:
    # one sole child is the same content in a sequence and in a choice
    return "sequence" if type_.kind == "choice" and len(type_.particles) == 1 else type_.kind


def _texts(path: str, old: Simple, new: Simple) -> Iterator[Difference]:
    if old != new:
        yield Difference(path, "text", *_in_words(old, new), narrower=_narrower(old, new))


def _in_words(old: Simple, new: Simple) -> tuple[str, str]:
    before, after = _codes(old), _codes(new)
    if before and after:
        return _some(before, before - after), _some(after, after - before)
    return words(old), words(new)


def _some(codes: set[str], own: set[str]) -> str:
    return f"{len(codes)} codes" + (f", among them {' '.join(sorted(own))}" if own else "")


def _attributes(path: str, old: tuple[Attribute, ...], new: tuple[Attribute, ...]) -> Iterator[Difference]:
    before, after = ({attribute.name: attribute for attribute in group} for group in (old, new))
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        if one is None or other is None:
            narrower = other is None and one is not None and not one.required
        else:
            narrower = other.required >= one.required and _narrower(one.type, other.type)
        yield Difference(f"{path}/@{name}", "attribute", _attribute(one), _attribute(other), narrower=narrower)


def _attribute(attribute: Attribute | None) -> str:
    if attribute is None:
        return ""
    return f"{'required' if attribute.required else 'optional'}, {words(attribute.type)}"


def _narrower(old: Simple, new: Simple) -> bool:
    """Whether every text of the new type surely is one of the old type."""
    if old.base != new.base:
        return False
    codes, before = _codes(new), dict(old.facets)
    if codes and not _codes(old):
        shortest, longest = int(before.get("minLength", 0)), int(before.get("maxLength", 10**6))
        patterns = [value for name, value in old.facets if name == "pattern"]
        fits = all(shortest <= len(code) <= longest for code in codes)
        return fits and all(any(re.fullmatch(pattern, code) for pattern in patterns or [".*"]) for code in codes)
    if _codes(old) and not (codes and codes <= _codes(old)):
        return False
    after = dict(new.facets)
    if "pattern" in before and _all(old, "pattern") != _all(new, "pattern"):
        return False
    return all(
        name in after
        and (Decimal(after[name]) <= Decimal(value) if name in _UPPER else Decimal(after[name]) >= Decimal(value))
        for name, value in before.items()
        if name in _UPPER or name in _LOWER
    )


def _all(text: Simple, facet: str) -> list[str]:
    return [value for name, value in text.facets if name == facet]


def _codes(text: Simple) -> set[str]:
    return set(_all(text, "enumeration"))


def words(text: Simple) -> str:
    """A text type in words: `string, 1 to 35 characters`, `decimal, totalDigits 18`, `one of CRDT DBIT`."""
    codes = _codes(text)
    if codes:
        return f"one of {' '.join(sorted(codes))}"
    facets = dict(text.facets)
    said = [text.base]
    if "minLength" in facets or "maxLength" in facets:
        said.append(f"{facets.pop('minLength', '0')} to {facets.pop('maxLength', 'any number of')} characters")
    return ", ".join([*said, *(f"{name} {value}" for name, value in facets.items())])


def _child_words(child: Element | Wildcard) -> str:
    if isinstance(child, Wildcard):
        return f"any element of {child.namespace}"
    inner = words(child.type) if isinstance(child.type, Simple) else "elements"
    return f"{_times(child)}, {inner}"


def _times(child: Element) -> str:
    return f"{child.least} to {'any number' if child.most is None else child.most}"


def _most(child: Element) -> int:
    return 10**9 if child.most is None else child.most
