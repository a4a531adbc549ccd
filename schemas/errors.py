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
_LONG = 480
_CAMEL = re.compile(r"\b(fraction|total|min|max)(digits|length|inclusive)\b")
_STEP = re.compile(r"/(?:([^/:\[\]]+):)?([^/:\[\]]+)(?:\[(\d+)\])?")
_ATTRIBUTE = re.compile(r"Element '[^']*', attribute '([^']*)'")


def located(entry: Any, root: etree._Element) -> Finding:
    """An entry of an lxml error log about `root` or something below it, in readable form."""
    element = _find(entry.path or "", root)
    path = path_of(element, root)
    text = short(_NAMESPACE.sub("", entry.message))
    attribute = _ATTRIBUTE.match(text)
    if attribute is not None:
        path += f"/@{attribute[1]}"
    return Finding(line_of(element) or entry.line, path, _code(entry.type_name), text)


def short(text: str) -> str:
    """The text, cut in its middle if it is long: values of a message are quoted in errors, whatever their length."""
    return text if len(text) <= _LONG else f"{text[: _LONG // 2]} ... {text[-_LONG // 2 :]}"


def line_of(element: etree._Element) -> int:
    """The line of the start tag in the parsed text; 0 if there was none, 65535 may stand for any line above."""
    return cast("Any", element).sourceline or 0


def path_of(element: etree._Element, root: etree._Element) -> str:
    """The path to `element` as local names from `root` downwards, numbered where siblings share a name."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        name = _local(node)
        parent = None if node is root else node.getparent()
        if parent is not None:
            twins = [sibling for sibling in parent if _local(sibling) == name]
            if len(twins) > 1:
                name = f"{name}[{twins.index(node) + 1}]"
        steps.append(name)
        node = parent
    return "/" + "/".join(reversed(steps))


def _local(node: etree._Element) -> str:
    """The name without namespace; empty for a comment or processing instruction."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _code(name: str) -> str:
    """libxml2's name of an error as the standard writes it: SCHEMAV_CVC_MINLENGTH_VALID -> cvc-minLength-valid."""
    if name == "SCHEMAV_ELEMENT_CONTENT":
        return "cvc-complex-type.2.4"
    words = re.findall(r"[A-Z]+|\d+", name.removeprefix("SCHEMAV_"))
    text = "-".join(word.lower() for word in words if word.isalpha())
    text = _CAMEL.sub(lambda match: match[1] + match[2].capitalize(), text)
    return ".".join([text, *(word for word in words if word.isdigit())])


def _find(path: str, root: etree._Element) -> etree._Element:
    """The element at a libxml2 node path such as `/*/*[2]/h:Fr`."""
    node = root
    for prefix, name, number in _STEP.findall(path)[1:]:
        # libxml2 writes * for elements of a default namespace and counts all elements there, else it counts equal
        # names; a name without prefix is that of an element without namespace
        children = [child for child in node if isinstance(child.tag, str)]
        if name != "*":
            wanted = (prefix, name) if prefix else name
            children = [
                child for child in children if ((child.prefix, _local(child)) if prefix else child.tag) == wanted
            ]
        index = int(number or 1) - 1
        if index >= len(children):
            break
        node = children[index]
    return node


class LineFinder:
    """Fed with the start and end of every element in document order, knows the lines of the paths it was asked for."""

    def __init__(self, paths: set[str]) -> None:
        self.lines: dict[str, int] = {}
        self._wanted = {_numbered(path): path for path in paths}
        self._above: list[str] = []
        self._names: list[dict[str, int]] = [{}]

    def start(self, name: str, line: int) -> None:
        """An element begins; its name may have a prefix."""
        local = name.rpartition(":")[2]
        # paths begin at the outermost header or document, wherever it lies
        if self._above or local in {"AppHdr", "Document"}:
            number = self._names[-1][local] = self._names[-1].get(local, 0) + 1 if self._above else 1
            self._above.append(f"/{local}[{number}]")
            self._names.append({})
            wanted = self._wanted.get("".join(self._above))
            if wanted is not None:
                self.lines.setdefault(wanted, line)

    def end(self, _name: str) -> None:
        """The innermost element ends."""
        if self._above:
            self._above.pop()
            self._names.pop()


def _numbered(path: str) -> str:
    """The path with a number at every step and without an attribute."""
    steps = path.partition("/@")[0].split("/")[1:]
    return "".join(f"/{step}" if step.endswith("]") else f"/{step}[1]" for step in steps)
