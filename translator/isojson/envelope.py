"""What ISO has no place for, inside SplmtryData (mapping 2.9): written by comparing, read without trusting it.

An envelope holds items {Path: JSON pointer into the FSPIOP body, Type, Value}. Type is `s` text, `n` number, `b` true
or false, `j` any JSON, or `x`: the body has no such member although the mapping would give it one. An item is applied
only if the mapping has no say about its path, or if it says more exactly what the ISO element says too (a UUID beside
its ULID, a text that was cut): no amount, currency, agent, state or packet can be set this way.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from translator.isojson.model import Json
from translator.isojson.people import packed_name
from translator.isojson.values import at

ABSENT: Final = object()
"""Stands for the value of a member that is not there."""
REQUEST_ID: Final = "params/ID"
"""The path of an item that is the ID in the resource's own path, not in its body."""
PLACE: Final = "FSPIOP"
_VERSION: Final = "1"
_MAX_CHARS: Final = 16 * 1024
_MAX_ITEMS: Final = 256
Check = Callable[[Any, Json], bool]
"""Whether an item's value says the same as the ISO message, only more exactly."""
Difference = tuple[str, Any]
"""JSON pointer and value (or ABSENT) of a member of the FSPIOP body that comes back otherwise."""


class Members(msgspec.Struct, frozen=True):
    """What the mapping says about the members of one resource's body.

    `mapped`: pointers that ISO elements decide; `containers`: objects with such members; `checks`: mapped pointers that
    an item may say more exactly; `names`: parties (pointer) whose names are packed in one ISO element (path).
    """

    mapped: frozenset[str]
    containers: frozenset[str]
    checks: Mapping[str, Check]
    names: Mapping[str, tuple[str, ...]]

    def party_of(self, pointer: str) -> str | None:
        """The party that the pointer names, if it leads to its names."""
        for party in self.names:
            if pointer == f"{party}/name" or pointer.startswith(f"{party}/personalInfo/complexName/"):
                return party
        return None


def members(
    mapped: str, checks: Mapping[str, Check] | None = None, names: Mapping[str, tuple[str, ...]] | None = None
) -> Members:
    """The members of a resource from a list of pointers in words."""
    pointers = frozenset(mapped.split())
    containers = frozenset(
        pointer[:end] for pointer in pointers for end in range(1, len(pointer)) if pointer[end] == "/"
    )
    return Members(pointers, containers, checks or {}, names or {})


def differences(source: Json, back: Json, known: Members, path: str = "") -> list[Difference]:
    """What must be set or taken away in `back` to get `source`; whole values, except where the mapping has members."""
    found: list[Difference] = []
    for name, value in source.items():
        other = back.get(name, ABSENT)
        if value is other:
            continue
        pointer = f"{path}/{_escaped(name)}"
        if isinstance(value, dict):
            if isinstance(other, dict):
                if value != other:
                    found += differences(value, other, known, pointer)
                    if not value:
                        found.append((pointer, value))
                continue
            if other is ABSENT and value and pointer in known.containers:
                found += differences(value, {}, known, pointer)
                continue
        elif value == other and type(value) is type(other):
            continue
        found.append((pointer, value))
    if len(back) != len(source) or found or not source:
        for name, value in back.items():
            if name not in source:
                found += _taken_away(f"{path}/{_escaped(name)}", value)
    return found


def _taken_away(pointer: str, value: Any) -> list[Difference]:
    if not isinstance(value, dict) or not value:
        return [(pointer, ABSENT)]
    return [each for name, inner in value.items() for each in _taken_away(f"{pointer}/{_escaped(name)}", inner)]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def envelope(found: list[Difference]) -> list[Json]:
    """SplmtryData with these differences; what exceeds its size is left out, and so reported as lost."""
    items: list[Json] = []
    room = _MAX_CHARS
    for pointer, value in found[:_MAX_ITEMS]:
        item = _item(pointer, value)
        room -= len(pointer) + len(item["Value"])
        if room < 0:
            break
        items.append(item)
    return [{"PlcAndNm": PLACE, "Envlp": {"FspiopData": {"Version": _VERSION, "Item": items}}}]


def _item(pointer: str, value: Any) -> Json:
    if isinstance(value, str):
        return {"Path": pointer, "Type": "s", "Value": value}
    if value is ABSENT:
        return {"Path": pointer, "Type": "x", "Value": ""}
    kind = "b" if isinstance(value, bool) else "j" if value is None or isinstance(value, dict | list) else "n"
    return {"Path": pointer, "Type": kind, "Value": msgspec.json.encode(value).decode()}


def items_of(message: Json) -> list[Any] | None:
    """The items of a message's envelope, None if it has no envelope of ours."""
    supplements = message.get("SplmtryData")
    if supplements is None:
        return None
    for each in supplements if isinstance(supplements, list) else (supplements,):
        items = at(each, "Envlp", "FspiopData", "Item") if isinstance(each, dict) else None
        if isinstance(items, list):
            return items[:_MAX_ITEMS]
        if isinstance(items, dict):
            return [items]
    return None


def apply(items: list[Any], body: Json, params: Json | None, message: Json, known: Members) -> list[Any]:
    """Apply the items to a body just made from `message`; gives back those that were refused."""
    refused: list[Any] = []
    of_names: dict[str, list[tuple[str, Any, Any]]] = {}
    for item in items:
        read = _read(item)
        if read is None:
            refused.append(item)
            continue
        pointer, value = read
        party = known.party_of(pointer) if known.names else None
        if party is not None:
            of_names.setdefault(party, []).append((pointer, value, item))
        elif pointer == REQUEST_ID:
            if params is None or not _passes(known, pointer, value, message):
                refused.append(item)
            else:
                params["ID"] = value
        elif not _allowed(pointer, value, message, known) or not _set(body, pointer, value, known):
            refused.append(item)
    for party, entries in of_names.items():
        if not _rename(body, party, entries, at(message, *known.names[party])):
            refused += [item for _, _, item in entries]
    return refused


def _read(item: Any) -> tuple[str, Any] | None:
    if not isinstance(item, dict):
        return None
    pointer, kind, text = item.get("Path"), item.get("Type"), item.get("Value")
    if not isinstance(pointer, str) or not isinstance(text, str) or (pointer[:1] != "/" and pointer != REQUEST_ID):
        return None
    if kind == "s":
        return pointer, text
    if kind == "x":
        return pointer, ABSENT
    if kind not in ("n", "b", "j"):
        return None
    try:
        return pointer, msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _passes(known: Members, pointer: str, value: Any, message: Json) -> bool:
    check = known.checks.get(pointer)
    return check is not None and check(value, message)


def _allowed(pointer: str, value: Any, message: Json, known: Members) -> bool:
    if pointer in known.checks:
        return known.checks[pointer](value, message)
    if pointer in known.containers:
        return bool(value == {})
    while pointer:
        if pointer in known.mapped:
            return False
        pointer = pointer[: pointer.rfind("/")]
    return True


def _set(body: Json, pointer: str, value: Any, known: Members) -> bool:
    """Set or take away one member; False if the way there is barred by something that is no object."""
    names = [name.replace("~1", "/").replace("~0", "~") if "~" in name else name for name in pointer[1:].split("/")]
    way = [body]
    for name in names[:-1]:
        inner = way[-1].get(name)
        if inner is None and value is not ABSENT:
            inner = way[-1][name] = {}
        if not isinstance(inner, dict):
            return False
        way.append(inner)
    if value is not ABSENT:
        if pointer in known.containers:
            way[-1].setdefault(names[-1], value)
        else:
            way[-1][names[-1]] = value
        return True
    way[-1].pop(names[-1], None)
    for depth in range(len(way) - 1, 0, -1):
        if not way[depth]:
            way[depth - 1].pop(names[depth - 1], None)
    return True


def _rename(body: Json, party: str, entries: list[tuple[str, Any, Any]], packed: Any) -> bool:
    """Give a party other names, if they pack to the same ISO name."""
    start = party.count("/")
    tried: Json = {}
    current = at(body, *party[1:].split("/")) or {}
    names = at(current, "personalInfo", "complexName")
    if "name" in current:
        tried["name"] = current["name"]
    if isinstance(names, dict):
        tried["personalInfo"] = {"complexName": dict(names)}
    nothing = Members(frozenset(), frozenset(), {}, {})
    for pointer, value, _ in entries:
        _set(tried, "/" + "/".join(pointer.split("/")[start + 1 :]), value, nothing)
    if packed_name(tried, full=True) != packed:
        return False
    for pointer, value, _ in entries:
        _set(body, pointer, value, nothing)
    return True
