"""What is fuzzed: three functions from bytes that return for whatever they are given, or have found a defect.

`gate` takes any bytes for a message, `header` for the inside of a business application header, `signature` for a
signed message, where the first byte chooses the shape. Each lets through the refusals that are its subject's words.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Final

from iso import gate, shaped, signature
from iso.examine import Examiner, RejectedError, Rules
from iso.incoming import ParticipantView
from iso.messages.fields import FinancialInstitution
from iso.shapes import Shape
from iso.signed_parts import SignatureRefusedError
from iso.validate import validate_bytes
from schemas.catalogue import Catalogue
from tests.fuzz.seeds import PINNED, SIGNED, around

NOW: Final = datetime(2026, 11, 20, 8, 0, 1, tzinfo=UTC)


@cache
def catalogue() -> Catalogue:
    """The schemas, compiled as they are asked for."""
    return Catalogue()


class Everybody:
    """A directory in which every institution is one bank with the key of the seeds."""

    def by_iso(self, institution: FinancialInstitution) -> ParticipantView:
        """The bank; the last letter of its BIC chooses how it signs."""
        shapes = tuple(Shape)
        return ParticipantView("bank", PINNED, shape=shapes[len(institution.bicfi or "") % len(shapes)])

    def addressable(self, _institution: FinancialInstitution) -> bool:
        """Everybody is there."""
        return True


@cache
def examiner() -> Examiner:
    """All checks of the edge."""
    return Examiner(catalogue(), Everybody(), Rules())


def fuzz_gate(data: bytes) -> None:
    """Any bytes: a message, or located findings."""
    with suppress(gate.Refused):
        for finding in gate.check(gate.read(data), catalogue()):
            assert finding.line >= 1 and finding.path.startswith("/")
    assert validate_bytes("x", data, catalogue()).file == "x"


def fuzz_header(data: bytes) -> None:
    """Any inside of an AppHdr: an examined message, or a rejection with findings."""
    for body in (around(data), data):
        try:
            found = examiner().examine(body, NOW)
        except RejectedError as rejected:
            if not rejected.findings:
                raise
        else:
            assert found.original.body == body and found.message_id


def fuzz_signature(data: bytes) -> None:
    """Any signed message: what is let through is, byte for byte, something that the owner of the key signed."""
    shape, body = tuple(Shape)[data[0] % len(Shape) if data else 0], data[1:]
    with suppress(gate.Refused, SignatureRefusedError):
        parsed = shaped.verify(gate.read(body), shape, PINNED)
        assert signed_content(parsed) in known()
    if shape is Shape.HEADER:
        with suppress(gate.Refused, SignatureRefusedError):
            assert signed_content(signature.verify(gate.read(body), PINNED)) in known()


def signed_content(parsed: gate.Parsed) -> tuple[bytes, bytes]:
    """What is read of a verified message: header and Document in canonical form."""
    header, document = parsed.header_el, parsed.document_el
    assert header is not None and document is not None
    return signature.canonical_text(header), signature.canonical_text(document)


@cache
def known() -> frozenset[tuple[bytes, bytes]]:
    """The contents of the seeds."""
    return frozenset(
        signed_content(shaped.verify(gate.read(body), Shape(shape), PINNED)) for shape, body in SIGNED.items()
    )


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "gate": fuzz_gate,
    "header": fuzz_header,
    "signature": fuzz_signature,
}
