"""From a schema to frozen structs, and tables that read and write them: one struct for each complex type.

Structs are shared between versions: most types of a version are those of the version before, and a process that reads
every version there is must not hold two hundred copies of them.
"""

import re
from copy import deepcopy
from functools import cache
from keyword import iskeyword
from typing import Any, Final

from lxml import etree
from msgspec import Struct, defstruct

from iso.messages.shape import Amount, ShapeError
from iso.messages.writing import escape
from schemas.xsd.model import Complex, Schema, Simple, Wildcard
from schemas.xsd.own import iso_name

LEAF, NODE, MONEY, WORDS, ANY = range(5)
REST: Final = "any"
"""The field of what a wildcard holds; no element is called so, all begin with a capital."""


class Node(Struct, frozen=True):
    """The content of an element: a field for each child element; None or an empty tuple where it is absent."""


class Choice(Node, frozen=True):
    """The content of an element that holds one of several children."""

    @property
    def chosen(self) -> tuple[str, Any]:
        """The child that is there: its name and its value; ("", None) of an empty choice."""
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if value not in (None, ()):
                return field, value
        return "", None


class Text(Node, frozen=True):
    """Text with attributes that are not just a currency: `text` and a field for each attribute."""


class Slot(Struct, frozen=True):
    """One child of a content: its kind, field, whether it is a tuple, its tags, and its own content if it has any."""

    kind: int
    field: str
    many: bool
    tag: str
    inner: "Content | None" = None


class Content(Struct, frozen=True):
    """A complex type: its struct, its children in schema order, those by qualified tag; `attributes` of a text."""

    type: type[Any]
    slots: tuple[Slot, ...] = ()
    by_tag: dict[str, Slot] = {}
    attributes: tuple[tuple[str, str], ...] = ()
    open: bool = False


class Plan(Struct, frozen=True):
    """All of a message version: namespace, root element, the content of the root."""

    namespace: str
    root: str
    content: Content


def compile_plan(schema: Schema) -> Plan:
    """The plan of a schema; ShapeError if a type cannot be a struct."""
    return Plan(schema.namespace, schema.root, _Compiler(schema).content(schema.type))


class _Compiler:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._version = schema.namespace.rpartition(":")[2]
        self._done: dict[str, Content] = {}

    def content(self, name: str) -> Content:
        found = self._done.get(name)
        if found is None:
            complex_type = self._schema.types[name]
            make = self._children if complex_type.text is None else self._text
            found = self._done[name] = make(name, complex_type)
        return found

    def _text(self, name: str, complex_type: Complex) -> Content:
        attributes = tuple((attribute.name, field_name(attribute.name)) for attribute in complex_type.attributes)
        if [attribute.name for attribute in complex_type.attributes if attribute.required] == ["Ccy"]:
            return Content(Amount, attributes=(("Ccy", "currency"),))
        fields = [("text", str, True), *((field, str | None, False) for _, field in attributes)]
        return Content(_struct(self._type_name(name), Text, tuple(fields)), attributes=tuple(sorted(attributes)))

    def _children(self, name: str, complex_type: Complex) -> Content:
        choice = complex_type.kind == "choice"
        slots: list[Slot] = []
        fields: list[tuple[str, Any, bool]] = []
        for particle in complex_type.particles:
            if isinstance(particle, Wildcard):
                slots.append(Slot(ANY, REST, False, ""))
                fields.append((REST, bytes | None, False))
                continue
            many = particle.most is None or particle.most > 1
            kind, inner, type_ = self._particle(particle.type)
            field = field_name(particle.name)
            slots.append(Slot(kind, field, many, particle.name, inner))
            needed = particle.least > 0 and not choice
            annotation = tuple[type_, ...] if many else type_ if needed else type_ | None  # type: ignore[valid-type]
            fields.append((field, annotation, needed))
        if len({slot.field for slot in slots}) < len(slots):
            raise ShapeError(f"{name} has two children of one name")
        struct = _struct(self._type_name(name), Choice if choice else Node, tuple(fields))
        by_tag = {f"{{{self._schema.namespace}}}{slot.tag}": slot for slot in slots if slot.kind != ANY}
        return Content(struct, tuple(slots), by_tag, open=len(by_tag) < len(slots))

    def _particle(self, type_: str | Simple) -> tuple[int, Content | None, Any]:
        if isinstance(type_, Simple):
            return LEAF, None, str
        inner = self.content(type_)
        if inner.type is Amount:
            return MONEY, inner, Amount
        return (WORDS if issubclass(inner.type, Text) else NODE), inner, inner.type

    def _type_name(self, name: str) -> str:
        return field_name(iso_name(name, self._version))


_ODD: Final = re.compile(r"\W")


def field_name(name: str) -> str:
    """The field of an element: its name, with _ for what a name in Python cannot have."""
    plain = _ODD.sub("_", name)
    return f"{plain}_" if iskeyword(plain) or plain in (REST, "chosen") else plain


@cache
def _struct(name: str, base: type[Struct], fields: tuple[tuple[str, Any, bool], ...]) -> type[Any]:
    specification: list[Any] = []
    for field, annotation, needed in fields:
        default = () if str(annotation).startswith("tuple[") else None
        specification.append((field, annotation) if needed else (field, annotation, default))
    return defstruct(name, specification, bases=(base,), module=__name__, frozen=True, kw_only=True, gc=False)


def read(element: etree._Element, content: Content, odd: list[etree._Element]) -> Any:
    """The struct of `element`; children that its type does not know are added to `odd`."""
    by_tag = content.by_tag
    values: dict[str, Any] = {}
    lists: list[str] = []
    rest: list[etree._Element] = []
    for child in element[:]:  # type: ignore[index]  # lxml gives a slice faster than it iterates
        slot = by_tag.get(child.tag)
        if slot is None:
            if isinstance(child.tag, str):
                rest.append(child)
            continue
        if slot.kind == LEAF:
            value: Any = _text(child)
        elif slot.kind == NODE:
            value = read(child, slot.inner, odd)  # type: ignore[arg-type]  # a node has content
        elif slot.kind == MONEY:
            value = Amount(_text(child), child.get("Ccy", ""))
        else:
            value = _words(child, slot.inner)  # type: ignore[arg-type]  # as above
        if not slot.many:
            values[slot.field] = value
        elif slot.field in values:
            values[slot.field].append(value)
        else:
            values[slot.field] = [value]
            lists.append(slot.field)
    for field in lists:
        values[field] = tuple(values[field])
    if rest and content.open:
        values[REST] = _canonical(rest, element)
    elif rest:
        odd += rest
    return content.type(**values)


def _text(element: etree._Element) -> str:
    # text may lie on both sides of a comment, which files (not messages on the wire) may have
    return (element.text or "") if not len(element) else str(element.xpath("string()"))


def _words(element: etree._Element, content: Content) -> Any:
    return content.type(text=_text(element), **{field: element.get(name) for name, field in content.attributes})


def _canonical(children: list[etree._Element], parent: etree._Element) -> bytes:
    """The children in exclusive canonical form, as they stand under a parent whose namespace is the default one."""
    namespace = etree.QName(parent).namespace or ""
    holder = etree.Element(f"{{{namespace}}}E", nsmap={None: namespace})  # type: ignore[dict-item]
    for child in children:
        copy = deepcopy(child)
        copy.tail = None
        holder.append(copy)
    try:
        whole: bytes = etree.tostring(holder, method="c14n", exclusive=True)
    except etree.C14NError as error:
        raise ShapeError(f"the content of {parent.tag} has no canonical form (a relative namespace?)") from error
    return whole[whole.index(b">") + 1 : -len(b"</E>")]


def write(value: Any, content: Content, out: list[str]) -> None:
    """Append the children of the element that `value` is the content of, in canonical form."""
    for slot in content.slots:
        found = getattr(value, slot.field)
        if found is None:
            continue
        kind, tag = slot.kind, slot.tag
        for one in found if slot.many else (found,):
            if kind == LEAF:
                out.append(f"<{tag}>{escape(one)}</{tag}>")
            elif kind == NODE:
                out.append(f"<{tag}>")
                write(one, slot.inner, out)  # type: ignore[arg-type]  # a node has content
                out.append(f"</{tag}>")
            elif kind == MONEY:
                out.append(f'<{tag} Ccy="{attribute(one.currency)}">{escape(one.text)}</{tag}>')
            elif kind == WORDS:
                out.append(f"<{tag}{_attributes(one, slot.inner)}>{escape(one.text)}</{tag}>")  # type: ignore[arg-type]
            else:
                out.append(one.decode())


def _attributes(value: Any, content: Content) -> str:
    found = ((name, getattr(value, field)) for name, field in content.attributes)
    return "".join(f' {name}="{attribute(text)}"' for name, text in found if text is not None)


def attribute(value: str) -> str:
    """The value of an attribute in canonical form."""
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
