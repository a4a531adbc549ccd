"""Reads a JSON body into its typed struct, or says what is wrong with it in the words of the reference's validator.

The struct is the only schema: msgspec checks it in one pass, and only a body that fails is walked a second time, by the
same type information, to find the error FSPIOP wants to hear: required missing 3102, additional property (or too many
items) 3103, wrong type 3101, anything else 3100, in this order of precedence (reference section 4, row 10).
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import inspect

from fspiop.messages.json_gate import MAX_NODES, JsonError, read_json
from schemas.canonical.faults import Fault, fault

_ROOT: Final = "/requestBody"
_ORDER: Final = {"MISSING_ELEMENT": 0, "TOO_MANY_ELEMENTS": 1, "MALFORMED": 2, "VALIDATION": 3}
_Violation = tuple[str, str, str]  # name of the fault, JSON pointer, validator text
T = TypeVar("T", bound=msgspec.Struct)


class BodySchema(Generic[T]):
    """The schema of one body; `read` is the only way from bytes to the struct."""

    def __init__(self, struct: type[T], max_nodes: int = MAX_NODES) -> None:
        """`max_nodes` bounds the number of JSON values a body may have."""
        self.struct = struct
        self._max_nodes = max_nodes
        self._shape = inspect.type_info(struct)

    def read(self, body: bytes) -> T | Fault:
        """The typed body, or the fault with pointer and text."""
        if not body:
            return fault("MALFORMED", f"{_ROOT} must be object")
        try:
            tree, nulls = read_json(body, self._max_nodes)
        except JsonError as error:
            return fault("MALFORMED", f"{_ROOT} {error}")
        # A null satisfies an optional element of the struct, but not of the definition.
        if not nulls:
            try:
                return msgspec.convert(tree, self.struct)
            except msgspec.ValidationError:
                pass
        found = min(_violations(tree, self._shape, _ROOT), key=lambda v: _ORDER[v[0]], default=None)
        if found is not None:
            name, pointer, text = found
            return fault(name, f"{pointer} {text}")
        return msgspec.convert(tree, self.struct)


def _violations(value: Any, shape: inspect.Type, pointer: str) -> Iterator[_Violation]:
    """Every violation of the shape in the order of the definition."""
    extra: dict[Any, Any] = {}
    if isinstance(shape, inspect.UnionType):
        shape = _part(value, shape)
    if isinstance(shape, inspect.Metadata):
        extra, shape = shape.extra or {}, shape.type
    if isinstance(shape, inspect.StructType):
        yield from _object(value, shape, pointer)
    elif isinstance(shape, inspect.VarTupleType):
        yield from _array(value, shape, pointer)
    elif isinstance(shape, inspect.LiteralType):
        if not isinstance(value, str):
            yield "MALFORMED", pointer, "must be string"
        elif value not in shape.values:
            yield "VALIDATION", pointer, "must be equal to one of the allowed values"
    elif isinstance(shape, inspect.StrType):
        yield from _string(value, shape, extra, pointer)
    elif isinstance(shape, inspect.BoolType):
        if not isinstance(value, bool):
            yield "MALFORMED", pointer, "must be boolean"
    elif isinstance(shape, inspect.DictType):
        if not isinstance(value, dict):
            yield "MALFORMED", pointer, "must be object"
    else:  # pragma: no cover - a field of another kind is a mistake in a message module
        raise TypeError(f"no rule for {shape}")


def _part(value: Any, shape: inspect.UnionType) -> inspect.Type:
    """The part of `element | None`, `text | object` or `element | array of them` that the value was meant to be."""
    parts = [part for part in shape.types if not isinstance(part, inspect.NoneType)]
    bare = [part.type if isinstance(part, inspect.Metadata) else part for part in parts]
    wanted: type[inspect.Type] = inspect.StrType
    if isinstance(value, dict | list):
        wanted = inspect.StructType if isinstance(value, dict) else inspect.VarTupleType
    fitting = [part for part, inner in zip(parts, bare, strict=True) if isinstance(inner, wanted)]
    single = [part for part, inner in zip(parts, bare, strict=True) if not isinstance(inner, inspect.VarTupleType)]
    return (fitting or single or parts)[0]


def _object(value: Any, shape: inspect.StructType, pointer: str) -> Iterator[_Violation]:
    if not isinstance(value, dict):
        yield "MALFORMED", pointer, "must be object"
        return
    for field in shape.fields:
        if field.required and field.encode_name not in value:
            yield "MISSING_ELEMENT", pointer, f"must have required property '{field.encode_name}'"
    choice: tuple[str, ...] = getattr(shape.cls, "one_of", ())
    if choice and not any(name in value for name in choice):
        yield "MISSING_ELEMENT", pointer, f"must have required property '{choice[0]}'"
    if shape.forbid_unknown_fields:
        names = {field.encode_name for field in shape.fields}
        for key in value:
            if key not in names:
                yield "TOO_MANY_ELEMENTS", pointer, "must NOT have additional properties"
    for field in shape.fields:
        if field.encode_name in value:
            yield from _violations(value[field.encode_name], field.type, f"{pointer}/{field.encode_name}")


def _array(value: Any, shape: inspect.VarTupleType, pointer: str) -> Iterator[_Violation]:
    if not isinstance(value, list):
        yield "MALFORMED", pointer, "must be array"
        return
    if shape.min_length is not None and len(value) < shape.min_length:
        yield "VALIDATION", pointer, f"must NOT have fewer than {shape.min_length} items"
    if shape.max_length is not None and len(value) > shape.max_length:
        yield "TOO_MANY_ELEMENTS", pointer, f"must NOT have more than {shape.max_length} items"
    for index, item in enumerate(value):
        yield from _violations(item, shape.item_type, f"{pointer}/{index}")


def _string(value: Any, shape: inspect.StrType, extra: dict[Any, Any], pointer: str) -> Iterator[_Violation]:
    if not isinstance(value, str):
        yield "MALFORMED", pointer, "must be string"
        return
    if shape.max_length is not None and len(value) > shape.max_length:
        yield "VALIDATION", pointer, f"must NOT have more than {shape.max_length} characters"
    if shape.min_length is not None and len(value) < shape.min_length:
        yield "VALIDATION", pointer, f"must NOT have fewer than {shape.min_length} characters"
    if shape.pattern is not None and not _matches(shape.pattern, value):
        yield "VALIDATION", pointer, f'must match pattern "{_published(shape.pattern)}"'
    if "check" in extra and not extra["check"](value):
        yield "VALIDATION", pointer, f'must match pattern "{extra["published"]}"'


def _matches(pattern: str, value: str) -> bool:
    return re.search(pattern, value) is not None


def _published(pattern: str) -> str:
    """The pattern as a reader of the definition knows it."""
    return pattern.replace("\\Z", "$")
