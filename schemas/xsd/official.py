"""Reads an official ISO 20022 XSD into the schema model. Anything the model cannot say is refused, never skipped."""

from typing import Literal

from lxml import etree

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

XS = "{http://www.w3.org/2001/XMLSchema}"
_XS_PREFIXES = ("xs:", "xsd:")


def read(tree: etree._Element) -> Schema:
    """The model of the schema whose `xs:schema` element is `tree`; SchemaShapeError if it needs more than the model."""
    if tree.tag != XS + "schema" or tree.get("elementFormDefault") != "qualified" or tree.get("attributeFormDefault"):
        raise SchemaShapeError("not a schema with qualified elements and unqualified attributes")
    simple: dict[str, etree._Element] = {}
    complex_: dict[str, etree._Element] = {}
    roots: list[etree._Element] = []
    for child in _children(tree):
        if child.tag == XS + "simpleType":
            simple[_name(child)] = child
        elif child.tag == XS + "complexType":
            complex_[_name(child)] = child
        elif child.tag == XS + "element":
            roots.append(child)
        else:
            raise SchemaShapeError(f"unexpected {child.tag} at the top")
    if len(roots) != 1:
        raise SchemaShapeError(f"{len(roots)} global elements instead of one")
    reader = _Reader(simple, frozenset(complex_))
    types = {name: reader.complex(node) for name, node in complex_.items()}
    _only(roots[0], {"name", "type"})
    return Schema(_get(tree, "targetNamespace"), _name(roots[0]), _get(roots[0], "type"), types)


class _Reader:
    def __init__(self, simple: dict[str, etree._Element], complex_: frozenset[str]) -> None:
        self.simple = simple
        self.complex_names = complex_

    def complex(self, node: etree._Element) -> Complex:
        _only(node, {"name"})
        children = _children(node)
        if len(children) != 1:
            raise SchemaShapeError(f"{_name(node)} is not one group")
        group = children[0]
        if group.tag == XS + "simpleContent":
            return self._text(group)
        inner = _children(group)
        if group.tag == XS + "sequence" and len(inner) == 1 and inner[0].tag == XS + "choice":
            _only(group, set())
            group, inner = inner[0], _children(inner[0])
        _only(group, set())
        kinds: dict[object, Literal["sequence", "choice"]] = {XS + "sequence": "sequence", XS + "choice": "choice"}
        if group.tag not in kinds:
            raise SchemaShapeError(f"unexpected {group.tag} in {_name(node)}")
        return Complex(kinds[group.tag], tuple(self._particle(child) for child in inner))

    def _text(self, node: etree._Element) -> Complex:
        (extension,) = _children(node)
        if extension.tag != XS + "extension":
            raise SchemaShapeError(f"unexpected {extension.tag} in simple content")
        attributes = []
        for child in _children(extension):
            if child.tag != XS + "attribute":
                raise SchemaShapeError(f"unexpected {child.tag} in simple content")
            _only(child, {"name", "type", "use"})
            required = child.get("use") == "required"
            attributes.append(Attribute(_name(child), self._type(child), required))
        return Complex("text", text=self._simple(_get(extension, "base")), attributes=tuple(attributes))

    def _particle(self, node: etree._Element) -> Element | Wildcard:
        if node.tag == XS + "any":
            _only(node, {"namespace", "processContents"})
            return Wildcard(node.get("namespace") or "##any", node.get("processContents") or "strict")
        if node.tag != XS + "element":
            raise SchemaShapeError(f"unexpected {node.tag} among particles")
        _only(node, {"name", "type", "minOccurs", "maxOccurs"})
        least, most = node.get("minOccurs") or "1", node.get("maxOccurs") or "1"
        type_name = node.get("type")
        type_ = type_name if type_name in self.complex_names else self._type(node)
        return Element(_name(node), type_, int(least), None if most == "unbounded" else int(most))

    def _type(self, node: etree._Element) -> Simple:
        """The simple type of an element or attribute, named or written inside."""
        inner = _children(node)
        if not inner:
            return self._simple(_get(node, "type"))
        if len(inner) > 1 or inner[0].tag != XS + "simpleType" or node.get("type"):
            raise SchemaShapeError(f"unexpected {inner[0].tag} in {_name(node)}")
        return self._restriction(inner[0])

    def _simple(self, name: str) -> Simple:
        if name.startswith(_XS_PREFIXES):
            return Simple(name.partition(":")[2])
        _only(self.simple[name], {"name"})
        return self._restriction(self.simple[name])

    def _restriction(self, node: etree._Element) -> Simple:
        (restriction,) = _children(node)
        if restriction.tag != XS + "restriction":
            raise SchemaShapeError(f"unexpected {restriction.tag} in a simple type")
        base = self._simple(_get(restriction, "base"))
        facets: list[Facet] = list(base.facets)
        for child in _children(restriction):
            _only(child, {"value"})
            facets.append((etree.QName(child).localname, _get(child, "value")))
        return Simple(base.base, tuple(sorted(facets)))


def _children(node: etree._Element) -> list[etree._Element]:
    return [child for child in node if isinstance(child.tag, str) and child.tag != XS + "annotation"]


def _name(node: etree._Element) -> str:
    return _get(node, "name")


def _get(node: etree._Element, attribute: str) -> str:
    value = node.get(attribute)
    if value is None:
        raise SchemaShapeError(f"{node.tag} without {attribute}")
    return value


def _only(node: etree._Element, allowed: set[str]) -> None:
    # `id` is documentation only
    extra = {str(name) for name in node.attrib} - allowed - {"id"}
    if extra:
        raise SchemaShapeError(f"{node.tag} with {sorted(extra)}")
