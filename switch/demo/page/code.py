"""Messages as readable, coloured text: XML indented element by element, JSON member by member."""

import re
from html import escape
from typing import Final

import msgspec
from lxml import etree

from iso import gate

_LENIENT: Final = gate.Limits(plain=False)
_TAG: Final = re.compile(r"(&lt;/?)([\w:.-]+)((?:\s+[\w:.-]+=&quot;.*?&quot;)*)(\s*/?&gt;)")
_MEMBER: Final = re.compile(r"^(\s*)(&quot;[^&]*&quot;)(:)", re.MULTILINE)
_LONG: Final = 160


def pretty(body: bytes) -> str:
    """The body as HTML for a `pre`; what cannot be read is shown as it is."""
    if not body:
        return '<span class="dim">no body</span>'
    text = _xml(body) if body.lstrip()[:1] == b"<" else _json(body)
    return text if text is not None else escape(body.decode("utf-8", "replace"))


def _xml(body: bytes) -> str | None:
    try:
        root = gate.read(body, _LENIENT).root
    except gate.Refused:
        return None
    for element in root.iter():
        if element.text and len(element.text) > _LONG and len(element) == 0:
            element.text = f"{element.text.strip()[:48]}…"
    etree.indent(root, "  ")
    text = escape(etree.tostring(root, encoding="unicode"))
    return _TAG.sub(r"\1<b>\2</b><i>\3</i>\4", text)


def _json(body: bytes) -> str | None:
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, RecursionError):
        return None
    lines = [line if len(line) <= _LONG else f"{line[:72]}…" for line in text.splitlines()]
    return _MEMBER.sub(r"\1<b>\2</b>\3", escape("\n".join(lines)))
