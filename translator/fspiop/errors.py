"""Error bodies of FSPIOP (API definition section 7.6) and faults, both ways."""

import re
from typing import Final

import msgspec

from fspiop.messages.dialogues import DIALOGUES
from fspiop.messages.errors import ErrorBody, ErrorInformation, QuoteErrorBody
from fspiop.messages.fields import Extension, ExtensionList
from schemas.canonical.faults import Fault, participant_fault
from schemas.codes.reasons import iso_reason

KEY_MAX: Final = 32
VALUE_MAX: Final = 128
EXTENSIONS_MAX: Final = 16
# The groups of the API definition; quotes may carry no other (schema of PUT /quotes/{ID}/error).
_QUOTE_CODE: Final = re.compile(r"(?:10|20|3[0-4]|4[0-4]|5[0-4])[0-9]{2}")
_QUOTES: Final = frozenset({"quotes", *(row.name for row in DIALOGUES.values() if row.error is QuoteErrorBody)})
_ENCODE: Final = msgspec.json.Encoder().encode


def fault_of(body: ErrorBody | QuoteErrorBody) -> Fault:
    """The refusal a participant gave; its code, text and extensions go on as they came."""
    told = body.error_information
    return participant_fault(
        told.error_code, iso_reason(told.error_code), told.error_description, extension_pairs(told.extension_list)
    )


def error_body(fault: Fault, resource: str = "") -> bytes:
    """The body of a `/error` callback; quotes know fewer codes, theirs are then the general one of the hub."""
    code = fault.fspiop
    if resource in _QUOTES and not _QUOTE_CODE.fullmatch(code):
        code = "2001"
    return _ENCODE(ErrorBody(error_information(fault, code)))


def error_information(fault: Fault, code: str = "") -> ErrorInformation:
    """Code, text and extensions of a fault."""
    text = fault.description[:VALUE_MAX].strip() or "Error"
    return ErrorInformation(code or fault.fspiop, text, extension_list(fault.extensions))


def extension_list(pairs: tuple[tuple[str, str], ...]) -> ExtensionList | None:
    """At most 16 extensions within their lengths; None if there is none."""
    fit = tuple(Extension(key[:KEY_MAX], value[:VALUE_MAX]) for key, value in pairs if key and value)
    return ExtensionList(fit[:EXTENSIONS_MAX]) if fit else None


def extension_pairs(extensions: ExtensionList | None) -> tuple[tuple[str, str], ...]:
    """The extensions as pairs, in their order."""
    return tuple((entry.key, entry.value) for entry in extensions.extension) if extensions else ()
