"""Writes a schema model as XSD text, ready to be compiled.

A text type without facets is named by its built-in (`xs:dateTime`), which error texts then show; others are anonymous.
"""

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from schemas.xsd.model import Attribute, Complex, Element, Schema, Simple, Wildcard


def xsd_text(schema: Schema, names: Mapping[str, str] | None = None) -> str:
    """The schema as an XSD document (text without an XML declaration); `names` for its types, else numbers are used."""
    names = names or {name: f"T{number}" for number, name in enumerate(schema.types)}
    namespace = quoteattr(schema.namespace)
    parts = [
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"',
        f" xmlns={namespace} targetNamespace={namespace}>",
        f'<xs:element name="{schema.root}" type="{names[schema.type]}"/>',
    ]
    for name, complex_type in schema.types.items():
        if complex_type.kind == "text":
            _text(complex_type, names[name], parts)
        else:
            _children(complex_type, names, names[name], parts)
    parts.append("</xs:schema>")
    return "".join(parts)


def _children(complex_type: Complex, names: Mapping[str, str], name: str, parts: list[str]) -> None:
    parts.append(f'<xs:complexType name="{name}"><xs:{complex_type.kind}>')
    for particle in complex_type.particles:
        if isinstance(particle, Wildcard):
            parts.append(f'<xs:any namespace="{particle.namespace}" processContents="{particle.process}"/>')
        else:
            parts.append(_element(particle, names))
    parts.append(f"</xs:{complex_type.kind}></xs:complexType>")


def _element(element: Element, names: Mapping[str, str]) -> str:
    most = "unbounded" if element.most is None else element.most
    head = f'<xs:element name="{element.name}" minOccurs="{element.least}" maxOccurs="{most}"'
    if isinstance(element.type, str):
        return f'{head} type="{names[element.type]}"/>'
    return f"{head}{_typed(element.type)}</xs:element>"


def _text(complex_type: Complex, name: str, parts: list[str]) -> None:
    simple = complex_type.text
    assert simple is not None, "a text type has its text"
    if simple.facets:
        parts.append(f'<xs:simpleType name="{name}_SimpleType">{_restriction(simple)}</xs:simpleType>')
        base = f"{name}_SimpleType"
    else:
        base = f"xs:{simple.base}"
    attributes = "".join(_attribute(attribute) for attribute in complex_type.attributes)
    parts.append(
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="{base}">'
        f"{attributes}</xs:extension></xs:simpleContent></xs:complexType>"
    )


def _attribute(attribute: Attribute) -> str:
    use = "required" if attribute.required else "optional"
    return f'<xs:attribute name="{attribute.name}" use="{use}"{_typed(attribute.type)}</xs:attribute>'


def _typed(simple: Simple) -> str:
    """The rest of a start tag and the content that give an element or attribute the type `simple`."""
    if not simple.facets:
        return f' type="xs:{simple.base}">'
    return f"><xs:simpleType>{_restriction(simple)}</xs:simpleType>"


def _restriction(simple: Simple) -> str:
    facets = "".join(f"<xs:{name} value={quoteattr(value)}/>" for name, value in simple.facets)
    return f'<xs:restriction base="xs:{simple.base}">{facets}</xs:restriction>'
