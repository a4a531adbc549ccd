"""Schema errors told so that a person finds the place: line, readable path, code of the XML Schema standard, text."""

import re
from typing import Any, cast

import msgspec
from lxml import etree


class Finding(msgspec.Struct, frozen=True):
    """One error: line of the original text, path from Document or AppHdr, code (cvc-...), text."""

    line: int
    path: str
    code: str
    text: str


_NAMESPACE = re.compile(r"\{[^{}*']+\}(?=\w)")
_CAMEL = re.compile(r"\b(fraction|total|min|max)(digits|length|inclusive)\b")
_STEP = re.compile(r"/(@?)(?:([^/:\[\]]+):)?([^/:\[\]]+)(?:\[(\d+)\])?")


def located(entry: Any, root: etree._Element) -> Finding:
    """An entry of an lxml error log about `root` or something below it, in readable form."""
    element, attribute = _find(entry.path or "", root)
    text = _NAMESPACE.sub("", entry.message)
    return Finding(line_of(element) or entry.line, path_of(element, root) + attribute, _code(entry.type_name), text)


def line_of(element: etree._Element) -> int:
    """The line of the start tag in the text it was parsed from (also beyond 65535), 0 if it was not parsed."""
    return cast("Any", element).sourceline or 0


def path_of(element: etree._Element, root: etree._Element) -> str:
    """The path to `element` as local names from `root` downwards, numbered where siblings share a name."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        name = etree.QName(node).localname
        parent = None if node is root else node.getparent()
        if parent is not None:
            twins = [sibling for sibling in parent if sibling.tag == node.tag]
            if len(twins) > 1:
                name = f"{name}[{twins.index(node) + 1}]"
        steps.append(name)
        node = parent
    return "/" + "/".join(reversed(steps))


def _code(name: str) -> str:
    """libxml2's name of an error as the standard writes it: SCHEMAV_CVC_MINLENGTH_VALID -> cvc-minLength-valid."""
    if name == "SCHEMAV_ELEMENT_CONTENT":
        return "cvc-complex-type.2.4"
    words = re.findall(r"[A-Z]+|\d+", name.removeprefix("SCHEMAV_"))
    text = "-".join(word.lower() for word in words if word.isalpha())
    text = _CAMEL.sub(lambda match: match[1] + match[2].capitalize(), text)
    return ".".join([text, *(word for word in words if word.isdigit())])


def _find(path: str, root: etree._Element) -> tuple[etree._Element, str]:
    """The element at a libxml2 node path (`/*/*[2]/h:Fr`), and `/@name` if the path ends at an attribute."""
    node = root
    for attribute, prefix, name, number in _STEP.findall(path)[1:]:
        if attribute:
            return node, f"/@{name}"
        # libxml2 writes * for elements of a default namespace and counts all elements there, else it counts equal names
        children = [child for child in node if isinstance(child.tag, str)]
        if name != "*":
            wanted = (prefix or None, name)
            children = [child for child in children if (child.prefix, etree.QName(child).localname) == wanted]
        index = int(number or 1) - 1
        if index >= len(children):
            break
        node = children[index]
    return node, ""
