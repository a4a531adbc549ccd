"""Extension lists written as ISO elements ("unroll"), ISO elements written as extensions ("roll up"), when asked for.

An extension never sets an element that the mapping has a say about, nor an envelope.
"""

from collections.abc import Iterator
from typing import Any, Final

from translator.isojson.model import Json

_ENTRIES_MAX: Final = 16
_KEY_MAX: Final = 32
_VALUE_MAX: Final = 128
_RESERVED: Final = "SplmtryData"
TECHNICAL: Final = frozenset(
    {
        "GrpHdr.MsgId", "GrpHdr.CreDtTm", "GrpHdr.NbOfTxs", "GrpHdr.SttlmInf.SttlmMtd", "Assgnmt.MsgId",
        "Assgnmt.CreDtTm", "Rpt.OrgnlId", "Rpt.Vrfctn",
    }
)  # fmt: skip
"""Elements about the message, not the payment: made anew in each message, in no loss report."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in the body that is no object, with its dotted path, in the order of the document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{index}")
    elif value is not None:
        yield path, value


def entries_of(body: Json, holder: tuple[str, ...]) -> list[Any]:
    """The entries of the extension list that belongs to `holder` of the body."""
    for name in holder:
        body = body.get(name) or {}
    entries = (body.get("extensionList") or {}).get("extension")
    return entries if isinstance(entries, list) else []


def unroll(entries: list[Any], message: Json, barred: frozenset[str]) -> None:
    """Write each extension whose key is a free path (dotted) into the message; the mapping's elements stay."""
    for entry in entries:
        key, value = entry.get("key"), entry.get("value")
        if not isinstance(key, str) or not key or _is_barred(key, barred):
            continue
        names = key.split(".")
        holder: Any = message
        for name in names[:-1]:
            holder = holder.setdefault(name, {}) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            # What stands there already was copied from an earlier message, or is another extension's.
            holder.setdefault(names[-1], value)


def _is_barred(key: str, barred: frozenset[str]) -> bool:
    """Whether the key is a mapped element, has one inside, or is inside one."""
    if key in barred or key.split(".", maxsplit=1)[0] == _RESERVED:
        return True
    dot = key.find(".")
    while dot > 0:
        if key[:dot] in barred:
            return True
        dot = key.find(".", dot + 1)
    inside = f"{key}."
    return any(path.startswith(inside) for path in barred)


def roll_up(message: Json, read: frozenset[str]) -> list[Json]:
    """Every element that the mapping does not read as an extension, however long the list gets."""
    return [{"key": path, "value": value} for path, value in _unread(message, read)]


def roll_up_within_limits(message: Json, read: frozenset[str]) -> list[Json]:
    """The same, only what the API's limits (16 entries, key 32, value 128) allow; nothing about the message itself."""
    fitting = [
        {"key": path, "value": value}
        for path, value in _unread(message, read | TECHNICAL)
        if len(path) <= _KEY_MAX and isinstance(value, str) and 0 < len(value) <= _VALUE_MAX
    ]
    return fitting[:_ENTRIES_MAX]


def _unread(message: Json, read: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Lists that the mapping reads whole count as read."""
    for path, value in leaves(message):
        if path not in read and path.rpartition(".")[0] not in read and not path.startswith(_RESERVED):
            yield path, value


def add(body: Json, holder: tuple[str, ...], entries: list[Json]) -> None:
    """Append entries to the extension list of `holder`."""
    if not entries:
        return
    for name in holder:
        body = body.setdefault(name, {})
    body.setdefault("extensionList", {}).setdefault("extension", []).extend(entries)
