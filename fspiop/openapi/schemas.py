"""The JSON schemas of typed bodies as a reader of an OpenAPI document expects them.

msgspec describes its structs; here its words become those of the definition: an element that is left out is no null,
patterns are ECMA-262, and a choice demands one of its options.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from schemas.codes.currencies import FSPIOP as CURRENCIES

REF: Final = "#/components/schemas/"
_CURRENCY: Final = "Currency"
_NULL: Final = {"type": "null"}
_MODULES: Final = {"fspiop.isojson.": "Iso"}
"""Structs of these modules get a prefix: names of the two dialects may be equal."""


def name_of(struct: type[msgspec.Struct]) -> str:
    """The name of a struct among the components."""
    prefix = next((prefix for module, prefix in _MODULES.items() if struct.__module__.startswith(module)), "")
    return f"{prefix}{struct.__name__}"


def reference(struct: type[msgspec.Struct]) -> dict[str, str]:
    """A reference to the schema of a struct."""
    return {"$ref": REF + name_of(struct)}


def components(structs: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    """The schemas of these structs and of all they contain, by name."""
    known = {struct: None for root in structs for struct in _inside(inspect.type_info(root))}
    named = {name_of(struct): struct for struct in known}
    if len(named) != len(known):
        raise ValueError("two bodies have one name")
    _, made = msgspec.json.schema_components(list(known), ref_template="{name}")
    renamed = {_given_name(struct, made): name for name, struct in named.items()}
    found = {renamed[name]: _published(schema, renamed) for name, schema in made.items()}
    for name, struct in named.items():
        if choice := getattr(struct, "one_of", ()):
            found[name]["anyOf"] = [{"required": [option]} for option in choice]
    return {_CURRENCY: _currencies(), **dict(sorted(found.items()))}


def published(pattern: str) -> str:
    """A pattern of Python's in the words of ECMA-262; the two take different signs for white space."""
    return pattern.replace("\\Z", "$").replace("\\S", "[^\\s\\u001c-\\u001f\\u0085]")


def _inside(shape: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    """The structs in a shape; bodies are trees."""
    if isinstance(shape, inspect.Metadata):
        yield from _inside(shape.type)
    elif isinstance(shape, inspect.UnionType):
        for part in shape.types:
            yield from _inside(part)
    elif isinstance(shape, inspect.VarTupleType):
        yield from _inside(shape.item_type)
    elif isinstance(shape, inspect.StructType):
        yield shape.cls
        for field in shape.fields:
            yield from _inside(field.type)


def _given_name(struct: type[msgspec.Struct], made: dict[str, Any]) -> str:
    """What msgspec called it: its name, with its module where two have the same."""
    long = f"{struct.__module__}.{struct.__qualname__}"
    return long if long in made else struct.__name__


def _published(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_published(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _published(value, names) for key, value in schema.items() if (key, value) != ("default", None)}
    if "$ref" in found:
        return {"$ref": REF + names[found["$ref"]]}
    if options := [option for option in found.pop("anyOf", ()) if option != _NULL]:
        found |= options[0] if len(options) == 1 else {"anyOf": options}
    if found.get("required") == []:
        del found["required"]
    if "pattern" in found and isinstance(found["pattern"], str):
        found["pattern"] = published(found["pattern"])
    if "enum" in found:
        return {"$ref": REF + _CURRENCY} if found["enum"] == sorted(CURRENCIES) else {"type": "string", **found}
    found.pop("title", None)
    return found


def _currencies() -> dict[str, Any]:
    text = "Three letters of ISO 4217, of those the API definition lists."
    return {"type": "string", "enum": sorted(CURRENCIES), "description": text}
