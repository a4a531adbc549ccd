"""The only reader of FSPIOP JSON: strict UTF-8, bounded, and without the constructs two readers may read differently.

Refused (security rules, section 3): nesting over 32, more nodes than the route allows, numbers of over 32 characters,
repeated keys, NaN and Infinity, lone surrogates, U+0000. The caller answers them all with 3101.
"""

import json
import re
from typing import Any, Final

import msgspec

MAX_DEPTH: Final = 32
MAX_NODES: Final = 10_000
MAX_NUMBER: Final = 32
_DECODE: Final = msgspec.json.Decoder().decode
_ENCODE: Final = msgspec.json.Encoder().encode
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LONG_NUMBER: Final = re.compile(rb"[-+.0-9eE]{%d}" % (MAX_NUMBER + 1))


class JsonError(ValueError):
    """The bytes are no JSON text that this edge reads; the message says why, for the sender."""


def read_json(body: bytes, max_nodes: int = MAX_NODES) -> tuple[Any, bool]:
    """The JSON value of the body, and whether a null stands anywhere in it; raises JsonError."""
    try:
        tree = _DECODE(body)
    except RecursionError:
        raise JsonError(f"is nested deeper than {MAX_DEPTH}") from None
    except UnicodeDecodeError:
        raise JsonError("must be UTF-8") from None
    except msgspec.MsgspecError as error:
        raise JsonError(_reason(error)) from None
    nulls, numbers = _measure(tree, max_nodes)
    if numbers and _LONG_NUMBER.search(_STRING.sub(b'""', body)):
        raise JsonError(f"has a number of more than {MAX_NUMBER} characters")
    if b"\\" in body and b"\\u0000" in body and _has_nul(tree):
        raise JsonError("has the character U+0000")
    # Compact JSON comes out byte for byte as it went in, so nothing was dropped; any other form is read a second time.
    if _ENCODE(tree) != body:
        _refuse_repeated_keys(body)
    return tree, nulls


def _reason(error: msgspec.MsgspecError) -> str:
    text = str(error).removeprefix("JSON is malformed: ")
    return f"must be valid JSON: {text}"


def _measure(tree: Any, max_nodes: int) -> tuple[bool, bool]:
    """Whether nulls and numbers occur; raises JsonError beyond the limits. Level by level, so no recursion."""
    nulls = numbers = False
    nodes, depth, level = 1, 0, [tree]
    while level:
        below: list[Any] = []
        nested = False
        for item in level:
            kind = type(item)
            if kind is str:
                continue
            if kind is dict:
                nested = True
                below.extend(item.values())
            elif kind is list:
                nested = True
                below.extend(item)
            elif item is None:
                nulls = True
            elif kind is not bool:
                numbers = True
        depth += nested
        nodes += len(below)
        if depth > MAX_DEPTH:
            raise JsonError(f"is nested deeper than {MAX_DEPTH}")
        if nodes > max_nodes:
            raise JsonError(f"has more than {max_nodes} values")
        level = below
    return nulls, numbers


def _has_nul(tree: Any) -> bool:
    if isinstance(tree, str):
        return "\0" in tree
    if isinstance(tree, dict):
        return any("\0" in key or _has_nul(value) for key, value in tree.items())
    return isinstance(tree, list) and any(map(_has_nul, tree))


def _refuse_repeated_keys(body: bytes) -> None:
    json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise JsonError("has a repeated key")
