"""Valid FSPIOP bodies of every kind, generated from the typed messages themselves, and written as anybody might."""

import json
from typing import Any

import hypothesis.strategies as st
import msgspec
from msgspec import inspect

_MOST = 3
_LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
_NAMES = st.text(st.sampled_from("Aåéñ 9_.'-"), min_size=1, max_size=8).map(lambda text: f"Å{text}")


def body(struct: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """A body of that type, as its JSON value."""
    return value(inspect.type_info(struct))


def value(shape: inspect.Type) -> st.SearchStrategy[Any]:
    """Any value of a shape that the message types use."""
    extra: dict[Any, Any] = {}
    if isinstance(shape, inspect.UnionType):
        parts = [part for part in shape.types if not isinstance(part, inspect.NoneType)]
        return st.one_of([value(part) for part in parts])
    if isinstance(shape, inspect.Metadata):
        extra, shape = shape.extra or {}, shape.type
    if isinstance(shape, inspect.StructType):
        fields = {field.encode_name: value(field.type) for field in shape.fields}
        required = {field.encode_name for field in shape.fields if field.required}
        optional = {name: found for name, found in fields.items() if name not in required}
        found = st.fixed_dictionaries({name: fields[name] for name in required}, optional=optional)
        choice = getattr(shape.cls, "one_of", ())
        return found.filter(lambda tree: any(name in tree for name in choice)) if choice else found
    if isinstance(shape, inspect.BoolType):
        return st.booleans()
    if isinstance(shape, inspect.DictType):
        return st.dictionaries(st.text(_LETTERS, max_size=3), st.text(_LETTERS, max_size=3), max_size=2)
    if isinstance(shape, inspect.VarTupleType):
        least, most = shape.min_length or 0, min(shape.max_length or _MOST, _MOST)
        return st.lists(value(shape.item_type), min_size=least, max_size=max(most, least))
    if isinstance(shape, inspect.LiteralType):
        return st.sampled_from(sorted(shape.values))
    assert isinstance(shape, inspect.StrType), shape
    if "check" in extra:
        return _NAMES
    if shape.pattern is not None:
        # PostgreSQL keeps no U+0000, so the edge refuses it whatever a pattern says.
        texts = st.from_regex(shape.pattern).filter(lambda text: "\0" not in text)
        return texts.filter(lambda text: len(text) <= (shape.max_length or len(text)))
    return st.text(_LETTERS, min_size=shape.min_length or 0, max_size=min(shape.max_length or 12, 12))


@st.composite
def spelled(draw: st.DrawFn, tree: Any) -> bytes:
    """One of the ways to write a JSON value: order of keys, white space, escapes."""
    indent, ascii_only = draw(st.sampled_from([None, 0, 1, "\t"])), draw(st.booleans())
    if draw(st.booleans()):
        tree = dict(reversed(list(tree.items())))
    separators = draw(st.sampled_from([(",", ":"), (" , ", " : "), (",\n", ":\t")]))
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only, separators=separators)
    return text.encode() + draw(st.sampled_from([b"", b"\n", b" \r\n"]))
