"""Where a participant takes a message: its endpoint of that type, with the path's ids filled in."""

import re
from functools import lru_cache
from typing import Final

_PLACEHOLDER = re.compile(r"(\{\{\s*(\w+)\s*\}\})")
_NAMES: Final = {
    "parties": ("partyIdType", "partyIdentifier", "partySubIdOrType"),
    "participants": ("partyIdType", "partyIdentifier", "partySubIdOrType"),
    "transfers": ("transferId",),
    "fxTransfers": ("commitRequestId",),
    "quotes": ("quoteId",),
    "bulkTransfers": ("bulkTransferId",),
}
# These types hold the base URL only; the hub appends the path.
_BASE_ONLY: Final = frozenset(
    f"FSPIOP_CALLBACK_URL_{name}"
    for name in ("QUOTES", "FX_QUOTES", "BULK_QUOTES", "TRX_REQ_SERVICE", "AUTHORIZATIONS")
)


def url_for(endpoint_type: str, template: str, path: str) -> str:
    """The URL of one message: `path` begins at the resource and may end in a query.

    A template with placeholders is filled from the path's segments; one without is taken as it is, except for the
    types that hold a base URL, to which the path is appended.
    """
    bare, _, query = path.partition("?")
    suffix = f"?{query}" if query else ""
    if endpoint_type in _BASE_ONLY:
        return f"{template.rstrip('/')}{bare}{suffix}"
    first, places = _places(template)
    if not places:
        return first + suffix
    resource, *ids = bare.strip("/").split("/")
    values = dict(zip(_NAMES.get(resource, ()), ids, strict=False))
    values |= {"requestId": ids[0], "ID": ids[0], "id": ids[0]} if ids else {}
    values["ServiceType"] = "/".join(ids).removesuffix("/error")
    filled = [values.get(name, written) + after for written, name, after in places]
    return first + "".join(filled) + suffix


@lru_cache(maxsize=4096)
def _places(template: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """The text before the first placeholder, and each placeholder as written, its name and the text behind it."""
    first, *rest = _PLACEHOLDER.split(template)
    return first, tuple(zip(rest[::3], rest[1::3], rest[2::3], strict=True))
