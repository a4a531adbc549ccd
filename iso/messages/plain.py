"""Text that is plainly its own exclusive canonical form: one look at the bytes proves it, without a tree.

Most banks and all our writers send tags without prefixes, no attribute but a default namespace or a currency, and no
reference that canonical form would write otherwise. Source: Exclusive XML Canonicalization 1.0.
"""

import re
from typing import Final

NAME_MAX: Final = 64
"""The longest name of an element in plain text."""

_NAME: Final = rb"\w{1,%d}+" % NAME_MAX
# canonical form writes a carriage return and > as references, and no other of the five that XML knows
_TEXT: Final = rb"[^<>&\r]*+(?:&(?:amp|lt|gt|#xD);[^<>&\r]*+)*+"
_START: Final = rb'<%b(?:>| Ccy="[A-Z]{3}">| xmlns="urn:[A-Za-z0-9:.]++">)' % _NAME
_PLAIN: Final = re.compile(rb"(?:%b%b(?:</%b>%b)*+)++" % (_START, _TEXT, _NAME, _TEXT))
_NAMESPACE: Final = re.compile(rb' xmlns="([^"]*)"')


def is_plain(text: bytes) -> bool:
    """Whether a well-formed text surely is its own exclusive canonical form.

    True only where each start tag has one attribute at most, a default namespace that no other declares or a Ccy, and
    where there is no DOCTYPE, comment, instruction, CDATA section, prefix or empty-element tag.
    """
    if _PLAIN.fullmatch(text) is None:
        return False
    # a namespace declared again below itself would be left out; what stands in a text may be counted too
    declared = _NAMESPACE.findall(text)
    return len(declared) == len(set(declared)) and text.endswith(b">")
