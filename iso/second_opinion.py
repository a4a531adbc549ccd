"""A second verifier for the colder shapes: signxml must find the same bytes signed, by the same certificate, as we did.

It is asked only about messages whose shape our own check has found exactly right, gets what passed the gate, and what
it says was signed is compared with what is read. It knows no bare public key and no XPath transform: there our own
verdict stands alone. What a reference without URI means it is told, as XML Signature (4.4.3.1) leaves to applications.
"""

from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any, Final

from cryptography import x509
from lxml import etree

from iso import gate
from iso.algorithms import XPATH
from iso.keys import PinnedKey
from iso.shapes import Opened, Shape
from iso.signed_parts import SignatureRefusedError, ds

_LOCATIONS: Final = {
    Shape.HEADER: ".//{*}AppHdr/{*}Sgntr/",
    Shape.ENVELOPE: "./",
    Shape.PARTS: "./",
    Shape.REFERENCES: "./{*}Sgntr/",
}


def can_tell(opened: Opened, key: PinnedKey) -> bool:
    """Whether the library knows what this signature uses."""
    xpath = any(each.get("Algorithm") == XPATH for each in opened.info_el.iter(ds("Transform")))
    return key.certificate is not None and not xpath


def agree(parsed: gate.Parsed, opened: Opened, key: PinnedKey, now: datetime | None) -> None:
    """Raises SignatureRefusedError if signxml does not verify the signature too, over the same bytes."""
    assert key.certificate is not None  # `can_tell` has looked
    assert parsed.header_el is not None
    assert parsed.document_el is not None
    document = deepcopy(parsed.document_el)
    document.tail = None
    alone = opened.shape is Shape.REFERENCES
    root = parsed.header_el if alone else parsed.root
    data = etree.tostring(root, with_tail=False)
    library = _library()
    try:
        found = library.verifier(document).verify(
            data,
            x509_cert=_certificate(key.certificate),
            expect_config=library.configuration(
                location=_LOCATIONS[opened.shape],
                expect_references=True,
                verification_time=now or key.not_before,
            ),
        )
    except library.refusals as error:
        raise SignatureRefusedError(opened.info_el, f"the second verifier refuses it: {error}"[:200]) from None
    if sorted(each.signed_data for each in found) != sorted(each.text for each in opened.references):
        raise SignatureRefusedError(opened.info_el, "the second verifier finds other bytes signed")


@cache
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


class _Library:
    """signxml, loaded when a bank with such a shape first sends."""

    def __init__(self) -> None:
        import signxml  # noqa: PLC0415 - hubs whose banks use the strict profile do without
        from signxml.exceptions import SignXMLException  # noqa: PLC0415

        class Verifier(signxml.XMLVerifier):  # type: ignore[misc]
            """Knows what the application means by a reference without URI: the Document."""

            def __init__(self, document: etree._Element) -> None:
                self._document = document

            def _resolve_reference(self, doc_root: Any, reference: Any, uri_resolver: Any = None) -> Any:
                if reference.get("URI") is None:
                    return self._document
                return super()._resolve_reference(doc_root, reference, uri_resolver)

        self.verifier = Verifier
        self.configuration = signxml.SignatureConfiguration
        self.refusals: tuple[type[Exception], ...] = (SignXMLException, etree.LxmlError, ValueError)


@cache
def _library() -> _Library:
    return _Library()
