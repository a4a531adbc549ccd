"""Reads a JSON body into its typed struct, or says what is wrong in the words that tools of this API expect.

The words and codes are those of the validator behind the reference's administration API: a missing element is 3102,
a text or choice that is wrong 3101, anything else 3100; the element stands in quotation marks with its path. As there,
numbers and booleans may come as text. Metadata of a field may hold, as `extra`: `positive`, `not_negative` (numbers),
`words` (what a text must be, said instead of its pattern), `amount` (a text that may be given as a number).
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from schemas.canonical.faults import Fault, fault

BODY_MAX: Final = 1_048_576
_ROOT: Final = "value"
_NUL: Final = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")
_BOOLEANS: Final = {"true": True, "false": False}
# Beyond the largest amount; without a bound a short number could make a very long one.
_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
_DIGITS_MAX: Final = 60
_EXPONENT_MAX: Final = 60
_DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode
T = TypeVar("T")


@lru_cache(maxsize=256)
def _shape_of(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


class RefusalError(Exception):
    """An operator's request was refused; the fault becomes the errorInformation body."""

    def __init__(self, refusal: Fault) -> None:
        """Keep the fault."""
        super().__init__(refusal.description)
        self.fault = refusal


def read(body: bytes, kind: type[T]) -> T:
    """The typed body; raises RefusalError 3000 (no JSON), 3100 to 3102, or 3104."""
    if len(body) > BODY_MAX:
        raise RefusalError(fault("TOO_LARGE", f"a body may have {BODY_MAX} bytes"))
    if _NUL.search(body):
        raise RefusalError(fault("MALFORMED", "U+0000 cannot be kept"))
    try:
        tree = _DECODE(body) if body.strip() else None
    except (msgspec.DecodeError, InvalidOperation, UnicodeDecodeError, RecursionError) as error:
        raise RefusalError(fault("CLIENT_ERROR", "Invalid request payload JSON format")) from error
    checked = _read(tree, _shape_of(cast("Any", kind)), {}, "")
    try:
        return msgspec.convert(checked, kind)
    except msgspec.ValidationError as error:
        raise RefusalError(fault("VALIDATION", str(error))) from error


def _read(value: Any, shape: inspect.Type, extra: Mapping[str, Any], label: str) -> Any:
    """The value as its shape holds it; raises RefusalError at the first element that does not fit."""
    match shape:
        case inspect.Metadata(type=inner):
            return _read(value, inner, shape.extra or {}, label)
        case inspect.UnionType(types=types):
            return _union(value, types, extra, label)
        case inspect.StructType():
            return _object(value, shape, label)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            if not isinstance(value, list):
                raise _wrong("VALIDATION", label, "must be an array")
            return [_read(each, item, {}, f"{label}[{index}]") for index, each in enumerate(value)]
        case inspect.StrType():
            return _text(value, shape, extra, label)
        case inspect.LiteralType(values=allowed):
            return _choice(value, [str(each) for each in allowed], label)
        case inspect.EnumType(cls=words):
            return _choice(value, [str(each.value) for each in words], label)
        case inspect.BoolType():
            found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
            if not isinstance(found, bool):
                raise _wrong("VALIDATION", label, "must be a boolean")
            return found
        case inspect.DecimalType():
            return _number(value, extra, label)
        case inspect.IntType():
            return _integer(value, shape, label)
        case _:
            return value


def _union(value: Any, types: tuple[inspect.Type, ...], extra: Mapping[str, Any], label: str) -> Any:
    """One of several shapes; null is fine where None is one of them."""
    shapes = [each for each in types if not isinstance(each, inspect.NoneType)]
    if value is None and len(shapes) < len(types):
        return None
    lists = [each for each in shapes if isinstance(each, inspect.ListType | inspect.VarTupleType)]
    texts = [each for each in shapes if isinstance(each, inspect.StrType)]
    fitting = lists if isinstance(value, list) else texts if isinstance(value, str) else []
    others = [each for each in shapes if each not in lists and each not in texts]
    return _read(value, (fitting or others or shapes)[0], extra, label)


def _object(value: Any, shape: inspect.StructType, label: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("VALIDATION", label or _ROOT, "must be of type object")
    found: dict[str, Any] = {}
    for field in shape.fields:
        name = f"{label}.{field.encode_name}" if label else field.encode_name
        if field.encode_name in value:
            found[field.encode_name] = _read(value[field.encode_name], field.type, {}, name)
        elif field.required:
            raise _wrong("MISSING_ELEMENT", name, "is required")
    if shape.forbid_unknown_fields:
        for key in value:
            if key not in found:
                raise _wrong("VALIDATION", f"{label}.{key}" if label else key, "is not allowed")
    return found


def _text(value: Any, shape: inspect.StrType, extra: Mapping[str, Any], label: str) -> str:
    if extra.get("amount"):
        value = _amount(value)
    if not isinstance(value, str):
        raise _wrong("MALFORMED", label, "must be a string")
    if not value and shape.min_length:
        raise _wrong("MALFORMED", label, "is not allowed to be empty")
    if shape.min_length and len(value) < shape.min_length:
        raise _wrong("MALFORMED", label, f"length must be at least {shape.min_length} characters long")
    if shape.max_length is not None and len(value) > shape.max_length:
        raise _wrong("MALFORMED", label, f"length must be less than or equal to {shape.max_length} characters long")
    # `$` would let a line end pass
    if shape.pattern is not None and (value.endswith("\n") or re.search(shape.pattern, value) is None):
        raise _wrong("MALFORMED", label, extra.get("words") or f"must match {shape.pattern}")
    allowed = extra.get("among")
    return _choice(value, allowed, label) if allowed else value


def _amount(value: Any) -> Any:
    """A number as a text without zeros at its end; what is none is judged by who reads it."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        head, _, tail = value.partition(".")
        return f"{head}.{tail}".rstrip("0").rstrip(".") if tail else head
    return value


def _choice(value: Any, allowed: list[str] | tuple[str, ...], label: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise _wrong("MALFORMED", label, f"must be one of [{', '.join(allowed)}]")
    return value


def _number(value: Any, extra: Mapping[str, Any], label: str) -> Decimal:
    try:
        found = None if isinstance(value, bool) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        found = None
    if found is None or not found.is_finite():
        raise _wrong("VALIDATION", label, "must be a number")
    if (found < 0 and extra.get("not_negative")) or (found <= 0 and extra.get("positive")):
        raise _wrong("VALIDATION", label, "must be a positive number")
    if abs(found.adjusted()) > _EXPONENT_MAX or len(found.as_tuple().digits) > _DIGITS_MAX:
        raise _wrong("VALIDATION", label, "must be a safe number")
    return found


def _integer(value: Any, shape: inspect.IntType, label: str) -> int:
    found = _number(value, {}, label)
    if found != found.to_integral_value():
        raise _wrong("VALIDATION", label, "must be an integer")
    if (shape.ge is not None and found < shape.ge) or (shape.le is not None and found > shape.le):
        raise _wrong("VALIDATION", label, f"must be from {shape.ge} to {shape.le}")
    return int(found)


def _wrong(name: str, label: str, text: str) -> RefusalError:
    return RefusalError(fault(name, f'"{label or _ROOT}" {text}'))
