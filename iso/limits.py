"""What bytes must keep before a tree is built of them: caps, and the counter that finds what is over one."""

import re
from enum import StrEnum
from xml.parsers import expat

import msgspec


class Code(StrEnum):
    """Codes of the gate's own findings; findings of a schema carry the codes of the XML Schema standard (cvc-...)."""

    TOO_LARGE = "TOO_LARGE"
    ENCODING = "ENCODING"
    DECLARATION = "DECLARATION"
    NUL = "NUL"
    DOCTYPE = "DOCTYPE"
    COMMENT = "COMMENT"
    INSTRUCTION = "INSTRUCTION"
    DEPTH = "DEPTH"
    NODES = "NODES"
    ATTRIBUTES = "ATTRIBUTES"
    NAMESPACES = "NAMESPACES"
    NAME = "NAME"
    MALFORMED = "MALFORMED"
    SHAPE = "SHAPE"
    UNSUPPORTED = "UNSUPPORTED"
    MSG_DEF_IDR = "MSG_DEF_IDR"


class Limits(msgspec.Struct, frozen=True):
    """Caps on a message; `plain` also refuses comments and processing instructions.

    Bytes of the body; depth of elements; elements and attributes in all; namespace declarations in all; attributes of
    one element; characters of a name.
    """

    size: int = 5_242_880
    depth: int = 64
    nodes: int = 50_000
    namespaces: int = 64
    attributes: int = 64
    name: int = 256
    plain: bool = True


STRICT = Limits()
"""What the switch takes from the wire."""

BULK = Limits(size=1 << 36, nodes=1 << 32, namespaces=1 << 20)
"""What is read of a stream, of which only a part is in memory at a time; all else is as strict."""

FILE = Limits(size=256 << 20, depth=250, nodes=5_000_000, namespaces=10_000, attributes=1_000, name=10_000, plain=False)
"""What is read of a user's own file."""


_TAG = re.compile(rb"<[^<]*")
_NAME = re.compile(rb"<[^\s<>/]*")
_ATTRIBUTE = re.compile(rb"""\s+[^\s=<>"']+\s*=\s*(?:"[^"<]*"|'[^'<]*')""")


def crowded(text: bytes, limits: Limits) -> int:
    """Where a tag begins that surely has more attributes than may be in all; -1 if none has.

    A parser collects the attributes of a tag before anybody can count them, which takes long for a great many.
    """
    if text.count(b"=") <= limits.nodes:
        return -1
    for found in _TAG.finditer(text):
        begin, end = found.span()
        if text.count(b"=", begin, end) > limits.nodes and _attributes(text, begin, limits.nodes) > limits.nodes:
            return begin
    return -1


def _attributes(text: bytes, begin: int, most: int) -> int:
    """How many attributes the tag there has; beyond `most` they are not counted."""
    found, number = _NAME.match(text, begin), -1
    while number <= most and found is not None:
        number, found = number + 1, _ATTRIBUTE.match(text, found.end())
    return number


class Over(Exception):
    """Something is over a limit or not allowed."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


class Counter:
    """Counts without building a tree; raises Over at the first thing that is over a limit or not allowed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.path: list[str] = []
        self.nodes = 0
        self.namespaces = 0

    def start(self, name: str, attributes: list[str]) -> None:
        """An element begins; its attributes are names and values in turn."""
        limits = self.limits
        self.path.append(name)
        names = attributes[::2]
        declared = sum(1 for attribute in names if attribute == "xmlns" or attribute.startswith("xmlns:"))
        self.nodes += 1 + len(names)
        self.namespaces += declared
        if len(self.path) > limits.depth:
            raise Over(Code.DEPTH, f"elements are nested more than {limits.depth} deep")
        if self.nodes > limits.nodes:
            raise Over(Code.NODES, f"more than {limits.nodes} elements and attributes")
        if self.namespaces > limits.namespaces:
            raise Over(Code.NAMESPACES, f"more than {limits.namespaces} namespace declarations")
        if len(names) - declared > limits.attributes:
            raise Over(Code.ATTRIBUTES, f"more than {limits.attributes} attributes on one element")
        if len(name) > limits.name or any(len(attribute) > limits.name for attribute in names):
            raise Over(Code.NAME, f"a name longer than {limits.name} characters")

    def end(self, _name: str) -> None:
        """The innermost element ends."""
        self.path.pop()

    def doctype(self, *_declaration: object) -> None:
        """Never allowed."""
        raise Over(Code.DOCTYPE, "a document type declaration is not allowed")

    def comment(self, _text: str) -> None:
        """Not allowed where everything must be plain."""
        raise Over(Code.COMMENT, "a comment is not allowed")

    def instruction(self, _target: str, _text: str) -> None:
        """Not allowed where everything must be plain."""
        raise Over(Code.INSTRUCTION, "a processing instruction is not allowed")


def counting(counter: Counter) -> expat.XMLParserType:
    """A parser that builds nothing and tells the counter everything."""
    parser = expat.ParserCreate("UTF-8")
    parser.ordered_attributes = True
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.StartDoctypeDeclHandler = counter.doctype
    if counter.limits.plain:
        parser.CommentHandler = counter.comment
        parser.ProcessingInstructionHandler = counter.instruction
    return parser
