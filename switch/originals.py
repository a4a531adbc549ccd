"""Messages received in XML, read again when they go on: the gate parses, so that the translator need not."""

from typing import Any

from iso import gate
from iso.messages import business, pacs008
from iso.messages.pacs008 import Pacs008
from schemas.canonical.wire import Original


class XmlOriginals:
    """Reads archived originals; they passed the gate when they came in."""

    def document(self, original: Original) -> bytes:
        """The Document as its sender wrote it."""
        cut = business.cut_document(original.body)
        return business.document_bytes(original.body, _document(original)[1]) if cut is None else cut

    def transfer(self, original: Original) -> Pacs008:
        """The typed pacs.008 in it."""
        return pacs008.read(_document(original)[1])


def _document(original: Original) -> tuple[gate.Parsed, Any]:
    # The parsed message is given along: elements do not outlive their tree.
    parsed = gate.read(original.body)
    if parsed.document_el is None:
        raise ValueError(f"{original.target} {original.digest} holds no Document")
    return parsed, parsed.document_el
