"""The gate: the only XML parser of the switch. Bytes go in, a checked tree or located findings come out.

Order: size, strict UTF-8, XML declaration, limits without a tree (no DOCTYPE, comment or processing instruction), tree
without entities, network or DTD, shape of the envelope; then `check` puts header and document before their schemas.
Nothing of a message says where its schema is: xsi:schemaLocation is ignored, XInclude and XSLT do not exist here.
"""

import re
from contextlib import suppress
from functools import cache
from xml.parsers import expat

import msgspec
from lxml import etree

from iso.envelope import ShapeError, open_envelope
from iso.limits import BULK, FILE, STRICT, Code, Counter, Limits, Over, counting, crowded
from iso.messages.plain import NAME_MAX, is_plain
from schemas.catalogue import Catalogue
from schemas.errors import Finding, LineFinder, line_of, path_of, short

__all__ = [
    "BULK",
    "FILE",
    "STRICT",
    "Code",
    "GateFinding",
    "Limits",
    "Parsed",
    "Refused",
    "begins_well",
    "check",
    "check_definition",
    "check_element",
    "exact_lines",
    "parse_signed",
    "pull_parser",
    "read",
    "read_file",
    "read_without",
    "tree",
]

GateFinding = Finding


class Parsed(msgspec.Struct, frozen=True):
    """A message that passed the gate: its tree, the parts the envelope holds, and the bytes as they came.

    `signature_el` is a ds:Signature beside header and document.
    """

    root: etree._Element
    header_el: etree._Element | None
    document_el: etree._Element | None
    header_def: str
    message_def: str
    body: bytes
    signature_el: etree._Element | None = None


class Refused(Exception):
    """The bytes are no message; `findings` say what and where."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(f"line {finding.line}: {finding.text}" for finding in findings))
        self.findings = findings


_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')"""
    rb"""(?:\s+encoding\s*=\s*(?:"([\w.\-]*)"|'([\w.\-]*)'))?"""
    rb"""(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>"""
)
# the encoding was proved by us; a byte order mark or declaration must not bring the parser to another opinion
_PARSER = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
)
_MARKUP = re.compile(rb"<[!?]")
_DECLARED = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._\-]+)[\"'][^>]*\?>")
_FILE_ENCODINGS = re.compile(r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|utf-?16(le|be)?", re.IGNORECASE)
_CHUNK = 1024
_LINES = 65535
_SIGNATURE = Limits(depth=8, nodes=32, namespaces=1)
"""More than a Signature as `sealed` takes it adds to a message."""


def read(body: bytes, limits: Limits = STRICT) -> Parsed:
    """The message in `body`; Refused for anything else, whatever the bytes are."""
    if len(body) > limits.size:
        raise Refused(_finding(Code.TOO_LARGE, 1, f"{len(body)} bytes; at most {limits.size} are taken"))
    root = tree(_utf8(body), limits)
    return _parsed(root, body)


def read_without(
    body: bytes, text: bytes, limits: Limits = STRICT, *, known: bool = False
) -> tuple[Parsed, bool] | None:
    """The message in `text`, if a quick look proves that the `body` keeps the limits; and whether it is plain.

    The text is the body without a Signature as `sealed` takes it, and without declaration and white space around the
    root. None where only `read` can tell; Refused where the text is no message. `known`: another text with the same
    tags was plain, and kept these limits.
    """
    if len(body) > limits.size or _utf8(body) is not body:
        return None
    # of texts a reference alone can be written otherwise
    plain = _plainly_within(text, limits) if not known else b"&" not in text or is_plain(text)
    if not plain and not _surely_within(body, limits):
        return None
    return _parsed(_parse(text), text), plain


def read_file(body: bytes) -> tuple[etree._Element, tuple[Finding, ...]]:
    """The root of a user's file, and for what the switch would refuse it all the same.

    Comments, processing instructions, other declared encodings, size and other envelopes are tolerated; malformed text
    and a document type declaration are not (Refused).
    """
    try:
        return read(body).root, ()
    except Refused as refused:
        objections = refused.findings
    if len(body) > FILE.size:
        raise Refused(*objections)
    return tree(_transcoded(body), FILE), objections


def parse_signed(text: bytes) -> Parsed:
    """The message in the canonical form of a tree that passed the gate: only what was signed may be read further.

    Its limits were counted before, and canonical form has no declaration, DOCTYPE, comment or instruction.
    """
    root = _parse(text)
    return _parsed(root, text)


def check(parsed: Parsed, catalogue: Catalogue) -> list[Finding]:
    """Findings of the schemas of header and document and of MsgDefIdr; empty if all is right."""
    findings: list[Finding] = []
    for element, definition in ((parsed.header_el, parsed.header_def), (parsed.document_el, parsed.message_def)):
        if element is not None:
            findings += check_element(element, definition, catalogue)
    header, document = parsed.header_el, parsed.document_el
    if header is not None and document is not None:
        findings += check_definition(header, parsed.message_def)
    return exact_lines(findings, parsed.body)


def exact_lines(findings: list[Finding], body: bytes) -> list[Finding]:
    """The findings with true lines: libxml2 keeps 16 bits of a line, and more only where text is near."""
    if all(finding.line < _LINES for finding in findings):
        return findings
    places = LineFinder({finding.path for finding in findings if finding.line >= _LINES})
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _attributes: places.start(name, parser.CurrentLineNumber)
    parser.EndElementHandler = places.end
    with suppress(expat.ExpatError):  # an encoding unknown here: the lines stay as they are
        parser.Parse(body, True)
    return [msgspec.structs.replace(found, line=places.lines.get(found.path, found.line)) for found in findings]


def check_element(element: etree._Element, definition: str, catalogue: Catalogue) -> list[Finding]:
    """Findings of one AppHdr or Document against the schema of `definition`."""
    if not catalogue.known(definition):
        name = definition or etree.QName(element).namespace or "no namespace"
        return [_at(Code.UNSUPPORTED, element, f"no schema for {name} in the catalogue")]
    return catalogue.schema(definition).validate(element)


def check_definition(header: etree._Element, message_def: str) -> list[Finding]:
    """A finding if the header's MsgDefIdr is not the document's definition (a missing one is the schema's finding)."""
    for child in header:
        if str(child.tag).endswith("}MsgDefIdr") and child.text != message_def:
            return [_at(Code.MSG_DEF_IDR, child, f"MsgDefIdr is {child.text!r} but the document is {message_def!r}")]
    return []


def tree(text: bytes, limits: Limits) -> etree._Element:
    """The root element of UTF-8 bytes without byte order mark that keep the limits; Refused otherwise."""
    doubt = None if _surely_within(text, limits) else _count(text, limits)
    root = _parse(text)
    if doubt is not None:
        raise Refused(doubt)
    return root


def pull_parser(*names: str) -> etree.XMLPullParser:
    """A parser for what comes bit by bit, which tells of the end of elements with these local names."""
    return etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
    )


def begins_well(text: bytes) -> bytes:
    """The beginning of a stream without byte order mark, if it says nothing wrong of itself; Refused otherwise."""
    return _utf8(text)


def _parse(text: bytes) -> etree._Element:
    try:
        return etree.fromstring(text, _PARSER)
    except etree.XMLSyntaxError as error:
        raise Refused(_finding(Code.MALFORMED, error.lineno or 1, error.msg or "not well-formed")) from None
    except (etree.LxmlError, ValueError) as error:
        raise Refused(_finding(Code.MALFORMED, 1, str(error))) from None


def _utf8(body: bytes) -> bytes:
    """The body without byte order mark, proved to be UTF-8 and to say nothing else of itself."""
    text = body.removeprefix(_BOM)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise Refused(_finding(Code.ENCODING, _line(text, error.start), "the message is not UTF-8")) from None
    nul = text.find(b"\0")
    if nul >= 0:
        raise Refused(_finding(Code.NUL, _line(text, nul), "the message holds a NUL character"))
    if text.startswith(_BOM):
        raise Refused(_finding(Code.MALFORMED, 1, "a second byte order mark"))
    if text.startswith(b"<?xml") and text[5:6].isspace():
        declaration = _DECLARATION.match(text)
        if declaration is None:
            raise Refused(
                _finding(Code.DECLARATION, 1, 'the declaration must be <?xml version="1.0" encoding="UTF-8"?>')
            )
        encoding = declaration[1] or declaration[2]
        if encoding is not None and encoding.lower() != b"utf-8":
            raise Refused(_finding(Code.ENCODING, 1, f"the encoding must be UTF-8, not {encoding.decode()}"))
    return text


def _transcoded(body: bytes) -> bytes:
    """The body as UTF-8 without byte order mark and declaration, whatever usual encoding it says it has."""
    wide = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
    encoding = wide.get(body[:2])
    if encoding is None:
        declared = _DECLARED.match(body.removeprefix(_BOM)[:200].decode("latin-1"))
        encoding = declared[1] if declared else "utf-8"
    if not _FILE_ENCODINGS.fullmatch(encoding.replace("-le", "le").replace("-be", "be")):
        raise Refused(_finding(Code.ENCODING, 1, f"the encoding {encoding} is not known"))
    try:
        text = body.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError):
        raise Refused(_finding(Code.ENCODING, 1, f"the file is not in {encoding}")) from None
    # what is left of a declaration would name the old encoding; its lines stay
    text = re.sub(r"\A<\?xml\s[^>]*\?>", lambda match: "\n" * match[0].count("\n"), text, count=1)
    return text.encode()


def _surely_within(text: bytes, limits: Limits) -> bool:
    """Whether a few scans prove that the limits hold, as they do for any usual payment; else they must be counted."""
    equals = text.count(b"=")
    if equals > min(limits.attributes, limits.namespaces) or text.count(b"<") + equals >= limits.nodes:
        return False
    if _MARKUP.search(text, len(b"<?xml ") if text.startswith(b"<?xml ") else 0):
        return False
    if not _at_most_deep(text, limits.depth):
        return False
    return all(_short_name(piece, limits.name) for piece in _long_pieces(limits.name).findall(text))


def _plainly_within(text: bytes, limits: Limits) -> bool:
    """Whether a text without its signature is plain, and then surely keeps the limits together with a signature."""
    return (
        limits.name >= NAME_MAX
        and min(limits.attributes, limits.namespaces) > _SIGNATURE.namespaces
        and text.count(b"<") + _SIGNATURE.nodes < limits.nodes
        and text.count(b" xmlns=") + _SIGNATURE.namespaces < limits.namespaces
        and _at_most_deep(text, limits.depth - _SIGNATURE.depth)
        and is_plain(text)
    )


def _at_most_deep(text: bytes, limit: int) -> bool:
    """Whether elements are surely not nested deeper; a text without <! in which each < opens or closes an element."""
    depth = 0
    for start in range(0, len(text), _CHUNK):
        closed = text.count(b"</", start, start + _CHUNK + 1)
        opened = text.count(b"<", start, start + _CHUNK) - closed
        if depth + opened > limit:  # in a chunk all may open before one closes
            return False
        depth += opened - closed
    return True


@cache
def _long_pieces(limit: int) -> re.Pattern[bytes]:
    """Finds what follows a < up to the next one, if that is longer than the limit."""
    return re.compile(rb"<([^<]{%d,})" % (limit + 1))


def _short_name(piece: bytes, limit: int) -> bool:
    """Whether a long tag, or a tag and the long text after it, surely holds no name over the limit."""
    tag = piece.partition(b">")[0]
    # with attributes the first > may be part of a value and the tag go on
    return len(tag) <= limit and b"=" not in tag


def _count(text: bytes, limits: Limits) -> Finding | None:
    """Refused if a limit is passed; a finding if this parser cannot read the text (the other may tell it better)."""
    crowd = crowded(text, limits)
    if crowd >= 0:
        raise Refused(_finding(Code.NODES, _line(text, crowd), f"more than {limits.nodes} elements and attributes"))
    counter = Counter(limits)
    parser = counting(counter)
    try:
        parser.Parse(text, True)
    except Over as over:
        path = "/" + "/".join(name.rpartition(":")[2][: limits.name] for name in counter.path)
        raise Refused(Finding(parser.CurrentLineNumber, path, over.code.value, str(over))) from None
    except expat.ExpatError as error:
        return _finding(Code.MALFORMED, error.lineno, expat.errors.messages.get(error.code, "not well-formed"))
    return None


def _parsed(root: etree._Element, body: bytes) -> Parsed:
    try:
        parts = open_envelope(root)
    except ShapeError as error:
        raise Refused(_at(Code.SHAPE, error.element, error.text, root)) from None
    return Parsed(
        root, parts.header_el, parts.document_el, parts.header_def, parts.message_def, body, parts.signature_el
    )


def _finding(code: Code, line: int, text: str) -> Finding:
    return Finding(line, "/", code.value, short(text))


def _at(code: Code, element: etree._Element, text: str, root: etree._Element | None = None) -> Finding:
    """A finding at an element; its path begins at the AppHdr or Document it lies in, or at `root`."""
    start = root
    if start is None:
        inside = (element, *element.iterancestors())
        start = next((node for node in inside if etree.QName(node).localname in {"AppHdr", "Document"}), element)
    return Finding(line_of(element), path_of(element, start), code.value, short(text))


def _line(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1
