"""Archived messages for people: lists, and one message with its headers and its body as a tree."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from lxml import etree
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from iso import gate
from schemas.canonical.wire import Dialect
from switch.archive.search import Kept, Whole

_DIGEST: Final = 12
_LENIENT: Final = gate.Limits(plain=False)


def listing(found: Sequence[Kept]) -> RenderableType:
    """One row a message, the newest first."""
    table = Table(box=None, pad_edge=False)
    for name in ("at", "", "participant", "message", "BizMsgIdr", "about", "digest"):
        table.add_column(name, overflow="fold")
    for one in found:
        arrow = Text("→", style="cyan") if one.sent else Text("←", style="green")
        name = one.definition if one.dialect is Dialect.ISO_XML else f"{one.method} {one.definition}"
        moment = f"{one.at:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        table.add_row(moment, arrow, one.participant, name, one.message_id, one.reference, one.digest[:_DIGEST])
    return table


def whole(message: Whole) -> RenderableType:
    """Its copies, headers and content."""
    parts: list[RenderableType] = [listing(message.copies)]
    if message.headers:
        parts.append(Text("\n".join(f"{name}: {value}" for name, value in message.headers), style="dim"))
    parts.append(tree(message.copies[0].dialect, message.body))
    return Group(*parts)


def tree(dialect: Dialect, body: bytes) -> RenderableType:
    """The content as a tree; as plain text if it cannot be read."""
    if not body:
        return Text("no body", style="dim")
    if dialect is Dialect.ISO_XML:
        try:
            return _of_element(gate.read(body, _LENIENT).root)
        except gate.Refused as refused:
            return Group(Text(str(refused), style="red"), Text(body.decode("utf-8", "replace")))
    try:
        root = Tree("body")
        _grow(root, msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError):
        return Text(body.decode("utf-8", "replace"))
    return root


def _of_element(element: etree._Element) -> Tree:
    root = Tree(_label(element))
    _branch(root, element)
    return root


def _branch(branch: Tree, element: etree._Element) -> None:
    for child in element:
        _branch(branch.add(_label(child)), child)


def _label(element: etree._Element) -> Text:
    label = Text(etree.QName(element).localname, style="bold")
    for name in element.attrib:
        label.append(f" {name!s}={element.get(name)}", style="dim")
    text = (element.text or "").strip()
    if text:
        label.append(f"  {text}", style="not bold")
    return label


def _grow(branch: Tree, value: Any) -> None:
    pairs: Iterable[tuple[object, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for name, inner in pairs:
        label = Text(str(name), style="bold")
        if not isinstance(inner, dict | list):
            label.append(f"  {inner}", style="not bold")
        _grow(branch.add(label), inner)
