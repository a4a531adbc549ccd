"""Which ISO 20022 message versions the switch knows, and an lxml XMLSchema for each, compiled on first use.

No XSD is kept: a schema is rebuilt from the typed models of a registry package, corrected (`xsd/corrections.py`), or
from a table of our own (`xsd/own`), and taken only if its canonical form has the digest on file: that of the official
schema (`xsd/digests.toml`), or one inferred from its kin (`xsd/inferred.toml`). A message without a digest is not
offered. An operator's folder of XSD files takes precedence over all of that.
"""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import msgspec
from lxml import etree

from schemas.errors import Finding, located
from schemas.xsd import official, own, packaged
from schemas.xsd.model import Schema, SchemaShapeError, digest
from schemas.xsd.official import XS
from schemas.xsd.write import xsd_text

MAX_ERRORS = 100
"""Errors told of one element; the rest of a hopeless message teaches nobody anything."""

_MODULES = {
    "pyiso20022": "pyiso20022.{family}.{name}.{name}",
    "python_iso20022": "python_iso20022.{family}.{name}.models",
}


OWN = "own"
"""The source of versions that a table of our own describes."""


class CatalogueError(Exception):
    """A schema that should be there cannot be used: a changed package or a faulty XSD of the operator."""


class Origin(msgspec.Struct, frozen=True):
    """Where a schema comes from: a package, "own" (a table) or a file; and what shows that it is right.

    `proof`: "official": digest of an official XSD; "inferred" from its kin; "operator": the file is taken as it is.
    """

    source: str
    proof: Literal["official", "inferred", "operator"]
    digest: str = ""


class CompiledSchema:
    """A compiled schema of one message version; safe to use from several threads."""

    def __init__(self, message: str, schema: etree.XMLSchema) -> None:
        self.message = message
        self._schema = schema
        # the error log belongs to the lxml object, so validating and reading the log are one step
        self._lock = Lock()

    def validate(self, element: etree._Element) -> list[Finding]:
        """Errors of `element` (an AppHdr or Document, alone or in an envelope) in document order; empty if valid."""
        with self._lock:
            if self._schema.validate(element):
                return []
            log: list[Any] = [*self._schema.error_log]  # type: ignore[misc]  # the stubs do not know it is iterable
        return [located(entry, element) for entry in log[:MAX_ERRORS]]


class Catalogue:
    """The messages of the packages, and of `folder` (searched with its subfolders for *.xsd) if one is given."""

    def __init__(self, folder: Path | None = None) -> None:
        self._files = _folder(folder) if folder else {}
        self._compiled: dict[str, CompiledSchema] = {}
        self._lock = Lock()

    def known(self, message: str) -> bool:
        """Whether there is a schema for the message version, such as "pacs.008.001.08"."""
        return message in self._files or message in origins()

    def messages(self) -> list[str]:
        """All message versions known, sorted."""
        return sorted(self._files.keys() | origins().keys())

    def origin(self, message: str) -> Origin:
        """Where the schema in force for a known message comes from; LookupError for an unknown one."""
        path = self._files.get(message)
        if path is not None:
            return Origin(str(path), "operator")
        if message not in origins():
            raise LookupError(f"no schema for {message}")
        return origins()[message]

    def xsd(self, message: str) -> bytes:
        """The schema in force as an XSD document: the operator's file as it is, else one we write."""
        path = self._files.get(message)
        if path is not None:
            return path.read_bytes()
        schema = regenerate(message)
        names = {name: own.iso_name(name, message) for name in schema.types}
        tree = etree.fromstring(xsd_text(schema, names), _parser())
        text: bytes = etree.tostring(tree, pretty_print=True, xml_declaration=True, encoding="UTF-8")
        return text

    def model(self, message: str) -> Schema:
        """What the schema in force says; SchemaShapeError for an operator's file that says it in unusual ways."""
        path = self._files.get(message)
        return official.read(parse_xsd(path.read_bytes(), path)) if path else regenerate(message)

    def widest(self, message: str) -> Schema:
        """What the full message can hold: the built-in schema even where an operator's file restricts it."""
        return regenerate(message) if message in origins() else self.model(message)

    def schema(self, message: str) -> CompiledSchema:
        """The compiled schema of a known message version; LookupError for an unknown one."""
        found = self._compiled.get(message)
        if found is None:
            with self._lock:
                found = self._compiled.get(message) or self._compile(message)
                self._compiled[message] = found
        return found

    def _compile(self, message: str) -> CompiledSchema:
        path = self._files.get(message)
        if path is not None:
            return CompiledSchema(message, _compile_file(path))
        text = xsd_text(regenerate(message))
        return CompiledSchema(message, etree.XMLSchema(etree.fromstring(text, _parser())))


def regenerate(message: str) -> Schema:
    """The built-in schema of a message, checked against its digest; LookupError if it is not offered."""
    origin = origins().get(message)
    if origin is None:
        raise LookupError(f"no schema for {message}")
    schema = rebuild(origin.source, message)
    if digest(schema) != origin.digest:
        raise CatalogueError(f"{message} of {origin.source} is not the schema on file: check the package's version")
    return schema


def rebuild(source: str, message: str) -> Schema:
    """The schema of any message of a package or table, not checked: for the tests and for proving new versions."""
    name = message.replace(".", "_")
    try:
        if source == OWN:
            return own.read(message, _lender)
        return packaged.read(_MODULES[source].format(family=name.partition("_")[0], name=name), message)
    except SchemaShapeError as error:
        raise CatalogueError(f"{message} of {source} cannot be read: {error}") from error


def _lender(message: str) -> Schema:
    """A version that a table borrows from: a package's, or one of another table that may not have a digest yet."""
    return rebuild(OWN, message) if message in own.tables() else regenerate(message)


def parse_xsd(text: bytes, location: Path | None = None) -> etree._Element:
    """The `xs:schema` element of an XSD: no network, no entities, imports only of files lying beside it."""
    try:
        tree = etree.fromstring(text, _parser(), base_url=str(location or ""))
    except etree.XMLSyntaxError as error:
        raise CatalogueError(f"{location or 'XSD'} is not well-formed: {error}") from error
    if tree.getroottree().docinfo.internalDTD is not None:
        raise CatalogueError(f"{location or 'XSD'} has a document type declaration")
    for node in tree.iter(XS + "import", XS + "include", XS + "redefine", XS + "override"):
        target = node.get("schemaLocation")
        if target is not None and (location is None or not _beside(location, target)):
            raise CatalogueError(f"{location or 'XSD'} refers to {target}, which is no file beside it")
    return tree


def _beside(location: Path, target: str) -> bool:
    return target == Path(target).name and (location.parent / target).is_file()


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _compile_file(path: Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(parse_xsd(path.read_bytes(), path))
    except (etree.XMLSchemaParseError, OSError) as error:
        raise CatalogueError(f"{path} is no usable schema: {error}") from error


def _folder(folder: Path) -> dict[str, Path]:
    """Message version -> XSD file, by target namespace; of several the one that is named like the message."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.xsd")):
        namespace = parse_xsd(path.read_bytes(), path).get("targetNamespace") or ""
        message = namespace.rpartition(":")[2] or path.stem
        if message in found and path.stem != message:
            if found[message].stem != message:
                raise CatalogueError(f"{path} and {found[message]} are both for {namespace}: name one {message}.xsd")
            continue
        found[message] = path
    return found


@cache
def origins() -> dict[str, Origin]:
    """All that is built in and installed: message version -> origin."""
    found: dict[str, Origin] = {}
    proofs: tuple[tuple[Literal["official", "inferred"], str], ...] = (
        ("official", "digests.toml"),
        ("inferred", "inferred.toml"),
    )
    for proof, file in proofs:
        table = tomllib.loads((files("schemas.xsd") / file).read_text(encoding="utf-8"))
        for source, messages in table.items():
            if source == OWN or packaged.available(source):
                found |= {message: Origin(source, proof, value) for message, value in messages.items()}
    return found
