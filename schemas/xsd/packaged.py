"""Reads the typed models of a registry package (xsdata dataclasses) into the schema model.

The module's code is executed, but with stand-ins for `dataclass`, `field`, `Enum` and the package's own base classes:
only names, annotations and metadata are wanted. That costs a few milliseconds and next to no memory, where importing
costs 30 ms and more a message (pyiso20022) or a whole family of messages and an HTTP client (python-iso20022).
"""

import builtins
from collections.abc import Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import GenericAlias, SimpleNamespace
from typing import Any

from schemas.xsd import corrections
from schemas.xsd.model import (
    Attribute,
    Complex,
    Element,
    Facet,
    Schema,
    SchemaShapeError,
    Simple,
    Wildcard,
)

_FACETS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_inclusive": "minInclusive",
    "max_inclusive": "maxInclusive",
    "total_digits": "totalDigits",
    "fraction_digits": "fractionDigits",
}
_OTHER_METADATA = {"name", "type", "namespace", "required", "min_occurs", "max_occurs", "process_contents", "format"}


class _Enum:
    """Stands for `enum.Enum`: a class body with string values."""


class _BuiltIn:
    """Stands for a type of `decimal` or `xsdata.models.datatype`: only its name matters."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, value: str) -> str:
        return value


class _Optional:
    def __class_getitem__(cls, item: Any) -> Any:
        return item


_BASES: dict[object, str] = {"str": "string", "bool": "boolean", "Decimal": "decimal", "bytes": "base64Binary"}
_BASES |= {"XmlDate": "date", "XmlDateTime": "dateTime", "XmlTime": "time", "XmlPeriod": "gYear"}


def _same(*args: Any, **_options: Any) -> Any:
    return args[0] if args else _same


class _Field:
    def __init__(self, *, metadata: Mapping[str, Any], default: Any = None, default_factory: Any = None) -> None:
        del default  # always None, and no part of a schema
        self.metadata = metadata
        self.is_list = default_factory is list


_STAND_INS: dict[str, SimpleNamespace] = {
    "__future__": SimpleNamespace(annotations=None),
    "dataclasses": SimpleNamespace(dataclass=_same, field=_Field),
    "enum": SimpleNamespace(Enum=_Enum),
    "typing": SimpleNamespace(Optional=_Optional),
    "decimal": SimpleNamespace(Decimal=_BuiltIn("Decimal")),
    "xsdata.models.datatype": SimpleNamespace(
        **{name: _BuiltIn(name) for name in ("XmlDate", "XmlDateTime", "XmlTime", "XmlPeriod")}
    ),
    "python_iso20022.base": SimpleNamespace(ISO20022Message=object, ISO20022MessageElement=object),
}


def available(package: str) -> bool:
    """Whether the package is installed."""
    return find_spec(package) is not None


def read(module: str, message: str) -> Schema:
    """The schema of `message` (such as pacs.008.001.08) as the models of `module` (of a registry package) tell it."""
    names = _execute(module)
    suffix = message.title().replace(".", "") if module.startswith("python_iso20022.") else ""
    return _Reader(names, message, suffix).schema()


def _execute(module: str) -> dict[str, Any]:
    package, *inner = module.split(".")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SchemaShapeError(f"package {package} is not installed")
    path = Path(spec.submodule_search_locations[0], *inner).with_suffix(".py")
    if not path.exists():
        raise SchemaShapeError(f"{package} has no {'.'.join(inner)}")

    def load(name: str, *_rest: Any) -> Any:
        if name in _STAND_INS:
            return _STAND_INS[name]
        if name.partition(".")[0] == package:
            return SimpleNamespace(**_execute(name))
        raise SchemaShapeError(f"{module} imports {name}")

    code = SourceFileLoader(module, str(path)).get_code(module)
    assert code is not None, "a source file has code"
    names: dict[str, Any] = {"__name__": module, "__builtins__": vars(builtins) | {"__import__": load}}
    exec(code, names)  # noqa: S102  (the code of an installed, pinned package, as an import would run it)
    del names["__builtins__"]
    return names


class _Reader:
    def __init__(self, names: dict[str, Any], message: str, suffix: str) -> None:
        self.names = names
        self.message = message
        self.suffix = suffix
        self.types: dict[str, Complex] = {}

    def schema(self) -> Schema:
        # other classes may have a Meta too, but only the root's names the namespace
        classes = [item for item in self.names.values() if isinstance(item, type)]
        roots = [item for item in classes if hasattr(vars(item).get("Meta"), "namespace")]
        if len(roots) != 1:
            raise SchemaShapeError(f"{len(roots)} root classes in the models of {self.message}")
        name = "AppHdr" if self.message.startswith("head.") else "Document"
        self._complex(roots[0])
        namespace: str = vars(roots[0])["Meta"].namespace
        return Schema(namespace, name, roots[0].__name__, self.types)

    def _complex(self, model: type) -> str:
        name = model.__name__
        if name in self.types:
            return name
        particles: list[Element | Wildcard] = []
        attributes: list[Attribute] = []
        text: Simple | None = None
        iso_name = name.removesuffix(self.suffix)
        is_choice = iso_name.endswith("Choice") or iso_name in corrections.CHOICES
        for annotation, field in _fields(model):
            kind = field.metadata.get("type")
            if kind == "Wildcard":
                process = field.metadata.get("process_contents", corrections.WILDCARD_PROCESSING)
                particles.append(Wildcard(field.metadata["namespace"], process))
            elif kind == "Element":
                particles.append(self._element(annotation, field, iso_name if is_choice else None))
            elif kind == "Attribute":
                simple = self._simple(self._type(annotation), field.metadata)
                attributes.append(Attribute(field.metadata["name"], simple, bool(field.metadata.get("required"))))
            else:
                text = self._simple(self._type(annotation), field.metadata)
        if text is not None:
            self.types[name] = Complex("text", text=text, attributes=tuple(attributes))
        else:
            self.types[name] = Complex("choice" if is_choice else "sequence", tuple(particles))
        return name

    def _element(self, annotation: Any, field: _Field, choice: str | None) -> Element:
        metadata = field.metadata
        name: str = metadata["name"]
        most: int | None = metadata.get("max_occurs") if field.is_list else 1
        if choice is not None:
            least = 0 if (choice, name) in corrections.OPTIONAL_BRANCHES else 1
        elif field.is_list:
            least = metadata.get("min_occurs", 0)
        else:
            least = 1 if metadata.get("required") else 0
        model = self._type(annotation)
        if isinstance(model, type) and model.__module__ == self.names["__name__"] and not issubclass(model, _Enum):
            return Element(name, self._complex(model), least, most)
        return Element(name, self._simple(model, metadata), least, most)

    def _type(self, annotation: Any) -> Any:
        """What an annotation names, without None, Optional and list."""
        if isinstance(annotation, GenericAlias):
            return self._type(annotation.__args__[0])
        if isinstance(annotation, str):
            name = annotation.removeprefix("None | ").removeprefix("list[").removesuffix("]")
            return self.names[name] if name in self.names else getattr(builtins, name)
        return annotation

    def _simple(self, model: Any, metadata: Mapping[str, Any]) -> Simple:
        unknown = metadata.keys() - _FACETS.keys() - _OTHER_METADATA
        if unknown:
            raise SchemaShapeError(f"metadata {sorted(unknown)} in the models of {self.message}")
        if isinstance(model, type) and issubclass(model, _Enum):
            values = (value for name, value in vars(model).items() if not name.startswith("__"))
            return Simple("string", tuple(sorted(("enumeration", value) for value in values)))
        facets: list[Facet] = [(_FACETS[key], str(value)) for key, value in metadata.items() if key in _FACETS]
        base = _BASES.get(model.name if isinstance(model, _BuiltIn) else model.__name__)
        if base is None or metadata.get("format", "base64") != "base64":
            raise SchemaShapeError(f"text of type {model} in the models of {self.message}")
        element = metadata.get("name", "")
        if base == "gYear" and element in corrections.YEAR_MONTHS:
            base = "gYearMonth"
        if base == "string" and (self.message, element) in corrections.DATE_TIMES:
            base = "dateTime"
        return Simple(base, tuple(sorted(facets)))


def _fields(model: type) -> Iterator[tuple[Any, _Field]]:
    """Annotation and field of every field of the class, its base classes' first."""
    for parent in reversed(model.__mro__):
        annotations = vars(parent).get("__annotations__", {})
        for name, value in vars(parent).items():
            if isinstance(value, _Field):
                yield annotations[name], value
