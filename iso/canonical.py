"""The exclusive canonical form of a document that is too long for a tree, written while it is read.

No comments and processing instructions (the gate refuses both), no DTD: what is left of Exclusive XML Canonicalization
1.0 is the order of attributes, the declarations that are visibly used, and the spelling of characters. Elements
ds:Signature are left out, as the enveloped transform does. What is written may begin at an inner element, as for a
reference that is not to the whole.
"""

from typing import Final
from xml.parsers import expat

from iso.algorithms import DS

_XML: Final = "xml"
_XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
_SIGNATURE: Final = "Signature"
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})
_Scope = dict[str, str]


class NoFormError(ValueError):
    """The document has no canonical form; `line` is where."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class Canonical:
    """Fed with UTF-8 bytes in pieces, `feed` gives the canonical bytes of what is complete.

    `apex` is the local name of the outermost element that is written (empty: the root); it counts where it stands
    outside AppHdr. `apexes`, `signatures` are the lines of those found, `ids` those of Id
    attributes below the apex.
    """

    def __init__(self, apex: str = "") -> None:
        """Begin a document."""
        self.apexes: list[int] = []
        self.signatures: list[int] = []
        self.ids: list[int] = []
        self._apex = apex
        self._out: list[str] = []
        self._depth = 0
        self._skipped = 0
        self._writing_at = 0
        self._header_at = 0
        self._scopes: list[_Scope] = [{"": "", _XML: _XML_NAMESPACE}]
        self._rendered: list[_Scope] = [{"": ""}]
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.ordered_attributes = True
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take more bytes of a document that is well-formed (the gate has looked); raises NoFormError."""
        self._parser.Parse(data, last)
        text, self._out = "".join(self._out), []
        return text.encode()

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._skipped:
            self._skipped += 1
            return
        scope = self._scopes[-1]
        plain: list[tuple[str, str]] = []
        if attributes:
            scope, plain = self._declared(scope, attributes)
        self._scopes.append(scope)
        prefix, _, local = name.rpartition(":")
        if local == _SIGNATURE and scope.get(prefix) == DS:
            self.signatures.append(self._line)
            self._scopes.pop()
            self._skipped = 1
            return
        self._watch(local, plain)
        if self._writing_at:
            self._write(name, prefix, scope, plain)

    def _declared(self, scope: _Scope, attributes: list[str]) -> tuple[_Scope, list[tuple[str, str]]]:
        """What is in scope with the declarations among the attributes, and the others."""
        declared: _Scope = {}
        plain: list[tuple[str, str]] = []
        for place in range(0, len(attributes), 2):
            name, value = attributes[place], attributes[place + 1]
            if name == "xmlns" or name.startswith("xmlns:"):
                if value and ":" not in value:
                    raise NoFormError(self._line, f"the namespace {value[:60]!r} is relative: it has no canonical form")
                declared[name[6:]] = value
            else:
                plain.append((name, value))
        return ({**scope, **declared} if declared else scope), plain

    def _watch(self, local: str, plain: list[tuple[str, str]]) -> None:
        """Note what the caller must know of an element, and whether writing begins with it."""
        if self._writing_at and self._depth > self._writing_at:
            if plain and any(name.rpartition(":")[2].lower() == "id" for name, _ in plain):
                self.ids.append(self._line)
            return
        if not self._apex:
            self._writing_at = self._depth
            return
        if self._header_at:
            return
        if local == self._apex:
            self.apexes.append(self._line)
            self._writing_at = self._depth
            self._rendered = [{"": ""}]
        elif local == "AppHdr":
            self._header_at = self._depth

    def _write(self, name: str, prefix: str, scope: _Scope, plain: list[tuple[str, str]]) -> None:
        rendered = self._rendered[-1]
        used = {prefix}
        keyed: list[tuple[str, str, str, str]] = []
        for attribute, value in plain:
            before, colon, local = attribute.partition(":")
            if not colon:
                keyed.append(("", attribute, attribute, value))
                continue
            if before != _XML:
                used.add(before)
            keyed.append((self._namespace(scope, before), local, attribute, value))
        new = {one: self._namespace(scope, one) for one in used if rendered.get(one) != self._namespace(scope, one)}
        if new:
            rendered = {**rendered, **new}
        self._rendered.append(rendered)
        self._out.append(f"<{name}")
        for one in sorted(new):
            self._out.append(f' xmlns{":" if one else ""}{one}="{new[one].translate(_VALUE)}"')
        self._out.extend(f' {attribute}="{value.translate(_VALUE)}"' for _, _, attribute, value in sorted(keyed))
        self._out.append(">")

    def _namespace(self, scope: _Scope, prefix: str) -> str:
        found = scope.get(prefix)
        if found is None:
            raise NoFormError(self._line, f"the prefix {prefix[:60]!r} is not declared")
        return found

    def _end(self, name: str) -> None:
        depth, self._depth = self._depth, self._depth - 1
        if self._skipped:
            self._skipped -= 1
            return
        self._scopes.pop()
        if self._writing_at:
            self._rendered.pop()
            self._out.append(f"</{name}>")
        if depth == self._writing_at:
            self._writing_at = 0
        elif depth == self._header_at:
            self._header_at = 0

    def _text(self, text: str) -> None:
        if self._writing_at and not self._skipped:
            self._out.append(text.translate(_TEXT))
