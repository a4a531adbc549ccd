"""The typed form of any catalogued message version, made from its schema: every element kept, read and written back.

What is decided upon has a shape of its own (`pacs008.py` and its kin); this form is for everything else: archive,
display, files, messages that are only passed on. A complex type becomes a frozen struct whose fields are called like
the elements (`value.body.GrpHdr.MsgId`); a choice is a `Choice`, what may repeat a tuple, texts stand as on the wire.
"""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, Final

import msgspec
from lxml import etree
from msgspec import Struct

from iso.messages import plan
from iso.messages.plan import Choice, Node, Plan, Text
from iso.messages.shape import NAMESPACE, Amount, ShapeError
from schemas.catalogue import Catalogue, CatalogueError
from schemas.errors import path_of
from schemas.xsd.model import SchemaShapeError

__all__ = ["FORMS", "Amount", "Choice", "Form", "Forms", "Node", "Text", "Whole", "leaves", "values"]

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_HINTED = etree.XPath("descendant-or-self::*[@xsi:*]", namespaces={"xsi": _XSI})


class Whole(Struct, frozen=True):
    """A message: `root` is the content of its Document or AppHdr, `hints` the xsi attributes there (name, value).

    `untyped`: paths of what this form does not hold: nothing that a schema describes, only xsi attributes further in.
    """

    definition: str
    root: Node
    hints: tuple[tuple[str, str], ...] = ()
    untyped: tuple[str, ...] = ()

    @property
    def body(self) -> Any:
        """The content of the one element in Document, where GrpHdr and the like are; of AppHdr itself."""
        fields = self.root.__struct_fields__
        return getattr(self.root, fields[0]) if len(fields) == 1 else self.root


class Form:
    """Reads and writes one message version; `type` is the struct of what is in its Document or AppHdr."""

    def __init__(self, definition: str, compiled: Plan) -> None:
        self.definition = definition
        self.type: type[Node] = compiled.content.type
        self._plan = compiled
        self._tag = f"{{{compiled.namespace}}}{compiled.root}"

    def read(self, element: etree._Element) -> Whole:
        """The typed form of a Document or AppHdr that passed its schema; ShapeError if it did not and cannot be."""
        if element.tag != self._tag:
            raise ShapeError(f"{element.tag} is not the root of {self.definition}")
        odd: list[etree._Element] = []
        try:
            root = plan.read(element, self._plan.content, odd)
        except TypeError as error:
            raise ShapeError(f"{self.definition}: {error}") from error
        hints: tuple[tuple[str, str], ...] = ()
        untyped = [path_of(child, element) for child in odd]
        hinted: Any = _HINTED(element)
        for node in hinted:
            if node is element:
                hints = tuple(_hints(node))
            else:
                untyped += [f"{path_of(node, element)}/@xsi:{name}" for name, _ in _hints(node)]
        return Whole(self.definition, root, hints, tuple(untyped))

    def write(self, value: Whole) -> bytes:
        """The Document or AppHdr in exclusive canonical form."""
        name, hints = self._plan.root, ""
        if value.hints:
            hints = f' xmlns:xsi="{_XSI}"'
            hints += "".join(f' xsi:{key}="{plan.attribute(text)}"' for key, text in sorted(value.hints))
        out = [f'<{name} xmlns="{self._plan.namespace}"{hints}>']
        try:
            plan.write(value.root, self._plan.content, out)
        except (AttributeError, TypeError) as error:
            raise ShapeError(f"{self.definition}: {error}") from error
        out.append(f"</{name}>")
        return "".join(out).encode()

    def build(self, content: Mapping[str, Any]) -> Whole:
        """A message from nested mappings and lists, an amount as {"text": "5.00", "currency": "EUR"}.

        ShapeError names the path where something is missing or is of another kind; values are for the schema to judge.
        """
        try:
            return Whole(self.definition, msgspec.convert(content, self.type))
        except msgspec.ValidationError as error:
            raise ShapeError(f"{self.definition}: {error}") from error


class Forms:
    """The typed forms of the versions of a catalogue, made when first asked for."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self._catalogue = catalogue or Catalogue()
        self._forms: dict[str, Form | None] = {}
        self._lock = Lock()

    def form(self, definition: str) -> Form | None:
        """The form of a version such as camt.053.001.08; None where no schema is known that can be typed."""
        found = self._forms.get(definition)
        # what is not known is not kept: anybody may write any name into a message
        if found is None and self._catalogue.known(definition):
            with self._lock:
                found = self._forms[definition] = self._forms.get(definition) or self._make(definition)
        return found

    def read(self, element: etree._Element) -> Whole | None:
        """The typed form of a validated Document or AppHdr; None where there is no form for its namespace."""
        form = self.form((etree.QName(element).namespace or "").removeprefix(NAMESPACE))
        return None if form is None else form.read(element)

    def write(self, value: Whole) -> bytes:
        """The canonical Document or AppHdr of a message this catalogue knows."""
        form = self.form(value.definition)
        if form is None:
            raise ShapeError(f"there is no schema for {value.definition}")
        return form.write(value)

    def _make(self, definition: str) -> Form | None:
        # A restricted schema of a scheme says less than the official one, and its single elements may be lists there:
        # the form is that of the full message wherever there is one.
        try:
            return Form(definition, plan.compile_plan(self._catalogue.widest(definition)))
        except (SchemaShapeError, CatalogueError, ShapeError):
            return None


FORMS: Final = Forms()
"""The forms of the versions that are built in."""


def values(node: Any, path: str) -> Iterator[Any]:
    """All values at a path below a node, through every repetition: `values(body, "CdtTrfTxInf/PmtId/UETR")`."""
    name, _, rest = path.partition("/")
    found = getattr(node, plan.field_name(name), None)
    for one in found if isinstance(found, tuple) else () if found is None else (found,):
        if rest:
            yield from values(one, rest)
        else:
            yield one


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """All texts below a node in document order, each with its path; attributes as `/@Ccy`, what repeats numbered."""
    if isinstance(node, Amount):
        yield path, node.text
        yield f"{path}/@Ccy", node.currency
    elif isinstance(node, Text):
        yield path, node.text  # type: ignore[attr-defined]  # every text type has it
        for field in node.__struct_fields__[1:]:
            if getattr(node, field) is not None:
                yield f"{path}/@{field}", getattr(node, field)
    elif isinstance(node, Node):
        for field in node.__struct_fields__:
            found = getattr(node, field)
            many = isinstance(found, tuple) and len(found) > 1
            for number, one in enumerate(found if isinstance(found, tuple) else (found,), 1):
                if one is not None:
                    yield from leaves(one, f"{path}/{field}{f'[{number}]' if many else ''}")
    else:
        yield path, node.decode() if isinstance(node, bytes) else node


def _hints(element: etree._Element) -> Iterator[tuple[str, str]]:
    for name, text in element.attrib.items():
        if str(name).startswith(f"{{{_XSI}}}"):
            yield str(name).rpartition("}")[2], str(text)
